//! Segments: who comes in and who goes. A segment that says when somebody goes keeps out whoever went until its condition
//! has not held for once, so that nobody goes in and out while nothing changes.

use crate::aggregate::{Aggregate, InSegment, SegmentStanding};
use crate::condition::Asked;
use crate::question::{Awaited, Question};
use crate::rests::Rests;
use crate::turns::Turn;
use crate::version::{NameKey, Version, VersionIx, Versions};
use playbook::model::{Condition, Segment, SegmentIx};
use smallvec::SmallVec;
use touchpoint::{Text, Timestamp};

/// Lets contacts enter and leave as of `at`: those segments that rest on stages (`after_stages`), or the others. True when
/// somebody did.
pub(crate) fn update(
    aggregate: &mut Aggregate,
    versions: &Versions,
    in_force: (VersionIx, &Version),
    at: Timestamp,
    after_stages: bool,
) -> bool {
    let (_, version) = in_force;
    let mut changed = false;
    if !after_stages && aggregate.outlook.is_new() {
        // Whoever is in a segment that this version does not have is in it no more.
        aggregate.segments.retain(|have| {
            let stays = version.segment_of(have.of).is_some();
            changed |= !stays && have.standing == SegmentStanding::In;
            stays
        });
        if changed {
            aggregate.outlook.changed(Rests::SEGMENT);
        }
    }
    let (mut open, mut from) = (aggregate.outlook.open_segments(version, at, after_stages), 0);
    while let Some(place) = open.next(from) {
        from = place + 1;
        let (ix, segment) = (SegmentIx(place as u16), &version.model.segments[place]);
        if !aggregate.outlook.is_segment_open(version, ix, at) {
            continue;
        }
        let of = version.segment_key(ix);
        let place = aggregate.segments.binary_search_by_key(&of, |have| have.of);
        let have = place.ok().map(|place| &aggregate.segments[place]);
        let asked = Asked::of(versions, in_force, aggregate);
        let next = match look(&asked, segment, have, at) {
            Look::Stays(turns) => {
                let standing = standing(have);
                aggregate.outlook.set_segment(ix, standing, turns);
                continue;
            }
            Look::Goes(next) => next,
        };
        let place = match place {
            Ok(place) => {
                let have = &mut aggregate.segments[place];
                // Who stays out has gone when they went.
                if next != SegmentStanding::Out || have.standing == SegmentStanding::In {
                    have.since = at;
                }
                changed |= have.standing != SegmentStanding::Left;
                have.standing = next;
                place
            }
            Err(place) => {
                aggregate.segments.insert(place, InSegment { of, since: at, standing: next });
                changed = true;
                place
            }
        };
        // Those that rest on segments stand after them.
        aggregate.outlook.changed(Rests::SEGMENT);
        open = aggregate.outlook.open_segments(version, at, after_stages);
        let asked = Asked::of(versions, in_force, aggregate);
        let turns = turns_of(&asked, segment, Some(&aggregate.segments[place]), at);
        aggregate.outlook.set_segment(ix, next, turns);
    }
    changed
}

/// What becomes of somebody in a segment, or outside it.
enum Look {
    /// Nothing, until time turns it.
    Stays(Turn),
    Goes(SegmentStanding),
}

fn look(asked: &Asked<'_>, segment: &Segment, have: Option<&InSegment>, at: Timestamp) -> Look {
    let standing = standing(have);
    let comes = asked.answer_awaited(awaited(segment, standing), at).or_from(too_long(segment, have), at);
    if !comes.holds {
        return Look::Stays(comes.turns);
    }
    Look::Goes(match standing {
        SegmentStanding::Out => SegmentStanding::In,
        SegmentStanding::In if segment.is_left_while_it_holds() && asked.holds(&segment.when, at) => {
            SegmentStanding::Left
        }
        SegmentStanding::In | SegmentStanding::Left => SegmentStanding::Out,
    })
}

fn standing(have: Option<&InSegment>) -> SegmentStanding {
    have.map_or(SegmentStanding::Out, |have| have.standing)
}

