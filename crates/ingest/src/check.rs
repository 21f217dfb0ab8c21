//! The last gate: no touchpoint leaves ingest that breaks a limit, lies in the future, or could belong to nobody.

use crate::fields::shown;
use touchpoint::{
    AccountRef, IdentifierKind, IdentityWord, Rejection, RejectionCode, Text, Timestamp, Touchpoint, Value,
    limits::{
        EARLIEST, ENTRIES_MAX, IDENTIFIER_BYTES_MAX, IDENTIFIERS_MAX, INPUT_ID_BYTES_MAX, NAME_BYTES_MAX,
        RESERVED_SOURCE_PREFIX, TEXT_BYTES_MAX, TOUCHPOINT_BYTES_MAX,
    },
};

/// How far a sender's clock may be ahead of the broker's: one minute. "Future" means later than the raw record's Kafka
/// timestamp, and that is two machines' clocks compared: without any tolerance a tracker five milliseconds from its
/// broker would lose events to a skew of ten. Machines that keep time agree within a second; a minute bears those that
/// do not, and is as much as the engine believes a tick to be ahead.
pub const CLOCK_SKEW_MAX_MILLIS: i64 = 60_000;
const DAY_MILLIS: i64 = 86_400_000;

/// Checks a finished touchpoint. `time_field` is what the source calls the time it occurred.
pub(crate) fn check(touchpoint: &Touchpoint, received_at: Timestamp, time_field: &str) -> Result<(), Rejection> {
    let mut size = Size { bytes: 0 };
    size.text("source", &touchpoint.input.source, NAME_BYTES_MAX)?;
    if touchpoint.input.source.starts_with(RESERVED_SOURCE_PREFIX) {
        let message = format!("begins with `{RESERVED_SOURCE_PREFIX}`, as only our own sources do");
        return Err(Rejection::new(RejectionCode::InvalidField, "source", message));
    }
    size.text("id", &touchpoint.input.id, INPUT_ID_BYTES_MAX)?;
    size.text("channel", &touchpoint.channel, NAME_BYTES_MAX)?;
    size.text("kind", &touchpoint.kind, NAME_BYTES_MAX)?;
    if touchpoint.void {
        return Ok(());
    }
    credible(touchpoint.occurred_at, received_at, time_field)?;
    for (index, at) in touchpoint.consent.iter().enumerate().filter_map(|(ix, said)| Some((ix, said.at?))) {
        // A word of the year 2126 would outlast every refusal. What is told as a day may begin later here.
        if at > received_at.plus_millis(DAY_MILLIS) {
            let message = format!("is {at}, more than a day after the record was received at {received_at}");
            return Err(Rejection::new(RejectionCode::TimeInFuture, format!("consent[{index}].at"), message));
        }
    }
    belongs_to_somebody(touchpoint)?;
    names_whom_it_speaks_of(touchpoint)?;
    size.people(touchpoint)?;
    size.deal(touchpoint)?;
    size.words(touchpoint)?;
    if size.bytes > TOUCHPOINT_BYTES_MAX {
        return Err(too_large("", TOUCHPOINT_BYTES_MAX));
    }
    Ok(())
}

fn credible(at: Timestamp, received_at: Timestamp, field: &str) -> Result<(), Rejection> {
    if at < EARLIEST {
        return Err(Rejection::new(
            RejectionCode::TimeAbsurd,
            field,
            format!("is {at}, before 1990: an unset clock, or another unit?"),
        ));
    }
    if at > received_at.plus_millis(CLOCK_SKEW_MAX_MILLIS) {
        return Err(Rejection::new(
            RejectionCode::TimeInFuture,
            field,
            format!("is {at}, more than a minute after the record was received at {received_at}"),
        ));
    }
    Ok(())
}

fn belongs_to_somebody(touchpoint: &Touchpoint) -> Result<(), Rejection> {
    let account = |account: &AccountRef| {
        !account.ids.is_empty()
            || account.corporate_number.is_some()
            || account.domain.is_some()
            || account.name.is_some()
    };
    if touchpoint.identifiers.is_empty()
        && !touchpoint.account.as_deref().is_some_and(account)
        && touchpoint.opportunity.is_none()
    {
        return Err(Rejection::new(
            RejectionCode::MissingIdentifier,
            "identifiers",
            "names no person, account or opportunity: give an identifier, an account (id, corporate number, domain or \
             name) or an opportunity id",
        ));
    }
    Ok(())
}

