//! The rows in memory: a table of slots with a clock hand. Knows nothing of RocksDB.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::key::Key;

/// Memory of a row besides its content: the slot, its place in the table, allocator overhead.
const ROW_OVERHEAD: usize = 160;
/// Slots the hand passes per row that comes in, when the buffer is full. More than one in the long run, so that it
/// catches up; bounded, so that a read costs the same when most rows are waiting for RocksDB.
const HAND_STEPS: usize = 32;

/// The last image of a row that Kafka committed.
#[derive(Debug)]
pub(crate) enum Committed {
    /// RocksDB holds it (`present`), or holds nothing under this key.
    Stored { present: bool },
    /// RocksDB does not hold it yet; none: deleted.
    Pending { image: Option<Box<[u8]>>, due: Option<i64> },
}

#[derive(Debug)]
pub(crate) struct Entry<R> {
    pub(crate) key: Key,
    /// As the transaction under way sees it; none: there is no such row.
    pub(crate) row: Option<R>,
    pub(crate) committed: Committed,
    /// Under which time RocksDB's due index holds the row.
    pub(crate) stored_due: Option<i64>,
    /// Under which time `due` finds it; differs from the row's own only while `unsynced`.
    pub(crate) due: Option<i64>,
    pub(crate) dirty: bool,
    pub(crate) unsynced: bool,
    referenced: bool,
    /// Nobody has looked at it since it was put: not worth keeping once RocksDB has it.
    pub(crate) write_only: bool,
    weight: usize,
}

impl<R> Entry<R> {
    /// A row as RocksDB holds it.
    pub(crate) fn stored(key: &[u8], row: Option<R>, due: Option<i64>, encoded_bytes: usize) -> Self {
        let key = Key::from(key);
        let weight = weigh(&key, encoded_bytes);
        let committed = Committed::Stored { present: row.is_some() };
        Self {
            key,
            row,
            committed,
            stored_due: due,
            due,
            dirty: false,
            unsynced: false,
            referenced: false,
            write_only: false,
            weight,
        }
    }

    /// No row yet, and nothing in RocksDB.
    pub(crate) fn write_only(key: &[u8]) -> Self {
        Self { write_only: true, ..Self::stored(key, None, None, 0) }
    }

    /// True when RocksDB does not hold what the transaction sees: the row must stay in memory.
    pub(crate) fn diverges(&self) -> bool {
        self.dirty || matches!(self.committed, Committed::Pending { .. })
    }
}

#[derive(Debug)]
pub(crate) struct Buffer<R> {
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
    slots: Vec<Option<Entry<R>>>,
    free: Vec<u32>,
    hand: usize,
    weight: usize,
    limit: usize,
}

impl<R> Buffer<R> {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            table: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            slots: Vec::new(),
            free: Vec::new(),
            hand: 0,
            weight: 0,
            limit,
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.table.len()
    }

    /// The slot of a key; marks it as used.
    pub(crate) fn find(&mut self, key: &[u8]) -> Option<u32> {
        let slot = self.peek(key)?;
        let entry = self.entry_mut(slot);
        entry.referenced = true;
        entry.write_only = false;
        Some(slot)
    }

    /// The slot of a key, without marking it.
    pub(crate) fn peek(&self, key: &[u8]) -> Option<u32> {
        let hash = self.hasher.hash_one(key);
        let slots = &self.slots;
        self.table.find(hash, |slot| key_of(slots, *slot) == key).copied()
    }

    pub(crate) fn insert(&mut self, entry: Entry<R>) -> u32 {
        self.evict(HAND_STEPS);
        self.weight += entry.weight;
        let hash = self.hasher.hash_one(entry.key.as_slice());
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = Some(entry);
                slot
            }
            None => {
                let slot = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
                self.slots.push(Some(entry));
                slot
            }
        };
        let Self { table, hasher, slots, .. } = self;
        table.insert_unique(hash, slot, |slot| hasher.hash_one(key_of(slots, *slot)));
        slot
    }

    pub(crate) fn remove(&mut self, slot: u32) {
        let Some(entry) = self.slots[slot as usize].take() else { return };
        self.weight -= entry.weight;
        let hash = self.hasher.hash_one(entry.key.as_slice());
        if let Ok(place) = self.table.find_entry(hash, |other| *other == slot) {
            place.remove();
        }
        self.free.push(slot);
    }

    pub(crate) fn entry(&self, slot: u32) -> &Entry<R> {
        occupied(self.slots[slot as usize].as_ref())
    }

    pub(crate) fn entry_mut(&mut self, slot: u32) -> &mut Entry<R> {
        occupied(self.slots[slot as usize].as_mut())
    }

    /// Adjusts the account after a row was encoded anew; `image_bytes` are kept besides the row.
    pub(crate) fn reweigh(&mut self, slot: u32, encoded_bytes: usize, image_bytes: usize) {
        let entry = occupied(self.slots[slot as usize].as_mut());
        let weight = weigh(&entry.key, encoded_bytes) + image_bytes;
        self.weight = self.weight - entry.weight + weight;
        entry.weight = weight;
    }

    /// Drops clean rows that were not used since the hand last passed, until the limit holds.
    pub(crate) fn evict(&mut self, steps: usize) {
        for _ in 0..steps {
            if self.weight <= self.limit || self.slots.is_empty() {
                return;
            }
            self.hand = (self.hand + 1) % self.slots.len();
            let Some(entry) = &mut self.slots[self.hand] else { continue };
            if entry.diverges() {
                continue;
            }
            if entry.referenced {
                entry.referenced = false;
            } else {
                self.remove(u32::try_from(self.hand).unwrap_or(u32::MAX));
            }
        }
    }

    /// One full round of the hand.
    pub(crate) fn evict_round(&mut self) {
        self.evict(self.slots.len());
    }
}

fn weigh(key: &Key, encoded_bytes: usize) -> usize {
    ROW_OVERHEAD + key.heap_bytes() + 2 * encoded_bytes
}

fn key_of<R>(slots: &[Option<Entry<R>>], slot: u32) -> &[u8] {
    slots[slot as usize].as_ref().map_or(&[], |entry| entry.key.as_slice())
}

/// Slots in the table and in the store's lists are occupied by construction; anything else is a bug here.
fn occupied<T>(entry: Option<T>) -> T {
    entry.expect("a slot that is listed holds a row")
}
