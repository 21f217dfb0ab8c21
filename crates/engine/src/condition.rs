//! When a condition holds, and when it will: the same tree read for "now" and for the timer.

use crate::aggregate::{Aggregate, Move, MovedBy, Position};
use crate::behaviours;
use crate::dates;
use crate::decay::Gathered;
use crate::fit::{find, fit};
use crate::question::{Question, Span, latest, settled};
use crate::readings;
use crate::returns;
use crate::scoring::{sums_of, value};
use crate::segments;
use crate::signal;
use crate::tier;
use crate::version::{Version, VersionIx, Versions};
use playbook::matching::Resolved;
use playbook::model::{Condition, Did, EntryBy, Milli, Millis, Reach, ReadingIx, ScoreIx, SegmentIx, Wait};
use touchpoint::{Text, Timestamp, Touchpoint, Value};

/// The channel on which our own people speak: a web tracker that calls an event `won` has won nothing.
pub(crate) const CRM: &str = "crm";

/// The kind by which a stage is set by hand.
pub(crate) const STAGE_SET: &str = "stage_set";

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
    /// Since when something counts that is asked "since the step"; else since the stage of the position.
    pub(crate) since: Option<Timestamp>,
}

impl<'a> Asked<'a> {
    /// About a contact as such: no stage, no touchpoint at hand.
    pub(crate) fn of(
        versions: &'a Versions,
        (version_ix, version): (VersionIx, &'a Version),
        aggregate: &'a Aggregate,
    ) -> Self {
        Self { version, watched: versions.watched(version_ix), aggregate, position: None, at_hand: None, since: None }
    }
}

impl Question for Asked<'_> {
    fn version(&self) -> &Version {
        self.version
    }

