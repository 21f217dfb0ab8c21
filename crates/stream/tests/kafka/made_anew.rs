//! An input topic that was deleted and made anew, and filled further than where its readers stood. Its offsets say nothing
//! of the former one's.

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::{Offset, TopicPartitionList};

use crate::counting::{self, counting, inputs, run_until};
use crate::harness::{PATIENCE, Stage, wait_for};
use crate::relay::{relay_settings, relay_until, start};

const HERE: &str = "stands at 100, but that was another topic of this name: it was made anew";

#[test]
fn a_stateful_service_does_not_go_on_in_another_topic() {
    let stage = Stage::new(1);
    counting::produce(&stage, &inputs(100, 1));
    run_until(&stage, 100.0);
    stage.make_anew(&stage.input());
    counting::produce(&stage, &inputs(150, 1));
    for _ in 0..2 {
        let mut settings = stage.settings();
        let processor = counting(&mut settings, &stage);
        let fault = stage.start(settings, processor).end().unwrap_err();
        assert_eq!(fault.code(), "input_lost", "{fault}");
        assert!(fault.to_string().contains(HERE), "{fault}");
        // What is on this machine has nothing to add.
        crate::harness::remove(&stage.dir.path().join("state"));
    }

    let mut settings = stage.settings();
    settings.accept_lost_input = true;
    let processor = counting(&mut settings, &stage);
    let worker = stage.start(settings, processor);
    worker.wait_for("all of the new topic", || stage.consumed() >= 250.0);
    worker.stop().unwrap();
    let last = stage.committed(&stage.output()).pop().unwrap();
    assert_eq!(last, "k0 250 0/149 v149", "counted on, from its beginning");
    // Accepted once is enough.
    counting::produce(&stage, &inputs(1, 1));
    run_until(&stage, 251.0);
}

#[test]
fn a_stateful_service_finds_out_while_it_runs() {
    let stage = Stage::new(1);
    counting::produce(&stage, &inputs(100, 1));
    let mut settings = stage.settings();
    settings.store.checkpoint_interval = Duration::from_secs(1);
    let processor = counting(&mut settings, &stage);
    let worker = stage.start(settings, processor);
    worker.wait_for("the inputs", || stage.consumed() >= 100.0);
    stage.make_anew(&stage.input());
    counting::produce(&stage, &inputs(150, 1));
    let fault = worker.end().unwrap_err();
    assert!(["input_lost", "topic_missing"].contains(&fault.code()), "{fault}");
}

#[test]
fn a_relay_reads_the_new_topic_from_its_beginning() {
    let stage = Stage::new(1);
    counting::produce(&stage, &inputs(100, 1));
    relay_until(&stage, 100.0);
    stage.make_anew(&stage.input());
    counting::produce(&stage, &inputs(150, 1));
    // The broker drops the offsets with their topic.
    wait_for("the group's offset to go", || stage.group_offsets().is_empty());
    relay_until(&stage, 250.0);
}

/// An offset of the former topic that was committed to the new one: a reader did not know yet.
#[test]
fn a_relay_does_not_go_on_in_another_topic() {
    let stage = Stage::new(1);
    counting::produce(&stage, &inputs(100, 1));
    relay_until(&stage, 100.0);
    let settings = relay_settings(&stage);
    let group: BaseConsumer = stage.client().set("group.id", &settings.group).create().unwrap();
    let mut place = TopicPartitionList::new();
    place.add_partition(&stage.input(), 0);
    let former = group.committed_offsets(place, PATIENCE).unwrap();
    assert_eq!(former.elements()[0].offset(), Offset::Offset(100));
    stage.make_anew(&stage.input());
    counting::produce(&stage, &inputs(150, 1));
    wait_for("the group's offset to go", || stage.group_offsets().is_empty());
    group.commit(&former, CommitMode::Sync).unwrap();

    let fault = start(&stage).end().unwrap_err();
    assert_eq!(fault.code(), "input_lost", "{fault}");
    assert!(fault.to_string().contains(HERE), "{fault}");
}

#[test]
fn a_relay_finds_out_while_it_runs() {
    let stage = Stage::new(1);
    counting::produce(&stage, &inputs(100, 1));
    let relay = start(&stage);
    relay.wait_for("the inputs", || stage.consumed() >= 100.0);
    stage.make_anew(&stage.input());
    counting::produce(&stage, &inputs(150, 1));
    let fault = relay.end().unwrap_err();
    assert!(["input_lost", "topic_missing"].contains(&fault.code()), "{fault}");
}
