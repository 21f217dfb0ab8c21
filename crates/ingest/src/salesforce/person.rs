//! Lead, Contact and Account: who it is, what is known of them, and what sales said of a lead.

use super::change::Change;
use super::settings::SalesforceSettings;
use crate::fields::scalar;
use crate::settings::loose;
use crate::{flatten, ids};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use touchpoint::{
    AccountRef, AttributeChanges, Consent, ConsentState, Date, Identifier, IdentifierKind, Opportunity,
    OpportunityContact, Person, PersonPhone, Rejection, Text, Touchpoint, Value,
};

/// A lead: converted, judged, handed over, or updated. False when the change says nothing that is mapped.
pub(super) fn lead(
    touchpoint: &mut Touchpoint,
    settings: &SalesforceSettings,
    change: &Change<'_>,
    id: Text,
) -> Result<bool, Rejection> {
    // A lead that comes back from the bin repeats what it was; nobody says it anew.
    let news = change.change_type != "UNDELETE";
    let converted = news && change.is_true("IsConverted");
    // The contact is who the lead has become: it stands first.
    let contact = if converted { change.reference("ConvertedContactId", &settings.scope)? } else { None };
    for crm_id in contact.iter().chain([&id]) {
        touchpoint.identify(Identifier::new(IdentifierKind::CrmId, crm_id));
    }
    let mut said = somebody(touchpoint, settings, change)?;
    let company = change.text("Company");
    if let Some(name) = &company {
        account_ref(touchpoint).name = Some(name.clone());
        person(touchpoint).company.clone_from(&company);
        said = true;
    }
    let status = change.text("Status");
    if let Some(status) = &status {
        touchpoint.properties.set("status", Value::Text(status.clone()));
        said = true;
    }
    said |= owner(touchpoint, settings, change)?;
    let judged = status.and_then(|status| settings.status_kinds.get(&loose(&status)));
    if converted {
        touchpoint.kind = Text::new("converted");
        conversion(touchpoint, settings, change, contact)?;
        said = true;
    } else if let Some(kind) = judged.filter(|_| news) {
        touchpoint.kind = Text::new(kind);
    }
    if touchpoint.kind == "rejected" {
        touchpoint.reason = reason(settings, change);
    }
    if touchpoint.kind == "held" {
        touchpoint.until = until(settings, change)?;
    }
    Ok(said)
}

/// What a lead became: a contact of an account, perhaps with an opportunity.
fn conversion(
    touchpoint: &mut Touchpoint,
    settings: &SalesforceSettings,
    change: &Change<'_>,
    contact: Option<Text>,
) -> Result<(), Rejection> {
    if let Some(account) = change.reference("ConvertedAccountId", &settings.scope)? {
        account_ref(touchpoint).ids.push(account);
    }
    if let Some(id) = change.reference("ConvertedOpportunityId", &settings.scope)? {
        let contacts = contact.map(|crm_id| OpportunityContact { crm_id, role: None }).into_iter().collect();
        touchpoint.opportunity = Some(Box::new(Opportunity { id, contacts, ..Opportunity::default() }));
    }
    Ok(())
}

pub(super) fn contact(
    touchpoint: &mut Touchpoint,
    settings: &SalesforceSettings,
    change: &Change<'_>,
    id: Text,
) -> Result<bool, Rejection> {
    touchpoint.identify(Identifier::new(IdentifierKind::CrmId, id));
    let mut said = somebody(touchpoint, settings, change)?;
    if let Some(account) = change.reference("AccountId", &settings.scope)? {
        account_ref(touchpoint).ids.push(account);
        said |= change.said("AccountId").is_some();
    }
    if let Some(department) = change.text("Department") {
        person(touchpoint).department = Some(department);
        said = true;
    }
    said |= owner(touchpoint, settings, change)?;
    Ok(said)
}

pub(super) fn account(
    touchpoint: &mut Touchpoint,
    settings: &SalesforceSettings,
    change: &Change<'_>,
    id: Text,
) -> Result<bool, Rejection> {
    let account = account_ref(touchpoint);
    account.ids.push(id);
    account.name = change.text("Name");
    account.phone = change.text("Phone").filter(|phone| ids::looks_like_phone(phone));
    account.domain = change.text("Website").and_then(|site| host(&site));
    let mut said = account.name.is_some() || account.phone.is_some() || account.domain.is_some();
    said |= attributes(touchpoint, settings, change)?;
    said |= owner(touchpoint, settings, change)?;
    Ok(said)
}

/// Name, address, numbers, attributes and refusals of a person.
fn somebody(
    touchpoint: &mut Touchpoint,
    settings: &SalesforceSettings,
    change: &Change<'_>,
) -> Result<bool, Rejection> {
    let mut said = false;
    // Changed or brought along, an address helps to find the person; only a change is news.
    if let Some(email) = change.value("Email").and_then(scalar).filter(|email| !email.is_empty()) {
        let value = ids::email(&email, change.place().key("Email"))?;
        touchpoint.identify(Identifier { kind: IdentifierKind::Email, value });
        said |= change.said("Email").is_some();
    }
    let part = |name: &str| change.text(&format!("Name.{name}")).or_else(|| change.text(name));
    let told = Person {
        family_name: part("LastName"),
        given_name: part("FirstName"),
        title: change.text("Title"),
        phones: phones(touchpoint, settings, change),
        ..Person::default()
    };
    if told != Person::default() {
        *person(touchpoint) = told;
        said = true;
    }
    said |= attributes(touchpoint, settings, change)?;
    said |= touchpoint.identifiers_of(IdentifierKind::Phone).next().is_some();
    // Ticked, somebody refused; unticked, nobody has agreed to anything.
    for (field, channel) in
        [("HasOptedOutOfEmail", "email"), ("DoNotCall", "call"), ("HasOptedOutOfFax", "direct_mail")]
    {
        if change.is_true(field) {
            touchpoint.consent.push(Consent {
                purpose: Text::new("marketing"),
                channel: Some(Text::new(channel)),
                state: ConsentState::Denied,
                basis: None,
                at: Some(change.committed_at),
                evidence: Some(Text::new(format!("salesforce {field}"))),
            });
            said = true;
        }
    }
    Ok(said)
}

