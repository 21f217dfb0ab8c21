//! Stages that nobody reaches, that flap, or that contradict themselves; reasons that promise a return for nothing.

use super::cover::{condition_covers, contradiction};
use crate::compile::points;
use crate::language::{ConditionText, LifeCycleText, PlaybookText, StageText};
use crate::model::{Condition, Entry, EntryBy, LifeCycle, Milli, Model, ScoreIx, Stage};
use notation::mistake::{MistakeKind, Notes};

pub(super) fn lint(text: &PlaybookText, model: &Model, notes: &mut Notes) {
    for (at, ((_, said), life_cycle)) in text.life_cycles.iter().zip(&model.life_cycles).enumerate() {
        // Reasons speak of the first life cycle.
        let by_reason: Vec<usize> = match at {
            0 => model.reasons.iter().filter_map(|reason| reason.to).map(|to| usize::from(to.0)).collect(),
            _ => Vec::new(),
        };
        unreachable(said, life_cycle, &by_reason, notes);
        for ((_, stage_text), stage) in said.stages.iter().zip(&life_cycle.stages) {
            for (entry_text, entry) in stage_text.entries.iter().zip(&stage.entries) {
                contradictory(&entry_text.when, &entry.when, notes);
            }
            for (exit_text, exit) in stage_text.exits.iter().zip(&stage.exits) {
                contradictory(&exit_text.when, &exit.when, notes);
            }
            flapping(stage_text, stage, model, notes);
            shadowed(stage_text, stage, notes);
        }
        onto_itself(said, life_cycle, notes);
    }
    let stages = model.life_cycles.first().map_or(&[][..], |life_cycle| &life_cycle.stages);
    for ((code, said), reason) in text.reasons.iter().zip(&model.reasons) {
        let recycled = reason.to.and_then(|to| stages.get(usize::from(to.0))).is_some_and(|stage| stage.recycle);
        let returns =
            reason.returns_after.is_some() || reason.returns_before_until.is_some() || reason.returns_when.is_some();
        if returns && !recycled {
            let message = format!("`{}` says when it returns, and does not go to the recycle box", code.value);
            let place = said.to.as_ref().map_or(code.span, |to| to.span);
            notes
                .add(MistakeKind::Unused, place, message)
                .help("leave the return out, or send it to the recycle stage");
        }
        if let (Some(text), Some(when)) = (&said.returns_when, &reason.returns_when) {
            contradictory(text, when, notes);
        }
    }
}

/// Follows every way from the first stage until nothing new is found.
fn unreachable(said: &LifeCycleText, life_cycle: &LifeCycle, by_reason: &[usize], notes: &mut Notes) {
    let stages = &life_cycle.stages;
    let mut reached = vec![false; stages.len()];
    if let Some(first) = reached.first_mut() {
        *first = true;
    }
    loop {
        let open = |to: usize, entry: &Entry| match (&entry.from, entry.by) {
            (Some(from), _) => from.iter().any(|from| reached[usize::from(from.0)]),
            (None, EntryBy::Feedback) => true,
            (None, _) => {
                stages[to].out || (0..to).any(|from| reached[from] && !stages[from].held && !stages[from].recycle)
            }
        };
        let led_to = |to: usize| {
            stages[to].entries.iter().any(|entry| open(to, entry))
                || by_reason.contains(&to)
                || stages
                    .iter()
                    .zip(&reached)
                    .any(|(stage, reached)| *reached && stage.exits.iter().any(|e| usize::from(e.to.0) == to))
        };
        let Some(new) = (0..stages.len()).find(|to| !reached[*to] && led_to(*to)) else { break };
        reached[new] = true;
    }
    for ((name, _), _) in said.stages.iter().zip(&reached).filter(|(_, reached)| !**reached) {
        let message = format!("no way leads to the stage `{}`", name.value);
        notes
            .add(MistakeKind::Unreachable, name.span, message)
            .help("give it an entry that is open from a stage before it, or let an exit or a reason lead to it");
    }
}