/// A merge of one with nobody, or an erasure of nobody, would be lost without a word.
fn names_whom_it_speaks_of(touchpoint: &Touchpoint) -> Result<(), Rejection> {
    match touchpoint.identity_word() {
        None => return Ok(()),
        Some(IdentityWord::Erased) if touchpoint.identifiers.is_empty() => {
            let message = "names no person, and an erasure is of one: give an identifier, as `\"crm_id\": \"crm:1\"`";
            return Err(Rejection::new(RejectionCode::MissingIdentifier, "identifiers", message));
        }
        Some(IdentityWord::Erased) => return Ok(()),
        Some(IdentityWord::One | IdentityWord::Two) => {}
    }
    let companies = touchpoint.account.as_ref().map_or(0, |account| account.ids.len());
    let names_two = match touchpoint.identifiers.is_empty() {
        true => companies > 1,
        false => touchpoint.identifiers.chunk_by(|one, next| one.kind == next.kind).any(|alike| alike.len() > 1),
    };
    if names_two {
        return Ok(());
    }
    let kind = &touchpoint.kind;
    Err(Rejection::new(
        RejectionCode::MissingIdentifier,
        "identifiers",
        format!(
            "has no two of one kind, and `{kind}` speaks of two: give a list, as `\"crm_id\": [\"crm:1\", \"crm:2\"]` (of \
             companies, `account.ids`); the first is who remains"
        ),
    ))
}

/// Counts the bytes while each text is held against its own limit.
struct Size {
    bytes: usize,
}

impl Size {
    fn text(&mut self, field: &str, text: &str, bytes_max: usize) -> Result<(), Rejection> {
        self.bytes += text.len() + 2;
        if text.contains('\0') {
            // It ends names in keys: what stands behind it would not count.
            return Err(Rejection::new(RejectionCode::InvalidField, field, "has a NUL character, which no text has"));
        }
        if text.len() > bytes_max { Err(too_large(field, bytes_max)) } else { Ok(()) }
    }

    fn maybe(&mut self, field: &str, text: Option<&Text>) -> Result<(), Rejection> {
        text.map_or(Ok(()), |text| self.text(field, text, TEXT_BYTES_MAX))
    }

    fn count(&mut self, field: &str, entries: usize, entries_max: usize) -> Result<(), Rejection> {
        if entries > entries_max {
            return Err(Rejection::new(
                RejectionCode::TooLarge,
                field,
                format!("has {entries} entries, at most {entries_max} are taken"),
            ));
        }
        Ok(())
    }

    fn value(&mut self, field: &str, name: &str, value: &Value) -> Result<(), Rejection> {
        self.bytes += 10;
        let result = match value {
            Value::Bool(_) | Value::Number(_) => Ok(()),
            Value::Text(text) => self.text("", text, TEXT_BYTES_MAX),
            Value::List(list) => self
                .count("", list.len(), ENTRIES_MAX)
                .and_then(|()| list.iter().try_for_each(|text| self.text("", text, TEXT_BYTES_MAX))),
        };
        self.text(field, name, NAME_BYTES_MAX)?;
        result.map_err(|rejection| Rejection { field: Text::new(format!("{field}.{}", shown(name))), ..rejection })
    }

    fn people(&mut self, touchpoint: &Touchpoint) -> Result<(), Rejection> {
        self.count("identifiers", touchpoint.identifiers.len(), IDENTIFIERS_MAX)?;
        for identifier in &touchpoint.identifiers {
            self.text(identifier_field(identifier.kind), &identifier.value, IDENTIFIER_BYTES_MAX)?;
        }
        if let Some(person) = &touchpoint.person {
            for (field, text) in [
                ("person.family_name", &person.family_name),
                ("person.given_name", &person.given_name),
                ("person.family_kana", &person.family_kana),
                ("person.given_kana", &person.given_kana),
                ("person.name", &person.name),
                ("person.company", &person.company),
                ("person.department", &person.department),
                ("person.title", &person.title),
                ("person.language", &person.language),
            ] {
                self.maybe(field, text.as_ref())?;
            }
            self.count("person.phones", person.phones.len(), IDENTIFIERS_MAX)?;
            for phone in &person.phones {
                self.text("person.phones", &phone.kind, NAME_BYTES_MAX)?;
                self.text("person.phones", &phone.number, IDENTIFIER_BYTES_MAX)?;
            }
        }
        self.count("consent", touchpoint.consent.len(), ENTRIES_MAX)?;
        for consent in &touchpoint.consent {
            self.text("consent.purpose", &consent.purpose, NAME_BYTES_MAX)?;
            for text in [&consent.channel, &consent.basis, &consent.evidence] {
                self.maybe("consent", text.as_ref())?;
            }
        }
        Ok(())
    }

