//! Where a contact stands in its programmes, for a person who asks.

use super::{Enrolments, Progress, Withheld};
use crate::aggregate::Aggregate;
use crate::condition::Asked;
use crate::question::Question;
use crate::version::{Version, VersionIx, Versions};
use playbook::model::Label;
use touchpoint::{Text, Timestamp};

/// A programme that the contact is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgrammeExplained {
    pub programme: Text,
    pub label: Label,
    pub entered_at: Timestamp,
    /// Left out, so that the effect can be told.
    pub held_out: bool,
    pub step: Text,
    /// Since when.
    pub since: Timestamp,
    pub next: NextMove,
}

/// What the step is about now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextMove {
    /// It acts not before then, as far as hours and limits are known now; `silent`: nothing is done as long as all are silent.
    Acts { not_before: Option<Timestamp>, silent: bool },
    /// It has acted, or had nothing to do, and waits: until then at the latest, or for what the contact does. Why the act was
    /// withheld, if it was.
    Waits { until: Option<Timestamp>, withheld_for: Option<&'static str> },
}

/// The programmes that the contact is in, in the order in which they speak.
pub(crate) fn explained(
    enrolments: &Enrolments,
    versions: &Versions,
    in_force: (VersionIx, &Version),
    aggregate: &Aggregate,
    at: Timestamp,
) -> Vec<ProgrammeExplained> {
    let model = &in_force.1.model;
    let asked = Asked::of(versions, in_force, aggregate);
    let silent = model.sending.silent_while.as_ref().is_some_and(|silent| asked.holds(silent, at));
    let keys = &in_force.1.programmes;
    let each = keys.order.iter().filter_map(|place| {
        let programme = &model.programmes[*place];
        let inside = enrolments.inside(keys.keys[*place])?;
        let step = &programme.steps[keys.step_of(*place, inside.step)?];
        let next = match inside.progress {
            Progress::Wanted { not_before, .. } => {
                NextMove::Acts { not_before, silent: silent && !programme.is_transactional }
            }
            Progress::Waiting { since } => NextMove::Waits {
                until: step.wait.map(|wait| model.after(since, wait)),
                withheld_for: inside.withheld.map(Withheld::as_str),
            },
        };
        Some(ProgrammeExplained {
            programme: programme.name.clone(),
            label: programme.label.clone(),
            entered_at: inside.entered_at,
            held_out: inside.held_out,
            step: step.name.clone(),
            since: inside.since,
            next,
        })
    });
    each.collect()
}
