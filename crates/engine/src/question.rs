//! What conditions are asked of: a contact, an account. How they are put together is the same for both.

use crate::condition::AtHand;
use crate::version::Version;
use playbook::model::Condition;
use smallvec::SmallVec;
use touchpoint::Timestamp;

pub(crate) trait Question {
    /// The version that asks.
    fn version(&self) -> &Version;

    fn at_hand(&self) -> Option<AtHand<'_>>;

    /// When a condition that is no combination holds, if nothing but time happens; `None` where more than one moment tells.
    fn span(&self, leaf: &Condition) -> Option<Span>;

    /// Does one without a span hold at `now`?
    fn leaf_holds(&self, leaf: &Condition, now: Timestamp) -> bool;

    /// The first moment, `from` or later, at which one without a span is `wanted` if nothing but time happens; `None` when it
    /// never will be.
    fn leaf_first(&self, leaf: &Condition, wanted: bool, from: Timestamp) -> Option<Timestamp>;

    /// Does it hold at `now`?
    fn holds(&self, condition: &Condition, now: Timestamp) -> bool {
        match condition {
            Condition::All(parts) => parts.iter().all(|part| self.holds(part, now)),
            Condition::Any(parts) => parts.iter().any(|part| self.holds(part, now)),
            Condition::Not(part) => !self.holds(part, now),
            leaf => self.span(leaf).map_or_else(|| self.leaf_holds(leaf, now), |span| span.holds(now)),
        }
    }

    /// As [`Question::holds`]; adds the parts that it rests on: of alternatives the first that holds.
    fn met<'c>(&self, condition: &'c Condition, now: Timestamp, parts: &mut Vec<&'c Condition>) -> bool {
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
    fn moment(&self, condition: &Condition, from: Timestamp) -> Option<Timestamp> {
        self.first(condition, true, from)
    }

    /// The first moment, `from` or later, at which the condition is `wanted`.
    fn first(&self, condition: &Condition, wanted: bool, from: Timestamp) -> Option<Timestamp> {
        match condition {
            Condition::Not(part) => self.first(part, !wanted, from),
            Condition::All(parts) if wanted => self.together(parts, true, from),
            Condition::Any(parts) if !wanted => self.together(parts, false, from),
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter().filter_map(|part| self.first(part, wanted, from)).min()
            }
            leaf => match self.span(leaf) {
                Some(span) => span.first(wanted, from),
                None => self.leaf_first(leaf, wanted, from),
            },
        }
    }

    /// The first moment at which every part is `wanted`. Those that are told at once are asked first: where they lead to, a
    /// score has mostly faded, and its moment need not be looked for.
    fn together(&self, parts: &[Condition], wanted: bool, from: Timestamp) -> Option<Timestamp> {
        let is_quick = |part: &&Condition| self.span(part).is_some();
        let (quick, slow): (SmallVec<[&Condition; 8]>, SmallVec<[&Condition; 8]>) = parts.iter().partition(is_quick);
        settled(from, |from| quick.iter().chain(&slow).try_fold(from, |from, part| self.first(part, wanted, from)))
    }

    /// The first moment, `from` or later, at which what is awaited has come.
    fn first_awaited(&self, awaited: Awaited<'_>, from: Timestamp) -> Option<Timestamp> {
        let Awaited { when, unless, wanted } = awaited;
        let both = |from| {
            let other = unless.map(|unless| self.first(unless, !wanted, from));
            std::iter::once(self.first(when, wanted, from)).chain(other)
        };
        if wanted { settled(from, |from| latest(both(from), from)) } else { both(from).flatten().min() }
    }
}

/// What somebody who comes in or goes waits for: that the one holds and not the other or, when not `wanted`, that this is
/// not so.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Awaited<'a> {
    pub(crate) when: &'a Condition,
    pub(crate) unless: Option<&'a Condition>,
    pub(crate) wanted: bool,
}

/// The first moment that is not moved on any more: what has to come together moves on from moment to moment, since waiting
/// for one part may cost another.
pub(crate) fn settled(mut from: Timestamp, next: impl Fn(Timestamp) -> Option<Timestamp>) -> Option<Timestamp> {
    loop {
        match next(from)? {
            moment if moment == from => return Some(from),
            later => from = later,
        }
    }
}

/// The latest of these moments, `from` at least; `None` where one of them never comes.
pub(crate) fn latest(mut moments: impl Iterator<Item = Option<Timestamp>>, from: Timestamp) -> Option<Timestamp> {
    moments.try_fold(from, |latest, moment| Some(latest.max(moment?)))
}

/// From when until when (exclusive) something holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) begins: Timestamp,
    pub(crate) ends: Timestamp,
}

impl Span {
    pub(crate) const NEVER: Self = Self { begins: Timestamp::MAX, ends: Timestamp::MAX };
    pub(crate) const ALWAYS: Self = Self { begins: Timestamp::MIN, ends: Timestamp::MAX };

    /// Of what time makes true at `moment` once and for all; `None`: never.
    pub(crate) fn from(moment: Option<Timestamp>) -> Self {
        moment.map_or(Self::NEVER, |begins| Self { begins, ends: Timestamp::MAX })
    }

    /// Of what time takes away at `moment`; `None`: it does not hold at all.
    pub(crate) fn until(moment: Option<Timestamp>) -> Self {
        moment.map_or(Self::NEVER, |ends| Self { begins: Timestamp::MIN, ends })
    }

    pub(crate) fn holds(self, now: Timestamp) -> bool {
        self.begins <= now && now < self.ends
    }

    /// The first moment, `from` or later, at which it is `wanted`.
    pub(crate) fn first(self, wanted: bool, from: Timestamp) -> Option<Timestamp> {
        let Self { begins, ends } = self;
        match wanted {
            true => (from < ends && begins < ends).then(|| begins.max(from)),
            false if from < begins || ends <= from => Some(from),
            false => (ends != Timestamp::MAX).then_some(ends),
        }
    }
}
