//! Exponential decay in integers: exact in any order of arrival, retractable, without a landmark.
//!
//! Forward decay (Cormode, Shkapenyuk, Srivastava, Xu, *Forward Decay: A Practical Time Decay Model for Streaming
//! Systems*, ICDE 2009) weighs a contribution by when it occurred and divides by "now" when it is read. Made exact here:
//! time is cut into *epochs* of one half-life on a fixed grid; a contribution of `p` milli-points at `t` is the integer
//! `p * 2^32 * 2^frac(t/h)` in epoch `floor(t/h)`; a score is one integer sum per epoch. Sums of integers do not depend
//! on order, and a contribution taken back is subtracted to the last bit.
//!
//! A contribution decays with the half-life of the playbook version that gave it, whatever later versions say. So a
//! score is in general a [`Mixed`] sum: one [`Sums`] per half-life, added up when read and truncated once.

use playbook::model::{Milli, Millis};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smallvec::SmallVec;
use std::ops::Neg;
use touchpoint::Timestamp;

/// Contributions this many half-lives old count nothing: 2^-64 of a million points is far below a thousandth.
const EPOCHS_MAX: i32 = 64;
/// Fraction bits of a mantissa.
const MANTISSA_BITS: u32 = 32;
/// Fraction bits of the powers of two below.
const POWER_BITS: u32 = 62;
/// Fraction bits of a sum between shift and multiplication, so that nothing a reader could see is lost by the shift.
const SHIFT_BITS: u32 = 16;
/// Added before the one truncation: 2^-20 of a thousandth. Mantissas and powers are rounded to the nearest representable
/// number (off by 2^-31 of a thousandth for each contribution at the most); without it 5 points read in their own
/// millisecond could be 4.999. More would shift crossings: at 40 points and 60 days this is a fifth of a millisecond.
const ROUNDING_GUARD: i128 = 1 << (MANTISSA_BITS + POWER_BITS - 20);
/// Bits of the logarithm by which it is told roughly when a sum has faded: 80 seconds of a half-life of 60 days.
const ROUGH_BITS: u32 = 16;
/// What rounding may move a crossing by, and more.
const ROUGH_MARGIN_MILLIS: Millis = 1_000;

/// One contribution, as sums of its half-life take it in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    epoch: i32,
    mantissa: i128,
}

impl Cell {
    /// Of `points` that occurred at `at`; negative points are as good as positive ones.
    pub(crate) fn of(half_life: Millis, at: Timestamp, points: Milli) -> Self {
        let (epoch, fraction) = split(half_life, at);
        // points * 2^32 * 2^frac, to the nearest integer: (points * power) / 2^30
        let scaled = i128::from(points) * i128::from(power_of_two(fraction));
        let shift = POWER_BITS - MANTISSA_BITS;
        Self { epoch, mantissa: (scaled + (1 << (shift - 1))) >> shift }
    }
}

impl Cell {
    /// Is the sum greater with it, at any moment?
    pub(crate) const fn is_gain(self) -> bool {
        self.mantissa > 0
    }
}

impl Neg for Cell {
    type Output = Self;

    /// Takes back what the same contribution put in.
    fn neg(self) -> Self {
        Self { mantissa: -self.mantissa, ..self }
    }
}

/// The sum of decaying contributions of one half-life: a mantissa per epoch, ascending, none zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums(SmallVec<[(i32, i128); 2]>);

impl Sums {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `points` that occurred at `at`; negative points are as good as positive ones.
    pub fn add(&mut self, half_life: Millis, at: Timestamp, points: Milli) {
        self.put(Cell::of(half_life, at, points));
    }

    /// Takes back what [`Sums::add`] with the same arguments put in.
    pub fn subtract(&mut self, half_life: Millis, at: Timestamp, points: Milli) {
        self.put(-Cell::of(half_life, at, points));
    }

    /// Puts a contribution of the sums' half-life in.
    pub(crate) fn put(&mut self, Cell { epoch, mantissa }: Cell) {
        self.add_mantissa(epoch, mantissa);
    }

    /// What is left at `now`, in milli-points: truncated once, toward minus infinity.
    pub fn read(&self, half_life: Millis, now: Timestamp) -> Milli {
        truncate(self.decayed(half_life, now))
    }

    /// The same, at a moment that others are read at, too.
    pub(crate) fn read_faded(&self, faded: Faded) -> Milli {
        truncate(faded.left(self.0.iter().copied()))
    }

