//! What stands before an Avro datum: a registry's schema id (Confluent) or a schema's fingerprint (single-object).

use touchpoint::{Rejection, RejectionCode};

/// Confluent's wire format: this byte, then the schema's id in four bytes, most significant first.
/// <https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format>
const CONFLUENT: u8 = 0x00;

/// Avro's single-object encoding: these bytes, then the CRC-64-AVRO fingerprint, least significant byte first.
/// <https://avro.apache.org/docs/1.12.0/specification/#single-object-encoding>
const SINGLE_OBJECT: [u8; 2] = [0xC3, 0x01];

/// A record's value, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    Confluent {
        id: u32,
        datum: &'a [u8],
    },
    SingleObject {
        fingerprint: u64,
        datum: &'a [u8],
    },
    /// JSON text, as far as its first character tells.
    Text(&'a [u8]),
}

impl<'a> Frame<'a> {
    /// Tells by the first bytes what a value is. No JSON text begins with either of the binary marks.
    ///
    /// # Errors
    /// `Malformed` when it is none of the three, or ends inside the mark.
    pub fn of(value: &'a [u8]) -> Result<Self, Rejection> {
        match value {
            [CONFLUENT, a, b, c, d, datum @ ..] => {
                Ok(Self::Confluent { id: u32::from_be_bytes([*a, *b, *c, *d]), datum })
            }
            [CONFLUENT, ..] => Err(malformed("begins as Confluent wire format and ends before the schema's id does")),
            [first, second, rest @ ..] if [*first, *second] == SINGLE_OBJECT => match rest.split_first_chunk() {
                Some((fingerprint, datum)) => {
                    Ok(Self::SingleObject { fingerprint: u64::from_le_bytes(*fingerprint), datum })
                }
                None => Err(malformed("begins as an Avro single object and ends before its fingerprint does")),
            },
            text if begins_as_json(text) => Ok(Self::Text(text)),
            [] => Err(malformed("is empty")),
            _ => Err(malformed("is neither JSON text nor Avro in Confluent wire format or single-object encoding")),
        }
    }
}

/// Writes Confluent's mark.
pub(crate) fn begin_confluent(id: u32, out: &mut Vec<u8>) {
    out.push(CONFLUENT);
    out.extend_from_slice(&id.to_be_bytes());
}

/// Writes the single-object mark.
pub(crate) fn begin_single_object(fingerprint: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(&SINGLE_OBJECT);
    out.extend_from_slice(&fingerprint.to_le_bytes());
}

fn malformed(message: &str) -> Rejection {
    Rejection::new(RejectionCode::Malformed, "", format!("the value {message}"))
}

/// Any JSON value may stand there: the sources decide what they accept. A byte order mark is common in exported files.
fn begins_as_json(text: &[u8]) -> bool {
    let text = text.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(text);
    matches!(text.trim_ascii_start().first(), Some(b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_tell_the_three_forms_apart() {
        let confluent = Frame::Confluent { id: 0x0001_0203, datum: &[9] };
        assert_eq!(Frame::of(&[0, 0, 1, 2, 3, 9]), Ok(confluent));
        let single = Frame::SingleObject { fingerprint: 0x0807_0605_0403_0201, datum: &[] };
        assert_eq!(Frame::of(&[0xC3, 1, 1, 2, 3, 4, 5, 6, 7, 8]), Ok(single));
        for text in ["{}", " \n[1]", "\u{FEFF}{\"a\":1}", "null", "\"Ã\"", "-1"] {
            assert_eq!(Frame::of(text.as_bytes()), Ok(Frame::Text(text.as_bytes())));
        }
    }

    #[test]
    fn anything_else_is_malformed_and_says_how() {
        for (value, says) in [
            (&b""[..], "is empty"),
            (b"  ", "neither JSON"),
            (b"hello", "neither JSON"),
            (&[0, 0, 0, 1], "before the schema's id"),
            (&[0xC3, 1, 1, 2, 3, 4, 5, 6, 7], "before its fingerprint"),
            (&[0xC3], "neither JSON"),
            (&[0x01, 2, 3], "neither JSON"),
        ] {
            let rejection = Frame::of(value).unwrap_err();
            assert_eq!(rejection.code, RejectionCode::Malformed);
            assert!(rejection.message.contains(says), "{}", rejection.message);
        }
    }

    #[test]
    fn marks_are_read_as_written() {
        let mut out = Vec::new();
        begin_confluent(77, &mut out);
        assert_eq!(Frame::of(&out), Ok(Frame::Confluent { id: 77, datum: &[] }));
        out.clear();
        begin_single_object(u64::MAX - 1, &mut out);
        assert_eq!(Frame::of(&out), Ok(Frame::SingleObject { fingerprint: u64::MAX - 1, datum: &[] }));
    }
}
