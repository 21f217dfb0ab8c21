//! Which touchpoints are of a burst: the definition as a marketer would say it, looked up for each row anew.

use super::contact;
use super::history::World;
use engine::ledger::{LedgerRow, Place};
use playbook::model::{Burst, Model, Pattern};
use std::collections::{BTreeMap, BTreeSet};
use touchpoint::{Touchpoint, Value};

impl World {
    /// The rows of a contact as they must stand, each with its verdict.
    pub(crate) fn judged(&self, id: u8) -> BTreeMap<Place, LedgerRow> {
        let Some(live) = self.live.get(&contact(id)) else { return BTreeMap::new() };
        let rows: Vec<&LedgerRow> = live.values().collect();
        let verdict = |row: &LedgerRow| {
            let version = self.versions.at(row.touchpoint.occurred_at);
            let overruled = row.touchpoint.properties.get("machine") == Some(&Value::Bool(false));
            !overruled && version.is_some_and(|(_, version)| is_in_any(&rows, &version.model, &row.touchpoint))
        };
        live.iter().map(|(place, row)| (place.clone(), LedgerRow { in_burst: verdict(row), ..row.clone() })).collect()
    }
}

fn is_in_any(rows: &[&LedgerRow], model: &Model, touchpoint: &Touchpoint) -> bool {
    model.bursts.iter().any(|burst| {
        is_one(rows, model, burst, touchpoint)
            || burst.before.as_ref().is_some_and(|(pattern, within)| {
                let at = touchpoint.occurred_at;
                let follows = |later: &Touchpoint| {
                    (at..=at.plus_millis(*within)).contains(&later.occurred_at)
                        && belong_together(burst, touchpoint, later)
                        && is_one(rows, model, burst, later)
                };
                is(model, pattern, touchpoint) && rows.iter().any(|row| follows(&row.touchpoint))
            })
    })
}

/// There is a time that begins with one of them, holds this one, and has enough different ones.
fn is_one(rows: &[&LedgerRow], model: &Model, burst: &Burst, touchpoint: &Touchpoint) -> bool {
    let counts = |one: &Touchpoint| {
        is(model, &burst.of, one) && burst.value(one).is_some() && belong_together(burst, touchpoint, one)
    };
    let all: Vec<&Touchpoint> = rows.iter().map(|row| &row.touchpoint).filter(|one| counts(one)).collect();
    counts(touchpoint)
        && all.iter().any(|first| {
            let time = first.occurred_at..=first.occurred_at.plus_millis(burst.within);
            let within = all.iter().filter(|one| time.contains(&one.occurred_at));
            let values: BTreeSet<&Value> = within.filter_map(|one| burst.value(one)).collect();
            time.contains(&touchpoint.occurred_at) && values.len() >= burst.at_least
        })
}

fn belong_together(burst: &Burst, one: &Touchpoint, other: &Touchpoint) -> bool {
    burst.group(one).is_some() && burst.group(one) == burst.group(other)
}

fn is(model: &Model, pattern: &Pattern, touchpoint: &Touchpoint) -> bool {
    pattern.matches(model, touchpoint, &model.resolve(touchpoint))
}
