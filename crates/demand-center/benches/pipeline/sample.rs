//! One service at one moment: what it says of itself, and what it has used.

use crate::machine;
use crate::page::Page;
use crate::support::{PATIENCE, System};
use std::time::{Duration, Instant};

/// Looks at a service often enough that a look more or less does not show, and seldom enough to cost nothing.
pub(crate) const LOOK: Duration = Duration::from_millis(200);

/// Whom to look at.
#[derive(Clone, Debug)]
pub(crate) struct Watched {
    pub(crate) name: String,
    pub(crate) pid: u32,
    pub(crate) broker_pid: Option<u32>,
}

#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) page: Page,
    /// Processor seconds of the service, of its worker's thread, of the broker, and of this program.
    cpu: f64,
    worker_cpu: f64,
    broker_cpu: f64,
    own_cpu: f64,
    /// Of all cores.
    idle: f64,
}

/// What was used between two samples.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Used {
    pub(crate) seconds: f64,
    pub(crate) cpu: f64,
    pub(crate) worker_cpu: f64,
    pub(crate) broker_cpu: f64,
    pub(crate) own_cpu: f64,
    /// By everybody, whether they belong here or not.
    pub(crate) machine_cpu: f64,
}

impl Watched {
    pub(crate) fn new(system: &System, name: &str, broker_pid: Option<u32>) -> Self {
        Self { name: name.to_owned(), pid: system.process_id(name), broker_pid }
    }

    /// # Panics
    /// When the service does not answer.
    pub(crate) fn look(&self, system: &System) -> Sample {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let at = Instant::now();
            let (status, text) = system.get(&self.name, "/metrics");
            if status == 200 {
                return Sample {
                    page: Page::parse(at, &text),
                    cpu: machine::cpu_seconds(self.pid),
                    worker_cpu: machine::thread_cpu_seconds(self.pid, &format!("{}-0", self.name)),
                    broker_cpu: self.broker_pid.map_or(0.0, machine::cpu_seconds),
                    own_cpu: machine::cpu_seconds(std::process::id()),
                    idle: machine::idle_seconds(),
                };
            }
            // It is starting.
            assert!(at < deadline, "{} shows no metrics", self.name);
            std::thread::sleep(LOOK / 4);
        }
    }
}

impl Sample {
    /// Records of the service's input that are committed.
    pub(crate) fn consumed(&self) -> f64 {
        self.page.sum("demand_center_records_consumed_total", "")
    }

    /// Touchpoints that have come out of the service and are committed.
    pub(crate) fn touchpoints(&self, service: &str) -> f64 {
        match service {
            "resolve" | "engine" => self.page.sum("demand_center_arrival_delay_seconds_count", ""),
            _ => self.consumed(),
        }
    }

    pub(crate) fn since(&self, before: &Self) -> Used {
        let seconds = (self.page.at - before.page.at).as_secs_f64();
        Used {
            seconds,
            cpu: self.cpu - before.cpu,
            worker_cpu: self.worker_cpu - before.worker_cpu,
            broker_cpu: self.broker_cpu - before.broker_cpu,
            own_cpu: self.own_cpu - before.own_cpu,
            machine_cpu: seconds * machine::cores() as f64 - (self.idle - before.idle),
        }
    }
}
