use crate::failure::{Exit, Failure};
use crate::output::{Form, out, talk};
use crate::registry::{failure, registry, schema_book};
use crate::settings::{Settings, nearest};
use crate::written;
use comfy_table::{ContentArrangement, Table, presets};
use ingest::{Becomes, Decoder, Mapping, RawMeta, SourceInfo, outcome_to_json};
use serde_json::{Value, json};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use touchpoint::{Outcome, Timestamp};
use wire::{DecodeError, Raw};

/// Prints every source; of one, what each of its event types becomes.
///
/// # Errors
/// When there is no such source.
pub(super) fn list(settings: &Settings, name: Option<&str>, form: Form) -> Result<Exit, Failure> {
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

/// Maps raw records without Kafka: each file, or stdin, is the value of one record. One JSON line an element.
///
/// # Errors
/// When there is no such source, or a file cannot be read.
pub(super) fn try_out(
    settings: &Settings,
    source: &str,
    channel: Option<&str>,
    mapping: Option<Mapping>,
    files: &[PathBuf],
) -> Result<Exit, Failure> {
    let decoder = match mapping {
        Some(mapping) if !mapping.info().is_called(source) => {
            let message = format!("the mapping file describes `{}`, not `{source}`", mapping.info().name);
            return Err(Failure::usage(message).next("name the source as the file does"));
        }
        Some(mapping) => written::with_mappings(settings, vec![mapping])?,
        None => in_force(settings)?,
    };
    known(&decoder, source)?;
    let book = schema_book(settings, registry(settings, None)?)?;
    let mut reader = wire::Decoder::new(Arc::new(book)).map_err(|why| Failure::findings(why.to_string()))?;
    let now = Timestamp::from_millis(observe::clock::now().as_millis());
    let meta = RawMeta { topic_channel: channel, source: Some(source), headers: &[], received_at: now };
    // Whose a touchpoint is depends on the key; whether it is anybody's does not.
    let router = identity::Router::new(identity::Settings::new(identity::HashKey::new([0; 32])));
    let stdin = [PathBuf::from("-")];
    let mut exit = Exit::Done;
    let mut outcomes = Vec::new();
    for path in if files.is_empty() { &stdin } else { files } {
        let value = read(path)?;
        outcomes.clear();
        match reader.raw(&value) {
            Ok(Raw::Text(text)) => decoder.decode(&meta, text, &mut outcomes),
            Ok(Raw::Tree(tree)) => decoder.decode_value(&meta, &tree, &mut outcomes),
            Err(DecodeError::Rejected(rejection)) => outcomes.push(Outcome::Rejected(rejection)),
            Err(DecodeError::Registry(error)) => return Err(failure(&error)),
        }
        outcomes.iter_mut().for_each(|outcome| refuse_as_ingest(&router, outcome, now));
        for outcome in &outcomes {
            if let Outcome::Rejected(rejection) = outcome {
                exit = Exit::Findings;
                let code = rejection.code;
                talk(&format!("{}: {code} {}; demand-center explain {code}", path.display(), code.name()));
            }
            out(&format!("{}\n", outcome_to_json(outcome)));
        }
    }
    Ok(exit)
}

/// Reads and checks a mapping file; what is wrong with it is shown.
///
/// # Errors
/// When it cannot be read, or has mistakes.
pub(super) fn mapping(path: &Path) -> Result<Mapping, Failure> {
    let bytes = read(path)?;
    let text = String::from_utf8(bytes).map_err(|_| {
        Failure::usage(format!("cannot read {}: it is no UTF-8", path.display())).next("save it as UTF-8")
    })?;
    Mapping::load(&path.display().to_string(), &text)
        .map_err(|mistakes| written::mistaken(Exit::Findings, &mistakes, "the mapping file", path, "nothing was tried"))
}

/// A touchpoint that could be nobody's is refused, as `ingest` does before it sends it to an owner.
fn refuse_as_ingest(router: &identity::Router, outcome: &mut Outcome, now: Timestamp) {
    let Outcome::Touchpoint(touchpoint) = outcome else { return };
    if let Err(rejection) = router.first_hop(touchpoint.as_ref().clone(), now) {
        *outcome = Outcome::Rejected(rejection);
    }
}

/// The sources by the settings.
fn in_force(settings: &Settings) -> Result<Decoder, Failure> {
    let files = written::mapping_files(settings)?;
    written::decoder(settings, &files).map_err(|error| error.shown(settings, "nothing was read by it"))
}

fn known<'a>(decoder: &'a Decoder, name: &str) -> Result<&'a SourceInfo, Failure> {
    decoder.source(name).ok_or_else(|| {
        let meant = nearest(name, decoder.sources().flat_map(SourceInfo::names))
            .map(|meant| format!("did you mean `{meant}`? "));
        Failure::usage(format!("no source is called `{name}`"))
            .next(format!("{}`demand-center sources list` prints them", meant.unwrap_or_default()))
    })
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut value = Vec::new();
    let read = match path.as_os_str() == "-" {
        true => std::io::stdin().lock().read_to_end(&mut value).map(drop),
        false => std::fs::read(path).map(|bytes| value = bytes),
    };
    read.map_err(|why| {
        Failure::usage(format!("cannot read {}: {why}", path.display())).next("name files that exist, or - for stdin")
    })?;
    Ok(value)
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
    lines(&table)
}

fn events(source: &SourceInfo) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["EVENT", "BECOMES", "NOTE"]);
    for event in source.events {
        let becomes: Vec<_> = event.becomes.iter().map(word).collect();
        table.add_row([event.event, &becomes.join(" or "), event.note]);
    }
    format!("{}: {}\n{}\n\n{}", source.name, source.format, source.summary, lines(&table))
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

fn lines(table: &Table) -> String {
    table.lines().map(|line| line.trim().to_owned() + "\n").collect()
}
