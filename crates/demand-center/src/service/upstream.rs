//! How far time may go: partition time must not pass what ingest and resolve still have before them, or "no inquiry for
//! 14 days" would fire while the inquiry waits upstream.
//!
//! A raw topic has its records in the order of the broker's time: the first that ingest has not passed is the oldest.
//! In `demand.touchpoints` they are not in order, since each carries its raw record's time along and ingest services
//! catch up at their own pace; and a touchpoint is handed on from owner to owner by records of the same topic. So what
//! ingest has passed at a moment is followed until resolve has passed the topic's ends of that moment, then the ends
//! that its own records have moved to, as often as a touchpoint is handed on ([`Passage`]).

mod watch;

use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use watch::{Look, Watch};

/// A consumer group whose position holds time back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UpstreamGroup {
    pub(crate) group: String,
    pub(crate) topic: String,
}

/// How often the ends are waited for anew: a touchpoint goes to the owners of at most five identifiers, and back to one.
const TURNS: u32 = 6;
/// Moments that are followed at a time; while all of them wait, no further one is begun.
const FOLLOWED_MAX: usize = 64;
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// Nobody has looked yet.
const UNKNOWN: i64 = i64::MIN;

/// The moment until which everything has come through: kept up to date by a thread of its own.
#[derive(Debug)]
pub(crate) struct UpstreamTime {
    passed_millis: AtomicI64,
    stop: AtomicBool,
}

impl UpstreamTime {
    /// Starts to look, once a second, at ingest's groups and then at the one that hands touchpoints on.
    ///
    /// # Errors
    /// When a client cannot be made of the settings, or the thread not be started.
    pub(crate) fn start(
        client: &ClientConfig,
        ingest: &[UpstreamGroup],
        owners: UpstreamGroup,
        timeout: Duration,
    ) -> Result<(Arc<Self>, JoinHandle<()>), std::io::Error> {
        let shared = Arc::new(Self { passed_millis: AtomicI64::new(UNKNOWN), stop: AtomicBool::new(false) });
        let watch = |group: &UpstreamGroup| Watch::new(client, group.clone(), timeout).map_err(std::io::Error::other);
        let mut ingest = ingest.iter().map(watch).collect::<Result<Vec<_>, _>>()?;
        let mut owners = watch(&owners)?;
        let told = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("upstream-time".to_owned()).spawn(move || {
            let mut passage = Passage::default();
            let mut failing = false;
            while !told.stop.load(Ordering::Relaxed) {
                match look(&mut ingest, &mut owners, &mut passage) {
                    Ok(Some(passed)) => {
                        told.passed_millis.store(passed, Ordering::Relaxed);
                        failing = false;
                    }
                    Ok(None) => failing = false,
                    Err(error) if !failing => {
                        failing = true;
                        tracing::warn!(%error, "cannot see how far upstream is; partition time stands still");
                    }
                    Err(_) => {}
                }
                std::thread::park_timeout(LOOK_INTERVAL);
            }
        })?;
        Ok((shared, thread))
    }

    /// Everything that Kafka took before this moment has been passed on; `None`: not known yet.
    pub(crate) fn passed(&self) -> Option<i64> {
        let passed = self.passed_millis.load(Ordering::Relaxed);
        (passed != UNKNOWN).then_some(passed)
    }

    /// The thread ends within its current look.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn look(ingest: &mut [Watch], owners: &mut Watch, passage: &mut Passage) -> Result<Option<i64>, KafkaError> {
    // The clock first: what comes while we look is later than this.
    let now = observe::clock::now().as_millis();
    let mut bound = now;
    for group in ingest {
        let waiting = group.look(now)?;
        bound = waiting.first.values().map(|first| first.millis).fold(bound, i64::min);
    }
    // What ingest has passed stands in the owners' topic by now.
    let waiting = owners.look(now)?;
    Ok(passage.follow(bound, &waiting))
}

/// Follows moments through the owners' topic.
#[derive(Debug, Default)]
struct Passage {
    followed: VecDeque<Followed>,
    passed: Option<i64>,
}

#[derive(Debug)]
struct Followed {
    /// Everything of before has left ingest.
    bound: i64,
    /// The owners are to pass these ends ...
    ends: HashMap<i32, i64>,
    /// ... and so often the ends as they are then.
    turns: u32,
}

impl Passage {
    /// Takes what ingest has passed and what waits before the owners; the moment that has come through to the end.
    fn follow(&mut self, bound: i64, waiting: &Look) -> Option<i64> {
        if waiting.first.is_empty() {
            // Nothing is under way at all.
            self.followed.clear();
            self.passed = self.passed.max(Some(bound));
            return self.passed;
        }
        for followed in &mut self.followed {
            if waiting.is_past(&followed.ends) {
                followed.turns = followed.turns.saturating_sub(1);
                followed.ends.clone_from(&waiting.ends);
            }
        }
        while let Some(through) = self.followed.pop_front_if(|followed| followed.turns == 0) {
            self.passed = self.passed.max(Some(through.bound));
        }
        if self.followed.len() < FOLLOWED_MAX {
            self.followed.push_back(Followed { bound, ends: waiting.ends.clone(), turns: TURNS });
        }
        self.passed
    }
}

#[cfg(test)]
mod tests {
    use super::watch::First;
    use super::*;

    /// One partition: the first record that waits, and the end.
    fn waits(first: Option<i64>, end: i64) -> Look {
        let first = first.map(|offset| (0, First { offset, millis: 0 })).into_iter().collect();
        Look { first, ends: HashMap::from([(0, end)]) }
    }

    #[test]
    fn with_nothing_under_way_time_is_where_ingest_is() {
        let mut passage = Passage::default();
        assert_eq!(passage.follow(100, &waits(None, 7)), Some(100));
        assert_eq!(passage.follow(90, &waits(None, 7)), Some(100), "it never goes back");
    }

    /// An ingest service that catches up writes old records behind younger ones.
    #[test]
    fn a_moment_waits_until_its_records_and_what_they_became_are_passed() {
        let mut passage = Passage::default();
        assert_eq!(passage.follow(100, &waits(Some(3), 10)), None);
        assert_eq!(passage.follow(200, &waits(Some(9), 12)), None, "one of the first ten still waits");
        for turn in 0..TURNS {
            let offset = 20 + i64::from(turn) * 10;
            let passed = passage.follow(300, &waits(Some(offset), offset + 5));
            assert_eq!(passed.is_some(), turn + 1 == TURNS, "turn {turn}");
        }
        assert_eq!(passage.passed, Some(200), "both moments have come through; those of 300 are on their way");
    }

    #[test]
    fn what_is_followed_is_bounded() {
        let mut passage = Passage::default();
        for look in 0..1_000 {
            assert_eq!(passage.follow(look, &waits(Some(0), look)), None);
        }
        assert_eq!(passage.followed.len(), FOLLOWED_MAX);
        assert_eq!(passage.follow(1_000, &waits(None, 1_000)), Some(1_000));
    }
}
