//! Dead letters: a record that could not be processed, whole, with where it came from and why.
//!
//! Key: the origin position, `topic/partition/offset` or `topic/partition/offset/element`, so that copies of one failure
//! fall together. Value: the original bytes. Headers: the original ones, untouched (one whose name is no UTF-8 goes
//! by `dc.header.name-not-utf8`), then those below. A record of which many elements are refused is not written again for
//! each: see [`Copies`].
//!
//! | header | value |
//! | --- | --- |
//! | `__streams.errors.topic` `.partition` `.offset` | origin position, as text; the names that Kafka Streams uses (KIP-1034), for tools that know them |
//! | `__streams.errors.exception` | the code |
//! | `__streams.errors.message` | the sentence, without personal data |
//! | `dc.error.field` | place in the record |
//! | `dc.error.element` | index of the element in the record, if it has several |
//! | `dc.error.element.hash` | which element that is, told by what stands there: its index shifts when the record is cut otherwise |
//! | `dc.error.service` | which service gave up |
//! | `dc.value.in` | key of the letter that has the value, the original headers and the key, where this one has not |
//! | `dc.origin.key` | the original key's bytes |
//! | `dc.origin.timestamp` | the Kafka timestamp in milliseconds, as text; of a record that was sent again, that of the first time |
//!
//! A record that is sent again carries `dc.retry.of`, `dc.retry.elements` and `dc.origin.timestamp`; refused again, its letter has them, too. What was
//! sent again has a letter of the same key behind it that has no value and the header `dc.settled`.

use crate::record::Record;

/// Origin topic.
pub const TOPIC: &str = "__streams.errors.topic";
/// Origin partition.
pub const PARTITION: &str = "__streams.errors.partition";
/// Origin offset.
pub const OFFSET: &str = "__streams.errors.offset";
/// Code of the fault or rejection.
pub const CODE: &str = "__streams.errors.exception";
/// Its sentence.
pub const MESSAGE: &str = "__streams.errors.message";
/// Place in the record.
pub const FIELD: &str = "dc.error.field";
/// Index of the element.
pub const ELEMENT: &str = "dc.error.element";
/// Which element it is.
pub const ELEMENT_HASH: &str = "dc.error.element.hash";
/// The service.
pub const SERVICE: &str = "dc.error.service";
/// Original key.
pub const ORIGIN_KEY: &str = "dc.origin.key";
/// Kafka timestamp of the record when it first came; on a letter, and on a record that is sent again.
pub const ORIGIN_TIMESTAMP: &str = "dc.origin.timestamp";

/// Key of the letter that has the value.
pub const VALUE_IN: &str = "dc.value.in";

/// On a record that is sent again: the letter that it was sent for.
pub const RETRY_OF: &str = "dc.retry.of";
/// On a record that is sent again: the hashes of the elements that are meant, with commas between; all, if it is not there.
pub const RETRY_ELEMENTS: &str = "dc.retry.elements";
/// On a letter without a value: the letter of this key is settled, and how (`retried`).
pub const SETTLED: &str = "dc.settled";

/// Letters of one record carry its value up to so many bytes together.
const COPIES_BYTES_MAX: usize = 1 << 20;

/// One dead letter.
#[derive(Debug, Clone, Copy)]
pub struct DeadLetter<'a> {
    /// The record as it came.
    pub record: &'a Record<'a>,
    /// Which of its elements, where it has several and only this one is meant.
    pub element: Option<u32>,
    /// Which that is, as text.
    pub element_hash: Option<&'a str>,
    /// The element with whose letter the record's value, headers and key are; none: with this one.
    pub value_in: Option<u32>,
    /// Short name of the reason.
    pub code: &'a str,
    /// Place in the record; may be empty.
    pub field: &'a str,
    /// A sentence without personal data.
    pub message: &'a str,
}

