use super::admin_config;
use crate::failure::Failure;
use crate::settings::KafkaSettings;
use rdkafka::client::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, DeliveryResult, Producer, ProducerContext};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Sends records as a tool outside would: each once, none lost, none unaccounted for.
pub struct Sender {
    producer: BaseProducer<Deliveries>,
}

/// A record with the number by which its sender knows it.
pub type Outgoing<'a> = BaseRecord<'a, [u8], [u8], usize>;

/// The first record that was not taken, by its number, and why.
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

#[derive(Debug, Default)]
struct Deliveries {
    first_failed: Mutex<Option<NotTaken>>,
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
            self.failed(NotTaken { number, why: why.clone() });
        }
    }
}

impl Deliveries {
    fn failed(&self, failed: NotTaken) {
        let mut first = self.first_failed.lock().unwrap_or_else(PoisonError::into_inner);
        if first.as_ref().is_none_or(|first| failed.number < first.number) {
            *first = Some(failed);
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
        let flushed = self.producer.flush(PATIENCE + PATIENCE);
        let first = self.producer.context().first_failed.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (first, flushed) {
            (Some(failed), _) => Err(failed),
            (None, Err(why)) => Err(NotTaken { number: 0, why }),
            (None, Ok(())) => Ok(()),
        }
    }
}
