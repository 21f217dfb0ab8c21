//! Contact records of Amazon Connect: one when the call has ended, one more when the agent has written it up.
//! <https://docs.aws.amazon.com/connect/latest/adminguide/ctr-data-model.html>

use super::zoom::seconds;
use crate::market::calendar::{MINUTE, SECOND};
use crate::market::dice::Dice;
use crate::market::record::RawEvent;
use serde_json::{Map, Value as Json, json};
use touchpoint::Timestamp;

/// One call.
pub(in crate::market) struct Call {
    pub(in crate::market) at: Timestamp,
    /// `INBOUND` or `OUTBOUND`.
    pub(in crate::market) initiation: &'static str,
    pub(in crate::market) number: String,
    pub(in crate::market) agent: &'static str,
    /// Of the talk; `None`: nobody answered.
    pub(in crate::market) talk_millis: Option<i64>,
    /// The contact's id in the CRM, where the agent called from there.
    pub(in crate::market) crm_id: Option<String>,
    /// What the agent chose and wrote afterwards.
    pub(in crate::market) written: Map<String, Json>,
}

impl Call {
    /// The record at the end of the call and, where something was written, the later version; and when it all ended.
    pub(in crate::market) fn records(self, dice: &mut Dice) -> (Vec<RawEvent>, Timestamp) {
        let id = dice.uuid();
        let answered_at = self.at.plus_millis(dice.between(8 * SECOND, 40 * SECOND));
        let ended_at = answered_at.plus_millis(self.talk_millis.unwrap_or(15 * SECOND));
        let mut attributes = Map::new();
        attributes.insert(String::from("greetingPlayed"), json!("true"));
        if let Some(crm_id) = &self.crm_id {
            attributes.insert(String::from("dc_crm_id"), json!(format!("salesforce:{crm_id}")));
        }
        let first = ended_at.plus_millis(dice.between(5 * SECOND, 30 * SECOND));
        let mut records = vec![self.record(&id, answered_at, ended_at, first, &attributes)];
        let written = ended_at.plus_millis(dice.between(MINUTE, 15 * MINUTE));
        if !self.written.is_empty() {
            attributes.extend(self.written.clone());
            records.push(self.record(&id, answered_at, ended_at, written, &attributes));
        }
        (records, written)
    }

    fn record(
        &self,
        id: &str,
        answered_at: Timestamp,
        ended_at: Timestamp,
        updated_at: Timestamp,
        attributes: &Map<String, Json>,
    ) -> RawEvent {
        let agent = self.talk_millis.map(|talk| {
            json!({
                "ARN": format!("arn:aws:connect:ap-northeast-1:123456789012:instance/i/agent/{}", self.agent),
                "AgentInteractionDuration": talk / SECOND,
                "ConnectedToAgentTimestamp": seconds(answered_at),
                "CustomerHoldDuration": 0,
                "RoutingProfile": {"ARN": "arn:aws:connect:routing-profile", "Name": "Inside Sales"},
                "Username": self.agent,
            })
        });
        let record = json!({
            "AWSAccountId": "123456789012",
            "AWSContactTraceRecordFormatVersion": "2017-03-10",
            "Agent": agent,
            "AgentConnectionAttempts": 1,
            "AnsweringMachineDetectionStatus": null,
            "Attributes": attributes,
            "Channel": "VOICE",
            "ConnectedToSystemTimestamp": seconds(self.at),
            "ContactId": id,
            "CustomerEndpoint": {"Address": self.number, "Type": "TELEPHONE_NUMBER"},
            "DisconnectReason": if agent.is_some() { "CUSTOMER_DISCONNECT" } else { "TELECOM_TIMEOUT" },
            "DisconnectTimestamp": seconds(ended_at),
            "InitialContactId": null,
            "InitiationMethod": self.initiation,
            "InitiationTimestamp": seconds(self.at),
            "InstanceARN": "arn:aws:connect:ap-northeast-1:123456789012:instance/i",
            "LastUpdateTimestamp": seconds(updated_at),
            "NextContactId": null,
            "PreviousContactId": null,
            "Queue": if self.initiation == "INBOUND" {
                json!({"ARN": "arn:aws:connect:queue", "Duration": 20, "Name": "Sales"})
            } else {
                Json::Null
            },
            "Recording": null,
            "SystemEndpoint": {"Address": "+81300000000", "Type": "TELEPHONE_NUMBER"},
        });
        RawEvent::json(updated_at.plus_millis(4 * SECOND), "call", "amazon-connect", &record).with_key(id)
    }
}
