//! Restarts: with the store, without it, and with a changelog whose end is not what it seems.

use std::path::PathBuf;
use std::time::Duration;

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use crate::counting::{self, assert_counted_once, counting, inputs, run_until};
use crate::harness::{PATIENCE, Stage, remove, wait_for};

#[test]
fn a_graceful_restart_replays_nothing_and_one_without_its_store_replays_all() {
    let stage = Stage::new(3);
    let inputs = inputs(3_000, 100);
    let run = |from: usize, to: usize| {
        counting::produce(&stage, &inputs[from..to]);
        let worker = counting::start(&stage);
        worker.wait_for("the inputs so far", || stage.consumed() >= to as f64);
        worker.stop().unwrap();
        stage.counter("demand_center_restored_records_total", "")
    };
    assert_eq!(run(0, 1_000), 0.0);
    assert_eq!(run(1_000, 2_000), 0.0, "the store was whole");
    remove(&state(&stage));
    let replayed = run(2_000, 3_000);
    assert!(replayed >= 100.0, "{replayed} records replayed");
    assert_counted_once(&stage, &inputs, &[]);
}

#[test]
fn a_partition_that_never_had_a_record_is_taken_again() {
    let stage = Stage::new(2);
    for _ in 0..2 {
        let worker = counting::start(&stage);
        worker.wait_until_ready();
        worker.stop().unwrap();
    }
}

#[test]
fn a_damaged_store_is_rebuilt() {
    let stage = Stage::new(1);
    let inputs = inputs(1_000, 50);
    counting::produce(&stage, &inputs[..500]);
    run_until(&stage, 500.0);
    let current = state(&stage).join("count").join("0").join("CURRENT");
    std::fs::write(current, "nonsense\n").unwrap();
    counting::produce(&stage, &inputs[500..]);
    run_until(&stage, 1_000.0);
    assert_counted_once(&stage, &inputs, &[]);
    assert_eq!(stage.counter("demand_center_faults_total", "store_corrupt"), 1.0);
}

/// The trap: a changelog that ends with aborted records has no visible record near its end, and one with an open
/// transaction has committed records *after* its last stable offset. A restore that stops at either loses rows.
#[test]
fn a_restore_finds_the_true_end_behind_aborted_records_and_an_open_transaction() {
    let stage = Stage::new(1);
    let inputs = inputs(900, 30);
    let rival = |id: &str, timeout: &str| -> BaseProducer {
        let producer: BaseProducer = stage
            .client()
            .set("transactional.id", format!("{}-{id}", stage.name))
            .set("transaction.timeout.ms", timeout)
            .create()
            .unwrap();
        producer.init_transactions(PATIENCE).unwrap();
        producer.begin_transaction().unwrap();
        // A row that must never be seen.
        let wrong = [1, 0, 0, 0, 0, 0, 0, 0, 99];
        for _ in 0..50 {
            let record =
                BaseRecord::to(&*stage.changelog().leak()).key(&b"\x01k0"[..]).payload(&wrong[..]).partition(0);
            producer.send(record).map_err(|(error, _)| error).unwrap();
        }
        producer.flush(PATIENCE).unwrap();
        producer
    };

    counting::produce(&stage, &inputs[..300]);
    run_until(&stage, 300.0);
    // Aborted records at the end.
    rival("aborts", "60000").abort_transaction(PATIENCE).unwrap();
    remove(&state(&stage));
    counting::produce(&stage, &inputs[300..600]);
    run_until(&stage, 600.0);

    // An open transaction, then committed rows behind it: the worker's own restore comes first, with a whole store.
    let worker = counting::start(&stage);
    worker.wait_until_ready();
    let open = rival("stays-open", "8000");
    counting::produce(&stage, &inputs[600..]);
    worker.wait_for("the last inputs", || stage.consumed() >= 900.0);
    worker.stop().unwrap();
    remove(&state(&stage));

    // The broker aborts the open transaction after its 8 s; only then can the rows behind it be read.
    let worker = counting::start(&stage);
    worker.wait_until_ready();
    counting::produce(&stage, &[("k0".to_owned(), "last".to_owned())]);
    worker.wait_for("one more", || stage.consumed() >= 901.0);
    worker.stop().unwrap();
    drop(open);

    let mut all = inputs;
    all.push(("k0".to_owned(), "last".to_owned()));
    assert_counted_once(&stage, &all, &[]);
}