    fn at_hand(&self) -> Option<AtHand<'_>> {
        self.at_hand
    }

    fn span(&self, leaf: &Condition) -> Option<Span> {
        Some(match leaf {
            // Time takes it away, and gives none.
            Condition::Did(did) => Span::until(self.done_until(did)),
            Condition::DidNot(did) => {
                Span::from(Some(self.done_until(did).unwrap_or(Timestamp::MIN).max(self.known_from(did))))
            }
            Condition::Stage { life_cycle, stages, stood_for } => {
                Span::from(self.stood_at(life_cycle, stages, *stood_for))
            }
            Condition::HandoffBreached { stood_for } => Span::from(self.breached_at(*stood_for)),
            Condition::Date { date, is } => dates::span(self.version, dates::value(self.aggregate, date), *is),
            Condition::Quiet(silence) => Span::from(self.quiet_at(*silence)),
            Condition::SinceMark(wait) => match self.aggregate.facts.last_mark_at {
                Some(since) => Span::from(Some(since.plus_millis(*wait))),
                None => Span::ALWAYS,
            },
            Condition::HoldPassed { after } => Span::from(self.hold_passed_at(*after)),
            _ => return None,
        })
    }

    fn leaf_holds(&self, condition: &Condition, now: Timestamp) -> bool {
        let facts = &self.aggregate.facts;
        match condition {
            Condition::ScoreAtLeast(score, least) => self.value(*score, now) >= *least,
            Condition::ScoreBelow(score, below) => self.value(*score, now) < *below,
            Condition::AnyScoreAtLeast(scores, least) => scores.iter().any(|score| self.value(*score, now) >= *least),
            Condition::Reading(reading) => self.reads(*reading),
            Condition::Close { scores, at_least, apart } => {
                pairs(scores).any(|pair| self.close(pair, *at_least, *apart, now))
            }
            Condition::Segment(any) => any.iter().any(|segment| self.is_in(*segment)),
            Condition::Tier(tiers) => tier::tier(self.version, facts).is_some_and(|tier| tiers.contains(&tier)),
            Condition::Colleagues { at_least, segment } => {
                let within = self.is_in(*segment);
                signal::colleagues(facts, self.version.segment_key(*segment), within) >= *at_least
            }
            Condition::AccountStage { life_cycle, stages } => {
                signal::stage(facts, life_cycle).is_some_and(|stage| stages.contains(stage))
            }
            Condition::CameBy { life_cycle, by } => self.came_by(life_cycle).is_some_and(|came| by.contains(&came)),
            Condition::CameFrom { life_cycle, stages } => {
                let moved = self.last_move(life_cycle).and_then(|moved| moved.from.as_ref());
                moved.is_some_and(|from| stages.contains(from))
            }
            Condition::HandoffOpen => facts.handoffs.iter().any(|handoff| handoff.is_open),
            Condition::Consent { purpose, channel, test } => {
                let said = facts.consented(purpose, channel.as_deref());
                test.holds(said.map(|state| Value::Text(Text::const_new(state.as_str()))).as_ref())
            }
            Condition::Reachable(Reach::Email) => facts.reachable(),
            Condition::Reachable(Reach::Call) => facts.callable(),
            Condition::Fit(grades) => grades.contains(&fit(&self.version.model, facts).grade),
            Condition::Known => facts.known,
            Condition::Attribute(of, name, test) => test.holds(find(facts, *of, name)),
            Condition::Answer(question, test) => {
                test.holds(self.aggregate.answer(question).map(|answered| &answered.value))
            }
            Condition::AnsweredSince(question, test) => {
                let answered = self.aggregate.answer(question).filter(|answered| answered.at > self.since_stage());
                test.holds(answered.map(|answered| &answered.value))
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
            Condition::ReturnDue => {
                self.return_at().is_some_and(|moment| moment <= now)
                    || self.returns_when().is_some_and(|when| self.holds(when, now))
            }
            // Asked of an account only, or told by a span.
            _ => false,
        }
    }

    fn leaf_first(&self, condition: &Condition, wanted: bool, from: Timestamp) -> Option<Timestamp> {
        match condition {
            Condition::ScoreBelow(score, threshold) => self.crossing(*score, from, *threshold, wanted),
            Condition::ScoreAtLeast(score, threshold) => self.crossing(*score, from, *threshold, !wanted),
            Condition::AnyScoreAtLeast(scores, threshold) if wanted => {
                scores.iter().filter_map(|score| self.crossing(*score, from, *threshold, false)).min()
            }
            Condition::AnyScoreAtLeast(scores, threshold) => settled(from, |from| {
                latest(scores.iter().map(|score| self.crossing(*score, from, *threshold, true)), from)
            }),
            Condition::Close { scores, at_least, apart } => match wanted {
                true => pairs(scores).filter_map(|pair| self.begins_close(pair, *at_least, *apart, from)).min(),
                false => self.none_close(scores, *at_least, *apart, from),
            },
            Condition::ReturnDue if wanted => {
                let by_event = self.returns_when().and_then(|when| self.first(when, true, from));
                let by_date = Span::from(self.return_at()).first(true, from);
                by_event.into_iter().chain(by_date).min()
            }
            Condition::ReturnDue => {
                // Not due: what would bring them back has gone, and the date has not come by then.
                let gone = self.returns_when().map_or(Some(from), |when| self.first(when, false, from))?;
                self.return_at().is_none_or(|moment| moment > gone).then_some(gone)
            }
            // What time does not change.
            _ => (self.leaf_holds(condition, from) == wanted).then_some(from),
        }
    }
}

