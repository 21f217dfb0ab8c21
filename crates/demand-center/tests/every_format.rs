//! Every format that ingest takes, on a real Kafka and registry: what six tools and three envelopes tell of one person
//! becomes one contact, who becomes a customer. Read by kcat as read_committed.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests")]

mod support;

use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use support::{System, assert_unbroken, bootstrap, days_ago, transitions};
use touchpoint::{Identifier, IdentifierKind, Text, Timestamp, Touchpoint, Value};
use wire::{Encoder, Registry, RegistrySettings, value_subject};

const EMAIL: &str = "hanako@acme.example";
const PHONE: &str = "+819012345678";
const LEAD: &str = "00Q5f000005bwLFEAY";
const CRM_CONTACT: &str = "0035f00002EztxDAAR";
const OPPORTUNITY: &str = "0065f00000UloqVAAR";

/// What is neither JSON nor Avro: a form as a provider posts it, and a list in Shift_JIS. Each becomes what the corpus says.
#[test]
fn a_form_and_a_list_in_shift_jis_land() {
    let Some(bootstrap) = bootstrap() else { return };
    let mut system = System::new(&bootstrap, "texts", &[]);
    system.start(&["ingest", "call"]);
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/sources");
    let mut expected = BTreeSet::new();
    for (source, case) in [("twilio", "inbound_completed.txt"), ("cti", "japanese_in_shift_jis.csv")] {
        let sample = corpus.join(source).join(case);
        let value = std::fs::read(&sample).unwrap();
        assert!(source == "twilio" || std::str::from_utf8(&value).is_err(), "Shift_JIS");
        system.send("call", source, "k", &value);
        let lines = std::fs::read_to_string(sample.with_extension("expected.jsonl")).unwrap();
        let outcomes = lines.lines().map(|line| serde_json::from_str::<Json>(line).unwrap());
        // One that names a company by its name alone belongs to nobody who could be found again.
        let of_people = outcomes.filter(|outcome| outcome["touchpoint"]["identifiers"].is_object());
        expected.extend(of_people.filter_map(|outcome| Some(outcome["touchpoint"]["id"].as_str()?.to_owned())));
    }
    system.flush();
    assert!(expected.len() > 2, "{expected:?}");
    let landed = system.wait_for_touchpoints(expected.len());
    let landed: BTreeSet<String> = landed.iter().map(|touchpoint| touchpoint.input.id.to_string()).collect();
    assert_eq!(landed, expected);
    system.stop();
}

