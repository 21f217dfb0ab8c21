//! What hostile or careless sources must not do: rows too large for a record, ledgers without end, points nobody is told
//! of, an account's score that is not its members'.

#![allow(clippy::unwrap_used)] // a test may panic

mod common;

use common::history::World;
use common::ops::Op;
use common::{DAY, account, at, contact, via};
use engine::engine::Horizon;
use engine::input::{Counted, Effect};
use engine::ledger::Place;
use engine::rows::{self, CHUNK_ROWS, Row};
use engine::version::NameKey;
use std::collections::BTreeMap;
use touchpoint::{
    AccountRef, AttributeChanges, Consent, ConsentState, Date, Delivered, SubjectId, Text, Timestamp, Touchpoint, Value,
};

/// The largest row that fits a record of the changelog with room to spare.
const ROW_BYTES_MAX: usize = 1_000_000;

/// Long and made of what the world's own vocabulary does not have.
fn started(horizon: Horizon) -> World {
    World::unchecked(horizon)
}

fn deliver(world: &mut World, touchpoint: Touchpoint, to_account: u8) {
    world.deliver(contact(0), Delivered { account: Some(account(to_account)), ..delivered(touchpoint) });
}

fn search(id: String, millis: i64) -> Touchpoint {
    Touchpoint::new("s", id, at(0).plus_millis(millis), "web", "search")
}

fn answered(id: &str, when: i64, channel: &str, kind: &str, timeframe: &str) -> Touchpoint {
    let mut touchpoint = Touchpoint::new("s", id, at(when), channel, kind);
    touchpoint.answers.set("timeframe", Value::text(timeframe));
    touchpoint
}

fn behaviour(world: &World) -> i64 {
    let (now, name) = (world.now.unwrap(), NameKey::of("behaviour"));
    let aggregate = world.aggregate(contact(0));
    aggregate.lines.iter().filter(|line| line.score == name).map(|line| line.sums.read(line.half_life, now)).sum()
}

fn account_score(world: &World, of: u8) -> i64 {
    match world.rows.peek(&rows::account_key(account(of))) {
        Some(Row::Account(row)) => row.sums.read(world.now.unwrap()),
        _ => 0,
    }
}

fn bytes(row: &Row) -> usize {
    let mut bytes = Vec::new();
    row.encode(&mut bytes);
    bytes.len()
}

fn largest_row(world: &World) -> usize {
    world.rows.iter().map(|(_, row)| bytes(row)).max().unwrap()
}

#[test]
fn a_replaced_answer_leaves_the_account_what_it_leaves_the_contact() {
    let mut world = started(Horizon::default());
    deliver(&mut world, answered("a", 0, "event", "survey", "3m"), 0);
    world.tick(at(480));
    deliver(&mut world, answered("b", 480, "event", "survey", "6m"), 0);
    world.settle();
    assert!(behaviour(&world) >= 3_999, "a millisecond of decay at most");
    assert_eq!(account_score(&world, 0), behaviour(&world));
}

#[test]
fn only_what_counted_for_the_account_is_taken_from_it() {
    let mut world = started(Horizon::default());
    // A call is not the contact's own doing: nothing for the account.
    deliver(&mut world, answered("a", 0, "call", "connected", "3m"), 0);
    deliver(&mut world, answered("b", 1, "event", "survey", "6m"), 0);
    world.tick(at(1));
    world.settle();
    assert_eq!(account_score(&world, 0), behaviour(&world));
}

#[test]
fn what_counted_for_the_former_account_is_taken_back_there() {
    let mut world = started(Horizon::default());
    deliver(&mut world, answered("a", 0, "event", "survey", "3m"), 0);
    deliver(&mut world, answered("b", 1, "event", "survey", "6m"), 1);
    world.tick(at(1));
    world.settle();
    assert_eq!((account_score(&world, 0), account_score(&world, 1)), (0, behaviour(&world)));
}

