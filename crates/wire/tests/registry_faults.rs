//! The registry's client where things go wrong: what is remembered, what is retried, and what is said.

mod nouns;
mod server;

use nouns::full;
use serde_json::json;
use server::{Answer, Server, ok};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};
use touchpoint::{RejectionCode, Touchpoint};
use wire::{
    Credentials, DecodeError, Decoder, Encoder, OurSchema, Raw, Registry, RegistryError, RegistrySettings, SchemaBook,
    SubjectCompatibility, WriterSchema, value_subject,
};

const SCHEMA: &str = r#"{"type":"record","name":"Click","fields":[{"name":"url","type":"string"}]}"#;
/// A port that nothing listens on: the discard service of old.
const NOBODY: &str = "http://127.0.0.1:9";

fn schema_answer() -> Answer {
    ok(json!({"schema": SCHEMA}))
}

fn settings(urls: &[&str]) -> RegistrySettings {
    RegistrySettings { call_timeout: Duration::from_millis(500), ..RegistrySettings::new(urls.iter().copied()) }
}

fn registry(urls: &[&str]) -> Registry {
    Registry::new(settings(urls)).expect("settings")
}

#[test]
fn a_schema_is_fetched_once_and_kept_in_memory() {
    let server = Server::new(|_| schema_answer());
    let registry = registry(&[&server.url]);
    for _ in 0..3 {
        assert!(matches!(&*registry.schema(7).expect("a schema"), WriterSchema::Avro(_)));
    }
    assert_eq!(server.count("/schemas/ids/7"), 1);
}

#[test]
fn a_schema_is_kept_on_disk_for_the_day_when_the_registry_is_away() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Server::new(|_| schema_answer());
    let with_disk = RegistrySettings { cache_dir: Some(dir.path().to_owned()), ..settings(&[&server.url]) };
    Registry::new(with_disk.clone()).expect("settings").schema(7).expect("a schema");
    drop(server);
    let later = Registry::new(with_disk).expect("settings");
    later.schema(7).expect("from disk");
    assert!(matches!(later.schema(8), Err(RegistryError::Unreachable { .. })), "that one was never read");
}

#[test]
fn another_registry_has_its_own_ids_on_disk() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Server::new(|_| schema_answer());
    let of = |url: &str| RegistrySettings { cache_dir: Some(dir.path().to_owned()), ..settings(&[url]) };
    Registry::new(of(&server.url)).expect("settings").schema(7).expect("a schema");
    let other = Registry::new(of(NOBODY)).expect("settings");
    assert!(other.schema(7).is_err());
}

#[test]
fn a_damaged_file_on_disk_costs_a_call_and_nothing_else() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Server::new(|_| schema_answer());
    let with_disk = RegistrySettings { cache_dir: Some(dir.path().to_owned()), ..settings(&[&server.url]) };
    Registry::new(with_disk.clone()).expect("settings").schema(7).expect("a schema");
    let folder = std::fs::read_dir(dir.path()).expect("a folder").next().expect("one").expect("entry").path();
    std::fs::write(folder.join("7.json"), "{\"kind\":\"AV").expect("damaged");
    Registry::new(with_disk).expect("settings").schema(7).expect("fetched again");
    assert_eq!(server.count("/schemas/ids/7"), 2);
}

#[test]
fn the_next_url_is_asked_when_one_is_away_busy_or_broken() {
    let good = Server::new(|_| schema_answer());
    let failing = Server::new(|_| Answer::Http(500, "no".to_owned()));
    let busy = Server::new(|_| Answer::Http(429, String::new()));
    let cut = Server::new(|_| Answer::Cut);
    let silent = Server::new(|_| Answer::Silence);
    for bad in [NOBODY, &failing.url, &busy.url, &cut.url, &silent.url] {
        let registry = registry(&[bad, &good.url]);
        registry.schema(1).unwrap_or_else(|e| panic!("{bad}: {e}"));
        let before = failing.asked().len();
        registry.schema(2).expect("a schema");
        assert_eq!(failing.asked().len(), before, "the one that answered is asked first from then on");
    }
}

