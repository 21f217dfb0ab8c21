//! Where a relay stands in each partition: what it has read, and what of it is committed.

use observe::ServiceMetrics;
use prometheus::IntCounter;
use rdkafka::{Offset, TopicPartitionList};
use store::{InputPosition, TopicId};

use crate::fault::Fault;
use crate::record::Record;

/// Few topics: found by comparing names.
#[derive(Debug)]
pub(super) struct Positions {
    topics: Vec<Topic>,
}

#[derive(Debug)]
struct Topic {
    name: String,
    consumed: IntCounter,
    /// By partition number.
    partitions: Vec<Option<Place>>,
}

#[derive(Debug)]
struct Place {
    /// The topic, as it was when the partition was taken.
    id: TopicId,
    /// What stands with the group's offset is another: it is committed though nothing has moved.
    renamed: bool,
    /// None before the first record.
    read: Option<Read>,
    records: u64,
    last_millis: Option<i64>,
}

#[derive(Debug, Clone, Copy)]
struct Read {
    /// From here on nothing is committed.
    first: i64,
    /// After the last record processed.
    next: i64,
    /// After the last record that the client gave out, processed or not: it does not come again by itself.
    taken: i64,
    /// Where `next` stood before it passed the marks of transactions, until the next record.
    before_marks: Option<i64>,
}

/// A partition's place, for gauges.
pub(super) struct Standing<'a> {
    pub(super) topic: &'a str,
    pub(super) partition: i32,
    pub(super) next: i64,
    pub(super) last_millis: Option<i64>,
}

impl Positions {
    pub(super) fn new(inputs: &[String], service: &ServiceMetrics) -> Self {
        let topic = |name: &String| Topic {
            name: name.clone(),
            consumed: service.records_consumed(name),
            partitions: Vec::new(),
        };
        Self { topics: inputs.iter().map(topic).collect() }
    }

    /// Takes a partition. `group`: the group's position; `next`: where it goes on. Both are unknown at a first start.
    pub(super) fn assign(
        &mut self,
        (topic, id): (&str, TopicId),
        partition: i32,
        group: Option<InputPosition>,
        next: Option<i64>,
    ) {
        let renamed = group.is_some_and(|group| group.topic != id);
        let group = group.map(|group| group.offset);
        let Some(topic) = self.topics.iter_mut().find(|known| known.name == topic) else { return };
        let Ok(index) = usize::try_from(partition) else { return };
        if topic.partitions.len() <= index {
            topic.partitions.resize_with(index + 1, || None);
        }
        let read = group.zip(next).map(|(first, next)| Read { first, next, taken: next, before_marks: None });
        topic.partitions[index] = Some(Place { id, renamed, read, records: 0, last_millis: None });
    }

    pub(super) fn release(&mut self, topic: &str, partition: i32) {
        let topic = self.topics.iter_mut().find(|known| known.name == topic);
        let place = topic.and_then(|topic| topic.partitions.get_mut(usize::try_from(partition).ok()?));
        if let Some(place) = place {
            *place = None;
        }
    }

    /// Whether a record is to be processed: its partition is ours, and it was not read before.
    pub(super) fn begin(&mut self, record: &Record<'_>) -> bool {
        let Some(place) = self.place(record) else { return false };
        let Record { offset, .. } = *record;
        let read = place.read.get_or_insert(Read { first: offset, next: offset, taken: offset, before_marks: None });
        if read.before_marks.take_if(|before| offset >= *before).is_some() {
            // Should a record come from where there were to be marks only, the position goes back to it.
            read.next = read.next.min(offset);
        }
        read.taken = read.taken.max(offset + 1);
        place.last_millis = record.timestamp_millis;
        offset >= read.next
    }

    /// A record is processed; its outputs are on their way.
    pub(super) fn done(&mut self, record: &Record<'_>) {
        let Some(place) = self.place(record) else { return };
        if let Some(read) = &mut place.read {
            read.next = record.offset + 1;
        }
        place.records += 1;
    }

