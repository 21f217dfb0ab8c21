//! The store of one input partition: rows as the transaction sees them, as Kafka committed them, as RocksDB holds them.

mod scan;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rocksdb::{DB, FlushOptions, IteratorMode, WriteBatch, WriteOptions};

use crate::buffer::{Buffer, Committed, Entry};
use crate::due::{self, Overlay};
use crate::fault::StoreFault;
use crate::key::Key;
use crate::meta::{self, InputPosition, META_KEY, Position, StoreId, TopicId};
use crate::options::{self, SharedMemory, StoreLimits};
use crate::row::Row;
use crate::{DUE_TABLE, META_TABLE};

/// See the crate's documentation for the life of a change.
pub struct PartitionStore<R> {
    db: DB,
    path: PathBuf,
    id: StoreId,
    unlogged: WriteOptions,
    buffer: Buffer<R>,
    /// Changed in the transaction under way, in the order of the first change.
    dirty: Vec<u32>,
    /// May have another due time than the overlay says.
    unsynced: Vec<u32>,
    /// Encoded by `prepare`, waiting for Kafka's verdict; none: deleted.
    prepared: Vec<(u32, Option<Box<[u8]>>)>,
    /// Committed, not in RocksDB.
    pending: Vec<u32>,
    pending_bytes: usize,
    /// Keys of dirty and pending rows, in order, for scans.
    diverged: BTreeSet<Key>,
    overlay: Overlay,
    /// No entry in RocksDB's due index is earlier: scans need not walk over what was deleted.
    due_floor: i64,
    position: Option<Position>,
    /// The changelog that was last replayed, which is the one that commits go to.
    changelog_topic: TopicId,
    scratch: Vec<u8>,
}

impl<R: Row> PartitionStore<R> {
    /// Opens or creates the store in `path`.
    ///
    /// # Errors
    /// [`StoreFault`]; where [`StoreFault::is_cured_by_rebuild`], call [`PartitionStore::destroy`], open again and restore.
    pub fn open(path: &Path, id: StoreId, memory: &SharedMemory, limits: StoreLimits) -> Result<Self, StoreFault> {
        std::fs::create_dir_all(path).map_err(|error| StoreFault::from_io(path, &error))?;
        let fault = |error: rocksdb::Error| StoreFault::from_rocksdb(path, &error);
        let db = DB::open(&options::database(memory), path).map_err(fault)?;
        let position = match db.get_pinned(META_KEY).map_err(fault)? {
            Some(bytes) => Some(meta::decode(path, &id, &bytes)?),
            None if db.iterator(IteratorMode::Start).next().is_some() => {
                return Err(StoreFault::Corrupt {
                    path: path.to_path_buf(),
                    detail: "rows without metadata".to_owned(),
                });
            }
            None => None,
        };
        Ok(Self {
            db,
            path: path.to_path_buf(),
            id,
            unlogged: options::unlogged(),
            buffer: Buffer::new(limits.buffer_bytes),
            dirty: Vec::new(),
            unsynced: Vec::new(),
            prepared: Vec::new(),
            pending: Vec::new(),
            pending_bytes: 0,
            diverged: BTreeSet::new(),
            overlay: Overlay::default(),
            due_floor: i64::MIN,
            changelog_topic: position.map_or(TopicId::UNKNOWN, |position| position.changelog_topic),
            position,
            scratch: Vec::new(),
        })
    }

    /// Deletes a store that is not open.
    ///
    /// # Errors
    /// [`StoreFault::Disk`] when the directory cannot be removed.
    pub fn destroy(path: &Path) -> Result<(), StoreFault> {
        match std::fs::remove_dir_all(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(StoreFault::from_io(path, &error)),
            _ => Ok(()),
        }
    }

    /// Up to where the store holds the truth; none before the first commit or restore.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    /// The changelog that the store was completed from.
    #[must_use]
    pub fn changelog_topic(&self) -> TopicId {
        self.changelog_topic
    }

    pub(crate) fn set_changelog_topic(&mut self, topic: TopicId) {
        self.changelog_topic = topic;
        if let Some(position) = &mut self.position {
            position.changelog_topic = topic;
        }
    }

