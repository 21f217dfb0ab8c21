//! What the Kafka client tells us from within: rebalances, errors, statistics. Each is noted here and acted upon by the
//! worker's own loop.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use observe::{ServiceMetrics, clock};
use prometheus::IntCounter;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, RebalanceProtocol};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::producer::{DeliveryResult, ProducerContext};
use rdkafka::types::{RDKafkaErrorCode, RDKafkaRespErr};
use rdkafka::{Statistics, TopicPartitionList};

/// A change of the assignment, waiting for the worker. librdkafka waits for the answer (assign or unassign), not for the
/// callback to return, so the worker commits first, with its own state at hand, and answers then.
#[derive(Debug)]
pub(crate) enum Rebalance {
    Assigned(TopicPartitionList),
    Revoked(TopicPartitionList),
}

/// The consumer's context.
#[derive(Debug)]
pub(crate) struct ConsumerEvents {
    rebalances: Mutex<VecDeque<Rebalance>>,
    waiting: AtomicBool,
    /// Nobody will take the events any more: the client is being closed.
    closing: AtomicBool,
    reaches: Mutex<Reaches>,
    trouble: Trouble,
}

/// How far each partition (topic, partition) reaches, as fetch responses told.
#[derive(Debug, Default)]
struct Reaches {
    by_partition: HashMap<(String, i32), Reach>,
    /// Since when no broker is connected.
    away_since: Option<Instant>,
    /// The wall clock's second of the last seek: of what the client counted until then nothing is taken.
    sought_at: i64,
}

/// How far a partition reaches, and how far it was fetched.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reach {
    /// The last stable offset.
    end: i64,
    /// What is fetched next. Unlike the offset after the last record this passes the marks of transactions. Not known
    /// after a seek.
    fetched: Option<i64>,
    at: Instant,
    /// The same as it was told before, and when.
    before: Option<(i64, Instant)>,
}

impl Reach {
    /// Records that wait behind `next`. `drained`: everything that was fetched has been processed, so that the marks
    /// behind the last record are no lag.
    pub(crate) fn lag(self, next: i64, drained: bool) -> i64 {
        let passed = self.fetched.filter(|_| drained).map_or(next, |fetched| next.max(fetched));
        (self.end - passed).max(0)
    }

    /// The offset before which everything is processed: behind the last record stand marks of transactions, at which
    /// nothing is ever applied. `drained_at`: when the client's queue was last seen empty; what was fetched well before
    /// has been given out by then.
    pub(crate) fn passed(self, drained_at: Option<Instant>) -> Option<i64> {
        let told =
            |(fetched, at): (i64, Instant)| drained_at.is_some_and(|drained| drained > at + QUEUED).then_some(fetched);
        told((self.fetched?, self.at)).or_else(|| told(self.before?))
    }
}

/// Connections come and go; brokers that are away for longer are away.
pub(crate) const AWAY: Duration = Duration::from_secs(10);

/// What was fetched is in the client's queue this long after, at the latest.
const QUEUED: Duration = Duration::from_millis(500);

/// What the loop of a worker or relay saw of its client's queue.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Queue {
    /// Whether it was empty since the last record.
    pub(crate) drained: bool,
    /// When it was last seen empty.
    pub(crate) drained_at: Option<Instant>,
}

impl Queue {
    /// A record came out of it.
    pub(crate) fn gave(&mut self) {
        self.drained = false;
    }

    /// A poll that was to wait so long, and began then, gave nothing. Without a wait it may have been an event that the
    /// client dealt with.
    pub(crate) fn gave_nothing(&mut self, wait: Duration, begun: Instant) {
        if !wait.is_zero() && begun.elapsed() >= wait {
            (self.drained, self.drained_at) = (true, Some(Instant::now()));
        }
    }

    /// The consumer was moved: what was known of how far it has fetched holds no longer.
    pub(crate) fn sought(&mut self, consumer: &EventConsumer) {
        consumer.context().forget_fetched();
        (self.drained, self.drained_at) = (false, None);
    }
}

impl ConsumerEvents {
    pub(crate) fn new(service: &ServiceMetrics) -> Self {
        Self {
            rebalances: Mutex::default(),
            waiting: AtomicBool::new(false),
            closing: AtomicBool::new(false),
            reaches: Mutex::default(),
            trouble: Trouble::new(service),
        }
    }

