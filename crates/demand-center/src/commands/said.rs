//! What an operator says of identities: a canonical touchpoint on the raw topic of the CRM, like any CRM's.

use crate::failure::Failure;
use crate::kafka::{Cluster, Outgoing, Sender};
use crate::settings::Settings;
use crate::topics::TopicPlan;
use rdkafka::message::{Header, OwnedHeaders};
use serde_json::{Value as Json, json};
use touchpoint::Timestamp;

/// The channel on which CRMs say who is who.
const CHANNEL: &str = "crm";

/// Sends one word about identities, as said now.
///
/// # Errors
/// When the channel has no topic, or the cluster does not take the record.
pub(super) fn say(
    settings: &Settings,
    cluster: &Cluster,
    (id, kind, by): (&str, &str, &str),
    identifiers: Json,
) -> Result<(), Failure> {
    let topic = TopicPlan::new(settings).raw(CHANNEL);
    if !cluster.topics(&[&topic])?.contains_key(&topic) {
        return Err(Failure::findings(format!("there is no topic {topic}; nothing was said"))
            .next("create it by `demand-center topics apply`"));
    }
    let now = now();
    let said = json!({
        "source": "operators",
        "id": format!("{id}:{}", now.as_millis()),
        "occurred_at": now.to_string(),
        "channel": CHANNEL,
        "kind": kind,
        "identifiers": identifiers,
        "actor": { "id": by, "role": "operator" },
    });
    let value = said.to_string();
    let canonical = OwnedHeaders::new().insert(Header { key: "source", value: Some("canonical") });
    send(settings, Outgoing::with_opaque_to(&topic, 0).key(id.as_bytes()).payload(value.as_bytes()).headers(canonical))
}

/// Sends one record.
///
/// # Errors
/// When the cluster does not take it.
pub(super) fn send(settings: &Settings, record: Outgoing<'_>) -> Result<(), Failure> {
    let sender = Sender::new(&settings.kafka)?;
    sender.send(record).and_then(|()| sender.flush()).map_err(|failed| {
        Failure::unreachable(format!("the broker does not take the record: {failed}")).next("run it again")
    })
}

pub(super) fn now() -> Timestamp {
    Timestamp::from_millis(observe::clock::now().as_millis())
}
