//! The pipeline, end to end on a real Kafka: raw payloads of real tools in, explained stage transitions out, read by an
//! independent client (kcat) as read_committed.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests")]

mod support;

use serde_json::json;
use support::{System, assert_unbroken, bootstrap, days_ago, transitions};

/// Anonymous visits join the contact at identification; an inquiry raises the hand; sales accepts and wins.
#[test]
fn a_visitor_becomes_a_customer() {
    let Some(bootstrap) = bootstrap() else { return };
    let mut system = System::new(&bootstrap, "journey", &[]);
    system.start_all();

    // An anonymous visitor reads product pages; then a form with the address and consent to tracking.
    let page = |id: &str, at: &str, path: &str| {
        json!({"type": "page", "messageId": id, "anonymousId": "anon-1", "timestamp": at,
               "context": {"page": {"url": format!("https://www.example.jp{path}"), "path": path}}})
    };
    system.send(
        "web",
        "segment",
        "anon-1",
        page("m1", &days_ago(6, "10:00:00"), "/products/maintenance").to_string().as_bytes(),
    );
    system.send("web", "segment", "anon-1", page("m2", &days_ago(5, "10:00:00"), "/pricing").to_string().as_bytes());
    system.flush();
    system.wait_for("stage-transitions", "the anonymous visitor", |all| {
        (!transitions(all, "early").is_empty()).then_some(())
    });
    let inquiry = json!({
        "source": "forms", "id": "f-1", "occurred_at": days_ago(4, "11:00:00"), "kind": "form_submit",
        "identifiers": {"email": "hanako@acme.example", "cookie": "segment:anon-1"},
        "properties": {"purpose": "inquiry", "url": "https://www.example.jp/contact"},
        "consent": [{"purpose": "tracking", "state": "granted"}],
    });
    system.send("web", "canonical", "f-1", inquiry.to_string().as_bytes());
    system.flush();

    let mql = system.wait_for("stage-transitions", "MQL by the raised hand", |all| {
        transitions(all, "mql").first().map(|e| (*e).clone())
    });
    assert_eq!(mql["cause"], "touchpoint", "{mql:#}");
    assert_eq!(mql["life_cycle"], "acquisition");
    assert!(mql["sentence"]["ja"].as_str().unwrap().contains("検討度"), "{mql:#}");
    let contact = mql["subject_id"].as_str().unwrap().to_owned();

    // The anonymous history has joined: the pages count for the same contact.
    system.wait_for("contacts", "pages and form in one contact", |all| {
        let (_, state) = all.iter().rev().find(|(key, state)| *key == contact && !state.is_null())?;
        let behaviour = state["scores"].as_array()?.iter().find(|score| score["name"] == "behaviour")?;
        // The inquiry alone gives 50 points.
        (behaviour["points_milli"].as_i64()? > 50_000).then_some(())
    });

    // Sales: accepted, opportunity, won.
    for (id, kind) in [("s-1", "accepted"), ("s-2", "qualified"), ("s-3", "opportunity_created"), ("s-4", "won")] {
        let word = json!({
            "source": "sfa", "id": id, "occurred_at": days_ago(2, &format!("1{}:00:00", &id[2..])), "kind": kind,
            "identifiers": {"email": "hanako@acme.example"}, "actor": {"id": "emp-1", "role": "sales"},
        });
        system.send("crm", "canonical", id, word.to_string().as_bytes());
        system.flush();
    }
    system.wait_for("stage-transitions", "customer", |all| (!transitions(all, "customer").is_empty()).then_some(()));

    let all = system.read("stage-transitions");
    assert_unbroken(&all);
    assert!(all.iter().any(|(key, _)| *key == contact));
    system.stop();
}

/// What a company calls its own forms stands in the settings, for the services as for `sources try`.
#[test]
fn a_companys_own_names_reach_the_services() {
    let Some(bootstrap) = bootstrap() else { return };
    let mut system = System::new(&bootstrap, "names", &[("SOURCES__SEGMENT__FORMS__OTOIAWASE", "inquiry")]);
    system.start_all();
    let form = json!({"type": "track", "event": "Form Submitted", "messageId": "m1", "anonymousId": "anon-1",
                      "timestamp": days_ago(1, "10:00:00"),
                      "properties": {"form_id": "otoiawase", "email": "hanako@acme.example"}});
    system.send("web", "segment", "anon-1", form.to_string().as_bytes());
    system.flush();
    system
        .wait_for("stage-transitions", "MQL by the inquiry", |all| (!transitions(all, "mql").is_empty()).then_some(()));
    system.stop();
}

/// Malformed input and a missing identifier end as dead letters with code and field; the service goes on.
#[test]
fn broken_records_go_to_the_dead_letters() {
    let Some(bootstrap) = bootstrap() else { return };
    let mut system = System::new(&bootstrap, "broken", &[]);
    system.start(&["ingest", "web"]);
    system.send("web", "canonical", "a", b"{ not json");
    system.send(
        "web",
        "canonical",
        "b",
        json!({"source": "x", "id": "1", "occurred_at": days_ago(1, "10:00:00"), "kind": "page_view"})
            .to_string()
            .as_bytes(),
    );
    system.send(
        "web",
        "segment",
        "c",
        json!({"type": "page", "messageId": "m", "timestamp": days_ago(-3, "10:00:00"), "anonymousId": "x"})
            .to_string()
            .as_bytes(),
    );
    system.flush();
    let count = system.wait_for("dead-letters", "three dead letters", |all| (all.len() >= 3).then_some(all.len()));
    assert_eq!(count, 3);
    system.stop();
}
