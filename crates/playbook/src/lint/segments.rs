//! Segments that are always empty, tiers that no company gets to.

use super::cover::condition_covers;
use super::stages::contradictory;
use crate::language::PlaybookText;
use crate::mistake::{MistakeKind, Notes};
use crate::model::Model;

pub(super) fn lint(text: &PlaybookText, model: &Model, notes: &mut Notes) {
    for ((_, said), segment) in text.segments.iter().zip(&model.segments) {
        contradictory(&said.when, &segment.when, notes);
        let Some((until_text, until)) = said.until.as_ref().zip(segment.until.as_ref()) else { continue };
        contradictory(until_text, until, notes);
        if condition_covers(until, &segment.when) {
            notes
                .add(MistakeKind::NeverHolds, until_text.span, "who comes in would go at once")
                .help("`until` says when somebody goes; leave it out where they go as `when` does not hold any more")
                .other(said.when.span);
        }
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
