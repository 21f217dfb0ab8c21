//! What the settings say, in the words of the parts that services are made of.

use super::engine::EngineTopics;
use super::mappings::{self, InForce};
use super::start::ServiceName;
use super::upstream::UpstreamGroup;
use crate::failure::Failure;
use crate::kafka::{self, Cluster};
use crate::registry;
use crate::settings::{Bytes, OutputFormat, Settings, Ticks};
use crate::topics::{TopicPlan, names, require_config};
use observe::{ServiceMetrics, Shutdown};
use std::cell::{Cell, OnceCell};
use std::sync::Arc;
use stream::{
    CommitLimits, KafkaSettings, RelaySettings, SharedMemory, StreamSettings, TopicNeed, Topics, TopicsFault,
};
use wire::{Decoder, Encoder, SchemaBook};

/// What all services of a process share, from the settings alone.
pub(super) struct Parts<'a> {
    pub(super) settings: &'a Settings,
    pub(super) identity: identity::Settings,
    pub(super) memory: SharedMemory,
    kafka: KafkaSettings,
    /// What records become touchpoints by, once an ingest service has asked for it.
    sources: OnceCell<InForce>,
    /// Whether the topics' configuration was found to be as planned.
    compared: Cell<bool>,
}

/// In which form records are read and written; a registry is asked for it.
pub(crate) struct Forms {
    /// Of the output topics.
    pub(crate) outputs: Encoder,
    /// Of the internal topics.
    pub(super) internal: Encoder,
    book: Arc<SchemaBook>,
}

impl<'a> Parts<'a> {
    /// # Errors
    /// When a file that the settings name cannot be used.
    pub(super) fn new(settings: &'a Settings) -> Result<Self, Failure> {
        let kafka = KafkaSettings {
            bootstrap_servers: settings.kafka.bootstrap_servers.clone(),
            properties: kafka::properties(&settings.kafka)?,
        };
        let identity = identity_settings(settings)?;
        let memory = SharedMemory::new(bytes(settings.state.block_cache), bytes(settings.state.memtables));
        Ok(Self { settings, identity, memory, kafka, sources: OnceCell::new(), compared: Cell::new(false) })
    }

    /// The sources in force; one folder for all services of the process.
    ///
    /// # Errors
    /// When the folder of mapping files cannot be used.
    pub(super) fn sources(&self, metrics: &ServiceMetrics, shutdown: &Shutdown) -> Result<InForce, Failure> {
        if let Some(have) = self.sources.get() {
            return Ok(Arc::clone(have));
        }
        let followed = mappings::follow(self.settings, metrics, shutdown.clone())?;
        Ok(Arc::clone(self.sources.get_or_init(|| followed)))
    }

    pub(super) fn topic(&self, name: &str) -> String {
        format!("{}{name}", self.settings.kafka.topic_prefix)
    }

    /// Holds that the topics of a service are there and as it needs them.
    ///
    /// # Errors
    /// With the topic and the next step.
    pub(super) fn check_topics(&self, service: &ServiceName) -> Result<(), Failure> {
        let needs = match service {
            ServiceName::Ingest(channel) => self.relay(channel).0.topic_needs(),
            ServiceName::Resolve => self.resolve().0.topic_needs(),
            ServiceName::Engine => {
                let playbooks = TopicNeed::with_partitions(self.topic(names::PLAYBOOKS), 1);
                self.engine().0.topic_needs().into_iter().chain([playbooks]).collect()
            }
        };
        let patience = self.settings.kafka.request_timeout.0;
        stream::check_topics(&self.kafka, &service.to_string(), &needs, patience).map_err(|fault| match &fault {
            TopicsFault::Unreachable { .. } => Failure::unreachable(fault.to_string())
                .at("kafka.bootstrap_servers")
                .next("start the broker or correct the address; behind TLS or SASL look at kafka.properties"),
            TopicsFault::Settings(_) => Failure::usage(fault.to_string())
                .at("kafka.properties")
                .next("correct the property; `demand-center config show --origin` says where each value comes from"),
            _ => Failure::findings(fault.to_string()).at(format!("service {service}")),
        })?;
        // The in-process broker of the demo has no configuration to tell.
        if self.settings.engine.ticks == Ticks::External { Ok(()) } else { self.check_config(&needs) }
    }

