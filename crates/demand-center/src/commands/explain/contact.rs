//! `explain contact ID`: where a contact stands, and why.

use super::language::Language;
use super::{json, page};
use crate::commands::contents::{changelog, contents, decoded};
use crate::commands::moment::moment;
use crate::failure::{Exit, Failure};
use crate::kafka::{Cluster, TopicReader};
use crate::output::{Form, out};
use crate::service::compile;
use crate::settings::Settings;
use ::engine::engine::Playbooks;
use ::engine::explain::{ExplainError, explain};
use ::engine::memory::MapRows;
use ::engine::rows::{PARTITION_KEY, PartitionRow, Row, Rows};
use rdkafka::message::Message;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use touchpoint::ContactId;

/// Prints why a contact stands where it stands, from the rows that the engine keeps of it.
///
/// # Errors
/// When the id is none, nobody is known by it, or the cluster does not answer.
pub(in crate::commands) fn explain_contact(
    settings: &Settings,
    id: &str,
    at: Option<&str>,
    language: Option<Language>,
    form: Form,
) -> Result<Exit, Failure> {
    let contact: ContactId = id.trim().parse().map_err(|_| {
        Failure::usage(format!("`{id}` is no id of a contact"))
            .at("ID")
            .next("write it as it is published: `c` and 26 characters, the key of a record of the topic contacts")
    })?;
    let at = at.map(|at| moment(at, "--at")).transpose()?;
    let cluster = Cluster::connect(&settings.kafka)?;
    let reader = changelog(settings, &cluster)?;
    let partition = stream::partition_of(contact.to_string().as_bytes(), reader.partitions());
    let mut rows = rows_of(&reader, partition, contact)?;
    let playbooks = playbooks(settings, &cluster, &mut rows)?;
    let explained = explain(&mut rows, &playbooks, contact, at).map_err(|error| unexplained(&error, contact))?;
    out(&match form {
        Form::Table => page::page(&explained, language.unwrap_or_else(Language::of_environment)),
        Form::Json => format!("{:#}\n", json::json(&explained)),
    });
    Ok(Exit::Done)
}

/// The rows of one contact and of its partition, as they were when the reading began.
fn rows_of(reader: &TopicReader<'_>, partition: i32, contact: ContactId) -> Result<MapRows, Failure> {
    let mut latest: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
    reader.read(partition, reader.bounds(partition)?, |message| {
        let Some(key) = message.key().filter(|key| *key == PARTITION_KEY || is_of(key, contact)) else { return };
        match message.payload() {
            Some(bytes) => drop(latest.insert(key.to_vec(), bytes.to_vec())),
            None => drop(latest.remove(key)),
        }
    })?;
    let mut rows = MapRows::default();
    for (key, bytes) in latest {
        let row = decoded(&key, &bytes)?;
        rows.put(key, row);
    }
    Ok(rows)
}

/// Is this the key of a row of the contact: its head, or a part of its ledger?
fn is_of(key: &[u8], contact: ContactId) -> bool {
    key.first().is_some_and(|table| b"CTKDB".contains(table)) && key.get(1..17) == Some(&contact.0[..])
}

/// The playbooks that are in force in the partition at any time.
fn playbooks(settings: &Settings, cluster: &Cluster, rows: &mut MapRows) -> Result<Playbooks, Failure> {
    let Ok(Some(Row::Partition(PartitionRow { activations, .. }))) = rows.get(PARTITION_KEY) else {
        return Ok(Playbooks::new());
    };
    let contents = contents(settings, cluster)?;
    let mut playbooks = Playbooks::new();
    for activation in activations {
        let Some(content) = contents.get(&activation.hash).filter(|_| !playbooks.contains_key(&activation.hash)) else {
            continue;
        };
        let version = compile(&activation.hash, &content.bytes).map_err(|why| {
            Failure::findings(format!("playbook {} cannot be used by this binary: {why}", activation.hash))
                .next("run the binary of the engine that runs")
        })?;
        playbooks.insert(activation.hash.clone(), Arc::new(version));
    }
    Ok(playbooks)
}

fn unexplained(error: &ExplainError<Infallible>, contact: ContactId) -> Failure {
    let failure = Failure::findings(format!("{contact}: {error}"));
    match error {
        ExplainError::Unknown => failure
            .next("take an id of the topic contacts; is kafka.topic_prefix right, and has the engine heard of it yet?"),
        ExplainError::Gone => failure.next("look at its last stage transition"),
        ExplainError::NoPlaybook => failure.next("run `demand-center playbook activate`"),
        ExplainError::PlaybookMissing(_) => failure.next("run `demand-center playbook activate` with its files again"),
        ExplainError::TooEarly { .. } => Failure { exit: Exit::Usage, ..failure }.at("--at"),
        ExplainError::Store(never) => match *never {},
    }
}