    pub(crate) fn rebalance_waits(&self) -> bool {
        self.waiting.load(Ordering::Acquire)
    }

    pub(crate) fn next_rebalance(&self) -> Option<Rebalance> {
        let mut rebalances = lock(&self.rebalances);
        let next = rebalances.pop_front();
        self.waiting.store(!rebalances.is_empty(), Ordering::Release);
        next
    }

    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::Release);
    }

    pub(crate) fn reach_of(&self, topic: &str, partition: i32) -> Option<Reach> {
        lock(&self.reaches).by_partition.get(&(topic.to_owned(), partition)).copied()
    }

    /// Whether a broker can be reached.
    pub(crate) fn is_connected(&self) -> bool {
        lock(&self.reaches).away_since.is_none_or(|since| since.elapsed() < AWAY)
    }

    /// After a seek the next statistics may still tell of before.
    fn forget_fetched(&self) {
        let mut reaches = lock(&self.reaches);
        reaches.sought_at = clock::now().as_millis() / 1_000;
        for reach in reaches.by_partition.values_mut() {
            (reach.fetched, reach.before) = (None, None);
        }
    }
}

impl ClientContext for ConsumerEvents {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "Kafka consumer");
    }

    fn stats(&self, statistics: Statistics) {
        self.trouble.compare(&statistics);
        let mut reaches = lock(&self.reaches);
        // A frozen broker keeps its connections, and says nothing on them.
        let speaks = |silent_micros: i64| Duration::from_micros(silent_micros.max(0).unsigned_abs()) < AWAY;
        let connected = statistics.brokers.values().any(|broker| broker.state == "UP" && speaks(broker.rxidle));
        reaches.away_since = (!connected).then(|| reaches.away_since.unwrap_or_else(Instant::now));
        if statistics.time <= reaches.sought_at {
            return;
        }
        let at = Instant::now();
        for topic in statistics.topics.values() {
            for partition in topic.partitions.values().filter(|partition| partition.ls_offset >= 0) {
                let key = (topic.topic.clone(), partition.partition);
                let before = reaches.by_partition.get(&key).and_then(|reach| Some((reach.fetched?, reach.at)));
                let reach = Reach { end: partition.ls_offset, fetched: Some(partition.next_offset), at, before };
                reaches.by_partition.insert(key, reach);
            }
        }
    }
}

impl ConsumerContext for ConsumerEvents {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, code: RDKafkaRespErr, partitions: &mut TopicPartitionList) {
        let assigned = matches!(code, RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS);
        if self.closing.load(Ordering::Acquire) {
            answer_while_closing(consumer, partitions);
            return;
        }
        let event =
            if assigned { Rebalance::Assigned(partitions.clone()) } else { Rebalance::Revoked(partitions.clone()) };
        lock(&self.rebalances).push_back(event);
        self.waiting.store(true, Ordering::Release);
    }
}

fn answer_while_closing(consumer: &BaseConsumer<ConsumerEvents>, partitions: &TopicPartitionList) {
    let answered = match consumer.rebalance_protocol() {
        RebalanceProtocol::Cooperative => consumer.incremental_unassign(partitions),
        _ => consumer.unassign(),
    };
    if let Err(error) = answered {
        tracing::warn!(%error, "giving partitions back while closing");
    }
}

/// Why a producer must not begin another transaction. librdkafka repeats an EndTxn by itself after a time-out or a lost
/// connection; without KIP-890 the late one may end the *next* transaction. A new producer has a new epoch, which
/// fences it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Suspicion {
    None = 0,
    ClientError = 1,
    RequestTimeout = 2,
    Retry = 3,
    Disconnect = 4,
    SlowCommit = 5,
}

impl Suspicion {
    /// All but [`Suspicion::None`].
    pub(crate) const ALL: [Self; 5] =
        [Self::ClientError, Self::RequestTimeout, Self::Retry, Self::Disconnect, Self::SlowCommit];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientError => "client_error",
            Self::RequestTimeout => "request_timeout",
            Self::Retry => "retry",
            Self::Disconnect => "disconnect",
            Self::SlowCommit => "slow_commit",
        }
    }

    fn from_u8(value: u8) -> Self {
        Self::ALL.into_iter().find(|suspicion| *suspicion as u8 == value).unwrap_or(Self::None)
    }
}

