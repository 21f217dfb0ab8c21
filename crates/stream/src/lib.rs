//! The Kafka runtime. Knows no domain: a [`Processor`] or a [`Transform`] brings it.
//!
//! [`Worker`]: stateful, exactly once. One input topic; rows in RocksDB with a changelog topic; outputs, rows, positions
//! and dead letters in one transaction. What Kafka promises is used, nothing of it is rebuilt; what its client gets
//! wrong is worked around in one place each:
//!
//! | trap | where |
//! | --- | --- |
//! | flush and commit cost a multiple of 100 ms (rust-rdkafka 0.38 and later) | `native`, `producer` |
//! | a late EndTxn ends the next transaction (librdkafka has no KIP-890) | `client_events::Suspicion`, `producer` |
//! | offsets of no partition are no fence (KIP-447) | `worker::transaction`, `positions` |
//! | the end of a changelog is not its last stable offset (KAFKA-10167), nor seen in positions | `restore` |
//! | partitions stall for a second at low CPU (librdkafka#3662) | `config` |
//! | pause drops what was fetched (librdkafka#1849) | only used before anything was, `worker::assignment` |
//! | after an abort the consumer stands where it stood | `worker::transaction`, `abort` |
//! | offsets expire or vanish (KAFKA-19163) | the changelog's marker is the position of record, `restore` |
//!
//! [`Relay`]: stateless, at least once. Any input topics; offsets follow deliveries.
//!
//! Both run on a thread of their own (no async), tell `observe` how they are, and stop when asked.

mod changelog;
mod client_error;
mod client_events;
mod config;
mod context;
pub mod dead_letter;
mod ends;
mod fault;
mod keeper;
mod lost_input;
mod metrics;
mod native;
mod open_work;
mod output;
mod processor;
mod producer;
mod record;
mod relay;
mod restore;
mod settings;
mod topics;
mod worker;

pub use context::Context;
pub use dead_letter::DeadLetter;
pub use fault::Fault;
pub use native::partition_of;
pub use output::{Output, Sink, Topic, Topics};
pub use processor::{Processor, Transform};
pub use record::{Headers, Record};
pub use relay::Relay;
pub use settings::{CommitLimits, KafkaSettings, RelaySettings, StoreSettings, StreamSettings};
pub use topics::{PartitionsNeed, TopicNeed, TopicsFault, check_topics};
pub use worker::Worker;

// Processors name rows and keys; they need not depend on the store for it.
pub use store::{Key, Row, RowError, SharedMemory};
