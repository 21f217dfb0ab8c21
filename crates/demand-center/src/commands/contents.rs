//! The contents of the topic `playbooks`, and what the engines' rows say of who counts when.

use crate::failure::Failure;
use crate::kafka::{Cluster, TopicReader};
use crate::settings::Settings;
use crate::topics::names;
use ::engine::rows::{PARTITION_KEY, PartitionRow, Row};
use rdkafka::message::Message;
use std::collections::BTreeMap;
use touchpoint::{Text, Timestamp};

/// What stands under one hash.
pub(super) struct Content {
    pub(super) bytes: Vec<u8>,
    /// When it was written last: with every activation.
    pub(super) written_at: Option<Timestamp>,
}

/// Every playbook that was ever activated, by hash.
pub(super) fn contents(settings: &Settings, cluster: &Cluster) -> Result<BTreeMap<Text, Content>, Failure> {
    let topic = format!("{}{}", settings.kafka.topic_prefix, names::PLAYBOOKS);
    let reader = cluster.reader(&topic)?;
    let mut contents = BTreeMap::new();
    reader.read(0, reader.bounds(0)?, |message| {
        let Some(hash) = message.key().and_then(|key| std::str::from_utf8(key).ok()).map(Text::new) else { return };
        match message.payload() {
            Some(bytes) => {
                let written_at = message.timestamp().to_millis().map(Timestamp::from_millis);
                contents.insert(hash, Content { bytes: bytes.to_vec(), written_at });
            }
            None => drop(contents.remove(&hash)),
        }
    })?;
    Ok(contents)
}

/// The changelog of the engine.
pub(super) fn changelog<'a>(settings: &Settings, cluster: &'a Cluster) -> Result<TopicReader<'a>, Failure> {
    cluster.reader(&format!("{}{}", settings.kafka.topic_prefix, names::ENGINE_CHANGELOG))
}

/// Records that are looked at first for a partition's row: it is written every second while an engine runs.
const TAIL: i64 = 4_096;

/// What a partition as a whole knows; none where no engine has worked on it yet. Looked for from the end: the last one
/// counts.
pub(super) fn partition_row(reader: &TopicReader<'_>, partition: i32) -> Result<Option<PartitionRow>, Failure> {
    let bounds = reader.bounds(partition)?;
    let (mut end, mut length) = (bounds.end, TAIL);
    while end > bounds.start {
        let start = (end - length).max(bounds.start);
        let mut last = None;
        reader.read(partition, start..end, |message| {
            if message.key() == Some(PARTITION_KEY) {
                last = message.payload().map(<[u8]>::to_vec);
            }
        })?;
        if let Some(bytes) = last {
            return match decoded(PARTITION_KEY, &bytes)? {
                Row::Partition(row) => Ok(Some(row)),
                _ => Ok(None),
            };
        }
        (end, length) = (start, length.saturating_mul(8));
    }
    Ok(None)
}

/// A row as the engine wrote it.
pub(super) fn decoded(key: &[u8], bytes: &[u8]) -> Result<Row, Failure> {
    Row::decode(key, bytes).map_err(|error| {
        Failure::findings(error.to_string()).at(names::ENGINE_CHANGELOG).next("run the binary that wrote it")
    })
}
