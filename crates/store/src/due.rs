//! The due index: which rows want to be visited, in order of (time, key).
//!
//! In RocksDB an entry is `255 | time, big-endian with the sign flipped | key` without a value. Rows whose due time in
//! the buffer differs from that entry are overlaid by a sorted set; the entry in RocksDB is then skipped.

use std::collections::BTreeSet;

use crate::DUE_TABLE;
use crate::key::Key;

const PREFIX: usize = 9;

/// The index entry of a row.
pub(crate) fn entry(due: i64, key: &[u8]) -> Vec<u8> {
    let mut entry = Vec::with_capacity(PREFIX + key.len());
    entry.extend_from_slice(&start(due));
    entry.extend_from_slice(key);
    entry
}

/// The first possible entry of a time.
pub(crate) fn start(due: i64) -> [u8; PREFIX] {
    let mut start = [DUE_TABLE; PREFIX];
    start[1..].copy_from_slice(&ordered(due));
    start
}

/// Time and key of an entry; none if the bytes are no entry.
pub(crate) fn parse(entry: &[u8]) -> Option<(i64, &[u8])> {
    let (prefix, key) = entry.split_at_checked(PREFIX)?;
    let ordered: [u8; 8] = prefix[1..].try_into().ok()?;
    let due = i64::from_be_bytes(ordered) ^ i64::MIN;
    (prefix[0] == DUE_TABLE).then_some((due, key))
}

/// Big-endian with the sign flipped: bytes in the order of the times.
fn ordered(due: i64) -> [u8; 8] {
    (due ^ i64::MIN).to_be_bytes()
}

/// Due times in the buffer that differ from RocksDB's index.
#[derive(Debug, Default)]
pub(crate) struct Overlay(BTreeSet<(i64, Key)>);

impl Overlay {
    /// Replaces a row's entry. `stored` is RocksDB's, before and after: an equal time needs no entry here.
    pub(crate) fn replace(&mut self, key: &Key, before: [Option<i64>; 2], after: [Option<i64>; 2]) {
        let [due, stored] = before;
        if let Some(due) = due.filter(|_| due != stored) {
            self.0.remove(&(due, key.clone()));
        }
        let [due, stored] = after;
        if let Some(due) = due.filter(|_| due != stored) {
            self.0.insert((due, key.clone()));
        }
    }

    pub(crate) fn until(&self, until_millis: i64) -> impl Iterator<Item = &(i64, Key)> {
        self.0.iter().take_while(move |(due, _)| *due <= until_millis)
    }
}

/// Merges two sorted lists, at most `limit`.
pub(crate) fn merge(stored: Vec<(i64, Key)>, overlaid: Vec<(i64, Key)>, limit: usize) -> Vec<(i64, Key)> {
    if overlaid.is_empty() {
        return stored;
    }
    let mut all = stored;
    all.extend(overlaid);
    all.sort_unstable();
    all.truncate(limit);
    all
}
