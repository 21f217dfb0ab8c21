//! A topic that was deleted and made anew, and filled further than where its readers stood. Its offsets say nothing of the
//! former one's.

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::{Offset, TopicPartitionList};

use crate::counting::{self, counting, inputs, run_until};
use crate::harness::{PATIENCE, Stage, wait_for};
use crate::relay::{relay_settings, relay_until, start, start_with};

const HERE: &str = "stands at 100, but that was another topic of this name: it was made anew";

#[test]
fn a_stateful_service_does_not_go_on_in_another_topic() {
    let stage = Stage::new(1);
    counting::produce(&stage, &inputs(100, 1));
    run_until(&stage, 100.0);
    stage.make_anew(&stage.input());
    counting::produce(&stage, &inputs(150, 1));
    for _ in 0..2 {
        let fault = counting::start(&stage).end().unwrap_err();
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
    let worker = counting::start(&stage);
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

/// Makes the input anew with so many records; the relay's offset of 100 in the former one is then committed to it.
fn make_anew_under_the_former_offset(stage: &Stage, records: usize) {
    let settings = relay_settings(stage);
    let group: BaseConsumer = stage.client().set("group.id", &settings.group).create().unwrap();
    let mut place = TopicPartitionList::new();
    place.add_partition(&stage.input(), 0);
    let former = group.committed_offsets(place, PATIENCE).unwrap();
    assert_eq!(former.elements()[0].offset(), Offset::Offset(100));
    stage.make_anew(&stage.input());
    counting::produce(stage, &inputs(records, 1));
    wait_for("the group's offset to go", || stage.group_offsets().is_empty());
    group.commit(&former, CommitMode::Sync).unwrap();
}

/// An offset of the former topic that was committed to the new one: a reader did not know yet.
#[test]
fn a_relay_does_not_go_on_in_another_topic() {
    let stage = Stage::new(1);
    counting::produce(&stage, &inputs(100, 1));
    relay_until(&stage, 100.0);
    make_anew_under_the_former_offset(&stage, 150);

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

/// A reader that went on in the new topic has committed its end; accepted once, the next start reads on.
#[test]
fn a_loss_is_accepted_once_where_nothing_more_comes() {
    let stage = Stage::new(1);
    counting::produce(&stage, &inputs(100, 1));
    relay_until(&stage, 100.0);
    make_anew_under_the_former_offset(&stage, 100);

    let accepting = start_with(&stage, |settings| settings.accept_lost_input = true);
    accepting.wait_for("the new topic", || stage.consumed() >= 200.0);
    accepting.stop().unwrap();
    let next = start(&stage);
    next.wait_until_ready();
    next.stop().unwrap();
    assert_eq!(stage.consumed(), 200.0, "and nothing was read again");
}

fn files_of(stage: &Stage) -> usize {
    let mut folders = vec![stage.dir.path().join("state")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => files += usize::from(path.extension().is_some_and(|extension| extension == "sst")),
            }
        }
    }
    files
}

/// What the changelog held is in the store only: it is kept, and nobody goes on without it.
#[test]
fn a_changelog_made_anew_leaves_the_store_alone() {
    let stage = Stage::new(1);
    counting::produce(&stage, &inputs(100, 10));
    run_until(&stage, 100.0);
    let kept = files_of(&stage);
    assert!(kept > 0);
    stage.make_anew_with(&stage.changelog(), &[("cleanup.policy", "compact")]);
    for _ in 0..2 {
        let fault = counting::start(&stage).end().unwrap_err();
        assert_eq!(fault.code(), "changelog_lost", "{fault}");
        assert!(fault.to_string().contains("it was deleted and made anew"), "{fault}");
        assert_eq!(files_of(&stage), kept);
    }
}

#[test]
fn a_changelog_made_anew_is_found_out_while_it_is_written_to() {
    let stage = Stage::new(1);
    counting::produce(&stage, &inputs(100, 10));
    let worker = counting::start(&stage);
    worker.wait_for("the inputs", || stage.consumed() >= 100.0);
    stage.make_anew_with(&stage.changelog(), &[("cleanup.policy", "compact")]);
    let fault = worker.end().unwrap_err();
    assert_eq!(fault.code(), "changelog_lost", "{fault}");
}
