//! The records of letters, on their way to where they came from once more.

use super::letters::{Letter, Original, topic};
use crate::failure::Failure;
use crate::kafka::{ExistingTopic, NotTaken, Outgoing, Sender};
use crate::output::out;
use crate::settings::Settings;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use std::collections::BTreeMap;
use stream::dead_letter::{ORIGIN_TIMESTAMP, RETRY_ELEMENTS, RETRY_OF, SETTLED};

/// A record that is sent again, for these of its letters.
pub(super) struct Again<'a> {
    pub(super) letters: Vec<&'a Letter>,
    pub(super) original: &'a Original,
}

/// What the broker took, and what it did not.
pub(super) struct Sent<'a> {
    pub(super) taken: Vec<Again<'a>>,
    pub(super) refused: Vec<(Again<'a>, KafkaError)>,
}

/// Sends the records. One that the broker refuses keeps none of the others.
///
/// # Errors
/// When it is not known of each what became of it.
pub(super) fn send<'a>(
    settings: &Settings,
    topics: &BTreeMap<String, ExistingTopic>,
    ready: Vec<Again<'a>>,
) -> Result<Sent<'a>, Failure> {
    if ready.is_empty() {
        return Ok(Sent { taken: Vec::new(), refused: Vec::new() });
    }
    let sender = Sender::new(&settings.kafka)?;
    let mut failed = BTreeMap::new();
    for (number, again) in ready.iter().enumerate() {
        if let Err(NotTaken { number, why }) = sender.send(again.record(number, topics)) {
            failed.insert(number, why);
        }
    }
    failed.extend(sender.not_taken().map_err(stopped)?);
    // Every other one is about the broker, not about the record.
    let is_large = |why: &KafkaError| why.rdkafka_error_code() == Some(RDKafkaErrorCode::MessageSizeTooLarge);
    if !failed.is_empty() && failed.len() == ready.len() && !failed.values().any(is_large) {
        let (number, why) = failed.pop_first().unwrap_or((0, KafkaError::Canceled));
        return Err(stopped(NotTaken { number, why }));
    }
    let mut sent = Sent { taken: Vec::new(), refused: Vec::new() };
    for (number, again) in ready.into_iter().enumerate() {
        match failed.remove(&number) {
            None => sent.taken.push(again),
            Some(why) => sent.refused.push((again, why)),
        }
    }
    Ok(sent)
}

/// Says of the letters of records that were taken that they are settled: if it stops between, they are sent once more, and what
/// is in them counts once.
///
/// # Errors
/// When the broker does not take a word of it.
pub(super) fn settle(settings: &Settings, taken: &[Again<'_>]) -> Result<(), Failure> {
    if taken.is_empty() {
        return Ok(());
    }
    let sender = Sender::new(&settings.kafka)?;
    let letters = topic(settings);
    for letter in taken.iter().flat_map(|again| &again.letters) {
        out(&format!("{}: sent again\n", letter.key));
        let settled = OwnedHeaders::new().insert(Header { key: SETTLED, value: Some("retried") });
        let marker = Outgoing::with_opaque_to(&letters, 0).key(letter.key.as_bytes()).headers(settled);
        sender.send(marker).map_err(stopped)?;
    }
    sender.flush().map_err(stopped)
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` has")]
fn stopped(failed: NotTaken) -> Failure {
    Failure::unreachable(format!("the broker does not take a record: {failed}"))
        .next("run it again: what was taken does not count twice")
}

impl Again<'_> {
    fn record(&self, number: usize, topics: &BTreeMap<String, ExistingTopic>) -> Outgoing<'_> {
        let letter = self.letters[0];
        let partitions = topics.get(&letter.topic).map_or(0, |topic| topic.partitions);
        let mut record = Outgoing::with_opaque_to(&letter.topic, number)
            .payload(self.original.value.as_slice())
            .headers(self.headers());
        if let Some(key) = &self.original.key {
            record = record.key(key.as_slice());
        }
        if (0..partitions).contains(&letter.partition) {
            record = record.partition(letter.partition);
        }
        record
    }

    fn headers(&self) -> OwnedHeaders {
        let mut headers = OwnedHeaders::new();
        for (name, value) in &self.original.headers {
            headers = headers.insert(Header { key: name, value: Some(value.as_slice()) });
        }
        let letter = self.letters[0];
        headers = headers.insert(Header { key: RETRY_OF, value: Some(letter.key.as_bytes()) });
        if let Some(millis) = &letter.first_came {
            headers = headers.insert(Header { key: ORIGIN_TIMESTAMP, value: Some(millis.as_bytes()) });
        }
        let elements: Option<Vec<&str>> = self.letters.iter().map(|letter| letter.element_hash.as_deref()).collect();
        match elements {
            Some(elements) => {
                headers.insert(Header { key: RETRY_ELEMENTS, value: Some(elements.join(",").as_bytes()) })
            }
            None => headers,
        }
    }
}
