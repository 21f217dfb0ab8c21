use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A worker whose loop has not come round for this long hangs. The longest step that may block is a commit, bounded by
/// the transaction time-out of 15 s; twice that is no accident.
pub const HEARTBEAT_AGE_MAX: Duration = Duration::from_secs(30);
/// A worker with work in hand commits every 100 ms or so; after this long without one it is stuck though it still runs.
pub const COMMIT_AGE_MAX: Duration = Duration::from_secs(30);

/// The health of this process: of each worker that registered here. Cheap to clone; all clones are one.
///
/// *Alive* asks whether a restart would help: the loop of each worker still comes round. A broker that is away is no
/// reason to restart. *Ready* asks whether the process does its part: each worker reaches Kafka, has its assignment,
/// restored its stores, and commits or has nothing to commit.
#[derive(Clone, Debug)]
pub struct Health {
    started: Instant,
    workers: Arc<Mutex<Vec<Arc<Worker>>>>,
}

/// One worker's side of it: what it says of itself. Every call is one or two atomic stores.
#[derive(Clone, Debug)]
pub struct WorkerHealth {
    started: Instant,
    worker: Arc<Worker>,
}

#[derive(Debug)]
struct Worker {
    name: String,
    heartbeat_millis: AtomicU64,
    commit_millis: AtomicU64,
    assigned: AtomicBool,
    restored: AtomicBool,
    idle: AtomicBool,
    connected: AtomicBool,
    ended: AtomicBool,
}

/// What is wrong, worker by worker, in the order they registered. Empty: nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaints(pub Vec<String>);

impl Default for Health {
    fn default() -> Self {
        Self { started: Instant::now(), workers: Arc::default() }
    }
}

impl Health {
    /// Adds a worker. It is alive from now on and not ready until it says that it is assigned and restored.
    pub fn register(&self, name: impl Into<String>) -> WorkerHealth {
        let now = millis(self.started.elapsed());
        let worker = Arc::new(Worker {
            name: name.into(),
            heartbeat_millis: AtomicU64::new(now),
            commit_millis: AtomicU64::new(now),
            assigned: AtomicBool::new(false),
            restored: AtomicBool::new(false),
            idle: AtomicBool::new(true),
            connected: AtomicBool::new(true),
            ended: AtomicBool::new(false),
        });
        self.workers.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&worker));
        WorkerHealth { started: self.started, worker }
    }

    /// Empty when the process is alive.
    pub fn liveness(&self) -> Complaints {
        self.liveness_at(self.started.elapsed())
    }

    /// Empty when the process is ready. A process without workers is not.
    pub fn readiness(&self) -> Complaints {
        self.readiness_at(self.started.elapsed())
    }

    fn liveness_at(&self, now: Duration) -> Complaints {
        self.ask(|worker| {
            let age = age(&worker.heartbeat_millis, now);
            (age > HEARTBEAT_AGE_MAX).then(|| format!("its loop has not come round for {} s", age.as_secs()))
        })
    }

    fn readiness_at(&self, now: Duration) -> Complaints {
        let mut complaints = self.ask(|worker| {
            if worker.ended.load(Ordering::Relaxed) {
                return Some("it has ended".to_owned());
            }
            if !worker.connected.load(Ordering::Relaxed) {
                return Some("no Kafka broker can be reached".to_owned());
            }
            if !worker.assigned.load(Ordering::Relaxed) {
                return Some("no partitions are assigned yet".to_owned());
            }
            if !worker.restored.load(Ordering::Relaxed) {
                return Some("its stores are being restored".to_owned());
            }
            let age = age(&worker.commit_millis, now);
            (!worker.idle.load(Ordering::Relaxed) && age > COMMIT_AGE_MAX)
                .then(|| format!("it has work but has not committed for {} s", age.as_secs()))
        });
        if complaints.0.is_empty() && self.workers.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
            complaints.0.push("starting".to_owned());
        }
        complaints
    }

    fn ask(&self, complaint: impl Fn(&Worker) -> Option<String>) -> Complaints {
        let workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        Complaints(workers.iter().filter_map(|w| complaint(w).map(|what| format!("{}: {what}", w.name))).collect())
    }
}

/// Finds workers that hang for good, as in a call of a client library that never returns: only a new process helps then.
/// Counts looks, not time: a process that was frozen as a whole is not to be ended for it.
#[derive(Debug)]
pub struct Watchdog {
    health: Health,
    looks_max: u32,
    /// Per worker: its last heartbeat, and how many looks have found the same.
    seen: Vec<(u64, u32)>,
}

impl Watchdog {
    /// `looks_max`: so many looks in a row must find that a loop has not come round.
    pub fn new(health: Health, looks_max: u32) -> Self {
        Self { health, looks_max, seen: Vec::new() }
    }

    /// To be called at regular intervals. The name of a worker that hangs.
    pub fn look(&mut self) -> Option<String> {
        let workers = self.health.workers.lock().unwrap_or_else(PoisonError::into_inner);
        self.seen.resize(workers.len(), (0, 0));
        for (worker, (heartbeat, looks)) in workers.iter().zip(&mut self.seen) {
            let now = worker.heartbeat_millis.load(Ordering::Relaxed);
            *looks = if now == *heartbeat { *looks + 1 } else { 0 };
            *heartbeat = now;
            if *looks >= self.looks_max && !worker.ended.load(Ordering::Relaxed) {
                return Some(worker.name.clone());
            }
        }
        None
    }
}

