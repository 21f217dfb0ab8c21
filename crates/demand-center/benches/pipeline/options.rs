//! What is measured, and with how much of it.

use clap::Parser;
use std::path::PathBuf;
use std::time::Duration;

/// Measures the pipeline against a real Kafka. `tests/bench/run` starts one and calls this.
#[derive(Clone, Debug, Parser)]
pub(crate) struct Options {
    /// Address of the broker
    #[arg(long, env = "DEMAND_TEST_BOOTSTRAP", value_name = "HOST:PORT")]
    pub(crate) bootstrap: String,
    /// The broker's process, to tell what it took of the processors
    #[arg(long, value_name = "PID")]
    pub(crate) broker_pid: Option<u32>,
    /// The broker's version, for the report
    #[arg(long, default_value = "unknown")]
    pub(crate) kafka_version: String,
    /// The revision that is measured, for the report
    #[arg(long, default_value = "unknown")]
    pub(crate) revision: String,
    /// Folder for the figures as JSON
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// How often everything is measured
    #[arg(long, default_value_t = 3, default_value_if("short", "true", "1"))]
    pub(crate) repetitions: u32,
    /// People in the system whose figures are to be read; a tenth, a fifth, and twice as many are measured as well
    #[arg(long, default_value_t = 100_000, default_value_if("short", "true", "2000"))]
    pub(crate) contacts: u64,
    /// Touchpoints of each contact in the backlog
    #[arg(long, default_value_t = 8, default_value_if("short", "true", "5"))]
    pub(crate) visits: u64,
    /// Partitions of every topic
    #[arg(long, default_value_t = 8)]
    pub(crate) partitions: u32,
    /// Touchpoints a second while the delay is measured
    #[arg(long, default_value_t = 5_000, default_value_if("short", "true", "500"))]
    pub(crate) rate: u64,
    /// Seconds at that rate before the measurement
    #[arg(long, default_value_t = 15, default_value_if("short", "true", "1"))]
    pub(crate) warm_up: u64,
    /// Seconds of the measurement
    #[arg(long, default_value_t = 60, default_value_if("short", "true", "4"))]
    pub(crate) seconds: u64,
    /// Does it work? Less of everything that is not given; the figures mean nothing
    #[arg(long)]
    pub(crate) short: bool,
    /// Given by `cargo bench`
    #[arg(long, hide = true)]
    pub(crate) bench: bool,
}

impl Options {
    /// How many people there are in each system. Few, since the engine's rows are bounded: only where all of them are
    /// in memory does one more person show there.
    pub(crate) const fn people(&self) -> [u64; 4] {
        [self.contacts / 10, self.contacts / 5, self.contacts, 2 * self.contacts]
    }

    /// How long a service must rest before what it holds is taken: longer than a store's checkpoint interval, so that
    /// what is on disk then is what stays there.
    pub(crate) const fn rest(&self) -> Duration {
        if self.short { Duration::from_secs(2) } else { Duration::from_secs(20) }
    }

    /// A run before all others.
    pub(crate) fn warm_up_run(&self) -> Self {
        let contacts = self.contacts / 10;
        Self { contacts, rate: self.rate / 2, warm_up: 1, seconds: self.warm_up, ..self.clone() }
    }
}
