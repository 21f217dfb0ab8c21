use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Crockford's alphabet in lower case: no letter that reads as a digit, safe in URLs, keys and CRM fields.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

pub(crate) fn write_base32(bytes: &[u8; 16], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let number = u128::from_be_bytes(*bytes);
    let mut text = [0_u8; 26];
    for (at, byte) in text.iter_mut().enumerate() {
        *byte = ALPHABET[((number >> (125 - 5 * at)) & 31) as usize];
    }
    f.write_str(std::str::from_utf8(&text).unwrap_or_default())
}

pub(crate) fn read_base32(text: &str) -> Option<[u8; 16]> {
    if text.len() != 26 {
        return None;
    }
    let mut number: u128 = 0;
    for (at, byte) in text.bytes().enumerate() {
        let digit = ALPHABET.iter().position(|&have| have == byte)? as u128;
        // 26 digits hold 130 bits: the first may use three only.
        if at == 0 && digit > 7 {
            return None;
        }
        number = (number << 5) | digit;
    }
    Some(number.to_be_bytes())
}

/// The text is no id of the kind asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a {expected} id: expected `{prefix}` and 26 characters of base 32")]
pub struct ParseIdError {
    expected: &'static str,
    prefix: &'static str,
}

impl ParseIdError {
    /// Keys of identifiers have no prefix.
    pub(crate) const IDENTIFIER_KEY: Self = Self { expected: "identifier", prefix: "" };
}

macro_rules! subject_id {
    ($name:ident, $prefix:literal, $expected:literal, $doc:literal) => {
        #[doc = $doc]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub [u8; 16]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!($prefix))?;
                write_base32(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                text.strip_prefix($prefix)
                    .and_then(read_base32)
                    .map(Self)
                    .ok_or(ParseIdError { expected: $expected, prefix: concat!($prefix) })
            }
        }
    };
}

subject_id!(ContactId, 'c', "contact", "One person at one company; born once, never recomputed.");
subject_id!(AccountId, 'a', "account", "A company; born once, never recomputed.");
subject_id!(TeamId, 't', "team", "A team that hand-offs are assigned to.");
subject_id!(EventId, 'e', "event", "One event told to the world: a hash of its subject's id, kind and sequence.");

/// Whom a record of the inbox is about: the key that decides its partition.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SubjectId {
    Contact(ContactId),
    Account(AccountId),
    Team(TeamId),
}

impl fmt::Display for SubjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Contact(id) => id.fmt(f),
            Self::Account(id) => id.fmt(f),
            Self::Team(id) => id.fmt(f),
        }
    }
}

impl fmt::Debug for SubjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for SubjectId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        match text.as_bytes().first() {
            Some(b'c') => text.parse().map(Self::Contact),
            Some(b'a') => text.parse().map(Self::Account),
            Some(b't') => text.parse().map(Self::Team),
            _ => Err(ParseIdError { expected: "subject", prefix: "c" }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_back_as_they_are_shown() {
        for bytes in [[0; 16], [255; 16], *b"0123456789abcdef"] {
            let shown = ContactId(bytes).to_string();
            assert_eq!(shown.len(), 27);
            assert_eq!(shown.parse::<ContactId>(), Ok(ContactId(bytes)));
            assert_eq!(shown.parse::<SubjectId>(), Ok(SubjectId::Contact(ContactId(bytes))));
            assert!(shown.parse::<AccountId>().is_err());
            let key = crate::IdentifierKey(bytes);
            assert_eq!(key.to_string().parse(), Ok(key));
        }
        assert!("c8zzzzzzzzzzzzzzzzzzzzzzzzz".parse::<ContactId>().is_err(), "more than 128 bits");
    }
}
