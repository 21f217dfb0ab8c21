use super::{in_force, known};
use crate::failure::{Exit, Failure};
use crate::output::{Form, out, printed};
use crate::settings::Settings;
use comfy_table::{ContentArrangement, Table, presets};
use ingest::{Becomes, SourceInfo};
use serde_json::{Value, json};

/// Prints every source; of one, what each of its event types becomes.
///
/// # Errors
/// When there is no such source.
pub(in crate::commands) fn list(settings: &Settings, name: Option<&str>, form: Form) -> Result<Exit, Failure> {
    let decoder = in_force(settings)?;
    let chosen: Vec<&SourceInfo> = match name {
        Some(name) => vec![known(&decoder, name)?],
        None => decoder.sources().collect(),
    };
    match (form, name) {
        (Form::Json, _) => chosen.iter().for_each(|source| out(&format!("{}\n", described(source)))),
        (Form::Table, None) => out(&sources(&chosen)),
        (Form::Table, Some(_)) => chosen.iter().for_each(|source| out(&events(source))),
    }
    Ok(Exit::Done)
}

fn sources(all: &[&SourceInfo]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["SOURCE", "CHANNEL", "EVENTS", "FORMAT"]);
    for source in all {
        let names: Vec<_> = source.names().collect();
        let channel = source.channel.unwrap_or("any");
        table.add_row([&names.join(", "), channel, &source.events.len().to_string(), source.format]);
    }
    printed(&table)
}

fn events(source: &SourceInfo) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["EVENT", "BECOMES", "NOTE"]);
    for event in source.events {
        let becomes: Vec<_> = event.becomes.iter().map(word).collect();
        table.add_row([event.event, &becomes.join(" or "), event.note]);
    }
    format!("{}: {}\n{}\n\n{}", source.name, source.format, source.summary, printed(&table))
}

fn word(becomes: &Becomes) -> String {
    match becomes {
        Becomes::Kind(kind) => (*kind).to_owned(),
        Becomes::Drop(reason) => format!("dropped: {reason}"),
        Becomes::OwnKind => "its own kind".to_owned(),
    }
}

fn described(source: &SourceInfo) -> Value {
    let events = source.events.iter().map(|event| {
        let becomes = event.becomes.iter().map(|becomes| match becomes {
            Becomes::Kind(kind) => json!({ "kind": kind }),
            Becomes::Drop(reason) => json!({ "dropped": reason.0 }),
            Becomes::OwnKind => json!({ "kind": null }),
        });
        json!({ "event": event.event, "becomes": becomes.collect::<Vec<_>>(), "note": event.note })
    });
    json!({
        "name": source.name,
        "aliases": source.aliases,
        "channel": source.channel,
        "format": source.format,
        "summary": source.summary,
        "events": events.collect::<Vec<_>>(),
    })
}
