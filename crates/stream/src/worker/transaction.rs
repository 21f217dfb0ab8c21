//! The transaction: when it ends, what goes with it, and what the rows are afterwards.

use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer;
use rdkafka::{Offset, TopicPartitionList};

use super::partition::Slot;
use super::{Interrupt, PAUSE_FIRST, Worker};
use crate::changelog::{MARKER_KEY, encode_marker};
use crate::fault::Fault;
use crate::metrics::seconds;
use crate::processor::Processor;
use crate::producer::CommitOutcome;

const SEEK_PATIENCE: Duration = Duration::from_secs(10);

impl<P: Processor> Worker<P> {
    pub(super) fn commit_is_due(&self) -> bool {
        self.is_full() || self.open_since.is_some_and(|since| since.elapsed() >= self.settings.commit.interval)
    }

    pub(super) fn is_full(&self) -> bool {
        let limits = &self.settings.commit;
        self.records + self.sent.records >= limits.records || self.sent.bytes >= limits.bytes
    }

    /// Commits what was applied, if anything was.
    pub(super) fn commit(&mut self) -> Result<(), Interrupt> {
        let Some(since) = self.open_since else { return Ok(()) };
        self.before_commit()?;
        self.send_changelog()?;
        // Nothing was sent and nothing moved: ticks that found nothing to do.
        if self.producer.in_transaction() {
            self.metrics.process_seconds.observe(seconds(since.elapsed()));
            self.end_transaction()?;
        } else {
            self.settle();
        }
        self.pause = PAUSE_FIRST;
        self.health.committed();
        self.health.set_idle(true);
        Ok(())
    }

    /// Ends the open transaction with the positions of all partitions.
    fn end_transaction(&mut self) -> Result<(), Interrupt> {
        let Some(group) = self.consumer.group_metadata() else {
            return Err(Interrupt::Fatal { code: "group", message: "the consumer has no group".to_owned() });
        };
        let offsets = self.positions(|owned| owned.next)?;
        match self.producer.commit(&offsets, &group, &self.metrics) {
            CommitOutcome::Committed => {
                self.count_committed();
                self.settle();
                self.believe_ends();
                self.write_full_stores()
            }
            CommitOutcome::Failed(message) => Err(Interrupt::Retry { code: "transaction_aborted", message }),
            CommitOutcome::InDoubt(message) => Err(Interrupt::InDoubt { message }),
        }
    }

    /// What was read of the changelogs' ends before a commit that the group let pass, we read as owner.
    fn believe_ends(&mut self) {
        for (_, owned) in self.running() {
            if let Some((end, wall_millis)) = owned.seen_end.take() {
                owned.store.note_changelog(end, wall_millis);
            }
        }
    }

    /// A transaction of positions only, while nothing is open: shows whether the partitions are still ours. Where they
    /// are not, the stores keep the older ends, and the group will tell.
    pub(super) fn prove_ownership(&mut self) -> Result<(), Interrupt> {
        if self.running().next().is_none() {
            return Ok(());
        }
        // The marker where none was ever written: the group has no position without one.
        self.send_changelog()?;
        self.producer.begin()?;
        match self.end_transaction() {
            Err(Interrupt::Retry { message, .. }) => {
                tracing::info!(
                    message,
                    "positions were not committed; the stores keep what they knew of the changelogs"
                );
                self.abort()
            }
            ended => ended,
        }
    }

    /// One record per changed row, then the marker where the position moved (or none was ever written).
    fn send_changelog(&mut self) -> Result<(), Interrupt> {
        let topic = &self.settings.changelog;
        for (partition, slot) in (0..).zip(&mut self.slots) {
            let Slot::Running(owned) = slot else { continue };
            let producer = &mut self.producer;
            let sent = &mut self.sent;
            let mut send = |key: &[u8], value: Option<&[u8]>| {
                producer.send(topic, Some(partition), Some(key), value, &[], None)?;
                sent.add(key.len() + value.map_or(0, <[u8]>::len));
                sent.changelog += 1;
                Ok::<_, Fault>(())
            };
            owned.store.prepare(&mut send)?;
            let position = owned.position();
            if owned.marker != Some(position) && (owned.touched || owned.marker.is_none()) {
                send(&MARKER_KEY, Some(&encode_marker(position)))?;
            }
        }
        Ok(())
    }

    /// A position of every partition that is processed, moved or not: the group's generation is checked with the
    /// offsets, which is what fences a worker that does not know yet that it lost its place.
    fn positions(&self, of: impl Fn(&super::Owned<P::Row>) -> i64) -> Result<TopicPartitionList, Fault> {
        let mut positions = TopicPartitionList::with_capacity(self.slots.len());
        for (partition, slot) in (0..).zip(&self.slots) {
            let Slot::Running(owned) = slot else { continue };
            positions
                .add_partition_offset(&self.settings.input, partition, Offset::Offset(of(owned)))
                .map_err(|error| Fault::fatal("offset", error.to_string()))?;
        }
        Ok(positions)
    }

