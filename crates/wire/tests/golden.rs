//! The bytes and the text of one of each noun, as committed. A difference here is a difference for every subscriber and
//! for every record that stands in a topic: it needs a new version of the schema, not a new golden file.

mod nouns;

use expect_test::{ExpectFile, expect_file};
use nouns::full;
use wire::{Encoder, Published};

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
fn segment_change() {
    holds(
        &full::segment_change(),
        &expect_file!["golden/segment_change.hex"],
        &expect_file!["golden/segment_change.json"],
    );
}

#[test]
fn action() {
    holds(&full::action(), &expect_file!["golden/action.hex"], &expect_file!["golden/action.json"]);
}

#[test]
fn handoff() {
    holds(&full::handoff(), &expect_file!["golden/handoff.hex"], &expect_file!["golden/handoff.json"]);
}

#[test]
fn contact() {
    holds(&full::contact(), &expect_file!["golden/contact.hex"], &expect_file!["golden/contact.json"]);
}

#[test]
fn review() {
    holds(&full::review(), &expect_file!["golden/review.hex"], &expect_file!["golden/review.json"]);
}

#[test]
fn account() {
    holds(&full::account(), &expect_file!["golden/account.hex"], &expect_file!["golden/account.json"]);
}
