//! What waits before one consumer group, seen from outside.

use super::UpstreamGroup;
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList, TopicPartitionListElem};
use rdkafka::types::{RDKafkaErrorCode, RDKafkaRespErr};
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

/// A partition whose group makes no progress for this long stops holding time, and so does a group of which nothing can
/// be learnt: the rest of the company goes on.
const STUCK_MILLIS: i64 = 3_600_000;

/// What one look found, partitions that are stuck left out.
#[derive(Clone, Debug, Default)]
pub(super) struct Look {
    /// The first record that the group has not passed, by partition; none where nothing waits.
    pub(super) first: HashMap<i32, First>,
    /// The end of each partition.
    pub(super) ends: HashMap<i32, i64>,
}

/// A record that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct First {
    pub(super) offset: i64,
    /// Kafka's time of it.
    pub(super) millis: i64,
}

impl Look {
    /// Whether nothing before these ends waits.
    pub(super) fn is_past(&self, ends: &HashMap<i32, i64>) -> bool {
        self.first.iter().all(|(partition, first)| ends.get(partition).is_none_or(|end| first.offset >= *end))
    }
}

/// One group and what was last seen of it.
pub(super) struct Watch {
    group: UpstreamGroup,
    /// Asks for the group's offsets; never joins it.
    offsets: BaseConsumer,
    /// Reads single records: of what is committed, and of what a transaction still holds back.
    reader: BaseConsumer,
    open_reader: BaseConsumer,
    timeout: Duration,
    /// The topic was told to be missing.
    told_missing: bool,
    /// Since when nothing can be learnt.
    failing_since: Option<i64>,
    seen: HashMap<i32, Seen>,
    progress: HashMap<i32, Progress>,
}

/// A partition that is not read to the end.
#[derive(Clone, Copy)]
struct Seen {
    at: Stretch,
    /// `None`: nothing but control records up to the end, so nothing waits.
    first: Option<First>,
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

/// Where a group has been, and since when.
#[derive(Clone, Copy)]
struct Progress {
    /// As the group committed it; `None`: never.
    committed: Option<i64>,
    since_millis: i64,
    told: bool,
}

/// Everything that is asked of one topic at a look.
struct Standing {
    stretches: HashMap<i32, Stretch>,
    committed: HashMap<i32, i64>,
    ends: HashMap<i32, i64>,
}

impl Watch {
    pub(super) fn new(client: &ClientConfig, group: UpstreamGroup, timeout: Duration) -> Result<Self, KafkaError> {
        let mut offsets = client.clone();
        offsets.set("group.id", &group.group).set("enable.auto.commit", "false");
        let mut reader = offsets.clone();
        // The older of two positions is the safe one: what a transaction is about to commit need not be waited for.
        offsets.set("isolation.level", "read_uncommitted");
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
            failing_since: None,
            seen: HashMap::new(),
            progress: HashMap::new(),
        })
    }

    /// # Errors
    /// When the cluster does not answer, for the first hour of it.
    pub(super) fn look(&mut self, now: i64) -> Result<Look, KafkaError> {
        match self.try_look(now) {
            Ok(look) => {
                self.failing_since = None;
                Ok(look)
            }
            Err(error) => {
                let since = *self.failing_since.get_or_insert(now);
                if now - since < STUCK_MILLIS {
                    return Err(error);
                }
                if now - since < STUCK_MILLIS + 2_000 {
                    let UpstreamGroup { group, topic } = &self.group;
                    tracing::warn!(group, topic, %error, "nothing was learnt of it for an hour; it holds no time back");
                }
                Ok(Look::default())
            }
        }
    }

    fn try_look(&mut self, now: i64) -> Result<Look, KafkaError> {
        let Some(Standing { stretches, committed, ends }) = self.standing()? else { return Ok(Look::default()) };
        self.seen.retain(|partition, seen| {
            let same = |at: &Stretch| {
                let read = at.offset == seen.at.offset && at.open == seen.at.open && seen.first.is_some();
                *at == seen.at || read
            };
            stretches.get(partition).is_some_and(same)
        });
        self.progress.retain(|partition, progress| {
            stretches.contains_key(partition) && progress.committed == committed.get(partition).copied()
        });
        for partition in stretches.keys() {
            let committed = committed.get(partition).copied();
            self.progress.entry(*partition).or_insert(Progress { committed, since_millis: now, told: false });
        }
        let unread = stretches.into_iter().filter(|(partition, _)| !self.seen.contains_key(partition));
        let (open, closed): (HashMap<i32, Stretch>, HashMap<i32, Stretch>) = unread.partition(|(_, at)| at.open);
        for (reader, stretches) in [(&self.reader, closed), (&self.open_reader, open)] {
            let found = first_records(reader, &self.group.topic, &stretches, self.timeout)?;
            for (partition, at) in stretches {
                self.seen.insert(partition, Seen { at, first: found.get(&partition).copied() });
            }
        }
        let mut first = HashMap::new();
        for (&partition, seen) in &self.seen {
            let Some(waits) = seen.first else { continue };
            match self.progress.get_mut(&partition) {
                Some(progress) if now - progress.since_millis >= STUCK_MILLIS => {
                    if !std::mem::replace(&mut progress.told, true) {
                        let UpstreamGroup { group, topic } = &self.group;
                        tracing::warn!(group, topic, partition, "makes no progress for an hour; it holds no time back");
                    }
                }
                _ => _ = first.insert(partition, waits),
            }
        }
        Ok(Look { first, ends })
    }

    /// Where the group is in each partition that it has not read to the end. One request each for its positions, the first
    /// and the last offsets, however many partitions there are. `None`: there is no such topic, which holds nothing back.
    fn standing(&mut self) -> Result<Option<Standing>, KafkaError> {
        let topic = self.group.topic.as_str();
        let metadata = self.offsets.fetch_metadata(Some(topic), self.timeout)?;
        let found = metadata.topics().iter().find(|found| found.name() == topic);
        let missing = match found.and_then(|found| found.error()) {
            None => found.is_none_or(|found| found.partitions().is_empty()),
            Some(
                RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART
                | RDKafkaRespErr::RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC,
            ) => true,
            Some(error) => return Err(KafkaError::MetadataFetch(RDKafkaErrorCode::from(error))),
        };
        if missing && !self.told_missing {
            tracing::warn!(topic, "is missing, and holds no time back; see `demand-center topics plan`");
        }
        self.told_missing = missing;
        let Some(found) = found.filter(|_| !missing) else { return Ok(None) };
        let partitions: Vec<i32> = found.partitions().iter().map(|partition| partition.id()).collect();
        let all = |offset| {
            let mut list = TopicPartitionList::with_capacity(partitions.len());
            for partition in &partitions {
                list.add_partition_offset(topic, *partition, offset)?;
            }
            Ok::<_, KafkaError>(list)
        };
        let committed = offsets_of(&self.offsets.committed_offsets(all(Offset::Invalid)?, self.timeout)?)?;
        let first = offsets_of(&self.reader.offsets_for_times(all(Offset::Beginning)?, self.timeout)?)?;
        let stable = offsets_of(&self.reader.offsets_for_times(all(Offset::End)?, self.timeout)?)?;
        let ends = offsets_of(&self.open_reader.offsets_for_times(all(Offset::End)?, self.timeout)?)?;
        let mut stretches = HashMap::new();
        for partition in partitions {
            let told = |of: &HashMap<i32, i64>| of.get(&partition).copied();
            // A broker that is about to change answers without them; nothing may be concluded from that.
            let (Some(first), Some(stable), Some(end)) = (told(&first), told(&stable), told(&ends)) else {
                return Err(KafkaError::OffsetFetch(RDKafkaErrorCode::NotLeaderForPartition));
            };
            let offset = told(&committed).unwrap_or_default().max(first);
            if offset < end {
                stretches.insert(partition, Stretch { offset, end, open: stable < end });
            }
        }
        Ok(Some(Standing { stretches, committed, ends }))
    }
}

