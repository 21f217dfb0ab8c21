//! What the pipeline carries on this machine, against a real Kafka: how fast each service works off a backlog and what
//! that costs it, how much memory and disk a contact takes, and how long a touchpoint is on its way when they come at a
//! steady rate. No test: nothing here passes or fails. Run by `tests/bench/run`; `tests/bench/README.md` says what the
//! figures mean.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "stdout is data, stderr is talk")]
#![allow(clippy::unwrap_used, reason = "the parts shared with the tests")]

mod backlog;
mod delay;
mod load;
mod machine;
mod options;
mod page;
mod report;
mod rest;
mod run;
mod sample;
#[path = "../../tests/support/mod.rs"]
mod support;

use clap::Parser;
use options::Options;
use report::{Figures, Report};
use std::process::ExitCode;

/// What may go wrong, told to whoever started it.
type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let options = Options::parse();
    match bench(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn bench(options: &Options) -> Outcome<()> {
    let mut report = Report::new(options);
    if !options.short {
        // Thrown away: the broker's code is compiled when it has run for a while, and the first run pays for it.
        progress("warming up");
        run::run(&options.warm_up_run(), "bench-0", &mut Figures::default())?;
    }
    for repetition in 1..=options.repetitions {
        progress(&format!("repetition {repetition} of {}", options.repetitions));
        let mut figures = Figures::default();
        run::run(options, &format!("bench-{repetition}"), &mut figures)?;
        report.add(figures);
    }
    print!("{}", report.tables());
    if let Some(folder) = &options.out {
        let file = report.write(folder)?;
        progress(&format!("figures of every repetition: {}", file.display()));
    }
    Ok(())
}

/// A line for whoever waits.
fn progress(line: &str) {
    eprintln!("bench: {line}");
}
