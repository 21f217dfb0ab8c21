//! What a deployment may choose. How it reaches the client is in `config`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::output::Topics;

/// How to reach Kafka.
#[derive(Clone, Default)]
pub struct KafkaSettings {
    /// `host:port`, comma-separated.
    pub bootstrap_servers: String,
    /// Further librdkafka properties, mostly for security (`security.protocol`, `sasl.*`, `ssl.*`). They replace the
    /// runtime's defaults, but not what exactly-once rests on.
    pub properties: BTreeMap<String, String>,
}

/// Without the properties' values: there are passwords among them.
impl std::fmt::Debug for KafkaSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KafkaSettings")
            .field("bootstrap_servers", &self.bootstrap_servers)
            .field("properties", &self.properties.keys())
            .finish()
    }
}

/// A stateful service: one input topic, exactly once.
#[derive(Debug, Clone)]
pub struct StreamSettings {
    /// The service's name: in client ids, the state directory, dead letters.
    pub service: String,
    /// Kafka.
    pub kafka: KafkaSettings,
    /// The consumer group.
    pub group: String,
    /// This process among the service's instances; the same after a restart (a pod's ordinal). Two living processes with
    /// one name fence each other.
    pub instance: String,
    /// This thread among the process's workers.
    pub worker: usize,
    /// Whether the group remembers the member by `instance` and `worker`: a restart within the session time-out then
    /// moves no partition.
    pub static_membership: bool,
    /// Stands before every transactional id, as it does before the topics: one prefix for all in ACLs. Then follow
    /// service, instance, worker.
    pub transactional_id_prefix: String,
    /// The one input topic.
    pub input: String,
    /// The changelog: compacted, as many partitions as the input.
    pub changelog: String,
    /// Where dead letters go.
    pub dead_letters: String,
    /// Topics that the processor sends to.
    pub outputs: Topics,
    /// Where the stores lie: `<dir>/<service>/<partition>`. Not shared between processes.
    pub state_dir: PathBuf,
    /// When to commit; the first that is reached.
    pub commit: CommitLimits,
    /// How often the processor's `tick` is called.
    pub tick_interval: Duration,
    /// How the stores follow.
    pub store: StoreSettings,
    /// The broker aborts a transaction that is open for longer. Also bounds how long a dead worker's transaction holds
    /// up its successor.
    pub transaction_timeout: Duration,
    /// The group gives a member up that has not been heard of for so long.
    pub session_timeout: Duration,
    /// The group gives a member up whose loop has not come round for so long.
    pub max_poll_interval: Duration,
    /// Whether to go on where the input begins, when the records at the service's position are gone.
    pub accept_lost_input: bool,
    /// How long a stop may take before the client is left behind.
    pub close_deadline: Duration,
}

impl StreamSettings {
    /// Defaults for a service; fill in what differs.
    #[must_use]
    pub fn new(service: &str, kafka: KafkaSettings, input: &str) -> Self {
        Self {
            service: service.to_owned(),
            kafka,
            group: format!("demand.{service}"),
            instance: "0".to_owned(),
            worker: 0,
            static_membership: true,
            transactional_id_prefix: "demand.".to_owned(),
            input: input.to_owned(),
            changelog: format!("demand.{service}-changelog"),
            dead_letters: "demand.dead-letters".to_owned(),
            outputs: Topics::new(),
            state_dir: PathBuf::from("state"),
            commit: CommitLimits::default(),
            tick_interval: Duration::from_secs(1),
            store: StoreSettings::default(),
            transaction_timeout: Duration::from_secs(15),
            session_timeout: Duration::from_secs(15),
            max_poll_interval: Duration::from_secs(120),
            accept_lost_input: false,
            close_deadline: Duration::from_secs(10),
        }
    }

    /// `service-instance-worker`: client id, and the member's name in a group with static membership.
    #[must_use]
    pub fn member(&self) -> String {
        format!("{}-{}-{}", self.service, self.instance, self.worker)
    }

