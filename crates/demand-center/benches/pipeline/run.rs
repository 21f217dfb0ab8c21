//! One repetition: systems from nothing, each with more people than the one before; in the last one the delay.

use crate::backlog::{Backlog, Work, work_off};
use crate::load::Sender;
use crate::options::Options;
use crate::report::Figures;
use crate::rest::{self, Rest};
use crate::sample::{Sample, Used, Watched};
use crate::support::{PATIENCE, System};
use crate::{Outcome, delay, progress};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;

const MIB: f64 = 1_048_576.0;

/// The tables of the report.
const BACKLOG: &str = "working off a backlog";
const TRANSACTIONS: &str = "transactions (ingest: deliveries), ms";
const HELD: &str = "engine at rest";
const DELAY: &str = "end to end";
const SHARES: &str = "processor, cores";

pub(crate) fn run(options: &Options, name: &str, figures: &mut Figures) -> Outcome<()> {
    let [sizes @ .., most] = options.people();
    let mut before = None;
    for people in sizes {
        let (system, rest) = grown(options, &format!("{name}-{people}"), people, figures)?;
        held(figures, people, rest, before);
        before = Some((people, rest));
        end(options, system)?;
    }
    let (mut system, rest) = grown(options, &format!("{name}-{most}"), most, figures)?;
    held(figures, most, rest, before);

    system.start(&["ingest", "web"]);
    system.start(&["resolve"]);
    system.wait_ready();
    let sender = Sender::new(&options.bootstrap, &system.prefix)?;
    let delays = delay::measure(&system, options, &sender, most, options.visits)?;
    delayed(figures, options, &delays);
    end(options, system)
}

/// A new system whose services have worked off a backlog, one after the other, and what the engine holds then. Only the
/// engine still runs.
fn grown(options: &Options, name: &str, people: u64, figures: &mut Figures) -> Outcome<(System, Rest)> {
    let partitions = options.partitions.to_string();
    // Avro as by default, not JSON as the tests want it.
    let settings = [("TOPICS__PARTITIONS", partitions.as_str()), ("OUTPUT__FORMAT", "avro")];
    let mut system = System::new(&options.bootstrap, name, &settings);
    let sender = Sender::new(&options.bootstrap, &system.prefix)?;
    let backlog = Backlog::new(people, options.visits);
    progress(&format!("{people} people, {} touchpoints", backlog.touchpoints()));
    backlog.introduce(&mut system, options, &sender)?;
    backlog.fill(&sender)?;
    let later = backlog.touchpoints() - people;
    for (arguments, touchpoints) in
        [(&["ingest", "web"][..], later), (&["resolve"], later), (&["engine"], backlog.touchpoints())]
    {
        let work = work_off(&mut system, options, arguments, touchpoints)?;
        let service = arguments.join("-");
        // A backlog of a few seconds is mostly its beginning and its end.
        if people >= options.contacts {
            worked(figures, &format!("{service}, {people} people"), &work);
        }
        if service != "engine" {
            system.end(&service);
        }
    }
    let watched = Watched::new(&system, "engine", options.broker_pid);
    let rest = rest::wait(&system, &watched, options.rest())?;
    Ok((system, rest))
}

/// What the engine holds, and what each person more than in the system before takes: the fixed part drops out.
fn held(figures: &mut Figures, people: u64, rest: Rest, before: Option<(u64, Rest)>) {
    let row = format!("{people} people");
    figures.note(HELD, &row, "memory, MiB", rest.resident / MIB);
    figures.note(HELD, &row, "most memory before, MiB", rest.most_resident / MIB);
    figures.note(HELD, &row, "rows in memory", rest.rows);
    figures.note(HELD, &row, "store on disk, MiB", rest.disk / MIB);
    if let Some((fewer, before)) = before {
        let more = (people - fewer) as f64;
        let memory = (rest.resident - before.resident) / MIB * 100_000.0 / more;
        figures.note(HELD, &row, "memory for each 100,000 more, MiB", memory);
        figures.note(HELD, &row, "disk for each more, bytes", (rest.disk - before.disk) / more);
    }
}