/// What lets somebody who stands there enter or leave, but for how long they may stay.
pub(crate) fn awaited(segment: &Segment, standing: SegmentStanding) -> Awaited<'_> {
    let when = Awaited { when: &segment.when, unless: None, wanted: false };
    match standing {
        // Who would go at once does not come in.
        SegmentStanding::Out => Awaited { unless: segment.until.as_ref(), wanted: true, ..when },
        SegmentStanding::Left => when,
        SegmentStanding::In => {
            segment.until.as_ref().map_or(when, |until| Awaited { when: until, unless: None, wanted: true })
        }
    }
}

/// Until when somebody who is in it may stay.
fn too_long(segment: &Segment, have: Option<&InSegment>) -> Option<Timestamp> {
    let within = have.filter(|have| have.standing == SegmentStanding::In)?;
    segment.lasts.map(|lasts| within.since.plus_millis(lasts))
}

/// When time alone will let the contact enter or leave a segment, `from` or later. `anew`: the version comes into force at
/// that moment, so that any of its segments may be entered or left then.
pub(crate) fn next_change(
    aggregate: &Aggregate,
    versions: &Versions,
    in_force: (VersionIx, &Version),
    from: Timestamp,
    anew: bool,
) -> Option<Timestamp> {
    let (_, version) = in_force;
    let asked = Asked::of(versions, in_force, aggregate);
    let count = version.model.segments.len() as u16;
    let all = (0..count).map(SegmentIx).filter(|_| anew);
    let timed = version.timed_segments().filter(|_| !anew);
    let each = all.chain(timed).filter_map(|ix| turn(&asked, ix, from));
    // Who is out of a segment that this version does not have has nothing to lose there.
    let is_given_up = |have: &InSegment| have.standing != SegmentStanding::Out && version.segment_of(have.of).is_none();
    each.chain(aggregate.segments.iter().any(is_given_up).then_some(from)).min()
}

/// When time alone will let the contact enter or leave this one.
pub(crate) fn turn(asked: &Asked<'_>, ix: SegmentIx, from: Timestamp) -> Option<Timestamp> {
    let segment = &asked.version.model.segments[usize::from(ix.0)];
    let have = find(asked.aggregate, asked.version.segment_key(ix));
    let comes = asked.first_awaited(awaited(segment, standing(have)), from);
    comes.into_iter().chain(too_long(segment, have).map(|moment| moment.max(from))).min()
}

/// The same, or a moment before it.
pub(crate) fn turns(asked: &Asked<'_>, ix: SegmentIx, now: Timestamp) -> Turn {
    let segment = &asked.version.model.segments[usize::from(ix.0)];
    turns_of(asked, segment, find(asked.aggregate, asked.version.segment_key(ix)), now)
}

fn turns_of(asked: &Asked<'_>, segment: &Segment, have: Option<&InSegment>, now: Timestamp) -> Turn {
    match look(asked, segment, have, now) {
        Look::Stays(turns) => turns,
        Look::Goes(_) if turns_by_time(segment) => Turn::exact(Some(now)),
        // What time does not bring about waits for the next look.
        Look::Goes(_) => Turn::NEVER,
    }
}

/// Can time alone let somebody enter or leave it?
pub(crate) fn turns_by_time(segment: &Segment) -> bool {
    segment.lasts.is_some() || segment.conditions().any(Condition::is_timed)
}

/// Is the contact in it now?
pub(crate) fn is_in(aggregate: &Aggregate, of: NameKey) -> bool {
    find(aggregate, of).is_some_and(|have| have.standing == SegmentStanding::In)
}

/// Names of the segments that the contact is in, in the playbook's order.
pub(crate) fn named(aggregate: &Aggregate, versions: &Versions, version: &Version) -> Vec<Text> {
    let within = aggregate.segments.iter().filter(|have| have.standing == SegmentStanding::In);
    let mut named: SmallVec<[(Option<SegmentIx>, &Text); 8]> = within
        .filter_map(|have| Some((version.segment_of(have.of), &versions.segment(version, have.of)?.name)))
        .collect();
    named.sort();
    named.into_iter().map(|(_, name)| name.clone()).collect()
}

pub(crate) fn find(aggregate: &Aggregate, of: NameKey) -> Option<&InSegment> {
    let at = aggregate.segments.binary_search_by_key(&of, |have| have.of).ok()?;
    Some(&aggregate.segments[at])
}
