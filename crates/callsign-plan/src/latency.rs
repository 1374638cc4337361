//! How long a target takes, as a figure that believes bad news at once and good news slowly.

use std::time::Duration;

use crate::units::Moment;

/// How fast a peak is forgotten: after this time 37 % of it are left.
pub const DECAY: Duration = Duration::from_secs(10);

/// Zero would mean that nothing is known.
const SHORTEST: Duration = Duration::from_nanos(1);
/// Longer than any wait that is let happen.
const LONGEST: Duration = Duration::from_hours(24);

/// A moving average that jumps up to each peak and sinks from there; zero while nothing is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PeakEwma {
    value: Duration,
    at: Moment,
}

// === impl PeakEwma ===

impl PeakEwma {
    /// Takes in how long an attempt took.
    pub fn observe(&mut self, sample: Duration, now: Moment) {
        let sample = sample.clamp(SHORTEST, LONGEST);
        let above = self.value.saturating_sub(sample);
        self.value = sample + above.mul_f64(self.left(now));
        self.at = self.at.max(now);
    }

    /// The figure now. It sinks while nothing comes in, so that a target which was slow once is tried again.
    pub fn read(&self, now: Moment) -> Duration {
        self.value.mul_f64(self.left(now))
    }

    /// What is left of a peak now, between 0 and 1.
    fn left(&self, now: Moment) -> f64 {
        (-now.since(self.at).div_duration_f64(DECAY)).exp()
    }
}

#[cfg(test)]
mod tests;
