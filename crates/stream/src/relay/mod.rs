//! A stateless worker: at least once, from any input topics to any output topics.
//!
//! Nothing is tracked per record. Outputs go to an idempotent producer as they come; every half second (or so many
//! records) the loop waits until all of them are delivered, then commits the offsets of what it read. If one delivery
//! failed, it reads again from the last commit. So a record's offset is committed only after all of its outputs are in
//! Kafka, and what is in flight is bounded by the commit limits.

mod assignment;
mod committer;
mod outlet;
mod positions;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use observe::{ServiceMetrics, Shutdown, WorkerHealth, clock};
use prometheus::{Gauge, Histogram};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;

use crate::client_error::{self, Reader};
use crate::client_events::{ConsumerEvents, EventConsumer, Queue, Rebalance};
use crate::config;
use crate::dead_letter::DeadLetter;
use crate::fault::Fault;
use crate::lost_input;
use crate::metrics::{REBALANCES, show_zeros};
use crate::native;
use crate::open_work::note_work;
use crate::output::Sink as _;
use crate::processor::Transform;
use crate::record::Record;
use crate::settings::RelaySettings;
use committer::Committer;
use outlet::Outlet;
use positions::Positions;

const ROUND_RECORDS: usize = 1_000;
const CLOCK_RECORDS: usize = 16;
const WAIT_BUSY: Duration = Duration::from_millis(10);
const WAIT_IDLE: Duration = Duration::from_millis(50);
const PAUSE_FIRST: Duration = Duration::from_millis(100);
const PAUSE_LONGEST: Duration = Duration::from_secs(5);
const GAUGE_INTERVAL: Duration = Duration::from_secs(1);
const LOOK_INTERVAL: Duration = Duration::from_secs(10);
const LOOK_PATIENCE: Duration = Duration::from_secs(1);
const SEEK_PATIENCE: Duration = Duration::from_secs(10);
const OFFSETS_PATIENCE: Duration = Duration::from_secs(5);

/// Runs one transform. Make it and run it on a thread of its own.
pub struct Relay<T> {
    settings: Arc<RelaySettings>,
    transform: T,
    /// Before the consumer, whose last owner leaves the group.
    committer: Committer,
    consumer: EventConsumer,
    outlet: Outlet,
    positions: Positions,
    metrics: RelayMetrics,
    health: WorkerHealth,
    shutdown: Shutdown,
    /// Since when something waits for a commit.
    open_since: Option<Instant>,
    records: usize,
    oldest_millis: Option<i64>,
    queue: Queue,
    next_gauges: Instant,
    next_look: Instant,
    pause: Duration,
}

#[derive(Debug)]
struct RelayMetrics {
    service: ServiceMetrics,
    flush_seconds: Histogram,
    commit_seconds: Histogram,
    arrival_delay_seconds: Histogram,
    partitions_owned: Gauge,
    ready: Gauge,
}

impl<T: Transform> Relay<T> {
    /// Creates the clients; the first contact with Kafka is made by [`Relay::run`].
    ///
    /// # Errors
    /// [`Fault`] when the settings are none.
    pub fn connect(
        settings: RelaySettings,
        transform: T,
        service: &ServiceMetrics,
        health: WorkerHealth,
        shutdown: Shutdown,
    ) -> Result<Self, Fault> {
        let settings = Arc::new(settings);
        let consumer: BaseConsumer<ConsumerEvents> = config::relay_consumer(&settings)
            .create_with_context(ConsumerEvents::new(service))
            .map_err(|error| Fault::fatal("kafka_settings", format!("creating the consumer: {error}")))?;
        let outlet = Outlet::connect(&settings, service)?;
        show_zeros(service, REBALANCES, ServiceMetrics::rebalances);
        let worker = settings.worker.to_string();
        let metrics = RelayMetrics {
            service: service.clone(),
            flush_seconds: service.transaction_phase_seconds("flush"),
            commit_seconds: service.transaction_phase_seconds("commit"),
            arrival_delay_seconds: service.arrival_delay_seconds(),
            partitions_owned: service.partitions_owned(&worker),
            ready: service.ready(&worker),
        };
        let consumer = Arc::new(consumer);
        Ok(Self {
            positions: Positions::new(&settings.inputs, service),
            committer: Committer::start(Arc::clone(&consumer), settings.worker)?,
            settings,
            transform,
            consumer,
            outlet,
            metrics,
            health,
            shutdown,
            queue: Queue::default(),
            open_since: None,
            records: 0,
            oldest_millis: None,
            next_gauges: Instant::now(),
            next_look: Instant::now() + LOOK_INTERVAL,
            pause: PAUSE_FIRST,
        })
    }

    /// Relays until asked to stop; then waits for what is in flight, commits and closes.
    ///
    /// # Errors
    /// A fatal [`Fault`]: what was not committed is read again by the next start.
    pub fn run(mut self) -> Result<(), Fault> {
        let result = self.subscribe().and_then(|()| self.rounds());
        let result = result.and_then(|()| match self.commit() {
            Err(Fault::Retry { code, message }) => {
                tracing::warn!(code, message, "the last records were not committed; the next start reads them again");
                Ok(())
            }
            other => other,
        });
        self.health.ended();
        self.close();
        result
    }

