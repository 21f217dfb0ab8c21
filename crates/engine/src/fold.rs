//! The fold: rows in order of (occurred_at, source, id), timers at the moment they fall due. The one definition of what
//! a ledger means; the incremental engine and the oracle of its tests both call it.

use crate::aggregate::{Aggregate, Given, Kept, Position};
use crate::aside::Aside;
use crate::askers::Asker;
use crate::condition::{Asked, AtHand};
use crate::ledger::LedgerRow;
use crate::rests::Rests;
use crate::turns::Turn;
use crate::version::{Version, VersionIx, Versions};
use crate::{attendance, behaviours, consumption, facts, readings, scoring, segments, stage};
use playbook::model::Pattern;
use touchpoint::{InputId, Timestamp};

/// Timers folded between two inputs at the most. A playbook whose timers chase each other in a circle would fold for
/// ever; real ones move a contact a few times, and end its readings, before the next input. Counted in the state, so that the fold ends
/// in the same stage however often it was looked at meanwhile.
const TIMERS_MAX: u16 = 1_000;

/// What folding told beside the new state, for those who explain.
#[derive(Debug, Default)]
pub struct Trace {
    pub given: Vec<Given>,
    pub taken: Vec<Given>,
}

impl Trace {
    /// Does none of it change any score?
    pub(crate) fn moves_nothing(&self) -> bool {
        self.given.iter().chain(&self.taken).all(|given| given.points == 0)
    }
}

/// Folds one row in, after the timers due before it.
pub fn fold_row(versions: &Versions, aggregate: &mut Aggregate, row: &LedgerRow, mut trace: Option<&mut Trace>) {
    advance(versions, aggregate, row.touchpoint.occurred_at, trace.as_deref_mut());
    fold_next(versions, aggregate, row, trace);
}

/// Folds one row in, when no timer is due before it. What it gave.
pub(crate) fn fold_next(
    versions: &Versions,
    aggregate: &mut Aggregate,
    row: &LedgerRow,
    trace: Option<&mut Trace>,
) -> Vec<Kept> {
    let at = row.touchpoint.occurred_at;
    aggregate.timers = 0;
    let Some((version_ix, version)) = versions.at(at) else { return Vec::new() };
    let model = &version.model;
    aggregate.outlook.begin((version_ix, version), &aggregate.lines);
    let resolved = model.resolve(&row.touchpoint);
    let matches = |patterns: &[Pattern]| patterns.iter().any(|p| p.matches(model, &row.touchpoint, &resolved));
    let ignored = row.in_burst || matches(&model.ignored);
    let own = !ignored && matches(&model.own);
    let silent_since = aggregate.facts.last_own_at.filter(|_| own);
    facts::learn(aggregate, row, own);
    if !ignored {
        facts::learn_answers(aggregate, model, row);
    }
    if let Some(asset) = resolved.asset.filter(|_| own) {
        consumption::learn(aggregate, version, asset, at);
    }
    let mut gave = Vec::new();
    if !ignored {
        let touchpoint = &row.touchpoint;
        let refuted = attendance::learn(aggregate, touchpoint).map(|derived| {
            behaviours::forget(aggregate, derived.ends_at, &derived.input);
            derived.gave
        });
        let mut taken = refuted.unwrap_or_default();
        taken.extend(scoring::answer(aggregate, touchpoint));
        taken.iter().for_each(|kept| scoring::take_back(aggregate, versions, kept));
        behaviours::learn(aggregate, version, touchpoint, &resolved, silent_since);
        let mut scored = scoring::score(aggregate, versions, (version_ix, version), row, &resolved, own);
        if scored.marked {
            aggregate.facts.last_mark_at = Some(at);
            aggregate.outlook.changed(Rests::MARK);
        }
        scored.given.extend(read(aggregate, versions, (version_ix, version), at, Some(&touchpoint.input)).1);
        if let Some(trace) = trace {
            trace.given.extend(scored.given.iter().map(|kept| kept.given.clone()));
            trace.taken.extend(taken.into_iter().map(|kept| kept.given));
        }
        gave = scored.given;
    }
    aggregate.at = Some(at);
    // What a machine does is no reason to move; the contact only comes to exist by it.
    let at_hand = (!ignored).then_some(AtHand { touchpoint: &row.touchpoint, resolved: &resolved, own });
    if version.askers.is_moving(&row.touchpoint, &resolved) {
        aggregate.outlook.changed(Rests::TOUCHPOINT);
    }
    decide(aggregate, versions, (version_ix, version), at, stage::Occasion::of(at_hand));
    gave
}

