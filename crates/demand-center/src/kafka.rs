//! The way to the cluster: client properties from the settings, and what a cluster says of its topics.

mod read;
mod send;

use crate::failure::Failure;
use crate::settings::{KafkaSettings, Key};
use rdkafka::admin::{AdminClient, AdminOptions, ConfigResource, NewTopic, OwnedResourceSpecifier, ResourceSpecifier};
use rdkafka::client::ClientContext;
use rdkafka::config::{ClientConfig, FromClientConfigAndContext, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
pub use read::TopicReader;
pub use send::{NotTaken, Outgoing, Sender};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The properties of every Kafka client of ours: those of the settings, and those whose value stands in a file.
///
/// # Errors
/// When such a file cannot be read.
pub fn properties(kafka: &KafkaSettings) -> Result<BTreeMap<String, String>, Failure> {
    let mut properties = kafka.properties.clone();
    for (name, path) in &kafka.property_files {
        let value = std::fs::read_to_string(path).map_err(|why| {
            let key = Key::of("kafka.property_files").child(name);
            Failure::usage(format!("cannot read {}: {why}", path.display()))
                .at(key)
                .next("let the file exist and be readable for this user")
        })?;
        properties.insert(name.clone(), value.strip_suffix('\n').unwrap_or(&value).to_owned());
    }
    Ok(properties)
}

/// A client for questions and administration. It takes part in no group and writes nothing.
///
/// # Errors
/// As [`properties`].
pub fn admin_config(kafka: &KafkaSettings) -> Result<ClientConfig, Failure> {
    let mut config = ClientConfig::new();
    config.set_log_level(RDKafkaLogLevel::Warning);
    for (name, value) in properties(kafka)? {
        config.set(name, value);
    }
    config
        .set("bootstrap.servers", &kafka.bootstrap_servers)
        .set("client.id", "demand-center-admin")
        .set("allow.auto.create.topics", "false")
        // A broker that is just starting is worth another try within the time-out.
        .set("reconnect.backoff.max.ms", "500");
    Ok(config)
}

/// A name that no topic can have: the answer shows that somebody answers, and lists nothing.
const NO_TOPIC: &str = "?";
/// More complaints than a client makes of one failure.
const EVENTS_MAX: usize = 32;
/// For the creation of all topics: a busy disk syncs a folder for each partition. The value of Kafka's own tools.
const CREATION: Duration = Duration::from_secs(60);
/// Brokers learn of a new topic one by one; there is no event to wait for.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// A cluster that answered.
pub struct Cluster {
    admin: AdminClient<LastTrouble>,
    /// For metadata: unlike the admin client it can be asked why it gets no answer.
    asker: BaseConsumer<LastTrouble>,
    config: ClientConfig,
    servers: String,
    timeout: Duration,
}

/// A topic as the cluster has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExistingTopic {
    pub partitions: i32,
    pub replication_factor: i32,
    /// Every configuration value in force, defaults included.
    pub config: BTreeMap<String, String>,
}

/// Keeps what the client last complained of: the reason behind a time-out.
#[derive(Clone, Debug, Default)]
struct LastTrouble(Arc<Mutex<Option<String>>>);

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster").field("servers", &self.servers).finish_non_exhaustive()
    }
}

impl ClientContext for LastTrouble {
    fn log(&self, _: RDKafkaLogLevel, facility: &str, message: &str) {
        tracing::debug!(target: "librdkafka", facility, "{message}");
    }

    fn error(&self, error: KafkaError, reason: &str) {
        // "all brokers down" follows every reason and hides it.
        if error.rdkafka_error_code() != Some(RDKafkaErrorCode::AllBrokersDown) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason.to_owned());
        }
    }
}

impl ConsumerContext for LastTrouble {}

