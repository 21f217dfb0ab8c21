use super::pace::Pace;
use crate::failure::Failure;
use crate::kafka::{NotTaken, Outgoing, Sender};
use crate::settings::Settings;
use crate::topics::names;
use ::engine::input::Input;
use observe::{Metrics, Shutdown};
use rdkafka::message::{Header, OwnedHeaders};
use testbed::market::{MarketSettings, RawEvent, Step, Summary, steps};

/// Sends the market's records, and at the end of each simulated day the tick, when everything has come through. What
/// was sent.
pub(super) fn feed(
    settings: &Settings,
    market: MarketSettings,
    metrics: &Metrics,
    shutdown: &Shutdown,
) -> Result<Summary, Failure> {
    let sender = Sender::new(&settings.kafka)?;
    let mut pace = Pace::new(settings, metrics);
    let mut steps = steps(market);
    for step in &mut steps {
        if shutdown.is_requested() {
            break;
        }
        match step {
            Step::Send(event) => pace.sent(&send(&sender, settings, &event)?),
            Step::Tick(at) => {
                sender.flush().map_err(|error| refused(&error))?;
                pace.wait(shutdown);
                let value = Input::Tick(at).encode();
                let inbox = format!("{}{}", settings.kafka.topic_prefix, names::INBOX);
                for partition in 0..settings.topics.partitions {
                    let tick = Outgoing::with_opaque_to(&inbox, 0).partition(partition).payload(&value);
                    sender.send(tick).map_err(|error| refused(&error))?;
                    pace.sent(&inbox);
                }
                sender.flush().map_err(|error| refused(&error))?;
                pace.wait(shutdown);
            }
        }
    }
    Ok(steps.summary().clone())
}

/// Sends one record; the topic that it went to.
fn send(sender: &Sender, settings: &Settings, event: &RawEvent) -> Result<String, Failure> {
    let topic = format!("{}{}{}", settings.kafka.topic_prefix, names::RAW, event.channel);
    let mut headers = OwnedHeaders::new();
    for (key, value) in event.headers() {
        headers = headers.insert(Header { key, value: Some(value) });
    }
    let mut record = Outgoing::with_opaque_to(&topic, 0).payload(event.value.as_slice()).headers(headers);
    if let Some(key) = &event.key {
        record = record.key(key.as_bytes());
    }
    sender.send(record).map_err(|error| refused(&error))?;
    Ok(topic)
}

fn refused(error: &NotTaken) -> Failure {
    Failure::unreachable(format!("the broker does not take the market's records: {error}"))
}
