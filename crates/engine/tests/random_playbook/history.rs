//! Random histories: touchpoints of [`super::words`] that come late, twice, in new versions or are taken back, and
//! playbooks that come into force.

use super::spec::Playbook;
use super::text::{Written, write};
use super::words::{TOUCHPOINTS, touchpoint};
use crate::common::history::World;
use crate::common::ops::{LAST, Op};
use engine::version::Version;
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::Index;
use std::fmt;
use std::sync::Arc;
use touchpoint::Timestamp;

fn op() -> impl Strategy<Value = Op> {
    let place = (0..40_u8, 0..LAST, any::<u8>(), 0..3_u8, proptest::bool::weighted(0.3), weighted(0.2, 1..4_u8));
    let placed = place.prop_map(|(id, at, what, via, known, version)| Op::Place {
        contact: 0,
        id,
        at,
        what,
        via,
        known,
        account: None,
        version,
    });
    prop_oneof![
        20 => placed,
        1 => any::<Index>().prop_map(|n| Op::Again(n.index(1_000))),
        1 => (any::<Index>(), 0..LAST, any::<u8>()).prop_map(|(n, at, what)| Op::Replace { n: n.index(1_000), at, what }),
        1 => any::<Index>().prop_map(|n| Op::Void(n.index(1_000))),
        1 => (0..3_u8, 0..LAST, proptest::option::of(0..LAST), 0..2_u8)
            .prop_map(|(via, from, until, to)| Op::Recall { contact: 0, via, from, until, to }),
        4 => (0..120_i64, any::<bool>()).prop_map(|(by, odd)| Op::Tick(by, odd)),
        2 => (0..4_usize).prop_map(Op::Publish),
    ]
}

fn activation() -> impl Strategy<Value = Op> {
    (0..2_u8, -20..LAST).prop_map(|(version, effective)| Op::Activate { version, effective })
}

/// Under one playbook.
pub(crate) fn history() -> impl Strategy<Value = History> {
    vec(op(), 1..30).prop_map(History)
}

/// Under two that take turns, the first one mostly from the beginning.
pub(crate) fn history_of_versions() -> impl Strategy<Value = History> {
    let first = weighted(0.7, Just(Op::Activate { version: 0, effective: 0 }));
    (first, vec(prop_oneof![12 => op(), 1 => activation()], 1..30))
        .prop_map(|(first, ops)| History(first.into_iter().chain(ops).collect()))
}

/// What happens, shown so that a counter-example can be read.
#[derive(Clone)]
pub(crate) struct History(pub(crate) Vec<Op>);

impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = |what: &u8| TOUCHPOINTS[usize::from(*what) % TOUCHPOINTS.len()];
        for op in &self.0 {
            match op {
                Op::Place { contact, id, at, what: said, via, known, version, .. } => {
                    let known = if *known { ", known" } else { "" };
                    let version = version.map_or_else(String::new, |version| format!(", version {version}"));
                    writeln!(f, "  at {at}: {} (id {id}, contact {contact}, via {via}{known}{version})", what(said))?;
                }
                Op::Replace { n, at, what: said } => writeln!(f, "  versioned {n} becomes at {at}: {}", what(said))?,
                op => writeln!(f, "  {op:?}")?,
            }
        }
        Ok(())
    }
}

/// Playbooks and what has happened under them.
pub(crate) struct Played {
    pub(crate) world: World,
    pub(crate) written: Vec<Written>,
    /// Which of these came into force from when on, in the order of activation.
    pub(crate) activations: Vec<(usize, Timestamp)>,
}

impl Played {
    /// A world in which nothing has happened yet.
    pub(crate) fn under(playbooks: &[Playbook]) -> Self {
        let names = ["one", "two", "three"];
        let written = playbooks
            .iter()
            .zip(names)
            .map(|(one, name)| write(one, name).unwrap_or_else(|mistakes| panic!("{mistakes}")));
        let mut written: Vec<Written> = written.collect();
        keep_what_any_counts(&mut written);
        let mut world = World::new();
        world.vocabulary = touchpoint;
        world.checks_each_step = false;
        if playbooks[0].slow {
            world.stretched = 24;
        }
        for one in &written {
            let version = Version::new(one.model.clone()).expect("no collision");
            world.playbooks.insert(one.model.hash.clone(), Arc::new(version));
            world.bounds.extend(one.model.scores.iter().flat_map(|score| [score.floor, score.ceiling]));
        }
        world.hashes = [0, 1, 2].map(|n| written[n.min(written.len() - 1)].model.hash.clone());
        Self { world, written, activations: Vec::new() }
    }

    pub(crate) fn run(&mut self, op: &Op) {
        if let Op::Activate { version, effective } = op {
            self.activations.push((usize::from(*version), self.world.at(*effective)));
        }
        self.world.run(op);
    }

    /// All that happens, and so many half hours (as long as they are here) after the last of it.
    pub(crate) fn run_all(&mut self, history: &History, rest: i64) {
        history.0.iter().for_each(|op| self.run(op));
        self.rest(rest);
    }

    /// So many half hours in which nothing happens.
    pub(crate) fn rest(&mut self, rest: i64) {
        let end = self.world.at(LAST + rest);
        self.world.tick(end);
        self.world.settle();
    }
}

/// A version counts what earlier ones have kept; here all keep what any of them counts.
fn keep_what_any_counts(written: &mut [Written]) {
    let all: Vec<_> = written.iter().flat_map(|one| one.model.behaviours.clone()).collect();
    for behaviour in written.iter_mut().flat_map(|one| &mut one.model.behaviours) {
        for same in all.iter().filter(|same| same.name == behaviour.name) {
            behaviour.times_kept = behaviour.times_kept.max(same.times_kept);
            behaviour.days_kept = behaviour.days_kept.max(same.days_kept);
        }
    }
}
