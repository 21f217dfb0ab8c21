//! A whole system for one test: topics under a prefix of its own, the program's services as child processes, and kcat as
//! the independent reader.

#![allow(dead_code)] // each test file uses its part

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{Header, Message, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use serde_json::Value as Json;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use touchpoint::Touchpoint;

/// The longest that any one thing may take before the test says that it did not happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// Of each topic.
const PARTITIONS: i32 = 3;

/// Where the test broker is; `None` (told once) without `tests/run`.
pub(crate) fn bootstrap() -> Option<String> {
    let found = std::env::var("DEMAND_TEST_BOOTSTRAP").ok();
    if found.is_none() {
        eprintln!(
            "left out: DEMAND_TEST_BOOTSTRAP is not set; `tests/run` or `eval \"$(deploy/local/kafka up)\"` sets it"
        );
    }
    found
}

pub(crate) struct System {
    bootstrap: String,
    pub(crate) prefix: String,
    dir: tempfile::TempDir,
    settings: Vec<(String, String)>,
    services: Vec<Service>,
    producer: BaseProducer,
}

pub(crate) struct Service {
    name: String,
    pub(crate) child: Child,
    /// Where its lines begin in the log of its name.
    log_from: usize,
}

impl System {
    /// Topics applied, the default playbook in force since the beginning of the year.
    pub(crate) fn new(bootstrap: &str, name: &str, settings: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let prefix = format!("{name}-{}.", std::process::id());
        let key = dir.path().join("hash-key");
        std::fs::write(&key, "5a".repeat(32)).unwrap();
        let producer: BaseProducer = ClientConfig::new()
            .set("bootstrap.servers", bootstrap)
            .set("partitioner", "murmur2_random")
            .set("enable.idempotence", "true")
            .set("message.max.bytes", (2 << 20).to_string())
            .create()
            .unwrap();
        let mut all = vec![
            ("KAFKA__BOOTSTRAP_SERVERS".to_owned(), bootstrap.to_owned()),
            ("KAFKA__TOPIC_PREFIX".to_owned(), prefix.clone()),
            ("STATE__DIR".to_owned(), dir.path().join("state").display().to_string()),
            ("IDENTITY__HASH_KEY_FILE".to_owned(), key.display().to_string()),
            ("TOPICS__PARTITIONS".to_owned(), PARTITIONS.to_string()),
            ("TOPICS__REPLICATION_FACTOR".to_owned(), "1".to_owned()),
            ("OUTPUT__FORMAT".to_owned(), "json".to_owned()),
        ];
        all.extend(settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        let system =
            Self { bootstrap: bootstrap.to_owned(), prefix, dir, settings: all, services: Vec::new(), producer };
        system.succeed(&["topics", "apply"]);
        let playbook = repository().join("deploy/playbooks/default");
        system.succeed(&[
            "playbook",
            "activate",
            playbook.to_str().unwrap(),
            "--effective-at",
            "2026-01-01T00:00:00+09:00",
        ]);
        system
    }

    /// A setting for what is started from now on.
    pub(crate) fn set(&mut self, key: &str, value: &str) {
        self.settings.push((key.to_owned(), value.to_owned()));
    }

    /// A command of the program with this system's settings.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_demand-center"));
        command.args(arguments).env_remove("DEMAND_CONFIG");
        for (key, value) in &self.settings {
            command.env(format!("DEMAND__{key}"), value);
        }
        command
    }

    pub(crate) fn succeed(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?} ended with {}:\n{stderr}", output.status);
        String::from_utf8(output.stdout).unwrap()
    }

    /// Starts a service as a process of its own, its log in a file that a failed test points to.
    pub(crate) fn start(&mut self, arguments: &[&str]) {
        let name = arguments.join("-");
        let log = std::fs::File::options().create(true).append(true).open(self.log(&name)).unwrap();
        let log_from = log.metadata().unwrap().len() as usize;
        // The system chooses the port: one that was free a moment ago may be another connection's by now.
        let child = self
            .command(arguments)
            .env("DEMAND__HTTP__LISTEN", "127.0.0.1:0")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.services.push(Service { name, child, log_from });
    }

    pub(crate) fn start_all(&mut self) {
        for channel in ["web", "email", "call", "event", "crm", "profile"] {
            self.start(&["ingest", channel]);
        }
        self.start(&["resolve"]);
        self.start(&["engine"]);
    }

    /// Each service by its name, with the port of its metrics and health; those that have not opened one yet are not there.
    pub(crate) fn ports(&self) -> impl Iterator<Item = (&str, u16)> {
        self.services.iter().filter_map(|service| Some((service.name.as_str(), self.port(service)?)))
    }

    /// The port that a service says in its log that it has opened.
    fn port(&self, service: &Service) -> Option<u16> {
        let log = std::fs::read_to_string(self.log(&service.name)).ok()?;
        let line = log.get(service.log_from..)?.lines().find(|line| line.contains("metrics and health address="))?;
        line.rsplit(':').next()?.trim().parse().ok()
    }

    /// Kills a service as a power cut would.
    pub(crate) fn kill(&mut self, name: &str) {
        let at = self.services.iter().position(|service| service.name == name).unwrap();
        let mut service = self.services.remove(at);
        service.child.kill().unwrap();
        service.child.wait().unwrap();
    }

    /// Asks every service to stop; all must end well.
    pub(crate) fn stop(mut self) {
        for service in &self.services {
            let told = Command::new("kill").args(["-TERM", &service.child.id().to_string()]).status().unwrap();
            assert!(told.success());
        }
        for mut service in std::mem::take(&mut self.services) {
            let status = service.child.wait().unwrap();
            assert!(status.success(), "{} ended with {status}:\n{}", service.name, self.tail(&service.name));
        }
    }

    /// Puts a raw record on a channel's topic.
    pub(crate) fn send(&self, channel: &str, source: &str, key: &str, value: &[u8]) {
        self.send_with(channel, key, value, &[("source", source)]);
    }

    /// The same, with headers of one's own.
    pub(crate) fn send_with(&self, channel: &str, key: &str, value: &[u8], headers: &[(&str, &str)]) {
        self.put(channel, key, value, headers, None);
    }

    /// The same, with a Kafka timestamp in milliseconds.
    pub(crate) fn send_at(&self, channel: &str, source: &str, key: &str, value: &[u8], at_millis: i64) {
        self.put(channel, key, value, &[("source", source)], Some(at_millis));
    }

    /// To a topic that is not raw.
    pub(crate) fn send_to(&self, topic: &str, key: &str, value: &[u8], headers: &[(&str, &str)]) {
        self.put_into(topic, key, value, headers, None);
    }

    fn put(&self, channel: &str, key: &str, value: &[u8], headers: &[(&str, &str)], at_millis: Option<i64>) {
        self.put_into(&format!("raw.{channel}"), key, value, headers, at_millis);
    }

    fn put_into(&self, topic: &str, key: &str, value: &[u8], headers: &[(&str, &str)], at_millis: Option<i64>) {
        let topic = format!("{}{topic}", self.prefix);
        let insert = |all: OwnedHeaders, (key, value): &(&str, &str)| all.insert(Header { key, value: Some(*value) });
        let headers = headers.iter().fold(OwnedHeaders::new(), insert);
        let mut record = BaseRecord::to(&topic).key(key).payload(value).headers(headers);
        record.timestamp = at_millis;
        self.producer.send(record).map_err(|(error, _)| error).unwrap();
        self.producer.poll(Duration::ZERO);
    }

    pub(crate) fn flush(&self) {
        self.producer.flush(PATIENCE).unwrap();
    }

    /// Everything on a topic as a read_committed reader sees it, read by kcat: key and JSON value (null: tombstone).
    pub(crate) fn read(&self, topic: &str) -> Vec<(String, Json)> {
        self.try_read(topic).unwrap_or_else(|why| panic!("{why}"))
    }

    /// The same; what kcat says when it lost the broker.
    fn try_read(&self, topic: &str) -> Result<Vec<(String, Json)>, String> {
        let output = Command::new("kcat")
            .args(["-C", "-e", "-q", "-b", &self.bootstrap, "-t", &format!("{}{topic}", self.prefix)])
            .args(["-X", "isolation.level=read_committed", "-f", "%k\t%S\t%s\n"])
            .output()
            .expect("kcat is installed by tests/run");
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let records = text
            .lines()
            .filter_map(|line| {
                let mut parts = line.splitn(3, '\t');
                let (key, size, value) = (parts.next()?, parts.next()?, parts.next()?);
                let value = if size == "-1" { Json::Null } else { serde_json::from_str(value).unwrap_or(Json::Null) };
                Some((key.to_owned(), value))
            })
            .collect();
        Ok(records)
    }

    /// What stands on the topic of touchpoints by now, which is Avro whatever the form of the outputs. Of an ingest service
    /// alone: what owners tell each other stands there, too.
    pub(crate) fn touchpoints(&self) -> Vec<Touchpoint> {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", &self.bootstrap)
            .set("group.id", "reader")
            .set("enable.auto.commit", "false")
            .set("enable.partition.eof", "true")
            .set("isolation.level", "read_committed")
            .create()
            .unwrap();
        let topic = format!("{}touchpoints", self.prefix);
        let mut partitions = TopicPartitionList::new();
        (0..PARTITIONS).for_each(|at| partitions.add_partition_offset(&topic, at, Offset::Beginning).unwrap());
        consumer.assign(&partitions).unwrap();
        let mut reader = wire::Decoder::new(Arc::new(wire::SchemaBook::new(None).unwrap())).unwrap();
        let (mut touchpoints, mut ends) = (Vec::new(), 0);
        while ends < PARTITIONS {
            match consumer.poll(PATIENCE).expect("the broker answers") {
                Ok(message) => touchpoints.push(reader.read(message.payload().unwrap()).unwrap()),
                Err(KafkaError::PartitionEOF(_)) => ends += 1,
                Err(why) => panic!("{why}"),
            }
        }
        touchpoints
    }

    /// Waits until so many touchpoints have come.
    pub(crate) fn wait_for_touchpoints(&mut self, count: usize) -> Vec<Touchpoint> {
        self.until(|system| match system.touchpoints().len() {
            have if have >= count => Ok(()),
            have => Err(format!("{have} touchpoints have come, not {count}")),
        });
        self.touchpoints()
    }

    /// Waits until `wanted` finds what it looks for on a topic.
    pub(crate) fn wait_for<T>(
        &mut self,
        topic: &str,
        what: &str,
        wanted: impl Fn(&[(String, Json)]) -> Option<T>,
    ) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            // A broker on a busy machine may be silent for seconds; the services wait for it, and so does the reader.
            let have = self.try_read(topic);
            if let Some(found) = have.as_deref().ok().and_then(&wanted) {
                return found;
            }
            self.check_running();
            assert!(
                Instant::now() < deadline,
                "not seen on {topic}: {what}; there is:\n{}\n{}",
                have.as_deref().map_or_else(Clone::clone, shown),
                self.logs()
            );
        }
    }

    /// Waits until a topic has so many records, whatever their form.
    pub(crate) fn wait_for_records(&mut self, topic: &str, count: usize) {
        self.until(|system| match system.read(topic).len() {
            have if have >= count => Ok(()),
            have => Err(format!("{topic} has {have} records, not {count}")),
        });
    }

    /// Waits until a service has logged this.
    pub(crate) fn wait_for_log(&mut self, name: &str, said: &str) {
        self.until(|system| match std::fs::read_to_string(system.log(name)) {
            Ok(log) if log.contains(said) => Ok(()),
            _ => Err(format!("{name} has not said `{said}`")),
        });
    }

    /// Waits until a service counts so many; more are one too many.
    pub(crate) fn wait_for_count(&mut self, name: &str, metric: &str, label: &str, count: u64) {
        self.until(|system| match system.values(name, metric, label).iter().sum::<f64>() as u64 {
            counted if counted < count => Err(format!("{metric} of {label} is {counted}, not {count}")),
            counted => {
                assert_eq!(counted, count, "{metric} of {label}");
                Ok(())
            }
        });
    }

    /// Waits until a gauge has come to this.
    pub(crate) fn wait_for_value(&mut self, name: &str, metric: &str, value: f64) {
        self.until(|system| match system.values(name, metric, "service").as_slice() {
            [have] if *have == value => Ok(()),
            have => Err(format!("{metric} is {have:?}, not {value}")),
        });
    }

    /// Looks until it is so. `holds` says what is there instead.
    fn until(&mut self, holds: impl Fn(&Self) -> Result<(), String>) {
        let deadline = Instant::now() + PATIENCE;
        while let Err(instead) = holds(self) {
            self.check_running();
            assert!(Instant::now() < deadline, "{instead}:\n{}", self.logs());
            std::thread::yield_now();
        }
    }

    /// A page of a service's HTTP port.
    pub(crate) fn get(&self, name: &str, path: &str) -> (u16, String) {
        use std::io::{Read, Write};
        let service = self.services.iter().find(|service| service.name == name).unwrap();
        let mut answer = String::new();
        let Some(port) = self.port(service) else { return (0, answer) };
        let Ok(mut connection) = std::net::TcpStream::connect(("127.0.0.1", port)) else { return (0, answer) };
        let asked = write!(connection, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        // A server that is just starting or ending may hang up; who asks looks again.
        if asked.and_then(|()| connection.read_to_string(&mut answer)).is_err() {
            return (0, String::new());
        }
        let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        (status, answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
    }

    /// The values of a metric's series that have a label, as a service shows them.
    pub(crate) fn values(&self, name: &str, metric: &str, label: &str) -> Vec<f64> {
        let (_, page) = self.get(name, "/metrics");
        let lines = page.lines().filter(|line| line.starts_with(metric) && line.contains(label));
        lines.filter_map(|line| line.rsplit(' ').next()?.parse().ok()).collect()
    }

    /// Waits until every service says that it is ready.
    pub(crate) fn wait_ready(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        let names: Vec<String> = self.services.iter().map(|service| service.name.clone()).collect();
        for name in names {
            while self.get(&name, "/health/ready").0 != 200 {
                self.check_running();
                assert!(Instant::now() < deadline, "{name} did not get ready:\n{}", self.tail(&name));
                std::thread::yield_now();
            }
        }
    }

    fn check_running(&mut self) {
        for at in 0..self.services.len() {
            let ended = self.services[at].child.try_wait().unwrap();
            if let Some(status) = ended {
                let name = self.services[at].name.clone();
                panic!("{name} ended with {status}:\n{}", self.tail(&name));
            }
        }
    }

    fn log(&self, name: &str) -> PathBuf {
        self.dir.path().join(format!("{name}.log"))
    }

    fn tail(&self, name: &str) -> String {
        let text = std::fs::read_to_string(self.log(name)).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }

    fn logs(&self) -> String {
        let names = self.services.iter().map(|service| format!("-- {}\n{}", service.name, self.tail(&service.name)));
        names.collect::<Vec<_>>().join("\n")
    }
}

impl Drop for System {
    /// A failed test leaves no process behind.
    fn drop(&mut self) {
        for service in &mut self.services {
            let _ = service.child.kill();
            let _ = service.child.wait();
        }
    }
}

fn shown(records: &[(String, Json)]) -> String {
    records.iter().rev().take(20).map(|(key, value)| format!("{key} {value}")).collect::<Vec<_>>().join("\n")
}

pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap()
}

