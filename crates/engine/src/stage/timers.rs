//! When somebody may move: because something has changed, or by time alone.

use super::{counts_from, leads_away, may_try, stage_of};
use crate::aggregate::{Aggregate, Position};
use crate::askers::Moving;
use crate::condition::Asked;
use crate::question::Question;
use crate::turns::Turn;
use crate::version::{Version, VersionIx, Versions};
use playbook::model::AttributeOf;
use touchpoint::Timestamp;

/// May somebody move? Who waits for a touchpoint of their own, or for the end of a wait, may whenever that comes.
pub(super) fn is_open(aggregate: &Aggregate, version: &Version, ix: usize, now: Timestamp) -> bool {
    let life_cycle = &version.model.life_cycles[ix];
    let waits = aggregate.position(&life_cycle.name).is_some_and(Position::waits);
    waits
        || version.askers.asks_for_none(ix)
        || aggregate.outlook.is_life_cycle_open(version, ix, moving(aggregate, version, ix), now)
}

/// What moves somebody from where they stand in a life cycle.
pub(crate) fn moving(aggregate: &Aggregate, version: &Version, ix: usize) -> Moving {
    let life_cycle = &version.model.life_cycles[ix];
    let standing = aggregate.standing(&life_cycle.name);
    version.askers.life_cycle(ix, standing.map(|position| stage_of(life_cycle, position)))
}

/// When time alone will move the contact next; `None`: never. Nobody is moved to where they stand.
pub(crate) fn next_timer(
    aggregate: &Aggregate,
    versions: &Versions,
    in_force: (VersionIx, &Version),
    from: Timestamp,
) -> Option<Timestamp> {
    let (_, version) = in_force;
    let asked = Asked::of(versions, in_force, aggregate);
    (0..version.model.life_cycles.len()).filter_map(|ix| turn(&asked, ix, from)).min()
}

/// When time alone will move the contact in this life cycle.
pub(crate) fn turn(asked: &Asked<'_>, ix: usize, from: Timestamp) -> Option<Timestamp> {
    let life_cycle = &asked.version.model.life_cycles[ix];
    if life_cycle.of != AttributeOf::Contact {
        return None;
    }
    let standing = asked.aggregate.standing(&life_cycle.name);
    let asked = Asked { position: standing, ..*asked };
    let lasts = life_cycle.lasts_while.as_ref().and_then(|lasts| asked.first(lasts, standing.is_none(), from));
    let moves = standing.and_then(|position| next_move(&asked, position, ix, from));
    lasts.into_iter().chain(moves).min()
}

/// The same, or a moment before it.
pub(crate) fn turns(asked: &Asked<'_>, ix: usize, now: Timestamp) -> Turn {
    let life_cycle = &asked.version.model.life_cycles[ix];
    if life_cycle.of != AttributeOf::Contact {
        return Turn::NEVER;
    }
    let standing = asked.aggregate.standing(&life_cycle.name);
    let asked = Asked { position: standing, ..*asked };
    let lasts = life_cycle.lasts_while.as_ref().map(|lasts| asked.answer(lasts, now).comes(standing.is_none(), now));
    let mut turns = lasts.unwrap_or(Turn::NEVER);
    let Some(position) = standing else { return turns };
    let here = stage_of(life_cycle, position);
    let mut sooner = |turn: Turn| turns = turns.or(turn);
    let exits = life_cycle.stages[here].exits.iter().filter(|exit| leads_away(life_cycle, position, exit));
    exits.for_each(|exit| sooner(asked.answer(&exit.when, now).comes(true, now)));
    if !life_cycle.stages[here].out {
        for (to, entry) in asked.version.timed_entries(ix).iter().filter(|(to, _)| *to != here) {
            let (candidate, entry) = (&life_cycle.stages[*to], &life_cycle.stages[*to].entries[*entry]);
            // One that holds begins anew after it has ended.
            if candidate.out || counts_from(life_cycle, here, *to, entry) {
                sooner(Turn { is_exact: false, ..asked.answer(&entry.when, now).turns });
            }
        }
    }
    turns
}

/// When time alone will move somebody next from where they stand.
pub(crate) fn next_move(asked: &impl Question, position: &Position, ix: usize, from: Timestamp) -> Option<Timestamp> {
    let life_cycle = &asked.version().model.life_cycles[ix];
    let here = stage_of(life_cycle, position);
    let exits = life_cycle.stages[here].exits.iter().filter(|exit| leads_away(life_cycle, position, exit));
    let ends = exits.filter_map(|exit| asked.moment(&exit.when, from)).min();
    let timed = asked.version().timed_entries(ix).iter().filter(|(to, _)| *to != here);
    let opens = timed.filter_map(|(to, entry)| {
        let (candidate, entry) = (&life_cycle.stages[*to], &life_cycle.stages[*to].entries[*entry]);
        // One that holds already was looked at, and is not open for another reason: it begins anew, if it does.
        let ends = if asked.holds(&entry.when, from) { asked.first(&entry.when, false, from)? } else { from };
        let moment = asked.moment(&entry.when, ends)?;
        let may = candidate.out || may_try(asked, position, life_cycle, here, *to, entry, moment);
        (may && !life_cycle.stages[here].out).then_some(moment)
    });
    ends.into_iter().chain(opens).min()
}
