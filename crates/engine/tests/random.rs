//! The invariants for every word of the language: random playbooks and random histories, held against a slow reference of
//! what a ledger means.
//!
//! `PROPTEST_CASES=100000 cargo test --release -p engine --test random` looks for a long time. A counter-example shows the
//! playbook as a marketer would write it, and what happens; times are half hours (half days where the playbook is slow).

mod common;
mod random_playbook;
mod reference;

use common::ops::Op;
use proptest::prelude::*;
use random_playbook::history::{Played, history, history_of_versions};
use random_playbook::spec::playbook;
use reference::compare::compare;

/// So many cases, unless `PROPTEST_CASES` says otherwise.
fn cases(usual: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(usual);
    ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 20_000, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(2_000))]

    /// Sum and Set: whatever the order of arrival, the state is what the set of touchpoints means.
    #[test]
    fn every_history_means_what_the_reference_says(one in playbook(), history in history(), rest in 0..200_i64) {
        let mut played = Played::under(&[one]);
        played.run(&Op::Activate { version: 0, effective: 0 });
        played.run_all(&history, rest);
        compare(&played)?;
    }

    /// The same where another version comes into force, from any moment on.
    #[test]
    fn every_history_means_it_under_several_versions(
        one in playbook(), other in playbook(), same in any::<u16>(), history in history_of_versions(), rest in 0..200_i64,
    ) {
        let other = one.mixed_with(other, same);
        let mut played = Played::under(&[one, other]);
        played.run_all(&history, rest);
        if !played.activations.is_empty() {
            compare(&played)?;
        }
    }
}

proptest! {
    #![proptest_config(cases(300))]

    /// Sum, Set and Correction after every step; and what the reference says whenever time has caught up.
    #[test]
    fn every_step_on_the_way_is_as_sound(one in playbook(), history in history(), rest in 0..200_i64) {
        let mut played = Played::under(&[one]);
        played.world.checks_each_step = true;
        played.run(&Op::Activate { version: 0, effective: 0 });
        for op in &history.0 {
            played.run(op);
            let now = played.world.now;
            let last = played.world.live.values().flat_map(|rows| rows.values()).map(|row| row.touchpoint.occurred_at).max();
            if matches!(op, Op::Tick(..)) && last <= now {
                played.world.publish(0);
                compare(&played)?;
            }
        }
        played.run_all(&history, rest);
        compare(&played)?;
    }

    /// Replay: the same inbox gives the same bytes and the same effects, also when the engine begins again after every one.
    #[test]
    fn the_same_inbox_gives_the_same_outputs(
        one in playbook(), other in playbook(), same in any::<u16>(), history in history_of_versions(), rest in 0..200_i64,
    ) {
        let playbooks = [one.clone(), one.mixed_with(other, same)];
        let run = |begins_again: bool| {
            let mut played = Played::under(&playbooks);
            for op in &history.0 {
                played.run(op);
                played.world.commit();
                if begins_again {
                    played.world.restart();
                }
            }
            played.rest(rest);
            (played.world.bytes(), played.world.effects)
        };
        let once = run(false);
        prop_assert_eq!(&once, &run(false));
        prop_assert_eq!(once, run(true));
    }
}
