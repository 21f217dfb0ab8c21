//! Every setting: what it is for, its unit, its default. These comments are the reference that `config show --docs`
//! prints, and a test holds that none is missing. What stands below `sources` is described beside the decoders, in crate
//! `ingest`.

use super::units::{Bytes, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// The channels that exist without being declared.
pub const BUILT_IN_CHANNELS: [&str; 6] = ["web", "email", "call", "event", "crm", "profile"];

/// All settings of all services. A service reads the sections that it needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How to reach Kafka.
    pub kafka: KafkaSettings,
    /// The schema registry (Confluent's REST API).
    pub registry: RegistrySettings,
    /// The form of the records that we write.
    pub output: OutputSettings,
    /// Metrics and health.
    pub http: HttpSettings,
    /// The log on stderr.
    pub log: LogSettings,
    /// Where the stateful services keep their stores.
    pub state: StateSettings,
    /// The Kafka runtime of all services. Transactions and their time-out are those of resolve and engine.
    pub stream: StreamSettings,
    /// Who is who.
    pub identity: IdentitySettings,
    /// The company's own names in its tools: form names, campaign members, statuses, custom fields. Each table adds to the
    /// built-in one; of a key that is there, spelt the same way, what is said replaces what was. `demand-center sources
    /// list SOURCE` shows what becomes of what without them, `config show` the tables with them.
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub sources: ingest::Settings,
    /// One section a channel: `[ingest.web]`. A section of another name declares a channel of that name.
    pub ingest: Channels,
    /// The marketers' model.
    pub playbook: PlaybookSettings,
    /// The engine.
    pub engine: EngineSettings,
    /// What the topic plan asks of the cluster.
    pub topics: TopicSettings,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct KafkaSettings {
    /// Brokers to start from, `host:port`, separated by commas.
    pub bootstrap_servers: String,
    /// Stands before the name of every topic, consumer group and transactional id, so that several systems can share a
    /// cluster.
    pub topic_prefix: String,
    /// How long to wait for the cluster's answer at start and in the admin commands before they give up.
    pub request_timeout: Span,
    /// Further properties of the Kafka client by librdkafka's names, as `"security.protocol" = "SASL_SSL"`. For
    /// security and tuning of the connection; those that carry the guarantees are the runtime's and are refused.
    /// Secrets are refused too: they go to `property_files`.
    pub properties: BTreeMap<String, String>,
    /// Properties whose value is the content of a file, without its last line break, as
    /// `"sasl.password" = "/run/secrets/kafka"`.
    pub property_files: BTreeMap<String, PathBuf>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RegistrySettings {
    /// Addresses of the registry, tried in order. None: Avro is written as single objects with the schema's
    /// fingerprint, and nothing is registered.
    pub urls: Vec<String>,
    /// User of basic authentication; needs `password_file`.
    pub username: Option<String>,
    /// File with the password of `username`.
    pub password_file: Option<PathBuf>,
    /// File with a bearer token, instead of user and password.
    pub token_file: Option<PathBuf>,
    /// PEM file with the authorities to trust instead of the public ones.
    pub ca_file: Option<PathBuf>,
    /// PEM file with our certificate, where the registry asks for one; needs `key_file`.
    pub certificate_file: Option<PathBuf>,
    /// PEM file with the key of `certificate_file`.
    pub key_file: Option<PathBuf>,
    /// Folder of your own schemas, `.avsc` files, for raw records as Avro single objects: these name their schema by its
    /// fingerprint, which no registry knows.
    pub schemas_dir: Option<PathBuf>,
    /// How long to wait for each answer.
    pub request_timeout: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(default, deny_unknown_fields)]
pub struct OutputSettings {
    /// `avro`, or `json` for readers without an Avro library. Of the output topics; internal topics have their own form.
    pub format: OutputFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "lowercase")]
pub enum OutputFormat {
    #[default]
    Avro,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HttpSettings {
    /// Address and port of `/metrics` and `/health/*`. They need no authentication, so it is this machine only; in a
    /// container `0.0.0.0:9464`.
    pub listen: SocketAddr,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LogSettings {
    /// `human` or `json` (one object a line).
    pub format: LogFormat,
    /// `error`, `warn`, `info`, `debug` or `trace`, or a filter by part, as `info,stream=debug`.
    pub level: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    #[default]
    Human,
    Json,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StateSettings {
    /// Folder of the stores, one sub-folder a service. A cache of the changelog topics: may be lost, costs a restore.
    /// Not shared between processes.
    pub dir: PathBuf,
    /// Memory for blocks read from disk, all stores of the process together.
    pub block_cache: Bytes,
    /// Of these, memory for what waits to be written to disk.
    pub memtables: Bytes,
    /// Memory for decoded rows, each partition.
    pub row_buffer: Bytes,
    /// How often a store is brought to disk: after a kill, about so much is read again from the changelog.
    pub checkpoint_interval: Span,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StreamSettings {
    /// Name of this process among its like, as the ordinal of a pod: the same after a restart, and never used by two at
    /// a time, or they fence each other.
    pub instance: String,
    /// Worker threads of this process; each owns a share of the partitions.
    pub workers: u32,
    /// Whether the group remembers a worker of resolve and engine by `instance`, so that a restart within
    /// `session_timeout` moves no partition. Ingest has nothing to keep: its workers come and go without a name.
    pub static_membership: bool,
    /// Longest time from the first record of a transaction to its commit. Shorter: less delay, less throughput.
    pub commit_interval: Span,
    /// Commit earlier after this many records in and out.
    pub commit_records: u32,
    /// Commit earlier after this many bytes out.
    pub commit_bytes: Bytes,
    /// The broker aborts a transaction that is open for longer: how long a crash can hold back readers.
    pub transaction_timeout: Span,
    /// A worker that is silent for longer loses its partitions.
    pub session_timeout: Span,
    /// A worker whose loop does not come round for longer loses its partitions.
    pub poll_interval_max: Span,
    /// Whether a service goes on where its input begins, when the records at its position are gone: it was down for longer
    /// than they are kept, or the topic was made anew. `false`: it stops and says how much is missing.
    pub accept_lost_input: bool,
    /// How long a worker may take to stop before it is left behind. Give the process a little longer.
    pub stop_timeout: Span,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(default, deny_unknown_fields)]
pub struct IdentitySettings {
    /// File with the key of the identifiers' hashes: 32 bytes as 64 hexadecimal digits. The same for ever and in every
    /// service: with another key nobody is recognised again. Needed by ingest, resolve and engine; make one with
    /// `openssl rand -hex 32`.
    pub hash_key_file: Option<PathBuf>,
    /// Whether a cookie may be joined to a person who has said nothing about being tracked. `false`: only consent for
    /// the purpose `tracking`, on a touchpoint, joins them.
    pub tracking_default: bool,
}

/// Channels by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Channels(pub BTreeMap<String, ChannelSettings>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ChannelSettings {
    /// The mapping of records without a header `source`; `sources list` names them.
    pub default_source: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(default, deny_unknown_fields)]
pub struct PlaybookSettings {
    /// Folder of the playbook that the `playbook` commands read when none is named.
    pub dir: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(default, deny_unknown_fields)]
pub struct EngineSettings {
    /// Who writes the ticks that move partition time: `wall`, the worker that owns the partition, by its clock;
    /// `external`, a simulation.
    pub ticks: Ticks,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "lowercase")]
pub enum Ticks {
    #[default]
    Wall,
    External,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TopicSettings {
    /// Partitions of every topic but `playbooks` (one). Bounds how many processes of a service can share the work, and
    /// cannot be changed while the system runs, since every key would move. 12: workers of 1, 2, 3, 4, 6 or 12 have
    /// equal shares, and a dozen stores fit one small machine.
    pub partitions: i32,
    /// Copies of every partition; 1 for a single broker. Writes need all but one of them.
    pub replication_factor: i32,
    /// How long raw records, touchpoints, inbox, hand-offs and dead letters are kept: what a service may be down for
    /// without loss, and the bound of erasure there.
    pub transport_retention: Span,
    /// How long transitions, score and segment changes, and actions are kept: how far back a new subscriber
    /// can read. They have no field for a name or address.
    pub output_retention: Span,
    /// How long a deletion stays visible in the compacted topics: what a reader of them, or a store directory, may be
    /// away for without keeping what was erased.
    pub tombstone_retention: Span,
}

impl Default for KafkaSettings {
    fn default() -> Self {
        Self {
            bootstrap_servers: "localhost:9092".to_owned(),
            topic_prefix: "demand.".to_owned(),
            request_timeout: Span::from_secs(10),
            properties: BTreeMap::new(),
            property_files: BTreeMap::new(),
        }
    }
}

impl Default for RegistrySettings {
    fn default() -> Self {
        Self {
            urls: Vec::new(),
            username: None,
            password_file: None,
            token_file: None,
            ca_file: None,
            certificate_file: None,
            key_file: None,
            schemas_dir: None,
            request_timeout: Span::from_secs(5),
        }
    }
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self { listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9464) }
    }
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { format: LogFormat::Human, level: "info".to_owned() }
    }
}

impl Default for StateSettings {
    fn default() -> Self {
        Self {
            dir: PathBuf::from("/var/lib/demand-center"),
            block_cache: Bytes(256 << 20),
            memtables: Bytes(96 << 20),
            row_buffer: Bytes(64 << 20),
            checkpoint_interval: Span::from_secs(15),
        }
    }
}

impl Default for StreamSettings {
    fn default() -> Self {
        Self {
            instance: "0".to_owned(),
            workers: 1,
            static_membership: true,
            commit_interval: Span::from_millis(100),
            commit_records: 50_000,
            commit_bytes: Bytes(32 << 20),
            transaction_timeout: Span::from_secs(15),
            session_timeout: Span::from_secs(15),
            poll_interval_max: Span::from_secs(120),
            accept_lost_input: false,
            stop_timeout: Span::from_secs(10),
        }
    }
}

impl Default for Channels {
    fn default() -> Self {
        Self(BUILT_IN_CHANNELS.map(|name| (name.to_owned(), ChannelSettings::default())).into())
    }
}

impl Default for ChannelSettings {
    fn default() -> Self {
        Self { default_source: "canonical".to_owned() }
    }
}

impl Default for TopicSettings {
    fn default() -> Self {
        Self {
            partitions: 12,
            replication_factor: 3,
            transport_retention: Span::from_days(14),
            output_retention: Span::from_days(90),
            tombstone_retention: Span::from_days(14),
        }
    }
}
