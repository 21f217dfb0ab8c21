//! The one native call that the safe wrapper does not offer.
#![allow(unsafe_code, reason = "rdkafka 0.38 and later only flush with a zero time-out, see below")]

use std::time::Duration;

use rdkafka::producer::{Producer, ProducerContext, ThreadedProducer};
use rdkafka::types::RDKafkaErrorCode;

/// Waits until every message is delivered or has failed.
///
/// rust-rdkafka's own `flush` calls `rd_kafka_flush(0)` in a loop with polls of 100 ms between, so that each flush and
/// each commit costs a multiple of 100 ms, and the client never knows that it should send without lingering. The native
/// call with a real time-out does both right. Delivery failures are served by the producer's own thread meanwhile; when
/// this returns `Ok`, they have been.
///
/// # Errors
/// `OperationTimedOut` when messages are left.
pub(crate) fn flush<C>(producer: &ThreadedProducer<C>, timeout: Duration) -> Result<(), RDKafkaErrorCode>
where
    C: ProducerContext + 'static,
{
    let millis = i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX);
    // SAFETY: the pointer is the producer's live client: `producer` is borrowed for the length of the call, and
    // rd_kafka_flush may be called from any thread.
    let code = unsafe { rdkafka_sys::rd_kafka_flush(producer.client().native_ptr(), millis) };
    match RDKafkaErrorCode::from(code) {
        RDKafkaErrorCode::NoError => Ok(()),
        error => Err(error),
    }
}