impl Cluster {
    /// Connects, and waits for the first answer at most `kafka.request_timeout`.
    ///
    /// # Errors
    /// [`Exit::Unreachable`](crate::failure::Exit::Unreachable) when nobody answers; usage when the properties are none.
    pub fn connect(kafka: &KafkaSettings) -> Result<Self, Failure> {
        let config = admin_config(kafka)?;
        let unusable = |error: KafkaError| {
            Failure::usage(format!("the Kafka client cannot be set up: {error}"))
                .at("kafka.properties")
                .next("correct the property; `demand-center config show --origin` says where each value comes from")
        };
        let trouble = LastTrouble::default();
        let asker = BaseConsumer::from_config_and_context(&config, trouble.clone()).map_err(unusable)?;
        let admin = AdminClient::from_config_and_context(&config, trouble).map_err(unusable)?;
        let (servers, timeout) = (kafka.bootstrap_servers.clone(), kafka.request_timeout.0);
        let cluster = Self { admin, asker, config, servers, timeout };
        let answer = cluster.asker.fetch_metadata(Some(NO_TOPIC), cluster.timeout).map(drop);
        answer.map_err(|error| cluster.unreachable(&error)).map(|()| cluster)
    }

    /// The topics of these names that exist.
    ///
    /// # Errors
    /// When the cluster does not answer, or refuses to.
    pub fn topics(&self, names: &[&str]) -> Result<BTreeMap<String, ExistingTopic>, Failure> {
        let mut existing = self.unconfigured(names)?;
        for resource in self.configs(existing.keys())? {
            let OwnedResourceSpecifier::Topic(name) = &resource.specifier else { continue };
            if let Some(topic) = existing.get_mut(name) {
                let values = resource.entries.into_iter().filter_map(|entry| Some((entry.name, entry.value?)));
                topic.config = values.collect();
            }
        }
        Ok(existing)
    }

    /// The same without their configuration, which takes a right of its own.
    fn unconfigured(&self, names: &[&str]) -> Result<BTreeMap<String, ExistingTopic>, Failure> {
        // All topics, not these: asking for one by name may create it.
        let metadata = self.asker.fetch_metadata(None, self.timeout).map_err(|error| self.unreachable(&error))?;
        let mut existing = BTreeMap::new();
        for topic in metadata.topics().iter().filter(|topic| names.contains(&topic.name()) && topic.error().is_none()) {
            let copies = topic.partitions().first().map_or(0, |partition| partition.replicas().len());
            existing.insert(
                topic.name().to_owned(),
                ExistingTopic {
                    partitions: i32::try_from(topic.partitions().len()).unwrap_or(i32::MAX),
                    replication_factor: i32::try_from(copies).unwrap_or(i32::MAX),
                    config: BTreeMap::new(),
                },
            );
        }
        Ok(existing)
    }

    /// Whether the first partition of a topic holds anything committed; of a topic that is not there: no.
    ///
    /// # Errors
    /// When the cluster does not answer.
    pub fn was_written(&self, topic: &str) -> Result<bool, Failure> {
        if !self.unconfigured(&[topic])?.contains_key(topic) {
            return Ok(false);
        }
        let reader = from_beginning(&self.config, topic, "demand-center-admin");
        let reader = reader.map_err(|error| self.unreachable(&error))?;
        let deadline = Instant::now() + self.timeout;
        while Instant::now() < deadline {
            match reader.poll(LOOK_AGAIN) {
                Some(Ok(_)) => return Ok(true),
                Some(Err(KafkaError::PartitionEOF(_))) => return Ok(false),
                // A partition that was just made has no leader yet.
                Some(Err(error)) => tracing::debug!(%error, topic, "reading"),
                None => {}
            }
        }
        Err(Failure::unreachable(format!("{topic}[0] was not read within {:?}", self.timeout)).next("run it again"))
    }

