//! Completing a store from the changelog, and finding the position from which to process.
//!
//! The order is what makes it right: first the group's *stable* offset (the broker answers once no transaction is about
//! to change it), then the end of the changelog as a read_uncommitted client sees it, then wait until no open
//! transaction lies before that end, then read committed data up to it. The last position marker is the position of
//! record; where the group has an offset too, they must agree.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use observe::{ServiceMetrics, clock};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::{Offset, TopicPartitionList};
use store::{InputPosition, META_TABLE, PartitionStore, Row, SharedMemory, StoreFault, StoreId, StoreLimits};

use crate::changelog;
use crate::client_events::Quiet;
use crate::config;
use crate::ends::Ends;
use crate::fault::Fault;
use crate::lost_input::{self, Held};
use crate::settings::StreamSettings;

const PATIENCE: Duration = Duration::from_secs(10);
/// Without a record or the end for so long, the brokers are in trouble; try again from what was saved.
const STANDSTILL: Duration = Duration::from_secs(30);
/// The predecessor's store may still be closing, in this process or another: a large one takes a while to be brought to
/// disk.
const LOCK_PATIENCE: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// A partition ready to be processed.
#[derive(Debug)]
pub(crate) struct Restored<R> {
    pub(crate) store: PartitionStore<R>,
    /// The next input record.
    pub(crate) next: InputPosition,
    /// The changelog's newest marker, if it has one.
    pub(crate) marker: Option<InputPosition>,
}

/// Restores the partitions of one worker, one after the other.
pub(crate) struct Restorer {
    settings: Arc<StreamSettings>,
    service: ServiceMetrics,
    memory: SharedMemory,
    consumer: BaseConsumer<Quiet>,
    ends: Ends,
    cluster: String,
}

impl Restorer {
    pub(crate) fn connect(
        settings: &Arc<StreamSettings>,
        service: &ServiceMetrics,
        memory: SharedMemory,
    ) -> Result<Self, Fault> {
        let consumer: BaseConsumer<Quiet> = config::restore_consumer(settings)
            .create_with_context(Quiet)
            .map_err(|error| Fault::fatal("kafka_settings", format!("creating the changelog's consumer: {error}")))?;
        let ends = Ends::connect(settings)?;
        // Not knowing it would make every store a stranger's.
        let cluster = consumer.client().fetch_cluster_id(PATIENCE).ok_or_else(|| {
            let servers = &settings.kafka.bootstrap_servers;
            Fault::fatal(
                "kafka_unreachable",
                format!("no broker of {servers} told its cluster's id within {} s", PATIENCE.as_secs()),
            )
        })?;
        Ok(Self { settings: Arc::clone(settings), service: service.clone(), memory, consumer, ends, cluster })
    }

    /// # Errors
    /// `Retry` when the brokers do not answer; `Fatal` when positions disagree or the store cannot be used; none when
    /// cancelled.
    pub(crate) fn restore<R: Row>(&self, partition: i32, cancelled: &AtomicBool) -> Result<Option<Restored<R>>, Fault> {
        let started = Instant::now();
        let group = self.group_offset(partition)?;
        let held = self.ends.held(&self.settings.changelog, partition)?;
        let Held { low, end, .. } = held;
        if self.wait_until_stable(partition, end, cancelled)?.is_none() {
            return Ok(None);
        }
        let remaining = self.service.restore_remaining_records(&partition.to_string());
        let mut store = self.open(partition, held, cancelled)?;
        let mut rebuilt = false;
        let (marker, next) = loop {
            let (code, why) = match self.replay(&mut store, partition, held, &remaining, cancelled) {
                Ok(Some(marker)) => match self.start(partition, marker, group) {
                    Ok(next) => break (marker, next),
                    // Perhaps it is only this store that does not know the newest marker.
                    Err(fault) if fault.code() == "position_mismatch" && !rebuilt => (fault.code(), fault.to_string()),
                    Err(fault) => return Err(fault),
                },
                Ok(None) => return Ok(None),
                Err(Interrupted::Store(fault)) if fault.is_cured_by_rebuild() && !rebuilt => {
                    (fault.code(), fault.to_string())
                }
                // The changelog itself holds such rows: a rebuild would end here again.
                Err(Interrupted::Store(fault)) if fault.is_cured_by_rebuild() => {
                    let changelog = &self.settings.changelog;
                    let message = format!(
                        "{changelog}[{partition}] holds rows that are none ({fault}); was another service's topic configured?"
                    );
                    return Err(Fault::fatal("changelog_unreadable", message));
                }
                Err(Interrupted::Store(fault)) => return Err(fault.into()),
                Err(Interrupted::Fault(fault)) => return Err(fault),
            };
            rebuilt = true;
            self.whole(partition, low)?;
            self.service.faults(code).inc();
            tracing::warn!(partition, why, "rebuilding the store from the changelog");
            drop(store);
            PartitionStore::<R>::destroy(&self.settings.store_dir(partition))?;
            store = self.open(partition, held, cancelled)?;
        };
        remaining.set(0.0);
        self.service.restore_seconds().observe(started.elapsed().as_secs_f64());
        Ok(Some(Restored { store, next, marker }))
    }

