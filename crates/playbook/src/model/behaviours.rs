//! What contacts do, by name: one kind of touchpoint, several in order, one without another, a return after a silence.
//! And what it is taken to mean: readings.

use super::{BehaviourIx, Condition, Label, Millis, Pattern};
use touchpoint::Text;

/// A behaviour occurs at moments; conditions count them.
#[derive(Clone, Debug)]
pub struct Behaviour {
    pub name: Text,
    pub label: Label,
    pub occurs: Occurs,
    /// Latest occurrences that state keeps: as many as a condition counts, or a few more.
    pub times_kept: u16,
    /// Latest days on which it occurred that state keeps.
    pub days_kept: u16,
}

/// When a behaviour occurs.
#[derive(Clone, Debug, PartialEq)]
pub enum Occurs {
    /// At each touchpoint that matches.
    Each(Vec<Pattern>),
    /// When the last of these has occurred after the others in this order, the first of them less than so long ago. Then
    /// it begins anew: no touchpoint is part of two.
    InOrder { steps: Vec<BehaviourIx>, within: Millis },
    /// So long after the first touchpoint that matches, when the other has not occurred in between, nor in the time `before`
    /// it.
    Unanswered { when: Vec<Pattern>, by: BehaviourIx, within: Millis, before: Millis },
    /// At an own touchpoint after so long without one.
    AfterSilence(Millis),
}

/// A number of occurrences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Did {
    pub behaviour: BehaviourIx,
    pub at_least: Count,
    /// Only those less than so long ago; `None`: ever.
    pub within: Option<Millis>,
    /// Only those after the stage, or the step of a programme, was entered.
    pub since_stage: bool,
}

impl Did {
    /// Once, at whatever time.
    pub const fn ever(behaviour: BehaviourIx) -> Self {
        Self { behaviour, at_least: Count::Times(1), within: None, since_stage: false }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    Times(u16),
    /// Calendar days in the playbook's zone.
    Days(u16),
}

/// What a pattern of touchpoints is taken to mean. Of those that hold one is *the* reading: see the engine.
#[derive(Clone, Debug)]
pub struct Reading {
    pub name: Text,
    pub label: Label,
    /// What is expected to help, and how that would show.
    pub hypothesis: Option<Label>,
    pub when: Condition,
}

impl Behaviour {
    /// The touchpoints that it looks at.
    pub fn patterns(&self) -> &[Pattern] {
        match &self.occurs {
            Occurs::Each(patterns) | Occurs::Unanswered { when: patterns, .. } => patterns,
            Occurs::InOrder { .. } | Occurs::AfterSilence(_) => &[],
        }
    }
}
