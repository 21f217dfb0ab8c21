//! When each behaviour occurred: looked up in the list of touchpoints.

use super::{Row, Timeline};
use playbook::model::{Behaviour, BehaviourIx, Count, Did, Millis, Model, Occurs, Pattern, Window};
use std::collections::BTreeSet;
use touchpoint::{Text, Timestamp};

/// A behaviour occurred: at a touchpoint, or by time, some time after it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Occurrence {
    pub(crate) at: Timestamp,
    pub(crate) row: usize,
}

fn behaviour<'a>(model: &'a Model, name: &Text) -> Option<&'a Behaviour> {
    model.behaviours.iter().find(|one| one.name == *name)
}

fn name_of(model: &Model, ix: BehaviourIx) -> &Text {
    &model.behaviours[usize::from(ix.0)].name
}

impl Row<'_> {
    fn at(&self) -> Timestamp {
        self.ledger.touchpoint.occurred_at
    }

    fn is_one_of(&self, patterns: &[Pattern]) -> bool {
        !self.ignored && patterns.iter().any(|one| one.matches(self.model, &self.ledger.touchpoint, &self.resolved))
    }

    /// It is a touchpoint that the behaviour of this name consists of.
    fn did(&self, name: &Text) -> bool {
        match behaviour(self.model, name).map(|one| &one.occurs) {
            Some(Occurs::Each(patterns)) => self.is_one_of(patterns),
            _ => false,
        }
    }
}

impl Row<'_> {
    /// A behaviour that is made of others looks at such touchpoints.
    fn is_seen_by(&self, name: &Text) -> bool {
        match behaviour(self.model, name).map(|one| &one.occurs) {
            Some(Occurs::InOrder { steps, .. }) => steps.iter().any(|step| self.did(name_of(self.model, *step))),
            Some(Occurs::Unanswered { when, by, .. }) => self.is_one_of(when) || self.did(name_of(self.model, *by)),
            Some(Occurs::Each(_) | Occurs::AfterSilence(_)) | None => false,
        }
    }
}

