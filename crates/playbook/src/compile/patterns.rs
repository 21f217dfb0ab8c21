//! Patterns: names resolved, and those that no touchpoint can fulfil told apart.

use super::names::Names;
use crate::language::{PatternText, TestText};
use crate::limits;
use crate::model::{Pattern, Test};
use crate::units::Word;
use notation::mistake::{MistakeKind, Notes};
use notation::nearest::suggestion;
use notation::reading::{At, Many, Named};
use touchpoint::{Direction, Text, Value};

pub(crate) fn patterns<'a>(
    texts: impl IntoIterator<Item = &'a PatternText>,
    names: &Names,
    notes: &mut Notes,
) -> Vec<Pattern> {
    let patterns: Vec<Pattern> = texts.into_iter().map(|text| pattern(text, names, notes)).collect();
    if patterns.len() > limits::PARTS_MAX {
        let message = format!("{} patterns in one list; at most {}", patterns.len(), limits::PARTS_MAX);
        notes.add_whole(MistakeKind::TooLarge, message).help("one pattern takes lists: `kind: [open, click]`");
        return Vec::new();
    }
    patterns
}

/// Mistakes are noted; what is left of the pattern is of use for finding more only.
pub(crate) fn pattern(text: &PatternText, names: &Names, notes: &mut Notes) -> Pattern {
    let kinds = kinds(text, names, notes);
    let mut properties = tests(&text.properties);
    let purposes = names.purposes.known(&text.purpose, notes);
    if !purposes.is_empty() {
        properties.push((Text::new("purpose"), Test::OneOf(purposes.into_iter().map(Value::Text).collect())));
    }
    let pattern = Pattern {
        channels: words(&text.channel),
        kinds,
        direction: direction(text, notes),
        pages: text.page.0.iter().filter_map(|class| names.classes.find(class, notes)).collect(),
        pages_not: text.page_not.0.iter().filter_map(|class| names.classes.find(class, notes)).collect(),
        asset_types: names.asset_types.known(&text.content_type, notes),
        tags: names.asset_tags.known(&text.tag, notes),
        contents: names.assets.known(&text.content, notes),
        campaigns: names.campaigns.known(&text.campaign, notes),
        dispositions: names.dispositions.known(&text.disposition, notes),
        dispositions_not: names.dispositions.known(&text.disposition_not, notes),
        reasons: names.reasons.known(&text.reason, notes),
        answers: answers(&text.answers, names, notes),
        properties,
    };
    if text.is_empty() {
        notes
            .add(MistakeKind::Empty, text.span, "this matches every touchpoint")
            .help("say at least a channel, a kind, an answer or a property");
    }
    if !pattern.pages.is_empty() && pattern.pages.iter().all(|class| pattern.pages_not.contains(class)) {
        notes.add(MistakeKind::NeverHolds, text.span, "every page of `page` is ruled out by `page_not`");
    }
    pattern
}

/// Tests on answers: the question is known and its answers are among those that it can have.
pub(crate) fn answers(texts: &Named<TestText>, names: &Names, notes: &mut Notes) -> Vec<(Text, Test)> {
    for (question, text) in texts.iter() {
        let word = At { value: Word(Text::new(&question.value)), span: question.span };
        let Some(possible) = names.questions.find(&word, notes) else { continue };
        if let Test::OneOf(values) | Test::NoneOf(values) = &text.test {
            let unknown =
                |value: &&Value| !value.as_text().is_some_and(|value| possible.iter().any(|one| one == value));
            for value in values.iter().filter(unknown).filter(|_| !possible.is_empty()) {
                let value = shown(value);
                notes
                    .add(
                        MistakeKind::UnknownName,
                        text.span,
                        format!("nobody answers `{}` with `{value}`", question.value),
                    )
                    .help(suggestion(&value, possible.iter().map(Text::as_str)));
            }
        }
    }
    tests(texts)
}

pub(crate) fn tests(texts: &Named<TestText>) -> Vec<(Text, Test)> {
    texts.iter().map(|(name, text)| (Text::new(&name.value), text.test.clone())).collect()
}

/// A value as somebody would type it.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => notation::reading::shortened(text).into_owned(),
        Value::List(texts) => texts.join(", "),
    }
}

fn words(words: &Many<At<Word>>) -> Vec<Text> {
    words.0.iter().map(|word| word.value.0.clone()).collect()
}

/// Kinds that the channels have; without a channel those of any.
fn kinds(text: &PatternText, names: &Names, notes: &mut Notes) -> Vec<Text> {
    let channels: Vec<(&At<Word>, Vec<Text>)> =
        text.channel.0.iter().filter_map(|word| Some((word, names.channels.find(word, notes)?))).collect();
    if channels.len() < text.channel.0.len() {
        return words(&text.kind);
    }
    let possible = |kind: &Text| match channels.as_slice() {
        [] => names.kinds.contains(kind),
        channels => channels.iter().any(|(_, kinds)| kinds.contains(kind)),
    };
    for kind in text.kind.0.iter().filter(|kind| !possible(&kind.value.0)) {
        let word = &kind.value.0;
        let message = match channels.as_slice() {
            [] => format!("no channel has the kind `{word}`"),
            [(channel, _)] => format!("the channel `{}` has no kind `{word}`", channel.value.0),
            _ => format!("none of these channels has the kind `{word}`"),
        };
        let near = match channels.as_slice() {
            [] => suggestion(word, names.kinds.iter().map(Text::as_str)),
            channels => suggestion(word, channels.iter().flat_map(|(_, kinds)| kinds.iter().map(Text::as_str))),
        };
        let help = format!("{near}\na kind of your own is declared under `vocabulary: channels:`");
        notes.add(MistakeKind::UnknownName, kind.span, message).help(help);
    }
    let idle = |kinds: &[Text]| !text.kind.is_empty() && !text.kind.0.iter().any(|kind| kinds.contains(&kind.value.0));
    if channels.len() > 1 {
        for (channel, _) in channels.iter().filter(|(_, kinds)| idle(kinds)) {
            let message = format!("the channel `{}` has none of these kinds", channel.value.0);
            notes.add(MistakeKind::NeverHolds, channel.span, message);
        }
    }
    words(&text.kind)
}

fn direction(text: &PatternText, notes: &mut Notes) -> Option<Direction> {
    let word = text.direction.as_ref()?;
    match word.value.0.as_str() {
        "in" => Some(Direction::In),
        "out" => Some(Direction::Out),
        other => {
            notes
                .add(MistakeKind::UnknownName, word.span, format!("there is no direction `{other}`"))
                .help("in: the customer reached out; out: we did");
            None
        }
    }
}
