//! Gaps of the content map: cells that are empty where it promises something. Advice, since a map is filled over time, and
//! a gap may be left open on purpose.
//!
//! There is a map as soon as one piece of content says for which stages it is. It promises, for every issue at a stage, what
//! is there for another issue at that stage. What says `when` is for some people only: it promises and fills nothing.

use crate::language::PlaybookText;
use crate::limits;
use crate::model::{Act, Asset, IssueIx, Issues, Model, Sent, StageIx};
use notation::mistake::{MistakeKind, Notes, Span};
use notation::reading::At;
use std::collections::{BTreeMap, HashSet};

/// A gap: where it is told, what is missing, what fills it.
type Gap = (Span, String, String);

pub(super) fn lint(text: &PlaybookText, model: &Model, notes: &mut Notes) {
    if model.assets.iter().all(|asset| asset.stages.is_empty()) {
        return;
    }
    let mut gaps = unfinished(text, model);
    gaps.extend(empty_stages(text, model));
    for at in 0..model.life_cycles.first().map_or(0, |life_cycle| life_cycle.stages.len()) {
        // Who has more than are shown need not hear how many.
        if gaps.len() <= limits::GAPS_MAX {
            empty_cells(text, model, StageIx(at as u16), &mut gaps);
        }
    }
    let more = gaps.len() > limits::GAPS_MAX;
    for (span, message, help) in gaps.into_iter().take(limits::GAPS_MAX) {
        notes.add(MistakeKind::Gap, span, message).help(help);
    }
    if more {
        notes.add_whole(MistakeKind::Gap, format!("more gaps than these {} are not shown", limits::GAPS_MAX));
    }
}

/// Stages of the first life cycle for which there is nothing. Nobody is addressed who stands outside of it.
fn empty_stages(text: &PlaybookText, model: &Model) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let filled: HashSet<StageIx> = model.assets.iter().flat_map(|asset| &asset.stages).copied().collect();
    let (Some((_, said)), Some(life_cycle)) = (text.life_cycles.iter().next(), model.life_cycles.first()) else {
        return gaps;
    };
    for (ix, ((name, _), stage)) in (0..).map(StageIx).zip(said.stages.iter().zip(&life_cycle.stages)) {
        if !stage.out && !filled.contains(&ix) {
            let message = format!("there is no content for the stage `{}`", name.value);
            gaps.push((name.span, message, format!("say `stages: {}` of what is for it", name.value)));
        }
    }
    gaps
}

/// What is there of one type at one stage.
struct Promised<'a> {
    first: &'a Asset,
    /// Something is about every issue.
    all: bool,
    issues: HashSet<IssueIx>,
}

/// For each issue the types of content that are there for another issue at a stage.
fn empty_cells(text: &PlaybookText, model: &Model, at: StageIx, gaps: &mut Vec<Gap>) {
    let mut promised: BTreeMap<&str, Promised<'_>> = BTreeMap::new();
    for asset in model.assets.iter().filter(|asset| asset.when.is_none() && asset.stages.contains(&at)) {
        let these: &[IssueIx] = match &asset.issues {
            Issues::General => continue,
            Issues::All => &[],
            Issues::These(these) => these,
        };
        let cell = promised.entry(&asset.kind);
        let cell = cell.or_insert_with(|| Promised { first: asset, all: false, issues: HashSet::new() });
        cell.all |= asset.issues == Issues::All;
        cell.issues.extend(these);
    }
    promised.retain(|_, cell| !cell.all);
    let stage = &model.life_cycles[0].stages[usize::from(at.0)].name;
    for ((issue, _), ix) in text.issues.iter().zip((0..).map(IssueIx)) {
        let missing = || promised.iter().filter(|(_, cell)| !cell.issues.contains(&ix));
        let kinds: Vec<&str> = missing().map(|(kind, _)| *kind).collect();
        if kinds.is_empty() {
            continue;
        }
        let message = format!("`{}` has no {} at the stage `{stage}`", issue.value, kinds.join(" and no "));
        let others: Vec<String> = missing().map(|(_, cell)| format!("`{}`", cell.first.name)).collect();
        gaps.push((issue.span, message, format!("other issues have {}", others.join(", "))));
        if gaps.len() > limits::GAPS_MAX {
            return;
        }
    }
}

/// Content of which the map does not say all.
fn unfinished(text: &PlaybookText, model: &Model) -> Vec<Gap> {
    let mut gaps = Vec::new();
    // What a programme sends by name is sent all the same.
    let sent = |asset: &Asset| {
        let mut steps = model.programmes.iter().flat_map(|programme| &programme.steps);
        steps.any(|step| match &step.act {
            Some(Act::Send { content: Sent::This(ix), .. }) => model.assets[usize::from(ix.0)].name == asset.name,
            _ => false,
        })
    };
    let mut each = |lacks: &dyn Fn(&Asset) -> bool, what: &str, help: &str| {
        let all = text.content.iter().zip(&model.assets).filter(|(_, asset)| lacks(asset));
        let names: Vec<&At<String>> = all.map(|((name, _), _)| name).collect();
        if let Some(first) = names.first() {
            gaps.push((first.span, format!("{what}: {}", listed(&names)), help.to_owned()));
        }
    };
    each(
        &|asset| asset.stages.is_empty() != asset.channels.is_empty() && !sent(asset),
        "never proposed, since one of `stages` and `channels` is not said",
        "say for which stages it is and where it can be given, as `stages: [late], channels: [web, email]`",
    );
    each(
        &|asset| !asset.stages.is_empty() && asset.hypothesis.is_none(),
        "without a hypothesis",
        "say what it should bring about, as `hypothesis: {label: ..., expects: {stage: mql, within: 90d}}`",
    );
    gaps
}

/// Names of one sort in a sentence, the first few of many.
fn listed(names: &[&At<String>]) -> String {
    const SHOWN: usize = 6;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{}`", name.value)).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
