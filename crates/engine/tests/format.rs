//! The bytes of format 1: rows and inbox records that were written once must be read for ever. When a test here fails,
//! the format has changed: raise `FORMAT` (or `INPUT_FORMAT`), keep reading the old one, and add a new golden file.

#![allow(clippy::unwrap_used)] // a test may panic

mod common;

use common::history::World;
use common::ops::Op;
use common::{at, contact};
use engine::engine::Horizon;
use engine::input::{Effect, INPUT_FORMAT, Input, InputFormatError};
use engine::rows::{FORMAT, Row, RowFormatError};
use engine::version::Activation;
use std::fmt::Write;
use touchpoint::{Delivered, Delivery, Replaced, Text};

/// A short history that leaves a row of every table behind.
fn world() -> World {
    let mut world = World::with_horizon(Horizon { millis: i64::MAX, rows: 64 });
    world.checks_each_step = false;
    world.checks_sums = false;
    world.activate(0, at(0));
    world.tick(at(2));
    for n in 0..130_i64 {
        let (id, what) = ((n % 250) as u8, [3, 0, 8, 25, 19, 6][(n % 6) as usize]);
        let known = n % 4 > 0;
        world.run(&Op::Place {
            contact: 0,
            id,
            at: n,
            what,
            via: 1,
            known,
            account: Some(0),
            version: (n % 5 == 0).then_some(2),
        });
    }
    world.activate(2, at(500));
    world.tick(at(140));
    world.publish(0);
    // Somebody who is handed over, and waits for a member of the team.
    let ripe =
        |id, what| Op::Place { contact: 1, id, at: 139, what, via: 2, known: true, account: None, version: None };
    [(1, 8), (2, 0), (3, 3)].into_iter().for_each(|(id, what)| world.run(&ripe(id, what)));
    (0..3).for_each(|_| world.publish(0));
    let touchpoint = common::ops::touchpoint("o1", at(3), 21);
    let delivered = Delivered {
        touchpoint,
        via: common::via(7),
        known: true,
        account: Some(common::account(0)),
        arrived_at: at(4),
        replaces: None,
    };
    let (input, to) = (Input::Delivery(Delivery::Touchpoint(Box::new(delivered))), common::account(0));
    let to = Some(touchpoint::SubjectId::Account(to));
    world.engine.apply(&mut world.rows, &world.playbooks, to, input, at(5), &mut Vec::new()).unwrap();
    world
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn rows_are_written_as_they_always_were() {
    let world = world();
    let mut golden = String::new();
    let mut tables = std::collections::BTreeSet::new();
    for (key, bytes) in world.bytes() {
        // One row of each table is enough, and of the tail two.
        if tables.insert((key[0], key[0] == b'T' && key.ends_with(b"9"))) {
            let _ = writeln!(golden, "{} {}", hex(&key), hex(&bytes));
        }
    }
    let seen: String = tables.iter().map(|(table, _)| char::from(*table)).collect();
    assert_eq!(seen, "ABCDGHKMOPTTUW", "a row of every table");
    expect_test::expect_file!["../../../tests/golden/engine/rows-1.txt"].assert_eq(&golden);
}

#[test]
fn rows_that_were_written_once_are_read() {
    for line in include_str!("../../../tests/golden/engine/rows-1.txt").lines() {
        let (key, bytes) = line.split_once(' ').unwrap();
        let (key, bytes) = (unhex(key), unhex(bytes));
        let row = Row::decode(&key, &bytes).unwrap();
        let mut again = Vec::new();
        row.encode(&mut again);
        assert_eq!(hex(&again), hex(&bytes));
        // Every cut of it is refused, not misread into a panic.
        for end in 0..bytes.len() {
            assert!(Row::decode(&key, &bytes[..end]).is_err(), "{} bytes of {}", end, bytes.len());
        }
    }
    assert_eq!(Row::decode(b"C", &[FORMAT + 1]), Err(RowFormatError::Newer { found: FORMAT + 1 }));
    assert!(matches!(Row::decode(b"?", &[FORMAT]), Err(RowFormatError::Malformed { table: '?', .. })));
}

fn inputs() -> Vec<Input> {
    let row = world().live[&contact(0)].values().next().unwrap().clone();
    let replaced = Replaced { input: row.touchpoint.input.clone(), occurred_at: at(1), version: 1 };
    let mut delivered = row.into_delivered();
    delivered.replaces = Some(replaced.clone());
    let mut summarised = world();
    summarised.publish(0);
    let summary = summarised.effects.iter().find_map(|effect| match effect {
        Effect::Summary(_, summary) => Some(summary.clone()),
        _ => None,
    });
    vec![
        Input::Delivery(Delivery::Touchpoint(Box::new(delivered))),
        Input::Delivery(Delivery::Withdraw { via: common::via(3), replaced }),
        Input::Delivery(Delivery::Recall { via: common::via(3), from: at(0), until: at(9) }),
        Input::Summary(summary.unwrap()),
        Input::Tick(at(7)),
        Input::Activation(Activation { hash: Text::new("v1"), effective_at: at(8) }),
    ]
    .into_iter()
    .chain(spoken())
    .collect()
}

/// One of each that contacts, desks and teams say to each other.
fn spoken() -> Vec<Input> {
    let mut all: Vec<Input> = Vec::new();
    for effect in world().effects {
        let Effect::Send(_, input) = effect else { continue };
        let is_new = |have: &Input| std::mem::discriminant(have) != std::mem::discriminant(input.as_ref());
        if all.iter().all(is_new) {
            all.push(*input);
        }
    }
    assert_eq!(all.len(), 3, "a request, a wish and an answer: {all:?}");
    all
}

#[test]
fn inbox_records_are_written_as_they_always_were_and_read() {
    let mut golden = String::new();
    for input in inputs() {
        let bytes = input.encode();
        assert_eq!(Input::decode(&bytes), Ok(input));
        let _ = writeln!(golden, "{}", hex(&bytes));
        for end in 0..bytes.len() {
            assert!(Input::decode(&bytes[..end]).is_err());
        }
    }
    expect_test::expect_file!["../../../tests/golden/engine/inbox-1.txt"].assert_eq(&golden);
    let newer = INPUT_FORMAT + 1;
    assert_eq!(Input::decode(&[newer]), Err(InputFormatError::Newer { found: newer }));
}
