//! A worker that was away while another went on must not take the other's rows for its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use stream::{Context, Fault, Processor, Record};

use crate::counting::{self, Count, Counting, assert_counted_once, counting, inputs};
use crate::harness::Stage;

/// Counts, and is away beyond its session when told: as a stopped process or a frozen machine is.
struct Sleepy {
    inner: Counting,
    sleep: Arc<AtomicBool>,
}

impl Processor for Sleepy {
    type Row = Count;

    fn apply(&mut self, cx: &mut Context<'_, Count>, record: &Record<'_>) -> Result<(), Fault> {
        self.inner.apply(cx, record)
    }

    fn tick(&mut self, _: &mut Context<'_, Count>, _: i64) -> Result<(), Fault> {
        if self.sleep.swap(false, Ordering::AcqRel) {
            std::thread::sleep(Duration::from_secs(14));
        }
        Ok(())
    }
}

#[test]
fn a_worker_that_was_away_does_not_note_what_another_wrote_meanwhile() {
    let stage = Stage::new(1);
    let mut inputs = inputs(400, 10);
    // The other writes other rows last, so that the marker tells nothing of those that were missed.
    inputs[200..300].iter_mut().for_each(|(key, _)| *key = format!("z{key}"));
    let settings = |number: usize| {
        let mut settings = stage.settings();
        settings.instance = number.to_string();
        settings.static_membership = false;
        settings.state_dir = stage.dir.path().join(format!("state-{number}"));
        settings.store.checkpoint_interval = Duration::from_secs(1);
        settings
    };
    let sleep = Arc::new(AtomicBool::new(false));
    let mut own = settings(0);
    own.max_poll_interval = Duration::from_secs(6);
    let inner = counting(&mut own, &stage);
    let first = stage.start(own, Sleepy { inner, sleep: Arc::clone(&sleep) });
    first.wait_until_ready();
    counting::produce(&stage, &inputs[..100]);
    first.wait_for("the first hundred", || stage.committed(&stage.output()).len() >= 100);
    sleep.store(true, Ordering::Release);
    let mut other = settings(1);
    let processor = counting(&mut other, &stage);
    let second = stage.start(other, processor);
    second.wait_until_ready();
    counting::produce(&stage, &inputs[100..200]);
    second.wait_for("the second hundred", || stage.committed(&stage.output()).len() >= 200);
    // The first is back and has seen that its partition is another's; the other's marker moves on.
    first.wait_for("the loss of its partition", || stage.counter("demand_center_rebalances_total", "lost") >= 1.0);
    counting::produce(&stage, &inputs[200..300]);
    second.wait_for("the third hundred", || stage.committed(&stage.output()).len() >= 300);
    second.stop().unwrap();
    counting::produce(&stage, &inputs[300..]);
    first.wait_for("all", || stage.committed(&stage.output()).len() >= 400);
    first.stop().unwrap();
    assert_counted_once(&stage, &inputs, &[]);
}
