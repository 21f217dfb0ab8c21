//! The rows of a desk.

use super::watch::Watch;
use super::{Wanted, Word};
use serde::{Deserialize, Serialize};
use touchpoint::output::HandedTo;
use touchpoint::{EventId, Text, Timestamp};

/// What a desk counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskRow {
    /// Events told: their sequence.
    pub events: u64,
    /// Hand-offs opened so far, and rows sent to contacts.
    pub opened: u64,
    pub told: u64,
    /// When it was last told: what it tells is in the order of time, whichever partition's time runs ahead.
    pub last_at: Option<Timestamp>,
}

/// One hand-off that is not over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandoffRow {
    pub id: EventId,
    pub life_cycle: Text,
    pub unit: Option<Text>,
    pub offered_at: Timestamp,
    pub to: HandedTo,
    /// Assignments asked for so far.
    pub round: u32,
    /// Who had it, and did not attend to it or left it to others.
    pub without: Vec<Text>,
    /// Why the last of them has it no more.
    pub passed_on_for: Option<Text>,
    /// Whom it is about, in the order in which they came; at most [`CONTACTS_MAX`].
    pub contacts: Vec<Joined>,
}

/// Contacts of one hand-off: what one person can work on, and one row holds. The next ones get another.
const CONTACTS_MAX: usize = 50;

/// A contact of a hand-off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    pub sequence: u64,
    pub number: u64,
    pub contact: touchpoint::ContactId,
    pub wants: Box<Wanted>,
    pub word: Option<Word>,
    pub first_attempt: Watch,
    pub decision: Watch,
    /// When a promise was first broken since somebody last tried to reach the contact; others may have had it since.
    pub breached_at: Option<Timestamp>,
    /// When the lead is told.
    pub lead_at: Option<Timestamp>,
    /// When the date until which sales holds the contact is to be remembered.
    pub remind_at: Option<Timestamp>,
    /// Nothing is expected any more. It stays here until the contact stops asking, so that it is not offered again.
    pub is_over: bool,
}

impl Joined {
    /// Sales has said that it goes on.
    pub(super) fn is_decided(&self) -> bool {
        self.word.as_ref().is_some_and(|word| !word.rejects())
    }
}

impl HandoffRow {
    /// The contacts of whom something is expected.
    pub(super) fn open(&self) -> impl Iterator<Item = &Joined> {
        self.contacts.iter().filter(|joined| !joined.is_over)
    }

    pub(super) fn is_over(&self) -> bool {
        self.open().next().is_none()
    }

    /// Sales has said that it goes on, of one of its contacts.
    pub(super) fn is_worked_on(&self) -> bool {
        self.open().any(Joined::is_decided)
    }

    /// A contact who wants this joins it.
    pub(super) fn takes(&self, wants: &Wanted) -> bool {
        self.unit == wants.unit && self.contacts.len() < CONTACTS_MAX && !self.is_over()
    }

    /// When time alone brings something next.
    pub(crate) fn due(&self) -> Option<Timestamp> {
        let each = self.open().flat_map(|joined| {
            let promises = [joined.first_attempt.next(), joined.decision.next()];
            promises.into_iter().chain([joined.lead_at, joined.remind_at]).flatten()
        });
        each.min().filter(|due| *due != Timestamp::MAX)
    }
}
