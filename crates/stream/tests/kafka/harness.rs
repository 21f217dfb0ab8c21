//! Topics of one's own, records in, records out, and waiting for a condition.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use observe::{Build, Health, Lifecycle, LogFormat, Metrics};
use rdkafka::admin::{AdminClient, AdminOptions, AlterConfig, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{Headers as _, Message};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use stream::{Fault, KafkaSettings, Processor, SharedMemory, StreamSettings, Worker};

/// Longer than anything here takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(90);

pub fn bootstrap() -> String {
    std::env::var("DEMAND_TEST_BOOTSTRAP").unwrap_or_else(|_| {
        panic!("DEMAND_TEST_BOOTSTRAP is not set: run tests/run, or `eval $(deploy/local/kafka env)` after `deploy/local/kafka up`")
    })
}

/// Topics, state and metrics of one test, apart from those of all others.
pub struct Stage {
    pub bootstrap: String,
    pub dir: tempfile::TempDir,
    pub name: String,
    pub partitions: i32,
    pub metrics: Metrics,
}

impl Stage {
    /// Input, changelog, output and dead letters on the real Kafka.
    pub fn new(partitions: i32) -> Self {
        let stage = Self::on(bootstrap(), partitions);
        stage.create(&[stage.input(), stage.output(), stage.dead_letters()], partitions, &[]);
        stage.create(&[stage.changelog()], partitions, &[("cleanup.policy", "compact")]);
        stage
    }

    pub fn on(bootstrap: String, partitions: i32) -> Self {
        if let Ok(level) = std::env::var("DEMAND_TEST_LOG") {
            // The second test of the process finds it set.
            let _ = observe::logs::init(LogFormat::Human, &level);
        }
        let dir = tempfile::Builder::new().prefix("stream-test-").tempdir().unwrap();
        let name = dir.path().file_name().unwrap().to_string_lossy().into_owned().replace('.', "");
        let metrics = Metrics::new(Build { version: "test", commit: "test" }).unwrap();
        Self { bootstrap, dir, name, partitions, metrics }
    }

    pub fn input(&self) -> String {
        format!("{}.in", self.name)
    }

    pub fn output(&self) -> String {
        format!("{}.out", self.name)
    }

    pub fn changelog(&self) -> String {
        format!("{}.count-changelog", self.name)
    }

    pub fn dead_letters(&self) -> String {
        format!("{}.dead-letters", self.name)
    }

    pub fn kafka(&self) -> KafkaSettings {
        KafkaSettings { bootstrap_servers: self.bootstrap.clone(), ..KafkaSettings::default() }
    }

    pub fn settings(&self) -> StreamSettings {
        let mut settings = StreamSettings::new("count", self.kafka(), &self.input());
        settings.group = format!("{}.count", self.name);
        settings.transactional_id_prefix = format!("{}-", self.name);
        settings.changelog = self.changelog();
        settings.dead_letters = self.dead_letters();
        settings.state_dir = self.dir.path().join("state");
        settings.session_timeout = Duration::from_secs(6);
        settings.transaction_timeout = Duration::from_secs(10);
        settings
    }

    pub fn create(&self, topics: &[String], partitions: i32, options: &[(&str, &str)]) {
        let admin: AdminClient<DefaultClientContext> = self.client().create().unwrap();
        let new = topics.iter().map(|topic| {
            let new = NewTopic::new(topic, partitions, TopicReplication::Fixed(1));
            options.iter().fold(new, |new, (name, value)| new.set(name, value))
        });
        let new: Vec<_> = new.collect();
        let made = block_on(admin.create_topics(&new, &AdminOptions::new())).unwrap();
        for topic in made {
            topic.unwrap();
        }
    }

    /// Deletes a topic and makes another of its name.
    pub fn make_anew(&self, topic: &str) {
        self.make_anew_with(topic, &[]);
    }

    pub fn make_anew_with(&self, topic: &str, options: &[(&str, &str)]) {
        let admin: AdminClient<DefaultClientContext> = self.client().create().unwrap();
        for deleted in block_on(admin.delete_topics(&[topic], &AdminOptions::new())).unwrap() {
            deleted.unwrap();
        }
        let new = NewTopic::new(topic, self.partitions, TopicReplication::Fixed(1));
        let new = options.iter().fold(new, |new, (name, value)| new.set(name, value));
        wait_for("the topic to be gone, and made", || {
            block_on(admin.create_topics([&new], &AdminOptions::new())).unwrap().iter().all(Result::is_ok)
        });
    }

    pub fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.bootstrap);
        config
    }

    /// Sends `key -> value` to the partition that murmur2 gives.
    pub fn produce<'a>(&self, topic: &str, records: impl IntoIterator<Item = (&'a str, &'a str)>) {
        let producer: BaseProducer = self.client().set("partitioner", "murmur2_random").create().unwrap();
        for (key, value) in records {
            let mut record = BaseRecord::to(topic).key(key).payload(value);
            while let Err((error, back)) = producer.send(record) {
                assert_eq!(error.to_string(), "Message production error: QueueFull (Local: Queue full)");
                producer.poll(Duration::from_millis(10));
                record = back;
            }
        }
        producer.flush(PATIENCE).unwrap();
    }

    /// All records of a topic, by partition and in order.
    pub fn read(&self, topic: &str, isolation: &str) -> Vec<Read> {
        let consumer: BaseConsumer = self
            .client()
            .set("group.id", "reader")
            .set("isolation.level", isolation)
            .set("enable.auto.commit", "false")
            .set("enable.partition.eof", "true")
            .create()
            .unwrap();
        let mut all = TopicPartitionList::new();
        let partitions = consumer.fetch_metadata(Some(topic), PATIENCE).unwrap().topics()[0].partitions().len() as i32;
        let mut ends = BTreeMap::new();
        for partition in 0..partitions {
            all.add_partition_offset(topic, partition, Offset::Beginning).unwrap();
            let (low, high) = consumer.fetch_watermarks(topic, partition, PATIENCE).unwrap();
            if low < high {
                ends.insert(partition, high);
            }
        }
        consumer.assign(&all).unwrap();
        let deadline = Instant::now() + PATIENCE;
        let mut read = Vec::new();
        // What comes while reading is read by the next call.
        while !ends.is_empty() {
            assert!(Instant::now() < deadline, "{topic} has no end");
            match consumer.poll(Duration::from_millis(100)) {
                Some(Ok(message)) => {
                    if ends.get(&message.partition()).is_some_and(|end| message.offset() < *end) {
                        read.push(Read::of(&message));
                    }
                    if ends.get(&message.partition()).is_some_and(|end| message.offset() + 1 >= *end) {
                        ends.remove(&message.partition());
                    }
                }
                Some(Err(KafkaError::PartitionEOF(partition))) => drop(ends.remove(&partition)),
                Some(Err(error)) => panic!("{error}"),
                None => {}
            }
        }
        read.sort_by_key(|record| (record.partition, record.offset));
        read
    }

    pub fn committed(&self, topic: &str) -> Vec<String> {
        let records = self.read(topic, "read_committed");
        records.into_iter().map(|record| record.value.unwrap_or_default()).collect()
    }

    /// Sets one of a topic's options.
    pub fn set_option(&self, topic: &str, name: &str, value: &str) {
        let admin: AdminClient<DefaultClientContext> = self.client().create().unwrap();
        let change = AlterConfig::new(ResourceSpecifier::Topic(topic)).set(name, value);
        for altered in block_on(admin.alter_configs([&change], &AdminOptions::new())).unwrap() {
            altered.unwrap();
        }
    }

    /// Deletes a partition's records before an offset, as retention does.
    pub fn delete_records(&self, topic: &str, partition: i32, before: i64) {
        let admin: AdminClient<DefaultClientContext> = self.client().create().unwrap();
        let mut places = TopicPartitionList::new();
        places.add_partition_offset(topic, partition, Offset::Offset(before)).unwrap();
        let deleted = block_on(admin.delete_records(&places, &AdminOptions::new())).unwrap();
        assert!(deleted.elements().iter().all(|element| element.error().is_ok()), "{deleted:?}");
    }

    /// The group's offsets by partition.
    pub fn group_offsets(&self) -> BTreeMap<i32, i64> {
        let consumer: BaseConsumer = self.client().set("group.id", self.settings().group).create().unwrap();
        let mut asked = TopicPartitionList::new();
        asked.add_partition_range(&self.input(), 0, self.partitions - 1);
        let answered = consumer.committed_offsets(asked, PATIENCE).unwrap();
        let offsets = answered.elements();
        offsets
            .iter()
            .filter_map(|element| match element.offset() {
                Offset::Offset(offset) => Some((element.partition(), offset)),
                _ => None,
            })
            .collect()
    }

    /// The last marker by partition.
    pub fn markers(&self) -> BTreeMap<i32, i64> {
        let records = self.read(&self.changelog(), "read_committed");
        let markers = records.into_iter().filter(|record| record.key == [0]);
        markers
            .map(|record| {
                let value: [u8; 25] = record.bytes.try_into().unwrap();
                assert_eq!(value[0], 2, "the marker's version");
                assert_ne!(value[1..17], [0; 16], "the topic's id");
                (record.partition, i64::from_be_bytes(value[17..].try_into().unwrap()))
            })
            .collect()
    }

    /// A counter's value; 0 where it does not exist (yet).
    pub fn counter(&self, name: &str, label: &str) -> f64 {
        let page = self.metrics.page().unwrap();
        let line = page.lines().filter(|line| line.starts_with(name) && line.contains(label));
        line.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }

    /// Records that were processed and committed so far, by all workers and relays of the stage.
    pub fn consumed(&self) -> f64 {
        self.counter("demand_center_records_consumed_total", "")
    }

    /// Starts a worker on a thread.
    pub fn start<P: Processor>(&self, settings: StreamSettings, processor: P) -> Running {
        let lifecycle = Lifecycle::default();
        let health = Health::default();
        let worker_health = health.register(settings.member());
        let service = self.metrics.service("count");
        let shutdown = lifecycle.shutdown();
        let thread = std::thread::spawn(move || {
            let memory = SharedMemory::new(16 << 20, 8 << 20);
            let worker = Worker::connect(settings, processor, &service, worker_health, shutdown, memory);
            // Shown where the test fails: it may wait for something else meanwhile.
            worker.and_then(Worker::run).inspect_err(|fault| println!("the worker ended: {fault}"))
        });
        Running { lifecycle, health, thread }
    }
}

