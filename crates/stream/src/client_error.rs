//! What a consumer's error means: most pass by themselves, some never do.

use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;

use crate::fault::Fault;

/// Who reads what, for the message.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    pub(crate) inputs: &'a [String],
    pub(crate) group: &'a str,
    pub(crate) member: &'a str,
}

/// # Errors
/// `Fatal` for an error that stays. Brokers come and go; the client connects again by itself.
pub(crate) fn note(error: &KafkaError, reader: Reader<'_>) -> Result<(), Fault> {
    let Reader { inputs, group, member } = reader;
    let inputs = inputs.join(", ");
    if let KafkaError::MessageConsumptionFatal(code) = error {
        let message = format!(
            "{code}; another member of group {group} may be running as {member}, or a broker failed while this one joined: then starting again is all"
        );
        return Err(Fault::fatal("consumer_fenced", message));
    }
    let (code, message) = match error.rdkafka_error_code() {
        Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange) => (
            "input_lost",
            format!(
                "{inputs}: the records at the position of group {group} are gone (retention, or the topic was made anew), or cannot be read from the broker's disk; the next start tells more"
            ),
        ),
        Some(
            RDKafkaErrorCode::TopicAuthorizationFailed
            | RDKafkaErrorCode::GroupAuthorizationFailed
            | RDKafkaErrorCode::ClusterAuthorizationFailed,
        ) => ("not_authorised", format!("{error}; grant READ on {inputs} and on group {group}")),
        Some(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic) => {
            ("topic_missing", format!("{inputs}: {error}; see `demand-center topics plan`"))
        }
        Some(RDKafkaErrorCode::InvalidSessionTimeout) => (
            "kafka_settings",
            "the brokers refuse stream.session_timeout: it lies between their group.min.session.timeout.ms and group.max.session.timeout.ms".to_owned(),
        ),
        Some(RDKafkaErrorCode::InconsistentGroupProtocol) => (
            "kafka_settings",
            format!("the members of group {group} share partitions in another way: another program uses this group"),
        ),
        _ => {
            tracing::debug!(%error, "consuming");
            return Ok(());
        }
    };
    Err(Fault::fatal(code, message))
}