    /// A changelog that is not compacted would lose rows weeks later.
    fn check_config(&self, needs: &[TopicNeed]) -> Result<(), Failure> {
        let topics: Vec<&str> = needs.iter().map(|need| need.name.as_str()).collect();
        match Cluster::connect(&self.settings.kafka)?.topics(&topics) {
            Ok(found) => {
                require_config(&TopicPlan::new(self.settings), &topics, &found)?;
                self.compared.set(true);
                Ok(())
            }
            // It takes a right that a service can do without (DescribeConfigs), and a broker that can tell.
            Err(failure) => {
                tracing::info!(reason = failure.message, "the topics' configuration was not compared with the plan");
                Ok(())
            }
        }
    }

    pub(super) fn relay(&self, channel: &str) -> (RelaySettings, stream::Topic) {
        let service = ServiceName::Ingest(channel.to_owned()).to_string();
        let input = self.topic(&format!("{}{channel}", names::RAW));
        let chosen = &self.settings.stream;
        let mut outputs = Topics::new();
        let touchpoints = outputs.declare(self.topic(names::TOUCHPOINTS));
        let mut relay = RelaySettings::new(&service, self.kafka.clone(), vec![input]);
        relay.group = self.topic(&service);
        relay.dead_letters = self.topic(names::DEAD_LETTERS);
        relay.outputs = outputs;
        relay.commit = self.commit();
        relay.session_timeout = chosen.session_timeout.0;
        relay.max_poll_interval = chosen.poll_interval_max.0;
        relay.accept_lost_input = chosen.accept_lost_input;
        relay.close_deadline = chosen.stop_timeout.0;
        relay.instance.clone_from(&chosen.instance);
        (relay, touchpoints)
    }

    /// Looks that a service's state has a folder before the service takes its place: one that cannot work must not end
    /// one that does.
    pub(super) fn state_folder(&self, service: &ServiceName) -> Result<(), Failure> {
        let folder = self.settings.state.dir.join(service.to_string());
        let unwritable = |why: std::io::Error| {
            Failure::usage(format!("state cannot be kept in {}: {why}", folder.display()))
                .at("state.dir")
                .next("name a folder on a disk of its own that this user may write")
        };
        std::fs::create_dir_all(&folder).map_err(unwritable)?;
        let trial = folder.join(format!(".writable-{}", std::process::id()));
        std::fs::write(&trial, b"").and_then(|()| std::fs::remove_file(&trial)).map_err(unwritable)
    }

    pub(super) fn resolve(&self) -> (StreamSettings, [stream::Topic; 3]) {
        let mut outputs = Topics::new();
        let touchpoints = outputs.declare(self.topic(names::TOUCHPOINTS));
        let inbox = outputs.declare(self.topic(names::INBOX));
        let reviews = outputs.declare(self.topic(names::REVIEWS));
        let topics = [touchpoints, inbox, reviews];
        (self.stateful("resolve", names::TOUCHPOINTS, names::RESOLVE_CHANGELOG, outputs), topics)
    }

