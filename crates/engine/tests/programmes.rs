//! Programmes at their edges: versions that come and go, contacts that vanish, messages that find no place.

#![allow(clippy::unwrap_used)] // a test may panic

#[path = "common/playbooks.rs"]
mod playbooks;

use engine::engine::{Engine, Playbooks};
use engine::input::{Effect, Input};
use engine::memory::MapRows;
use engine::version::Activation;
use playbooks::compiled;
use touchpoint::output::{Action, ActionStatus};
use touchpoint::{
    Consent, ConsentState, ContactId, Delivered, Delivery, Identifier, IdentifierKey, IdentifierKind, Replaced,
    SubjectId, Text, Timestamp, Touchpoint,
};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

const REST: &str = "
playbook: {name: small, label: small, time_zone: Asia/Tokyo}
page_classes: [pricing]
pages: {/pricing: {class: pricing}}
content:
  guide: {title: Guide, type: article, stages: early, channels: email, hypothesis: {label: h, expects: {stage: late, within: 9d}}}
  prices: {title: Prices, type: article, stages: early, channels: email, hypothesis: {label: h, expects: {stage: late, within: 9d}}}
touchpoints: {own: [{channel: web}], ignored: [{properties: {machine: true}}]}
behaviours:
  looked: {label: looked, when: {channel: web, kind: page_view}}
  asked: {label: asked, when: {channel: web, kind: form_submit}}
scores: {behaviour: {label: b, half_life: 30d, at_least: 0, at_most: 200}}
rules: {A: {label: a, when: {channel: web, kind: form_submit}, points: 60}}
fit: {criteria: {rank: {of: contact, points: [{is: {present: true}, points: 10}]}}, grades: {A: 10}, lowest: D, unknown: U, known_at_least: 0}
attributes: {contact: {rank: {label: rank}}}
life_cycles:
  acquisition:
    label: a
    stages:
      early: {label: e, phase: p, owner: marketing}
      late: {label: l, phase: p, owner: sales, entries: [{by: score, when: {score: behaviour, at_least: 60}}]}
";

const WELCOME: &str = "
programmes:
  welcome: {label: Welcome, priority: 3, enters: {did: looked}, leaves: {did: asked}, steps: {guide: {send: guide, channel: email, wait: 1d}}}
";

/// One partition.
struct World {
    engine: Engine,
    rows: MapRows,
    playbooks: Playbooks,
    now: Timestamp,
    told: Vec<(ContactId, Action)>,
}

fn contact(n: u16) -> ContactId {
    let mut id = [7; 16];
    id[..2].copy_from_slice(&n.to_be_bytes());
    ContactId(id)
}

fn at(day: i64, hour: i64) -> Timestamp {
    // 2026-07-01 00:00 in Tokyo, a Wednesday.
    Timestamp::parse("2026-07-01T00:00:00+09:00").unwrap().plus_millis(day * DAY + hour * HOUR)
}

impl World {
    fn with(playbooks: &[&str]) -> (Self, Vec<Text>) {
        let (all, hashes) = compiled(REST, playbooks);
        let (engine, rows) = (Engine::default(), MapRows::default());
        let mut world = Self { engine, rows, playbooks: all, now: at(0, 0), told: Vec::new() };
        world.activate(&hashes[0]);
        world.tick(at(0, 0));
        (world, hashes)
    }

    fn activate(&mut self, hash: &Text) {
        let activation = Activation { hash: hash.clone(), effective_at: self.now };
        self.apply(None, Input::Activation(activation));
    }

    fn tick(&mut self, now: Timestamp) {
        self.now = now;
        self.apply(None, Input::Tick(now));
    }

    /// Second by second would be slow; hour by hour shows each moment, too.
    fn pass(&mut self, until: Timestamp) {
        while self.now < until {
            self.tick(self.now.plus_millis(HOUR));
        }
    }

    fn did(&mut self, n: u16, kind: &str) {
        let mut touchpoint = Touchpoint::new("s", format!("{kind}{}", self.now), self.now, "web", kind);
        touchpoint.identifiers.push(Identifier::new(IdentifierKind::Email, format!("p{n}@acme.example")));
        touchpoint.consent.push(Consent {
            purpose: Text::new("marketing"),
            channel: Some(Text::new("email")),
            state: ConsentState::Granted,
            basis: Some(Text::new("opt_in")),
            at: Some(self.now),
            evidence: None,
        });
        let delivered = Delivered {
            touchpoint,
            via: IdentifierKey([1; 16]),
            known: true,
            account: None,
            arrived_at: self.now,
            replaces: None,
        };
        self.apply(Some(contact(n)), Input::Delivery(Delivery::Touchpoint(Box::new(delivered))));
    }

    fn take_back(&mut self, n: u16, kind: &str, when: Timestamp) {
        let input = Touchpoint::new("s", format!("{kind}{when}"), when, "web", kind).input;
        let replaced = Replaced { input, occurred_at: when, version: 0 };
        let withdraw = Delivery::Withdraw { via: IdentifierKey([1; 16]), replaced };
        self.apply(Some(contact(n)), Input::Delivery(withdraw));
    }

    fn apply(&mut self, to: Option<ContactId>, input: Input) {
        let mut out = Vec::new();
        let subject = to.map(SubjectId::Contact);
        self.engine.apply(&mut self.rows, &self.playbooks, subject, input, self.now, &mut out).unwrap();
        self.engine.publish(&mut self.rows, &mut out).unwrap();
        for effect in out {
            if let Effect::Action(action) = effect {
                let SubjectId::Contact(contact) = action.envelope.subject else { panic!("of a contact") };
                self.told.push((contact, *action));
            }
        }
    }

