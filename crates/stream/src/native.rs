//! The native calls that the safe wrapper does not offer, or not safely enough.
#![allow(unsafe_code, reason = "a flush with a time-out, and headers whose name may be anything: see below")]

use std::ffi::CStr;
use std::time::Duration;

use rdkafka::message::BorrowedHeaders;
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

/// What a header goes by whose name is no UTF-8: any bytes can be sent, and Java's clients cannot read such a name either.
pub(crate) const NAME_NOT_UTF8: &str = "dc.header.name-not-utf8";

/// Name and value of a header; none when there are not so many. rust-rdkafka's own `get` panics on a name that is no
/// UTF-8: one record of anybody who may write to a raw topic would stop its readers.
pub(crate) fn header(headers: &BorrowedHeaders, index: usize) -> Option<(&str, &[u8])> {
    let (mut name, mut value, mut size) = (std::ptr::null(), std::ptr::null(), 0);
    // SAFETY: a `BorrowedHeaders` is the client's header list seen as another type (rdkafka 0.39, `message.rs`); it is
    // borrowed for as long as what is returned, and the call only reads it.
    let code = unsafe {
        let list = std::ptr::from_ref(headers).cast::<rdkafka_sys::rd_kafka_headers_t>();
        rdkafka_sys::rd_kafka_header_get_all(list, index, &mut name, &mut value, &mut size)
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
