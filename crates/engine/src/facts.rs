//! What a touchpoint tells beside points: who, where from, which attributes, which consent.

use crate::aggregate::{
    Aggregate, Attribute, FACT_BYTES_MAX, FACTS_KEPT_MAX, Facts, IDENTIFIERS_KEPT_MAX, REFUSALS_KEPT_MAX, is_kept,
};
use crate::condition::CRM;
use crate::handoffs::Word;
use crate::handoffs::told::{self, HandoffFact};
use crate::ledger::LedgerRow;
use crate::rests::Rests;
use crate::signal;
use playbook::model::{AttributeOf, Model};
use touchpoint::limits::OWN_SOURCE;
use touchpoint::{Actor, ConsentState, IdentifierKind, Text, Timestamp, Touchpoint, Value};

/// Folds the facts of one row in.
pub(crate) fn learn(aggregate: &mut Aggregate, row: &LedgerRow, own: bool) {
    let touchpoint = &row.touchpoint;
    let at = touchpoint.occurred_at;
    let (facts, outlook) = (&mut aggregate.facts, &mut aggregate.outlook);
    if row.known && !facts.known {
        facts.known = true;
        outlook.changed(Rests::KNOWN);
    }
    if facts.first_at.is_none() {
        facts.first_at = Some(at);
    }
    if facts.first_origin.is_none() && touchpoint.origin.is_some() {
        facts.first_origin = touchpoint.origin.as_deref().cloned();
        outlook.changed(Rests::PROFILE);
    }
    if own {
        facts.last_own_at = Some(at);
        outlook.rose(Rests::OWN);
    }
    if row.account.is_some() && facts.account != row.account {
        facts.account = row.account;
        outlook.changed(Rests::ACCOUNT);
    }
    if let Some(unit) = touchpoint.account.as_ref().and_then(|account| account.unit.clone()) {
        facts.account_unit = Some(unit);
        outlook.changed(Rests::PROFILE);
    }
    if let Some(changes) = &touchpoint.attributes {
        outlook.changed(Rests::ATTRIBUTES);
        let source = &touchpoint.input.source;
        changes.contact.iter().for_each(|(name, value)| change(&mut facts.contact_attributes, name, value, source, at));
        changes.account.iter().for_each(|(name, value)| change(&mut facts.account_attributes, name, value, source, at));
    }
    if signal::is_one(row) {
        facts.signal = signal::read(touchpoint);
        outlook.changed(Rests::ACCOUNT);
    }
    if told::is_one(row)
        && let Some(told) = HandoffFact::read(touchpoint)
        && !facts.handoffs.iter().any(|have| have.life_cycle == told.life_cycle && have.number > told.number)
    {
        facts.handoffs.retain(|have| have.life_cycle != told.life_cycle);
        facts.handoffs.push(told);
        outlook.changed(Rests::HANDOFFS);
    }
    learn_word(facts, touchpoint);
    facts.has_left |= touchpoint.disposition.as_deref() == Some("left_company")
        || (touchpoint.channel == "profile" && touchpoint.kind == "left_company");
    if let Some(owner) = owner(touchpoint) {
        facts.owner = Some(owner);
        outlook.changed(Rests::PROFILE);
    }
    if touchpoint.person.is_some() {
        outlook.changed(Rests::PROFILE);
    }
    if learn_consent(facts, touchpoint) | learn_person(facts, touchpoint) {
        outlook.changed(Rests::REACH);
    }
}

/// Attributes that answers set, as far as the playbook says so.
pub(crate) fn learn_answers(aggregate: &mut Aggregate, model: &Model, row: &LedgerRow) {
    let touchpoint = &row.touchpoint;
    for (question, value) in touchpoint.answers.iter() {
        let Some((of, name)) = model.set_by_answer(question) else { continue };
        let attributes = match of {
            AttributeOf::Contact => &mut aggregate.facts.contact_attributes,
            AttributeOf::Account => &mut aggregate.facts.account_attributes,
        };
        change(attributes, name, &Some(value.clone()), &touchpoint.input.source, touchpoint.occurred_at);
        aggregate.outlook.changed(Rests::ATTRIBUTES);
    }
}