    /// `planned welcome.guide`, of one contact.
    fn done(&self, n: u16) -> Vec<String> {
        let of = self.told.iter().filter(|(to, _)| *to == contact(n));
        of.map(|(_, action)| format!("{} {}.{}", action.status.as_str(), action.programme, action.step)).collect()
    }
}

#[test]
fn a_new_version_lets_nobody_in_for_whom_it_holds_already() {
    let (mut world, hashes) = World::with(&["", WELCOME]);
    world.did(1, "page_view");
    world.tick(at(0, 1));
    world.activate(&hashes[1]);
    // The first thing that is heard of them under the new version is no reason to welcome them.
    world.did(1, "page_view");
    world.did(2, "page_view");
    world.pass(at(1, 0));
    assert_eq!(world.done(1), [""; 0]);
    assert_eq!(world.done(2), ["planned welcome.guide"], "who comes from then on");
}

#[test]
fn a_programme_that_a_version_gives_up_ends_and_takes_back_what_is_open() {
    let hours = format!("{WELCOME}sending: {{hours: 08:00-18:00, usual_time: 10:00}}\n");
    let (mut world, hashes) = World::with(&[&hours, ""]);
    world.did(1, "page_view");
    world.pass(at(0, 12));
    world.activate(&hashes[1]);
    world.pass(at(0, 13));
    assert_eq!(world.done(1), ["planned welcome.guide", "cancelled .guide"]);
    assert_eq!(world.told[1].1.envelope.corrects, Some(world.told[0].1.envelope.event_id));
}

#[test]
fn who_is_no_more_is_written_to_no_more() {
    let hours = format!("{WELCOME}sending: {{hours: 08:00-18:00, usual_time: 10:00}}\n");
    let (mut world, _) = World::with(&[&hours]);
    let first = at(0, 1);
    world.tick(first);
    world.did(1, "page_view");
    world.pass(at(0, 11));
    world.take_back(1, "page_view", first);
    assert_eq!(world.done(1), ["planned welcome.guide", "cancelled welcome.guide"]);
    world.pass(at(9, 0));
    assert_eq!(world.done(1).len(), 2);
}

#[test]
fn what_waits_for_its_turn_for_too_long_is_dropped_and_told() {
    let (mut world, _) = World::with(&["
programmes:
  first: {label: First, priority: 1, enters: {did: looked}, steps: {guide: {send: guide, channel: email}}}
  second: {label: Second, priority: 2, enters: {did: looked}, steps: {prices: {send: prices, channel: email, wait: 1d}}}
  third: {label: Third, priority: 3, enters: {did: looked}, steps: {again: {send: prices, channel: email}}}
sending: {hours: 08:00-18:00, usual_time: 10:00, limits: {email: [1 per business day, 2 per 7d]}, waits: 3d}
"]);
    world.did(1, "page_view");
    world.pass(at(20, 0));
    // All three want to at 10:00. The second has its turn the next day; the third would have it a week later.
    assert_eq!(world.done(1), ["planned first.guide", "planned second.prices", "withheld third.again"]);
    let moments: Vec<Timestamp> = world.told.iter().map(|(_, action)| action.not_before).collect();
    assert_eq!(moments, [at(0, 10), at(1, 10), at(1, 10)]);
    assert_eq!(world.told[2].1.withheld_for.as_deref(), Some("limit"));
}

#[test]
fn who_is_held_out_goes_through_the_steps_and_gets_nothing() {
    let held_out = WELCOME.replace("priority: 3,", "priority: 3, hold_out: 20%,");
    let (mut world, _) = World::with(&[&held_out]);
    (0..1_000).for_each(|n| world.did(n, "page_view"));
    world.pass(at(3, 0));
    let count = |status| world.told.iter().filter(|(_, action)| action.status == status).count();
    let (planned, left_out) = (count(ActionStatus::Planned), count(ActionStatus::HeldOut));
    assert_eq!(planned + left_out, 1_000);
    // 200 and four standard deviations.
    assert!((150..=250).contains(&left_out), "{left_out}");
    let (mut again, _) = World::with(&[&held_out]);
    (0..1_000).for_each(|n| again.did(n, "page_view"));
    again.pass(at(3, 0));
    assert_eq!(world.told, again.told, "always the same ones");
}

#[test]
fn nobody_is_sent_what_they_cannot_receive() {
    let (mut world, _) = World::with(&[WELCOME]);
    let mut touchpoint = Touchpoint::new("s", "anonymous", world.now, "web", "page_view");
    touchpoint.identifiers.push(Identifier::new(IdentifierKind::Cookie, "a"));
    let (via, arrived_at) = (IdentifierKey([1; 16]), world.now);
    let delivered = Delivered { touchpoint, via, known: false, account: None, arrived_at, replaces: None };
    world.apply(Some(contact(1)), Input::Delivery(Delivery::Touchpoint(Box::new(delivered))));
    world.pass(at(0, 2));
    assert_eq!(world.done(1), ["withheld welcome.guide"]);
    assert_eq!(world.told[0].1.withheld_for.as_deref(), Some("unreachable"));
}

#[test]
fn after_an_outage_what_was_due_at_night_waits_for_the_morning() {
    let (mut world, _) = World::with(&[&format!("{WELCOME}sending: {{hours: 08:00-18:00, usual_time: 10:00}}\n")]);
    world.tick(at(0, 9));
    world.did(1, "page_view");
    // Nothing runs from before ten until late at night.
    world.tick(at(0, 23));
    assert_eq!(world.done(1), [""; 0]);
    world.pass(at(1, 12));
    assert_eq!(world.done(1), ["planned welcome.guide"]);
    assert_eq!(world.told[0].1.not_before, at(1, 10));
}
