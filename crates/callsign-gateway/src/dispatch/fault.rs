//! Why an attempt failed, judged once: what it was, and what the client is told if nothing better comes.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use callsign_plan::alias::Condition;
use callsign_plan::course::Setback;
use callsign_plan::fault::Failure;
use callsign_plan::target::Credential;
use http::StatusCode;
use hyper_util::client::legacy;

use super::judge;
use super::told::Told;
use super::{Answer, Opened};
use crate::refusal::{Code, Named, Refusal, Tried};
use crate::state::vitals::Trial;
use crate::upstream::grants::GrantError;
use crate::upstream::source::innermost;

/// The failure of one attempt.
#[derive(Debug)]
pub(crate) struct Fault {
    failure: Failure,
    /// When the provider wants to be asked again.
    after: Option<Duration>,
    /// What status came with an answer that cannot be used.
    status: Option<StatusCode>,
    /// Whether the provider may want to be paid for it.
    billed: bool,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// No usable answer came.
    Own { code: Code, message: String },
    /// The request cannot be asked of the target: the client's own affair.
    Unaskable(Refusal),
    /// The answer must not leave.
    Withheld(Refusal),
    /// The caller would wait no longer.
    GivenUp { message: String, patience: Patience },
    /// The provider told an error.
    Told(Box<Told>),
    /// The provider's answer says that it refuses on policy.
    Filtered(Box<Opened>),
}

/// Whose patience was at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Patience {
    /// The alias's: `max_latency`.
    Alias,
    /// The exchange's, of which earlier attempts had their part.
    Exchange,
}

/// What was waited for in vain.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Phase {
    /// The first token of a stream.
    FirstToken(Duration),
    /// The next piece of an answer.
    Idle(Duration),
    /// As long as the caller wants to wait.
    MaxLatency(Duration),
    /// As long as the target may take.
    Total(Duration),
    /// The end of the exchange, which other attempts may have brought near.
    Deadline(Duration),
}

// === impl Fault ===

impl Fault {
    /// A fault found before anything was sent.
    pub(crate) fn own(code: Code, message: String) -> Self {
        Self {
            failure: Failure::CLIENT,
            after: None,
            status: None,
            billed: false,
            kind: Kind::Own { code, message },
        }
    }

    /// The request cannot be asked of the target.
    pub(crate) fn unaskable(refusal: Refusal) -> Self {
        Self {
            failure: Failure::CLIENT,
            after: None,
            status: None,
            billed: false,
            kind: Kind::Unaskable(refusal),
        }
    }

    /// The guardrails keep the answer back, whoever gives it: no other target is asked.
    pub(crate) fn withheld(refusal: Refusal) -> Self {
        let status = Some(StatusCode::OK);
        Self { failure: Failure::CLIENT, after: None, status, billed: true, kind: Kind::Withheld(refusal) }
    }

    /// Something that cannot happen did.
    pub(crate) fn bug(what: &str) -> Self {
        let refusal = Refusal::bug(what);
        Self::own(refusal.code(), refusal.message().to_owned())
    }

    /// A deadline passed.
    pub(crate) fn late(target: &str, phase: Phase) -> Self {
        let message = match phase {
            Phase::FirstToken(limit) => format!("`{target}` sent no first token within {limit:?}"),
            Phase::Idle(limit) => format!("`{target}` paused for longer than {limit:?}"),
            Phase::Total(limit) => format!("`{target}` did not answer within {limit:?}"),
            Phase::Deadline(limit) => {
                return Self::given_up(
                    format!("`{target}` did not answer within {limit:?}"),
                    Patience::Exchange,
                );
            }
            Phase::MaxLatency(limit) => {
                let message = format!("`{target}` kept the caller waiting for longer than {limit:?}");
                return Self::given_up(message, Patience::Alias);
            }
        };
        Self::of(Condition::Timeout, Code::UpstreamTimeout, message)
    }

    /// The caller would wait no longer.
    fn given_up(message: String, patience: Patience) -> Self {
        let failure = Failure::of(Condition::Timeout);
        Self { failure, after: None, status: None, billed: true, kind: Kind::GivenUp { message, patience } }
    }