/// What sales or success says of the contact. Until when they hold, where they stand says: [`crate::stage`].
fn learn_word(facts: &mut Facts, touchpoint: &Touchpoint) {
    if touchpoint.channel != CRM || !WORDS.contains(&touchpoint.kind.as_str()) {
        return;
    }
    if matches!(touchpoint.kind.as_str(), "rejected" | "lost")
        && let Some(reason) = &touchpoint.reason
    {
        facts.refused_for.insert(0, reason.clone());
        facts.refused_for.truncate(REFUSALS_KEPT_MAX);
    }
    facts.last_word = Some(Box::new(Word {
        kind: touchpoint.kind.clone(),
        reason: touchpoint.reason.clone(),
        held_until: None,
        actor: touchpoint.actor.as_deref().cloned(),
        at: touchpoint.occurred_at,
    }));
}

/// The words that decide what becomes of a hand-off.
const WORDS: [&str; 10] = [
    "accepted",
    "held",
    "rejected",
    "meeting_booked",
    "qualified",
    "converted",
    "opportunity_created",
    "opportunity_stage",
    "won",
    "lost",
];

/// Who leads the contact from now on, where the CRM says so: not who pressed the button, and not who leads a deal.
fn owner(touchpoint: &Touchpoint) -> Option<Actor> {
    if touchpoint.channel != CRM || touchpoint.opportunity.is_some() {
        return None;
    }
    let named = touchpoint.properties.get("owner").and_then(Value::as_text);
    match named {
        Some(id) => Some(Actor { id: Some(Text::new(id)), role: None }),
        None => touchpoint.actor.as_deref().filter(|_| touchpoint.kind == "owner_changed").cloned(),
    }
}

fn change(attributes: &mut Vec<Attribute>, name: &Text, value: &Option<Value>, source: &Text, since: Timestamp) {
    let place = attributes.binary_search_by(|have| have.name.cmp(name));
    if value.as_ref().is_some_and(|value| !is_kept(value, attributes.len(), place.is_err())) {
        return;
    }
    match (place, value) {
        (Ok(at), Some(value)) => {
            let have = &mut attributes[at];
            // What the company told may be heard from others, too: then it is news to the company.
            if have.value != *value || (have.source == OWN_SOURCE && *source != have.source) {
                *have = Attribute { name: name.clone(), value: value.clone(), source: source.clone(), since };
            }
        }
        (Ok(at), None) => {
            attributes.remove(at);
        }
        (Err(at), Some(value)) => {
            attributes.insert(at, Attribute { name: name.clone(), value: value.clone(), source: source.clone(), since })
        }
        (Err(_), None) => {}
    }
}

/// True when something was said.
fn learn_consent(facts: &mut Facts, touchpoint: &Touchpoint) -> bool {
    for stated in &touchpoint.consent {
        let mut stated = stated.clone();
        stated.at.get_or_insert(touchpoint.occurred_at);
        if !shortened(&mut stated) {
            continue;
        }
        // A refusal finds room where a permission does not.
        let room = FACTS_KEPT_MAX * if stated.state == ConsentState::Denied { 4 } else { 1 };
        let is_full = facts.consent.len() >= room;
        match facts.consent.iter_mut().find(|have| have.purpose == stated.purpose && have.channel == stated.channel) {
            // A refusal wins over every basis but the person's own later word: a card that is handed over, or imported,
            // after somebody has unsubscribed subscribes nobody.
            Some(have) if have.state == ConsentState::Denied && !is_own_word(&stated) => {}
            Some(have) if have.at <= stated.at => *have = stated,
            Some(_) => {}
            None if is_full => {}
            None => facts.consent.push(stated),
        }
    }
    // What a person does to our mails, or says on the phone, is a statement too, where the tool makes none of it: of a
    // refusal only, since nobody knows what a return to one list allows.
    if touchpoint.refuses_channel().is_some() {
        refuse(facts, touchpoint);
        return true;
    }
    !touchpoint.consent.is_empty()
}

