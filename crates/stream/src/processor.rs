//! The two kinds of work this runtime runs.

use crate::context::Context;
use crate::fault::Fault;
use crate::output::Sink;
use crate::record::Record;

/// Stateful work, exactly once: one per worker thread, serving all partitions the worker owns.
///
/// What it keeps besides its rows (caches, buffers for [`Processor::before_commit`]) must survive
/// [`Processor::aborted`]: the records since the last commit come again.
pub trait Processor: Send + 'static {
    /// The rows.
    type Row: store::Row + Send + 'static;

    /// Applies one input record, in order of its partition. `cx` holds the rows of that partition and takes outputs; all
    /// of it becomes visible at once with the transaction.
    ///
    /// # Errors
    /// [`Fault::Poison`] sends the record to the dead letters. Returned before any row was touched and anything sent it
    /// costs nothing; otherwise (and when `apply` panics) the transaction is aborted and its records are processed
    /// again without this one.
    fn apply(&mut self, cx: &mut Context<'_, Self::Row>, record: &Record<'_>) -> Result<(), Fault>;

    /// Before the transaction's commit, for each owned partition in which something was applied or ticked since the
    /// last commit: emit what is coalesced per transaction.
    ///
    /// # Errors
    /// Not [`Fault::Poison`]: there is no record to blame.
    fn before_commit(&mut self, cx: &mut Context<'_, Self::Row>) -> Result<(), Fault> {
        let _ = cx;
        Ok(())
    }

    /// Once a second (see `StreamSettings::tick_interval`) for each owned partition that is restored, with the wall
    /// clock. May send; a record to its own input partition is how time enters the log.
    ///
    /// # Errors
    /// As [`Processor::before_commit`].
    fn tick(&mut self, cx: &mut Context<'_, Self::Row>, wall_millis: i64) -> Result<(), Fault> {
        let _ = (cx, wall_millis);
        Ok(())
    }

    /// A partition was restored and is about to be processed.
    fn opened(&mut self, partition: i32) {
        let _ = partition;
    }

    /// A partition was handed over (committed) or lost.
    fn closed(&mut self, partition: i32) {
        let _ = partition;
    }

    /// The transaction is committed: what was sent since the last call is visible now.
    fn committed(&mut self) {}

    /// The transaction was aborted: forget what was remembered since the last commit, for all partitions.
    fn aborted(&mut self) {}
}

/// Stateless work, at least once: raw record in, touchpoints and dead letters out.
pub trait Transform: Send + 'static {
    /// Turns one record into outputs. The record's offset is committed once all of them are delivered.
    ///
    /// # Errors
    /// [`Fault::Poison`] sends the record to the dead letters (outputs sent before it stay sent); a panic counts as one.
    fn apply(&mut self, record: &Record<'_>, out: &mut dyn Sink) -> Result<(), Fault>;

    /// Everything that was sent since the last call is delivered, and the offsets behind it are committed.
    fn committed(&mut self) {}

    /// What was sent since the last commit is sent again: its records come again.
    fn aborted(&mut self) {}
}
