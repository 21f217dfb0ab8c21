//! The owner of a deal. A touchpoint of a deal concerns the people that the deal names, else whom it was converted from,
//! and its account always. Any of them may become known later than the touchpoint: so the row keeps the touchpoints, and
//! the copies that it sends are a function of all it keeps.
//!
//! A copy is an input of its own (`<id>#<deal>#<whom>`) that can be revised, so that its owner takes it back or replaces it
//! by the rules of every other. The deal is in its name, since a later version of the touchpoint may name another deal, and
//! the two count their publications apart.

use crate::keys::{self, Keys};
use crate::message::{Leg, Routing, Visit, Word};
use crate::out::Counter;
use crate::router::{Misrouted, Turn};
use crate::row::{Kept, Knowledge, Opportunity, Row};
use crate::{Settings, codec, normal};
use std::collections::BTreeMap;
use touchpoint::{AccountRef, Identifier, IdentifierKind, InputId, OpportunityContact, Text, Timestamp, Touchpoint};

/// Touchpoints of a deal that still get what is learned late; the older ones stand where they were sent.
const KEPT_MAX: usize = 64;
/// Their bytes: a row has to fit a record.
const KEPT_BYTES_MAX: usize = 400_000;
/// People of one deal that get copies.
const CONTACTS_MAX: usize = 32;
/// The kind of touchpoint that names whom a deal was made from.
const CONVERTED: &str = "converted";

impl Turn<'_> {
    pub(crate) fn visit_opportunity(&mut self, row: &mut Option<Row>, visit: Visit) -> Result<bool, Misrouted> {
        if !matches!(visit.routing.leg, Leg::Arriving | Leg::Accepted) {
            return Err(self.misrouted("visit that returns"));
        }
        let Visit { touchpoint, routing } = visit;
        self.change_opportunity(row, |deal| {
            if routing.replaces.is_none() && deal.touchpoints.iter().any(|kept| kept.touchpoint == touchpoint) {
                return;
            }
            deal.touchpoints.retain(|kept| kept.touchpoint.input != touchpoint.input);
            deal.touchpoints.push(Kept { touchpoint, arrived_at: routing.arrived_at });
            deal.touchpoints.sort_by(|a, b| place(&a.touchpoint).cmp(&place(&b.touchpoint)));
        })
    }

    pub(crate) fn notice_opportunity(&mut self, row: &mut Option<Row>, word: Word) -> Result<bool, Misrouted> {
        match word {
            Word::Withdraw { replaced, .. } => self.change_opportunity(row, |deal| {
                deal.touchpoints.retain(|kept| kept.touchpoint.input != replaced.input);
            }),
            other => Err(self.misrouted(other.name())),
        }
    }

    fn change_opportunity(
        &mut self,
        row: &mut Option<Row>,
        change: impl FnOnce(&mut Opportunity),
    ) -> Result<bool, Misrouted> {
        let mut deal = match row.take() {
            None => Box::default(),
            Some(Row::Opportunity(deal)) => deal,
            other => {
                *row = other;
                return Err(self.misrouted("message for an opportunity"));
            }
        };
        let before = deal.clone();
        change(&mut deal);
        let changed = *deal != *before;
        if changed {
            self.publish(&before, &mut deal);
        }
        *row = (*deal != Opportunity::default()).then_some(Row::Opportunity(deal));
        Ok(changed)
    }

    /// Sends the copies that are new or others, and takes back those that no longer are.
    fn publish(&mut self, before: &Opportunity, deal: &mut Opportunity) {
        let [sent, mut wanted] = [before, &*deal].map(|deal| deal.copies(self.settings));
        deal.revision += 1;
        for kept in &deal.touchpoints {
            let prefix = format!("{}#", kept.touchpoint.input.id);
            if !wanted.keys().any(|input| input.id.starts_with(&prefix)) {
                self.count(Counter::Unplaced);
            }
        }
        for (input, (_, arrived_at)) in &sent {
            if !wanted.contains_key(input) {
                let mut void = Touchpoint::new(&input.source, &input.id, Timestamp::MIN, "", "");
                void.void = true;
                self.send_copy(void, deal.revision, *arrived_at);
            }
        }
        wanted.retain(|input, (copy, _)| sent.get(input).is_none_or(|(had, _)| had != copy));
        for (copy, arrived_at) in wanted.into_values() {
            self.send_copy(copy, deal.revision, arrived_at);
        }
        let mut bytes = codec::bytes_of(&deal.touchpoints);
        while deal.touchpoints.len() > KEPT_MAX || deal.touchpoints.len() > 1 && bytes > KEPT_BYTES_MAX {
            let settled = deal.touchpoints.remove(0);
            bytes = bytes.saturating_sub(codec::bytes_of(&settled));
            deal.former.learn(&settled.touchpoint, self.settings);
            self.count(Counter::Settled);
        }
    }

    fn send_copy(&mut self, mut copy: Touchpoint, revision: i64, arrived_at: Timestamp) {
        copy.version = Some(revision);
        let to = self.settings.hash_key.input(&copy.input);
        let routing = Routing { copy: true, ..Routing::arriving(arrived_at) };
        self.pass(to, Visit { touchpoint: copy, routing }, Leg::Arriving);
    }
}

