//! How long a touchpoint is on its way at a steady rate: from the moment at which it was due to be sent until a reader
//! of committed data has the change of score that it caused.
//!
//! The loop is open: the sender keeps to its schedule whatever comes back, and who is late was late from the moment on
//! at which they should have been sent. A loop that waits for answers would send less when the system is slow, and so
//! leave out the very moments that matter.

use crate::load::{self, Sender};
use crate::options::Options;
use crate::sample::{Sample, Watched};
use crate::support::System;
use crate::{Outcome, progress};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{ClientConfig, Message, Offset, TopicPartitionList};
use std::sync::Arc;
use std::time::{Duration, Instant};
use touchpoint::Timestamp;
use touchpoint::output::ScoreChange;
use wire::{Decoder, SchemaBook};

/// How precisely the sender keeps to its schedule.
const STEP: Duration = Duration::from_millis(1);
/// When nothing of ours has come for so long after the last was sent, the rest earned no points.
const QUIET: Duration = Duration::from_secs(10);
const SERVICES: [&str; 3] = ["ingest-web", "resolve", "engine"];

/// When each touchpoint is due.
#[derive(Clone, Copy, Debug)]
struct Schedule {
    start: Instant,
    start_millis: i64,
    rate: u64,
    /// Touchpoints before the measurement, and all.
    warm_up: u64,
    total: u64,
}

impl Schedule {
    fn due(&self, index: u64) -> Instant {
        self.start + self.after(index)
    }

    fn after(&self, index: u64) -> Duration {
        Duration::from_nanos(index * 1_000_000_000 / self.rate)
    }
}

/// What was seen.
#[derive(Debug)]
pub(crate) struct Delays {
    /// Of the touchpoints measured that changed a score, in seconds, shortest first.
    pub(crate) sorted: Vec<f64>,
    /// Touchpoints measured.
    pub(crate) sent: u64,
    /// How far the sender was behind its schedule at most.
    pub(crate) sender_behind: Duration,
    /// Each service when the measurement began, and when it ended.
    pub(crate) services: Vec<(&'static str, Sample, Sample)>,
}

impl Delays {
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        let last = self.sorted.len().saturating_sub(1);
        self.sorted.get((last as f64 * share).round() as usize).copied().unwrap_or(f64::NAN)
    }
}

/// Sends to people who have been there `visits` times each, and reads what comes of it. All three services run.
pub(crate) fn measure(
    system: &System,
    options: &Options,
    sender: &Sender,
    people: u64,
    visits: u64,
) -> Outcome<Delays> {
    let reader = reader(&options.bootstrap, &format!("{}score-changes", system.prefix))?;
    let schedule = Schedule {
        start: Instant::now(),
        start_millis: observe::clock::now().as_millis(),
        rate: options.rate,
        warm_up: options.rate * options.warm_up,
        total: options.rate * (options.warm_up + options.seconds),
    };
    let watched = SERVICES.map(|name| Watched::new(system, name, options.broker_pid));
    let all = || watched.iter().map(|watched| watched.look(system)).collect::<Vec<Sample>>();
    std::thread::scope(|scope| {
        let sending = scope.spawn(move || {
            let first = people * visits;
            let sent = send(sender, &schedule, |index| load::visit(first + index, people));
            // Errors are no `Send`.
            sent.map_err(|error| error.to_string())
        });
        let watching = scope.spawn(move || {
            sleep_until(schedule.due(schedule.warm_up));
            let before = all();
            sleep_until(schedule.due(schedule.total));
            (before, all())
        });
        let arrived = read(&reader, &schedule, || sending.is_finished())?;
        let sender_behind = sending.join().map_err(|_| "the sender panicked")??;
        let (before, after) = watching.join().map_err(|_| "a service went away")?;
        let services = before.into_iter().zip(after).zip(SERVICES);
        Ok(delays(&schedule, &arrived, sender_behind, services.map(|((a, b), name)| (name, a, b)).collect()))
    })
}