    /// Counts a fault that is tried again.
    pub(crate) fn count(&self, code: &str) {
        self.service.faults(code).inc();
    }

    /// The group's committed offset; waits while a transaction is about to change it.
    fn group_offset(&self, partition: i32) -> Result<Option<i64>, Fault> {
        let mut asked = TopicPartitionList::new();
        asked.add_partition(&self.settings.input, partition);
        // The client asks for stable offsets because its isolation level is read_committed.
        let answered = self.consumer.committed_offsets(asked, self.settings.transaction_timeout + PATIENCE);
        let answered = answered.map_err(|error| {
            Fault::retry("group_offset", format!("asking for the offset of group {}: {error}", self.settings.group))
        })?;
        let found = answered.elements().first().map(|element| (element.offset(), element.error()));
        match found {
            Some((Offset::Offset(offset), Ok(()))) => Ok(Some(offset)),
            Some((_, Err(error))) => Err(Fault::retry("group_offset", error.to_string())),
            _ => Ok(None),
        }
    }

    /// Waits until no open transaction lies before `end`: the end of a dead worker's transaction may take its whole
    /// time-out. Only then does the partition's end-of-log event mean this end.
    fn wait_until_stable(&self, partition: i32, end: i64, cancelled: &AtomicBool) -> Result<Option<()>, Fault> {
        let changelog = &self.settings.changelog;
        let started = Instant::now();
        loop {
            if cancelled.load(Ordering::Acquire) {
                return Ok(None);
            }
            let (_, stable) = self.consumer.fetch_watermarks(changelog, partition, PATIENCE).map_err(|error| {
                Fault::retry("end_offset", format!("asking for the stable end of {changelog}[{partition}]: {error}"))
            })?;
            if stable >= end {
                return Ok(Some(()));
            }
            if started.elapsed() > self.settings.transaction_timeout * 4 {
                let message = format!(
                    "{changelog}[{partition}]: a transaction before offset {end} has been open for longer than it may be; find it with kafka-transactions.sh find-hanging"
                );
                return Err(Fault::retry("transaction_hangs", message));
            }
            std::thread::sleep(LOOK_AGAIN);
        }
    }