fn worked(figures: &mut Figures, row: &str, work: &Work) {
    let Work { touchpoints, used, before, after } = work;
    figures.note(BACKLOG, row, "touchpoints/s", touchpoints / used.seconds);
    figures.note(BACKLOG, row, "touchpoints per CPU second", touchpoints / used.cpu);
    figures.note(BACKLOG, row, "records in/s", (after.consumed() - before.consumed()) / used.seconds);
    shares(figures, row, *used);
    phases(figures, row, before, after);
}

fn delayed(figures: &mut Figures, options: &Options, delays: &delay::Delays) {
    let row = format!("{}/s", options.rate);
    for (column, share) in [("p50, ms", 0.5), ("p90, ms", 0.9), ("p99, ms", 0.99), ("longest, ms", 1.0)] {
        figures.note(DELAY, &row, column, 1e3 * delays.quantile(share));
    }
    figures.note(DELAY, &row, "that changed a score, %", 100.0 * delays.sorted.len() as f64 / delays.sent as f64);
    figures.note(DELAY, &row, "sender behind at most, ms", 1e3 * delays.sender_behind.as_secs_f64());
    for (service, before, after) in &delays.services {
        let row = format!("{service}, {}/s", options.rate);
        shares(figures, &row, after.since(before));
        phases(figures, &row, before, after);
    }
}

/// Who used the cores meanwhile. What nobody here accounts for is the kernel's, or a stranger's.
fn shares(figures: &mut Figures, row: &str, used: Used) {
    figures.note(SHARES, row, "worker's thread", used.worker_cpu / used.seconds);
    figures.note(SHARES, row, "whole service", used.cpu / used.seconds);
    figures.note(SHARES, row, "broker", used.broker_cpu / used.seconds);
    figures.note(SHARES, row, "load and reader", used.own_cpu / used.seconds);
    figures.note(SHARES, row, "everything", used.machine_cpu / used.seconds);
}

/// The transactions between two samples, by phase. Percentiles of phases cannot be added up, means can: `flush`,
/// `offsets` and `commit` together are the commit.
fn phases(figures: &mut Figures, row: &str, before: &Sample, after: &Sample) {
    let of = |phase: &str| {
        let label = format!("phase=\"{phase}\"");
        let of = |sample: &Sample| sample.page.histogram("demand_center_transaction_phase_seconds", &label);
        let took = of(after).since(&of(before));
        (took.count() > 0.0).then_some(took)
    };
    if let Some(process) = of("process") {
        figures.note(TRANSACTIONS, row, "process, mean", 1e3 * process.mean());
    }
    let mut commit = 0.0;
    for phase in ["flush", "offsets", "commit"] {
        let Some(took) = of(phase) else { continue };
        figures.note(TRANSACTIONS, row, format!("{phase} p50"), 1e3 * took.quantile(0.5));
        figures.note(TRANSACTIONS, row, format!("{phase} p99"), 1e3 * took.quantile(0.99));
        commit += took.mean();
    }
    figures.note(TRANSACTIONS, row, "these three, mean", 1e3 * commit);
    let records = |sample: &Sample| sample.page.histogram("demand_center_transaction_records", "");
    figures.note(TRANSACTIONS, row, "records each, mean", records(after).since(&records(before)).mean());
}

/// Ends the services, and takes their topics from the broker, which would go on compacting them.
fn end(options: &Options, system: System) -> Outcome<()> {
    let prefix = system.prefix.clone();
    system.stop();
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", &options.bootstrap).create()?;
    let metadata = admin.inner().fetch_metadata(None, PATIENCE)?;
    let topics: Vec<&str> =
        metadata.topics().iter().map(|topic| topic.name()).filter(|name| name.starts_with(&prefix)).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let limits = AdminOptions::new().operation_timeout(Some(PATIENCE)).request_timeout(Some(PATIENCE));
    for deleted in runtime.block_on(admin.delete_topics(&topics, &limits))? {
        deleted.map_err(|(topic, code)| format!("{topic} was not deleted: {code}"))?;
    }
    Ok(())
}
