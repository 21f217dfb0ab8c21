//! What an explanation says, as typed values.

use crate::aggregate::MovedBy;
use crate::handoffs::HandoffExplained;
use crate::missing::Missing;
use crate::programmes::ProgrammeExplained;
use playbook::model::{AttributeOf, Label, Milli};
use touchpoint::output::{Adjustment, PlaybookVersion, Sentence};
use touchpoint::{ContactId, InputId, Text, Timestamp, Value};

/// Where a contact stands at a moment, and why.
#[derive(Clone, Debug)]
pub struct Explanation {
    pub contact: ContactId,
    /// When scores are read.
    pub at: Timestamp,
    /// Of the playbook: moments are shown in it.
    pub zone: jiff::tz::TimeZone,
    pub playbook: PlaybookVersion,
    /// A naming identifier is known.
    pub known: bool,
    /// One per life cycle.
    pub standings: Vec<Standing>,
    pub scores: Vec<ScoreExplained>,
    pub fit: FitExplained,
    pub reading: Option<ReadingExplained>,
    /// Those that the contact is in, in the order in which they speak.
    pub programmes: Vec<ProgrammeExplained>,
    pub handoffs: Vec<HandoffExplained>,
    /// Touchpoints that count for nothing, as the playbook at their time says, in their order.
    pub left_out: Vec<LeftOut>,
}

/// A touchpoint that counts for nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    pub input: InputId,
    pub occurred_at: Timestamp,
    pub channel: Text,
    pub kind: Text,
    /// Of a burst: how many touchpoints of bursts there are near it, itself included. Else the playbook ignores what is like it.
    pub in_burst_of: Option<usize>,
}

/// Where the contact stands in one life cycle.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    pub life_cycle: Text,
    pub life_cycle_label: Label,
    pub stage: Text,
    pub label: Label,
    pub since: Timestamp,
    /// The stage before; none where it began here.
    pub from: Option<Text>,
    pub moved_by: Option<MovedBy>,
    /// Code of the reason that people gave.
    pub reason: Option<Text>,
    /// Why it moved here, as of that moment.
    pub sentence: Option<Sentence>,
    /// Sales holds until then.
    pub held_until: Option<Timestamp>,
    /// In the recycle box: the earliest return; none there: not by itself.
    pub returns_at: Option<Timestamp>,
    pub missing: Option<Missing>,
}

/// A score as the list of what it is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreExplained {
    pub name: Text,
    pub label: Label,
    /// The value read, in thousandths of a point: the sum of everything below.
    pub points_milli: Milli,
    /// In the order in which they occurred; with those that limits and caps have cut to nothing.
    pub contributions: Vec<ContributionExplained>,
    /// `floor`, `ceiling`, `rounding`.
    pub adjustments: Vec<Adjustment>,
}

/// What one touchpoint gives a score by one rule.
#[derive(Clone, Debug, PartialEq)]
pub struct ContributionExplained {
    pub input: InputId,
    pub occurred_at: Timestamp,
    /// The rule as the version that gave the points has it.
    pub rule: Text,
    pub label: Label,
    /// Label of that version of the playbook.
    pub playbook: Text,
    /// As given, after limits and caps.
    pub points_then_milli: Milli,
    /// What is left of it.
    pub points_now_milli: Milli,
    /// What limits and caps cut.
    pub cut_milli: Milli,
    /// From then on it reads 0.000; none where it gave nothing, or will be there for ever.
    pub gone_at: Option<Timestamp>,
}

/// Fit and what it is made of; the points of the criteria are its sum.
#[derive(Clone, Debug, PartialEq)]
pub struct FitExplained {
    pub points_milli: Milli,
    pub grade: Text,
    pub criteria: Vec<CriterionExplained>,
    /// Key criteria that must be known for a grade, and those that are.
    pub known_min: usize,
    pub known: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub struct CriterionExplained {
    pub attribute: Text,
    pub label: Option<Label>,
    /// Whose attribute it is; where it is missing, whose it would be first.
    pub of: AttributeOf,
    /// None: missing.
    pub value: Option<Value>,
    pub points_milli: Milli,
    pub key: bool,
}

/// What the behaviour is taken to mean.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadingExplained {
    pub name: Text,
    pub label: Label,
    /// What is expected to help.
    pub hypothesis: Option<Label>,
    pub since: Timestamp,
}
