//! Starting services: settings in, threads running, and the end of them all.

use super::engine::{EngineProcessor, EngineTopics, TickSource};
use super::ingest::IngestTransform;
use super::playbooks::PlaybookShelf;
use super::resolve::ResolveProcessor;
use super::routing::Touchpoints;
use super::upstream::{UpstreamGroup, UpstreamTime};
use crate::failure::{Exit, Failure};
use crate::kafka;
use crate::settings::{Bytes, LogFormat, OutputFormat, Settings, Ticks};
use crate::topics::names;
use observe::{Build, Component, Health, HttpServer, Lifecycle, Metrics, Shutdown, Watchdog};
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use stream::{Fault, KafkaSettings, Relay, RelaySettings, SharedMemory, StreamSettings, Topics, Worker};
use wire::{Decoder, Encoder, OurSchema, Registry, SchemaBook, value_subject};

/// How often the watchdog looks, and how many looks in a row end the process: two minutes, eight times the longest call.
const LOOK_INTERVAL: Duration = Duration::from_secs(10);
const HANGING_LOOKS: u32 = 12;

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
        Self::start_with(settings, services, lifecycle, ::ingest::Settings::default())
    }

    /// The same, with what ingest knows of the company's tools.
    ///
    /// # Errors
    /// As [`Running::start`].
    pub fn start_with(
        settings: &Settings,
        services: &[ServiceName],
        lifecycle: &Lifecycle,
        tools: ::ingest::Settings,
    ) -> Result<Self, Failure> {
        let parts = Parts::new(settings, tools)?;
        for service in services {
            parts.check_topics(service)?;
        }
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
                worker,
                metrics: metrics.service(&service.to_string()),
                health: health.register(name.clone()),
                shutdown: lifecycle.shutdown(),
            };
            let work = starter.prepare(service)?;
            let component = lifecycle.register(name.clone(), settings.stream.stop_timeout.0);
            let thread = std::thread::Builder::new().name(name);
            let started = thread.spawn(move || end(component, work()));
            threads.push(started.map_err(|error| Failure::findings(format!("cannot start a thread: {error}")))?);
            tracing::info!(%service, worker, "started");
        }
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

/// What all services of a process share.
struct Parts<'a> {
    settings: &'a Settings,
    kafka: KafkaSettings,
    identity: identity::Settings,
    /// Of the output topics.
    outputs: Encoder,
    /// Of the internal topics.
    internal: Encoder,
    book: Arc<SchemaBook>,
    tools: ::ingest::Settings,
    memory: SharedMemory,
}

type Work = Box<dyn FnOnce() -> Result<(), Fault> + Send>;

/// One service on its way up.
struct Starter<'p, 'a> {
    parts: &'p Parts<'a>,
    /// Which of the service's threads.
    worker: usize,
    metrics: observe::ServiceMetrics,
    health: observe::WorkerHealth,
    shutdown: Shutdown,
}

impl<'a> Parts<'a> {
    fn new(settings: &'a Settings, tools: ::ingest::Settings) -> Result<Self, Failure> {
        let kafka = KafkaSettings {
            bootstrap_servers: settings.kafka.bootstrap_servers.clone(),
            properties: kafka::properties(&settings.kafka)?,
        };
        let internal = encoder(settings)?;
        let outputs = match settings.output.format {
            OutputFormat::Json => Encoder::json(),
            OutputFormat::Avro => internal.clone(),
        };
        let registry = registry(settings)?;
        let book = SchemaBook::new(registry).map_err(|error| Failure::findings(error.to_string()))?;
        Ok(Self {
            settings,
            kafka,
            identity: identity_settings(settings)?,
            outputs,
            internal,
            book: Arc::new(book),
            tools,
            memory: SharedMemory::new(bytes(settings.state.block_cache), bytes(settings.state.memtables)),
        })
    }

    fn topic(&self, name: &str) -> String {
        format!("{}{name}", self.settings.kafka.topic_prefix)
    }

    fn check_topics(&self, service: &ServiceName) -> Result<(), Failure> {
        let needs = match service {
            ServiceName::Ingest(channel) => self.relay(channel).0.topic_needs(),
            ServiceName::Resolve => self.resolve().0.topic_needs(),
            ServiceName::Engine => self.engine().0.topic_needs(),
        };
        let patience = self.settings.kafka.request_timeout.0;
        stream::check_topics(&self.kafka, &service.to_string(), &needs, patience).map(drop).map_err(|fault| {
            let failure = match &fault {
                stream::TopicsFault::Unreachable { .. } => Failure::unreachable(fault.to_string()),
                _ => Failure::findings(fault.to_string()),
            };
            failure.at(if matches!(fault, stream::TopicsFault::Unreachable { .. }) {
                "kafka.bootstrap_servers".to_owned()
            } else {
                format!("service {service}")
            })
        })
    }

