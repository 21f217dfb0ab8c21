//! A stateful worker: one thread, one consumer, one transactional producer, the stores of its partitions.
//!
//! ```text
//! poll -> apply ... apply -> before_commit -> changelog, markers, positions, commit -> stores follow
//!                     \-- retry, poison, aborted: rows back to committed, seek back, again
//! ```
//!
//! [`apply`] one record and what its faults mean; [`transaction`] commit, abort, doubt; [`assignment`] partitions come
//! and go; [`upkeep`] stores to disk, gauges.

mod apply;
mod assignment;
mod partition;
mod transaction;
mod upkeep;

use std::sync::Arc;
use std::time::{Duration, Instant};

use observe::{ServiceMetrics, Shutdown, WorkerHealth};
use rdkafka::consumer::{BaseConsumer, Consumer};
use store::SharedMemory;

use crate::client_error::{self, Reader};
use crate::client_events::{ConsumerEvents, EventConsumer, Queue};
use crate::config;
use crate::ends::Ends;
use crate::fault::Fault;
use crate::keeper::Keeper;
use crate::metrics::StreamMetrics;
use crate::processor::Processor;
use crate::producer::TransactionalProducer;
use crate::record::Record;
use crate::settings::StreamSettings;
use partition::{Owned, Slot};

/// Records taken per round of the loop; bounds how late rebalances, ticks and commits are looked at.
const ROUND_RECORDS: usize = 1_000;
/// Records between two looks at the clock within a round.
const CLOCK_RECORDS: usize = 16;
const WAIT_BUSY: Duration = Duration::from_millis(10);
const WAIT_IDLE: Duration = Duration::from_millis(50);
/// Damaged stores that a worker rebuilds before it calls the disk damaged.
const REBUILDS_MAX: u32 = 5;
const PAUSE_FIRST: Duration = Duration::from_millis(50);
const PAUSE_LONGEST: Duration = Duration::from_secs(5);

/// Runs one processor. Make it and run it on a thread of its own; other workers of the process get their own.
pub struct Worker<P: Processor> {
    settings: Arc<StreamSettings>,
    processor: P,
    metrics: StreamMetrics,
    health: WorkerHealth,
    shutdown: Shutdown,
    consumer: EventConsumer,
    producer: TransactionalProducer,
    keeper: Keeper<P::Row>,
    ends: Ends,
    /// By partition number.
    slots: Vec<Slot<P::Row>>,
    tickets: u64,
    /// Since when something waits for a commit.
    open_since: Option<Instant>,
    records: usize,
    sent: Sent,
    queue: Queue,
    next_tick: Instant,
    upkeep: upkeep::Upkeep,
    pause: Duration,
    rebuilds: u32,
    assigned_once: bool,
}

/// What went out in the transaction under way.
#[derive(Debug, Default)]
struct Sent {
    records: usize,
    bytes: usize,
    /// By output topic.
    by_topic: Vec<u64>,
    changelog: u64,
    dead_letters: u64,
}

/// Why the loop cannot just go on.
#[derive(Debug)]
enum Interrupt {
    /// Abort, pause, again.
    Retry { code: &'static str, message: String },
    /// Abort, again at once: the record that caused it is known.
    Redo { code: &'static str },
    /// Kafka may or may not have committed.
    InDoubt { message: String },
    /// The partition's store is damaged.
    Rebuild { partition: i32, message: String },
    /// The end.
    Fatal { code: &'static str, message: String },
}

impl From<Fault> for Interrupt {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Retry { code, message } => Self::Retry { code, message },
            Fault::Poison { code, message, .. } | Fault::Fatal { code, message } => Self::Fatal { code, message },
        }
    }
}

impl<P: Processor> Worker<P> {
    /// Connects; initialises transactions (which ends what a dead predecessor left open).
    ///
    /// # Errors
    /// [`Fault`] when Kafka cannot be reached, or settings do not fit.
    pub fn connect(
        settings: StreamSettings,
        processor: P,
        service: &ServiceMetrics,
        health: WorkerHealth,
        shutdown: Shutdown,
        memory: SharedMemory,
    ) -> Result<Self, Fault> {
        let settings = Arc::new(settings);
        let metrics = StreamMetrics::new(service.clone(), &settings);
        let producer = TransactionalProducer::connect(&settings, service, &health)?;
        let consumer: BaseConsumer<ConsumerEvents> = config::worker_consumer(&settings)
            .create_with_context(ConsumerEvents::new(service))
            .map_err(|error| Fault::fatal("kafka_settings", format!("creating the consumer: {error}")))?;
        let keeper = Keeper::start(&settings, service, memory)?;
        let ends = Ends::connect(&settings)?;
        let upkeep = upkeep::Upkeep::new(&settings);
        let sent = Sent { by_topic: vec![0; metrics.produced.len()], ..Sent::default() };
        Ok(Self {
            settings,
            processor,
            metrics,
            health,
            shutdown,
            consumer: Arc::new(consumer),
            producer,
            keeper,
            ends,
            slots: Vec::new(),
            tickets: 0,
            open_since: None,
            records: 0,
            sent,
            queue: Queue::default(),
            next_tick: Instant::now(),
            upkeep,
            pause: PAUSE_FIRST,
            rebuilds: 0,
            assigned_once: false,
        })
    }