    pub(super) fn engine(&self) -> (StreamSettings, EngineTopics, stream::Topic) {
        let mut outputs = Topics::new();
        let topics = EngineTopics {
            inbox: outputs.declare(self.topic(names::INBOX)),
            stage_transitions: outputs.declare(self.topic(names::STAGE_TRANSITIONS)),
            score_changes: outputs.declare(self.topic(names::SCORE_CHANGES)),
            segment_changes: outputs.declare(self.topic(names::SEGMENT_CHANGES)),
            actions: outputs.declare(self.topic(names::ACTIONS)),
            handoffs: outputs.declare(self.topic(names::HANDOFFS)),
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
        stream.instance.clone_from(&chosen.instance);
        stream.static_membership = chosen.static_membership;
        stream.transactional_id_prefix = self.settings.kafka.topic_prefix.clone();
        stream.changelog = self.topic(changelog);
        stream.dead_letters = self.topic(names::DEAD_LETTERS);
        stream.outputs = outputs;
        let state = &self.settings.state;
        stream.state_dir.clone_from(&state.dir);
        stream.store.buffer_bytes_per_partition = bytes(state.row_buffer);
        stream.store.checkpoint_interval = state.checkpoint_interval.0;
        if self.compared.get() {
            // The changelog is as planned: a tombstone stays so long. What clocks differ is left free.
            stream.store.tombstones_kept = self.settings.topics.tombstone_retention.0 * 9 / 10;
        }
        stream.accept_lost_input = chosen.accept_lost_input;
        stream.close_deadline = chosen.stop_timeout.0;
        stream.commit = self.commit();
        stream.transaction_timeout = chosen.transaction_timeout.0;
        stream.session_timeout = chosen.session_timeout.0;
        stream.max_poll_interval = chosen.poll_interval_max.0;
        stream
    }

    fn commit(&self) -> CommitLimits {
        let chosen = &self.settings.stream;
        CommitLimits {
            interval: chosen.commit_interval.0,
            records: chosen.commit_records as usize,
            bytes: bytes(chosen.commit_bytes),
        }
    }

    /// Every group before the engine: those of ingest, and resolve's.
    pub(super) fn upstream(&self) -> (Vec<UpstreamGroup>, UpstreamGroup) {
        let of_channel = |channel: &String| UpstreamGroup {
            group: self.topic(&ServiceName::Ingest(channel.clone()).to_string()),
            topic: self.topic(&format!("{}{channel}", names::RAW)),
        };
        let owners = UpstreamGroup { group: self.topic("resolve"), topic: self.topic(names::TOUCHPOINTS) };
        (self.settings.ingest.0.keys().map(of_channel).collect(), owners)
    }
}

impl Forms {
    /// With a registry: Avro by its ids, our schemas registered. Without: Avro as single objects. The output topics are
    /// JSON where the settings say so.
    ///
    /// # Errors
    /// When the registry does not answer, or refuses.
    pub(crate) fn new(settings: &Settings) -> Result<Self, Failure> {
        let registry = registry::registry(settings, Some(settings.state.dir.join("schemas")))?;
        let internal = match &registry {
            Some(registry) => Encoder::registered(registry, |schema| registry::subject(settings, schema))
                .map_err(|error| registry::failure(&error))?,
            None => Encoder::single_object().map_err(|error| Failure::findings(error.to_string()))?,
        };
        let outputs = match settings.output.format {
            OutputFormat::Json => Encoder::json(),
            OutputFormat::Avro => internal.clone(),
        };
        Ok(Self { outputs, internal, book: Arc::new(registry::schema_book(settings, registry)?) })
    }

    /// # Errors
    /// Never for the schemas as committed.
    pub(crate) fn decoder(&self) -> Result<Decoder, Failure> {
        Decoder::new(Arc::clone(&self.book)).map_err(|error| Failure::findings(error.to_string()))
    }
}

fn bytes(setting: Bytes) -> usize {
    usize::try_from(setting.0).unwrap_or(usize::MAX)
}

fn identity_settings(settings: &Settings) -> Result<identity::Settings, Failure> {
    let next = "make one with `openssl rand -hex 32 >FILE`, keep it safe, and name it in identity.hash_key_file";
    let Some(file) = settings.identity.hash_key_file.as_ref().filter(|file| !file.as_os_str().is_empty()) else {
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
