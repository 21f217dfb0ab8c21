//! The pipeline, end to end on a real Kafka: raw payloads of real tools in, explained stage transitions out, read by an
//! independent client (kcat) as read_committed.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests")]

mod support;

use serde_json::{Value as Json, json};
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
    explained_as_published(&mut system, &contact);
    listed_with_what_is_to_come(&system);
    system.stop();
}

/// What `explain contact` prints is what everybody reads, and adds up.
fn explained_as_published(system: &mut System, contact: &str) {
    let state = system.wait_for("contacts", "the customer's state", |all| {
        let (_, state) = all.iter().rev().find(|(key, state)| key == contact && !state.is_null())?;
        (state["stages"][0]["stage"] == "customer").then(|| state.clone())
    });
    let published = |name: &str| {
        let scores = state["scores"].as_array().unwrap();
        scores.iter().find(|score| score["name"] == name).unwrap()["points_milli"].as_i64().unwrap()
    };
    let at = state["recorded_at"].as_str().unwrap();
    let explained = system.succeed(&["explain", "contact", contact, "--at", at, "--format", "json"]);
    let explained: Json = serde_json::from_str(&explained).unwrap();
    let sum =
        |parts: &Json, of: &str| parts.as_array().unwrap().iter().map(|part| part[of].as_i64().unwrap()).sum::<i64>();
    for score in explained["scores"].as_array().unwrap() {
        let read = score["points_milli"].as_i64().unwrap();
        assert_eq!(read, published(score["name"].as_str().unwrap()), "{score:#}");
        let listed = sum(&score["contributions"], "points_now_milli") + sum(&score["adjustments"], "points_milli");
        assert_eq!(listed, read, "{score:#}");
    }
    let inputs = explained["scores"][0]["contributions"].as_array().unwrap().iter();
    let inputs: Vec<&str> = inputs.map(|one| one["input"]["id"].as_str().unwrap()).collect();
    for id in ["m1", "m2", "f-1"] {
        assert!(inputs.contains(&id), "the visits before the form count, too: {inputs:?}");
    }
    assert_eq!(explained["fit"]["points_milli"], sum(&explained["fit"]["criteria"], "points_milli"));
    let stage = &explained["stages"][0];
    assert_eq!(
        (&stage["stage"], &stage["moved_by"], &stage["from"]),
        (&"customer".into(), &"feedback".into(), &"opportunity".into())
    );
    assert!(stage["sentence"]["ja"].as_str().unwrap().starts_with("顧客: 営業の判断"), "{stage:#}");
    assert!(
        stage["missing"]["sentence"]["en"].as_str().unwrap().starts_with("For Advocate: NPS: at least 9"),
        "{stage:#}"
    );

    // The same for people: the lines below the score's head are its parts.
    let page = system.succeed(&["explain", "contact", contact, "--at", at, "--lang", "en"]);
    let mut lines = page.lines().skip_while(|line| !line.starts_with("Behaviour "));
    let milli = |text: &str| text.replace('.', "").parse::<i64>().ok();
    let head = lines.next().and_then(|line| milli(line.split(' ').nth(1)?));
    let parts =
        lines.skip(1).take_while(|line| !line.is_empty()).filter_map(|line| milli(line.split_whitespace().next()?));
    assert_eq!((head, parts.sum::<i64>()), (Some(published("behaviour")), published("behaviour")), "{page}");
    let japanese = system.succeed(&["explain", "contact", contact, "--lang", "ja"]);
    assert!(japanese.contains("検討度 ") && japanese.contains("新規獲得: 顧客"), "{japanese}");

    let stranger = system.command(&["explain", "contact", "c00000000000000000000000000"]).output().unwrap();
    assert_eq!((stranger.status.code(), stranger.stdout.as_slice()), (Some(1), &b""[..]));
    assert!(String::from_utf8_lossy(&stranger.stderr).contains("no such contact is here"));
    let early = system.command(&["explain", "contact", contact, "--at", "2026-01-01T00:00:00+09:00"]).output().unwrap();
    assert_eq!(early.status.code(), Some(2), "{}", String::from_utf8_lossy(&early.stderr));
}

/// The playbook in force, and one that counts from a day to come on.
fn listed_with_what_is_to_come(system: &System) {
    let changed = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(support::repository().join("deploy/playbooks/default")).unwrap() {
        let path = file.unwrap().path();
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let name = path.file_name().unwrap();
        std::fs::write(changed.path().join(name), text.replace("label: \"1\"", "label: \"2\"")).unwrap();
    }
    let folder = changed.path().to_str().unwrap();
    system.succeed(&["playbook", "activate", folder, "--effective-at", "2099-04-01T00:00:00+09:00"]);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        // Exit code 1 while the engine has not told every partition of it.
        let listed = system.command(&["playbook", "list", "--format", "json"]).output().unwrap();
        let json: Json = serde_json::from_slice(&listed.stdout).unwrap();
        let states: Vec<_> =
            json["playbooks"].as_array().unwrap().iter().map(|one| (&one["label"], &one["state"])).collect();
        if listed.status.code() == Some(0) && states.len() == 2 && states[1].1 != "not_heard" {
            assert_eq!(states, [(&"1".into(), &"in_force".into()), (&"2".into(), &"to_come".into())], "{json:#}");
            assert_eq!(json["playbooks"][1]["effective_at"], "2099-03-31T15:00:00.000Z");
            break;
        }
        assert!(std::time::Instant::now() < deadline, "{json:#}{}", String::from_utf8_lossy(&listed.stderr));
    }
    let table = system.succeed(&["playbook", "list"]);
    let ends: Vec<_> =
        table.lines().skip(1).map(|line| line.ends_with(" in force") || line.ends_with(" to come")).collect();
    assert_eq!(ends, [true, true], "{table}");
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
