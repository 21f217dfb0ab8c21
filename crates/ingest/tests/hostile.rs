//! Records that are too long, too many, too deep: refused as a whole, quickly, without a deep stack.
#![allow(clippy::unwrap_used)]

use ingest::{Decoder, Outcomes, RawMeta, Settings};
use serde_json::{Value, json};
use touchpoint::{Outcome, RejectionCode, Timestamp, limits};

fn decode(source: &str, bytes: &[u8]) -> Vec<Outcome> {
    let meta = RawMeta {
        topic_channel: None,
        source: Some(source),
        headers: &[],
        received_at: Timestamp::parse("2027-01-01T00:00:00Z").unwrap(),
    };
    let mut out = Outcomes::default();
    Decoder::new(Settings::default()).unwrap().decode(&meta, bytes, &mut out);
    out.into_vec()
}

fn refused(outcomes: &[Outcome]) -> RejectionCode {
    match outcomes {
        [Outcome::Rejected(rejection)] => rejection.code,
        other => panic!("expected one rejection, got {} outcomes", other.len()),
    }
}

fn open() -> Value {
    json!({"event": "open", "email": "hanako@acme.example", "timestamp": 1_791_900_240, "sg_event_id": "x"})
}

#[test]
fn a_record_beyond_the_limit_is_not_even_read() {
    let spaces = vec![b' '; limits::RAW_RECORD_BYTES_MAX + 1];
    assert_eq!(refused(&decode("sendgrid", &spaces)), RejectionCode::TooLarge);
}

#[test]
fn a_batch_of_a_thousand_is_taken_and_one_beyond_the_limit_is_refused_as_a_whole() {
    let batch = |n: usize| Value::from(vec![open(); n]).to_string();
    assert_eq!(decode("sendgrid", batch(1_000).as_bytes()).len(), 1_000);
    let tiny = format!("[{}1]", "1,".repeat(limits::RAW_ELEMENTS_MAX));
    assert_eq!(refused(&decode("sendgrid", tiny.as_bytes())), RejectionCode::TooLarge);
    let lines = "1\n".repeat(limits::RAW_ELEMENTS_MAX + 1);
    assert_eq!(refused(&decode("sendgrid", lines.as_bytes())), RejectionCode::TooLarge);
}

#[test]
fn a_change_of_too_many_records_is_refused_as_a_whole() {
    let header = json!({"entityName": "Lead", "changeType": "CREATE", "transactionKey": "t", "commitTimestamp": 1_791_900_240_000_i64,
        "recordIds": vec!["00Q5f000005bwLFEAY"; limits::RAW_ELEMENTS_MAX + 1]});
    let event = json!({"ChangeEventHeader": header});
    assert_eq!(refused(&decode("salesforce-cdc", event.to_string().as_bytes())), RejectionCode::TooLarge);
}

