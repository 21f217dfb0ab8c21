//! Whether something is done now, later, or not at all.

use super::run::Run;
use crate::behaviours;
use crate::condition::Asked;
use crate::consumption;
use crate::fit::is_answered;
use crate::question::Question;
use crate::recommend;
use crate::tier;
use crate::version::NameKey;
use jiff::civil;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use playbook::model::{Act, Asset, AssetIx, AttributeOf, BestHour, Per, Programme, Sending, Sent, Stage, Step};
use serde::{Deserialize, Serialize};
use touchpoint::{IdentifierKind, Text, Timestamp};

/// The executor of what a tool sends.
pub(crate) const TOOL: &str = "tool";

/// What is done.
#[derive(Clone, Debug)]
pub(crate) struct Acted {
    pub(crate) channel: Text,
    pub(crate) executor: Text,
    pub(crate) content: Option<Text>,
    pub(crate) ask: Vec<Text>,
    pub(crate) not_after: Option<Timestamp>,
}

/// Why something is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Withheld {
    /// On no channel that the content has, or not on this one.
    Unreachable,
    /// The content map proposes nothing.
    NoContent,
    /// Others went before it for longer than messages wait.
    Limit,
    /// No department leads there.
    NobodyLeads,
}

impl Withheld {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::NoContent => "no_content",
            Self::Limit => "limit",
            Self::NobodyLeads => "nobody_leads",
        }
    }
}

/// What becomes of a step's act.
pub(super) enum Due {
    Now(Acted),
    /// Wanted since then, not before that; when to look again, as far as time goes.
    Later {
        since: Timestamp,
        not_before: Option<Timestamp>,
        due: Option<Timestamp>,
    },
    Withheld(Withheld),
    /// The contact has had it.
    Had,
}

/// Channel and executor of an act as the playbook says it, where none was found.
pub(super) fn addressed(act: &Act) -> (Text, Text) {
    match act {
        Act::Send { channel, .. } => (channel.clone().unwrap_or_default(), Text::const_new(TOOL)),
        Act::Task { task, to, .. } => (task.clone(), to.clone()),
    }
}

