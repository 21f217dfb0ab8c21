//! Reading a partition up to its end as it is now: committed records only, no group, nothing written.

use super::{Cluster, LOOK_AGAIN, LastTrouble, committed};
use crate::failure::Failure;
use crate::output::talk;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::ops::Range;
use std::time::{Duration, Instant};

/// From so many records on it is told how far the reading has come.
const LARGE: i64 = 50_000;
const TOLD_EVERY: Duration = Duration::from_secs(2);
/// The client wants a name; the group is never joined.
const GROUP: &str = "demand-center-admin";

/// A reader of one topic.
pub struct TopicReader<'a> {
    cluster: &'a Cluster,
    consumer: BaseConsumer<LastTrouble>,
    topic: String,
    partitions: i32,
}

impl std::fmt::Debug for TopicReader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TopicReader").field("topic", &self.topic).finish_non_exhaustive()
    }
}

impl Cluster {
    /// A reader of a topic that must be there.
    ///
    /// # Errors
    /// When it is not, or the cluster does not answer.
    pub fn reader(&self, topic: &str) -> Result<TopicReader<'_>, Failure> {
        let partitions = self.unconfigured(&[topic])?.get(topic).map_or(0, |found| found.partitions);
        if partitions == 0 {
            return Err(Failure::findings(format!("there is no topic {topic}"))
                .at(self.servers.clone())
                .next("look at kafka.topic_prefix, or run `demand-center topics apply`"));
        }
        let config = committed(&self.config, GROUP);
        let consumer = BaseConsumer::from_config_and_context(&config, self.asker.context().as_ref().clone())
            .map_err(|error| self.unreachable(&error))?;
        Ok(TopicReader { cluster: self, consumer, topic: topic.to_owned(), partitions })
    }
}

impl TopicReader<'_> {
    pub fn partitions(&self) -> i32 {
        self.partitions
    }

    /// The first offset, and the one after the last that no open transaction holds back.
    ///
    /// # Errors
    /// When the cluster does not answer.
    pub fn bounds(&self, partition: i32) -> Result<Range<i64>, Failure> {
        let deadline = Instant::now() + self.cluster.timeout;
        loop {
            match self.consumer.fetch_watermarks(&self.topic, partition, self.cluster.timeout) {
                Ok((first, end)) => return Ok(first..end),
                Err(error) if Instant::now() >= deadline => return Err(self.cluster.unreachable(&error)),
                // A partition that was just made has no leader yet.
                Err(error) => tracing::debug!(%error, self.topic, partition, "asking for the end"),
            }
            // Serves what the client has to say meanwhile.
            let _ = self.consumer.poll(LOOK_AGAIN);
        }
    }

    /// Calls `each` with the committed records of these offsets. Of a large partition it is told how far it has come.
    ///
    /// # Errors
    /// When the cluster gives nothing for longer than `kafka.request_timeout`.
    pub fn read(
        &self,
        partition: i32,
        offsets: Range<i64>,
        mut each: impl FnMut(&BorrowedMessage<'_>),
    ) -> Result<(), Failure> {
        if offsets.is_empty() {
            return Ok(());
        }
        let unreachable = |error: KafkaError| self.cluster.unreachable(&error);
        let mut assignment = TopicPartitionList::new();
        assignment
            .add_partition_offset(&self.topic, partition, Offset::Offset(offsets.start))
            .and_then(|()| self.consumer.assign(&assignment))
            .map_err(unreachable)?;
        let (mut heard, mut told) = (Instant::now(), Instant::now());
        let mut trouble = None;
        loop {
            match self.consumer.poll(LOOK_AGAIN) {
                Some(Ok(message)) => {
                    if message.offset() < offsets.end {
                        each(&message);
                    }
                    if message.offset() + 1 >= offsets.end {
                        return Ok(());
                    }
                    heard = Instant::now();
                    if offsets.end - offsets.start >= LARGE && told.elapsed() >= TOLD_EVERY {
                        told = heard;
                        let read = (message.offset() - offsets.start) * 100 / (offsets.end - offsets.start);
                        talk(&format!("{}[{partition}]: {read} % read", self.topic));
                    }
                }
                // Behind the last record stand the marks of transactions.
                Some(Err(KafkaError::PartitionEOF(at))) if at == partition => return Ok(()),
                Some(Err(error)) => trouble = Some(error),
                None => {}
            }
            if heard.elapsed() > self.cluster.timeout {
                let silence = || KafkaError::MessageConsumption(rdkafka::types::RDKafkaErrorCode::OperationTimedOut);
                return Err(self.cluster.unreachable(&trouble.unwrap_or_else(silence)));
            }
        }
    }
}
