//! Segments that are always empty, tiers that no company gets to.

use super::cover::condition_covers;
use super::stages::contradictory;
use crate::language::{ConditionText, PlaybookText};
use crate::model::{Condition, Model};
use notation::mistake::{MistakeKind, Notes};

pub(super) fn lint(text: &PlaybookText, model: &Model, notes: &mut Notes) {
    for ((_, said), segment) in text.segments.iter().zip(&model.segments) {
        let help = "`until` says when somebody goes; leave it out where they go as `when` does not hold any more";
        let until = said.until.as_ref().zip(segment.until.as_ref());
        in_and_out((&said.when, &segment.when), until, ("who comes in would go at once", help), notes);
    }
    for (at, ((name, said), tier)) in text.tiers.iter().zip(&model.tiers).enumerate() {
        contradictory(&said.when, &tier.when, notes);
        let wider = model.tiers[..at].iter().position(|wider| condition_covers(&wider.when, &tier.when));
        if let Some((first, _)) = wider.and_then(|wider| text.tiers.iter().nth(wider)) {
            notes
                .add(
                    MistakeKind::Shadowed,
                    said.when.span,
                    format!("`{}` fits whenever `{}` does, and counts before it", first.value, name.value),
                )
                .help("put the narrower one first")
                .other(first.span);
        }
    }
}

/// Who comes in, and who goes: each has to hold for somebody, and not the second whenever the first does.
pub(super) fn in_and_out(
    (in_text, comes_in): (&ConditionText, &Condition),
    out: Option<(&ConditionText, &Condition)>,
    (message, help): (&'static str, &'static str),
    notes: &mut Notes,
) {
    contradictory(in_text, comes_in, notes);
    let Some((out_text, goes)) = out else { return };
    contradictory(out_text, goes, notes);
    if condition_covers(goes, comes_in) {
        notes.add(MistakeKind::NeverHolds, out_text.span, message).help(help).other(in_text.span);
    }
}
