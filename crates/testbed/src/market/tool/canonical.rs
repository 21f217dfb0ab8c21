//! Records in the canonical form, from systems that the company's own people connected: plain, or in a CloudEvent.

use crate::market::calendar::SECOND;
use crate::market::record::RawEvent;
use serde_json::{Value as Json, json};
use touchpoint::Timestamp;

/// One touchpoint as an object; `touchpoint` holds all but source, id, time and kind.
pub(in crate::market) struct Told<'a> {
    pub(in crate::market) source: &'a str,
    pub(in crate::market) id: String,
    pub(in crate::market) occurred_at: Timestamp,
    pub(in crate::market) channel: &'static str,
    pub(in crate::market) kind: &'a str,
    pub(in crate::market) touchpoint: Json,
}

impl Told<'_> {
    pub(in crate::market) fn plain(self, at: Timestamp) -> RawEvent {
        let mut json = json!({
            "source": self.source,
            "id": self.id,
            "occurred_at": self.occurred_at.to_string(),
            "channel": self.channel,
            "kind": self.kind,
        });
        if let (Some(json), Json::Object(rest)) = (json.as_object_mut(), self.touchpoint) {
            json.extend(rest);
        }
        RawEvent::json(at, self.channel, "canonical", &json).with_key(self.id)
    }

    /// In a CloudEvent in structured mode, whose attributes stand for source, id, kind and time.
    pub(in crate::market) fn cloud_event(self) -> RawEvent {
        let json = json!({
            "specversion": "1.0",
            "id": self.id,
            "source": self.source,
            "type": self.kind,
            "time": self.occurred_at.to_string(),
            "datacontenttype": "application/json",
            "data": self.touchpoint,
        });
        let event = RawEvent::json(self.occurred_at.plus_millis(5 * SECOND), self.channel, "canonical", &json);
        RawEvent { content_type: "application/cloudevents+json", ..event.with_key(self.id) }
    }
}
