//! Identifiers as far as ingest looks at them: is it one at all, is it scoped, and the two forms of a Salesforce id.
//! Their normal forms (case, IDN, E.164) belong to crate `identity`.

use crate::fields::Place;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use touchpoint::{Rejection, Text};

/// `local@domain`, loosely: enough to tell an address from a user id or a note. Not a promise that it is delivered.
pub(crate) fn looks_like_email(text: &str) -> bool {
    match text.rsplit_once(['@', '＠']) {
        Some((local, domain)) => {
            !local.is_empty()
                && !domain.is_empty()
                && !local.contains(['@', '＠'])
                && !domain.starts_with('.')
                && !domain.ends_with('.')
                && !text.contains(|c: char| c.is_whitespace() || c.is_control())
        }
        None => false,
    }
}

/// At least three digits, and nothing but digits and what people write between them.
pub(crate) fn looks_like_phone(text: &str) -> bool {
    let digit = |c: &char| c.is_ascii_digit() || ('０'..='９').contains(c);
    let mark = |c: char| "+-－‐−ー.・()（）/ ＋#*;=extEXT　".contains(c);
    text.chars().filter(digit).count() >= 3 && text.chars().all(|c| digit(&c) || mark(c))
}

pub(crate) fn email(text: &str, place: Place<'_>) -> Result<Text, Rejection> {
    if looks_like_email(text) { Ok(Text::new(text)) } else { Err(place.invalid("is no e-mail address")) }
}

pub(crate) fn phone(text: &str, place: Place<'_>) -> Result<Text, Rejection> {
    if looks_like_phone(text) { Ok(Text::new(text)) } else { Err(place.invalid("is no telephone number")) }
}

/// An id with the system that it belongs to, as `sansan:88123`. Salesforce ids get their one form.
pub(crate) fn scoped(text: &str, place: Place<'_>) -> Result<Text, Rejection> {
    match text.split_once(':') {
        Some((scope, id)) if !scope.trim().is_empty() && !id.trim().is_empty() => {
            let salesforce = if scope == "salesforce" { salesforce_id(id) } else { None };
            Ok(salesforce.map_or_else(|| Text::new(text), |id| scope_id(scope, &id)))
        }
        _ => Err(place.invalid("needs the system it belongs to, as `salesforce:00Q5e00001abcde`")),
    }
}

/// `scope:id`.
pub(crate) fn scope_id(scope: &str, id: &str) -> Text {
    let mut text = Text::with_capacity(scope.len() + 1 + id.len());
    text.push_str(scope);
    text.push(':');
    text.push_str(id);
    text
}

const SALESFORCE_SUFFIX: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/// The 18-character form of a Salesforce record id. The 15-character form tells ids apart by case alone; the last three
/// of 18 say which letters of each five are capitals, so an 18-character id whose case a spreadsheet or an old system
/// lost is restored. `None` when it is no such id.
/// <https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/field_types.htm>
pub(crate) fn salesforce_id(id: &str) -> Option<Text> {
    let bytes = id.as_bytes();
    if !matches!(bytes.len(), 15 | 18) || !bytes.iter().all(u8::is_ascii_alphanumeric) {
        return None;
    }
    let mut form = Text::with_capacity(18);
    let mut suffix = [0_u8; 3];
    for (chunk, (five, check)) in bytes[..15].chunks(5).zip(&mut suffix).enumerate() {
        let capitals = match bytes.get(15 + chunk) {
            Some(given) => SALESFORCE_SUFFIX.iter().position(|have| *have == given.to_ascii_uppercase())?,
            None => five.iter().enumerate().map(|(at, b)| usize::from(b.is_ascii_uppercase()) << at).sum(),
        };
        *check = SALESFORCE_SUFFIX[capitals];
        for (at, byte) in five.iter().enumerate() {
            let capital = capitals >> at & 1 == 1;
            if capital && byte.is_ascii_digit() {
                return None;
            }
            form.push(char::from(if capital { byte.to_ascii_uppercase() } else { byte.to_ascii_lowercase() }));
        }
    }
    suffix.iter().for_each(|check| form.push(char::from(*check)));
    Some(form)
}

