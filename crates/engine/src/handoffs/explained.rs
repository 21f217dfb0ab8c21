//! The hand-offs that a contact asks for, for a person who wants to know.

use super::Handovers;
use crate::aggregate::Facts;
use crate::version::Version;
use playbook::model::Label;
use touchpoint::output::HandedTo;
use touchpoint::{EventId, Text, Timestamp};

/// A hand-off that the contact asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandoffExplained {
    pub life_cycle: Text,
    pub handoff: Text,
    pub label: Label,
    pub asked_at: Timestamp,
    /// `None`: the company has not told of itself yet, and the way is open.
    pub to: Option<HandedTo>,
    /// The desk has opened it; its id.
    pub id: Option<EventId>,
    /// Since when something that was promised is late.
    pub breached_at: Option<Timestamp>,
}

pub(crate) fn explained(handovers: &Handovers, version: &Version, facts: &Facts) -> Vec<HandoffExplained> {
    let each = handovers.asking.iter().filter_map(|asking| {
        let kind = &version.model.handoffs[version.handoffs.place(asking.of)?];
        let told = facts.handoff(&asking.life_cycle);
        let told = told.filter(|told| told.number == asking.number && told.is_open);
        let person = told.and_then(|told| told.person.clone());
        let to = asking.to.clone().map(|to| match (&to.partner, person) {
            (None, Some(person)) => HandedTo { person: Some(person), ..to },
            _ => to,
        });
        Some(HandoffExplained {
            life_cycle: asking.life_cycle.clone(),
            handoff: kind.name.clone(),
            label: kind.label.clone(),
            asked_at: asking.asked_at,
            to,
            id: told.map(|told| told.handoff),
            breached_at: told.and_then(|told| told.breached_at),
        })
    });
    each.collect()
}
