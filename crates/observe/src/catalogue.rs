//! Every metric of the pipeline, in one place: name, help, labels, buckets, and whether the dashboard shows it.
//!
//! One entry below makes three things: an item of [`ALL`] (documents and tests read it), a family in [`Families`]
//! (registered once), and a method of [`ServiceMetrics`] that resolves one child. Callers resolve their children at
//! start and keep them; nothing is looked up by label per record.
//!
//! The first label of each is `service`. No label ever holds what a person, an address or a URL could be: labels are
//! names from code, from the playbook or from the topic plan, so their number is bounded.

use prometheus::{Gauge, GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, Opts, Registry};
use std::sync::Arc;

/// What one metric is called and means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metric {
    pub name: &'static str,
    pub help: &'static str,
    pub kind: Kind,
    /// Beside these, in this order, stands the value's own.
    pub labels: &'static [&'static str],
    pub shown: Shown,
}

/// How its value moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Only grows; read it with `rate()`.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Upper bounds of its buckets, in the metric's unit.
    Histogram(&'static [f64]),
}

/// Where people meet it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// On the dashboard `demand-center`; a test holds it to that.
    Dashboard,
    /// For a search into the cause of something; on no dashboard.
    Internal,
}

/// From a memory copy to a stuck broker: 1 ms to 30 s.
const PHASE_SECONDS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// From one commit interval to an hour behind.
const ARRIVAL_SECONDS: &[f64] = &[0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 3600.0];
/// From a live click to a list that somebody uploads a quarter later.
const OCCURRENCE_SECONDS: &[f64] =
    &[0.1, 0.5, 1.0, 5.0, 30.0, 300.0, 3600.0, 21_600.0, 86_400.0, 604_800.0, 2_592_000.0, 7_776_000.0];
/// From a warm store to a changelog of hundreds of gigabytes.
const RESTORE_SECONDS: &[f64] = &[0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0];
/// From a tick alone to a full catch-up batch.
const BATCH_RECORDS: &[f64] = &[1.0, 10.0, 100.0, 500.0, 1000.0, 2000.0, 5000.0, 10_000.0, 50_000.0];

macro_rules! family {
    (counter) => {
        IntCounterVec
    };
    (gauge) => {
        GaugeVec
    };
    (histogram) => {
        HistogramVec
    };
}

macro_rules! child {
    (counter) => {
        IntCounter
    };
    (gauge) => {
        Gauge
    };
    (histogram) => {
        Histogram
    };
}

macro_rules! kind {
    (counter) => {
        Kind::Counter
    };
    (gauge) => {
        Kind::Gauge
    };
    (histogram $buckets:ident) => {
        Kind::Histogram($buckets)
    };
}

macro_rules! new_family {
    (counter $metric:expr) => {
        IntCounterVec::new(Opts::new($metric.name, $metric.help), $metric.labels)
    };
    (gauge $metric:expr) => {
        GaugeVec::new(Opts::new($metric.name, $metric.help), $metric.labels)
    };
    (histogram $buckets:ident $metric:expr) => {
        HistogramVec::new(HistogramOpts::new($metric.name, $metric.help).buckets($buckets.to_vec()), $metric.labels)
    };
}

macro_rules! entry {
    ($name:literal, $help:expr, $kind:expr, [$($label:ident),*], $shown:ident) => {
        Metric {
            name: $name,
            help: $help.trim_ascii(),
            kind: $kind,
            labels: &["service", $(stringify!($label)),*],
            shown: Shown::$shown,
        }
    };
}