/// The first record of each stretch, by partition; nothing for those without one.
fn first_records(
    reader: &BaseConsumer,
    topic: &str,
    of: &HashMap<i32, Stretch>,
    timeout: Duration,
) -> Result<HashMap<i32, First>, KafkaError> {
    let mut found = HashMap::with_capacity(of.len());
    if of.is_empty() {
        return Ok(found);
    }
    let mut assigned = TopicPartitionList::with_capacity(of.len());
    for (partition, at) in of {
        assigned.add_partition_offset(topic, *partition, Offset::Offset(at.offset))?;
    }
    reader.assign(&assigned)?;
    let mut ended = HashSet::new();
    let deadline = Instant::now() + timeout;
    while of.keys().any(|partition| !found.contains_key(partition) && !ended.contains(partition)) {
        if Instant::now() >= deadline {
            return Err(KafkaError::MessageConsumption(RDKafkaErrorCode::OperationTimedOut));
        }
        match reader.poll(Duration::from_millis(100)) {
            Some(Ok(message)) => {
                let first = First { offset: message.offset(), millis: message.timestamp().to_millis().unwrap_or(0) };
                found.entry(message.partition()).or_insert(first);
            }
            Some(Err(KafkaError::PartitionEOF(partition))) => drop(ended.insert(partition)),
            Some(Err(error)) => return Err(error),
            None => {}
        }
    }
    // Nothing more is fetched until the next look.
    reader.unassign()?;
    Ok(found)
}

/// The offsets that were told; partitions without one are left out.
fn offsets_of(list: &TopicPartitionList) -> Result<HashMap<i32, i64>, KafkaError> {
    let mut offsets = HashMap::new();
    let elements: Vec<TopicPartitionListElem<'_>> = list.elements();
    for element in elements {
        element.error()?;
        if let Offset::Offset(offset) = element.offset() {
            offsets.insert(element.partition(), offset);
        }
    }
    Ok(offsets)
}
