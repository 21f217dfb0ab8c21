//! What a desk tells a contact: a row of its ledger, so that every fold reads it alike.

use crate::ledger::LedgerRow;
use serde::{Deserialize, Serialize};
use touchpoint::limits::OWN_SOURCE;
use touchpoint::{Delivered, EventId, IdentifierKey, SubjectId, Text, Timestamp, Touchpoint, Value};

const KIND: &str = "handoff";
/// No channel of a playbook: what we tell ourselves is nobody's doing.
const CHANNEL: &str = "~handoff";

/// How a hand-off of a contact stands, as its desk last told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandoffFact {
    pub life_cycle: Text,
    pub handoff: EventId,
    /// The contact's asking.
    pub number: u64,
    /// How often it had been raised when this was told.
    pub raised: u32,
    pub is_open: bool,
    /// The person, or partner, who has it.
    pub person: Option<Text>,
    /// When a promise was first broken.
    pub breached_at: Option<Timestamp>,
}

/// Is this row one?
pub(crate) fn is_one(row: &LedgerRow) -> bool {
    row.touchpoint.kind == KIND && row.touchpoint.input.source == OWN_SOURCE
}

impl HandoffFact {
    /// As it goes to the contact's home; `count`: how many the desk has told.
    pub(crate) fn deliver(&self, desk: SubjectId, count: u64, now: Timestamp) -> Delivered {
        let mut touchpoint = Touchpoint::new(OWN_SOURCE, format!("{desk}:handoff:{count:020}"), now, CHANNEL, KIND);
        let properties = &mut touchpoint.properties;
        properties.set("life_cycle", Value::Text(self.life_cycle.clone()));
        properties.set("handoff", Value::text(self.handoff.to_string()));
        properties.set("number", Value::text(self.number.to_string()));
        properties.set("raised", Value::text(self.raised.to_string()));
        properties.set("open", Value::Bool(self.is_open));
        if let Some(person) = &self.person {
            properties.set("person", Value::Text(person.clone()));
        }
        if let Some(at) = self.breached_at {
            properties.set("breached_at_millis", Value::text(at.as_millis().to_string()));
        }
        let via = IdentifierKey(super::subject_id(desk));
        Delivered { touchpoint, via, known: false, account: None, arrived_at: now, replaces: None }
    }

    /// Reads it back; `None` when it is none of ours.
    pub(crate) fn read(touchpoint: &Touchpoint) -> Option<Self> {
        let text = |name: &str| touchpoint.properties.get(name).and_then(Value::as_text);
        Some(Self {
            life_cycle: Text::new(text("life_cycle")?),
            handoff: text("handoff")?.parse().ok()?,
            number: text("number")?.parse().ok()?,
            raised: text("raised")?.parse().ok()?,
            is_open: touchpoint.properties.get("open") == Some(&Value::Bool(true)),
            person: text("person").map(Text::new),
            breached_at: text("breached_at_millis").and_then(|at| at.parse().ok()).map(Timestamp::from_millis),
        })
    }
}
