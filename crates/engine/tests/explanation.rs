//! Explanations: they add up on random histories, and say what a person asks for.

#![allow(clippy::unwrap_used)] // a test may panic

mod common;

use common::history::World;
use common::ops::{Op, op, place};
use common::{DAY, HOUR, at, contact};
use engine::explain::ExplainError;
use engine::input::Effect;
use engine::missing::Need;
use playbook::model::EntryBy;
use proptest::prelude::*;
use touchpoint::output::Sentence;

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// Contributions and adjustments are the score as read, whatever happened.
    #[test]
    fn an_explanation_adds_up(ops in proptest::collection::vec(op(), 1..60), early in any::<bool>()) {
        let mut world = World::new();
        world.checks_each_step = false;
        if early {
            world.activate(0, at(0));
        }
        ops.iter().for_each(|op| world.run(op));
        world.settle();
        world.check_explained();
    }
}

#[test]
fn the_sentence_of_the_last_move_is_the_one_that_was_told() {
    let mut world = World::started();
    for (id, when, what) in [(1, 0, 0), (2, 10, 1), (3, 20, 11), (4, 40, 8)] {
        world.tick(at(when));
        world.run(&place(id, when, what));
        let told = world.effects.iter().rev().find_map(|effect| match effect {
            Effect::StageTransition(told) if told.envelope.life_cycle.as_deref() == Some("acquisition") => {
                told.envelope.sentence.clone()
            }
            _ => None,
        });
        let explained = world.explain(contact(0)).unwrap();
        let standing = explained.standings.iter().find(|one| one.life_cycle == "acquisition").unwrap();
        assert_eq!(standing.sentence, told, "after {what}");
    }
    // Time moves it, too: told as of the timer's own moment, not of today.
    let told = loop {
        let (due, before) = (world.head(contact(0)).unwrap().due.unwrap(), world.effects.len());
        world.tick(due);
        // Some timers only end a reading.
        if let Some(Effect::StageTransition(told)) =
            world.effects[before..].iter().find(|e| matches!(e, Effect::StageTransition(_)))
        {
            break told.envelope.clone();
        }
    };
    world.tick(told.occurred_at.plus_millis(HOUR));
    let explained = world.explain(contact(0)).unwrap();
    let standing = explained.standings.iter().find(|one| Some(&one.life_cycle) == told.life_cycle.as_ref()).unwrap();
    assert_eq!((standing.since, &standing.sentence), (told.occurred_at, &told.sentence));
}

#[test]
fn limits_and_caps_are_told_with_what_they_cut() {
    let mut world = World::started();
    // Two looks at one page on a day: the second is cut whole. The fourth page's points are cut by the group's cap.
    for (id, what) in [(1, 0), (2, 0), (3, 1), (4, 2), (5, 3)] {
        world.run(&place(id, i64::from(id), what));
    }
    world.tick(at(10));
    let explained = world.explain(contact(0)).unwrap();
    let behaviour = &explained.scores[0];
    let told: Vec<_> = behaviour
        .contributions
        .iter()
        .map(|one| (one.input.id.as_str(), one.rule.as_str(), one.points_then_milli, one.cut_milli))
        .collect();
    let of = |id: &str, rule: &str| told.iter().find(|one| (one.0, one.1) == (id, rule)).map(|one| (one.2, one.3));
    assert_eq!(of("i1", "view"), Some((2_000, 0)));
    assert_eq!(of("i2", "view"), Some((0, 2_000)), "once per asset and day: {told:?}");
    let given: i64 = told.iter().map(|one| one.2).sum();
    assert_eq!(given, 7_000, "the group's cap of a day: {told:?}");
    assert!(told.iter().any(|one| one.2 > 0 && one.3 > 0), "one is cut to the rest: {told:?}");
}

#[test]
fn as_of_a_later_moment_timers_are_folded_and_points_fade() {
    let mut world = World::started();
    world.run(&place(1, 0, 15)); // a raised hand: 10 points, half-life a day
    world.tick(at(1));
    let later = at(0).plus_millis(DAY);
    let explained = world.explain_at(contact(0), later).unwrap();
    assert_eq!((explained.at, explained.scores[0].points_milli), (later, 5_000));
    let there = |explained: &engine::explain::Explanation| explained.standings[0].stage.to_string();
    assert_eq!(there(&world.explain(contact(0)).unwrap()), "mql");
    let quiet = world.explain_at(contact(0), at(0).plus_millis(10 * DAY)).unwrap();
    assert_eq!(there(&quiet), "recycle", "silence leads there by then");
    let gone = explained.scores[0].contributions[0].gone_at.unwrap();
    let nothing = world.explain_at(contact(0), gone).unwrap();
    assert_eq!(nothing.scores[0].contributions[0].points_now_milli, 0);
    let before = world.explain_at(contact(0), gone.plus_millis(-1)).unwrap();
    assert_eq!(before.scores[0].contributions[0].points_now_milli, 1);
    let early = world.explain_at(contact(0), at(0).plus_millis(-1));
    assert!(matches!(early, Err(ExplainError::TooEarly { last }) if last == at(0)), "{early:?}");
}

#[test]
fn who_is_not_here_is_not_explained() {
    let mut world = World::started();
    assert!(matches!(world.explain_at(contact(0), at(0)), Err(ExplainError::Unknown)));
    world.run(&place(1, 0, 0));
    world.run(&Op::Recall { contact: 0, via: 0, from: -10, until: None, to: 1 });
    assert!(matches!(world.explain_at(contact(0), at(0)), Err(ExplainError::Gone)));
    assert!(world.explain(contact(1)).is_some());
    let mut idle = World::new();
    idle.run(&place(1, 0, 0));
    assert!(matches!(idle.explain_at(contact(0), at(0)), Err(ExplainError::NoPlaybook)));
}

/// In the small playbook the labels are the names.
#[test]
fn of_alternatives_those_are_told_that_ask_for_the_fewest_things() {
    let mut world = World::started();
    world.run(&place(1, 0, 11)); // an issue, by a known contact: nurturing at once
    world.tick(at(0));
    let explained = world.explain(contact(0)).unwrap();
    let missing = explained.standings[0].missing.as_ref().unwrap();
    assert_eq!((missing.stage.as_str(), missing.ways.len()), ("mql", 3), "{missing:?}");
    // Points of two scores; the fit is U, which is one of those asked for.
    assert_eq!(missing.ways[0].by, EntryBy::Score);
    let Need::All(parts) = &missing.ways[0].need else { panic!("{missing:?}") };
    assert!(
        matches!(
            parts[..],
            [
                Need::Points { main: true, missing_milli: 9_000, .. },
                Need::Points { main: false, missing_milli: 4_000, .. }
            ]
        ),
        "{parts:?}"
    );
    assert_eq!(
        missing.told(&explained.zone),
        Sentence {
            ja: "mqlまであと9.0点、かつheatあと4.0点、またはform、またはブース来場(rank: A)。".into(),
            en: "9.0 more points and 4.0 more points of heat to mql, or \"form\", or \"booth visit (rank: A)\".".into(),
        }
    );
}
