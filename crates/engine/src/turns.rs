//! Whether a condition holds, and until when at least that stays so if nothing but time happens: what costs little. The very
//! moment is looked for ([`Question::first`]) only of what turns next.

use crate::condition::Asked;
use crate::decay::truncate;
use crate::question::{Awaited, Question, Span};
use crate::scoring::{bounded, sum_at};
use playbook::model::{Condition, Milli, ScoreIx};
use std::ops::Not;
use touchpoint::Timestamp;

/// An answer as of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) holds: bool,
    pub(crate) turns: Turn,
}

/// When time alone turns an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Turn {
    /// Not before this; [`Timestamp::MAX`]: never.
    pub(crate) at: Timestamp,
    /// It is this very moment.
    pub(crate) is_exact: bool,
}

impl Turn {
    pub(crate) const NEVER: Self = Self { at: Timestamp::MAX, is_exact: true };

    pub(crate) fn exact(at: Option<Timestamp>) -> Self {
        at.map_or(Self::NEVER, |at| Self { at, is_exact: true })
    }

    const fn not_before(at: Timestamp) -> Self {
        Self { at, is_exact: false }
    }

    /// The same, when something has changed that may put it off.
    pub(crate) fn put_off(self) -> Self {
        Self { is_exact: self.is_exact && self == Self::NEVER, ..self }
    }

    /// The sooner of the two, which is exact only when the other is not before it.
    pub(crate) fn or(self, other: Self) -> Self {
        if self.at == other.at { Self { is_exact: self.is_exact || other.is_exact, ..self } } else { self.min(other) }
    }
}

impl Answer {
    const fn always(holds: bool) -> Self {
        Self { holds, turns: Turn::NEVER }
    }

    fn of(span: Span, now: Timestamp) -> Self {
        let holds = span.holds(now);
        Self { holds, turns: Turn::exact(span.first(!holds, now)) }
    }

    /// When it comes to be `wanted`.
    pub(crate) fn comes(self, wanted: bool, now: Timestamp) -> Turn {
        if self.holds == wanted { Turn::exact(Some(now)) } else { self.turns }
    }

    /// The same, or what holds from `moment` on.
    pub(crate) fn or_from(self, moment: Option<Timestamp>, now: Timestamp) -> Self {
        if moment.is_none() { self } else { both(self, Self::of(Span::from(moment), now), false) }
    }
}

impl Not for Answer {
    type Output = Self;

    fn not(self) -> Self {
        Self { holds: !self.holds, ..self }
    }
}

impl Asked<'_> {
    pub(crate) fn answer(&self, condition: &Condition, now: Timestamp) -> Answer {
        match condition {
            Condition::All(parts) => self.together(parts, true, now),
            Condition::Any(parts) => self.together(parts, false, now),
            Condition::Not(part) => !self.answer(part, now),
            leaf => self.leaf_answer(leaf, now),
        }
    }

    /// Whether what is awaited has come.
    pub(crate) fn answer_awaited(&self, awaited: Awaited<'_>, now: Timestamp) -> Answer {
        let when = self.answer(awaited.when, now);
        let unless = awaited.unless.map(|unless| !self.answer(unless, now));
        let is_so = unless.map_or(when, |unless| both(when, unless, true));
        if awaited.wanted { is_so } else { !is_so }
    }

    /// Whether all parts are `wanted` (else: whether any is otherwise). They are only when each of those that are not has
    /// turned, and are no more as soon as one has.
    fn together(&self, parts: &[Condition], wanted: bool, now: Timestamp) -> Answer {
        let mut all = Answer::always(wanted);
        for part in parts {
            all = both(all, self.answer(part, now), wanted);
            if all == Answer::always(!wanted) {
                break;
            }
        }
        all
    }

    fn leaf_answer(&self, leaf: &Condition, now: Timestamp) -> Answer {
        match leaf {
            Condition::ScoreAtLeast(score, least) => self.reaches(*score, *least, now),
            Condition::ScoreBelow(score, below) => !self.reaches(*score, *below, now),
            Condition::AnyScoreAtLeast(scores, least) => {
                let each = scores.iter().map(|score| self.reaches(*score, *least, now));
                each.fold(Answer::always(false), |any, one| both(any, one, false))
            }
            Condition::Close { .. } | Condition::ReturnDue => {
                let holds = self.leaf_holds(leaf, now);
                Answer { holds, turns: Turn::exact(self.leaf_first(leaf, !holds, now)) }
            }
            leaf => match self.span(leaf) {
                Some(span) => Answer::of(span, now),
                None => Answer::always(self.leaf_holds(leaf, now)),
            },
        }
    }

    fn reaches(&self, score: ScoreIx, threshold: Milli, now: Timestamp) -> Answer {
        let bounds = &self.version.model.scores[usize::from(score.0)];
        if threshold <= bounds.floor || bounds.ceiling < threshold {
            return Answer::always(threshold <= bounds.floor);
        }
        sum_at(self.aggregate, self.version, score, now, |sum, left| {
            let holds = bounded(self.version, score, truncate(left)) >= threshold;
            let turns = match holds {
                true => sum.not_below_before(now, left, threshold),
                false => sum.not_reached_before(now, threshold),
            };
            Answer { holds, turns: turns.map_or(Turn::NEVER, Turn::not_before) }
        })
    }
}

/// Of two that are to be `wanted` together.
fn both(one: Answer, other: Answer, wanted: bool) -> Answer {
    // Waits for the one; that the other is still as wanted then is known only when it has not turned by then.
    let waits = |for_one: Answer, other: Answer| {
        let Turn { at, is_exact } = for_one.turns;
        let stays = at == Timestamp::MAX || at < other.turns.at;
        Answer { turns: Turn { at, is_exact: is_exact && stays }, ..for_one }
    };
    match (one.holds == wanted, other.holds == wanted) {
        (true, true) => Answer { holds: wanted, turns: one.turns.or(other.turns) },
        (true, false) => waits(other, one),
        (false, true) => waits(one, other),
        (false, false) => {
            let at = one.turns.at.max(other.turns.at);
            Answer { holds: !wanted, turns: Turn { at, is_exact: at == Timestamp::MAX } }
        }
    }
}
