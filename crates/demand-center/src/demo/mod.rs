//! The main job in one command: a simulated market sends what real tools would send, all services run in this process,
//! and the terminal shows the funnel filling. Against librdkafka's in-process broker, so that nothing needs installing,
//! or against a real Kafka.

mod broker;
mod feed;
mod pace;
mod watch;

use crate::default_playbook;
use crate::failure::{Exit, Failure};
use crate::output::talk;
use crate::service::{Running, ServiceName};
use crate::settings::{BUILT_IN_CHANNELS, OutputFormat, Settings, Ticks};
use broker::Broker;
use observe::Lifecycle;
use std::path::PathBuf;
use testbed::market::MarketSettings;
use touchpoint::Timestamp;

/// What the demo is asked to show.
#[derive(Clone, Copy, Debug)]
pub struct DemoOptions {
    /// The same seed shows the same market.
    pub seed: u64,
    /// Companies in the market.
    pub accounts: u32,
    /// Use the broker of the settings instead of the one in this process.
    pub real_kafka: bool,
    /// End when the simulated months are over, instead of waiting to be looked at.
    pub end: bool,
}

/// Runs the demo until its months are over or it is interrupted.
///
/// # Errors
/// When a service cannot start, or the broker of `real_kafka` does not answer.
pub fn run(settings: &Settings, options: DemoOptions) -> Result<Exit, Failure> {
    // Services' talk would drown the funnel; what goes wrong is still said.
    observe::logs::init(observe::LogFormat::Human, "warn,librdkafka=error")
        .map_err(|error| Failure::usage(error.to_string()).at("log.level"))?;
    let lifecycle = Lifecycle::default();
    let _signals = lifecycle.listen().map_err(|error| Failure::findings(error.to_string()))?;
    let scratch = Scratch::new()?;
    let mut settings = settings.clone();
    settings.sources = testbed::market::tool_settings();
    settings.output.format = OutputFormat::Json;
    settings.engine.ticks = Ticks::External;
    settings.state.dir = scratch.dir.join("state");
    settings.identity.hash_key_file = Some(scratch.key()?);
    settings.topics.partitions = 4;
    settings.topics.replication_factor = 1;
    settings.stream.workers = 1;
    let broker = Broker::start(&mut settings, options.real_kafka)?;
    let until = Timestamp::from_millis(observe::clock::now().as_millis());
    let mut market = MarketSettings::until(until, options.seed);
    market.accounts = options.accounts;
    market.tick_hours = 24;
    broker.activate(&settings, default_playbook::FILES, market.start)?;
    let mut services: Vec<ServiceName> = BUILT_IN_CHANNELS.map(|name| ServiceName::Ingest(name.to_owned())).to_vec();
    services.extend([ServiceName::Resolve, ServiceName::Engine]);
    let running = Running::start(&settings, &services, &lifecycle)?;
    talk(&format!(
        "broker {}  metrics http://{}/metrics\n\
         {} companies, from {} to now, at the speed of this machine. Ctrl-C ends it.\n",
        settings.kafka.bootstrap_servers,
        running.address(),
        market.accounts,
        &market.start.to_string()[..10],
    ));
    if !options.real_kafka {
        talk(
            "note: the in-process broker shows the pipeline; exactly-once and recovery are shown on a real Kafka only\n",
        );
    }
    let watch = watch::Watch::start(&settings, lifecycle.shutdown())?;
    let fed = feed::feed(&settings, market, running.metrics(), &lifecycle.shutdown())?;
    let funnel = watch.finish();
    talk(&funnel.closing(&fed, &settings));
    if !options.end && !lifecycle.shutdown().is_requested() {
        talk(&format!(
            "everything is still running, metrics at http://{}/metrics; look around, then press Ctrl-C",
            running.address()
        ));
        while !lifecycle.shutdown().wait_timeout(std::time::Duration::from_secs(3600)) {}
    }
    lifecycle.shutdown().request("the demo is over");
    Ok(if running.wait(&lifecycle) { Exit::Done } else { Exit::Findings })
}

/// A folder that goes with the demo.
struct Scratch {
    dir: PathBuf,
}

impl Scratch {
    fn new() -> Result<Self, Failure> {
        let dir = std::env::temp_dir().join(format!("demand-center-demo-{}", std::process::id()));
        std::fs::create_dir_all(&dir).map_err(|why| cannot_write(&dir, &why))?;
        Ok(Self { dir })
    }

    /// A key for this demo alone: who runs it twice meets other ids.
    fn key(&self) -> Result<PathBuf, Failure> {
        let file = self.dir.join("identity-hash-key");
        let seed = format!("{}-{}", observe::clock::now().as_millis(), std::process::id());
        let key: String = (0..4).map(|part| format!("{:016x}", fnv(&format!("{seed}-{part}")))).collect();
        std::fs::write(&file, key).map_err(|why| cannot_write(&file, &why))?;
        Ok(file)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left of it goes with the system's temporary files.
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn cannot_write(path: &std::path::Path, why: &std::io::Error) -> Failure {
    Failure::findings(format!("cannot write {}: {why}", path.display())).next("set TMPDIR to a folder with some room")
}