impl Timeline<'_> {
    /// Every occurrence so far, in order.
    pub(crate) fn occurrences(&self, name: &Text) -> Vec<Occurrence> {
        let mut all: Vec<Occurrence> =
            (0..self.rows.len()).filter(|row| self.did_at(name, *row)).map(|row| self.occurrence(row)).collect();
        all.extend(self.by_time(name));
        all.sort_by_key(|one| one.at);
        all
    }

    fn occurrence(&self, row: usize) -> Occurrence {
        Occurrence { at: self.rows[row].at(), row }
    }

    /// It occurred at this very touchpoint, as the version in force then means it.
    pub(crate) fn did_at(&self, name: &Text, at: usize) -> bool {
        let row = &self.rows[at];
        match behaviour(row.model, name).map(|one| &one.occurs) {
            Some(Occurs::Each(_)) => row.did(name),
            Some(Occurs::InOrder { steps, within }) => {
                let began = self.sequence_began(name, row.model, steps, at);
                began.is_some_and(|began| row.at().millis_since(began) < *within)
            }
            Some(Occurs::AfterSilence(silence)) => {
                let before = self.rows[..at].iter().rev().find(|row| row.own);
                row.own && before.is_some_and(|before| row.at().millis_since(before.at()) >= *silence)
            }
            Some(Occurs::Unanswered { .. }) | None => false,
        }
    }

    /// When the latest sequence of all steps that ends with this touchpoint began. One that was completed is over, and so
    /// is one of which a version that makes it of other steps has seen any of these.
    fn sequence_began(&self, name: &Text, model: &Model, steps: &[BehaviourIx], last: usize) -> Option<Timestamp> {
        let (last_step, before) = steps.split_last()?;
        if !self.rows[last].did(name_of(model, *last_step)) {
            return None;
        }
        let same = |row: &Row<'_>| sequence(row.model, name) == sequence(model, name);
        let is_over = |at: &usize| {
            let row = &self.rows[*at];
            if same(row) { self.did_at(name, *at) } else { row.is_seen_by(name) }
        };
        let mut at = last;
        for step in before.iter().rev() {
            let step = name_of(model, *step);
            let mut earlier = (0..at).rev().take_while(|at| !is_over(at));
            at = earlier.find(|at| same(&self.rows[*at]) && self.rows[*at].did(step))?;
        }
        Some(self.rows[at].at())
    }

    /// Occurrences without a touchpoint at that moment: the first look waits for its answer, later ones with it.
    fn by_time(&self, name: &Text) -> Vec<Occurrence> {
        let mut occurred = Vec::new();
        let mut waits: Option<usize> = None;
        let mut answered_at: Option<Timestamp> = None;
        let mut seen_by = None;
        for (at, row) in self.rows.iter().enumerate() {
            self.end_of_wait(name, &mut waits, row.at(), &mut occurred);
            let meant = behaviour(row.model, name).map(|one| &one.occurs);
            if !row.is_seen_by(name) {
                continue;
            }
            let Some(Occurs::Unanswered { when, by, before, .. }) = meant else {
                // A sequence of the same name.
                (waits, answered_at, seen_by) = (None, None, None);
                continue;
            };
            // Another definition begins anew.
            if seen_by != answer(row.model, name) {
                (waits, answered_at, seen_by) = (None, None, answer(row.model, name));
            }
            if row.did(name_of(row.model, *by)) {
                waits = None;
                answered_at = Some(row.at());
            }
            // In the same millisecond it is the answer, whichever stands first.
            let lately =
                answered_at.is_some_and(|answered| row.at() == answered || row.at().millis_since(answered) < *before);
            if waits.is_none() && !lately && row.is_one_of(when) {
                waits = Some(at);
            }
        }
        self.end_of_wait(name, &mut waits, self.now, &mut occurred);
        occurred
    }

    fn end_of_wait(&self, name: &Text, waits: &mut Option<usize>, until: Timestamp, occurred: &mut Vec<Occurrence>) {
        let Some((row, look)) = waits.map(|row| (row, &self.rows[row])) else { return };
        let Some(within) = answer(look.model, name).map(|(_, within)| within) else { return };
        let end = look.at().plus_millis(within);
        if end <= until {
            *waits = None;
            // While another definition is in force it has waited in vain.
            if answer(self.activated[self.version_at(end)].model, name) == answer(look.model, name) {
                occurred.push(Occurrence { at: end, row });
            }
        }
    }

    /// Time has just let one occur.
    pub(crate) fn occurred_by_time(&self, came: bool) -> bool {
        let model = self.model();
        came && model.behaviours.iter().any(|one| self.by_time(&one.name).iter().any(|one| one.at == self.now))
    }

    /// So often, or on so many days, less than so long ago, after `since`.
    pub(crate) fn did(&self, did: &Did, since: Option<Timestamp>) -> bool {
        let model = self.model();
        let mut times = self.occurrences(name_of(model, did.behaviour));
        times.retain(|one| did.within.is_none_or(|within| self.now.millis_since(one.at) < within));
        times.retain(|one| since.is_none_or(|since| one.at > since));
        match did.at_least {
            Count::Times(times_wanted) => times.len() >= usize::from(times_wanted),
            Count::Days(days) => {
                // A day is one where it occurred.
                let day = |at| self.activated[self.version_at(at)].model.window_key(Window::Day, at);
                let on: BTreeSet<i32> = times.iter().map(|one| day(one.at)).collect();
                on.len() >= usize::from(days)
            }
        }
    }

    /// Not so, and somebody would have seen it all that time. "Not ever" is not in what was watched.
    pub(crate) fn did_not(&self, did: &Did, since: Option<Timestamp>) -> bool {
        if let Some(from) = did.within.map(|within| self.now.plus_millis(-within)) {
            // What is asked of the time since then needs as much time since then.
            if since.is_some_and(|since| since > from) {
                return false;
            }
            // Who came later was watched from the beginning.
            let watched = self.watched_since(name_of(self.model(), did.behaviour));
            let watched = watched.filter(|watched| self.first_at().is_some_and(|first| first < *watched));
            if watched.is_some_and(|watched| watched > from) {
                return false;
            }
        }
        !self.did(did, since)
    }

    /// Since when every version has had a behaviour of this name; `None`: from the beginning.
    pub(crate) fn watched_since(&self, name: &Text) -> Option<Timestamp> {
        let mut order: Vec<usize> = (0..self.activated.len()).collect();
        order.sort_by_key(|ix| (self.activated[*ix].effective_at, *ix));
        // Of those that come into force together the last one counts.
        order.dedup_by(|later, earlier| {
            let together = self.activated[*later].effective_at == self.activated[*earlier].effective_at;
            if together {
                *earlier = *later;
            }
            together
        });
        let now = self.version_at(self.now);
        let upto = order.iter().position(|ix| *ix == now)?;
        let mut since = self.activated[now].effective_at;
        for ix in order[..upto].iter().rev() {
            if behaviour(self.activated[*ix].model, name).is_none() {
                return Some(since);
            }
            since = self.activated[*ix].effective_at;
        }
        None
    }
}

/// What has to follow, and within how long.
fn answer<'a>(model: &'a Model, name: &Text) -> Option<(&'a Text, Millis)> {
    match behaviour(model, name).map(|one| &one.occurs) {
        Some(Occurs::Unanswered { by, within, .. }) => Some((name_of(model, *by), *within)),
        _ => None,
    }
}

/// The steps, and within how long.
fn sequence<'a>(model: &'a Model, name: &Text) -> Option<(Vec<&'a Text>, Millis)> {
    match behaviour(model, name).map(|one| &one.occurs) {
        Some(Occurs::InOrder { steps, within }) => {
            Some((steps.iter().map(|step| name_of(model, *step)).collect(), *within))
        }
        _ => None,
    }
}
