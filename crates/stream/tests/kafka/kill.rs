//! kill -9, again and again, at any moment.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};

use crate::counting::{assert_counted_once, counting, inputs};
use crate::harness::{PATIENCE, Stage, wait_for};

const NAME: &str = "DEMAND_TEST_KILL_NAME";
const DIR: &str = "DEMAND_TEST_KILL_DIR";
const KILLS: usize = 12;

/// The process that is killed: this test binary once more. Does nothing when run as a test.
#[test]
fn victim() {
    let (Ok(name), Ok(dir)) = (std::env::var(NAME), std::env::var(DIR)) else { return };
    let mut stage = Stage::on(crate::harness::bootstrap(), 3);
    stage.name = name;
    let mut settings = stage.settings();
    settings.state_dir = dir.into();
    settings.commit.interval = Duration::from_millis(30);
    settings.store.checkpoint_interval = Duration::from_millis(400);
    settings.store.write_interval = Duration::from_millis(100);
    let processor = counting(&mut settings, &stage);
    stage.start(settings, processor).end().unwrap();
}

#[test]
fn killed_at_any_moment_it_counts_each_input_once() {
    let stage = Stage::new(3);
    // Many keys: a row that was written too early is not soon written again.
    let inputs = inputs(40_000, 5_000);
    let mut committed = 0;
    std::thread::scope(|scope| {
        // Records come all the time, so that every kill meets work.
        let feeder = scope.spawn(|| feed(&stage, &inputs));
        // Moments without a pattern, the same in every run: a linear congruence.
        let mut chance = 12_345_u64;
        let mut kills = 0;
        while !feeder.is_finished() || kills < KILLS {
            let mut child = spawn(&stage);
            // Two times of three it may start and process; the third hits it wherever it is by then.
            if kills % 3 != 0 {
                let before = committed;
                wait_for("some progress", || {
                    committed = stage.committed(&stage.output()).len();
                    committed > before || committed == inputs.len()
                });
            }
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            std::thread::sleep(Duration::from_millis((chance >> 33) % 1_000));
            child.kill().unwrap();
            child.wait().unwrap();
            kills += 1;
        }
        println!("{kills} kills");
    });
    let mut child = spawn(&stage);
    wait_for("all outputs", || stage.committed(&stage.output()).len() >= inputs.len());
    child.kill().unwrap();
    child.wait().unwrap();
    assert_counted_once(&stage, &inputs, &[]);
}

/// Some 1,500 records a second.
fn feed(stage: &Stage, inputs: &[(String, String)]) {
    let producer: ThreadedProducer<DefaultProducerContext> =
        stage.client().set("partitioner", "murmur2_random").create().unwrap();
    let topic = stage.input();
    for chunk in inputs.chunks(30) {
        for (key, value) in chunk {
            producer.send(BaseRecord::to(&topic).key(key).payload(value)).map_err(|(error, _)| error).unwrap();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    producer.flush(PATIENCE).unwrap();
}

fn spawn(stage: &Stage) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::victim", "--nocapture"])
        .env(NAME, &stage.name)
        .env(DIR, stage.dir.path().join("state"))
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}