    /// Moves positions to where `passed` (topic, partition) says that everything is processed. Whether one moved.
    pub(super) fn pass_marks(&mut self, passed: impl Fn(&str, i32) -> Option<i64>) -> bool {
        let mut moved = false;
        for topic in &mut self.topics {
            for (partition, place) in (0..).zip(&mut topic.partitions) {
                let Some(read) = place.as_mut().and_then(|place| place.read.as_mut()) else { continue };
                let Some(passed) = passed(&topic.name, partition).filter(|passed| *passed > read.next) else {
                    continue;
                };
                read.before_marks.get_or_insert(read.next);
                read.next = passed;
                read.taken = read.taken.max(passed);
                moved = true;
            }
        }
        moved
    }

    pub(super) fn to_commit(&self) -> Result<TopicPartitionList, Fault> {
        self.list(|place, read| (read.next != read.first || place.renamed).then_some(read.next))
    }

    pub(super) fn committed(&mut self) {
        for topic in &mut self.topics {
            for place in topic.partitions.iter_mut().flatten() {
                topic.consumed.inc_by(std::mem::take(&mut place.records));
                place.renamed = false;
                if let Some(read) = &mut place.read {
                    read.first = read.next;
                }
            }
        }
    }

    /// Back to what is committed: where to seek.
    pub(super) fn rewind(&mut self) -> Result<TopicPartitionList, Fault> {
        let back = self.list(|_, read| (read.taken != read.first).then_some(read.first))?;
        for place in self.topics.iter_mut().flat_map(|topic| topic.partitions.iter_mut().flatten()) {
            place.records = 0;
            if let Some(read) = &mut place.read {
                (read.next, read.taken, read.before_marks) = (read.first, read.first, None);
            }
        }
        Ok(back)
    }

    /// The topics, each with what it was when its partitions were taken.
    pub(super) fn topics(&self) -> impl Iterator<Item = (&str, impl Iterator<Item = TopicId>)> {
        self.topics.iter().map(|topic| (topic.name.as_str(), topic.partitions.iter().flatten().map(|place| place.id)))
    }

    pub(super) fn assigned(&self) -> usize {
        self.topics.iter().map(|topic| topic.partitions.iter().flatten().count()).sum()
    }

    pub(super) fn places(&self) -> impl Iterator<Item = Standing<'_>> {
        self.topics.iter().flat_map(|topic| {
            (0..).zip(&topic.partitions).filter_map(|(partition, place)| {
                let place = place.as_ref()?;
                let Read { next, .. } = place.read?;
                Some(Standing { topic: &topic.name, partition, next, last_millis: place.last_millis })
            })
        })
    }

    /// The partitions for which `offset` has something to say.
    fn list(&self, offset: impl Fn(&Place, Read) -> Option<i64>) -> Result<TopicPartitionList, Fault> {
        let mut list = TopicPartitionList::new();
        for topic in &self.topics {
            for (partition, place) in (0..).zip(&topic.partitions) {
                let Some(place) = place else { continue };
                let Some(offset) = place.read.and_then(|read| offset(place, read)) else { continue };
                let mut element = list.add_partition(&topic.name, partition);
                element
                    .set_offset(Offset::Offset(offset))
                    .map_err(|error| Fault::fatal("offset", error.to_string()))?;
                if place.id != TopicId::UNKNOWN {
                    element.set_metadata(metadata(place.id));
                }
            }
        }
        Ok(list)
    }

    fn place(&mut self, record: &Record<'_>) -> Option<&mut Place> {
        let topic = self.topics.iter_mut().find(|known| known.name == record.topic)?;
        topic.partitions.get_mut(usize::try_from(record.partition).ok()?)?.as_mut()
    }
}

/// What is committed with an offset: the topic that it is one of. A new topic of that name may reach as far.
fn metadata(id: TopicId) -> String {
    format!("{METADATA}{:032x}", id.0)
}

/// The topic whose offset this was committed with.
pub(super) fn topic_of(metadata: &str) -> TopicId {
    let id = metadata.strip_prefix(METADATA).and_then(|id| u128::from_str_radix(id, 16).ok());
    id.map_or(TopicId::UNKNOWN, TopicId)
}

const METADATA: &str = "topic-id:";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_comes_back_from_what_is_committed_with_an_offset() {
        let id = TopicId(0x00ab_cdef);
        assert_eq!(topic_of(&metadata(id)), id);
        assert_eq!(topic_of(""), TopicId::UNKNOWN);
        assert_eq!(topic_of("another client's word"), TopicId::UNKNOWN);
    }
}
