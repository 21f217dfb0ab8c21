//! A service that cannot start says so once, with place, next step and exit code, in bounded time
//! (`DEMAND_TEST_BOOTSTRAP`).

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use common::{Run, bootstrap, fresh_prefix, run};
use std::io::Write;
use std::net::TcpListener;
use std::time::{Duration, Instant};

const SERVICES: [&[&str]; 3] = [&["ingest", "web"], &["resolve"], &["engine"]];

struct Deployment {
    key: tempfile::NamedTempFile,
    state: tempfile::TempDir,
    bootstrap: String,
    prefix: String,
}

impl Deployment {
    fn new(test: &str) -> Option<Self> {
        let mut key = tempfile::NamedTempFile::new().unwrap();
        writeln!(key, "{}", "5e".repeat(32)).unwrap();
        let state = tempfile::TempDir::new().unwrap();
        Some(Self { key, state, bootstrap: bootstrap()?, prefix: fresh_prefix(test) })
    }

    fn run(&self, arguments: &[&str], more: &[(&str, &str)]) -> Run {
        let mut variables = vec![
            ("DEMAND__KAFKA__BOOTSTRAP_SERVERS", self.bootstrap.as_str()),
            ("DEMAND__KAFKA__TOPIC_PREFIX", &self.prefix),
            ("DEMAND__KAFKA__REQUEST_TIMEOUT", "3s"),
            ("DEMAND__TOPICS__REPLICATION_FACTOR", "1"),
            ("DEMAND__TOPICS__PARTITIONS", "3"),
            ("DEMAND__IDENTITY__HASH_KEY_FILE", self.key.path().to_str().unwrap()),
            ("DEMAND__STATE__DIR", self.state.path().to_str().unwrap()),
            ("DEMAND__HTTP__LISTEN", "127.0.0.1:0"),
            ("DEMAND__LOG__LEVEL", "error"),
        ];
        variables.extend(more);
        let begin = Instant::now();
        let ended = run(arguments, &variables);
        assert!(begin.elapsed() < Duration::from_secs(20), "{arguments:?} took {:?}", begin.elapsed());
        ended
    }
}

/// One message, its place, the next step.
fn assert_refused(refused: &Run, code: i32, message: &str, step: &str) {
    assert_eq!((refused.code, refused.out.as_str()), (Some(code), ""), "{}", refused.talk);
    let complaint = refused.talk.split_once("error: ").map(|(_, complaint)| complaint).unwrap_or_default();
    assert!(complaint.contains(message), "{message:?} in\n{}", refused.talk);
    assert!(complaint.contains("\n   at: "), "{}", refused.talk);
    assert!(complaint.contains(step), "{step:?} in\n{}", refused.talk);
}

#[test]
fn missing_topics_are_named_with_the_command_that_makes_them() {
    let Some(deployment) = Deployment::new("absent") else { return };
    for service in SERVICES {
        assert_refused(&deployment.run(service, &[]), 1, &deployment.prefix, "topics");
    }
}

#[test]
fn partitions_that_do_not_fit_are_named() {
    let Some(deployment) = Deployment::new("uneven") else { return };
    assert_eq!(deployment.run(&["topics", "apply"], &[]).code, Some(0));
    let changelog = format!("{}engine-changelog", deployment.prefix);
    common::add_partitions(&deployment.bootstrap, &changelog, 4);
    assert_refused(&deployment.run(&["engine"], &[]), 1, &changelog, "topics");
}

/// Who reads the playbooks' topic reads one log.
#[test]
fn a_playbooks_topic_of_two_partitions_is_refused() {
    let Some(deployment) = Deployment::new("playbooks") else { return };
    assert_eq!(deployment.run(&["topics", "apply"], &[]).code, Some(0));
    common::add_partitions(&deployment.bootstrap, &format!("{}playbooks", deployment.prefix), 2);
    let message = format!("{}playbooks has 2 partitions, but must have 1", deployment.prefix);
    assert_refused(&deployment.run(&["engine"], &[]), 1, &message, "topics plan");
    let playbook = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/playbooks/default");
    let refused = deployment.run(&["playbook", "activate", playbook, "--effective-at", "now"], &[]);
    assert_refused(&refused, 1, &message, "topics plan");
}

/// Whoever was killed while it activated the first one has activated none.
#[test]
fn a_first_playbook_comes_in_though_an_aborted_one_was_written() {
    let Some(deployment) = Deployment::new("first") else { return };
    assert_eq!(deployment.run(&["topics", "apply"], &[]).code, Some(0));
    common::write_and_abort(&deployment.bootstrap, &format!("{}playbooks", deployment.prefix));
    let playbook = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/playbooks/default");
    let activate = || deployment.run(&["playbook", "activate", playbook, "--if-none"], &[]);
    let first = activate();
    assert_eq!((first.code, first.out.len()), (Some(0), 65), "its hash: {}{}", first.out, first.talk);
    let second = activate();
    assert_eq!((second.code, second.out.as_str()), (Some(0), ""));
    assert!(second.talk.contains("it stays as it is"), "{}", second.talk);
}

