//! How a process ends. The first SIGTERM or SIGINT asks every component to stop and gives each the time it asked for;
//! a second one ends the process at once. A component that ends by itself takes the others with it: a service that
//! lost one of its parts is not half a service.

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The life of this process. Cheap to clone; all clones are one.
#[derive(Clone, Debug, Default)]
pub struct Lifecycle {
    shared: Arc<Shared>,
}

/// Asks whether to stop, and waits for it. For loops and for threads that sleep between two looks at something.
#[derive(Clone, Debug)]
pub struct Shutdown {
    shared: Arc<Shared>,
}

/// A part of the process that must end before the process does. Dropped without a word (a panic unwinds through it),
/// it counts as failed.
#[derive(Debug)]
#[must_use = "a component that is dropped counts as failed: call finished() or failed() at its end"]
pub struct Component {
    shared: Arc<Shared>,
    at: usize,
    told: bool,
}

/// How it all ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// What asked for the end, as `signal SIGTERM`, `resolve-0 failed`.
    pub cause: String,
    /// Components that failed, with their reason.
    pub failed: Vec<(String, String)>,
    /// Components that were still running when their budget was used up.
    pub overrun: Vec<String>,
}

/// The signal handlers could not be set.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen for SIGTERM and SIGINT: {0}")]
pub struct SignalError(#[from] std::io::Error);

/// Keeps the signal thread; dropped, the thread ends (the handlers stay, as the operating system has it).
#[derive(Debug)]
pub struct SignalGuard {
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    requested: AtomicBool,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    cause: Option<String>,
    requested_at: Option<Instant>,
    components: Vec<ComponentState>,
}

#[derive(Debug)]
struct ComponentState {
    name: String,
    budget: Duration,
    ended: Option<Result<(), String>>,
}

impl Lifecycle {
    /// Turns SIGTERM and SIGINT into a request to stop; the second one ends the process with 128 + its number.
    ///
    /// # Errors
    /// When the operating system refuses the handlers.
    pub fn listen(&self) -> Result<SignalGuard, SignalError> {
        let armed = Arc::new(AtomicBool::new(false));
        for signal in [SIGTERM, SIGINT] {
            // In this order: the handler that ends the process must run before the one that arms it.
            signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&armed))?;
            signal_hook::flag::register(signal, Arc::clone(&armed))?;
        }
        let mut signals = Signals::new([SIGTERM, SIGINT])?;
        let handle = signals.handle();
        let shutdown = self.shutdown();
        let thread = std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
            for signal in signals.forever() {
                shutdown.request(if signal == SIGTERM { "signal SIGTERM" } else { "signal SIGINT" });
            }
        })?;
        Ok(SignalGuard { handle, thread: Some(thread) })
    }

    pub fn shutdown(&self) -> Shutdown {
        Shutdown { shared: Arc::clone(&self.shared) }
    }

    /// Adds a component that needs up to `budget` from the request to its end.
    pub fn register(&self, name: impl Into<String>, budget: Duration) -> Component {
        let mut state = self.shared.lock();
        state.components.push(ComponentState { name: name.into(), budget, ended: None });
        Component { shared: Arc::clone(&self.shared), at: state.components.len() - 1, told: false }
    }

    /// Waits until every component has ended, or, after the request to stop, its budget is used up.
    pub fn wait(&self) -> Ending {
        let mut state = self.shared.lock();
        loop {
            let deadline = state
                .components
                .iter()
                .filter(|c| c.ended.is_none())
                .map(|c| state.requested_at.map(|requested| requested + c.budget))
                .max();
            state = match deadline {
                None => break,
                Some(None) => self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(Some(deadline)) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        break;
                    }
                    self.shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        let mut ending = Ending {
            cause: state.cause.clone().unwrap_or_else(|| "all done".to_owned()),
            failed: Vec::new(),
            overrun: Vec::new(),
        };
        for component in &state.components {
            match &component.ended {
                None => ending.overrun.push(component.name.clone()),
                Some(Err(reason)) => ending.failed.push((component.name.clone(), reason.clone())),
                Some(Ok(())) => {}
            }
        }
        ending
    }
}

impl Shutdown {
    /// Whether to stop. One atomic load: fit for every round of a loop.
    pub fn is_requested(&self) -> bool {
        self.shared.requested.load(Ordering::Relaxed)
    }

