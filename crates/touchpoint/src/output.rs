//! What the pipeline tells the world: events of a subject ([`StageTransition`], [`ScoreChange`], [`SegmentChange`]) with
//! one common [`Envelope`], and the last known state per contact and account ([`ContactState`], [`AccountState`]).
//!
//! The engine emits these; `wire` writes them as Avro or JSON under the same field names. What is not known (yet) is
//! `None`, never a made-up value. No field of an event but a hand-off is for the name, address or number of a customer; actor, reason and
//! issue are what the company's tools wrote.

mod explanation;
mod handoff;
mod review;
mod state;

pub use explanation::{
    Adjustment, Contribution, ContributionGroup, FitReading, ReplacedContribution, ScoreMovement, Sentence,
};
pub use handoff::{HandedContact, HandedTo, Handoff, HandoffStatus};
pub use review::{Review, ReviewKind, ReviewStatus};
pub use state::{AccountState, AttributeState, ContactState, Milestone, RoleCoverage, ScoreStanding, StageStanding};

use crate::{AccountId, Actor, EventId, Origin, SubjectId, Text, Timestamp};
use serde::{Deserialize, Serialize};

/// What every event says beside what changed: about whom, when, why, and where the subject stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// Hash of subject id, kind of event and sequence: the idempotency key for subscribers.
    pub event_id: EventId,
    /// The contact or account that the event is about; the record's key.
    pub subject: SubjectId,
    /// Number of this event among the subject's events of its kind (of one topic): 1, 2, 3, ... without gaps.
    pub sequence: u64,
    /// When it took effect.
    pub occurred_at: Timestamp,
    /// Partition time when it was decided; promises (SLAs) run from it.
    pub recorded_at: Timestamp,
    /// The company, for an account the account itself.
    pub account_id: Option<AccountId>,
    /// 事業所, 事業部.
    pub account_unit: Option<Text>,
    /// The life cycle that the event belongs to; `None` for a score change of a subject that is in none.
    pub life_cycle: Option<Text>,
    /// Where the subject stands in that life cycle after the event.
    pub stage: Option<Text>,
    pub cause: Cause,
    /// Who of us did it, where a person did.
    pub actor: Option<Actor>,
    /// Code of the reason: a rule's id, or a reason code of the playbook as `no_contact`.
    pub reason_code: Option<Text>,
    /// Why, as a person in sales reads it.
    pub sentence: Option<Sentence>,
    /// The same in at most [`Sentence::SHORT_CHARS_MAX`] characters a language, for a field of a CRM.
    pub sentence_short: Option<Sentence>,
    /// The earlier event that this one puts right.
    pub corrects: Option<EventId>,
    /// Every score of the subject before and after, in the playbook's order.
    pub scores: Vec<ScoreMovement>,
    pub fit: Option<FitReading>,
    /// What the pattern of touchpoints is taken to mean: `comparing`, `gathering`.
    pub reading: Option<Text>,
    pub top_solution: Option<Text>,
    pub top_issue: Option<Text>,
    pub tier: Option<Text>,
    /// Person (id) and department (role) that lead.
    pub owner: Option<Actor>,
    /// Where the contact's first touchpoint came from.
    pub first_source: Option<Origin>,
    /// The campaign of the touchpoint that triggered the event.
    pub campaign: Option<Text>,
    /// Ids in other systems, scoped: `salesforce:00Q5e01`.
    pub external_ids: Vec<Text>,
    /// True when a naming identifier of the contact is known.
    pub known: Option<bool>,
    /// True when consent and an address allow to write or call.
    pub reachable: Option<bool>,
    /// The account as the contact last heard of it.
    pub account: Option<AccountFigures>,
    pub segments: Option<Vec<Text>>,
    pub playbook: PlaybookVersion,
}

/// Why something changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Cause {
    /// A rule over state: scores, fit, segments reached a level.
    Rule,
    /// One touchpoint by itself: a raised hand, a person's judgement.
    Touchpoint,
    /// Time passed.
    Timer,
    /// The word of sales or success.
    Feedback,
    /// An attribute changed.
    Profile,
    /// The account's signal.
    Account,
    /// Somebody else's outcome, as a colleague of the same unit becoming a customer.
    Association,
    /// Two contacts became one, or one became two.
    Merge,
    /// Another playbook came into force.
    Activation,
    /// An input lost or changed its effect.
    Correction,
    /// A person set it by hand.
    Manual,
}

impl Cause {
    pub const ALL: [Self; 11] = [
        Self::Rule,
        Self::Touchpoint,
        Self::Timer,
        Self::Feedback,
        Self::Profile,
        Self::Account,
        Self::Association,
        Self::Merge,
        Self::Activation,
        Self::Correction,
        Self::Manual,
    ];