/// The producer's context. Success is never reported, see `delivery.report.only.error`.
#[derive(Debug)]
pub(crate) struct ProducerEvents {
    suspicion: AtomicU8,
    failed: AtomicBool,
    last_failure: Mutex<String>,
    trouble: Trouble,
}

impl ProducerEvents {
    pub(crate) fn new(service: &ServiceMetrics) -> Self {
        Self {
            suspicion: AtomicU8::new(0),
            failed: AtomicBool::new(false),
            last_failure: Mutex::default(),
            trouble: Trouble::new(service),
        }
    }

    /// The first reason counts.
    pub(crate) fn suspect(&self, suspicion: Suspicion) {
        let none = Suspicion::None as u8;
        let _ = self.suspicion.compare_exchange(none, suspicion as u8, Ordering::AcqRel, Ordering::Acquire);
    }

    pub(crate) fn suspicion(&self) -> Suspicion {
        Suspicion::from_u8(self.suspicion.load(Ordering::Acquire))
    }

    /// Whether a delivery has failed since the last call, and how.
    pub(crate) fn take_failure(&self) -> Option<String> {
        self.failed.swap(false, Ordering::AcqRel).then(|| lock(&self.last_failure).clone())
    }
}

impl ClientContext for ProducerEvents {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "Kafka producer");
        let suspicion = match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::OperationTimedOut | RDKafkaErrorCode::RequestTimedOut) => Suspicion::RequestTimeout,
            Some(RDKafkaErrorCode::BrokerTransportFailure | RDKafkaErrorCode::AllBrokersDown) => Suspicion::Disconnect,
            _ => Suspicion::ClientError,
        };
        self.suspect(suspicion);
    }

    fn stats(&self, statistics: Statistics) {
        if let Some(suspicion) = self.trouble.compare(&statistics) {
            self.suspect(suspicion);
        }
    }
}

impl ProducerContext for ProducerEvents {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, message)) = result {
            let told = format!("{}[{}]: {error}", message.topic(), message.partition());
            *lock(&self.last_failure) = told;
            self.failed.store(true, Ordering::Release);
        }
    }
}

/// The client's cumulative counts of trouble; what they grew by since the last statistics.
#[derive(Debug)]
struct Trouble {
    seen: Mutex<Counts>,
    request_timeouts: IntCounter,
    retries: IntCounter,
    disconnects: IntCounter,
}

#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    request_timeouts: u64,
    retries: u64,
    disconnects: u64,
}

impl Trouble {
    fn new(service: &ServiceMetrics) -> Self {
        Self {
            seen: Mutex::default(),
            request_timeouts: service.client_trouble("request_timeout"),
            retries: service.client_trouble("retry"),
            disconnects: service.client_trouble("disconnect"),
        }
    }

    fn compare(&self, statistics: &Statistics) -> Option<Suspicion> {
        let mut now = Counts::default();
        for broker in statistics.brokers.values() {
            now.request_timeouts += broker.req_timeouts;
            now.retries += broker.txretries;
            now.disconnects += broker.disconnects.and_then(|count| u64::try_from(count).ok()).unwrap_or_default();
        }
        let before = std::mem::replace(&mut *lock(&self.seen), now);
        let grown = [
            (&self.request_timeouts, now.request_timeouts, before.request_timeouts, Suspicion::RequestTimeout),
            (&self.retries, now.retries, before.retries, Suspicion::Retry),
            (&self.disconnects, now.disconnects, before.disconnects, Suspicion::Disconnect),
        ];
        let mut worst = None;
        for (counter, now, before, suspicion) in grown {
            let more = now.saturating_sub(before);
            counter.inc_by(more);
            if more > 0 {
                worst = worst.or(Some(suspicion));
            }
        }
        worst
    }
}

/// For clients that only answer questions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quiet;

impl ClientContext for Quiet {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "Kafka client");
    }
}

impl ConsumerContext for Quiet {}

fn log(level: RDKafkaLogLevel, facility: &str, message: &str) {
    match level {
        RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical | RDKafkaLogLevel::Error => {
            tracing::error!(facility, "librdkafka: {message}");
        }
        RDKafkaLogLevel::Warning => tracing::warn!(facility, "librdkafka: {message}"),
        RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info => tracing::info!(facility, "librdkafka: {message}"),
        RDKafkaLogLevel::Debug => tracing::debug!(facility, "librdkafka: {message}"),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A consumer of the runtime.
pub(crate) type EventConsumer = Arc<BaseConsumer<ConsumerEvents>>;
