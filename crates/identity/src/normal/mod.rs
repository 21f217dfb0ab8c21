//! One form for each identifier, whatever the source writes, so that the same person has the same key.

mod company;
mod email;
mod lists;
mod names;
mod phone;

pub use company::{corporate_number, domain, email_domain};
pub use email::{email, is_role_address};
pub use names::{company_name, person_name};
pub use phone::{Region, phone};

use crate::{Settings, key_of_contact};
use std::borrow::Cow;
use touchpoint::{ContactId, IdentifierKind, Text, limits};
use unicode_normalization::UnicodeNormalization;

/// The normal form of a person's identifier; `None` when it is none: no address, a withheld number, an id that we never
/// gave, or longer than [`limits::IDENTIFIER_BYTES_MAX`].
pub fn identifier(kind: IdentifierKind, value: &str, settings: &Settings) -> Option<Text> {
    if value.len() > limits::IDENTIFIER_BYTES_MAX {
        return None;
    }
    match kind {
        IdentifierKind::Contact => {
            let value = value.trim();
            key_of_contact(value.parse::<ContactId>().ok()?).map(|_| Text::new(value))
        }
        IdentifierKind::Email => email(value, settings.strip_plus_tags),
        IdentifierKind::Phone => phone(value, settings.default_region),
        IdentifierKind::CrmId | IdentifierKind::Card | IdentifierKind::Badge | IdentifierKind::Cookie => scoped(value),
    }
}

/// A scoped id is a system's own: taken as given, but for the space around it.
pub fn scoped(value: &str) -> Option<Text> {
    let value = value.trim();
    // `salesforce:` with nothing behind it is an empty field of a mapping; it would join all who lack one.
    let local = value.split_once(':').map_or(value, |(_, local)| local);
    (!local.trim().is_empty()).then(|| Text::new(value))
}

/// Full and half width are one (NFKC). ASCII, which nearly all is, stays as it is.
fn width_folded(text: &str) -> Cow<'_, str> {
    if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(text.nfkc().collect()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HashKey;

    #[test]
    fn a_contact_id_must_be_one_that_can_be_ours() {
        let settings = Settings::new(HashKey::new([1; 32]));
        let ours = ContactId(settings.hash_key.key(crate::KeyKind::Email, "a@b.example").0).to_string();
        let of = |value: &str| identifier(IdentifierKind::Contact, value, &settings);
        assert_eq!(of(&format!(" {ours} ")).as_deref(), Some(ours.as_str()));
        assert_eq!(of("00Q5e01"), None);
        assert_eq!(of(&ContactId([0; 16]).to_string()), None, "well-formed, but of no kind");
    }

    #[test]
    fn an_empty_scoped_id_is_no_identifier() {
        assert_eq!(scoped(" salesforce:00Q5e01 ").as_deref(), Some("salesforce:00Q5e01"));
        for empty in ["", " ", "salesforce:", "segment: "] {
            assert_eq!(scoped(empty), None, "{empty:?}");
        }
    }

    #[test]
    fn nothing_longer_than_the_limit_is_an_identifier() {
        let settings = Settings::new(HashKey::new([1; 32]));
        let long = "x".repeat(limits::IDENTIFIER_BYTES_MAX + 1);
        assert_eq!(identifier(IdentifierKind::Cookie, &long, &settings), None);
    }
}
