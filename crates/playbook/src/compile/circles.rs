//! Segments that are counted may not rest on what is counted of them: contacts and their company would chase each other.

use crate::language::PlaybookText;
use crate::model::{Condition, LifeCycle, Model, SegmentIx};
use notation::mistake::{MistakeKind, Notes};
use std::collections::BTreeSet;
use touchpoint::Text;

/// Notes every segment that is counted and comes back to itself.
pub(crate) fn no_circles(text: &PlaybookText, model: &Model, notes: &mut Notes) {
    for ix in model.counted_segments() {
        let Some((name, Some(said))) = text.segments.0.get(usize::from(ix.0)) else { continue };
        let name = &name.value;
        let (message, help) = if rests_on_the_account(ix, model) {
            (
                format!("accounts count `{name}`, which rests on what the account signals: a circle"),
                "count a segment that rests on the contacts themselves",
            )
        } else if (Followed { model, to: ix, segments: BTreeSet::new(), life_cycles: BTreeSet::new() }).segment(ix) {
            (
                format!("`{name}` rests on stages that open by how many are in it: they would hold each other there"),
                "count those who came there of themselves, by what they did: `{did: ...}`",
            )
        } else {
            continue;
        };
        notes.add(MistakeKind::WrongForm, said.when.span, message).help(help);
    }
}

fn rests_on_the_account(segment: SegmentIx, model: &Model) -> bool {
    let segment = &model.segments[usize::from(segment.0)];
    segment.conditions().any(|condition| {
        let mut rests = false;
        condition.for_each_leaf(&mut |leaf| {
            rests |= match leaf {
                Condition::Segment(of) => of.iter().any(|of| rests_on_the_account(*of, model)),
                Condition::Reading(of) => {
                    let mut signalled = false;
                    let when = model.readings.get(usize::from(of.0)).map(|reading| &reading.when);
                    when.iter().for_each(|when| when.for_each_leaf(&mut |leaf| signalled |= is_signalled(leaf)));
                    signalled
                }
                leaf => is_signalled(leaf),
            }
        });
        rests
    })
}

fn is_signalled(leaf: &Condition) -> bool {
    matches!(leaf, Condition::Colleagues { .. } | Condition::AccountStage { .. })
}

/// What lets somebody into a segment, followed through the stages that it rests on until the segment itself is counted.
struct Followed<'a> {
    model: &'a Model,
    to: SegmentIx,
    segments: BTreeSet<SegmentIx>,
    life_cycles: BTreeSet<&'a Text>,
}

impl<'a> Followed<'a> {
    fn segment(&mut self, ix: SegmentIx) -> bool {
        let segment = &self.model.segments[usize::from(ix.0)];
        self.segments.insert(ix) && self.condition(&segment.when)
    }

    fn life_cycle(&mut self, name: &'a Text) -> bool {
        let found = self.model.life_cycles.iter().find(|one| one.name == *name);
        let Some(LifeCycle { stages, lasts_while, .. }) = found.filter(|_| self.life_cycles.insert(name)) else {
            return false;
        };
        let entries = stages.iter().flat_map(|stage| &stage.entries).map(|entry| &entry.when);
        entries.chain(lasts_while).any(|when| self.condition(when))
    }

    fn condition(&mut self, condition: &'a Condition) -> bool {
        let mut leaves = Vec::new();
        condition.for_each_leaf(&mut |leaf| leaves.push(leaf));
        leaves.into_iter().any(|leaf| match leaf {
            Condition::Segment(of) => of.iter().any(|of| self.segment(*of)),
            Condition::Colleagues { segment, .. } | Condition::Members { segment, .. } => {
                *segment == self.to || self.segment(*segment)
            }
            Condition::Reading(of) => {
                let when = self.model.readings.get(usize::from(of.0)).map(|reading| &reading.when);
                when.is_some_and(|when| self.condition(when))
            }
            Condition::Stage { life_cycle, .. } | Condition::AccountStage { life_cycle, .. } => {
                self.life_cycle(life_cycle)
            }
            _ => false,
        })
    }
}