type Copies = BTreeMap<InputId, (Touchpoint, Timestamp)>;

impl Opportunity {
    /// What its touchpoints become, by input.
    fn copies(&self, settings: &Settings) -> Copies {
        let mut known = self.former.clone();
        for kept in &self.touchpoints {
            known.learn(&kept.touchpoint, settings);
        }
        let mut copies = Copies::new();
        for Kept { touchpoint, arrived_at } in &self.touchpoints {
            for copy in copies_of(touchpoint, &known, settings) {
                copies.insert(copy.input.clone(), (copy, *arrived_at));
            }
        }
        copies
    }
}

impl Knowledge {
    /// Learns whom the deal concerns from a touchpoint; told in order of time, the last word counts.
    fn learn(&mut self, touchpoint: &Touchpoint, settings: &Settings) {
        if let Some(account) = company(touchpoint, settings) {
            self.account = Some(account);
        }
        for named in touchpoint.opportunity.iter().flat_map(|deal| &deal.contacts) {
            let Some(crm_id) = normal::scoped(&named.crm_id) else { continue };
            match self.contacts.binary_search_by(|have| have.crm_id.cmp(&crm_id)) {
                Ok(at) => {
                    if named.role.is_some() {
                        self.contacts[at].role.clone_from(&named.role);
                    }
                }
                Err(_) if self.contacts.len() >= CONTACTS_MAX => {}
                Err(at) => self.contacts.insert(at, OpportunityContact { crm_id, role: named.role.clone() }),
            }
        }
        if touchpoint.kind == CONVERTED
            && let Some(person) = touchpoint.identifiers.iter().find(|identifier| identifier.kind.names())
        {
            self.converted = Some(person.clone());
        }
    }
}

/// The copies of one touchpoint: for its own person, for those the deal names, for the account.
fn copies_of(touchpoint: &Touchpoint, known: &Knowledge, settings: &Settings) -> Vec<Touchpoint> {
    let mut copies = Vec::new();
    let deal = touchpoint.opportunity.as_ref().map_or("", |deal| &deal.id);
    let copy = |whom: &str, identifiers: Vec<Identifier>, contacts: Vec<OpportunityContact>| {
        let mut copy = touchpoint.clone();
        copy.input.id = compact_str::format_compact!("{}#{deal}#{whom}", touchpoint.input.id);
        copy.identifiers = identifiers;
        if let Some(deal) = &mut copy.opportunity {
            deal.contacts = contacts;
        }
        copy
    };
    let own: Vec<&str> = touchpoint.identifiers_of(IdentifierKind::CrmId).collect();
    let is_own = |contact: &&OpportunityContact| own.contains(&contact.crm_id.as_str());
    let has_person = Keys::of(&touchpoint.identifiers, settings).strongest().is_some();
    if has_person {
        let contacts = known.contacts.iter().filter(is_own).cloned().collect();
        copies.push(copy("person", touchpoint.identifiers.clone(), contacts));
    }
    for contact in known.contacts.iter().filter(|contact| !is_own(contact)) {
        let person = Identifier { kind: IdentifierKind::CrmId, value: contact.crm_id.clone() };
        copies.push(copy(&contact.crm_id, vec![person], vec![contact.clone()]));
    }
    if let Some(converted) = known.converted.as_ref().filter(|_| !has_person && known.contacts.is_empty()) {
        copies.push(copy("converted", vec![converted.clone()], Vec::new()));
    }
    if let Some(account) = company(touchpoint, settings).or_else(|| known.account.clone()) {
        let mut copy = copy("account", Vec::new(), known.contacts.clone());
        copy.account = Some(Box::new(account));
        copies.push(copy);
    }
    copies
}

/// What a touchpoint tells of the company: the account it names, else the domain of its person's address.
fn company(touchpoint: &Touchpoint, settings: &Settings) -> Option<AccountRef> {
    if let Some(account) = &touchpoint.account
        && !keys::companies(touchpoint, settings).is_empty()
    {
        let mut account = AccountRef::clone(account);
        // The copy for the account carries no address to read the domain from.
        if account.domain.is_none() {
            account.domain = keys::address_domain(touchpoint, settings);
        }
        return Some(account);
    }
    let domain: Text = keys::address_domain(touchpoint, settings)?;
    Some(AccountRef { domain: Some(domain), ..AccountRef::default() })
}

fn place(touchpoint: &Touchpoint) -> (Timestamp, &InputId) {
    (touchpoint.occurred_at, &touchpoint.input)
}
