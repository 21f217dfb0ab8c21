//! What is done beside processing: stores follow into RocksDB and onto disk, gauges are set.

use std::sync::Arc;
use std::time::{Duration, Instant};

use observe::clock;
use rdkafka::consumer::Consumer;

use super::partition::Slot;
use super::{Interrupt, PAUSE_FIRST, Worker};
use crate::fault::Fault;
use crate::lost_input;
use crate::metrics::seconds;
use crate::processor::Processor;
use crate::settings::StreamSettings;

const GAUGE_INTERVAL: Duration = Duration::from_secs(1);
const LOOK_INTERVAL: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) struct Upkeep {
    checkpoint_interval: Duration,
    next_gauges: Instant,
    next_look: Instant,
}

impl Upkeep {
    pub(super) fn new(settings: &StreamSettings) -> Self {
        Self {
            checkpoint_interval: settings.store.checkpoint_interval,
            next_gauges: Instant::now(),
            next_look: Instant::now() + LOOK_INTERVAL,
        }
    }

    /// Spread over the interval, so that partitions opened together are not flushed together.
    pub(super) fn first_checkpoint(&self, partition: i32) -> Instant {
        let share = u32::try_from(partition.rem_euclid(16)).unwrap_or_default() + 1;
        Instant::now() + self.checkpoint_interval * share / 16
    }
}

impl<P: Processor> Worker<P> {
    pub(super) fn keep_up(&mut self) -> Result<(), Interrupt> {
        // With nothing open all that the changelog holds of ours is committed: its end is the store's position.
        if self.open_since.is_none() {
            self.checkpoint_one()?;
        }
        self.set_gauges();
        self.look_at_topics()
    }

    /// Whether input and changelog are still those that were there when the partitions were opened: the clients go on in
    /// a new topic of the name as if nothing was.
    fn look_at_topics(&mut self) -> Result<(), Interrupt> {
        let now = Instant::now();
        if now < self.upkeep.next_look {
            return Ok(());
        }
        self.upkeep.next_look = now + LOOK_INTERVAL;
        let settings = Arc::clone(&self.settings);
        let StreamSettings { input, changelog, .. } = &*settings;
        let Some((is_input, is_changelog)) = self.ends.look(input).zip(self.ends.look(changelog)) else {
            return Ok(());
        };
        for (_, owned) in self.running() {
            if is_input.is_other_than(owned.topic) {
                return Err(lost_input::made_anew(input).into());
            }
            if is_changelog.is_other_than(owned.store.changelog_topic()) {
                let message = format!(
                    "{changelog} was made anew while it was written to: what it held is in this service's stores only. Keep them; see the page of this code"
                );
                return Err(Fault::fatal("changelog_lost", message).into());
            }
        }
        Ok(())
    }

    /// Moves committed rows into RocksDB where enough of them wait, or for long enough.
    pub(super) fn write_full_stores(&mut self) -> Result<(), Interrupt> {
        let limits = self.settings.store;
        let started = Instant::now();
        let mut wrote = false;
        for (partition, owned) in self.running() {
            let waits = owned.pending_since.is_some_and(|since| since.elapsed() >= limits.write_interval);
            if waits || owned.store.pending_bytes() >= limits.write_bytes {
                owned.store.write().map_err(|fault| of_store(fault, partition))?;
                owned.pending_since = None;
                wrote = true;
            }
        }
        if wrote {
            self.metrics.store_seconds.observe(seconds(started.elapsed()));
        }
        Ok(())
    }

