//! What a mapping tells of itself: the table of its events.

use super::text::MappingText;
use super::value::{From, Otherwise, Step, Value};
use super::{Line, interned};
use crate::registry::{Becomes, EventInfo, SourceInfo};
use serde_json::Value as Json;
use touchpoint::DropReason;

pub(super) fn of(text: &MappingText, source: &str, events: &[EventInfo]) -> SourceInfo {
    let said = |words: &Option<super::text::Words>| words.as_ref().map_or("", |words| interned(&words.0));
    SourceInfo {
        name: interned(source),
        aliases: kept(text.aliases.iter().map(|alias| interned(&alias.value.0)).collect()),
        channel: text.channel.as_ref().map(|channel| interned(&channel.value.0)),
        format: said(&text.documents),
        summary: interned(&summary(text, source)),
        events: kept(events.to_vec()),
    }
}

/// With what is dropped before its type is looked at.
fn summary(text: &MappingText, source: &str) -> String {
    let mut told = text.summary.as_ref().map_or_else(String::new, |words| words.0.clone());
    for guard in &text.drops {
        told += &format!(" Some are dropped as `{source}.{}`.", guard.drop.value.0);
    }
    told
}

pub(super) fn event(name: &str, line: &Line, nobody: Option<&'static str>, note: &str) -> EventInfo {
    let mut becomes = Vec::new();
    of_line(line, &mut becomes);
    if becomes.iter().any(|one| !matches!(one, Becomes::Drop(_))) {
        becomes.extend(nobody.map(|name| Becomes::Drop(DropReason(name))));
    }
    let mut once: Vec<Becomes> = Vec::new();
    becomes.into_iter().for_each(|one| {
        if !once.contains(&one) {
            once.push(one);
        }
    });
    EventInfo { event: interned(name), becomes: kept(once), note: interned(note) }
}

fn of_line(line: &Line, becomes: &mut Vec<Becomes>) {
    match line {
        Line::Drop(name) => becomes.push(Becomes::Drop(DropReason(name))),
        Line::Cases(lines) | Line::All(lines) => lines.iter().for_each(|(_, line)| of_line(line, becomes)),
        Line::Each(_, line) => of_line(line, becomes),
        Line::Says(says) => of_value(&says.kind, becomes),
    }
}

fn of_value(value: &Value, becomes: &mut Vec<Becomes>) {
    let word = |said: &Json| said.as_str().map_or(Becomes::OwnKind, |word| Becomes::Kind(interned(word)));
    let table = value.steps.iter().find_map(|step| match step {
        Step::Table(table, otherwise) => Some((table, otherwise)),
        _ => None,
    });
    match (table, &value.from) {
        (Some((table, otherwise)), _) => {
            let mut words: Vec<&Json> = table.entries.values().collect();
            words.sort_by_key(|word| word.to_string());
            becomes.extend(words.into_iter().map(word));
            becomes.extend(match otherwise {
                Otherwise::Is(said) => Some(word(said)),
                Otherwise::Drop(name) => Some(Becomes::Drop(DropReason(name))),
                Otherwise::Keep => Some(Becomes::OwnKind),
                Otherwise::Absent | Otherwise::Refuse => None,
            });
        }
        (None, From::Is(said)) => becomes.push(word(said)),
        (None, From::First(values)) => values.iter().for_each(|value| of_value(value, becomes)),
        (None, From::Path(_) | From::Join(..) | From::Received) => becomes.push(Becomes::OwnKind),
    }
    becomes.extend(value.default.iter().map(word));
}

/// For as long as the program runs: files are loaded when it starts, or when somebody changes one.
fn kept<T>(list: Vec<T>) -> &'static [T] {
    Box::leak(list.into_boxed_slice())
}