/// Marketing on the touchpoint's channel is refused.
fn refuse(facts: &mut Facts, touchpoint: &Touchpoint) {
    let channel = Some(&touchpoint.channel);
    facts.consent.retain(|have| !(have.purpose == "marketing" && have.channel.as_ref() == channel));
    facts.consent.push(touchpoint::Consent {
        purpose: Text::const_new("marketing"),
        channel: channel.cloned(),
        state: ConsentState::Denied,
        basis: None,
        at: Some(touchpoint.occurred_at),
        evidence: Some(touchpoint.input.id.clone()),
    });
}

/// Leaves out what is too long to be kept as a fact (the ledger keeps it); false when that is what it is about.
fn shortened(stated: &mut touchpoint::Consent) -> bool {
    let length = |text: &Option<Text>| text.as_ref().map_or(0, Text::len);
    let mut room = FACT_BYTES_MAX.saturating_sub(stated.purpose.len() + length(&stated.channel));
    if room == 0 {
        return false;
    }
    for text in [&mut stated.basis, &mut stated.evidence] {
        if length(text) > room {
            *text = None;
        }
        room -= length(text);
    }
    true
}

/// A refusal, or a permission that says that the person gave it.
fn is_own_word(stated: &touchpoint::Consent) -> bool {
    stated.state == ConsentState::Denied || stated.basis.as_deref() == Some("opt_in")
}

/// True when an identifier is new.
fn learn_person(facts: &mut Facts, touchpoint: &Touchpoint) -> bool {
    let before = facts.identifiers.len();
    for identifier in &touchpoint.identifiers {
        if facts.identifiers.len() < IDENTIFIERS_KEPT_MAX && !facts.identifiers.contains(identifier) {
            let place = facts.identifiers.partition_point(|have| have.kind <= identifier.kind);
            facts.identifiers.insert(place, identifier.clone());
        }
    }
    let is_new = facts.identifiers.len() > before;
    let Some(person) = touchpoint.person.as_deref() else { return is_new };
    let known = facts.person.get_or_insert_default();
    macro_rules! latest {
        ($($field:ident)+) => {$(
            if person.$field.is_some() {
                known.$field.clone_from(&person.$field);
            }
        )+};
    }
    latest!(family_name given_name family_kana given_kana name company department title language);
    if !person.phones.is_empty() {
        known.phones.clone_from(&person.phones);
    }
    is_new
}

impl Facts {
    /// The contact's last hand-off in a life cycle, as its desk last told.
    pub fn handoff(&self, life_cycle: &str) -> Option<&HandoffFact> {
        self.handoffs.iter().find(|told| told.life_cycle == life_cycle)
    }

    /// An address is known, and marketing by mail is allowed on some basis and refused by nobody.
    pub fn reachable(&self) -> bool {
        let addressed = self.identifiers.iter().any(|i| i.kind == IdentifierKind::Email);
        addressed && self.consented("marketing", Some("email")) == Some(ConsentState::Granted)
    }

    /// A number of their own is known, and calls are not refused.
    pub fn callable(&self) -> bool {
        let numbered = self.identifiers.iter().any(|i| i.kind == IdentifierKind::Phone);
        numbered && self.consented("marketing", Some("call")) != Some(ConsentState::Denied)
    }

    /// What was last said of a purpose, for one channel (or for all) or, without one, for any: a refusal stands before all.
    pub fn consented(&self, purpose: &str, channel: Option<&str>) -> Option<ConsentState> {
        let about = |said: Option<&str>| channel.is_none() || said.is_none() || said == channel;
        let all = self.consent.iter().filter(|consent| consent.purpose == purpose && about(consent.channel.as_deref()));
        all.map(|consent| consent.state).max()
    }

    /// Ids in other systems.
    pub fn external_ids(&self) -> Vec<Text> {
        self.identifiers.iter().filter(|i| i.kind == IdentifierKind::CrmId).map(|i| i.value.clone()).collect()
    }
}
