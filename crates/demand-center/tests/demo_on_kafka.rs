//! The demo against a real Kafka: simulated time goes on, though offsets there count the marks of transactions too.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests")]

mod support;

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Instant;
use support::{PATIENCE, bootstrap};

#[test]
fn simulated_days_pass_on_a_real_kafka() {
    let Some(bootstrap) = bootstrap() else { return };
    let mut demo = Command::new(env!("CARGO_BIN_EXE_demand-center"))
        .args(["demo", "--kafka", "--accounts", "40"])
        .env("DEMAND__KAFKA__BOOTSTRAP_SERVERS", bootstrap)
        .env("LANG", "C.UTF-8")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(demo.stdout.take().unwrap()).lines();
    let (told, dates) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        // A transition begins with its day: `2026-10-22  c47a6r90…  SQL: ...`.
        let day = |line: String| line.get(..10)?.parse::<jiff::civil::Date>().ok();
        for day in lines.map_while(Result::ok).filter_map(day) {
            if told.send(day).is_err() {
                break;
            }
        }
    });
    let deadline = Instant::now() + PATIENCE;
    let first = dates.recv_timeout(PATIENCE).expect("a transition");
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let day = dates.recv_timeout(left).expect("simulated time goes on");
        if day.since(first).is_ok_and(|passed| passed.get_days() >= 7) {
            break;
        }
    }
    drop(dates);
    assert!(Command::new("kill").args(["-INT", &demo.id().to_string()]).status().unwrap().success());
    let ended = demo.wait().unwrap();
    reader.join().unwrap();
    assert!(ended.success(), "{ended}");
}
