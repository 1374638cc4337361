//! An alias and the route it names. Routes compose: wherever a target stands, an alias may stand.

use std::sync::Arc;
use std::time::Duration;

use crate::guard::Guardrails;
use crate::ids::{AliasId, TargetId};
use crate::target::Timeouts;
use crate::units::Weight;

/// A name that a client asks for, and what it means.
#[derive(Debug, Clone)]
pub struct Alias {
    /// The name.
    pub name: Arc<str>,
    /// What it means.
    pub route: Route,
    /// What is checked.
    pub guardrails: Guardrails,
    /// Limits on waiting.
    pub timeouts: Timeouts,
    /// Tries on one target; `None` leaves it to the alias that leads here.
    pub retries: Option<Retries>,
    /// What happens when a stream breaks after its first event; `None` leaves it to the alias that leads here.
    pub mid_stream: Option<MidStream>,
    /// Which name the answer's `model` carries.
    pub response_model: ResponseModel,
    /// What happens when a translation would lose something.
    pub on_loss: OnLoss,
    /// For people.
    pub description: Option<Arc<str>>,
    /// Left out of `/v1/models`.
    pub hidden: bool,
    /// Where it is in its life.
    pub deprecated: Option<Deprecation>,
}

/// What an alias means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// One target.
    Target(TargetId),
    /// Whatever another alias means.
    Alias(AliasId),
    /// One of several, decided per request.
    Split(Split),
    /// One of several, decided per attempt.
    Pool(Pool),
    /// One after another, on conditions.
    Chain(Chain),
}

/// Shares of traffic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// The parts; their weights sum to [`Weight::WHOLE`].
    pub shares: Vec<Share>,
    /// What makes a caller stay with one part.
    pub sticky: Option<Sticky>,
}

/// One part of a split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Where this part goes.
    pub route: Route,
    /// How much of the traffic it gets.
    pub weight: Weight,
}

/// What makes a caller stay with one part of a split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sticky {
    /// The user named in the body.
    User,
    /// A request header, in lower case.
    Header(Arc<str>),
}

/// Equal members that share the load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    /// How the next member is picked.
    pub algorithm: Algorithm,
    /// The members.
    pub members: Vec<Member>,
}

/// One member of a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Where it leads.
    pub route: Route,
    /// Its weight, [`Weight::ONE`] where none was written.
    pub weight: Weight,
}

/// How a pool picks its next member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// Each in turn.
    RoundRobin,
    /// The one with the fewest requests under way.
    LeastConnections,
    /// In turn, by weight.
    Weighted,
    /// Peak-EWMA of two random choices.
    LeastLatency,
    /// By a hash of the prompt's beginning.
    ConsistentHash,
}

/// A primary route and what is tried after it fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// Tried first.
    pub primary: Box<Route>,
    /// Tried in order, where their conditions hold.
    pub fallbacks: Vec<Fallback>,
}

/// One step of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fallback {
    /// Where it leads.
    pub route: Route,
    /// It is tried when any of these holds; never empty (`Any` where none was written).
    pub conditions: Vec<Condition>,
}

/// What must have happened for a fallback to be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Condition {
    /// 429.
    RateLimited,
    /// 429, or a body that speaks of quota, credit or billing.
    QuotaExceeded,
    /// Past a deadline, or 408, 504, 524.
    Timeout,
    /// Refused, reset, DNS, TLS, 5xx, 529, or an open breaker.
    Unavailable,
    /// 401 or 403 from the provider.
    AuthFailed,
    /// 404 for the model.
    ModelNotFound,
    /// The prompt does not fit.
    ContextLengthExceeded,
    /// A 200 that cannot be used.
    InvalidResponse,
    /// It would pass the alias's cost limit.
    CostExceeded,
    /// The provider refused on policy.
    ContentFiltered,
    /// Any of the above but `ContentFiltered`.
    Any,
    /// The primary was tried and failed.
    PrimaryFailed,
    /// The primary and the first fallback were tried and failed.
    PrimaryAndFirstFallbackFailed,
    /// Everything before was tried and failed.
    AllPreviousFailed,
}

/// Tries on one target before the next is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retries {
    /// Tries after the first; 0 is off.
    pub attempts: u32,
    /// The longest pause before the first of them; doubles, with full jitter.
    pub backoff: Duration,
}

/// What happens when a stream breaks after its first event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MidStream {
    /// An error event in the client's dialect.
    #[default]
    Error,
    /// The next target goes on from the text already sent, where that is safe.
    Resume,
}

/// Which name the answer's `model` carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ResponseModel {
    /// What the provider wrote.
    #[default]
    Upstream,
    /// The name that the client asked for.
    Alias,
}

/// What happens when a translation would lose something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnLoss {
    /// It is named in `x-callsign-losses`.
    #[default]
    Report,
    /// 400.
    Refuse,
}

/// Where an alias is in its life. Times are seconds since 1970-01-01 UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deprecation {
    /// Since when it should not be used (RFC 9745).
    pub since: Option<u64>,
    /// When it stops answering (RFC 8594).
    pub sunset: Option<u64>,
    /// What to ask for instead.
    pub successor: Option<Arc<str>>,
}

// === impl Algorithm ===

impl Algorithm {
    /// Its name in configuration, records and docs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RoundRobin => "round_robin",
            Self::LeastConnections => "least_connections",
            Self::Weighted => "weighted",
            Self::LeastLatency => "least_latency",
            Self::ConsistentHash => "consistent_hash",
        }
    }
}

// === impl Condition ===

impl Condition {
    /// Every condition with the names it may be written under, the first of them its own.
    pub const NAMES: [(Self, &'static [&'static str]); 14] = [
        (Self::RateLimited, &["rate_limited"]),
        (Self::QuotaExceeded, &["quota_exceeded"]),
        (Self::Timeout, &["timeout"]),
        (Self::Unavailable, &["unavailable", "server_error", "connection_error"]),
        (Self::AuthFailed, &["auth_failed"]),
        (Self::ModelNotFound, &["model_not_found"]),
        (Self::ContextLengthExceeded, &["context_length_exceeded"]),
        (Self::InvalidResponse, &["invalid_response"]),
        (Self::CostExceeded, &["cost_exceeded"]),
        (Self::ContentFiltered, &["content_filtered"]),
        (Self::Any, &["any"]),
        (Self::PrimaryFailed, &["primary_failed"]),
        (Self::PrimaryAndFirstFallbackFailed, &["primary_and_first_fallback_failed"]),
        (Self::AllPreviousFailed, &["all_previous_failed"]),
    ];

    /// Its own name, as in configuration, metrics and docs.
    pub fn name(self) -> &'static str {
        let row = Self::NAMES.iter().find(|(condition, _)| *condition == self);
        row.and_then(|(_, names)| names.first()).copied().unwrap_or("any")
    }
}
