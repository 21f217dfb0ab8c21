//! The thread that opens, restores and closes a worker's stores, so that the worker's loop never waits for a disk or a
//! changelog. One after the other: a store is closed before it is opened again.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender, TryRecvError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use observe::ServiceMetrics;
use store::{PartitionStore, Row, SharedMemory};

use crate::fault::Fault;
use crate::restore::{Restored, Restorer};
use crate::settings::StreamSettings;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
const RETRIES_MAX: u32 = 20;

/// The worker's end of it.
#[derive(Debug)]
pub(crate) struct Keeper<R> {
    orders: Option<Sender<Order<R>>>,
    /// In a mutex only so that the keeper, and with it the worker, may be shared between threads.
    restored: Mutex<Receiver<Done<R>>>,
    thread: Option<JoinHandle<()>>,
}

/// What came of an order to restore.
#[derive(Debug)]
pub(crate) struct Done<R> {
    pub(crate) partition: i32,
    /// Which assignment it was for; a later one may have come meanwhile.
    pub(crate) ticket: u64,
    pub(crate) result: Result<Restored<R>, Fault>,
}

#[derive(Debug)]
enum Order<R> {
    Restore { partition: i32, ticket: u64, cancelled: Arc<AtomicBool> },
    Close { store: Box<PartitionStore<R>>, destroy: bool },
}

impl<R: Row + Send + 'static> Keeper<R> {
    pub(crate) fn start(
        settings: &Arc<StreamSettings>,
        service: &ServiceMetrics,
        memory: SharedMemory,
    ) -> Result<Self, Fault> {
        let restorer = Restorer::connect(settings, service, memory)?;
        let (orders, inbox) = mpsc::channel();
        let (outbox, restored) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name(format!("restore-{}", settings.worker))
            .spawn(move || serve(&restorer, &inbox, &outbox))
            .map_err(|error| Fault::fatal("thread", format!("starting the restore thread: {error}")))?;
        Ok(Self { orders: Some(orders), restored: Mutex::new(restored), thread: Some(thread) })
    }

    pub(crate) fn restore(&self, partition: i32, ticket: u64) -> Arc<AtomicBool> {
        let cancelled = Arc::new(AtomicBool::new(false));
        self.order(Order::Restore { partition, ticket, cancelled: Arc::clone(&cancelled) });
        cancelled
    }

    /// Takes a store whose partition is no longer ours, or that must be opened anew.
    pub(crate) fn close(&self, store: PartitionStore<R>) {
        self.order(Order::Close { store: Box::new(store), destroy: false });
    }

    /// Takes a damaged store.
    pub(crate) fn destroy(&self, store: PartitionStore<R>) {
        self.order(Order::Close { store: Box::new(store), destroy: true });
    }

    pub(crate) fn next_done(&self) -> Result<Option<Done<R>>, Fault> {
        match self.restored.lock().unwrap_or_else(PoisonError::into_inner).try_recv() {
            Ok(done) => Ok(Some(done)),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Err(Fault::fatal("thread", "the restore thread has ended")),
        }
    }

    fn order(&self, order: Order<R>) {
        if let Some(orders) = &self.orders {
            // A send fails only when the thread is gone, which `next_done` reports.
            let _ = orders.send(order);
        }
    }
}

/// Waits until every store is closed.
impl<R> Drop for Keeper<R> {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve<R: Row>(restorer: &Restorer, inbox: &Receiver<Order<R>>, outbox: &Sender<Done<R>>) {
    while let Ok(order) = inbox.recv() {
        match order {
            Order::Close { mut store, destroy } => {
                let path = store.path().to_path_buf();
                // What Kafka committed need not be replayed; what it did not is only in the buffer and goes with it.
                if !destroy && let Err(fault) = store.write() {
                    tracing::warn!(%fault, "closing a store; what is missing will be replayed");
                }
                drop(store);
                if destroy && let Err(fault) = PartitionStore::<R>::destroy(&path) {
                    tracing::error!(%fault, "deleting a damaged store");
                }
            }
            Order::Restore { partition, ticket, cancelled } => {
                let Some(result) = patiently(restorer, partition, &cancelled) else { continue };
                if outbox.send(Done { partition, ticket, result }).is_err() {
                    return;
                }
            }
        }
    }
}

/// Repeats what may pass. None when cancelled.
fn patiently<R: Row>(
    restorer: &Restorer,
    partition: i32,
    cancelled: &AtomicBool,
) -> Option<Result<Restored<R>, Fault>> {
    let mut pause = FIRST_PAUSE;
    for attempt in 1.. {
        if cancelled.load(Ordering::Acquire) {
            return None;
        }
        match restorer.restore(partition, cancelled) {
            Ok(restored) => return restored.map(Ok),
            Err(Fault::Retry { code, message }) if attempt < RETRIES_MAX => {
                tracing::warn!(partition, code, message, "restoring again");
                std::thread::sleep(pause);
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            Err(fault) => return Some(Err(fault)),
        }
    }
    None
}
