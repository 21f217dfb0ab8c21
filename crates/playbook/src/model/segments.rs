//! Who contacts are together with what they do: segments, which contacts enter and leave; and tiers, of which the company
//! has one.

use super::{Condition, Label, Millis, StageIx};
use touchpoint::Text;

/// A set of contacts that keeps itself up to date.
#[derive(Clone, Debug)]
pub struct Segment {
    pub name: Text,
    pub label: Label,
    /// Who comes in, unless they would go at once.
    pub when: Condition,
    /// Who goes; `None`: who would not come in any more.
    pub until: Option<Condition>,
    /// Nobody stays longer than this.
    pub lasts: Option<Millis>,
    /// Advertising tools show something to its members.
    pub is_audience: bool,
    /// Rests on stages, itself or by another segment: asked after they are decided, and no stage rests on it.
    pub after_stages: bool,
}

impl Segment {
    /// Every condition of it.
    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        std::iter::once(&self.when).chain(&self.until)
    }

    /// Whoever left stays out until [`Segment::when`] has not held for once.
    pub fn is_left_while_it_holds(&self) -> bool {
        self.until.is_some() || self.lasts.is_some()
    }
}

/// The size of the business that a company may become (想定ビジネスサイズ).
#[derive(Clone, Debug)]
pub struct Tier {
    pub name: Text,
    pub label: Label,
    /// The first tier that fits counts.
    pub when: Condition,
    /// Who leads and helps, by stage of the first life cycle.
    pub coverage: Vec<Option<Coverage>>,
    /// Who is handed over at a stage that calls for it; `None`: everybody.
    pub hand_over: Option<Condition>,
}

/// Which department does what for a company of one tier at one stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    pub lead: Text,
    pub help: Vec<Text>,
    /// On which channels.
    pub channels: Vec<Text>,
    /// How much, as the playbook calls it.
    pub effort: Option<Text>,
}

impl Tier {
    pub fn coverage_at(&self, stage: StageIx) -> Option<&Coverage> {
        self.coverage.get(usize::from(stage.0))?.as_ref()
    }
}
