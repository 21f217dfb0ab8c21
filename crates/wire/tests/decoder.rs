//! What a worker reads: our nouns in every form and version, and clear refusals.

mod nouns;

use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::writer::datum::GenericDatumWriter;
use nouns::{any, full};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::sync::{Arc, LazyLock};
use touchpoint::output::{ContactState, StageTransition};
use touchpoint::{Outcome, Rejection, RejectionCode, Timestamp, Touchpoint};
use wire::{DecodeError, Decoder, Encoder, ForeignSchema, OurSchema, Published, Raw, SchemaBook};

/// A decoder that knows these schemas beside ours, as from a folder.
fn decoder_with(schemas: &[&str]) -> Decoder {
    let folder = tempfile::tempdir().expect("a folder");
    for (at, text) in schemas.iter().enumerate() {
        std::fs::write(folder.path().join(format!("{at}.avsc")), text).expect("a file");
    }
    std::fs::write(folder.path().join("README.md"), "not a schema").expect("a file");
    let book = SchemaBook::new(None).expect("our schemas").with_folder(folder.path()).expect("schemas");
    Decoder::new(Arc::new(book)).expect("our schemas")
}

/// The datum as a single object of its schema.
fn single_object(schema: &str, datum: &[u8]) -> Vec<u8> {
    let fingerprint = ForeignSchema::parse(schema, &[]).expect("a schema").fingerprint();
    [&[0xC3, 0x01], fingerprint.to_le_bytes().as_slice(), datum].concat()
}

fn rejection<T: std::fmt::Debug>(read: Result<T, DecodeError>) -> Rejection {
    match read {
        Err(DecodeError::Rejected(rejection)) => rejection,
        other => panic!("no rejection: {other:?}"),
    }
}

/// Our touchpoint schema with its fields changed.
fn changed(change: impl FnOnce(&mut Vec<Json>)) -> String {
    let mut schema: Json = serde_json::from_str(OurSchema::Touchpoint.text()).expect("JSON");
    change(schema["fields"].as_array_mut().expect("fields"));
    schema.to_string()
}

/// Fields that came later are absent.
static OLDER: LazyLock<String> = LazyLock::new(|| {
    let later = ["consent", "origin", "void", "attributes", "answers"];
    changed(|fields| fields.retain(|field| !later.iter().any(|name| field["name"] == *name)))
});

/// Fields that we do not know are there.
static NEWER: LazyLock<String> = LazyLock::new(|| {
    changed(|fields| {
        fields.insert(3, json!({"name": "mood", "type": ["null", "string"], "default": null}));
        fields.push(json!({"name": "weights", "type": {"type": "array", "items": "double"}, "default": [0.5]}));
    })
});

/// Another order, narrower numbers, null at the other end of a union.
static OTHER: LazyLock<String> = LazyLock::new(|| {
    changed(|fields| {
        fields.reverse();
        for field in fields {
            if field["name"] == "version" {
                field["type"] = json!(["int", "null"]);
                field["default"] = json!(0);
            }
        }
    })
});

static OURS: LazyLock<Schema> = LazyLock::new(|| Schema::parse_str(OurSchema::Touchpoint.text()).expect("a schema"));

/// A datum written with one schema, resolved to another by apache-avro.
fn resolved(datum: &[u8], from: &Schema, to: &Schema) -> Vec<u8> {
    let reader = GenericDatumReader::builder(from).reader_schema(to).build().expect("a reader");
    let tree = reader.read_value(&mut &*datum).expect("it resolves");
    GenericDatumWriter::builder(to).build().expect("a writer").write_value_to_vec(tree).expect("it is written")
}

/// Maps that the noun keeps as lists, by name: apache-avro writes them in any order.
fn sorted(mut noun: Touchpoint) -> Touchpoint {
    if let Some(changes) = &mut noun.attributes {
        changes.contact.sort();
        changes.account.sort();
    }
    noun
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Other versions of our schema are read as apache-avro's resolution reads them.
    #[test]
    fn other_versions_of_our_schema_are_resolved(noun in any::touchpoint(), narrow in prop::option::of(any::<i32>())) {
        let noun = Touchpoint { version: narrow.map(i64::from), ..noun };
        let mut ours = Vec::new();
        noun.write_avro(&mut ours);
        let mut decoder = decoder_with(&[&OLDER, &NEWER, &OTHER]);
        for text in [&*OLDER, &*NEWER, &*OTHER] {
            let theirs = Schema::parse_str(text).expect("a schema");
            let datum = resolved(&ours, &OURS, &theirs);
            let read: Touchpoint = decoder.read(&single_object(text, &datum)).expect("it reads");
            let expected = Touchpoint::read_avro(&resolved(&datum, &theirs, &OURS)).expect("our datum");
            prop_assert_eq!(sorted(read), sorted(expected));
        }
    }
}

