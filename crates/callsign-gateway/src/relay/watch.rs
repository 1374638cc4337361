//! How long an answer may pause, and when it must be over.

use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::Instant;

use crate::alarm::Alarm;

/// Watches an answer's pace. A piece costs no more than a look at the clock.
#[derive(Debug)]
pub(crate) struct Watch {
    idle: Duration,
    deadline: Instant,
    last: Instant,
    alarm: Alarm,
}

/// How long a stream may stay open after its last event.
const LINGER: Duration = Duration::from_secs(1);

/// What passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Late {
    /// Nothing came for as long as `idle` allows.
    Idle(Duration),
    /// The exchange has taken as long as it may.
    Total,
}

// === impl Watch ===

impl Watch {
    pub(crate) fn new(idle: Duration, deadline: Instant) -> Self {
        Self { idle, deadline, last: Instant::now(), alarm: Alarm::default() }
    }

    /// A piece has come.
    pub(crate) fn seen(&mut self) {
        self.last = Instant::now();
    }

    /// All that was to come has come: the connection's end is only waited for a moment.
    pub(crate) fn linger(&mut self) {
        self.idle = self.idle.min(LINGER);
    }

    /// Ready once the answer is late. To be asked only while there is nothing to relay.
    pub(crate) fn poll_late(&mut self, context: &mut Context<'_>) -> Poll<Late> {
        let due = self.deadline.min(self.last + self.idle);
        ready!(self.alarm.poll(due, context));
        Poll::Ready(if due < self.deadline { Late::Idle(self.idle) } else { Late::Total })
    }
}
