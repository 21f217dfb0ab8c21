//! The dead letters that wait, as metrics: how many of each service, and since when the oldest does.

use crate::failure::Failure;
use crate::kafka::Cluster;
use crate::settings::Settings;
use crate::topics::{TopicPlan, names};
use observe::{ServiceMetrics, Shutdown};
use rdkafka::message::{BorrowedMessage, Headers, Message};
use std::collections::BTreeMap;
use std::time::Duration;
use stream::dead_letter::{SERVICE, SETTLED};

/// How often it is looked. People answer letters in minutes at best.
const LOOK_INTERVAL: Duration = Duration::from_secs(10);

/// Goes on following the topic; without an answer of the cluster the figures stay as they were.
///
/// # Errors
/// When there is no thread to be had.
pub(super) fn follow(
    settings: &Settings,
    services: Vec<(String, ServiceMetrics)>,
    shutdown: Shutdown,
) -> Result<(), Failure> {
    for (_, metrics) in &services {
        metrics.dead_letters_waiting().set(0.0);
        metrics.dead_letter_oldest().set(0.0);
    }
    let mut letters =
        Letters { settings: settings.clone(), services, positions: BTreeMap::new(), waiting: BTreeMap::new() };
    std::thread::Builder::new()
        .name("letters".to_owned())
        .spawn(move || {
            while !shutdown.wait_timeout(LOOK_INTERVAL) {
                if let Err(failure) = letters.look() {
                    tracing::debug!("dead letters are not counted: {}", failure.message);
                }
            }
        })
        .map(drop)
        .map_err(|error| Failure::findings(format!("cannot start a thread: {error}")))
}

struct Letters {
    settings: Settings,
    services: Vec<(String, ServiceMetrics)>,
    /// Of each partition, what comes next.
    positions: BTreeMap<i32, i64>,
    waiting: BTreeMap<Box<[u8]>, Waiting>,
}

struct Waiting {
    /// Its place among the services.
    service: usize,
    partition: i32,
    offset: i64,
    at_millis: i64,
}

impl Letters {
    fn look(&mut self) -> Result<(), Failure> {
        let cluster = Cluster::connect(&self.settings.kafka)?;
        let reader = cluster.reader(&TopicPlan::new(&self.settings).name(names::DEAD_LETTERS))?;
        for partition in 0..reader.partitions() {
            let bounds = reader.bounds(partition)?;
            let from = self.positions.get(&partition).copied().unwrap_or(0).max(bounds.start);
            // What Kafka keeps no longer waits no longer.
            self.waiting.retain(|_, letter| letter.partition != partition || letter.offset >= bounds.start);
            let (services, waiting) = (&self.services, &mut self.waiting);
            reader.read(partition, from..bounds.end, |message| see(services, waiting, message))?;
            self.positions.insert(partition, bounds.end);
        }
        self.tell();
        Ok(())
    }

    fn tell(&self) {
        for (at, (_, metrics)) in self.services.iter().enumerate() {
            let mine = || self.waiting.values().filter(|letter| letter.service == at);
            metrics.dead_letters_waiting().set(mine().count() as f64);
            let oldest = mine().map(|letter| letter.at_millis).min().unwrap_or_default();
            metrics.dead_letter_oldest().set(oldest as f64 / 1_000.0);
        }
    }
}

fn see(
    services: &[(String, ServiceMetrics)],
    waiting: &mut BTreeMap<Box<[u8]>, Waiting>,
    message: &BorrowedMessage<'_>,
) {
    let Some(key) = message.key() else { return };
    let header = |name: &str| message.headers()?.iter().filter(|header| header.key == name).last()?.value;
    if header(SETTLED).is_some() {
        waiting.remove(key);
    } else if let Some(service) = services.iter().position(|(name, _)| header(SERVICE) == Some(name.as_bytes())) {
        let at_millis = message.timestamp().to_millis().unwrap_or_default();
        let (partition, offset) = (message.partition(), message.offset());
        waiting.insert(key.into(), Waiting { service, partition, offset, at_millis });
    }
}