    fn relay(&self, channel: &str) -> (RelaySettings, stream::Topic) {
        let service = ServiceName::Ingest(channel.to_owned()).to_string();
        let input = self.topic(&format!("{}{channel}", names::RAW));
        let mut outputs = Topics::new();
        let touchpoints = outputs.declare(self.topic(names::TOUCHPOINTS));
        let mut relay = RelaySettings::new(&service, self.kafka.clone(), vec![input]);
        relay.group = self.topic(&service);
        relay.dead_letters = self.topic(names::DEAD_LETTERS);
        relay.outputs = outputs;
        relay.commit.interval = self.settings.stream.commit_interval.0;
        relay.session_timeout = self.settings.stream.session_timeout.0;
        relay.max_poll_interval = self.settings.stream.poll_interval_max.0;
        relay.static_membership = self.settings.stream.static_membership;
        relay.instance = self.instance();
        (relay, touchpoints)
    }

    fn resolve(&self) -> (StreamSettings, stream::Topic, stream::Topic) {
        let mut outputs = Topics::new();
        let touchpoints = outputs.declare(self.topic(names::TOUCHPOINTS));
        let inbox = outputs.declare(self.topic(names::INBOX));
        (self.stateful("resolve", names::TOUCHPOINTS, names::RESOLVE_CHANGELOG, outputs), touchpoints, inbox)
    }

    fn engine(&self) -> (StreamSettings, EngineTopics, stream::Topic) {
        let mut outputs = Topics::new();
        let topics = EngineTopics {
            inbox: outputs.declare(self.topic(names::INBOX)),
            stage_transitions: outputs.declare(self.topic(names::STAGE_TRANSITIONS)),
            score_changes: outputs.declare(self.topic(names::SCORE_CHANGES)),
            contacts: outputs.declare(self.topic(names::CONTACTS)),
            accounts: outputs.declare(self.topic(names::ACCOUNTS)),
        };
        let touchpoints = outputs.declare(self.topic(names::TOUCHPOINTS));
        (self.stateful("engine", names::INBOX, names::ENGINE_CHANGELOG, outputs), topics, touchpoints)
    }

    fn stateful(&self, service: &str, input: &str, changelog: &str, outputs: Topics) -> StreamSettings {
        let chosen = &self.settings.stream;
        let mut stream = StreamSettings::new(service, self.kafka.clone(), &self.topic(input));
        stream.group = self.topic(service);
        stream.instance = self.instance();
        stream.static_membership = chosen.static_membership;
        stream.transactional_id_prefix = self.settings.kafka.topic_prefix.trim_end_matches('.').to_owned();
        stream.changelog = self.topic(changelog);
        stream.dead_letters = self.topic(names::DEAD_LETTERS);
        stream.outputs = outputs;
        let state = &self.settings.state;
        stream.state_dir.clone_from(&state.dir);
        stream.store.buffer_bytes_per_partition = bytes(state.row_buffer);
        stream.store.checkpoint_interval = state.checkpoint_interval.0;
        stream.close_deadline = chosen.stop_timeout.0;
        stream.commit.interval = chosen.commit_interval.0;
        stream.commit.records = chosen.commit_records as usize;
        stream.commit.bytes = bytes(chosen.commit_bytes);
        stream.transaction_timeout = chosen.transaction_timeout.0;
        stream.session_timeout = chosen.session_timeout.0;
        stream.max_poll_interval = chosen.poll_interval_max.0;
        stream
    }

    fn instance(&self) -> String {
        self.settings.stream.instance.clone()
    }

