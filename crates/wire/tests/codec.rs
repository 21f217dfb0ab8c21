//! Our codec against apache-avro's and against itself: what one writes the other reads, and both say the same.

mod nouns;

use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::writer::datum::GenericDatumWriter;
use nouns::{any, full};
use proptest::prelude::*;
use serde_json::Value as Json;
use std::fmt::Debug;
use std::sync::LazyLock;
use touchpoint::{Text, Touchpoint, Value, limits};
use wire::{ForeignSchema, OurSchema, Published};

static SCHEMAS: LazyLock<Vec<Schema>> =
    LazyLock::new(|| OurSchema::ALL.iter().map(|schema| Schema::parse_str(schema.text()).expect("a schema")).collect());

static FOREIGN: LazyLock<Vec<ForeignSchema>> = LazyLock::new(|| {
    OurSchema::ALL.iter().map(|schema| ForeignSchema::parse(schema.text(), &[]).expect("a schema")).collect()
});

fn avro<T: Published>(noun: &T) -> Vec<u8> {
    let mut datum = Vec::new();
    noun.write_avro(&mut datum);
    datum
}

fn json<T: Published>(noun: &T) -> Json {
    let mut text = Vec::new();
    noun.write_json(&mut text);
    serde_json::from_slice(&text).expect("JSON")
}

/// The four ways hold together:
/// our bytes read by us; our bytes read by apache-avro, written by it again, and read by us; our bytes as a tree by the
/// names of the `.avsc`, which must be our JSON by the names of the nouns; and that JSON read by us.
fn all_ways_agree<T: Published + PartialEq + Debug>(noun: &T) {
    let schema = &SCHEMAS[T::SCHEMA as usize];
    let datum = avro(noun);
    assert_eq!(&T::read_avro(&datum).expect("our own datum"), noun);

    let mut rest = datum.as_slice();
    let reader = GenericDatumReader::builder(schema).build().expect("a reader");
    let tree = reader.read_value(&mut rest).expect("apache-avro reads our datum");
    assert!(rest.is_empty(), "apache-avro reads all of it");
    let writer = GenericDatumWriter::builder(schema).build().expect("a writer");
    let theirs = writer.write_value_to_vec(tree).expect("apache-avro accepts what it read");
    assert_eq!(sorted(&T::read_avro(&theirs).expect("apache-avro's datum")), sorted(noun));

    let said = json(noun);
    assert_eq!(FOREIGN[T::SCHEMA as usize].to_json(&datum).expect("our own datum"), said);
    assert_eq!(&T::from_json(&said).expect("our own JSON"), noun);
}

/// apache-avro writes maps in any order; the nouns that keep them as lists are compared by what they hold.
fn sorted<T: Published>(noun: &T) -> T {
    // Reading JSON whose objects are sorted sorts the maps; records do not mind.
    T::from_json(&sort(json(noun))).expect("our own JSON")
}

