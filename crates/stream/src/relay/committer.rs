//! Commits a group's offsets from a thread of its own: the client waits for the group's coordinator without any time-out,
//! and the loop must be able to say meanwhile that it is alive.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{CommitMode, Consumer};
use rdkafka::error::KafkaError;

use crate::client_events::EventConsumer;
use crate::fault::Fault;

const BEAT_INTERVAL: Duration = Duration::from_secs(1);

pub(super) struct Committer {
    orders: Option<Sender<TopicPartitionList>>,
    /// In a mutex only so that the relay may be shared between threads.
    answers: Mutex<Receiver<Result<(), KafkaError>>>,
    thread: Option<JoinHandle<()>>,
}

impl Committer {
    /// The thread, which holds the client, ends with the committer.
    pub(super) fn start(consumer: EventConsumer, worker: usize) -> Result<Self, Fault> {
        let (orders, inbox) = mpsc::channel::<TopicPartitionList>();
        let (outbox, answers) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name(format!("offsets-{worker}"))
            .spawn(move || {
                while let Ok(offsets) = inbox.recv() {
                    if outbox.send(consumer.commit(&offsets, CommitMode::Sync)).is_err() {
                        return;
                    }
                }
            })
            .map_err(|error| Fault::fatal("thread", format!("starting the thread that commits offsets: {error}")))?;
        Ok(Self { orders: Some(orders), answers: Mutex::new(answers), thread: Some(thread) })
    }

    /// Commits, and calls `beat` as long as there is no answer.
    pub(super) fn commit(&self, offsets: TopicPartitionList, beat: impl Fn()) -> Result<Result<(), KafkaError>, Fault> {
        let ended = || Fault::fatal("thread", "the thread that commits offsets has ended");
        self.orders.as_ref().and_then(|orders| orders.send(offsets).ok()).ok_or_else(ended)?;
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match answers.recv_timeout(BEAT_INTERVAL) {
                Ok(answer) => return Ok(answer),
                Err(RecvTimeoutError::Timeout) => beat(),
                Err(RecvTimeoutError::Disconnected) => return Err(ended()),
            }
        }
    }
}

/// Waits for the answer that is still out: who drops the client after this leaves the group.
impl Drop for Committer {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
