//! The load: people who look at pages of the company's site, as canonical touchpoints.
//!
//! Everybody has a cookie; every third also leaves an e-mail address with the first touchpoint, so that the cookie's
//! later ones are a known person's. Five of those are one company. People come in turns: everybody once, then everybody
//! again, which is the worst that can happen to a cache. Each time they see another page, so that each touchpoint earns
//! points (the default playbook counts a page once a day, and caps what browsing gives in a month).

use crate::Outcome;
use rdkafka::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use std::time::Duration;
use touchpoint::Timestamp;

/// Every third person is known.
const KNOWN: u64 = 3;
/// People, known or not, between the first and the last of one company.
const COMPANY: u64 = 5 * KNOWN;
/// A prime, larger than any number of people: multiplied by it they come in no order that a hash or a key has.
const STRIDE: u64 = 2_654_435_761;

const PAGES: [(&str, &str); 8] = [
    ("/products/maintenance", "Predictive maintenance for factories"),
    ("/cases/maintenance", "How Acme keeps its presses running"),
    ("/blog/why-downtime-stays", "Why unplanned downtime stays"),
    ("/products/planning", "Planning that survives Monday"),
    ("/pricing", "What it costs"),
    ("/specs/maintenance", "Sensors, gateways, limits"),
    ("/services", "Who helps you start"),
    ("/cases/planning", "From spreadsheets to a plan"),
];

/// Which person comes as the `turn`-th, and how often they were there before.
pub(crate) const fn visit(turn: u64, people: u64) -> (u64, u64) {
    (turn.wrapping_mul(STRIDE) % people, turn / people)
}

/// A record for `demand.raw.web`: its key and value.
pub(crate) fn record(id: &str, person: u64, visits_before: u64, at: Timestamp) -> (String, String) {
    let cookie = format!("bench:{:016x}", person.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let value = if visits_before == 0 && person.is_multiple_of(KNOWN) {
        let company = person / COMPANY;
        format!(
            r#"{{"source":"bench","id":"{id}","occurred_at":"{at}","channel":"web","kind":"form_submit","identifiers":{{"email":"person.{person}@company-{company}.example","cookie":"{cookie}"}},"properties":{{"purpose":"newsletter","url":"https://www.example.co.jp/newsletter"}},"consent":[{{"purpose":"tracking","state":"granted"}}]}}"#
        )
    } else {
        let (page, title) = PAGES[((person + visits_before) % PAGES.len() as u64) as usize];
        format!(
            r#"{{"source":"bench","id":"{id}","occurred_at":"{at}","channel":"web","kind":"page_view","identifiers":{{"cookie":"{cookie}"}},"origin":{{"source":"google","medium":"organic"}},"properties":{{"url":"https://www.example.co.jp{page}?utm_source=google&utm_medium=organic","title":"{title}"}}}}"#
        )
    };
    (cookie, value)
}

/// Sends to `demand.raw.web`, as a tracker's collector does.
pub(crate) struct Sender {
    producer: BaseProducer,
    topic: String,
}

impl Sender {
    pub(crate) fn new(bootstrap: &str, prefix: &str) -> Outcome<Self> {
        let mut client = ClientConfig::new();
        client.set("bootstrap.servers", bootstrap).set("partitioner", "murmur2_random");
        client.set("enable.idempotence", "true").set("linger.ms", "5").set("compression.codec", "lz4");
        Ok(Self { producer: client.create()?, topic: format!("{prefix}raw.web") })
    }

    /// Waits where the client's queue is full.
    pub(crate) fn send(&self, (key, value): &(String, String)) -> Outcome<()> {
        let mut record = BaseRecord::to(&self.topic).key(key.as_str()).payload(value.as_str());
        loop {
            match self.producer.send(record) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                    self.producer.poll(Duration::from_millis(10));
                    record = back;
                }
                Err((error, _)) => return Err(error.into()),
            }
        }
    }

    /// Lets the client report what it delivered.
    pub(crate) fn poll(&self) {
        self.producer.poll(Duration::ZERO);
    }

    pub(crate) fn flush(&self) -> Outcome<()> {
        Ok(self.producer.flush(crate::support::PATIENCE)?)
    }
}
