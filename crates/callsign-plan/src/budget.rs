//! How many retries there may be for all that are first attempts, so that retries never feed an outage.

use crate::units::Moment;

/// What one first attempt adds, in billionths of a retry: a fifth.
pub const DEPOSIT: u64 = ONE / 5;
/// What there is without any first attempt, and what time fills up again by one in a second.
pub const RESERVE: u64 = 10 * ONE;
/// The most that is kept.
pub const CAP: u64 = 100 * ONE;

/// One retry. In billionths, a second's worth is one for each nanosecond.
const ONE: u64 = 1_000_000_000;

/// A bucket that first attempts fill and retries empty.
///
/// Over any run there are at most as many retries as a fifth of the first attempts, the reserve, and the seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryBudget {
    balance: u64,
    at: Moment,
}

// === impl RetryBudget ===

impl Default for RetryBudget {
    fn default() -> Self {
        Self { balance: RESERVE, at: Moment::default() }
    }
}

impl RetryBudget {
    /// A first attempt was made.
    pub fn deposit(&mut self, now: Moment) {
        self.refill(now);
        self.balance = (self.balance + DEPOSIT).min(CAP);
    }

    /// Takes a retry out, if there is one.
    pub fn withdraw(&mut self, now: Moment) -> bool {
        self.refill(now);
        match self.balance.checked_sub(ONE) {
            Some(rest) => {
                self.balance = rest;
                true
            }
            None => false,
        }
    }

    fn refill(&mut self, now: Moment) {
        let passed = u64::try_from(now.since(self.at).as_nanos()).unwrap_or(u64::MAX);
        if self.balance < RESERVE {
            self.balance = self.balance.saturating_add(passed).min(RESERVE);
        }
        self.at = self.at.max(now);
    }
}

#[cfg(test)]
mod tests;
