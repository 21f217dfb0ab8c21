//! The topic plan against a real Kafka (`DEMAND_TEST_BOOTSTRAP`).

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use common::{Run, bootstrap, fresh_prefix, run};
use demand_center::kafka::Cluster;
use demand_center::settings::{KafkaSettings, Settings};
use demand_center::topics::{TopicPlan, require};
use rdkafka::admin::{NewTopic, TopicReplication};
use serde_json::Value;

struct System {
    bootstrap: String,
    prefix: String,
}

impl System {
    fn new(test: &str) -> Option<Self> {
        Some(Self { bootstrap: bootstrap()?, prefix: fresh_prefix(test) })
    }

    fn run(&self, arguments: &[&str], more: &[(&str, &str)]) -> Run {
        let mut variables = vec![
            ("DEMAND__KAFKA__BOOTSTRAP_SERVERS", self.bootstrap.as_str()),
            ("DEMAND__KAFKA__TOPIC_PREFIX", &self.prefix),
            ("DEMAND__TOPICS__REPLICATION_FACTOR", "1"),
            ("DEMAND__TOPICS__PARTITIONS", "3"),
        ];
        variables.extend(more);
        run(arguments, &variables)
    }

    fn settings(&self) -> Settings {
        let mut settings = Settings {
            kafka: KafkaSettings {
                bootstrap_servers: self.bootstrap.clone(),
                topic_prefix: self.prefix.clone(),
                ..KafkaSettings::default()
            },
            ..Settings::default()
        };
        settings.topics.replication_factor = 1;
        settings.topics.partitions = 3;
        settings
    }

    fn make(&self, name: &str, partitions: i32, config: &[(&str, &str)]) {
        let name = format!("{}{name}", self.prefix);
        let topic = NewTopic::new(&name, partitions, TopicReplication::Fixed(1));
        let topic = config.iter().fold(topic, |topic, (name, value)| topic.set(name, value));
        Cluster::connect(&self.settings().kafka).unwrap().create(&[topic]).unwrap();
    }

    fn names(&self) -> Vec<String> {
        let plan = TopicPlan::new(&self.settings());
        let names: Vec<_> = plan.topics.iter().map(|topic| topic.name.as_str()).collect();
        Cluster::connect(&self.settings().kafka).unwrap().topics(&names).unwrap().into_keys().collect()
    }
}

#[test]
fn apply_makes_what_the_plan_wants_and_a_second_time_nothing() {
    let Some(system) = System::new("apply") else { return };
    let before = system.run(&["topics", "plan", "--output", "json"], &[]);
    assert_eq!(before.code, Some(1), "everything is missing: {}", before.talk);
    let plan: Value = serde_json::from_str(&before.out).unwrap();
    assert!(plan["topics"].as_array().unwrap().iter().all(|topic| topic["cluster"] == "missing"));

    let made = system.run(&["topics", "apply"], &[]);
    assert_eq!(made.code, Some(0), "{}", made.talk);
    assert_eq!(made.out.lines().count(), 20, "{}", made.out);
    assert!(made.talk.ends_with("20 topics created, 0 were there\n"), "{}", made.talk);

    let after = system.run(&["topics", "plan"], &[]);
    assert_eq!(after.code, Some(0), "the broker has taken every value as planned: {}", after.out);

    let again = system.run(&["topics", "apply"], &[]);
    assert_eq!((again.code, again.out.as_str()), (Some(0), ""));
    assert_eq!(again.talk, "0 topics created, 20 were there\n");
}

#[test]
fn a_topic_with_other_partitions_or_another_cleanup_is_refused_and_nothing_is_made() {
    for (name, partitions, config, message, next) in [
        ("inbox", 5, ("retention.ms", "1209600000"), "inbox has 5 partitions, the plan wants 3", "topics.partitions"),
        (
            "contacts",
            3,
            ("cleanup.policy", "delete"),
            "contacts has cleanup.policy=delete, the plan wants compact",
            "kafka-configs",
        ),
    ] {
        let Some(system) = System::new("refuse") else { return };
        let mut config = vec![config, ("message.timestamp.type", "LogAppendTime")];
        config.truncate(if name == "inbox" { 2 } else { 1 });
        system.make(name, partitions, &config);
        let refused = system.run(&["topics", "apply"], &[]);
        assert_eq!((refused.code, refused.out.as_str()), (Some(1), ""));
        assert!(refused.talk.contains(&format!("error: {}{message}\n", system.prefix)), "{}", refused.talk);
        assert!(refused.talk.contains("\n   at: ") && refused.talk.contains(next), "{}", refused.talk);
        assert_eq!(system.names().len(), 1, "nothing was made");
        let plan = system.run(&["topics", "plan"], &[]);
        assert_eq!(plan.code, Some(1));
        assert!(plan.out.lines().any(|line| line.contains(name) && line.contains("conflict: ")), "{}", plan.out);
    }
}

#[test]
fn what_only_differs_is_told_and_left() {
    let Some(system) = System::new("differ") else { return };
    system.make("actions", 3, &[("retention.ms", "3600000")]);
    // A raw topic is its source's.
    system.make("raw.web", 1, &[("message.timestamp.type", "LogAppendTime"), ("max.message.bytes", "2000000")]);
    let applied = system.run(&["topics", "apply"], &[]);
    assert_eq!(applied.code, Some(0), "{}", applied.talk);
    assert!(
        applied.talk.contains("actions has retention.ms=3600000, the plan wants 7776000000; left as it is\n"),
        "{}",
        applied.talk
    );
    let raw = "raw.web has partitions=1, the plan wants 3; left as it is\n";
    assert!(applied.talk.contains(raw), "{}", applied.talk);
    let plan = system.run(&["topics", "plan"], &[]);
    assert_eq!(plan.code, Some(1), "somebody should know");
    assert!(plan.out.contains("differs: retention.ms is 3600000, not 7776000000"), "{}", plan.out);
}

#[test]
fn more_copies_than_brokers_is_told_with_the_setting() {
    let Some(system) = System::new("copies") else { return };
    let refused = system.run(&["topics", "apply"], &[("DEMAND__TOPICS__REPLICATION_FACTOR", "9")]);
    assert_eq!(refused.code, Some(1), "{}", refused.talk);
    assert!(refused.talk.contains("   at: topics.replication_factor\n next: "), "{}", refused.talk);
}

#[test]
fn a_service_learns_at_once_that_its_topics_are_missing_or_wrong() {
    let Some(system) = System::new("require") else { return };
    let settings = system.settings();
    let plan = TopicPlan::new(&settings);
    let names = [plan.name("inbox"), plan.name("engine-changelog")];
    let names = [names[0].as_str(), names[1].as_str()];
    let cluster = Cluster::connect(&settings.kafka).unwrap();
    let failure = require(&plan, &names, &cluster.topics(&names).unwrap()).unwrap_err();
    assert_eq!(failure.message, format!("2 topics are missing: {}, {}", names[0], names[1]));
    assert_eq!(cluster.topics(&names).unwrap().len(), 0, "asking made none");
    system.make("inbox", 5, &[("message.timestamp.type", "LogAppendTime")]);
    let failure = require(&plan, &names, &cluster.topics(&names).unwrap()).unwrap_err();
    assert_eq!(failure.message, format!("{} has 5 partitions, the plan wants 3", names[0]));
}
