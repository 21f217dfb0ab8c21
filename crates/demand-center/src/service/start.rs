//! Starting services: settings in, threads running, and the end of them all.

use super::engine::{EngineProcessor, TickSource};
use super::ingest::IngestTransform;
use super::letters;
use super::parts::{Forms, Parts};
use super::playbooks::PlaybookShelf;
use super::resolve::ResolveProcessor;
use super::reviews::Reviews;
use super::routing::Touchpoints;
use super::upstream::UpstreamTime;
use crate::failure::{Exit, Failure};
use crate::kafka;
use crate::settings::{LogFormat, Settings, Ticks};
use crate::topics::names;
use observe::{Build, Component, Health, HttpServer, Lifecycle, Metrics, Shutdown, Watchdog};
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use stream::{Fault, Relay, Worker};

/// How often the watchdog looks, and how many looks in a row end the process: two minutes, several times the longest call.
const LOOK_INTERVAL: Duration = Duration::from_secs(10);
const HANGING_LOOKS: u32 = 12;
/// The clients have `stream.stop_timeout` to close; so much later the worker has ended whether they did or not.
const CLOSE_GRACE: Duration = Duration::from_secs(5);

/// A service of the pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServiceName {
    /// One channel's raw records.
    Ingest(String),
    Resolve,
    Engine,
}

impl fmt::Display for ServiceName {
    /// As in metrics, consumer groups and client ids.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ingest(channel) => write!(f, "ingest-{channel}"),
            Self::Resolve => f.write_str("resolve"),
            Self::Engine => f.write_str("engine"),
        }
    }
}

/// Runs services until they are asked to stop, or one of them cannot go on.
///
/// # Errors
/// When a setting, the cluster or the registry keeps one from starting.
pub fn run(settings: &Settings, services: &[ServiceName]) -> Result<Exit, Failure> {
    let format = match settings.log.format {
        LogFormat::Human => observe::LogFormat::Human,
        LogFormat::Json => observe::LogFormat::Json,
    };
    observe::logs::init(format, &settings.log.level)
        .map_err(|error| Failure::usage(error.to_string()).at("log.level"))?;
    let lifecycle = Lifecycle::default();
    let _signals = lifecycle.listen().map_err(|error| Failure::findings(error.to_string()))?;
    let running = Running::start(settings, services, &lifecycle)?;
    Ok(if running.wait(&lifecycle) { Exit::Done } else { Exit::Findings })
}

/// Services at work in this process.
#[derive(Debug)]
pub struct Running {
    threads: Vec<JoinHandle<()>>,
    /// Metrics and health; ends when dropped.
    http: HttpServer,
    metrics: Metrics,
}

impl Running {
    /// Starts services; each ends when the life cycle says so.
    ///
    /// # Errors
    /// When a setting, the cluster or the registry keeps one from starting.
    pub fn start(settings: &Settings, services: &[ServiceName], lifecycle: &Lifecycle) -> Result<Self, Failure> {
        let parts = Parts::new(settings)?;
        for service in services {
            parts.check_topics(service)?;
            if !matches!(service, ServiceName::Ingest(_)) {
                parts.state_folder(service)?;
            }
        }
        let forms = Forms::new(settings)?;
        let health = Health::default();
        let commit = option_env!("DEMAND_COMMIT").unwrap_or("unknown");
        let metrics = Metrics::new(Build { version: env!("CARGO_PKG_VERSION"), commit })
            .map_err(|error| Failure::findings(error.to_string()))?;
        let http = HttpServer::start(settings.http.listen, metrics.clone(), health.clone()).map_err(|error| {
            let next = "choose another port: --set http.listen=127.0.0.1:PORT";
            Failure::usage(error.to_string()).at("http.listen").next(next)
        })?;
        tracing::info!(address = %http.address(), "metrics and health");
        let mut threads = Vec::new();
        let workers = settings.stream.workers.max(1) as usize;
        for (service, worker) in services.iter().flat_map(|service| (0..workers).map(move |worker| (service, worker))) {
            let name = format!("{service}-{worker}");
            let starter = Starter {
                parts: &parts,
                forms: &forms,
                worker,
                metrics: metrics.service(&service.to_string()),
                health: health.register(name.clone()),
                shutdown: lifecycle.shutdown(),
            };
            let work = starter.prepare(service)?;
            let component = lifecycle.register(name.clone(), settings.stream.stop_timeout.0 + CLOSE_GRACE);
            let thread = std::thread::Builder::new().name(name);
            let started = thread.spawn(move || end(component, work()));
            threads.push(started.map_err(|error| Failure::findings(format!("cannot start a thread: {error}")))?);
            tracing::info!(%service, worker, "started");
        }
        let named = services.iter().map(|service| (service.to_string(), metrics.service(&service.to_string())));
        letters::follow(settings, named.collect(), lifecycle.shutdown())?;
        watch_over(health, lifecycle.shutdown())?;
        Ok(Self { threads, http, metrics })
    }

    /// What the services count.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Where metrics and health are served.
    pub fn address(&self) -> SocketAddr {
        self.http.address()
    }

