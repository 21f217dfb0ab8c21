//! Readings: what holds, and which one counts.

use super::Timeline;
use super::conditions::Asking;
use super::scores;
use playbook::model::{Condition, Reading};
use touchpoint::{Text, Timestamp};

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Holding {
    pub(crate) name: Text,
    /// A stronger one counted when it began, or has begun since.
    pub(crate) outranked: bool,
}

impl Timeline<'_> {
    /// The one that counts: the first in the file of those that hold and are not outranked.
    pub(crate) fn reading(&self) -> Option<&Text> {
        let counts = |reading: &&Reading| self.readings.iter().any(|one| one.name == reading.name && !one.outranked);
        self.model().readings.iter().find(counts).map(|reading| &reading.name)
    }
}

/// After a touchpoint, or at a moment: what holds now. What begins gives its points, and what rests on points is looked at
/// once more. True when one began or ended.
pub(crate) fn update(timeline: &mut Timeline<'_>, at_hand: Option<usize>) -> bool {
    let before = timeline.readings.clone();
    let given = timeline.given.len();
    let begun = look(timeline, at_hand);
    scores::reward(timeline, &begun);
    if timeline.given.len() > given {
        look(timeline, at_hand);
    }
    before != timeline.readings
}

/// The readings that begin now, each with the touchpoint that made it begin.
fn look(timeline: &mut Timeline<'_>, at_hand: Option<usize>) -> Vec<(usize, usize)> {
    let model = timeline.model();
    let before = std::mem::take(&mut timeline.readings);
    let mut now: Vec<Holding> = Vec::new();
    let mut begun = Vec::new();
    // The strongest first.
    for (ix, reading) in model.readings.iter().enumerate() {
        if !Asking::anybody(timeline, None).holds(&reading.when) {
            continue;
        }
        let former = before.iter().find(|one| one.name == reading.name);
        let stronger_counts = now.iter().any(|one| !one.outranked);
        let stronger_begins = model.readings[..ix].iter().any(|stronger| begun.contains(&stronger.name));
        let outranked = match former {
            Some(former) => {
                let again = rests_on_what_was_done(timeline, reading);
                stronger_begins || (former.outranked && (stronger_counts || !again))
            }
            None => stronger_counts,
        };
        if former.is_none_or(|former| former.outranked && !outranked) {
            begun.push(reading.name.clone());
        }
        now.push(Holding { name: reading.name.clone(), outranked });
    }
    timeline.readings = now;
    let new = |name: &Text| begun.contains(name) && !before.iter().any(|one| one.name == *name);
    let new = model.readings.iter().enumerate().filter(|(_, reading)| new(&reading.name));
    new.filter_map(|(ix, reading)| Some((ix, touchpoint_of(timeline, reading, at_hand)?))).collect()
}

/// Something that it rests on is done at this moment.
fn rests_on_what_was_done(timeline: &Timeline<'_>, reading: &Reading) -> bool {
    let mut done = false;
    for_each_did(timeline, reading, |name| {
        done |= timeline.occurrences(name).iter().any(|one| one.at == timeline.now);
    });
    done
}

/// The touchpoint that made it begin: the one at hand, else that of the latest thing done that it rests on.
fn touchpoint_of(timeline: &Timeline<'_>, reading: &Reading, at_hand: Option<usize>) -> Option<usize> {
    let mut latest: Option<(Timestamp, usize)> = None;
    for_each_did(timeline, reading, |name| {
        latest = latest.max(timeline.occurrences(name).last().map(|one| (one.at, one.row)));
    });
    at_hand.or_else(|| latest.map(|(_, row)| row))
}

fn for_each_did(timeline: &Timeline<'_>, reading: &Reading, mut each: impl FnMut(&Text)) {
    let model = timeline.model();
    reading.when.for_each_leaf(&mut |leaf| {
        if let Condition::Did(did) = leaf {
            each(&model.behaviours[usize::from(did.behaviour.0)].name);
        }
    });
}
