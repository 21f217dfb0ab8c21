//! Retention: marks of transactions that are all that is left of a partition, and records that are gone.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use crate::counting::{self, assert_counted_once, counting, inputs, run_until};
use crate::harness::{PATIENCE, Stage};

/// A partition ends with the mark of the last transaction, at which nothing is ever applied. A position that stayed
/// before it would stand at what is gone when retention has taken the last segment.
#[test]
fn a_partition_that_ends_with_a_mark_outlives_its_records() {
    let stage = Stage::new(1);
    let mut all = inputs(100, 10);
    write_in_a_transaction(&stage, &all);
    let mut settings = stage.settings();
    settings.store.checkpoint_interval = Duration::from_secs(1);
    let processor = counting(&mut settings, &stage);
    let worker = stage.start(settings, processor);
    worker.wait_for("the inputs", || stage.consumed() >= 100.0);
    worker.wait_for("the mark to be passed", || stage.group_offsets() == BTreeMap::from([(0, 101)]));
    worker.stop().unwrap();
    stage.delete_records(&stage.input(), 0, 101);

    let later = vec![("k0".to_owned(), "later".to_owned())];
    write_in_a_transaction(&stage, &later);
    let worker = counting::start(&stage);
    worker.wait_for("the later one", || stage.consumed() >= 101.0);
    worker.stop().unwrap();
    all.extend(later);
    assert_counted_once(&stage, &all, &[]);
}

#[test]
fn records_that_are_gone_stop_the_service_until_the_loss_is_accepted() {
    let stage = Stage::new(1);
    let mut all = inputs(100, 10);
    counting::produce(&stage, &all);
    run_until(&stage, 100.0);
    counting::produce(&stage, &[("k0".to_owned(), "lost".to_owned())]);
    stage.delete_records(&stage.input(), 0, 101);
    let fault = counting::start(&stage).end().unwrap_err();
    assert_eq!(fault.code(), "input_lost");
    assert!(fault.to_string().contains("stands at 100, but the 1 offsets before 101 are gone"), "{fault}");

    // Accepted once, without a record: that is enough.
    let mut settings = stage.settings();
    settings.accept_lost_input = true;
    let processor = counting(&mut settings, &stage);
    let worker = stage.start(settings, processor);
    worker.wait_until_ready();
    worker.stop().unwrap();
    let later = [("k0".to_owned(), "later".to_owned())];
    counting::produce(&stage, &later);
    run_until(&stage, 101.0);
    assert_eq!(
        stage.counter("demand_center_faults_total", "input_lost"),
        2.0,
        "told when it stopped and when it went on"
    );
    all.extend(later);
    assert_counted_once(&stage, &all, &[]);
}

/// As `resolve` writes what it hands on.
pub fn write_in_a_transaction(stage: &Stage, inputs: &[(String, String)]) {
    let id = format!("{}-source", stage.name);
    let producer: BaseProducer = stage.client().set("transactional.id", id).create().unwrap();
    producer.init_transactions(PATIENCE).unwrap();
    producer.begin_transaction().unwrap();
    let topic = stage.input();
    for (key, value) in inputs {
        let record = BaseRecord::to(&topic).key(key).payload(value).partition(0);
        producer.send(record).map_err(|(error, _)| error).unwrap();
    }
    producer.commit_transaction(PATIENCE).unwrap();
}
