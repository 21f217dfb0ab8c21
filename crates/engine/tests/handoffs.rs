//! Hand-offs at their edges: partitions of which one is behind, versions that come and go, contacts that vanish, teams that
//! change.

#![allow(clippy::unwrap_used)] // a test may panic

#[path = "common/playbooks.rs"]
mod playbooks;

use engine::engine::{Engine, Playbooks};
use engine::input::{Effect, Input};
use engine::memory::MapRows;
use engine::version::Activation;
use playbooks::compiled;
use std::collections::VecDeque;
use touchpoint::output::Handoff;
use touchpoint::{
    AccountId, Actor, ContactId, Delivered, Delivery, Identifier, IdentifierKey, IdentifierKind, Replaced, SubjectId,
    Text, Timestamp, Touchpoint,
};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

const REST: &str = "
playbook: {name: small, label: small, time_zone: Asia/Tokyo}
touchpoints: {own: [{channel: web}], ignored: [{properties: {machine: true}}]}
behaviours:
  asked: {label: asked, when: {channel: web, kind: form_submit}}
  called: {label: called, when: {channel: call}}
  looked: {label: looked, when: {channel: web, kind: page_view}}
scores: {behaviour: {label: b, half_life: 30d, at_least: 0, at_most: 200}}
rules: {A: {label: a, when: {channel: web, kind: form_submit}, points: 60}, L: {label: l, when: {channel: web, kind: page_view}, points: 3}}
fit: {criteria: {rank: {of: contact, points: [{is: {present: true}, points: 10}]}}, grades: {A: 10}, lowest: D, unknown: U, known_at_least: 0}
attributes: {contact: {rank: {label: rank}}, account: {owner: {label: owner}}}
handing_over: {attempt: called, best_first: behaviour}
life_cycles:
  acquisition:
    label: a
    stages:
      early: {label: e, phase: p, owner: marketing}
      late: {label: l, phase: p, owner: sales, entries: [{by: score, when: {score: behaviour, at_least: 60}}], exits: [{to: early, when: {score: behaviour, below: 50}}]}
      taken: {label: t, phase: p, owner: sales, people_only: true, entries: [{by: feedback, when: {feedback: [accepted, held]}}]}
      back: {label: b, phase: p, owner: marketing, recycle: true, returns_after: 30d, entries: [{by: feedback, when: {feedback: [rejected, lost]}}]}
reasons: {not_mine: {label: n, passed_on: true}, no: {label: n, to: back}}
";

const RAISED: &str = "
teams: {desk: {label: D, department: sales, members: [a, b], lead: boss}}
handoffs:
  raised:
    label: R
    opens: {stage: {acquisition: late}}
    stands: {stage: {acquisition: [late, taken]}}
    routes: [{person_in: owner}, {team: desk}]
    first_attempt: 4h
    decision: 3d
    breach: next
    lead_after: 1d
";

/// Contacts, companies and teams each live in a partition of their own, with its own time.
struct World {
    parts: [(Engine, MapRows); 3],
    playbooks: Playbooks,
    now: Timestamp,
    inbox: VecDeque<(SubjectId, Input)>,
    /// What is for this partition waits: it stands still.
    stopped: Option<usize>,
    told: Vec<Handoff>,
}

const CONTACTS: usize = 0;
const COMPANIES: usize = 1;

fn home(subject: SubjectId) -> usize {
    match subject {
        SubjectId::Contact(_) => CONTACTS,
        SubjectId::Account(_) => COMPANIES,
        SubjectId::Team(_) => 2,
    }
}

fn contact(n: u8) -> SubjectId {
    SubjectId::Contact(ContactId([n; 16]))
}

fn at(hour: i64) -> Timestamp {
    // A Wednesday, 9:00 in Tokyo.
    Timestamp::parse("2026-07-01T09:00:00+09:00").unwrap().plus_millis(hour * HOUR)
}