#[test]
fn points_of_an_event_that_ends_after_an_activation_are_told() {
    let place =
        |id, at, what| Op::Place { contact: 0, id, at, what, via: 0, known: true, account: None, version: None };
    let mut world = World::new();
    world.activate(0, at(0));
    world.tick(at(0));
    // Registered and joined; the event ends at half past six in the evening.
    world.run(&place(11, 20, 26));
    world.run(&place(11, 22, 27));
    world.tick(at(23));
    world.activate(0, at(24));
    world.tick(at(60));
    let told = world.effects.iter().rev().find_map(|effect| match effect {
        Effect::ScoreChange(change) if change.score == "behaviour" => Some(change),
        _ => None,
    });
    let told = told.expect("a score change");
    assert!(!told.added.is_empty() && told.after_milli > 0, "{told:?}");
}

#[test]
fn late_rows_do_not_escape_the_horizon() {
    let mut world = started(Horizon { millis: i64::MAX, rows: 100 });
    (0..64).for_each(|n| deliver(&mut world, search(format!("a{n}"), n * 1_000_000), 0));
    deliver(&mut world, search("tail".to_owned(), 100_000_000), 0);
    (0..1_000).for_each(|n| deliver(&mut world, search(format!("b{n}"), 1 + n), 0));
    let rows = world.head(contact(0)).unwrap().rows as usize;
    assert!(rows <= 100 + 3 * CHUNK_ROWS, "{rows} rows");
}

#[test]
fn a_ledger_may_leave_the_horizon_as_a_whole() {
    let mut world = started(Horizon { millis: 100 * DAY, rows: 10_000 });
    (0..2_000).for_each(|n| deliver(&mut world, search(format!("{n}"), n * 60_000), 0));
    world.tick(at(0).plus_millis(300 * DAY));
    (0..64).for_each(|n| deliver(&mut world, search(format!("z{n}"), 300 * DAY + n), 0));
    assert_eq!(world.head(contact(0)).unwrap().rows, 64 + 2_000 % CHUNK_ROWS as u32);
}

#[test]
fn large_touchpoints_make_more_chunks_and_no_larger_rows() {
    let mut world = started(Horizon::default());
    let mut seed = 1_u64;
    // Nothing that compression could make small.
    let mut noise = |length: usize| -> String {
        let letter = |seed: &mut u64| {
            *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b'!' + ((*seed >> 33) % 90) as u8)
        };
        (0..length).map(|_| letter(&mut seed)).collect()
    };
    for n in 0..64 {
        let mut view = Touchpoint::new("s", format!("v{n}"), at(n), "web", "page_view");
        (0..10).for_each(|q| view.properties.set(format!("q{q}"), Value::text(noise(4_000))));
        deliver(&mut world, view, 0);
    }
    assert!(world.head(contact(0)).unwrap().chunks > 1);
    assert!(largest_row(&world) < ROW_BYTES_MAX, "{}", largest_row(&world));
}

#[test]
fn a_source_that_invents_names_fills_no_row() {
    let mut world = started(Horizon::default());
    let named = |n: i64, q: i64| Text::new(format!("n{n}-{q}"));
    for n in 0..20 {
        let mut form = Touchpoint::new("s", format!("f{n}"), at(n), "web", "form_submit");
        (0..250).for_each(|q| form.answers.set(named(n, q), Value::text("x".repeat(400))));
        let changed = (0..250).map(|q| (named(n, q), Some(Value::text("x".repeat(400))))).collect();
        form.attributes = Some(Box::new(AttributeChanges { contact: changed, account: Vec::new() }));
        let consent = |q| Consent {
            purpose: named(n, q),
            channel: None,
            state: ConsentState::Granted,
            basis: None,
            at: None,
            evidence: None,
        };
        form.consent = (0..100).map(consent).collect();
        deliver(&mut world, form, 0);
    }
    let head = world.rows.peek(&rows::head_key(contact(0))).unwrap();
    assert!(bytes(head) < 200_000, "{}", bytes(head));
}