    fn open<R: Row>(
        &self,
        partition: i32,
        Held { topic, low, end }: Held,
        cancelled: &AtomicBool,
    ) -> Result<PartitionStore<R>, Fault> {
        let path = self.settings.store_dir(partition);
        let keep = i64::try_from(self.settings.store.tombstones_kept.as_millis()).unwrap_or(i64::MAX);
        let started = Instant::now();
        loop {
            let why = match PartitionStore::open(&path, self.store_id(partition), &self.memory, self.limits()) {
                Ok(store) => match store.position() {
                    // What it lacks is gone, and the store may be all that is left: nothing is thrown away.
                    Some(position) if position.changelog > end || topic.is_other_than(position.changelog_topic) => {
                        return Err(self.changelog_made_anew(partition));
                    }
                    // Its rows are good; what is missing is told when it is replayed.
                    Some(position) if position.changelog < low => return Ok(store),
                    // Closed before its first checkpoint.
                    Some(position) if position.as_of_millis == i64::MIN => "it never knew the changelog's end",
                    Some(position) if position.is_stale(clock::now().as_millis(), keep) => {
                        "it is older than the changelog's tombstones"
                    }
                    _ => return Ok(store),
                },
                Err(fault) if fault.is_cured_by_rebuild() => {
                    self.service.faults(fault.code()).inc();
                    tracing::warn!(partition, %fault, "the store cannot be used");
                    "it is damaged or another's"
                }
                Err(StoreFault::Locked { .. })
                    if started.elapsed() < LOCK_PATIENCE && !cancelled.load(Ordering::Acquire) =>
                {
                    std::thread::sleep(LOOK_AGAIN);
                    continue;
                }
                Err(fault) => return Err(fault.into()),
            };
            self.whole(partition, low)?;
            tracing::warn!(partition, why, "rebuilding the store from the changelog");
            PartitionStore::<R>::destroy(&path)?;
        }
    }

    /// Holds that the changelog still begins at its beginning, as a compacted topic does: without what came first a
    /// store made from it would have forgotten people, and give their events numbers that were given before.
    fn whole(&self, partition: i32, low: i64) -> Result<(), Fault> {
        if low == 0 {
            return Ok(());
        }
        let changelog = &self.settings.changelog;
        Err(Fault::fatal(
            "changelog_lost",
            format!(
                "{changelog}[{partition}] begins at offset {low}: records before it were deleted (by retention or by hand; it must be compacted only), and no store on this machine is newer. Bring back a state directory that is, restore the topic from a mirror, or start anew by deleting the group's offsets, the changelog and every state directory"
            ),
        ))
    }

    fn changelog_made_anew(&self, partition: i32) -> Fault {
        let (changelog, path) = (&self.settings.changelog, self.settings.store_dir(partition));
        Fault::fatal(
            "changelog_lost",
            format!(
                "{changelog}[{partition}] is not the topic that the store in {} was made from: it was deleted and made anew, and what it held is in that store only. Keep the store; see the page of this code",
                path.display()
            ),
        )
    }

    /// Reads committed data from the store's position to `end`. The marker, if any; none when cancelled.
    fn replay<R: Row>(
        &self,
        store: &mut PartitionStore<R>,
        partition: i32,
        Held { topic, low, end }: Held,
        remaining: &prometheus::Gauge,
        cancelled: &AtomicBool,
    ) -> Result<Option<Option<InputPosition>>, Interrupted> {
        let stored = store.position().map(|position| position.changelog);
        if stored.is_none_or(|position| position < low) {
            self.whole(partition, low)?;
        }
        let from = stored.unwrap_or(low);
        let wall_millis = clock::now().as_millis();
        let restored = self.service.restored_records();
        let mut restore = store.restore(topic, wall_millis);
        if from < end {
            let assignment = self.assign(partition, from)?;
            let mut last = Instant::now();
            let mut next = from;
            let mut told = String::new();
            loop {
                if cancelled.load(Ordering::Acquire) {
                    return Ok(None);
                }
                match self.consumer.poll(Duration::from_millis(100)) {
                    Some(Ok(message)) => {
                        if message.partition() != partition || message.offset() < next {
                            continue;
                        }
                        if message.offset() >= end {
                            break;
                        }
                        next = message.offset() + 1;
                        last = Instant::now();
                        let key = message.key().unwrap_or_default();
                        if key == changelog::MARKER_KEY {
                            restore.marker(self.read_marker(partition, message.payload())?);
                        } else if key.first() != Some(&META_TABLE) {
                            restore.apply(key, message.payload(), next)?;
                        }
                        restored.inc();
                        if next % 1024 == 0 {
                            remaining.set(count(end - next));
                        }
                    }
                    Some(Err(KafkaError::PartitionEOF(at))) if at == partition => break,
                    Some(Err(error)) => told = format!("; the client says: {error}"),
                    None => {}
                }
                if last.elapsed() > STANDSTILL {
                    let changelog = &self.settings.changelog;
                    let message = format!(
                        "{changelog}[{partition}] gives no record from offset {next} on, its end is {end}{told}"
                    );
                    return Err(Fault::retry("restore_standstill", message).into());
                }
            }
            drop(assignment);
        }
        let records = restore.records();
        let position = restore.finish(end.max(from), wall_millis)?;
        tracing::info!(
            partition,
            records,
            from,
            end,
            position = position.map(|position| position.input.offset),
            "restored"
        );
        Ok(Some(position.map(|position| position.input)))
    }

