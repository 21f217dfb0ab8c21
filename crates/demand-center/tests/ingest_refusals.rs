//! What becomes of a record that an ingest service cannot use, or whose refusal it cannot write, on a real Kafka.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests")]

mod support;

use std::time::{Duration, Instant};
use support::{System, bootstrap};

/// A batch of a megabyte of which nothing can be used: ten thousand refusals, and the record is not written ten thousand
/// times.
#[test]
fn a_batch_of_ten_thousand_refusals_is_kept_once() {
    let Some(bootstrap) = bootstrap() else { return };
    let mut system = System::new(&bootstrap, "refusals", &[]);
    system.start(&["ingest", "email"]);
    let element = r#"{"event":"open","timestamp":1767225600,"sg_event_id":"","sg_message_id":"m","email":"taro"}"#;
    let batch = format!("[{}]", vec![element; 10_000].join(","));
    system.send("email", "sendgrid", "batch", batch.as_bytes());
    system.flush();
    let began = Instant::now();
    system.wait_for_records("dead-letters", 10_000);
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    let letters = system.read("dead-letters");
    let with_value: Vec<_> = letters.iter().filter(|(_, value)| !value.is_null()).collect();
    assert_eq!((letters.len(), with_value.len()), (10_000, 1));
    let (key, value) = with_value[0];
    assert!(key.ends_with("/0"), "the first: {key}");
    assert_eq!(value.as_array().map(Vec::len), Some(10_000), "whole");
    system.stop();
}

/// An event that the mapping file did not know waits in a letter. When the file knows it, its element alone is sent on, though
/// the file calls its inputs otherwise now: what was taken before does not come again.
#[test]
fn a_letter_is_sent_again_when_its_mapping_is_mended_and_lands_once() {
    let Some(bootstrap) = bootstrap() else { return };
    let folder = tempfile::tempdir().unwrap();
    let put = |id: &str, events: &str| {
        let text = format!(
            "source: tool\nchannel: email\nevent: type\ntouchpoint:\n  id: [{id}]\n  \
             occurred_at: {{from: at, as: seconds}}\n  identifiers: {{email: who}}\nevents:\n  {events}\n"
        );
        std::fs::write(folder.path().join("next"), text).unwrap();
        std::fs::rename(folder.path().join("next"), folder.path().join("tool.yaml")).unwrap();
    };
    put("id", "seen: {kind: open, direction: in}");
    let mut system = System::new(&bootstrap, "letters", &[("SOURCES__MAPPINGS_DIR", folder.path().to_str().unwrap())]);
    system.start(&["ingest", "email"]);
    let event =
        |id: u8, kind: &str| format!(r#"{{"type":"{kind}","id":"{id}","at":1767225600,"who":"hanako@acme.example"}}"#);
    let batch = format!("[{},{},{}]", event(1, "seen"), event(2, "left"), event(3, "seen"));
    system.send("email", "tool", "hanako", batch.as_bytes());
    system.send("email", "sendgrid", "hanako", b"[{]");
    system.flush();
    let elements = "demand_center_elements_total";
    let accepted = r#"outcome="touchpoint",service="ingest-email",source="tool""#;
    system.wait_for_count("ingest-email", elements, accepted, 2);
    system.wait_for_records("dead-letters", 2);
    let run = |system: &System, arguments: &[&str]| {
        let output = system.command(&[&["dead-letters"], arguments].concat()).output().unwrap();
        let talk = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap() + &talk)
    };

    let waiting = "demand_center_waiting_dead_letters";
    system.wait_for_count("ingest-email", waiting, "service", 2);
    let oldest = system.values("ingest-email", "demand_center_dead_letter_oldest_timestamp_seconds", "service");
    assert!(oldest[0] > 1_700_000_000.0, "{oldest:?}");
    let (code, listed) = run(&system, &["list"]);
    assert!(code == Some(0) && listed.contains("2 letters, the oldest of "), "{listed}");
    assert!(listed.contains("1 DC-1001 of sendgrid, 1 DC-1003 of tool"), "{listed}");
    for (filter, count) in [
        (["--source", "tool"], 1),
        (["--code", "malformed"], 1),
        (["--service", "ingest-email"], 2),
        (["--since", "1h"], 2),
        (["--until", "1h"], 0),
    ] {
        let (_, lines) = run(&system, &[&["list", "-o", "json"][..], &filter].concat());
        assert_eq!(lines.lines().count(), count, "{filter:?}: {lines}");
    }
    let (_, lines) = run(&system, &["list", "-o", "json", "--source", "tool"]);
    let letter: serde_json::Value = serde_json::from_str(&lines).unwrap();
    assert_eq!(letter["element"], "1", "{letter}");
    let key = letter["letter"].as_str().unwrap();
    let (code, shown) = run(&system, &["show", key]);
    assert!(
        code == Some(0) && shown.contains("hanako@acme.example") && shown.contains("header      source: tool"),
        "{shown}"
    );

    let (code, stays) = run(&system, &["retry", "--source", "tool"]);
    assert!(
        code == Some(1) && stays.contains("stays, DC-1003") && stays.contains("0 letters were sent again"),
        "{stays}"
    );
    assert_eq!(run(&system, &["retry"]).0, Some(2), "of which letters?");

    put("type, id", "seen: {kind: open, direction: in}\n  left: {kind: unsubscribe, direction: in}");
    system.wait_for_log("ingest-email", "in force from the next record");
    let (code, would) = run(&system, &["retry", key, "--dry-run"]);
    assert!(code == Some(0) && would.contains("1 letters would be sent again, 0 would stay"), "{would}");
    let (code, sent) = run(&system, &["retry", "--all"]);
    assert!(code == Some(1) && sent.contains("1 letters were sent again (1 records), 1 stay"), "{sent}");
    system.wait_for_count("ingest-email", elements, accepted, 3);
    assert_eq!(run(&system, &["list", "-o", "json"]).1.lines().count(), 1, "the broken one waits");
    assert_eq!(run(&system, &["list", "-o", "json", "--all"]).1.lines().count(), 2);
    let (_, shown) = run(&system, &["show", key]);
    assert!(shown.contains("settled     retried"), "{shown}");
    let (code, again) = run(&system, &["retry", "--source", "tool"]);
    assert!(code == Some(0) && again.contains("0 letters were sent again"), "{again}");
    system.wait_for_value("ingest-email", waiting, 1.0);
    system.wait_for_count("ingest-email", elements, accepted, 3);
    system.stop();
}

