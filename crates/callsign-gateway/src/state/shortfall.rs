//! By how much estimates of questions fell short lately, told by what a target counted itself: the next are made that much
//! larger, and never smaller.

use std::sync::atomic::{AtomicU64, Ordering};

/// What one target counted beyond the estimates.
#[derive(Debug, Default)]
pub(crate) struct Shortfall {
    /// The worst of late and of the time before, packed.
    recent: AtomicU64,
    before: AtomicU64,
    seen: AtomicU64,
}

/// The worst of some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Worst {
    /// Tokens that short questions had besides.
    besides: u32,
    /// Thousandths of the estimate that long ones had besides.
    share: u32,
}

/// So many answers make a time.
const TIME: u64 = 256;
/// Below so many tokens what is missing does not grow with the question.
const SHORT: u64 = 2_000;
/// No honest count is further off: twice as many again, or so many tokens.
const MOST_SHARE: u64 = 2_000;
const MOST_BESIDES: u64 = 10_000;

// === impl Shortfall ===

impl Shortfall {
    /// A question was estimated at this, and had that many tokens.
    pub(crate) fn saw(&self, estimate: u64, truth: u64) {
        if self.seen.fetch_add(1, Ordering::Relaxed) % TIME == TIME - 1 {
            self.before.store(self.recent.swap(0, Ordering::Relaxed), Ordering::Relaxed);
        }
        let missing = truth.saturating_sub(estimate);
        if missing == 0 || estimate == 0 {
            return;
        }
        let small = |number: u64, most: u64| u32::try_from(number.min(most)).unwrap_or(u32::MAX);
        let worst = if estimate < SHORT {
            Worst { besides: small(missing, MOST_BESIDES), share: 0 }
        } else {
            Worst { besides: 0, share: small(missing.saturating_mul(1000).div_ceil(estimate), MOST_SHARE) }
        };
        let update = |packed| Some(Worst::of(packed).or(worst).packed());
        let _before = self.recent.fetch_update(Ordering::Relaxed, Ordering::Relaxed, update);
    }

    /// An estimate, made safe against what was seen.
    pub(crate) fn mended(&self, estimate: u64) -> u64 {
        let worst =
            Worst::of(self.recent.load(Ordering::Relaxed)).or(Worst::of(self.before.load(Ordering::Relaxed)));
        let share = estimate.saturating_mul(u64::from(worst.share)).div_ceil(1000);
        estimate.saturating_add(share).saturating_add(u64::from(worst.besides))
    }
}

// === impl Worst ===

impl Worst {
    const fn packed(self) -> u64 {
        (self.besides as u64) << 32 | self.share as u64
    }

    fn of(packed: u64) -> Self {
        let low = u32::try_from(packed & u64::from(u32::MAX)).unwrap_or(u32::MAX);
        Self { besides: u32::try_from(packed >> 32).unwrap_or(u32::MAX), share: low }
    }

    fn or(self, other: Self) -> Self {
        Self { besides: self.besides.max(other.besides), share: self.share.max(other.share) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_grow_by_what_was_missing_and_never_shrink() {
        let shortfall = Shortfall::default();
        assert_eq!(shortfall.mended(100), 100);
        shortfall.saw(100, 90);
        assert_eq!(shortfall.mended(100), 100);
        shortfall.saw(100, 160);
        assert_eq!((shortfall.mended(100), shortfall.mended(10_000)), (160, 10_060));
        shortfall.saw(10_000, 12_000);
        assert_eq!(shortfall.mended(10_000), 12_060);
        shortfall.saw(10_000, 1_000_000);
        assert_eq!(shortfall.mended(10_000), 30_060);
    }

    #[test]
    fn what_is_long_past_is_forgotten() {
        let shortfall = Shortfall::default();
        shortfall.saw(100, 160);
        for _ in 0..TIME {
            shortfall.saw(100, 100);
        }
        assert_eq!(shortfall.mended(100), 160);
        for _ in 0..TIME {
            shortfall.saw(100, 100);
        }
        assert_eq!(shortfall.mended(100), 100);
    }
}
