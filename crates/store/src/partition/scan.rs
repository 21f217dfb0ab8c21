//! Rows in order: by prefix of their keys, by the time at which they are due. Merges the buffer and RocksDB.

use std::ops::{Bound, ControlFlow};

use rocksdb::IteratorMode;

use super::{PartitionStore, decode};
use crate::DUE_TABLE;
use crate::due;
use crate::fault::StoreFault;
use crate::key::Key;
use crate::options;
use crate::row::Row;

impl<R: Row> PartitionStore<R> {
    /// Visits the rows whose keys start with `prefix` and, if given, come after `after`, in order of the keys, until
    /// `visit` breaks. Costs a RocksDB scan: not for every record.
    ///
    /// # Errors
    /// As [`PartitionStore::get`].
    pub fn scan_prefix(
        &mut self,
        prefix: &[u8],
        after: Option<&[u8]>,
        mut visit: impl FnMut(&[u8], &R) -> ControlFlow<()>,
    ) -> Result<(), StoreFault> {
        let start = match after.filter(|after| *after >= prefix) {
            Some(after) => [after, &[0]].concat(),
            None => prefix.to_vec(),
        };
        let end = options::after_prefix(prefix);
        let mut stored = self.db.iterator_opt(IteratorMode::Start, options::scan(&start, end)).map(|item| match item {
            Ok(item) => Ok(item),
            Err(error) => Err(StoreFault::from_rocksdb(&self.path, &error)),
        });
        let from = (Bound::Included(start.as_slice()), Bound::Unbounded);
        let mut buffered = self.diverged.range::<[u8], _>(from).take_while(|key| key.starts_with(prefix)).peekable();

        let mut next_stored = stored.next().transpose()?;
        loop {
            // The smaller key first; of equal ones the buffer's.
            let from_buffer = match (&next_stored, buffered.peek()) {
                (None, None) => return Ok(()),
                (Some((key, _)), Some(other)) => &***other <= key.as_ref(),
                (None, Some(_)) => true,
                (Some(_), None) => false,
            };
            let flow = if from_buffer {
                let Some(key) = buffered.next() else { return Ok(()) };
                if next_stored.as_ref().is_some_and(|(other, _)| other.as_ref() == key.as_slice()) {
                    next_stored = stored.next().transpose()?;
                }
                let row = self.buffer.peek(key).and_then(|slot| self.buffer.entry(slot).row.as_ref());
                row.map_or(ControlFlow::Continue(()), |row| visit(key, row))
            } else {
                let Some((key, bytes)) = next_stored.take() else { return Ok(()) };
                next_stored = stored.next().transpose()?;
                match self.buffer.peek(&key).and_then(|slot| self.buffer.entry(slot).row.as_ref()) {
                    Some(row) => visit(&key, row),
                    None => visit(&key, &decode(&self.path, &key, &bytes)?),
                }
            };
            if flow.is_break() {
                return Ok(());
            }
        }
    }

    /// Rows that want to be visited at or before `until_millis`, at most `limit`, in order of (time, key), as the
    /// transaction under way sees them.
    ///
    /// # Errors
    /// As [`PartitionStore::get`].
    pub fn due(&mut self, until_millis: i64, limit: usize) -> Result<Vec<(i64, Key)>, StoreFault> {
        self.sync();
        let mut stored = Vec::new();
        let mut floor = until_millis.saturating_add(1);
        if self.due_floor <= until_millis {
            let end = match until_millis.checked_add(1) {
                Some(end) => Some(due::start(end).to_vec()),
                None => options::after_prefix(&[DUE_TABLE]),
            };
            let read = options::scan(&due::start(self.due_floor), end);
            for item in self.db.iterator_opt(IteratorMode::Start, read) {
                let (entry, _) = item.map_err(|error| StoreFault::from_rocksdb(&self.path, &error))?;
                let Some((at, key)) = due::parse(&entry) else {
                    return Err(StoreFault::Corrupt { path: self.path.clone(), detail: "due index".to_owned() });
                };
                floor = floor.min(at);
                if stored.len() == limit {
                    break;
                }
                let overlaid = self.buffer.peek(key).is_some_and(|slot| self.buffer.entry(slot).due != Some(at));
                if !overlaid {
                    stored.push((at, Key::from(key)));
                }
            }
            self.due_floor = floor;
        }
        let overlaid = self.overlay.until(until_millis).take(limit).cloned().collect();
        Ok(due::merge(stored, overlaid, limit))
    }
}
