//! One test for each thing that once went wrong, or easily could.

#![allow(clippy::unwrap_used)] // a test may panic

mod common;

use common::history::World;
use common::ops::{Op, place, touchpoint};
use common::{DAY, HOUR, account, at, contact, via};
use engine::account::Summary;
use engine::decay::Mixed;
use engine::fold::{advance, fold_all};
use engine::input::{Counted, Effect, Input};
use engine::ledger::LedgerRow;
use engine::rows::{self, Row};
use engine::version::{Activation, Version, Versions};
use playbook::model::{Condition, Exit, Milli, Model, StageIx};
use std::sync::Arc;
use touchpoint::output::{AccountState, ScoreChange, StageTransition};
use touchpoint::{Delivered, Delivery, Replaced, SubjectId, Text, Timestamp};

/// Of somebody who did one thing, and is published.
fn published() -> World {
    let mut world = World::started();
    world.run(&place(1, 0, 0));
    world.tick(at(5));
    world.publish(0);
    world
}

fn stage(world: &World) -> String {
    world.aggregate(contact(0)).positions[0].stage.to_string()
}

/// The value of a score now.
fn score(world: &World, name: &str) -> Milli {
    let now = world.now.unwrap();
    world
        .aggregate(contact(0))
        .lines
        .iter()
        .filter(|line| line.score == engine::version::NameKey::of(name))
        .map(|line| line.sums.read(line.half_life, now))
        .sum()
}

fn transitions(effects: &[Effect]) -> Vec<&StageTransition> {
    effects.iter().filter_map(|e| if let Effect::StageTransition(t) = e { Some(t.as_ref()) } else { None }).collect()
}

fn score_changes<'a>(effects: &'a [Effect], score: &str) -> Vec<&'a ScoreChange> {
    let changes = effects.iter().filter_map(|e| if let Effect::ScoreChange(c) = e { Some(c.as_ref()) } else { None });
    changes.filter(|change| change.score == score).collect()
}

fn summaries(effects: &[Effect]) -> Vec<&Summary> {
    effects.iter().filter_map(|e| if let Effect::Summary(_, summary) = e { Some(summary) } else { None }).collect()
}

fn accounts(effects: &[Effect]) -> Vec<&AccountState> {
    effects.iter().filter_map(|e| if let Effect::Account(_, state) = e { Some(state.as_ref()) } else { None }).collect()
}

// ---- Playbook versions

#[test]
fn points_given_before_a_version_keep_the_half_life_they_were_given_with() {
    let mut world = World::started();
    world.run(&place(1, 0, 15)); // 10 points, half-life a day
    world.activate(1, at(1)); // two days from now on
    world.tick(at(0).plus_millis(DAY));
    assert_eq!(score(&world, "behaviour"), 5_000);
    world.run(&place(2, 48, 0)); // 3 points by version 1
    world.tick(at(0).plus_millis(3 * DAY));
    assert_eq!(score(&world, "behaviour"), 1_250 + 1_500);
}

#[test]
fn an_answer_takes_back_what_an_older_version_gave_for_the_one_before() {
    let mut world = World::started();
    world.run(&place(1, 0, 8)); // 3m: 8 points, half-life a day
    world.activate(1, at(1));
    world.run(&place(2, 24, 10)); // "later" gives nothing and takes the 8 back
    world.tick(at(25));
    let lines = world.aggregate(contact(0)).lines;
    let timeframe = engine::version::NameKey::of("timeframe");
    assert!(lines.iter().all(|line| line.rule != timeframe), "{lines:?}");
}

#[test]
fn a_version_fires_its_timers_from_its_moment_on_though_nothing_happens() {
    let mut world = World::started();
    world.run(&place(1, 0, 8));
    world.run(&place(2, 0, 11)); // an issue: nurturing, or mql by the form
    world.run(&Op::Tick(48 * 2, false));
    assert_eq!(stage(&world), "nurturing", "mql fades after a day without a word");
    // Version 0 waits three days for an own touchpoint, version 1 two, from day 2.5 on.
    world.activate(1, at(120));
    world.settle();
    world.tick(at(119));
    assert_eq!(stage(&world), "nurturing");
    let before = world.effects.len();
    world.tick(at(120));
    assert_eq!(stage(&world), "recycle");
    let told = transitions(&world.effects[before..]);
    assert_eq!((told[0].to.as_str(), told[0].envelope.occurred_at), ("recycle", at(120)));
}

