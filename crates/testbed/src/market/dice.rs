//! Chance that a seed decides: the same on every machine.

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Dice of their own for one actor or one act, so that what they throw changes nobody else's luck.
    pub(super) const fn split(&mut self) -> Self {
        Self(self.roll())
    }

    pub(super) const fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to, not including, `end`; 0 where `end` is 0.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        // The high half of the product: even enough for any `end` that a market needs.
        u64::try_from((u128::from(self.roll()) * u128::from(end)) >> 64).unwrap_or_default()
    }

    /// From `least` to `most`, both included.
    pub(super) fn between(&mut self, least: i64, most: i64) -> i64 {
        let width = u64::try_from(most - least).unwrap_or_default() + 1;
        least + i64::try_from(self.below(width)).unwrap_or_default()
    }

    pub(super) fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// One of a table that has entries.
    pub(super) fn pick<T: Copy>(&mut self, table: &[T]) -> T {
        table[self.index(table.len())]
    }

    pub(super) fn pick_ref<'t, T>(&mut self, table: &'t [T]) -> &'t T {
        &table[self.index(table.len())]
    }

    /// One of a table of weights and values; at least one weight is above 0.
    pub(super) fn weighted<T: Copy>(&mut self, table: &[(u64, T)]) -> T {
        let mut left = self.below(table.iter().map(|(weight, _)| weight).sum());
        for (weight, value) in table {
            if left < *weight {
                return *value;
            }
            left -= weight;
        }
        table[table.len() - 1].1
    }

    pub(super) fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap_or_default()
    }

    /// Hexadecimal digits, as trackers and tools make ids of.
    pub(super) fn hex(&mut self, digits: usize) -> String {
        let mut text = String::with_capacity(digits + 16);
        while text.len() < digits {
            text.push_str(&format!("{:016x}", self.roll()));
        }
        text.truncate(digits);
        text
    }

    /// The form of a UUID.
    pub(super) fn uuid(&mut self) -> String {
        let hex = self.hex(32);
        format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
    }
}

#[cfg(test)]
mod tests {
    use super::Dice;

    #[test]
    fn the_generator_is_the_published_one() {
        // The first values of seed 1234567 as other implementations of SplitMix64 give them.
        let mut dice = Dice::new(1_234_567);
        assert_eq!([dice.roll(), dice.roll()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }

    #[test]
    fn throws_stay_in_their_bounds_and_reach_them() {
        let mut dice = Dice::new(7);
        let throws: Vec<i64> = (0..1000).map(|_| dice.between(-2, 2)).collect();
        assert_eq!((throws.iter().min(), throws.iter().max()), (Some(&-2), Some(&2)));
        assert!((0..1000).all(|_| dice.weighted(&[(0, "never"), (1, "always")]) == "always"));
        assert_eq!(dice.below(0), 0);
    }
}