    /// Forgets epochs that are too old to count at `now` or later.
    pub fn prune(&mut self, half_life: Millis, now: Timestamp) {
        let (now_epoch, _) = split(half_life, now);
        self.0.retain(|&mut (epoch, _)| now_epoch.saturating_sub(epoch) <= EPOCHS_MAX);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn decayed(&self, half_life: Millis, now: Timestamp) -> i128 {
        Faded::at(half_life, now).left(self.0.iter().copied())
    }

    fn add_mantissa(&mut self, epoch: i32, mantissa: i128) {
        match self.0.binary_search_by_key(&epoch, |&(have, _)| have) {
            Ok(at) => {
                self.0[at].1 += mantissa;
                if self.0[at].1 == 0 {
                    self.0.remove(at);
                }
            }
            Err(at) if mantissa != 0 => self.0.insert(at, (epoch, mantissa)),
            Err(_) => {}
        }
    }
}

impl Serialize for Sums {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.as_slice().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Sums {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(|cells| Self(SmallVec::from_vec(cells)))
    }
}

/// A sum of contributions that may decay with different half-lives; ascending by half-life, no part empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mixed(Vec<(Millis, Sums)>);

impl Mixed {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `points` that occurred at `at`.
    pub fn add(&mut self, half_life: Millis, at: Timestamp, points: Milli) {
        self.part(half_life, |sums| sums.put(Cell::of(half_life, at, points)));
    }

    /// Takes back what [`Mixed::add`] with the same arguments put in.
    pub fn subtract(&mut self, half_life: Millis, at: Timestamp, points: Milli) {
        self.part(half_life, |sums| sums.put(-Cell::of(half_life, at, points)));
    }

    /// Adds all of `other`.
    pub fn merge(&mut self, other: &Self) {
        for (half_life, theirs) in &other.0 {
            self.part(*half_life, |sums| {
                theirs.0.iter().for_each(|&(epoch, mantissa)| sums.add_mantissa(epoch, mantissa));
            });
        }
    }

    /// Subtracts all of `other`.
    pub fn unmerge(&mut self, other: &Self) {
        for (half_life, theirs) in &other.0 {
            self.part(*half_life, |sums| {
                theirs.0.iter().for_each(|&(epoch, mantissa)| sums.add_mantissa(epoch, -mantissa));
            });
        }
    }

    /// What is left at `now`, in milli-points: truncated once, toward minus infinity.
    pub fn read(&self, now: Timestamp) -> Milli {
        truncate(
            self.0.iter().fold(0, |sum: i128, (half_life, sums)| sum.saturating_add(sums.decayed(*half_life, now))),
        )
    }

    /// As [`Gathered::crossing`].
    pub fn crossing(&self, from: Timestamp, threshold: Milli) -> Option<Timestamp> {
        let mut gathered = Gathered::new();
        self.0.iter().for_each(|(half_life, sums)| gathered.merge(*half_life, sums));
        gathered.crossing(from, threshold)
    }

    /// Forgets what is too old to count at `now` or later.
    pub fn prune(&mut self, now: Timestamp) {
        self.0.retain_mut(|(half_life, sums)| {
            sums.prune(*half_life, now);
            !sums.is_empty()
        });
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn part(&mut self, half_life: Millis, change: impl FnOnce(&mut Sums)) {
        let at = self.0.partition_point(|(have, _)| *have < half_life);
        if self.0.get(at).is_none_or(|(have, _)| *have != half_life) {
            self.0.insert(at, (half_life, Sums::new()));
        }
        change(&mut self.0[at].1);
        if self.0[at].1.is_empty() {
            self.0.remove(at);
        }
    }
}

/// Sums put together to be read, off the heap as a rule: cells of half-life, epoch and mantissa, sorted.
#[derive(Clone, Debug, Default)]
pub struct Gathered(SmallVec<[(Millis, i32, i128); 4]>);

impl Gathered {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds all of a sum of one half-life.
    pub fn merge(&mut self, half_life: Millis, other: &Sums) {
        other.0.iter().for_each(|&(epoch, mantissa)| self.add_mantissa(half_life, epoch, mantissa));
    }

    /// This sum less another.
    pub fn less(&self, other: &Self) -> Self {
        let mut less = self.clone();
        other.0.iter().for_each(|&(half_life, epoch, mantissa)| less.add_mantissa(half_life, epoch, -mantissa));
        less
    }

    /// Adds `points` that occurred at `at`.
    pub fn add(&mut self, half_life: Millis, at: Timestamp, points: Milli) {
        self.put(half_life, Cell::of(half_life, at, points));
    }

