//! One transactional producer: begun lazily, committed with positions, replaced when in doubt.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use observe::{ServiceMetrics, WorkerHealth};
use rdkafka::TopicPartitionList;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, RDKafkaError};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer, ThreadedProducer};
use rdkafka::types::RDKafkaErrorCode;

use crate::client_events::{AWAY, ProducerEvents, Suspicion};
use crate::config;
use crate::fault::Fault;
use crate::metrics::{StreamMetrics, seconds, show_zeros};
use crate::native;
use crate::settings::StreamSettings;

/// Unforced replacements (fenced, in doubt) in [`REBUILD_WINDOW`] after which something is wrong that a new producer
/// does not cure: two processes with one name, mostly.
const REBUILDS_MAX: usize = 3;
const REBUILD_WINDOW: Duration = Duration::from_secs(300);
/// How long the first contact with the coordinator may take.
const INIT_DEADLINE: Duration = Duration::from_secs(60);
/// A call that takes longer is repeated; between two the worker shows that it lives.
const CALL: Duration = Duration::from_secs(5);

/// Why a producer is replaced, beside suspicions, as metrics name it.
const REBUILD_CAUSES: &[&str] = &["in_doubt", "begin_failed", "abort_failed"];

/// How a commit ended.
#[derive(Debug)]
pub(crate) enum CommitOutcome {
    Committed,
    /// It did not happen; abort and process again.
    Failed(String),
    /// It may have happened; read from Kafka what did.
    InDoubt(String),
}

type Client = ThreadedProducer<ProducerEvents>;

pub(crate) struct TransactionalProducer {
    config: ClientConfig,
    service: ServiceMetrics,
    health: WorkerHealth,
    client: Client,
    in_transaction: bool,
    /// Must be replaced before the next transaction, and why.
    broken: Option<&'static str>,
    forced: VecDeque<Instant>,
    transaction_timeout: Duration,
    slow_commit: Duration,
}

impl TransactionalProducer {
    pub(crate) fn connect(
        settings: &StreamSettings,
        service: &ServiceMetrics,
        health: &WorkerHealth,
    ) -> Result<Self, Fault> {
        let config = config::transactional_producer(settings);
        let client = new_client(&config, service, health).map_err(unavailable)?;
        show_zeros(service, REBUILD_CAUSES, ServiceMetrics::producer_rebuilds);
        show_zeros(service, &Suspicion::ALL.map(Suspicion::name), ServiceMetrics::producer_rebuilds);
        Ok(Self {
            config,
            service: service.clone(),
            health: health.clone(),
            client,
            in_transaction: false,
            broken: None,
            forced: VecDeque::new(),
            transaction_timeout: settings.transaction_timeout,
            slow_commit: config::socket_timeout(settings.transaction_timeout) / 2,
        })
    }

    pub(crate) fn in_transaction(&self) -> bool {
        self.in_transaction
    }

    /// Begins a transaction unless one is open.
    pub(crate) fn begin(&mut self) -> Result<(), Fault> {
        if self.in_transaction {
            return Ok(());
        }
        let suspicion = self.client.client().context().suspicion();
        if let Some(cause) = self.broken {
            self.replace(cause, true)?;
        } else if suspicion != Suspicion::None {
            self.replace(suspicion.name(), false)?;
        }
        if let Err(error) = self.client.begin_transaction() {
            self.broken = Some("begin_failed");
            return Err(Fault::retry("transaction_begin", format!("beginning a transaction: {error}")));
        }
        self.in_transaction = true;
        Ok(())
    }

    /// Hands one record to the client, which copies it.
    pub(crate) fn send(
        &mut self,
        topic: &str,
        partition: Option<i32>,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[(&str, &[u8])],
        timestamp_millis: Option<i64>,
    ) -> Result<(), Fault> {
        self.begin()?;
        let record = base_record(topic, partition, key, value, headers, timestamp_millis);
        enqueue(&self.client, record, self.transaction_timeout)
    }

