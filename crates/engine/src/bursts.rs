//! Which touchpoints are a machine's because there are so many of them at a time: a scanner follows every link of a mail
//! within a second, long after it was sent, so that the first has counted when the last tells what they were.
//!
//! A verdict is a function of the rows around a touchpoint and of the playbook version at its time, whatever the order in
//! which they came. It is kept with the row. A row that comes or goes may turn the verdicts of its neighbours: these are
//! changed like any row of the past, so that all that they gave is taken back.

use crate::ledger::LedgerRow;
use crate::version::{Version, VersionIx, Versions};
use playbook::model::{Burst, Millis, Model, Pattern};
use std::collections::BTreeMap;
use touchpoint::{Timestamp, Touchpoint, Value};

/// The property by which a tool or a person says whose doing it was. `false` stands above every verdict of ours.
const MACHINE: &str = "machine";

/// May a touchpoint decide about others, or they about it? Most may not.
pub(crate) fn concerns(versions: &Versions, touchpoint: &Touchpoint) -> bool {
    bursts(versions).any(|burst| burst.concerns(&touchpoint.channel, &touchpoint.kind))
}

/// How far apart two touchpoints may be of which one decides about the other; `None`: no playbook version knows of bursts.
pub(crate) fn reach(versions: &Versions) -> Option<Millis> {
    bursts(versions).map(Burst::reach).max()
}

fn bursts(versions: &Versions) -> impl Iterator<Item = &Burst> {
    versions.models().flat_map(|model| &model.bursts)
}

/// The rows whose verdict is another one now, with it. `rows`: in order, without gaps. Those that are nearer to an end than
/// bursts reach are judged by what is there.
pub fn turned(versions: &Versions, rows: &[LedgerRow]) -> Vec<LedgerRow> {
    let mut judged_by: BTreeMap<VersionIx, (&Version, Vec<usize>)> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        if let Some((ix, version)) = versions.at(row.touchpoint.occurred_at) {
            judged_by.entry(ix).or_insert_with(|| (version, Vec::new())).1.push(at);
        }
    }
    let mut in_burst = vec![false; rows.len()];
    for (version, places) in judged_by.values() {
        for burst in &version.model.bursts {
            let found = Found::of(rows, &version.model, burst);
            places.iter().for_each(|at| in_burst[*at] |= found.rows[*at]);
        }
    }
    let judged = rows.iter().zip(in_burst).map(|(row, found)| (row, found && !is_a_persons(&row.touchpoint)));
    judged
        .filter(|(row, found)| row.in_burst != *found)
        .map(|(row, in_burst)| LedgerRow { in_burst, ..row.clone() })
        .collect()
}

/// Somebody says so.
fn is_a_persons(touchpoint: &Touchpoint) -> bool {
    touchpoint.properties.get(MACHINE) == Some(&Value::Bool(false))
}

/// The rows that are of a burst, by one definition.
struct Found {
    rows: Vec<bool>,
}

/// Rows that belong together: their places, times and the values by which they are told apart.
type Group<'a> = Vec<(usize, Timestamp, &'a Value)>;

impl Found {
    fn of(rows: &[LedgerRow], model: &Model, burst: &Burst) -> Self {
        let mut groups: BTreeMap<Option<&Value>, Group<'_>> = BTreeMap::new();
        for (at, row) in rows.iter().enumerate() {
            let touchpoint = &row.touchpoint;
            if let (Some(value), Some(group)) = (burst.value(touchpoint), burst.group(touchpoint))
                && is(model, &burst.of, touchpoint)
            {
                groups.entry(group).or_default().push((at, touchpoint.occurred_at, value));
            }
        }
        let mut found = Self { rows: vec![false; rows.len()] };
        groups.values().for_each(|group| found.mark(group, burst));
        if let Some((pattern, within)) = &burst.before {
            let of_bursts = found.rows.clone();
            for (at, row) in rows.iter().enumerate().filter(|(_, row)| is(model, pattern, &row.touchpoint)) {
                let Some(group) = burst.group(&row.touchpoint).and_then(|group| groups.get(&group)) else { continue };
                let from = row.touchpoint.occurred_at;
                let first = group.partition_point(|(_, time, _)| *time < from);
                let mut next = group[first..].iter().take_while(|(_, time, _)| *time <= from.plus_millis(*within));
                found.rows[at] |= next.any(|(place, ..)| of_bursts[*place]);
            }
        }
        found
    }

    /// Marks what lies within so short a time with so many different values. Each time is looked at once, with its end.
    fn mark(&mut self, group: &Group<'_>, burst: &Burst) {
        let mut values: BTreeMap<&Value, usize> = BTreeMap::new();
        let (mut first, mut marked) = (0, 0);
        for last in 0..group.len() {
            let (_, end, value) = group[last];
            *values.entry(value).or_default() += 1;
            while group[first].1.plus_millis(burst.within) < end {
                if let Some(count) = values.get_mut(group[first].2) {
                    *count -= 1;
                    if *count == 0 {
                        values.remove(group[first].2);
                    }
                }
                first += 1;
            }
            if values.len() >= burst.at_least {
                group[first.max(marked)..=last].iter().for_each(|(place, ..)| self.rows[*place] = true);
                marked = last + 1;
            }
        }
    }
}

fn is(model: &Model, pattern: &Pattern, touchpoint: &Touchpoint) -> bool {
    pattern.matches(model, touchpoint, &model.resolve(touchpoint))
}