#[test]
fn a_silent_registry_holds_nobody_longer_than_the_time_out() {
    let silent = Server::new(|_| Answer::Silence);
    let registry = registry(&[&silent.url, &silent.url]);
    let begun = Instant::now();
    let error = registry.schema(1).unwrap_err();
    assert!(matches!(error, RegistryError::Unreachable { .. }), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(3), "two URLs of half a second: {:?}", begun.elapsed());
}

#[test]
fn an_unknown_id_costs_one_call_until_it_is_asked_anew() {
    let server = Server::new(|_| Answer::Http(404, json!({"error_code": 40403, "message": "none"}).to_string()));
    let soon = Duration::from_millis(300);
    let registry = Registry::new(RegistrySettings { unknown_for: soon, ..settings(&[&server.url]) }).expect("settings");
    let begun = Instant::now();
    for _ in 0..100 {
        assert_eq!(registry.schema(9).unwrap_err(), RegistryError::UnknownId { id: 9 });
    }
    let calls = server.count("/schemas/ids/9");
    assert!(begun.elapsed() > soon || calls == 1, "{calls} calls");
    while server.count("/schemas/ids/9") == calls {
        assert!(begun.elapsed() < Duration::from_secs(10), "never asked again");
        let _ = registry.schema(9);
    }
}

#[test]
fn an_absent_registry_is_a_fault_and_not_remembered() {
    let up = Arc::new(Mutex::new(false));
    let server = {
        let up = Arc::clone(&up);
        Server::new(
            move |_| if *up.lock().expect("whole") { schema_answer() } else { Answer::Http(503, String::new()) },
        )
    };
    let book = SchemaBook::new(Some(registry(&[&server.url]))).expect("our schemas");
    let mut decoder = Decoder::new(Arc::new(book)).expect("our schemas");
    let record = [0, 0, 0, 0, 5, 2, b'x'];
    assert!(matches!(decoder.raw(&record), Err(DecodeError::Registry(RegistryError::Unreachable { .. }))));
    *up.lock().expect("whole") = true;
    assert_eq!(decoder.raw(&record), Ok(Raw::Tree(json!({"url": "x"}))));
}

/// The server holds its first answer until a second request comes, which must not come.
#[test]
fn of_many_who_miss_the_same_schema_one_asks() {
    let requests = Arc::new((Mutex::new(0), Condvar::new()));
    let server = {
        let requests = Arc::clone(&requests);
        Server::new(move |_| {
            let (count, more) = &*requests;
            let mut count = count.lock().expect("whole");
            *count += 1;
            more.notify_all();
            let _unused = more.wait_timeout_while(count, Duration::from_millis(300), |count| *count < 2);
            schema_answer()
        })
    };
    let registry = registry(&[&server.url]);
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..8).map(|_| scope.spawn(|| registry.schema(3).map(|_| ()))).collect();
        for one in all {
            assert_eq!(one.join().expect("no panic"), Ok(()));
        }
    });
    assert_eq!(*requests.0.lock().expect("whole"), 1);
}

#[test]
fn those_who_wait_hear_of_the_failure_too() {
    let silent = Server::new(|_| Answer::Silence);
    let registry = registry(&[&silent.url]);
    let begun = Instant::now();
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..8).map(|_| scope.spawn(|| registry.schema(3).map(|_| ()))).collect();
        for one in all {
            assert!(matches!(one.join().expect("no panic"), Err(RegistryError::Unreachable { .. })));
        }
    });
    assert!(begun.elapsed() < Duration::from_secs(3), "they waited one after the other: {:?}", begun.elapsed());
}