/// For those who look at one service from outside: the benchmark.
impl System {
    pub(crate) fn process_id(&self, name: &str) -> u32 {
        self.services.iter().find(|service| service.name == name).unwrap().child.id()
    }

    /// Where a service keeps its stores.
    pub(crate) fn state_dir(&self, name: &str) -> PathBuf {
        self.dir.path().join("state").join(name)
    }

    /// Asks one service to stop; it must end well.
    pub(crate) fn end(&mut self, name: &str) {
        let at = self.services.iter().position(|service| service.name == name).unwrap();
        let mut service = self.services.remove(at);
        let told = Command::new("kill").args(["-TERM", &service.child.id().to_string()]).status().unwrap();
        assert!(told.success());
        let status = service.child.wait().unwrap();
        assert!(status.success(), "{name} ended with {status}:\n{}", self.tail(name));
    }
}

/// A moment some days ago, as RFC 3339: decay and windows of the default playbook run from real time.
pub(crate) fn days_ago(days: i64, time: &str) -> String {
    let now = jiff::Timestamp::from_millisecond(observe::clock::now().as_millis()).unwrap();
    let today = now.to_zoned(jiff::tz::TimeZone::get("Asia/Tokyo").unwrap());
    let day = today.date().saturating_sub(jiff::Span::new().days(days));
    format!("{day}T{time}+09:00")
}

/// The transitions to a stage.
pub(crate) fn transitions<'a>(records: &'a [(String, Json)], to: &str) -> Vec<&'a Json> {
    records.iter().map(|(_, event)| event).filter(|event| event["to"] == to).collect()
}

/// The events of each subject have dense sequences from 1, and each transition starts where the last one of its life cycle
/// ended.
pub(crate) fn assert_unbroken(transitions: &[(String, Json)]) {
    let mut sequences: HashMap<&str, u64> = HashMap::new();
    let mut stages: HashMap<(&str, &str), &Json> = HashMap::new();
    for (key, event) in transitions {
        let sequence = event["sequence"].as_u64().unwrap();
        let former = sequences.insert(key, sequence).unwrap_or_default();
        assert_eq!(sequence, former + 1, "{event:#}");
        let life_cycle = event["life_cycle"].as_str().unwrap();
        let stood = stages.insert((key, life_cycle), &event["to"]).filter(|stage| **stage != "ended");
        assert_eq!(event["from"], stood.cloned().unwrap_or_default(), "{event:#}");
    }
}
