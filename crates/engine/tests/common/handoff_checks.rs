//! What must hold of everything that is told of hand-offs.

use super::history::World;
use engine::input::Effect;
use engine::rows::{self, Row};
use std::collections::{BTreeMap, BTreeSet};
use touchpoint::output::{Handoff as Event, HandoffStatus};
use touchpoint::{ContactId, EventId, SubjectId, Text};

/// What was told of hand-offs.
#[derive(Default)]
pub(crate) struct Handed {
    sequences: BTreeMap<SubjectId, u64>,
    /// Those that are not over: life cycle, and whom each is about.
    pub(crate) open: BTreeMap<EventId, (Text, BTreeSet<ContactId>)>,
    over: BTreeSet<EventId>,
}

impl Handed {
    pub(super) fn told(&mut self, event: &Event) {
        let envelope = &event.envelope;
        let sequence = self.sequences.entry(envelope.subject).or_default();
        *sequence += 1;
        assert_eq!(envelope.sequence, *sequence, "dense from 1");
        assert!(envelope.sentence.is_some() && envelope.life_cycle.is_some());
        assert!(!self.over.contains(&event.handoff_id), "what is over is told no more");
        let (about, life_cycle) = (event.contact.contact_id, envelope.life_cycle.clone().unwrap_or_default());
        let after: BTreeSet<ContactId> = event.contacts.iter().copied().collect();
        assert_eq!(after.len(), event.contacts.len(), "each once");
        let begins = matches!(event.status, HandoffStatus::Offered | HandoffStatus::Joined);
        if begins {
            let elsewhere = self.open.values().any(|(of, contacts)| *of == life_cycle && contacts.contains(&about));
            assert!(!elsewhere, "one hand-off of a contact at a time");
        }
        let is_known = self.open.contains_key(&event.handoff_id);
        assert_eq!(is_known, event.status != HandoffStatus::Offered, "an offer is the first word, {:?}", event.status);
        let (_, before) = self.open.entry(event.handoff_id).or_insert_with(|| (life_cycle, BTreeSet::new()));
        let mut expected = before.clone();
        if begins {
            assert!(expected.insert(about));
        } else {
            assert!(expected.contains(&about), "{:?} of who is in it", event.status);
        }
        let gone = matches!(event.status, HandoffStatus::Withdrawn | HandoffStatus::Closed)
            || (event.status == HandoffStatus::Rejected && !after.contains(&about));
        if gone {
            expected.remove(&about);
        }
        assert_eq!(after, expected, "{:?}", event.status);
        *before = after;
        if before.is_empty() {
            self.open.remove(&event.handoff_id);
            self.over.insert(event.handoff_id);
        }
    }
}

impl World {
    /// When every message has come: what desks have open is what contacts ask for.
    pub(crate) fn check_handoffs(&self) {
        let mut told: Vec<(ContactId, Text)> = Vec::new();
        for (life_cycle, contacts) in self.handed.open.values() {
            told.extend(contacts.iter().map(|contact| (*contact, life_cycle.clone())));
        }
        let mut asked: Vec<(ContactId, Text)> = Vec::new();
        let mut over: BTreeSet<(ContactId, Text)> = BTreeSet::new();
        for (key, row) in self.rows.iter() {
            match row {
                Row::Head(head) => {
                    let Some(contact) = rows::contact_of(key) else { continue };
                    let heard = head.handovers.asking.iter().filter(|asking| asking.is_heard());
                    asked.extend(heard.map(|asking| (contact, asking.life_cycle.clone())));
                }
                Row::Handoff(row) => {
                    let closed = row.contacts.iter().filter(|joined| joined.is_over);
                    over.extend(closed.map(|joined| (joined.contact, row.life_cycle.clone())));
                }
                _ => {}
            }
        }
        assert!(over.is_empty(), "who is told that it is over asks no more: {over:?}");
        told.sort();
        asked.sort();
        assert_eq!(told, asked, "desks and contacts agree");
    }

    /// Statuses told so far, for tests that want to have seen them.
    pub(crate) fn handoff_statuses(&self) -> BTreeSet<HandoffStatus> {
        let told = self.effects.iter();
        told.filter_map(|effect| if let Effect::Handoff(event) = effect { Some(event.status) } else { None }).collect()
    }
}
