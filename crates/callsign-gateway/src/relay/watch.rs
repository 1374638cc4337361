//! How long an answer may pause, and when it must be over.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// Watches an answer's pace. The timer is only moved when it fires, so that a piece costs no more than a look at
/// the clock.
#[derive(Debug)]
pub(crate) struct Watch {
    idle: Duration,
    deadline: Instant,
    last: Instant,
    timer: Option<Pin<Box<Sleep>>>,
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
        Self { idle, deadline, last: Instant::now(), timer: None }
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
        loop {
            let due = self.deadline.min(self.last + self.idle);
            let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(due)));
            if timer.deadline() > due {
                timer.as_mut().reset(due);
            }
            ready!(timer.as_mut().poll(context));
            let now = Instant::now();
            if now >= self.deadline {
                return Poll::Ready(Late::Total);
            }
            if now >= due {
                return Poll::Ready(Late::Idle(self.idle));
            }
            timer.as_mut().reset(due);
        }
    }
}
