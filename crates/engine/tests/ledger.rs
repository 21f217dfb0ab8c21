//! Long ledgers: chunks with changes inside them, and the horizon.

mod common;

use common::checks::ledger;
use common::history::World;
use common::ops::Op;
use common::{DAY, HOUR, at, contact};
use engine::aggregate::Aggregate;
use engine::engine::Horizon;
use engine::fold::{advance, fold_row};
use engine::input::{Counted, Effect};
use engine::ledger::LedgerRow;
use engine::rows::{self, Row};
use proptest::prelude::*;
use touchpoint::{ContactId, Timestamp};

/// Mostly one touchpoint after the other, now and then a late one, a version, a void, a recall.
fn long_history(rows: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Op>> {
    let step = (0..100_u8, 0..3_i64, 0..26_u8, any::<prop::sample::Index>(), 0..3_u8);
    proptest::collection::vec(step, rows).prop_map(|steps| {
        let mut now = 0;
        let mut ops = vec![Op::Activate { version: 0, effective: 0 }];
        for (n, (dice, ahead, what, index, via)) in steps.into_iter().enumerate() {
            now += ahead;
            let place = |at: i64, version: Option<u8>| {
                let (id, account) = ((n % 250) as u8, (what < 3).then_some(0));
                Op::Place { contact: 0, id, at, what, via, known: true, account, version }
            };
            ops.push(match dice {
                0..70 => place(now, None),
                70..80 => place(now, Some(1)),
                80..88 => place(index.index(now as usize + 1) as i64, None),
                88..91 => Op::Replace { n: index.index(1_000), at: index.index(now as usize + 1) as i64, what },
                91..93 => Op::Void(index.index(1_000)),
                93 => {
                    let from = index.index(now as usize + 1) as i64;
                    Op::Recall { contact: 0, via, from, until: Some(from + 40), to: via % 2 }
                }
                94..97 => Op::Tick(now, false),
                97 => Op::Activate { version: what % 3, effective: index.index(now as usize + 1) as i64 },
                _ => Op::Publish(1),
            });
        }
        ops
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, max_shrink_iters: 400, ..ProptestConfig::default() })]

    #[test]
    fn changes_inside_chunks_end_where_the_obvious_fold_does(ops in long_history(100..400)) {
        let mut world = World::new();
        world.checks_each_step = false;
        for (n, op) in ops.iter().enumerate() {
            world.run(op);
            if n % 25 == 0 {
                world.check();
            }
        }
        world.settle();
        world.check_published();
        world.check_explained();
    }

    #[test]
    fn what_leaves_the_horizon_leaves_the_scores_and_nothing_else(
        ops in long_history(100..500), rows in 70..300_u32, days in 2..20_i64, by_age: bool,
    ) {
        let horizon = Horizon { millis: if by_age { days * DAY } else { i64::MAX }, rows };
        let mut world = World::with_horizon(horizon);
        world.checks_each_step = false;
        world.checks_sums = false;
        for (n, op) in ops.iter().enumerate() {
            let before = world.effects.len();
            world.run(op);
            // What was refused never was in the set, what was forgotten is no more.
            let refused = world.effects[before..].contains(&Effect::Counted(Counted::BeyondHorizon));
            for id in 0..2 {
                let standing = |_| ledger(&world.rows, contact(id)).iter().map(LedgerRow::place).collect::<Vec<_>>();
                let standing = refused.then_some(()).map(standing);
                let forgotten = directory(&world, contact(id)).forgotten_until;
                world.live.entry(contact(id)).or_default().retain(|place, _| {
                    forgotten.as_ref().is_none_or(|until| place > until)
                        && standing.as_ref().is_none_or(|standing| standing.contains(place))
                });
            }
            if n % 10 == 0 {
                check_horizon(&world, horizon);
            }
        }
        (0..20).for_each(|n| world.tick(at(2_000 + n)));
        check_horizon(&world, horizon);
        world.check_explained();
    }
}

