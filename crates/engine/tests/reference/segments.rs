//! Who is in which segment.

use super::Timeline;
use super::conditions::Asking;
use playbook::model::{Condition, Segment};
use touchpoint::{Text, Timestamp};

/// Somebody who is in a segment, or has left it while what lets people in goes on holding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) segment: Text,
    pub(crate) since: Timestamp,
    pub(crate) has_left: bool,
}

impl Timeline<'_> {
    pub(crate) fn is_in(&self, segment: &Text) -> bool {
        self.segments.iter().any(|one| one.segment == *segment && !one.has_left)
    }
}

/// What became of the segments.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Change {
    /// Somebody came in or went.
    pub(crate) moved: bool,
    /// That, or who went may come in again.
    pub(crate) any: bool,
}

/// Those that rest on stages, or the others; each after those before it.
pub(crate) fn update(timeline: &mut Timeline<'_>, after_stages: bool) -> Change {
    let model = timeline.model();
    let mut change = Change::default();
    if !after_stages {
        timeline.segments.retain(|one| {
            let stays = model.segments.iter().any(|segment| segment.name == one.segment);
            change.any |= !stays;
            change.moved |= !stays && !one.has_left;
            stays
        });
    }
    for segment in model.segments.iter().filter(|segment| segment.after_stages == after_stages) {
        let have = timeline.segments.iter().position(|one| one.segment == segment.name);
        let next = next(timeline, segment, have.map(|have| &timeline.segments[have]));
        let standing = have.map(|have| timeline.segments[have].clone());
        if next != standing {
            change.any = true;
            change.moved |= standing.is_none_or(|standing| !standing.has_left);
            timeline.segments.retain(|one| one.segment != segment.name);
            timeline.segments.extend(next);
        }
    }
    change.any |= change.moved;
    change
}

fn next(timeline: &Timeline<'_>, segment: &Segment, have: Option<&Standing>) -> Option<Standing> {
    let holds = |condition: &Condition| Asking::anybody(timeline, None).holds(condition);
    let now = timeline.now;
    let Some(have) = have else {
        // Who would go at once does not come in.
        let goes = segment.until.as_ref().is_some_and(holds);
        return (holds(&segment.when) && !goes).then(|| Standing {
            segment: segment.name.clone(),
            since: now,
            has_left: false,
        });
    };
    if have.has_left {
        return holds(&segment.when).then(|| have.clone());
    }
    let too_long = segment.lasts.is_some_and(|lasts| now.millis_since(have.since) >= lasts);
    let goes = too_long || segment.until.as_ref().map_or_else(|| !holds(&segment.when), holds);
    if !goes {
        return Some(have.clone());
    }
    let by_its_own_word = segment.until.is_some() || segment.lasts.is_some();
    (by_its_own_word && holds(&segment.when)).then(|| Standing { since: now, has_left: true, ..have.clone() })
}