    fn subscribe(&self) -> Result<(), Fault> {
        let inputs: Vec<_> = self.settings.inputs.iter().map(String::as_str).collect();
        self.consumer
            .subscribe(&inputs)
            .map_err(|error| Fault::fatal("subscribe", format!("{}: {error}", inputs.join(", "))))
    }

    fn rounds(&mut self) -> Result<(), Fault> {
        while !self.shutdown.is_requested() {
            self.health.beat();
            match self.round() {
                Ok(()) => {}
                Err(Fault::Retry { code, message }) => self.again(code, &message)?,
                Err(fault) => {
                    self.metrics.service.faults(fault.code()).inc();
                    return Err(fault);
                }
            }
        }
        Ok(())
    }

    fn round(&mut self) -> Result<(), Fault> {
        self.take_records()?;
        while let Some(rebalance) = self.consumer.context().next_rebalance() {
            match rebalance {
                Rebalance::Assigned(partitions) => self.assigned(&partitions)?,
                Rebalance::Revoked(partitions) => self.revoked(&partitions)?,
            }
        }
        if self.commit_is_due() {
            self.commit()?;
        }
        self.set_gauges();
        self.look_at_topics()
    }

    /// Whether the topics are still those that were there when their partitions were taken: the client goes on in a new
    /// topic of the name at the old one's offset, when that lies within.
    fn look_at_topics(&mut self) -> Result<(), Fault> {
        let now = Instant::now();
        if now < self.next_look {
            return Ok(());
        }
        self.next_look = now + LOOK_INTERVAL;
        for (topic, mut taken) in self.positions.topics() {
            // Brokers that do not answer have other ways to be heard.
            let Ok(now) = native::topic_id(self.consumer.client(), topic, LOOK_PATIENCE) else { break };
            if taken.any(|id| now.is_other_than(id)) {
                return Err(lost_input::made_anew(topic));
            }
        }
        Ok(())
    }

    fn take_records(&mut self) -> Result<(), Fault> {
        let consumer = Arc::clone(&self.consumer);
        let mut wait = match self.open_since {
            Some(since) => self.settings.commit.interval.saturating_sub(since.elapsed()).min(WAIT_BUSY),
            None => WAIT_IDLE,
        };
        let begun = Instant::now();
        for number in 1..=ROUND_RECORDS {
            match consumer.poll(wait) {
                Some(Ok(message)) => {
                    self.queue.gave();
                    self.apply(&Record::of(&message))?;
                }
                Some(Err(error)) => note_client_error(&error, &self.settings)?,
                None => {
                    self.queue.gave_nothing(wait, begun);
                    break;
                }
            }
            wait = Duration::ZERO;
            let due = self.is_full() || (number % CLOCK_RECORDS == 0 && self.commit_is_due());
            if due || consumer.context().rebalance_waits() {
                break;
            }
        }
        Ok(())
    }

    fn apply(&mut self, record: &Record<'_>) -> Result<(), Fault> {
        if !self.positions.begin(record) {
            return Ok(());
        }
        note_work(&mut self.open_since, &self.health);
        let Self { transform, outlet, .. } = self;
        let applied = catch_unwind(AssertUnwindSafe(|| transform.apply(record, outlet)));
        match applied {
            Ok(Ok(())) => {}
            Ok(Err(Fault::Poison { code, field, message })) => {
                self.bury(record, code, &field, &message)?;
            }
            Ok(Err(fault)) => {
                // What came before it need not wait, nor be sent again, however long this one has to.
                if self.positions.to_commit()?.count() > 0 {
                    self.commit()?;
                }
                return Err(fault);
            }
            Err(_) => {
                let message = format!("processing {record:?} panicked; the panic stands in the service's log");
                self.bury(record, "panic", "", &message)?;
            }
        }
        self.positions.done(record);
        self.records += 1;
        if let Some(millis) = record.timestamp_millis {
            self.oldest_millis = Some(self.oldest_millis.map_or(millis, |oldest| oldest.min(millis)));
        }
        Ok(())
    }

    fn bury(&mut self, record: &Record<'_>, code: &'static str, field: &str, message: &str) -> Result<(), Fault> {
        self.metrics.service.faults(code).inc();
        self.outlet.dead_letter(&DeadLetter {
            record,
            element: None,
            element_hash: None,
            value_in: None,
            code,
            field,
            message,
        })
    }

    fn commit_is_due(&self) -> bool {
        self.is_full() || self.open_since.is_some_and(|since| since.elapsed() >= self.settings.commit.interval)
    }

    fn is_full(&self) -> bool {
        let limits = &self.settings.commit;
        self.records + self.outlet.records() >= limits.records || self.outlet.bytes() >= limits.bytes
    }

