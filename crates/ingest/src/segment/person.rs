//! Who it is, from traits (`identify`), from a group, and from the fields of a sent form.

use crate::decoder::Context;
use crate::fields::{Fields, scalar};
use crate::settings::{Settings, loose};
use crate::{flatten, ids};
use serde_json::Value as Json;
use touchpoint::{
    AccountRef, AttributeChanges, Identifier, IdentifierKind, Person, PersonPhone, Rejection, Text, Touchpoint, Value,
};

/// All traits of an `identify`: identifiers, person, company; the rest are attributes of the contact.
pub(super) fn traits(touchpoint: &mut Touchpoint, context: &Context<'_>, traits: &Fields<'_>) -> Result<(), Rejection> {
    // The company first: of what it and the person both say, such as an industry, the company's word counts.
    let (company, rest): (Vec<_>, Vec<_>) = traits.iter().partition(|(_, value)| value.is_object());
    for (name, value) in company.into_iter().chain(rest) {
        if loose(name) == "name" {
            set(&mut person(touchpoint).name, value);
            continue;
        }
        if take(touchpoint, context, traits, name)? {
            continue;
        }
        let account = context.settings().segment.account_traits.get(&loose(name));
        let changes = attributes(touchpoint);
        match account {
            Some(attribute) => flatten::offer_attribute(&mut changes.account, attribute, value, traits.place())?,
            None => flatten::offer_attribute(&mut changes.contact, name, value, traits.place())?,
        }
    }
    Ok(())
}

/// `group`: the company that the visitor belongs to, and its traits.
pub(super) fn group(touchpoint: &mut Touchpoint, context: &Context<'_>, call: &Fields<'_>) -> Result<(), Rejection> {
    let group = call.scalar("groupId")?.ok_or_else(|| call.missing("groupId", "a group call names its group"))?;
    account_id(touchpoint, ids::scope_id(context.source, &group));
    let Some(traits) = call.object("traits")? else { return Ok(()) };
    for (name, value) in traits.iter() {
        match loose(name).as_str() {
            "name" => set(&mut account(touchpoint).name, value),
            "domain" => set(&mut account(touchpoint).domain, value),
            "phone" => set(&mut account(touchpoint).phone, value),
            loose => {
                let known = context.settings().segment.account_traits.get(loose);
                let attribute = known.map_or(name, String::as_str);
                flatten::offer_attribute(&mut attributes(touchpoint).account, attribute, value, traits.place())?;
            }
        }
    }
    Ok(())
}

/// Traits that a library adds to every call: only what says who it is.
pub(super) fn identifiers(
    touchpoint: &mut Touchpoint,
    settings: &Settings,
    traits: &Fields<'_>,
) -> Result<(), Rejection> {
    for (name, _) in traits.iter() {
        let loose = loose(name);
        if is_email(&loose) {
            email(touchpoint, traits, name)?;
        } else if settings.segment.own_phone_traits.contains(&loose) {
            own_phone(touchpoint, traits, name)?;
        }
    }
    Ok(())
}