impl Run<'_> {
    pub(super) fn act(
        &self,
        programme: &Programme,
        step: &Step,
        act: &Act,
        (since, not_before): (Timestamp, Option<Timestamp>),
    ) -> Due {
        let model = &self.in_force.1.model;
        let sending = &model.sending;
        if let Some(silent) = sending.silent_while.as_ref().filter(|_| !programme.is_transactional) {
            let asked = self.asked();
            if asked.holds(silent, self.at) {
                // It waits for its turn only from when it may speak.
                let due = asked.first(silent, false, self.at);
                return Due::Later { since: self.at, not_before: None, due };
            }
        }
        match act {
            Act::Task { task, to, ask } => self.task(task, to, ask),
            Act::Send { content, channel } => {
                let (asset, channel) = match self.addressee(programme, *content, channel.as_ref()) {
                    Ok(found) => found,
                    Err(other) => return other,
                };
                let zone = self.zone(sending);
                if !programme.is_transactional
                    && let Some(later) = self.later(sending, step, &channel, (since, not_before), &zone)
                {
                    return later;
                }
                Due::Now(Acted {
                    channel,
                    executor: Text::const_new(TOOL),
                    content: Some(asset.name.clone()),
                    ask: Vec::new(),
                    not_after: sending.closes(self.at, &zone).filter(|_| !programme.is_transactional),
                })
            }
        }
    }

    fn task(&self, task: &Text, to: &Text, ask: &[Text]) -> Due {
        let (version, facts) = (self.in_force.1, &self.aggregate.facts);
        let by_coverage = || {
            let owner = tier::owner(version, facts, self.aggregate.positions.first());
            owner.and_then(|owner| owner.role)
        };
        let to = if to == Stage::BY_COVERAGE { by_coverage() } else { Some(to.clone()) };
        let Some(to) = to else { return Due::Withheld(Withheld::NobodyLeads) };
        if !facts.reachable_by(if task == "call" { task } else { &to }) {
            return Due::Withheld(Withheld::Unreachable);
        }
        // What is known already need not be asked.
        let open = ask.iter().filter(|question| !is_answered(&version.model, self.aggregate, question));
        Due::Now(Acted {
            channel: task.clone(),
            executor: to,
            content: None,
            ask: open.cloned().collect(),
            not_after: None,
        })
    }

    /// What is sent, and on which channel.
    fn addressee(&self, programme: &Programme, content: Sent, channel: Option<&Text>) -> Result<(&Asset, Text), Due> {
        let (version, facts) = (self.in_force.1, &self.aggregate.facts);
        let asset = |ix: AssetIx| &version.model.assets[usize::from(ix.0)];
        // A confirmation of what was asked for needs an address and no more.
        let may = |channel: &str| match channel {
            "email" if programme.is_transactional => {
                facts.identifiers.iter().any(|one| one.kind == IdentifierKind::Email)
            }
            channel => facts.reachable_by(channel),
        };
        let (asset, found) = match content {
            Sent::Next => {
                let next = recommend::next_content(self.versions, self.in_force, self.aggregate, self.at);
                let next = next.ok_or(Due::Withheld(Withheld::NoContent))?;
                (asset(next.asset), Some(channel.cloned().unwrap_or(next.channel)))
            }
            Sent::This(ix) => {
                if !programme.is_transactional && consumption::has(self.aggregate, version.content.key(ix)) {
                    return Err(Due::Had);
                }
                let wished = || recommend::channel(self.aggregate, asset(ix)).cloned();
                (asset(ix), channel.cloned().or_else(wished))
            }
        };
        let found = found.filter(|channel| may(channel)).ok_or(Due::Withheld(Withheld::Unreachable))?;
        Ok((asset, found))
    }

    /// `None`: hours and limits allow it now.
    fn later(
        &self,
        sending: &Sending,
        step: &Step,
        channel: &Text,
        (since, not_before): (Timestamp, Option<Timestamp>),
        zone: &TimeZone,
    ) -> Option<Due> {
        let calendars = &self.in_force.1.model.calendars;
        let time = if step.is_soon { None } else { self.time_of_day(sending, zone) };
        let slot = |from, time| sending.slot(from, time, zone, calendars);
        let not_before = not_before.unwrap_or_else(|| slot(since, time));
        let later = |moment| Some(Due::Later { since, not_before: Some(moment), due: Some(moment) });
        if self.at < not_before {
            return later(not_before);
        }
        // Its time has come. Late, as after an outage, it still waits for the hours.
        if slot(self.at, None) != self.at {
            return later(slot(self.at, time));
        }
        let free = self.free(sending, channel, zone);
        if free <= self.at {
            return None;
        }
        let next = slot(free, time);
        let too_late = sending.waits.is_some_and(|waits| self.in_force.1.model.after(since, waits) < next);
        if too_late { Some(Due::Withheld(Withheld::Limit)) } else { later(next) }
    }

    /// When the contact reads as a rule, else the usual time.
    fn time_of_day(&self, sending: &Sending, zone: &TimeZone) -> Option<civil::Time> {
        let kept = |best: BestHour| behaviours::kept(self.aggregate, self.in_force.1, best.behaviour);
        sending.time_of_day(sending.best_hour.map_or(&[], kept), zone)
    }

    /// From when on the limits allow another message on the channel.
    fn free(&self, sending: &Sending, channel: &Text, zone: &TimeZone) -> Timestamp {
        let key = NameKey::of(channel);
        let sent: Vec<Timestamp> =
            self.enrolments.sent.iter().filter(|message| message.channel == key).map(|message| message.at).collect();
        let mut free = self.at;
        for limit in sending.limits_of(channel) {
            let Some(first) = sent.len().checked_sub(usize::from(limit.at_most)).map(|at| sent[at]) else { continue };
            free = free.max(match limit.per {
                Per::Span(span) => first.plus_millis(span),
                Per::Day => Sending::next_day(first, zone),
            });
        }
        free
    }

    /// The contact's time zone, else the playbook's.
    fn zone(&self, sending: &Sending) -> TimeZone {
        let asked: Asked<'_> = self.asked();
        let named = sending.time_zone.as_ref().and_then(|name| {
            let value = crate::fit::find(&asked.aggregate.facts, AttributeOf::Contact, name)?;
            TimeZoneDatabase::bundled().get(value.as_text()?).ok()
        });
        named.unwrap_or_else(|| self.in_force.1.model.zone.clone())
    }
}
