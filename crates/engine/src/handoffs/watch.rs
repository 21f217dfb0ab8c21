//! A promise that is watched.

use playbook::model::{Model, Promise};
use serde::{Deserialize, Serialize};
use touchpoint::Timestamp;

/// Until when something is to happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    pub due: Timestamp,
    /// Only what is tried from then on meets it; `None`: whatever was since the contact asks.
    pub since: Option<Timestamp>,
    /// When a warning is to be given; `None`: none, or none any more.
    pub warn_at: Option<Timestamp>,
    /// It has happened.
    pub is_met: bool,
    /// It did not happen in time.
    pub is_broken: bool,
}

/// What time has brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comes {
    Warning,
    Breach,
}

impl Watch {
    /// Counted from then.
    pub(super) fn from(model: &Model, from: Timestamp, promise: Promise, warn_at: Option<u8>) -> Self {
        Self {
            due: model.promised(from, promise),
            warn_at: warn_at.map(|percent| model.warned(from, promise, percent)),
            since: None,
            is_met: false,
            is_broken: false,
        }
    }

    /// Given once more: what was tried before does not count.
    pub(super) fn anew(model: &Model, now: Timestamp, promise: Promise, warn_at: Option<u8>) -> Self {
        Self { since: Some(now), ..Self::from(model, now, promise, warn_at) }
    }

    /// Whether an attempt meets it.
    pub(super) fn takes(&self, attempted_at: Option<Timestamp>) -> bool {
        attempted_at.is_some_and(|at| self.since.is_none_or(|since| since <= at))
    }

    /// When time alone brings something next.
    pub(super) fn next(&self) -> Option<Timestamp> {
        let waits = !self.is_met && !self.is_broken;
        waits.then(|| self.warn_at.map_or(self.due, |warn_at| warn_at.min(self.due)))
    }

    /// What is due by now, once.
    pub(super) fn pass(&mut self, now: Timestamp) -> Option<Comes> {
        if self.is_met || self.is_broken {
            return None;
        }
        if self.due <= now {
            (self.is_broken, self.warn_at) = (true, None);
            return Some(Comes::Breach);
        }
        let warns = self.warn_at.is_some_and(|warn_at| warn_at <= now);
        warns.then(|| {
            self.warn_at = None;
            Comes::Warning
        })
    }

    /// Still open, until then.
    pub(super) fn open_until(&self) -> Option<Timestamp> {
        (!self.is_met).then_some(self.due)
    }
}