#[test]
fn credentials_come_from_a_file_that_may_be_renewed() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("token");
    std::fs::write(&file, "old-secret\n").expect("a file");
    let server = Server::new(|asked| match asked.authorization.as_deref() {
        Some("Bearer new-secret") => schema_answer(),
        _ => Answer::Http(401, String::new()),
    });
    let bearer = RegistrySettings { credentials: Credentials::Bearer(file.clone()), ..settings(&[&server.url]) };
    let registry = Registry::new(bearer).expect("settings");
    let refused = registry.schema(1).unwrap_err();
    assert_eq!(refused, RegistryError::Unauthorised { url: server.url.clone(), status: 401 });
    assert!(!refused.is_final(), "the record is not at fault");
    assert!(!format!("{refused} {refused:?} {registry:?}").contains("secret"));
    std::fs::write(&file, "new-secret\n").expect("a file");
    registry.schema(1).expect("with the renewed token");
}

#[test]
fn a_user_and_password_are_sent_as_basic() {
    let dir = tempfile::tempdir().expect("a directory");
    let password_file = dir.path().join("password");
    std::fs::write(&password_file, "open sesame\n").expect("a file");
    let server = Server::new(|_| schema_answer());
    let credentials = Credentials::Basic { user: "Aladdin".to_owned(), password_file };
    let basic = RegistrySettings { credentials, ..settings(&[&server.url]) };
    Registry::new(basic).expect("settings").schema(1).expect("a schema");
    // RFC 7617's own example.
    assert_eq!(server.asked()[0].authorization.as_deref(), Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
}

#[test]
fn settings_that_cannot_work_are_refused_at_the_start() {
    let dir = tempfile::tempdir().expect("a directory");
    let empty = dir.path().join("empty");
    std::fs::write(&empty, "\n").expect("a file");
    let absent = dir.path().join("absent");
    let basic = |s: &mut RegistrySettings, file| {
        s.credentials = Credentials::Basic { user: "Aladdin".to_owned(), password_file: file };
    };
    let with = |change: fn(&mut RegistrySettings, std::path::PathBuf), file| {
        let mut settings = settings(&[NOBODY]);
        change(&mut settings, file);
        settings
    };
    for (settings, says) in [
        (settings(&[]), "no URL is set"),
        (settings(&["http://user:hunter2@registry"]), "put them into a file"),
        (settings(&["registry:8081"]), "does not begin with http://"),
        (with(|s, file| s.credentials = Credentials::Bearer(file), empty.clone()), "does not hold a token"),
        (with(basic, empty.clone()), "does not hold a password"),
        (with(basic, absent.clone()), "absent: "),
        (with(|s, file| s.ca_file = Some(file), empty), "holds no certificate"),
        (with(|s, file| s.ca_file = Some(file), absent), "absent: "),
    ] {
        let error = Registry::new(settings).expect_err(says).to_string();
        assert!(error.contains(says), "{error}");
        assert!(!error.contains("hunter2"));
    }
}

#[test]
fn an_answer_that_is_none_of_a_registry_says_so() {
    let server = Server::new(|_| ok("<html>welcome</html>"));
    let error = registry(&[&server.url]).schema(1).unwrap_err();
    assert!(error.to_string().contains("is this address a schema registry's base URL?"), "{error}");
    assert!(!error.is_final());
}

#[test]
fn types_of_schemas_that_are_not_avro() {
    let server = Server::new(|asked| {
        let id = asked.line.split(' ').nth(1).and_then(|path| path.strip_prefix("/schemas/ids/")).expect("an id");
        let kind = if id == "1" { "JSON" } else { "PROTOBUF" };
        ok(json!({"schema": "{}", "schemaType": kind}))
    });
    let book = SchemaBook::new(Some(registry(&[&server.url]))).expect("our schemas");
    let mut decoder = Decoder::new(Arc::new(book)).expect("our schemas");
    assert_eq!(decoder.raw(&[0, 0, 0, 0, 1, b'{', b'}']), Ok(Raw::Text(b"{}")));
    match decoder.raw(&[0, 0, 0, 0, 2, 8]) {
        Err(DecodeError::Rejected(rejection)) => {
            assert_eq!(rejection.code, RejectionCode::UnknownSchema);
            assert!(rejection.message.contains("PROTOBUF"), "{}", rejection.message);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn schemas_that_refer_to_others_are_put_together() {
    let server = Server::new(|asked| match asked.line.split(' ').nth(1) {
        Some("/schemas/ids/1") => ok(json!({
            "schema": r#"{"type":"record","name":"Visit","fields":[{"name":"place","type":"geo.Place"}]}"#,
            "references": [{"name": "geo.Place", "subject": "geo/place", "version": 2}],
        })),
        Some("/subjects/geo%2Fplace/versions/2") => ok(json!({
            "subject": "geo/place", "id": 5, "version": 2,
            "schema": r#"{"type":"record","name":"Place","namespace":"geo","fields":[{"name":"city","type":"string"}]}"#,
        })),
        _ => Answer::Http(404, json!({"error_code": 40401, "message": "none"}).to_string()),
    });
    let WriterSchema::Avro(schema) = &*registry(&[&server.url]).schema(1).expect("a schema") else { panic!("Avro") };
    assert_eq!(schema.to_json(&[2, b'N']), Ok(json!({"place": {"city": "N"}})));
}

#[test]
fn what_the_registry_forbids_is_told_with_its_reason() {
    let server = Server::new(|asked| match asked.line.as_str() {
        line if line.starts_with("POST /compatibility/") => {
            ok(json!({"is_compatible": false, "messages": ["READER_FIELD_MISSING_DEFAULT_VALUE"]}))
        }
        line if line.starts_with("POST /subjects/") => {
            Answer::Http(409, json!({"error_code": 409, "message": "field b has no default"}).to_string())
        }
        _ => Answer::Http(404, json!({"error_code": 40401, "message": "none"}).to_string()),
    });
    let registry = registry(&[&server.url]);
    let error = registry.register("demand.contacts-value", SCHEMA).unwrap_err();
    assert!(error.to_string().contains("demand.contacts-value has: field b has no default"), "{error}");
    let verdict = registry.compatibility("demand.contacts-value", SCHEMA);
    assert_eq!(verdict, Ok(SubjectCompatibility::Incompatible(vec!["READER_FIELD_MISSING_DEFAULT_VALUE".to_owned()])));
}

#[test]
fn what_is_written_with_registered_schemas_is_read_by_them() {
    let server = Server::new(|asked| {
        let texts: Vec<&str> = OurSchema::ALL.iter().map(|schema| schema.text()).collect();
        match asked.line.split(' ').nth(1).expect("a path").strip_prefix("/schemas/ids/") {
            Some(id) => ok(json!({"schema": texts[id.parse::<usize>().expect("an id") - 10]})),
            None => {
                let proposed: serde_json::Value = serde_json::from_str(&asked.body).expect("JSON");
                let at = texts.iter().position(|text| proposed["schema"] == *text).expect("one of ours");
                ok(json!({"id": at + 10}))
            }
        }
    });
    let subject = |schema: OurSchema| value_subject(&format!("demand.{}", schema.as_str()));
    let encoder = Encoder::registered(&registry(&[&server.url]), subject).expect("registered");
    assert!(server.count("/subjects/demand.stage_transition-value/versions") == 1);

    let book = Arc::new(SchemaBook::new(Some(registry(&[&server.url]))).expect("our schemas"));
    let mut decoder = Decoder::new(book).expect("our schemas");
    let mut value = Vec::new();
    encoder.write(&full::touchpoint(), &mut value);
    assert_eq!(value[..5], [0, 0, 0, 0, 10]);
    for _ in 0..2 {
        assert_eq!(decoder.read::<Touchpoint>(&value), Ok(full::touchpoint()));
    }
    assert_eq!(server.count("/schemas/ids/10"), 1);
}
