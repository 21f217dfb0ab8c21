//! The state of a contact that folding its ledger gives: a function of the rows, the playbook versions and the time
//! asked for. Nothing here was announced or recorded; see [`crate::head`] for that.

use crate::aside::Aside;
use crate::attendance::{Attendance, Derived};
use crate::consumption::Consumed;
use crate::decay::{Mixed, Sums};
use crate::handoffs::Word;
use crate::handoffs::told::HandoffFact;
use crate::outlook::Outlook;
use crate::version::{NameKey, VersionIx};
use playbook::model::{AtMost, ENDED, Limit, Milli, Millis, Scope, Window};
use serde::{Deserialize, Serialize};
use touchpoint::{AccountId, Actor, Consent, Identifier, InputId, Origin, Person, Text, Timestamp, Value};

/// Everything the fold knows after a prefix of the ledger. The empty one is a contact nothing is known of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aggregate {
    /// The moment of the last row, or of the last timer that moved the contact after it.
    pub at: Option<Timestamp>,
    /// Timers that moved the contact since the last row: bounds a playbook whose timers chase each other in a circle.
    pub timers: u16,
    pub facts: Facts,
    /// Live contributions, summed per score, rule and playbook version; sorted by these.
    pub lines: Vec<Line>,
    /// What limits and caps have used up; sorted by key.
    pub counters: Vec<Counter>,
    /// Latest answers, sorted by question.
    pub answers: Vec<Answered>,
    /// What the contact did, as conditions count it; sorted by behaviour.
    pub seen: Vec<Seen>,
    /// Content that the contact has had, sorted by key; bounded by [`crate::consumption::CONSUMED_MAX`].
    pub consumed: Vec<Consumed>,
    /// Readings that hold, in the order in which they began.
    pub readings: Vec<Holding>,
    /// Segments that the contact is or was in; sorted by segment.
    pub segments: Vec<InSegment>,
    /// Where the contact stands, per life cycle, in the playbook's order.
    pub positions: Vec<Position>,
    /// Events that the contact takes part in and that are not over, by their end.
    pub attendances: Vec<Attendance>,
    /// What followed from events that ended lately, should it be said otherwise.
    pub derived: Vec<Derived>,
    /// What counts for the score of each account the contact belonged to.
    pub memberships: Vec<Membership>,
    /// No part of it: what follows from it.
    #[serde(skip)]
    pub(crate) outlook: Aside<Outlook>,
}

impl Aggregate {
    /// The latest answer to a question.
    pub fn answer(&self, question: &str) -> Option<&Answered> {
        let at = self.answers.binary_search_by(|have| have.question.as_str().cmp(question)).ok()?;
        Some(&self.answers[at])
    }

    /// Where the contact stands in a life cycle.
    pub fn position(&self, life_cycle: &str) -> Option<&Position> {
        self.positions.iter().find(|position| position.life_cycle == life_cycle)
    }

    /// The same, as long as the life cycle has not ended for the contact.
    pub(crate) fn standing(&self, life_cycle: &str) -> Option<&Position> {
        self.position(life_cycle).filter(|position| position.stage != ENDED)
    }
}

/// What is known of the contact beside scores and stages. Latest by (occurred_at, source, id) counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// A naming identifier was seen.
    pub known: bool,
    pub first_at: Option<Timestamp>,
    pub first_origin: Option<Origin>,
    /// Last touchpoint that was the contact's own.
    pub last_own_at: Option<Timestamp>,
    /// Last raised hand or judgement of a person of ours.
    pub last_mark_at: Option<Timestamp>,
    pub account: Option<AccountId>,
    pub account_unit: Option<Text>,
    /// Sorted by name.
    pub contact_attributes: Vec<Attribute>,
    pub account_attributes: Vec<Attribute>,
    /// Latest per purpose and channel.
    pub consent: Vec<Consent>,
    /// Strongest first; bounded by [`IDENTIFIERS_KEPT_MAX`].
    pub identifiers: Vec<Identifier>,
    pub person: Option<Box<Person>>,
    pub owner: Option<Actor>,
    /// What the account last signalled.
    pub signal: Option<Box<Signal>>,
    /// The last word of sales or success.
    pub last_word: Option<Box<Word>>,
    /// Reasons for which sales has refused the contact, the latest first; at most [`REFUSALS_KEPT_MAX`].
    pub refused_for: Vec<Text>,
    /// Somebody said that they have left the company.
    pub has_left: bool,
    /// What desks told of the contact's hand-offs, one a life cycle.
    pub handoffs: Vec<HandoffFact>,
}

