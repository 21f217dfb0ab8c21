//! Hand-offs: contacts who are passed to a person.
//!
//! A *contact* asks for it ([`asking`]): that is no part of the fold, but goes on with partition time and is recorded, as
//! programmes do. The *desk*, the home of its company (its own where no company is known when it begins to ask), keeps the
//! hand-off, one in a unit and life cycle, watches what was promised and tells the world ([`desk`]). The *team*, a home of
//! its own, gives hand-offs to its members by turns and capacity ([`team`]). They speak through the inbox, each message in
//! the transaction that decides it.
//!
//! What was offered is told and never recomputed; the desk tells its contacts what stands, as rows of their ledgers, so that
//! folds can read it ([`told`]).

pub(crate) mod asking;
mod card;
pub(crate) mod desk;
mod explained;
mod passing;
mod route;
mod row;
mod saying;
pub(crate) mod team;
pub(crate) mod told;
mod watch;

pub use asking::{Asking, Handovers};
pub use explained::HandoffExplained;
pub(crate) use explained::explained;
pub use row::{DeskRow, HandoffRow, Joined};
pub use team::{Given, TeamRow, Turn, Waiting, team_id};
pub use watch::Watch;

use crate::rests::Rests;
use crate::version::NameKey;
use playbook::model::{BehaviourIx, Condition, Handoff, Model};
use serde::{Deserialize, Serialize};
use touchpoint::output::{HandedContact, HandedTo};
use touchpoint::{Actor, ContactId, EventId, SubjectId, Text, Timestamp};

/// What a contact wants of a desk in one life cycle, whole; replaces the contact's former request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    pub contact: ContactId,
    /// The contact's requests to anybody, counted: an older one does nothing.
    pub sequence: u64,
    pub life_cycle: Text,
    /// Which asking of the contact it is: a hand-off that has ended is not begun anew by the same one.
    pub number: u64,
    /// `None`: nothing any more.
    pub wants: Option<Box<Wanted>>,
    /// What sales said since.
    pub word: Option<Word>,
    /// Why nothing is wanted any more: a reason of the playbook, the stage that was reached, or `ruled_out`.
    pub ended_for: Option<Text>,
    /// The contact's partition time.
    pub told_at: Timestamp,
}

/// A contact who wants to be handed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Why, as the playbook calls it.
    pub handoff: Text,
    /// When the contact began to ask: promises are counted from then.
    pub asked_at: Timestamp,
    pub unit: Option<Text>,
    pub to: HandedTo,
    pub rank: Rank,
    /// How often there was another reason since, as urgent or more so.
    pub raised: u32,
    /// When it was last tried to reach the contact.
    pub attempted_at: Option<Timestamp>,
    /// How often points were taken back that were there when the contact began to ask.
    pub taken_back: u32,
    pub card: Box<HandedContact>,
}

/// What sales or success said of a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// `accepted`, `held`, `rejected`, ...
    pub kind: Text,
    pub reason: Option<Text>,
    pub held_until: Option<Timestamp>,
    pub actor: Option<Actor>,
    pub at: Timestamp,
}

impl Word {
    /// The contact is not wanted.
    pub(crate) fn rejects(&self) -> bool {
        self.kind == "rejected"
    }
}

/// Which of several a team takes first: the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Rank {
    /// The place of its kind in the playbook, counted from the end.
    pub urgency: u16,
    /// Of the score that the playbook names, then of fit; thousandths of a point.
    pub points: i64,
    pub fit: i64,
}

/// What a desk wants of a team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TeamWork {
    /// A member for a hand-off.
    Find(Box<Waiting>),
    /// Nobody any more.
    Leave { handoff: EventId, round: u32 },
}

/// What a version knows of its hand-offs by place.
#[derive(Clone, Debug, Default)]
pub(crate) struct HandoffKeys {
    pub(crate) keys: Vec<NameKey>,
    /// Time alone can begin or end one.
    pub(crate) timed: Vec<bool>,
    /// What calls for one when it is done: once more is another reason.
    pub(crate) behaviours: Vec<Vec<BehaviourIx>>,
    /// What all that calls rests on.
    pub(crate) rests: Rests,
}

impl HandoffKeys {
    pub(crate) fn of(model: &Model, keys: Vec<NameKey>) -> Self {
        let handoffs = &model.handoffs;
        let done = |one: &Handoff| {
            let mut done = Vec::new();
            one.opens.for_each_leaf(&mut |leaf| {
                if let Condition::Did(did) = leaf {
                    done.push(did.behaviour);
                }
            });
            done
        };
        Self {
            keys,
            timed: handoffs.iter().map(|one| one.calls.is_timed()).collect(),
            behaviours: handoffs.iter().map(done).collect(),
            rests: Rests::of_all(model, handoffs.iter().map(|one| &one.calls)),
        }
    }

    pub(crate) fn place(&self, key: NameKey) -> Option<usize> {
        self.keys.iter().position(|have| *have == key)
    }
}

/// The subject's kind and id, as they stand in keys.
pub(crate) fn subject_bytes(subject: SubjectId) -> [u8; 17] {
    let tag = match subject {
        SubjectId::Account(_) => b'a',
        SubjectId::Contact(_) => b'c',
        SubjectId::Team(_) => b't',
    };
    let mut bytes = [tag; 17];
    bytes[1..].copy_from_slice(&subject_id(subject));
    bytes
}

/// The id alone.
pub(crate) fn subject_id(subject: SubjectId) -> [u8; 16] {
    match subject {
        SubjectId::Account(account) => account.0,
        SubjectId::Contact(contact) => contact.0,
        SubjectId::Team(team) => team.0,
    }
}
