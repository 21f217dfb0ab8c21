//! Who came, and for how long: derived from registrations, joins and leaves when an event is over, because the tools
//! that hold events online tell only these. What is derived is folded in like a touchpoint at the event's end:
//! `attended` with the share of the event (`percent`, `minutes`), or `no_show` for who registered and was never there.
//!
//! Only touchpoints that carry `starts_at` and `ends_at` open an event. A tool that says `attended` or `no_show` by itself
//! is believed instead; said after the end, it takes back what was derived, as does any sign that a no-show came.
//! `properties.participant` tells connections of one person apart.

use crate::aggregate::{Aggregate, Kept};
use crate::ledger::LedgerRow;
use serde::{Deserialize, Serialize};
use touchpoint::{Decimal, IdentifierKey, InputId, Properties, Text, Timestamp, Touchpoint, Value};

/// Events to come that one contact's state keeps; who registers for more is no visitor. The rest derives nothing.
pub const OPEN_MAX: usize = 32;

/// Connections and times there that are kept apart for one event; nobody needs more.
const CONNECTIONS_MAX: usize = 64;

/// How long after an event a later word still takes back what was derived: reports of attendance come within days.
const DERIVED_KEPT_MILLIS: i64 = 30 * 86_400_000;

/// Which event: its id where both sides of a comparison have one, else the campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub id: Option<Text>,
    pub campaign: Option<Text>,
}

/// One event that is not over, as one contact takes part in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendance {
    pub event: Event,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub content: Option<Text>,
    /// Registered and not cancelled: the registration.
    pub registered: Option<InputId>,
    /// Was there: the first touchpoint that says so.
    pub seen: Option<InputId>,
    /// A tool said how it ended.
    pub told: bool,
    /// Connections that are open, by the tool's id of the connection.
    pub open: Vec<(Text, Timestamp)>,
    /// Times there, apart and in order.
    pub there: Vec<(Timestamp, Timestamp)>,
}

/// What was derived of an event that is over, and what it gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Derived {
    pub event: Event,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub came: bool,
    /// Of what was derived.
    pub input: InputId,
    pub gave: Vec<Kept>,
}

/// Takes in what a touchpoint says of an event; what was derived before and does not hold any more.
pub(crate) fn learn(aggregate: &mut Aggregate, touchpoint: &Touchpoint) -> Option<Derived> {
    if touchpoint.channel != "event" {
        return None;
    }
    let event = Event::of(touchpoint)?;
    let times = times(touchpoint);
    let at = touchpoint.occurred_at;
    aggregate.derived.retain(|derived| at.millis_since(derived.ends_at) < DERIVED_KEPT_MILLIS);
    let open = aggregate.attendances.iter().position(|have| have.is_meant(&event, times));
    if let Some(open) = open {
        aggregate.attendances[open].take(touchpoint);
        return None;
    }
    let mut refuted = aggregate.derived.iter().position(|derived| derived.is_refuted_by(&event, times, touchpoint));
    if refuted.is_none()
        && let Some(open) = open_event(&mut aggregate.attendances, &event, times, touchpoint)
    {
        aggregate.attendances[open].take(touchpoint);
        // Who comes to a date that they did not register for comes to the one that was put off.
        let put_off = |derived: &Derived| !derived.came && derived.event.is(&event);
        refuted = aggregate.derived.iter().rposition(put_off).filter(|_| touchpoint.kind != "registered");
    }
    refuted.map(|at| aggregate.derived.remove(at))
}

/// When the next event ends.
pub(crate) fn next_end(attendances: &[Attendance]) -> Option<Timestamp> {
    attendances.first().map(|attendance| attendance.ends_at)
}

/// Closes the event that ends next; the touchpoint that follows from it, if one does.
pub(crate) fn close(aggregate: &mut Aggregate) -> Option<(LedgerRow, Derived)> {
    if aggregate.attendances.is_empty() {
        return None;
    }
    let attendance = aggregate.attendances.remove(0);
    let touchpoint = attendance.outcome()?;
    let Attendance { event, starts_at, ends_at, .. } = attendance;
    let (came, input) = (touchpoint.kind == "attended", touchpoint.input.clone());
    let derived = Derived { event, starts_at, ends_at, came, input, gave: Vec::new() };
    let row = LedgerRow {
        touchpoint,
        // It stands in no ledger and is recalled by nobody: it goes with the rows that it follows from.
        via: IdentifierKey([0; 16]),
        known: aggregate.facts.known,
        account: None,
        arrived_at: ends_at,
        in_burst: false,
    };
    Some((row, derived))
}

