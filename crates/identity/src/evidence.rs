use crate::erasure::Gone;
use serde::{Deserialize, Serialize};
use touchpoint::{IdentifierKey, Timestamp};

/// Evidence of inputs that may be revised is kept singly, this many of the earliest in a span. More tell nothing new
/// unless all of these are withdrawn.
const REVISABLE_MAX: usize = 16;
const DAY_MILLIS: i64 = 86_400_000;

/// A touchpoint said so: when it occurred, and which input it was if that one can still be revised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Evidence {
    pub(crate) at: Timestamp,
    /// `None`: immutable, so that only its time matters.
    pub(crate) input: Option<IdentifierKey>,
}

/// How long one piece of immutable evidence stands for the later ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Span {
    /// Only the very first counts (claims, links).
    Ever,
    /// The first of each UTC day counts (bindings): a person who signs in ten times a day is one entry.
    Day,
}

impl Span {
    fn holds(self, a: Timestamp, b: Timestamp) -> bool {
        match self {
            Self::Ever => true,
            Self::Day => day(a) == day(b),
        }
    }
}

/// The UTC day: days since 1970-01-01.
pub(crate) fn day(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(DAY_MILLIS)
}

/// Evidence for one statement ("this name claims that one"), as little of it as the span needs. Sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Evidences(Vec<Evidence>);

impl Evidences {
    /// True when [`Self::add`] would change something. The common answer is no, and it costs no allocation.
    pub(crate) fn lacks(&self, new: Evidence, span: Span) -> bool {
        let mut same = self.0.iter().filter(|have| span.holds(have.at, new.at));
        if new.input.is_none() {
            !same.any(|have| have.input.is_none() && have.at <= new.at)
        } else {
            let mut earlier = 0;
            for have in same.filter(|have| have.input.is_some()) {
                if *have == new {
                    return false;
                }
                earlier += usize::from(*have < new);
            }
            earlier < REVISABLE_MAX
        }
    }

    pub(crate) fn add(&mut self, new: Evidence, span: Span) -> bool {
        if !self.lacks(new, span) {
            return false;
        }
        if new.input.is_none() {
            self.0.retain(|have| have.input.is_some() || !span.holds(have.at, new.at));
        }
        let at = self.0.partition_point(|have| *have < new);
        self.0.insert(at, new);
        let revisable = |have: &&Evidence| have.input.is_some() && span.holds(have.at, new.at);
        if self.0.iter().filter(revisable).count() > REVISABLE_MAX
            && let Some(last) = self.0.iter().rposition(|have| revisable(&have))
        {
            self.0.remove(last);
        }
        true
    }

    /// Takes away what an input said.
    pub(crate) fn withdraw(&mut self, input: IdentifierKey) -> bool {
        let before = self.0.len();
        self.0.retain(|have| have.input != Some(input));
        self.0.len() != before
    }

    /// Forgets what was told of times that are gone.
    pub(crate) fn forget_in(&mut self, gone: &Gone) {
        self.0.retain(|have| !gone.holds(have.at));
    }

    /// Forgets what was told of the time until then; not what has no time.
    pub(crate) fn forget(&mut self, until: Timestamp) {
        self.0.retain(|have| have.at > until || have.at == Timestamp::MIN);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn earliest(&self) -> Option<Timestamp> {
        self.0.first().map(|first| first.at)
    }

    /// The earliest of each day, in order.
    pub(crate) fn days(&self) -> impl Iterator<Item = Timestamp> + '_ {
        let mut last = None;
        self.0.iter().filter_map(move |have| {
            let day = Some(day(have.at));
            (last != day).then(|| last = day).map(|()| have.at)
        })
    }
}

/// What a person said about being tracked. The greatest counts: the latest, and of two at one moment in one input the
/// refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Statement {
    pub(crate) at: Timestamp,
    pub(crate) input: IdentifierKey,
    pub(crate) refused: bool,
}

/// The statements that an identifier heard: the latest of the immutable inputs, those of others singly. Sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Statements(Vec<(Statement, bool)>);