    /// Takes back what [`Gathered::add`] with the same arguments put in.
    pub fn subtract(&mut self, half_life: Millis, at: Timestamp, points: Milli) {
        self.put(half_life, -Cell::of(half_life, at, points));
    }

    /// Puts a contribution of a half-life in.
    pub(crate) fn put(&mut self, half_life: Millis, Cell { epoch, mantissa }: Cell) {
        self.add_mantissa(half_life, epoch, mantissa);
    }

    /// What is left at `now`, in milli-points: truncated once, toward minus infinity.
    pub fn read(&self, now: Timestamp) -> Milli {
        truncate(self.decayed(now))
    }

    /// A moment before which the sum, of which `left` is left at `from`, does not come to be below `threshold`; `None`
    /// when it never will. Near the moment itself, and never after it.
    pub(crate) fn not_below_before(&self, from: Timestamp, left: i128, threshold: Milli) -> Option<Timestamp> {
        if threshold <= 0 || self.has_losses() {
            return self.crossing(from, threshold);
        }
        // None of it fades faster than what fades fastest.
        let fastest = self.0.first().map_or(0, |cell| cell.0);
        let soonest = halving_time::<ROUGH_BITS>(fastest, left, threshold);
        Some(from.plus_millis((soonest - ROUGH_MARGIN_MILLIS).max(0)))
    }

    /// A moment before which the sum does not come to be at least `threshold`; `None` when it never will.
    pub(crate) fn not_reached_before(&self, from: Timestamp, threshold: Milli) -> Option<Timestamp> {
        if self.has_losses() { self.rising(from, threshold) } else { None }
    }

    fn has_losses(&self) -> bool {
        self.0.iter().any(|&(_, _, mantissa)| mantissa < 0)
    }

    /// The first moment, `from` or later, at which [`Gathered::read`] is below `threshold`; `None` when it never will be.
    ///
    /// Found by search on the very same read, so that a timer set here fires neither a millisecond early nor late.
    pub fn crossing(&self, from: Timestamp, threshold: Milli) -> Option<Timestamp> {
        if self.read(from) < threshold {
            return Some(from);
        }
        if let Some(apart) = self.apart(from) {
            return apart.first((from, self.end(from)), threshold, true);
        }
        if threshold <= 0 {
            // What is positive decays towards zero and never passes below it.
            return None;
        }
        let below = |moment: Timestamp| self.read(moment) < threshold;
        // Of one half-life the moment is known up to rounding; with several it lies elsewhere. Either way the guess is
        // only where the search begins. (At least one part: an empty sum reads zero, which is below.)
        let (half_life, left) = (self.0.first().map_or(0, |cell| cell.0), self.decayed(from));
        let guess = from.plus_millis(halving_time::<32>(half_life, left, threshold));
        let (mut low, mut high, mut step) = (from, guess.plus_millis(1), 1_i64);
        if below(high) {
            // Back from the guess until it is not below any more, or where we started.
            let mut earlier = high.plus_millis(-2);
            while earlier > from && below(earlier) {
                high = earlier;
                step = step.saturating_mul(4);
                earlier = earlier.plus_millis(-step);
            }
            low = earlier.max(from);
        } else {
            while !below(high) {
                if high == Timestamp::MAX {
                    // At the end of the epochs nothing decays any more.
                    return None;
                }
                low = high;
                step = step.saturating_mul(4);
                high = high.plus_millis(step);
            }
        }
        while high.millis_since(low) > 1 {
            let middle = low.plus_millis(high.millis_since(low) / 2);
            if below(middle) {
                high = middle;
            } else {
                low = middle;
            }
        }
        Some(high)
    }

    /// The first moment, `from` or later, at which [`Gathered::read`] is at least `threshold`: what is negative fades, too.
    pub fn rising(&self, from: Timestamp, threshold: Milli) -> Option<Timestamp> {
        if self.read(from) >= threshold {
            return Some(from);
        }
        self.apart(from)?.first((from, self.end(from)), threshold, false)
    }

    /// The half-lives whose sum is negative beside those whose sum is not; `None` when there is none of the former.
    fn apart(&self, at: Timestamp) -> Option<Apart> {
        if !self.has_losses() {
            return None;
        }
        let mut apart = Apart::default();
        for part in self.0.chunk_by(|a, b| a.0 == b.0) {
            let one = Self(SmallVec::from_slice(part));
            let side = if one.decayed(at) < 0 { &mut apart.losses } else { &mut apart.gains };
            side.0.extend_from_slice(part);
        }
        (!apart.losses.0.is_empty()).then_some(apart)
    }