impl World {
    fn with(playbooks: &[&str]) -> (Self, Vec<Text>) {
        let (all, hashes) = compiled(REST, playbooks);
        let parts = std::array::from_fn(|_| (Engine::default(), MapRows::default()));
        let (inbox, told) = (VecDeque::new(), Vec::new());
        let mut world = Self { parts, playbooks: all, now: at(0), inbox, stopped: None, told };
        world.activate(&hashes[0]);
        world.tick(at(0));
        (world, hashes)
    }

    fn activate(&mut self, hash: &Text) {
        for part in 0..3 {
            let activation = Activation { hash: hash.clone(), effective_at: self.now };
            self.apply(part, None, Input::Activation(activation));
        }
        self.settle();
    }

    fn tick(&mut self, now: Timestamp) {
        self.now = now;
        (0..3).filter(|part| Some(*part) != self.stopped).collect::<Vec<_>>().into_iter().for_each(|part| {
            self.apply(part, None, Input::Tick(now));
        });
        self.settle();
    }

    fn pass(&mut self, until: Timestamp) {
        while self.now < until {
            self.tick(self.now.plus_millis(30 * MINUTE).min(until));
        }
    }

    fn did(&mut self, n: u8, channel: &str, kind: &str, change: impl FnOnce(&mut Touchpoint)) {
        let mut touchpoint = Touchpoint::new("s", format!("{n}{kind}{}", self.now), self.now, channel, kind);
        touchpoint.identifiers.push(Identifier::new(IdentifierKind::Email, format!("p{n}@acme.example")));
        change(&mut touchpoint);
        let account = Some(AccountId([9; 16])).filter(|_| n < 100);
        let at = touchpoint.occurred_at;
        let via = IdentifierKey([n; 16]);
        let delivered = Delivered { touchpoint, via, known: true, account, arrived_at: at, replaces: None };
        self.inbox.push_back((contact(n), Input::Delivery(Delivery::Touchpoint(Box::new(delivered)))));
        self.settle();
    }

    fn asks(&mut self, n: u8) {
        self.did(n, "web", "form_submit", |_| {});
        // A company that has nothing to tell is not waited for any longer.
        self.tick(self.now.plus_millis(11_000));
    }

    fn says(&mut self, n: u8, word: &str, reason: Option<&str>) {
        self.did(n, "crm", word, |touchpoint| {
            touchpoint.reason = reason.map(Text::new);
            touchpoint.actor = Some(Box::new(Actor { id: Some(Text::new("a")), role: None }));
        });
    }

    fn take_back(&mut self, n: u8, kind: &str, when: Timestamp) {
        let input = Touchpoint::new("s", format!("{n}{kind}{when}"), when, "web", kind).input;
        let replaced = Replaced { input, occurred_at: when, version: 0 };
        let withdraw = Delivery::Withdraw { via: IdentifierKey([n; 16]), replaced };
        self.inbox.push_back((contact(n), Input::Delivery(withdraw)));
        self.settle();
    }

    fn settle(&mut self) {
        let mut waiting = VecDeque::new();
        while let Some((to, input)) = self.inbox.pop_front() {
            match home(to) {
                part if Some(part) == self.stopped => waiting.push_back((to, input)),
                part => self.apply(part, Some(to), input),
            }
        }
        self.inbox = waiting;
    }

    fn apply(&mut self, part: usize, to: Option<SubjectId>, input: Input) {
        let mut out = Vec::new();
        let (engine, rows) = &mut self.parts[part];
        engine.apply(rows, &self.playbooks, to, input, self.now, &mut out).unwrap();
        engine.publish(rows, &mut out).unwrap();
        for effect in out {
            match effect {
                Effect::Handoff(handoff) => self.told.push(*handoff),
                Effect::Send(to, input) => self.inbox.push_back((to, *input)),
                Effect::Summary(account, summary) => {
                    self.inbox.push_back((SubjectId::Account(account), Input::Summary(summary)));
                }
                Effect::Signal(to, delivered) => {
                    let delivery = Delivery::Touchpoint(delivered);
                    self.inbox.push_back((SubjectId::Contact(to), Input::Delivery(delivery)));
                }
                _ => {}
            }
        }
    }

