//! What is well formed and still not meant: rules that cannot match, stages that nobody reaches, thresholds that flap.

mod behaviours;
mod cover;
mod fit;
mod handoffs;
mod map;
mod pages;
mod programmes;
mod rules;
mod segments;
mod stages;

use crate::language::PlaybookText;
use crate::model::Model;
use notation::mistake::Notes;

/// Looks through a compiled model and the text with its places: the entries of both are the same ones in the same order
/// (scores apart, of which some stand once per solution). Where a section is `broken`, what rests on it is left alone:
/// its mistakes would come out a second time in other words.
pub(crate) fn lint(text: &PlaybookText, model: &Model, broken: &[&str], notes: &mut Notes) {
    let sound = |sections: &[&str]| !sections.iter().any(|section| broken.contains(section));
    if sound(&["vocabulary", "touchpoints", "page_classes", "pages", "content", "groups", "rules"]) {
        rules::lint(text, model, notes);
    }
    let resting_on =
        ["scores", "fit", "rules", "segments", "life_cycles", "reasons", "attributes", "vocabulary", "touchpoints"];
    if sound(&["behaviours", "readings", "page_classes", "pages", "content"]) && sound(&resting_on) {
        behaviours::lint(text, model, notes);
    }
    if sound(&["solutions", "page_classes", "content", "pages"]) {
        pages::lint(text, model, notes);
    }
    if sound(&["fit"]) {
        fit::lint(text, model, notes);
    }
    if sound(&["solutions", "scores", "life_cycles", "reasons"]) {
        stages::lint(text, model, notes);
    }
    if sound(&["segments", "tiers"]) {
        segments::lint(text, model, notes);
    }
    if sound(&["programmes", "segments", "life_cycles", "behaviours", "readings", "scores"]) {
        programmes::lint(text, model, notes);
    }
    if sound(&["teams", "handoffs", "handing_over", "tiers", "segments", "life_cycles", "behaviours", "scores"]) {
        handoffs::lint(text, model, notes);
    }
    // What could be added is told where nothing has to be mended.
    if !notes.failed() {
        map::lint(text, model, notes);
    }
}