    /// When nothing is left any more.
    fn end(&self, from: Timestamp) -> Timestamp {
        let longest = self.0.last().map_or(0, |cell| cell.0);
        from.plus_millis(longest.saturating_mul(i64::from(EPOCHS_MAX) + 2))
    }

    /// What is left at `now`, before it is truncated.
    pub(crate) fn decayed(&self, now: Timestamp) -> i128 {
        let parts = self.0.chunk_by(|a, b| a.0 == b.0);
        let decayed = |part: &[(Millis, i32, i128)]| {
            Faded::at(part[0].0, now).left(part.iter().map(|&(_, epoch, mantissa)| (epoch, mantissa)))
        };
        parts.fold(0, |sum: i128, part| sum.saturating_add(decayed(part)))
    }

    fn add_mantissa(&mut self, half_life: Millis, epoch: i32, mantissa: i128) {
        let at = self.0.partition_point(|&(h, e, _)| (h, e) < (half_life, epoch));
        match self.0.get_mut(at) {
            Some((h, e, have)) if (*h, *e) == (half_life, epoch) => *have += mantissa,
            _ => self.0.insert(at, (half_life, epoch, mantissa)),
        }
    }
}

/// A sum in two parts, each of which fades steadily towards zero; together they may rise and fall.
#[derive(Clone, Debug, Default)]
struct Apart {
    gains: Gathered,
    losses: Gathered,
}

impl Apart {
    /// The first moment after `low` and until `high` at which the sum is below the threshold, or is not. Between two moments
    /// it is at least what is left of the gains at the second and of the losses at the first, and at most the other way
    /// round: a stretch where that decides is passed over, any other is looked at in halves.
    fn first(&self, (low, high): (Timestamp, Timestamp), threshold: Milli, below: bool) -> Option<Timestamp> {
        let is_wanted = |gains: Timestamp, losses: Timestamp| {
            let left = self.gains.decayed(gains).saturating_add(self.losses.decayed(losses));
            (truncate(left) < threshold) == below
        };
        let possible = if below { is_wanted(high, low) } else { is_wanted(low, high) };
        if !possible {
            return None;
        }
        if high.millis_since(low) <= 1 {
            return is_wanted(high, high).then_some(high);
        }
        let middle = low.plus_millis(high.millis_since(low) / 2);
        self.first((low, middle), threshold, below).or_else(|| self.first((middle, high), threshold, below))
    }
}

/// The first moment at which a contribution reads zero; `None` when it never will.
pub fn gone(half_life: Millis, at: Timestamp, points: Milli) -> Option<Timestamp> {
    let mut alone = Sums::new();
    alone.add(half_life, at, points);
    let gone = |moment: Timestamp| alone.read(half_life, moment) == 0;
    // Beyond these epochs nothing is read at all.
    let last = at.plus_millis(half_life.max(1).saturating_mul(i64::from(EPOCHS_MAX) + 2));
    if gone(at) || !gone(last) {
        return gone(at).then_some(at);
    }
    let (mut there, mut away) = (at, last);
    while away.millis_since(there) > 1 {
        let middle = there.plus_millis(away.millis_since(there) / 2);
        *(if gone(middle) { &mut away } else { &mut there }) = middle;
    }
    Some(away)
}

/// How far the contributions of one half-life have faded at one moment: what many sums are read by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Faded {
    pub(crate) half_life: Millis,
    epoch: i32,
    power: u64,
}

impl Faded {
    pub(crate) fn at(half_life: Millis, now: Timestamp) -> Self {
        let (epoch, fraction) = split(half_life, now);
        Self { half_life, epoch, power: power_of_minus(fraction) }
    }

