//! The last known state of a contact or account: one record per key in a compacted topic.

use super::{FitReading, PlaybookVersion};
use crate::{AccountId, Actor, Consent, ContactId, Identifier, Origin, Person, Text, Timestamp, Value};
use serde::{Deserialize, Serialize};

/// A contact as last known. The one place beside hand-offs where names and addresses of people leave the pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactState {
    pub contact_id: ContactId,
    /// Sequence of the contact's last stage transition; 0: none yet.
    pub sequence: u64,
    /// Partition time when this state was decided.
    pub recorded_at: Timestamp,
    /// True when a naming identifier is known.
    pub known: bool,
    /// True when consent and an address allow to write or call.
    pub reachable: Option<bool>,
    /// Set on the last record of a contact that became part of another; a tombstone follows.
    pub merged_into: Option<ContactId>,
    /// The contact that the same person was at a former employer.
    pub formerly: Option<ContactId>,
    pub account_id: Option<AccountId>,
    /// 事業所, 事業部.
    pub account_unit: Option<Text>,
    /// One entry per life cycle the contact is in.
    pub stages: Vec<StageStanding>,
    /// As read at `recorded_at`.
    pub scores: Vec<ScoreStanding>,
    pub fit: Option<FitReading>,
    pub milestones: Vec<Milestone>,
    pub recycle_count: u32,
    pub reading: Option<Text>,
    pub top_solution: Option<Text>,
    pub top_issue: Option<Text>,
    pub tier: Option<Text>,
    pub owner: Option<Actor>,
    pub first_source: Option<Origin>,
    pub segments: Option<Vec<Text>>,
    /// What the content map proposes to give next, as of `recorded_at`.
    pub next_content: Option<Text>,
    /// Where to give it: a channel, or the people who hand it over (`inside_sales`, `sales`, `success`).
    pub next_channel: Option<Text>,
    /// Page -> the variant that it shows to the contact.
    pub variants: Vec<(Text, Text)>,
    /// Programmes that the contact is in.
    pub programmes: Vec<Text>,
    /// Latest answers to questions, sorted by question.
    pub answers: Vec<(Text, AttributeState)>,
    /// Profile values, sorted by name.
    pub attributes: Vec<(Text, AttributeState)>,
    /// Strongest kind first.
    pub identifiers: Vec<Identifier>,
    pub person: Option<Person>,
    pub consent: Vec<Consent>,
    pub playbook: PlaybookVersion,
}

/// An account as last known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountState {
    pub account_id: AccountId,
    /// Number of this state of the account: 1, 2, 3, ...
    pub sequence: u64,
    /// Partition time when this state was decided.
    pub recorded_at: Timestamp,
    /// Set on the last record of an account that became part of another; a tombstone follows.
    pub merged_into: Option<AccountId>,
    pub name: Option<Text>,
    /// 法人番号: 13 digits.
    pub corporate_number: Option<Text>,
    pub domains: Vec<Text>,
    /// Ids in other systems, scoped: `salesforce:0015e01`.
    pub external_ids: Vec<Text>,
    pub units: Vec<Text>,
    pub stages: Vec<StageStanding>,
    /// As read at `recorded_at`.
    pub scores: Vec<ScoreStanding>,
    pub fit: Option<FitReading>,
    pub milestones: Vec<Milestone>,
    /// Contacts that belong to the account now.
    pub contact_count: u32,
    /// Those with an own scoring touchpoint of late.
    pub active_contact_count: u32,
    /// Roles of the buying group, covered or blank (count 0).
    pub roles: Vec<RoleCoverage>,
    pub tier: Option<Text>,
    pub owner: Option<Actor>,
    pub segments: Option<Vec<Text>>,
    /// Profile values, sorted by name.
    pub attributes: Vec<(Text, AttributeState)>,
    pub playbook: PlaybookVersion,
}

/// Where a subject stands in one life cycle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageStanding {
    pub life_cycle: Text,
    pub stage: Text,
    pub since: Timestamp,
}

/// One score's value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreStanding {
    pub name: Text,
    /// In thousandths of a point.
    pub points_milli: i64,
}

/// A milestone of the life cycle, as `MAL` or `won`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Milestone {
    pub name: Text,
    pub first_at: Timestamp,
    pub count: u32,
}

/// A profile value or answer with where it came from and since when it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeState {
    pub value: Value,
    pub source: Option<Text>,
    pub since: Option<Timestamp>,
}

/// How many contacts of an account have one role in the decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleCoverage {
    /// `decision_maker`, `approver`, `champion`, ...
    pub role: Text,
    pub contacts: u32,
}
