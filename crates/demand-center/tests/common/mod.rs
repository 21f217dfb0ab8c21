//! The binary as people run it.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests")]

use rdkafka::admin::{AdminClient, AdminOptions, AlterConfig, NewPartitions, ResourceSpecifier};
use rdkafka::config::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// What one run of the binary said.
#[derive(Debug)]
pub struct Run {
    pub code: Option<i32>,
    pub out: String,
    pub talk: String,
}

/// Writes a record to a topic in a transaction that is aborted.
pub fn write_and_abort(bootstrap: &str, topic: &str) {
    let producer: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("transactional.id", format!("{topic}-aborts"))
        .create()
        .unwrap();
    producer.init_transactions(PATIENCE).unwrap();
    producer.begin_transaction().unwrap();
    producer.send(BaseRecord::to(topic).key("k").payload("never committed")).unwrap();
    producer.flush(PATIENCE).unwrap();
    producer.abort_transaction(PATIENCE).unwrap();
}

/// Longer than any command may take that is meant to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the binary with these arguments and variables, and nothing else from the environment.
///
/// # Panics
/// When it does not end.
pub fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Run {
    let mut command = command(arguments, variables);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let id = child.id().to_string();
    let (ended, end) = std::sync::mpsc::channel();
    std::thread::spawn(move || ended.send(child.wait_with_output()));
    match end.recv_timeout(PATIENCE) {
        Ok(output) => output.unwrap().into(),
        Err(_) => {
            Command::new("kill").args(["-KILL", &id]).status().unwrap();
            let said = Run::from(end.recv().unwrap().unwrap());
            panic!("{arguments:?} has not ended within {PATIENCE:?}: {}{}", said.out, said.talk);
        }
    }
}

pub fn command(arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_demand-center"));
    command.args(arguments).env_clear().envs(variables.iter().copied());
    command
}

/// The broker of the tests; `None` (told) without one: `tests/run` always sets it.
pub fn bootstrap() -> Option<String> {
    told("DEMAND_TEST_BOOTSTRAP")
}

/// The schema registry of the tests; as [`bootstrap`].
pub fn registry() -> Option<String> {
    let url = told("DEMAND_TEST_REGISTRY")?;
    Some(match url.ends_with("/apis/ccompat/v7") {
        true => url,
        false => format!("{}/apis/ccompat/v7", url.trim_end_matches('/')),
    })
}

fn told(variable: &str) -> Option<String> {
    let value = std::env::var(variable).ok();
    if value.is_none() {
        eprintln!("left out: {variable} is not set; `tests/run` or `deploy/local/kafka up --registry` does");
    }
    value
}

/// A topic prefix that no other run uses.
pub fn fresh_prefix(test: &str) -> String {
    let millis = observe::clock::now().as_millis();
    format!("{test}-{}-{millis}.", std::process::id())
}

/// Gives a topic more partitions, as somebody does by hand.
pub fn add_partitions(bootstrap: &str, topic: &str, count: usize) {
    let admin: AdminClient<_> = ClientConfig::new().set("bootstrap.servers", bootstrap).create().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let options = AdminOptions::new().operation_timeout(Some(Duration::from_secs(10)));
    let added = runtime.block_on(admin.create_partitions(&[NewPartitions::new(topic, count)], &options)).unwrap();
    assert!(added.iter().all(Result::is_ok), "{added:?}");
    let deadline = Instant::now() + PATIENCE;
    let partitions = || admin.inner().fetch_metadata(Some(topic), PATIENCE).unwrap().topics()[0].partitions().len();
    while partitions() != count {
        assert!(Instant::now() < deadline, "{topic} never had {count} partitions");
        std::thread::yield_now();
    }
}

/// Sets one value of a topic's configuration, as somebody does by hand.
pub fn set_topic_config(bootstrap: &str, topic: &str, name: &str, value: &str) {
    let admin: AdminClient<_> = ClientConfig::new().set("bootstrap.servers", bootstrap).create().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (options, topic) = (AdminOptions::new(), ResourceSpecifier::Topic(topic));
    let altered = runtime.block_on(admin.alter_configs(&[AlterConfig::new(topic).set(name, value)], &options)).unwrap();
    assert!(altered.iter().all(Result::is_ok), "{altered:?}");
    let deadline = Instant::now() + PATIENCE;
    let found = || {
        let described = runtime.block_on(admin.describe_configs([&topic], &options)).unwrap().remove(0).unwrap();
        described.entries.into_iter().find(|entry| entry.name == name).and_then(|entry| entry.value)
    };
    while found().as_deref() != Some(value) {
        assert!(Instant::now() < deadline, "{name} never was {value}");
        std::thread::yield_now();
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            talk: String::from_utf8(output.stderr).unwrap(),
        }
    }
}
