//! The format under test. If a golden test fails, rows and messages of the last release cannot be read: raise
//! [`FORMAT`](super::FORMAT) and read both, or take the change back.

use super::*;
use crate::erasure::{Because, Erased, Gone, Refusals};
use crate::evidence::{Evidence, Evidences, Span, Statement, Statements};
use crate::merge::{Follower, Joined, Merge, Pairs};
use crate::message::{DayChange, Grant, Leg, Linked, Told, Visit, Word};
use crate::namesakes::Namesakes;
use crate::row::{
    BoundPointer, Child, Claim, Input, Kept, Knowledge, Name, NamedBy, Opportunity, Place, Pointer, Rank, Stronger,
    Weaker,
};
use crate::standing::{Standing, Step, Steps};
use expect_test::{Expect, expect};
use proptest::prelude::*;
use touchpoint::{
    AccountRef, Identifier, IdentifierKey, IdentifierKind, InputId, OpportunityContact, Replaced, Timestamp, Touchpoint,
};

const fn key(byte: u8) -> IdentifierKey {
    IdentifierKey([byte; 16])
}

fn at(hour: i64) -> Timestamp {
    Timestamp::from_millis(hour * 3_600_000)
}

fn evidence() -> Evidences {
    let mut evidences = Evidences::default();
    evidences.add(Evidence { at: at(1), input: None }, Span::Day);
    evidences.add(Evidence { at: at(30), input: Some(key(0xec)) }, Span::Day);
    evidences
}

fn said() -> Statement {
    Statement { at: at(2), input: key(0xdc), refused: true }
}

fn statements() -> Statements {
    let mut statements = Statements::default();
    statements.add(said(), true);
    statements
}

fn steps() -> Steps {
    Steps::of([
        Step { from: at(1), home: key(0x12), tracking: Some(said()) },
        Step { from: at(3), home: key(0x22), tracking: None },
    ])
}

fn told() -> Told {
    Told { home: key(0x12), path: vec![key(0x11)], taken_in: vec![key(0x11)], tracking: Some(said()) }
}

fn pairs() -> Pairs {
    let mut pairs = Pairs::default();
    pairs.say(key(0x21), said(), true);
    pairs.hear(key(0x31), Some(said()));
    pairs
}

fn erased() -> Option<Erased> {
    Some(Erased { until: at(5), born: key(0x42) })
}

fn gone() -> Gone {
    let mut gone = Gone::default();
    gone.add(at(1), at(4));
    gone
}

fn refusals() -> Refusals {
    let mut touchpoint = Touchpoint::new("s", "1", at(1), "email", "unsubscribe");
    touchpoint.channel = "email".into();
    let mut refusals = Refusals::default();
    refusals.keep(&touchpoint);
    refusals
}

fn replaced() -> Replaced {
    Replaced { input: InputId { source: "s".into(), id: "1".into() }, occurred_at: at(1), version: 7 }
}

fn touch() -> Touchpoint {
    let mut touchpoint = Touchpoint::new("s", "1", at(1), "web", "page_view");
    touchpoint.identify(Identifier::new(IdentifierKind::Cookie, "c:1"));
    touchpoint
}

fn visit() -> Visit {
    let routing = Routing {
        arrived_at: at(2),
        leg: Leg::Checking { back: key(0x16) },
        replaces: Some(replaced()),
        copy: true,
        hops: 3,
    };
    Visit { touchpoint: touch(), routing }
}

