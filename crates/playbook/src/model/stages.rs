//! Life cycles: stages, what opens and ends them, and the reasons that people give.

use super::{AttributeOf, Did, Label, Milli, Millis, Pattern, ReadingIx, ScoreIx, StageIx, Test, Wait};
use touchpoint::Text;

/// A graph of stages that contacts (or accounts) move through.
#[derive(Clone, Debug)]
pub struct LifeCycle {
    pub name: Text,
    pub label: Label,
    /// In order: a later one is "forward". The first is where everybody starts.
    pub stages: Vec<Stage>,
}

/// Where the events of a subject end whose history went to another subject, or was taken back whole: said like a stage,
/// and therefore no name of one.
pub const GONE: [&str; 2] = [MERGED, WITHDRAWN];
pub const MERGED: &str = "merged";
pub const WITHDRAWN: &str = "withdrawn";

#[derive(Clone, Debug)]
pub struct Stage {
    pub name: Text,
    pub label: Label,
    pub phase: Text,
    pub owner: Text,
    /// Any of these opens the stage; tried on an input or a timer, the furthest stage that holds wins.
    pub entries: Vec<Entry>,
    /// Ways out by themselves; the first that holds is taken.
    pub exits: Vec<Exit>,
    /// Milestone counted when the stage is entered from one before it, or from the recycle box: `MAL`, `MQL`, ... Who falls
    /// back to the stage has not reached it once more.
    pub milestone: Option<Text>,
    /// Only people's word, this stage's own exits, and exclusion move somebody out: no entry applies but one that names
    /// this stage in [`Entry::from`].
    pub held: bool,
    /// Leaves every funnel: entered by its entries from anywhere (unless they say from where), before all others, and
    /// left by hand or by its own exits.
    pub out: bool,
    /// The recycle box.
    pub recycle: bool,
    /// How long somebody is held here when the feedback `held` names no date.
    pub hold: Option<Wait>,
    /// Of a recycle box: earliest return of those who came for no reason, or one that the playbook does not know.
    pub returns_after: Option<Millis>,
}

/// Why a stage opens.
#[derive(Clone, Debug)]
pub struct Entry {
    pub by: EntryBy,
    /// `Some`: only from these stages (else from every earlier one).
    pub from: Option<Vec<StageIx>>,
    pub when: Condition,
}

/// What an entry rests on, and so what its transition's reason says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryBy {
    /// State reached a level: tested at every touchpoint that counts, and where a behaviour occurs by time, or a reading
    /// begins or ends. What time alone brings about (a silence, a score that fades, a date of return) opens no stage by
    /// itself: that is an exit of the stage before.
    Score,
    /// The contact raised a hand: an edge, only the touchpoint itself opens it.
    Hand,
    /// A person of ours judged: an edge.
    Person,
    /// The profile says so.
    Profile,
    /// The word of sales or success ([`Condition::Feedback`]): legal from every stage but an `out` one.
    Feedback,
}

#[derive(Clone, Debug)]
pub struct Exit {
    pub to: StageIx,
    pub when: Condition,
    pub reason: Option<Text>,
}

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

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnsBefore {
    /// One that had begun already when the reason was given says nothing.
    pub date: DateOf,
    pub by: Millis,
}

/// Budgets are made so many months before the fiscal year begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Season {
    pub months: u8,
    /// One that begins sooner is let pass.
    pub not_within: Millis,
}

/// A reason that people give when they reject or lose, and what follows.
#[derive(Clone, Debug)]
pub struct Reason {
    pub code: Text,
    pub label: Label,
    /// Stage of the first life cycle that the contact goes to, where an entry by feedback would lead to its recycle box;
    /// `None`: the stage stays, with its dates.
    pub to: Option<StageIx>,
    /// Earliest return from the recycle box, after the feedback; `None`: never by itself.
    pub returns_after: Option<Millis>,
    /// The feedback's `until` date less this decides instead, when it is given.
    pub returns_before_until: Option<Millis>,
    /// So long before a date of the customer decides instead, when it is known.
    pub returns_before: Option<ReturnsBefore>,
    /// At the beginning of the customer's budget season, when that is earlier.
    pub returns_in_season: Option<Season>,
    /// Earlier than that when this holds: makes [`Condition::ReturnDue`] true for who is recycled for this reason.
    pub returns_when: Option<Condition>,
    /// No `mql` by score for this long.
    pub no_score_entry_for: Option<Millis>,
}