/// Content is there before any engine has heard of it.
#[test]
fn playbooks_are_listed_from_their_activation_on() {
    let Some(deployment) = Deployment::new("listed") else { return };
    let refused = deployment.run(&["playbook", "list"], &[]);
    assert_refused(&refused, 1, &format!("{}playbooks", deployment.prefix), "topics apply");
    assert_eq!(deployment.run(&["topics", "apply"], &[]).code, Some(0));
    let none = deployment.run(&["playbook", "list"], &[]);
    assert_eq!((none.code, none.out.as_str()), (Some(0), ""), "{}", none.talk);
    assert!(none.talk.contains("no playbook was ever activated"), "{}", none.talk);
    let playbook = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/playbooks/default");
    let activated = deployment.run(&["playbook", "activate", playbook, "--effective-at", "now"], &[]);
    let listed = deployment.run(&["playbook", "list", "--format", "json"], &[]);
    let listed: serde_json::Value = serde_json::from_str(&listed.out).unwrap();
    let only = &listed["playbooks"][0];
    assert_eq!(only["hash"].as_str(), Some(activated.out.trim()), "{listed:#}");
    assert_eq!((&only["name"], &only["label"], &only["state"]), (&"default".into(), &"1".into(), &"not_heard".into()));
    assert!(only["written_at"].is_string() && only["effective_at"].is_null(), "{listed:#}");
    let table = deployment.run(&["playbook", "list"], &[]);
    let line = table.out.lines().nth(1).unwrap_or_default();
    assert!(
        line.starts_with("1 ")
            && line.contains(&activated.out[..12])
            && line.ends_with("not heard of by an engine yet"),
        "{}",
        table.out
    );
}

/// It would lose rows, weeks later.
#[test]
fn a_changelog_that_is_not_compacted_is_refused() {
    let Some(deployment) = Deployment::new("cleanup") else { return };
    assert_eq!(deployment.run(&["topics", "apply"], &[]).code, Some(0));
    for (service, changelog) in [("resolve", "resolve-changelog"), ("engine", "engine-changelog")] {
        let changelog = format!("{}{changelog}", deployment.prefix);
        common::set_topic_config(&deployment.bootstrap, &changelog, "cleanup.policy", "delete");
        let message = format!("{changelog} has cleanup.policy=delete, the plan wants compact");
        assert_refused(&deployment.run(&[service], &[]), 1, &message, "kafka-configs");
    }
}

#[test]
fn a_broker_that_is_away_is_exit_code_3() {
    let Some(mut deployment) = Deployment::new("away") else { return };
    deployment.bootstrap = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let address = deployment.bootstrap.clone();
    for service in SERVICES {
        assert_refused(&deployment.run(service, &[]), 3, &address, "kafka.bootstrap_servers");
    }
}

#[test]
fn a_registry_that_is_away_is_exit_code_3() {
    let Some(deployment) = Deployment::new("registry") else { return };
    assert_eq!(deployment.run(&["topics", "apply"], &[]).code, Some(0));
    let refusing = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{refusing}");
    for service in SERVICES {
        let refused = deployment.run(service, &[("DEMAND__REGISTRY__URLS", &url)]);
        assert_refused(&refused, 3, &url, "registry.urls");
    }
}

/// The registry's settings are the services' too, not only those of `schemas`.
#[test]
fn the_registry_is_asked_as_the_settings_say() {
    let Some(deployment) = Deployment::new("authority") else { return };
    assert_eq!(deployment.run(&["topics", "apply"], &[]).code, Some(0));
    let url = ("DEMAND__REGISTRY__URLS", "https://127.0.0.1:9");
    for service in SERVICES {
        let authority = ("DEMAND__REGISTRY__CA_FILE", "/nowhere/authorities.pem");
        assert_refused(&deployment.run(service, &[url, authority]), 2, authority.1, "registry.ca_file");
    }
}

#[test]
fn an_address_that_is_not_the_registrys_api_is_told() {
    let Some(deployment) = Deployment::new("path") else { return };
    let Some(registry) = common::registry() else { return };
    assert_eq!(deployment.run(&["topics", "apply"], &[]).code, Some(0));
    let bare = registry.strip_suffix("/apis/ccompat/v7").unwrap();
    let refused = deployment.run(&["resolve"], &[("DEMAND__REGISTRY__URLS", bare)]);
    assert_refused(&refused, 1, "HTTP 404", "/apis/ccompat/v7");
}

#[test]
fn without_the_key_of_the_hashes_nothing_starts() {
    let Some(deployment) = Deployment::new("key") else { return };
    for (value, message) in [("", "hash"), ("/nowhere/key", "/nowhere/key")] {
        let refused = deployment.run(&["resolve"], &[("DEMAND__IDENTITY__HASH_KEY_FILE", value)]);
        assert_refused(&refused, 2, message, "openssl rand -hex 32");
    }
}

/// It would have taken the place of one that works, and ended right after.
#[test]
fn a_state_folder_that_cannot_be_written_is_told_at_the_start() {
    let Some(deployment) = Deployment::new("state") else { return };
    assert_eq!(deployment.run(&["topics", "apply"], &[]).code, Some(0));
    for service in [["resolve"], ["engine"]] {
        let refused = deployment.run(&service, &[("DEMAND__STATE__DIR", "/proc/nowhere")]);
        assert_refused(&refused, 2, &format!("/proc/nowhere/{}", service[0]), "state.dir");
    }
}

#[test]
fn a_port_that_is_taken_is_named() {
    let Some(deployment) = Deployment::new("port") else { return };
    assert_eq!(deployment.run(&["topics", "apply"], &[]).code, Some(0));
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let refused = deployment.run(&["ingest", "web"], &[("DEMAND__HTTP__LISTEN", &address)]);
    assert_refused(&refused, 2, &address, "http.listen");
}

#[test]
fn a_channel_that_is_not_declared_is_told() {
    let Some(deployment) = Deployment::new("channel") else { return };
    let refused = deployment.run(&["ingest", "wbe"], &[]);
    assert_refused(&refused, 2, "wbe", "web");
}
