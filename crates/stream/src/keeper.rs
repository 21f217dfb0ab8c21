//! The threads that open, restore and close a worker's stores, so that the worker's loop never waits for a disk or a
//! changelog. One restores, one partition after the other; another closes, since who takes a partition over waits for its
//! store. A store is closed before it is opened again.

use std::collections::HashMap;
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
    orders: Option<Sender<Restore>>,
    closes: Option<Sender<Close<R>>>,
    /// By partition: hangs up when the last store that was given to be closed is.
    closing: Mutex<HashMap<i32, Receiver<()>>>,
    /// In a mutex only so that the keeper, and with it the worker, may be shared between threads.
    restored: Mutex<Receiver<Done<R>>>,
    threads: Vec<JoinHandle<()>>,
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
struct Restore {
    partition: i32,
    ticket: u64,
    cancelled: Arc<AtomicBool>,
    /// Not before this hangs up.
    after: Option<Receiver<()>>,
}

#[derive(Debug)]
struct Close<R> {
    store: PartitionStore<R>,
    destroy: bool,
    /// Goes with the order when it is carried out.
    _closing: Sender<()>,
}

impl<R: Row + Send + 'static> Keeper<R> {
    pub(crate) fn start(
        settings: &Arc<StreamSettings>,
        service: &ServiceMetrics,
        memory: SharedMemory,
    ) -> Result<Self, Fault> {
        let restorer = Restorer::connect(settings, service, memory)?;
        let (orders, inbox) = mpsc::channel();
        let (closes, to_close) = mpsc::channel();
        let (outbox, restored) = mpsc::channel();
        let thread = |name: &str| std::thread::Builder::new().name(format!("{name}-{}", settings.worker));
        let failed = |error| Fault::fatal("thread", format!("starting the threads of the stores: {error}"));
        let restores = thread("restore").spawn(move || restore_all(&restorer, &inbox, &outbox)).map_err(failed)?;
        let closing = thread("close").spawn(move || to_close.into_iter().for_each(carry_out)).map_err(failed)?;
        Ok(Self {
            orders: Some(orders),
            closes: Some(closes),
            closing: Mutex::default(),
            restored: Mutex::new(restored),
            threads: vec![restores, closing],
        })
    }

    pub(crate) fn restore(&self, partition: i32, ticket: u64) -> Arc<AtomicBool> {
        let cancelled = Arc::new(AtomicBool::new(false));
        let after = self.closing.lock().unwrap_or_else(PoisonError::into_inner).remove(&partition);
        if let Some(orders) = &self.orders {
            // A send fails only when the thread is gone, which `next_done` reports.
            let _ = orders.send(Restore { partition, ticket, cancelled: Arc::clone(&cancelled), after });
        }
        cancelled
    }

    /// Takes a store whose partition is no longer ours, or that must be opened anew.
    pub(crate) fn close(&self, partition: i32, store: PartitionStore<R>) {
        self.end(partition, store, false);
    }

    /// Takes a damaged store.
    pub(crate) fn destroy(&self, partition: i32, store: PartitionStore<R>) {
        self.end(partition, store, true);
    }

    pub(crate) fn next_done(&self) -> Result<Option<Done<R>>, Fault> {
        match self.restored.lock().unwrap_or_else(PoisonError::into_inner).try_recv() {
            Ok(done) => Ok(Some(done)),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Err(Fault::fatal("thread", "the restore thread has ended")),
        }
    }

    fn end(&self, partition: i32, store: PartitionStore<R>, destroy: bool) {
        let (closing, closed) = mpsc::channel();
        self.closing.lock().unwrap_or_else(PoisonError::into_inner).insert(partition, closed);
        if let Some(closes) = &self.closes {
            // The thread ends with the keeper only.
            let _ = closes.send(Close { store, destroy, _closing: closing });
        }
    }
}

/// Waits until every store is closed.
impl<R> Drop for Keeper<R> {
    fn drop(&mut self) {
        (self.orders, self.closes) = (None, None);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn restore_all<R: Row>(restorer: &Restorer, inbox: &Receiver<Restore>, outbox: &Sender<Done<R>>) {
    while let Ok(Restore { partition, ticket, cancelled, after }) = inbox.recv() {
        if let Some(closing) = after {
            // Nothing is ever sent: it hangs up when the store is closed.
            let _ = closing.recv();
        }
        let Some(result) = patiently(restorer, partition, &cancelled) else { continue };
        if outbox.send(Done { partition, ticket, result }).is_err() {
            return;
        }
    }
}

fn carry_out<R: Row>(Close { mut store, destroy, _closing }: Close<R>) {
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
                restorer.count(code);
                tracing::warn!(partition, code, message, "restoring again");
                std::thread::sleep(pause);
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            Err(fault) => return Some(Err(fault)),
        }
    }
    None
}
