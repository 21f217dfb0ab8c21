//! Rows of one input partition: a write buffer that is also the cache of hot rows, and RocksDB behind it.
//!
//! The truth is the changelog topic; what lies here is a cache of it that survives a restart. Hence the life of a change:
//!
//! ```text
//!  get_mut / put / delete      the row as the transaction under way sees it            (dirty)
//!  prepare(emit)               one changelog record per dirty row, encoded once
//!  Kafka commits  committed()  the encoded image is the row's last committed image      (pending)
//!  Kafka aborts   abort()      every dirty row is its last committed image again
//!  write()                     pending images and the position in one RocksDB batch, WAL off (stored)
//!  flush()                     RocksDB's memtable on disk: what a kill leaves behind
//! ```
//!
//! So the store may lag behind Kafka's commits by any number of transactions, and is never ahead of one. What it lacks
//! after a kill is replayed from the changelog, from [`Position::changelog`] on.
//!
//! A row may say when it wants to be visited ([`Row::due`]); [`PartitionStore::due`] answers from an index that is derived
//! from the rows, written in the same batch, and has no changelog of its own.
//!
//! Keys are bytes; the first is the *table*, chosen by the domain from `1..=254`. 0 is the store's own metadata (and, in
//! the changelog, the position marker), 255 the due index.

mod buffer;
mod due;
mod fault;
mod key;
mod meta;
mod options;
mod partition;
mod restore;
mod row;

pub use fault::StoreFault;
pub use key::Key;
pub use meta::{InputPosition, Position, StoreId, TopicId};
pub use options::{SharedMemory, StoreLimits};
pub use partition::PartitionStore;
pub use restore::Restore;
pub use row::{Row, RowError};

/// First byte of the store's metadata row, and of the position marker in a changelog.
pub const META_TABLE: u8 = 0;
/// First byte of the due index; never in a changelog.
pub const DUE_TABLE: u8 = 255;
