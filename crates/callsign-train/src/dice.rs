//! Chance that falls the same way for the same seed, on every machine.

/// A generator of numbers (PCG of 64 bits of state).
#[derive(Debug, Clone)]
pub(crate) struct Dice {
    state: u64,
}

// === impl Dice ===

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        let mut dice = Self { state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03 };
        dice.roll();
        dice
    }

    pub(crate) fn roll(&mut self) -> u32 {
        self.state =
            self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mixed = ((self.state >> 18) ^ self.state) >> 27;
        let turn = u32::try_from(self.state >> 59).unwrap_or(0);
        u32::try_from(mixed & 0xFFFF_FFFF).unwrap_or(0).rotate_right(turn)
    }

    /// Less than `end`, or zero.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from((u64::from(self.roll()) * u64::try_from(end).unwrap_or(0)) >> 32).unwrap_or(0)
    }

    /// From zero up to one.
    pub(crate) fn share(&mut self) -> f32 {
        f32::from(u16::try_from(self.roll() >> 16).unwrap_or(0)) / 65_536.0
    }

    pub(crate) fn often(&mut self, share: f32) -> bool {
        self.share() < share
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len()))
    }

    pub(crate) fn shuffle<T>(&mut self, things: &mut [T]) {
        for place in (1..things.len()).rev() {
            things.swap(place, self.below(place + 1));
        }
    }
}
