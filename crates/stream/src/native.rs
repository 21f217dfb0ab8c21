//! The native calls that the safe wrapper does not offer, or not safely enough.
#![allow(
    unsafe_code,
    reason = "a flush with a time-out, headers whose name may be anything, partitions, ids of topics: see below"
)]

use std::ffi::{CStr, CString};
use std::time::Duration;

use rdkafka::client::{Client, ClientContext};
use rdkafka::error::KafkaError;
use rdkafka::message::BorrowedHeaders;
use rdkafka::metadata::MetadataBroker;
use rdkafka::producer::{Producer, ProducerContext, ThreadedProducer};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka_sys as native;
use store::TopicId;

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
    let code = unsafe { native::rd_kafka_flush(producer.client().native_ptr(), millis) };
    match RDKafkaErrorCode::from(code) {
        RDKafkaErrorCode::NoError => Ok(()),
        error => Err(error),
    }
}

/// The partition of a topic with so many that records of this key stand in: by the client's own partitioner, which our
/// producers use.
///
/// # Panics
/// When there is no partition to choose from.
#[must_use]
pub fn partition_of(key: &[u8], partitions: i32) -> i32 {
    assert!(partitions > 0, "a topic has at least one partition");
    let none = std::ptr::null_mut();
    // SAFETY: the key is borrowed for the length of the call, and read only. This partitioner looks at neither the topic
    // nor the opaque pointers (librdkafka 2.x, rdkafka_msg.c).
    unsafe {
        native::rd_kafka_msg_partitioner_murmur2(
            std::ptr::null(),
            key.as_ptr().cast(),
            key.len(),
            partitions,
            none,
            none,
        )
    }
}

/// What a header goes by whose name is no UTF-8: any bytes can be sent, and Java's clients cannot read such a name either.
pub(crate) const NAME_NOT_UTF8: &str = "dc.header.name-not-utf8";

/// Name and value of a header; none when there are not so many. rust-rdkafka's own `get` panics on a name that is no
/// UTF-8: one record of anybody who may write to a raw topic would stop its readers.
pub(crate) fn header(headers: &BorrowedHeaders, index: usize) -> Option<(&str, &[u8])> {
    let (mut name, mut value, mut size) = (std::ptr::null(), std::ptr::null(), 0);
    // SAFETY: a `BorrowedHeaders` is the client's header list seen as another type (rdkafka 0.39, `message.rs`); it is
    // borrowed for as long as what is returned, and the call only reads it.
    let code = unsafe {
        let list = std::ptr::from_ref(headers).cast::<native::rd_kafka_headers_t>();
        native::rd_kafka_header_get_all(list, index, &mut name, &mut value, &mut size)
    };
    if RDKafkaErrorCode::from(code) != RDKafkaErrorCode::NoError {
        return None;
    }
    // SAFETY: without an error the name is a text that ends with a zero byte, and the value `size` bytes, or null; both
    // belong to the list.
    let (name, value) = unsafe {
        let value = match value.is_null() {
            true => &[][..],
            false => std::slice::from_raw_parts(value.cast::<u8>(), size),
        };
        (CStr::from_ptr(name), value)
    };
    Some((name.to_str().unwrap_or(NAME_NOT_UTF8), value))
}

/// The id of the topic that has this name now. The safe wrapper has no call that tells ids.
///
/// # Errors
/// `MetadataFetch`: what the brokers said, or that they did not answer in time.
pub(crate) fn topic_id<C: ClientContext>(
    client: &Client<C>,
    topic: &str,
    timeout: Duration,
) -> Result<TopicId, KafkaError> {
    let failed = |code: native::rd_kafka_resp_err_t| Err(KafkaError::MetadataFetch(code.into()));
    let Ok(name) = CString::new(topic) else {
        return Err(KafkaError::MetadataFetch(RDKafkaErrorCode::InvalidTopic));
    };
    let millis = i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX);
    // Any broker knows. The controller, which would be asked by default, does not exist among mock brokers.
    let metadata = client.fetch_metadata(Some(topic), timeout)?;
    let broker = metadata.brokers().first().map_or(-1, MetadataBroker::id);
    // SAFETY: the client is borrowed, hence alive, for the length of the call. Every object made here is destroyed once
    // by its guard, the event, which owns the descriptions, before the queue; names are copied by the collection.
    unsafe {
        let rk = client.native_ptr();
        let mut names = [name.as_ptr()];
        let collection = native::rd_kafka_TopicCollection_of_topic_names(names.as_mut_ptr(), names.len());
        let collection = Destroyed(collection, native::rd_kafka_TopicCollection_destroy);
        let operation = native::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS;
        let options = native::rd_kafka_AdminOptions_new(rk, operation);
        let options = Destroyed(options, native::rd_kafka_AdminOptions_destroy);
        native::rd_kafka_AdminOptions_set_request_timeout(options.0, millis, std::ptr::null_mut(), 0);
        native::rd_kafka_AdminOptions_set_broker(options.0, broker, std::ptr::null_mut(), 0);
        let queue = Destroyed(native::rd_kafka_queue_new(rk), native::rd_kafka_queue_destroy);
        native::rd_kafka_DescribeTopics(rk, collection.0, options.0, queue.0);
        let event = Destroyed(native::rd_kafka_queue_poll(queue.0, millis), native::rd_kafka_event_destroy);
        if event.0.is_null() {
            return Err(KafkaError::MetadataFetch(RDKafkaErrorCode::OperationTimedOut));
        }
        let error = native::rd_kafka_event_error(event.0);
        if RDKafkaErrorCode::from(error) != RDKafkaErrorCode::NoError {
            return failed(error);
        }
        let mut count = 0;
        let result = native::rd_kafka_event_DescribeTopics_result(event.0);
        let topics = native::rd_kafka_DescribeTopics_result_topics(result, &mut count);
        if count == 0 {
            return Err(KafkaError::MetadataFetch(RDKafkaErrorCode::UnknownTopic));
        }
        let error = native::rd_kafka_error_code(native::rd_kafka_TopicDescription_error(*topics));
        if RDKafkaErrorCode::from(error) != RDKafkaErrorCode::NoError {
            return failed(error);
        }
        let id = native::rd_kafka_TopicDescription_topic_id(*topics);
        let halves =
            [native::rd_kafka_Uuid_most_significant_bits(id), native::rd_kafka_Uuid_least_significant_bits(id)];
        let [high, low] = halves.map(|half| u128::from(half.cast_unsigned()));
        Ok(TopicId(high << 64 | low))
    }
}

/// A native object, destroyed at the end of the scope.
struct Destroyed<T>(*mut T, unsafe extern "C" fn(*mut T));

impl<T> Drop for Destroyed<T> {
    fn drop(&mut self) {
        if !self.0.is_null() {
            // SAFETY: the pointer came from the library with this function as its destructor, and is used no more.
            unsafe { (self.1)(self.0) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hashes are those that Kafka's own clients are tested with (`UtilsTest.testMurmur2`).
    #[test]
    fn a_key_belongs_where_javas_clients_put_it() {
        for (key, murmur2) in [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("abc", 479_470_107),
        ] {
            for partitions in [1, 3, 12] {
                assert_eq!(partition_of(key.as_bytes(), partitions), (murmur2 & i32::MAX) % partitions, "{key}");
            }
        }
    }
}
