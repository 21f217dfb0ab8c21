//! What random playbooks have found, each as small as it became.

use super::text::SETTING;
use super::words::said;
use crate::common::history::World;
use crate::common::{HOUR, START, contact, via};
use engine::version::{NameKey, Version};
use std::sync::Arc;
use touchpoint::{Delivered, Text, Timestamp};

fn at(hours: i64) -> Timestamp {
    START.plus_millis(hours * HOUR)
}

const HEADER: &str = "touchpoints: {own: [{channel: web}], ignored: [{properties: {machine: true}}]}\n";
const SCORES: &str = "scores: {depth: {label: d, half_life: 1d, at_most: 200}}\n";

/// Under these playbooks: each says what it adds to the others.
fn world(playbooks: &[&str]) -> World {
    let mut world = World::new();
    for (n, sections) in playbooks.iter().enumerate() {
        let header = format!("playbook: {{name: found, label: \"{n}\", time_zone: Asia/Tokyo}}\n{SETTING}{HEADER}");
        let files = [("header.yaml", header.as_str()), ("sections.yaml", sections)];
        let (model, _) = playbook::load(&files).unwrap_or_else(|mistakes| panic!("{}", playbook::render(&mistakes)));
        world.hashes[n] = model.hash.clone();
        world.bounds.extend(model.scores.iter().flat_map(|score| [score.floor, score.ceiling]));
        world.playbooks.insert(model.hash.clone(), Arc::new(Version::new(model).expect("no collision")));
    }
    world.activate(0, START);
    world
}

fn happens(world: &mut World, hours: i64, what: &str) {
    let id = format!("{hours} {what}");
    let touchpoint = said(&id, at(hours), what);
    let arrived_at = touchpoint.occurred_at;
    let delivered = Delivered { touchpoint, via: via(0), known: true, account: None, arrived_at, replaces: None };
    world.deliver(contact(0), delivered);
}

fn stage(world: &World) -> String {
    world.aggregate(contact(0)).positions[0].stage.to_string()
}

/// What rules gave so far, by rule.
fn gave(world: &World, score: &str) -> Vec<(NameKey, i64)> {
    let lines = world.aggregate(contact(0)).lines.into_iter().filter(|line| line.score == NameKey::of(score));
    lines.map(|line| (line.rule, line.given)).collect()
}

fn stages(stages: &str) -> String {
    format!("life_cycles: {{first: {{label: f, stages: {{{stages}}}}}}}\n")
}

const FIRST: &str = "s0: {label: s, phase: p, owner: marketing}";

#[test]
fn who_has_unsubscribed_is_not_angry_for_ever() {
    let angry = "s1: {label: s, phase: p, owner: marketing, entries: [{by: score, when: {score: heat, below: -5}}], \
                 exits: [{to: s0, when: {score: heat, at_least: -4}}]}";
    let rules = "scores: {heat: {label: h, half_life: 1d, at_least: -20, at_most: 200}}\n\
                 rules: {p: {label: p, when: {channel: email, kind: unsubscribe}, points: -8}}\n";
    let mut world = world(&[&format!("{rules}{}", stages(&format!("{FIRST}, {angry}")))]);
    happens(&mut world, 0, "email unsubscribe");
    world.tick(at(24).plus_millis(-1));
    assert_eq!(stage(&world), "s1");
    world.tick(at(24));
    assert_eq!(stage(&world), "s0", "half of the loss has faded");
}

#[test]
fn no_answer_since_the_stage_is_no_answer_at_all() {
    let asked = "s1: {label: s, phase: p, owner: marketing, entries: [{by: score, when: {answer: {budget: planned}}}], \
                 exits: [{to: s2, when: {all: [{answer: {budget: {present: false}}, since: stage}, {quiet_for: 2d}]}}]}, \
                 s2: {label: s, phase: p, owner: marketing}";
    let mut world = world(&[&stages(&format!("{FIRST}, {asked}"))]);
    happens(&mut world, 0, "web search answer.budget=planned");
    world.tick(at(48));
    assert_eq!(stage(&world), "s2", "what was answered before does not count");
}

#[test]
fn an_exclusion_may_name_from_where() {
    let out = "s1: {label: s, phase: p, owner: marketing, entries: [{by: score, when: {answer: {budget: planned}}}]}, \
               s2: {label: s, phase: p, owner: marketing, out: true, entries: [{by: profile, from: s1, when: {contact: {exclude: {present: true}}}}]}";
    let mut world = world(&[&stages(&format!("{FIRST}, {out}"))]);
    happens(&mut world, 0, "profile updated contact.exclude=competitor");
    assert_eq!(stage(&world), "s0");
    happens(&mut world, 1, "web search answer.budget=planned");
    happens(&mut world, 2, "web search");
    assert_eq!(stage(&world), "s2");
}

#[test]
fn the_latest_answer_replaces_the_points_whoever_heard_it() {
    let rules = "rules:\n  \
                 web: {label: w, when: {channel: web}, points: {answer: timeframe, values: {3m: 25}}}\n  \
                 call: {label: c, when: {channel: call}, points: {answer: timeframe, values: {6m: 15}}}\n";
    let mut world = world(&[&format!("{SCORES}{rules}{}", stages(FIRST))]);
    happens(&mut world, 0, "web form_submit answer.timeframe=3m");
    assert_eq!(gave(&world, "depth"), [(NameKey::of("web"), 25_000)]);
    happens(&mut world, 1, "call connected answer.timeframe=6m");
    assert_eq!(gave(&world, "depth"), [(NameKey::of("call"), 15_000)], "one question, one answer");
}

