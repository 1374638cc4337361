//! The walk along a course: one attempt after another, until one opens.

pub(crate) mod account;
mod attempt;
mod compose;
pub(crate) mod cost;
mod count;
mod embed;
mod fault;
mod judge;
mod opening;
mod restyle;
pub(crate) mod tail;
pub(crate) mod told;
pub(crate) mod walk;

pub(crate) use opening::LARGEST_HELD;

pub(crate) use compose::{drop_from, is_hop_by_hop};

use std::time::Duration;

use bytes::Bytes;
use callsign_wire::dialect::Operation;
use callsign_wire::hub::loss::Losses;
use http::{HeaderValue, response};
use tokio::time::Instant;

use crate::refusal::Named;
use crate::relay::Kind;
use crate::upstream::source::Source;
use tail::Tail;
use told::Told;

/// What came of the walk.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A target answers.
    Opened(Box<Opened>),
    /// The last target that was asked told an error.
    Told(Box<Told>),
}

/// The point of no return: the target's status is known, and of a stream the first meaningful event is in hand.
#[derive(Debug)]
pub(crate) struct Opened {
    /// The provider's status and headers.
    pub(crate) head: response::Parts,
    /// The answer itself.
    pub(crate) inflow: Inflow,
    /// The names for the answer's headers.
    pub(crate) named: Named,
    /// How many attempts it took.
    pub(crate) attempts: usize,
    /// The attempt that it comes from.
    pub(crate) tail: Tail,
}

/// The body of an answer that has opened.
#[derive(Debug)]
pub(crate) struct Inflow {
    /// What has been read of it.
    pub(crate) first: Option<Bytes>,
    /// The rest.
    pub(crate) rest: Source,
    /// What it is.
    pub(crate) kind: Kind,
    /// What it answers.
    pub(crate) operation: Operation,
    /// How long it may pause.
    pub(crate) idle: Duration,
    /// When it must be over.
    pub(crate) deadline: Instant,
    /// What the request's translation could not carry.
    pub(crate) losses: Losses,
    /// The names of those numbers in it that the gateway estimated.
    pub(crate) estimate: Option<HeaderValue>,
    /// Whether the target has no part in it.
    pub(crate) is_own: bool,
}

/// How long a header may be that names losses.
const LONGEST_LOSSES: usize = 1000;

// === impl Inflow ===

impl Inflow {
    /// What translation could not carry, both ways as far as that is known, as a header's value.
    fn told_losses(&self) -> Option<HeaderValue> {
        told_losses(&self.losses, &self.rest)
    }
}

/// What could not be carried of a request, and so far of its answer, as a header's value.
pub(crate) fn told_losses(request: &Losses, answer: &Source) -> Option<HeaderValue> {
    let mut losses = request.clone();
    losses.append(answer.losses().cloned().unwrap_or_default());
    Some(losses.header(LONGEST_LOSSES)).filter(|_| !losses.is_empty())?.parse().ok()
}
