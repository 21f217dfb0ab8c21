//! Programmes that nobody comes into, or leaves as soon as they come.

use super::cover::condition_covers;
use super::stages::contradictory;
use crate::language::PlaybookText;
use crate::mistake::{MistakeKind, Notes};
use crate::model::Model;

pub(super) fn lint(text: &PlaybookText, model: &Model, notes: &mut Notes) {
    for ((_, said), programme) in text.programmes.iter().zip(&model.programmes) {
        contradictory(&said.enters, &programme.enters, notes);
        for ((_, said), step) in said.steps.iter().zip(&programme.steps) {
            said.when.iter().zip(&step.when).for_each(|(said, when)| contradictory(said, when, notes));
            said.until.iter().zip(&step.until).for_each(|(said, until)| contradictory(said, until, notes));
        }
        let Some((leaves_text, leaves)) = said.leaves.as_ref().zip(programme.leaves.as_ref()) else { continue };
        contradictory(leaves_text, leaves, notes);
        if condition_covers(leaves, &programme.enters) {
            notes
                .add(MistakeKind::NeverHolds, leaves_text.span, "who comes in would leave at once")
                .help("`leaves` says when somebody goes before the last step; it must not hold for those who come in")
                .other(said.enters.span);
        }
    }
}
