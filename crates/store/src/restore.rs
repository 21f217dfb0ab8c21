//! Filling a store from its changelog.
//!
//! A replay runs from [`Position::changelog`] (or the changelog's beginning) to its end, always. Progress is saved on
//! the way: the rows are then those of some point further on, and the position says to replay from there. Only the end
//! of the replay makes the position's input offset true, and only then is the store used.

use std::collections::BTreeMap;

use rocksdb::WriteBatch;

use crate::due;
use crate::fault::StoreFault;
use crate::key::Key;
use crate::meta::{self, InputPosition, META_KEY, Position, TopicId};
use crate::partition::PartitionStore;
use crate::row::Row;
use crate::{DUE_TABLE, META_TABLE};

const BATCH_BYTES: usize = 8 << 20;

/// A replay under way.
#[derive(Debug)]
pub struct Restore<'a, R> {
    store: &'a mut PartitionStore<R>,
    /// Newest image per key since the last batch; sorted, as RocksDB likes it.
    images: BTreeMap<Key, Option<Box<[u8]>>>,
    bytes: usize,
    records: u64,
    started_millis: i64,
}

impl<R: Row> PartitionStore<R> {
    /// Starts a replay of a changelog into this store, in which nothing may be buffered.
    pub fn restore(&mut self, changelog: TopicId, wall_millis: i64) -> Restore<'_, R> {
        assert_eq!(self.buffered_rows(), 0, "a replay comes before the first use");
        self.set_changelog_topic(changelog);
        Restore { store: self, images: BTreeMap::new(), bytes: 0, records: 0, started_millis: wall_millis }
    }
}

impl<R: Row> Restore<'_, R> {
    /// Takes the next changelog record; none deletes the row. `changelog` is the offset after it.
    ///
    /// # Errors
    /// [`StoreFault`] when a row is not one, or of RocksDB.
    pub fn apply(&mut self, key: &[u8], image: Option<&[u8]>, changelog: i64) -> Result<(), StoreFault> {
        if matches!(key.first(), None | Some(&META_TABLE | &DUE_TABLE)) {
            let path = self.store.path().to_path_buf();
            return Err(StoreFault::Corrupt { path, detail: "changelog record with a reserved key".to_owned() });
        }
        self.bytes += key.len() + image.map_or(0, <[u8]>::len);
        self.records += 1;
        self.images.insert(Key::from(key), image.map(Box::from));
        if self.bytes >= BATCH_BYTES {
            self.save(changelog)?;
        }
        Ok(())
    }

    /// Takes a position marker: where the last transaction seen ended in the input.
    pub fn marker(&mut self, input: InputPosition) {
        let changelog_topic = self.store.changelog_topic();
        let (.., position, _) = self.store.parts();
        let none = Position { input, changelog_topic, changelog: 0, as_of_millis: self.started_millis };
        let old = position.unwrap_or(none);
        *position = Some(Position { input, ..old });
    }

    /// Records taken so far.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.records
    }

    /// The replay reached the end offset `changelog`, read at `wall_millis`. Returns the position; none where the
    /// changelog holds no marker and the store held none.
    ///
    /// # Errors
    /// As [`Restore::apply`].
    pub fn finish(mut self, changelog: i64, wall_millis: i64) -> Result<Option<Position>, StoreFault> {
        self.save(changelog)?;
        let (db, path, id, unlogged, position, _) = self.store.parts();
        if let Some(position) = position {
            position.changelog = changelog;
            position.as_of_millis = wall_millis;
            let mut bytes = Vec::new();
            meta::encode(id, position, &mut bytes);
            db.put_opt(META_KEY, &bytes, unlogged).map_err(|error| StoreFault::from_rocksdb(path, &error))?;
        }
        Ok(position.filter(|position| position.input.offset >= 0))
    }

    fn save(&mut self, changelog: i64) -> Result<(), StoreFault> {
        let changelog_topic = self.store.changelog_topic();
        let (db, path, id, unlogged, position, due_floor) = self.store.parts();
        let fault = |error: rocksdb::Error| StoreFault::from_rocksdb(path, &error);
        let due_of = |key: &Key, bytes: &[u8]| -> Result<Option<i64>, StoreFault> {
            let row = R::decode(key, bytes).map_err(|error| StoreFault::from_row(path, key, error))?;
            Ok(row.due())
        };
        let mut batch = WriteBatch::default();
        for (key, image) in &self.images {
            let stored = match db.get_pinned(key).map_err(fault)? {
                Some(bytes) => due_of(key, &bytes)?,
                None => None,
            };
            let due = match image {
                Some(image) => {
                    batch.put(key, image);
                    due_of(key, image)?
                }
                None => {
                    batch.delete(key);
                    None
                }
            };
            if stored != due {
                if let Some(stored) = stored {
                    batch.delete(due::entry(stored, key));
                }
                if let Some(due) = due {
                    batch.put(due::entry(due, key), []);
                    *due_floor = due.min(*due_floor);
                }
            }
        }
        // Rows without metadata would be taken for damage; -1 is an input offset that only lasts until the end.
        let nowhere = InputPosition { topic: TopicId::UNKNOWN, offset: -1 };
        let none = Position { input: nowhere, changelog_topic, changelog: 0, as_of_millis: self.started_millis };
        let old = position.unwrap_or(none);
        let progress = Position { changelog, ..old };
        if !self.images.is_empty() {
            let mut bytes = Vec::new();
            meta::encode(id, &progress, &mut bytes);
            batch.put(META_KEY, &bytes);
            db.write_opt(batch, unlogged).map_err(fault)?;
        }
        if let Some(position) = position {
            position.changelog = changelog;
        }
        self.images.clear();
        self.bytes = 0;
        Ok(())
    }
}
