//! What a ledger means, computed the slow and obvious way: everything is read off the whole list of touchpoints, and off
//! the log of what they and the passing of time have brought about, for every moment at which something can change. No sums
//! are kept, no counters, no timers, no checkpoints. Written from the documents (`design.md`, the playbooks' README, the
//! docstrings of the model), not from the engine.
//!
//! A touchpoint happens: facts, what it did ([`behaviours`]), points ([`scores`]), readings ([`readings`]), at most one
//! move in each life cycle ([`stages`]). Time passes: the same without a touchpoint, at every moment at which a condition
//! may have changed ([`moments`]). [`conditions`] says what holds.

mod behaviours;
pub(crate) mod compare;
mod conditions;
mod decay;
mod facts;
mod moments;
mod moves;
mod readings;
mod returns;
mod scores;
mod segments;
mod stages;

use engine::ledger::LedgerRow;
use playbook::matching::Resolved;
use playbook::model::{Milli, Model, Pattern};
use readings::Holding;
use scores::Contribution;
use stages::Position;
use touchpoint::{Text, Timestamp};

/// A version of the playbook and from when on it counts; in the order of activation.
#[derive(Clone, Debug)]
pub(crate) struct Activated<'a> {
    pub(crate) model: &'a Model,
    pub(crate) effective_at: Timestamp,
}

/// A touchpoint as the version in force when it occurred sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    pub(crate) ledger: &'a LedgerRow,
    pub(crate) model: &'a Model,
    pub(crate) resolved: Resolved,
    /// A machine's, our own, a test: it counts for nothing.
    pub(crate) ignored: bool,
    pub(crate) own: bool,
}

/// Timers that bring each other about in one moment: no playbook means that.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Circle;

/// Times that time changes something between two touchpoints, and in one moment: as far as this reference follows. The
/// engine gives up later.
const CHANGES_MAX: usize = 200;
const CHAIN_MAX: usize = 30;

/// Everything that is known at a moment.
#[derive(Clone, Debug)]
pub(crate) struct Timeline<'a> {
    pub(crate) activated: &'a [Activated<'a>],
    /// Those that have happened, in order.
    pub(crate) rows: Vec<Row<'a>>,
    pub(crate) now: Timestamp,
    /// In the order in which they were given.
    pub(crate) given: Vec<Contribution>,
    /// When a hand was raised, or a person of ours judged.
    pub(crate) marks: Vec<Timestamp>,
    /// Those that hold.
    pub(crate) readings: Vec<Holding>,
    pub(crate) positions: Vec<Position>,
    pub(crate) segments: Vec<segments::Standing>,
}

impl<'a> Timeline<'a> {
    /// What the rows mean at `now`, which no row is later than. `activated` names one version at least.
    pub(crate) fn of(
        activated: &'a [Activated<'a>],
        rows: impl Iterator<Item = &'a LedgerRow>,
        now: Timestamp,
    ) -> Result<Self, Circle> {
        let mut rows: Vec<&LedgerRow> = rows.collect();
        rows.sort_by_key(|row| (row.touchpoint.occurred_at, &row.touchpoint.input));
        let mut timeline = Self {
            activated,
            rows: Vec::new(),
            now: Timestamp::MIN,
            given: Vec::new(),
            marks: Vec::new(),
            readings: Vec::new(),
            positions: Vec::new(),
            segments: Vec::new(),
        };
        for row in rows {
            timeline.pass_until(row.touchpoint.occurred_at)?;
            timeline.happen(row);
        }
        timeline.pass_until(now)?;
        Ok(timeline)
    }

    /// The version in force at a moment: of those effective by then the latest; before the first the first.
    pub(crate) fn version_at(&self, at: Timestamp) -> usize {
        let key = |ix: &usize| (self.activated[*ix].effective_at, *ix);
        let effective = (0..self.activated.len()).filter(|ix| self.activated[*ix].effective_at <= at).max_by_key(key);
        effective.or_else(|| (0..self.activated.len()).min_by_key(key)).unwrap_or(0)
    }

    pub(crate) fn model(&self) -> &'a Model {
        self.activated[self.version_at(self.now)].model
    }

    fn happen(&mut self, ledger: &'a LedgerRow) {
        let model = self.model();
        let resolved = model.resolve(&ledger.touchpoint);
        let matches =
            |patterns: &[Pattern]| patterns.iter().any(|one| one.matches(model, &ledger.touchpoint, &resolved));
        let ignored = ledger.in_burst || matches(&model.ignored);
        let own = !ignored && matches(&model.own);
        self.rows.push(Row { ledger, model, resolved, ignored, own });
        let row = self.rows.len() - 1;
        // What counts for nothing begins no reading either; what it tells of the contact does, in the same moment.
        if !ignored {
            scores::replace_answers(self, row);
            scores::score(self, row);
            readings::update(self, Some(row));
        }
        segments::update(self, false);
        stages::touched(self, row);
        segments::update(self, true);
    }

    /// Lets time pass, moment by moment, until this one has passed.
    fn pass_until(&mut self, until: Timestamp) -> Result<(), Circle> {
        // Nothing is due of somebody who has done nothing.
        if !self.rows.is_empty() {
            self.settle(false)?;
            let mut changes = 0;
            while let Some(next) = moments::next(self, until) {
                self.now = next;
                changes += self.settle(true)?;
                if changes > CHANGES_MAX {
                    return Err(Circle);
                }
            }
        }
        self.now = until;
        Ok(())
    }

    /// What time brings about at this moment, and what follows from that in the same moment. `came`: time has come to it
    /// only now. How often it changes something.
    fn settle(&mut self, came: bool) -> Result<usize, Circle> {
        let mut changes = 0;
        for round in 0..CHAIN_MAX {
            let first = came && round == 0;
            let changed = readings::update(self, None) || self.occurred_by_time(first);
            let before = segments::update(self, false);
            let later = segments::update(&mut self.clone(), true);
            let (changed, due) = (changed || before.moved, before.any || later.any);
            let moved = stages::passed(self, (changed, due), first);
            let flipped = segments::update(self, true).any || before.any;
            changes += usize::from(moved || changed || flipped);
            if !moved && !flipped {
                return Ok(changes);
            }
        }
        Err(Circle)
    }

    /// A score as it is read now, whoever gave its points.
    pub(crate) fn score(&self, name: &Text) -> Milli {
        scores::read(self, name, self.now)
    }
}
