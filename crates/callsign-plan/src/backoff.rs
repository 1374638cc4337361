//! How long to wait before the same target is tried again.

use std::time::Duration;

use crate::dice::Dice;

/// The longest pause.
pub const CAP: Duration = Duration::from_secs(30);

/// The pause before retry number `retry`, counted from 0: anything up to `backoff` doubled that often, so that those
/// who failed together do not come back together.
pub fn pause(backoff: Duration, retry: u32, dice: &mut Dice) -> Duration {
    let doubled = backoff.saturating_mul(1 << retry.min(31)).min(CAP);
    let nanos = u64::try_from(doubled.as_nanos()).unwrap_or(u64::MAX);
    Duration::from_nanos(dice.below(nanos.saturating_add(1)))
}

#[cfg(test)]
mod tests;
