//! Does a condition hold at this moment?

use super::stages::Position;
use super::{Row, Timeline};
use playbook::model::{Condition, TierIx};
use touchpoint::Timestamp;

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asking<'t, 'a> {
    pub(crate) timeline: &'t Timeline<'a>,
    /// None while time passes.
    pub(crate) at_hand: Option<&'t Row<'a>>,
    /// Where a stage is asked for.
    pub(crate) position: Option<&'t Position>,
    /// Since when what is asked "since the stage was entered" counts.
    pub(crate) since: Option<Timestamp>,
}

impl<'t, 'a> Asking<'t, 'a> {
    /// Of a reading or a rule.
    pub(crate) fn anybody(timeline: &'t Timeline<'a>, at_hand: Option<&'t Row<'a>>) -> Self {
        Self { timeline, at_hand, position: None, since: None }
    }

    pub(crate) fn of_stage(timeline: &'t Timeline<'a>, at_hand: Option<&'t Row<'a>>, position: &'t Position) -> Self {
        // A second loss begins the time in the box anew.
        let recycled = position.recycled.as_ref().map(|recycled| recycled.at);
        Self { timeline, at_hand, position: Some(position), since: recycled.max(Some(position.since)) }
    }

    pub(crate) fn holds(&self, condition: &Condition) -> bool {
        let timeline = self.timeline;
        let model = timeline.model();
        let score = |ix: &playbook::model::ScoreIx| timeline.score(&model.scores[usize::from(ix.0)].name);
        match condition {
            Condition::All(parts) => parts.iter().all(|part| self.holds(part)),
            Condition::Any(parts) => parts.iter().any(|part| self.holds(part)),
            Condition::Not(part) => !self.holds(part),
            Condition::ScoreAtLeast(of, least) => score(of) >= *least,
            Condition::ScoreBelow(of, below) => score(of) < *below,
            Condition::AnyScoreAtLeast(of, least) => of.iter().any(|of| score(of) >= *least),
            Condition::Did(did) => timeline.did(did, self.since.filter(|_| did.since_stage)),
            Condition::DidNot(did) => timeline.did_not(did, self.since.filter(|_| did.since_stage)),
            Condition::Reading(ix) => timeline.reading() == Some(&model.readings[usize::from(ix.0)].name),
            Condition::Fit(grades) => grades.contains(&timeline.fit(model).1),
            Condition::Known => timeline.known(),
            Condition::Attribute(of, name, test) => test.holds(timeline.attribute(*of, name)),
            Condition::Answer(question, test) => test.holds(timeline.answer(question).map(|(value, _)| value)),
            Condition::AnsweredSince(question, test) => {
                let answer = timeline.answer(question).filter(|(_, at)| self.since.is_none_or(|since| *at > since));
                test.holds(answer.map(|(value, _)| value))
            }
            Condition::Touchpoint(patterns) => self.at_hand.is_some_and(|row| {
                patterns.iter().any(|one| one.matches(row.model, &row.ledger.touchpoint, &row.resolved))
            }),
            Condition::Feedback { kinds, reasons } => self.at_hand.is_some_and(|row| {
                let touchpoint = &row.ledger.touchpoint;
                touchpoint.channel == "crm"
                    && kinds.contains(&touchpoint.kind)
                    && (reasons.is_empty() || touchpoint.reason.as_ref().is_some_and(|reason| reasons.contains(reason)))
            }),
            Condition::Quiet(wait) => {
                let last = timeline.last_own_at().or_else(|| timeline.first_at());
                last.is_none_or(|last| timeline.now.millis_since(last) >= *wait)
            }
            Condition::SinceMark(wait) => {
                timeline.marks.last().is_none_or(|last| timeline.now.millis_since(*last) >= *wait)
            }
            Condition::HoldPassed { after } => self
                .position
                .and_then(|position| position.hold_until)
                .is_some_and(|until| model.after(until, *after) <= timeline.now),
            Condition::ReturnDue => self.position.is_some_and(|position| timeline.return_due(position, self.at_hand)),
            Condition::OwnTouchpoint => self.at_hand.is_some_and(|row| row.own),
            Condition::Segment(any) => any.iter().any(|ix| timeline.is_in(&model.segments[usize::from(ix.0)].name)),
            Condition::Tier(any) => {
                let first = (0..).map(TierIx).zip(&model.tiers).find(|(_, tier)| self.holds(&tier.when));
                first.is_some_and(|(ix, _)| any.contains(&ix))
            }
            Condition::Stage { life_cycle, stages, stood_for } => self.stands(life_cycle).is_some_and(|position| {
                let since = stood_for.map_or(position.since, |wait| model.after(position.since, wait));
                stages.contains(&position.stage) && since <= timeline.now
            }),
            Condition::CameBy { life_cycle, by } => {
                self.stands(life_cycle).is_some_and(|position| position.came_by.is_some_and(|came| by.contains(&came)))
            }
            Condition::CameFrom { life_cycle, stages } => {
                let from = self.stands(life_cycle).and_then(|position| position.came_from.as_ref());
                from.is_some_and(|from| stages.contains(from))
            }
            Condition::Date { date, is } => {
                timeline.lies(date, *is).is_some_and(|(begins, ends)| begins <= timeline.now && timeline.now < ends)
            }
            _ => unreachable!("{condition:?} is not drawn"),
        }
    }
    fn stands(&self, life_cycle: &str) -> Option<&'t Position> {
        self.timeline.positions.iter().find(|position| position.life_cycle == life_cycle)
    }
}
