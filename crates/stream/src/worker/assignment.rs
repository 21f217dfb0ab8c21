//! Partitions come and go.

use std::collections::BTreeMap;

use rdkafka::consumer::{Consumer, RebalanceProtocol};
use rdkafka::{Offset, TopicPartitionList};

use super::partition::{Owned, Restoring, Slot};
use super::{Interrupt, Worker};
use crate::client_events::Rebalance;
use crate::fault::Fault;
use crate::processor::Processor;
use crate::restore::Restored;

impl<P: Processor> Worker<P> {
    /// Answers the group. Before a partition is given back what was applied is committed; if it is lost already, another
    /// may own it, and what was applied is void.
    pub(super) fn answer_rebalances(&mut self) -> Result<(), Interrupt> {
        while let Some(rebalance) = self.consumer.context().next_rebalance() {
            match rebalance {
                Rebalance::Assigned(partitions) => self.assigned(&partitions)?,
                Rebalance::Revoked(partitions) => self.revoked(&partitions)?,
            }
        }
        Ok(())
    }

    fn assigned(&mut self, partitions: &TopicPartitionList) -> Result<(), Interrupt> {
        self.metrics.service.rebalances("assigned").inc();
        // A place to stand until the position is known; nothing is fetched from there.
        let mut start = TopicPartitionList::new();
        for element in partitions.elements() {
            start
                .add_partition_offset(element.topic(), element.partition(), Offset::Beginning)
                .map_err(|error| Fault::fatal("assign", error.to_string()))?;
        }
        let assigned = match self.consumer.rebalance_protocol() {
            RebalanceProtocol::Cooperative => self.consumer.incremental_assign(&start),
            RebalanceProtocol::Eager | RebalanceProtocol::None => self.consumer.assign(&start),
        };
        assigned
            .and_then(|()| self.consumer.pause(&start))
            .map_err(|error| Fault::fatal("assign", format!("taking partitions: {error}")))?;
        for element in partitions.elements() {
            self.restore(element.partition());
        }
        self.assigned_once = true;
        self.note_assignment();
        tracing::info!(partitions = partitions.count(), "assigned");
        Ok(())
    }

    fn revoked(&mut self, partitions: &TopicPartitionList) -> Result<(), Interrupt> {
        let lost = self.consumer.assignment_lost();
        self.metrics.service.rebalances(if lost { "lost" } else { "revoked" }).inc();
        tracing::info!(partitions = partitions.count(), lost, "revoked");
        if lost {
            self.metrics.service.faults("assignment_lost").inc();
            // Until the group takes it in again it has no place.
            self.assigned_once = false;
        }
        // Whatever comes of it, the partitions go; what could not be committed is processed again by the next owner.
        let mut ended = if lost { Err(Interrupt::Redo { code: "assignment_lost" }) } else { self.commit() };
        for element in partitions.elements() {
            self.release(element.partition());
        }
        if let Err(Interrupt::Retry { code, .. } | Interrupt::Redo { code }) = ended {
            tracing::warn!(code, "what was applied before the hand-over is processed again");
            ended = self.abort();
        }
        let answered = match self.consumer.rebalance_protocol() {
            RebalanceProtocol::Cooperative => self.consumer.incremental_unassign(partitions),
            RebalanceProtocol::Eager | RebalanceProtocol::None => self.consumer.unassign(),
        };
        if let Err(error) = answered {
            return Err(Interrupt::Fatal { code: "assign", message: format!("giving partitions back: {error}") });
        }
        self.note_assignment();
        ended
    }

    /// Takes over what the restore thread has finished.
    pub(super) fn take_restored(&mut self) -> Result<(), Interrupt> {
        while let Some(done) = self.keeper.next_done()? {
            let current = self
                .slot(done.partition)
                .is_some_and(|slot| matches!(slot, Slot::Restoring(restoring) if restoring.ticket == done.ticket));
            match done.result {
                Ok(restored) if current => self.open(done.partition, restored)?,
                // Given back meanwhile.
                Ok(restored) => self.keeper.close(done.partition, restored.store),
                // The restore has done what trying again could do.
                Err(Fault::Retry { code, message } | Fault::Fatal { code, message }) if current => {
                    return Err(Interrupt::Fatal { code, message });
                }
                Err(fault) if current => return Err(fault.into()),
                Err(_) => {}
            }
        }
        Ok(())
    }

