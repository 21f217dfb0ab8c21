//! Behaviours against the obvious reading of their definitions, over all touchpoints at once.

use crate::aggregate::Aggregate;
use crate::condition_tests::{DAY, HOUR, START, small};
use crate::fold::{advance, fold_row};
use crate::ledger::LedgerRow;
use crate::version::{Activation, Version, Versions};
use playbook::model::{BehaviourIx, Occurs};
use proptest::prelude::*;
use std::sync::Arc;
use touchpoint::{IdentifierKey, Timestamp, Touchpoint};

const KINDS: [&str; 3] = ["page_view", "search", "form_submit"];

/// Hours since the start, and which of [`KINDS`]; in order.
type Done = [(i64, usize)];

fn folded(versions: &Versions, done: &Done, until: i64) -> Aggregate {
    let mut aggregate = Aggregate::default();
    for (n, (hours, kind)) in done.iter().enumerate() {
        let at = START.plus_millis(hours * HOUR);
        let touchpoint = Touchpoint::new("s", format!("{n:03}"), at, "web", KINDS[*kind]);
        let row = LedgerRow {
            touchpoint,
            via: IdentifierKey([0; 16]),
            known: true,
            account: None,
            arrived_at: at,
            in_burst: false,
        };
        fold_row(versions, &mut aggregate, &row, None);
    }
    advance(versions, &mut aggregate, START.plus_millis(until * HOUR), None);
    aggregate
}

fn each(done: &Done, wanted: usize) -> Vec<i64> {
    done.iter().filter(|(_, kind)| *kind == wanted).map(|(hours, _)| *hours).collect()
}

/// A look, a search, a look: the first less than so long before the last, none of them part of an earlier one.
fn in_order(done: &Done, within: i64) -> Vec<i64> {
    let (mut found, mut from) = (Vec::new(), 0);
    for last in 0..done.len() {
        let steps = |first: usize| {
            let between = done[first + 1..last].iter();
            done[first].1 == 0 && done[last].0 - done[first].0 < within && between.clone().any(|(_, kind)| *kind == 1)
        };
        if done[last].1 == 0 && (from..last).any(steps) {
            found.push(done[last].0);
            from = last + 1;
        }
    }
    found
}

/// A look that no form follows within so long, nor came so shortly before.
fn unanswered(done: &Done, within: i64, until: i64) -> Vec<i64> {
    let forms = each(done, 2);
    let (mut found, mut busy_until) = (Vec::new(), i64::MIN);
    for (place, (look, kind)) in done.iter().enumerate() {
        let just_answered = done[..place].iter().any(|(form, kind)| *kind == 2 && form + within > *look);
        if *kind != 0 || just_answered || *look < busy_until {
            continue;
        }
        let answer = done[place..].iter().find(|(form, kind)| *kind == 2 && *form < look + within);
        match answer {
            // Looks up to the answer wait with this one.
            Some((form, _)) => busy_until = busy_until.max(*form),
            None => {
                busy_until = look + within;
                if look + within <= until {
                    found.push(look + within);
                }
            }
        }
    }
    assert!(forms.len() <= done.len());
    found
}

fn came_back(done: &Done, silence: i64) -> Vec<i64> {
    done.windows(2).filter(|pair| pair[1].0 - pair[0].0 >= silence).map(|pair| pair[1].0).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn behaviours_occur_as_they_read(
        steps in proptest::collection::vec((0..14_i64, 0..3_usize), 1..14),
        then in 0..80_i64,
    ) {
        let mut hours = 0;
        let done: Vec<(i64, usize)> = steps.iter().map(|(step, kind)| { hours += step; (hours, *kind) }).collect();
        let until = hours + then;
        let version = Arc::new(Version::new(small::model(0)).unwrap());
        let mut versions = Versions::default();
        versions.activate(Activation { hash: version.model.hash.clone(), effective_at: START }, version.clone());
        let aggregate = folded(&versions, &done, until);
        let hours = |millis: i64| millis / HOUR;
        for (at, behaviour) in version.model.behaviours.iter().enumerate() {
            let wanted = match &behaviour.occurs {
                Occurs::Each(_) => each(&done, at),
                Occurs::InOrder { within, .. } => in_order(&done, hours(*within)),
                Occurs::Unanswered { within, .. } => unanswered(&done, hours(*within), until),
                Occurs::AfterSilence(silence) => came_back(&done, hours(*silence)),
            };
            let key = version.behaviour_key(BehaviourIx(at as u16));
            let have = aggregate.seen.iter().find(|seen| seen.of == key).map(|seen| seen.times.clone());
            let have: Vec<i64> =
                have.unwrap_or_default().iter().map(|at| at.millis_since(START) / HOUR).collect();
            let wanted = &wanted[wanted.len().saturating_sub(4)..];
            prop_assert_eq!(&have, wanted, "{} of {:?} until {}", behaviour.name, &done, until);
            let days = aggregate.seen.iter().find(|seen| seen.of == key).map(|seen| seen.days.clone());
            for (day, latest) in days.unwrap_or_default() {
                // START is midnight in Tokyo.
                prop_assert_eq!(i64::from(day), Timestamp::millis_since(latest, START) / DAY + first_day(&version));
            }
        }
    }
}

fn first_day(version: &Version) -> i64 {
    i64::from(version.model.window_key(playbook::model::Window::Day, START))
}
