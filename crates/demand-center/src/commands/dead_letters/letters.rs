//! The dead letters as they stand: the last of each key counts.

use crate::failure::Failure;
use crate::kafka::Cluster;
use crate::settings::Settings;
use crate::topics::{TopicPlan, names};
use rdkafka::message::{BorrowedMessage, Headers, Message};
use std::collections::BTreeMap;
use stream::dead_letter::{
    CODE, ELEMENT, ELEMENT_HASH, FIELD, MESSAGE, OFFSET, ORIGIN_KEY, ORIGIN_TIMESTAMP, PARTITION, RETRY_ELEMENTS,
    RETRY_OF, SERVICE, SETTLED, TOPIC, VALUE_IN,
};
use touchpoint::Timestamp;

/// Headers that are ours, not the record's.
const OURS: [&str; 15] = [
    TOPIC,
    PARTITION,
    OFFSET,
    CODE,
    MESSAGE,
    FIELD,
    ELEMENT,
    ELEMENT_HASH,
    SERVICE,
    VALUE_IN,
    ORIGIN_KEY,
    ORIGIN_TIMESTAMP,
    RETRY_OF,
    RETRY_ELEMENTS,
    SETTLED,
];

/// One dead letter without the record that it is about.
#[derive(Clone, Debug, Default)]
pub(super) struct Letter {
    pub(super) key: String,
    /// When it was written; milliseconds since 1970 in Kafka.
    pub(super) at: Timestamp,
    pub(super) topic: String,
    pub(super) partition: i32,
    pub(super) offset: i64,
    pub(super) element: Option<String>,
    /// Which that is, wherever it stands by now.
    pub(super) element_hash: Option<String>,
    /// When its record first came, in milliseconds.
    pub(super) first_came: Option<String>,
    pub(super) code: String,
    pub(super) message: String,
    pub(super) field: String,
    pub(super) service: String,
    /// Of a raw record: its header, else what its topic's default is.
    pub(super) source: Option<String>,
    /// The letter with the record, where it is not this one.
    pub(super) value_in: Option<String>,
    /// The letter for which the record was sent again.
    pub(super) retry_of: Option<String>,
    /// How it was settled.
    pub(super) settled: Option<String>,
}

/// A record as it came, to be shown or sent again.
#[derive(Clone, Debug, Default)]
pub(super) struct Original {
    pub(super) key: Option<Vec<u8>>,
    pub(super) value: Vec<u8>,
    pub(super) headers: Vec<(String, Vec<u8>)>,
}

impl Letter {
    /// The record that it is about.
    pub(super) fn record(&self) -> (&str, i32, i64) {
        (&self.topic, self.partition, self.offset)
    }

    /// The letter that has the record.
    pub(super) fn holder(&self) -> &str {
        self.value_in.as_deref().unwrap_or(&self.key)
    }

    fn of(message: &BorrowedMessage<'_>) -> Self {
        let text = |name: &str| header(message, name).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let number = |name: &str| text(name).and_then(|text| text.parse().ok()).unwrap_or(-1);
        Self {
            key: key_of(message),
            at: Timestamp::from_millis(message.timestamp().to_millis().unwrap_or_default()),
            topic: text(TOPIC).unwrap_or_default(),
            partition: i32::try_from(number(PARTITION)).unwrap_or(-1),
            offset: number(OFFSET),
            element: text(ELEMENT),
            element_hash: text(ELEMENT_HASH),
            first_came: text(ORIGIN_TIMESTAMP),
            code: text(CODE).unwrap_or_default(),
            message: text(MESSAGE).unwrap_or_default(),
            field: text(FIELD).unwrap_or_default(),
            service: text(SERVICE).unwrap_or_default(),
            source: text("source"),
            value_in: text(VALUE_IN),
            retry_of: text(RETRY_OF),
            settled: text(SETTLED),
        }
    }
}

/// Every letter that Kafka still keeps, by key, without the records.
///
/// # Errors
/// When the cluster does not answer, or the topic is not there.
pub(super) fn letters(settings: &Settings, cluster: &Cluster) -> Result<BTreeMap<String, Letter>, Failure> {
    let mut letters: BTreeMap<String, Letter> = BTreeMap::new();
    each(settings, cluster, |message| {
        let letter = Letter::of(message);
        if letter.settled.is_none() {
            letters.insert(letter.key.clone(), letter);
        } else if let Some(standing) = letters.get_mut(&letter.key) {
            standing.settled = letter.settled;
        }
    })?;
    name_sources(settings, &mut letters);
    Ok(letters)
}

/// The records of these letters.
///
/// # Errors
/// As [`letters`].
pub(super) fn originals(
    settings: &Settings,
    cluster: &Cluster,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<BTreeMap<String, Original>, Failure> {
    let mut originals = BTreeMap::new();
    each(settings, cluster, |message| {
        let key = key_of(message);
        if header(message, SETTLED).is_some() || !is_wanted(&key) {
            return;
        }
        let Some(value) = message.payload() else { return };
        let headers = message.headers().into_iter().flat_map(|headers| headers.iter());
        let theirs = headers.filter(|header| !OURS.contains(&header.key));
        let headers = theirs.map(|header| (header.key.to_owned(), header.value.unwrap_or_default().to_vec())).collect();
        let origin_key = header(message, ORIGIN_KEY).map(<[u8]>::to_vec);
        originals.insert(key, Original { key: origin_key, value: value.to_vec(), headers });
    })?;
    Ok(originals)
}

fn each(settings: &Settings, cluster: &Cluster, mut see: impl FnMut(&BorrowedMessage<'_>)) -> Result<(), Failure> {
    let reader = cluster.reader(&topic(settings))?;
    for partition in 0..reader.partitions() {
        reader.read(partition, reader.bounds(partition)?, &mut see)?;
    }
    Ok(())
}

/// The name of the topic of dead letters.
pub(super) fn topic(settings: &Settings) -> String {
    TopicPlan::new(settings).name(names::DEAD_LETTERS)
}

/// The channel of a raw topic.
pub(super) fn channel<'a>(settings: &Settings, topic: &'a str) -> Option<&'a str> {
    topic.strip_prefix(&settings.kafka.topic_prefix)?.strip_prefix(names::RAW)
}

/// A letter whose record is with another has its source from there; one without a header the default of its topic.
fn name_sources(settings: &Settings, letters: &mut BTreeMap<String, Letter>) {
    let with_record: BTreeMap<String, String> =
        letters.iter().filter_map(|(key, letter)| Some((key.clone(), letter.source.clone()?))).collect();
    for letter in letters.values_mut().filter(|letter| letter.source.is_none()) {
        let default = channel(settings, &letter.topic).and_then(|channel| settings.ingest.0.get(channel));
        letter.source =
            with_record.get(letter.holder()).cloned().or_else(|| default.map(|channel| channel.default_source.clone()));
    }
}

fn key_of(message: &BorrowedMessage<'_>) -> String {
    String::from_utf8_lossy(message.key().unwrap_or_default()).into_owned()
}

fn header<'a>(message: &'a BorrowedMessage<'_>, name: &str) -> Option<&'a [u8]> {
    // Ours stand behind the record's own, which may be called as they are.
    let headers = message.headers()?;
    (0..headers.count()).rev().map(|at| headers.get(at)).find(|header| header.key == name)?.value
}