#[test]
fn a_version_earlier_than_all_others_takes_the_beginning_over() {
    let mut world = World::new();
    world.tick(at(100));
    world.activate(0, at(50)); // and everything before
    world.run(&place(1, 10, 0)); // 2 points
    assert_eq!(world.aggregate(contact(0)).lines[0].given, 2_000);
    world.activate(1, at(20)); // now this one is in force before 50, and before 20 too: 3 points
    world.settle();
    world.check();
    assert_eq!(world.aggregate(contact(0)).lines[0].given, 3_000);
}

#[test]
fn who_does_nothing_is_visited_after_an_activation() {
    let mut world = World::started();
    world.run(&place(1, 0, 0));
    world.publish(0);
    world.activate(1, at(0)); // re-evaluates everybody
    let before = world.effects.len();
    world.settle();
    let changed = score_changes(&world.effects[before..], "behaviour");
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0].envelope.cause, touchpoint::output::Cause::Activation);
    // Read a millisecond later: a thousandth less.
    assert_eq!((changed[0].before_milli, changed[0].after_milli), (1_999, 2_999));
}

#[test]
fn the_same_activation_again_does_nothing() {
    let mut world = World::started();
    world.run(&place(1, 0, 0));
    let before = world.bytes();
    world.activate(0, at(0));
    assert_eq!(world.bytes(), before);
}

/// As when a deployment activates "now" what is in force already: nobody need be looked at for it. It counts from its
/// moment on all the same, should another version be put before it.
#[test]
fn content_that_is_in_force_anyway_visits_nobody_and_keeps_its_moment() {
    let mut world = published();
    let before = world.effects.len();
    world.activate(0, at(150));
    world.settle();
    world.publish(0);
    assert_eq!(world.effects.len(), before, "{:?}", &world.effects[before..]);
    world.activate(1, at(20));
    world.settle();
    world.run(&place(2, 60, 0)); // 3 points by version 1
    world.run(&place(3, 160, 0)); // 2 points by version 0, which has said so
    let behaviour = engine::version::NameKey::of("behaviour");
    let lines = world.aggregate(contact(0)).lines.into_iter().filter(|line| line.score == behaviour);
    let mut given: Vec<_> = lines.map(|line| (line.version, line.given)).collect();
    given.sort_unstable();
    assert_eq!(given, [(0, 2_000), (1, 2_000), (2, 3_000)]);
}

/// Its grade, its sentence, its playbook: what is published is read by the version in force.
#[test]
fn who_does_nothing_is_published_anew_by_another_version() {
    let mut world = published();
    let before = world.effects.len();
    world.activate(1, at(3)); // after all that happened: nothing is scored otherwise
    world.settle();
    world.publish(0);
    let told: Vec<_> = world.effects[before..]
        .iter()
        .filter_map(
            |effect| if let Effect::Contact(_, Some(state)) = effect { Some(&state.playbook.hash) } else { None },
        )
        .collect();
    assert_eq!(told, ["v1"]);
}

#[test]
fn who_does_nothing_is_published_anew_when_the_moment_of_a_version_comes() {
    let mut world = published();
    world.activate(1, at(500));
    world.settle();
    world.tick(at(498)); // what time alone changes is over
    world.publish(0);
    let told = |world: &World| {
        let state = |effect: &Effect| match effect {
            Effect::Contact(_, Some(state)) => Some(state.playbook.hash.to_string()),
            _ => None,
        };
        world.effects.iter().filter_map(state).collect::<Vec<_>>()
    };
    let before = told(&world);
    assert_eq!(before.last().unwrap(), "v0");
    world.tick(at(499));
    world.publish(0);
    assert_eq!(told(&world), before);
    // The process may end here.
    world.engine = engine::engine::Engine::default();
    world.tick(at(500));
    world.settle();
    world.publish(0);
    assert_eq!(told(&world)[before.len()..], ["v1"]);
}

// ---- Before the first tick, before the first playbook

#[test]
fn who_came_before_the_first_tick_is_published_with_it() {
    let mut world = World::new();
    world.activate(0, at(0));
    world.run(&place(1, 0, 0));
    world.publish(0);
    assert!(!world.effects.iter().any(|e| matches!(e, Effect::Contact(..))), "as of when?");
    // The process may end here: what is due stands in the rows.
    world.engine = engine::engine::Engine::default();
    world.tick(at(1));
    world.publish(0);
    assert!(world.effects.iter().any(|e| matches!(e, Effect::Contact(_, Some(_)))));
    assert_eq!(transitions(&world.effects)[0].envelope.recorded_at, at(0), "the input's moment stands in for a tick");
}

