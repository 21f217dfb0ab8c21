//! Segments and tiers.

use super::conditions::{Asks, Known, condition};
use super::names::Names;
use crate::language::{CoverageText, PlaybookText, SegmentText, StageText, TierText};
use crate::limits;
use crate::model::{Condition, Coverage, Segment, Tier};
use crate::units::Word;
use notation::mistake::{MistakeKind, Notes};
use notation::nearest::suggestion;
use notation::reading::At;
use notation::units::YesNo;
use std::collections::BTreeSet;
use touchpoint::Text;

pub(crate) fn segments(text: &PlaybookText, known: Known<'_>, notes: &mut Notes) -> Vec<Segment> {
    if text.segments.0.len() > limits::SEGMENTS_MAX {
        let message = format!("{} segments; at most {}", text.segments.0.len(), limits::SEGMENTS_MAX);
        notes.add_whole(MistakeKind::TooLarge, message);
    }
    let mut segments = Vec::new();
    for (at, (name, said)) in (0..).zip(&text.segments.0) {
        let known = Known { segments: &segments, ..known.asking(Asks::Segment(at)) };
        let compiled = match said {
            Some(said) => segment(name, said, known, notes),
            // What could not be read keeps its place: others are known by theirs.
            None => nobody(name),
        };
        segments.push(compiled);
    }
    segments
}

fn nobody(name: &At<String>) -> Segment {
    Segment {
        name: Text::new(&name.value),
        label: Default::default(),
        when: Condition::Any(Vec::new()),
        until: None,
        lasts: None,
        is_audience: false,
        after_stages: false,
    }
}

fn segment(name: &At<String>, said: &SegmentText, known: Known<'_>, notes: &mut Notes) -> Segment {
    let when = condition(&said.when, known, notes);
    let until = said.until.as_ref().and_then(|until| condition(until, known, notes));
    if let Some(lasts) = said.lasts.as_ref().filter(|lasts| lasts.value.0 <= 0) {
        notes.add(MistakeKind::NeverHolds, lasts.span, "nobody would stay in this segment at all");
    }
    let mut after_stages = false;
    for condition in when.iter().chain(&until) {
        condition.for_each_leaf(&mut |leaf| {
            after_stages |= match leaf {
                Condition::Stage { .. } => true,
                Condition::Segment(of) => {
                    of.iter().any(|of| known.segments.get(usize::from(of.0)).is_some_and(|of| of.after_stages))
                }
                _ => false,
            }
        });
    }
    Segment {
        label: said.label.0.clone(),
        when: when.unwrap_or(Condition::Any(Vec::new())),
        until,
        lasts: said.lasts.as_ref().map(|lasts| lasts.value.0),
        is_audience: said.audience == Some(YesNo(true)),
        after_stages,
        ..nobody(name)
    }
}

pub(crate) fn tiers(text: &PlaybookText, known: Known<'_>, notes: &mut Notes) -> Vec<Tier> {
    let known = known.asking(Asks::Tier);
    text.tiers.iter().map(|(name, said)| tier(name, said, text, known, notes)).collect()
}

fn tier(name: &At<String>, said: &TierText, text: &PlaybookText, known: Known<'_>, notes: &mut Notes) -> Tier {
    let stages = text.life_cycles.iter().next().map(|(_, first)| &first.stages);
    let mut coverage = Vec::new();
    let mut used = vec![false; said.coverage.0.len()];
    for (stage, stage_text) in stages.iter().flat_map(|stages| &stages.0) {
        // What is said of the stage itself stands before what is said of its phase.
        let phase = stage_text.as_ref().map(|stage| stage.phase.0.as_str());
        let find = |name: &str| said.coverage.0.iter().position(|(have, _)| have.value == name);
        let [by_stage, by_phase] = [find(&stage.value), phase.and_then(find)];
        [by_stage, by_phase].into_iter().flatten().for_each(|at| used[at] = true);
        let at = by_stage.or(by_phase);
        let covered = at.and_then(|at| said.coverage.0[at].1.as_ref());
        coverage.push(covered.map(compiled));
    }
    for ((name, _), _) in said.coverage.0.iter().zip(used).filter(|(_, used)| !used) {
        let message = format!("the first life cycle has no stage and no phase `{}`", name.value);
        let both = |(stage, text): (&'_ At<String>, &'_ StageText)| [stage.value.clone(), text.phase.0.to_string()];
        let names: BTreeSet<String> = stages.iter().flat_map(|stages| stages.iter()).flat_map(both).collect();
        notes
            .add(MistakeKind::UnknownName, name.span, message)
            .help(suggestion(&name.value, names.iter().map(String::as_str)));
    }
    said.coverage.iter().for_each(|(_, covered)| check(covered, known.names, notes));
    Tier {
        name: Text::new(&name.value),
        label: said.label.0.clone(),
        when: condition(&said.when, known, notes).unwrap_or(Condition::Any(Vec::new())),
        coverage,
        hand_over: said.hand_over.as_ref().and_then(|when| condition(when, known.asking(Asks::Handoff), notes)),
    }
}

fn compiled(said: &CoverageText) -> Coverage {
    let texts = |words: &[At<Word>]| words.iter().map(|word| word.value.0.clone()).collect();
    Coverage {
        lead: said.lead.value.0.clone(),
        help: texts(&said.help.0),
        channels: texts(&said.channels.0),
        effort: said.effort.as_ref().map(|effort| effort.0.clone()),
    }
}

fn check(said: &CoverageText, names: &Names, notes: &mut Notes) {
    for department in std::iter::once(&said.lead).chain(&said.help.0) {
        names.departments.find(department, notes);
    }
    // People are a channel, too: they are called by their department.
    for channel in said.channels.0.iter().filter(|channel| names.departments.get(&channel.value.0).is_none()) {
        names.channels.find(channel, notes);
    }
}