    /// The name in events.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Touchpoint => "touchpoint",
            Self::Timer => "timer",
            Self::Feedback => "feedback",
            Self::Profile => "profile",
            Self::Account => "account",
            Self::Association => "association",
            Self::Merge => "merge",
            Self::Activation => "activation",
            Self::Correction => "correction",
            Self::Manual => "manual",
        }
    }
}

/// The account's figures as a contact last knew them, traceable by the account's own sequence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountFigures {
    /// The account's score, in thousandths of a point.
    pub score_milli: Option<i64>,
    pub stage: Option<Text>,
    /// Sequence of the account's state that these figures are from.
    pub sequence: u64,
}

/// Which playbook decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaybookVersion {
    /// SHA-256 of the normalised content, in hex.
    pub hash: Text,
    pub name: Text,
    /// What people call this version: `2026.11`.
    pub label: Text,
}

/// A contact or account moved from one stage of a life cycle to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageTransition {
    pub envelope: Envelope,
    /// `None` on the first entry into the life cycle.
    pub from: Option<Text>,
    /// When the subject had entered `from`: the time in stage is `occurred_at` less this.
    pub from_since: Option<Timestamp>,
    pub to: Text,
    pub direction: MoveDirection,
    /// Stages between `from` and `to` that were passed over, in the life cycle's order.
    pub skipped: Vec<Text>,
    /// Milestones reached so far, this move included.
    pub milestones: Vec<Milestone>,
    /// How often the subject went to the recycle box so far.
    pub recycle_count: u32,
    /// What is missing for the next stage, as of then, in at most [`Sentence::SHORT_CHARS_MAX`] characters a language;
    /// `None` where no way leads on from here, and for accounts.
    pub missing: Option<Sentence>,
}

/// Which way a stage transition goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum MoveDirection {
    /// To a later stage, or the first entry.
    Forward,
    Back,
    /// To a stage that is neither before nor after, as from the recycle box.
    Sideways,
    /// Into the recycle box.
    Recycle,
    /// Out of every funnel.
    Out,
}

impl MoveDirection {
    pub const ALL: [Self; 5] = [Self::Forward, Self::Back, Self::Sideways, Self::Recycle, Self::Out];

    /// The name in events.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::Back => "back",
            Self::Sideways => "sideways",
            Self::Recycle => "recycle",
            Self::Out => "out",
        }
    }
}

/// One score of a subject changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreChange {
    pub envelope: Envelope,
    /// `behaviour`, `heat`, `interest.maintenance`.
    pub score: Text,
    /// The value read just before, in thousandths of a point; differs from the last event's `after` by decay.
    pub before_milli: i64,
    pub after_milli: i64,
    pub added: Vec<Contribution>,
    pub replaced: Vec<ReplacedContribution>,
    pub removed: Vec<Contribution>,
    /// Floor, ceiling and rounding: what the sum of live contributions and the value read differ by.
    pub adjustments: Vec<Adjustment>,
}

/// A contact or account entered or left a segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentChange {
    pub envelope: Envelope,
    pub segment: Text,
    pub change: SegmentMove,
    /// When it was entered, as announced.
    pub entered_at: Option<Timestamp>,
    /// Advertising tools show something to the segment's members.
    pub audience: bool,
}

/// What is to be sent to a contact or done with them, decided by a programme; or why it is not. Its id is the event's:
/// touchpoints that come of it name it as their `action`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// `corrects`: of a cancellation the planned action.
    pub envelope: Envelope,
    pub programme: Text,
    pub step: Text,
    pub status: ActionStatus,
    /// Of a message; of a task what is to be done, as `call`. Empty where none was found.
    pub channel: Text,
    /// `tool`, else a department.
    pub executor: Text,
    pub content: Option<Text>,
    /// Questions to ask that are not answered yet.
    pub ask: Vec<Text>,
    pub not_before: Timestamp,
    pub not_after: Option<Timestamp>,
    /// Why it is withheld.
    pub withheld_for: Option<Text>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ActionStatus {
    /// To be carried out.
    Planned,
    /// Not to be carried out: the contact is left out, so that the effect can be told.
    HeldOut,
    /// Not to be carried out: nobody can, or others went before it.
    Withheld,
    /// A planned one is not to be carried out any more.
    Cancelled,
}

impl ActionStatus {
    pub const ALL: [Self; 4] = [Self::Planned, Self::HeldOut, Self::Withheld, Self::Cancelled];

    /// The name in events.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::HeldOut => "held_out",
            Self::Withheld => "withheld",
            Self::Cancelled => "cancelled",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SegmentMove {
    Entered,
    Left,
}

impl SegmentMove {
    pub const ALL: [Self; 2] = [Self::Entered, Self::Left];

    /// The name in events.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Entered => "entered",
            Self::Left => "left",
        }
    }
}
