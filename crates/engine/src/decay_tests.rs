//! Decay in integers against plain looking.

use crate::decay::{Gathered, Mixed, Sums, gone};
use playbook::model::Millis;
use proptest::prelude::*;
use touchpoint::Timestamp;

const DAY: Millis = 86_400_000;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

#[test]
fn half_is_left_after_a_half_life_and_a_quarter_after_two() {
    let mut sums = Sums::new();
    let start = at(1_780_000_123_456);
    sums.add(60 * DAY, start, 8_000);
    assert_eq!(sums.read(60 * DAY, start), 8_000);
    assert_eq!(sums.read(60 * DAY, start.plus_millis(60 * DAY)), 4_000);
    assert_eq!(sums.read(60 * DAY, start.plus_millis(120 * DAY)), 2_000);
}

#[test]
fn ten_points_are_left_as_the_formula_says() {
    // 10 * 2^(-17/60) = 8.2170..., by an independent computation
    let mut sums = Sums::new();
    sums.add(60 * DAY, at(0), 10_000);
    assert_eq!(sums.read(60 * DAY, at(17 * DAY)), 8_216);
}

#[test]
fn a_crossing_is_the_first_millisecond_below() {
    let mut sums = Gathered::new();
    let start = at(1_780_000_000_001);
    sums.add(60 * DAY, start, 60_000);
    let crossing = sums.crossing(start, 40_000).unwrap();
    assert!(sums.read(crossing) < 40_000);
    assert!(sums.read(crossing.plus_millis(-1)) >= 40_000);
    assert_eq!(sums.crossing(start, 0), None);
    assert_eq!(Gathered::new().crossing(start, 1), Some(start), "nothing is below everything");
}

proptest! {
    #[test]
    fn a_crossing_is_found_wherever_it_is(
        parts in proptest::collection::vec((0..3_usize, 0..200_i64, 1..60_000_i64), 1..8), threshold in 1..40_000_i64,
    ) {
        let start = at(1_780_000_000_000);
        let mut sums = Gathered::new();
        for (which, days, points) in parts {
            sums.add([7, 60, 90][which] * DAY, start.plus_millis(-days * DAY), points);
        }
        let crossing = sums.crossing(start, threshold).unwrap();
        prop_assert!(sums.read(crossing) < threshold);
        prop_assert!(crossing == start || sums.read(crossing.plus_millis(-1)) >= threshold);
    }
}

proptest! {
    /// Gains and losses of several half-lives rise and fall.
    #[test]
    fn the_first_moment_of_a_mixed_sum_is_found(
        parts in proptest::collection::vec((0..3_usize, 0..200_i64, -60_000..60_000_i64), 1..8), threshold in -20_000..20_000_i64,
    ) {
        let start = at(1_780_000_000_000);
        let mut sums = Gathered::new();
        for (which, days, points) in parts {
            sums.add([7, 60, 90][which] * DAY, start.plus_millis(-days * DAY), points);
        }
        for (found, below) in [(sums.crossing(start, threshold), true), (sums.rising(start, threshold), false)] {
            let is_wanted = |moment: Timestamp| (sums.read(moment) < threshold) == below;
            if let Some(found) = found {
                prop_assert!(is_wanted(found));
            }
            // Hour by hour until nothing is left.
            let hours = found.map_or(70 * 90 * 24, |found| (found.millis_since(start) - 1).div_euclid(DAY / 24));
            for hour in (0..=hours).step_by(7) {
                prop_assert!(!is_wanted(start.plus_millis(hour * DAY / 24)), "{} in {}", below, hour);
            }
            prop_assert!(found.is_none_or(|found| found == start || !is_wanted(found.plus_millis(-1))));
        }
    }
}

#[test]
fn a_loss_fades_as_gains_do() {
    let start = at(1_780_000_000_000);
    let mut sums = Gathered::new();
    sums.add(10 * DAY, start, -8_000);
    assert_eq!(sums.rising(start, -4_000), Some(start.plus_millis(10 * DAY)));
    assert_eq!(sums.rising(start, 1), None);
    assert_eq!(sums.crossing(start, -8_000), None);
}

proptest! {
    #[test]
    fn a_contribution_is_gone_when_it_reads_nothing_and_not_before(
        t in 0..2_000_000_000_000_i64, points in prop_oneof![-60_000..-1_i64, 1..60_000_i64], days in 1..400_i64,
    ) {
        let mut alone = Sums::new();
        alone.add(days * DAY, at(t), points);
        let gone = gone(days * DAY, at(t), points).unwrap();
        prop_assert_eq!(alone.read(days * DAY, gone), 0);
        prop_assert_ne!(alone.read(days * DAY, gone.plus_millis(-1)), 0);
    }
}

#[test]
fn each_contribution_keeps_the_half_life_it_was_given_with() {
    let start = at(1_780_000_000_000);
    let mut sums = Mixed::new();
    sums.add(60 * DAY, start, 8_000);
    sums.add(30 * DAY, start, 8_000);
    assert_eq!(sums.read(start), 16_000);
    assert_eq!(sums.read(start.plus_millis(60 * DAY)), 4_000 + 2_000);
    sums.subtract(60 * DAY, start, 8_000);
    assert_eq!(sums.read(start.plus_millis(60 * DAY)), 2_000);
}

proptest! {
    #[test]
    fn points_read_in_their_own_millisecond_are_whole(t in 0..4_000_000_000_000_i64, p in -1_000_000..1_000_000_i64, days in 1..400_i64) {
        let mut sums = Sums::new();
        sums.add(days * DAY, at(t), p);
        prop_assert_eq!(sums.read(days * DAY, at(t)), p);
    }

    #[test]
    fn order_does_not_matter_and_what_is_subtracted_is_gone(
        mut parts in proptest::collection::vec((1_700_000_000_000..1_800_000_000_000_i64, -50_000..50_000_i64), 1..30),
        later in 0..100_000_000_000_i64,
    ) {
        let h = 14 * DAY;
        let now = at(1_800_000_000_000 + later);
        let mut forward = Sums::new();
        parts.iter().for_each(|&(t, p)| forward.add(h, at(t), p));
        parts.reverse();
        let mut backward = Sums::new();
        parts.iter().for_each(|&(t, p)| backward.add(h, at(t), p));
        prop_assert_eq!(&forward, &backward);
        prop_assert_eq!(forward.read(h, now), backward.read(h, now));
        parts.iter().for_each(|&(t, p)| forward.subtract(h, at(t), p));
        prop_assert!(forward.is_empty());
    }

    #[test]
    fn the_read_is_close_to_the_real_number_and_never_rises_by_itself(
        t in 1_700_000_000_000..1_800_000_000_000_i64, p in 1..200_000_i64, ages in proptest::collection::vec(0..40_000_000_000_i64, 2..12),
    ) {
        let h = 60 * DAY;
        let mut sums = Sums::new();
        sums.add(h, at(t), p);
        let mut ages = ages;
        ages.sort_unstable();
        let mut last = i64::MAX;
        for age in ages {
            let read = sums.read(h, at(t + age));
            let real = p as f64 * (-(age as f64) / h as f64).exp2();
            prop_assert!((read as f64 - real).abs() <= 1.0 + real * 1e-9, "{read} {real}");
            prop_assert!(read <= last);
            last = read;
        }
    }
}