/// Segments and stages, each after what it rests on.
fn decide(
    aggregate: &mut Aggregate,
    versions: &Versions,
    in_force: (VersionIx, &Version),
    at: Timestamp,
    occasion: stage::Occasion<'_>,
) {
    aggregate.outlook.ask();
    let changed = segments::update(aggregate, versions, in_force, at, false);
    let occasion = occasion.with_change(changed);
    stage::try_move(aggregate, versions, in_force, at, occasion);
    segments::update(aggregate, versions, in_force, at, true);
    note_turns(aggregate, versions, in_force, at);
    // Where not all entries were looked at, they have seen nothing of what has changed.
    if occasion.looks_at_all() {
        aggregate.outlook.settle();
    }
}

/// Notes when time turns what was open; segments have noted it, but for what moves tell them.
fn note_turns(aggregate: &mut Aggregate, versions: &Versions, in_force: (VersionIx, &Version), at: Timestamp) {
    let (_, version) = in_force;
    let marked = aggregate.outlook.has_changed_meanwhile(Rests::MARK);
    for asker in version.timed_askers(marked) {
        let is_open = match asker {
            Asker::Segment(ix) => aggregate.outlook.is_open(version, asker, version.askers.segment(ix), at),
            Asker::Reading(ix) => aggregate.outlook.is_open(version, asker, version.askers.reading(ix), at),
            Asker::LifeCycle(ix) => {
                let moving = stage::moving(aggregate, version, ix);
                let is_open = aggregate.outlook.is_life_cycle_open(version, ix, moving, at);
                if !is_open {
                    aggregate.outlook.put_off(version, ix, moving);
                }
                is_open
            }
        };
        if is_open {
            let turns = turns(&Asked::of(versions, in_force, aggregate), asker, at);
            aggregate.outlook.set_turn(version, asker, turns);
        }
    }
}

/// When time alone turns the answer.
fn turn_of(asked: &Asked<'_>, asker: Asker, from: Timestamp) -> Option<Timestamp> {
    match asker {
        Asker::Segment(ix) => segments::turn(asked, ix, from),
        Asker::Reading(ix) => readings::turn(asked, ix, from),
        Asker::LifeCycle(ix) => stage::turn(asked, ix, from),
    }
}

/// The same, or a moment before it.
fn turns(asked: &Asked<'_>, asker: Asker, now: Timestamp) -> Turn {
    match asker {
        Asker::Segment(ix) => segments::turns(asked, ix, now),
        Asker::Reading(ix) => readings::turns(asked, ix, now),
        Asker::LifeCycle(ix) => stage::turns(asked, ix, now),
    }
}

/// Ends and begins readings, and gives the points for those that begin. Readings that rest on scores look once more: no
/// points are given for those. Whether a reading changed, and what was given.
fn read(
    aggregate: &mut Aggregate,
    versions: &Versions,
    in_force: (VersionIx, &Version),
    at: Timestamp,
    input: Option<&InputId>,
) -> (bool, Vec<Kept>) {
    if !readings::may_change(aggregate, in_force, at) {
        return (false, Vec::new());
    }
    let mut update = readings::update(aggregate, versions, in_force, at, input);
    let gave = scoring::reward(aggregate, versions, in_force, &update.began, at);
    if !gave.is_empty() {
        update.changed |= readings::update(aggregate, versions, in_force, at, input).changed;
    }
    (update.changed, gave)
}

/// Folds the timers that fall due until `until` (inclusive), each at its own moment: events that end, then ways out of a
/// stage. Time that changes nothing leaves no trace: the state after it equals the state before, so that a row from the
/// meantime is still in order. Returns when the next timer is due.
pub fn advance(
    versions: &Versions,
    aggregate: &mut Aggregate,
    until: Timestamp,
    mut trace: Option<&mut Trace>,
) -> Option<Timestamp> {
    loop {
        let due = next_known(versions, aggregate)?;
        if due > until {
            return Some(due);
        }
        let in_force = versions.at(due)?;
        aggregate.outlook.begin(in_force, &aggregate.lines);
        if attendance::next_end(&aggregate.attendances) == Some(due) {
            aggregate.at = Some(due);
            if let Some((outcome, mut derived)) = attendance::close(aggregate) {
                derived.gave = fold_next(versions, aggregate, &outcome, trace.as_deref_mut());
                aggregate.derived.push(derived);
            }
            continue;
        }
        aggregate.at = Some(due);
        aggregate.timers += 1;
        let occurred = behaviours::pass(aggregate, in_force.1, due);
        let (read, gave) = read(aggregate, versions, in_force, due, None);
        let changed = occurred || read;
        if let Some(trace) = trace.as_deref_mut() {
            trace.given.extend(gave.into_iter().map(|kept| kept.given));
        }
        decide(aggregate, versions, in_force, due, stage::Occasion::Time { changed });
    }
}

