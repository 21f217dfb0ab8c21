//! What is told before a service starts.

use std::time::{Duration, Instant};

use stream::{KafkaSettings, TopicNeed, TopicsFault, check_topics};

use crate::harness::{PATIENCE, Stage};

#[test]
fn topics_that_fit_pass() {
    let stage = Stage::new(3);
    let mut settings = stage.settings();
    settings.outputs.declare(stage.output());
    check_topics(&stage.kafka(), "check", &settings.topic_needs(), PATIENCE).unwrap();
}

#[test]
fn a_missing_topic_and_one_that_does_not_fit_are_named() {
    let stage = Stage::new(3);
    let mut settings = stage.settings();
    let odd = format!("{}.odd", stage.name);
    stage.create(std::slice::from_ref(&odd), 2, &[]);
    settings.changelog.clone_from(&odd);
    let fault = check_topics(&stage.kafka(), "check", &settings.topic_needs(), PATIENCE).unwrap_err();
    assert!(matches!(fault, TopicsFault::Partitions { found: 2, wanted: 3, .. }), "{fault}");
    assert!(fault.to_string().contains(&odd), "{fault}");

    let one = [TopicNeed::with_partitions(&odd, 1)];
    let fault = check_topics(&stage.kafka(), "check", &one, PATIENCE).unwrap_err();
    let what = format!("{odd} has 2 partitions, but must have 1; `demand-center topics plan` shows what is needed");
    assert_eq!(fault.to_string(), what);

    settings.outputs.declare("demand.nowhere");
    let fault = check_topics(&stage.kafka(), "check", &settings.topic_needs(), PATIENCE).unwrap_err();
    assert!(matches!(&fault, TopicsFault::Missing(names) if names == &["demand.nowhere"]), "{fault}");
    assert!(fault.to_string().contains("demand-center topics plan"), "{fault}");
}

#[test]
fn brokers_that_do_not_answer_are_told_in_time() {
    // Reserved for documentation: nobody listens on port 9 of this host's loopback either.
    let kafka = KafkaSettings { bootstrap_servers: "127.0.0.1:9".to_owned(), ..KafkaSettings::default() };
    let stage = Stage::on("127.0.0.1:9".to_owned(), 1);
    let started = Instant::now();
    let fault = check_topics(&kafka, "check", &stage.settings().topic_needs(), Duration::from_secs(2)).unwrap_err();
    assert!(matches!(fault, TopicsFault::Unreachable { .. }), "{fault}");
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}