/// Sends all touchpoints when they are due. How far it was behind at most.
fn send(sender: &Sender, schedule: &Schedule, who: impl Fn(u64) -> (u64, u64)) -> Outcome<Duration> {
    let mut behind = Duration::ZERO;
    let mut next = 0;
    while next < schedule.total {
        let now = schedule.start.elapsed();
        while next < schedule.total && schedule.after(next) <= now {
            let (person, before) = who(next);
            let at = schedule.start_millis + schedule.after(next).as_millis() as i64;
            sender.send(&load::record(&format!("m{next:09}"), person, before, Timestamp::from_millis(at)))?;
            if next >= schedule.warm_up {
                behind = behind.max(schedule.start.elapsed() - schedule.after(next));
            }
            next += 1;
        }
        sender.poll();
        std::thread::sleep(STEP);
    }
    sender.flush()?;
    Ok(behind)
}

fn sleep_until(moment: Instant) {
    std::thread::sleep(moment.saturating_duration_since(Instant::now()));
}

/// A subscriber that knows nothing of the services, from the end of the topic on.
fn reader(bootstrap: &str, topic: &str) -> Outcome<BaseConsumer> {
    let mut client = ClientConfig::new();
    client.set("bootstrap.servers", bootstrap).set("group.id", "bench-reader").set("enable.auto.commit", "false");
    client.set("isolation.level", "read_committed").set("fetch.wait.max.ms", "50");
    let reader: BaseConsumer = client.create()?;
    let metadata = reader.fetch_metadata(Some(topic), crate::support::PATIENCE)?;
    let mut places = TopicPartitionList::new();
    for partition in metadata.topics().iter().flat_map(|topic| topic.partitions()) {
        let (_, end) = reader.fetch_watermarks(topic, partition.id(), crate::support::PATIENCE)?;
        places.add_partition_offset(topic, partition.id(), Offset::Offset(end))?;
    }
    reader.assign(&places)?;
    Ok(reader)
}

/// When the first score change of each touchpoint was there.
fn read(reader: &BaseConsumer, schedule: &Schedule, sent_all: impl Fn() -> bool) -> Outcome<Vec<Option<Instant>>> {
    let mut decoder = Decoder::new(Arc::new(SchemaBook::new(None)?))?;
    let mut arrived = vec![None; usize::try_from(schedule.total)?];
    let mut missing = schedule.total;
    let mut last = Instant::now();
    while missing > 0 && !(sent_all() && last.elapsed() > QUIET) {
        let Some(message) = reader.poll(Duration::from_millis(50)) else { continue };
        let message = message?;
        let now = Instant::now();
        let change = decoder.read(message.payload().unwrap_or_default());
        let change: ScoreChange = change.map_err(|error| format!("a score change does not read: {error:?}"))?;
        for contribution in &change.added {
            let number = contribution.input.id.strip_prefix('m').and_then(|number| number.parse::<usize>().ok());
            if let Some(first @ None) = number.and_then(|number| arrived.get_mut(number)) {
                *first = Some(now);
                missing -= 1;
                last = now;
            }
        }
    }
    Ok(arrived)
}

fn delays(
    schedule: &Schedule,
    arrived: &[Option<Instant>],
    sender_behind: Duration,
    services: Vec<(&'static str, Sample, Sample)>,
) -> Delays {
    let sent = schedule.total - schedule.warm_up;
    let mut sorted = Vec::new();
    let mut longest_by_second = vec![0.0_f64; usize::try_from(sent.div_ceil(schedule.rate)).unwrap_or(0)];
    for (index, arrived) in (0..).zip(arrived).skip(usize::try_from(schedule.warm_up).unwrap_or(usize::MAX)) {
        let Some(arrived) = arrived else { continue };
        let delay = arrived.duration_since(schedule.due(index)).as_secs_f64();
        sorted.push(delay);
        let second = ((index - schedule.warm_up) / schedule.rate) as usize;
        longest_by_second[second] = longest_by_second[second].max(delay);
    }
    sorted.sort_by(f64::total_cmp);
    // A stall shows as a ramp.
    let seconds: Vec<String> = longest_by_second.iter().map(|longest| format!("{:.0}", longest * 1e3)).collect();
    progress(&format!("longest delay by second, ms: {}", seconds.join(" ")));
    Delays { sorted, sent, sender_behind, services }
}
