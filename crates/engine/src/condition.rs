//! When a condition holds, and when it will: the same tree read for "now" and for the timer.

use crate::aggregate::{Aggregate, Position};
use crate::behaviours;
use crate::fit::{find, fit};
use crate::readings;
use crate::returns;
use crate::scoring::{sums_of, value};
use crate::version::{Version, VersionIx, Versions};
use playbook::matching::Resolved;
use playbook::model::{Condition, Did, Millis, ReadingIx, ScoreIx, Wait};
use touchpoint::{Text, Timestamp, Touchpoint};

/// The channel on which our own people speak: a web tracker that calls an event `won` has won nothing.
pub(crate) const CRM: &str = "crm";

/// The touchpoint at hand: what edges look at. Timers have none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AtHand<'a> {
    pub(crate) touchpoint: &'a Touchpoint,
    pub(crate) resolved: &'a Resolved,
    pub(crate) own: bool,
}

/// What a condition is asked about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) version: &'a Version,
    /// Since when each behaviour has been watched: [`crate::version::Versions::watched`].
    pub(crate) watched: &'a [Option<Timestamp>],
    pub(crate) aggregate: &'a Aggregate,
    /// Of those who ask for a stage.
    pub(crate) position: Option<&'a Position>,
    pub(crate) at_hand: Option<AtHand<'a>>,
}

impl<'a> Asked<'a> {
    /// About a contact as such: no stage, no touchpoint at hand.
    pub(crate) fn of(
        versions: &'a Versions,
        (version_ix, version): (VersionIx, &'a Version),
        aggregate: &'a Aggregate,
    ) -> Self {
        Self { version, watched: versions.watched(version_ix), aggregate, position: None, at_hand: None }
    }

    /// Does it hold at `now`?
    pub(crate) fn holds(&self, condition: &Condition, now: Timestamp) -> bool {
        let facts = &self.aggregate.facts;
        match condition {
            Condition::All(parts) => parts.iter().all(|part| self.holds(part, now)),
            Condition::Any(parts) => parts.iter().any(|part| self.holds(part, now)),
            Condition::Not(part) => !self.holds(part, now),
            Condition::ScoreAtLeast(score, least) => self.value(*score, now) >= *least,
            Condition::ScoreBelow(score, below) => self.value(*score, now) < *below,
            Condition::AnyScoreAtLeast(scores, least) => scores.iter().any(|score| self.value(*score, now) >= *least),
            Condition::Did(did) => self.done_until(did).is_some_and(|until| now < until),
            Condition::DidNot(did) => {
                self.done_until(did).is_none_or(|until| until <= now) && self.known_from(did) <= now
            }
            Condition::Reading(reading) => self.reads(*reading),
            Condition::Fit(grades) => grades.contains(&fit(&self.version.model, facts).grade),
            Condition::Known => facts.known,
            Condition::Attribute(of, name, test) => test.holds(find(facts, *of, name)),
            Condition::Answer(question, test) => {
                test.holds(self.aggregate.answer(question).map(|answered| &answered.value))
            }
            Condition::AnsweredSince(question, test) => {
                let answered = self.aggregate.answer(question);
                answered.is_some_and(|answered| answered.at > self.since_stage() && test.holds(Some(&answered.value)))
            }
            Condition::Touchpoint(patterns) => self.at_hand.is_some_and(|at_hand| {
                let model = &self.version.model;
                patterns.iter().any(|pattern| pattern.matches(model, at_hand.touchpoint, at_hand.resolved))
            }),
            Condition::Feedback { kinds, reasons } => self.at_hand.is_some_and(|at_hand| {
                let reason: Option<&Text> = at_hand.touchpoint.reason.as_ref();
                at_hand.touchpoint.channel == CRM
                    && kinds.contains(&at_hand.touchpoint.kind)
                    && (reasons.is_empty() || reason.is_some_and(|reason| reasons.contains(reason)))
            }),
            Condition::OwnTouchpoint => self.at_hand.is_some_and(|at_hand| at_hand.own),
            Condition::Quiet(silence) => self.quiet_at(*silence).is_some_and(|moment| moment <= now),
            Condition::SinceMark(wait) => facts.last_mark_at.is_none_or(|since| since.plus_millis(*wait) <= now),
            Condition::HoldPassed { after } => self.hold_passed_at(*after).is_some_and(|moment| moment <= now),
            Condition::ReturnDue => {
                self.return_at().is_some_and(|moment| moment <= now)
                    || self.returns_when().is_some_and(|when| self.holds(when, now))
            }
        }
    }

    /// As [`Asked::holds`]; adds the parts that it rests on: of alternatives the first that holds.
    pub(crate) fn met<'c>(&self, condition: &'c Condition, now: Timestamp, parts: &mut Vec<&'c Condition>) -> bool {
        let begun = parts.len();
        let met = match condition {
            Condition::All(all) => all.iter().all(|part| self.met(part, now, parts)),
            Condition::Any(any) => any.iter().any(|part| self.met(part, now, parts)),
            Condition::Not(_) => self.holds(condition, now),
            leaf => {
                parts.push(leaf);
                self.holds(leaf, now)
            }
        };
        if !met {
            parts.truncate(begun);
        }
        met
    }

