//! What a processor may touch while it applies a record: the rows of that record's partition, and the outputs.

use std::ops::ControlFlow;

use store::{Key, PartitionStore, Row};

use crate::dead_letter::DeadLetter;
use crate::fault::Fault;
use crate::output::{Output, Sink};

/// The rows of one partition and the way out, for the length of one call.
pub struct Context<'a, R> {
    partition: i32,
    store: &'a mut PartitionStore<R>,
    sink: &'a mut dyn Sink,
    touched: bool,
}

impl<'a, R: Row> Context<'a, R> {
    /// The runtime makes these; tests and simulations may, with a store of their own and a list as sink.
    pub fn new(partition: i32, store: &'a mut PartitionStore<R>, sink: &'a mut dyn Sink) -> Self {
        Self { partition, store, sink, touched: false }
    }

    /// The input partition.
    #[must_use]
    pub fn partition(&self) -> i32 {
        self.partition
    }

    /// A row. See [`PartitionStore::get`] for this and the next ones.
    ///
    /// # Errors
    /// A [`Fault`] of the store; pass it on.
    pub fn get(&mut self, key: &[u8]) -> Result<Option<&R>, Fault> {
        Ok(self.store.get(key)?)
    }

    /// A row, to be changed.
    ///
    /// # Errors
    /// As [`Context::get`].
    pub fn get_mut(&mut self, key: &[u8]) -> Result<Option<&mut R>, Fault> {
        self.touched = true;
        Ok(self.store.get_mut(key)?)
    }

    /// A row, to be changed, made where there is none.
    ///
    /// # Errors
    /// As [`Context::get`].
    pub fn get_or_insert_with(&mut self, key: &[u8], make: impl FnOnce() -> R) -> Result<&mut R, Fault> {
        self.touched = true;
        Ok(self.store.get_or_insert_with(key, make)?)
    }

    /// Sets a row.
    ///
    /// # Errors
    /// As [`Context::get`].
    pub fn put(&mut self, key: &[u8], row: R) -> Result<(), Fault> {
        self.touched = true;
        Ok(self.store.put(key, row)?)
    }

    /// Sets a row under a key that is known to have none.
    pub fn put_new(&mut self, key: &[u8], row: R) {
        self.touched = true;
        self.store.put_new(key, row);
    }

    /// Removes a row.
    ///
    /// # Errors
    /// As [`Context::get`].
    pub fn delete(&mut self, key: &[u8]) -> Result<(), Fault> {
        self.touched = true;
        Ok(self.store.delete(key)?)
    }

    /// Removes a row and hands it out.
    ///
    /// # Errors
    /// As [`Context::get`].
    pub fn take(&mut self, key: &[u8]) -> Result<Option<R>, Fault> {
        self.touched = true;
        Ok(self.store.take(key)?)
    }

    /// Visits rows by prefix; costs a RocksDB scan. See [`PartitionStore::scan_prefix`].
    ///
    /// # Errors
    /// As [`Context::get`].
    pub fn scan_prefix(
        &mut self,
        prefix: &[u8],
        after: Option<&[u8]>,
        visit: impl FnMut(&[u8], &R) -> ControlFlow<()>,
    ) -> Result<(), Fault> {
        Ok(self.store.scan_prefix(prefix, after, visit)?)
    }

    /// Rows that want to be visited by then. See [`PartitionStore::due`].
    ///
    /// # Errors
    /// As [`Context::get`].
    pub fn due(&mut self, until_millis: i64, limit: usize) -> Result<Vec<(i64, Key)>, Fault> {
        Ok(self.store.due(until_millis, limit)?)
    }

    /// Sends one record within the transaction.
    ///
    /// # Errors
    /// A [`Fault`] of the client; pass it on.
    pub fn send(&mut self, output: &Output<'_>) -> Result<(), Fault> {
        self.touched = true;
        self.sink.send(output)
    }

    /// Sends a dead letter within the transaction: for one element of a record, or with a reason of the domain's.
    ///
    /// # Errors
    /// As [`Context::send`].
    pub fn dead_letter(&mut self, letter: &DeadLetter<'_>) -> Result<(), Fault> {
        self.touched = true;
        self.sink.dead_letter(letter)
    }

    /// True once a row was asked for to be changed or anything was sent through this context.
    #[must_use]
    pub fn touched(&self) -> bool {
        self.touched
    }
}

impl<R> std::fmt::Debug for Context<'_, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").field("partition", &self.partition).finish_non_exhaustive()
    }
}
