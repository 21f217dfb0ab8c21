//! Records that cannot be processed, faults that pass, and producers that are fenced.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use stream::{Fault, Output};

use crate::counting::{self, Count, assert_counted_once, counting, inputs};
use crate::harness::{PATIENCE, Read, Stage};

#[test]
fn a_passing_fault_is_processed_again_and_nothing_counts_twice() {
    let stage = Stage::new(3);
    let mut settings = stage.settings();
    let mut processor = counting(&mut settings, &stage);
    let mut left = 3;
    processor.after = Box::new(move |value, _| {
        // Rows are changed and outputs sent when it strikes.
        if value.ends_with("77") && left > 0 {
            left -= 1;
            return Err(Fault::retry("test", "it will pass"));
        }
        Ok(())
    });
    let log = Arc::clone(&processor.log);
    let inputs = inputs(2_000, 40);
    counting::produce(&stage, &inputs);
    let worker = stage.start(settings, processor);
    worker.wait_for("all inputs", || stage.consumed() >= 2_000.0);
    worker.stop().unwrap();

    assert_counted_once(&stage, &inputs, &[]);
    assert_eq!(log.lock().unwrap().aborts, 3);
    assert!(log.lock().unwrap().applied > 2_000, "some were applied again");
    assert_eq!(stage.counter("demand_center_transactions_total", "aborted"), 3.0);
}

/// As when the playbook in force is not there yet: who looks from outside must see it.
#[test]
fn a_record_that_waits_makes_the_worker_not_ready_and_shows_as_lag() {
    let stage = Stage::new(1);
    let mut settings = stage.settings();
    let mut processor = counting(&mut settings, &stage);
    let there = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&there);
    processor.before = Box::new(move |value, _| match value {
        "v50" if seen.load(Ordering::Relaxed) == 0 => Err(Fault::retry("test", "not there yet")),
        _ => Ok(()),
    });
    let worker = stage.start(settings, processor);
    worker.wait_until_ready();
    let inputs = inputs(100, 10);
    counting::produce(&stage, &inputs);
    worker.wait_for("the complaint", || worker.health.readiness().to_string().contains("has not committed"));
    assert!(worker.health.liveness().is_empty(), "a restart would not help");
    worker.wait_for("the lag", || stage.counter("demand_center_lag_records", "") > 0.0);
    there.store(1, Ordering::Relaxed);
    worker.wait_for("all inputs", || stage.consumed() >= 100.0);
    worker.wait_until_ready();
    worker.stop().unwrap();
    assert_counted_once(&stage, &inputs, &[]);
}

#[test]
fn a_fault_of_the_first_record_of_a_transaction_loses_nothing() {
    let stage = Stage::new(2);
    let mut settings = stage.settings();
    // Each record is a transaction, so that each is the first of one.
    settings.commit.records = 1;
    let mut processor = counting(&mut settings, &stage);
    let mut struck = std::collections::BTreeSet::new();
    processor.before = Box::new(move |value, _| {
        // Each fifth record, once; nothing was applied since the last commit.
        if value.ends_with('5') && struck.insert(value.to_owned()) {
            return Err(Fault::retry("test", "it will pass"));
        }
        Ok(())
    });
    let inputs = inputs(60, 5);
    counting::produce(&stage, &inputs);
    let worker = stage.start(settings, processor);
    worker.wait_for("all inputs", || stage.consumed() >= 60.0);
    worker.stop().unwrap();
    assert_counted_once(&stage, &inputs, &[]);
}