    /// Ends the transaction with the positions of all owned partitions. (An empty list would be no fence against a
    /// successor: librdkafka sends nothing then.)
    pub(crate) fn commit(
        &mut self,
        offsets: &TopicPartitionList,
        group: &ConsumerGroupMetadata,
        metrics: &StreamMetrics,
    ) -> CommitOutcome {
        let started = Instant::now();
        let deadline = started + self.transaction_timeout * 2;
        let outcome = self.commit_within(offsets, group, metrics, deadline);
        if started.elapsed() > self.slow_commit {
            self.client.client().context().suspect(Suspicion::SlowCommit);
        }
        match outcome {
            CommitOutcome::Committed => self.in_transaction = false,
            CommitOutcome::InDoubt(_) => {
                self.in_transaction = false;
                self.broken = Some("in_doubt");
            }
            CommitOutcome::Failed(_) => {}
        }
        outcome
    }

    fn commit_within(
        &self,
        offsets: &TopicPartitionList,
        group: &ConsumerGroupMetadata,
        metrics: &StreamMetrics,
        deadline: Instant,
    ) -> CommitOutcome {
        let phase = Instant::now();
        if let Err(error) = native::flush(&self.client, self.transaction_timeout) {
            return CommitOutcome::Failed(self.told("delivering the transaction's records", &error));
        }
        metrics.flush_seconds.observe(seconds(phase.elapsed()));

        let phase = Instant::now();
        self.health.beat();
        // In one call: unlike the others it cannot be resumed after a time-out.
        let sent = self.client.send_offsets_to_transaction(offsets, group, self.transaction_timeout);
        if let Err(error) = sent {
            return CommitOutcome::Failed(self.told("sending the positions", &error));
        }
        metrics.offsets_seconds.observe(seconds(phase.elapsed()));

        let phase = Instant::now();
        // All is delivered, so the safe wrapper's slow flush finds nothing to wait for.
        let committed = self.until(deadline, |call| self.client.commit_transaction(call));
        metrics.commit_seconds.observe(seconds(phase.elapsed()));
        match committed {
            Ok(()) => CommitOutcome::Committed,
            Err(error) if transaction_error(&error).is_some_and(RDKafkaError::txn_requires_abort) => {
                CommitOutcome::Failed(self.told("committing", &error))
            }
            Err(error) => CommitOutcome::InDoubt(format!("committing: {error}")),
        }
    }

    /// What failed, with the last delivery that did: the client's own message names neither topic nor reason.
    fn told(&self, what: &str, error: &dyn std::fmt::Display) -> String {
        match self.client.client().context().take_failure() {
            Some(delivery) => format!("{what}: {error}; {delivery}"),
            None => format!("{what}: {error}"),
        }
    }

    /// Ends an open transaction without effect. What cannot be aborted politely is ended by a new producer's first call.
    pub(crate) fn abort(&mut self) {
        if !std::mem::take(&mut self.in_transaction) || self.broken.is_some() {
            return;
        }
        let deadline = Instant::now() + self.transaction_timeout;
        let aborted = self.until(deadline, |call| self.client.abort_transaction(call));
        if let Err(error) = aborted {
            tracing::warn!(%error, "a transaction could not be aborted; a new producer will end it");
            self.broken = Some("abort_failed");
        }
    }

    /// Puts a new client in place: its first call to the coordinator ends what the old one left open, one way or the
    /// other, and raises the epoch, which fences whatever of the old one is still on its way. `forced` ones are counted.
    ///
    /// # Errors
    /// `Retry` when the coordinator does not answer: nothing is begun until it does.
    pub(crate) fn replace(&mut self, cause: &'static str, forced: bool) -> Result<(), Fault> {
        self.in_transaction = false;
        self.broken = Some(cause);
        tracing::warn!(cause, "replacing the transactional producer");
        let client = new_client(&self.config, &self.service, &self.health).map_err(|error| {
            if is_about_time(&error) {
                return Fault::retry("kafka_unreachable", format!("replacing the transactional producer: {error}"));
            }
            unavailable(error)
        })?;
        self.service.producer_rebuilds(cause).inc();
        let old = std::mem::replace(&mut self.client, client);
        self.broken = None;
        // Its end takes up to half a second, and nothing of it matters any more.
        std::thread::spawn(move || drop(old));
        if forced { self.count_forced(cause) } else { Ok(()) }
    }