#[test]
fn every_format_tells_of_the_same_person() {
    let Some(bootstrap) = bootstrap() else { return };
    let registry = std::env::var("DEMAND_TEST_REGISTRY").expect("tests/run starts a registry beside the broker");
    let registry = format!("{}/apis/ccompat/v7", registry.trim_end_matches('/'));
    let mut system = System::new(&bootstrap, "formats", &[("REGISTRY__URLS", &registry)]);
    system.start_all();

    web(&system);
    avro(&system, &registry);
    email(&system);
    webinar(&system);
    call(&system);
    profile(&system);
    system.flush();
    // What identifies has to be known before the CRM speaks of ids alone: there an order is a fact.
    let contact = system.wait_for("contacts", "one known contact with a telephone", |all| {
        let found = all.iter().rev().find(|(_, state)| holds(state, "email", EMAIL) && holds(state, "phone", PHONE))?;
        Some(found.0.clone())
    });
    crm(&system);
    system.flush();
    // The deal comes by its contact, its end by the deal: on two ways to one person there is no order.
    told(&mut system, "opportunity");
    won(&system);
    system.flush();
    told(&mut system, "customer");
    // Every format left its points; the rules' ids say which.
    let rules = ["S02", "S04", "S05", "S09", "S10", "S15", "S16", "S19", "S20", "S25.connected", "S25.interested"];
    let expected: BTreeSet<&str> = rules.into();
    let sources = ["segment", "rudderstack", "canonical-web", "avro", "sendgrid", "zoom-webinar", "amazon-connect"];
    let sources: BTreeSet<&str> = sources.into();
    system.wait_for("score-changes", "points of every format", |all| {
        let mine = all.iter().filter(|(key, _)| *key == contact).map(|(_, change)| change);
        let added: Vec<&Json> = mine.flat_map(|change| change["added"].as_array().unwrap()).collect();
        let of = |what: &dyn Fn(&Json) -> Option<&str>| added.iter().filter_map(|given| what(given)).collect();
        let scored: BTreeSet<&str> = of(&|given| given["rule"].as_str());
        let from: BTreeSet<&str> = of(&|given| given["input"]["source"].as_str());
        (scored.is_superset(&expected) && from.is_superset(&sources)).then_some(())
    });
    let all = system.read("stage-transitions");
    assert_unbroken(&all);
    let mine: Vec<&str> =
        all.iter().filter(|(key, _)| *key == contact).map(|(_, event)| event["to"].as_str().unwrap()).collect();
    for stage in ["mql", "opportunity", "customer"] {
        assert!(mine.contains(&stage), "{stage} in {mine:?}");
    }
    // At rest nobody else is there: who came to be before an id was known to be this person's is gone again.
    let state = system.wait_for("contacts", "one known contact, with every identifier", |all| {
        let latest: BTreeMap<&String, &Json> = all.iter().map(|(key, state)| (key, state)).collect();
        let mut known = latest.into_iter().filter(|(_, state)| state["known"] == true);
        let (key, state) = known.next()?;
        let ids = [("crm_id", LEAD), ("crm_id", CRM_CONTACT)];
        let complete = ids.iter().all(|(kind, id)| holds(state, kind, &format!("salesforce:{id}")))
            && holds(state, "cookie", "segment:anon-7");
        (*key == contact && known.next().is_none() && complete).then(|| state.clone())
    });
    assert_eq!(state["attributes"]["rank"]["value"], "manager", "{state:#}");
    assert_eq!(system.read("dead-letters").len(), 0);
    system.stop();
}

fn holds(state: &Json, kind: &str, value: &str) -> bool {
    state["identifiers"][kind].as_array().is_some_and(|values| values.iter().any(|have| have == value))
}

/// Segment, RudderStack, canonical JSON, and canonical JSON in a CloudEvent.
fn web(system: &System) {
    let page = |id: &str, at: String, path: &str| {
        let url = format!("https://www.example.co.jp{path}");
        json!({"type": "page", "messageId": id, "anonymousId": "anon-7", "timestamp": at,
               "context": {"page": {"url": url, "path": path}}})
    };
    let pages = page("seg-1", days_ago(9, "10:00:00"), "/products/maintenance");
    system.send("web", "segment", "anon-7", pages.to_string().as_bytes());
    // The other tracker has a cookie of its own, and knows who it is.
    let mut pages = page("rudder-1", days_ago(3, "10:00:00"), "/pricing");
    pages["context"]["traits"] = json!({"email": EMAIL});
    system.send("web", "rudderstack", "anon-7", pages.to_string().as_bytes());
    let form = |id: &str, at: String, content: &str| {
        json!({"source": "canonical-web", "id": id, "occurred_at": at, "channel": "web", "kind": "form_submit",
               "content": content, "identifiers": {"email": EMAIL, "cookie": "segment:anon-7"},
               "properties": {"purpose": "download"}, "consent": [{"purpose": "tracking", "state": "granted"}]})
    };
    let white_paper = form("form-1", days_ago(8, "11:00:00"), "wp-skill");
    system.send("web", "canonical", "form-1", white_paper.to_string().as_bytes());
    let event = json!({"specversion": "1.0", "id": "ce-1", "source": "/forms", "type": "form", "time": days_ago(7, "11:00:00"),
                       "datacontenttype": "application/json", "data": form("form-2", days_ago(7, "11:00:00"), "case-mid")});
    let headers = [("source", "canonical"), ("content-type", "application/cloudevents+json")];
    system.send_with("web", "form-2", event.to_string().as_bytes(), &headers);
}

