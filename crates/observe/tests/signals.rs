//! Signals belong to a process: the test starts itself again as the process to be ended.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use observe::Lifecycle;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);

/// The process to be ended. Says `listening`, `stopping`, and how it ended; with `HANGS` its component never ends.
#[test]
fn a_process() {
    let Ok(behaviour) = std::env::var("BEHAVIOUR") else { return };
    let life = Lifecycle::default();
    let _signals = life.listen().unwrap();
    let component = life.register("worker", LONG);
    println!("\nlistening");
    assert!(life.shutdown().wait_timeout(LONG));
    println!("stopping");
    if behaviour == "ends" {
        component.finished();
    }
    println!("{}", life.wait().cause);
    std::process::exit(0);
}

#[test]
fn the_first_signal_stops_gracefully() {
    for (signal, cause) in [("TERM", "signal SIGTERM"), ("INT", "signal SIGINT")] {
        let (mut child, mut output) = start("ends");
        wait_for(&mut output, "listening");
        send(&child, signal);
        wait_for(&mut output, cause);
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn the_second_signal_ends_at_once() {
    let (mut child, mut output) = start("hangs");
    wait_for(&mut output, "listening");
    send(&child, "TERM");
    wait_for(&mut output, "stopping");
    send(&child, "TERM");
    assert_eq!(child.wait().unwrap().code(), Some(128 + 15));
}

fn start(behaviour: &str) -> (Child, BufReader<ChildStdout>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_process", "--nocapture"])
        .env("BEHAVIOUR", behaviour)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    (child, output)
}

fn wait_for(output: &mut impl BufRead, line: &str) {
    let mut lines = output.lines().map(Result::unwrap);
    assert!(lines.any(|have| have == line), "the process ended before it said `{line}`");
}

fn send(child: &Child, signal: &str) {
    let status = Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status().unwrap();
    assert!(status.success());
}