#[test]
fn every_form_is_read_whatever_form_is_written() {
    let mut decoder = decoder_with(&[]);
    for encoder in [Encoder::json(), Encoder::single_object().expect("our schemas")] {
        let mut value = Vec::new();
        encoder.write(&full::touchpoint(), &mut value);
        assert_eq!(decoder.read(&value), Ok(full::touchpoint()));
        value.clear();
        encoder.write(&full::transition(), &mut value);
        assert_eq!(decoder.read(&value), Ok(full::transition()));
        value.clear();
        encoder.write(&full::contact(), &mut value);
        assert_eq!(decoder.read(&value), Ok(full::contact()));
    }
}

#[test]
fn a_record_of_another_kind_is_refused_not_misread() {
    let mut value = Vec::new();
    Encoder::single_object().expect("our schemas").write(&full::score_change(), &mut value);
    let refused = rejection(decoder_with(&[]).read::<StageTransition>(&value));
    assert_eq!(refused.code, RejectionCode::UnknownSchema);
    assert!(refused.message.contains("stage_transition"), "{}", refused.message);
}

#[test]
fn an_unknown_fingerprint_is_a_rejection_that_says_what_to_do() {
    let value = single_object(r#"{"type":"record","name":"Nobody","fields":[]}"#, &[]);
    for refused in [rejection(decoder_with(&[]).raw(&value)), rejection(decoder_with(&[]).read::<Touchpoint>(&value))] {
        assert_eq!(refused.code, RejectionCode::UnknownSchema);
        assert!(refused.message.contains("folder of schemas"), "{}", refused.message);
    }
}

#[test]
fn an_id_without_a_registry_is_a_rejection_that_says_so() {
    let refused = rejection(decoder_with(&[]).raw(&[0, 0, 0, 0, 7, 1]));
    assert_eq!(refused.code, RejectionCode::UnknownSchema);
    assert!(refused.message.contains("no schema registry is configured"), "{}", refused.message);
}

#[test]
fn text_on_a_raw_topic_is_handed_on_unparsed() {
    let text = br#" {"source":"x","id":"1"}"#;
    assert_eq!(decoder_with(&[]).raw(text), Ok(Raw::Text(text)));
}

#[test]
fn text_that_is_no_json_is_malformed() {
    let refused = rejection(decoder_with(&[]).read::<Touchpoint>(b"{\"source\":"));
    assert_eq!(refused.code, RejectionCode::Malformed);
}

/// Our own schema on a raw topic gives the canonical JSON of design.md: users may write Avro with it.
#[test]
fn our_touchpoint_schema_on_a_raw_topic_is_the_canonical_json() {
    let mut value = Vec::new();
    Encoder::single_object().expect("our schemas").write(&full::touchpoint(), &mut value);
    let Ok(Raw::Tree(tree)) = decoder_with(&[]).raw(&value) else { panic!("a tree") };
    assert_eq!(tree["occurred_at"], "2026-10-14T01:04:00.000Z");
    assert_eq!(tree["identifiers"]["email"], json!(["hanako@acme.example"]));
    assert_eq!(tree["identifiers"]["contact"], json!([]));
    assert_eq!(tree["opportunity"]["close_on"], "2027-03-31");
    assert_eq!(tree["opportunity"]["type"], "new");
    assert_eq!(tree["opportunity"]["amount"].to_string(), "4800000");
    assert_eq!(tree["properties"], json!({"duration_s": 412, "recorded": true, "share": -0.125}));
    assert_eq!(tree["attributes"]["contact"], json!({"function": "production", "rank": null}));
}

/// A bad record of an output says where: operators find it in the dead letter.
#[test]
fn a_bad_field_is_named() {
    let mut value = Vec::new();
    Encoder::json().write(&full::contact(), &mut value);
    let text = String::from_utf8(value).expect("text").replace("\"points_milli\":65000", "\"points_milli\":\"A\"");
    let refused = rejection(decoder_with(&[]).read::<ContactState>(text.as_bytes()));
    assert_eq!((refused.code, refused.field.as_str()), (RejectionCode::Malformed, "fit.points_milli"));
}

/// The round trip of a user who writes our schema to a raw topic: ingest maps the tree to the very touchpoint.
#[test]
fn a_touchpoint_written_to_a_raw_topic_arrives_as_itself() {
    let mut value = Vec::new();
    Encoder::single_object().expect("our schemas").write(&full::touchpoint(), &mut value);
    let Ok(Raw::Tree(tree)) = decoder_with(&[]).raw(&value) else { panic!("a tree") };
    let ingest = ingest::Decoder::new(ingest::Settings::default()).expect("settings");
    let meta = ingest::RawMeta::received_at(Timestamp::parse("2026-10-14T02:00:00Z").expect("a time"));
    let mut outcomes = ingest::Outcomes::default();
    ingest.decode_value(&meta, &tree, &mut outcomes);
    assert_eq!(*outcomes, [Outcome::Touchpoint(Box::new(full::touchpoint()))]);
}
