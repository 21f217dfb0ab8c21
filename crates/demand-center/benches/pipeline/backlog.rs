//! A backlog, filled by the pipeline itself and worked off by one service after the other: each has the machine to
//! itself but for the broker.

use crate::load::{self, Sender};
use crate::options::Options;
use crate::sample::{LOOK, Sample, Used, Watched};
use crate::support::{PATIENCE, System};
use crate::{Outcome, progress};
use std::time::Duration;
use touchpoint::Timestamp;

const DAY_MILLIS: i64 = 86_400_000;
/// The visits of the backlog happened in this time until yesterday.
const SPAN_MILLIS: i64 = 56 * DAY_MILLIS;
/// A service that has taken nothing but ticks for so long is through.
const QUIET: Duration = Duration::from_secs(2);

/// What working off a backlog took.
#[derive(Debug)]
pub(crate) struct Work {
    pub(crate) touchpoints: f64,
    pub(crate) used: Used,
    pub(crate) before: Sample,
    pub(crate) after: Sample,
}

/// So many people, each with so many visits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backlog {
    pub(crate) people: u64,
    pub(crate) visits: u64,
    from_millis: i64,
}

impl Backlog {
    pub(crate) fn new(people: u64, visits: u64) -> Self {
        let from_millis = observe::clock::now().as_millis() - DAY_MILLIS - SPAN_MILLIS;
        Self { people, visits, from_millis }
    }

    pub(crate) const fn touchpoints(&self) -> u64 {
        self.people * self.visits
    }

    fn send(&self, sender: &Sender, turns: std::ops::Range<u64>) -> Outcome<()> {
        for turn in turns {
            let (person, before) = load::visit(turn, self.people);
            let at = self.from_millis + (SPAN_MILLIS as f64 * turn as f64 / self.touchpoints() as f64) as i64;
            sender.send(&load::record(&format!("b{turn:09}"), person, before, Timestamp::from_millis(at)))?;
        }
        sender.flush()
    }

    /// Everybody's first visit, through `ingest web` and `resolve`: a cookie that was read before the address that it
    /// goes with would have to be taken back from a stranger, which is another measurement.
    pub(crate) fn introduce(&self, system: &mut System, options: &Options, sender: &Sender) -> Outcome<()> {
        system.start(&["ingest", "web"]);
        system.start(&["resolve"]);
        self.send(sender, 0..self.people)?;
        for name in ["ingest-web", "resolve"] {
            through(system, options, &Watched::new(system, name, None), self.people)?;
        }
        system.end("ingest-web");
        system.end("resolve");
        Ok(())
    }

    /// All other visits, into the raw topic only.
    pub(crate) fn fill(&self, sender: &Sender) -> Outcome<()> {
        self.send(sender, self.people..self.touchpoints())
    }
}

/// Starts a service and lets it work off `touchpoints` and whatever it makes itself of them (the engine's inbox also
/// takes what contacts tell their companies). It goes on running.
pub(crate) fn work_off(system: &mut System, options: &Options, arguments: &[&str], touchpoints: u64) -> Outcome<Work> {
    system.start(arguments);
    let watched = Watched::new(system, &arguments.join("-"), options.broker_pid);
    let (before, after) = through(system, options, &watched, touchpoints)?;
    let used = after.since(&before);
    progress(&format!("{}: {touchpoints} touchpoints in {:.1} s", watched.name, used.seconds));
    Ok(Work { touchpoints: touchpoints as f64, used, before, after })
}

/// Waits until so many touchpoints have come out of a service and nothing but ticks comes in. The samples before its
/// first record and after its last.
fn through(system: &System, options: &Options, watched: &Watched, touchpoints: u64) -> Outcome<(Sample, Sample)> {
    let wanted = touchpoints as f64;
    let mut before = watched.look(system);
    let mut after = before.clone();
    let mut last = before.clone();
    loop {
        std::thread::sleep(LOOK);
        let now = watched.look(system);
        if now.consumed() == 0.0 {
            before = now.clone();
        }
        // A tick a second comes in every partition.
        if now.consumed() - last.consumed() > f64::from(options.partitions) {
            after = now.clone();
        }
        last = now;
        let (quiet, have) = (last.page.at - after.page.at, last.touchpoints(&watched.name));
        if have >= wanted && quiet > QUIET {
            return Ok((before, after));
        }
        if quiet > PATIENCE {
            let name = &watched.name;
            return Err(format!("{name} has passed {have} touchpoints of {wanted}; nothing comes any more").into());
        }
    }
}
