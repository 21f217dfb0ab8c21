//! What people decide about people, on a real Kafka: who is one, and who is to be forgotten.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests")]

mod support;

use serde_json::{Value as Json, json};
use support::{System, bootstrap, days_ago, transitions};

/// A form of somebody at a company, as a site tells it.
fn form(id: &str, day: i64, email: &str) -> Vec<u8> {
    let form = json!({
        "source": "site", "id": id, "occurred_at": days_ago(day, "10:00:00"), "kind": "form_submit",
        "identifiers": { "email": email }, "person": { "name": "山田 花子" }, "account": { "name": "㈱アクメ" },
        "properties": { "purpose": "inquiry" },
    });
    form.to_string().into_bytes()
}

/// The contacts there are, with the tombstones taken away.
fn contacts(records: &[(String, Json)]) -> Vec<(String, Json)> {
    let mut last: std::collections::BTreeMap<String, Json> = std::collections::BTreeMap::new();
    records.iter().for_each(|(key, state)| drop(last.insert(key.clone(), state.clone())));
    last.into_iter().filter(|(_, state)| !state.is_null()).collect()
}

/// Two addresses of one name at one company are shown, joined by a person's word alone; then the person is erased, and what
/// is sent again of the time before brings nobody back.
#[test]
fn two_that_may_be_one_are_decided_and_one_is_forgotten() {
    let Some(bootstrap) = bootstrap() else { return };
    let mut system = System::new(&bootstrap, "people", &[]);
    system.start_all();
    system.send("web", "canonical", "1", &form("f1", 5, "hanako@acme.example"));
    system.send("web", "canonical", "2", &form("f2", 4, "yamada@acme.example"));
    system.flush();
    let open = system.wait_for("reviews", "two of one name", |records| {
        records.iter().map(|(_, review)| review.clone()).find(|review| review["status"] == "open")
    });
    assert_eq!((&open["kind"], &open["reason"]), (&json!("same_contact"), &json!("name_and_company")));
    let listed = system.succeed(&["reviews", "list"]);
    let id = open["review_id"].as_str().unwrap();
    assert!(listed.contains(id) && listed.contains("same_contact"), "{listed}");
    system.wait_for("contacts", "both", |records| (contacts(records).len() == 2).then_some(()));

    let output = system.command(&["reviews", "decide", id, "release", "--by", "ops-1"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    system.succeed(&["reviews", "decide", id, "same", "--by", "ops-1"]);
    let one = system.wait_for("contacts", "one of both", |records| match &contacts(records)[..] {
        [(id, state)] if state["identifiers"]["email"].as_array().is_some_and(|all| all.len() > 1) => Some(id.clone()),
        _ => None,
    });
    system.wait_for("stage-transitions", "the last event of the other", |records| {
        (!transitions(records, "merged").is_empty()).then_some(())
    });
    assert_eq!(system.succeed(&["reviews", "list"]), "", "nothing waits");
    assert!(system.succeed(&["reviews", "list", "--all"]).contains("same, ops-1"));

    system.succeed(&["contact", "erase", &one, "--by", "ops-2"]);
    system.wait_for("contacts", "nobody", |records| contacts(records).is_empty().then_some(()));
    system.wait_for("stage-transitions", "the last event", |records| {
        (!transitions(records, "erased").is_empty()).then_some(())
    });
    // All of it again, and one that nobody had seen yet.
    system.send("web", "canonical", "1", &form("f1", 5, "hanako@acme.example"));
    system.send("web", "canonical", "2", &form("f2", 4, "yamada@acme.example"));
    system.send("web", "canonical", "3", &form("f3", 3, "yamada@acme.example"));
    let stranger = json!({
        "source": "site", "id": "s1", "occurred_at": days_ago(2, "10:00:00"), "kind": "form_submit",
        "identifiers": { "email": "sato@other.example" }, "properties": { "purpose": "inquiry" },
    });
    system.send("web", "canonical", "4", stranger.to_string().as_bytes());
    system.flush();
    // Those of the erased are counted where they end: two rows called back, the word itself, and the three that came again.
    system.wait_for_count("resolve", "demand_center_identity_decisions_total", r#"decision="erased""#, 7);
    let left = system.wait_for("contacts", "the stranger", |records| match contacts(records) {
        left if left.is_empty() => None,
        left => Some(left),
    });
    assert!(left.len() == 1 && left[0].1["identifiers"]["email"][0] == "sato@other.example", "{left:?}");
    system.stop();
}
