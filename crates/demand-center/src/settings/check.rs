//! What the types alone cannot say: limits, names, and settings that must fit each other.

use super::key::Key;
use super::sections::{
    ChannelSettings, KafkaSettings, RegistrySettings, Settings, StateSettings, StreamSettings, TopicSettings,
};
use super::units::Span;

/// Properties that the guarantees rest on: the runtime sets them, whoever changes one loses records or doubles them.
const OURS: &[&str] = &[
    "acks",
    "allow.auto.create.topics",
    "auto.offset.reset",
    "bootstrap.servers",
    "client.id",
    "delivery.report.only.error",
    "delivery.timeout.ms",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "enable.idempotence",
    "enable.partition.eof",
    "group.id",
    "group.instance.id",
    "group.protocol",
    "heartbeat.interval.ms",
    "isolation.level",
    "max.in.flight",
    "max.in.flight.requests.per.connection",
    "max.poll.interval.ms",
    "message.max.bytes",
    "message.timeout.ms",
    "metadata.broker.list",
    "partition.assignment.strategy",
    "partitioner",
    "request.required.acks",
    "session.timeout.ms",
    "socket.timeout.ms",
    "statistics.interval.ms",
    "transaction.timeout.ms",
    "transactional.id",
];

/// Whether a property of the Kafka client is a secret, by its name.
pub(super) fn is_secret(property: &str) -> bool {
    let parts = ["password", "secret", "jaas", "ssl.key.pem", "token", "assertion.private.key.pem"];
    parts.iter().any(|part| property.contains(part)) && property != "sasl.oauthbearer.token.endpoint.url"
}

type Checked = Result<(), (Key, String)>;

/// # Errors
/// The first setting that cannot be, and why.
pub(super) fn check(settings: &Settings) -> Checked {
    kafka(&settings.kafka)?;
    registry(&settings.registry)?;
    observe::logs::check_level(&settings.log.level).or_else(|why| refuse("log.level", why.to_string()))?;
    sources(&settings.sources)?;
    stream(&settings.stream)?;
    state(&settings.state)?;
    settings.ingest.0.iter().try_for_each(|(name, channel)| ingest(name, channel))?;
    topics(&settings.topics)
}

fn kafka(kafka: &KafkaSettings) -> Checked {
    require(
        !kafka.bootstrap_servers.trim().is_empty(),
        "kafka.bootstrap_servers",
        "name a broker, as `localhost:9092`",
    )?;
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    let prefix = &kafka.topic_prefix;
    require(
        prefix.bytes().all(legal) && prefix.len() <= 100,
        "kafka.topic_prefix",
        "a topic's name is made of letters, digits, `.`, `_` and `-`; the prefix has at most 100 of them",
    )?;
    require(kafka.request_timeout >= Span::from_millis(100), "kafka.request_timeout", "at least 100ms")?;
    for (map, property) in (kafka.properties.keys().map(|name| ("properties", name)))
        .chain(kafka.property_files.keys().map(|name| ("property_files", name)))
    {
        let refuse = |why: String| Err((Key::of("kafka").child(map).child(property), why));
        if OURS.contains(&property.as_str()) {
            return refuse("the runtime sets this property itself: exactly-once rests on it; leave it out".to_owned());
        }
        if map == "properties" && is_secret(property) {
            return refuse(format!(
                "a secret comes from a file: put the path to it into kafka.property_files.\"{property}\""
            ));
        }
        if map == "property_files" && kafka.properties.contains_key(property) {
            return refuse("it stands under kafka.properties too; keep one of them".to_owned());
        }
    }
    Ok(())
}

fn registry(registry: &RegistrySettings) -> Checked {
    for url in &registry.urls {
        let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
        let host = rest.and_then(|rest| rest.split('/').next()).filter(|host| !host.is_empty());
        require(host.is_some(), "registry.urls", "an address begins with http:// or https://")?;
        require(
            host.is_none_or(|host| !host.contains('@')),
            "registry.urls",
            "no user or password in the address: they go to registry.username and registry.password_file",
        )?;
    }
    let both = registry.username.is_some() == registry.password_file.is_some();
    require(
        both,
        "registry.username",
        "user and password go together: set registry.username and registry.password_file",
    )?;
    require(
        registry.certificate_file.is_some() == registry.key_file.is_some(),
        "registry.certificate_file",
        "certificate and key go together: set registry.certificate_file and registry.key_file",
    )?;
    require(registry.request_timeout >= Span::from_millis(100), "registry.request_timeout", "at least 100ms")?;
    require(
        registry.username.is_none() || registry.token_file.is_none(),
        "registry.token_file",
        "either a token or a user with password",
    )
}

