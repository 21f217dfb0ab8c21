//! The only wall clock. Time enters the pipeline as partition time, through the log; whoever reads this clock decides
//! that a moment of *this machine* is meant: ticks on their way into the log, delays, names of files.

use std::time::{SystemTime, UNIX_EPOCH};

/// A moment by this machine's clock: milliseconds since 1970-01-01T00:00:00Z, as Kafka's timestamps are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WallTime(i64);

/// The time of this machine. May jump in both directions; to measure a duration use [`std::time::Instant`].
#[expect(clippy::disallowed_methods, reason = "this is the one place that the lint points to")]
pub fn now() -> WallTime {
    // A clock set before 1970 is no clock; 0 is as good as any.
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    WallTime(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

impl WallTime {
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Seconds from `earlier_millis` (milliseconds since 1970) to this moment; 0 if that one is later.
    pub fn seconds_since(self, earlier_millis: i64) -> f64 {
        self.0.saturating_sub(earlier_millis).max(0) as f64 / 1000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_ahead_of_this_clock_is_no_negative_age() {
        let now = now();
        assert!(now.as_millis() > 1_700_000_000_000, "this machine's clock is set");
        assert_eq!(now.seconds_since(now.as_millis() + 60_000), 0.0);
        assert_eq!(now.seconds_since(now.as_millis() - 60_000), 60.0);
    }
}
