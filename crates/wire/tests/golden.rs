//! The bytes and the text of one of each noun, as committed. A difference here is a difference for every subscriber and
//! for every record that stands in a topic: it needs a new version of the schema, not a new golden file.

mod nouns;

use expect_test::{ExpectFile, expect, expect_file};
use nouns::full;
use touchpoint::{Delivered, Delivery, IdentifierKey, InputId, Replaced, Text, Timestamp};
use wire::{DeliveryUnreadable, Encoder, Published, read_delivery, write_delivery};

fn hex(bytes: &[u8]) -> String {
    let lines: Vec<String> =
        bytes.chunks(32).map(|line| line.iter().map(|byte| format!("{byte:02x}")).collect()).collect();
    lines.join("\n") + "\n"
}

fn holds<T: Published>(noun: &T, avro: &ExpectFile, json: &ExpectFile) {
    let mut value = Vec::new();
    Encoder::single_object().expect("our schemas").write(noun, &mut value);
    avro.assert_eq(&hex(&value));
    value.clear();
    Encoder::json().write(noun, &mut value);
    json.assert_eq(&(String::from_utf8(value).expect("text") + "\n"));
}

#[test]
fn touchpoint() {
    holds(&full::touchpoint(), &expect_file!["golden/touchpoint.hex"], &expect_file!["golden/touchpoint.json"]);
}

#[test]
fn stage_transition() {
    holds(
        &full::transition(),
        &expect_file!["golden/stage_transition.hex"],
        &expect_file!["golden/stage_transition.json"],
    );
}

#[test]
fn score_change() {
    holds(&full::score_change(), &expect_file!["golden/score_change.hex"], &expect_file!["golden/score_change.json"]);
}

#[test]
fn contact() {
    holds(&full::contact(), &expect_file!["golden/contact.hex"], &expect_file!["golden/contact.json"]);
}

#[test]
fn account() {
    holds(&full::account(), &expect_file!["golden/account.hex"], &expect_file!["golden/account.json"]);
}

fn replaced() -> Replaced {
    Replaced {
        input: InputId { source: Text::new("telephony"), id: Text::new("c-55102") },
        occurred_at: Timestamp::from_millis(1_000),
        version: 1,
    }
}

fn deliveries() -> [Delivery; 3] {
    [
        Delivery::Withdraw { via: IdentifierKey([8; 16]), replaced: replaced() },
        Delivery::Recall { via: IdentifierKey([7; 16]), from: Timestamp::MIN, until: Timestamp::from_millis(5) },
        Delivery::Touchpoint(Box::new(Delivered {
            touchpoint: full::touchpoint(),
            via: IdentifierKey([1; 16]),
            known: true,
            account: None,
            arrived_at: Timestamp::from_millis(2_000),
            replaces: Some(replaced()),
        })),
    ]
}

fn written(delivery: &Delivery) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_delivery(delivery, &mut bytes).expect("in memory");
    bytes
}

#[test]
fn deliveries_of_the_inbox() {
    let [withdraw, recall, touchpoint] = deliveries();
    expect![[r#"
        0101080808080808080808080808080808080974656c6570686f6e7907632d35
        35313032d00f02
    "#]]
    .assert_eq(&hex(&written(&withdraw)));
    expect![[r#"
        010207070707070707070707070707070707ffffffffffffffffff010a
    "#]]
    .assert_eq(&hex(&written(&recall)));
    expect_file!["golden/delivery_touchpoint.hex"].assert_eq(&hex(&written(&touchpoint)));
}

#[test]
fn deliveries_are_read_as_written_and_nothing_else_is() {
    for delivery in deliveries() {
        let bytes = written(&delivery);
        assert_eq!(read_delivery(&bytes).as_ref(), Ok(&delivery));
        for end in 0..bytes.len() {
            assert!(read_delivery(&bytes[..end]).is_err(), "cut at {end}");
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert_eq!(read_delivery(&longer), Err(DeliveryUnreadable::Longer(1)));
    }
    assert_eq!(read_delivery(&[2, 0]), Err(DeliveryUnreadable::Version(2)));
}
