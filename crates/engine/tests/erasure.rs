//! Who is erased leaves a last event, and no word of themselves in any row.

#![allow(clippy::unwrap_used)] // a test may panic

mod common;

use common::history::World;
use common::{DAY, account, at, contact, via};
use engine::engine::Horizon;
use engine::input::Effect;
use touchpoint::output::{Cause, StageTransition};
use touchpoint::{Consent, ConsentState, Delivered, Identifier, IdentifierKind, Person, Touchpoint, Value};

/// Hanako did something, and everything that can say who she is says so.
fn said(id: &str, day: i64, by: u8) -> Delivered {
    let mut touchpoint = Touchpoint::new("s", id, at(0).plus_millis(day * DAY), "web", "form");
    touchpoint.identify(Identifier::new(IdentifierKind::Email, "hanako@acme.example"));
    touchpoint.person = Some(Box::new(Person { name: Some("hanako yamada".into()), ..Person::default() }));
    touchpoint.properties.set("comment", Value::text("call hanako"));
    Delivered { touchpoint, via: via(by), known: true, account: Some(account(1)), arrived_at: at(0), replaces: None }
}

fn refused(id: &str, day: i64) -> Delivered {
    let mut delivered = said(id, day, 0);
    delivered.touchpoint.consent = vec![Consent {
        purpose: "marketing".into(),
        channel: Some("email".into()),
        state: ConsentState::Denied,
        basis: None,
        at: None,
        evidence: None,
    }];
    delivered
}

fn says(world: &World, word: &str) -> bool {
    world.bytes().iter().any(|(_, bytes)| bytes.windows(word.len()).any(|window| window == word.as_bytes()))
}

fn last_transition(world: &World) -> &StageTransition {
    let told = world.effects.iter().rev().find_map(|effect| match effect {
        Effect::StageTransition(told) => Some(told),
        _ => None,
    });
    told.unwrap()
}

#[test]
fn nothing_of_an_erased_person_stays_but_that_there_was_one() {
    let mut world = World::unchecked(Horizon::default());
    for day in 0..3 {
        world.deliver(contact(0), said(&format!("a{day}"), day, (day % 2) as u8));
    }
    world.tick(at(0).plus_millis(5 * DAY));
    world.publish(0);
    assert!(says(&world, "hanako"));
    let before = world.head(contact(0)).unwrap().transitions;
    world.erase(contact(0), &[via(0), via(1)]);
    world.publish(0);
    world.publish(0);
    let last = last_transition(&world);
    assert_eq!((&*last.to, last.envelope.cause), ("erased", Cause::Manual));
    assert_eq!(last.envelope.sequence, before + 1, "without a gap");
    assert!(world.told[&contact(0)].state.is_none(), "a tombstone");
    assert!(!says(&world, "hanako"));
    let returned = world.effects.iter().filter(|effect| matches!(effect, Effect::Return(_))).count();
    assert_eq!(returned, 3, "the owners let them go no further");
}

#[test]
fn of_rows_that_left_the_horizon_the_refusal_goes_back_and_nothing_stays() {
    let mut world = World::unchecked(Horizon { millis: 100 * DAY, rows: 10_000 });
    world.deliver(contact(0), refused("no", 0));
    (0..200).for_each(|n| world.deliver(contact(0), said(&format!("a{n}"), n, 0)));
    world.tick(at(0).plus_millis(300 * DAY));
    (0..64).for_each(|n| world.deliver(contact(0), said(&format!("b{n}"), 300 + n, 0)));
    world.publish(0);
    let told = world.effects.len();
    world.erase(contact(0), &[via(0)]);
    world.publish(0);
    world.publish(0);
    let returned = world.effects[told..].iter().filter_map(|effect| match effect {
        Effect::Return(row) => Some(&row.touchpoint),
        _ => None,
    });
    let refusals: Vec<_> = returned.filter(|touchpoint| !touchpoint.consent.is_empty()).collect();
    assert_eq!(refusals.len(), 1, "no row of the ledger refuses anything any more");
    assert_eq!(refusals[0].consent[0].state, ConsentState::Denied);
    assert!(!says(&world, "hanako"));
    assert_eq!(last_transition(&world).to, "erased");
}
