//! The engine's rows in the runtime's store: the one place where the two meet.

use ::engine::rows::{Row, RowFormatError, Rows};
use std::ops::ControlFlow;
use stream::{Context, Fault, RowError};
use touchpoint::Timestamp;

/// An engine row as the store keeps it.
#[derive(Debug)]
pub(crate) struct StoredRow(pub(crate) Row);

impl stream::Row for StoredRow {
    fn encode(&self, out: &mut Vec<u8>) {
        self.0.encode(out);
    }

    fn decode(key: &[u8], bytes: &[u8]) -> Result<Self, RowError> {
        Row::decode(key, bytes).map(Self).map_err(|error| match error {
            RowFormatError::Newer { found } => {
                RowError::Newer { found: u32::from(found), known: u32::from(::engine::rows::FORMAT) }
            }
            RowFormatError::Malformed { .. } => RowError::Malformed(error.to_string()),
        })
    }

    fn due(&self) -> Option<i64> {
        self.0.due().map(Timestamp::as_millis)
    }
}

/// The rows of one partition, for the length of one call of the processor.
#[derive(Debug)]
pub(crate) struct PartitionRows<'c, 'a> {
    pub(crate) context: &'c mut Context<'a, StoredRow>,
    /// The engine writes without asking; what went wrong is reported when it is done, and the transaction given up.
    failed: Option<Fault>,
}

impl<'c, 'a> PartitionRows<'c, 'a> {
    pub(crate) fn new(context: &'c mut Context<'a, StoredRow>) -> Self {
        Self { context, failed: None }
    }

    /// # Errors
    /// The first write that failed.
    pub(crate) fn finish(self) -> Result<(), Fault> {
        self.failed.map_or(Ok(()), Err)
    }

    fn note(&mut self, written: Result<(), Fault>) {
        if let Err(fault) = written {
            self.failed.get_or_insert(fault);
        }
    }
}

impl Rows for PartitionRows<'_, '_> {
    type Error = Fault;

    fn get(&mut self, key: &[u8]) -> Result<Option<&Row>, Fault> {
        Ok(self.context.get(key)?.map(|row| &row.0))
    }

    fn get_mut(&mut self, key: &[u8]) -> Result<Option<&mut Row>, Fault> {
        Ok(self.context.get_mut(key)?.map(|row| &mut row.0))
    }

    fn put(&mut self, key: Vec<u8>, row: Row) {
        let written = self.context.put(&key, StoredRow(row));
        self.note(written);
    }

    fn put_new(&mut self, key: Vec<u8>, row: Row) {
        self.context.put_new(&key, StoredRow(row));
    }

    fn delete(&mut self, key: &[u8]) {
        let written = self.context.delete(key);
        self.note(written);
    }

    fn scan(&mut self, prefix: &[u8]) -> Result<Vec<(Vec<u8>, Row)>, Fault> {
        let mut rows = Vec::new();
        self.context.scan_prefix(prefix, None, |key, row| {
            rows.push((key.to_vec(), row.0.clone()));
            ControlFlow::Continue(())
        })?;
        Ok(rows)
    }

    fn drain(&mut self, prefix: &[u8]) -> Result<Vec<Row>, Fault> {
        let mut keys = Vec::new();
        self.context.scan_prefix(prefix, None, |key, _| {
            keys.push(Box::<[u8]>::from(key));
            ControlFlow::Continue(())
        })?;
        let mut rows = Vec::with_capacity(keys.len());
        for key in keys {
            rows.extend(self.context.take(&key)?.map(|row| row.0));
        }
        Ok(rows)
    }

    fn due(&mut self, until: Timestamp, most: usize) -> Result<Vec<Vec<u8>>, Fault> {
        let due = self.context.due(until.as_millis(), most)?;
        Ok(due.into_iter().map(|(_, key)| key.to_vec()).collect())
    }
}