/// The ledger holds what is later than the last forgotten row, and the head is the fold of it on top of what is known
/// of the time before: no points, but everything else.
fn check_horizon(world: &World, horizon: Horizon) {
    let id = contact(0);
    let Some(head) = world.head(id) else { return };
    let standing = ledger(&world.rows, id);
    let directory = directory(world, id);
    let forgotten = directory.forgotten_until.clone();
    let live: Vec<LedgerRow> = world.judged(0).into_values().collect();
    assert!(standing.iter().map(LedgerRow::place).eq(live.iter().map(LedgerRow::place)), "the ledger holds the set");
    assert_eq!(head.rows as usize, standing.len());
    // A chunk may be twice its size before it is cut, and the tail nearly one.
    assert!(head.rows <= horizon.rows.max(128) + 3 * 64, "{} rows", head.rows);
    let origin = origin(world, id, &directory);
    if forgotten.is_some() {
        assert!(origin.lines.is_empty() && origin.counters.is_empty() && origin.memberships.is_empty());
    } else {
        assert_eq!(origin, Aggregate::default());
    }
    if usize::from(head.folded_with) == world.versions.len() {
        assert_eq!(standing, live, "each row with its verdict");
        let mut folded = origin;
        standing.iter().for_each(|row| fold_row(&world.versions, &mut folded, row, None));
        advance(&world.versions, &mut folded, world.now.unwrap_or(Timestamp::MIN), None);
        assert_eq!(head.aggregate, folded);
    }
}

fn directory(world: &World, id: ContactId) -> rows::Directory {
    match world.rows.peek(&rows::directory_key(id)) {
        Some(Row::Directory(directory)) => directory.clone(),
        _ => rows::Directory::default(),
    }
}

fn origin(world: &World, id: ContactId, directory: &rows::Directory) -> Aggregate {
    let first = directory.chunks.first().map(|first| &first.start);
    match world.rows.peek(&rows::checkpoint_key(id, first)) {
        Some(Row::Checkpoint(before)) => before.as_ref().clone(),
        _ => Aggregate::default(),
    }
}

#[test]
fn an_input_beyond_the_horizon_is_dropped_and_counted_whatever_the_ledger_holds() {
    let mut world = World::with_horizon(Horizon { millis: 10 * DAY, rows: 10_000 });
    world.activate(0, at(0));
    world.tick(at(0).plus_millis(20 * DAY));
    let old = Op::Place { contact: 0, id: 1, at: 20, what: 0, via: 0, known: true, account: None, version: None };
    let before = world.effects.len();
    world.checks_each_step = false;
    world.run(&old);
    assert_eq!(world.effects[before..], [Effect::Counted(Counted::BeyondHorizon)], "also as the first input of all");
    assert!(world.head(contact(0)).is_none());
}

#[test]
fn a_ledger_that_fills_backwards_is_cut_into_chunks_too() {
    let mut world = World::new();
    world.checks_each_step = false;
    world.activate(0, at(0));
    for n in (0..300_i64).rev() {
        world.run(&Op::Place {
            contact: 0,
            id: (n % 250) as u8,
            at: n,
            what: 3,
            via: 0,
            known: true,
            account: None,
            version: None,
        });
        assert!(world.head(contact(0)).unwrap().tail_rows < 64);
    }
    world.check();
    assert!(world.head(contact(0)).unwrap().chunks >= 3);
}

#[test]
fn facts_outlive_the_rows_that_told_them() {
    let mut world = World::with_horizon(Horizon { millis: i64::MAX, rows: 70 });
    world.checks_each_step = false;
    world.activate(0, at(0));
    let place = |n: i64, what: u8| Op::Place {
        contact: 0,
        id: (n % 250) as u8,
        at: n,
        what,
        via: 0,
        known: true,
        account: None,
        version: None,
    };
    world.run(&place(0, 11)); // an issue
    world.run(&place(1, 14)); // refuses mail
    world.run(&place(2, 17)); // accepted by sales
    (3..400).for_each(|n| world.run(&place(n, 10)));
    let told = |world: &World| {
        let aggregate = world.aggregate(contact(0));
        let stage = aggregate.positions[0].stage.clone();
        (stage, aggregate.facts.consent.len(), aggregate.answers.iter().any(|a| a.question == "issue"))
    };
    assert_eq!(told(&world), ("sal".into(), 1, true));
    assert!(ledger(&world.rows, contact(0)).len() < 200, "the rows are gone");
    // A playbook that counts from long ago folds again, and cannot read what is gone.
    world.activate(2, at(0));
    (0..20).for_each(|n| world.tick(at(400).plus_millis(n * HOUR)));
    assert_eq!(usize::from(world.head(contact(0)).unwrap().folded_with), 2);
    assert_eq!(told(&world).1, 1);
    assert!(told(&world).2);
}
