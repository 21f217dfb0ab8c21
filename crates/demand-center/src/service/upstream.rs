//! How far time may go: partition time must not pass what ingest and resolve still have before them, or "no inquiry for
//! 14 days" would fire while the inquiry waits upstream.

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList, TopicPartitionListElem};
use rdkafka::types::RDKafkaErrorCode;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

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
    /// Reads single records for their time: of what is committed, and of what a transaction still holds back.
    reader: BaseConsumer,
    open_reader: BaseConsumer,
    timeout: Duration,
    /// The topic was told to be missing.
    told_missing: bool,
    seen: HashMap<i32, Seen>,
}

/// A partition that is not read to the end: where, since when, and the time of the record there.
#[derive(Clone, Copy)]
struct Seen {
    at: Stretch,
    since_millis: i64,
    /// `None`: nothing but control records up to the end, so nothing waits.
    record_millis: Option<i64>,
}

/// From where the group is to the end of the partition.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stretch {
    offset: i64,
    end: i64,
    /// A transaction is open before the end: what stands behind its beginning is not to be read yet, and waits all the
    /// same.
    open: bool,
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
        // One record a partition is wanted.
        reader.set("queued.max.messages.kbytes", "64").set("fetch.wait.max.ms", "50");
        let mut open_reader = reader.clone();
        open_reader.set("isolation.level", "read_uncommitted");
        Ok(Self {
            group,
            offsets: offsets.create()?,
            reader: reader.create()?,
            open_reader: open_reader.create()?,
            timeout,
            told_missing: false,
            seen: HashMap::new(),
        })
    }

    fn oldest(&mut self, now: i64) -> Result<Option<i64>, KafkaError> {
        let waiting = self.waiting()?;
        self.seen.retain(|partition, seen| {
            let same = |at: &Stretch| {
                let read = at.offset == seen.at.offset && at.open == seen.at.open && seen.record_millis.is_some();
                *at == seen.at || read
            };
            waiting.get(partition).is_some_and(same)
        });
        let unread = waiting.into_iter().filter(|(partition, _)| !self.seen.contains_key(partition));
        let (open, closed): (HashMap<i32, Stretch>, HashMap<i32, Stretch>) = unread.partition(|(_, at)| at.open);
        for (reader, stretches) in [(&self.reader, closed), (&self.open_reader, open)] {
            let times = record_times(reader, &self.group.topic, &stretches, self.timeout)?;
            for (partition, at) in stretches {
                let record_millis = times.get(&partition).copied();
                self.seen.insert(partition, Seen { at, since_millis: now, record_millis });
            }
        }
        let holding = self.seen.values().filter(|seen| now - seen.since_millis < STUCK_MILLIS);
        Ok(holding.filter_map(|seen| seen.record_millis).min())
    }

    /// The partitions that the group has not read to the end, and where it is. One request each for its positions, the
    /// first and the last offsets, however many partitions there are. A topic that is not there holds nothing back.
    fn waiting(&mut self) -> Result<HashMap<i32, Stretch>, KafkaError> {
        let topic = self.group.topic.as_str();
        let metadata = self.offsets.fetch_metadata(Some(topic), self.timeout)?;
        let partitions: Vec<i32> =
            metadata.topics().iter().flat_map(|topic| topic.partitions()).map(|partition| partition.id()).collect();
        let missing = partitions.is_empty();
        if missing && !self.told_missing {
            tracing::warn!(topic, "is missing, and holds no time back; see `demand-center topics plan`");
        }
        self.told_missing = missing;
        if missing {
            return Ok(HashMap::new());
        }
        let all = |offset| {
            let mut list = TopicPartitionList::with_capacity(partitions.len());
            for partition in &partitions {
                list.add_partition_offset(topic, *partition, offset)?;
            }
            Ok::<_, KafkaError>(list)
        };
        let committed = offsets_of(&self.offsets.committed_offsets(all(Offset::Invalid)?, self.timeout)?);
        let first = offsets_of(&self.reader.offsets_for_times(all(Offset::Beginning)?, self.timeout)?);
        let stable = offsets_of(&self.reader.offsets_for_times(all(Offset::End)?, self.timeout)?);
        let end = offsets_of(&self.open_reader.offsets_for_times(all(Offset::End)?, self.timeout)?);
        let stretch = |partition: &i32| {
            let first = first.get(partition).copied().unwrap_or_default();
            let offset = committed.get(partition).copied().unwrap_or_default().max(first);
            let end = end.get(partition).copied().unwrap_or_default();
            let open = stable.get(partition).copied().unwrap_or_default() < end;
            (offset < end).then_some((*partition, Stretch { offset, end, open }))
        };
        Ok(partitions.iter().filter_map(stretch).collect())
    }
}

/// Kafka's time of the first record of each stretch, in milliseconds, by partition; nothing for those without one.
fn record_times(
    reader: &BaseConsumer,
    topic: &str,
    of: &HashMap<i32, Stretch>,
    timeout: Duration,
) -> Result<HashMap<i32, i64>, KafkaError> {
    let mut times = HashMap::with_capacity(of.len());
    if of.is_empty() {
        return Ok(times);
    }
    let mut assigned = TopicPartitionList::with_capacity(of.len());
    for (partition, at) in of {
        assigned.add_partition_offset(topic, *partition, Offset::Offset(at.offset))?;
    }
    reader.assign(&assigned)?;
    let mut ended = HashSet::new();
    let deadline = Instant::now() + timeout;
    while of.keys().any(|partition| !times.contains_key(partition) && !ended.contains(partition)) {
        if Instant::now() >= deadline {
            return Err(KafkaError::MessageConsumption(RDKafkaErrorCode::OperationTimedOut));
        }
        match reader.poll(Duration::from_millis(100)) {
            Some(Ok(message)) => match message.timestamp().to_millis() {
                Some(millis) => drop(times.entry(message.partition()).or_insert(millis)),
                None => drop(ended.insert(message.partition())),
            },
            Some(Err(KafkaError::PartitionEOF(partition))) => drop(ended.insert(partition)),
            Some(Err(error)) => return Err(error),
            None => {}
        }
    }
    // Nothing more is fetched until the next look.
    reader.unassign()?;
    Ok(times)
}

fn offsets_of(list: &TopicPartitionList) -> HashMap<i32, i64> {
    let known = |element: TopicPartitionListElem<'_>| match element.offset() {
        Offset::Offset(offset) => Some((element.partition(), offset)),
        _ => None,
    };
    list.elements().into_iter().filter_map(known).collect()
}