/// Our own schema, by the registry's id and as a single object.
fn avro(system: &System, registry: &str) {
    let view = |id: &str, at: String, url: &str| {
        let mut view = Touchpoint::new("avro", id, Timestamp::parse(&at).unwrap(), "web", "page_view");
        view.identify(Identifier { kind: IdentifierKind::Email, value: Text::new(EMAIL) });
        view.properties.set("url", Value::text(url));
        view
    };
    let registry = Registry::new(RegistrySettings::new([registry.to_owned()])).unwrap();
    // A producer of the company's own registers under names of its own.
    let registered =
        Encoder::registered(&registry, |schema| value_subject(&format!("{}own.{schema:?}", system.prefix)));
    let encoders = [registered.unwrap_or_else(|error| panic!("{error}")), Encoder::single_object().unwrap()];
    let views = [
        view("avro-1", days_ago(5, "10:00:00"), "https://www.example.co.jp/cases/a"),
        view("avro-2", days_ago(5, "10:05:00"), "https://www.example.co.jp/cases/b"),
    ];
    for (encoder, view) in encoders.iter().zip(&views) {
        let mut bytes = Vec::new();
        encoder.write(view, &mut bytes);
        system.send("web", "canonical", "avro", &bytes);
    }
}

/// SendGrid's list of events, bare and in a binary CloudEvent.
fn email(system: &System) {
    let event = |id: &str, at: String, event: &str| {
        let seconds = Timestamp::parse(&at).unwrap().as_millis() / 1_000;
        json!([{"email": EMAIL, "timestamp": seconds, "event": event, "sg_event_id": id,
                "sg_message_id": "14c5d75ce93.dfd.64b469", "url": "https://www.example.co.jp/cases"}])
    };
    let open = event("sg-1", days_ago(7, "09:00:00"), "open");
    system.send("email", "sendgrid", "sg", open.to_string().as_bytes());
    let click = event("sg-2", days_ago(7, "09:01:00"), "click");
    let (source, time) = (("source", "sendgrid"), days_ago(7, "09:01:05"));
    let envelope = [("ce_specversion", "1.0"), ("ce_id", "e-1"), ("ce_source", "/sendgrid"), ("ce_type", "batch")];
    let headers: Vec<(&str, &str)> = [source, ("ce_time", &time)].into_iter().chain(envelope).collect();
    system.send_with("email", "sg", click.to_string().as_bytes(), &headers);
}

/// Zoom: registered, joined, left; what it means follows at the webinar's end.
fn webinar(system: &System) {
    let millis = |at: &str| Timestamp::parse(at).unwrap().as_millis();
    let utc = |at: &str| Timestamp::parse(at).unwrap().to_string();
    let start = days_ago(6, "15:00:00");
    let webhook = |event: &str, at: &str, role: &str, who: Json| {
        let mut webinar = json!({"uuid": "j6RfoGQHQIiiPKfaozGBOg==", "id": "98765432100", "topic": "予知保全入門セミナー",
                                 "type": 5, "start_time": utc(&start), "duration": 60, "timezone": "Asia/Tokyo"});
        webinar[role] = who;
        let body = json!({"event": event, "event_ts": millis(at), "payload": {"account_id": "a", "object": webinar}});
        system.send("event", "zoom-webinar", "zoom", body.to_string().as_bytes());
    };
    let registrant =
        json!({"id": "lR-IYqD9", "email": EMAIL, "first_name": "花子", "last_name": "山田", "status": "approved"});
    webhook("webinar.registration_created", &days_ago(7, "12:00:00"), "registrant", registrant);
    let participant = |time: &str, at: &str| {
        let mut who = json!({"user_id": "1", "user_name": "山田 花子", "email": EMAIL, "registrant_id": "lR-IYqD9",
                             "participant_uuid": "55555AAA"});
        who[time] = json!(utc(at));
        who
    };
    let (joined, left) = (days_ago(6, "15:05:00"), days_ago(6, "15:55:00"));
    webhook("webinar.participant_joined", &joined, "participant", participant("join_time", &joined));
    webhook("webinar.participant_left", &left, "participant", participant("leave_time", &left));
}

