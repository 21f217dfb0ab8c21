use crate::failure::Failure;
use crate::kafka::admin_config;
use crate::settings::{BUILT_IN_CHANNELS, Settings};
use crate::topics::names;
use observe::{Metrics, Shutdown};
use rdkafka::consumer::{BaseConsumer, Consumer};
use std::time::Duration;

/// Knows whether everything that was sent has come through: simulated time must not pass records that are under way.
pub(super) struct Pace {
    reader: BaseConsumer,
    timeout: Duration,
    hops: Vec<Hop>,
}

/// A service's input: records written there against records that the service says it has committed.
struct Hop {
    topic: String,
    partitions: i32,
    consumed: prometheus::IntCounter,
}

/// Between two looks. A hop takes about a commit interval.
const LOOK_MILLIS: u64 = 20;

impl Pace {
    pub(super) fn new(settings: &Settings, metrics: &Metrics) -> Result<Self, Failure> {
        let failed = |error| Failure::findings(format!("the demo's reader cannot be set up: {error}"));
        let reader: BaseConsumer =
            admin_config(&settings.kafka)?.set("group.id", "demo-pace").create().map_err(failed)?;
        let prefix = &settings.kafka.topic_prefix;
        let hop = |topic: String, service: &str| Hop {
            consumed: metrics.service(service).records_consumed(&topic),
            topic,
            partitions: settings.topics.partitions,
        };
        let mut hops: Vec<Hop> = BUILT_IN_CHANNELS
            .map(|channel| hop(format!("{prefix}{}{channel}", names::RAW), &format!("ingest-{channel}")))
            .into();
        hops.push(hop(format!("{prefix}{}", names::TOUCHPOINTS), "resolve"));
        hops.push(hop(format!("{prefix}{}", names::INBOX), "engine"));
        Ok(Self { reader, timeout: settings.kafka.request_timeout.0, hops })
    }

    /// Waits until every hop has consumed what stands before it, twice in a row: what one hop lets go is seen by the
    /// next.
    pub(super) fn wait(&self, shutdown: &Shutdown) -> Result<(), Failure> {
        let mut quiet = 0;
        while quiet < 2 && !shutdown.is_requested() {
            quiet = if self.waiting()? == 0 { quiet + 1 } else { 0 };
            if quiet < 2 {
                shutdown.wait_timeout(Duration::from_millis(LOOK_MILLIS));
            }
        }
        Ok(())
    }

    /// Records under way.
    fn waiting(&self) -> Result<u64, Failure> {
        let mut waiting = 0;
        for hop in &self.hops {
            let mut written = 0;
            for partition in 0..hop.partitions {
                let (_, high) = self
                    .reader
                    .fetch_watermarks(&hop.topic, partition, self.timeout)
                    .map_err(|error| Failure::unreachable(format!("{}: {error}", hop.topic)))?;
                written += u64::try_from(high).unwrap_or(0);
            }
            waiting += written.saturating_sub(hop.consumed.get());
        }
        Ok(waiting)
    }
}
