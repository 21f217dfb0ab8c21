//! Simulated time must not pass records that are under way.

use crate::settings::{BUILT_IN_CHANNELS, Settings};
use crate::topics::names;
use observe::{Metrics, Shutdown};
use prometheus::IntCounter;
use std::time::Duration;

/// Knows whether everything that was sent has come through. All services are in this process, so their own counts tell;
/// the broker's offsets would not: on a real Kafka they count the marks of transactions, too.
pub(super) struct Pace {
    hops: Vec<Hop>,
}

/// A service's input.
struct Hop {
    topic: String,
    consumed: IntCounter,
    /// Of the services that write there.
    produced: Vec<IntCounter>,
    /// What the simulation itself put there.
    sent: u64,
}

/// Between two looks. A hop takes about a commit interval.
const LOOK: Duration = Duration::from_millis(20);
/// Nothing moves for this long: say what is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

impl Pace {
    /// Before anything is sent, and after the playbook's activation: one record a partition of the inbox.
    pub(super) fn new(settings: &Settings, metrics: &Metrics) -> Self {
        let prefix = &settings.kafka.topic_prefix;
        let ingests = BUILT_IN_CHANNELS.map(|channel| format!("ingest-{channel}"));
        let hop = |name: String, service: &str, writers: &[&str]| {
            let topic = format!("{prefix}{name}");
            Hop {
                consumed: metrics.service(service).records_consumed(&topic),
                produced: writers.iter().map(|writer| metrics.service(writer).records_produced(&topic)).collect(),
                topic,
                sent: 0,
            }
        };
        let raw = BUILT_IN_CHANNELS.iter().zip(&ingests);
        let mut hops: Vec<Hop> =
            raw.map(|(channel, ingest)| hop(format!("{}{channel}", names::RAW), ingest, &[])).collect();
        let mut routers: Vec<&str> = ingests.iter().map(String::as_str).collect();
        routers.extend(["resolve", "engine"]);
        hops.push(hop(names::TOUCHPOINTS.to_owned(), "resolve", &routers));
        let mut inbox = hop(names::INBOX.to_owned(), "engine", &["resolve", "engine"]);
        inbox.sent = u64::try_from(settings.topics.partitions).unwrap_or_default();
        hops.push(inbox);
        Self { hops }
    }

    /// The simulation has put a record there.
    pub(super) fn sent(&mut self, topic: &str) {
        self.hops.iter_mut().filter(|hop| hop.topic == topic).for_each(|hop| hop.sent += 1);
    }

    /// Waits until every hop has consumed what stands before it, twice in a row: what one hop lets go is seen by the
    /// next.
    pub(super) fn wait(&self, shutdown: &Shutdown) {
        let (mut quiet, mut last, mut unmoved) = (0, Vec::new(), Duration::ZERO);
        while quiet < 2 && !shutdown.is_requested() {
            let waiting: Vec<u64> = self.hops.iter().map(Hop::waiting).collect();
            quiet = if waiting.iter().all(|records| *records == 0) { quiet + 1 } else { 0 };
            unmoved = if waiting == last { unmoved + LOOK } else { Duration::ZERO };
            if unmoved >= PATIENCE {
                let behind = self.hops.iter().zip(&waiting).filter(|(_, records)| **records > 0);
                let behind: Vec<String> = behind.map(|(hop, records)| format!("{} {records}", hop.topic)).collect();
                tracing::warn!(records = behind.join(", "), "waiting for records that are under way");
                unmoved = Duration::ZERO;
            }
            last = waiting;
            if quiet < 2 {
                shutdown.wait_timeout(LOOK);
            }
        }
    }
}

impl Hop {
    /// Records under way to it.
    fn waiting(&self) -> u64 {
        let written = self.sent + self.produced.iter().map(IntCounter::get).sum::<u64>();
        written.saturating_sub(self.consumed.get())
    }
}
