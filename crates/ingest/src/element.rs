//! Which element of a record it is, told by what stands there: its place shifts when its source is read otherwise.

use serde_json::Value as Json;
use std::fmt;

/// An element: its place, and a hash of its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element {
    /// From 0.
    pub place: usize,
    /// None: it is the whole record.
    pub hash: Option<ElementHash>,
}

/// Tells the elements of one record apart; equal ones become the same. FNV-1a of 64 bits, the same in every version of the
/// program. <http://www.isthe.com/chongo/tech/comp/fnv/>
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ElementHash(u64);

impl ElementHash {
    const EMPTY: Self = Self(0xcbf2_9ce4_8422_2325);

    pub(crate) fn of_bytes(bytes: &[u8]) -> Self {
        Self::EMPTY.and(bytes)
    }

    pub(crate) fn of_json(value: &Json) -> Self {
        Self::EMPTY.and_json(value)
    }

    /// As a header has it: 16 digits.
    pub fn parse(text: &str) -> Option<Self> {
        Some(text).filter(|text| text.len() == 16).and_then(|text| u64::from_str_radix(text, 16).ok()).map(Self)
    }

    fn and(self, bytes: &[u8]) -> Self {
        bytes.iter().fold(self, |Self(hash), byte| Self((hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)))
    }

    /// What ends a text, a list or an object tells where the next begins.
    fn and_json(self, value: &Json) -> Self {
        match value {
            Json::Null => self.and(b"z"),
            Json::Bool(is) => self.and(if *is { b"t" } else { b"f" }),
            Json::Number(number) => self.and(b"n").and(number.to_string().as_bytes()).and(b"\0"),
            Json::String(text) => self.and(b"s").and(text.as_bytes()).and(b"\0"),
            Json::Array(items) => items.iter().fold(self.and(b"["), Self::and_json).and(b"]"),
            Json::Object(fields) => {
                let field = |hash: Self, (name, value): (&String, &Json)| {
                    hash.and(b"k").and(name.as_bytes()).and(b"\0").and_json(value)
                };
                fields.iter().fold(self.and(b"{"), field).and(b"}")
            }
        }
    }
}

impl fmt::Display for ElementHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn elements_that_differ_have_other_hashes_and_a_hash_is_read_as_it_was_written() {
        let elements =
            [json!(1), json!("1"), json!(["1"]), json!([["1"]]), json!({"1": 1}), json!(["1", ""]), json!(["", "1"])];
        let mut hashes: Vec<ElementHash> = elements.iter().map(ElementHash::of_json).collect();
        assert_eq!(
            hashes.iter().map(|hash| ElementHash::parse(&hash.to_string())).collect::<Option<Vec<_>>>(),
            Some(hashes.clone())
        );
        hashes.sort();
        hashes.dedup();
        assert_eq!(hashes.len(), elements.len());
        assert_eq!((ElementHash::parse("3"), ElementHash::parse("")), (None, None), "a place is no hash");
        // The published test vector.
        assert_eq!(ElementHash::of_bytes(b"foobar").to_string(), "85944171f73967e8");
    }
}
