//! Webhooks of Zoom Webinars.
//! <https://developers.zoom.us/docs/api/meetings/events/>

use crate::market::calendar::SECOND;
use crate::market::record::RawEvent;
use crate::market::seminar::Seminar;
use serde_json::{Value as Json, json};
use touchpoint::Timestamp;

impl Seminar {
    /// `webinar.registration_created` and the like. Registrations carry the webinar's id as a number.
    pub(in crate::market) fn registration(&self, event: &str, at: Timestamp, registrant: &Json) -> RawEvent {
        let mut object = self.object();
        object["id"] = json!(self.webinar);
        object["registrant"] = registrant.clone();
        webhook(event, at, &object)
    }

    /// `webinar.participant_joined` and `_left`. Here the id is text.
    pub(in crate::market) fn participation(&self, event: &str, at: Timestamp, participant: &Json) -> RawEvent {
        let mut object = self.object();
        object["participant"] = participant.clone();
        webhook(event, at, &object)
    }

    /// `webinar.started` and `webinar.ended`, which are about nobody.
    pub(in crate::market) fn itself(&self, event: &str, at: Timestamp) -> RawEvent {
        webhook(event, at, &self.object())
    }

    fn object(&self) -> Json {
        json!({
            "uuid": format!("{}==", self.uuid),
            "id": self.webinar.to_string(),
            "host_id": "kojoCloudHost00000000A",
            "topic": self.title(),
            "type": 5,
            "start_time": seconds(self.starts_at),
            "duration": self.minutes,
            "timezone": "Asia/Tokyo",
        })
    }
}

fn webhook(event: &str, at: Timestamp, object: &Json) -> RawEvent {
    let payload = json!({"account_id": "kojoCloudAccount000000", "object": object});
    let told = json!({"event": event, "event_ts": at.as_millis(), "payload": payload});
    RawEvent::json(at.plus_millis(3 * SECOND), "event", "zoom-webinar", &told)
}

/// Zoom tells whole seconds.
pub(in crate::market) fn seconds(at: Timestamp) -> String {
    let whole = Timestamp::from_millis(at.as_millis().div_euclid(1000) * 1000).to_string();
    whole.replace(".000Z", "Z")
}