/// A number of one's own identifies; `Phone` may be anybody's at the company.
fn phones(touchpoint: &mut Touchpoint, settings: &SalesforceSettings, change: &Change<'_>) -> Vec<PersonPhone> {
    let mut phones = Vec::new();
    for field in &settings.own_phone_fields {
        if let Some(number) = change.text(field) {
            if ids::looks_like_phone(&number) {
                touchpoint.identify(Identifier::new(IdentifierKind::Phone, &number));
            }
            let kind = if field == "MobilePhone" { "mobile" } else { "direct" };
            phones.push(PersonPhone { kind: Text::new(kind), number });
        }
    }
    for (field, kind) in [("Phone", "main"), ("Fax", "fax")] {
        if !settings.own_phone_fields.iter().any(|own| own == field)
            && let Some(number) = change.text(field)
        {
            phones.push(PersonPhone { kind: Text::new(kind), number });
        }
    }
    phones
}

/// The fields that the tables name; a cleared field clears its attribute.
fn attributes(
    touchpoint: &mut Touchpoint,
    settings: &SalesforceSettings,
    change: &Change<'_>,
) -> Result<bool, Rejection> {
    let mut changes = AttributeChanges::default();
    let read = |table: &BTreeMap<String, String>, into: &mut Vec<(Text, Option<Value>)>| {
        for (field, attribute) in table {
            if let Some(value) = change.said(field) {
                flatten::offer_attribute(into, attribute, value.unwrap_or(&Json::Null), change.place())?;
            }
        }
        Ok(())
    };
    // What a contact's event says of the account is the account's own to say; a lead has no account yet.
    if change.entity != "Account" {
        read(&settings.contact_attributes, &mut changes.contact)?;
    }
    if change.entity != "Contact" {
        read(&settings.account_attributes, &mut changes.account)?;
    }
    let said = changes != AttributeChanges::default();
    if said {
        touchpoint.attributes = Some(Box::new(changes));
    }
    Ok(said)
}

/// Whose it is now. On an update without a weightier word, that is what happened.
pub(super) fn owner(
    touchpoint: &mut Touchpoint,
    settings: &SalesforceSettings,
    change: &Change<'_>,
) -> Result<bool, Rejection> {
    let Some(Some(_)) = change.said("OwnerId") else { return Ok(false) };
    if let Some(owner) = change.reference("OwnerId", &settings.scope)? {
        touchpoint.properties.set("owner", Value::Text(owner));
    }
    if change.change_type == "UPDATE" && touchpoint.kind == "updated" {
        touchpoint.kind = Text::new("owner_changed");
    }
    Ok(true)
}

/// Why it was rejected or lost, as our code where the table has one.
pub(super) fn reason(settings: &SalesforceSettings, change: &Change<'_>) -> Option<Text> {
    let written = settings.reason_fields.iter().find_map(|field| change.text(field))?;
    Some(settings.reasons.get(&loose(&written)).map_or(written, Text::new))
}

fn until(settings: &SalesforceSettings, change: &Change<'_>) -> Result<Option<Date>, Rejection> {
    for field in &settings.until_fields {
        if let Some(text) = change.text(field) {
            return day(&text).map(Some).ok_or_else(|| change.place().key(field).invalid("is no day"));
        }
    }
    Ok(None)
}

/// A day as text, or as JSON and Avro events write it: milliseconds since 1970 at midnight UTC.
pub(super) fn day(text: &str) -> Option<Date> {
    const MILLIS_PER_DAY: i64 = 86_400_000;
    match text.parse::<i64>() {
        Ok(millis) => i32::try_from(millis.div_euclid(MILLIS_PER_DAY)).ok().map(Date::from_days),
        Err(_) => Date::parse(text).ok(),
    }
}

/// The host of a web site as people type it: `https://www.acme.example/about` -> `acme.example`.
fn host(site: &str) -> Option<Text> {
    let rest = site.split_once("://").map_or(site, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default().trim();
    let host = host.strip_prefix("www.").unwrap_or(host);
    (host.contains('.') && !host.contains(|c: char| c.is_whitespace() || c == '@')).then(|| Text::new(host))
}

fn person(touchpoint: &mut Touchpoint) -> &mut Person {
    touchpoint.person.get_or_insert_with(|| Box::new(Person::default()))
}

fn account_ref(touchpoint: &mut Touchpoint) -> &mut AccountRef {
    touchpoint.account.get_or_insert_with(|| Box::new(AccountRef::default()))
}

#[cfg(test)]
mod tests {
    use super::{day, host};

    #[test]
    fn a_web_site_gives_its_host() {
        for (site, name) in [
            ("https://www.acme.example/about", Some("acme.example")),
            ("acme.example", Some("acme.example")),
            ("http://shop.acme.example:8080?x", Some("shop.acme.example")),
            ("none", None),
            ("準備中", None),
        ] {
            assert_eq!(host(site).as_deref(), name, "{site}");
        }
    }

    #[test]
    fn a_day_is_text_or_milliseconds() {
        assert_eq!(day("2027-03-31").unwrap().to_string(), "2027-03-31");
        assert_eq!(day("1714089600000").unwrap().to_string(), "2024-04-26");
        assert_eq!(day("soon"), None);
    }
}