fn sources(sources: &ingest::Settings) -> Checked {
    let error = match ingest::Decoder::new(sources.clone()) {
        Ok(_) => return Ok(()),
        // A source that one of the files describes, perhaps: known when these are read.
        Err(ingest::SettingsError::UnknownSource(_)) if sources.mappings_dir.is_some() => return Ok(()),
        Err(error) => error,
    };
    // The crate names its own tables as `ingest.salesforce.status_kinds: ...`; here they stand under `sources`.
    let message = error.to_string();
    let named = message.strip_prefix("ingest.").and_then(|message| message.split_once(": "));
    let (table, why) = named.unwrap_or(("", &message));
    let table = table.split('.').filter(|part| !part.is_empty());
    Err((Key(["sources"].into_iter().chain(table).map(str::to_owned).collect()), why.to_owned()))
}

fn stream(stream: &StreamSettings) -> Checked {
    let positive = Span::from_millis(1);
    require(stream.commit_interval >= positive, "stream.commit_interval", "at least 1ms")?;
    require(stream.commit_records > 0, "stream.commit_records", "at least 1")?;
    require(stream.commit_bytes.0 > 0, "stream.commit_bytes", "at least 1B")?;
    // What brokers allow unless they were told otherwise; below 5 s a client's own time-outs leave a commit no time.
    let (least, most) = (Span::from_secs(5), Span::from_secs(15 * 60));
    require((least..=most).contains(&stream.transaction_timeout), "stream.transaction_timeout", "between 5s and 15m")?;
    require(
        (Span::from_secs(6)..=Span::from_secs(30 * 60)).contains(&stream.session_timeout),
        "stream.session_timeout",
        "between 6s and 30m",
    )?;
    require(
        stream.transaction_timeout.0 >= stream.commit_interval.0 * 10,
        "stream.transaction_timeout",
        "at least ten times stream.commit_interval, or a slow commit is aborted by the broker",
    )?;
    require(
        stream.poll_interval_max >= stream.session_timeout,
        "stream.poll_interval_max",
        "not below stream.session_timeout",
    )?;
    require((1..=64).contains(&stream.workers), "stream.workers", "between 1 and 64")?;
    require(is_name(&stream.instance), "stream.instance", "letters, digits, `-`, `_` and `.`, at most 128")
}

fn state(state: &StateSettings) -> Checked {
    let relative = "an absolute path: a service that starts in another folder would restore everything";
    require(state.dir.is_absolute(), "state.dir", relative)?;
    require(
        (Span::from_secs(1)..=Span::from_secs(3600)).contains(&state.checkpoint_interval),
        "state.checkpoint_interval",
        "between 1s and 1h",
    )?;
    require(
        state.memtables < state.block_cache,
        "state.memtables",
        "less than state.block_cache, of which it is a part",
    )
}

fn ingest(name: &str, channel: &ChannelSettings) -> Checked {
    let key = Key::of("ingest").child(name);
    let lower = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !lower || !name.starts_with(|c: char| c.is_ascii_lowercase()) || name.len() > 64 {
        return Err((key, "a channel's name begins with a-z and goes on with a-z, 0-9 and _, at most 64".to_owned()));
    }
    match channel.default_source.is_empty() {
        true => {
            Err((key.child("default_source"), "name a source; `demand-center sources list` prints them".to_owned()))
        }
        false => Ok(()),
    }
}

fn topics(topics: &TopicSettings) -> Checked {
    require((1..=1000).contains(&topics.partitions), "topics.partitions", "between 1 and 1000")?;
    require((1..=15).contains(&topics.replication_factor), "topics.replication_factor", "between 1 and 15")?;
    let hour = Span::from_secs(3600);
    require(topics.transport_retention >= hour, "topics.transport_retention", "at least 1h")?;
    require(topics.output_retention >= hour, "topics.output_retention", "at least 1h")?;
    require(topics.tombstone_retention >= hour, "topics.tombstone_retention", "at least 1h")
}

fn require(holds: bool, key: &str, otherwise: &str) -> Checked {
    if holds { Ok(()) } else { refuse(key, otherwise.to_owned()) }
}

fn refuse(key: &str, why: String) -> Checked {
    Err((Key::of(key), why))
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= 128 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}