#[test]
fn who_came_before_the_first_playbook_is_told_with_it() {
    let mut world = World::new();
    world.tick(at(10));
    world.run(&place(1, 0, 15));
    world.publish(0);
    assert!(world.effects.is_empty());
    world.activate(0, at(0));
    world.tick(at(11));
    world.publish(0);
    assert_eq!(transitions(&world.effects)[0].to, "mql");
    assert_eq!(score_changes(&world.effects, "behaviour").len(), 1, "scores too");
    assert!(world.effects.iter().any(|e| matches!(e, Effect::Contact(_, Some(_)))));
}

#[test]
fn an_account_that_came_before_the_first_playbook_is_published_with_it() {
    let mut world = World::new();
    world.tick(at(1));
    let mut touchpoint = touchpoint("o1", at(0), 17);
    touchpoint.account = Some(Box::new(touchpoint::AccountRef { name: Some(Text::new("Acme")), ..Default::default() }));
    deliver_to_account(&mut world, touchpoint, None);
    world.publish(0);
    world.engine = engine::engine::Engine::default();
    world.activate(0, at(0));
    world.tick(at(2));
    world.publish(0);
    let published = accounts(&world.effects);
    assert_eq!(published.len(), 1);
    assert_eq!(published[0].name.as_deref(), Some("Acme"));
    world.tick(at(3));
    world.publish(0);
    assert_eq!(accounts(&world.effects).len(), 1, "and not again");
}

// ---- Timers

#[test]
fn a_timer_and_a_touchpoint_in_one_millisecond_come_in_that_order_whenever_the_tick_came() {
    let own_touchpoint_at_the_end_of_silence = |tick_first: bool| {
        let mut world = World::started();
        world.run(&place(1, 0, 11)); // known, an issue: nurturing, silent for three days
        if tick_first {
            world.tick(at(144));
            assert_eq!(stage(&world), "recycle");
        }
        world.run(&place(2, 144, 0));
        world.tick(at(145));
        world.aggregate(contact(0))
    };
    let after = own_touchpoint_at_the_end_of_silence(true);
    assert_eq!(after, own_touchpoint_at_the_end_of_silence(false));
    assert_eq!(after.positions[0].stage, "nurturing", "fell asleep and woke up");
    assert_eq!(after.positions[0].recycle_count, 1);
}

/// A model whose stages hand the contact round by time alone.
fn circle(exits: Vec<(usize, Exit)>) -> Versions {
    let mut model: Model = common::small::model(0);
    model.life_cycles.truncate(1);
    for stage in &mut model.life_cycles[0].stages {
        stage.exits.clear();
        stage.entries.clear();
    }
    for (stage, exit) in exits {
        model.life_cycles[0].stages[stage].exits.push(exit);
    }
    let mut versions = Versions::default();
    let activation = Activation { hash: model.hash.clone(), effective_at: at(0) };
    versions.activate(activation, Arc::new(Version::new(model).unwrap()));
    versions
}

fn row(at: Timestamp) -> LedgerRow {
    let touchpoint = touchpoint("i1", at, 0);
    LedgerRow { touchpoint, via: via(0), known: false, account: None, arrived_at: at, in_burst: false }
}

#[test]
fn timers_that_chase_each_other_end_and_end_the_same_however_often_they_are_looked_at() {
    let always = || Condition::Quiet(0);
    let round = |to: u16| Exit { to: StageIx(to), when: always(), reason: None };
    let versions = circle(vec![(0, round(1)), (1, round(2)), (2, round(0))]);
    let once = fold_all(&versions, [row(at(0))].iter(), at(1_000));
    let mut often = fold_all(&versions, [row(at(0))].iter(), at(0));
    for n in 0..1_000 {
        advance(&versions, &mut often, at(n), None);
    }
    assert_eq!(once, often);
    assert_eq!(advance(&versions, &mut often, at(2_000), None), None, "it is not due for ever");
}

#[test]
fn a_way_out_that_leads_nowhere_does_not_stand_before_the_others() {
    let stay = Exit { to: StageIx(0), when: Condition::Quiet(HOUR), reason: None };
    let leave = Exit { to: StageIx(6), when: Condition::Quiet(2 * HOUR), reason: Some(Text::new("dormant")) };
    let versions = circle(vec![(0, stay), (0, leave)]);
    let folded = fold_all(&versions, [row(at(0))].iter(), at(100));
    assert_eq!(folded.positions[0].stage, "recycle");
    assert_eq!(folded.positions[0].since, at(4));
    assert_eq!(folded.positions[0].return_at, Some(at(4)), "its reason says when to come back");
}