    /// No connection could be made.
    pub(crate) fn unreachable(target: &str, error: &(dyn Error + 'static)) -> Self {
        let message = format!("`{target}` cannot be reached: {}", innermost(error));
        Self::of(Condition::Unavailable, Code::UpstreamUnreachable, message).unsent()
    }

    /// Nothing vouches for a request to it.
    pub(crate) fn unvouched(target: &str, error: &GrantError) -> Self {
        let message = format!("`{target}` cannot be asked: {error}");
        Self::of(Condition::AuthFailed, Code::UpstreamUnreachable, message).unsent()
    }

    /// The connection broke before the answer opened.
    pub(crate) fn cut(target: &str, why: &str) -> Self {
        let message = format!("`{target}` broke off before it answered: {why}");
        Self::of(Condition::Unavailable, Code::UpstreamUnreachable, message)
    }

    /// The answer is none.
    pub(crate) fn unusable(target: &str, why: &str) -> Self {
        let message = format!("`{target}` sent an answer that cannot be used: {why}");
        Self::of(Condition::InvalidResponse, Code::UpstreamInvalid, message)
    }

    /// What came with status 200 is an error, which said this.
    pub(crate) fn error_inside(target: &str, failure: Failure, said: &str) -> Self {
        let message = format!("`{target}` sent an error in place of an answer: {said}");
        Self { failure, ..Self::of(Condition::InvalidResponse, Code::UpstreamInvalid, message) }
    }

    /// The provider refuses on policy, in an answer that is otherwise in order.
    pub(crate) fn filtered(opened: Opened) -> Self {
        let failure = Failure::of(Condition::ContentFiltered);
        Self { failure, after: None, status: None, billed: true, kind: Kind::Filtered(Box::new(opened)) }
    }

    /// What the HTTP client ran into. The URL is left out: it is nobody's business but the operator's.
    pub(crate) fn from_client(target: &str, error: &legacy::Error, connect: Duration) -> Self {
        if error.is_connect() && timed_out(error) {
            let message = format!("`{target}` could not be connected to within {connect:?}");
            return Self::of(Condition::Timeout, Code::UpstreamTimeout, message).unsent();
        }
        let cause = error.source().and_then(|cause| cause.downcast_ref::<hyper::Error>());
        match cause {
            _ if error.is_connect() => Self::unreachable(target, error),
            Some(cause) if cause.is_parse() => Self::unusable(target, &innermost(error)),
            _ => Self::cut(target, &innermost(error)),
        }
    }

    /// The provider answered with an error.
    pub(crate) fn told(told: Told, failure: Failure) -> Self {
        let after = judge::retry_after(&told.head.headers);
        Self { failure, after, status: None, billed: false, kind: Kind::Told(Box::new(told)) }
    }

    fn of(condition: Condition, code: Code, message: String) -> Self {
        let (failure, kind) = (Failure::of(condition), Kind::Own { code, message });
        Self { failure, after: None, status: None, billed: true, kind }
    }

    /// It would pass the ceiling on costs, so nothing was sent.
    pub(crate) fn unaffordable(message: String) -> Self {
        Self::of(Condition::CostExceeded, Code::MaxCostExceeded, message).unsent()
    }

    fn unsent(self) -> Self {
        Self { billed: false, ..self }
    }

    /// Whether the provider may want to be paid for it: where it got the request and did not answer with an error.
    pub(crate) const fn may_be_billed(&self) -> bool {
        self.billed
    }

    /// The same, of an answer that came with this status.
    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        Self { status: Some(status), ..self }
    }

    /// What it means for the walk.
    pub(crate) fn setback(&self) -> Setback {
        Setback { failure: self.failure, after: self.after }
    }

    /// What it says of the target. With a key of the client's own, limits are the client's own too.
    pub(crate) fn weigh(&self, trial: &mut Trial, credential: &Credential) {
        use Condition::{InvalidResponse, RateLimited, Timeout, Unavailable};
        let clients = matches!(credential, Credential::Passthrough { .. });
        match (&self.kind, self.failure.condition()) {
            (Kind::GivenUp { patience: Patience::Alias, .. }, _) => trial.outwaited(),
            (Kind::GivenUp { patience: Patience::Exchange, .. }, _) => trial.cut_short(),
            (Kind::Told(_), Some(RateLimited)) if clients => trial.refused(),
            (_, Some(cause @ (InvalidResponse | RateLimited | Timeout | Unavailable))) => {
                trial.failed(cause, self.after.filter(|after| !after.is_zero()));
            }
            (Kind::Told(_) | Kind::Filtered(_) | Kind::Withheld(_), _) => trial.refused(),
            // Nothing was sent, so nothing is known.
            (Kind::Own { .. } | Kind::Unaskable(_), _) => {}
        }
    }

    /// The attempt as it is told.
    pub(crate) fn tried(&self, target: &std::sync::Arc<str>, took: Duration) -> Tried {
        let status = match &self.kind {
            Kind::Told(told) => self.status.or(Some(told.head.status)),
            Kind::Filtered(opened) => Some(opened.head.status),
            Kind::Withheld(refusal) => {
                let told = Tried::failed(target, self.failure, self.status, took);
                return Tried { condition: Some(refusal.code().name()), ..told };
            }
            Kind::Own { .. } | Kind::Unaskable(_) | Kind::GivenUp { .. } => self.status,
        };
        Tried::failed(target, self.failure, status, took)
    }

    /// What the client gets, as this was the last attempt.
    pub(crate) fn ending(self, named: Named, tried: Vec<Tried>) -> Result<Answer, Refusal> {
        match self.kind {
            Kind::Told(mut told) => {
                told.name(named, &tried);
                Ok(Answer::Told(told))
            }
            Kind::Filtered(opened) => Ok(Answer::Opened(opened)),
            Kind::Own { code, message } => Err(Refusal::new(code, message).after(named, tried)),
            Kind::Unaskable(refusal) | Kind::Withheld(refusal) => Err(refusal.after(named, tried)),
            Kind::GivenUp { message, .. } => {
                Err(Refusal::new(Code::UpstreamTimeout, message).after(named, tried))
            }
        }
    }
}

fn timed_out(error: &legacy::Error) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(current) = cause {
        if current.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == io::ErrorKind::TimedOut) {
            return true;
        }
        cause = current.source();
    }
    false
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Own { message, .. } | Kind::GivenUp { message, .. } => formatter.write_str(message),
            Kind::Unaskable(refusal) | Kind::Withheld(refusal) => formatter.write_str(refusal.message()),
            Kind::Told(told) => {
                write!(formatter, "the provider answered with status {}", told.head.status.as_u16())
            }
            Kind::Filtered(_) => formatter.write_str("the provider refused on policy"),
        }
    }
}