    fn deal(&mut self, touchpoint: &Touchpoint) -> Result<(), Rejection> {
        if let Some(account) = &touchpoint.account {
            self.count("account.ids", account.ids.len(), IDENTIFIERS_MAX)?;
            for id in &account.ids {
                self.text("account.ids", id, IDENTIFIER_BYTES_MAX)?;
            }
            for (field, text) in [
                ("account.corporate_number", &account.corporate_number),
                ("account.domain", &account.domain),
                ("account.name", &account.name),
                ("account.unit", &account.unit),
                ("account.phone", &account.phone),
            ] {
                self.maybe(field, text.as_ref())?;
            }
        }
        if let Some(deal) = &touchpoint.opportunity {
            self.text("opportunity.id", &deal.id, IDENTIFIER_BYTES_MAX)?;
            for text in [&deal.kind, &deal.stage, &deal.currency] {
                self.maybe("opportunity", text.as_ref())?;
            }
            self.count("opportunity.products", deal.products.len(), ENTRIES_MAX)?;
            for product in &deal.products {
                self.text("opportunity.products", product, TEXT_BYTES_MAX)?;
            }
            self.count("opportunity.contacts", deal.contacts.len(), ENTRIES_MAX)?;
            for contact in &deal.contacts {
                self.text("opportunity.contacts", &contact.crm_id, IDENTIFIER_BYTES_MAX)?;
                self.maybe("opportunity.contacts", contact.role.as_ref())?;
            }
        }
        Ok(())
    }

    fn words(&mut self, touchpoint: &Touchpoint) -> Result<(), Rejection> {
        for (field, text) in [
            ("campaign", &touchpoint.campaign),
            ("content", &touchpoint.content),
            ("action", &touchpoint.action),
            ("disposition", &touchpoint.disposition),
            ("reason", &touchpoint.reason),
        ] {
            self.maybe(field, text.as_ref())?;
        }
        if let Some(origin) = &touchpoint.origin {
            for text in [&origin.source, &origin.medium, &origin.term, &origin.partner] {
                self.maybe("origin", text.as_ref())?;
            }
        }
        if let Some(actor) = &touchpoint.actor {
            self.maybe("actor.id", actor.id.as_ref())?;
            self.maybe("actor.role", actor.role.as_ref())?;
        }
        for (field, values) in [("answers", &touchpoint.answers), ("properties", &touchpoint.properties)] {
            self.count(field, values.len(), ENTRIES_MAX)?;
            for (name, value) in values.iter() {
                self.value(field, name, value)?;
            }
        }
        if let Some(attributes) = &touchpoint.attributes {
            for (field, changes) in
                [("attributes.contact", &attributes.contact), ("attributes.account", &attributes.account)]
            {
                self.count(field, changes.len(), ENTRIES_MAX)?;
                for (name, value) in changes {
                    match value {
                        Some(value) => self.value(field, name, value)?,
                        None => self.text(field, name, NAME_BYTES_MAX)?,
                    }
                }
            }
        }
        Ok(())
    }
}

const fn identifier_field(kind: IdentifierKind) -> &'static str {
    match kind {
        IdentifierKind::Contact => "identifiers.contact",
        IdentifierKind::CrmId => "identifiers.crm_id",
        IdentifierKind::Email => "identifiers.email",
        IdentifierKind::Card => "identifiers.card",
        IdentifierKind::Phone => "identifiers.phone",
        IdentifierKind::Badge => "identifiers.badge",
        IdentifierKind::Cookie => "identifiers.cookie",
    }
}

fn too_large(field: &str, bytes_max: usize) -> Rejection {
    Rejection::new(RejectionCode::TooLarge, field, format!("is longer than {bytes_max} bytes"))
}