fn rows() -> Vec<Row> {
    let merge = Some(Merge { said: said(), into: key(0x41) });
    let won = Grant::Won { candidate: key(0x12), tracking: None, merge };
    vec![
        Row::Name(Box::new(Name {
            claims: vec![Claim { at: at(1), parent: key(0x11) }],
            told: Some(told()),
            children: vec![Child { key: key(0x22), evidence: evidence(), grant: Some(won) }],
            pairs: pairs(),
            followers: vec![Follower {
                key: key(0x31),
                joined: Joined { since: at(3), ring: false, tracking: Some(said()) },
            }],
            pointers: vec![BoundPointer { key: key(0x16), evidence: evidence() }],
            statements: statements(),
            erased: erased(),
            refusals: refusals(),
            reported: vec![(9, at(1))],
            called: vec![key(0x2e)],
            waiting: vec![visit()],
        })),
        Row::Pointer(Box::new(Pointer {
            names: vec![NamedBy { key: key(0x12), home: key(0x12), tracking: Some(said()), days: vec![at(1), at(30)] }],
            stronger: vec![Stronger { key: key(0x14), at: at(1), standing: Standing::known(steps()), said: None }],
            weaker: vec![Weaker { key: key(0x26), evidence: evidence(), steps: steps() }],
            pairs: pairs(),
            erased: erased(),
            gone: gone(),
            refusals: refusals(),
            statements: statements(),
            called: vec![key(0x2e)],
            closed: true,
        })),
        Row::Namesakes(Namesakes { members: vec![(key(0x12), key(0x22))] }),
        Row::Input(Input {
            rank: Rank { version: 7, void: false, content: 300 },
            place: Some(Place { owner: key(0x12), occurred_at: at(1), company: Some(key(0x19)) }),
        }),
        Row::Opportunity(Box::new(Opportunity {
            revision: 2,
            touchpoints: vec![Kept { touchpoint: touch(), arrived_at: at(2) }],
            former: Knowledge {
                account: Some(AccountRef::default()),
                contacts: vec![OpportunityContact { crm_id: "c:1".into(), role: None }],
                converted: Some(Identifier::new(IdentifierKind::Email, "a@b.example")),
            },
        })),
    ]
}

fn messages() -> Vec<Message> {
    let from = key(0x11);
    let change = |at| DayChange { day: 3, at };
    let linked = Linked { at: at(1), standing: Standing::anonymous(Steps::always(key(0x14))), said: Some(said()) };
    let words = [
        Word::Withdraw { input: key(0xec), replaced: replaced() },
        Word::Companies { at: at(1), input: None, claims: vec![key(0x1a)] },
        Word::Forget { input: key(0xec) },
        Word::Claim { from, at: Some(at(1)) },
        Word::Answer { from, grant: Grant::Lost { home: key(0x12) } },
        Word::Answer { from, grant: Grant::Ring },
        Word::Answer { from, grant: Grant::Won { candidate: key(0x12), tracking: Some(said()), merge: None } },
        Word::Follow { from, told: told() },
        Word::Pair { from, said: Some(said()) },
        Word::Join { from, joined: Some(Joined { since: at(3), ring: true, tracking: None }) },
        Word::Called { from, home: Some(key(0x12)) },
        Word::Release,
        Word::Forgotten { from, until: at(5) },
        Word::Erase { from, until: at(5), home: key(0x12), because: Because::Seen },
        Word::Bind { from, home: key(0x12), tracking: None, days: vec![change(Some(at(73))), change(None)] },
        Word::Link { from, link: Some(linked) },
        Word::Link { from, link: None },
        Word::Pointing { from, steps: steps() },
    ];
    let notices = words.into_iter().map(|word| Message::Notice(Notice { hops: 5, word }));
    let legs = [Leg::Arriving, Leg::Accepted, Leg::Returned, Leg::Checked].map(|leg| {
        let routing = Routing { leg, ..Routing::arriving(at(2)) };
        Message::Visit(Box::new(Visit { touchpoint: touch(), routing }))
    });
    notices.chain(legs).chain([Message::Visit(Box::new(visit()))]).collect()
}

/// Short values whole, long ones by length and hash; both change with any byte.
fn golden<T: Coded + PartialEq + std::fmt::Debug>(values: &[T], expected: &Expect) {
    let mut shown = String::new();
    for value in values {
        let mut bytes = Vec::new();
        value.encode(&mut bytes).unwrap();
        assert_eq!(T::decode(&bytes).as_ref(), Ok(value));
        let hash = crate::HashKey::new([0; 32]).fingerprint([&bytes[..]]);
        let start: String = bytes.iter().take(24).map(|byte| format!("{byte:02x}")).collect();
        shown += &format!("{} bytes {start} {hash:016x}\n", bytes.len());
    }
    expected.assert_eq(&shown);
}

