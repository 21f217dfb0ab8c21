//! The content map: what there is to give, what it is about, for whom it is, where it can be given, and what is expected
//! of it.

use super::{BehaviourIx, Condition, Label, Milli, Millis, ReadingIx, ScoreIx, SolutionIx, StageIx};
use touchpoint::Text;

/// Index into [`super::Model::issues`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IssueIx(pub u16);

/// People of ours who hand content over in a talk of their own: what `Actor::role` calls them. No channels, on which
/// touchpoints happen, but they stand beside these where content is given.
pub const PEOPLE: [&str; 3] = ["inside_sales", "sales", "success"];

/// One piece of content.
#[derive(Clone, Debug)]
pub struct Asset {
    pub name: Text,
    pub label: Label,
    /// `article`, `white_paper`, `case`, `survey`, ...
    pub kind: Text,
    pub solution: Option<SolutionIx>,
    pub issues: Issues,
    /// Stages of the first life cycle that it is for, in their order. None: it is never proposed.
    pub stages: Vec<StageIx>,
    /// Where it can be given, the first choice first: channels and [`PEOPLE`]. None: it is never proposed.
    pub channels: Vec<Text>,
    /// Languages in which it is there, by the letters of ISO 639-1: `ja`. None: not said.
    pub languages: Vec<Text>,
    /// Words that patterns ask for.
    pub tags: Vec<Text>,
    /// For whom it is, beside the stage.
    pub when: Option<Condition>,
    pub hypothesis: Option<Hypothesis>,
}

/// The issues that a piece of content is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Issues {
    /// None in particular.
    General,
    /// Each of them: whoever has one is helped.
    All,
    These(Vec<IssueIx>),
}

impl Issues {
    pub fn includes(&self, issue: IssueIx) -> bool {
        match self {
            Self::General => false,
            Self::All => true,
            Self::These(these) => these.contains(&issue),
        }
    }
}

/// What a piece of content is expected to bring about, so that it can be found out whether it does.
#[derive(Clone, Debug)]
pub struct Hypothesis {
    pub label: Label,
    pub expects: Expects,
    /// Within so long after it was given.
    pub within: Millis,
}

/// What it is measured by.
#[derive(Clone, Debug, PartialEq)]
pub enum Expects {
    /// The contact reaches this stage of the first life cycle.
    Stage(StageIx),
    /// One of these scores is at least this.
    Score(Vec<ScoreIx>, Milli),
    /// This becomes the reading.
    Reading(ReadingIx),
    /// This question is answered.
    Answer(Text),
    /// This behaviour occurs, on so many days.
    Did { behaviour: BehaviourIx, days: u16 },
    /// This behaviour does not occur.
    DidNot(BehaviourIx),
}
