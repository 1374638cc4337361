//! The walk along a course: one attempt after another, until one opens.

mod attempt;
mod compose;
mod fault;
pub(crate) mod told;

pub(crate) use compose::{drop_from, is_hop_by_hop};

use std::time::Duration;

use bytes::Bytes;
use callsign_plan::alias::ResponseModel;
use callsign_plan::chart::Course;
use callsign_wire::dialect::Dialect;
use http::response;
use tokio::time::Instant;

use crate::exchange::RequestId;
use crate::guard::Cleared;
use crate::record::Record;
use crate::refusal::{Named, Refusal, Tried};
use crate::state::world::World;
use crate::upstream::Upstream;
use crate::upstream::source::Source;
use attempt::Attempt;
use fault::Fault;
use told::Told;

/// Where an exchange may go.
#[derive(Debug)]
pub(crate) struct Charted<'a> {
    /// The configuration that the request met.
    pub(crate) world: &'a World,
    /// The attempts it allows.
    pub(crate) course: Course,
    /// The exchange's name.
    pub(crate) id: &'a RequestId,
    /// The longest it may take, where nothing else is written.
    pub(crate) total: Duration,
    /// The alias's name for the answer's headers.
    pub(crate) named: Named,
}

/// What came of the walk.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A target answers.
    Opened(Box<Opened>),
    /// The last target that was asked told an error.
    Told(Box<Told>),
}

/// The point of no return: the target's status is known, and of a stream the first bytes are in hand.
#[derive(Debug)]
pub(crate) struct Opened {
    /// The provider's status and headers.
    pub(crate) head: response::Parts,
    /// The answer itself.
    pub(crate) inflow: Inflow,
    /// The name that the answer's `model` shall carry instead of the provider's.
    pub(crate) respell: Option<String>,
    /// The names for the answer's headers.
    pub(crate) named: Named,
    /// How many attempts it took.
    pub(crate) attempts: usize,
}

/// The body of an answer that has opened.
#[derive(Debug)]
pub(crate) struct Inflow {
    /// What has been read of it.
    pub(crate) first: Option<Bytes>,
    /// The rest.
    pub(crate) rest: Source,
    /// The dialect it is in.
    pub(crate) dialect: Dialect,
    /// How long it may pause.
    pub(crate) idle: Duration,
    /// When it must be over.
    pub(crate) deadline: Instant,
    /// The exchange's name.
    pub(crate) id: RequestId,
}

// === impl Answer ===

impl Answer {
    /// Writes down who answered what.
    pub(crate) fn note(&self, record: &mut Record) {
        match self {
            Self::Opened(opened) => {
                record.answered(opened.head.status.as_u16(), &opened.named, opened.attempts);
            }
            Self::Told(told) => record.answered(told.status(), &told.named, told.attempts),
        }
    }
}

/// Walks the course.
pub(crate) async fn dispatch(
    upstream: &Upstream,
    mut charted: Charted<'_>,
    Cleared(ask): Cleared,
) -> Result<Answer, Refusal> {
    let start = Instant::now();
    let mut tried: Vec<Tried> = Vec::new();
    let mut last: Option<(Fault, Named)> = None;
    while let Some(leg) = charted.course.next_leg() {
        let began = Instant::now();
        let attempt = Attempt::new(&charted, &ask, leg, start)?;
        match attempt.run(upstream).await {
            Ok(mut opened) => {
                opened.attempts += tried.len();
                opened.respell = respelling(&charted, &ask.name);
                return Ok(Answer::Opened(Box::new(opened)));
            }
            Err(fault) => {
                tracing::warn!(request = ?charted.id, target = attempt.name(), %fault, "an attempt failed");
                tried.push(fault.tried(attempt.name(), began.elapsed()));
                last = Some((fault, attempt.named()));
            }
        }
    }
    let (fault, named) = last.ok_or_else(|| Refusal::bug("a course without a leg"))?;
    fault.ending(named, tried)
}

fn respelling(charted: &Charted<'_>, name: &str) -> Option<String> {
    let spelled = charted.course.response_model(&charted.world.catalog);
    (spelled == ResponseModel::Alias).then(|| name.to_owned())
}
