//! What a pattern of touchpoints is called: as the behaviour or rule that looks at the same ones is, else its channel
//! and kind in words.

use crate::wording::{Both, either, joined, test};
use crate::words;
use playbook::model::{Condition, Model, Occurs, Pattern, Test};
use touchpoint::output::Sentence;
use touchpoint::{Direction, Text};

/// Single touchpoints that one pattern is taken apart into at the most.
const PARTS_MAX: usize = 6;

/// What the touchpoints are called that open stages: looked up once, when a version is loaded.
#[derive(Debug)]
pub(crate) struct TouchpointWords(Vec<(Vec<Pattern>, Vec<Sentence>)>);

impl TouchpointWords {
    pub(crate) fn of(model: &Model) -> Self {
        let stages = model.life_cycles.iter().flat_map(|life_cycle| &life_cycle.stages);
        let entries = stages.flat_map(|stage| &stage.entries).map(|entry| &entry.when);
        let mut words: Vec<(Vec<Pattern>, Vec<Sentence>)> = Vec::new();
        for condition in entries.chain(model.returns()) {
            condition.for_each_leaf(&mut |leaf| {
                if let Condition::Touchpoint(patterns) = leaf
                    && !words.iter().any(|(have, _)| have == patterns)
                {
                    words.push((patterns.clone(), labels(model, patterns).into_iter().map(Sentence::from).collect()));
                }
            });
        }
        Self(words)
    }

    pub(crate) fn find(&self, patterns: &[Pattern]) -> &[Sentence] {
        self.0.iter().find(|(have, _)| have == patterns).map(|(_, words)| words.as_slice()).unwrap_or_default()
    }
}

/// What touchpoints are called that match one of these patterns; one of several is as good as another.
fn labels(model: &Model, patterns: &[Pattern]) -> Vec<Both> {
    if let Some(label) = label(model, patterns) {
        return vec![label];
    }
    let mut labels: Vec<Both> = Vec::new();
    for pattern in patterns {
        for label in of_one(model, pattern) {
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
    }
    labels
}

fn of_one(model: &Model, pattern: &Pattern) -> Vec<Both> {
    if let Some(label) = label(model, std::slice::from_ref(pattern)) {
        return vec![label];
    }
    let parts = apart(pattern);
    let labels: Option<Vec<Both>> = parts.iter().map(|part| label(model, std::slice::from_ref(part))).collect();
    labels.filter(|labels| !labels.is_empty()).unwrap_or_else(|| vec![in_words(model, pattern)])
}

/// Of what looks at exactly these: a behaviour is named for what people do, a rule for what it rewards.
fn label(model: &Model, patterns: &[Pattern]) -> Option<Both> {
    let behaviour = model.behaviours.iter().find(|one| matches!(&one.occurs, Occurs::Each(when) if when == patterns));
    let rule = || model.rules.iter().find(|rule| rule.when == patterns && rule.condition.is_none());
    behaviour.map(|one| Both::of(&one.label)).or_else(|| rule().map(|rule| Both::of(&rule.label)))
}

/// The pattern with one disposition, kind or purpose at a time; none when it has one of each, or too many.
fn apart(pattern: &Pattern) -> Vec<Pattern> {
    let one_of = |all: &[Text]| {
        if all.len() < 2 { vec![all.to_vec()] } else { all.iter().map(|one| vec![one.clone()]).collect() }
    };
    let purposes = |pattern: &Pattern| {
        let at = pattern.properties.iter().position(|(name, _)| name == PURPOSE)?;
        match &pattern.properties[at].1 {
            Test::OneOf(values) if values.len() > 1 => Some((at, values.clone())),
            _ => None,
        }
    };
    let mut parts = Vec::new();
    for kinds in one_of(&pattern.kinds) {
        for dispositions in one_of(&pattern.dispositions) {
            let part = Pattern { kinds: kinds.clone(), dispositions, ..pattern.clone() };
            match purposes(&part) {
                Some((at, values)) => parts.extend(values.into_iter().map(|value| {
                    let mut one = part.clone();
                    one.properties[at].1 = Test::OneOf(vec![value]);
                    one
                })),
                None => parts.push(part),
            }
        }
    }
    if (2..=PARTS_MAX).contains(&parts.len()) { parts } else { Vec::new() }
}

const PURPOSE: &str = "purpose";

/// Kind (else channel) and what else is asked for, in brackets.
fn in_words(model: &Model, pattern: &Pattern) -> Both {
    let what = match (pattern.kinds.as_slice(), pattern.channels.as_slice()) {
        ([], []) => Both::new("タッチポイント", "touchpoint"),
        ([], channels) => either(channels.iter().map(|channel| words::channel(channel))),
        (kinds, _) => either(kinds.iter().map(|kind| words::kind(kind))),
    };
    let mut details: Vec<Both> = Vec::new();
    match pattern.direction {
        Some(Direction::In) => details.push(Both::new("お客様から", "from them")),
        Some(Direction::Out) => details.push(Both::new("当社から", "from us")),
        None => {}
    }
    let mut named = |all: &[Text], called: &dyn Fn(&Text) -> Both| {
        if !all.is_empty() {
            details.push(either(all.iter().map(called)));
        }
    };
    let plain = |name: &Text| Both::new(name.as_str(), name.as_str());
    let asset = |name: &Text| {
        let asset = model.asset_by_name.get(name).and_then(|ix| model.assets.get(usize::from(ix.0)));
        Both::named(asset.map(|asset| &asset.label), name)
    };
    let classes = |of: &[playbook::model::PageClassIx]| -> Vec<Text> {
        of.iter().filter_map(|class| model.page_classes.get(usize::from(class.0)).cloned()).collect()
    };
    named(&classes(&pattern.pages), &plain);
    named(&pattern.asset_types, &plain);
    named(&pattern.contents, &asset);
    named(&pattern.campaigns, &plain);
    named(&pattern.dispositions, &|name| words::disposition(name));
    named(&pattern.reasons, &|code| Both::named(model.reason(code).map(|reason| &reason.label), code));
    for (question, asked) in &pattern.answers {
        let value = test(asked, |value| words::answer(question, value));
        details.push(words::question(question).colon(&value));
    }
    for (name, asked) in &pattern.properties {
        let purpose = name == PURPOSE;
        let value = test(asked, |value| if purpose { words::purpose(value) } else { Both::new(value, value) });
        details.push(if purpose { value } else { plain(name).colon(&value) });
    }
    if details.is_empty() {
        return what;
    }
    what.within(&joined(details.into_iter(), "、", ", "))
}