// ---- Limits

#[test]
fn what_one_limit_refuses_uses_no_other_one_up() {
    let mut world = World::started();
    // Three opens a month, each message once: the second and third of m1 leave room for two others.
    for (n, what) in [(1, 4), (2, 4), (3, 4), (4, 5), (5, 5), (6, 5)] {
        world.run(&place(n, i64::from(n), what));
    }
    let opens = world
        .aggregate(contact(0))
        .lines
        .iter()
        .find(|l| {
            l.score == engine::version::NameKey::of("behaviour") && l.rule == engine::version::NameKey::of("open")
        })
        .unwrap()
        .count;
    assert_eq!(opens, 3);
}

#[test]
fn caps_begin_anew_at_midnight_in_the_zone_of_the_playbook() {
    let mut world = World::started();
    // 23:30 and 00:00 in Tokyo, which is one day in UTC.
    for (n, half_hours) in [(1, 47), (2, 47), (3, 48)] {
        world.run(&place(n, half_hours, 0));
    }
    let views = world
        .aggregate(contact(0))
        .lines
        .iter()
        .find(|l| l.rule == engine::version::NameKey::of("view"))
        .unwrap()
        .count;
    assert_eq!(views, 2, "once per asset and day");
}

// ---- Coming and going

#[test]
fn who_was_emptied_by_a_recall_says_merged_and_comes_back_with_the_next_number() {
    let mut world = World::started();
    world.run(&place(1, 0, 15));
    world.publish(0);
    let before = world.effects.len();
    world.run(&Op::Recall { contact: 0, via: 0, from: 0, until: None, to: 1 });
    world.publish(0);
    let told = transitions(&world.effects[before..]);
    assert_eq!(
        (told[0].to.as_str(), told[0].envelope.cause.as_str(), told[0].envelope.sequence),
        ("merged", "merge", 2 + 1)
    );
    assert!(world.effects.contains(&Effect::Contact(contact(0), None)), "a tombstone");
    assert_eq!(world.aggregate(contact(0)), engine::aggregate::Aggregate::default());
    world.run(&place(9, 5, 0));
    let told = transitions(&world.effects);
    let back: Vec<_> = told.iter().filter(|t| t.envelope.subject == SubjectId::Contact(contact(0))).collect();
    assert_eq!(back.last().unwrap().from, None);
}

#[test]
fn who_was_emptied_by_a_void_is_not_said_to_have_merged() {
    let mut world = World::started();
    world.run(&Op::Place { contact: 0, id: 1, at: 0, what: 15, via: 0, known: true, account: None, version: Some(1) });
    world.run(&Op::Void(0));
    world.publish(0);
    let told = transitions(&world.effects);
    let last = told.last().unwrap();
    assert_eq!((last.to.as_str(), last.envelope.cause.as_str()), ("withdrawn", "correction"));
}

#[test]
fn a_withdrawal_leaves_alone_what_came_by_another_identifier_or_in_a_later_version() {
    let mut world = World::started();
    world.run(&Op::Place { contact: 0, id: 1, at: 0, what: 15, via: 1, known: true, account: None, version: Some(3) });
    let input = world.live[&contact(0)].values().next().unwrap().touchpoint.input.clone();
    for (by, version) in [(via(0), 3), (via(1), 2)] {
        let replaced = Replaced { input: input.clone(), occurred_at: at(0), version };
        let before = world.effects.len();
        let mut out = Vec::new();
        let withdraw = Input::Delivery(Delivery::Withdraw { via: by, replaced });
        world
            .engine
            .apply(&mut world.rows, &world.playbooks, Some(SubjectId::Contact(contact(0))), withdraw, at(0), &mut out)
            .unwrap();
        assert_eq!(out, [Effect::Counted(Counted::NothingToWithdraw)]);
        assert_eq!(world.effects.len(), before);
    }
    world.check();
}

#[test]
fn a_copy_changes_and_publishes_nothing() {
    let mut world = World::started();
    world.run(&Op::Place { contact: 0, id: 1, at: 0, what: 0, via: 0, known: true, account: Some(0), version: None });
    world.publish(0);
    world.publish(0); // the account's, whom the summary has reached by now
    world.publish(0); // and the contact's, whom the account has told of itself
    let (bytes, before) = (world.bytes(), world.effects.len());
    world.run(&Op::Again(0));
    world.publish(0);
    assert_eq!(world.effects[before..], [Effect::Counted(Counted::Duplicate)]);
    assert_eq!(world.bytes(), bytes);
}