    /// The row as the transaction under way sees it.
    ///
    /// # Errors
    /// [`StoreFault`] when RocksDB or the row cannot be read.
    pub fn get(&mut self, key: &[u8]) -> Result<Option<&R>, StoreFault> {
        let slot = self.load(key)?;
        Ok(self.buffer.entry(slot).row.as_ref())
    }

    /// The row, to be changed; it counts as changed.
    ///
    /// # Errors
    /// As [`PartitionStore::get`].
    pub fn get_mut(&mut self, key: &[u8]) -> Result<Option<&mut R>, StoreFault> {
        let slot = self.load(key)?;
        if self.buffer.entry(slot).row.is_some() {
            self.touch(slot);
        }
        Ok(self.buffer.entry_mut(slot).row.as_mut())
    }

    /// The row, to be changed; made by `make` where there is none.
    ///
    /// # Errors
    /// As [`PartitionStore::get`].
    pub fn get_or_insert_with(&mut self, key: &[u8], make: impl FnOnce() -> R) -> Result<&mut R, StoreFault> {
        let slot = self.load(key)?;
        self.touch(slot);
        Ok(self.buffer.entry_mut(slot).row.get_or_insert_with(make))
    }

    /// Sets the row.
    ///
    /// # Errors
    /// As [`PartitionStore::get`]: the former row's due time must be known.
    pub fn put(&mut self, key: &[u8], row: R) -> Result<(), StoreFault> {
        let slot = self.load(key)?;
        self.touch(slot);
        self.buffer.entry_mut(slot).row = Some(row);
        Ok(())
    }

    /// Sets a row under a key that the caller knows to have none: RocksDB is not asked. It leaves memory when RocksDB has
    /// it, unless somebody looks at it before.
    pub fn put_new(&mut self, key: &[u8], row: R) {
        let slot = match self.buffer.find(key) {
            Some(slot) => slot,
            None => self.buffer.insert(Entry::write_only(key)),
        };
        debug_assert!(self.buffer.entry(slot).row.is_none(), "there is a row under this key");
        self.touch(slot);
        self.buffer.entry_mut(slot).row = Some(row);
    }

    /// Removes the row.
    ///
    /// # Errors
    /// As [`PartitionStore::get`].
    pub fn delete(&mut self, key: &[u8]) -> Result<(), StoreFault> {
        self.take(key).map(drop)
    }

    /// Removes the row and hands it out.
    ///
    /// # Errors
    /// As [`PartitionStore::get`].
    pub fn take(&mut self, key: &[u8]) -> Result<Option<R>, StoreFault> {
        let slot = self.load(key)?;
        if self.buffer.entry(slot).row.is_some() {
            self.touch(slot);
        }
        Ok(self.buffer.entry_mut(slot).row.take())
    }

    /// Encodes what the transaction changed: one call of `emit` per changed row, in the order of the first change, with
    /// none for a deleted one. Then nothing may change until [`committed`](Self::committed) or [`abort`](Self::abort).
    ///
    /// # Errors
    /// Those of `emit`; abort then.
    pub fn prepare<E>(&mut self, mut emit: impl FnMut(&[u8], Option<&[u8]>) -> Result<(), E>) -> Result<(), E> {
        self.sync();
        self.prepared.clear();
        for slot in &self.dirty {
            let entry = self.buffer.entry(*slot);
            let image = match &entry.row {
                Some(row) => {
                    self.scratch.clear();
                    row.encode(&mut self.scratch);
                    emit(&entry.key, Some(&self.scratch))?;
                    Some(Box::from(self.scratch.as_slice()))
                }
                None => {
                    if was_present(&entry.committed) {
                        emit(&entry.key, None)?;
                    }
                    None
                }
            };
            self.prepared.push((*slot, image));
        }
        Ok(())
    }

