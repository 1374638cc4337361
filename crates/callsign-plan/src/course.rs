//! A course: one request's walk through the routes of its alias, attempt by attempt.
//!
//! An alias is a place on the way: its route is tried, then its fallbacks, and what is left of it goes back to the
//! alias that led there. The walk decides; it neither waits nor sends.

mod walk;

use std::sync::Arc;
use std::time::Duration;

use callsign_wire::dialect::Dialects;
use smallvec::SmallVec;

use crate::alias::{Alias, MidStream, OnLoss, ResponseModel, Retries, Route};
use crate::catalog::{Catalog, Found};
use crate::dice::Dice;
use crate::fault::Failure;
use crate::guard::CostLimit;
use crate::ids::{AliasId, TargetId};
use crate::target::{Model, Target, Timeouts};
use crate::trace::Mark;
use crate::units::Moment;
use crate::vitals::Vitals;

/// The way of one request through the catalog.
#[derive(Debug, Clone)]
pub struct Course {
    start: Start,
    visits: SmallVec<[Visit; 2]>,
    leg: Option<Leg>,
    dice: Dice,
    deadline: Moment,
    trace: SmallVec<[Mark; 4]>,
    attempts: u32,
    /// The parts that its splits chose in turn.
    parts: Choices<usize>,
    /// The turns that it took in its pools.
    turns: Choices<u64>,
    /// The last failure, of an attempt or of a target that could not be tried.
    failure: Option<Failure>,
    /// How many failures there were: not counted is who only had to wait for its turn.
    failures: u32,
    /// Whom the breakers kept back.
    kept_back: KeptBack,
    mercy: Mercy,
}

/// What a request decided once and keeps, however often it comes by: by alias and the position in it.
type Choices<T> = SmallVec<[(AliasId, usize, T); 2]>;

/// Targets that were passed over, and that could be tried if there is nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct KeptBack {
    returning: bool,
    ejected: bool,
}

/// Which targets are tried against what their breakers say, since there is nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mercy {
    /// None.
    None,
    /// Those that came back lately.
    Returning,
    /// All.
    Everybody,
}

/// Where a walk starts.
#[derive(Debug, Clone)]
enum Start {
    Alias(AliasId),
    Target(TargetId, Arc<str>),
}

/// An alias on the way to the present leg.
#[derive(Debug, Clone)]
struct Visit {
    alias: AliasId,
    /// 0 is the primary, 1 the first fallback.
    position: usize,
    /// The positions that failed.
    failed: SmallVec<[usize; 4]>,
    /// The members that the pool at this position has given already.
    used: SmallVec<[usize; 4]>,
    /// What the course had come to when this position was.
    before: Before,
    /// When the alias's own time is over.
    deadline: Option<Moment>,
}

/// What a course had come to at some time.
#[derive(Debug, Clone, Copy)]
struct Before {
    attempts: u32,
    failures: u32,
}

/// What a decision may look at beside the catalog.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// What the ids of a course stand for.
    pub catalog: &'a Catalog,
    /// How targets are doing.
    pub vitals: &'a dyn Vitals,
    /// Who asks.
    pub asker: &'a dyn Asker,
    /// The time.
    pub now: Moment,
    /// The day: seconds since 1970-01-01 UTC.
    pub date: u64,
}

/// What a decision may ask of a request.
pub trait Asker {
    /// The user that the body names.
    fn user(&self) -> Option<&str>;
    /// The value of a header; its name is in lower case.
    fn header(&self, name: &str) -> Option<&[u8]>;
    /// A hash of the prompt's beginning.
    fn prompt(&self) -> Option<u64>;
    /// Whether a target that speaks these dialects can be asked, in the caller's own or by translation.
    fn can_ask(&self, dialects: Dialects) -> bool;
}

/// One attempt of a course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leg {
    /// Where to.
    pub target: TargetId,
    /// What the target calls the model.
    pub model: Arc<str>,
    /// How long to pause before it.
    pub after: Duration,
    /// What holds for it.
    pub limits: Limits,
    /// What happens when its stream breaks.
    pub mid_stream: MidStream,
    /// What happens when a translation would lose something.
    pub on_loss: OnLoss,
    /// Whether it finds out if an ejected target is back.
    pub probe: bool,
    retries: Retries,
    retried: u32,
}

/// What holds for one leg of a course.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// DNS, TCP and TLS together.
    pub connect: Duration,
    /// From sending the request to a stream's first token.
    pub first_token: Duration,
    /// Between two pieces of an answer.
    pub idle: Duration,
    /// How long it may keep the caller waiting: for the whole answer, or for the first token of a stream.
    pub max_latency: Option<Duration>,
    /// The most that the exchange may cost.
    pub max_cost: Option<CostLimit>,
    /// The longest the attempt itself may take.
    pub total: Option<Duration>,
    /// When it must be over whatever happens.
    pub deadline: Moment,
}

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Try this.
    Try(Leg),
    /// Nothing is left.
    Stop,
}

/// What became of the leg before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setback {
    /// How it failed.
    pub failure: Failure,
    /// When the provider wants to be asked again.
    pub after: Option<Duration>,
}

/// An id points nowhere, or aliases lead in a circle: the catalog was not checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the catalog is broken")]
pub struct Broken;

/// DNS, TCP and TLS together, where nothing else is written.
pub const CONNECT: Duration = Duration::from_secs(5);
/// Until a stream's first token, where nothing else is written.
pub const FIRST_TOKEN: Duration = Duration::from_mins(1);
/// Between two pieces of an answer, where nothing else is written.
pub const IDLE: Duration = Duration::from_mins(1);
/// Headers that keep a caller with one part of any split.
pub const SESSION_HEADERS: [&str; 2] = ["x-callsign-session", "x-model-affinity"];

