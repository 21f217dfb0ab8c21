//! Every librdkafka property that the runtime sets, and why. Order: our defaults, the deployment's properties, what
//! correctness rests on. (Never copy a `ClientConfig` through `config_map`: it blanks the passwords.)

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;

use crate::settings::{KafkaSettings, RelaySettings, StreamSettings};

/// Largest record that a processor may send: what a broker takes by default.
pub(crate) const OUTPUT_BYTES_MAX: usize = 1_000_000;
/// Largest record at all: a dead letter is an input of any size, with headers and reasons. Topics limit what is sent,
/// compressed, and the client what is not: five megabytes of JSON come in as a hundred kilobytes and have to go out. The
/// dead-letter topic's `max.message.bytes` must allow what the raw topics' does, with room for the headers.
const RECORD_BYTES_MAX: usize = 64 << 20;

/// The consumer of a stateful worker.
pub(crate) fn worker_consumer(settings: &StreamSettings) -> ClientConfig {
    let mut config = group_consumer(&settings.kafka, &settings.member(), &settings.group);
    membership(&mut config, settings.session_timeout, settings.max_poll_interval);
    if settings.static_membership {
        config.set("group.instance.id", settings.member());
    }
    // Positions come from the changelog's marker; a position that Kafka does not have is a fault, never a jump.
    config.set("auto.offset.reset", "error");
    config
}

/// The consumer of a relay.
pub(crate) fn relay_consumer(settings: &RelaySettings) -> ClientConfig {
    let mut config = group_consumer(&settings.kafka, &settings.member(), &settings.group);
    // No name in the group: nothing is kept that would make it worth while to wait for a member, and so any number of
    // processes may run with the same settings.
    membership(&mut config, settings.session_timeout, settings.max_poll_interval);
    // Where to begin is said at the assignment; a position that Kafka does not have is a loss, never a jump.
    config.set("auto.offset.reset", "error");
    config
}

/// The transactional producer of a stateful worker.
pub(crate) fn transactional_producer(settings: &StreamSettings) -> ClientConfig {
    // Nothing is seen before the commit, whose flush does not linger: few large batches cost the broker least.
    let mut config = producer(&settings.kafka, &settings.member(), "50");
    let timeout = settings.transaction_timeout;
    config
        .set("transactional.id", settings.transactional_id())
        .set("transaction.timeout.ms", millis(timeout))
        // Both must end before the transaction does.
        .set("message.timeout.ms", millis(timeout * 2 / 3))
        .set("socket.timeout.ms", millis(socket_timeout(timeout)))
        // Request time-outs, retries and disconnects make the producer suspect.
        .set("statistics.interval.ms", "1000");
    config
}

/// How long a request may take before the client gives it up; more than this it does not take.
const SOCKET_TIMEOUT_MAX: Duration = Duration::from_secs(300);

pub(crate) fn socket_timeout(transaction_timeout: Duration) -> Duration {
    (transaction_timeout * 2 / 3).min(SOCKET_TIMEOUT_MAX)
}

/// The idempotent producer of a relay.
pub(crate) fn relay_producer(settings: &RelaySettings) -> ClientConfig {
    let mut config = producer(&settings.kafka, &settings.member(), "5");
    config.set("enable.idempotence", "true").set("message.timeout.ms", millis(settings.delivery_timeout));
    config
}

/// Reads a changelog: committed data only, in a group that it never joins (so that it may ask for its offsets).
pub(crate) fn restore_consumer(settings: &StreamSettings) -> ClientConfig {
    let mut config = group_consumer(&settings.kafka, &format!("{}-restore", settings.member()), &settings.group);
    config
        .set("auto.offset.reset", "error")
        // The end of the replay: positions do not move over control records and aborted data at the end of a log.
        .set("enable.partition.eof", "true")
        .set("fetch.wait.max.ms", "10")
        // One partition at a time, small records, nothing else to do: bounded by bytes only.
        .set("queued.min.messages", "1000000")
        .set("fetch.message.max.bytes", "4194304")
        .set("fetch.queue.backoff.ms", "1")
        .set("statistics.interval.ms", "0");
    config
}