/// A worker or relay at work.
pub struct Running {
    pub lifecycle: Lifecycle,
    pub health: Health,
    pub thread: std::thread::JoinHandle<Result<(), Fault>>,
}

impl Running {
    pub fn stop(self) -> Result<(), Fault> {
        self.lifecycle.shutdown().request("test");
        self.thread.join().unwrap()
    }

    /// Waits for it to end by itself.
    pub fn end(self) -> Result<(), Fault> {
        wait_for("the end of the worker", || self.thread.is_finished());
        self.thread.join().unwrap()
    }

    pub fn wait_until_ready(&self) {
        self.wait_for("readiness", || self.health.readiness().is_empty());
    }

    /// Waits for a condition that needs the worker alive.
    pub fn wait_for(&self, what: &str, mut condition: impl FnMut() -> bool) {
        wait_for(what, || {
            let ended = self.thread.is_finished();
            let holds = condition();
            assert!(holds || !ended, "the worker ended while waiting for {what}");
            holds
        });
    }
}

/// One record as read.
#[derive(Debug, Clone)]
pub struct Read {
    pub partition: i32,
    pub offset: i64,
    pub key: Vec<u8>,
    pub value: Option<String>,
    pub bytes: Vec<u8>,
    pub headers: BTreeMap<String, String>,
}

impl Read {
    fn of(message: &rdkafka::message::BorrowedMessage<'_>) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let headers = message.headers().map(|headers| {
            headers.iter().map(|header| (header.key.to_owned(), text(header.value.unwrap_or_default()))).collect()
        });
        Self {
            partition: message.partition(),
            offset: message.offset(),
            key: message.key().unwrap_or_default().to_vec(),
            value: message.payload().map(text),
            bytes: message.payload().unwrap_or_default().to_vec(),
            headers: headers.unwrap_or_default(),
        }
    }
}

pub fn wait_for(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "waited {PATIENCE:?} for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub fn remove(dir: &Path) {
    std::fs::remove_dir_all(dir).unwrap();
}

/// The admin client is the only one here that answers with futures.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = std::sync::Arc::new(Unpark(std::thread::current())).into();
    let mut context = std::task::Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        std::thread::park();
    }
}
