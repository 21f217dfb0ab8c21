//! The engine is killed in mid-stream, again and again, as a power cut would; every touchpoint counts once all the same,
//! and every event is there once. Read by kcat as read_committed.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests")]

mod support;

use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;
use support::{PATIENCE, System, assert_unbroken, bootstrap, days_ago};

const CONTACTS: usize = 300;
/// Conversations of each contact, on days of their own: every one gives points (S25.connected, once per day).
const CALLS: usize = 12;
const KILLS: usize = 4;

#[test]
fn killed_in_mid_stream_nothing_is_lost_or_doubled() {
    let Some(bootstrap) = bootstrap() else { return };
    // Small transactions, so that there is a mid-stream to be killed in.
    let mut system = System::new(&bootstrap, "killed", &[("STREAM__COMMIT_RECORDS", "40")]);
    for service in [&["ingest", "call"][..], &["resolve"], &["engine"]] {
        system.start(service);
    }
    system.wait_ready();
    let mut sent = BTreeSet::new();
    let mut kills = 0;
    for round in 0..CALLS {
        let before = told(&system);
        let day = i64::try_from(CALLS - round).unwrap() + 4;
        for contact in 0..CONTACTS {
            let id = format!("call-{contact}-{round}");
            let call = json!({
                "source": "telephony", "id": id, "occurred_at": days_ago(day, "10:00:00"), "kind": "connected",
                "direction": "out", "identifiers": {"email": format!("person-{contact}@company-{contact}.example")},
            });
            system.send("call", "canonical", &id, call.to_string().as_bytes());
            sent.insert(id);
        }
        system.flush();
        // Killed as soon as something of the last rounds is out; how far it has come is its own affair.
        if round % (CALLS / KILLS) == 1 {
            let deadline = Instant::now() + PATIENCE;
            while told(&system) <= before {
                assert!(Instant::now() < deadline, "nothing of round {round} came out within {PATIENCE:?}");
                std::thread::yield_now();
            }
            system.kill("engine");
            let done = added(&system.read("score-changes")).len();
            kills += usize::from(done < sent.len());
            system.start(&["engine"]);
        }
    }
    assert!(kills > 0, "the engine was never killed in mid-stream");

    let changes = system.wait_for("score-changes", "points of every call", |all| {
        (added(all).len() >= sent.len()).then(|| all.to_vec())
    });
    let counted = added(&changes);
    assert_eq!(counted.keys().cloned().collect::<BTreeSet<_>>(), sent);
    let doubled: Vec<_> = counted.iter().filter(|(_, times)| **times != 1).collect();
    assert!(doubled.is_empty(), "counted more than once: {doubled:?}");
    let mut sequences: BTreeMap<&str, u64> = BTreeMap::new();
    for (key, change) in &changes {
        let last = sequences.entry(key).or_default();
        *last += 1;
        assert_eq!(change["sequence"], *last, "{change:#}");
    }
    assert_eq!(sequences.len(), CONTACTS);
    assert_unbroken(&system.read("stage-transitions"));
    let ids: Vec<String> = [system.read("stage-transitions"), changes.clone()]
        .iter()
        .flatten()
        .map(|(_, event)| event["event_id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "an event id stands twice");
    system.stop();
}

/// As a mail tool was seen to do: one event comes 46 times within 29 hours, and in between the engine dies. It counts once.
#[test]
fn an_event_that_comes_46_times_counts_once() {
    const COPIES: i64 = 46;
    let Some(bootstrap) = bootstrap() else { return };
    let mut system = System::new(&bootstrap, "copies", &[]);
    for service in [&["ingest", "email"][..], &["resolve"], &["engine"]] {
        system.start(service);
    }
    let click = |id: &str, day: i64| {
        let at: jiff::Timestamp = days_ago(day, "10:00:00").parse().unwrap();
        json!([{
            "event": "click", "email": "hanako@acme.example", "timestamp": at.as_second(), "sg_event_id": id,
            "sg_message_id": format!("mail-of-{id}"), "url": "https://www.example.co.jp/case",
        }])
    };
    let copy = click("copy", 4).to_string();
    let first = observe::clock::now().as_millis() - 29 * 3_600_000;
    let drops = "demand_center_drops_total";
    let send = |system: &System, copies: std::ops::Range<i64>| {
        for number in copies {
            system.send_at("email", "sendgrid", "hanako", copy.as_bytes(), first + number * 29 * 3_600_000 / COPIES);
        }
        system.flush();
    };
    send(&system, 0..COPIES / 2);
    system.wait_for_count("engine", drops, r#"reason="duplicate""#, 22);
    system.kill("engine");
    send(&system, COPIES / 2..COPIES);
    system.start(&["engine"]);
    system.wait_for_count("engine", drops, r#"reason="duplicate""#, 23);
    system.send("email", "sendgrid", "hanako", click("other", 3).to_string().as_bytes());
    system.flush();
    let changes = system
        .wait_for("score-changes", "the other click", |all| added(all).contains_key("other").then(|| all.to_vec()));
    let counted = added(&changes);
    assert_eq!(counted.values().copied().collect::<Vec<_>>(), [1, 1], "{counted:?}");
    assert_unbroken(&system.read("stage-transitions"));
    system.stop();
}

/// Score changes of the engine that runs now.
fn told(system: &System) -> f64 {
    let topic = format!("topic=\"{}score-changes\"", system.prefix);
    system.values("engine", "demand_center_records_produced_total{", &topic).iter().sum()
}

/// How often each touchpoint was added to the score `behaviour`.
fn added(changes: &[(String, Json)]) -> BTreeMap<String, usize> {
    let mut times = BTreeMap::new();
    let behaviour = changes.iter().map(|(_, change)| change).filter(|change| change["score"] == "behaviour");
    for contribution in behaviour.flat_map(|change| change["added"].as_array().unwrap()) {
        *times.entry(contribution["input"]["id"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    times
}
