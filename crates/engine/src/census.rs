//! How many subjects of a partition stand at each stage: counted from what is announced, so that nobody has to look at
//! every contact to know it.

use crate::input::Effect;
use crate::rows::Standing;
use playbook::model::GONE;
use std::collections::BTreeMap;
use touchpoint::Text;
use touchpoint::output::StageTransition;

/// Subjects by life cycle and stage.
#[derive(Debug, Default)]
pub(crate) struct Census {
    /// Stages that were left by everybody stay with zero, so that a gauge goes to zero instead of standing still.
    members: BTreeMap<(Text, Text), u64>,
    changed: bool,
}

impl Census {
    /// As it was stored.
    pub(crate) fn of(standing: Vec<Standing>) -> Self {
        let members = standing.into_iter().map(|at| ((at.life_cycle, at.stage), at.members));
        Self { members: members.collect(), changed: false }
    }

    /// Takes in what an input caused to be announced.
    pub(crate) fn count(&mut self, effects: &[Effect]) {
        for effect in effects {
            if let Effect::StageTransition(transition) = effect {
                self.moved(transition);
            }
        }
    }

    /// What is to be stored, when it differs from what was.
    pub(crate) fn changed(&mut self) -> Option<Vec<Standing>> {
        if !std::mem::take(&mut self.changed) {
            return None;
        }
        let held = self.iter().filter(|(_, _, members)| *members > 0);
        let standing = held.map(|(life_cycle, stage, members)| Standing {
            life_cycle: life_cycle.clone(),
            stage: stage.clone(),
            members,
        });
        Some(standing.collect())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Text, &Text, u64)> {
        self.members.iter().map(|((life_cycle, stage), members)| (life_cycle, stage, *members))
    }

    fn moved(&mut self, transition: &StageTransition) {
        let Some(life_cycle) = &transition.envelope.life_cycle else { return };
        self.changed = true;
        if let Some(from) = &transition.from {
            let left = self.members.entry((life_cycle.clone(), from.clone())).or_default();
            debug_assert!(*left > 0, "a contact left {from}, where nobody stood");
            *left = left.saturating_sub(1);
        }
        if !GONE.contains(&transition.to.as_str()) {
            *self.members.entry((life_cycle.clone(), transition.to.clone())).or_default() += 1;
        }
    }
}
