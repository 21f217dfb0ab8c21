//! What befalls records on their way: sent twice, held up, broken.

use super::MarketSettings;
use super::calendar::{HOUR, MINUTE, SECOND};
use super::dice::Dice;
use super::record::{Break, Nature, RawEvent};
use serde_json::{Value as Json, json};

pub(super) struct Noise {
    duplicates: u64,
    late: u64,
    broken: u64,
    dice: Dice,
}

impl Noise {
    pub(super) fn new(settings: &MarketSettings) -> Self {
        Self {
            duplicates: u64::from(settings.duplicates_per_mille),
            late: u64::from(settings.late_per_mille),
            broken: u64::from(settings.broken_per_mille),
            // Not the market's own dice: the same story can be told with more noise or less.
            dice: Dice::new(settings.seed ^ 0x6E6F_6973_6500_0000),
        }
    }

    pub(super) const fn none() -> Self {
        Self { duplicates: 0, late: 0, broken: 0, dice: Dice::new(0) }
    }

    /// Hands on the record and what becomes of it beside: a broken one is one more, so that nothing true is lost.
    pub(super) fn deliver(&mut self, event: RawEvent, send: &mut impl FnMut(RawEvent)) {
        let mut dice = self.dice.split();
        let mut event = event;
        if dice.chance(self.broken)
            && let Some(broken) = broken(&event, &mut dice)
        {
            send(broken);
        }
        if event.nature == Nature::Plain && dice.chance(self.late) {
            event.nature = Nature::Late;
            event.at =
                event.at.plus_millis(dice.weighted(&[(60, 6), (30, 30), (10, 120)]) * dice.between(20 * MINUTE, HOUR));
        }
        if dice.chance(self.duplicates) {
            let after = dice.weighted(&[(60, MINUTE), (30, HOUR), (10, 24 * HOUR)]) * dice.between(1, 10) / 4 + SECOND;
            let nature = Nature::Duplicate;
            send(RawEvent { at: event.at.plus_millis(after), nature, happening: None, ..event.clone() });
        }
        send(event);
    }
}

/// A record like this one as a faulty sender would send it; `None` where this way of breaking needs another source.
fn broken(event: &RawEvent, dice: &mut Dice) -> Option<RawEvent> {
    let kind = dice.pick(&Break::ALL);
    let broken = RawEvent { nature: Nature::Broken(kind), happening: None, ..event.clone() };
    match kind {
        Break::Truncated => {
            let keep = event.value.len() * dice.index(80).max(10) / 100;
            return Some(RawEvent { value: event.value[..keep].to_vec(), ..broken });
        }
        Break::WrongChannel => {
            let wrong = if event.channel == "web" { "email" } else { "web" };
            return Some(RawEvent { channel: wrong, ..broken }).filter(|_| event.source != "canonical");
        }
        Break::UnknownSource => {
            let wrong = match event.source {
                "segment" => "segmnt",
                "sendgrid" => "sendgird",
                _ => "legacy-ma",
            };
            return Some(RawEvent { source: wrong, ..broken });
        }
        _ => {}
    }
    let json: Json = serde_json::from_slice(&event.value).ok()?;
    let changed = change(kind, event.source, json)?;
    Some(RawEvent { value: changed.to_string().into_bytes(), ..broken })
}

fn change(kind: Break, source: &str, json: Json) -> Option<Json> {
    let mut one = match json {
        Json::Array(items) => items.into_iter().next()?,
        one => one,
    };
    match (kind, source) {
        (Break::MissingField, "segment" | "rudderstack") => remove(&mut one, "/type"),
        (Break::MissingField, "sendgrid") => remove(&mut one, "/event"),
        (Break::MissingField, "amazon-connect") => remove(&mut one, "/ContactId"),
        (Break::MissingField, "salesforce-cdc") => remove(&mut one, "/ChangeEventHeader/transactionKey"),
        (Break::MissingField, "zoom-webinar") => remove(&mut one, "/event"),
        (Break::UnknownEvent, "segment" | "rudderstack") => set(&mut one, "/type", json!("pageview")),
        (Break::UnknownEvent, "sendgrid") => set(&mut one, "/event", json!("opened")),
        (Break::UnknownEvent, "zoom-webinar") => set(&mut one, "/event", json!("webinar.participant_waved")),
        (Break::UnknownEvent, "canonical") if one.get("identifiers").is_some() => {
            let identifiers = one.as_object_mut()?.shift_remove("identifiers")?;
            one.as_object_mut()?.insert(String::from("identifer"), identifiers);
            Some(())
        }
        (Break::Nobody, "segment" | "rudderstack") => remove(&mut one, "/anonymousId"),
        (Break::Nobody, "amazon-connect") => remove(&mut one, "/CustomerEndpoint"),
        (Break::FutureTime, "segment" | "rudderstack") => {
            set(&mut one, "/originalTimestamp", json!(FAR))?;
            set(&mut one, "/timestamp", json!(FAR))
        }
        (Break::FutureTime, "sendgrid") => {
            set(&mut one, "/event", json!("delivered"))?;
            set(&mut one, "/timestamp", json!(4_000_000_000_u64))
        }
        (Break::FutureTime, "amazon-connect") => set(&mut one, "/InitiationTimestamp", json!(FAR)),
        (Break::UnsetClock, "sendgrid") => {
            set(&mut one, "/event", json!("delivered"))?;
            set(&mut one, "/timestamp", json!(0))
        }
        (Break::UnsetClock, "segment" | "rudderstack") => {
            set(&mut one, "/originalTimestamp", json!("1970-01-01T00:00:07.000Z"))?;
            set(&mut one, "/timestamp", json!("1970-01-01T00:00:08.000Z"))
        }
        (Break::UnsetClock, "amazon-connect") => set(&mut one, "/InitiationTimestamp", json!("1970-01-01T00:00:00Z")),
        _ => None,
    }?;
    Some(one)
}

/// Later than any time at which a simulation could be sent.
const FAR: &str = "2099-12-31T00:00:00.000Z";

fn remove(json: &mut Json, pointer: &str) -> Option<()> {
    let (parent, name) = pointer.rsplit_once('/')?;
    json.pointer_mut(parent)?.as_object_mut()?.shift_remove(name).map(drop)
}

fn set(json: &mut Json, pointer: &str, value: Json) -> Option<()> {
    *json.pointer_mut(pointer)? = value;
    Some(())
}