/// Asks for end offsets as a read_uncommitted client sees them. (`query_watermark_offsets` follows the client's
/// isolation level, and the last stable offset may lie before the last commit: KAFKA-10167.)
pub(crate) fn end_offsets(settings: &StreamSettings) -> ClientConfig {
    let mut config = client_with(&settings.kafka, &format!("{}-ends", settings.member()), &[]);
    config.set("isolation.level", "read_uncommitted").set("enable.auto.commit", "false");
    config
}

/// Only asks for metadata.
pub(crate) fn admin(kafka: &KafkaSettings, client_id: &str) -> ClientConfig {
    let mut config = client_with(kafka, client_id, &[]);
    config.set("allow.auto.create.topics", "false").set("enable.auto.commit", "false");
    config
}

/// Our defaults, then the deployment's properties; callers then set what must not be replaced.
fn client_with(kafka: &KafkaSettings, client_id: &str, defaults: &[(&str, &str)]) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set_log_level(RDKafkaLogLevel::Warning);
    config
        .set("topic.metadata.refresh.interval.ms", "60000")
        // A broker that restarts is back in a second or two; do not wait ten.
        .set("reconnect.backoff.ms", "50")
        .set("reconnect.backoff.max.ms", "1000");
    for (name, value) in defaults {
        config.set(*name, *value);
    }
    for (name, value) in &kafka.properties {
        config.set(name, value);
    }
    config.set("client.id", client_id).set("bootstrap.servers", &kafka.bootstrap_servers);
    config
}

fn group_consumer(kafka: &KafkaSettings, client_id: &str, group: &str) -> ClientConfig {
    let defaults = [
        // A fetch waits a little for company: without that, a steady load makes one request of every few records, and
        // brokers and clients do little else.
        ("fetch.wait.max.ms", "20"),
        ("fetch.min.bytes", "65536"),
        // A full queue takes its partition off the fetch list for this long; the default of a second caps throughput
        // at low CPU (librdkafka#3662).
        ("fetch.queue.backoff.ms", "20"),
        // Per partition resp. for all: bounds memory when far behind.
        ("queued.min.messages", "20000"),
        ("queued.max.messages.kbytes", "32768"),
        ("fetch.message.max.bytes", "1048576"),
        ("check.crcs", "true"),
        ("statistics.interval.ms", "1000"),
    ];
    let mut config = client_with(kafka, client_id, &defaults);
    config
        .set("group.id", group)
        // KIP-848 with this librdkafka: a late poll is fatal (librdkafka#5541).
        .set("group.protocol", "classic")
        .set("partition.assignment.strategy", "cooperative-sticky")
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("enable.partition.eof", "false")
        .set("isolation.level", "read_committed")
        .set("allow.auto.create.topics", "false");
    config
}

fn membership(config: &mut ClientConfig, session_timeout: Duration, max_poll_interval: Duration) {
    config
        .set("session.timeout.ms", millis(session_timeout))
        .set("heartbeat.interval.ms", millis(session_timeout / 5))
        .set("max.poll.interval.ms", millis(max_poll_interval.max(session_timeout)));
}

fn producer(kafka: &KafkaSettings, client_id: &str, linger_millis: &str) -> ClientConfig {
    let defaults = [
        ("linger.ms", linger_millis),
        ("batch.num.messages", "10000"),
        ("batch.size", "1000000"),
        ("queue.buffering.max.messages", "500000"),
        ("queue.buffering.max.kbytes", "262144"),
        ("compression.codec", "lz4"),
    ];
    let mut config = client_with(kafka, client_id, &defaults);
    config
        .set("message.max.bytes", RECORD_BYTES_MAX.to_string())
        .set("acks", "all")
        // What Java's clients, Connect and ksqlDB do: one key, one partition, whoever writes.
        .set("partitioner", "murmur2_random")
        // Successes are not reported one by one; failures are, and a native flush knows when all is through.
        .set("delivery.report.only.error", "true");
    config
}

fn millis(duration: Duration) -> String {
    duration.as_millis().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rdkafka::producer::BaseProducer;

    /// As long as brokers allow; the client's requests may not take as long.
    #[test]
    fn a_client_is_made_with_the_longest_transaction() {
        let mut settings = StreamSettings::new("count", KafkaSettings::default(), "in");
        settings.transaction_timeout = Duration::from_secs(15 * 60);
        let made: Result<BaseProducer, _> = transactional_producer(&settings).create();
        assert!(made.is_ok(), "{:?}", made.err());
    }
}