    pub(crate) fn transactional_id(&self) -> String {
        format!("{}{}", self.transactional_id_prefix, self.member())
    }

    pub(crate) fn store_dir(&self, partition: i32) -> PathBuf {
        self.state_dir.join(&self.service).join(partition.to_string())
    }
}

/// When to commit.
#[derive(Debug, Clone, Copy)]
pub struct CommitLimits {
    /// After so long; the delay that a reader of committed data sees is about this.
    pub interval: Duration,
    /// After so many records in and out.
    pub records: usize,
    /// After so many bytes out.
    pub bytes: usize,
}

impl Default for CommitLimits {
    fn default() -> Self {
        Self { interval: Duration::from_millis(100), records: 50_000, bytes: 32 << 20 }
    }
}

/// How the stores follow Kafka's commits.
#[derive(Debug, Clone, Copy)]
pub struct StoreSettings {
    /// Decoded rows kept per partition.
    pub buffer_bytes_per_partition: usize,
    /// Committed rows are moved into RocksDB after so many bytes...
    pub write_bytes: usize,
    /// ... or so long.
    pub write_interval: Duration,
    /// Each store is flushed to disk so often: after a kill, so much is replayed.
    pub checkpoint_interval: Duration,
    /// A store older than this is rebuilt instead of completed: less than the changelog's `delete.retention.ms`, whose
    /// default is 24 h.
    pub tombstones_kept: Duration,
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self {
            buffer_bytes_per_partition: 64 << 20,
            write_bytes: 8 << 20,
            write_interval: Duration::from_secs(3),
            checkpoint_interval: Duration::from_secs(15),
            tombstones_kept: Duration::from_secs(20 * 3600),
        }
    }
}

/// A stateless service: any input topics, at least once.
#[derive(Debug, Clone)]
pub struct RelaySettings {
    /// The service's name: in client ids and dead letters.
    pub service: String,
    /// Kafka.
    pub kafka: KafkaSettings,
    /// The consumer group.
    pub group: String,
    /// This process among the service's instances.
    pub instance: String,
    /// This thread among the process's workers.
    pub worker: usize,
    /// The input topics.
    pub inputs: Vec<String>,
    /// Where dead letters go.
    pub dead_letters: String,
    /// Topics that the transform sends to.
    pub outputs: Topics,
    /// When to wait for deliveries and commit offsets; the first that is reached. Bounds what is in flight, and what
    /// comes twice after a kill.
    pub commit: CommitLimits,
    /// A delivery that takes longer fails; its records are read again.
    pub delivery_timeout: Duration,
    /// The group gives a member up that has not been heard of for so long.
    pub session_timeout: Duration,
    /// The group gives a member up whose loop has not come round for so long.
    pub max_poll_interval: Duration,
    /// Whether to go on where the input begins, when the records at the group's position are gone.
    pub accept_lost_input: bool,
    /// How long a stop may take before the client is left behind.
    pub close_deadline: Duration,
}

impl RelaySettings {
    /// Defaults for a service; fill in what differs.
    #[must_use]
    pub fn new(service: &str, kafka: KafkaSettings, inputs: Vec<String>) -> Self {
        Self {
            service: service.to_owned(),
            kafka,
            group: format!("demand.{service}"),
            instance: "0".to_owned(),
            worker: 0,
            inputs,
            dead_letters: "demand.dead-letters".to_owned(),
            outputs: Topics::new(),
            commit: CommitLimits { interval: Duration::from_millis(500), ..CommitLimits::default() },
            delivery_timeout: Duration::from_secs(30),
            session_timeout: Duration::from_secs(15),
            max_poll_interval: Duration::from_secs(120),
            accept_lost_input: false,
            close_deadline: Duration::from_secs(10),
        }
    }

    /// `service-instance-worker`.
    #[must_use]
    pub fn member(&self) -> String {
        format!("{}-{}-{}", self.service, self.instance, self.worker)
    }
}
