//! The stateless runtime: every record's outputs arrive, whatever happens; some may arrive twice.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use observe::{Health, Lifecycle};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use stream::{DeadLetter, Fault, Output, Record, Relay, RelaySettings, Sink, Topic, Transform};

use crate::counting::{self, inputs};
use crate::harness::{PATIENCE, Read, Running, Stage, wait_for};
use crate::lost::write_in_a_transaction;

/// Sends `value/0` and `value/1` for each record.
struct Doubling {
    out: Topic,
}

impl Transform for Doubling {
    fn apply(&mut self, record: &Record<'_>, out: &mut dyn Sink) -> Result<(), Fault> {
        let value = std::str::from_utf8(record.value.unwrap_or_default()).unwrap();
        match value {
            "v13" => return Err(Fault::poison("unlucky", "/n", "thirteen")),
            "v26" => panic!("twice thirteen"),
            _ => {}
        }
        for element in 0..2_u32 {
            if element == 1 && value == "v39" {
                let letter = DeadLetter {
                    record,
                    element: Some(element),
                    element_hash: None,
                    value_in: None,
                    code: "partly",
                    field: "/1",
                    message: "the second",
                };
                out.dead_letter(&letter)?;
                continue;
            }
            let text = format!("{value}/{element}");
            out.send(&Output::new(self.out, record.key.unwrap_or_default(), text.as_bytes()))?;
        }
        Ok(())
    }
}

#[test]
fn every_record_arrives_or_is_a_dead_letter() {
    let stage = Stage::new(3);
    let inputs = inputs(5_000, 100);
    counting::produce(&stage, &inputs[..2_500]);
    let first = start(&stage);
    first.wait_until_ready();
    counting::produce(&stage, &inputs[2_500..]);
    first.wait_for("all inputs", || stage.consumed() >= 5_000.0);
    first.stop().unwrap();

    let outputs = stage.committed(&stage.output());
    let expected: BTreeSet<_> = (0..5_000)
        .filter(|number| ![13, 26].contains(number))
        .flat_map(|number| (0..2).map(move |element| format!("v{number}/{element}")))
        .filter(|output| output != "v39/1")
        .collect();
    assert_eq!(outputs.len(), expected.len(), "without a fault nothing comes twice");
    assert_eq!(outputs.into_iter().collect::<BTreeSet<_>>(), expected);

    let letters = stage.read(&stage.dead_letters(), "read_committed");
    let told: BTreeMap<_, _> = letters
        .iter()
        .map(|letter| (letter.headers["__streams.errors.exception"].as_str(), letter.value.as_deref().unwrap()))
        .collect();
    assert_eq!(told, BTreeMap::from([("unlucky", "v13"), ("panic", "v26"), ("partly", "v39")]));
    let part = letters.iter().find(|letter| letter.value.as_deref() == Some("v39")).unwrap();
    assert!(part.key.ends_with(b"/1"), "keyed by position and element");

    // All offsets are committed: the next start reads nothing again.
    let ends: BTreeMap<i32, i64> = stage
        .read(&stage.input(), "read_committed")
        .into_iter()
        .map(|record| (record.partition, record.offset + 1))
        .collect();
    assert_eq!(stage.group_offsets(), ends);
}

/// Relays a hundred records, of which those that `fails` says (by offset) fail, each as often as it says so.
fn hundred_through(
    stage: &Stage,
    settings: RelaySettings,
    out: Topic,
    mut fails: impl FnMut(i64) -> bool + Send + 'static,
) {
    let transform = Closure(Box::new(move |record, sink| {
        if fails(record.offset) {
            return Err(Fault::retry("test", "it will pass"));
        }
        sink.send(&Output::new(out, b"k", record.value.unwrap_or_default()))
    }));
    counting::produce(stage, &inputs(100, 1));
    let relay = run(stage, settings, transform);
    relay.wait_for("all inputs", || stage.consumed() >= 100.0);
    relay.stop().unwrap();
}

/// Relays `v1` and another record, which becomes the one dead letter.
fn the_other_is_a_letter(stage: &Stage) -> Read {
    let relay = start(stage);
    relay.wait_for("both", || stage.consumed() >= 2.0);
    relay.stop().unwrap();
    assert_eq!(stage.committed(&stage.output()), ["v1/0", "v1/1"]);
    let mut letters = stage.read(&stage.dead_letters(), "read_committed");
    assert_eq!(letters.len(), 1);
    letters.remove(0)
}

#[test]
fn a_fault_that_passes_is_read_again() {
    let stage = Stage::new(1);
    let mut settings = relay_settings(&stage);
    let out = settings.outputs.declare(stage.output());
    // Each record is committed by itself, so that each is the first since a commit.
    settings.commit.records = 1;
    let mut struck = BTreeSet::new();
    hundred_through(&stage, settings, out, move |offset| offset % 10 == 5 && struck.insert(offset));
    let outputs: BTreeSet<_> = stage.committed(&stage.output()).into_iter().collect();
    assert_eq!(outputs.len(), 100);
}