/// The pieces of a dead letter that need memory of their own; see [`Assembled::headers`].
#[derive(Debug)]
pub(crate) struct Assembled {
    pub(crate) key: String,
    partition: String,
    offset: String,
    element: Option<String>,
    value_in: Option<String>,
    timestamp: Option<String>,
}

impl Assembled {
    pub(crate) fn new(letter: &DeadLetter<'_>) -> Self {
        let record = letter.record;
        let position = format!("{}/{}/{}", record.topic, record.partition, record.offset);
        let element = letter.element.map(|element| element.to_string());
        Self {
            key: element.as_ref().map_or_else(|| position.clone(), |element| format!("{position}/{element}")),
            value_in: letter.value_in.map(|element| format!("{position}/{element}")),
            partition: record.partition.to_string(),
            offset: record.offset.to_string(),
            element,
            timestamp: first_came(record).map(|millis| millis.to_string()),
        }
    }

    /// The value, where it is with this letter.
    pub(crate) fn value<'a>(&self, letter: &DeadLetter<'a>) -> Option<&'a [u8]> {
        letter.record.value.filter(|_| self.value_in.is_none())
    }

    /// Original headers, then ours.
    pub(crate) fn headers<'a>(&'a self, letter: &DeadLetter<'a>, service: &'a str) -> Vec<(&'a str, &'a [u8])> {
        let whole = self.value_in.is_none();
        let mut headers: Vec<_> = letter.record.headers.iter().filter(|_| whole).collect();
        headers.extend([
            (TOPIC, letter.record.topic.as_bytes()),
            (PARTITION, self.partition.as_bytes()),
            (OFFSET, self.offset.as_bytes()),
            (CODE, letter.code.as_bytes()),
            (MESSAGE, letter.message.as_bytes()),
            (FIELD, letter.field.as_bytes()),
            (SERVICE, service.as_bytes()),
        ]);
        let optional = [
            (ELEMENT, self.element.as_deref().map(str::as_bytes)),
            (ELEMENT_HASH, letter.element_hash.map(str::as_bytes)),
            (VALUE_IN, self.value_in.as_deref().map(str::as_bytes)),
            (ORIGIN_KEY, letter.record.key.filter(|_| whole)),
            (ORIGIN_TIMESTAMP, self.timestamp.as_deref().map(str::as_bytes)),
        ];
        headers.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
        headers
    }
}

/// When a record first came, in milliseconds: one that is sent again says so.
pub fn first_came(record: &Record<'_>) -> Option<i64> {
    let said = record.headers.get(RETRY_OF).and_then(|_| record.headers.text(ORIGIN_TIMESTAMP)?.parse::<i64>().ok());
    match (said, record.timestamp_millis) {
        // It cannot have come before it was sent again.
        (Some(said), Some(now)) => Some(said.min(now)),
        (said, now) => said.or(now),
    }
}

/// Which of the letters of one record carry it: each, as long as they are together no more than
/// `COPIES_BYTES_MAX`, so that a usual batch can be read letter by letter; then the first only. Else a record of a megabyte
/// with ten thousand refused elements would be written ten thousand times.
#[derive(Debug, Default)]
pub struct Copies {
    first: Option<u32>,
    bytes: usize,
}

