//! The head of a contact: the fold of its whole ledger as of now, and what has been told of it.

use crate::aggregate::Aggregate;
use crate::handoffs::Handovers;
use crate::ledger::Place;
use crate::programmes::Enrolments;
use crate::version::VersionIx;
use serde::{Deserialize, Serialize};
use touchpoint::{AccountId, EventId, Text, Timestamp};

/// One row a contact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The fold of all rows, and of all timers due until the last tick.
    pub aggregate: Aggregate,
    /// The last row's place: what comes after it is in order.
    pub last: Option<Place>,
    /// Rows in the whole ledger, and in its tail.
    pub rows: u32,
    pub tail_rows: u32,
    pub chunks: u32,
    /// What the world was told: recorded, read by folds, never recomputed.
    pub announced: Vec<Announced>,
    /// The segments that it was last told to be in; sorted by name.
    pub announced_segments: Vec<AnnouncedSegment>,
    /// Events told so far, per topic: their sequences are dense.
    pub transitions: u64,
    pub score_changes: u64,
    pub segment_changes: u64,
    pub actions: u64,
    /// The programmes that it is in, or was.
    pub programmes: Enrolments,
    /// What it asks for of those who take contacts.
    pub handovers: Handovers,
    /// The person is to be forgotten: its rows are on their way out, and nothing else of it stays.
    pub erased: bool,
    /// When time alone will change something; the beginning of time when the contact waits for the first tick or the
    /// first playbook.
    pub due: Option<Timestamp>,
    /// How many activations were known when this was folded.
    pub folded_with: u16,
    /// The version that was in force when its state was last published.
    pub told_by: VersionIx,
    /// Accounts that have a summary of this contact, and a hash of what it says.
    pub summarised: Vec<(AccountId, u64)>,
    /// Sequence of the last summary, to whichever account.
    pub summaries: u64,
}

/// The stage that was last announced in a life cycle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announced {
    pub life_cycle: Text,
    pub stage: Text,
    /// When the stage took effect, as announced.
    pub since: Timestamp,
    pub event: EventId,
    pub recorded_at: Timestamp,
}

/// A segment whose entry was announced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnnouncedSegment {
    pub segment: Text,
    /// When it was entered, as announced.
    pub since: Timestamp,
    pub event: EventId,
}
