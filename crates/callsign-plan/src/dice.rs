//! Chance that is an argument: the same seed gives the same throws.

/// A generator of throws (`SplitMix64`, Steele, Lea and Flood 2014). It decides shares, never secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dice(u64);

// === impl Dice ===

impl Dice {
    /// Dice that throw what this seed says.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number, evenly from all.
    pub const fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number below `sides`, or 0 where there is none.
    pub fn below(&mut self, sides: u64) -> u64 {
        let wide = u128::from(self.throw()) * u128::from(sides);
        u64::try_from(wide >> 64).unwrap_or(0)
    }
}

/// Spreads the bits of `number` over all 64.
pub(crate) const fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
