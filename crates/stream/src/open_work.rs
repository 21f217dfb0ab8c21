//! Work that waits for a commit: since when, and that health knows of it.

use std::time::Instant;

use observe::WorkerHealth;

/// Something waits for a commit from now on, if nothing did before.
pub(crate) fn note_work(open_since: &mut Option<Instant>, health: &WorkerHealth) {
    if open_since.is_none() {
        *open_since = Some(Instant::now());
        health.set_idle(false);
    }
}
