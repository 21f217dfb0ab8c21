//! A contact passed to a person.

use super::{Envelope, FitReading, ScoreStanding, Sentence};
use crate::{ContactId, EventId, Identifier, Person, Text, Timestamp};
use serde::{Deserialize, Serialize};

/// What happened to a hand-off: one event each. A hand-off is about one or more contacts of a unit of a company; each event
/// is about one of them. The envelope's subject is the company, or the contact where no company is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handoff {
    pub envelope: Envelope,
    /// The same from the offer to the end.
    pub handoff_id: EventId,
    pub status: HandoffStatus,
    /// Why the contact is passed on, as the playbook calls it: `hand_raised`.
    pub handoff: Text,
    pub to: HandedTo,
    /// Who is told beside that person: the team's lead, of what is late.
    pub informed: Option<Text>,
    pub contact: HandedContact,
    /// Those whom the hand-off is about after this event; none: it is over.
    pub contacts: Vec<ContactId>,
    pub offered_at: Timestamp,
    /// Until when somebody should have tried to reach the contact; `None` once somebody has.
    pub first_attempt_due: Option<Timestamp>,
    /// Until when it should be accepted, rejected or held; `None` once it is.
    pub decision_due: Option<Timestamp>,
    /// Until when sales holds the contact.
    pub held_until: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum HandoffStatus {
    /// A new one.
    Offered,
    /// A contact joins one that is open.
    Joined,
    /// The team has given it to one of its members.
    Assigned,
    Accepted,
    Held,
    /// Sales does not want the contact: it is not in the hand-off any more.
    Rejected,
    /// Somebody else is to take it.
    Reassigned,
    /// Half of the time is over, or a date has passed.
    Warned,
    /// Something that the person should know has changed; `reason_code` says what.
    Advised,
    /// What it rested on is gone before anybody accepted.
    Withdrawn,
    /// Nothing has happened in time.
    Breached,
    /// The contact has gone on.
    Closed,
}

impl HandoffStatus {
    pub const ALL: [Self; 12] = [
        Self::Offered,
        Self::Joined,
        Self::Assigned,
        Self::Accepted,
        Self::Held,
        Self::Rejected,
        Self::Reassigned,
        Self::Warned,
        Self::Advised,
        Self::Withdrawn,
        Self::Breached,
        Self::Closed,
    ];

    /// The name in events.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Offered => "offered",
            Self::Joined => "joined",
            Self::Assigned => "assigned",
            Self::Accepted => "accepted",
            Self::Held => "held",
            Self::Rejected => "rejected",
            Self::Reassigned => "reassigned",
            Self::Warned => "warned",
            Self::Advised => "advised",
            Self::Withdrawn => "withdrawn",
            Self::Breached => "breached",
            Self::Closed => "closed",
        }
    }
}

/// Who is to take a contact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandedTo {
    pub department: Option<Text>,
    pub team: Option<Text>,
    /// Id in the CRM.
    pub person: Option<Text>,
    pub partner: Option<Text>,
}

impl HandedTo {
    /// The person, or partner, who has it.
    pub fn holder(&self) -> Option<&Text> {
        self.person.as_ref().or(self.partner.as_ref())
    }
}

/// What the person who takes a contact has to know, as of when it was last told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandedContact {
    pub contact_id: ContactId,
    pub external_ids: Vec<Text>,
    pub person: Option<Person>,
    /// Strongest kind first.
    pub identifiers: Vec<Identifier>,
    pub unit: Option<Text>,
    pub stage: Option<Text>,
    pub scores: Vec<ScoreStanding>,
    pub fit: Option<FitReading>,
    pub reading: Option<Text>,
    pub top_solution: Option<Text>,
    pub top_issue: Option<Text>,
    /// Why now.
    pub why: Sentence,
    /// Question and what was answered.
    pub answers: Vec<(Text, Text)>,
    /// Questions that are not answered yet.
    pub ask: Vec<Text>,
    /// What to mind: `no_calls`, `no_mail`, `prefers_email`.
    pub mind: Vec<Text>,
    /// Reasons for which sales has sent the contact back before, the latest first.
    pub refused_for: Vec<Text>,
    pub next_content: Option<Text>,
}
