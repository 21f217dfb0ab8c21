//! What goes out, and whereto.

use crate::fault::Fault;

/// An output topic, declared once in [`Topics`]; sending by handle looks nothing up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Topic(pub(crate) u16);

/// The output topics of a service.
#[derive(Debug, Clone, Default)]
pub struct Topics {
    names: Vec<String>,
}

impl Topics {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a topic by its full name; the same name gives the same handle.
    pub fn declare(&mut self, name: impl Into<String>) -> Topic {
        let name = name.into();
        let index = self.names.iter().position(|other| *other == name).unwrap_or_else(|| {
            self.names.push(name);
            self.names.len() - 1
        });
        Topic(u16::try_from(index).unwrap_or(u16::MAX))
    }

    /// The name behind a handle.
    #[must_use]
    pub fn name(&self, topic: Topic) -> &str {
        self.names.get(usize::from(topic.0)).map_or("", String::as_str)
    }

    /// All names, in the order of declaration.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }
}

/// One record to send. Bytes are copied by the client when it is sent.
#[derive(Debug, Clone, Copy)]
pub struct Output<'a> {
    /// Whereto.
    pub topic: Topic,
    /// The partition; none: murmur2 of the key, as Java's clients do it.
    pub partition: Option<i32>,
    /// The key's bytes.
    pub key: Option<&'a [u8]>,
    /// The value's bytes; none is a tombstone.
    pub value: Option<&'a [u8]>,
    /// Headers, in order.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// Kafka timestamp in milliseconds; none: the time of sending.
    pub timestamp_millis: Option<i64>,
}

impl<'a> Output<'a> {
    /// A keyed record without headers, at the time of sending.
    #[must_use]
    pub fn new(topic: Topic, key: &'a [u8], value: &'a [u8]) -> Self {
        Self { topic, partition: None, key: Some(key), value: Some(value), headers: &[], timestamp_millis: None }
    }

    /// A tombstone.
    #[must_use]
    pub fn tombstone(topic: Topic, key: &'a [u8]) -> Self {
        Self { topic, partition: None, key: Some(key), value: None, headers: &[], timestamp_millis: None }
    }

    /// With headers.
    #[must_use]
    pub fn with_headers(self, headers: &'a [(&'a str, &'a [u8])]) -> Self {
        Self { headers, ..self }
    }

    /// To a given partition.
    #[must_use]
    pub fn to_partition(self, partition: i32) -> Self {
        Self { partition: Some(partition), ..self }
    }

    /// With a Kafka timestamp.
    #[must_use]
    pub fn at(self, timestamp_millis: i64) -> Self {
        Self { timestamp_millis: Some(timestamp_millis), ..self }
    }
}

/// Takes outputs: the runtime's producer, or a list in a test.
pub trait Sink {
    /// Sends one record; it is visible once the transaction under way is committed (with a [`Relay`](crate::Relay):
    /// soon).
    ///
    /// # Errors
    /// [`Fault`] when the client does not take it; pass it on.
    fn send(&mut self, output: &Output<'_>) -> Result<(), Fault>;

    /// Sends a record whole to the dead-letter topic; see [`dead_letter`](crate::dead_letter).
    ///
    /// # Errors
    /// As [`Sink::send`].
    fn dead_letter(&mut self, letter: &crate::dead_letter::DeadLetter<'_>) -> Result<(), Fault>;
}