/// A refusal finds room where a permission does not; an essay about it finds none.
#[test]
fn refusals_with_essays_fill_no_row() {
    let mut world = started(Horizon::default());
    for n in 0..30 {
        let mut form = Touchpoint::new("s", format!("f{n}"), at(n), "web", "form_submit");
        let essay = |what: char| Some(Text::new(what.to_string().repeat(3_000)));
        let consent = |q| Consent {
            purpose: Text::new(format!("n{n}-{q}")),
            channel: None,
            state: ConsentState::Denied,
            basis: essay('b'),
            at: None,
            evidence: essay('e'),
        };
        form.consent = (0..10).map(consent).collect();
        deliver(&mut world, form, 0);
    }
    let head = world.rows.peek(&rows::head_key(contact(0))).unwrap();
    assert!(bytes(head) < 200_000, "{}", bytes(head));
    let kept = world.aggregate(contact(0)).facts.consent;
    assert_eq!(kept.len(), 256);
    assert!(kept.iter().all(|refusal| refusal.state == ConsentState::Denied && refusal.evidence.is_none()));
}

#[test]
fn a_tool_that_reconnects_for_ever_fills_no_row() {
    let mut world = started(Horizon::default());
    for n in 0..500 {
        let mut joined = Touchpoint::new("s", format!("j{n}"), at(0).plus_millis(n * 1_000), "event", "joined");
        joined.campaign = Some(Text::new("e"));
        joined.properties.set("starts_at", Value::text(at(0).to_string()));
        joined.properties.set("ends_at", Value::text(at(48).to_string()));
        joined.properties.set("participant", Value::text(format!("{n:0>1000}")));
        deliver(&mut world, joined, 0);
    }
    let head = world.rows.peek(&rows::head_key(contact(0))).unwrap();
    assert!(bytes(head) < 200_000, "{}", bytes(head));
}

/// The ends of what a time can be: no panic, no overflow, no loop.
#[test]
fn extreme_times_end() {
    let ends =
        [i64::MIN, i64::MIN + 1, -377_705_116_800_000, 253_402_300_799_999, i64::MAX / 2, i64::MAX - 1, i64::MAX];
    for moment in ends.map(Timestamp::from_millis) {
        for what in 0..30 {
            let mut world = World::new();
            world.checks_each_step = false;
            world.checks_sums = false;
            world.activate(0, moment);
            world.activate(1, at(0));
            world.tick(at(0));
            let mut extreme = (world.vocabulary)("x1", at(5), what);
            extreme.occurred_at = moment;
            let day = if moment < at(0) { i32::MIN } else { i32::MAX };
            extreme.until = extreme.until.map(|_| Date::from_days(day));
            for id in ["x1", "y"] {
                extreme.input.id = Text::new(id);
                deliver(&mut world, extreme.clone(), 0);
            }
            for what in [0, 3, 8, 17, 18] {
                let usual = (world.vocabulary)(&format!("z{what}"), at(6), what);
                deliver(&mut world, usual, 0);
            }
            world.tick(at(500));
        }
    }
}

/// Each gives points of its own: no limit holds them together.
fn attended(id: i64, millis: i64) -> Touchpoint {
    let mut attended = Touchpoint::new("s", format!("e{id:04}"), at(0).plus_millis(millis), "event", "attended");
    attended.campaign = Some(Text::new(format!("seminar-{id}")));
    attended
}

#[test]
fn a_recall_of_a_long_history_is_told_in_several_events_that_fit_a_record() {
    let mut world = started(Horizon::default());
    (0..700).for_each(|n| deliver(&mut world, attended(n, n * 3_600_000), 0));
    world.tick(at(701));
    let told = world.effects.len();
    // The first row of another identifier keeps the contact alive.
    let stays = Delivered { via: via(1), ..delivered(attended(900, 700 * 3_600_000)) };
    world.deliver(contact(0), stays);
    world.run(&Op::Recall { contact: 0, via: 0, from: -1, until: None, to: 1 });
    let changes: Vec<_> = world.effects[told..]
        .iter()
        .filter_map(|effect| match effect {
            Effect::ScoreChange(change) if change.envelope.subject == SubjectId::Contact(contact(0)) => Some(change),
            _ => None,
        })
        .filter(|change| change.score == "behaviour")
        .collect();
    let removed: usize = changes.iter().map(|change| change.removed.len()).sum();
    assert_eq!(removed, 700, "every contribution is named once");
    let pieces: Vec<_> = changes.iter().filter(|change| !change.removed.is_empty()).collect();
    assert_eq!(pieces.len(), 3);
    assert!(pieces.iter().all(|piece| piece.removed.len() <= 256));
    assert!(changes.windows(2).all(|two| two[0].after_milli == two[1].before_milli), "one from the next");
    assert_eq!(changes.last().map(|change| change.after_milli), Some(2_500), "what stays");
}

