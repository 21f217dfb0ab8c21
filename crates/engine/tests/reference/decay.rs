//! Decay, from its definition: a contribution of `p` milli-points at `t` with half-life `h` is the integer nearest to
//! `p * 2^32 * 2^frac(t/h)` in epoch `floor(t/h)`; what is left at `now` is the sum of these, each halved once for every
//! epoch that has passed and by the fraction of the present one, cut once toward minus infinity to a thousandth of a point,
//! with 2^-20 of it to spare so that what was rounded does not show.
//!
//! Powers of two come from the exponential series with 120 bits of fraction, not from a table.

use playbook::model::{Milli, Millis};
use touchpoint::Timestamp;

/// Fraction bits of the powers.
const BITS: u32 = 120;
/// The natural logarithm of two with as many.
const LN_2: u128 = 0x00B1_7217_F7D1_CF79_ABC9_E3B3_9803_F2F6;
/// Fraction bits of a milli-point while it is summed up.
const SUM_BITS: u32 = 60;
/// Of what is added before the one cut.
const SPARE_BITS: u32 = 20;

/// Points that fade.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fading {
    pub(crate) half_life: Millis,
    epoch: i64,
    mantissa: i128,
}

impl Fading {
    pub(crate) fn new(half_life: Millis, at: Timestamp, points: Milli) -> Self {
        let (epoch, rest) = (at.as_millis().div_euclid(half_life), at.as_millis().rem_euclid(half_life));
        let twice = product_shifted(u128::from(points.unsigned_abs()), power_of_two(rest, half_life), BITS - 32 - 1);
        let nearest = twice.div_ceil(2) as i128;
        Self { half_life, epoch, mantissa: if points < 0 { -nearest } else { nearest } }
    }

    /// What is left, with [`SUM_BITS`] of fraction.
    fn left(&self, now: Timestamp) -> i128 {
        let (epoch, rest) = (now.as_millis().div_euclid(self.half_life), now.as_millis().rem_euclid(self.half_life));
        // 2^-f is half of 2^(1-f).
        let (power, halved) =
            if rest == 0 { (1 << BITS, 0) } else { (power_of_two(self.half_life - rest, self.half_life), 1) };
        let halved = halved + epoch - self.epoch;
        let shift = i64::from(BITS + 32 - SUM_BITS) + halved;
        let left =
            product_shifted(self.mantissa.unsigned_abs(), power, u32::try_from(shift).unwrap_or(u32::MAX)) as i128;
        if self.mantissa < 0 { -left } else { left }
    }
}

/// The one cut.
pub(crate) fn read(fading: &[Fading], now: Timestamp) -> Milli {
    // Those of one epoch and half-life are one number: the same sum, sooner.
    let mut cells: Vec<Fading> = Vec::new();
    for one in fading {
        match cells.iter_mut().find(|cell| (cell.half_life, cell.epoch) == (one.half_life, one.epoch)) {
            Some(cell) => cell.mantissa += one.mantissa,
            None => cells.push(*one),
        }
    }
    let sum: i128 = cells.iter().map(|cell| cell.left(now)).sum();
    ((sum + (1 << (SUM_BITS - SPARE_BITS))) >> SUM_BITS) as Milli
}

/// `2^(part / whole)` for a part less than the whole, with [`BITS`] of fraction.
fn power_of_two(part: i64, whole: i64) -> u128 {
    let mut fraction: u128 = 0;
    let mut rest = i128::from(part);
    for _ in 0..BITS {
        rest *= 2;
        fraction *= 2;
        if rest >= i128::from(whole) {
            rest -= i128::from(whole);
            fraction += 1;
        }
    }
    // e^x = 1 + x + x^2/2! + ...
    let x = product_shifted(fraction, LN_2, BITS);
    let (mut sum, mut term) = (1 << BITS, 1 << BITS);
    for n in 1.. {
        term = product_shifted(term, x, BITS) / n;
        sum += term;
        if term == 0 {
            break;
        }
    }
    sum
}

/// `a * b / 2^shift`, cut toward zero.
fn product_shifted(a: u128, b: u128, shift: u32) -> u128 {
    const LOW: u128 = u64::MAX as u128;
    let (a_high, a_low, b_high, b_low) = (a >> 64, a & LOW, b >> 64, b & LOW);
    let (middle, carried) = (a_high * b_low).overflowing_add(a_low * b_high);
    let (low, carry) = (a_low * b_low).overflowing_add(middle << 64);
    let high = a_high * b_high + (middle >> 64) + (u128::from(carried) << 64) + u128::from(carry);
    match shift {
        0 => low,
        1..128 => (low >> shift) | (high << (128 - shift)),
        128..256 => high >> (shift - 128),
        _ => 0,
    }
}

#[test]
fn half_is_left_after_a_half_life() {
    let (day, start) = (86_400_000, Timestamp::from_millis(1_774_969_200_123));
    let fading = |points| [Fading::new(day, start, points)];
    assert_eq!(read(&fading(5_000), start), 5_000);
    assert_eq!(read(&fading(5_000), start.plus_millis(day)), 2_500);
    // 5 * 2^(-9/60) + 5 * 2^(-4/60) + 5 = 14.28, the example of the default playbook.
    let looks = [0, 5, 9].map(|days| Fading::new(60 * day, start.plus_millis(days * day), 5_000));
    assert_eq!(read(&looks, start.plus_millis(9 * day)), 14_280);
    assert_eq!(read(&fading(-1), start.plus_millis(day)), -1, "toward minus infinity");
}
