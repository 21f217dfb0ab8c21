//! Are the topics there, and can the brokers be reached? Asked once, before a service starts, so that the answer is a
//! sentence and not a stream of client errors.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::client::Client;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::types::{RDKafkaErrorCode, RDKafkaRespErr};

use crate::client_events::Quiet;
use crate::config;
use crate::settings::{KafkaSettings, RelaySettings, StreamSettings};

/// What a service needs of one topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicNeed {
    /// The topic's full name.
    pub name: String,
    /// How many partitions it must have.
    pub partitions: PartitionsNeed,
}

/// How many partitions a topic must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartitionsNeed {
    /// Any number.
    Any,
    /// As many as this other topic.
    SameAs(String),
    /// So many.
    Exactly(usize),
}

impl TopicNeed {
    /// It must exist.
    #[must_use]
    pub fn exists(name: impl Into<String>) -> Self {
        Self { name: name.into(), partitions: PartitionsNeed::Any }
    }

    /// It must exist with so many partitions.
    #[must_use]
    pub fn with_partitions(name: impl Into<String>, partitions: usize) -> Self {
        Self { name: name.into(), partitions: PartitionsNeed::Exactly(partitions) }
    }
}

impl StreamSettings {
    /// The topics that this service needs.
    #[must_use]
    pub fn topic_needs(&self) -> Vec<TopicNeed> {
        let partitions = PartitionsNeed::SameAs(self.input.clone());
        let changelog = TopicNeed { name: self.changelog.clone(), partitions };
        let outputs = self.outputs.names().map(TopicNeed::exists);
        let own = [TopicNeed::exists(&self.input), changelog, TopicNeed::exists(&self.dead_letters)];
        own.into_iter().chain(outputs).collect()
    }
}

impl RelaySettings {
    /// The topics that this service needs.
    #[must_use]
    pub fn topic_needs(&self) -> Vec<TopicNeed> {
        let inputs = self.inputs.iter().map(TopicNeed::exists);
        let outputs = self.outputs.names().map(TopicNeed::exists);
        inputs.chain(outputs).chain([TopicNeed::exists(&self.dead_letters)]).collect()
    }
}

/// Why a service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum TopicsFault {
    /// No broker answered in time.
    #[error("no broker of {bootstrap_servers} answered within {} s ({reason}); check the address, the network, and the security settings", .within.as_secs())]
    Unreachable {
        /// The address asked.
        bootstrap_servers: String,
        /// For how long.
        within: Duration,
        /// What the client says.
        reason: String,
    },
    /// Topics are missing.
    #[error("missing: {}; `demand-center topics plan` shows what is needed, `topics apply` makes it", .0.join(", "))]
    Missing(Vec<String>),
    /// A topic has a number of partitions with which the service cannot work.
    #[error("{topic} has {found} partitions, but must have {wanted}{}; `demand-center topics plan` shows what is needed", .as_many_as.as_ref().map(|other| format!(", as many as {other}")).unwrap_or_default())]
    Partitions {
        /// The topic that does not fit.
        topic: String,
        /// How many it has.
        found: usize,
        /// How many it must have.
        wanted: usize,
        /// The topic whose number it must share.
        as_many_as: Option<String>,
    },
    /// The client cannot be made of these settings.
    #[error("Kafka settings: {0}")]
    Settings(String),
    /// The broker refuses.
    #[error("{0}")]
    Refused(String),
}

/// Checks needs.
///
/// # Errors
/// [`TopicsFault`], within `patience`.
pub fn check_topics(
    kafka: &KafkaSettings,
    client_id: &str,
    needs: &[TopicNeed],
    patience: Duration,
) -> Result<(), TopicsFault> {
    let deadline = Instant::now() + patience;
    let consumer: BaseConsumer<Quiet> = config::admin(kafka, client_id)
        .create_with_context(Quiet)
        .map_err(|error| TopicsFault::Settings(error.to_string()))?;
    let mut partitions = BTreeMap::new();
    let mut missing = Vec::new();
    for need in needs {
        match partitions_of(consumer.client(), &need.name, deadline) {
            Ok(Some(count)) => drop(partitions.insert(need.name.clone(), count)),
            // One may be needed for two things.
            Ok(None) if missing.contains(&need.name) => {}
            Ok(None) => missing.push(need.name.clone()),
            Err(Asked::Refused(reason)) => return Err(TopicsFault::Refused(reason)),
            Err(Asked::Unanswered(reason)) => {
                let bootstrap_servers = kafka.bootstrap_servers.clone();
                return Err(TopicsFault::Unreachable { bootstrap_servers, within: patience, reason });
            }
        }
    }
    if !missing.is_empty() {
        return Err(TopicsFault::Missing(missing));
    }
    for need in needs {
        let (wanted, as_many_as) = match &need.partitions {
            PartitionsNeed::Any => continue,
            PartitionsNeed::SameAs(other) => (partitions.get(other).copied(), Some(other.clone())),
            PartitionsNeed::Exactly(count) => (Some(*count), None),
        };
        if let (Some(&found), Some(wanted)) = (partitions.get(&need.name), wanted)
            && found != wanted
        {
            return Err(TopicsFault::Partitions { topic: need.name.clone(), found, wanted, as_many_as });
        }
    }
    Ok(())
}

enum Asked {
    Unanswered(String),
    Refused(String),
}

/// None when there is no such topic.
fn partitions_of(client: &Client<Quiet>, topic: &str, deadline: Instant) -> Result<Option<usize>, Asked> {
    let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
    let metadata = client.fetch_metadata(Some(topic), left).map_err(|error| Asked::Unanswered(error.to_string()))?;
    let Some(found) = metadata.topics().iter().find(|found| found.name() == topic) else { return Ok(None) };
    match found.error() {
        None => Ok(Some(found.partitions().len())),
        Some(
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART
            | RDKafkaRespErr::RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC
            | RDKafkaRespErr::RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION,
        ) => Ok(None),
        Some(error) => {
            let error = RDKafkaErrorCode::from(error);
            Err(Asked::Refused(format!("{topic}: {error}; check the ACLs of this client")))
        }
    }
}