    /// The transaction under way is over, and it was committed.
    fn settle(&mut self) {
        let now = Instant::now();
        for (_, owned) in self.running() {
            if owned.store.dirty_rows() > 0 || owned.committed != owned.next || owned.store.position().is_none() {
                owned.store.committed(owned.position());
                owned.pending_since.get_or_insert(now);
            }
            owned.committed = owned.next;
            if owned.touched || owned.marker.is_none() {
                owned.marker = Some(owned.position());
            }
            owned.touched = false;
            owned.poisoned = owned.poisoned.split_off(&owned.committed);
        }
        self.clear_transaction();
    }

    fn clear_transaction(&mut self) {
        self.sent.clear();
        self.records = 0;
        self.open_since = None;
    }

    fn count_committed(&mut self) {
        let metrics = &self.metrics;
        metrics.committed.inc();
        metrics.records_per_transaction.observe(f64::from(u32::try_from(self.records).unwrap_or(u32::MAX)));
        metrics.consumed.inc_by(self.records as u64);
        metrics.changelog_produced.inc_by(self.sent.changelog);
        metrics.dead_letters_produced.inc_by(self.sent.dead_letters);
        for (counter, count) in metrics.produced.iter().zip(&self.sent.by_topic) {
            counter.inc_by(*count);
        }
        self.processor.committed();
    }

    /// Undoes the transaction under way: rows as committed, positions as committed, the records come again.
    pub(super) fn abort(&mut self) -> Result<(), Interrupt> {
        self.producer.abort();
        self.metrics.aborted.inc();
        self.clear_transaction();
        self.processor.aborted();
        let mut back = TopicPartitionList::new();
        let mut damaged = None;
        for (partition, slot) in (0..).zip(&mut self.slots) {
            let Slot::Running(owned) = slot else { continue };
            if let Err(fault) = owned.store.abort() {
                damaged = Some((partition, fault));
            }
            owned.touched = false;
            owned.next = owned.committed;
            owned.before_marks = None;
            // Also where the very first record since the commit failed: it was taken, though nothing was applied.
            if owned.taken != owned.committed {
                owned.taken = owned.committed;
                back.add_partition_offset(&self.settings.input, partition, Offset::Offset(owned.committed))
                    .map_err(|error| Fault::fatal("offset", error.to_string()))?;
            }
        }
        self.seek(back)?;
        match damaged {
            Some((partition, fault)) if fault.is_cured_by_rebuild() => {
                Err(Interrupt::Rebuild { partition, message: fault.to_string() })
            }
            Some((_, fault)) => Err(Fault::from(fault).into()),
            None => Ok(()),
        }
    }

    /// Moves the consumer. What was fetched before is dropped by the client.
    pub(super) fn seek(&mut self, to: TopicPartitionList) -> Result<(), Fault> {
        if to.count() == 0 {
            return Ok(());
        }
        let sought = self.consumer.seek_partitions(to, SEEK_PATIENCE);
        self.queue.sought(&self.consumer);
        let sought = sought.map_err(|error| match self.consumer.client().fatal_error() {
            // Nothing works any more with a client that was fenced; that is what to tell.
            Some((code, reason)) => Fault::fatal("consumer_fenced", format!("{code}: {reason}")),
            None => Fault::fatal("seek", format!("seeking back: {error}")),
        })?;
        for element in sought.elements() {
            if let Err(error) = element.error() {
                let place = format!("{}[{}]", element.topic(), element.partition());
                return Err(Fault::fatal("seek", format!("seeking {place}: {error}")));
            }
        }
        Ok(())
    }

    /// A commit may have happened. Every partition is read back from Kafka: what was committed is in the changelog, and
    /// a restore waits until no transaction is open there. The new producer's first call ends the one in doubt; when the
    /// brokers cannot be reached for that, the next transaction will see to it.
    pub(super) fn reopen_all(&mut self) -> Result<(), Interrupt> {
        self.metrics.aborted.inc();
        self.clear_transaction();
        self.processor.aborted();
        for partition in self.running_partitions() {
            self.reopen(partition, false)?;
        }
        Ok(self.producer.replace("in_doubt", true)?)
    }

    /// A damaged store, after an abort.
    pub(super) fn rebuild(&mut self, partition: i32) -> Result<(), Interrupt> {
        self.rebuilds += 1;
        if self.rebuilds > super::REBUILDS_MAX {
            let message = format!("the store of partition {partition} was found damaged again; check the disk");
            return Err(Interrupt::Fatal { code: "store_corrupt", message });
        }
        self.reopen(partition, true)
    }
}
