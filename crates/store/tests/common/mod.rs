//! A row for tests, and a changelog in memory.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;

use store::{InputPosition, PartitionStore, Row, RowError, SharedMemory, StoreFault, StoreId, StoreLimits, TopicId};

/// A number that may want to be visited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub number: u32,
    pub due: Option<i64>,
}

pub fn note(number: u32, due: Option<i64>) -> Note {
    Note { number, due }
}

const VERSION: u8 = 1;

impl Row for Note {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        out.extend_from_slice(&self.number.to_be_bytes());
        if let Some(due) = self.due {
            out.extend_from_slice(&due.to_be_bytes());
        }
    }

    fn decode(_key: &[u8], bytes: &[u8]) -> Result<Self, RowError> {
        let malformed = || RowError::Malformed("a note has 5 or 13 bytes".to_owned());
        let (version, rest) = bytes.split_first().ok_or_else(malformed)?;
        if *version > VERSION {
            return Err(RowError::Newer { found: (*version).into(), known: VERSION.into() });
        }
        let (number, due) = rest.split_at_checked(4).ok_or_else(malformed)?;
        let number = u32::from_be_bytes(number.try_into().map_err(|_| malformed())?);
        let due = match due {
            [] => None,
            due => Some(i64::from_be_bytes(due.try_into().map_err(|_| malformed())?)),
        };
        Ok(Self { number, due })
    }

    fn due(&self) -> Option<i64> {
        self.due
    }
}

pub type Store = PartitionStore<Note>;

pub fn id() -> StoreId {
    StoreId {
        service: "engine".to_owned(),
        topic: "demand.inbox".to_owned(),
        partition: 3,
        cluster: "MkU3OEVBNTcwNTJENDM2Qk".to_owned(),
    }
}

pub fn open(path: &Path) -> Result<Store, StoreFault> {
    open_with(path, StoreLimits::default())
}

pub fn open_with(path: &Path, limits: StoreLimits) -> Result<Store, StoreFault> {
    PartitionStore::open(path, id(), &SharedMemory::new(8 << 20, 4 << 20), limits)
}

pub const CHANGELOG: TopicId = TopicId(77);

/// An offset in the one topic of these tests.
pub fn at(offset: i64) -> InputPosition {
    InputPosition { topic: TopicId(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef), offset }
}

/// What the changelog topic holds; the offset is the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    Image(Vec<u8>, Option<Vec<u8>>),
    Marker(InputPosition),
}

#[derive(Debug, Default)]
pub struct Changelog(pub Vec<Entry>);

impl Changelog {
    pub fn end(&self) -> i64 {
        self.0.len() as i64
    }

    /// One transaction: rows, marker, Kafka's commit.
    pub fn commit(&mut self, store: &mut Store, input: i64) {
        let log = &mut self.0;
        store
            .prepare(|key, image| {
                log.push(Entry::Image(key.to_vec(), image.map(<[u8]>::to_vec)));
                Ok::<_, ()>(())
            })
            .expect("the changelog takes all");
        let input = at(input);
        log.push(Entry::Marker(input));
        store.committed(input);
    }

    /// Replays what the store lacks; returns how many records that took.
    pub fn restore_into(&self, store: &mut Store) -> u64 {
        let from = store.position().map_or(0, |position| position.changelog);
        let mut restore = store.restore(CHANGELOG, 1_000);
        for (offset, entry) in self.0.iter().enumerate().skip(from as usize) {
            match entry {
                Entry::Image(key, image) => {
                    restore.apply(key, image.as_deref(), offset as i64 + 1).expect("a changelog record");
                }
                Entry::Marker(input) => restore.marker(*input),
            }
        }
        let records = restore.records();
        restore.finish(self.end(), 1_000).expect("the end of the replay");
        records
    }
}

/// What a kill leaves behind: the files as they are now, without what closing the database would still write.
///
/// A kill is one moment, a copy is not: when RocksDB adds or removes a file meanwhile, it is taken again.
pub fn copy_of_disk(from: &Path, to: &Path) {
    loop {
        let _ = std::fs::remove_dir_all(to);
        std::fs::create_dir_all(to).expect("a directory");
        let files = files_of(from);
        let whole = files.iter().all(|file| std::fs::copy(from.join(file), to.join(file)).is_ok());
        if whole && files == files_of(from) {
            return;
        }
    }
}

fn files_of(dir: &Path) -> BTreeSet<OsString> {
    let names = std::fs::read_dir(dir).expect("a store").map(|file| file.expect("a file").file_name());
    names.filter(|name| name != "LOCK").collect()
}