    fn read_marker(&self, partition: i32, value: Option<&[u8]>) -> Result<InputPosition, Fault> {
        let changelog = &self.settings.changelog;
        match changelog::decode_marker(value.unwrap_or_default()) {
            Some(Ok(input)) => Ok(input),
            Some(Err(version)) => Err(Fault::fatal(
                "changelog_newer",
                format!(
                    "{changelog}[{partition}]: marker format {version} is another than this binary's; run the one that wrote it"
                ),
            )),
            None => Err(Fault::fatal("changelog_unreadable", format!("{changelog}[{partition}]: malformed marker"))),
        }
    }

    fn assign(&self, partition: i32, from: i64) -> Result<Assigned<'_>, Fault> {
        let mut assignment = TopicPartitionList::new();
        let offset = Offset::Offset(from);
        let assigned = assignment
            .add_partition_offset(&self.settings.changelog, partition, offset)
            .and_then(|()| self.consumer.assign(&assignment));
        assigned.map_err(|error| Fault::retry("restore_assign", error.to_string()))?;
        Ok(Assigned(&self.consumer))
    }

    /// The next input record: the marker's, which must agree with the group's.
    fn start(&self, partition: i32, marker: Option<InputPosition>, group: Option<i64>) -> Result<InputPosition, Fault> {
        let StreamSettings { input, changelog, group: name, .. } = &*self.settings;
        let held = self.ends.held(input, partition)?;
        match (marker, group) {
            (Some(marker), Some(group)) if marker.offset != group && !marker.topic.is_other_than(held.topic) => {
                let marker = marker.offset;
                Err(Fault::fatal(
                    "position_mismatch",
                    format!(
                        "{input}[{partition}]: the changelog {changelog} stands at {marker}, group {name} at {group}; one of the two was changed by hand. Set the group's offset back to {marker}, or start anew by deleting both and every state directory"
                    ),
                ))
            }
            (None, Some(group)) => Err(Fault::fatal(
                "changelog_lost",
                format!(
                    "{input}[{partition}]: group {name} stands at {group}, but the changelog {changelog} has no position: it was deleted or another one is configured. Start anew by deleting the group's offsets and every state directory"
                ),
            )),
            // Offsets expire, and go with their topic; the changelog does not.
            (Some(marker), _) => {
                let (place, accepted) = (format!("{input}[{partition}]"), self.settings.accept_lost_input);
                lost_input::go_on(("the service", &place), marker, held, accepted, &self.service)
            }
            // First start: all that is there.
            (None, None) => Ok(InputPosition { topic: held.topic, offset: held.low }),
        }
    }

    fn store_id(&self, partition: i32) -> StoreId {
        StoreId {
            service: self.settings.service.clone(),
            topic: self.settings.input.clone(),
            partition,
            cluster: self.cluster.clone(),
        }
    }

    fn limits(&self) -> StoreLimits {
        StoreLimits { buffer_bytes: self.settings.store.buffer_bytes_per_partition }
    }
}

impl std::fmt::Debug for Restorer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Restorer").field("changelog", &self.settings.changelog).finish_non_exhaustive()
    }
}

enum Interrupted {
    Store(StoreFault),
    Fault(Fault),
}

impl From<StoreFault> for Interrupted {
    fn from(fault: StoreFault) -> Self {
        Self::Store(fault)
    }
}

impl From<Fault> for Interrupted {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Ends the assignment however the replay ends.
struct Assigned<'a>(&'a BaseConsumer<Quiet>);

impl Drop for Assigned<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.0.unassign() {
            tracing::debug!(%error, "unassigning the changelog");
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge")]
fn count(records: i64) -> f64 {
    records as f64
}
