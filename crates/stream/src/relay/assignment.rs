//! Partitions come and go.

use std::collections::BTreeMap;
use std::time::Instant;

use rdkafka::consumer::{Consumer, RebalanceProtocol};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};
use store::{InputPosition, TopicId};

use super::positions::topic_of;
use super::{OFFSETS_PATIENCE, PAUSE_FIRST, Relay, note_client_error};
use crate::fault::Fault;
use crate::lost_input::{self, Held};
use crate::native;
use crate::processor::Transform;

impl<T: Transform> Relay<T> {
    pub(super) fn assigned(&mut self, partitions: &TopicPartitionList) -> Result<(), Fault> {
        self.metrics.service.rebalances("assigned").inc();
        let Some(start) = self.starting_points(partitions)? else { return Ok(()) };
        self.queue.sought(&self.consumer);
        let assigned = match self.consumer.rebalance_protocol() {
            RebalanceProtocol::Cooperative => self.consumer.incremental_assign(&start),
            RebalanceProtocol::Eager | RebalanceProtocol::None => self.consumer.assign(&start),
        };
        assigned.map_err(|error| Fault::fatal("assign", format!("taking partitions: {error}")))?;
        self.health.set_assigned(true);
        self.health.set_restored(true);
        self.metrics.ready.set(1.0);
        self.note_assignment();
        Ok(())
    }

    /// The group's offsets; the beginning where it has none yet. `None`: the partitions are gone again, or the end has
    /// come, before it was told.
    fn starting_points(&mut self, partitions: &TopicPartitionList) -> Result<Option<TopicPartitionList>, Fault> {
        let mut asked = TopicPartitionList::new();
        for element in partitions.elements() {
            asked.add_partition(element.topic(), element.partition());
        }
        // Partitions come just when coordinators move: it is asked again until one answers.
        let (found, topics) = loop {
            let answered = self.topic_ids(partitions).and_then(|topics| {
                let found = self.consumer.committed_offsets(asked.clone(), OFFSETS_PATIENCE)?;
                let failed = found.elements().iter().find_map(|element| element.error().err());
                failed.map_or(Ok((found, topics)), Err)
            });
            match answered {
                Ok(found) => break found,
                Err(error) if self.consumer.assignment_lost() || self.shutdown.is_requested() => {
                    tracing::info!(%error, "partitions went before their offsets were told");
                    return Ok(None);
                }
                Err(error) => {
                    note_client_error(&error, &self.settings)?;
                    self.metrics.service.faults("group_offset").inc();
                    tracing::warn!(%error, group = self.settings.group, "asking for the group's offsets again");
                    self.health.beat();
                    self.shutdown.wait_timeout(PAUSE_FIRST);
                }
            }
        };
        let mut start = TopicPartitionList::new();
        for element in found.elements() {
            let (topic, partition) = (element.topic(), element.partition());
            let id = topics.get(topic).copied().unwrap_or(TopicId::UNKNOWN);
            let topic_then = topic_of(element.metadata());
            let group = match element.offset() {
                Offset::Offset(offset) => Some(InputPosition { topic: topic_then, offset }),
                _ => None,
            };
            let next = group.map(|at| self.still_there((topic, id), partition, at)).transpose()?;
            self.positions.assign((topic, id), partition, group, next);
            if group.is_some_and(|group| Some(group.offset) != next || group.topic != id) {
                // The new position is committed with the next ones.
                self.open_since.get_or_insert_with(Instant::now);
            }
            start
                .add_partition_offset(topic, partition, next.map_or(Offset::Beginning, Offset::Offset))
                .map_err(|error| Fault::fatal("assign", error.to_string()))?;
        }
        Ok(Some(start))
    }

    fn topic_ids(&self, partitions: &TopicPartitionList) -> Result<BTreeMap<String, TopicId>, KafkaError> {
        let mut ids = BTreeMap::new();
        for element in partitions.elements() {
            if !ids.contains_key(element.topic()) {
                let id = native::topic_id(self.consumer.client(), element.topic(), OFFSETS_PATIENCE)?;
                ids.insert(element.topic().to_owned(), id);
            }
        }
        Ok(ids)
    }

    fn still_there(&self, (name, topic): (&str, TopicId), partition: i32, at: InputPosition) -> Result<i64, Fault> {
        // Who does not answer says nothing of a loss; fetching will tell.
        let there = self.consumer.fetch_watermarks(name, partition, OFFSETS_PATIENCE);
        let Ok((low, end)) = there else { return Ok(at.offset) };
        let (who, place) = (format!("group {}", self.settings.group), format!("{name}[{partition}]"));
        let (held, accepted) = (Held { topic, low, end }, self.settings.accept_lost_input);
        lost_input::go_on((&who, &place), at, held, accepted, &self.metrics.service).map(|next| next.offset)
    }

    pub(super) fn revoked(&mut self, partitions: &TopicPartitionList) -> Result<(), Fault> {
        let lost = self.consumer.assignment_lost();
        self.metrics.service.rebalances(if lost { "lost" } else { "revoked" }).inc();
        if lost {
            self.metrics.service.faults("assignment_lost").inc();
            // Until the group takes it in again it has no place.
            self.health.set_assigned(false);
            self.metrics.ready.set(0.0);
        }
        let ended = if lost { self.outlet.settle(|| self.health.beat()) } else { self.commit() };
        for element in partitions.elements() {
            self.positions.release(element.topic(), element.partition());
            self.metrics.service.forget_partition(element.topic(), &element.partition().to_string());
        }
        let answered = match self.consumer.rebalance_protocol() {
            RebalanceProtocol::Cooperative => self.consumer.incremental_unassign(partitions),
            RebalanceProtocol::Eager | RebalanceProtocol::None => self.consumer.unassign(),
        };
        answered.map_err(|error| Fault::fatal("assign", format!("giving partitions back: {error}")))?;
        self.note_assignment();
        ended
    }

    fn note_assignment(&self) {
        self.metrics.partitions_owned.set(f64::from(u32::try_from(self.positions.assigned()).unwrap_or(u32::MAX)));
    }
}