    /// `offered a`: the status, and who has it.
    fn all(&self) -> Vec<String> {
        let person = |told: &Handoff| told.to.person.clone().unwrap_or(Text::const_new("-"));
        self.told.iter().map(|told| format!("{} {}", told.status.as_str(), person(told))).collect()
    }

    /// The last of what was told.
    fn last(&self) -> String {
        self.all().pop().unwrap_or_default()
    }
}

#[test]
fn a_company_that_stands_still_loses_nothing() {
    let (mut world, _) = World::with(&[RAISED]);
    world.stopped = Some(COMPANIES);
    world.asks(1);
    world.tick(at(1));
    world.says(1, "accepted", None);
    assert_eq!(world.all(), [""; 0]);
    world.stopped = None;
    world.tick(at(2));
    assert_eq!(world.all(), ["offered -", "accepted a"], "who accepts has it");
    let offered = &world.told[0];
    assert_eq!(offered.first_attempt_due, Some(at(4)), "promised from when the contact asked");
}

#[test]
fn a_new_version_hands_nobody_over_for_whom_it_holds_already() {
    let (mut world, hashes) = World::with(&["", RAISED]);
    world.asks(1);
    world.activate(&hashes[1]);
    world.did(1, "web", "page_view", |_| {});
    world.asks(2);
    world.pass(at(3));
    assert_eq!(world.all(), ["offered -", "assigned a"]);
    assert_eq!(world.told[0].contact.contact_id, ContactId([2; 16]));
}

#[test]
fn a_kind_by_another_name_goes_on() {
    let renamed = RAISED.replace("  raised:", "  hot:");
    let (mut world, hashes) = World::with(&[RAISED, &renamed]);
    world.asks(1);
    world.tick(at(1));
    world.activate(&hashes[1]);
    world.pass(at(2));
    world.says(1, "accepted", None);
    assert_eq!(world.all(), ["offered -", "assigned a", "accepted a"]);
    assert_eq!(world.told[2].handoff, "hot");
    assert_eq!(world.told[2].handoff_id, world.told[0].handoff_id);
}

#[test]
fn hand_offs_that_a_version_gives_up_are_withdrawn() {
    let (mut world, hashes) = World::with(&[RAISED, ""]);
    world.asks(1);
    world.tick(at(1));
    world.activate(&hashes[1]);
    // The sweep that brings the version to those who do nothing.
    (0..40).for_each(|n| world.tick(at(1).plus_millis(n * 1_000)));
    assert_eq!(world.all(), ["offered -", "assigned a", "withdrawn a"]);
}

#[test]
fn who_is_no_more_is_handed_over_no_more() {
    let (mut world, _) = World::with(&[RAISED]);
    world.asks(1);
    world.take_back(1, "form_submit", at(0));
    assert_eq!(world.all(), ["offered -", "assigned a", "withdrawn a"]);
    assert_eq!(world.told[2].contacts, []);
    world.pass(at(30));
    assert_eq!(world.all().len(), 3, "nothing is promised any more");
}

#[test]
fn what_it_rested_on_is_taken_back_from_under_who_has_accepted() {
    let (mut world, _) = World::with(&[RAISED]);
    world.asks(1);
    world.tick(at(1));
    world.says(1, "accepted", None);
    world.take_back(1, "form_submit", at(0));
    assert_eq!(world.last(), "advised a");
    assert_eq!(world.told.last().unwrap().envelope.reason_code.as_deref(), Some("points_taken_back"));
}

#[test]
fn a_word_that_is_taken_back_promises_again_what_it_had_promised() {
    let (mut world, _) = World::with(&[RAISED]);
    world.asks(1);
    world.tick(at(1));
    world.says(1, "accepted", None);
    world.take_back(1, "accepted", at(1));
    let advised = world.told.last().unwrap();
    assert_eq!((advised.status.as_str(), advised.first_attempt_due), ("advised", Some(at(4))));
    world.pass(at(5));
    assert_eq!(world.all()[4..], ["breached a", "reassigned b"]);
}

