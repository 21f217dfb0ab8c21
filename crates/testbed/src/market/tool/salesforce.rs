//! Change events of Salesforce.
//! <https://developer.salesforce.com/docs/platform/change-data-capture/guide/cdc-message-structure.html>

use crate::market::calendar::SECOND;
use crate::market::crm::{Crm, Entity};
use crate::market::record::RawEvent;
use serde_json::{Value as Json, json};
use touchpoint::Timestamp;

/// What one transaction of the org changes, told one event a record, in order.
pub(in crate::market) struct Transaction {
    at: Timestamp,
    user: &'static str,
    key: String,
    commit: u64,
    events: Vec<RawEvent>,
}

impl Transaction {
    pub(in crate::market) fn begin(crm: &mut Crm, at: Timestamp, user: &'static str) -> Self {
        let (key, commit) = crm.transaction();
        Self { at, user, key, commit, events: Vec::new() }
    }

    /// A new record: all its fields.
    pub(in crate::market) fn create(&mut self, entity: Entity, record: &str, fields: Json) -> &mut RawEvent {
        self.event(entity, record, "CREATE", &[], fields)
    }

    /// A changed record: the changed fields, which the header lists.
    pub(in crate::market) fn update(&mut self, entity: Entity, record: &str, fields: Json) -> &mut RawEvent {
        let changed: Vec<String> = fields.as_object().into_iter().flat_map(|fields| fields.keys().cloned()).collect();
        self.event(entity, record, "UPDATE", &changed, fields)
    }

    fn event(&mut self, entity: Entity, record: &str, change: &str, changed: &[String], fields: Json) -> &mut RawEvent {
        let number = i64::try_from(self.events.len()).unwrap_or_default() + 1;
        let mut event = json!({
            "ChangeEventHeader": {
                "entityName": entity.name(),
                "recordIds": [record],
                "changeType": change,
                "changeOrigin": "com/salesforce/api/soap/60.0;client=SfdcInternalAPI/",
                "transactionKey": self.key,
                "sequenceNumber": number,
                "commitTimestamp": self.at.as_millis(),
                "commitNumber": self.commit,
                "commitUser": self.user,
                "nulledFields": [],
                "diffFields": [],
                "changedFields": changed,
            },
        });
        if let (Some(event), Json::Object(fields)) = (event.as_object_mut(), fields) {
            event.extend(fields);
        }
        let at = self.at.plus_millis(2 * SECOND + number);
        self.events.push(RawEvent::json(at, "crm", "salesforce-cdc", &event).with_key(record));
        let last = self.events.len() - 1;
        &mut self.events[last]
    }

    pub(in crate::market) fn events(self) -> Vec<RawEvent> {
        self.events
    }
}
