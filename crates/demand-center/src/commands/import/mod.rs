//! Lists that people hold, sent to the raw topic of their channel row by row.
//!
//! What a row becomes is looked at before anything is sent, by the decoder that the ingest services use. A row's touchpoint
//! has the same id whenever it is sent, so a file may be sent again: nothing counts twice.

mod report;

use super::sources::Mapper;
use super::{declared, sources};
use crate::failure::{Exit, Failure};
use crate::kafka::{Cluster, NotTaken, Outgoing, Sender};
use crate::output::{Form, out};
use crate::settings::Settings;
use crate::topics::TopicPlan;
use ingest::{Decoder, Piece, RawMeta};
use rdkafka::message::{Header, OwnedHeaders};
use report::{Report, Row};
use serde_json::Value as Json;
use std::path::Path;
use touchpoint::{Outcome, Timestamp};

/// What is imported, and how.
#[derive(Clone, Debug)]
pub(super) struct Import<'a> {
    pub(super) file: &'a Path,
    pub(super) source: &'a str,
    /// The raw topic's; else the source's own.
    pub(super) channel: Option<&'a str>,
    /// Given to each row that says nothing of them.
    pub(super) fields: Vec<(String, String)>,
    /// Rows before it are left out.
    pub(super) from_line: u64,
    pub(super) dry_run: bool,
    pub(super) form: Form,
}

/// Maps each row of the file, and sends those that become touchpoints.
///
/// # Errors
/// When the file cannot be read, there is no such source or topic, or the cluster does not take a row.
pub(super) fn import(settings: &Settings, import: &Import<'_>) -> Result<Exit, Failure> {
    let decoder = sources::in_force(settings)?;
    let info = sources::known(&decoder, import.source)?;
    let Some(channel) = import.channel.or(info.channel) else {
        return Err(Failure::usage(format!("`{}` belongs to no channel", import.source)).next("name it by --channel"));
    };
    declared(settings, channel)?;
    let file = sources::read(import.file)?;
    let pieces = decoder.pieces(import.source, &file).map_err(|refused| Failure::usage(refused.message))?;
    let mut report = Report::of(import.file);
    let mut rows = Vec::new();
    let received_at = Timestamp::from_millis(observe::clock::now().as_millis());
    let mut mapped = Mapped { decoder: &decoder, mapper: Mapper::new(settings)?, channel, received_at, import };
    for piece in pieces.into_iter().filter(|piece| piece.line >= import.from_line) {
        let (row, value) = mapped.row(piece)?;
        if report.add(&row) {
            rows.extend(value.map(|value| (row.place.clone(), value)));
        }
        if import.form == Form::Json {
            out(&format!("{}\n", row.to_json()));
        }
    }
    let topic = TopicPlan::new(settings).raw(channel);
    if !import.dry_run && !rows.is_empty() {
        send(settings, &topic, import, &rows)?;
        report.sent(rows.len(), &topic);
    }
    if import.form == Form::Table {
        out(&report.to_string());
    }
    Ok(if report.is_clean() { Exit::Done } else { Exit::Findings })
}

struct Mapped<'a> {
    decoder: &'a Decoder,
    mapper: Mapper,
    channel: &'a str,
    /// Of all rows alike: what they become depends on it where they have no time or version of their own.
    received_at: Timestamp,
    import: &'a Import<'a>,
}

impl Mapped<'_> {
    /// What becomes of a row, and the record that it is sent as.
    fn row(&mut self, piece: Piece) -> Result<(Row, Option<Vec<u8>>), Failure> {
        let place = piece.place();
        let element = match piece.element {
            Ok(element) => filled(element, &self.import.fields),
            Err(refused) => return Ok((Row { place, outcomes: vec![Outcome::Rejected(refused)] }, None)),
        };
        let value = element.to_string().into_bytes();
        let meta = RawMeta {
            topic_channel: Some(self.channel),
            source: Some(self.import.source),
            ..RawMeta::received_at(self.received_at)
        };
        let outcomes = self.mapper.map(self.decoder, &meta, &value)?.into_vec();
        Ok((Row { place, outcomes }, Some(value)))
    }
}

/// The row with the fields of which it says nothing.
fn filled(element: Json, fields: &[(String, String)]) -> Json {
    let Json::Object(mut row) = element else { return element };
    for (name, value) in fields {
        let is_said = row
            .get(name)
            .is_some_and(|said| !said.is_null() && said.as_str().is_none_or(|text| !text.trim().is_empty()));
        if !is_said {
            row.insert(name.clone(), Json::from(value.as_str()));
        }
    }
    Json::Object(row)
}

fn send(settings: &Settings, topic: &str, import: &Import<'_>, rows: &[(String, Vec<u8>)]) -> Result<(), Failure> {
    if !Cluster::connect(&settings.kafka)?.topics(&[topic])?.contains_key(topic) {
        return Err(Failure::findings(format!("there is no topic {topic}; nothing was sent"))
            .next("create it by `demand-center topics apply`"));
    }
    let sender = Sender::new(&settings.kafka)?;
    let headers = || {
        OwnedHeaders::new()
            .insert(Header { key: "source", value: Some(import.source) })
            .insert(Header { key: "content-type", value: Some("application/json") })
    };
    let stopped = |failed: NotTaken| {
        let place = rows.get(failed.number).map_or("", |(place, _)| place);
        Failure::unreachable(format!("the broker does not take line {place} of {}: {failed}", import.file.display()))
            .next("import the file again: rows that were taken do not count twice; --from-line leaves out those before")
    };
    for (number, (_, value)) in rows.iter().enumerate() {
        let record = Outgoing::with_opaque_to(topic, number).payload(value.as_slice()).headers(headers());
        sender.send(record).map_err(stopped)?;
    }
    sender.flush().map_err(stopped)
}
