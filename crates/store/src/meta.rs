//! The metadata row: whose store this is, and up to where it holds the truth.

use std::fmt;
use std::path::Path;

use crate::fault::StoreFault;

/// Format of the directory: layout of the metadata row and of the due index. Rows have versions of their own.
pub(crate) const FORMAT: u8 = 2;

/// Where the metadata row lies.
pub(crate) const META_KEY: [u8; 1] = [crate::META_TABLE];

/// Whose rows these are. A directory with another id is not used but rebuilt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreId {
    /// The service, for example `engine`.
    pub service: String,
    /// The input topic.
    pub topic: String,
    /// Its partition.
    pub partition: i32,
    /// Kafka's cluster id; empty where the broker has none.
    pub cluster: String,
}

impl fmt::Display for StoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}[{}] on cluster {:?}", self.service, self.topic, self.partition, self.cluster)
    }
}

/// Which of all the topics that ever had a name: Kafka gives each one that is made an id of its own (KIP-516).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TopicId(pub u128);

impl TopicId {
    /// A broker that tells none.
    pub const UNKNOWN: Self = Self(0);

    /// True when the two are known to be two.
    #[must_use]
    pub fn is_other_than(self, other: Self) -> bool {
        self != other && self != Self::UNKNOWN && other != Self::UNKNOWN
    }
}

/// A place in the input partition. An offset alone would say something of any topic of that name, also of one that was
/// made anew and filled again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InputPosition {
    /// The topic that the offset is one of.
    pub topic: TopicId,
    /// Offset of the next input record.
    pub offset: i64,
}

/// Up to where a store holds the truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The next input record.
    pub input: InputPosition,
    /// The changelog that the next is an offset of.
    pub changelog_topic: TopicId,
    /// Offset in the changelog partition from which a replay completes the rows. A lower bound: what lies between it
    /// and the rows' true age is replayed once more, which changes nothing, since a replay always runs to the end.
    pub changelog: i64,
    /// Wall time at which `changelog` was read from the broker, in milliseconds. A store that was left alone for longer
    /// than the changelog keeps its tombstones must be rebuilt; see [`Position::is_stale`].
    pub as_of_millis: i64,
}

impl Position {
    /// True when tombstones after `changelog` may have been compacted away, so that a replay from there would leave
    /// deleted rows alive. `keep_millis` is the changelog's `delete.retention.ms`, less a margin.
    #[must_use]
    pub fn is_stale(&self, wall_millis: i64, keep_millis: i64) -> bool {
        wall_millis.saturating_sub(self.as_of_millis) > keep_millis
    }
}

pub(crate) fn encode(id: &StoreId, position: &Position, out: &mut Vec<u8>) {
    out.clear();
    out.push(FORMAT);
    out.extend_from_slice(&position.input.topic.0.to_be_bytes());
    out.extend_from_slice(&position.input.offset.to_be_bytes());
    out.extend_from_slice(&position.changelog_topic.0.to_be_bytes());
    out.extend_from_slice(&position.changelog.to_be_bytes());
    out.extend_from_slice(&position.as_of_millis.to_be_bytes());
    out.extend_from_slice(&id.partition.to_be_bytes());
    for name in [&id.service, &id.topic, &id.cluster] {
        // Topic names have at most 249 bytes; the other two are ours and the broker's.
        let len = u16::try_from(name.len()).unwrap_or(u16::MAX);
        out.extend_from_slice(&len.to_be_bytes());
        out.extend_from_slice(&name.as_bytes()[..usize::from(len)]);
    }
}

pub(crate) fn decode(path: &Path, wanted: &StoreId, bytes: &[u8]) -> Result<Position, StoreFault> {
    let version = bytes.first().copied().unwrap_or_default();
    if version > FORMAT {
        return Err(StoreFault::Newer { path: path.to_path_buf(), found: version.into(), known: FORMAT.into() });
    }
    let mut rest = bytes.get(1..).unwrap_or_default();
    let read = read(&mut rest).filter(|_| version == FORMAT && rest.is_empty());
    let Some((position, id)) = read else {
        return Err(StoreFault::Corrupt { path: path.to_path_buf(), detail: "metadata row".to_owned() });
    };
    if id != *wanted {
        return Err(StoreFault::Foreign {
            path: path.to_path_buf(),
            found: id.to_string(),
            wanted: wanted.to_string(),
        });
    }
    Ok(position)
}

fn read(rest: &mut &[u8]) -> Option<(Position, StoreId)> {
    let input = InputPosition { topic: topic(rest)?, offset: int(rest)? };
    let (changelog_topic, changelog) = (topic(rest)?, int(rest)?);
    let position = Position { input, changelog_topic, changelog, as_of_millis: int(rest)? };
    let partition = i32::from_be_bytes(take(rest, 4)?.try_into().ok()?);
    let id = StoreId { service: name(rest)?, topic: name(rest)?, partition, cluster: name(rest)? };
    Some((position, id))
}

fn take<'a>(rest: &mut &'a [u8], len: usize) -> Option<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(len)?;
    *rest = tail;
    Some(head)
}

fn topic(rest: &mut &[u8]) -> Option<TopicId> {
    Some(TopicId(u128::from_be_bytes(take(rest, 16)?.try_into().ok()?)))
}

fn int(rest: &mut &[u8]) -> Option<i64> {
    Some(i64::from_be_bytes(take(rest, 8)?.try_into().ok()?))
}

fn name(rest: &mut &[u8]) -> Option<String> {
    let len = u16::from_be_bytes(take(rest, 2)?.try_into().ok()?);
    String::from_utf8(take(rest, usize::from(len))?.to_vec()).ok()
}
