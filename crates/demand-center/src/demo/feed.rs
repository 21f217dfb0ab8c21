use super::pace::Pace;
use crate::failure::Failure;
use crate::kafka::admin_config;
use crate::settings::Settings;
use crate::topics::names;
use ::engine::input::Input;
use observe::{Metrics, Shutdown};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use std::time::Duration;
use testbed::market::{MarketSettings, RawEvent, Step, Summary, steps};

/// Sends the market's records, and at the end of each simulated day the tick, when everything has come through. What
/// was sent.
pub(super) fn feed(
    settings: &Settings,
    market: MarketSettings,
    metrics: &Metrics,
    shutdown: &Shutdown,
) -> Result<Summary, Failure> {
    let mut client = admin_config(&settings.kafka)?;
    client.set("partitioner", "murmur2_random").set("enable.idempotence", "true").set("linger.ms", "5");
    let producer: BaseProducer =
        client.create().map_err(|error| Failure::findings(format!("the demo's sender cannot be set up: {error}")))?;
    let mut pace = Pace::new(settings, metrics);
    let mut steps = steps(market);
    let timeout = settings.kafka.request_timeout.0;
    for step in &mut steps {
        if shutdown.is_requested() {
            break;
        }
        match step {
            Step::Send(event) => pace.sent(&send(&producer, settings, &event)?),
            Step::Tick(at) => {
                producer.flush(timeout).map_err(|error| refused(&error))?;
                pace.wait(shutdown);
                let value = Input::Tick(at).encode();
                let inbox = format!("{}{}", settings.kafka.topic_prefix, names::INBOX);
                for partition in 0..settings.topics.partitions {
                    let tick = BaseRecord::<(), [u8]>::to(&inbox).partition(partition).payload(&value);
                    producer.send(tick).map_err(|(error, _)| refused(&error))?;
                    pace.sent(&inbox);
                }
                producer.flush(timeout).map_err(|error| refused(&error))?;
                pace.wait(shutdown);
            }
        }
    }
    Ok(steps.summary().clone())
}

/// Sends one record; the topic that it went to.
fn send(producer: &BaseProducer, settings: &Settings, event: &RawEvent) -> Result<String, Failure> {
    let topic = format!("{}{}{}", settings.kafka.topic_prefix, names::RAW, event.channel);
    let mut headers = OwnedHeaders::new();
    for (key, value) in event.headers() {
        headers = headers.insert(Header { key, value: Some(value) });
    }
    let mut record = BaseRecord::<[u8], [u8]>::to(&topic).payload(&event.value).headers(headers);
    if let Some(key) = &event.key {
        record = record.key(key.as_bytes());
    }
    loop {
        match producer.send(record) {
            Ok(()) => break,
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                producer.poll(Duration::from_millis(10));
                record = back;
            }
            Err((error, _)) => return Err(refused(&error)),
        }
    }
    producer.poll(Duration::ZERO);
    Ok(topic)
}

fn refused(error: &KafkaError) -> Failure {
    Failure::unreachable(format!("the broker does not take the market's records: {error}"))
}
