//! Sets of places in a short list, and who of a list rests on what has changed.

use crate::rests::Rests;
use smallvec::{SmallVec, smallvec};

/// Places as bits; off the heap up to 128.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Places(SmallVec<[u64; 2]>);

impl Places {
    /// None of so many.
    pub(crate) fn none(of: usize) -> Self {
        Self(smallvec![0; of.div_ceil(64)])
    }

    pub(crate) fn insert(&mut self, place: usize) {
        self.0[place / 64] |= 1 << (place % 64);
    }

    /// The first of them that is `from` or after it.
    pub(crate) fn next(&self, from: usize) -> Option<usize> {
        let (mut at, mut shift) = (from / 64, from % 64);
        while let Some(word) = self.0.get(at) {
            let rest = word >> shift;
            if rest != 0 {
                return Some(at * 64 + shift + rest.trailing_zeros() as usize);
            }
            (at, shift) = (at + 1, 0);
        }
        None
    }

    /// Ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> {
        std::iter::successors(self.next(0), |place| self.next(place + 1))
    }

    fn join(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word |= other);
    }

    fn keep(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word &= other);
    }
}

/// By noun: who of a list rests on it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Resting {
    count: usize,
    on: Vec<Places>,
}

impl Resting {
    pub(crate) fn of(all: impl Iterator<Item = Rests>) -> Self {
        let all: Vec<Rests> = all.collect();
        let mut on = vec![Places::none(all.len()); Rests::NOUNS];
        for (place, rests) in all.iter().enumerate() {
            rests.each(|noun| on[noun].insert(place));
        }
        Self { count: all.len(), on }
    }

    /// Those who rest on any of this.
    pub(crate) fn on(&self, what: Rests) -> Places {
        let mut all = Places::none(self.count);
        what.each(|noun| all.join(&self.on[noun]));
        all
    }

    /// Those of `these` who do.
    pub(crate) fn on_of(&self, what: Rests, these: &Places) -> Places {
        let mut all = self.on(what);
        all.keep(these);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_rests_on_what_has_changed_is_found_in_order() {
        let rests = (0..130).map(|place| if place % 65 == 1 { Rests::KNOWN | Rests::STAGE } else { Rests::OWN });
        let resting = Resting::of(rests);
        assert_eq!(resting.on(Rests::KNOWN).iter().collect::<Vec<_>>(), [1, 66]);
        assert_eq!(resting.on(Rests::STAGE | Rests::OWN).iter().count(), 130);
        assert_eq!(resting.on(Rests::MARK).next(0), None);
        let mut some = Places::none(130);
        [0, 66, 129].into_iter().for_each(|place| some.insert(place));
        assert_eq!(resting.on_of(Rests::EVERYTHING, &some).iter().collect::<Vec<_>>(), [0, 66, 129]);
        assert_eq!(resting.on_of(Rests::KNOWN, &some).next(2), Some(66));
    }
}