    fn count_forced(&mut self, cause: &'static str) -> Result<(), Fault> {
        let now = Instant::now();
        self.forced.retain(|at| now.duration_since(*at) < REBUILD_WINDOW);
        self.forced.push_back(now);
        if self.forced.len() <= REBUILDS_MAX {
            return Ok(());
        }
        let message = format!(
            "the producer had to be replaced {} times in {} s, last because of {cause}: another process runs under the same instance name, or the transactions' coordinator fails again and again",
            self.forced.len(),
            REBUILD_WINDOW.as_secs(),
        );
        Err(Fault::fatal("producer_fenced", message))
    }

    fn until(&self, deadline: Instant, call: impl FnMut(Duration) -> Result<(), KafkaError>) -> Result<(), KafkaError> {
        until(&self.health, deadline, call)
    }
}

impl std::fmt::Debug for TransactionalProducer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TransactionalProducer")
            .field("in_transaction", &self.in_transaction)
            .field("broken", &self.broken)
            .finish_non_exhaustive()
    }
}

/// A record for the client, borrowing all but the headers.
pub(crate) fn base_record<'a>(
    topic: &'a str,
    partition: Option<i32>,
    key: Option<&'a [u8]>,
    value: Option<&'a [u8]>,
    headers: &[(&str, &[u8])],
    timestamp_millis: Option<i64>,
) -> BaseRecord<'a, [u8], [u8]> {
    let headers = (!headers.is_empty()).then(|| {
        let none = OwnedHeaders::new_with_capacity(headers.len());
        headers.iter().fold(none, |all, (key, value)| all.insert(Header { key, value: Some(*value) }))
    });
    BaseRecord { topic, partition, payload: value, key, timestamp: timestamp_millis, headers, delivery_opaque: () }
}

/// Hands a record over; waits while the client's queue is full.
pub(crate) fn enqueue<'a>(
    client: &Client,
    mut record: BaseRecord<'a, [u8], [u8]>,
    patience: Duration,
) -> Result<(), Fault> {
    let deadline = Instant::now() + patience;
    loop {
        match client.send(record) {
            Ok(()) => return Ok(()),
            Err((error, back)) => match error.rdkafka_error_code() {
                Some(RDKafkaErrorCode::QueueFull) if Instant::now() < deadline => {
                    // Full means that it sends at full speed: whatever is delivered within the next moments makes room.
                    let _ = native::flush(client, Duration::from_millis(20));
                    record = back;
                }
                Some(RDKafkaErrorCode::MessageSizeTooLarge) => {
                    let message = format!("a record for {} is larger than the client sends", back.topic);
                    return Err(Fault::poison("output_too_large", "", message));
                }
                _ => return Err(Fault::retry("produce", format!("sending to {}: {error}", back.topic))),
            },
        }
    }
}

fn new_client(config: &ClientConfig, service: &ServiceMetrics, health: &WorkerHealth) -> Result<Client, KafkaError> {
    let client: Client = config.create_with_context(ProducerEvents::new(service))?;
    until(health, Instant::now() + INIT_DEADLINE, |call| client.init_transactions(call))?;
    Ok(client)
}

fn unavailable(error: KafkaError) -> Fault {
    let message = format!(
        "initialising transactions: {error}; check the brokers, the settings, and the ACLs of the transactional id"
    );
    Fault::fatal("transactions_unavailable", message)
}

/// Repeats a transactional call while the client says that it may be: it goes on where it was.
fn until(
    health: &WorkerHealth,
    deadline: Instant,
    mut call: impl FnMut(Duration) -> Result<(), KafkaError>,
) -> Result<(), KafkaError> {
    let begun = Instant::now();
    loop {
        health.beat();
        let left = deadline.saturating_duration_since(Instant::now());
        match call(left.min(CALL)) {
            Err(error)
                if transaction_error(&error).is_some_and(RDKafkaError::is_retriable) && Instant::now() < deadline =>
            {
                // The worker's own look comes when this is over.
                if begun.elapsed() >= AWAY {
                    health.set_connected(false);
                }
            }
            result => return result,
        }
    }
}

fn is_about_time(error: &KafkaError) -> bool {
    transaction_error(error)
        .is_some_and(|error| error.is_retriable() || error.code() == RDKafkaErrorCode::OperationTimedOut)
}

fn transaction_error(error: &KafkaError) -> Option<&RDKafkaError> {
    match error {
        KafkaError::Transaction(error) => Some(error),
        _ => None,
    }
}
