//! SendGrid's event webhook: lists of events.
//! <https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event>

use crate::market::dice::Dice;
use crate::market::record::RawEvent;
use serde_json::{Value as Json, json};
use touchpoint::Timestamp;

/// One message to one person.
#[derive(Clone)]
pub(in crate::market) struct Message {
    pub(in crate::market) email: String,
    pub(in crate::market) id: String,
    pub(in crate::market) campaign: &'static str,
    /// The asset that it is about.
    pub(in crate::market) content: &'static str,
}

impl Message {
    /// One event, at the whole second that the provider tells.
    pub(in crate::market) fn event(&self, at: Timestamp, event: &str, more: Json, dice: &mut Dice) -> Json {
        let mut json = json!({
            "email": self.email,
            "timestamp": at.as_millis().div_euclid(1000),
            "event": event,
            "category": ["marketing"],
            "sg_event_id": dice.hex(22),
            "sg_message_id": self.id,
            "dc_campaign": self.campaign,
            "dc_content": self.content,
        });
        if let (Some(json), Json::Object(more)) = (json.as_object_mut(), more) {
            json.extend(more);
        }
        json
    }
}

/// The webhook posts what it has gathered as one list.
pub(in crate::market) fn posted(at: Timestamp, events: Vec<Json>) -> RawEvent {
    RawEvent::json(at, "email", "sendgrid", &Json::Array(events))
}
