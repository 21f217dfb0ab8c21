//! The client against a real registry: `eval "$(deploy/local/kafka up --registry)"`, then
//! `cargo test --release -p wire --test registry_live`.

#![allow(clippy::print_stderr, reason = "a test that is left out says so")]

mod nouns;

use nouns::full;
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use touchpoint::output::StageTransition;
use wire::{
    DecodeError, Decoder, Encoder, Raw, Registry, RegistryError, RegistrySettings, SchemaBook, SubjectCompatibility,
    value_subject,
};

/// `None` (told) without a registry to ask.
fn registry() -> Option<Registry> {
    let Ok(url) = std::env::var("DEMAND_TEST_REGISTRY") else {
        eprintln!("left out: DEMAND_TEST_REGISTRY is not set; `tests/run` or `deploy/local/kafka up --registry` does");
        return None;
    };
    let url = url.trim_end_matches('/');
    let base = if url.ends_with("/apis/ccompat/v7") { url.to_owned() } else { format!("{url}/apis/ccompat/v7") };
    let settings = RegistrySettings { call_timeout: Duration::from_secs(20), ..RegistrySettings::new([base]) };
    Some(Registry::new(settings).expect("settings"))
}

/// A name that no earlier run has used.
#[allow(clippy::disallowed_methods, reason = "a test's own name, no domain time")]
fn fresh(name: &str) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    format!("test.{}.{name}", now.as_nanos())
}

const V1: &str = r#"{"type":"record","name":"Click","namespace":"shop","fields":[{"name":"url","type":"string"}]}"#;
const V2: &str = r#"{"type":"record","name":"Click","namespace":"shop","fields":[{"name":"url","type":"string"},{"name":"at","type":["null",{"type":"long","logicalType":"timestamp-millis"}],"default":null}]}"#;
const BROKEN: &str =
    r#"{"type":"record","name":"Click","namespace":"shop","fields":[{"name":"link","type":"string"}]}"#;

#[test]
fn our_schemas_register_and_what_is_written_with_them_is_read() {
    let Some(registry) = registry() else { return };
    let prefix = fresh("ours");
    let encoder = Encoder::registered(&registry, |schema| value_subject(&format!("{prefix}.{}", schema.as_str())))
        .expect("registered");
    let book = Arc::new(SchemaBook::new(Some(registry)).expect("our schemas"));
    let mut decoder = Decoder::new(book).expect("our schemas");
    let mut value = Vec::new();
    encoder.write(&full::transition(), &mut value);
    assert_eq!(value[0], 0);
    assert_eq!(decoder.read::<StageTransition>(&value), Ok(full::transition()));
    let Ok(Raw::Tree(tree)) = decoder.raw(&value) else { panic!("a tree") };
    assert_eq!(tree["to"], "mql");
}

#[test]
fn registering_twice_gives_one_id_and_finding_changes_nothing() {
    let Some(registry) = registry() else { return };
    let subject = value_subject(&fresh("twice"));
    assert_eq!(registry.find(&subject, V1), Ok(None));
    let id = registry.register(&subject, V1).expect("registered");
    assert_eq!(registry.register(&subject, V1), Ok(id));
    assert_eq!(registry.find(&subject, V1), Ok(Some(id)));
    assert_eq!(registry.find(&subject, V2), Ok(None));
}

/// As services do that start together on an empty registry.
#[test]
fn registering_at_the_same_moment_gives_one_id_to_all() {
    if registry().is_none() {
        return;
    }
    let subject = value_subject(&fresh("together"));
    let start = std::sync::Barrier::new(8);
    let ids: std::collections::BTreeSet<u32> = std::thread::scope(|scope| {
        let register = || {
            let registry = registry().expect("asked before");
            start.wait();
            registry.register(&subject, V1).expect("registered")
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(register)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    assert_eq!(ids.len(), 1, "{ids:?}");
}

#[test]
fn a_subject_that_asks_for_full_compatibility_refuses_what_breaks_it() {
    let Some(registry) = registry() else { return };
    let subject = value_subject(&fresh("full"));
    assert_eq!(registry.compatibility(&subject, V1), Ok(SubjectCompatibility::New));
    registry.register(&subject, V1).expect("registered");
    registry.set_compatibility_level(&subject, "FULL").expect("set");
    assert_eq!(registry.compatibility_level(&subject).as_deref(), Ok("FULL"));
    assert_eq!(registry.compatibility(&subject, V2), Ok(SubjectCompatibility::Compatible));
    assert!(matches!(registry.compatibility(&subject, BROKEN), Ok(SubjectCompatibility::Incompatible(_))));
    assert!(matches!(registry.register(&subject, BROKEN), Err(RegistryError::Incompatible { .. })));
    registry.register(&subject, V2).expect("the next version");
}

#[test]
fn a_users_record_is_read_by_its_registered_schema() {
    let Some(registry) = registry() else { return };
    let id = registry.register(&value_subject(&fresh("user")), V2).expect("registered");
    let book = Arc::new(SchemaBook::new(Some(registry)).expect("our schemas"));
    let mut decoder = Decoder::new(book).expect("our schemas");
    let value = [&[0], id.to_be_bytes().as_slice(), &[2, b'x', 2, 0]].concat();
    assert_eq!(decoder.raw(&value), Ok(Raw::Tree(json!({"url": "x", "at": "1970-01-01T00:00:00.000Z"}))));
}

#[test]
fn an_unknown_id_is_the_records_fault() {
    let Some(registry) = registry() else { return };
    assert_eq!(registry.schema(2_000_000_000).unwrap_err(), RegistryError::UnknownId { id: 2_000_000_000 });
    let book = Arc::new(SchemaBook::new(Some(registry)).expect("our schemas"));
    let mut decoder = Decoder::new(book).expect("our schemas");
    assert!(matches!(decoder.raw(&[0, 0x77, 0x35, 0x94, 0, 1]), Err(DecodeError::Rejected(_))));
}

#[test]
fn a_registry_without_a_rule_for_the_subject_tells_its_own() {
    let Some(registry) = registry() else { return };
    let level = registry.compatibility_level(&value_subject(&fresh("nobody"))).expect("a level");
    assert!(!level.is_empty());
}