    fn decoder(&self) -> Result<Decoder, Failure> {
        Decoder::new(Arc::clone(&self.book)).map_err(|error| Failure::findings(error.to_string()))
    }
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
        let Self { parts, worker, metrics, health, shutdown } = self;
        let (mut settings, topic) = parts.relay(channel);
        settings.worker = worker;
        let default_source = parts.settings.ingest.0.get(channel).map(|set| set.default_source.clone());
        let default_source = default_source.unwrap_or_else(|| "canonical".to_owned());
        let decoder = ::ingest::Decoder::new(parts.tools.clone())
            .map_err(|error| Failure::usage(error.to_string()).at(format!("ingest.{channel}")))?;
        let touchpoints = Touchpoints { topic, encoder: parts.internal.clone() };
        let router = identity::Router::new(parts.identity.clone());
        let transform =
            IngestTransform::new(channel, &default_source, decoder, router, parts.decoder()?, touchpoints, &metrics);
        Ok(Box::new(move || Relay::connect(settings, transform, &metrics, health, shutdown)?.run()))
    }

    fn resolve(self) -> Result<Work, Failure> {
        let Self { parts, worker, metrics, health, shutdown } = self;
        let (mut settings, topic, inbox) = parts.resolve();
        settings.worker = worker;
        let touchpoints = Touchpoints { topic, encoder: parts.internal.clone() };
        let router = identity::Router::new(parts.identity.clone());
        let processor = ResolveProcessor::new(router, parts.decoder()?, touchpoints, inbox, &metrics);
        let memory = parts.memory.clone();
        Ok(Box::new(move || Worker::connect(settings, processor, &metrics, health, shutdown, memory)?.run()))
    }

    fn engine(self) -> Result<Work, Failure> {
        let Self { parts, worker, metrics, health, shutdown } = self;
        let (mut settings, topics, touchpoints) = parts.engine();
        settings.worker = worker;
        let client = kafka::admin_config(&parts.settings.kafka)?;
        let timeout = parts.settings.kafka.request_timeout.0;
        let shelf = PlaybookShelf::new(client.clone(), parts.topic(names::PLAYBOOKS), timeout);
        let touchpoints = Touchpoints { topic: touchpoints, encoder: parts.internal.clone() };
        let (ticks, watcher) = match parts.settings.engine.ticks {
            Ticks::External => (TickSource::External, None),
            Ticks::Wall => {
                let (time, thread) = UpstreamTime::start(&client, &upstream(parts), timeout)
                    .map_err(|error| Failure::findings(format!("cannot watch upstream: {error}")))?;
                (TickSource::Wall(Arc::clone(&time)), Some((time, thread)))
            }
        };
        let processor = EngineProcessor::new(shelf, topics, parts.outputs.clone(), touchpoints, ticks, &metrics);
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

fn bytes(setting: Bytes) -> usize {
    usize::try_from(setting.0).unwrap_or(usize::MAX)
}

/// Every group before the engine, in the order of the pipeline.
fn upstream(parts: &Parts<'_>) -> Vec<UpstreamGroup> {
    let channels = parts.settings.ingest.0.keys();
    let mut groups: Vec<UpstreamGroup> = channels
        .map(|channel| UpstreamGroup {
            group: parts.topic(&ServiceName::Ingest(channel.clone()).to_string()),
            topic: parts.topic(&format!("{}{channel}", names::RAW)),
        })
        .collect();
    groups.push(UpstreamGroup { group: parts.topic("resolve"), topic: parts.topic(names::TOUCHPOINTS) });
    groups
}

/// Whether an answer came from a registry, and how to ask it.
fn registry(settings: &Settings) -> Result<Option<Registry>, Failure> {
    let chosen = &settings.registry;
    if chosen.urls.is_empty() {
        return Ok(None);
    }
    let mut registry = wire::RegistrySettings::new(chosen.urls.iter().cloned());
    registry.cache_dir = Some(settings.state.dir.join("schemas"));
    registry.credentials = match (&chosen.token_file, &chosen.username, &chosen.password_file) {
        (Some(token), _, _) => wire::Credentials::Bearer(token.clone()),
        (None, Some(user), Some(password_file)) => {
            wire::Credentials::Basic { user: user.clone(), password_file: password_file.clone() }
        }
        (None, _, _) => wire::Credentials::None,
    };
    Registry::new(registry).map(Some).map_err(|error| Failure::usage(error.to_string()).at("registry"))
}

/// Avro by the registry's ids where there is one, else single objects.
fn encoder(settings: &Settings) -> Result<Encoder, Failure> {
    let prefix = &settings.kafka.topic_prefix;
    match registry(settings)? {
        Some(registry) => {
            Encoder::registered(&registry, |schema| value_subject(&format!("{prefix}{}", topic_of(schema)))).map_err(
                |error| {
                    Failure::unreachable(error.to_string())
                        .at("registry.urls")
                        .next("start the registry or correct the address; without one, leave registry.urls empty")
                },
            )
        }
        None => Encoder::single_object().map_err(|error| Failure::findings(error.to_string())),
    }
}

/// The topic that a schema's records stand on.
const fn topic_of(schema: OurSchema) -> &'static str {
    match schema {
        OurSchema::Touchpoint => names::TOUCHPOINTS,
        OurSchema::StageTransition => names::STAGE_TRANSITIONS,
        OurSchema::ScoreChange => names::SCORE_CHANGES,
        OurSchema::Contact => names::CONTACTS,
        OurSchema::Account => names::ACCOUNTS,
    }
}

fn identity_settings(settings: &Settings) -> Result<identity::Settings, Failure> {
    let next = "make one with `openssl rand -hex 32 >FILE`, keep it safe, and name it in identity.hash_key_file";
    let Some(file) = &settings.identity.hash_key_file else {
        return Err(Failure::usage("the key of the identifiers' hashes is not set")
            .at("identity.hash_key_file")
            .next(next));
    };
    let text = std::fs::read_to_string(file).map_err(|why| {
        Failure::usage(format!("cannot read {}: {why}", file.display())).at("identity.hash_key_file").next(next)
    })?;
    let secret = secret(text.trim()).ok_or_else(|| {
        let what = format!("{} does not hold 32 bytes as 64 hexadecimal digits", file.display());
        Failure::usage(what).at("identity.hash_key_file").next(next)
    })?;
    let mut identity = identity::Settings::new(identity::HashKey::new(secret));
    identity.tracking_default = settings.identity.tracking_default;
    Ok(identity)
}

fn secret(text: &str) -> Option<[u8; 32]> {
    let mut secret = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (at, byte) in secret.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(secret)
}