impl Asked<'_> {
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
        if let Some(since) = self.since {
            return since;
        }
        self.position
            .map_or(Timestamp::MAX, |position| position.recycled_at.unwrap_or(position.since).max(position.since))
    }

    /// Since when somebody has stood at one of these stages for so long.
    fn stood_at(&self, life_cycle: &Text, stages: &[Text], stood_for: Option<Wait>) -> Option<Timestamp> {
        let position = self.aggregate.position(life_cycle)?;
        let since = stages.contains(&position.stage).then_some(position.since)?;
        Some(stood_for.map_or(since, |wait| self.version.model.after(since, wait)))
    }

    fn last_move(&self, life_cycle: &Text) -> Option<&Move> {
        self.aggregate.position(life_cycle)?.last_move.as_deref()
    }

    /// What brought somebody to the stage at which they stand; `None`: no entry did.
    fn came_by(&self, life_cycle: &Text) -> Option<EntryBy> {
        // A life cycle that has just begun was entered by nothing.
        match self.last_move(life_cycle).filter(|moved| moved.from.is_some())?.by {
            MovedBy::Score => Some(EntryBy::Score),
            MovedBy::Hand => Some(EntryBy::Hand),
            MovedBy::Person => Some(EntryBy::Person),
            MovedBy::Profile => Some(EntryBy::Profile),
            MovedBy::Association => Some(EntryBy::Association),
            MovedBy::Feedback => Some(EntryBy::Feedback),
            MovedBy::Birth | MovedBy::Manual | MovedBy::Exit | MovedBy::Timer => None,
        }
    }

    /// When a promise of an open hand-off has been broken for so long.
    fn breached_at(&self, stood_for: Option<Wait>) -> Option<Timestamp> {
        let open = self.aggregate.facts.handoffs.iter().filter(|handoff| handoff.is_open);
        let since = open.filter_map(|handoff| handoff.breached_at).min()?;
        Some(stood_for.map_or(since, |wait| self.version.model.after(since, wait)))
    }

    pub(crate) fn is_in(&self, segment: SegmentIx) -> bool {
        segments::is_in(self.aggregate, self.version.segment_key(segment))
    }

    fn close(&self, (a, b): (ScoreIx, ScoreIx), at_least: Milli, apart: Milli, now: Timestamp) -> bool {
        if ![a, b].iter().all(|score| self.value(*score, now) >= at_least) {
            return false;
        }
        let (apart_by, by_apart) = self.differences(a, b);
        apart_by.read(now) <= apart && by_apart.read(now) <= apart
    }

    /// One sum less the other, and the other way round: read as one, so that they come close at the moment at which they
    /// read as close.
    fn differences(&self, a: ScoreIx, b: ScoreIx) -> (Gathered, Gathered) {
        let [a, b] = [a, b].map(|score| sums_of(self.aggregate, self.version, score));
        (a.less(&b), b.less(&a))
    }

    /// From when on two scores are close: each high enough, and neither far above the other. Each of the four may come
    /// and go as gains and losses fade.
    fn begins_close(
        &self,
        (a, b): (ScoreIx, ScoreIx),
        at_least: Milli,
        apart: Milli,
        from: Timestamp,
    ) -> Option<Timestamp> {
        let (apart_by, by_apart) = self.differences(a, b);
        settled(from, |from| {
            let high = [a, b].map(|score| self.crossing(score, from, at_least, false));
            let near = [apart_by.crossing(from, apart + 1), by_apart.crossing(from, apart + 1)];
            latest(high.into_iter().chain(near), from)
        })
    }

    /// When no two of them are close.
    fn none_close(&self, scores: &[ScoreIx], at_least: Milli, apart: Milli, mut from: Timestamp) -> Option<Timestamp> {
        while let Some((a, b)) = pairs(scores).find(|pair| self.close(*pair, at_least, apart, from)) {
            let (apart_by, by_apart) = self.differences(a, b);
            let low = [a, b].map(|score| self.crossing(score, from, at_least, true));
            let far = [apart_by.rising(from, apart + 1), by_apart.rising(from, apart + 1)];
            from = low.into_iter().chain(far).flatten().min()?;
        }
        Some(from)
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

    /// The first moment at which the score is below the threshold, or is not.
    fn crossing(&self, score: ScoreIx, from: Timestamp, threshold: i64, below: bool) -> Option<Timestamp> {
        let bounds = &self.version.model.scores[usize::from(score.0)];
        if threshold <= bounds.floor {
            return (!below).then_some(from);
        }
        if bounds.ceiling < threshold {
            return below.then_some(from);
        }
        let sums = sums_of(self.aggregate, self.version, score);
        if below { sums.crossing(from, threshold) } else { sums.rising(from, threshold) }
    }
}

/// Every two of them.
fn pairs(scores: &[ScoreIx]) -> impl Iterator<Item = (ScoreIx, ScoreIx)> {
    scores.iter().enumerate().flat_map(|(at, a)| scores[at + 1..].iter().map(move |b| (*a, *b)))
}

fn waits_for_return(condition: &Condition) -> bool {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().any(waits_for_return),
        Condition::Not(part) => waits_for_return(part),
        Condition::ReturnDue => true,
        _ => false,
    }
}
