//! What README.md and schemas/README.md tell a subscriber to type, typed: kcat on the JSON form, and the Python example
//! with a schema registry.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests")]

mod support;

use serde_json::{Value as Json, json};
use std::process::Command;
use support::{System, bootstrap, days_ago, repository};

/// An inquiry, which is a transition to MQL at once.
fn with_an_mql(name: &str, settings: &[(&str, &str)]) -> Option<(System, String)> {
    let bootstrap = bootstrap()?;
    let mut system = System::new(&bootstrap, name, settings);
    for service in [&["ingest", "web"][..], &["resolve"], &["engine"]] {
        system.start(service);
    }
    let inquiry = json!({
        "source": "forms", "id": "f-1", "occurred_at": days_ago(1, "11:00:00"), "kind": "form_submit",
        "identifiers": {"email": "hanako@acme.example"}, "properties": {"purpose": "inquiry"},
    });
    system.send("web", "canonical", "f-1", inquiry.to_string().as_bytes());
    system.flush();
    system.wait_for_records("stage-transitions", 1);
    Some((system, bootstrap))
}

/// The command lines in a document's code blocks that begin with this word.
fn commands(document: &str, word: &str) -> Vec<String> {
    let text = std::fs::read_to_string(repository().join(document)).unwrap();
    let lines = text.lines().map(|line| line.trim_start_matches("$ ").trim());
    lines.filter(|line| line.starts_with(word)).map(str::to_owned).collect()
}

/// The line with this system's broker and topics, run by a shell in the folder of schemas.
fn run(system: &System, bootstrap: &str, line: &str) -> String {
    let line = line.replace("localhost:9092", bootstrap).replace("demand.", &system.prefix);
    let output = Command::new("sh").args(["-c", &line]).current_dir(repository().join("schemas")).output().unwrap();
    assert!(output.status.success(), "{line}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn kcat_shows_the_json_form() {
    let Some((system, bootstrap)) = with_an_mql("by-kcat", &[]) else { return };
    let lines = commands("README.md", "kcat -C");
    assert!(!lines.is_empty(), "README.md has no kcat line");
    for line in lines {
        let said = run(&system, &bootstrap, &line);
        assert!(said.contains("\"to\":\"mql\""), "{line}\n{said}");
    }
    system.stop();
}

#[test]
fn the_python_example_reads_avro_by_the_registry() {
    let Some(registry) = std::env::var("DEMAND_TEST_REGISTRY").ok().filter(|_| bootstrap().is_some()) else { return };
    let python = std::env::var("DEMAND_TEST_PYTHON").expect("tests/run sets it beside the registry");
    let registry = format!("{registry}/apis/ccompat/v7");
    let settings = [("OUTPUT__FORMAT", "avro"), ("REGISTRY__URLS", registry.as_str())];
    let Some((system, bootstrap)) = with_an_mql("by-python", &settings) else { return };
    let lines = commands("schemas/README.md", "examples/consumer.py");
    let line = lines.iter().find(|line| line.contains("--registry") && line.contains("--until-end"));
    let line =
        line.expect("schemas/README.md shows the example with a registry").replace("http://localhost:8081", &registry);
    let line = line.replace("examples/consumer.py", &format!("{python} examples/consumer.py"));
    let said = run(&system, &bootstrap, &format!("{line} --topic demand.stage-transitions"));
    let read: Vec<Json> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(read.iter().any(|record| record["event"]["to"] == "mql"), "{said}");
    // A group goes on where it stopped.
    let of_a_group = format!("{line} --topic demand.stage-transitions --group {}crm", system.prefix);
    assert_eq!(run(&system, &bootstrap, &of_a_group).lines().count(), read.len());
    assert_eq!(run(&system, &bootstrap, &of_a_group), "");
    system.stop();
}
