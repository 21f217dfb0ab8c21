//! The parts of the canonical touchpoint: who, which company, which deal, who of us, what is known and allowed.

use super::read::{boxed, date, each_text, own_list, refuse_unknown};
use super::shape;
use crate::fields::{Fields, Place, scalar};
use crate::{flatten, ids};
use jiff::tz::TimeZone;
use serde_json::Value as Json;
use std::str::FromStr;
use touchpoint::{
    AccountRef, Actor, AttributeChanges, Consent, ConsentState, ContactId, Date, Decimal, Identifier, IdentifierKind,
    Opportunity, OpportunityContact, Origin, Person, PersonPhone, Rejection, RejectionCode, Text, Timestamp,
    Touchpoint, limits,
};

type Part<T> = Result<Option<Box<T>>, Rejection>;

pub(super) fn identifiers(touchpoint: &mut Touchpoint, fields: &Fields<'_>) -> Result<(), Rejection> {
    let Some(object) = fields.object("identifiers")? else { return Ok(()) };
    refuse_unknown(&object, shape::IDENTIFIERS)?;
    for kind in IdentifierKind::ALL {
        each_text(&object, kind.as_str(), |text, place| {
            if touchpoint.identifiers.len() >= limits::IDENTIFIERS_MAX {
                let max = limits::IDENTIFIERS_MAX;
                return Err(place.reject(RejectionCode::TooLarge, format!("is more than the {max} of one person")));
            }
            let value = identifier(kind, text, place)?;
            touchpoint.identify(Identifier { kind, value });
            Ok(())
        })?;
    }
    Ok(())
}

fn identifier(kind: IdentifierKind, text: &str, place: Place<'_>) -> Result<Text, Rejection> {
    match kind {
        IdentifierKind::Contact => match ContactId::from_str(text) {
            Ok(_) => Ok(Text::new(text)),
            Err(error) => Err(place.invalid(error.to_string())),
        },
        IdentifierKind::Email => ids::email(text, place),
        IdentifierKind::Phone => ids::phone(text, place),
        IdentifierKind::CrmId | IdentifierKind::Card | IdentifierKind::Badge | IdentifierKind::Cookie => {
            ids::scoped(text, place)
        }
    }
}

pub(super) fn account(fields: &Fields<'_>) -> Part<AccountRef> {
    let Some(object) = fields.object("account")? else { return Ok(None) };
    refuse_unknown(&object, shape::ACCOUNT)?;
    let mut ids = Vec::new();
    each_text(&object, "ids", |text, place| {
        push_new(&mut ids, ids::scoped(text, place)?, limits::IDENTIFIERS_MAX, place)
    })?;
    Ok(boxed(AccountRef {
        ids,
        corporate_number: object.own("corporate_number")?,
        domain: object.own("domain")?,
        name: object.own("name")?,
        unit: object.own("unit")?,
        phone: object.own("phone")?,
    }))
}

pub(super) fn opportunity(fields: &Fields<'_>) -> Part<Opportunity> {
    let Some(object) = fields.object("opportunity")? else { return Ok(None) };
    refuse_unknown(&object, shape::OPPORTUNITY)?;
    let id = object.need_text("id", "an opportunity needs its id, as `salesforce:0065e00000abcde`")?;
    let mut contacts = Vec::new();
    let place = object.place().key("contacts");
    for (index, item) in object.list("contacts")?.unwrap_or_default().iter().enumerate() {
        let at = Place::Index(&place, index);
        let contact = Fields::new(item, at)?;
        refuse_unknown(&contact, shape::OPPORTUNITY_CONTACT)?;
        let crm_id = contact.need_text("crm_id", "a person of an opportunity needs a CRM id")?;
        let crm_id = ids::scoped(crm_id, contact.place().key("crm_id"))?;
        let role = contact.own("role")?;
        push_new(&mut contacts, OpportunityContact { crm_id, role }, limits::ENTRIES_MAX, at)?;
    }
    Ok(Some(Box::new(Opportunity {
        id: ids::scoped(id, object.place().key("id"))?,
        kind: object.own("type")?,
        stage: object.own("stage")?,
        amount: amount(&object, "amount")?,
        currency: currency(&object)?,
        products: own_list(&object, "products")?,
        close_on: date(&object, "close_on")?,
        contacts,
    })))
}

/// A decimal, as text or as a number.
pub(crate) fn amount(fields: &Fields<'_>, name: &str) -> Result<Option<Decimal>, Rejection> {
    let written = match fields.get(name) {
        None => return Ok(None),
        Some(Json::Bool(_)) => None,
        Some(value) => scalar(value),
    };
    match written.as_deref().and_then(Decimal::parse) {
        Some(amount) => Ok(Some(amount)),
        None => Err(fields.invalid(name, "is no decimal number with up to six decimals and below 9.2 trillion")),
    }
}