/// A tool of the company's own is a file in a folder. What it does not list is refused until the file does; a file with a
/// mistake changes nothing.
#[test]
fn a_mapping_file_comes_into_force_while_the_service_runs() {
    let Some(bootstrap) = bootstrap() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tool.yaml");
    let put = |events: &str| {
        let text = format!(
            "source: tool\nchannel: email\nevent: type\ntouchpoint:\n  id: [id]\n  \
             occurred_at: {{from: at, as: seconds}}\n  identifiers: {{email: who}}\nevents:\n  {events}\n"
        );
        std::fs::write(folder.path().join("next"), text).unwrap();
        std::fs::rename(folder.path().join("next"), &file).unwrap();
    };
    put("seen: {kind: open, direction: in}");
    let mut system = System::new(&bootstrap, "mappings", &[("SOURCES__MAPPINGS_DIR", folder.path().to_str().unwrap())]);
    system.start(&["ingest", "email"]);
    let mut sent = 0;
    let mut send = |system: &System, event: &str| {
        sent += 1;
        let record = format!(r#"{{"type":"{event}","id":"{sent}","at":1767225600,"who":"hanako@acme.example"}}"#);
        system.send("email", "tool", "hanako", record.as_bytes());
        system.flush();
    };
    let elements = "demand_center_elements_total";
    let (accepted, refused) = (r#"outcome="touchpoint",service="ingest-email",source="tool""#, r#"outcome="rejected""#);
    send(&system, "seen");
    send(&system, "left");
    system.wait_for_count("ingest-email", elements, accepted, 1);
    system.wait_for_count("ingest-email", elements, refused, 1);

    // Not in force: the second line means nothing.
    put("seen: {kind: open, direction: in}\n  left: {kindd: unsubscribe}");
    system.wait_for_log("ingest-email", "DC-2202");
    send(&system, "seen");
    system.wait_for_count("ingest-email", elements, accepted, 2);

    put("seen: {kind: open, direction: in}\n  left: {kind: unsubscribe, direction: in}");
    system.wait_for_log("ingest-email", "in force from the next record");
    send(&system, "left");
    system.wait_for_count("ingest-email", elements, accepted, 3);
    assert_eq!(system.read("dead-letters").len(), 1);
    system.stop();
}
