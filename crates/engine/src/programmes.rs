//! Programmes: who is in which, at which step, and what is done next.
//!
//! Where somebody stands in a programme is no part of the fold: it goes on with partition time, by what is known then, and
//! what it made us do is told and recorded. A fact that comes late changes what is done next and takes back no message that
//! was sent. The same inbox gives the same actions.
//!
//! In one moment: who leaves, who comes in, then each programme goes on as far as it can, the one with the lowest priority
//! number first: what it sends counts for the limits of the others.

mod act;
mod explained;
mod run;

pub(crate) use act::{Acted, Withheld};
pub(crate) use explained::explained;
pub use explained::{NextMove, ProgrammeExplained};
pub(crate) use run::{Decided, Looked, What, cancel_all, look};

use crate::agenda::Agenda;
use crate::aside::Aside;
use crate::places::Resting;
use crate::question::Awaited;
use crate::rests::{Changes, Rests};
use crate::version::{NameKey, Version, VersionIx};
use playbook::model::{Condition, Model, Programme};
use serde::{Deserialize, Serialize};
use touchpoint::{EventId, Text, Timestamp};

/// What a contact's head knows of programmes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolments {
    /// The version by which it was last looked at; `None`: never.
    pub(crate) looked_by: Option<VersionIx>,
    /// By programme; those that the contact never was in, and whose condition does not hold, are not here.
    pub(crate) of: Vec<Enrolment>,
    /// The messages that limits still count, in order of time.
    pub(crate) sent: Vec<Message>,
    /// When time alone will change something next.
    pub(crate) due: Option<Timestamp>,
    /// The same by programme; empty: not known.
    #[serde(skip)]
    pub(crate) turns: Aside<Agenda>,
}

/// One programme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    pub(crate) of: NameKey,
    pub(crate) standing: Standing,
    /// When it last ended.
    pub(crate) ended_at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Standing {
    /// Not in it. `held`: its condition holds already, so that it does not begin to.
    Outside {
        held: bool,
    },
    In(Box<Inside>),
}

/// Where somebody stands in a programme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Inside {
    pub(crate) entered_at: Timestamp,
    /// Left out, so that the effect can be told.
    pub(crate) held_out: bool,
    pub(crate) step: NameKey,
    /// Since when.
    pub(crate) since: Timestamp,
    pub(crate) progress: Progress,
    /// Why this step's act was withheld.
    pub(crate) withheld: Option<Withheld>,
    /// The last action, as long as it may still be carried out.
    pub(crate) open: Option<Open>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Progress {
    /// Something is to be done: wanted since then, not before that.
    Wanted { since: Timestamp, not_before: Option<Timestamp> },
    /// It is done, or there was nothing to do: since then it is waited.
    Waiting { since: Timestamp },
}

/// An action that may still be carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Open {
    pub(crate) action: EventId,
    pub(crate) step: Text,
    pub(crate) channel: Text,
    pub(crate) executor: Text,
    pub(crate) not_after: Option<Timestamp>,
}

/// A message that limits count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) at: Timestamp,
    pub(crate) channel: NameKey,
}

impl Inside {
    /// Is something to be done as soon as it may be?
    const fn wants(&self) -> bool {
        matches!(self.progress, Progress::Wanted { .. })
    }
}

impl Enrolments {
    fn place(&self, of: NameKey) -> Option<usize> {
        self.of.iter().position(|enrolment| enrolment.of == of)
    }

    /// Where the contact stands in a programme that it is in.
    fn inside(&self, of: NameKey) -> Option<&Inside> {
        match &self.of[self.place(of)?].standing {
            Standing::In(inside) => Some(inside),
            Standing::Outside { .. } => None,
        }
    }

    /// Notes an action that may be cancelled as long as its window is open.
    pub(crate) fn opened(&mut self, of: NameKey, open: Open) {
        let place = self.place(of);
        if let Some(Standing::In(inside)) = place.map(|place| &mut self.of[place].standing) {
            inside.open = Some(open);
        }
    }
}

/// The programmes that a contact is in, in the order in which they speak.
pub(crate) fn named(enrolments: &Enrolments, version: &Version) -> Vec<Text> {
    let keys = &version.programmes;
    let is_in = |place: &&usize| enrolments.inside(keys.keys[**place]).is_some();
    keys.order.iter().filter(is_in).map(|place| version.model.programmes[*place].name.clone()).collect()
}

/// What a version knows of its programmes by place.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProgrammeKeys {
    pub(crate) keys: Vec<NameKey>,
    /// Of the steps of each.
    steps: Vec<Vec<NameKey>>,
    /// In the order in which they speak.
    pub(crate) order: Vec<usize>,
    /// Time alone can begin or end what `enters` and `leaves` ask for.
    pub(crate) timed: Vec<bool>,
    /// What the conditions of each rest on.
    pub(crate) rests: Vec<Rests>,
    pub(crate) resting: Resting,
    /// Of that what may make one call for who is outside, and what may end that: by `held` of [`Standing::Outside`].
    pub(crate) turning: Vec<[Changes; 2]>,
}

/// What who is outside waits for: that it calls for them, or, where it does already (`held`), that it does not. Who would
/// leave at once does not come in.
fn awaited(programme: &Programme, held: bool) -> Awaited<'_> {
    Awaited { when: &programme.enters, unless: programme.leaves.as_ref(), wanted: !held }
}

impl ProgrammeKeys {
    pub(crate) fn of(model: &Model, keys: Vec<NameKey>) -> Self {
        let programmes = &model.programmes;
        let mut order: Vec<usize> = (0..programmes.len()).collect();
        order.sort_by_key(|at| programmes[*at].priority);
        let turning = |one: &Programme| [false, true].map(|held| Changes::bringing(model, awaited(one, held)));
        let steps = |one: &Programme| one.steps.iter().map(|step| NameKey::of(&step.name)).collect();
        let rests: Vec<_> = programmes.iter().map(|one| Rests::of_all(model, one.conditions())).collect();
        Self {
            keys,
            steps: programmes.iter().map(steps).collect(),
            order,
            resting: Resting::of(rests.iter().copied()),
            rests,
            turning: programmes.iter().map(turning).collect(),
            timed: programmes
                .iter()
                .map(|one| std::iter::once(&one.enters).chain(&one.leaves).any(Condition::is_timed))
                .collect(),
        }
    }
    pub(crate) fn step(&self, programme: usize, step: usize) -> NameKey {
        self.steps[programme][step]
    }

    /// The place of a step, as this version has it.
    pub(crate) fn step_of(&self, programme: usize, key: NameKey) -> Option<usize> {
        self.steps[programme].iter().position(|have| *have == key)
    }
}