    /// Waits for the end of all. True when it was a good one.
    pub fn wait(self, lifecycle: &Lifecycle) -> bool {
        let ending = lifecycle.wait();
        for (component, reason) in &ending.failed {
            tracing::error!(component, reason, "ended by a fault");
        }
        for component in &ending.overrun {
            tracing::error!(component, "did not end in time");
        }
        if ending.overrun.is_empty() {
            // A thread that panicked has told so as a failed component.
            self.threads.into_iter().for_each(|thread| drop(thread.join()));
        }
        tracing::info!(cause = ending.cause, "stopped");
        ending.is_clean()
    }
}

/// Ends the process when a worker hangs: its partitions go to others, and a supervisor starts it again. Nothing is lost
/// by it, and nothing else would end such a wait.
fn watch_over(health: Health, shutdown: Shutdown) -> Result<(), Failure> {
    let mut watchdog = Watchdog::new(health, HANGING_LOOKS);
    let thread = std::thread::Builder::new().name("watchdog".to_owned()).spawn(move || {
        while !shutdown.wait_timeout(LOOK_INTERVAL) {
            if let Some(worker) = watchdog.look() {
                let code = "worker_hangs";
                tracing::error!(code, worker, "its loop has not come round for two minutes; ending the process");
                shutdown.request(&format!("{worker} hangs"));
            }
        }
    });
    thread.map(drop).map_err(|error| Failure::findings(format!("cannot start a thread: {error}")))
}

fn end(component: Component, result: Result<(), Fault>) {
    match result {
        Ok(()) => component.finished(),
        Err(fault) => component.failed(fault),
    }
}

type Work = Box<dyn FnOnce() -> Result<(), Fault> + Send>;

/// One service on its way up.
struct Starter<'p, 'a> {
    parts: &'p Parts<'a>,
    forms: &'p Forms,
    /// Which of the service's threads.
    worker: usize,
    metrics: observe::ServiceMetrics,
    health: observe::WorkerHealth,
    shutdown: Shutdown,
}

impl Starter<'_, '_> {
    fn prepare(self, service: &ServiceName) -> Result<Work, Failure> {
        match service {
            ServiceName::Ingest(channel) => self.ingest(channel),
            ServiceName::Resolve => self.resolve(),
            ServiceName::Engine => self.engine(),
        }
    }

    fn ingest(self, channel: &str) -> Result<Work, Failure> {
        let Self { parts, forms, worker, metrics, health, shutdown } = self;
        let (mut settings, topic) = parts.relay(channel);
        settings.worker = worker;
        let default_source = parts.settings.ingest.0.get(channel).map(|set| set.default_source.clone());
        let default_source = default_source.unwrap_or_else(|| "canonical".to_owned());
        let sources = parts.sources(&metrics, &shutdown)?;
        let touchpoints = Touchpoints { topic, encoder: forms.internal.clone() };
        let router = identity::Router::new(parts.identity.clone());
        let transform =
            IngestTransform::new(channel, &default_source, sources, router, forms.decoder()?, touchpoints, &metrics);
        Ok(Box::new(move || Relay::connect(settings, transform, &metrics, health, shutdown)?.run()))
    }

    fn resolve(self) -> Result<Work, Failure> {
        let Self { parts, forms, worker, metrics, health, shutdown } = self;
        let (mut settings, [topic, inbox, reviews]) = parts.resolve();
        settings.worker = worker;
        let touchpoints = Touchpoints { topic, encoder: forms.internal.clone() };
        let router = identity::Router::new(parts.identity.clone());
        let reviews =
            Reviews { topic: reviews, encoder: forms.outputs.clone(), hash_key: parts.identity.hash_key.clone() };
        let processor = ResolveProcessor::new(router, forms.decoder()?, touchpoints, inbox, reviews, &metrics);
        let memory = parts.memory.clone();
        Ok(Box::new(move || Worker::connect(settings, processor, &metrics, health, shutdown, memory)?.run()))
    }

    fn engine(self) -> Result<Work, Failure> {
        let Self { parts, forms, worker, metrics, health, shutdown } = self;
        let (mut settings, topics, touchpoints) = parts.engine();
        settings.worker = worker;
        let client = kafka::admin_config(&parts.settings.kafka)?;
        let timeout = parts.settings.kafka.request_timeout.0;
        let shelf = PlaybookShelf::new(client.clone(), parts.topic(names::PLAYBOOKS), parts.topic("engine"), timeout);
        let touchpoints = Touchpoints { topic: touchpoints, encoder: forms.internal.clone() };
        let (ticks, watcher) = match parts.settings.engine.ticks {
            Ticks::External => (TickSource::External, None),
            Ticks::Wall => {
                let (ingest, owners) = parts.upstream();
                let (time, thread) = UpstreamTime::start(&client, &ingest, owners, timeout)
                    .map_err(|error| Failure::findings(format!("cannot watch upstream: {error}")))?;
                (TickSource::Wall(Arc::clone(&time)), Some((time, thread)))
            }
        };
        let processor = EngineProcessor::new(shelf, topics, forms.outputs.clone(), touchpoints, ticks, &metrics);
        let memory = parts.memory.clone();
        Ok(Box::new(move || {
            let worker = Worker::connect(settings, processor, &metrics, health, shutdown, memory);
            let result = worker.and_then(Worker::run);
            if let Some((time, thread)) = watcher {
                time.stop();
                thread.thread().unpark();
                // It only looks; a panic there stops time, which the lag of partition time shows.
                drop(thread.join());
            }
            result
        }))
    }
}