/// The protocol wants text and nobody checks it.
#[test]
fn a_header_whose_name_is_no_text_stops_nobody() {
    use std::os::unix::ffi::OsStrExt as _;
    let stage = Stage::new(1);
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9=1");
    let file = stage.dir.path().join("record");
    for value in ["v1", "v13"] {
        std::fs::write(&file, value).unwrap();
        let kcat = Command::new("kcat")
            .args(["-P", "-b", &stage.bootstrap, "-t", &stage.input(), "-p", "0", "-H", "source=tool", "-H"])
            .arg(name)
            .arg(&file)
            .status();
        assert!(kcat.unwrap().success());
    }
    let letter = the_other_is_a_letter(&stage);
    let header = |name: &str| letter.headers[name].as_str();
    assert_eq!((header("source"), header("dc.header.name-not-utf8")), ("tool", "1"));
}

/// Brokers count compressed bytes.
#[test]
fn a_record_that_is_large_only_when_unpacked_is_a_dead_letter() {
    let stage = Stage::new(1);
    let producer: BaseProducer =
        stage.client().set("compression.codec", "zstd").set("message.max.bytes", "10000000").create().unwrap();
    let value = "x".repeat(5_000_000);
    producer.send(BaseRecord::to(&stage.input()).partition(0).key("k").payload(&value)).unwrap();
    producer.send(BaseRecord::to(&stage.input()).partition(0).key("k").payload("v1")).unwrap();
    producer.flush(PATIENCE).unwrap();
    let letter = the_other_is_a_letter(&stage);
    assert_eq!(letter.headers["__streams.errors.exception"], "output_too_large");
    assert!(letter.value.as_deref() == Some(&value), "whole");
}

#[test]
fn what_stands_before_a_record_that_waits_is_sent_once() {
    let stage = Stage::new(1);
    let mut settings = relay_settings(&stage);
    let out = settings.outputs.declare(stage.output());
    let mut waits = 3;
    hundred_through(&stage, settings, out, move |offset| {
        let fails = offset == 50 && waits > 0;
        waits -= i32::from(fails);
        fails
    });
    let outputs = stage.committed(&stage.output());
    assert_eq!(outputs.len(), 100, "{outputs:?}");
}

/// As when the topic of the dead letters was deleted: everything is read, and read again, and nothing gets on.
#[test]
fn one_whose_outputs_are_not_taken_is_not_ready() {
    let stage = Stage::new(1);
    let mut settings = relay_settings(&stage);
    settings.delivery_timeout = Duration::from_secs(2);
    settings.dead_letters = format!("{}.nowhere", stage.name);
    let out = settings.outputs.declare(stage.output());
    let relay = run(&stage, settings, Doubling { out });
    relay.wait_until_ready();
    counting::produce(&stage, &[("k".to_owned(), "v13".to_owned())]);
    relay.wait_for("the complaint", || relay.health.readiness().to_string().contains("has not committed"));
    assert!(relay.health.liveness().is_empty(), "a restart would not help");
    relay.wait_for("the lag", || stage.counter("demand_center_lag_records", "") > 0.0);
    stage.create(&[format!("{}.nowhere", stage.name)], 1, &[]);
    relay.wait_for("the record", || stage.consumed() >= 1.0);
    relay.wait_until_ready();
    relay.stop().unwrap();
}

/// It would go on at what is there now, and nobody would know what is missing.
#[test]
fn records_that_are_gone_stop_it() {
    let stage = Stage::new(1);
    counting::produce(&stage, &inputs(200, 1));
    relay_until(&stage, 200.0);
    counting::produce(&stage, &inputs(100, 1));
    stage.delete_records(&stage.input(), 0, 250);
    let fault = start(&stage).end().unwrap_err();
    assert_eq!(fault.code(), "input_lost", "{fault}");
    assert!(fault.to_string().contains("stands at 200, but the 50 offsets before 250 are gone"), "{fault}");
}

/// A source that writes in transactions, and is quiet: what it left behind may be gone at the next start.
#[test]
fn the_mark_of_a_transaction_is_passed_after_a_restart_too() {
    let stage = Stage::new(1);
    write_in_a_transaction(&stage, &inputs(12, 1));
    relay_until(&stage, 12.0);
    let second = start(&stage);
    second.wait_for("the mark to be passed", || stage.group_offsets() == BTreeMap::from([(0, 13)]));
    second.stop().unwrap();
    stage.delete_records(&stage.input(), 0, 13);
    let third = start(&stage);
    third.wait_until_ready();
    third.stop().unwrap();
}

