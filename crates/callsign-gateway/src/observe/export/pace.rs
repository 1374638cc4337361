//! When to try again what a collector did not take. It knows no clock: whoever asks waits.

use std::time::Duration;

/// How the tries of one request follow each other.
#[derive(Debug)]
pub(super) struct Pace {
    left: u32,
    next: Duration,
    most: Duration,
}

/// What a failure says of another try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// It would fail too.
    Never,
    /// It may do better.
    Later,
    /// It may do better after so long.
    After(Duration),
}

/// As OpenTelemetry's libraries have it.
const TRIES: u32 = 3;
const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_millis(1_600);
/// What a collector asks for counts up to here.
const LONGEST_ASKED: Duration = Duration::from_secs(30);
/// So many milliseconds are added by chance, so that not all gateways come back at once.
const SCATTER: u64 = 100;

// === impl Pace ===

impl Default for Pace {
    fn default() -> Self {
        Self { left: TRIES, next: FIRST, most: LONGEST }
    }
}

impl Pace {
    /// How long to wait for the next try, if there is to be one.
    pub(super) fn wait(&mut self, again: Again, chance: u64) -> Option<Duration> {
        let asked = match again {
            Again::Never => return None,
            Again::Later => Duration::ZERO,
            Again::After(asked) => asked.min(LONGEST_ASKED),
        };
        self.left = self.left.checked_sub(1)?;
        if asked > self.most {
            self.most = LONGEST_ASKED;
        }
        self.next = self.next.max(asked);
        let wait = (self.next + Duration::from_millis(chance % (SCATTER + 1))).min(self.most);
        self.next = (self.next * 2).min(self.most);
        Some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_grow_rarer_and_end() {
        let second = Duration::from_secs(1);
        let cases: [(&[Again], u64, &[u64]); 5] = [
            (&[Again::Later; 4], 0, &[100, 200, 400]),
            (&[Again::Later; 4], 100, &[200, 300, 500]),
            (&[Again::Never], 0, &[]),
            (&[Again::After(2 * second); 4], 0, &[2_000, 4_000, 8_000]),
            (&[Again::Later, Again::After(600 * second), Again::Later], 7, &[107, 30_000, 30_000]),
        ];
        for (failures, chance, expected) in cases {
            let mut pace = Pace::default();
            let waits = failures.iter().map_while(|again| pace.wait(*again, chance));
            let waits: Vec<_> = waits.map(|wait| u64::try_from(wait.as_millis()).unwrap()).collect();
            assert_eq!(waits, expected, "{failures:?}");
        }
    }
}
