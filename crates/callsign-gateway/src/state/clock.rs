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

    /// The moment that an instant is.
    pub(crate) fn moment(self, instant: Instant) -> Moment {
        Moment(instant.duration_since(self.0))
    }

    /// The moment it is.
    pub(crate) fn now(self) -> Moment {
        self.moment(Instant::now())
    }

    /// When a moment is or was.
    pub(crate) fn instant(self, moment: Moment) -> Instant {
        self.0.checked_add(moment.0).unwrap_or_else(|| self.0 + FAR)
    }
}

/// Later than anything is waited for.
const FAR: Duration = Duration::from_hours(24 * 365);