    /// Kafka committed what [`prepare`](Self::prepare) emitted; `input` is the next input record.
    pub fn committed(&mut self, input: InputPosition) {
        assert_eq!(self.dirty.len(), self.prepared.len(), "committed() needs prepare() before it");
        self.dirty.clear();
        for (slot, image) in self.prepared.drain(..) {
            let image_bytes = image.as_ref().map_or(0, |image| image.len());
            self.buffer.reweigh(slot, image_bytes, image_bytes);
            let entry = self.buffer.entry_mut(slot);
            entry.dirty = false;
            if image.is_none() && matches!(entry.committed, Committed::Stored { present: false }) {
                // Came and went within the transaction.
                self.diverged.remove(&entry.key);
                continue;
            }
            match &entry.committed {
                Committed::Stored { .. } => {
                    self.pending.push(slot);
                    self.pending_bytes += entry.key.len();
                }
                Committed::Pending { image: Some(former), .. } => self.pending_bytes -= former.len(),
                Committed::Pending { image: None, .. } => {}
            }
            self.pending_bytes += image_bytes;
            entry.committed = Committed::Pending { image, due: entry.due };
        }
        let changelog = self.position.map_or((0, i64::MIN), |position| (position.changelog, position.as_of_millis));
        let changelog_topic = self.changelog_topic;
        self.position = Some(Position { input, changelog_topic, changelog: changelog.0, as_of_millis: changelog.1 });
    }

    /// Kafka aborted: every changed row is again what was last committed.
    ///
    /// # Errors
    /// As [`PartitionStore::get`].
    pub fn abort(&mut self) -> Result<(), StoreFault> {
        self.prepared.clear();
        for slot in std::mem::take(&mut self.unsynced) {
            self.buffer.entry_mut(slot).unsynced = false;
        }
        for slot in std::mem::take(&mut self.dirty) {
            let entry = self.buffer.entry_mut(slot);
            entry.dirty = false;
            let before = [entry.due, entry.stored_due];
            match &entry.committed {
                Committed::Stored { .. } => {
                    self.overlay.replace(&entry.key, before, [None, None]);
                    self.diverged.remove(&entry.key);
                    self.buffer.remove(slot);
                }
                Committed::Pending { image, due } => {
                    entry.row = image.as_ref().map(|image| decode(&self.path, &entry.key, image)).transpose()?;
                    entry.due = *due;
                    self.overlay.replace(&entry.key, before, [entry.due, entry.stored_due]);
                }
            }
        }
        Ok(())
    }

    /// Remembers from where a later replay of the changelog must start: its end offset, read from the broker while no
    /// transaction was open. Reaches RocksDB with the next [`write`](Self::write).
    pub fn note_changelog(&mut self, changelog: i64, wall_millis: i64) {
        if let Some(position) = &mut self.position {
            position.changelog = changelog;
            position.as_of_millis = wall_millis;
        }
    }

    /// Moves committed images and the position into RocksDB's memory, in one batch.
    ///
    /// # Errors
    /// [`StoreFault`] of RocksDB.
    pub fn write(&mut self) -> Result<(), StoreFault> {
        let Some(position) = self.position else { return Ok(()) };
        let mut batch = WriteBatch::default();
        for slot in &self.pending {
            let entry = self.buffer.entry(*slot);
            let Committed::Pending { image, due } = &entry.committed else { continue };
            match image {
                Some(image) => batch.put(&entry.key, image),
                None => batch.delete(&entry.key),
            }
            if entry.stored_due != *due {
                if let Some(stored) = entry.stored_due {
                    batch.delete(due::entry(stored, &entry.key));
                }
                if let Some(due) = *due {
                    batch.put(due::entry(due, &entry.key), []);
                    self.due_floor = self.due_floor.min(due);
                }
            }
        }
        meta::encode(&self.id, &position, &mut self.scratch);
        batch.put(META_KEY, &self.scratch);
        self.db.write_opt(batch, &self.unlogged).map_err(|error| StoreFault::from_rocksdb(&self.path, &error))?;

        for slot in std::mem::take(&mut self.pending) {
            let entry = self.buffer.entry_mut(slot);
            let Committed::Pending { image, due } = &entry.committed else { continue };
            let (bytes, present, due) = (image.as_ref().map_or(0, |image| image.len()), image.is_some(), *due);
            entry.committed = Committed::Stored { present };
            self.overlay.replace(&entry.key, [entry.due, entry.stored_due], [entry.due, due]);
            entry.stored_due = due;
            if !entry.dirty {
                self.diverged.remove(&entry.key);
            }
            if entry.write_only && !entry.dirty {
                self.buffer.remove(slot);
            } else {
                self.buffer.reweigh(slot, bytes, 0);
            }
        }
        self.pending_bytes = 0;
        self.buffer.evict_round();
        Ok(())
    }