impl WorkerHealth {
    /// The loop came round. Call it in every round, also in rounds that found nothing.
    pub fn beat(&self) {
        self.worker.heartbeat_millis.store(millis(self.started.elapsed()), Ordering::Relaxed);
    }

    /// A transaction is committed (ingest: offsets are).
    pub fn committed(&self) {
        self.worker.commit_millis.store(millis(self.started.elapsed()), Ordering::Relaxed);
    }

    /// Whether there is uncommitted work. The commit's age counts from the moment that work began.
    pub fn set_idle(&self, idle: bool) {
        if self.worker.idle.swap(idle, Ordering::Relaxed) && !idle {
            self.committed();
        }
    }

    /// Whether a broker can be reached.
    pub fn set_connected(&self, connected: bool) {
        self.worker.connected.store(connected, Ordering::Relaxed);
    }

    /// Whether the group has given this worker its assignment (an empty one counts: there are more workers than
    /// partitions).
    pub fn set_assigned(&self, assigned: bool) {
        self.worker.assigned.store(assigned, Ordering::Relaxed);
    }

    /// Whether the stores of every assigned partition are restored. A stateless worker says so at once.
    pub fn set_restored(&self, restored: bool) {
        self.worker.restored.store(restored, Ordering::Relaxed);
    }

    /// The worker has ended: no heartbeat is expected from it and it is not ready.
    pub fn ended(&self) {
        self.worker.ended.store(true, Ordering::Relaxed);
        self.worker.heartbeat_millis.store(u64::MAX, Ordering::Relaxed);
    }
}

impl Complaints {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Complaints {
    /// One line each.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|complaint| writeln!(f, "{complaint}"))
    }
}

fn age(since_millis: &AtomicU64, now: Duration) -> Duration {
    now.saturating_sub(Duration::from_millis(since_millis.load(Ordering::Relaxed)))
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATER: Duration = Duration::from_secs(31);

    #[test]
    fn a_worker_hangs_when_several_looks_find_the_same_heartbeat() {
        let health = Health::default();
        let (busy, other) = (health.register("engine-0"), health.register("engine-1"));
        let mut watchdog = Watchdog::new(health, 2);
        let mut later = 0;
        let mut beat = |worker: &WorkerHealth| {
            later += 1;
            worker.worker.heartbeat_millis.store(later, Ordering::Relaxed);
        };
        beat(&busy);
        beat(&other);
        assert_eq!((watchdog.look(), watchdog.look()), (None, None));
        beat(&busy);
        assert_eq!(watchdog.look(), Some("engine-1".to_owned()));
        other.ended();
        beat(&busy);
        assert!(
            (0..5).all(|_| {
                beat(&busy);
                watchdog.look().is_none()
            }),
            "one that has ended does not hang"
        );
    }

    #[test]
    fn a_worker_is_ready_once_assigned_and_restored() {
        let health = Health::default();
        assert_eq!(health.readiness().to_string(), "starting\n", "nobody has registered");
        assert!(health.liveness().is_empty());
        let worker = health.register("engine-0");
        assert_eq!(health.readiness().to_string(), "engine-0: no partitions are assigned yet\n");
        worker.set_assigned(true);
        assert_eq!(health.readiness().to_string(), "engine-0: its stores are being restored\n");
        assert!(health.liveness().is_empty(), "a restoring worker is alive");
        worker.set_restored(true);
        assert!(health.readiness().is_empty());
        worker.set_connected(false);
        assert_eq!(health.readiness().to_string(), "engine-0: no Kafka broker can be reached\n");
        worker.set_connected(true);
        worker.ended();
        assert_eq!(health.readiness().to_string(), "engine-0: it has ended\n");
    }

    #[test]
    fn a_loop_that_stands_still_is_not_alive() {
        let health = Health::default();
        let (hangs, ended) = (health.register("engine-0"), health.register("engine-1"));
        hangs.beat();
        ended.ended();
        assert!(health.liveness().is_empty());
        let later = health.started.elapsed() + LATER;
        assert_eq!(health.liveness_at(later).to_string(), "engine-0: its loop has not come round for 31 s\n");
    }

    #[test]
    fn an_idle_worker_need_not_commit_but_one_with_work_must() {
        let health = Health::default();
        let worker = health.register("engine-0");
        worker.set_assigned(true);
        worker.set_restored(true);
        let later = health.started.elapsed() + LATER;
        assert!(health.readiness_at(later).is_empty(), "nothing to commit");
        worker.set_idle(false);
        assert!(health.readiness().is_empty(), "work has just begun");
        let later = health.started.elapsed() + LATER;
        assert_eq!(health.readiness_at(later).to_string(), "engine-0: it has work but has not committed for 31 s\n");
        worker.set_idle(true);
        assert!(health.readiness_at(later).is_empty());
    }
}
