//! The schemas themselves: what was published stays readable, and what is there is documented.

use apache_avro::Schema;
use apache_avro::schema_compatibility::{Compatibility, SchemaCompatibility};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use wire::OurSchema;

fn schemas() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas")
}

fn json(schema: OurSchema) -> Json {
    serde_json::from_str(schema.text()).expect("JSON")
}

fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
        .map(|entry| entry.expect("an entry").path().file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn every_schema_in_the_folder_is_known_to_the_code() {
    let mut known: Vec<_> = OurSchema::ALL.iter().map(|schema| schema.as_str().to_owned()).collect();
    known.sort();
    assert_eq!(names_in(&schemas().join("avro")), known);
    assert_eq!(names_in(&schemas().join("history")), known);
}

#[test]
fn the_current_version_is_the_newest_of_the_history() {
    for schema in OurSchema::ALL {
        let folder = schemas().join("history").join(schema.as_str());
        let mut numbers: Vec<usize> =
            names_in(&folder).iter().map(|name| name.parse().expect("versions are numbered")).collect();
        numbers.sort_unstable();
        assert_eq!(
            numbers,
            (1..=schema.history().len()).collect::<Vec<_>>(),
            "{}: OurSchema::history",
            schema.as_str()
        );
        for (number, compiled) in numbers.iter().zip(schema.history()) {
            let text = std::fs::read_to_string(folder.join(format!("{number}.avsc"))).expect("a file");
            assert_eq!(&text, compiled, "{} {number}", schema.as_str());
        }
        assert_eq!(
            schema.history().last(),
            Some(&schema.text()),
            "{}: a changed schema is published as a new version in schemas/history, never in place",
            schema.as_str()
        );
    }
}

/// FULL: every version reads every other, so that readers and writers are upgraded in any order and old records stay.
#[test]
fn every_version_reads_every_other() {
    for schema in OurSchema::ALL {
        let current = Schema::parse_str(schema.text()).expect("a schema");
        for (at, text) in schema.history().iter().enumerate() {
            let old = Schema::parse_str(text).expect("a schema");
            let verdict = SchemaCompatibility::mutual_read(&current, &old);
            assert!(
                matches!(verdict, Ok(Compatibility::Full)),
                "{} and version {}: {verdict:?}",
                schema.as_str(),
                at + 1
            );
        }
    }
}

/// The test above can fail: these are the changes that it is there to stop.
#[test]
fn a_field_without_default_and_a_changed_type_are_not_fully_compatible() {
    let of = |fields: &str| {
        Schema::parse_str(&format!(r#"{{"type":"record","name":"T","fields":[{fields}]}}"#)).expect("a schema")
    };
    let old = of(r#"{"name":"a","type":"string"}"#);
    let full = |new: &Schema| matches!(SchemaCompatibility::mutual_read(&old, new), Ok(Compatibility::Full));
    assert!(full(&of(r#"{"name":"a","type":"string"},{"name":"b","type":["null","long"],"default":null}"#)));
    assert!(!full(&of(r#"{"name":"a","type":"string"},{"name":"b","type":"long"}"#)));
    assert!(!full(&of(r#"{"name":"a","type":"long"}"#)));
    assert!(!full(&of(r#"{"name":"b","type":["null","long"],"default":null}"#)));
}

/// Calls `each` with every record of a schema.
fn records<'a>(json: &'a Json, each: &mut impl FnMut(&'a Map<String, Json>)) {
    match json {
        Json::Object(object) => {
            if object.get("type").is_some_and(|kind| kind == "record") {
                each(object);
            }
            object.values().for_each(|value| records(value, each));
        }
        Json::Array(items) => items.iter().for_each(|item| records(item, each)),
        _ => {}
    }
}

fn fields(record: &Map<String, Json>) -> &Vec<Json> {
    record["fields"].as_array().expect("fields")
}

#[test]
fn every_record_and_field_says_what_it_means() {
    for schema in OurSchema::ALL {
        records(&json(schema), &mut |record| {
            let said = |json: &Json| json["doc"].as_str().is_some_and(|doc| doc.ends_with('.') && doc.len() > 4);
            assert!(said(&Json::Object(record.clone())), "{}: {} has no doc", schema.as_str(), record["name"]);
            for field in fields(record) {
                assert!(said(field), "{}: {}.{} has no doc", schema.as_str(), record["name"], field["name"]);
            }
        });
    }
}

/// Points have their unit in the name, and such a field says it in words, too.
#[test]
fn points_carry_their_unit_in_name_and_words() {
    for schema in OurSchema::ALL {
        records(&json(schema), &mut |record| {
            for field in fields(record) {
                let (name, doc) = (field["name"].as_str().expect("a name"), field["doc"].as_str().expect("a doc"));
                assert_eq!(
                    name.ends_with("_milli"),
                    doc.contains("thousandths of a point"),
                    "{}: {}.{name}",
                    schema.as_str(),
                    record["name"]
                );
            }
        });
    }
}

/// A type that stands in several schemas is one type: generated classes of subscribers must not collide.
#[test]
fn a_name_means_one_type_everywhere() {
    let mut seen: BTreeMap<String, (Json, &str)> = BTreeMap::new();
    for schema in OurSchema::ALL {
        records(&json(schema), &mut |record| {
            // A type named inside is written out at its first use only: compare with names in its place.
            let shape = named(&Json::Object(record.clone()), true);
            let name = record["name"].as_str().expect("a name").to_owned();
            let (first, by) = seen.entry(name.clone()).or_insert_with(|| (shape.clone(), schema.as_str()));
            assert_eq!(*first, shape, "{name} in {by} and {}", schema.as_str());
        });
    }
}

/// The schema with every record but the outermost replaced by its full name.
fn named(json: &Json, outermost: bool) -> Json {
    match json {
        Json::Object(object) if !outermost && object.get("type").is_some_and(|kind| kind == "record") => {
            Json::String(format!("demand.{}", object["name"].as_str().expect("a name")))
        }
        Json::Object(object) => object.iter().map(|(name, value)| (name.clone(), named(value, false))).collect(),
        Json::Array(items) => items.iter().map(|item| named(item, false)).collect(),
        other => other.clone(),
    }
}

#[test]
fn all_events_begin_with_the_same_envelope() {
    let of = |schema| named(&json(schema), true)["fields"].as_array().expect("fields").clone();
    let transition = of(OurSchema::StageTransition);
    let others = [OurSchema::ScoreChange, OurSchema::SegmentChange, OurSchema::Action, OurSchema::Handoff];
    for change in others.map(of) {
        let shared = transition.iter().zip(&change).take_while(|(a, b)| a == b).count();
        let last = transition[shared - 1]["name"].as_str();
        assert_eq!(last, Some("playbook"), "the envelope ends with the playbook's version");
        assert_eq!(shared, 31);
    }
}

/// Nobody's name, address or number leaves but in contacts (and hand-offs).
#[test]
fn events_and_accounts_have_no_field_for_a_person() {
    let with = [OurSchema::Touchpoint, OurSchema::Contact, OurSchema::Handoff];
    for schema in OurSchema::ALL.into_iter().filter(|schema| !with.contains(schema)) {
        records(&json(schema), &mut |record| {
            assert!(!["Person", "PersonPhone", "Identifiers"].iter().any(|name| record["name"] == *name));
            for field in fields(record) {
                let name = field["name"].as_str().expect("a name");
                let personal = ["email", "phone", "family", "given", "kana", "cookie", "address"];
                assert!(!personal.iter().any(|word| name.contains(word)), "{}.{name}", schema.as_str());
            }
        });
    }
}

/// What may be left out one day has a default now: only what every record has for ever stands without.
#[test]
fn what_may_be_absent_has_a_default() {
    for schema in OurSchema::ALL {
        records(&json(schema), &mut |record| {
            for field in fields(record) {
                let kind = &field["type"];
                let may_be_absent = kind.is_array() && kind[0] == "null"
                    || kind.get("type").is_some_and(|kind| kind == "array" || kind == "map");
                assert!(
                    !may_be_absent || field.get("default").is_some(),
                    "{}: {} needs a default",
                    schema.as_str(),
                    field["name"]
                );
            }
        });
    }
}

/// Worked out by another implementation (fastavro's `fingerprint` over `to_parsing_canonical_form`): subscribers find
/// our single objects by these.
#[test]
fn fingerprints_are_those_of_other_implementations() {
    let shown: Vec<String> = OurSchema::ALL
        .iter()
        .map(|schema| format!("{} {:016x}", schema.as_str(), schema.fingerprint().expect("a schema").swap_bytes()))
        .collect();
    assert_eq!(shown, FINGERPRINTS);
}

const FINGERPRINTS: [&str; 9] = [
    "touchpoint f43567fc852dfc50",
    "stage_transition c563df974ee8a941",
    "score_change 5d9f038316ad3ea3",
    "segment_change d952037129780cab",
    "action 0ed65be598bdaebd",
    "handoff a0af1b62dfd29ff5",
    "contact 6006c9d04770d2fe",
    "account 2d1a8f816f4a5c81",
    "review 58a63b449bd5c7f5",
];
