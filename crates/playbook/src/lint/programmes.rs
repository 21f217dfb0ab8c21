//! Programmes that nobody comes into, or leaves as soon as they come.

use super::segments::in_and_out;
use super::stages::contradictory;
use crate::language::PlaybookText;
use crate::model::Model;
use notation::mistake::Notes;

pub(super) fn lint(text: &PlaybookText, model: &Model, notes: &mut Notes) {
    for ((_, said), programme) in text.programmes.iter().zip(&model.programmes) {
        for ((_, said), step) in said.steps.iter().zip(&programme.steps) {
            said.when.iter().zip(&step.when).for_each(|(said, when)| contradictory(said, when, notes));
            said.until.iter().zip(&step.until).for_each(|(said, until)| contradictory(said, until, notes));
        }
        let help = "`leaves` says when somebody goes before the last step; it must not hold for those who come in";
        let leaves = said.leaves.as_ref().zip(programme.leaves.as_ref());
        in_and_out((&said.enters, &programme.enters), leaves, ("who comes in would leave at once", help), notes);
    }
}
