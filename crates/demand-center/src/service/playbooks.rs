//! Playbook content by hash, from the compacted topic `playbooks`: no engine reads files.

use crate::kafka::from_beginning;
use ::engine::engine::Playbooks;
use ::engine::version::Version;
use rdkafka::ClientConfig;
use rdkafka::message::Message;
use std::sync::Arc;
use std::time::{Duration, Instant};
use stream::Fault;
use touchpoint::Text;

/// The compiled playbooks that this worker has needed so far.
pub(crate) struct PlaybookShelf {
    client: ClientConfig,
    topic: String,
    /// Never joined or committed to; the client wants a name.
    group: String,
    wait: Duration,
    playbooks: Playbooks,
}

impl std::fmt::Debug for PlaybookShelf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PlaybookShelf").field("playbooks", &self.playbooks.len()).finish_non_exhaustive()
    }
}

impl PlaybookShelf {
    /// `client` reaches the cluster, as one of `group`; `wait` bounds one fetch.
    pub(crate) fn new(client: ClientConfig, topic: String, group: String, wait: Duration) -> Self {
        Self { client, topic, group, wait, playbooks: Playbooks::new() }
    }

    pub(crate) fn playbooks(&self) -> &Playbooks {
        &self.playbooks
    }

    /// Reads the topic for the content of a hash, checks and compiles it.
    ///
    /// # Errors
    /// [`Fault::Retry`] when it is not there yet or the cluster does not answer; [`Fault::Fatal`] when the content is
    /// not what its hash says or cannot be compiled by this binary.
    pub(crate) fn fetch(&mut self, hash: &Text) -> Result<(), Fault> {
        if self.playbooks.contains_key(hash) {
            return Ok(());
        }
        let bytes = read_latest(&self.client, &self.topic, &self.group, hash.as_bytes(), self.wait)
            .map_err(|error| Fault::retry("DC-2103", format!("reading playbook {hash} from {}: {error}", self.topic)))?
            .ok_or_else(|| {
                let next = "run `demand-center playbook activate` again";
                Fault::retry("DC-2103", format!("playbook {hash} is not in {} (yet); {next}", self.topic))
            })?;
        let version = compile(hash, &bytes).map_err(|error| {
            Fault::fatal("DC-2104", format!("playbook {hash} cannot be used by this binary: {error}"))
        })?;
        self.playbooks.insert(hash.clone(), Arc::new(version));
        Ok(())
    }
}

/// Content as an engine runs it.
///
/// # Errors
/// Why this binary cannot use it, in words.
pub(crate) fn compile(hash: &Text, bytes: &[u8]) -> Result<Version, String> {
    let bundle = playbook::Bundle::from_bytes(bytes).map_err(|error| error.to_string())?;
    if bundle.hash() != *hash {
        return Err(format!("its content has the hash {}", bundle.hash()));
    }
    let (model, _warnings) = bundle.load().map_err(|mistakes| playbook::render(&mistakes))?;
    Version::new(model).map_err(|error| error.to_string())
}

/// The last value under `key` in a one-partition topic, up to the end as it is now.
fn read_latest(
    client: &ClientConfig,
    topic: &str,
    group: &str,
    key: &[u8],
    wait: Duration,
) -> Result<Option<Vec<u8>>, rdkafka::error::KafkaError> {
    let consumer = from_beginning(client, topic, group)?;
    let deadline = Instant::now() + wait;
    let mut latest = None;
    while Instant::now() < deadline {
        match consumer.poll(Duration::from_millis(100)) {
            Some(Ok(message)) if message.key() == Some(key) => latest = message.payload().map(<[u8]>::to_vec),
            Some(Err(rdkafka::error::KafkaError::PartitionEOF(_))) => return Ok(latest),
            Some(Err(error)) => return Err(error),
            Some(Ok(_)) | None => {}
        }
    }
    Err(rdkafka::error::KafkaError::MessageConsumption(rdkafka::types::RDKafkaErrorCode::OperationTimedOut))
}
