//! What is known of a company, whatever the order in which it is told.

#![allow(clippy::unwrap_used)] // a test may panic

mod common;

use common::{account, at, via};
use engine::account::AccountRow;
use engine::account_facts::{TOLD_ROWS_MAX, learn, recall, withdraw};
use engine::input::{Counted, Effect};
use engine::memory::MapRows;
use engine::rows::{self, Row, Rows};
use proptest::prelude::*;
use std::convert::Infallible;
use touchpoint::{
    AccountRef, AttributeChanges, Delivered, IdentifierKey, InputId, Replaced, Text, Timestamp, Touchpoint, Value,
};

#[derive(Clone, Debug)]
enum Op {
    /// A touchpoint that says the company's name, and its industry or that it has none.
    Tell {
        id: u8,
        when: i64,
        name: u8,
        industry: Option<u8>,
        version: Option<i64>,
        replaces: Option<i64>,
        by: u8,
    },
    TakeBack {
        id: u8,
        when: i64,
        version: i64,
        by: u8,
    },
    Recall {
        by: u8,
        from: i64,
    },
}

fn op() -> impl Strategy<Value = Op> {
    let tell = (0..5_u8, 0..6_i64, 0..3_u8, any::<Option<u8>>(), prop::option::of(1..4_i64), 0..2_u8, 0..6_i64)
        .prop_map(|(id, when, name, industry, version, by, former)| {
            let replaces = version.filter(|version| *version > 1).map(|_| former);
            Op::Tell { id, when, name, industry, version, replaces, by }
        });
    let take_back = (0..5_u8, 0..6_i64, 1..4_i64, 0..2_u8).prop_map(|(id, when, version, by)| Op::TakeBack {
        id,
        when,
        version,
        by,
    });
    let recall = (0..2_u8, 0..6_i64).prop_map(|(by, from)| Op::Recall { by, from });
    prop_oneof![8 => tell, 2 => take_back, 1 => recall]
}

fn input(id: u8) -> InputId {
    InputId { source: Text::new("s"), id: Text::new(format!("t{id}")) }
}

fn told(id: &str, at: Timestamp, name: &str, industry: Option<u8>) -> Touchpoint {
    let mut touchpoint = Touchpoint::new("s", id, at, "crm", "note");
    touchpoint.account = Some(Box::new(AccountRef { name: Some(Text::new(name)), ..AccountRef::default() }));
    let industry = (Text::new("industry"), industry.map(|industry| Value::text(format!("i{industry}"))));
    touchpoint.attributes = Some(Box::new(AttributeChanges { contact: Vec::new(), account: vec![industry] }));
    touchpoint
}

fn delivered(touchpoint: Touchpoint, by: IdentifierKey, replaces: Option<Replaced>) -> Delivered {
    Delivered { touchpoint, via: by, known: true, account: None, arrived_at: at(0), replaces }
}

fn run(rows: &mut MapRows, op: &Op) {
    let mut out = Vec::new();
    let Ok(_) = match op {
        Op::Tell { id, when, name, industry, version, replaces, by } => {
            let mut touchpoint = told(&format!("t{id}"), at(*when), &format!("n{name}"), *industry);
            touchpoint.version = *version;
            let replaced = |when| Replaced { input: input(*id), occurred_at: at(when), version: version.unwrap_or(0) };
            learn(rows, account(0), delivered(touchpoint, via(*by), replaces.map(replaced)), &mut out)
        }
        Op::TakeBack { id, when, version, by } => {
            let replaced = Replaced { input: input(*id), occurred_at: at(*when), version: *version };
            withdraw(rows, account(0), via(*by), &replaced, &mut out)
        }
        Op::Recall { by, from } => recall(rows, account(0), via(*by), at(*from), Timestamp::MAX, &mut out),
    };
}