macro_rules! catalogue {
    ($(
        $(#[doc = $help:literal])+
        $kind:ident $([$buckets:ident])? $method:ident($($label:ident),*) = $name:literal, $shown:ident;
    )+) => {
        /// The metrics that every service has, in the order of the dashboard's rows.
        pub const ALL: &[Metric] =
            &[$(entry!($name, concat!($($help),+), kind!($kind $($buckets)?), [$($label),*], $shown),)+];

        /// The families behind [`ALL`], registered in one registry.
        #[derive(Clone, Debug)]
        pub struct Families { $(pub $method: family!($kind),)+ }

        impl Families {
            /// # Errors
            /// When the registry already has a metric of one of these names.
            pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
                $(
                    let entry =
                        entry!($name, concat!($($help),+), kind!($kind $($buckets)?), [$($label),*], $shown);
                    let $method = new_family!($kind $($buckets)? entry)?;
                    registry.register(Box::new($method.clone()))?;
                )+
                Ok(Self { $($method,)+ })
            }
        }

        /// The metrics of one service of this process. Each method resolves one child by its labels: do so once, keep it.
        #[derive(Clone, Debug)]
        pub struct ServiceMetrics {
            service: Arc<str>,
            families: Arc<Families>,
        }

        impl ServiceMetrics {
            $(
                $(#[doc = $help])+
                pub fn $method(&self, $($label: &str),*) -> child!($kind) {
                    self.families.$method.with_label_values(&[&*self.service, $($label),*])
                }
            )+
        }
    };
}

catalogue! {
    // Rate, errors, delay.
    /// Records read from Kafka and processed.
    counter records_consumed(topic) = "demand_center_records_consumed_total", Dashboard;
    /// Records written to Kafka in committed transactions (ingest: acknowledged).
    counter records_produced(topic) = "demand_center_records_produced_total", Dashboard;
    /// Elements of raw records by what became of them: touchpoint, dropped, rejected. Counted with the commit.
    counter elements(source, outcome) = "demand_center_elements_total", Dashboard;
    /// Elements refused and written to the dead letters, by code (runbooks/DC-*.md) and its name.
    counter rejections(code, name) = "demand_center_rejections_total", Dashboard;
    /// Dead letters of the service that wait: they were not sent again. Every instance counts all of them: take the largest.
    gauge dead_letters_waiting() = "demand_center_waiting_dead_letters", Dashboard;
    /// When the oldest dead letter that waits was written, in seconds since 1970; 0: none does.
    gauge dead_letter_oldest() = "demand_center_dead_letter_oldest_timestamp_seconds", Dashboard;
    /// Elements that are no touchpoint though nothing is wrong with them, by the reason's name.
    counter drops(reason) = "demand_center_drops_total", Dashboard;
    /// Faults of the runtime by code (runbooks/DC-*.md).
    counter faults(code) = "demand_center_faults_total", Dashboard;
    /// Records between the position and the end of the partition.
    gauge lag_records(topic, partition) = "demand_center_lag_records", Dashboard;
    /// Age of the last processed record by Kafka's time while others wait behind it; 0 when nothing waits, and before the
    /// first record (there lag_records tells).
    gauge lag_seconds(topic, partition) = "demand_center_lag_seconds", Dashboard;
    /// From the raw record's Kafka timestamp to the commit of what it caused. A touchpoint that moves to another contact
    /// later is not observed again; ingest observes the oldest record of each commit.
    histogram [ARRIVAL_SECONDS] arrival_delay_seconds() = "demand_center_arrival_delay_seconds", Dashboard;
    /// From the time it occurred to the commit of what it caused.
    histogram [OCCURRENCE_SECONDS] occurrence_delay_seconds() = "demand_center_occurrence_delay_seconds", Dashboard;

    // The runtime.
    /// Transactions by outcome: committed, aborted, fatal.
    counter transactions(outcome) = "demand_center_transactions_total", Dashboard;
    /// Time per transaction spent in each phase: process, flush, offsets, commit, store.
    histogram [PHASE_SECONDS] transaction_phase_seconds(phase) = "demand_center_transaction_phase_seconds", Dashboard;
    /// Records per committed transaction.
    histogram [BATCH_RECORDS] transaction_records() = "demand_center_transaction_records", Internal;
    /// Transactional producers replaced because their last transaction could still end the next one, by cause.
    counter producer_rebuilds(cause) = "demand_center_producer_rebuilds_total", Dashboard;
    /// Changes of the assignment by event: assigned, revoked, lost.
    counter rebalances(event) = "demand_center_rebalances_total", Dashboard;
    /// Partitions owned by the worker.
    gauge partitions_owned(worker) = "demand_center_partitions_owned", Dashboard;
    /// Trouble of the Kafka client by event: request_timeout, disconnect, retry.
    counter client_trouble(event) = "demand_center_client_trouble_total", Internal;
    /// Changelog records still to be read before the partition is served.
    gauge restore_remaining_records(partition) = "demand_center_restore_remaining_records", Dashboard;
    /// Changelog records read while restoring.
    counter restored_records() = "demand_center_restored_records_total", Internal;
    /// From assignment to readiness of one partition.
    histogram [RESTORE_SECONDS] restore_seconds() = "demand_center_restore_seconds", Internal;
    /// Size of the partition's store on disk.
    gauge store_bytes(partition) = "demand_center_store_bytes", Dashboard;
    /// Rows in the write buffer: changed since the store's last batch, and kept as cache.
    gauge buffer_rows(worker) = "demand_center_buffer_rows", Internal;
    /// Partition time: the largest tick applied, in seconds since 1970.
    gauge partition_time_seconds(partition) = "demand_center_partition_time_seconds", Dashboard;
    /// Ticks refused because they were more than a minute ahead of their record's broker time.
    counter ticks_refused() = "demand_center_ticks_refused_total", Internal;
    /// Contacts that a timer moved.
    counter timers_fired() = "demand_center_timers_fired_total", Internal;
    /// Folds that went back to an earlier touchpoint: late, replaced, voided or recalled inputs.
    counter refolds() = "demand_center_refolds_total", Internal;
    /// How far the oldest due timer is behind partition time.
    gauge timer_lag_seconds(partition) = "demand_center_timer_lag_seconds", Dashboard;
    /// 1 when the worker is ready, else 0.
    gauge ready(worker) = "demand_center_ready", Dashboard;

    // The business.
    /// What the router decided, by decision: bound, adopted, conflict, quarantined, recalled, replaced, and so on.
    counter identity_decisions(decision) = "demand_center_identity_decisions_total", Dashboard;
    /// Stage transitions announced.
    counter stage_transitions(life_cycle, from, to, cause) = "demand_center_stage_transitions_total", Dashboard;
    /// Subjects that stand in the stage now.
    gauge stage_members(life_cycle, stage, partition) = "demand_center_stage_members", Dashboard;
    /// Score changes announced, by score.
    counter score_changes(score) = "demand_center_score_changes_total", Dashboard;
    /// Contacts that entered or left a segment, as announced.
    counter segment_changes(segment, change) = "demand_center_segment_changes_total", Dashboard;
    /// What programmes planned, withheld, cancelled, or left out.
    counter actions(programme, step, channel, status) = "demand_center_actions_total", Dashboard;
    /// What happened to hand-offs: offered, accepted, breached, ...
    counter handoffs(handoff, status) = "demand_center_handoffs_total", Dashboard;
    /// 1 for the playbook version in force; the version is the content hash.
    gauge playbook_info(version) = "demand_center_playbook_info", Dashboard;
}

/// Which build runs: always 1.
pub const BUILD_INFO: Metric = Metric {
    name: "demand_center_build_info",
    help: "Which build runs; always 1.",
    kind: Kind::Gauge,
    labels: &["version", "commit"],
    shown: Shown::Dashboard,
};

/// What the metrics library reports of the process itself (Linux).
pub const PROCESS: &[Metric] = &[
    process("process_cpu_seconds_total", "Processor time used, user and system.", Kind::Counter, Shown::Dashboard),
    process("process_resident_memory_bytes", "Resident memory.", Kind::Gauge, Shown::Dashboard),
    process("process_virtual_memory_bytes", "Virtual memory.", Kind::Gauge, Shown::Internal),
    process("process_open_fds", "Open file descriptors.", Kind::Gauge, Shown::Dashboard),
    process("process_max_fds", "Limit of open file descriptors.", Kind::Gauge, Shown::Internal),
    process("process_start_time_seconds", "Start of the process, seconds since 1970.", Kind::Gauge, Shown::Internal),
    process("process_threads", "Operating system threads.", Kind::Gauge, Shown::Internal),
];

/// Every metric that `/metrics` can show.
pub fn every_metric() -> impl Iterator<Item = &'static Metric> {
    ALL.iter().chain([&BUILD_INFO]).chain(PROCESS)
}