    /// Creates topics and waits until the cluster shows them: a service that starts next must find them. Those that
    /// somebody else has created meanwhile are left as they are.
    ///
    /// # Errors
    /// The first topic that the cluster refuses, with its reason; when they do not appear in time.
    pub fn create(&self, topics: &[NewTopic<'_>]) -> Result<(), Failure> {
        if topics.is_empty() {
            return Ok(());
        }
        let patience = self.timeout.max(CREATION);
        let results = wait_for(self.admin.create_topics(topics, &options(patience))).map_err(|error| {
            let what = format!("{} topics were not all created within {patience:?}: {error}", topics.len());
            Failure::unreachable(what).next("look at the broker's log, then run it again; it creates what is missing")
        })?;
        for result in results {
            match result {
                Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                Err((name, code)) => return Err(self.refused(&name, code)),
            }
        }
        let names: Vec<_> = topics.iter().map(|topic| topic.name).collect();
        let deadline = Instant::now() + patience;
        loop {
            let found = self.topics(&names)?;
            if names.iter().all(|name| found.contains_key(*name)) {
                return Ok(());
            }
            if Instant::now() >= deadline {
                let absent: Vec<_> = names.into_iter().filter(|name| !found.contains_key(*name)).collect();
                let what = format!("created, but not to be seen after {patience:?}: {}", absent.join(", "));
                return Err(Failure::unreachable(what).next("run it again; it creates what is missing"));
            }
            std::thread::sleep(LOOK_AGAIN);
        }
    }

    fn configs<'a>(&self, names: impl Iterator<Item = &'a String>) -> Result<Vec<ConfigResource>, Failure> {
        let asked: Vec<_> = names.map(|name| ResourceSpecifier::Topic(name)).collect();
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let answers = wait_for(self.admin.describe_configs(&asked, &options(self.timeout)))
            .map_err(|error| self.unreachable(&error))?;
        answers
            .into_iter()
            .map(|answer| answer.map_err(|code| self.refused("the topics' configuration", code)))
            .collect()
    }

    fn unreachable(&self, error: &KafkaError) -> Failure {
        // The reasons wait as events until somebody looks. "None" may also mean that an event was taken in.
        for _ in 0..EVENTS_MAX {
            let _ = self.asker.poll(Duration::ZERO);
        }
        let trouble = self.asker.context().0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let why = trouble.unwrap_or_else(|| error.to_string());
        Failure::unreachable(format!("no broker of `{}` answered within {:?}: {why}", self.servers, self.timeout))
            .at("kafka.bootstrap_servers")
            .next("start the broker or correct the address; behind TLS or SASL look at kafka.properties")
    }

    fn refused(&self, what: &str, code: RDKafkaErrorCode) -> Failure {
        let failure = Failure::findings(format!("the cluster refuses {what}: {code}"));
        match code {
            RDKafkaErrorCode::InvalidReplicationFactor => failure
                .at("topics.replication_factor")
                .next("set it to at most the number of brokers; 1 for a single broker"),
            RDKafkaErrorCode::TopicAuthorizationFailed | RDKafkaErrorCode::ClusterAuthorizationFailed => failure
                .at("kafka.properties")
                .next("run it as a principal that may Create topics and Describe and DescribeConfigs them"),
            RDKafkaErrorCode::PolicyViolation => failure
                .next("the cluster has a policy for topics; compare it with `demand-center topics plan --offline`"),
            _ => failure.next("look at the broker's log"),
        }
    }
}

/// A reader of a one-partition topic from its beginning: of committed records only, and it tells the end. It joins no
/// group; `group` is the name that the client wants.
///
/// # Errors
/// When the client cannot be set up.
pub fn from_beginning(config: &ClientConfig, topic: &str, group: &str) -> Result<BaseConsumer, KafkaError> {
    let consumer: BaseConsumer = committed(config, group).create()?;
    let mut beginning = TopicPartitionList::new();
    beginning.add_partition_offset(topic, 0, Offset::Beginning)?;
    consumer.assign(&beginning)?;
    Ok(consumer)
}

/// Of a consumer that sees committed records only, tells the end, and commits nothing.
fn committed(config: &ClientConfig, group: &str) -> ClientConfig {
    let mut config = config.clone();
    config.set("group.id", group).set("enable.auto.commit", "false");
    config.set("isolation.level", "read_committed").set("enable.partition.eof", "true");
    config
}

fn options(patience: Duration) -> AdminOptions {
    AdminOptions::new().request_timeout(Some(patience)).operation_timeout(Some(patience))
}

/// The admin client answers from a thread of its own; there is nothing else to do meanwhile.
fn wait_for<T>(answer: impl Future<Output = Result<T, KafkaError>>) -> Result<T, KafkaError> {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.map_err(|why| KafkaError::AdminOpCreation(why.to_string()))?.block_on(answer)
}