/// Refusals that a hand-off tells of: what a person reads.
pub const REFUSALS_KEPT_MAX: usize = 3;

/// Identifiers a contact's state names; a person with more is a shared device or a test. The ledger keeps all.
pub const IDENTIFIERS_KEPT_MAX: usize = 32;

/// Names of attributes (of the contact, and of the account), answers, and consents that a contact's state keeps each:
/// far more than a playbook reads. A source that invents names fills no row and no event; the ledger keeps all.
pub const FACTS_KEPT_MAX: usize = 64;

/// Bytes of a value that is kept as a fact: an essay is none.
pub const FACT_BYTES_MAX: usize = 1_024;

/// May a fact with this value join `count` others, or take the place of one of them?
pub(crate) fn is_kept(value: &Value, count: usize, is_new: bool) -> bool {
    let bytes = match value {
        Value::Bool(_) | Value::Number(_) => 0,
        Value::Text(text) => text.len(),
        Value::List(texts) => texts.iter().map(|text| text.len() + 1).sum(),
    };
    bytes <= FACT_BYTES_MAX && (!is_new || count < FACTS_KEPT_MAX)
}

/// What an account tells its contacts of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    pub account: AccountId,
    /// Of the account's state that these figures are from.
    pub sequence: u64,
    /// The account's score then.
    pub points: Option<Milli>,
    /// Life cycle and stage.
    pub stages: Vec<(Text, Text)>,
    /// Contacts of the contact's unit by segment, cut at what anybody asks for; without the zeros.
    pub colleagues: Vec<(NameKey, u32)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    pub name: Text,
    pub value: Value,
    pub source: Text,
    pub since: Timestamp,
}

/// The live contributions of one rule to one score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub score: NameKey,
    pub rule: NameKey,
    pub version: VersionIx,
    pub count: u32,
    /// Points when given, after caps.
    pub given: Milli,
    pub last_at: Timestamp,
    /// Of the score in the version that gave the points.
    pub half_life: Millis,
    pub sums: Sums,
}

/// Use of a limit: `used` times or milli-points in one window of one scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counter {
    /// Rule or group.
    pub of: NameKey,
    /// Which of the rule's limits, or a group's cap: see [`Counter::limit_key`] and [`Counter::cap_key`].
    pub limit: u8,
    /// Hash of what it is counted per (asset, message, ...).
    pub scope: u64,
    pub window: i32,
    /// True when the window is for ever: never forgotten.
    pub ever: bool,
    pub used: i64,
}

impl Counter {
    /// A limit is known by what it says, but for its number: another version that allows more goes on counting, in whatever
    /// place of the list it stands, and one that counts something else begins anew. Of several alike each has a key.
    pub fn limit_key(limits: &[Limit], at: usize) -> u8 {
        let sort = |limit: &Limit| {
            let scope = match limit.scope {
                Scope::Rule => 0,
                Scope::Asset => 1,
                Scope::Message => 2,
                Scope::Event => 3,
                Scope::Product => 4,
            };
            let points = u8::from(matches!(limit.at_most, AtMost::Points(_)));
            (scope * 4 + window_key(limit.window)) * 2 + points
        };
        let this = sort(&limits[at]);
        let alike = limits[..at].iter().filter(|limit| sort(limit) == this).count();
        this + 40 * alike.min(5) as u8
    }

    /// A cap of another kind of window begins anew.
    pub const fn cap_key(window: Window) -> u8 {
        u8::MAX - window_key(window)
    }
}

const fn window_key(window: Window) -> u8 {
    match window {
        Window::Day => 0,
        Window::Month => 1,
        Window::Quarter => 2,
        Window::Ever => 3,
    }
}

/// The latest answer to a question and the points it gave, which the next answer takes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    pub question: Text,
    pub value: Value,
    pub source: Text,
    pub at: Timestamp,
    pub gave: Vec<Kept>,
}

