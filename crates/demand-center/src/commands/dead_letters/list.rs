use super::filter::Filter;
use super::letters::{Letter, letters};
use crate::failure::{Exit, Failure};
use crate::kafka::Cluster;
use crate::output::{Form, out, printed, talk};
use crate::settings::Settings;
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Prints the letters that wait, the latest first; with `all` also those that were sent again.
///
/// # Errors
/// When the cluster does not answer, or the topic is not there.
pub(in crate::commands) fn list(
    settings: &Settings,
    filter: &Filter,
    all: bool,
    limit: usize,
    form: Form,
) -> Result<Exit, Failure> {
    let cluster = Cluster::connect(&settings.kafka)?;
    let letters = letters(settings, &cluster)?;
    filter.check(settings, letters.values())?;
    let mut chosen: Vec<Letter> = letters.into_values().collect();
    chosen.retain(|letter| filter.takes(letter) && (all || letter.settled.is_none()));
    chosen.sort_by(|a, b| (b.at, &b.key).cmp(&(a.at, &a.key)));
    match form {
        Form::Json => chosen.iter().for_each(|letter| out(&format!("{}\n", described(letter)))),
        Form::Table => {
            if !chosen.is_empty() {
                out(&table(&chosen[..limit.min(chosen.len())]));
            }
            talk(&summary(&chosen, limit));
        }
    }
    Ok(Exit::Done)
}

fn table(letters: &[Letter]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["AT", "LETTER", "CODE", "SOURCE", "FIELD", "WHAT IS WRONG", ""]);
    for letter in letters {
        let source = letter.source.as_deref().map_or_else(|| "-".to_owned(), printable);
        let state = letter.settled.as_deref().unwrap_or_default();
        let at = letter.at.to_string();
        table.add_row([&at, &letter.key, &letter.code, &source, &letter.field, &letter.message, state]);
    }
    printed(&table)
}

/// How many there are of each code, and which came first.
fn summary(letters: &[Letter], limit: usize) -> String {
    let Some(oldest) = letters.last() else { return "no dead letter waits".to_owned() };
    let mut codes: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for letter in letters {
        let source = letter.source.as_deref().map_or_else(|| "-".to_owned(), printable);
        *codes.entry((&letter.code, source)).or_default() += 1;
    }
    let codes: Vec<String> =
        codes.iter().map(|((code, source), count)| format!("{count} {code} of {source}")).collect();
    let shown = if letters.len() > limit { format!(" ({limit} shown; --limit)") } else { String::new() };
    format!("{} letters{shown}, the oldest of {}: {}", letters.len(), oldest.at, codes.join(", "))
}

/// A header can hold anything: what it says to a terminal, too.
fn printable(source: &str) -> String {
    let shown: String =
        source.chars().take(SOURCE_CHARS).map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect();
    if source.chars().nth(SOURCE_CHARS).is_some() { shown + "..." } else { shown }
}

/// As long as names of sources are, and longer.
const SOURCE_CHARS: usize = 64;

pub(super) fn described(letter: &Letter) -> Json {
    json!({
        "letter": letter.key,
        "at": letter.at.to_string(),
        "code": letter.code,
        "source": letter.source,
        "service": letter.service,
        "field": letter.field,
        "message": letter.message,
        "origin": { "topic": letter.topic, "partition": letter.partition, "offset": letter.offset },
        "element": letter.element,
        "retry_of": letter.retry_of,
        "settled": letter.settled,
    })
}
