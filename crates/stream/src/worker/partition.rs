//! What a worker knows of each partition.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use store::{InputPosition, PartitionStore, TopicId};

/// A partition's place in the worker.
#[derive(Debug)]
pub(super) enum Slot<R> {
    /// Another's.
    Absent,
    /// Ours, paused, not processed.
    Restoring(Restoring),
    /// Ours and processed.
    Running(Box<Owned<R>>),
}

#[derive(Debug)]
pub(super) struct Restoring {
    pub(super) ticket: u64,
    pub(super) cancelled: Arc<AtomicBool>,
}

/// A partition in process.
#[derive(Debug)]
pub(super) struct Owned<R> {
    pub(super) store: PartitionStore<R>,
    /// The input topic, as it was when the partition was opened.
    pub(super) topic: TopicId,
    /// Offset of the next record to apply.
    pub(super) next: i64,
    /// Offset after the last record that the client gave out, applied or not: it does not come again by itself.
    pub(super) taken: i64,
    /// Where `next` stood before it passed the marks of transactions, until the next record.
    pub(super) before_marks: Option<i64>,
    /// `next` as Kafka committed it.
    pub(super) committed: i64,
    /// The newest marker in the changelog.
    pub(super) marker: Option<InputPosition>,
    /// Something was applied or ticked since the last commit.
    pub(super) touched: bool,
    /// Records that will be dead letters when they come again, by offset.
    pub(super) poisoned: BTreeMap<i64, Poison>,
    /// Since when committed rows wait for RocksDB.
    pub(super) pending_since: Option<Instant>,
    pub(super) checkpoint_at: Instant,
    /// End of the changelog, and the wall time in milliseconds at which it was read. Nothing proves that what stands
    /// before it is ours: a worker that was frozen may have lost the partition without knowing it yet. The next commit
    /// that the group lets pass does.
    pub(super) seen_end: Option<(i64, i64)>,
    /// Kafka timestamp of the last record applied, or of the one that has to wait.
    pub(super) last_millis: Option<i64>,
}

/// Why a record will be a dead letter.
#[derive(Debug)]
pub(super) struct Poison {
    pub(super) code: &'static str,
    pub(super) field: String,
    pub(super) message: String,
}

impl<R> Owned<R> {
    /// The next record to apply.
    pub(super) fn position(&self) -> InputPosition {
        InputPosition { topic: self.topic, offset: self.next }
    }
}

impl<R> Slot<R> {
    pub(super) fn is_restoring(&self) -> bool {
        matches!(self, Self::Restoring(_))
    }

    pub(super) fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

impl Restoring {
    pub(super) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Release);
    }
}