/// The place in the list of the event that a touchpoint opens, if it does.
fn open_event(
    attendances: &mut Vec<Attendance>,
    event: &Event,
    times: Option<(Timestamp, Timestamp)>,
    touchpoint: &Touchpoint,
) -> Option<usize> {
    let (starts_at, ends_at) = times?;
    let opens = matches!(touchpoint.kind.as_str(), "registered" | "joined" | "left");
    if !opens || touchpoint.occurred_at >= ends_at || attendances.len() >= OPEN_MAX {
        return None;
    }
    let at = attendances.partition_point(|have| (have.ends_at, have.starts_at) <= (ends_at, starts_at));
    let attendance = Attendance {
        event: event.clone(),
        starts_at,
        ends_at,
        content: touchpoint.content.clone(),
        registered: None,
        seen: None,
        told: false,
        open: Vec::new(),
        there: Vec::new(),
    };
    attendances.insert(at, attendance);
    Some(at)
}

/// Start and end of the event that a touchpoint is about.
fn times(touchpoint: &Touchpoint) -> Option<(Timestamp, Timestamp)> {
    let time = |name: &str| Timestamp::parse(touchpoint.properties.get(name)?.as_text()?).ok();
    let (starts_at, ends_at) = (time("starts_at")?, time("ends_at")?);
    (starts_at < ends_at).then_some((starts_at, ends_at))
}

fn overlap(one: (Timestamp, Timestamp), other: (Timestamp, Timestamp)) -> bool {
    one.0 < other.1 && other.0 < one.1
}

/// The event that a touchpoint is about, under the name and start by which it is known already, whatever of these the
/// touchpoint says: one event counts once. None where neither tells.
pub(crate) fn known(aggregate: &Aggregate, touchpoint: &Touchpoint) -> Option<(Text, Option<Timestamp>)> {
    let event = Event::of(touchpoint)?;
    let times = times(touchpoint);
    let start = || Timestamp::parse(touchpoint.properties.get("starts_at")?.as_text()?).ok();
    let about = |of: &Event, span: (Timestamp, Timestamp)| {
        of.is(&event)
            && match (times, start()) {
                (Some(times), _) => overlap(times, span),
                (None, Some(start)) => span.0 <= start && start < span.1,
                (None, None) => true,
            }
    };
    let derived = aggregate.derived.iter().rev().map(|have| (&have.event, have.starts_at, have.ends_at));
    let open = aggregate.attendances.iter().map(|have| (&have.event, have.starts_at, have.ends_at));
    let (of, start) = match derived.chain(open).find(|(of, starts_at, ends_at)| about(of, (*starts_at, *ends_at))) {
        Some((of, starts_at, _)) => (of.clone(), Some(starts_at)),
        None => (event, start()),
    };
    Some((of.id.or(of.campaign)?, start))
}

impl Event {
    fn of(touchpoint: &Touchpoint) -> Option<Self> {
        let id = touchpoint.properties.get("event_id").and_then(Value::as_text).map(Text::new);
        let campaign = touchpoint.campaign.clone();
        (id.is_some() || campaign.is_some()).then_some(Self { id, campaign })
    }

    fn is(&self, other: &Self) -> bool {
        match (&self.id, &other.id) {
            (Some(one), Some(other)) => one == other,
            _ => self.campaign.is_some() && self.campaign == other.campaign,
        }
    }
}

impl Derived {
    /// Does the touchpoint say otherwise? A tool's own `attended` of who came is the same one again, and its `no_show` of
    /// who did not: the limits of rules see to it.
    fn is_refuted_by(&self, event: &Event, times: Option<(Timestamp, Timestamp)>, touchpoint: &Touchpoint) -> bool {
        let meant = self.event.is(event) && times.is_none_or(|times| overlap(times, (self.starts_at, self.ends_at)));
        meant && !self.came && matches!(touchpoint.kind.as_str(), "joined" | "left" | "attended")
    }
}