/// As [`next_due`], by what is known of those that are asked.
fn next_known(versions: &Versions, aggregate: &mut Aggregate) -> Option<Timestamp> {
    let from = aggregate.at?;
    let in_force = versions.at(from)?;
    let (ix, version) = in_force;
    let waits = aggregate.positions.iter().any(Position::waits);
    if aggregate.timers >= TIMERS_MAX || waits || !aggregate.outlook.is_known_by(ix) {
        return next_due(versions, aggregate);
    }
    let moves = loop {
        let Some((asker, turn)) = aggregate.outlook.soonest(version) else { break None };
        if turn.is_exact {
            break Some(turn.at).filter(|at| *at != Timestamp::MAX);
        }
        // What was put off is looked at once more, before the very moment is looked for.
        let asked = Asked::of(versions, in_force, aggregate);
        let roughly = turns(&asked, asker, from);
        let found = match roughly.is_exact || roughly.at > turn.at {
            true => roughly,
            false => Turn::exact(turn_of(&asked, asker, from)),
        };
        debug_assert!(found.at >= turn.at, "{asker:?} turns at {found:?}, before {turn:?}");
        aggregate.outlook.set_turn(version, asker, found);
    };
    let answers = behaviours::next_unanswered(aggregate, version, from);
    let due = moves.into_iter().chain(answers).min();
    match versions.next_change(from) {
        // What another version makes of the time after it.
        Some(change) if due.is_none_or(|due| change <= due) => next_due(versions, aggregate),
        _ => due.into_iter().chain(attendance::next_end(&aggregate.attendances)).min(),
    }
}

/// When time alone will change something next. Each stretch of time is judged by the playbook version in force in it.
pub fn next_due(versions: &Versions, aggregate: &Aggregate) -> Option<Timestamp> {
    let ends = attendance::next_end(&aggregate.attendances);
    next_move(versions, aggregate).into_iter().chain(ends).min()
}

/// When time alone will lead the contact to another stage next, by the version in force; `None`: never.
pub fn next_stage(versions: &Versions, aggregate: &Aggregate) -> Option<Timestamp> {
    let from = aggregate.at?;
    stage::next_timer(aggregate, versions, versions.at(from)?, from)
}

/// When time alone will change something next, but for events that end.
fn next_move(versions: &Versions, aggregate: &Aggregate) -> Option<Timestamp> {
    if aggregate.timers >= TIMERS_MAX {
        return None;
    }
    let mut from = aggregate.at?;
    let mut anew = false;
    loop {
        let in_force = versions.at(from)?;
        let change = versions.next_change(from);
        let moves = stage::next_timer(aggregate, versions, in_force, from);
        let reads = readings::next_change(aggregate, versions, in_force, from);
        let answers = behaviours::next_unanswered(aggregate, in_force.1, from);
        let enters = segments::next_change(aggregate, versions, in_force, from, anew);
        let due = moves.into_iter().chain(reads).chain(answers).chain(enters).min();
        let due = due.filter(|due| change.is_none_or(|change| *due < change));
        if due.is_some() {
            return due;
        }
        (from, anew) = (change?, true);
    }
}

/// The obvious fold over a whole ledger, as of `now`: what everything faster must agree with.
pub fn fold_all<'a>(versions: &Versions, rows: impl Iterator<Item = &'a LedgerRow>, now: Timestamp) -> Aggregate {
    let mut aggregate = Aggregate::default();
    for row in rows {
        aggregate.outlook = Aside::default();
        fold_row(versions, &mut aggregate, row, None);
    }
    aggregate.outlook = Aside::default();
    advance(versions, &mut aggregate, now, None);
    aggregate
}
