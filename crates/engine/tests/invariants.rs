//! The invariants, on random histories of a playbook with tight caps, limits and exits.

mod common;

use common::history::World;
use common::ops::{Op, op, place, placed};
use engine::input::Effect;
use proptest::prelude::*;

fn unversioned(mut op: Op) -> Op {
    if let Op::Place { version, .. } = &mut op {
        *version = None;
    }
    op
}

type Rows = Vec<(Vec<u8>, Vec<u8>)>;

/// What an inbox gives: rows and effects. `ends`: after which inputs a transaction ends; `restarts`: the engine begins again
/// there.
fn replayed(ops: &[Op], ends: &[bool], restarts: bool) -> (Rows, Vec<Effect>) {
    let mut world = World::new();
    world.activate(0, common::at(100));
    for (op, ends) in ops.iter().zip(ends) {
        world.run(op);
        if *ends {
            world.commit();
        }
        if *ends && restarts {
            world.restart();
        }
    }
    world.settle();
    (world.bytes(), world.effects)
}

/// A search calls for a programme for an hour. Who has come in waits there, and for nothing else.
#[test]
fn who_comes_into_a_programme_waits_for_its_step_alone() {
    let searched =
        Op::Place { contact: 0, id: 0, at: 368, what: 3, via: 0, known: false, account: None, version: None };
    let ops = [Op::Tick(369, true), searched, Op::Publish(0)];
    let ends = [false, true, false];
    assert_eq!(replayed(&ops, &ends, false), replayed(&ops, &ends, true));
}

fn told_of(world: &World, score: &str) -> Vec<i64> {
    let told = world.effects.iter().filter_map(|effect| match effect {
        Effect::ScoreChange(change) if change.score.as_str() == score => Some(change.after_milli),
        _ => None,
    });
    told.collect()
}

/// The version between two others has no interest in y. What a late input takes away from it is told by the playbook in
/// force when it comes.
#[test]
fn a_score_that_the_playbook_between_did_not_have_is_told_when_it_falls() {
    let mut world = World::new();
    world.activate(1, common::at(0));
    world.run(&place(0, 10, 1));
    world.run(&place(1, 11, 1));
    world.run(&place(2, 20, 3));
    world.activate(2, common::at(15));
    world.activate(1, common::at(25));
    world.tick(common::at(30));
    let before = told_of(&world, "interest.y").len();
    // Views give 7 points a day at most: an earlier one leaves less for the later ones.
    world.run(&place(3, 5, 0));
    assert_eq!(told_of(&world, "interest.y").len(), before + 1);
    world.settle();
    world.check_published();
}

/// A version without the interest in y is in force when its view turns out to have been one of x.
#[test]
fn a_score_that_the_playbook_in_force_no_longer_has_is_not_told() {
    let mut world = World::new();
    let viewed = Op::Place { contact: 0, id: 0, at: 0, what: 1, via: 0, known: false, account: None, version: Some(1) };
    world.run(&viewed);
    world.activate(2, common::at(221));
    world.activate(0, common::at(0));
    world.run(&Op::Replace { n: 0, at: 221, what: 0 });
    assert_eq!(told_of(&world, "interest.y"), [2_000]);
    world.settle();
    world.check_published();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Set, Sum and Correction: after every step.
    #[test]
    fn every_step_ends_where_the_obvious_fold_does(ops in proptest::collection::vec(op(), 1..60), early in any::<bool>()) {
        let mut world = World::new();
        if early {
            world.activate(0, common::at(0));
        }
        ops.iter().for_each(|op| world.run(op));
        world.settle();
        world.check_published();
    }

    /// Replay: the same inbox gives the same bytes and the same effects, also when the engine begins again after a
    /// transaction: what it knows beside its rows decides nothing. `ends`: where transactions end.
    #[test]
    fn the_same_inbox_gives_the_same_outputs(
        ops in proptest::collection::vec(op(), 1..40), ends in proptest::collection::vec(any::<bool>(), 40),
    ) {
        let once = replayed(&ops, &ends, false);
        prop_assert_eq!(&once, &replayed(&ops, &ends, false));
        prop_assert_eq!(once, replayed(&ops, &ends, true));
    }

    /// Set: two orders of arrival, with time passing in between in different ways, end the same.
    #[test]
    fn the_order_of_arrival_does_not_matter(
        placed in proptest::collection::vec(placed(0.5).prop_map(unversioned), 1..30),
        seed in any::<prop::sample::Index>(),
        ticks in proptest::collection::vec((0..30_usize, 0..200_i64), 0..6),
    ) {
        // Of several with the same id and time, only one is an input.
        let mut placed = placed;
        let mut seen = std::collections::BTreeSet::new();
        placed.retain(|op| matches!(op, Op::Place { contact, id, at, .. } if seen.insert((*contact, *id, *at))));
        let mut one = World::without_handoffs();
        one.activate(0, common::at(0));
        placed.iter().for_each(|op| one.run(op));
        let mut other = World::without_handoffs();
        let turn = seed.index(placed.len());
        placed.rotate_left(turn);
        placed.reverse();
        for (n, op) in placed.iter().enumerate() {
            if n == turn {
                other.activate(0, common::at(0));
            }
            ticks.iter().filter(|(at, _)| *at == n).for_each(|(_, by)| other.run(&Op::Tick(*by, false)));
            other.run(op);
        }
        for world in [&mut one, &mut other] {
            world.tick(common::at(2_000));
            world.settle();
        }
        for id in 0..common::history::CONTACTS {
            let contact = common::contact(id);
            prop_assert_eq!(one.aggregate(contact), other.aggregate(contact));
        }
        one.check_published();
        other.check_published();
    }
}