/// A contribution that a later word may take back, with what it gave to an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    pub given: Given,
    pub booked: Option<Booked>,
}

/// What a contribution counts for an account, after the member's cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booked {
    pub account: AccountId,
    pub half_life: Millis,
    pub points: Milli,
    /// The month whose cap it used.
    pub month: i32,
}

/// Points that one touchpoint gave by one rule: the atom of every score.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Given {
    pub input: InputId,
    pub rule: NameKey,
    pub version: VersionIx,
    pub occurred_at: Timestamp,
    /// After limits and caps; may be 0, which explains why nothing was given.
    pub points: Milli,
    /// What limits and caps cut off.
    pub cut: Milli,
    /// The solution the touchpoint is tagged with: which interest it counts for.
    pub solution: Option<Text>,
}

/// The occurrences of one behaviour. How many are kept, the playbook's conditions say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub of: NameKey,
    /// The latest ones, ascending.
    pub times: Vec<Timestamp>,
    /// The touchpoint of the last one.
    pub latest: Option<InputId>,
    /// The latest one of each of the latest days, ascending.
    pub days: Vec<(i32, Timestamp)>,
    /// Of a behaviour that is made of others.
    pub progress: Option<Box<Progress>>,
}

/// How far a behaviour that is made of others has come.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Progress {
    /// What it is made of: another definition begins anew.
    pub of: NameKey,
    /// When the latest sequence of the first steps began, by the number of steps.
    pub begun: Vec<Option<Timestamp>>,
    /// The touchpoint that waits for an answer, and since when.
    pub open: Option<(Timestamp, InputId)>,
    pub answered_at: Option<Timestamp>,
}

/// A reading that holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    pub of: NameKey,
    pub since: Timestamp,
    /// A stronger one counted when it began, or has begun since.
    pub outranked: bool,
}

/// A segment that the contact is or was in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InSegment {
    pub of: NameKey,
    /// When it was entered, or left.
    pub since: Timestamp,
    pub standing: SegmentStanding,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SegmentStanding {
    In,
    /// Out though the segment's condition holds, until it does not for once.
    Left,
    Out,
}

/// Where the contact stands in one life cycle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    pub life_cycle: Text,
    pub stage: Text,
    pub since: Timestamp,
    /// The word of people set the stage, or left it as it is, and no own touchpoint came since: no score entry applies.
    pub awaits_own_touchpoint: bool,
    /// No entry by score before this moment: the last word of sales was a rejection that asked for peace.
    pub no_score_entry_until: Option<Timestamp>,
    /// Sales holds until here.
    pub hold_until: Option<Timestamp>,
    /// Earliest return from the recycle box; `None` there: not by itself.
    pub return_at: Option<Timestamp>,
    /// When the word that set this was said.
    pub recycled_at: Option<Timestamp>,
    /// Code of the reason for which it stands in the recycle box.
    pub recycled_for: Option<Text>,
    pub milestones: Vec<Reached>,
    pub recycle_count: u32,
    pub last_move: Option<Box<Move>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    pub name: Text,
    pub first_at: Timestamp,
    pub count: u32,
}

/// How the contact came to stand where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    pub at: Timestamp,
    pub from: Option<Text>,
    pub by: MovedBy,
    pub skipped: Vec<Text>,
    pub reason: Option<Text>,
    pub actor: Option<Actor>,
    pub campaign: Option<Text>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum MovedBy {
    /// The first touchpoint.
    Birth,
    Score,
    Hand,
    Person,
    Profile,
    /// What became of others of the same company.
    Association,
    Feedback,
    /// `stage_set` by hand.
    Manual,
    /// A way out that a touchpoint opened.
    Exit,
    /// A way out that time opened.
    Timer,
}

/// The contact's part of an account's score: sums cut by the member's monthly cap, and when it was last active.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    pub account: AccountId,
    pub sums: Mixed,
    /// The month that `used` counts, by the playbook's calendar.
    pub month: i32,
    pub used: Milli,
    /// Last own touchpoint that scored while the contact belonged here.
    pub last_active_at: Option<Timestamp>,
}
