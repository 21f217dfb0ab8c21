//! A service at rest: what it holds when nothing comes.

use crate::machine;
use crate::sample::{LOOK, Watched};
use crate::support::System;
use crate::{Outcome, progress};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// It counts as resting when it uses less of a core than this: time goes on, and it looks after its topics.
const BUSY_CORES: f64 = 0.1;
/// ... and when memory and disk have changed by less than this share, or by next to nothing.
const STEADY_SHARE: f64 = 0.01;
const STEADY_BYTES: f64 = 1_048_576.0;
/// Compactions and due timers are over long before.
const LONGEST: Duration = Duration::from_secs(300);

/// What a service holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rest {
    pub(crate) resident: f64,
    pub(crate) most_resident: f64,
    /// Rows of its stores that are in memory.
    pub(crate) rows: f64,
    /// Of its stores.
    pub(crate) disk: f64,
}

/// Waits until a service has rested for so long.
///
/// # Errors
/// When it does not come to rest.
pub(crate) fn wait(system: &System, watched: &Watched, window: Duration) -> Outcome<Rest> {
    let started = Instant::now();
    let mut looks: VecDeque<(Instant, f64, Rest)> = VecDeque::new();
    loop {
        let now = Instant::now();
        let rest = Rest {
            resident: machine::resident_bytes(watched.pid),
            most_resident: machine::most_resident_bytes(watched.pid),
            rows: watched.look(system).page.sum("demand_center_buffer_rows", ""),
            disk: machine::folder_bytes(&system.state_dir(&watched.name)),
        };
        looks.push_back((now, machine::cpu_seconds(watched.pid), rest));
        while looks.front().is_some_and(|(at, ..)| now - *at > window + LOOK) {
            looks.pop_front();
        }
        if let (Some((first, cpu_then, _)), Some((last, cpu_now, _))) = (looks.front(), looks.back())
            && *last - *first >= window
            && (cpu_now - cpu_then) / (*last - *first).as_secs_f64() < BUSY_CORES
            && is_steady(looks.iter().map(|(_, _, rest)| rest.resident))
            && is_steady(looks.iter().map(|(_, _, rest)| rest.disk))
        {
            progress(&format!("{} came to rest after {:.0} s", watched.name, started.elapsed().as_secs_f64()));
            return Ok(rest);
        }
        if started.elapsed() > LONGEST {
            return Err(format!("{} has not come to rest within {LONGEST:?}", watched.name).into());
        }
        std::thread::sleep(LOOK);
    }
}

fn is_steady(values: impl Iterator<Item = f64>) -> bool {
    let (least, most) =
        values.fold((f64::INFINITY, 0.0_f64), |(least, most), value| (least.min(value), most.max(value)));
    most - least <= STEADY_BYTES.max(STEADY_SHARE * most)
}
