//! The sentence of the last move: told as of its own moment, from the fold as it was then.

use super::History;
use crate::aggregate::{Aggregate, Move};
use crate::announce::{Before, cause_of};
use crate::fold::{Trace, advance, fold_next};
use crate::head::Head;
use crate::sentence::Decided;
use crate::teller::{EventOf, Teller};
use touchpoint::Text;
use touchpoint::output::Sentence;

impl History<'_> {
    /// Why a contact moved as `moved` says. Where the history has left the horizon since, nobody can tell.
    pub(super) fn sentence(&self, life_cycle: &Text, moved: &Move) -> Option<Sentence> {
        let (aggregate, trace) = self.then(life_cycle, moved)?;
        let (_, version) = self.versions.at(moved.at)?;
        let before = Before::Less(&trace);
        let teller = Teller::new(self.versions, version, self.contact, (moved.at, moved.at), before);
        let head = Head { aggregate, ..Head::default() };
        let position = head.aggregate.position(life_cycle)?;
        let mut envelope = teller.envelope(&head, EventOf::Stage, 0, cause_of(moved.by));
        envelope.reason_code.clone_from(&moved.reason);
        let life_cycle = self.versions.life_cycle(version, life_cycle)?;
        let from = moved.from.as_ref();
        let decided = Decided { life_cycle, position, moved, from, envelope: &envelope, trace: &trace };
        Some(teller.sentence(&head, decided))
    }

    /// The fold when the move was just made, and what the touchpoint gave that made it.
    fn then(&self, life_cycle: &Text, moved: &Move) -> Option<(Aggregate, Trace)> {
        let made = |aggregate: &Aggregate| {
            aggregate.position(life_cycle).is_some_and(|position| position.last_move.as_deref() == Some(moved))
        };
        // What it rested on has left the horizon.
        if made(&self.start) {
            return None;
        }
        let mut aggregate = self.start.clone();
        for row in &self.ledger {
            let mut trace = Trace::default();
            let at = row.touchpoint.occurred_at;
            // By a timer before this row: what comes after the move is no part of it.
            advance(self.versions, &mut aggregate, at.min(moved.at), Some(&mut trace));
            if made(&aggregate) {
                return Some((aggregate, trace));
            }
            if at > moved.at {
                return None;
            }
            fold_next(self.versions, &mut aggregate, row, Some(&mut trace));
            if made(&aggregate) {
                return Some((aggregate, trace));
            }
        }
        let mut trace = Trace::default();
        advance(self.versions, &mut aggregate, moved.at, Some(&mut trace));
        made(&aggregate).then_some((aggregate, trace))
    }
}