impl Attendance {
    /// Is the touchpoint about this event? One without times is about the first of its name that is not over. A host who
    /// opens the room early, or late, gives joinings other times than registrations: it is the same if they overlap.
    fn is_meant(&self, event: &Event, times: Option<(Timestamp, Timestamp)>) -> bool {
        self.event.is(event) && times.is_none_or(|times| overlap(times, (self.starts_at, self.ends_at)))
    }

    fn take(&mut self, touchpoint: &Touchpoint) {
        let at = touchpoint.occurred_at;
        let connection = touchpoint.properties.get("participant").and_then(Value::as_text).unwrap_or_default();
        match touchpoint.kind.as_str() {
            "registered" => self.registered = Some(touchpoint.input.clone()),
            "cancelled" => self.registered = None,
            "attended" | "no_show" => self.told = true,
            "joined" => {
                self.seen.get_or_insert_with(|| touchpoint.input.clone());
                if self.open.len() < CONNECTIONS_MAX && !self.open.iter().any(|(have, _)| have == connection) {
                    self.open.push((Text::new(connection), at));
                }
            }
            "left" => {
                self.seen.get_or_insert_with(|| touchpoint.input.clone());
                let open = self.open.iter().position(|(have, _)| have == connection);
                // Some tools say with the end of a connection when it began, should its beginning have got lost.
                let began = || Timestamp::parse(touchpoint.properties.get("joined_at")?.as_text()?).ok();
                if let Some(since) = open.map(|open| self.open.remove(open).1).or_else(began) {
                    self.was_there(since, at);
                }
            }
            _ => {}
        }
    }

    /// Adds a time there, as far as it lies within the event; times that touch become one.
    fn was_there(&mut self, since: Timestamp, until: Timestamp) {
        let mut joined = (since.max(self.starts_at), until.min(self.ends_at));
        if joined.0 >= joined.1 {
            return;
        }
        self.there.retain(|have| {
            let apart = have.1 < joined.0 || joined.1 < have.0;
            if !apart {
                joined = (joined.0.min(have.0), joined.1.max(have.1));
            }
            apart
        });
        let place = self.there.partition_point(|have| have.0 < joined.0);
        if self.there.len() < CONNECTIONS_MAX {
            self.there.insert(place, joined);
        }
    }

    /// What the event's end means for the contact.
    fn outcome(&self) -> Option<Touchpoint> {
        if self.told {
            return None;
        }
        let (kind, because) = match (&self.seen, &self.registered) {
            (Some(seen), _) => ("attended", seen),
            (None, Some(registered)) => ("no_show", registered),
            (None, None) => return None,
        };
        let mut touchpoint = Touchpoint::new(&because.source, &because.id, self.ends_at, "event", kind);
        touchpoint.campaign.clone_from(&self.event.campaign);
        touchpoint.content.clone_from(&self.content);
        let mut properties = Properties::default();
        if let Some(id) = &self.event.id {
            properties.set("event_id", Value::Text(id.clone()));
        }
        properties.set("starts_at", Value::text(self.starts_at.to_string()));
        if kind == "attended" {
            let there = self.millis_there();
            let whole = self.ends_at.millis_since(self.starts_at);
            properties.set("minutes", number(there / 60_000));
            // In whole percent, rounded down: "at least 50" is not met by 49.9.
            properties.set("percent", number(there.saturating_mul(100) / whole));
        }
        touchpoint.properties = properties;
        Some(touchpoint)
    }

    /// Milliseconds there; who never left stayed to the end.
    fn millis_there(&self) -> i64 {
        let mut whole = self.clone();
        for (_, since) in std::mem::take(&mut whole.open) {
            whole.was_there(since, self.ends_at);
        }
        whole.there.iter().map(|(since, until)| until.millis_since(*since)).sum()
    }
}

fn number(int: i64) -> Value {
    Value::Number(Decimal::from_int(int).unwrap_or_default())
}

#[cfg(test)]
#[path = "attendance_tests.rs"]
mod tests;
