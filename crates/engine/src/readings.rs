//! What the contact's behaviour is taken to mean. One reading counts at a time, the strongest that began: one that another
//! took the place of, or that began while a stronger one counted, does not come up again by time alone. It counts again when
//! it begins anew, or when something that it rests on is done once more while no stronger one counts.

use crate::aggregate::{Aggregate, Holding};
use crate::askers::Asker;
use crate::behaviours;
use crate::condition::Asked;
use crate::question::Question;
use crate::rests::Rests;
use crate::turns::Turn;
use crate::version::{NameKey, Version, VersionIx, Versions};
use playbook::model::{Condition, Reading, ReadingIx};
use smallvec::SmallVec;
use touchpoint::{InputId, Text, Timestamp};

/// What became of the readings.
#[derive(Debug, Default)]
pub(crate) struct Update {
    /// Those that begin, each with the touchpoint that made it begin: the one at hand, else the latest of what it rests on.
    pub(crate) began: SmallVec<[(ReadingIx, InputId); 2]>,
    /// One began, ended, or counts again.
    pub(crate) changed: bool,
}

/// Ends and begins readings as of `at`; `input`: of the touchpoint at hand.
pub(crate) fn update(
    aggregate: &mut Aggregate,
    versions: &Versions,
    in_force: (VersionIx, &Version),
    at: Timestamp,
    input: Option<&InputId>,
) -> Update {
    let (_, version) = in_force;
    let mut update = Update::default();
    if version.model.readings.is_empty() && aggregate.readings.is_empty() {
        return update;
    }
    let asked = Asked::of(versions, in_force, aggregate);
    let all = (0..).map(ReadingIx).zip(&version.model.readings);
    let holds = |(ix, one): &(ReadingIx, &Reading)| {
        let is_open = aggregate.outlook.is_open(version, Asker::Reading(*ix), version.askers.reading(*ix), at);
        if is_open { asked.holds(&one.when, at) } else { has_begun(aggregate, version, *ix) }
    };
    let holding: SmallVec<[ReadingIx; 8]> = all.filter(holds).map(|(ix, _)| ix).collect();
    let keys: SmallVec<[NameKey; 8]> = holding.iter().map(|ix| version.reading_key(*ix)).collect();
    let before = aggregate.readings.len();
    aggregate.readings.retain(|have| keys.contains(&have.of));
    update.changed = aggregate.readings.len() < before;
    for (ix, of) in holding.into_iter().zip(keys) {
        let rank = |have: &Holding| version.reading_of(have.of);
        let outranked =
            aggregate.readings.iter().any(|have| !have.outranked && rank(have).is_some_and(|rank| rank < ix));
        if let Some(place) = aggregate.readings.iter().position(|have| have.of == of) {
            let renewed = || rests_on(aggregate, version, ix).is_some_and(|(latest, _)| latest == at);
            if aggregate.readings[place].outranked && !outranked && renewed() {
                aggregate.readings.iter_mut().for_each(|have| have.outranked = have.of != of);
                update.changed = true;
            }
            continue;
        }
        for weaker in aggregate.readings.iter_mut().filter(|have| rank(have).is_none_or(|rank| rank > ix)) {
            weaker.outranked |= !outranked;
        }
        aggregate.readings.push(Holding { of, since: at, outranked });
        update.changed = true;
        if let Some(input) = input.or_else(|| rests_on(aggregate, version, ix).map(|(_, input)| input)) {
            update.began.push((ix, input.clone()));
        }
    }
    if update.changed {
        aggregate.outlook.changed(Rests::READING);
    }
    update
}

/// May one begin, end, or count again?
pub(crate) fn may_change(aggregate: &Aggregate, (_, version): (VersionIx, &Version), at: Timestamp) -> bool {
    let is_open = |ix| aggregate.outlook.is_open(version, Asker::Reading(ix), version.askers.reading(ix), at);
    aggregate.outlook.is_new() || (0..version.model.readings.len() as u16).map(ReadingIx).any(is_open)
}

/// The reading that counts.
pub(crate) fn current(aggregate: &Aggregate) -> Option<NameKey> {
    aggregate.readings.iter().find(|have| !have.outranked).map(|have| have.of)
}

/// What the reading that counts is called.
pub(crate) fn named(aggregate: &Aggregate, version: &Version) -> Option<Text> {
    let ix = version.reading_of(current(aggregate)?)?;
    Some(version.model.readings[usize::from(ix.0)].name.clone())
}

/// When time alone will end or begin a reading next, `from` or later.
pub(crate) fn next_change(
    aggregate: &Aggregate,
    versions: &Versions,
    in_force: (VersionIx, &Version),
    from: Timestamp,
) -> Option<Timestamp> {
    let (_, version) = in_force;
    let asked = Asked::of(versions, in_force, aggregate);
    let gone = aggregate.readings.iter().any(|have| version.reading_of(have.of).is_none());
    let each = (0..version.model.readings.len() as u16).filter_map(|ix| turn(&asked, ReadingIx(ix), from));
    each.chain(gone.then_some(from)).min()
}

/// When time alone will end or begin this one.
pub(crate) fn turn(asked: &Asked<'_>, ix: ReadingIx, from: Timestamp) -> Option<Timestamp> {
    let when = &asked.version.model.readings[usize::from(ix.0)].when;
    asked.first(when, !has_begun(asked.aggregate, asked.version, ix), from)
}

/// The same, or a moment before it.
pub(crate) fn turns(asked: &Asked<'_>, ix: ReadingIx, now: Timestamp) -> Turn {
    let when = &asked.version.model.readings[usize::from(ix.0)].when;
    asked.answer(when, now).comes(!has_begun(asked.aggregate, asked.version, ix), now)
}

fn has_begun(aggregate: &Aggregate, version: &Version, ix: ReadingIx) -> bool {
    aggregate.readings.iter().any(|have| have.of == version.reading_key(ix))
}

/// The latest of what a reading rests on.
fn rests_on<'a>(aggregate: &'a Aggregate, version: &Version, ix: ReadingIx) -> Option<(Timestamp, &'a InputId)> {
    let mut latest = None;
    version.model.readings[usize::from(ix.0)].when.for_each_leaf(&mut |leaf| {
        if let Condition::Did(did) = leaf {
            latest = latest.max(behaviours::latest(aggregate, version, did.behaviour));
        }
    });
    latest
}
