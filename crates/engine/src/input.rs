//! What comes in by the inbox, and what goes out.

use crate::account::Summary;
use crate::handoffs::{Given, Request, TeamWork};
use crate::version::Activation;
use serde::{Deserialize, Serialize};
use touchpoint::output::{AccountState, Action, ContactState, Handoff, ScoreChange, SegmentChange, StageTransition};
use touchpoint::{AccountId, ContactId, Delivered, Delivery, SubjectId, Timestamp};

/// One record of the inbox. Its key is the subject; ticks and activations are about the partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Input {
    /// From the router.
    Delivery(Delivery),
    /// A contact's part in an account, from the contact's home.
    Summary(Summary),
    /// Partition time; repeats and smaller ones do nothing.
    Tick(Timestamp),
    /// A playbook version comes into force.
    Activation(Activation),
    /// What a contact wants of a desk.
    Request(Box<Request>),
    /// What a desk wants of a team.
    Team(TeamWork),
    /// A team's answer to a desk.
    Given(Given),
}

/// The format that this binary writes, and the newest it reads.
pub const INPUT_FORMAT: u8 = 1;

/// Why bytes are no input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InputFormatError {
    #[error("inbox format {found} is newer than this binary's {INPUT_FORMAT}: run the newer binary")]
    Newer { found: u8 },
    #[error("malformed inbox record: {0}")]
    Malformed(String),
}

impl Input {
    /// A format version and postcard.
    pub fn encode(&self) -> Vec<u8> {
        // Writing to memory fails only for types that postcard cannot hold: none here.
        let bytes = postcard::to_extend(self, vec![INPUT_FORMAT]).unwrap_or_default();
        debug_assert!(!bytes.is_empty(), "an input that postcard cannot hold");
        bytes
    }

    /// # Errors
    /// When a newer binary wrote it, or the bytes are no input.
    pub fn decode(bytes: &[u8]) -> Result<Self, InputFormatError> {
        let (&format, bytes) = bytes.split_first().ok_or_else(|| InputFormatError::Malformed("no bytes".to_owned()))?;
        if format > INPUT_FORMAT {
            return Err(InputFormatError::Newer { found: format });
        }
        postcard::from_bytes(bytes).map_err(|e| InputFormatError::Malformed(e.to_string()))
    }
}

/// What the caller carries out. In the order in which they were decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    StageTransition(Box<StageTransition>),
    ScoreChange(Box<ScoreChange>),
    SegmentChange(Box<SegmentChange>),
    /// What a programme does, or does not do.
    Action(Box<Action>),
    /// What happened to a hand-off.
    Handoff(Box<Handoff>),
    /// The contact's last known state; `None`: it is no more (a tombstone).
    Contact(ContactId, Option<Box<ContactState>>),
    Account(AccountId, Box<AccountState>),
    /// To the inbox of an account.
    Summary(AccountId, Summary),
    /// To the inbox of a desk or a team.
    Send(SubjectId, Box<Input>),
    /// To the inbox of a contact: what its account, or a desk, tells it.
    Signal(ContactId, Box<Delivered>),
    /// A recalled row, back to the owner of the identifier that brought it.
    Return(Box<Delivered>),
    Counted(Counted),
}

/// What happened without an event of its own: a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Counted {
    /// The same input again.
    Duplicate,
    /// Older than the ledger reaches.
    BeyondHorizon,
    /// A version that a higher one has already replaced.
    Superseded,
    /// A withdrawal of a row that is not here.
    NothingToWithdraw,
    /// The fold went back to an earlier row.
    Refold,
    /// A timer moved a contact.
    TimerFired,
    /// A tick far ahead of its record's broker time.
    TickRefused,
    /// A company's signal to a contact that is no more.
    SignalToNobody,
}

impl Counted {
    pub const ALL: [Self; 8] = [
        Self::Duplicate,
        Self::BeyondHorizon,
        Self::Superseded,
        Self::NothingToWithdraw,
        Self::Refold,
        Self::TimerFired,
        Self::TickRefused,
        Self::SignalToNobody,
    ];

    /// The name in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Duplicate => "duplicate",
            Self::BeyondHorizon => "beyond_horizon",
            Self::Superseded => "superseded",
            Self::NothingToWithdraw => "nothing_to_withdraw",
            Self::Refold => "refold",
            Self::TimerFired => "timer_fired",
            Self::TickRefused => "tick_refused",
            Self::SignalToNobody => "signal_to_nobody",
        }
    }
}