    /// The first moment, `from` or later, at which it holds if nothing but time happens; `None` when it never will.
    pub(crate) fn moment(&self, condition: &Condition, from: Timestamp) -> Option<Timestamp> {
        self.first(condition, true, from)
    }

    /// The first moment, `from` or later, at which the condition is `wanted`.
    pub(crate) fn first(&self, condition: &Condition, wanted: bool, from: Timestamp) -> Option<Timestamp> {
        let facts = &self.aggregate.facts;
        // What time makes true once and for all; it is false only before.
        let once = |moment: Option<Timestamp>| match wanted {
            true => moment.map(|moment| moment.max(from)),
            false => moment.is_none_or(|moment| moment > from).then_some(from),
        };
        match condition {
            Condition::Not(part) => self.first(part, !wanted, from),
            Condition::All(parts) if wanted => self.together(parts, true, from),
            Condition::Any(parts) if !wanted => self.together(parts, false, from),
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter().filter_map(|part| self.first(part, wanted, from)).min()
            }
            Condition::ScoreBelow(score, threshold) if wanted => self.crossing(*score, from, *threshold),
            Condition::ScoreAtLeast(score, threshold) if !wanted => self.crossing(*score, from, *threshold),
            Condition::AnyScoreAtLeast(scores, threshold) if !wanted => {
                let mut latest = from;
                for score in scores {
                    latest = latest.max(self.crossing(*score, from, *threshold)?);
                }
                Some(latest)
            }
            // Time takes it away, and gives none.
            Condition::Did(did) => {
                let until = self.done_until(did).filter(|until| *until > from);
                match wanted {
                    true => until.map(|_| from),
                    false => until.map_or(Some(from), |until| (until != Timestamp::MAX).then_some(until)),
                }
            }
            Condition::DidNot(did) => {
                let until = self.done_until(did).unwrap_or(Timestamp::MIN).max(self.known_from(did));
                once((until != Timestamp::MAX).then_some(until))
            }
            Condition::Reading(reading) => (self.reads(*reading) == wanted).then_some(from),
            Condition::Quiet(silence) => once(self.quiet_at(*silence)),
            Condition::SinceMark(wait) => once(facts.last_mark_at.map_or(Some(from), |s| Some(s.plus_millis(*wait)))),
            Condition::HoldPassed { after } => once(self.hold_passed_at(*after)),
            Condition::ReturnDue if wanted => {
                let by_event = self.returns_when().and_then(|when| self.first(when, true, from));
                let by_date = once(self.return_at());
                by_event.into_iter().chain(by_date).min()
            }
            Condition::ReturnDue => {
                // Not due: what would bring them back has gone, and the date has not come by then.
                let gone = self.returns_when().map_or(Some(from), |when| self.first(when, false, from))?;
                self.return_at().is_none_or(|moment| moment > gone).then_some(gone)
            }
            // What time does not change, and scores in the direction in which time does not move them.
            _ => (self.holds(condition, from) == wanted).then_some(from),
        }
    }

    /// The first moment at which every part is `wanted`. Waiting for one part may cost another, so it is looked again
    /// from the latest of their moments until that is the moment of all.
    fn together(&self, parts: &[Condition], wanted: bool, mut from: Timestamp) -> Option<Timestamp> {
        loop {
            let mut latest = from;
            for part in parts {
                latest = latest.max(self.first(part, wanted, from)?);
            }
            if latest == from {
                return Some(from);
            }
            from = latest;
        }
    }

    fn quiet_at(&self, silence: Millis) -> Option<Timestamp> {
        let facts = &self.aggregate.facts;
        facts.last_own_at.or(facts.first_at).map(|since| since.plus_millis(silence))
    }

    /// Until when a behaviour has occurred often enough; the end of time where its occurrences do not pass.
    fn done_until(&self, did: &Did) -> Option<Timestamp> {
        let counted = behaviours::counted(self.aggregate, self.version, did)?;
        if did.since_stage && counted <= self.since_stage() {
            return None;
        }
        Some(did.within.map_or(Timestamp::MAX, |within| counted.plus_millis(within)))
    }

    /// From when on it can be told that somebody did not do something: who was here before it was watched for long enough
    /// may have done it.
    fn known_from(&self, did: &Did) -> Timestamp {
        let watched = self.watched.get(usize::from(did.behaviour.0)).copied().flatten();
        let here_before = |since: &Timestamp| self.aggregate.facts.first_at.is_some_and(|first| first < *since);
        let since = watched.filter(here_before).zip(did.within);
        let watched = since.map_or(Timestamp::MIN, |(since, within)| since.plus_millis(within));
        // "Not for 60 days since the stage was entered" needs those 60 days.
        let stood = did.within.filter(|_| did.since_stage).map(|within| self.since_stage().plus_millis(within));
        watched.max(stood.unwrap_or(Timestamp::MIN))
    }

    /// When the stage was entered; in the recycle box when the last word was said.
    fn since_stage(&self) -> Timestamp {
        self.position
            .map_or(Timestamp::MAX, |position| position.recycled_at.unwrap_or(position.since).max(position.since))
    }

    fn reads(&self, reading: ReadingIx) -> bool {
        readings::current(self.aggregate) == Some(self.version.reading_key(reading))
    }

    pub(crate) fn return_at(&self) -> Option<Timestamp> {
        returns::earliest(self.version, self.aggregate, self.position?)
    }

    fn hold_passed_at(&self, after: Wait) -> Option<Timestamp> {
        self.position?.hold_until.map(|until| self.version.model.after(until, after))
    }

    /// What brings somebody back from the recycle box before the date.
    pub(crate) fn returns_when(&self) -> Option<&Condition> {
        let reason = returns::reason(self.version, self.position?)?;
        // A reason that waits for its own return would be asked for ever.
        reason.returns_when.as_ref().filter(|when| !waits_for_return(when))
    }

    fn value(&self, score: ScoreIx, now: Timestamp) -> i64 {
        value(self.aggregate, self.version, score, now)
    }

    fn crossing(&self, score: ScoreIx, from: Timestamp, threshold: i64) -> Option<Timestamp> {
        let bounds = &self.version.model.scores[usize::from(score.0)];
        if threshold <= bounds.floor {
            return None;
        }
        if bounds.ceiling < threshold {
            return Some(from);
        }
        sums_of(self.aggregate, self.version, score).crossing(from, threshold)
    }
}

fn waits_for_return(condition: &Condition) -> bool {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().any(waits_for_return),
        Condition::Not(part) => waits_for_return(part),
        Condition::ReturnDue => true,
        _ => false,
    }
}