// === impl Leg ===

impl Leg {
    /// Whether the same target has been tried before it.
    pub fn is_retry(&self) -> bool {
        self.retried > 0
    }
}

// === impl Course ===

impl Course {
    /// Charts the course for what `name` was found to be. `total` bounds all attempts together where the
    /// configuration does not.
    pub fn chart(
        around: &Around<'_>,
        (found, name): (Found, &str),
        total: Duration,
        dice: Dice,
    ) -> Result<Self, Broken> {
        let catalog = around.catalog;
        let start = match found {
            Found::Alias(id) => Start::Alias(id),
            Found::Target(id) => Start::Target(id, fixed(catalog, id)?),
            Found::Wildcard(id, from) => Start::Target(id, name.get(from..).ok_or(Broken)?.into()),
        };
        let alias = match found {
            Found::Alias(id) => Some(catalog.alias(id).ok_or(Broken)?),
            _ => None,
        };
        let written = alias.and_then(|alias| alias.timeouts.total).or(catalog.parts().timeouts.total);
        Ok(Self {
            start,
            visits: SmallVec::new(),
            leg: None,
            dice,
            deadline: around.now + written.unwrap_or(total),
            trace: SmallVec::new(),
            attempts: 0,
            parts: SmallVec::new(),
            turns: SmallVec::new(),
            failure: None,
            failures: 0,
            kept_back: KeptBack::default(),
            mercy: Mercy::None,
        })
    }

    /// The alias that was asked for.
    pub fn alias(&self) -> Option<AliasId> {
        match self.start {
            Start::Alias(id) => Some(id),
            Start::Target(..) => None,
        }
    }

    /// Which name the answer's `model` carries: as the alias asked for says.
    pub fn response_model(&self, catalog: &Catalog) -> ResponseModel {
        let alias = self.alias().and_then(|id| catalog.alias(id));
        alias.map_or(ResponseModel::Upstream, |alias| alias.response_model)
    }

    /// What was decided so far.
    pub fn trace(&self) -> &[Mark] {
        &self.trace
    }

    /// What holds for an attempt at `target` from where the walk stands: the target's own limits, else those of
    /// the nearest alias, else those of the file, else the defaults; of latencies and costs the strictest.
    fn limits(&self, catalog: &Catalog, target: &Target) -> Limits {
        let aliases = || self.visits.iter().rev().filter_map(|visit| catalog.alias(visit.alias));
        let written = aliases()
            .map(|alias| alias.timeouts)
            .chain([catalog.parts().timeouts])
            .fold(target.timeouts, Timeouts::or);
        let strictest = aliases().filter_map(|alias| alias.guardrails.max_latency).min();
        let deadlines = self.visits.iter().filter_map(|visit| visit.deadline);
        Limits {
            connect: written.connect.unwrap_or(CONNECT),
            first_token: written.first_token.unwrap_or(FIRST_TOKEN),
            idle: written.idle.unwrap_or(IDLE),
            max_latency: target.max_latency.or(strictest),
            max_cost: aliases().filter_map(|alias| alias.guardrails.max_cost).reduce(CostLimit::and),
            total: target.timeouts.total,
            deadline: deadlines.chain([self.deadline]).min().unwrap_or(self.deadline),
        }
    }

    fn retries(&self, catalog: &Catalog) -> Retries {
        self.nearest(catalog, |alias| alias.retries)
    }

    fn mid_stream(&self, catalog: &Catalog) -> MidStream {
        self.nearest(catalog, |alias| alias.mid_stream)
    }

    /// What the innermost alias says that says anything, be it that something is off.
    fn nearest<T: Default>(&self, catalog: &Catalog, written: impl Fn(&Alias) -> Option<T>) -> T {
        let mut aliases = self.visits.iter().rev().filter_map(|visit| catalog.alias(visit.alias));
        aliases.find_map(written).unwrap_or_default()
    }

    /// The strictest of the aliases on the way decides.
    fn on_loss(&self, catalog: &Catalog) -> OnLoss {
        let mut aliases = self.visits.iter().filter_map(|visit| catalog.alias(visit.alias));
        let refuses = aliases.any(|alias| alias.on_loss == OnLoss::Refuse);
        if refuses { OnLoss::Refuse } else { OnLoss::Report }
    }
}

fn fixed(catalog: &Catalog, id: TargetId) -> Result<Arc<str>, Broken> {
    match &catalog.target(id).ok_or(Broken)?.model {
        Model::Fixed(model) => Ok(Arc::clone(model)),
        Model::Asked => Err(Broken),
    }
}

/// The route at a position of an alias: 0 is the primary, 1 the first fallback.
pub(crate) fn route_at(alias: &Alias, position: usize) -> Option<&Route> {
    match (&alias.route, position.checked_sub(1)) {
        (Route::Chain(chain), None) => Some(&chain.primary),
        (Route::Chain(chain), Some(fallback)) => chain.fallbacks.get(fallback).map(|step| &step.route),
        (route, None) => Some(route),
        (_, Some(_)) => None,
    }
}

// === impl Visit ===

impl Visit {
    fn new(alias: AliasId, deadline: Option<Moment>, before: Before) -> Self {
        Self { alias, position: 0, failed: SmallVec::new(), used: SmallVec::new(), before, deadline }
    }
}

#[cfg(test)]
mod tests;