/// Amazon Connect: two versions of one conversation; only the later one knows what came of it.
fn call(system: &System) {
    let utc = |time: &str| Timestamp::parse(&days_ago(4, time)).unwrap().to_string();
    let record = |updated: &str, attributes: Json| {
        json!({"AWSContactTraceRecordFormatVersion": "2017-03-10", "ContactId": "5e3e8f0a-1111", "Channel": "VOICE",
               "InitiationMethod": "OUTBOUND", "InitiationTimestamp": utc("10:00:00"),
               "ConnectedToSystemTimestamp": utc("10:00:05"), "DisconnectTimestamp": utc("10:08:00"),
               "LastUpdateTimestamp": utc(updated), "CustomerEndpoint": {"Address": PHONE, "Type": "TELEPHONE_NUMBER"},
               "Agent": {"Username": "emp-17", "ConnectedToAgentTimestamp": utc("10:00:10"), "AgentInteractionDuration": 412},
               "Attributes": attributes})
    };
    let versions = [record("10:08:30", json!({})), record("10:15:00", json!({"disposition": "interested"}))];
    for version in versions {
        system.send("call", "amazon-connect", "connect", version.to_string().as_bytes());
    }
}

fn profile(system: &System) {
    let profile = json!({"source": "cards", "id": "p-1", "occurred_at": days_ago(8, "18:00:00"), "kind": "updated",
                         "identifiers": {"email": EMAIL, "phone": PHONE}, "attributes": {"contact": {"rank": "manager"}}});
    system.send("profile", "canonical", "p-1", profile.to_string().as_bytes());
}

/// Waits until somebody is told to have reached the stage.
fn told(system: &mut System, stage: &str) {
    system.wait_for("stage-transitions", stage, |all| (!transitions(all, stage).is_empty()).then_some(()));
}

/// Salesforce: a Lead with the address, converted to a Contact with an Opportunity.
fn crm(system: &System) {
    let lead = json!({"Name": {"FirstName": "花子", "LastName": "山田"}, "Company": "(株)アクメ", "Email": EMAIL, "Status": "Open"});
    salesforce(system, "Lead", LEAD, "CREATE", days_ago(3, "11:00:00"), 1, lead);
    let converted = json!({"Status": "Closed - Converted", "IsConverted": true, "ConvertedContactId": CRM_CONTACT,
                           "ConvertedAccountId": "0015f00002JUX1JAAX", "ConvertedOpportunityId": OPPORTUNITY});
    salesforce(system, "Lead", LEAD, "UPDATE", days_ago(3, "12:00:00"), 2, converted);
    let opportunity = json!({"Name": "アクメ 保全", "AccountId": "0015f00002JUX1JAAX", "ContactId": CRM_CONTACT,
                             "StageName": "Prospecting", "Amount": 4800000.0, "Type": "New Customer"});
    salesforce(system, "Opportunity", OPPORTUNITY, "CREATE", days_ago(3, "12:00:01"), 3, opportunity);
    let role =
        json!({"OpportunityId": OPPORTUNITY, "ContactId": CRM_CONTACT, "Role": "Decision Maker", "IsPrimary": true});
    salesforce(system, "OpportunityContactRole", "00K5f000000abcdEAA", "CREATE", days_ago(3, "12:00:02"), 4, role);
}

/// The Opportunity is won.
fn won(system: &System) {
    let fields = json!({"StageName": "Closed Won"});
    salesforce(system, "Opportunity", OPPORTUNITY, "UPDATE", days_ago(1, "15:00:00"), 5, fields);
}

/// A change event of Salesforce, the `number`th.
fn salesforce(system: &System, entity: &str, id: &str, kind: &str, at: String, number: i64, fields: Json) {
    let millis = Timestamp::parse(&at).unwrap().as_millis();
    let changed: Vec<&String> = fields.as_object().unwrap().keys().filter(|_| kind == "UPDATE").collect();
    let mut event = json!({"ChangeEventHeader": {
        "entityName": entity, "recordIds": [id], "changeType": kind, "changeOrigin": "com/salesforce/api/soap/60.0",
        "transactionKey": format!("t-{number}"), "sequenceNumber": 1, "commitTimestamp": millis,
        "commitNumber": number, "commitUser": "0055f000005mc66AAA", "nulledFields": [], "diffFields": [],
        "changedFields": changed,
    }});
    event.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    system.send("crm", "salesforce-cdc", id, event.to_string().as_bytes());
}
