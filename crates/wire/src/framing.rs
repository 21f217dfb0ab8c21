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
    /// Anything else: JSON, or a form, rows or lines, as its source reads.
    Text(&'a [u8]),
}

impl<'a> Frame<'a> {
    /// Tells by the first bytes what a value is. No text begins with either of the binary marks, in whichever of the usual
    /// encodings: which text it is, its source knows.
    ///
    /// # Errors
    /// `Malformed` when it is empty, or ends inside the mark.
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
            [] => Err(malformed("is empty")),
            text => Ok(Self::Text(text)),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_tell_the_three_forms_apart() {
        let confluent = Frame::Confluent { id: 0x0001_0203, datum: &[9] };
        assert_eq!(Frame::of(&[0, 0, 1, 2, 3, 9]), Ok(confluent));
        let single = Frame::SingleObject { fingerprint: 0x0807_0605_0403_0201, datum: &[] };
        assert_eq!(Frame::of(&[0xC3, 1, 1, 2, 3, 4, 5, 6, 7, 8]), Ok(single));
        for text in ["{}", " \n[1]", "\u{FEFF}{\"a\":1}", "null", "From=%2B81", "会社名,氏名", "Ãa", " "] {
            assert_eq!(Frame::of(text.as_bytes()), Ok(Frame::Text(text.as_bytes())));
        }
        // A list in Shift_JIS that begins with a half-width `ﾃ`, one in UTF-16, and a log that holds what is no letter.
        for text in [&b"\xC3\xDE\xB0\xC0,1"[..], b"\xFF\xFEa\0", b"\xC3", b"\x16\x03\x01 - -"] {
            assert_eq!(Frame::of(text), Ok(Frame::Text(text)));
        }
    }

    #[test]
    fn what_ends_inside_its_mark_is_malformed_and_says_how() {
        for (value, says) in [
            (&b""[..], "is empty"),
            (&[0, 0, 0, 1], "before the schema's id"),
            (&[0xC3, 1, 1, 2, 3, 4, 5, 6, 7], "before its fingerprint"),
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
