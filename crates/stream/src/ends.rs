//! What a topic holds now: end offsets of partitions, as a read_uncommitted client sees them, and its id.

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use store::TopicId;

use crate::client_events::Quiet;
use crate::config;
use crate::fault::Fault;
use crate::lost_input::Held;
use crate::native;
use crate::settings::StreamSettings;

const PATIENCE: Duration = Duration::from_secs(10);
const LOOK_PATIENCE: Duration = Duration::from_secs(1);

/// Asks for end offsets; see [`config::end_offsets`] for why it is a client of its own.
pub(crate) struct Ends {
    client: BaseConsumer<Quiet>,
}

impl Ends {
    pub(crate) fn connect(settings: &StreamSettings) -> Result<Self, Fault> {
        let client = config::end_offsets(settings)
            .create_with_context(Quiet)
            .map_err(|error| Fault::fatal("kafka_settings", format!("creating the client for end offsets: {error}")))?;
        Ok(Self { client })
    }

    /// First offset, and the offset after the last record, open and aborted transactions included.
    pub(crate) fn of(&self, topic: &str, partition: i32) -> Result<(i64, i64), Fault> {
        // Serves what the client has to say meanwhile, mostly errors; there is nobody else who would.
        drop(self.client.poll(Duration::ZERO));
        self.client
            .fetch_watermarks(topic, partition, PATIENCE)
            .map_err(|error| Fault::retry("end_offset", format!("asking for the end of {topic}[{partition}]: {error}")))
    }

    /// The topic's id; none when the brokers do not tell at once.
    pub(crate) fn look(&self, topic: &str) -> Option<TopicId> {
        native::topic_id(self.client.client(), topic, LOOK_PATIENCE).ok()
    }

    fn topic_id(&self, topic: &str) -> Result<TopicId, Fault> {
        native::topic_id(self.client.client(), topic, PATIENCE)
            .map_err(|error| Fault::retry("topic_id", format!("asking for the id of {topic}: {error}")))
    }

    pub(crate) fn held(&self, topic: &str, partition: i32) -> Result<Held, Fault> {
        // The id first: should the topic be made anew in between, the offsets are found wanting, or the id at the next look.
        let id = self.topic_id(topic)?;
        let (low, end) = self.of(topic, partition)?;
        Ok(Held { topic: id, low, end })
    }
}