#[test]
fn a_late_touchpoint_leaves_the_rows_of_later_chunks_as_they_are() {
    let mut world = started(Horizon::default());
    for n in 0..1_280 {
        let mut view = search(format!("v{n:04}"), 1_000 + n * 60_000);
        view.properties.set("title", Value::text(format!("{n}{}", "a page with much to say ".repeat(20))));
        deliver(&mut world, view, 0);
    }
    let before: BTreeMap<Vec<u8>, Vec<u8>> = world.bytes().into_iter().collect();
    deliver(&mut world, attended(1, 0), 0);
    let chunk_table = rows::chunk_key(contact(0), &Place::of(at(0), &search(String::new(), 0).input))[0];
    let changed = world.bytes().into_iter().filter(|(key, bytes)| before.get(key) != Some(bytes));
    let (chunks, others): (Vec<_>, Vec<_>) = changed.partition(|(key, _)| key[0] == chunk_table);
    assert_eq!(chunks.len(), 1, "the chunk that took it");
    assert!(others.len() >= 20, "a checkpoint before each later chunk");
}

#[test]
fn a_refusal_that_left_the_horizon_outlives_a_recall_of_all_the_rest() {
    let mut world = started(Horizon { millis: 100 * DAY, rows: 10_000 });
    deliver(&mut world, Touchpoint::new("s", "no", at(0), "email", "unsubscribe"), 0);
    (0..200).for_each(|n| deliver(&mut world, search(format!("{n}"), 1_000 + n), 0));
    world.tick(at(0).plus_millis(300 * DAY));
    let late = |id: String, n: i64| Delivered { via: via(1), ..delivered(search(id, 300 * DAY + n)) };
    (0..64).for_each(|n| world.deliver(contact(0), late(format!("z{n}"), n)));
    // What stands in the ledger came by the two identifiers; the refusal itself is in no row any more.
    (0..2).for_each(|by| world.recall_all(contact(0), via(by)));
    assert_eq!(world.head(contact(0)).unwrap().rows, 0);
    world.deliver(contact(0), late("back".to_owned(), 1_000));
    let refused = |consent: &Consent| consent.state == ConsentState::Denied;
    assert!(world.aggregate(contact(0)).facts.consent.iter().any(refused), "marketing stays refused");
    let early = Delivered { via: via(1), ..delivered(search("early".to_owned(), 5)) };
    world.tick(at(0).plus_millis(50 * DAY));
    let told = world.effects.len();
    world.deliver(contact(0), early);
    assert_eq!(world.effects[told..], [Effect::Counted(Counted::BeyondHorizon)]);
}

fn delivered(touchpoint: Touchpoint) -> Delivered {
    Delivered { touchpoint, via: via(0), known: true, account: None, arrived_at: at(0), replaces: None }
}

#[test]
fn a_source_that_invents_units_of_a_company_fills_no_row() {
    let mut world = started(Horizon::default());
    for n in 0..40 {
        let mut told = Touchpoint::new("s", format!("u{n}"), at(n), "crm", "note");
        let unit = Some(Text::new(format!("plant {n} {}", "x".repeat(200))));
        told.account = Some(Box::new(AccountRef { unit, ..AccountRef::default() }));
        let named = |q: i64| Text::new(format!("n{n}-{q}"));
        let attributes = (0..250).map(|q| (named(q), Some(Value::text("x".repeat(400))))).collect();
        told.attributes = Some(Box::new(AttributeChanges { contact: Vec::new(), account: attributes }));
        world.deliver_to_account(account(0), delivered(told));
    }
    let row = world.rows.peek(&rows::account_key(account(0))).unwrap();
    assert!(bytes(row) < 100_000, "{}", bytes(row));
}