// ---- Accounts

#[test]
fn a_summary_is_sent_when_it_says_something_new() {
    let mut world = World::started();
    let of_acme =
        |id, at, what| Op::Place { contact: 0, id, at, what, via: 0, known: true, account: Some(0), version: None };
    world.run(&of_acme(1, 0, 0));
    world.publish(0);
    assert_eq!(summaries(&world.effects).len(), 1);
    world.run(&of_acme(2, 1, 16)); // a machine: no points
    world.publish(0);
    assert_eq!(summaries(&world.effects).len(), 1);
    world.run(&of_acme(3, 2, 1));
    world.publish(0);
    assert_eq!(summaries(&world.effects).iter().map(|s| s.sequence).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn who_leaves_a_company_keeps_what_was_earned_there_and_is_no_member() {
    let mut world = World::started();
    let of = |company, id, at| Op::Place {
        contact: 0,
        id,
        at,
        what: 0,
        via: 0,
        known: true,
        account: Some(company),
        version: None,
    };
    world.run(&of(0, 1, 0));
    world.run(&of(1, 2, 48));
    world.publish(0);
    let account_row = |n| match world.rows.peek(&rows::account_key(account(n))) {
        Some(Row::Account(row)) => row.as_ref().clone(),
        _ => panic!("an account"),
    };
    let mut earned = Mixed::new();
    earned.add(DAY, at(0), 2_000);
    assert_eq!((account_row(0).members, account_row(0).sums), (0, earned));
    assert_eq!(account_row(1).members, 1);
}

#[test]
fn an_older_version_of_a_touchpoint_about_an_account_does_not_come_back() {
    let mut world = World::started();
    let named = |name: &str, version: i64, half_hours: i64| {
        let mut touchpoint = touchpoint("o1", at(half_hours), 17);
        touchpoint.version = Some(version);
        touchpoint.account =
            Some(Box::new(touchpoint::AccountRef { name: Some(Text::new(name)), ..Default::default() }));
        touchpoint
    };
    let replaces =
        |version: i64, half_hours: i64| Replaced { input: named("", 1, 0).input, occurred_at: at(half_hours), version };
    deliver_to_account(&mut world, named("one", 1, 0), None);
    deliver_to_account(&mut world, named("two", 2, 4), Some(replaces(1, 0)));
    deliver_to_account(&mut world, named("three", 3, 0), Some(replaces(2, 4)));
    deliver_to_account(&mut world, named("two", 2, 0), Some(replaces(1, 0)));
    world.publish(0);
    assert_eq!(accounts(&world.effects).last().unwrap().name.as_deref(), Some("three"));
    assert_eq!(world.rows.under(&rows::account_touchpoint_prefix(account(0))).count(), 1);
}

fn deliver_to_account(world: &mut World, touchpoint: touchpoint::Touchpoint, replaces: Option<Replaced>) {
    let delivered =
        Delivered { touchpoint, via: via(0), known: true, account: Some(account(0)), arrived_at: at(0), replaces };
    let input = Input::Delivery(Delivery::Touchpoint(Box::new(delivered)));
    let mut out = Vec::new();
    let to = Some(SubjectId::Account(account(0)));
    world.engine.apply(&mut world.rows, &world.playbooks, to, input, at(0), &mut out).unwrap();
    world.effects.extend(out);
}

#[test]
fn a_version_that_takes_the_place_of_the_first_changes_something_at_its_moment() {
    let versions = |moments: &[i64]| {
        let mut versions = Versions::default();
        for (n, moment) in moments.iter().enumerate() {
            let model = common::small::model(n as u8);
            let activation = Activation { hash: model.hash.clone(), effective_at: at(*moment) };
            versions.activate(activation, Arc::new(Version::new(model).unwrap()));
        }
        versions
    };
    assert_eq!(versions(&[9]).next_change(at(0)), None, "the first is in force from the beginning");
    assert_eq!(versions(&[9, 20]).next_change(at(0)), Some(at(20)));
    assert_eq!(versions(&[9, 9]).next_change(at(0)), Some(at(9)));
    assert_eq!(versions(&[9, 9]).next_change(at(9)), None);
}
