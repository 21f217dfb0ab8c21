//! Lists that people hold, sent to the raw topic of their channel row by row.
//!
//! What a row becomes is looked at before anything is sent, by the decoder that the ingest services use. A row's touchpoint
//! has the same id whenever it is sent, so a file may be sent again: nothing counts twice.

mod given;
mod report;
mod row;

use super::sources::Mapper;
use super::{declared, sources};
use crate::failure::{Exit, Failure};
use crate::kafka::{Cluster, NotTaken, Outgoing, Sender};
use crate::output::{Form, out};
use crate::settings::Settings;
use crate::topics::TopicPlan;
use given::Given;
use ingest::{Decoder, Piece, RawMeta};
use rdkafka::message::{Header, OwnedHeaders};
use report::Report;
use row::{Row, judge};
use serde_json::Value as Json;
use std::path::Path;
use std::time::Duration;
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
    let received_at = Timestamp::from_millis(observe::clock::now().as_millis());
    let given = import.fields.iter().map(Given::of).collect();
    let mut mapped = Mapped { decoder: &decoder, mapper: Mapper::new(settings)?, channel, received_at, import, given };
    let pieces = pieces.into_iter().filter(|piece| piece.line >= import.from_line);
    let mut rows = pieces.map(|piece| mapped.row(piece)).collect::<Result<Vec<Row>, Failure>>()?;
    mapped.given.iter().try_for_each(|given| given.check(import.source))?;
    judge(&mut rows);
    let mut report = Report::of(import.file);
    rows.iter().for_each(|row| report.add(row));
    if import.form == Form::Json {
        rows.iter().for_each(|row| out(&format!("{}\n", row.to_json())));
    }
    let topic = TopicPlan::new(settings).raw(channel);
    rows.retain(|row| row.counts);
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
    given: Vec<Given>,
}

impl Mapped<'_> {
    /// What becomes of a row, and the record that it is sent as.
    fn row(&mut self, piece: Piece) -> Result<Row, Failure> {
        let place = piece.place();
        let mut element = match piece.element {
            Ok(element) => element,
            Err(refused) => return Ok(Row { place, outcomes: vec![Outcome::Rejected(refused)], ..Row::default() }),
        };
        let mut filled = Vec::new();
        if let Json::Object(row) = &mut element {
            filled = (0..self.given.len()).filter(|at| self.given[*at].fill(row)).collect();
        }
        let outcomes = self.outcomes(&element)?;
        for at in filled {
            if let Json::Object(row) = &element
                && self.given[at].is_asked()
                && outcomes.iter().any(|outcome| matches!(outcome, Outcome::Touchpoint(_)))
            {
                let without = self.outcomes(&self.given[at].left_out(row))?;
                self.given[at].compared(without == outcomes);
            }
        }
        Ok(Row { place, outcomes, value: Some(element.to_string().into_bytes()), ..Row::default() })
    }

    fn outcomes(&mut self, element: &Json) -> Result<Vec<Outcome>, Failure> {
        let meta = RawMeta {
            topic_channel: Some(self.channel),
            source: Some(self.import.source),
            ..RawMeta::received_at(self.received_at)
        };
        let outcomes = self.mapper.map(self.decoder, &meta, element.to_string().as_bytes())?;
        Ok(outcomes.into_vec())
    }
}

/// Between the turns of rows that contradict each other: Kafka's time is in milliseconds.
const TURN: Duration = Duration::from_millis(5);

fn send(settings: &Settings, topic: &str, import: &Import<'_>, rows: &[Row]) -> Result<(), Failure> {
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
        let place = rows.get(failed.number).map_or("", |row| &row.place);
        Failure::unreachable(format!("the broker does not take line {place} of {}: {failed}", import.file.display()))
            .next("import the file again: rows that were taken do not count twice; --from-line leaves out those before")
    };
    let turns = rows.iter().filter_map(|row| row.turn).max().unwrap_or_default();
    for turn in 0..=turns {
        for (number, row) in rows.iter().enumerate().filter(|(_, row)| row.turn.unwrap_or_default() == turn) {
            let value = row.value.as_deref().unwrap_or_default();
            let record = Outgoing::with_opaque_to(topic, number).payload(value).headers(headers());
            // One partition has one clock.
            let record = if row.turn.is_some() { record.partition(0) } else { record };
            sender.send(record).map_err(stopped)?;
        }
        sender.flush().map_err(stopped)?;
        if turn < turns {
            std::thread::sleep(TURN);
        }
    }
    Ok(())
}