impl Copies {
    /// What [`DeadLetter::value_in`] is for the record's next letter, which is about `element`.
    pub fn value_in(&mut self, record: &Record<'_>, element: u32) -> Option<u32> {
        let headers = record.headers.iter().map(|(name, value)| name.len() + value.len());
        let length = |bytes: Option<&[u8]>| bytes.map_or(0, <[u8]>::len);
        self.bytes += length(record.key) + length(record.value) + headers.sum::<usize>();
        let first = *self.first.get_or_insert(element);
        (first != element && self.bytes > COPIES_BYTES_MAX).then_some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Headers;

    #[test]
    fn a_dead_letter_keeps_the_record_and_says_where_from_and_why() {
        let headers: [(&str, &[u8]); 1] = [("source", b"sendgrid")];
        let record = Record {
            topic: "demand.raw.email",
            partition: 3,
            offset: 17,
            key: Some(b"k"),
            value: Some(b"{"),
            headers: Headers::listed(&headers),
            timestamp_millis: Some(1_000),
        };
        let letter = DeadLetter {
            record: &record,
            element: Some(2),
            element_hash: Some("85944171f73967e8"),
            value_in: None,
            code: "json",
            field: "/events/2",
            message: "not JSON",
        };
        let assembled = Assembled::new(&letter);
        assert_eq!(assembled.key, "demand.raw.email/3/17/2");
        let headers = assembled.headers(&letter, "ingest-email");
        let get = |name| headers.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
        assert_eq!(headers[0], ("source", b"sendgrid".as_slice()), "the original headers come first, untouched");
        assert_eq!(get(OFFSET), Some(b"17".as_slice()));
        assert_eq!(get(CODE), Some(b"json".as_slice()));
        assert_eq!(get(ORIGIN_KEY), Some(b"k".as_slice()));
        assert_eq!(get(ORIGIN_TIMESTAMP), Some(b"1000".as_slice()));
        assert_eq!(get(ELEMENT), Some(b"2".as_slice()));
        assert_eq!(get(ELEMENT_HASH), Some(b"85944171f73967e8".as_slice()));
        assert_eq!((get(VALUE_IN), assembled.value(&letter)), (None, Some(b"{".as_slice())));
    }

    #[test]
    fn a_record_that_is_sent_again_came_when_it_first_did() {
        let came = |headers: &[(&str, &[u8])]| {
            first_came(&Record {
                topic: "demand.raw.email",
                partition: 3,
                offset: 17,
                key: None,
                value: None,
                headers: Headers::listed(headers),
                timestamp_millis: Some(9_000),
            })
        };
        assert_eq!(came(&[(RETRY_OF, b"letter"), (ORIGIN_TIMESTAMP, b"1000")]), Some(1_000));
        assert_eq!(came(&[(ORIGIN_TIMESTAMP, b"1000")]), Some(9_000), "nobody sent it again");
        assert_eq!(came(&[(RETRY_OF, b"letter"), (ORIGIN_TIMESTAMP, b"10000")]), Some(9_000), "not later than now");
        assert_eq!(came(&[(RETRY_OF, b"letter"), (ORIGIN_TIMESTAMP, b"x")]), Some(9_000));
    }

    #[test]
    fn a_large_record_is_with_the_first_of_its_letters() {
        let value = vec![b'x'; 400_000];
        let headers: [(&str, &[u8]); 1] = [("source", b"sendgrid")];
        let record = Record {
            topic: "demand.raw.email",
            partition: 3,
            offset: 17,
            key: None,
            value: Some(&value),
            headers: Headers::listed(&headers),
            timestamp_millis: None,
        };
        let by_key = Record { key: Some(&value), value: Some(b"{}"), ..record };
        let mut copies = Copies::default();
        let told: Vec<_> = (5..10).map(|element| copies.value_in(&by_key, element)).collect();
        assert_eq!(told, [None, None, Some(5), Some(5), Some(5)], "a key is as heavy");

        let mut copies = Copies::default();
        let told: Vec<_> = (5..10).map(|element| copies.value_in(&record, element)).collect();
        assert_eq!(told, [None, None, Some(5), Some(5), Some(5)], "two of 400 kB are no more than a mebibyte");

        let letter = DeadLetter {
            record: &record,
            element: Some(7),
            element_hash: None,
            value_in: told[2],
            code: "json",
            field: "",
            message: "not JSON",
        };
        let assembled = Assembled::new(&letter);
        assert_eq!((assembled.key.as_str(), assembled.value(&letter)), ("demand.raw.email/3/17/7", None));
        let headers = assembled.headers(&letter, "ingest-email");
        assert_eq!(headers[0], (TOPIC, b"demand.raw.email".as_slice()), "the original headers are with the value");
        assert!(headers.contains(&(VALUE_IN, b"demand.raw.email/3/17/5")));
    }
}
