//! Partition time does not pass what ingest and resolve still have before them: no "no inquiry for 14 days" while the
//! inquiry waits upstream.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests")]

mod support;

use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use serde_json::json;
use std::time::{Duration, Instant};
use support::{PATIENCE, System, bootstrap};

#[test]
fn time_waits_for_a_record_in_every_hop_and_goes_on_behind_it() {
    let Some(bootstrap) = bootstrap() else { return };
    let mut system = started(&bootstrap, "hops");
    system.end("ingest-web");
    system.end("resolve");
    let appended_by = visit(&system, "waits");
    ticks(&mut system, 4);
    assert!(time(&system) <= appended_by, "it waits on the raw topic");
    let passed_on = system.read("touchpoints").len();
    system.start(&["ingest", "web"]);
    system.wait_for_records("touchpoints", passed_on + 1);
    ticks(&mut system, 4);
    assert!(time(&system) <= appended_by, "it waits for the router, with the time at which it came");
    system.start(&["resolve"]);
    wait_until(&mut system, "time goes on", |system| time(system) > appended_by);
    system.stop();
}

#[test]
fn time_waits_for_what_an_open_transaction_holds_back() {
    let Some(bootstrap) = bootstrap() else { return };
    let mut system = started(&bootstrap, "held-back");
    let holder: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", &bootstrap)
        .set("transactional.id", format!("{}holder", system.prefix))
        .create()
        .unwrap();
    holder.init_transactions(PATIENCE).unwrap();
    holder.begin_transaction().unwrap();
    let topic = format!("{}touchpoints", system.prefix);
    for partition in 0..3 {
        holder.send(BaseRecord::<str, str>::to(&topic).partition(partition).payload("never committed")).unwrap();
    }
    holder.flush(PATIENCE).unwrap();
    let appended_by = visit(&system, "held-back");
    ticks(&mut system, 6);
    assert!(time(&system) <= appended_by, "nobody can read it yet, and it waits all the same");
    holder.abort_transaction(PATIENCE).unwrap();
    wait_until(&mut system, "time goes on", |system| time(system) > appended_by);
    system.stop();
}

#[test]
fn a_channel_without_a_topic_holds_no_time_back() {
    let Some(bootstrap) = bootstrap() else { return };
    let mut system = System::new(&bootstrap, "no-topic", &[]);
    // Declared after the topics were made.
    system.set("INGEST__STORE__DEFAULT_SOURCE", "canonical");
    system.start(&["engine"]);
    system.wait_ready();
    wait_until(&mut system, "time goes on", |system| time(system) > 0.0);
    system.stop();
}

fn started(bootstrap: &str, name: &str) -> System {
    let mut system = System::new(bootstrap, name, &[]);
    for service in [&["ingest", "web"][..], &["resolve"], &["engine"]] {
        system.start(service);
    }
    system.wait_ready();
    visit(&system, "first");
    system.wait_for("contacts", "the first visitor", |all| (!all.is_empty()).then_some(()));
    wait_until(&mut system, "time has begun", |system| time(system) > 0.0);
    system
}

/// Sends a page view; the moment by which Kafka had it.
fn visit(system: &System, id: &str) -> f64 {
    let now = touchpoint::Timestamp::from_millis(observe::clock::now().as_millis()).to_string();
    let view = json!({
        "source": "site", "id": id, "occurred_at": now, "kind": "page_view",
        "identifiers": {"cookie": format!("site:{id}")}, "properties": {"url": "https://www.example.co.jp/pricing"},
    });
    system.send("web", "canonical", id, view.to_string().as_bytes());
    system.flush();
    Duration::from_millis(observe::clock::now().as_millis().unsigned_abs()).as_secs_f64()
}

/// The latest partition time, in seconds since 1970.
fn time(system: &System) -> f64 {
    system.values("engine", "demand_center_partition_time_seconds{", "").into_iter().fold(0.0, f64::max)
}

/// Waits until the engine has written so many more ticks to each of its three partitions.
fn ticks(system: &mut System, count: u32) {
    let inbox = format!("topic=\"{}inbox\"", system.prefix);
    let written =
        |system: &System| system.values("engine", "demand_center_records_produced_total{", &inbox).iter().sum::<f64>();
    let enough = written(system) + 3.0 * f64::from(count);
    wait_until(system, "ticks", |system| written(system) >= enough);
}

fn wait_until(system: &mut System, what: &str, condition: impl Fn(&System) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition(system) {
        assert!(Instant::now() < deadline, "{what}: not within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
