//! What becomes of a record that an ingest service cannot use, or whose refusal it cannot write, on a real Kafka.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests")]

mod support;

use std::time::{Duration, Instant};
use support::{System, bootstrap, days_ago};

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

/// A list whose columns the mapping file gets wrong: when it is mended, the rows stand at other places. Each letter's row lands as
/// itself, and as old as it is: not over what has corrected it since.
#[test]
fn a_letter_lands_though_its_place_in_the_record_has_shifted() {
    let Some(bootstrap) = bootstrap() else { return };
    let folder = tempfile::tempdir().unwrap();
    let put = |reads: &str, forms: &str| {
        let text = format!(
            "source: list\nchannel: email\nreads: {reads}\ntouchpoint:\n  id: [id]\n  version: {{received: true, as: \
             rfc3339}}\n  occurred_at: {{from: at, as: {forms}}}\n  identifiers: {{email: mail}}\n  properties: {{said: said}}\nevents:\n  '*': \
             {{kind: open, direction: in}}\n"
        );
        std::fs::write(folder.path().join("next"), text).unwrap();
        std::fs::rename(folder.path().join("next"), folder.path().join("list.yaml")).unwrap();
    };
    put("{as: csv, columns: [id, at, mail]}", "rfc3339");
    let mut system = System::new(&bootstrap, "shifted", &[("SOURCES__MAPPINGS_DIR", folder.path().to_str().unwrap())]);
    system.start(&["ingest", "email"]);
    let day = days_ago(3, "");
    let (day, slashes) = (&day[..10], day[..10].replace('-', "/"));
    let row = |id: &str, at: &str| format!("{id},{at},{id}@acme.example\n");
    let time = format!("{day}T00:00:00Z");
    let rows = [row("cq-1", &time), row("cq-2", &time), row("cq-3", &slashes), row("cq-4", &time)].concat();
    system.send("email", "list", "k", format!("id,at,mail\n{rows}").as_bytes());
    system.flush();
    system.wait_for_records("dead-letters", 2);
    system.wait_for_touchpoints(3);
    // What corrects the row that waits.
    let corrected = format!(r#"{{"id":"cq-3","at":"{time}","mail":"cq-3@acme.example","said":"corrected"}}"#);
    system.send("email", "list", "k", corrected.as_bytes());
    system.flush();
    system.wait_for_touchpoints(4);

    put("{as: csv, header_has: [id]}", "[rfc3339, '%Y/%m/%d']");
    system.wait_for_log("ingest-email", "in force from the next record");
    let output = system.command(&["dead-letters", "retry", "--all"]).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "the line of names is no row any more: {told}");
    assert!(told.contains("/0: stays, element 0 is not in the record any more"), "{told}");
    assert!(
        told.contains("/3: sent again") && told.contains("1 letters were sent again (1 records), 1 stay"),
        "{told}"
    );
    let landed: Vec<(String, i64, bool)> = system
        .wait_for_touchpoints(5)
        .into_iter()
        .map(|touchpoint| {
            let is_corrected = !touchpoint.properties.is_empty();
            (touchpoint.input.id.to_string(), touchpoint.version.unwrap(), is_corrected)
        })
        .collect();
    let of = |id: &str| landed.iter().filter(|(have, ..)| have == id).collect::<Vec<_>>();
    for (id, times) in [("cq-1", 1), ("cq-2", 1), ("cq-3", 2), ("cq-4", 1)] {
        assert_eq!(of(id).len(), times, "{id}: {landed:?}");
    }
    let newest = of("cq-3").into_iter().max_by_key(|(_, version, _)| *version);
    assert!(newest.is_some_and(|(.., is_corrected)| *is_corrected), "{landed:?}");
    system.stop();
}

/// Letters that cannot be sent again keep none of the others: one whose topic is gone, one that is too large with what a retry
/// adds to it. A record of a mebibyte is sent again as it came.
#[test]
fn a_letter_that_cannot_be_sent_again_keeps_no_other() {
    let Some(bootstrap) = bootstrap() else { return };
    let system = System::new(&bootstrap, "unsendable", &[]);
    let event = r#"{"event":"open","timestamp":1767225600,"sg_event_id":"e","sg_message_id":"m","email":"hanako@acme.example"}"#;
    let raw = format!("{}raw.email", system.prefix);
    let gone = format!("{}raw.gone", system.prefix);
    let of_a_mebibyte = event.to_owned() + &" ".repeat((1 << 20) - event.len());
    let long = "x".repeat(100_000);
    let letter = |key: &str, topic: &str, value: &str, more: &str| {
        let headers = [
            ("source", "sendgrid"),
            ("x-more", more),
            ("__streams.errors.topic", topic),
            ("__streams.errors.partition", "0"),
            ("__streams.errors.offset", key),
            ("__streams.errors.exception", "DC-1003"),
            ("dc.error.service", "ingest-email"),
        ];
        system.send_to("dead-letters", key, value.as_bytes(), &headers);
    };
    letter("1", &gone, event, "");
    letter("2", &raw, &of_a_mebibyte, &long);
    letter("3", &raw, &of_a_mebibyte, "");
    letter("4", &raw, event, "");
    system.flush();
    let output = system.command(&["dead-letters", "retry", "--all"]).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    for said in [
        "1: stays, there is no topic",
        "2: stays, the broker does not take it",
        "3: sent again",
        "4: sent again",
        "2 letters were sent again (2 records), 2 stay",
    ] {
        assert!(told.contains(said), "{said}: {told}");
    }
    assert!(!told.contains("1: sent again") && !told.contains("2: sent again"), "{told}");
    assert_eq!(system.read("raw.email").len(), 2);
    let list = |more: &[&str]| {
        let output = system.command(&[&["dead-letters", "list"][..], more].concat()).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap())
    };
    assert!(list(&[]).1.contains("2 letters, the oldest of"), "{}", list(&[]).1);
    for (filter, said) in [(["--code", "nonsense"], "`nonsense`"), (["--service", "ingest"], "did you mean `ingest-")] {
        let (code, told) = list(&filter);
        assert!(code == Some(2) && told.contains(said), "{filter:?}: {told}");
    }
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
