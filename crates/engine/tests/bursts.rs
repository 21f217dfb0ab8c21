//! Bursts: what a scanner does is taken back when it is known for one, in whatever order it comes.

#![allow(clippy::unwrap_used)] // a test may panic

mod common;

use common::history::World;
use common::ops::{Op, place};
use common::{at, contact};
use engine::aggregate::Aggregate;
use engine::input::Effect;
use proptest::prelude::*;
use touchpoint::output::Cause;

/// Clicks and opens of mails, close together.
fn op() -> impl Strategy<Value = Op> {
    let mail = (0..2_u8, 0..40_u8, 0..14_i64, prop::sample::select(vec![4_u8, 5, 6, 6, 6, 6, 0, 12]), 0..2_u8);
    let version = proptest::option::weighted(0.3, 1..4_u8);
    prop_oneof![
        14 => (mail, version).prop_map(|((contact, id, at, what, via), version)| Op::Place {
            contact, id, at, what, via, known: true, account: None, version,
        }),
        2 => (any::<prop::sample::Index>(), 0..14_i64, 4..8_u8)
            .prop_map(|(n, at, what)| Op::Replace { n: n.index(100), at, what }),
        2 => any::<prop::sample::Index>().prop_map(|n| Op::Void(n.index(100))),
        1 => (0..2_u8, 0..2_u8, 0..14_i64, 0..2_u8).prop_map(|(contact, via, from, to)| Op::Recall {
            contact, via, from, until: None, to,
        }),
        3 => (0..6_i64, any::<bool>()).prop_map(|(by, odd)| Op::Tick(by, odd)),
        1 => (0..3_u8, -4..14_i64).prop_map(|(version, effective)| Op::Activate { version, effective }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// After every step each verdict is that of the definition, and the state is the fold of the rows as they are judged.
    #[test]
    fn a_verdict_is_a_function_of_the_set(ops in prop::collection::vec(op(), 1..60)) {
        let mut world = World::started();
        ops.iter().for_each(|op| world.run(op));
        world.settle();
    }
}

/// Points of a score after the last event about it.
fn score(world: &World, score: &str) -> i64 {
    let mut told = world.effects.iter().filter_map(|effect| match effect {
        Effect::ScoreChange(change) if change.score.as_str() == score => Some(change.after_milli),
        _ => None,
    });
    told.next_back().unwrap_or_default()
}

/// An open, two links of the mail in half an hour (the small playbook's burst), and two hours later a person's click.
#[test]
fn a_scanner_leaves_nothing_but_a_persons_click() {
    let steps = [place(1, 10, 4), place(2, 11, 6), place(3, 11, 6), place(4, 15, 6)];
    let mut alone = World::started();
    alone.run(&Op::Tick(10, false));
    alone.run(&steps[3]);
    alone.run(&Op::Tick(10, false));
    let clean = alone.head(contact(0)).unwrap().aggregate.clone();
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]] {
        let mut world = World::started();
        world.run(&Op::Tick(10, false));
        order.iter().for_each(|step| world.run(&steps[*step]));
        world.run(&Op::Tick(10, false));
        let scanned = &world.head(contact(0)).unwrap().aggregate;
        assert_eq!(scanned.lines, clean.lines, "points");
        assert_eq!(scanned.counters, clean.counters, "caps");
        let stage = |aggregate: &Aggregate| aggregate.positions[0].stage.clone();
        assert_eq!(stage(scanned), stage(&clean));
        assert_eq!(scanned.facts.last_own_at, Some(at(15)));
        assert_eq!(score(&world, "behaviour"), score(&alone, "behaviour"));
    }
}

/// The second link of two tells what both were: what the first had given is taken back by one event, which says why.
#[test]
fn what_had_counted_is_taken_back_by_an_event() {
    let mut world = World::started();
    world.run(&Op::Tick(10, false));
    world.run(&place(2, 10, 6));
    let (given, before) = (score(&world, "behaviour"), world.effects.len());
    assert!(given > 0);
    world.run(&place(3, 10, 6));
    let after: Vec<_> = world.effects[before..]
        .iter()
        .filter_map(|effect| match effect {
            Effect::ScoreChange(change) if change.score.as_str() == "behaviour" => Some(change),
            _ => None,
        })
        .collect();
    let [change] = after.as_slice() else { panic!("{after:?}") };
    assert_eq!(
        (change.after_milli, change.removed.len(), change.envelope.cause),
        (0, 1, Cause::Correction),
        "{change:?}"
    );
}