#[test]
fn who_is_not_theirs_goes_to_the_other_and_a_no_ends_it() {
    let (mut world, _) = World::with(&[RAISED]);
    world.asks(1);
    world.tick(at(1));
    world.says(1, "rejected", Some("not_mine"));
    assert_eq!(world.all(), ["offered -", "assigned a", "rejected a", "reassigned b"]);
    assert_eq!(world.told[2].contacts, [ContactId([1; 16])], "it stays in the hand-off");
    world.tick(at(2));
    world.says(1, "rejected", Some("no"));
    assert_eq!(world.last(), "rejected b");
    assert_eq!(world.told.last().unwrap().contacts, []);
    // Points that were there already are no reason to ask again.
    world.did(1, "web", "page_view", |_| {});
    world.pass(at(30));
    assert_eq!(world.all().len(), 5);
}

#[test]
fn who_is_at_work_keeps_it_and_another_owner_takes_over() {
    let (mut world, _) = World::with(&[RAISED]);
    let owned = |owner: &'static str| {
        move |touchpoint: &mut Touchpoint| {
            let changes = vec![(Text::new("owner"), Some(touchpoint::Value::text(owner)))];
            touchpoint.attributes =
                Some(Box::new(touchpoint::AttributeChanges { contact: Vec::new(), account: changes }));
        }
    };
    world.asks(1);
    world.tick(at(1));
    world.did(1, "web", "page_view", owned("emp-1"));
    assert_eq!(world.last(), "reassigned emp-1", "nobody is at work yet");
    world.tick(at(2));
    world.did(1, "call", "no_answer", |_| {});
    world.did(1, "web", "search", owned("emp-2"));
    assert_eq!(world.last(), "reassigned emp-1");
    world.did(1, "crm", "owner_changed", |touchpoint| {
        touchpoint.actor = Some(Box::new(Actor { id: Some(Text::new("emp-3")), role: None }));
    });
    assert_eq!(world.last(), "reassigned emp-3");
}

#[test]
fn a_team_that_is_no_more_says_so_and_what_a_member_leaves_behind_stays_with_the_lead() {
    let gone = RAISED.replace("desk: {label: D", "other: {label: D").replace("team: desk", "team: other");
    let (mut world, hashes) = World::with(&[RAISED, &gone]);
    world.stopped = Some(2);
    world.asks(1);
    world.activate(&hashes[1]);
    world.stopped = None;
    world.tick(at(1));
    let last = world.told.last().unwrap();
    assert_eq!((last.status.as_str(), last.envelope.reason_code.as_deref()), ("reassigned", Some("no_such_team")));
}

#[test]
fn rounds_end_and_the_lead_is_told() {
    let (mut world, _) = World::with(&[RAISED]);
    world.asks(1);
    world.pass(at(24 * 6));
    let all = world.all();
    let count = |status: &str| all.iter().filter(|told| told.starts_with(status)).count();
    assert_eq!((count("assigned"), count("reassigned")), (1, 5), "{all:?}");
    let informed: Vec<_> = world.told.iter().filter_map(|told| told.informed.as_deref()).collect();
    assert_eq!(informed, ["boss", "boss"], "of the first attempt and of the decision");
    assert!(!all.iter().any(|told| told.starts_with("withdrawn")));
}

#[test]
fn one_of_several_who_leaves_leaves_the_others_in() {
    let (mut world, _) = World::with(&[RAISED]);
    world.asks(1);
    world.asks(2);
    assert_eq!(world.all(), ["offered -", "assigned a", "joined a"]);
    world.says(1, "rejected", Some("no"));
    assert_eq!(world.told.last().unwrap().contacts, [ContactId([2; 16])]);
    world.says(2, "held", None);
    world.says(2, "lost", None);
    assert_eq!(world.all()[3..], ["rejected a", "held a", "closed a"]);
    assert_eq!(world.told.last().unwrap().contacts, []);
}

#[test]
fn whose_company_is_not_known_has_a_desk_of_their_own() {
    let (mut world, _) = World::with(&[RAISED]);
    world.asks(101);
    world.asks(102);
    assert_eq!(world.all(), ["offered -", "assigned a", "offered -", "assigned b"]);
    assert_eq!(world.told[0].envelope.subject, contact(101));
    world.pass(at(5));
    assert!(world.all().contains(&"breached a".to_owned()));
}