    /// What is left of cells of this half-life, with [`MANTISSA_BITS`] and [`POWER_BITS`] of fraction.
    fn left(self, cells: impl Iterator<Item = (i32, i128)>) -> i128 {
        let mut sum: i128 = 0;
        for (epoch, mantissa) in cells {
            let age = self.epoch.saturating_sub(epoch);
            if age > EPOCHS_MAX {
                continue;
            }
            let widened = mantissa << SHIFT_BITS;
            sum += if age >= 0 { widened >> age.unsigned_abs() } else { widened << age.unsigned_abs().min(32) };
        }
        let (sum, power) = (sum >> SHIFT_BITS, i128::from(self.power));
        // Two million points fit, and cost one multiplication.
        i64::try_from(sum).map_or_else(|_| sum.saturating_mul(power), |sum| i128::from(sum) * power)
    }
}

/// How long until what is left (with the fraction bits of [`decayed`]) has halved down to a threshold:
/// `half_life * log2(left / threshold)`, nearly and never more. The fraction of the logarithm comes bit by bit, from
/// squaring, `BITS` of them.
fn halving_time<const BITS: u32>(half_life: Millis, left: i128, threshold: Milli) -> Millis {
    let ratio = (left / i128::from(threshold.max(1))) >> (MANTISSA_BITS + POWER_BITS - 64);
    let Some(whole) = u128::try_from(ratio).ok().and_then(u128::checked_ilog2).and_then(|log| log.checked_sub(64))
    else {
        return 0;
    };
    // The ratio as 1.xxx with 31 fraction bits.
    let mut square = (ratio >> (whole + 33)) as u64;
    let mut fraction: u64 = 0;
    for _ in 0..BITS {
        square = (square * square) >> 31;
        fraction <<= 1;
        if square >= 1 << 32 {
            square >>= 1;
            fraction |= 1;
        }
    }
    let halvings = (u128::from(whole) << BITS) | u128::from(fraction);
    Millis::try_from((halvings * u128::from(half_life.unsigned_abs())) >> BITS).unwrap_or(Millis::MAX)
}

/// The one truncation of a read.
pub(crate) fn truncate(decayed: i128) -> Milli {
    let milli = decayed.saturating_add(ROUNDING_GUARD) >> (MANTISSA_BITS + POWER_BITS);
    Milli::try_from(milli).unwrap_or(if decayed < 0 { Milli::MIN } else { Milli::MAX })
}

/// Epoch and the fraction of it that has passed, as 64 bits.
fn split(half_life: Millis, at: Timestamp) -> (i32, u64) {
    let half_life = half_life.max(1);
    let epoch = at.as_millis().div_euclid(half_life);
    let rest = at.as_millis().rem_euclid(half_life);
    let fraction = ((rest as u128) << 64) / half_life as u128;
    (i32::try_from(epoch).unwrap_or(if epoch < 0 { i32::MIN } else { i32::MAX }), fraction as u64)
}

/// 2^(i/256) and 2^(i/65536), with 62 fraction bits.
static COARSE: [u64; 256] = powers(0);
static FINE: [u64; 256] = powers(8);

/// `2^(i / 2^(8 + skipped))` for every byte `i`, from square roots of two.
const fn powers(skipped: usize) -> [u64; 256] {
    // roots[k] = 2^(2^-(k+1)): each the integer square root of the one before.
    let mut roots = [0_u64; 16];
    let mut root: u128 = 2 << POWER_BITS;
    let mut at = 0;
    while at < 16 {
        root = (root << POWER_BITS).isqrt();
        roots[at] = root as u64;
        at += 1;
    }
    let mut table = [1_u64 << POWER_BITS; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut product: u128 = 1 << POWER_BITS;
        let mut bit = 0;
        while bit < 8 {
            if byte & (0x80 >> bit) != 0 {
                product = (product * roots[skipped + bit] as u128 + (1 << (POWER_BITS - 1))) >> POWER_BITS;
            }
            bit += 1;
        }
        table[byte] = product as u64;
        byte += 1;
    }
    table
}

/// `2^f` for a fraction `f` of 64 bits, with 62 fraction bits: in [2^62, 2^63).
fn power_of_two(fraction: u64) -> u64 {
    let coarse = u128::from(COARSE[(fraction >> 56) as usize]);
    let fine = u128::from(FINE[((fraction >> 48) & 0xff) as usize]);
    // The last 48 bits: x < 2^-16, and 2^x = 1 + x ln 2 + (x ln 2)^2 / 2 to within 2^-50.
    let x = u128::from(fraction & 0xffff_ffff_ffff) << (POWER_BITS - 48) >> 16;
    const LN_2: u128 = 3_196_577_161_300_663_915; // ln 2 * 2^62
    let x_ln_2 = (x * LN_2) >> POWER_BITS;
    let series = (1 << POWER_BITS) + x_ln_2 + ((x_ln_2 * x_ln_2) >> (POWER_BITS + 1));
    let product = (coarse * fine) >> POWER_BITS;
    ((product * series) >> POWER_BITS) as u64
}

/// `2^-f`, with 62 fraction bits: in (2^61, 2^62].
fn power_of_minus(fraction: u64) -> u64 {
    if fraction == 0 { 1 << POWER_BITS } else { power_of_two(fraction.wrapping_neg()) >> 1 }
}