#[test]
fn records_that_cannot_be_processed_become_dead_letters_once_and_leave_no_trace() {
    let stage = Stage::new(2);
    let mut settings = stage.settings();
    let mut processor = counting(&mut settings, &stage);
    processor.before = Box::new(|value, _| match value {
        "v10" => Err(Fault::poison("early", "/kind", "before anything was touched")),
        _ => Ok(()),
    });
    processor.after = Box::new(|value, cx| match value {
        "v20" => Err(Fault::poison("late", "/id", "after rows and outputs")),
        "v30" => panic!("a bug that one record finds"),
        "v40" => {
            cx.put(&[2], Count(0))?;
            panic!("with a row of its own")
        }
        _ => Ok(()),
    });
    let inputs = inputs(200, 5);
    counting::produce(&stage, &inputs[..10]);
    let producer: BaseProducer = stage.client().set("partitioner", "murmur2_random").create().unwrap();
    let topic = stage.input();
    let headers = OwnedHeaders::new().insert(Header { key: "source", value: Some("sendgrid") });
    let record = BaseRecord::to(&topic).key(&inputs[10].0).payload(&inputs[10].1).headers(headers);
    producer.send(record).map_err(|(error, _)| error).unwrap();
    producer.flush(PATIENCE).unwrap();
    counting::produce(&stage, &inputs[11..]);
    let worker = stage.start(settings, processor);
    worker.wait_for("all inputs", || stage.consumed() >= 200.0);
    worker.stop().unwrap();

    assert_counted_once(&stage, &inputs, &["v10", "v20", "v30", "v40"]);
    let mut letters = stage.read(&stage.dead_letters(), "read_committed");
    letters.sort_by_key(|letter| letter.value.clone());
    let told: Vec<_> = letters.iter().map(|letter| (letter.value.as_deref().unwrap(), code(letter))).collect();
    assert_eq!(told, [("v10", "early"), ("v20", "late"), ("v30", "panic"), ("v40", "panic")]);
    assert_eq!(letters[0].headers["source"], "sendgrid", "the original headers stay");
    let sent = stage.read(&stage.input(), "read_committed");
    for letter in &letters {
        let origin = sent.iter().find(|record| record.value == letter.value).unwrap();
        let position = format!("{}/{}/{}", stage.input(), origin.partition, origin.offset);
        assert_eq!(String::from_utf8_lossy(&letter.key), position);
        assert_eq!(letter.headers["dc.error.service"], "count");
        assert_eq!(letter.headers["dc.origin.key"].as_bytes(), origin.key);
    }
}

#[test]
fn a_record_whose_output_is_too_large_is_a_dead_letter() {
    let stage = Stage::new(1);
    let mut settings = stage.settings();
    let mut processor = counting(&mut settings, &stage);
    let large = settings.outputs.declare(stage.output());
    processor.after = Box::new(move |value, cx| {
        if value == "v3" {
            cx.send(&Output::new(large, b"k", &vec![b'x'; 1_000_001]))?;
        }
        Ok(())
    });
    let inputs = inputs(10, 2);
    counting::produce(&stage, &inputs);
    let worker = stage.start(settings, processor);
    worker.wait_for("all inputs", || stage.consumed() >= 10.0);
    worker.stop().unwrap();
    assert_counted_once(&stage, &inputs, &["v3"]);
    assert_eq!(
        stage.read(&stage.dead_letters(), "read_committed").iter().map(code).collect::<Vec<_>>(),
        ["output_too_large"]
    );
}

#[test]
fn a_fatal_fault_ends_the_worker_and_commits_nothing_of_the_transaction() {
    let stage = Stage::new(1);
    let mut settings = stage.settings();
    let mut processor = counting(&mut settings, &stage);
    processor.after = Box::new(|value, _| match value {
        "v5" => Err(Fault::fatal("test_end", "no way on")),
        _ => Ok(()),
    });
    counting::produce(&stage, &inputs(10, 1));
    let fault = stage.start(settings, processor).end().unwrap_err();
    assert_eq!(fault, Fault::fatal("test_end", "no way on"));
    assert_eq!(stage.committed(&stage.output()).len(), 0);
    assert_eq!(stage.group_offsets().len(), 0);
}

#[test]
fn a_fenced_producer_is_replaced_and_nothing_is_lost_or_doubled() {
    let stage = Stage::new(2);
    let mut settings = stage.settings();
    let id = format!("{}-count-0-0", stage.name);
    let mut processor = counting(&mut settings, &stage);
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    processor.before = Box::new(move |_, _| {
        count.fetch_add(1, Ordering::Relaxed);
        Ok(())
    });
    let worker = stage.start(settings, processor);
    worker.wait_until_ready();

    let inputs = inputs(3_000, 30);
    let mut sent = 0;
    for (number, chunk) in inputs.chunks(500).enumerate() {
        counting::produce(&stage, chunk);
        sent += chunk.len();
        if number == 1 {
            // Another producer takes the transactional id: the worker's transaction under way is void.
            worker.wait_for("processing", || seen.load(Ordering::Relaxed) >= sent);
            let rival: BaseProducer = stage.client().set("transactional.id", &id).create().unwrap();
            rival.init_transactions(PATIENCE).unwrap();
        }
    }
    worker.wait_for("all inputs", || stage.consumed() >= 3_000.0);
    worker.stop().unwrap();

    assert_counted_once(&stage, &inputs, &[]);
    // Twice when the rival's call and the worker's answer to it cross.
    let rebuilds = stage.counter("demand_center_producer_rebuilds_total", "");
    assert!((1.0..=2.0).contains(&rebuilds), "{rebuilds} rebuilds");
}

fn code(letter: &Read) -> &str {
    &letter.headers["__streams.errors.exception"]
}
