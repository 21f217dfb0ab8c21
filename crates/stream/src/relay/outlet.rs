//! The relay's way out: an idempotent producer whose deliveries are waited for together.

use std::time::{Duration, Instant};

use observe::ServiceMetrics;
use prometheus::IntCounter;
use rdkafka::producer::{Producer, ThreadedProducer};

use crate::client_events::ProducerEvents;
use crate::config::{self, OUTPUT_BYTES_MAX};
use crate::dead_letter::{Assembled, DeadLetter};
use crate::fault::Fault;
use crate::native;
use crate::output::{Output, Sink, Topics};
use crate::producer::{base_record, enqueue};
use crate::settings::RelaySettings;

/// What the client adds to a delivery's own time-out before it gives up.
const GRACE: Duration = Duration::from_secs(5);
/// How long to wait at a time, between two signs of life.
const SLICE: Duration = Duration::from_secs(2);

pub(super) struct Outlet {
    client: ThreadedProducer<ProducerEvents>,
    topics: Topics,
    dead_letters: String,
    service: String,
    patience: Duration,
    records: usize,
    bytes: usize,
    /// By output topic, then dead letters.
    counts: Vec<u64>,
    produced: Vec<IntCounter>,
}

impl Outlet {
    pub(super) fn connect(settings: &RelaySettings, service: &ServiceMetrics) -> Result<Self, Fault> {
        let client = config::relay_producer(settings)
            .create_with_context(ProducerEvents::new(service))
            .map_err(|error| Fault::fatal("kafka_settings", format!("creating the producer: {error}")))?;
        let names = settings.outputs.names().chain([settings.dead_letters.as_str()]);
        let produced: Vec<_> = names.map(|name| service.records_produced(name)).collect();
        Ok(Self {
            client,
            topics: settings.outputs.clone(),
            dead_letters: settings.dead_letters.clone(),
            service: settings.service.clone(),
            patience: settings.delivery_timeout + GRACE,
            records: 0,
            bytes: 0,
            counts: vec![0; produced.len()],
            produced,
        })
    }

    pub(super) fn records(&self) -> usize {
        self.records
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Waits until everything sent is delivered; calls `beat` meanwhile.
    ///
    /// # Errors
    /// `Retry` when something was not; `Fatal` when the producer cannot go on.
    pub(super) fn settle(&self, beat: impl Fn()) -> Result<(), Fault> {
        let deadline = Instant::now() + self.patience;
        while let Err(error) = native::flush(&self.client, SLICE) {
            if Instant::now() >= deadline {
                return Err(Fault::retry("delivery", format!("waiting for deliveries: {error}")));
            }
            beat();
        }
        if let Some((code, reason)) = self.client.client().fatal_error() {
            let message = format!("the producer cannot go on: {code}, {reason}");
            return Err(Fault::fatal("producer_fatal", message));
        }
        match self.client.client().context().take_failure() {
            Some(failure) => Err(Fault::retry("delivery", format!("a record was not delivered: {failure}"))),
            None => Ok(()),
        }
    }

    /// What was sent is committed.
    pub(super) fn count(&mut self) {
        for (counter, count) in self.produced.iter().zip(&mut self.counts) {
            counter.inc_by(std::mem::take(count));
        }
        (self.records, self.bytes) = (0, 0);
    }

    /// What was sent will be sent again.
    pub(super) fn forget(&mut self) {
        self.counts.fill(0);
        (self.records, self.bytes) = (0, 0);
        // Failures of the former round are none of the next one's.
        let _ = native::flush(&self.client, self.patience);
        let _ = self.client.client().context().take_failure();
    }

    fn note(&mut self, index: usize, bytes: usize) {
        self.records += 1;
        self.bytes += bytes;
        if let Some(count) = self.counts.get_mut(index) {
            *count += 1;
        }
    }
}

impl Sink for Outlet {
    fn send(&mut self, output: &Output<'_>) -> Result<(), Fault> {
        let topic = self.topics.name(output.topic);
        let bytes = output.key.map_or(0, <[u8]>::len) + output.value.map_or(0, <[u8]>::len);
        if bytes > OUTPUT_BYTES_MAX {
            let message = format!("a record of {bytes} bytes for {topic}; at most {OUTPUT_BYTES_MAX} are sent");
            return Err(Fault::poison("output_too_large", "", message));
        }
        let Output { partition, key, value, headers, timestamp_millis, .. } = *output;
        enqueue(&self.client, base_record(topic, partition, key, value, headers, timestamp_millis), self.patience)?;
        self.note(usize::from(output.topic.0), bytes);
        Ok(())
    }

    fn dead_letter(&mut self, letter: &DeadLetter<'_>) -> Result<(), Fault> {
        let assembled = Assembled::new(letter);
        let headers = assembled.headers(letter, &self.service);
        let (key, value) = (Some(assembled.key.as_bytes()), assembled.value(letter));
        let record = base_record(&self.dead_letters, None, key, value, &headers, None);
        // One that is too large to send stops the service: it may not vanish.
        enqueue(&self.client, record, self.patience).map_err(|fault| match fault {
            Fault::Poison { code, message, .. } => Fault::Fatal { code, message },
            fault => fault,
        })?;
        self.note(self.counts.len() - 1, value.map_or(0, <[u8]>::len));
        Ok(())
    }
}

impl std::fmt::Debug for Outlet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outlet").field("records", &self.records).finish_non_exhaustive()
    }
}