impl Statements {
    pub(crate) fn add(&mut self, new: Statement, revisable: bool) {
        if self.knows(&new, revisable) {
            return;
        }
        if !revisable {
            self.0.retain(|(_, revisable)| *revisable);
        }
        let at = self.0.partition_point(|have| *have < (new, revisable));
        self.0.insert(at, (new, revisable));
        if self.0.iter().filter(|(_, revisable)| *revisable).count() > REVISABLE_MAX
            && let Some(first) = self.0.iter().position(|(_, revisable)| *revisable)
        {
            self.0.remove(first);
        }
    }

    /// True when [`Self::add`] would change nothing.
    pub(crate) fn knows(&self, statement: &Statement, revisable: bool) -> bool {
        if revisable {
            self.0.contains(&(*statement, true))
        } else {
            self.0.iter().any(|(have, revisable)| !revisable && have >= statement)
        }
    }

    pub(crate) fn withdraw(&mut self, input: IdentifierKey) {
        self.0.retain(|(have, revisable)| !revisable || have.input != input);
    }

    pub(crate) fn forget(&mut self, until: Timestamp) {
        self.0.retain(|(have, _)| have.at > until);
    }

    pub(crate) fn latest(&self) -> Option<Statement> {
        self.0.last().map(|(have, _)| *have)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn evidence() -> impl Strategy<Value = Evidence> {
        (0_i64..4, 0_i64..4, proptest::option::of(0_u8..30)).prop_map(|(day, hour, input)| Evidence {
            at: Timestamp::from_millis(day * DAY_MILLIS + hour * 3_600_000),
            input: input.map(|input| IdentifierKey([input; 16])),
        })
    }

    proptest! {
        #[test]
        fn the_order_of_arrival_does_not_show(all in proptest::collection::vec(evidence(), 0..60), seed in any::<u64>()) {
            for span in [Span::Ever, Span::Day] {
                let mut shuffled = all.clone();
                let mut state = seed | 1;
                for at in (1..shuffled.len()).rev() {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    shuffled.swap(at, (state >> 33) as usize % (at + 1));
                }
                let [mut one, mut other] = [Evidences::default(), Evidences::default()];
                for new in &all { let lacks = one.lacks(*new, span); prop_assert_eq!(one.add(*new, span), lacks); }
                for new in &shuffled { other.add(*new, span); }
                prop_assert_eq!(&one, &other);
                prop_assert_eq!(one.earliest(), all.iter().map(|have| have.at).min());
                if span == Span::Day {
                    let mut days: Vec<_> = all.iter().map(|have| have.at).collect();
                    days.sort();
                    days.dedup_by_key(|at| day(*at));
                    prop_assert_eq!(one.days().collect::<Vec<_>>(), days);
                }
            }
        }
    }

    #[test]
    fn withdrawn_evidence_leaves_the_other() {
        let [immutable, revisable] = [None, Some(IdentifierKey([1; 16]))];
        let at = Timestamp::from_millis;
        let mut evidences = Evidences::default();
        evidences.add(Evidence { at: at(5), input: revisable }, Span::Ever);
        evidences.add(Evidence { at: at(9), input: immutable }, Span::Ever);
        assert_eq!(evidences.earliest(), Some(at(5)));
        assert!(evidences.withdraw(IdentifierKey([1; 16])));
        assert_eq!(evidences.earliest(), Some(at(9)));
        assert!(!evidences.withdraw(IdentifierKey([1; 16])));
    }

    #[test]
    fn of_two_statements_the_later_counts_and_a_refusal_wins_a_tie() {
        let said = |at, refused| Statement { at: Timestamp::from_millis(at), input: IdentifierKey([1; 16]), refused };
        let mut statements = Statements::default();
        statements.add(said(2, true), true);
        statements.add(said(2, false), true);
        statements.add(said(1, false), false);
        assert_eq!(statements.latest(), Some(said(2, true)));
        statements.withdraw(IdentifierKey([1; 16]));
        assert_eq!(statements.latest(), Some(said(1, false)), "what is immutable cannot be withdrawn");
    }
}