fn sort(json: Json) -> Json {
    match json {
        Json::Object(object) => {
            let mut entries: Vec<_> = object.into_iter().map(|(name, value)| (name, sort(value))).collect();
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
            Json::Object(entries.into_iter().collect())
        }
        Json::Array(items) => Json::Array(items.into_iter().map(sort).collect()),
        other => other,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn touchpoints_agree(noun in any::touchpoint()) {
        all_ways_agree(&noun);
    }

    #[test]
    fn stage_transitions_agree(noun in any::transition()) {
        all_ways_agree(&noun);
    }

    #[test]
    fn score_changes_agree(noun in any::score_change()) {
        all_ways_agree(&noun);
    }

    #[test]
    fn handoffs_agree(noun in any::handoff()) {
        all_ways_agree(&noun);
    }

    #[test]
    fn actions_agree(noun in any::action()) {
        all_ways_agree(&noun);
    }

    #[test]
    fn segment_changes_agree(noun in any::segment_change()) {
        all_ways_agree(&noun);
    }

    #[test]
    fn contacts_agree(noun in any::contact()) {
        all_ways_agree(&noun);
    }

    #[test]
    fn accounts_agree(noun in any::account()) {
        all_ways_agree(&noun);
    }

    #[test]
    fn reviews_agree(noun in any::review()) {
        all_ways_agree(&noun);
    }

    /// Every byte is needed: no beginning of a datum reads, neither by our schema nor as somebody's.
    #[test]
    fn a_datum_cut_short_is_refused(noun in any::touchpoint(), at in any::<prop::sample::Index>()) {
        let datum = avro(&noun);
        let cut = &datum[..at.index(datum.len())];
        prop_assert!(Touchpoint::read_avro(cut).is_err());
        prop_assert!(FOREIGN[OurSchema::Touchpoint as usize].to_json(cut).is_err());
    }

    /// Damage is refused or read as something else, never a panic; what is read can be written and read again.
    #[test]
    fn damage_never_panics(
        noun in any::touchpoint(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut datum = avro(&noun);
        for (at, byte) in damage {
            let at = at.index(datum.len());
            datum[at] = byte;
        }
        let _ = FOREIGN[OurSchema::Touchpoint as usize].to_json(&datum);
        if let Ok(read) = Touchpoint::read_avro(&datum) {
            prop_assert_eq!(Touchpoint::read_avro(&avro(&read)), Ok(read));
        }
    }

    #[test]
    fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Touchpoint::read_avro(&bytes);
        let _ = touchpoint::output::StageTransition::read_avro(&bytes);
        for schema in FOREIGN.iter() {
            let _ = schema.to_json(&bytes);
        }
    }
}

#[test]
fn nouns_with_every_field_set_agree() {
    all_ways_agree(&full::touchpoint());
    all_ways_agree(&full::transition());
    all_ways_agree(&full::score_change());
    all_ways_agree(&full::segment_change());
    all_ways_agree(&full::action());
    all_ways_agree(&full::handoff());
    all_ways_agree(&full::contact());
    all_ways_agree(&full::account());
    all_ways_agree(&full::review());
}

#[test]
fn a_limit_broken_is_told_with_its_field() {
    let long = |bytes: usize| Text::from("x".repeat(bytes));
    type Breaking = fn(&mut Touchpoint, fn(usize) -> Text);
    let cases: [(&str, Breaking); 7] = [
        ("source", |t, long| t.input.source = long(limits::NAME_BYTES_MAX + 1)),
        ("id", |t, long| t.input.id = long(limits::INPUT_ID_BYTES_MAX + 1)),
        ("kind", |t, long| t.kind = long(limits::NAME_BYTES_MAX + 1)),
        ("identifiers", |t, long| t.identifiers[0].value = long(limits::IDENTIFIER_BYTES_MAX + 1)),
        ("identifiers", |t, _| {
            let one = t.identifiers[0].clone();
            t.identifiers = vec![one; limits::IDENTIFIERS_MAX + 1];
        }),
        ("campaign", |t, long| t.campaign = Some(long(limits::TEXT_BYTES_MAX + 1))),
        ("properties", |t, _| {
            t.properties = (0..=limits::ENTRIES_MAX).map(|n| (format!("p{n}"), Value::Bool(true))).collect();
        }),
    ];
    for (field, break_it) in cases {
        let mut noun = full::touchpoint();
        break_it(&mut noun, |bytes| Text::from("x".repeat(bytes)));
        for refused in [Touchpoint::read_avro(&avro(&noun)), Touchpoint::from_json(&json(&noun))] {
            let refused = refused.expect_err(field);
            assert!(refused.too_large, "{refused}");
            assert_eq!(refused.field, field);
        }
    }
    // Each within its limit, all together over the record's.
    let mut noun = full::touchpoint();
    noun.properties = (0..40).map(|n| (format!("p{n}"), Value::Text(long(limits::TEXT_BYTES_MAX)))).collect();
    assert!(Touchpoint::read_avro(&avro(&noun)).is_err_and(|refused| refused.too_large));
}

#[test]
fn an_error_names_the_place_and_no_value() {
    let mut said = json(&full::touchpoint());
    said["opportunity"]["contacts"][0]["role"] = Json::from(7);
    let refused = Touchpoint::from_json(&said).expect_err("a number is no text");
    assert_eq!(refused.to_string(), "opportunity.contacts.role: is no text");
}
