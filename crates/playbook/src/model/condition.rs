//! Conditions: small trees over a contact's state and the touchpoint at hand.

use super::{AttributeOf, Did, EntryBy, Milli, Millis, Pattern, ReadingIx, ScoreIx, SegmentIx, Test, TierIx, Wait};
use touchpoint::Text;

/// A condition over a contact's state and, for edges, the touchpoint at hand.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    /// The score's value read now is at least this.
    ScoreAtLeast(ScoreIx, Milli),
    ScoreBelow(ScoreIx, Milli),
    /// Any score of a family (every `interest.*`) is at least this.
    AnyScoreAtLeast(Vec<ScoreIx>, Milli),
    /// A behaviour occurred so often.
    Did(Did),
    /// It did not, and it was watched for all the time that counts: a version that has just brought it in cannot tell yet.
    /// "Not ever" means: not in what was watched.
    DidNot(Did),
    /// This is the reading now.
    Reading(ReadingIx),
    /// Two of these scores are both at least this, and no more apart than that.
    Close {
        scores: Vec<ScoreIx>,
        at_least: Milli,
        apart: Milli,
    },
    /// In one of these segments.
    Segment(Vec<SegmentIx>),
    /// The company's tier is one of these.
    Tier(Vec<TierIx>),
    /// At one of these stages of a life cycle, for so long.
    Stage {
        life_cycle: Text,
        stages: Vec<Text>,
        stood_for: Option<Wait>,
    },
    /// What brought the contact to the stage of a life cycle at which they stand is one of these.
    CameBy {
        life_cycle: Text,
        by: Vec<EntryBy>,
    },
    /// They came to it from one of these stages.
    CameFrom {
        life_cycle: Text,
        stages: Vec<Text>,
    },
    /// Of an account: so many of its contacts are in the segment.
    Members {
        at_least: u32,
        segment: SegmentIx,
    },
    /// Of an account: its score is at least, or below this.
    AccountScoreAtLeast(Milli),
    AccountScoreBelow(Milli),
    /// So many others of the contact's unit are in the segment, as the account last signalled.
    Colleagues {
        at_least: u32,
        segment: SegmentIx,
    },
    /// The account stands at one of these stages of a life cycle, as it last signalled.
    AccountStage {
        life_cycle: Text,
        stages: Vec<Text>,
    },
    /// A day of the customer is near, or past.
    Date {
        date: DateOf,
        is: DateSpan,
    },
    /// What was last said of a purpose, on one channel or on any: `granted` or `denied`; a refusal stands before all.
    Consent {
        purpose: Text,
        channel: Option<Text>,
        test: Test,
    },
    /// May be written to, or called.
    Reachable(Reach),
    /// Fit grade is one of these.
    Fit(Vec<Text>),
    /// The contact is known: a naming identifier has been seen.
    Known,
    Attribute(AttributeOf, Text, Test),
    /// The latest answer to a question.
    Answer(Text, Test),
    /// The same, given since the stage was entered; one that was given before is none.
    AnsweredSince(Text, Test),
    /// The touchpoint at hand matches (an edge: false for timers).
    Touchpoint(Vec<Pattern>),
    /// The touchpoint at hand is feedback of one of these kinds (with one of these reasons, when given).
    Feedback {
        kinds: Vec<Text>,
        reasons: Vec<Text>,
    },
    /// No own touchpoint for this long.
    Quiet(Millis),
    /// At least this long since the last raised hand or person's word (a rule's [`super::Mark`], or an entry by hand or
    /// person); true when there was none.
    SinceMark(Millis),
    /// The date until which sales holds is this long past, counted from the start of that day in the playbook's zone.
    HoldPassed {
        after: Wait,
    },
    /// A hand-off of the contact is open.
    HandoffOpen,
    /// A promise of one that is open has been broken for so long.
    HandoffBreached {
        stood_for: Option<Wait>,
    },
    /// In the recycle box and its earliest date of return has come.
    ReturnDue,
    /// The touchpoint at hand is the contact's own.
    OwnTouchpoint,
}

/// A day that the customer has: `2027-03-31`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DateOf {
    Answer(Text),
    Attribute(AttributeOf, Text),
}

/// Where now lies, seen from a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateSpan {
    /// From so long before the day's beginning until its end.
    WithinNext(Millis),
    /// From the day's beginning, less than so long ago.
    WithinLast(Millis),
    /// The day has been over for so long.
    PastBy(Wait),
}

/// How somebody can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// An address is known, marketing by mail is allowed on some basis and refused by nobody.
    Email,
    /// A number of their own is known, and calls are not refused.
    Call,
}

impl Condition {
    /// Can time alone make it hold, or end it?
    pub fn is_timed(&self) -> bool {
        self.turns_by_time(true) || self.turns_by_time(false)
    }

    /// Can time alone make it hold, or, when not `wanted`, end it? Also where something that it rests on would have to
    /// change first.
    pub fn turns_by_time(&self, wanted: bool) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(|part| part.turns_by_time(wanted)),
            Self::Not(part) => part.turns_by_time(!wanted),
            // What was done passes.
            Self::Did(did) => !wanted && did.within.is_some(),
            Self::DidNot(_) | Self::Quiet(_) | Self::SinceMark(_) | Self::HoldPassed { .. } => wanted,
            Self::Stage { stood_for, .. } | Self::HandoffBreached { stood_for } => wanted && stood_for.is_some(),
            // Points fade, and so do losses.
            Self::ScoreAtLeast(..)
            | Self::AnyScoreAtLeast(..)
            | Self::AccountScoreAtLeast(_)
            | Self::ScoreBelow(..)
            | Self::AccountScoreBelow(_)
            | Self::Close { .. }
            | Self::Date { .. }
            | Self::ReturnDue => true,
            Self::Reading(_)
            | Self::Segment(_)
            | Self::Members { .. }
            | Self::Colleagues { .. }
            | Self::AccountStage { .. }
            | Self::Tier(_)
            | Self::Consent { .. }
            | Self::Reachable(_)
            | Self::HandoffOpen
            | Self::CameBy { .. }
            | Self::CameFrom { .. }
            | Self::Fit(_)
            | Self::Known
            | Self::Attribute(..)
            | Self::Answer(..)
            | Self::AnsweredSince(..)
            | Self::Touchpoint(_)
            | Self::Feedback { .. }
            | Self::OwnTouchpoint => false,
        }
    }

    /// Can it hold only with a touchpoint at hand?
    pub fn needs_touchpoint(&self) -> bool {
        match self {
            Self::All(parts) => parts.iter().any(Self::needs_touchpoint),
            Self::Any(parts) => parts.iter().all(Self::needs_touchpoint),
            Self::Touchpoint(_) | Self::OwnTouchpoint | Self::Feedback { .. } => true,
            _ => false,
        }
    }

    /// Calls `each` with every condition in it that is no combination, and with itself where it is none.
    pub fn for_each_leaf<'a>(&'a self, each: &mut impl FnMut(&'a Self)) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.for_each_leaf(each)),
            Self::Not(part) => part.for_each_leaf(each),
            leaf => each(leaf),
        }
    }
}