#[test]
fn positions_that_disagree_stop_the_service() {
    let stage = Stage::new(1);
    counting::produce(&stage, &inputs(100, 10));
    run_until(&stage, 100.0);
    set_group_offset(&stage, 42);
    let fault = counting::start(&stage).end().unwrap_err();
    assert_eq!(fault.code(), "position_mismatch");
    assert!(fault.to_string().contains("100") && fault.to_string().contains("42"), "{fault}");
}

#[test]
fn a_group_offset_without_a_changelog_stops_the_service() {
    let stage = Stage::new(1);
    counting::produce(&stage, &inputs(10, 1));
    set_group_offset(&stage, 5);
    let fault = counting::start(&stage).end().unwrap_err();
    assert_eq!(fault.code(), "changelog_lost");
}

/// Going on would forget people, and number their events anew.
#[test]
fn a_changelog_without_its_beginning_serves_newer_stores_only() {
    let stage = Stage::new(1);
    let inputs = inputs(600, 100);
    counting::produce(&stage, &inputs[..300]);
    run_until(&stage, 300.0);
    let (old, newer) = (stage.dir.path().join("old"), stage.dir.path().join("newer"));
    copy_tree(&state(&stage), &old);
    counting::produce(&stage, &inputs[300..]);
    run_until(&stage, 600.0);
    // Somebody has to change the policy to be able to do this.
    let low = stage.read(&stage.changelog(), "read_committed").last().unwrap().offset;
    stage.set_option(&stage.changelog(), "cleanup.policy", "delete");
    stage.delete_records(&stage.changelog(), 0, low);
    stage.set_option(&stage.changelog(), "cleanup.policy", "compact");
    std::fs::rename(state(&stage), &newer).unwrap();

    let refused = |what: &str| {
        let fault = counting::start(&stage).end().unwrap_err();
        assert_eq!(fault.code(), "changelog_lost", "{what}: {fault}");
        assert!(fault.to_string().contains(&format!("begins at offset {low}")), "{what}: {fault}");
    };
    refused("no store");
    remove(&state(&stage));
    std::fs::rename(&old, state(&stage)).unwrap();
    refused("a store from before");
    remove(&state(&stage));
    std::fs::rename(&newer, state(&stage)).unwrap();
    counting::produce(&stage, &[("k0".to_owned(), "last".to_owned())]);
    run_until(&stage, 601.0);
    let told = stage.committed(&stage.output());
    assert!(told.last().unwrap().starts_with("k0 7 "), "it counts on from six: {:?}", told.last());
}

#[test]
fn a_store_on_disk_lags_behind_the_commits_and_is_completed() {
    let stage = Stage::new(2);
    let inputs = inputs(2_000, 100);
    let mut settings = stage.settings();
    // Never flushed by time: after the loss of the newest files there is only the changelog.
    settings.store.checkpoint_interval = Duration::from_secs(3_600);
    settings.store.write_interval = Duration::from_secs(3_600);
    let copy = stage.dir.path().join("copy");
    let processor = counting(&mut settings, &stage);
    let worker = stage.start(settings, processor);
    counting::produce(&stage, &inputs[..1_000]);
    worker.wait_for("the first half", || stage.consumed() >= 1_000.0);
    // What a kill would leave behind now: nothing of the thousand.
    copy_tree(&state(&stage), &copy);
    worker.stop().unwrap();
    remove(&state(&stage));
    std::fs::rename(&copy, state(&stage)).unwrap();

    counting::produce(&stage, &inputs[1_000..]);
    run_until(&stage, 2_000.0);
    assert!(stage.counter("demand_center_restored_records_total", "") >= 100.0);
    assert_counted_once(&stage, &inputs, &[]);
}

fn set_group_offset(stage: &Stage, offset: i64) {
    let consumer: BaseConsumer = stage.client().set("group.id", stage.settings().group).create().unwrap();
    let mut offsets = TopicPartitionList::new();
    offsets.add_partition_offset(&stage.input(), 0, rdkafka::Offset::Offset(offset)).unwrap();
    // A static member is remembered until its session ends; an outsider may commit then.
    wait_for("the group to be empty", || consumer.commit(&offsets, CommitMode::Sync).is_ok());
}

fn state(stage: &Stage) -> PathBuf {
    stage.settings().state_dir
}

fn copy_tree(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_tree(&entry.path(), &target);
        } else if entry.file_name() != "LOCK" {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