#[test]
fn a_loss_is_accepted_once() {
    let stage = Stage::new(1);
    counting::produce(&stage, &inputs(12, 1));
    relay_until(&stage, 12.0);
    counting::produce(&stage, &inputs(8, 1));
    stage.delete_records(&stage.input(), 0, 20);
    let mut settings = relay_settings(&stage);
    settings.accept_lost_input = true;
    let out = settings.outputs.declare(stage.output());
    let second = run(&stage, settings, Doubling { out });
    second.wait_for("the new position", || stage.group_offsets() == BTreeMap::from([(0, 20)]));
    second.stop().unwrap();
    let third = start(&stage);
    third.wait_until_ready();
    third.stop().unwrap();
}

/// Settings that are the same for all: as many processes as one likes.
#[test]
fn two_of_one_name_share_the_work() {
    let stage = Stage::new(2);
    let relays = [start(&stage), start(&stage)];
    let owned = || stage.metrics.service("count").partitions_owned("0").get();
    relays[1].wait_for("a share each", || (owned() - 1.0).abs() < f64::EPSILON);
    counting::produce(&stage, &inputs(1_000, 100));
    relays[0].wait_for("all inputs", || stage.consumed() >= 1_000.0);
    for relay in relays {
        relay.stop().unwrap();
    }
}

/// Runs as a process of its own. Does nothing when run as a test.
#[test]
fn victim() {
    let Ok(name) = std::env::var(VICTIM) else { return };
    let mut stage = Stage::on(crate::harness::bootstrap(), 3);
    stage.name = name;
    start(&stage).end().unwrap();
}

const VICTIM: &str = "DEMAND_TEST_RELAY_NAME";

#[test]
fn killed_at_any_moment_it_loses_nothing() {
    let stage = Stage::new(3);
    let inputs = inputs(20_000, 100);
    let mut seen = 0;
    for chunk in inputs.chunks(4_000) {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "relay::victim", "--nocapture"])
            .env(VICTIM, &stage.name)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        for part in chunk.chunks(1_000) {
            counting::produce(&stage, part);
        }
        let before = seen;
        wait_for("some progress", || {
            seen = stage.committed(&stage.output()).len();
            seen > before
        });
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let last = start(&stage);
    let expected = (20_000 - 2) * 2 - 1;
    let mut outputs = BTreeSet::new();
    last.wait_for("all outputs", || {
        outputs = stage.committed(&stage.output()).into_iter().collect();
        outputs.len() >= expected
    });
    last.stop().unwrap();
    assert_eq!(outputs.len(), expected);
}

#[test]
fn it_relays_fast_enough_to_be_no_bottleneck() {
    let stage = Stage::new(4);
    let mut settings = relay_settings(&stage);
    let out = settings.outputs.declare(stage.output());
    let transform = Closure(Box::new(move |record, sink| {
        sink.send(&Output::new(out, record.key.unwrap_or_default(), record.value.unwrap_or_default()))
    }));
    let inputs = inputs(300_000, 10_000);
    counting::produce(&stage, &inputs);
    let started = Instant::now();
    let relay = run(&stage, settings, transform);
    relay.wait_for("all inputs", || stage.consumed() >= 300_000.0);
    let seconds = started.elapsed().as_secs_f64();
    relay.stop().unwrap();
    println!("relayed {:.0} records/s, start and first assignment included", 300_000.0 / seconds);
    // A wait per record would give some hundred a second.
    assert!(seconds < 30.0, "{seconds} s for 300,000 records");
}

type Apply = Box<dyn FnMut(&Record<'_>, &mut dyn Sink) -> Result<(), Fault> + Send>;

struct Closure(Apply);

impl Transform for Closure {
    fn apply(&mut self, record: &Record<'_>, out: &mut dyn Sink) -> Result<(), Fault> {
        (self.0)(record, out)
    }
}

pub fn relay_settings(stage: &Stage) -> RelaySettings {
    let mut settings = RelaySettings::new("count", stage.kafka(), vec![stage.input()]);
    settings.group = format!("{}.count", stage.name);
    settings.dead_letters = stage.dead_letters();
    settings.session_timeout = Duration::from_secs(6);
    settings
}

/// Runs a relay until so many inputs are consumed.
pub fn relay_until(stage: &Stage, consumed: f64) {
    let relay = start(stage);
    relay.wait_for("the inputs so far", || stage.consumed() >= consumed);
    relay.stop().unwrap();
}

pub fn start(stage: &Stage) -> Running {
    start_with(stage, |_| {})
}

pub fn start_with(stage: &Stage, change: impl FnOnce(&mut RelaySettings)) -> Running {
    let mut settings = relay_settings(stage);
    change(&mut settings);
    let out = settings.outputs.declare(stage.output());
    run(stage, settings, Doubling { out })
}

fn run<T: Transform>(stage: &Stage, settings: RelaySettings, transform: T) -> Running {
    let lifecycle = Lifecycle::default();
    let health = Health::default();
    let worker_health = health.register(settings.member());
    let service = stage.metrics.service("count");
    let shutdown = lifecycle.shutdown();
    let thread =
        std::thread::spawn(move || Relay::connect(settings, transform, &service, worker_health, shutdown)?.run());
    Running { lifecycle, health, thread }
}
