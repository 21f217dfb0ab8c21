//! What becomes of a record that an ingest service cannot use, or whose refusal it cannot write, on a real Kafka.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests")]

mod support;

use std::time::{Duration, Instant};
use support::{System, bootstrap};

/// A batch of a megabyte of which nothing can be used: ten thousand refusals, and the record is not written ten thousand
/// times.
#[test]
fn a_batch_of_ten_thousand_refusals_is_kept_once() {
    let Some(bootstrap) = bootstrap() else { return };
    let mut system = System::new(&bootstrap, "refusals", &[]);
    system.start(&["ingest", "email"]);
    let element = r#"{"event":"open","timestamp":1767225600,"sg_event_id":"","sg_message_id":"m","email":"taro"}"#;
    let batch = format!("[{}]", vec![element; 10_000].join(","));
    system.send("email", "sendgrid", "batch", batch.as_bytes());
    system.flush();
    let began = Instant::now();
    system.wait_for_records("dead-letters", 10_000);
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    let letters = system.read("dead-letters");
    let with_value: Vec<_> = letters.iter().filter(|(_, value)| !value.is_null()).collect();
    assert_eq!((letters.len(), with_value.len()), (10_000, 1));
    let (key, value) = with_value[0];
    assert!(key.ends_with("/0"), "the first: {key}");
    assert_eq!(value.as_array().map(Vec::len), Some(10_000), "whole");
    system.stop();
}
