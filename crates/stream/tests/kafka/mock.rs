//! Against the client's own mock brokers: the demo mode, and faults that no real broker shows on request.

use std::time::Duration;

use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

use crate::counting::{self, counting, inputs};
use crate::harness::Stage;

type Cluster = MockCluster<'static, DefaultProducerContext>;

fn mock(partitions: i32) -> (Cluster, Stage) {
    let cluster = MockCluster::new(1).unwrap();
    let stage = Stage::on(cluster.bootstrap_servers(), partitions);
    for topic in [stage.input(), stage.output(), stage.changelog(), stage.dead_letters()] {
        cluster.create_topic(&topic, partitions, 1).unwrap();
    }
    (cluster, stage)
}

#[test]
fn the_demo_mode_processes_all() {
    let (_cluster, stage) = mock(3);
    let worker = counting::start(&stage);
    let inputs = inputs(3_000, 50);
    counting::produce(&stage, &inputs);
    worker.wait_for("all outputs", || stage.committed(&stage.output()).len() >= 3_000);
    worker.stop().unwrap();
    assert_eq!(stage.committed(&stage.output()).len(), 3_000);
}

/// The client repeats an EndTxn by itself; without KIP-890 a late one could end the next transaction. So a producer
/// that had to repeat a request is not trusted with another transaction.
#[test]
fn a_producer_that_had_to_repeat_a_request_is_replaced() {
    let (cluster, stage) = mock(1);
    let mut settings = stage.settings();
    settings.commit.interval = Duration::from_millis(50);
    let processor = counting(&mut settings, &stage);
    let worker = stage.start(settings, processor);
    worker.wait_until_ready();
    let inputs = inputs(2_000, 10);
    counting::produce(&stage, &inputs[..100]);
    worker.wait_for("the first outputs", || stage.committed(&stage.output()).len() >= 100);
    assert_eq!(rebuilds(&stage), 0.0, "none without a reason");

    // The answer to one EndTxn is lost with the connection; the client connects again and repeats it.
    cluster.request_errors(RDKafkaApiKey::EndTxn, &[RDKafkaRespErr::RD_KAFKA_RESP_ERR__TRANSPORT]);
    let mut rest = inputs[100..].chunks(100);
    worker.wait_for("the replacement", || {
        if let Some(chunk) = rest.next() {
            counting::produce(&stage, chunk);
        }
        rebuilds(&stage) >= 1.0
    });
    for chunk in rest {
        counting::produce(&stage, chunk);
    }
    worker.wait_for("all outputs", || stage.committed(&stage.output()).len() >= 2_000);
    worker.stop().unwrap();
}

/// A commit that ends in an error may have happened. The worker does not guess: it reads its partitions back. (These
/// brokers keep what was sent whatever the end of the transaction, as if it had happened.)
#[test]
fn a_commit_in_doubt_that_happened_is_not_processed_again() {
    let (cluster, stage) = mock(2);
    let mut settings = stage.settings();
    settings.commit.interval = Duration::from_millis(50);
    let processor = counting(&mut settings, &stage);
    let worker = stage.start(settings, processor);
    worker.wait_until_ready();
    let inputs = inputs(1_000, 20);
    counting::produce(&stage, &inputs[..500]);
    worker.wait_for("the first half", || stage.committed(&stage.output()).len() >= 500);
    cluster.request_errors(RDKafkaApiKey::EndTxn, &[RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_TXN_STATE]);
    counting::produce(&stage, &inputs[500..]);
    worker.wait_for("the second half", || stage.committed(&stage.output()).len() >= 1_000);
    worker.wait_for("the replacement", || rebuilds(&stage) >= 1.0);
    worker.wait_for("an answer", || worker.health.readiness().is_empty());
    worker.stop().unwrap();
    let outputs = stage.committed(&stage.output());
    let each: std::collections::BTreeSet<_> = outputs.iter().collect();
    assert_eq!((outputs.len(), each.len()), (1_000, 1_000), "none was processed twice");
    assert_eq!(stage.counter("demand_center_faults_total", "commit_in_doubt"), 1.0);
}

fn rebuilds(stage: &Stage) -> f64 {
    stage.counter("demand_center_producer_rebuilds_total", "")
}
