//! Bringing a playbook into force: its content into the topic `playbooks`, and its hash with the moment from which it
//! counts into every partition of the inbox, in one transaction: either every contact learns of it or none.

use ::engine::input::Input;
use ::engine::version::Activation;
use playbook::{Bundle, BundleError};
use rdkafka::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use std::time::Duration;
use touchpoint::Timestamp;

/// Why an activation did not happen.
#[derive(Debug, thiserror::Error)]
pub enum ActivateError {
    #[error("the cluster did not take the activation: {0}; nothing was changed, run the command again")]
    Kafka(#[from] KafkaError),
    #[error(
        "whether the cluster took the activation is not known: {0}; run the command again, a second time changes nothing"
    )]
    InDoubt(KafkaError),
    #[error("another activation ran at the same time and came first; run the command again if this one is to count")]
    Overtaken,
    #[error("topic {topic} does not exist or has no partitions; run `demand-center topics apply`")]
    NoTopic { topic: String },
    #[error("{topic} has {found} partitions, but must have 1; `demand-center topics plan` shows what is needed")]
    Partitions { topic: String, found: i32 },
    #[error(transparent)]
    Bundle(#[from] BundleError),
}

/// Writes content and activation. `inbox` and `playbooks` are full topic names.
///
/// # Errors
/// See [`ActivateError`].
pub fn activate(
    client: &ClientConfig,
    inbox: &str,
    playbooks: &str,
    bundle: &Bundle,
    effective_at: Timestamp,
    timeout: Duration,
) -> Result<(), ActivateError> {
    let content = bundle.to_bytes()?;
    let hash = bundle.hash();
    let mut client = client.clone();
    // One id for all who activate: two at a time fence each other, so that the order is the same in every partition.
    client.set("transactional.id", format!("{inbox}-activation"));
    // Who is killed in the midst holds up the inbox's readers for so long.
    client.set("transaction.timeout.ms", timeout.as_millis().to_string());
    let producer: BaseProducer = client.create()?;
    let partitions = partitions(&producer, inbox, timeout)?;
    match self::partitions(&producer, playbooks, timeout)? {
        1 => {}
        found => return Err(ActivateError::Partitions { topic: playbooks.to_owned(), found }),
    }
    producer.init_transactions(timeout)?;
    producer.begin_transaction()?;
    let record = Input::Activation(Activation { hash: hash.clone(), effective_at }).encode();
    if let Err(error) = send_all(&producer, inbox, playbooks, partitions, &hash, &content, &record) {
        // The broker ends it by itself if this fails too; readers never see a part.
        let _ = producer.abort_transaction(timeout);
        return Err(error.into());
    }
    producer.commit_transaction(timeout).map_err(|error| match error.rdkafka_error_code() {
        Some(RDKafkaErrorCode::Fenced | RDKafkaErrorCode::ProducerFenced | RDKafkaErrorCode::InvalidProducerEpoch) => {
            ActivateError::Overtaken
        }
        _ => ActivateError::InDoubt(error),
    })
}

fn send_all(
    producer: &BaseProducer,
    inbox: &str,
    playbooks: &str,
    partitions: i32,
    hash: &str,
    content: &[u8],
    record: &[u8],
) -> Result<(), KafkaError> {
    // The content first: who reads the activation finds it.
    producer.send(BaseRecord::to(playbooks).key(hash).payload(content)).map_err(|(error, _)| error)?;
    for partition in 0..partitions {
        let to = BaseRecord::<[u8], [u8]>::to(inbox).partition(partition).payload(record);
        producer.send(to).map_err(|(error, _)| error)?;
    }
    Ok(())
}

fn partitions(producer: &BaseProducer, topic: &str, timeout: Duration) -> Result<i32, ActivateError> {
    let metadata = producer.client().fetch_metadata(Some(topic), timeout)?;
    let count = metadata.topics().iter().find(|have| have.name() == topic).map_or(0, |have| have.partitions().len());
    if count == 0 {
        return Err(ActivateError::NoTopic { topic: topic.to_owned() });
    }
    Ok(i32::try_from(count).unwrap_or(i32::MAX))
}
