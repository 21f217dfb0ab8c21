//! Rules that give nothing, or less than they say.

use super::cover::pattern_covers;
use crate::compile::points;
use crate::language::{PatternText, PlaybookText, PointsText, RuleText};
use crate::model::{Asset, AtMost, Milli, Model, PageClassIx, Pattern, Points, Rule};
use notation::mistake::{MistakeKind, Notes, Span};
use notation::reading::At;
use std::collections::HashSet;

pub(super) fn lint(text: &PlaybookText, model: &Model, notes: &mut Notes) {
    let with_page: HashSet<PageClassIx> = model.pages.iter().filter_map(|(_, page)| page.class).collect();
    for ((id, said), rule) in text.rules.iter().zip(&model.rules) {
        let spans = pattern_spans(id, said, rule.when.len());
        can_match(&rule.when, &spans, model, &with_page, notes);
        redundant_patterns(rule, &spans, notes);
        cut_at_once(id, said, rule, model, notes);
        if most(rule) == 0 && least(rule) == 0 && rule.marks.is_none() {
            notes
                .add(MistakeKind::Unused, id.span, format!("`{}` gives no points and marks nothing", id.value))
                .help("leave it out, or give it points");
        }
    }
    for (at, (name, _)) in text.groups.iter().enumerate() {
        if !model.rules.iter().any(|rule| rule.group.is_some_and(|group| usize::from(group.0) == at)) {
            notes.add(MistakeKind::Unused, name.span, format!("no rule is in the group `{}`", name.value));
        }
    }
}

/// Where each pattern of the model stands.
fn pattern_spans(id: &At<String>, said: &RuleText, count: usize) -> Vec<Span> {
    let written = |texts: &mut dyn Iterator<Item = &PatternText>| texts.map(|text| text.span).collect::<Vec<_>>();
    let spans = match &said.points {
        PointsText::Cases(cases) => written(&mut cases.iter().map(|case| &case.when)),
        _ => written(&mut said.when.0.iter()),
    };
    // A pattern that the points imply stands where the rule does.
    if spans.len() == count { spans } else { vec![id.span; count] }
}

/// Patterns that no touchpoint matches, or only ignored ones.
pub(super) fn can_match(
    patterns: &[Pattern],
    spans: &[Span],
    model: &Model,
    with_page: &HashSet<PageClassIx>,
    notes: &mut Notes,
) {
    for (pattern, span) in patterns.iter().zip(spans) {
        if model.ignored.iter().any(|ignored| pattern_covers(ignored, pattern)) {
            notes
                .add(MistakeKind::NeverHolds, *span, "these touchpoints are ignored, so that they count for nothing")
                .help("see `touchpoints: ignored:`");
        }
        if !pattern.pages.is_empty() && !pattern.pages.iter().any(|class| with_page.contains(class)) {
            notes
                .add(MistakeKind::NeverHolds, *span, "no page has this class, so that it never matches")
                .help("give a page the class under `pages`");
        }
        let named = |asset: &Asset| pattern.contents.is_empty() || pattern.contents.contains(&asset.name);
        let asks_for_content = !pattern.asset_types.is_empty() || !pattern.tags.is_empty();
        if asks_for_content && !model.assets.iter().any(|asset| named(asset) && pattern.fits(asset)) {
            let message = match (pattern.contents.is_empty(), pattern.tags.is_empty()) {
                (true, _) => "no content of these types has one of these tags",
                (false, true) => "none of this `content` is of these types",
                (false, false) => "none of this `content` has one of these tags, and the type that is asked for",
            };
            notes.add(MistakeKind::NeverHolds, *span, message);
        }
    }
}

fn redundant_patterns(rule: &Rule, spans: &[Span], notes: &mut Notes) {
    let cases = matches!(rule.points, Points::Cases(_));
    for (at, pattern) in rule.when.iter().enumerate() {
        let Some(earlier) = rule.when[..at].iter().position(|earlier| pattern_covers(earlier, pattern)) else {
            continue;
        };
        let (kind, message) = match cases {
            true => (MistakeKind::Shadowed, "an earlier case matches all that this one does, so that it never counts"),
            false => (MistakeKind::Redundant, "an earlier pattern of this rule matches all that this one does"),
        };
        notes.add(kind, spans[at], message).other(spans[earlier]);
    }
}

/// Points that the first touchpoint already cannot give in full.
fn cut_at_once(id: &At<String>, said: &RuleText, rule: &Rule, model: &Model, notes: &mut Notes) {
    let most = most(rule);
    if let (Some(group), Some(word)) = (rule.group, &said.group) {
        let group = &model.groups[usize::from(group.0)];
        if group.cap < most {
            let message = format!(
                "`{}` gives up to {}, its group `{}` lets {} through",
                id.value,
                points(most),
                group.name,
                points(group.cap)
            );
            notes.add(MistakeKind::CapBelowPoints, word.span, message).help("raise the cap, or lower the points");
        }
    }
    for limit in &rule.limits {
        let AtMost::Points(limit) = limit.at_most else { continue };
        let largest = most.max(-least(rule));
        if limit < largest {
            let message = format!("`{}` gives {}, its limit lets {} through", id.value, points(largest), points(limit));
            notes.add(MistakeKind::CapBelowPoints, id.span, message).help("raise the limit, or lower the points");
        }
    }
}

fn most(rule: &Rule) -> Milli {
    each(rule).into_iter().max().unwrap_or(0)
}

fn least(rule: &Rule) -> Milli {
    each(rule).into_iter().min().unwrap_or(0)
}

fn each(rule: &Rule) -> Vec<Milli> {
    match &rule.points {
        Points::Fixed(points) => vec![*points],
        Points::Answer { by_value, .. } | Points::Property { by_value, .. } => {
            by_value.iter().map(|(_, p)| *p).collect()
        }
        Points::Cases(cases) => cases.iter().map(|(_, points)| *points).collect(),
    }
}