#[test]
fn rows_of_format_1_are_read_for_ever() {
    golden(
        &rows(),
        &expect![[r#"
            531 bytes 01000180bab7031111111111111111111111111111111101 e37c311d4ff92ac5
            443 bytes 010101121212121212121212121212121212121212121212 1db54a5150017b5a
            35 bytes 010401121212121212121212121212121212122222222222 6e5cd209d801bb01
            44 bytes 01020e00ac02011212121212121212121212121212121280 03b66f8389fb550d
            81 bytes 0103040101730131000080bab7030377656209706167655f e1b747979e6c927e
        "#]],
    );
}

#[test]
fn messages_of_format_1_are_read_while_they_are_under_way() {
    golden(
        &messages(),
        &expect![[r#"
            29 bytes 01010500ecececececececececececececececec01730131 9156700607da3266
            26 bytes 0101050180bab70300011a1a1a1a1a1a1a1a1a1a1a1a1a1a 15d0b1efe9e341b7
            20 bytes 01010502ecececececececececececececececec 6f57dcd1e3e74292
            25 bytes 01010503111111111111111111111111111111110180bab7 e5b729148b2e71bf
            37 bytes 010105041111111111111111111111111111111100121212 3dd27552fbc800a3
            21 bytes 010105041111111111111111111111111111111101 8de852c2240bf8ec
            60 bytes 010105041111111111111111111111111111111102121212 c8bad6869c43ae52
            92 bytes 010105051111111111111111111111111111111112121212 eb002e8d40b3b8ff
            42 bytes 01010506111111111111111111111111111111110180f4ee 00a189a34ed7f872
            27 bytes 01010507111111111111111111111111111111110180aea6 96b3e4e7a63d40dc
            37 bytes 0101050a1111111111111111111111111111111101121212 003b1458b71170d9
            4 bytes 0101050b 4603a95dedd818ef
            24 bytes 010105081111111111111111111111111111111180a29511 d0f49ee75d2fd816
            41 bytes 010105091111111111111111111111111111111180a29511 a5a2c09187a1b626
            47 bytes 0101050c1111111111111111111111111111111112121212 a11a69c59691bcee
            76 bytes 0101050d111111111111111111111111111111110180bab7 819cf1d6a044711a
            21 bytes 0101050d1111111111111111111111111111111100 e44d20e59f5a571b
            90 bytes 0101050e1111111111111111111111111111111102ffffff 1caf20799491334a
            56 bytes 010001730131000080bab7030377656209706167655f7669 06d9bf0fa8dc2eb3
            56 bytes 010001730131000080bab7030377656209706167655f7669 4b6068e75760c3a4
            56 bytes 010001730131000080bab7030377656209706167655f7669 927db82439949890
            56 bytes 010001730131000080bab7030377656209706167655f7669 9d83d66d95237967
            81 bytes 010001730131000080bab7030377656209706167655f7669 93e347ebdbbff5c4
        "#]],
    );
}

#[test]
fn a_routing_has_bytes_of_its_own() {
    golden(
        &[visit().routing, Routing::arriving(at(2))],
        &expect![[r#"
        34 bytes 0180f4ee0603161616161616161616161616161616160101 6247e718083c53c4
        9 bytes 0180f4ee0600000000 5c551379ab70517a
    "#]],
    );
}

#[test]
fn what_a_newer_binary_wrote_is_said_to_be_newer() {
    let mut bytes = Vec::new();
    rows()[2].encode(&mut bytes).unwrap();
    bytes[0] = FORMAT + 1;
    assert_eq!(Row::decode(&bytes), Err(CodecError::Newer { what: "row", found: FORMAT + 1 }));
    assert!(matches!(Row::decode(&[]), Err(CodecError::Malformed { what: "row", .. })));
}

#[test]
fn bytes_that_are_cut_or_too_many_are_malformed() {
    for row in rows() {
        let mut bytes = Vec::new();
        row.encode(&mut bytes).unwrap();
        for end in 0..bytes.len() {
            assert!(Row::decode(&bytes[..end]).is_err(), "cut at {end}");
        }
        bytes.push(0);
        assert!(Row::decode(&bytes).is_err());
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut framed = vec![FORMAT];
        framed.extend(bytes);
        if let Ok(row) = Row::decode(&framed) {
            let mut again = Vec::new();
            row.encode(&mut again).unwrap();
            prop_assert_eq!(Row::decode(&again), Ok(row));
        }
        if let Ok(message) = Message::decode(&framed) {
            let mut again = Vec::new();
            message.encode(&mut again).unwrap();
            prop_assert_eq!(Message::decode(&again), Ok(message));
        }
    }
}