    /// As [`write`](Self::write), then to disk: what a kill leaves behind.
    ///
    /// # Errors
    /// [`StoreFault`] of RocksDB.
    pub fn flush(&mut self) -> Result<(), StoreFault> {
        self.write()?;
        self.db.flush().map_err(|error| StoreFault::from_rocksdb(&self.path, &error))
    }

    /// As [`flush`](Self::flush), without waiting for the disk.
    ///
    /// # Errors
    /// [`StoreFault`] of RocksDB.
    pub fn start_flush(&mut self) -> Result<(), StoreFault> {
        self.write()?;
        let mut options = FlushOptions::default();
        options.set_wait(false);
        self.db.flush_opt(&options).map_err(|error| StoreFault::from_rocksdb(&self.path, &error))
    }

    /// Bytes of committed images that RocksDB does not hold yet.
    #[must_use]
    pub fn pending_bytes(&self) -> usize {
        self.pending_bytes
    }

    /// Rows changed in the transaction under way.
    #[must_use]
    pub fn dirty_rows(&self) -> usize {
        self.dirty.len()
    }

    /// Rows in memory.
    #[must_use]
    pub fn buffered_rows(&self) -> usize {
        self.buffer.rows()
    }

    /// Bytes of the files on disk, without memtables.
    #[must_use]
    pub fn disk_bytes(&self) -> u64 {
        self.db.property_int_value("rocksdb.total-sst-files-size").ok().flatten().unwrap_or_default()
    }

    /// The directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn load(&mut self, key: &[u8]) -> Result<u32, StoreFault> {
        if let Some(slot) = self.buffer.find(key) {
            return Ok(slot);
        }
        let bytes = self.db.get_pinned(key).map_err(|error| StoreFault::from_rocksdb(&self.path, &error))?;
        let len = bytes.as_ref().map_or(0, |bytes| bytes.len());
        let row: Option<R> = bytes.map(|bytes| decode(&self.path, key, &bytes)).transpose()?;
        let due = row.as_ref().and_then(Row::due);
        Ok(self.buffer.insert(Entry::stored(key, row, due, len)))
    }

    fn touch(&mut self, slot: u32) {
        assert!(self.prepared.is_empty(), "no change between prepare() and committed() or abort()");
        let entry = self.buffer.entry_mut(slot);
        if !entry.unsynced {
            entry.unsynced = true;
            self.unsynced.push(slot);
        }
        if !entry.dirty {
            let table = entry.key.first().copied().unwrap_or(META_TABLE);
            assert!(table != META_TABLE && table != DUE_TABLE, "table bytes 0 and 255 are the store's own");
            entry.dirty = true;
            self.dirty.push(slot);
            if matches!(entry.committed, Committed::Stored { .. }) {
                self.diverged.insert(entry.key.clone());
            }
        }
    }

    /// Brings the due overlay up to what the changed rows say.
    fn sync(&mut self) {
        for slot in self.unsynced.drain(..) {
            let entry = self.buffer.entry_mut(slot);
            entry.unsynced = false;
            let due = entry.row.as_ref().and_then(Row::due);
            if due != entry.due {
                self.overlay.replace(&entry.key, [entry.due, entry.stored_due], [due, entry.stored_due]);
                entry.due = due;
            }
        }
    }

    pub(crate) fn parts(&mut self) -> (&DB, &Path, &StoreId, &WriteOptions, &mut Option<Position>, &mut i64) {
        (&self.db, &self.path, &self.id, &self.unlogged, &mut self.position, &mut self.due_floor)
    }
}

impl<R> std::fmt::Debug for PartitionStore<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PartitionStore")
            .field("id", &self.id)
            .field("position", &self.position)
            .field("rows", &self.buffer.rows())
            .field("pending_bytes", &self.pending_bytes)
            .finish_non_exhaustive()
    }
}

fn was_present(committed: &Committed) -> bool {
    match committed {
        Committed::Stored { present } => *present,
        Committed::Pending { image, .. } => image.is_some(),
    }
}

fn decode<R: Row>(path: &Path, key: &[u8], bytes: &[u8]) -> Result<R, StoreFault> {
    R::decode(key, bytes).map_err(|error| StoreFault::from_row(path, key, error))
}