    fn open(&mut self, partition: i32, restored: Restored<P::Row>) -> Result<(), Interrupt> {
        let Restored { store, next, marker } = restored;
        let mut place = TopicPartitionList::new();
        place
            .add_partition_offset(&self.settings.input, partition, Offset::Offset(next.offset))
            .map_err(|error| Fault::fatal("offset", error.to_string()))?;
        self.consumer
            .resume(&place)
            .map_err(|error| Fault::fatal("resume", format!("resuming partition {partition}: {error}")))?;
        self.seek(place)?;
        let owned = Owned {
            store,
            topic: next.topic,
            next: next.offset,
            taken: next.offset,
            before_marks: None,
            committed: next.offset,
            marker,
            // Where a loss was accepted, the marker goes with the first position that is committed.
            touched: marker.is_some_and(|marker| marker != next),
            poisoned: BTreeMap::new(),
            pending_since: None,
            checkpoint_at: self.upkeep.first_checkpoint(partition),
            last_millis: None,
            seen_end: None,
        };
        if let Some(slot) = self.slot(partition) {
            *slot = Slot::Running(Box::new(owned));
        }
        self.processor.opened(partition);
        self.note_assignment();
        Ok(())
    }

    /// Starts restoring a partition that is assigned and paused.
    fn restore(&mut self, partition: i32) {
        let Ok(index) = usize::try_from(partition) else { return };
        if self.slots.len() <= index {
            self.slots.resize_with(index + 1, || Slot::Absent);
        }
        self.tickets += 1;
        let cancelled = self.keeper.restore(partition, self.tickets);
        self.slots[index] = Slot::Restoring(Restoring { ticket: self.tickets, cancelled });
    }

    /// Closes the store of a running partition and restores it: from what is on disk, or from nothing.
    pub(super) fn reopen(&mut self, partition: i32, destroy: bool) -> Result<(), Interrupt> {
        if self.slot(partition).is_none_or(|slot| slot.is_absent()) {
            // It was given back before its damage was dealt with: the next owner will find out.
            return Ok(());
        }
        let mut pause = TopicPartitionList::new();
        pause.add_partition(&self.settings.input, partition);
        self.consumer
            .pause(&pause)
            .map_err(|error| Fault::fatal("pause", format!("pausing partition {partition}: {error}")))?;
        let Some(slot) = self.slot(partition) else { return Ok(()) };
        if let Slot::Running(owned) = std::mem::replace(slot, Slot::Absent) {
            if destroy {
                self.keeper.destroy(partition, owned.store);
            } else {
                self.keeper.close(partition, owned.store);
            }
            self.processor.closed(partition);
        }
        self.restore(partition);
        self.note_assignment();
        Ok(())
    }

    fn release(&mut self, partition: i32) {
        let Some(slot) = self.slot(partition) else { return };
        match std::mem::replace(slot, Slot::Absent) {
            Slot::Running(owned) => {
                self.keeper.close(partition, owned.store);
                self.processor.closed(partition);
            }
            Slot::Restoring(restoring) => restoring.cancel(),
            Slot::Absent => {}
        }
        self.metrics.service.forget_partition(&self.settings.input, &partition.to_string());
    }

    fn note_assignment(&self) {
        let owned = self.slots.iter().filter(|slot| !slot.is_absent()).count();
        let restoring = self.slots.iter().any(Slot::is_restoring);
        self.metrics.partitions_owned.set(f64::from(u32::try_from(owned).unwrap_or(u32::MAX)));
        self.metrics.ready.set(f64::from(u8::from(self.assigned_once && !restoring)));
        self.health.set_assigned(self.assigned_once);
        self.health.set_restored(!restoring);
    }

    pub(super) fn running_partitions(&mut self) -> Vec<i32> {
        self.running().map(|(partition, _)| partition).collect()
    }
}