/// Score entries must ask for more than what the stage's exits let go.
fn flapping(said: &StageText, stage: &Stage, model: &Model, notes: &mut Notes) {
    for (exit_text, exit) in said.exits.iter().zip(&stage.exits) {
        let mut leaves = Vec::new();
        thresholds(&exit.when, &mut |condition| match condition {
            Condition::ScoreBelow(score, below) => leaves.push((*score, *below)),
            Condition::Not(inner) => {
                if let Condition::ScoreAtLeast(score, below) = inner.as_ref() {
                    leaves.push((*score, *below));
                }
            }
            _ => {}
        });
        let levels = said.entries.iter().zip(&stage.entries).filter(|(_, entry)| entry.by == EntryBy::Score);
        for (entry_text, entry) in levels {
            for (score, below) in &leaves {
                let Some(least) = entered_from(&entry.when, *score).filter(|least| least <= below) else { continue };
                let name = &model.scores[usize::from(score.0)].name;
                let message = format!(
                    "the stage opens at `{name}` {} and ends below {}: it would be entered and left at once",
                    points(least),
                    points(*below)
                );
                notes
                    .add(MistakeKind::Flapping, entry_text.when.span, message)
                    .help("an entry asks for more than what ends the stage")
                    .other(exit_text.when.span);
            }
        }
    }
}

/// The parts of a condition that count for it as they stand.
fn thresholds(condition: &Condition, each: &mut impl FnMut(&Condition)) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| thresholds(part, each)),
        other => each(other),
    }
}

/// The lowest value of the score with which the condition can hold, if it asks for one.
fn entered_from(condition: &Condition, of: ScoreIx) -> Option<Milli> {
    match condition {
        Condition::ScoreAtLeast(score, least) if *score == of => Some(*least),
        Condition::AnyScoreAtLeast(scores, least) if scores.contains(&of) => Some(*least),
        // All must hold: the strictest counts. Any is enough: the mildest that asks for it.
        Condition::All(parts) => parts.iter().filter_map(|part| entered_from(part, of)).max(),
        Condition::Any(parts) => parts.iter().filter_map(|part| entered_from(part, of)).min(),
        _ => None,
    }
}

fn shadowed(said: &StageText, stage: &Stage, notes: &mut Notes) {
    let from_covers = |wide: &Entry, narrow: &Entry| match (&wide.from, &narrow.from) {
        (wide, narrow) if wide == narrow => true,
        (Some(wide), Some(narrow)) => narrow.iter().all(|from| wide.contains(from)),
        _ => false,
    };
    for (at, entry) in stage.entries.iter().enumerate() {
        let covers = |earlier: &Entry| {
            earlier.by == entry.by && from_covers(earlier, entry) && condition_covers(&earlier.when, &entry.when)
        };
        if let Some(earlier) = stage.entries[..at].iter().position(covers) {
            notes
                .add(MistakeKind::Shadowed, said.entries[at].when.span, "an earlier entry is open whenever this one is")
                .help("leave it out")
                .other(said.entries[earlier].when.span);
        }
    }
    for (at, exit) in stage.exits.iter().enumerate() {
        if let Some(earlier) = stage.exits[..at].iter().position(|earlier| condition_covers(&earlier.when, &exit.when))
        {
            notes
                .add(
                    MistakeKind::Shadowed,
                    said.exits[at].when.span,
                    "an earlier exit holds whenever this one does; the first counts",
                )
                .help("put the narrower one first")
                .other(said.exits[earlier].when.span);
        }
    }
}

fn onto_itself(said: &LifeCycleText, life_cycle: &LifeCycle, notes: &mut Notes) {
    for (at, ((name, text), stage)) in said.stages.iter().zip(&life_cycle.stages).enumerate() {
        for (exit_text, _) in text.exits.iter().zip(&stage.exits).filter(|(_, exit)| usize::from(exit.to.0) == at) {
            notes.add(MistakeKind::NeverHolds, exit_text.to.span, format!("`{}` cannot end in itself", name.value));
        }
    }
}

/// `all` of two things that never hold together, at any depth.
pub(super) fn contradictory(text: &ConditionText, condition: &Condition, notes: &mut Notes) {
    match condition {
        Condition::All(parts) => {
            if contradiction(parts).is_some() {
                notes
                    .add(MistakeKind::NeverHolds, text.span, "two of these conditions never hold together")
                    .help("`any` holds when one of them does");
            }
            inner(text.all.as_deref(), parts, notes);
        }
        Condition::Any(parts) => inner(text.any.as_deref(), parts, notes),
        Condition::Not(part) => {
            if let Some(text) = &text.not {
                contradictory(text, part, notes);
            }
        }
        _ => {}
    }
}

/// An `all` that stands for several attributes or answers has no inner text.
fn inner(texts: Option<&[ConditionText]>, parts: &[Condition], notes: &mut Notes) {
    for (text, part) in texts.unwrap_or_default().iter().zip(parts) {
        contradictory(text, part, notes);
    }
}