fn currency(fields: &Fields<'_>) -> Result<Option<Text>, Rejection> {
    match fields.text("currency")? {
        None => Ok(None),
        Some(code) if code.len() == 3 && code.bytes().all(|b| b.is_ascii_alphabetic()) => {
            Ok(Some(Text::new(code.to_ascii_uppercase())))
        }
        Some(_) => Err(fields.invalid("currency", "is no currency code of ISO 4217, as `JPY`")),
    }
}

pub(super) fn origin(fields: &Fields<'_>) -> Part<Origin> {
    let Some(object) = fields.object("origin")? else { return Ok(None) };
    refuse_unknown(&object, shape::ORIGIN)?;
    Ok(boxed(Origin {
        source: object.own("source")?,
        medium: object.own("medium")?,
        term: object.own("term")?,
        partner: object.own("partner")?,
    }))
}

pub(super) fn actor(fields: &Fields<'_>) -> Part<Actor> {
    let Some(object) = fields.object("actor")? else { return Ok(None) };
    refuse_unknown(&object, shape::ACTOR)?;
    Ok(boxed(Actor { id: object.own("id")?, role: object.own("role")? }))
}

pub(super) fn attributes(fields: &Fields<'_>) -> Part<AttributeChanges> {
    let Some(object) = fields.object("attributes")? else { return Ok(None) };
    refuse_unknown(&object, shape::ATTRIBUTES)?;
    let mut changes = AttributeChanges::default();
    for (whose, changes) in [("contact", &mut changes.contact), ("account", &mut changes.account)] {
        if let Some(names) = object.object(whose)? {
            for (name, value) in names.iter() {
                flatten::add_attribute(changes, name, value, names.place())?;
            }
        }
    }
    Ok(boxed(changes))
}

pub(super) fn person(fields: &Fields<'_>) -> Part<Person> {
    let Some(object) = fields.object("person")? else { return Ok(None) };
    refuse_unknown(&object, shape::PERSON)?;
    let mut phones = Vec::new();
    let place = object.place().key("phones");
    for (index, item) in object.list("phones")?.unwrap_or_default().iter().enumerate() {
        let at = Place::Index(&place, index);
        let phone = Fields::new(item, at)?;
        refuse_unknown(&phone, shape::PHONE)?;
        let kind = Text::new(phone.need_text("kind", "say `main`, `direct`, `mobile` or `fax`")?);
        // As it stands on the card or in the form: it identifies nobody.
        let number = Text::new(phone.need_text("number", "a telephone needs its number")?);
        push_new(&mut phones, PersonPhone { kind, number }, limits::IDENTIFIERS_MAX, at)?;
    }
    Ok(boxed(Person {
        family_name: object.own("family_name")?,
        given_name: object.own("given_name")?,
        family_kana: object.own("family_kana")?,
        given_kana: object.own("given_kana")?,
        name: object.own("name")?,
        company: object.own("company")?,
        department: object.own("department")?,
        title: object.own("title")?,
        phones,
        language: object.own("language")?,
    }))
}

pub(super) fn consent(consents: &mut Vec<Consent>, fields: &Fields<'_>, zone: &TimeZone) -> Result<(), Rejection> {
    let place = fields.place().key("consent");
    for (index, item) in fields.list("consent")?.unwrap_or_default().iter().enumerate() {
        let at = Place::Index(&place, index);
        let object = Fields::new(item, at)?;
        refuse_unknown(&object, shape::CONSENT)?;
        let consent = Consent {
            purpose: Text::new(object.need_text("purpose", "say what for: `marketing`, `tracking`, `profiling`")?),
            channel: object.own("channel")?,
            state: match object.need_text("state", "say `granted` or `denied`")? {
                "granted" => ConsentState::Granted,
                "denied" => ConsentState::Denied,
                _ => return Err(object.invalid("state", "must be `granted` or `denied`")),
            },
            basis: object.own("basis")?,
            at: moment(&object, "at", zone)?,
            evidence: object.own("evidence")?,
        };
        push_new(consents, consent, limits::ENTRIES_MAX, at)?;
    }
    Ok(())
}

/// A time, or a day: its first moment in the configured zone.
fn moment(fields: &Fields<'_>, name: &str, zone: &TimeZone) -> Result<Option<Timestamp>, Rejection> {
    let Some(text) = fields.text(name)? else { return Ok(None) };
    // Ten bytes are a day; a time has more, and a parser of days would cut them off.
    if text.len() == 10 {
        let day = Date::parse(text).ok().and_then(|day| day.to_civil().to_zoned(zone.clone()).ok());
        return match day {
            Some(start) => Ok(Some(Timestamp::from_jiff(start.timestamp()))),
            None => Err(fields.invalid(name, "is no day, as `2026-10-07`")),
        };
    }
    crate::fields::time(text, fields.place().key(name)).map(Some)
}

fn push_new<T: PartialEq>(items: &mut Vec<T>, item: T, entries_max: usize, place: Place<'_>) -> Result<(), Rejection> {
    if items.len() >= entries_max {
        return Err(place.reject(RejectionCode::TooLarge, format!("is more than the {entries_max} that are taken")));
    }
    if !items.contains(&item) {
        items.push(item);
    }
    Ok(())
}
