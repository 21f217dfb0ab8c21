//! The ordinary run.

use std::time::Duration;

use stream::{Context, Fault, Output, Processor, Record, Topic};

use crate::counting::{self, Count, assert_counted_once, counting, inputs};
use crate::harness::Stage;

#[test]
fn each_input_counts_once_and_a_commit_takes_far_less_than_the_clients_100_ms() {
    let stage = Stage::new(4);
    let mut settings = stage.settings();
    settings.commit.interval = Duration::from_millis(50);
    let processor = counting(&mut settings, &stage);
    let worker = stage.start(settings, processor);
    worker.wait_until_ready();

    // Paced, so that there are many transactions.
    let inputs = inputs(20_000, 500);
    for chunk in inputs.chunks(500) {
        counting::produce(&stage, chunk);
    }
    let consumed = "demand_center_records_consumed_total";
    worker.wait_for("all inputs", || stage.counter(consumed, "") >= 20_000.0);
    worker.stop().unwrap();

    assert_counted_once(&stage, &inputs, &[]);
    let transactions = stage.counter("demand_center_transactions_total", "committed");
    assert!(transactions >= 20.0, "{transactions} transactions");
    let median: f64 = ["flush", "offsets", "commit"].iter().map(|phase| median_seconds(&stage, phase)).sum();
    println!("commit: median at most {median} s over {transactions} transactions");
    assert!(median < 0.09, "flush, positions and commit take {median} s in the median");
}

#[test]
fn ticks_enter_the_log_through_the_own_partition() {
    let stage = Stage::new(2);
    let mut settings = stage.settings();
    settings.tick_interval = Duration::from_millis(100);
    let input = settings.outputs.declare(stage.input());
    let processor = Ticking { input };
    let worker = stage.start(settings, processor);
    worker.wait_for("ticks that come back", || {
        let rows = stage.read(&stage.changelog(), "read_committed");
        let latest = |partition| {
            let mut own = rows.iter().filter(|record| record.partition == partition && record.key == [1]);
            own.next_back().map_or(0, |record| record.bytes[8])
        };
        latest(0) >= 3 && latest(1) >= 3
    });
    worker.stop().unwrap();
}

/// Writes ticks and counts those that come back.
struct Ticking {
    input: Topic,
}

impl Processor for Ticking {
    type Row = Count;

    fn apply(&mut self, cx: &mut Context<'_, Count>, record: &Record<'_>) -> Result<(), Fault> {
        assert_eq!(record.key, Some(format!("tick {}", cx.partition()).as_bytes()), "from the own partition");
        cx.get_or_insert_with(&[1], || Count(0))?.0 += 1;
        Ok(())
    }

    fn tick(&mut self, cx: &mut Context<'_, Count>, wall_millis: i64) -> Result<(), Fault> {
        let key = format!("tick {}", cx.partition());
        let value = wall_millis.to_string();
        cx.send(&Output::new(self.input, key.as_bytes(), value.as_bytes()).to_partition(cx.partition()))
    }
}

/// The median, interpolated within its bucket.
fn median_seconds(stage: &Stage, phase: &str) -> f64 {
    let page = stage.metrics.page().unwrap();
    let label = format!("phase=\"{phase}\"");
    let lines = page
        .lines()
        .filter(|line| line.starts_with("demand_center_transaction_phase_seconds_bucket") && line.contains(&label));
    let buckets: Vec<(f64, f64)> = lines
        .map(|line| {
            let (_, rest) = line.split_once("le=\"").unwrap();
            let (bound, rest) = rest.split_once('"').unwrap();
            let count = rest.rsplit(' ').next().unwrap().parse().unwrap();
            (bound.replace("+Inf", "inf").parse().unwrap(), count)
        })
        .collect();
    let total = buckets.iter().map(|(_, count)| *count).fold(0.0, f64::max);
    let at = buckets.iter().position(|(_, count)| *count >= total / 2.0).unwrap();
    let (lower, below) = if at == 0 { (0.0, 0.0) } else { buckets[at - 1] };
    let (upper, upto) = buckets[at];
    lower + (upper - lower) * (total / 2.0 - below) / (upto - below)
}