/// Takes a field that tells of the person or the company; false leaves it to the caller. A form's `name` and `title`
/// are not taken: they may be the form's or the page's.
pub(super) fn take(
    touchpoint: &mut Touchpoint,
    context: &Context<'_>,
    fields: &Fields<'_>,
    name: &str,
) -> Result<bool, Rejection> {
    let Some(value) = fields.map().get(name) else { return Ok(false) };
    let loose = loose(name);
    match loose.as_str() {
        _ if is_email(&loose) => email(touchpoint, fields, name)?,
        _ if context.settings().segment.own_phone_traits.contains(&loose) => own_phone(touchpoint, fields, name)?,
        "lastname" | "familyname" => set(&mut person(touchpoint).family_name, value),
        "firstname" | "givenname" => set(&mut person(touchpoint).given_name, value),
        "lastnamekana" | "familynamekana" => set(&mut person(touchpoint).family_kana, value),
        "firstnamekana" | "givennamekana" => set(&mut person(touchpoint).given_kana, value),
        "fullname" => set(&mut person(touchpoint).name, value),
        "department" => set(&mut person(touchpoint).department, value),
        "jobtitle" | "position" => set(&mut person(touchpoint).title, value),
        "phone" | "phonenumber" | "tel" => {
            if let Some(number) = fields.scalar(name)? {
                other_phone(touchpoint, &number);
            }
        }
        "company" | "companyname" | "organization" => company(touchpoint, context, fields, name, value)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// `company` is a name, or an object with id, name and what else is known of it.
fn company(
    touchpoint: &mut Touchpoint,
    context: &Context<'_>,
    fields: &Fields<'_>,
    field: &str,
    value: &Json,
) -> Result<(), Rejection> {
    let Json::Object(_) = value else {
        set(&mut account(touchpoint).name, value);
        set(&mut person(touchpoint).company, value);
        return Ok(());
    };
    let company = Fields::new(value, fields.place().key(field))?;
    for (name, value) in company.iter() {
        match name {
            "id" => {
                if let Some(id) = company.scalar("id")? {
                    account_id(touchpoint, ids::scope_id(context.source, &id));
                }
            }
            "name" => {
                set(&mut account(touchpoint).name, value);
                set(&mut person(touchpoint).company, value);
            }
            other => {
                let known = context.settings().segment.account_traits.get(&loose(&format!("{field}.{other}")));
                let attribute = known.map_or(other, String::as_str);
                flatten::offer_attribute(&mut attributes(touchpoint).account, attribute, value, company.place())?;
            }
        }
    }
    Ok(())
}

fn is_email(loose: &str) -> bool {
    matches!(loose, "email" | "emailaddress" | "mail")
}

/// What people type is not always an address; an inquiry is not lost for that, and its cookie still says who it was.
fn email(touchpoint: &mut Touchpoint, fields: &Fields<'_>, name: &str) -> Result<(), Rejection> {
    match fields.text(name)? {
        Some(text) if ids::looks_like_email(text) => {
            touchpoint.identify(Identifier::new(IdentifierKind::Email, text));
        }
        Some(text) => touchpoint.properties.set("invalid_email", Value::text(text)),
        None => {}
    }
    Ok(())
}

fn own_phone(touchpoint: &mut Touchpoint, fields: &Fields<'_>, name: &str) -> Result<(), Rejection> {
    match fields.scalar(name)? {
        Some(number) if ids::looks_like_phone(&number) => {
            touchpoint.identify(Identifier::new(IdentifierKind::Phone, &number));
        }
        Some(number) => other_phone(touchpoint, &number),
        None => {}
    }
    Ok(())
}

/// A number of which nobody said whose it is; it may be the switchboard.
fn other_phone(touchpoint: &mut Touchpoint, number: &str) {
    let phone = PersonPhone { kind: Text::new("unspecified"), number: Text::new(number) };
    let phones = &mut person(touchpoint).phones;
    if !phones.contains(&phone) {
        phones.push(phone);
    }
}

/// Sets a text from a scalar; what is no scalar or empty says nothing.
fn set(text: &mut Option<Text>, value: &Json) {
    if let Some(given) = scalar(value).filter(|given| !given.is_empty()) {
        *text = Some(Text::new(given));
    }
}

pub(super) fn account_id(touchpoint: &mut Touchpoint, id: Text) {
    let ids = &mut account(touchpoint).ids;
    if !ids.contains(&id) {
        ids.push(id);
    }
}

fn person(touchpoint: &mut Touchpoint) -> &mut Person {
    touchpoint.person.get_or_insert_with(|| Box::new(Person::default()))
}

fn account(touchpoint: &mut Touchpoint) -> &mut AccountRef {
    touchpoint.account.get_or_insert_with(|| Box::new(AccountRef::default()))
}

fn attributes(touchpoint: &mut Touchpoint) -> &mut AttributeChanges {
    touchpoint.attributes.get_or_insert_with(|| Box::new(AttributeChanges::default()))
}