#[test]
fn points_for_a_reading_do_not_depend_on_the_order_of_the_rules() {
    let readings = "behaviours: {look: {label: l, when: {channel: web, kind: page_view}}}\nreadings: {keen: {label: k, when: {did: look}}}\n";
    let first = "a: {label: a, reading: keen, points: 5}";
    let second = "b: {label: b, reading: keen, points: 3, if: {score: depth, at_least: 1}}";
    for rules in [[first, second], [second, first]] {
        let rules = format!("rules: {{{}}}\n", rules.join(", "));
        let mut world = world(&[&format!("{SCORES}{readings}{rules}{}", stages(FIRST))]);
        happens(&mut world, 0, "web page_view");
        assert_eq!(gave(&world, "depth"), [(NameKey::of("a"), 5_000)]);
    }
}

#[test]
fn a_reading_that_begins_in_the_moment_of_a_row_ahead_of_time_is_published() {
    let readings = "readings: {known: {label: k, when: {known: true}}}\n";
    let mut world = world(&[&format!("{readings}{}", stages(FIRST))]);
    world.tick(at(0));
    happens(&mut world, 1, "web search property.machine=true");
    world.publish(0);
    let read = |world: &World| world.told[&contact(0)].state.as_ref().and_then(|state| state.reading.clone());
    assert_eq!(read(&world), None);
    world.tick(at(1));
    world.publish(0);
    assert_eq!(read(&world), Some(Text::new("known")));
}

#[test]
fn a_move_in_a_life_cycle_that_was_given_up_is_told() {
    let former = format!(
        "behaviours: {{look: {{label: l, when: {{channel: web, kind: page_view}}}}}}\n\
         life_cycles: {{first: {{label: f, stages: {{{FIRST}}}}}, second: {{label: s, stages: {{{FIRST}, \
         s1: {{label: s, phase: p, owner: marketing, entries: [{{by: score, when: {{did: look}}}}]}}}}}}}}\n"
    );
    let mut world = world(&[&former, &stages(FIRST)]);
    world.activate(1, at(10));
    happens(&mut world, 20, "web search");
    world.tick(at(20));
    // It is heard of late, when no behaviour is known any more.
    happens(&mut world, 1, "web page_view");
    assert_eq!(world.aggregate(contact(0)).positions[1].stage, "s1");
}

#[test]
fn a_limit_in_points_is_no_limit_in_times() {
    let rule = |limit: &str| {
        let rules =
            format!("rules: {{p: {{label: p, when: {{channel: web, kind: search}}, points: 4, limit: {limit}}}}}\n");
        format!("{SCORES}{rules}{}", stages(FIRST))
    };
    let mut world = world(&[&rule("20 points per month"), &rule("3 times per month"), &rule("30 points per month")]);
    world.activate(1, at(10));
    world.activate(2, at(20));
    (0..5).for_each(|hours| happens(&mut world, hours, "web search"));
    assert_eq!(gave(&world, "depth"), [(NameKey::of("p"), 20_000)]);
    (10..14).for_each(|hours| happens(&mut world, hours, "web search"));
    assert_eq!(gave(&world, "depth").iter().map(|(_, points)| points).sum::<i64>(), 20_000 + 3 * 4_000);
    (20..30).for_each(|hours| happens(&mut world, hours, "web search"));
    let all: i64 = gave(&world, "depth").iter().map(|(_, points)| points).sum();
    assert_eq!(all, 20_000 + 3 * 4_000 + 10_000, "of the 30 points a month 20 were given by the first version");
}

#[test]
fn what_waited_while_another_version_was_in_force_has_waited_in_vain() {
    let looks = |within: &str| {
        let behaviours = format!(
            "behaviours: {{form: {{label: f, when: {{channel: web, kind: form_submit}}}}, \
             hesitated: {{label: h, when: {{channel: web, kind: page_view}}, not_followed_by: form, within: {within}}}}}\n"
        );
        let hesitates = "s1: {label: s, phase: p, owner: marketing, entries: [{by: score, when: {did: hesitated}}]}";
        format!("{behaviours}{}", stages(&format!("{FIRST}, {hesitates}")))
    };
    let mut world = world(&[&looks("1d"), &looks("5d")]);
    world.activate(1, at(10));
    world.activate(0, at(50));
    happens(&mut world, 0, "web page_view");
    happens(&mut world, 60, "call connected");
    world.tick(at(83));
    assert_eq!(stage(&world), "s0", "its day ended under the other version");
    happens(&mut world, 84, "web page_view");
    world.tick(at(84 + 24));
    assert_eq!(stage(&world), "s1", "and a later look waits anew");
}

#[test]
fn one_reading_for_another_is_a_change_though_a_third_one_counts() {
    let readings = "behaviours: {look: {label: l, when: {channel: web, kind: page_view}}, \
                    search: {label: s, when: {channel: web, kind: search}}}\n\
                    readings: {keen: {label: k, when: {did: look}}, calm: {label: c, when: {quiet_for: 1d}}, \
                    curious: {label: c, when: {did: search, within: 1d}}}\n";
    let keen = "s1: {label: s, phase: p, owner: marketing, entries: [{by: score, from: s2, when: {reading: keen}}]}, \
                s2: {label: s, phase: p, owner: marketing, entries: [{by: feedback, when: {feedback: accepted}}, \
                {by: score, when: {answer: {budget: planned}}}]}";
    let mut world = world(&[&format!("{readings}{}", stages(&format!("{FIRST}, {keen}")))]);
    happens(&mut world, 0, "web page_view");
    happens(&mut world, 1, "web search answer.budget=planned");
    assert_eq!(stage(&world), "s2");
    world.tick(at(25));
    assert_eq!(stage(&world), "s1", "the search has passed, and a day of silence has begun to count");
}
