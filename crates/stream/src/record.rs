//! What comes in: one record, borrowed from the client's buffer.

use crate::native::{self, NAME_NOT_UTF8};
use rdkafka::message::{BorrowedHeaders, BorrowedMessage, Headers as _, Message as _};

/// One input record. Nothing is copied.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    /// The topic it was read from.
    pub topic: &'a str,
    /// Its partition.
    pub partition: i32,
    /// Its offset in the partition.
    pub offset: i64,
    /// The key's bytes, if it has one.
    pub key: Option<&'a [u8]>,
    /// The value's bytes; none for a tombstone.
    pub value: Option<&'a [u8]>,
    /// Headers, in order.
    pub headers: Headers<'a>,
    /// Kafka's timestamp in milliseconds (create or append time, as the topic is set); none on very old formats.
    pub timestamp_millis: Option<i64>,
}

impl<'a> Record<'a> {
    pub(crate) fn of(message: &'a BorrowedMessage<'a>) -> Self {
        Self {
            topic: message.topic(),
            partition: message.partition(),
            offset: message.offset(),
            key: message.key(),
            value: message.payload(),
            headers: message.headers().map_or(Headers::NONE, |headers| Headers(Source::Kafka(headers))),
            timestamp_millis: message.timestamp().to_millis(),
        }
    }
}

/// Where it stands, not what is in it.
impl std::fmt::Debug for Record<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}/{}", self.topic, self.partition, self.offset)
    }
}

/// A record's headers. Names are text, as Kafka's protocol wants them; a header whose name is none goes by
/// [`NAME_NOT_UTF8`](crate::native). Values are bytes, or nothing.
#[derive(Clone, Copy)]
pub struct Headers<'a>(Source<'a>);

#[derive(Clone, Copy)]
enum Source<'a> {
    Kafka(&'a BorrowedHeaders),
    Listed(&'a [(&'a str, &'a [u8])]),
}

impl<'a> Headers<'a> {
    /// No headers.
    pub const NONE: Self = Self(Source::Listed(&[]));

    /// Headers from a list: for tests, and for records that did not come from Kafka.
    #[must_use]
    pub fn listed(headers: &'a [(&'a str, &'a [u8])]) -> Self {
        Self(Source::Listed(headers))
    }

    /// The last value under a name, as Kafka's own clients read repeated headers.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a [u8]> {
        self.iter().filter(|(key, _)| *key == name).last().map(|(_, value)| value)
    }

    /// As [`Headers::get`], where it is UTF-8.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&'a str> {
        std::str::from_utf8(self.get(name)?).ok()
    }

    /// All headers, in order; a header without a value has an empty one.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> + use<'a> {
        let source = self.0;
        (0..self.len()).map(move |index| match source {
            Source::Kafka(headers) => native::header(headers, index).unwrap_or((NAME_NOT_UTF8, b"")),
            Source::Listed(headers) => headers[index],
        })
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self.0 {
            Source::Kafka(headers) => headers.count(),
            Source::Listed(headers) => headers.len(),
        }
    }

    /// True when there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Names only: values may be personal.
impl std::fmt::Debug for Headers<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter().map(|(name, _)| name)).finish()
    }
}