#[test]
fn nesting_needs_no_deep_stack() {
    let deep = |open: &str, close: &str, n: usize| format!("{}{}", open.repeat(n), close.repeat(n));
    let decode_on_a_small_stack = move || {
        for text in
            [deep("[", "]", 400_000), deep("{\"a\":", "}", 150_000), deep("[", "]", 100), deep("{\"a\":", "1}", 100)]
        {
            for source in ["canonical", "segment", "sendgrid", "amazon-connect", "zoom-webinar", "salesforce-cdc"] {
                let code = refused(&decode(source, text.as_bytes()));
                assert!(matches!(code, RejectionCode::TooLarge | RejectionCode::Malformed), "{source}: {code}");
            }
        }
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(decode_on_a_small_stack).unwrap().join().unwrap();
}

#[test]
fn a_touchpoint_of_many_long_texts_is_refused() {
    let texts: serde_json::Map<String, Value> = (0..40).map(|n| (format!("p{n}"), json!("x".repeat(4_000)))).collect();
    let record = json!({"source": "s", "id": "i", "channel": "web", "kind": "page_view",
        "occurred_at": "2026-10-14T01:04:00Z", "identifiers": {"cookie": "s:1"}, "properties": texts});
    assert_eq!(refused(&decode("canonical", record.to_string().as_bytes())), RejectionCode::TooLarge);
}

#[test]
fn an_object_of_many_fields_is_refused_before_it_costs() {
    let fields: serde_json::Map<String, Value> = (0..60_000).map(|n| (format!("f{n:05}"), json!(1))).collect();
    for (source, record) in [
        (
            "sendgrid",
            json!({"event": "open", "email": "a@b.example", "timestamp": 1_791_900_240, "sg_event_id": "x", "custom": &fields}),
        ),
        ("segment", json!({"type": "identify", "userId": "u", "timestamp": "2026-10-14T01:04:00Z", "traits": &fields})),
    ] {
        assert_eq!(refused(&decode(source, record.to_string().as_bytes())), RejectionCode::TooLarge, "{source}");
    }
}

/// No rejection repeats an address, a number or a name: the message and the path go to metrics, logs and people.
#[test]
fn a_rejection_tells_nothing_of_the_person() {
    let secrets = ["hanako", "acme", "090123", "山田"];
    let records = [
        ("canonical", json!({"hanako@acme.example": 1})),
        (
            "canonical",
            json!({"source": "s", "id": "i", "channel": "web", "kind": "k", "occurred_at": "hanako@acme.example"}),
        ),
        (
            "canonical",
            json!({"source": "s", "id": "i", "channel": "web", "kind": "k", "occurred_at": "2026-10-14T01:04:00Z", "identifiers": {"crm_id": "hanako@acme.example"}}),
        ),
        (
            "canonical",
            json!({"source": "s", "id": "i", "channel": "web", "kind": "k", "occurred_at": "2026-10-14T01:04:00Z", "identifiers": {"phone": "hanako 09012345678"}}),
        ),
        (
            "canonical",
            json!({"source": "s", "id": "i", "channel": "web", "kind": "k", "occurred_at": "2026-10-14T01:04:00Z", "identifiers": {"contact": "hanako"}}),
        ),
        (
            "canonical",
            json!({"source": "s", "id": "i", "channel": "web", "kind": "k", "occurred_at": "2026-10-14T01:04:00Z", "properties": {"山田": "x".repeat(5000)}}),
        ),
        ("sendgrid", json!({"event": "open", "email": "hanako at acme", "timestamp": 1_791_900_240})),
        ("sendgrid", json!({"event": "hanako@acme.example", "email": "hanako@acme.example"})),
        (
            "amazon-connect",
            json!({"ContactId": "x", "InitiationMethod": "INBOUND", "CustomerEndpoint": {"Address": "hanako 09012345678"}}),
        ),
        ("hanako@acme.example", json!({})),
    ];
    for (source, record) in records {
        for text in [record.to_string(), format!("{record} hanako@acme.example")] {
            for outcome in decode(source, text.as_bytes()) {
                let Outcome::Rejected(rejection) = outcome else { panic!("{source}: {record} was taken") };
                let told = format!("{} {}", rejection.field, rejection.message);
                assert!(!secrets.iter().any(|secret| told.contains(secret)), "{told}");
            }
        }
    }
}

#[test]
fn nobody_outside_speaks_in_our_own_name() {
    let signal = json!({
        "source": touchpoint::limits::OWN_SOURCE, "id": "1", "channel": "profile", "kind": "account_signal",
        "occurred_at": "2026-10-14T01:04:00Z", "identifiers": {"email": "hanako@acme.example"},
    });
    let outcomes = decode("canonical", signal.to_string().as_bytes());
    let [Outcome::Rejected(rejection)] = outcomes.as_slice() else { panic!("taken: {outcomes:?}") };
    assert_eq!((rejection.code, rejection.field.as_ref()), (RejectionCode::InvalidField, "source"));
}