    /// Waits for all deliveries, then commits the offsets behind them.
    fn commit(&mut self) -> Result<(), Fault> {
        if self.open_since.is_none() {
            return Ok(());
        }
        let started = Instant::now();
        self.outlet.settle(|| self.health.beat())?;
        let flushed = Instant::now();
        self.metrics.flush_seconds.observe((flushed - started).as_secs_f64());
        let offsets = self.positions.to_commit()?;
        if offsets.count() > 0 {
            match self.committer.commit(offsets, || self.health.beat())? {
                Ok(()) => {}
                // The next owner reads them again. What was read stays "not committed" here.
                Err(error) if is_about_membership(&error) => {
                    tracing::info!(%error, "offsets are not committed while the group changes");
                    return Ok(());
                }
                Err(error) => return Err(Fault::retry("offset_commit", format!("committing offsets: {error}"))),
            }
        }
        self.metrics.commit_seconds.observe(flushed.elapsed().as_secs_f64());
        self.positions.committed();
        self.outlet.count();
        self.transform.committed();
        if let Some(oldest) = self.oldest_millis.take() {
            self.metrics.arrival_delay_seconds.observe(clock::now().seconds_since(oldest));
        }
        self.records = 0;
        self.open_since = None;
        self.pause = PAUSE_FIRST;
        self.health.committed();
        self.health.set_idle(true);
        Ok(())
    }

    /// Reads again from the last commit.
    fn again(&mut self, code: &'static str, message: &str) -> Result<(), Fault> {
        self.metrics.service.faults(code).inc();
        tracing::warn!(code, message, "reading again from the last commit");
        self.outlet.forget();
        self.transform.aborted();
        self.records = 0;
        self.open_since = None;
        self.oldest_millis = None;
        let back = self.positions.rewind()?;
        if back.count() > 0 {
            let sought = self.consumer.seek_partitions(back, SEEK_PATIENCE);
            self.queue.sought(&self.consumer);
            sought.map_err(|error| Fault::fatal("seek", format!("seeking back: {error}")))?;
        }
        self.shutdown.wait_timeout(self.pause);
        self.pause = (self.pause * 2).min(PAUSE_LONGEST);
        // A record that has to wait would leave them as they were before it came.
        self.set_gauges();
        Ok(())
    }

    fn set_gauges(&mut self) {
        let now = Instant::now();
        if now < self.next_gauges {
            return;
        }
        self.next_gauges = now + GAUGE_INTERVAL;
        self.pass_marks();
        let events = self.consumer.context();
        self.health.set_connected(events.is_connected());
        let mut nothing_waits = true;
        for place in self.positions.places() {
            let Some(reach) = events.reach_of(place.topic, place.partition) else { continue };
            let partition = place.partition.to_string();
            let lag = reach.lag(place.next, self.queue.drained);
            nothing_waits &= lag == 0;
            #[expect(clippy::cast_precision_loss, reason = "a gauge")]
            self.metrics.service.lag_records(place.topic, &partition).set(lag as f64);
            let waits = place.last_millis.filter(|_| lag > 0);
            let age = waits.map_or(0.0, |millis| clock::now().seconds_since(millis));
            self.metrics.service.lag_seconds(place.topic, &partition).set(age);
        }
        if nothing_waits && self.open_since.is_none() && self.queue.drained {
            // After a fault: nothing came again.
            self.health.set_idle(true);
        }
    }

    /// Moves positions over the marks of transactions behind the last record, as those of a source that writes in
    /// transactions: left before them they would stand at what is gone, once retention has taken all that is there.
    fn pass_marks(&mut self) {
        let (events, drained_at) = (self.consumer.context(), self.queue.drained_at);
        let passed = |topic: &str, partition| events.reach_of(topic, partition)?.passed(drained_at);
        if self.positions.pass_marks(passed) && self.open_since.is_none() {
            self.open_since = Some(Instant::now());
        }
    }

    fn close(self) {
        self.consumer.context().close();
        let deadline = self.settings.close_deadline;
        let (done, finished) = std::sync::mpsc::channel();
        // Closing a client may block on the network; the process ends regardless.
        std::thread::spawn(move || {
            drop(self);
            let _ = done.send(());
        });
        if finished.recv_timeout(deadline).is_err() {
            tracing::warn!(?deadline, "the Kafka clients did not close in time; leaving them behind");
        }
    }
}

impl<T> std::fmt::Debug for Relay<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Relay").field("member", &self.settings.member()).finish_non_exhaustive()
    }
}

fn note_client_error(error: &KafkaError, settings: &RelaySettings) -> Result<(), Fault> {
    let RelaySettings { inputs, group, .. } = settings;
    client_error::note(error, Reader { inputs, group, member: &settings.member() })
}

fn is_about_membership(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::RebalanceInProgress
                | RDKafkaErrorCode::IllegalGeneration
                | RDKafkaErrorCode::UnknownMemberId
                | RDKafkaErrorCode::AssignmentLost
        )
    )
}