impl ServiceMetrics {
    /// The metrics of `service` (its sub-command: `ingest-web`, `resolve`, `engine`).
    pub fn new(families: Arc<Families>, service: &str) -> Self {
        Self { service: service.into(), families }
    }

    pub fn service(&self) -> &str {
        &self.service
    }

    /// Takes away what is said of a partition that is no longer ours, so that nobody reads a stale figure.
    pub fn forget_partition(&self, topic: &str, partition: &str) {
        let families = &*self.families;
        for family in [&families.lag_records, &families.lag_seconds] {
            // An error only says that there was none.
            let _ = family.remove_label_values(&[&*self.service, topic, partition]);
        }
        for family in [
            &families.restore_remaining_records,
            &families.store_bytes,
            &families.partition_time_seconds,
            &families.timer_lag_seconds,
        ] {
            let _ = family.remove_label_values(&[&*self.service, partition]);
        }
    }

    /// Takes away the version that is no longer in force.
    pub fn forget_playbook(&self, version: &str) {
        let _ = self.families.playbook_info.remove_label_values(&[&*self.service, version]);
    }

    /// Takes away the counts of one stage in a partition that is no longer ours.
    pub fn forget_stage(&self, life_cycle: &str, stage: &str, partition: &str) {
        let _ = self.families.stage_members.remove_label_values(&[&*self.service, life_cycle, stage, partition]);
    }
}

const fn process(name: &'static str, help: &'static str, kind: Kind, shown: Shown) -> Metric {
    Metric { name, help, kind, labels: &[], shown }
}
