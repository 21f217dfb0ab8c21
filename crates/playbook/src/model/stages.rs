//! Life cycles: stages, what opens and ends them, and the reasons that people give.

use super::{AttributeOf, Condition, DateOf, Label, Millis, StageIx, Wait};
use touchpoint::Text;

/// A graph of stages that contacts (or accounts) move through.
#[derive(Clone, Debug)]
pub struct LifeCycle {
    pub name: Text,
    pub label: Label,
    /// Who moves through it.
    pub of: AttributeOf,
    /// In order: a later one is "forward". The first is where everybody starts.
    pub stages: Vec<Stage>,
    /// Who this does not hold for is not in it; `None`: everybody is.
    pub lasts_while: Option<Condition>,
}

impl LifeCycle {
    /// A stage by its name.
    pub fn stage(&self, name: &str) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.name == name)
    }

    /// Every condition that opens one of its stages, or leads out of one.
    pub fn moves(&self) -> impl Iterator<Item = &Condition> {
        self.stages.iter().flat_map(Stage::moves)
    }
}

/// Where the events of a subject end that is in the life cycle no more, whose history went to another subject, was taken
/// back whole, or was erased: said like a stage, and therefore no name of one.
pub const GONE: [&str; 4] = [ENDED, MERGED, WITHDRAWN, ERASED];
pub const ENDED: &str = "ended";
pub const MERGED: &str = "merged";
pub const WITHDRAWN: &str = "withdrawn";
pub const ERASED: &str = "erased";

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
    /// back to the stage has not reached it once more; who came by association reaches it when people say so of them, too.
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

impl Stage {
    /// Owner of a stage that the tier of the company decides.
    pub const BY_COVERAGE: &str = "by_coverage";
    /// Owner of a stage that nobody leads.
    pub const NOBODY: &str = "none";

    /// What opens it, and what leads out of it.
    pub fn moves(&self) -> impl Iterator<Item = &Condition> {
        self.entries.iter().map(|entry| &entry.when).chain(self.exits.iter().map(|exit| &exit.when))
    }
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
    /// State reached a level: tested whenever state changes, and at the moment at which time alone makes it true.
    Score,
    /// The contact raised a hand: an edge, only the touchpoint itself opens it.
    Hand,
    /// A person of ours judged: an edge.
    Person,
    /// The profile says so.
    Profile,
    /// What became of others of the same company.
    Association,
    /// The word of sales or success ([`Condition::Feedback`]): legal from every stage but an `out` one.
    Feedback,
}

#[derive(Clone, Debug)]
pub struct Exit {
    pub to: StageIx,
    pub when: Condition,
    pub reason: Option<Text>,
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
    /// Who rejects a hand-off for this leaves it to another member of the team.
    pub is_passed_on: bool,
}
