//! The process's own time: moments for decisions, instants for timers.

use std::time::Duration;

use callsign_plan::units::Moment;
use tokio::time::Instant;

/// Counts from when it was made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock(Instant);

// === impl Clock ===

impl Clock {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// The moment it is.
    pub(crate) fn now(self) -> Moment {
        Moment(self.0.elapsed())
    }

    /// When a moment is or was.
    pub(crate) fn instant(self, moment: Moment) -> Instant {
        self.0.checked_add(moment.0).unwrap_or_else(|| self.0 + FAR)
    }
}

/// Later than anything is waited for.
const FAR: Duration = Duration::from_hours(24 * 365);
