//! Exact quantities: money and weights are integers, never floats.

use std::fmt;
use std::ops::Add;
use std::time::Duration;

/// An amount of US dollars, in nano-dollars (1e-9 USD).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Money(pub u64);

impl Money {
    /// One US dollar.
    pub const DOLLAR: Self = Self(1_000_000_000);

    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// What is left of it; nothing, where `other` is more.
    #[must_use]
    pub const fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for Money {
    /// In dollars, with all their decimals and at least two: `$0.10`, `$0.000000001`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (dollars, rest) = (self.0 / Self::DOLLAR.0, self.0 % Self::DOLLAR.0);
        let decimals = format!("{rest:09}");
        write!(formatter, "${dollars}.{:0<2}", decimals.trim_end_matches('0'))
    }
}

/// A share of traffic, in millionths; in a split the weights sum to [`Weight::WHOLE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Weight(pub u64);

impl Weight {
    /// The sum of the weights of a split: 100.
    pub const WHOLE: Self = Self(100 * Self::ONE.0);
    /// The weight `1`.
    pub const ONE: Self = Self(1_000_000);
}

impl fmt::Display for Weight {
    /// As in configurations: `95`, `0.5`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.0 / Self::ONE.0, self.0 % Self::ONE.0);
        let text = format!("{whole}.{fraction:06}");
        formatter.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// A point in time, counted from a zero of the process's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Moment(pub Duration);

// === impl Moment ===

impl Moment {
    /// How long ago `earlier` was; zero if it is not earlier.
    pub const fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Duration> for Moment {
    type Output = Self;

    fn add(self, later: Duration) -> Self {
        Self(self.0.saturating_add(later))
    }
}
