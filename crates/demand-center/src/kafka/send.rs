use super::admin_config;
use crate::failure::Failure;
use crate::settings::KafkaSettings;
use rdkafka::client::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, DeliveryResult, Producer, ProducerContext};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use touchpoint::limits::RAW_RECORD_BYTES_MAX;

/// Sends records as a tool outside would: each once, none lost, none unaccounted for.
pub struct Sender {
    producer: BaseProducer<Deliveries>,
}

/// A record with the number by which its sender knows it.
pub type Outgoing<'a> = BaseRecord<'a, [u8], [u8], usize>;

/// A record that was not taken, by its number, and why.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{why}")]
pub struct NotTaken {
    pub number: usize,
    pub why: KafkaError,
}

/// As long as a broker may take for one record, its restart included.
const PATIENCE: Duration = Duration::from_secs(60);
/// For records that wait in the client when its queue is full.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// As large as a raw topic takes them, the headers with it; the client's own limit is below what a source may send.
const RECORD_BYTES_MAX: usize = RAW_RECORD_BYTES_MAX + (64 << 10);

#[derive(Debug, Default)]
struct Deliveries {
    failed: Mutex<BTreeMap<usize, KafkaError>>,
}

impl std::fmt::Debug for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, number: usize) {
        if let Err((why, _)) = result {
            self.failed.lock().unwrap_or_else(PoisonError::into_inner).insert(number, why.clone());
        }
    }
}

impl Sender {
    /// # Errors
    /// When the client cannot be set up with the properties of the settings.
    pub fn new(kafka: &KafkaSettings) -> Result<Self, Failure> {
        let mut client = admin_config(kafka)?;
        client
            // Java's clients place keys so.
            .set("partitioner", "murmur2_random")
            .set("enable.idempotence", "true")
            .set("linger.ms", "5")
            .set("message.max.bytes", RECORD_BYTES_MAX.to_string())
            .set("message.timeout.ms", PATIENCE.as_millis().to_string());
        let producer = client.create_with_context(Deliveries::default()).map_err(|error| {
            Failure::usage(format!("the Kafka client cannot be set up: {error}")).at("kafka.properties")
        })?;
        Ok(Self { producer })
    }

    /// Hands a record to the client, which sends it when it can.
    ///
    /// # Errors
    /// When the client refuses it: it is too large.
    pub fn send(&self, record: Outgoing<'_>) -> Result<(), NotTaken> {
        let number = record.delivery_opaque;
        let mut record = record;
        loop {
            match self.producer.send(record) {
                Ok(()) => break,
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                    self.producer.poll(LOOK_AGAIN);
                    record = back;
                }
                Err((why, _)) => return Err(NotTaken { number, why }),
            }
        }
        self.producer.poll(Duration::ZERO);
        Ok(())
    }

    /// Waits until every record has been taken or given up.
    ///
    /// # Errors
    /// The first that was not taken.
    pub fn flush(&self) -> Result<(), NotTaken> {
        match self.not_taken()?.pop_first() {
            Some((number, why)) => Err(NotTaken { number, why }),
            None => Ok(()),
        }
    }

    /// The same: those that were not taken, and why.
    ///
    /// # Errors
    /// When of some it is not known.
    pub fn not_taken(&self) -> Result<BTreeMap<usize, KafkaError>, NotTaken> {
        let flushed = self.producer.flush(PATIENCE + PATIENCE);
        let failed =
            std::mem::take(&mut *self.producer.context().failed.lock().unwrap_or_else(PoisonError::into_inner));
        match flushed {
            Err(why) if failed.is_empty() => Err(NotTaken { number: 0, why }),
            _ => Ok(failed),
        }
    }
}