    /// Processes until asked to stop; then commits, flushes the stores and closes.
    ///
    /// # Errors
    /// A fatal [`Fault`]: what was not committed is processed again by the next start.
    pub fn run(mut self) -> Result<(), Fault> {
        let result = self.subscribe().and_then(|()| self.rounds());
        let result = match result {
            Ok(()) => self.finish(),
            Err(fault) => {
                self.producer.abort();
                Err(fault)
            }
        };
        self.health.ended();
        self.close();
        result
    }

    fn subscribe(&self) -> Result<(), Fault> {
        let subscribed = self.consumer.subscribe(&[&self.settings.input]);
        subscribed.map_err(|error| Fault::fatal("subscribe", format!("{}: {error}", self.settings.input)))
    }

    fn rounds(&mut self) -> Result<(), Fault> {
        while !self.shutdown.is_requested() {
            self.health.beat();
            if let Err(interrupt) = self.round() {
                self.recover(interrupt)?;
                // A record that has to wait would leave them as they were before it came.
                self.set_gauges();
            }
        }
        Ok(())
    }

    fn round(&mut self) -> Result<(), Interrupt> {
        self.take_restored()?;
        self.take_records()?;
        self.answer_rebalances()?;
        self.tick_when_due()?;
        if self.commit_is_due() {
            self.commit()?;
        }
        self.keep_up()
    }

    fn take_records(&mut self) -> Result<(), Interrupt> {
        let consumer = Arc::clone(&self.consumer);
        let mut wait = self.wait();
        let begun = Instant::now();
        for number in 1..=ROUND_RECORDS {
            match consumer.poll(wait) {
                Some(Ok(message)) => {
                    self.queue.gave();
                    self.apply(&Record::of(&message))?;
                }
                Some(Err(error)) => {
                    let StreamSettings { input, group, .. } = &*self.settings;
                    let (inputs, member) = (std::slice::from_ref(input), self.settings.member());
                    client_error::note(&error, Reader { inputs, group, member: &member })?;
                }
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

    /// How long the loop may wait for a record.
    fn wait(&self) -> Duration {
        match self.open_since {
            Some(since) => self.settings.commit.interval.saturating_sub(since.elapsed()).min(WAIT_BUSY),
            None if self.slots.iter().any(Slot::is_restoring) => WAIT_BUSY,
            None => WAIT_IDLE.min(self.next_tick.saturating_duration_since(Instant::now())),
        }
    }

    /// Brings the worker back to the last commit, or ends it.
    fn recover(&mut self, interrupt: Interrupt) -> Result<(), Fault> {
        let mut interrupt = interrupt;
        loop {
            let result = match interrupt {
                Interrupt::Fatal { code, message } => {
                    self.metrics.service.faults(code).inc();
                    self.metrics.fatal.inc();
                    return Err(Fault::Fatal { code, message });
                }
                Interrupt::Redo { code } => {
                    self.metrics.service.faults(code).inc();
                    self.abort()
                }
                Interrupt::Retry { code, message } => {
                    self.metrics.service.faults(code).inc();
                    tracing::warn!(code, message, "processing again from the last commit");
                    let aborted = self.abort();
                    self.shutdown.wait_timeout(self.pause);
                    self.pause = (self.pause * 2).min(PAUSE_LONGEST);
                    aborted
                }
                Interrupt::InDoubt { message } => {
                    self.metrics.service.faults("commit_in_doubt").inc();
                    tracing::warn!(message, "a commit may or may not have happened; reading from Kafka what did");
                    self.reopen_all()
                }
                Interrupt::Rebuild { partition, message } => {
                    self.metrics.service.faults("store_corrupt").inc();
                    tracing::warn!(partition, message, "rebuilding the store");
                    self.abort().and_then(|()| self.rebuild(partition))
                }
            };
            match result {
                Ok(()) => return Ok(()),
                Err(again) => interrupt = again,
            }
        }
    }

    /// The graceful end: all that was applied is committed and on disk.
    fn finish(&mut self) -> Result<(), Fault> {
        let committed = self.commit().and_then(|()| self.flush_all());
        match committed {
            Ok(()) => Ok(()),
            // The next start processes it again.
            Err(Interrupt::Fatal { code, message }) => Err(Fault::Fatal { code, message }),
            Err(interrupt) => {
                tracing::warn!(?interrupt, "the last transaction was not committed; the next start processes it again");
                self.producer.abort();
                Ok(())
            }
        }
    }

    /// Leaves the group and closes the stores, within the deadline.
    fn close(mut self) {
        self.consumer.context().close();
        for (partition, slot) in (0..).zip(std::mem::take(&mut self.slots)) {
            match slot {
                Slot::Running(owned) => self.keeper.close(partition, owned.store),
                Slot::Restoring(restoring) => restoring.cancel(),
                Slot::Absent => {}
            }
        }
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

    fn running(&mut self) -> impl Iterator<Item = (i32, &mut Owned<P::Row>)> {
        (0..).zip(&mut self.slots).filter_map(|(partition, slot)| match slot {
            Slot::Running(owned) => Some((partition, &mut **owned)),
            Slot::Absent | Slot::Restoring(_) => None,
        })
    }

    fn slot(&mut self, partition: i32) -> Option<&mut Slot<P::Row>> {
        self.slots.get_mut(usize::try_from(partition).ok()?)
    }
}

impl<P: Processor> std::fmt::Debug for Worker<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").field("member", &self.settings.member()).finish_non_exhaustive()
    }
}