fn row(rows: &MapRows) -> AccountRow {
    match rows.peek(&rows::account_key(account(0))) {
        Some(Row::Account(row)) => row.as_ref().clone(),
        _ => AccountRow::default(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn the_facts_are_what_the_kept_touchpoints_say_in_order(ops in prop::collection::vec(op(), 1..30)) {
        let mut rows = MapRows::default();
        for op in &ops {
            run(&mut rows, op);
            let mut afresh = MapRows::default();
            for (_, kept) in rows.under(&rows::account_touchpoint_prefix(account(0))) {
                let Row::AccountTouchpoint(kept) = kept else { continue };
                let Ok(_) = learn(&mut afresh, account(0), kept.as_ref().clone().into_delivered(), &mut Vec::new());
            }
            let (have, wanted) = (row(&rows), row(&afresh));
            prop_assert_eq!(&have.facts, &wanted.facts, "after {:?}", op);
            prop_assert_eq!((have.told.rows, have.told.bytes), (wanted.told.rows, wanted.told.bytes));
        }
    }
}

/// Rows that count how often they are read as a whole.
#[derive(Default)]
struct Counting {
    rows: MapRows,
    scans: usize,
}

impl Rows for Counting {
    type Error = Infallible;

    fn get(&mut self, key: &[u8]) -> Result<Option<&Row>, Infallible> {
        self.rows.get(key)
    }

    fn get_mut(&mut self, key: &[u8]) -> Result<Option<&mut Row>, Infallible> {
        self.rows.get_mut(key)
    }

    fn put(&mut self, key: Vec<u8>, row: Row) {
        self.rows.put(key, row);
    }

    fn put_new(&mut self, key: Vec<u8>, row: Row) {
        self.rows.put_new(key, row);
    }

    fn delete(&mut self, key: &[u8]) {
        self.rows.delete(key);
    }

    fn scan(&mut self, prefix: &[u8]) -> Result<Vec<(Vec<u8>, Row)>, Infallible> {
        self.scans += 1;
        self.rows.scan(prefix)
    }

    fn drain(&mut self, prefix: &[u8]) -> Result<Vec<Row>, Infallible> {
        self.rows.drain(prefix)
    }

    fn due(&mut self, until: Timestamp, most: usize) -> Result<Vec<Vec<u8>>, Infallible> {
        self.rows.due(until, most)
    }
}

/// A CRM that sends six thousand changes of one company: it used to read all of them again for each.
#[test]
fn a_company_of_which_much_is_told_stays_quick_and_forgets_nothing() {
    let mut rows = Counting::default();
    let say = |rows: &mut Counting, n: i64, name: &str, industry| {
        let (touchpoint, mut out) = (told(&format!("note{n}"), at(n), name, industry), Vec::new());
        let Ok(_) = learn(rows, account(0), delivered(touchpoint, via(0), None), &mut out);
        out
    };
    say(&mut rows, 0, "Acme", Some(7));
    for n in 1..=6_000 {
        let mut touchpoint = Touchpoint::new("s", format!("c{n}"), at(n), "crm", "note");
        touchpoint.account = Some(Box::new(AccountRef::default()));
        let Ok(_) = learn(&mut rows, account(0), delivered(touchpoint, via(0), None), &mut Vec::new());
    }
    assert!(rows.scans < 20, "{} readings of the whole", rows.scans);
    let kept = row(&rows.rows);
    assert!(kept.told.rows <= TOLD_ROWS_MAX);
    assert_eq!(kept.facts.name.as_deref(), Some("Acme"), "said once, long ago");

    // What is late says its part where the ledger still reaches, and no more.
    assert_eq!(say(&mut rows, 1, "Too late", None), [Effect::Counted(Counted::BeyondHorizon)]);
    assert_eq!(say(&mut rows, 5_990, "Acme Holdings", None), []);
    assert_eq!(row(&rows.rows).facts.name.as_deref(), Some("Acme Holdings"));
    assert!(row(&rows.rows).facts.attributes.is_empty(), "the industry was taken back");
}
