//! Behaviours that never occur or that nobody asks for, readings that never count.

use super::cover::condition_covers;
use super::rules::can_match;
use super::stages::contradictory;
use crate::language::PlaybookText;
use crate::model::{BehaviourIx, Expects, Model, Occurs, PageClassIx};
use notation::mistake::{MistakeKind, Notes, Span};
use std::collections::HashSet;

pub(super) fn lint(text: &PlaybookText, model: &Model, notes: &mut Notes) {
    let with_page: HashSet<PageClassIx> = model.pages.iter().filter_map(|(_, page)| page.class).collect();
    let used = used(model);
    for (ix, ((name, said), behaviour)) in (0..).map(BehaviourIx).zip(text.behaviours.iter().zip(&model.behaviours)) {
        let spans: Vec<Span> = said.when.0.iter().map(|pattern| pattern.span).collect();
        can_match(behaviour.patterns(), &spans, model, &with_page, notes);
        if matches!(behaviour.occurs, Occurs::AfterSilence(_)) && model.own.is_empty() {
            notes
                .add(
                    MistakeKind::NeverHolds,
                    name.span,
                    "no touchpoint is the contact's own, so that none ends a silence",
                )
                .help("say which are under `touchpoints: own:`");
        }
        if !used.contains(&ix) {
            notes
                .add(MistakeKind::Unused, name.span, format!("nothing asks for `{}`", name.value))
                .help("leave it out, or count it with `did`");
        }
    }
    for ((_, said), rule) in text.rules.iter().zip(&model.rules) {
        if let (Some(text), Some(condition)) = (&said.condition, &rule.condition) {
            contradictory(text, condition, notes);
        }
    }
    for ((_, said), asset) in text.content.iter().zip(&model.assets) {
        if let (Some(text), Some(condition)) = (&said.when, &asset.when) {
            contradictory(text, condition, notes);
        }
    }
    for (at, ((name, said), reading)) in text.readings.iter().zip(&model.readings).enumerate() {
        contradictory(&said.when, &reading.when, notes);
        let stronger = model.readings[..at].iter().position(|stronger| condition_covers(&stronger.when, &reading.when));
        if let Some((first, _)) = stronger.and_then(|stronger| text.readings.iter().nth(stronger)) {
            notes
                .add(
                    MistakeKind::Shadowed,
                    said.when.span,
                    format!("`{}` holds whenever `{}` does, and counts before it", first.value, name.value),
                )
                .help("put the narrower one first")
                .other(first.span);
        }
    }
}

/// The behaviours that a condition, a hypothesis or another behaviour names.
fn used(model: &Model) -> HashSet<BehaviourIx> {
    let mut used: HashSet<BehaviourIx> = model.counted().iter().map(|did| did.behaviour).collect();
    for behaviour in &model.behaviours {
        match &behaviour.occurs {
            Occurs::InOrder { steps, .. } => used.extend(steps),
            Occurs::Unanswered { by, .. } => drop(used.insert(*by)),
            Occurs::Each(_) | Occurs::AfterSilence(_) => {}
        }
    }
    for hypothesis in model.assets.iter().filter_map(|asset| asset.hypothesis.as_ref()) {
        if let Expects::Did { behaviour, .. } | Expects::DidNot(behaviour) = hypothesis.expects {
            used.insert(behaviour);
        }
    }
    used
}
