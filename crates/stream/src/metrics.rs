//! The runtime's handles into the metrics catalogue, resolved once.

use std::time::Duration;

use observe::ServiceMetrics;
use prometheus::{Gauge, Histogram, IntCounter};

use crate::settings::StreamSettings;

/// Handles of one worker.
#[derive(Debug)]
pub(crate) struct StreamMetrics {
    pub(crate) service: ServiceMetrics,
    pub(crate) committed: IntCounter,
    pub(crate) aborted: IntCounter,
    pub(crate) fatal: IntCounter,
    pub(crate) consumed: IntCounter,
    pub(crate) changelog_produced: IntCounter,
    pub(crate) dead_letters_produced: IntCounter,
    pub(crate) records_per_transaction: Histogram,
    pub(crate) process_seconds: Histogram,
    pub(crate) flush_seconds: Histogram,
    pub(crate) offsets_seconds: Histogram,
    pub(crate) commit_seconds: Histogram,
    pub(crate) store_seconds: Histogram,
    pub(crate) partitions_owned: Gauge,
    pub(crate) buffer_rows: Gauge,
    pub(crate) ready: Gauge,
    /// By output topic.
    pub(crate) produced: Vec<IntCounter>,
}

impl StreamMetrics {
    pub(crate) fn new(service: ServiceMetrics, settings: &StreamSettings) -> Self {
        show_zeros(&service, REBALANCES, ServiceMetrics::rebalances);
        let phase = |name| service.transaction_phase_seconds(name);
        let worker = settings.worker.to_string();
        Self {
            committed: service.transactions("committed"),
            aborted: service.transactions("aborted"),
            fatal: service.transactions("fatal"),
            consumed: service.records_consumed(&settings.input),
            changelog_produced: service.records_produced(&settings.changelog),
            dead_letters_produced: service.records_produced(&settings.dead_letters),
            records_per_transaction: service.transaction_records(),
            process_seconds: phase("process"),
            flush_seconds: phase("flush"),
            offsets_seconds: phase("offsets"),
            commit_seconds: phase("commit"),
            store_seconds: phase("store"),
            partitions_owned: service.partitions_owned(&worker),
            buffer_rows: service.buffer_rows(&worker),
            ready: service.ready(&worker),
            produced: settings.outputs.names().map(|name| service.records_produced(name)).collect(),
            service,
        }
    }
}

/// What may happen to an assignment, as metrics name it.
pub(crate) const REBALANCES: &[&str] = &["assigned", "revoked", "lost"];

/// Shows counters as 0 before there is anything to count: a rate over a series that begins with its first event misses
/// that event.
pub(crate) fn show_zeros(service: &ServiceMetrics, labels: &[&str], counter: fn(&ServiceMetrics, &str) -> IntCounter) {
    for label in labels {
        counter(service, label);
    }
}

pub(crate) fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}
