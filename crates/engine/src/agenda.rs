//! When time turns each of a short list, and which of them first.

use crate::turns::Turn;
use std::cell::Cell;

/// Turns by place. The soonest is kept: it is asked for with every touchpoint, and mostly stays the same.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    turns: Vec<Turn>,
    /// The place of the soonest; `None`: to be looked for.
    soonest: Cell<Option<usize>>,
}

impl Agenda {
    /// Makes all of so many never turn.
    pub(crate) fn begin(&mut self, count: usize) {
        self.turns.clear();
        self.turns.resize(count, Turn::NEVER);
        self.soonest.set(None);
    }

    pub(crate) fn len(&self) -> usize {
        self.turns.len()
    }

    pub(crate) fn at(&self, place: usize) -> Turn {
        self.turns[place]
    }

    pub(crate) fn set(&mut self, place: usize, turn: Turn) {
        let former = std::mem::replace(&mut self.turns[place], turn);
        match self.soonest.get() {
            Some(soonest) if soonest == place && turn > former => self.soonest.set(None),
            Some(soonest) if turn < self.turns[soonest] => self.soonest.set(Some(place)),
            _ => {}
        }
    }

    /// The one that turns first; of several in one moment one that is not exact. `None`: there is none at all.
    pub(crate) fn soonest(&self) -> Option<(usize, Turn)> {
        let place = match self.soonest.get() {
            Some(place) => place,
            None => {
                let mut soonest = 0;
                for place in 1..self.turns.len() {
                    if self.turns[place] < self.turns[soonest] {
                        soonest = place;
                    }
                }
                self.soonest.set(Some(soonest));
                soonest
            }
        };
        Some((place, *self.turns.get(place)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use touchpoint::Timestamp;

    proptest! {
        #[test]
        fn the_soonest_is_the_least_of_all(changes in prop::collection::vec((0..5_usize, 0..8_i64, any::<bool>()), 1..60)) {
            let mut agenda = Agenda::default();
            prop_assert!(agenda.soonest().is_none());
            agenda.begin(5);
            for (place, at, is_exact) in changes {
                agenda.set(place, Turn { at: Timestamp::from_millis(at), is_exact });
                let least = (0..5).map(|place| agenda.at(place)).min();
                prop_assert_eq!(agenda.soonest().map(|(_, turn)| turn), least);
            }
        }
    }
}
