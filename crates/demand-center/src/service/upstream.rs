//! How far time may go: partition time must not pass what ingest and resolve still have before them, or "no inquiry for
//! 14 days" would fire while the inquiry waits upstream.

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// A consumer group whose position holds time back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UpstreamGroup {
    pub(crate) group: String,
    pub(crate) topic: String,
}

/// A group that has work and makes no progress for this long stops holding time: the rest of the company goes on.
const STUCK_MILLIS: i64 = 3_600_000;
/// Nobody has looked yet.
const UNKNOWN: i64 = i64::MIN;

/// The moment until which everything has come through: kept up to date by a thread of its own.
#[derive(Debug)]
pub(crate) struct UpstreamTime {
    passed_millis: AtomicI64,
    stop: AtomicBool,
}

impl UpstreamTime {
    /// Starts to look, once a second. `groups` in the order of the pipeline: what leaves one is seen in the next.
    ///
    /// # Errors
    /// When a client cannot be made of the settings, or the thread not be started.
    pub(crate) fn start(
        client: &ClientConfig,
        groups: &[UpstreamGroup],
        timeout: Duration,
    ) -> Result<(Arc<Self>, JoinHandle<()>), std::io::Error> {
        let shared = Arc::new(Self { passed_millis: AtomicI64::new(UNKNOWN), stop: AtomicBool::new(false) });
        let watched: Result<Vec<Watched>, KafkaError> =
            groups.iter().map(|group| Watched::new(client, group.clone(), timeout)).collect();
        let mut watched = watched.map_err(std::io::Error::other)?;
        let told = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("upstream-time".to_owned()).spawn(move || {
            let mut failing = false;
            while !told.stop.load(Ordering::Relaxed) {
                // The clock first: what comes while we look is later than this.
                let now = observe::clock::now().as_millis();
                match oldest(&mut watched, now) {
                    Ok(waiting) => {
                        told.passed_millis.store(waiting.map_or(now, |oldest| oldest.min(now)), Ordering::Relaxed);
                        failing = false;
                    }
                    Err(error) if !failing => {
                        failing = true;
                        tracing::warn!(%error, "cannot see how far upstream is; partition time stands still");
                    }
                    Err(_) => {}
                }
                std::thread::park_timeout(Duration::from_secs(1));
            }
        })?;
        Ok((shared, thread))
    }

    /// Everything that Kafka took before this moment has been passed on; `None`: not known yet.
    pub(crate) fn passed(&self) -> Option<i64> {
        let passed = self.passed_millis.load(Ordering::Relaxed);
        (passed != UNKNOWN).then_some(passed)
    }

    /// The thread ends within its current look.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// One group and what was last seen of it.
struct Watched {
    group: UpstreamGroup,
    /// Asks for the group's offsets; never joins it.
    offsets: BaseConsumer,
    /// Reads single records for their time.
    reader: BaseConsumer,
    timeout: Duration,
    seen: HashMap<i32, Seen>,
}

/// A partition that waits: where, since when, and the time of the record there.
#[derive(Clone, Copy)]
struct Seen {
    offset: i64,
    since_millis: i64,
    record_millis: i64,
}

/// The time of the oldest record that waits anywhere.
fn oldest(watched: &mut [Watched], now: i64) -> Result<Option<i64>, KafkaError> {
    let mut oldest = None;
    for group in watched {
        if let Some(waiting) = group.oldest(now)? {
            oldest = Some(oldest.map_or(waiting, |have: i64| have.min(waiting)));
        }
    }
    Ok(oldest)
}

impl Watched {
    fn new(client: &ClientConfig, group: UpstreamGroup, timeout: Duration) -> Result<Self, KafkaError> {
        let mut offsets = client.clone();
        offsets.set("group.id", &group.group).set("enable.auto.commit", "false");
        let mut reader = offsets.clone();
        reader.set("isolation.level", "read_committed").set("enable.partition.eof", "true");
        reader.set("auto.offset.reset", "earliest").set("fetch.message.max.bytes", "65536");
        Ok(Self { group, offsets: offsets.create()?, reader: reader.create()?, timeout, seen: HashMap::new() })
    }

    fn oldest(&mut self, now: i64) -> Result<Option<i64>, KafkaError> {
        let topic = self.group.topic.as_str();
        let metadata = self.offsets.fetch_metadata(Some(topic), self.timeout)?;
        let mut asked = TopicPartitionList::new();
        for partition in metadata.topics().iter().flat_map(|topic| topic.partitions()) {
            asked.add_partition(topic, partition.id());
        }
        let committed = self.offsets.committed_offsets(asked, self.timeout)?;
        let mut oldest = None;
        for element in committed.elements_for_topic(topic) {
            let partition = element.partition();
            let (low, high) = self.reader.fetch_watermarks(topic, partition, self.timeout)?;
            let at = match element.offset() {
                Offset::Offset(offset) => offset.max(low),
                _ => low,
            };
            if at >= high {
                self.seen.remove(&partition);
                continue;
            }
            let seen = match self.seen.get(&partition).filter(|seen| seen.offset == at) {
                Some(seen) => *seen,
                // Nothing but control records up to the end: nothing waits.
                None => match self.record_time(partition, at)? {
                    Some(record_millis) => Seen { offset: at, since_millis: now, record_millis },
                    None => continue,
                },
            };
            self.seen.insert(partition, seen);
            if now - seen.since_millis < STUCK_MILLIS {
                oldest = Some(oldest.map_or(seen.record_millis, |have: i64| have.min(seen.record_millis)));
            }
        }
        Ok(oldest)
    }

    /// Kafka's time of the first record at or after an offset; `None` when there is none up to the end.
    fn record_time(&self, partition: i32, offset: i64) -> Result<Option<i64>, KafkaError> {
        let mut at = TopicPartitionList::new();
        at.add_partition_offset(&self.group.topic, partition, Offset::Offset(offset))?;
        self.reader.assign(&at)?;
        let deadline = std::time::Instant::now() + self.timeout;
        while std::time::Instant::now() < deadline {
            match self.reader.poll(Duration::from_millis(100)) {
                Some(Ok(message)) => return Ok(message.timestamp().to_millis()),
                Some(Err(KafkaError::PartitionEOF(_))) => return Ok(None),
                Some(Err(error)) => return Err(error),
                None => {}
            }
        }
        Err(KafkaError::MessageConsumption(rdkafka::types::RDKafkaErrorCode::OperationTimedOut))
    }
}