/// The id of an input whose source gives it none: SHA-256 over its content, in hexadecimal. The order of keys and white
/// space do not count, nor do the fields named in `stamps`, which a relay writes anew on each delivery.
pub(crate) fn content_id(element: &Value, stamps: &[&str]) -> Text {
    let mut hash = Sha256::new();
    hash_value(&mut hash, element, stamps);
    let mut text = String::with_capacity(64);
    for byte in hash.finalize() {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Text::new(text)
}

/// Each part is preceded by its kind and length, so that no two contents write the same bytes.
fn hash_value(hash: &mut Sha256, value: &Value, stamps: &[&str]) {
    let mut part = |kind: u8, bytes: &[u8]| {
        hash.update([kind]);
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    match value {
        Value::Null => part(b'0', b""),
        Value::Bool(yes) => part(b'b', &[u8::from(*yes)]),
        Value::Number(number) => part(b'n', number.as_str().as_bytes()),
        Value::String(text) => part(b's', text.as_bytes()),
        Value::Array(items) => {
            part(b'a', &(items.len() as u64).to_be_bytes());
            items.iter().for_each(|item| hash_value(hash, item, stamps));
        }
        Value::Object(map) => {
            let mut fields: Vec<_> = map.iter().filter(|(name, _)| !stamps.contains(&name.as_str())).collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            part(b'o', &(fields.len() as u64).to_be_bytes());
            for (name, value) in fields {
                hash.update((name.len() as u64).to_be_bytes());
                hash.update(name.as_bytes());
                hash_value(hash, value, &[]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_forms_of_a_salesforce_id_become_one() {
        // Ids as Salesforce's own change event examples show them.
        for id in ["0015f00002JUX1JAAX", "0035f00002EztxDAAR", "0065f00000UloqVAAR", "00Q5f000005bwLFEAY"] {
            assert_eq!(salesforce_id(id).as_deref(), Some(id));
            assert_eq!(salesforce_id(&id[..15]).as_deref(), Some(id), "from 15 characters");
            assert_eq!(salesforce_id(&id.to_uppercase()).as_deref(), Some(id), "case lost, restored");
            assert_eq!(salesforce_id(&id.to_lowercase()).as_deref(), Some(id), "case lost, restored");
        }
        for no in ["", "001*", "0015f00002JUX1", "0015f00002JUX1JAA", "0015f00002JUX1J-AX", "001500000212345555"] {
            assert_eq!(salesforce_id(no), None, "{no}");
        }
    }

    #[test]
    fn a_scoped_id_names_its_system() {
        assert_eq!(scoped("sansan:88123", Place::Root).unwrap(), "sansan:88123");
        assert_eq!(scoped("salesforce:00Q5e01", Place::Root).unwrap(), "salesforce:00Q5e01");
        assert_eq!(scoped("salesforce:0015f00002JUX1J", Place::Root).unwrap(), "salesforce:0015f00002JUX1JAAX");
        assert!(scoped("00Q5e01", Place::Root).is_err());
        assert!(scoped("salesforce:", Place::Root).is_err());
    }

    #[test]
    fn addresses_and_numbers_are_told_from_other_text() {
        for yes in ["a@b", "hanako+x@acme.example", "田中@例え.jp"] {
            assert!(looks_like_email(yes), "{yes}");
        }
        for no in ["", "@", "a@", "@b", "not an email address", "a b@c", "a@b@c", "a@.b", "u-123"] {
            assert!(!looks_like_email(no), "{no}");
        }
        for yes in ["+81521234567", "０５２－１２３－４５６７", "(052) 123-4567", "117"] {
            assert!(looks_like_phone(yes), "{yes}");
        }
        for no in ["", "anonymous", "sip:me@example.test", "12"] {
            assert!(!looks_like_phone(no), "{no}");
        }
    }

    #[test]
    fn equal_content_has_one_id_whatever_the_order_of_keys() {
        let a = json!({"a": 1, "b": [true, null], "sentAt": "x"});
        let b = json!({"sentAt": "y", "b": [true, null], "a": 1});
        assert_eq!(content_id(&a, &["sentAt"]), content_id(&b, &["sentAt"]));
        assert_ne!(content_id(&a, &[]), content_id(&b, &[]));
        assert_ne!(content_id(&json!(["ab", "c"]), &[]), content_id(&json!(["a", "bc"]), &[]));
        assert_ne!(content_id(&json!(1), &[]), content_id(&json!("1"), &[]));
    }
}
