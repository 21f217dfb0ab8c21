//! Partitions move between workers, and nothing is lost or doubled.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use stream::{Fault, StreamSettings};

use crate::counting::{self, Log, assert_counted_once, counting, inputs};
use crate::harness::{Running, Stage};

#[test]
fn a_second_worker_takes_its_share_and_gives_it_back() {
    let stage = Stage::new(6);
    let inputs = inputs(12_000, 300);
    let (first, first_log) = start(&stage, 0, true);
    first.wait_until_ready();
    counting::produce(&stage, &inputs[..3_000]);

    let (second, second_log) = start(&stage, 1, true);
    // Records keep coming while partitions move.
    for chunk in inputs[3_000..6_000].chunks(300) {
        counting::produce(&stage, chunk);
    }
    second.wait_for("an equal share", || opened(&second_log) == 3 && opened(&first_log) == 3);
    for chunk in inputs[6_000..9_000].chunks(300) {
        counting::produce(&stage, chunk);
    }
    // A static member that stops keeps its partitions until its session ends: the group waits for its return.
    first.stop().unwrap();
    for chunk in inputs[9_000..].chunks(300) {
        counting::produce(&stage, chunk);
    }
    second.wait_for("all partitions", || opened(&second_log) == 6);
    second.wait_for("all inputs", || stage.consumed() >= 12_000.0);
    second.stop().unwrap();
    assert_counted_once(&stage, &inputs, &[]);
}

#[test]
fn workers_without_a_fixed_place_come_and_go_under_load() {
    let stage = Stage::new(4);
    let inputs = inputs(8_000, 100);
    // Long transactions: each hand-over meets an open one.
    let start = |number| {
        let mut settings = settings(&stage, number, false);
        settings.commit.interval = Duration::from_secs(2);
        let processor = counting(&mut settings, &stage);
        let log = Arc::clone(&processor.log);
        (stage.start(settings, processor), log)
    };
    let (stays, log) = start(0);
    for (number, chunk) in inputs.chunks(1_000).enumerate() {
        let (comes, other) = start(number + 1);
        for part in chunk.chunks(100) {
            counting::produce(&stage, part);
        }
        comes.wait_for("a share", || opened(&other) > 0);
        comes.stop().unwrap();
    }
    stays.wait_for("all partitions", || opened(&log) == 4);
    stays.wait_for("all inputs", || stage.consumed() >= 8_000.0);
    stays.stop().unwrap();
    assert_counted_once(&stage, &inputs, &[]);
}

#[test]
fn a_worker_for_whom_no_partition_is_left_is_ready_and_steps_in() {
    let stage = Stage::new(1);
    let (first, log) = start(&stage, 0, false);
    first.wait_for("the partition", || opened(&log) == 1);
    let (spare, spare_log) = start(&stage, 1, false);
    spare.wait_until_ready();
    let inputs = inputs(200, 5);
    counting::produce(&stage, &inputs[..100]);
    first.wait_for("the first half", || stage.consumed() >= 100.0);
    let (one, other) = if opened(&log) == 1 { (first, spare) } else { (spare, first) };
    one.stop().unwrap();
    other.wait_for("the hand-over", || opened(&log) + opened(&spare_log) == 1);
    counting::produce(&stage, &inputs[100..]);
    other.wait_for("the second half", || stage.consumed() >= 200.0);
    other.stop().unwrap();
    assert_counted_once(&stage, &inputs, &[]);
}

#[test]
fn a_worker_that_slept_through_its_session_commits_nothing_of_it() {
    let stage = Stage::new(2);
    let inputs = inputs(400, 10);
    let mut own = settings(&stage, 0, false);
    own.session_timeout = Duration::from_secs(6);
    own.max_poll_interval = Duration::from_secs(6);
    let mut sleeper = counting(&mut own, &stage);
    let mut left = 1;
    sleeper.after = Box::new(move |value, _| {
        if value == "v50" && left > 0 {
            left -= 1;
            // Longer than the poll interval: the group gives the partitions away meanwhile.
            std::thread::sleep(Duration::from_secs(9));
        }
        Ok::<_, Fault>(())
    });
    let first = stage.start(own, sleeper);
    first.wait_until_ready();
    counting::produce(&stage, &inputs[..200]);
    let (second, _) = start(&stage, 1, false);
    counting::produce(&stage, &inputs[200..]);
    second.wait_for("all inputs", || stage.committed(&stage.output()).len() >= 400);
    first.stop().unwrap();
    second.stop().unwrap();
    assert_counted_once(&stage, &inputs, &[]);
    assert!(stage.counter("demand_center_rebalances_total", "lost") >= 1.0, "the first worker lost its partitions");
}

fn settings(stage: &Stage, number: usize, fixed: bool) -> StreamSettings {
    let mut settings = stage.settings();
    settings.instance = number.to_string();
    settings.static_membership = fixed;
    // Each process has a disk of its own.
    settings.state_dir = stage.dir.path().join(format!("state-{number}"));
    settings
}

fn start(stage: &Stage, number: usize, fixed: bool) -> (Running, Arc<Mutex<Log>>) {
    let mut settings = settings(stage, number, fixed);
    let processor = counting(&mut settings, stage);
    let log = Arc::clone(&processor.log);
    (stage.start(settings, processor), log)
}

fn opened(log: &Mutex<Log>) -> usize {
    log.lock().unwrap().opened.len()
}

/// The client would try again for ever, and say nothing.
#[test]
fn a_session_that_the_brokers_refuse_is_told() {
    let stage = Stage::new(1);
    let mut settings = stage.settings();
    settings.session_timeout = Duration::from_secs(2);
    let processor = counting(&mut settings, &stage);
    let fault = stage.start(settings, processor).end().unwrap_err();
    assert_eq!(fault.code(), "kafka_settings", "{fault}");
    assert!(fault.to_string().contains("refuse stream.session_timeout"), "{fault}");
}