    /// Flushes the store that has waited longest, if its time has come.
    fn checkpoint_one(&mut self) -> Result<(), Interrupt> {
        let now = Instant::now();
        let due = self.running().filter(|(_, owned)| owned.checkpoint_at <= now);
        let Some(partition) = due.min_by_key(|(_, owned)| owned.checkpoint_at).map(|(partition, _)| partition) else {
            return Ok(());
        };
        let unbelieved = matches!(self.slot(partition), Some(Slot::Running(owned)) if owned.seen_end.is_some());
        // Positions alone are no progress of a record that has to wait.
        let waits = self.pause > PAUSE_FIRST;
        if !waits && (self.pass_marks(partition) || unbelieved) {
            // Nothing was committed for a whole interval: the end would wait for ever, and the store grow old on paper.
            self.prove_ownership()?;
        }
        let next = now + self.upkeep.checkpoint_interval;
        let end = self.ends.of(&self.settings.changelog, partition);
        let Some(Slot::Running(owned)) = self.slot(partition) else { return Ok(()) };
        owned.checkpoint_at = next;
        // Without an answer the old lower bound stays; it is only slower.
        if let Ok((_, end)) = end {
            // One that waits to be believed stays: it is as good.
            owned.seen_end.get_or_insert_with(|| (end, clock::now().as_millis()));
        }
        owned.store.start_flush().map_err(|fault| of_store(fault, partition))?;
        owned.pending_since = None;
        Ok(())
    }

    /// Moves the position over the marks of transactions behind the last record. Left before them it would stand at what
    /// is gone, when retention has taken the last segment of a partition that nobody writes to.
    fn pass_marks(&mut self, partition: i32) -> bool {
        let reach = self.consumer.context().reach_of(&self.settings.input, partition);
        let passed = reach.and_then(|reach| reach.passed(self.queue.drained_at));
        let (Some(passed), Some(Slot::Running(owned))) = (passed, self.slot(partition)) else { return false };
        if passed <= owned.next {
            return false;
        }
        owned.before_marks.get_or_insert(owned.next);
        owned.next = passed;
        owned.taken = owned.taken.max(passed);
        owned.touched = true;
        true
    }

    /// All stores onto disk, with exact positions: the next start replays nothing.
    pub(super) fn flush_all(&mut self) -> Result<(), Interrupt> {
        for partition in self.running_partitions() {
            let end = self.ends.of(&self.settings.changelog, partition);
            let Some(Slot::Running(owned)) = self.slot(partition) else { continue };
            owned.seen_end = end.ok().map(|(_, end)| (end, clock::now().as_millis()));
        }
        self.prove_ownership()?;
        for partition in self.running_partitions() {
            let Some(Slot::Running(owned)) = self.slot(partition) else { continue };
            owned.store.flush().map_err(|fault| of_store(fault, partition))?;
        }
        Ok(())
    }

    pub(super) fn set_gauges(&mut self) {
        let now = Instant::now();
        if now < self.upkeep.next_gauges {
            return;
        }
        self.upkeep.next_gauges = now + GAUGE_INTERVAL;
        self.health.set_connected(self.consumer.context().is_connected());
        let (mut rows, mut nothing_waits) = (0, true);
        let input = &self.settings.input;
        let service = &self.metrics.service;
        for (partition, slot) in (0i32..).zip(&self.slots) {
            let Slot::Running(owned) = slot else { continue };
            rows += owned.store.buffered_rows();
            let name = partition.to_string();
            #[expect(clippy::cast_precision_loss, reason = "gauges")]
            if let Some(reach) = self.consumer.context().reach_of(input, partition) {
                let lag = reach.lag(owned.next, self.queue.drained);
                nothing_waits &= lag == 0;
                service.lag_records(input, &name).set(lag as f64);
                let waits = owned.last_millis.filter(|_| lag > 0);
                service.lag_seconds(input, &name).set(waits.map_or(0.0, |millis| clock::now().seconds_since(millis)));
            }
            #[expect(clippy::cast_precision_loss, reason = "gauges")]
            service.store_bytes(&name).set(owned.store.disk_bytes() as f64);
        }
        self.metrics.buffer_rows.set(f64::from(u32::try_from(rows).unwrap_or(u32::MAX)));
        if nothing_waits && self.open_since.is_none() && self.queue.drained {
            // After an abort: nothing came again.
            self.health.set_idle(true);
        }
    }
}

fn of_store(fault: store::StoreFault, partition: i32) -> Interrupt {
    if fault.is_cured_by_rebuild() {
        return Interrupt::Rebuild { partition, message: fault.to_string() };
    }
    Fault::from(fault).into()
}