    /// Asks every component to stop. Only the first cause is kept.
    pub fn request(&self, cause: &str) {
        let mut state = self.shared.lock();
        if state.cause.is_none() {
            state.cause = Some(cause.to_owned());
            state.requested_at = Some(Instant::now());
            self.shared.requested.store(true, Ordering::Relaxed);
            self.shared.changed.notify_all();
        }
    }

    /// Waits for the request, at most this long. True when it has come.
    pub fn wait_timeout(&self, at_most: Duration) -> bool {
        let state = self.shared.lock();
        let waiting = |state: &mut State| state.cause.is_none();
        drop(self.shared.changed.wait_timeout_while(state, at_most, waiting).unwrap_or_else(PoisonError::into_inner));
        self.is_requested()
    }
}

impl Component {
    pub fn shutdown(&self) -> Shutdown {
        Shutdown { shared: Arc::clone(&self.shared) }
    }

    /// It has done all it had to. Before a request to stop that is fine too: the others go on.
    pub fn finished(mut self) {
        self.end(Ok(()));
    }

    /// It cannot go on; the others are asked to stop.
    pub fn failed(mut self, reason: impl fmt::Display) {
        self.end(Err(reason.to_string()));
    }

    fn end(&mut self, how: Result<(), String>) {
        self.told = true;
        let failed = how.is_err();
        let mut state = self.shared.lock();
        let component = &mut state.components[self.at];
        component.ended = Some(how);
        let cause = format!("{} failed", component.name);
        drop(state);
        if failed {
            self.shutdown().request(&cause);
        }
        self.shared.changed.notify_all();
    }
}

impl Drop for Component {
    fn drop(&mut self) {
        if !self.told {
            self.end(Err("it ended without a word; the panic stands above in the log".to_owned()));
        }
    }
}

impl Ending {
    /// Whether every component ended well and in time.
    pub fn is_clean(&self) -> bool {
        self.failed.is_empty() && self.overrun.is_empty()
    }
}

impl Drop for SignalGuard {
    fn drop(&mut self) {
        self.handle.close();
        if let Some(thread) = self.thread.take() {
            // It can only have panicked, and has said so itself.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_request_reaches_every_component_and_the_process_waits_for_them() {
        let life = Lifecycle::default();
        let workers: Vec<_> = ["resolve-0", "resolve-1"]
            .map(|name| life.register(name, LONG))
            .into_iter()
            .map(|component| {
                std::thread::spawn(move || {
                    assert!(component.shutdown().wait_timeout(LONG));
                    component.finished();
                })
            })
            .collect();
        assert!(!life.shutdown().wait_timeout(Duration::ZERO));
        life.shutdown().request("signal SIGTERM");
        life.shutdown().request("signal SIGINT");
        let ending = life.wait();
        assert!(ending.is_clean(), "{ending:?}");
        assert_eq!(ending.cause, "signal SIGTERM", "the first cause is the cause");
        workers.into_iter().for_each(|worker| worker.join().unwrap());
    }

    #[test]
    fn one_that_fails_or_panics_takes_the_others_with_it() {
        let life = Lifecycle::default();
        let (fails, goes_on) = (life.register("engine-0", LONG), life.register("http", LONG));
        fails.failed("DC-2001: fenced");
        assert!(goes_on.shutdown().is_requested());
        goes_on.finished();
        let ending = life.wait();
        assert_eq!(ending.failed, [("engine-0".to_owned(), "DC-2001: fenced".to_owned())]);
        assert_eq!(ending.cause, "engine-0 failed");

        let life = Lifecycle::default();
        let component = life.register("engine-0", LONG);
        let panicked = std::thread::spawn(move || {
            let _component = component;
            std::panic::resume_unwind(Box::new("as a panic would"));
        });
        assert!(panicked.join().is_err());
        assert!(life.shutdown().is_requested());
        assert!(!life.wait().is_clean());
    }

    #[test]
    fn one_that_uses_up_its_budget_is_named() {
        let life = Lifecycle::default();
        let (done, hangs) = (life.register("http", LONG), life.register("engine-0", Duration::ZERO));
        done.finished();
        life.shutdown().request("test");
        let ending = life.wait();
        assert_eq!(ending.overrun, ["engine-0"]);
        assert!(!ending.is_clean());
        hangs.finished();
    }

    #[test]
    fn a_task_that_is_done_lets_the_others_go_on() {
        let life = Lifecycle::default();
        life.register("generator", LONG).finished();
        assert!(!life.shutdown().is_requested());
        assert_eq!(life.wait().cause, "all done");
    }
}