#[test]
fn whoever_has_it_next_has_all_promises_anew() {
    let (mut world, _) = World::with(&[RAISED]);
    world.asks(1);
    world.tick(at(1));
    world.asks(2);
    world.pass(at(7));
    assert_eq!(world.all(), ["offered -", "assigned a", "joined a", "breached a", "reassigned b"]);
    world.pass(at(9));
    assert_eq!(world.all()[5..], ["breached b", "reassigned a"], "one breach for both, four hours after the first");
}

#[test]
fn who_has_it_after_a_rejection_has_to_attend_to_it() {
    let (mut world, _) = World::with(&[RAISED]);
    world.asks(1);
    world.tick(at(1));
    world.did(1, "call", "no_answer", |_| {});
    world.tick(at(2));
    world.says(1, "rejected", Some("not_mine"));
    assert_eq!(world.last(), "reassigned b");
    // Something else changes meanwhile: what a did is nothing that b did.
    world.did(1, "call", "connected", |touchpoint| touchpoint.occurred_at = at(1).plus_millis(MINUTE));
    world.pass(at(7));
    assert_eq!(world.all()[4..6], ["breached b", "reassigned a"]);
    world.take_back(1, "form_submit", at(0));
    assert_eq!(world.last(), "withdrawn a", "and nobody has rejected it");
}

#[test]
fn who_is_at_work_keeps_it_whatever_becomes_known_of_the_company() {
    let (mut world, _) = World::with(&[RAISED]);
    world.did(1, "crm", "owner_changed", |touchpoint| {
        touchpoint.actor = Some(Box::new(Actor { id: Some(Text::new("emp-3")), role: None }));
    });
    world.asks(1);
    world.tick(at(1));
    world.did(1, "call", "no_answer", |_| {});
    world.did(1, "web", "search", |touchpoint| {
        let changes = vec![(Text::new("owner"), Some(touchpoint::Value::text("emp-1")))];
        touchpoint.attributes = Some(Box::new(touchpoint::AttributeChanges { contact: Vec::new(), account: changes }));
    });
    assert_eq!(world.all(), ["offered -", "assigned a"], "nobody has named another owner");
}

#[test]
fn whom_a_breach_closes_for_asks_no_more_and_may_ask_again() {
    let closing = RAISED
        .replace("breach: next", "breach: close")
        .replace("opens: {stage: {acquisition: late}}", "opens: {did: asked, within: 3d}");
    let (mut world, _) = World::with(&[&closing]);
    (1..=12).for_each(|n| world.asks(n));
    world.pass(at(5));
    let asking = world.parts[CONTACTS].1.iter().filter_map(|(_, row)| match row {
        engine::rows::Row::Head(head) => Some(head.handovers.asking.len()),
        _ => None,
    });
    assert_eq!(asking.sum::<usize>(), 0, "the last that each was told is that it is over");
    assert_eq!(world.parts[COMPANIES].1.iter().filter(|(key, _)| key[0] == b'H').count(), 0);
    world.asks(7);
    assert_eq!(world.all()[world.all().len() - 2..], ["offered -", "assigned b"]);
    assert_eq!(world.told[world.told.len() - 2].first_attempt_due, Some(at(9)));
}

#[test]
fn a_breach_by_a_version_that_is_no_more_goes_to_no_team_of_another() {
    let to_team = RAISED
        .replace("teams: {desk", "teams: {x: {label: X, department: sales, members: [x]}, desk")
        .replace("breach: next", "breach: x");
    let (mut world, hashes) = World::with(&[&to_team, ""]);
    world.asks(1);
    world.pass(at(3));
    // The contacts do not hear of it before the promise is broken.
    world.stopped = Some(CONTACTS);
    world.activate(&hashes[1]);
    world.pass(at(6));
    assert_eq!(world.last(), "breached a");
    world.stopped = None;
    (0..40).for_each(|n| world.tick(at(6).plus_millis(n * 1_000)));
    assert_eq!(world.last(), "withdrawn a");
}
