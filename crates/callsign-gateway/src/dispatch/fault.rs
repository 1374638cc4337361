//! Why an attempt failed, judged once: what it was, and what the client is told if nothing better comes.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use callsign_plan::alias::Condition;
use callsign_wire::dialect::Dialect;
use http::response;
use hyper_util::client::legacy;
use secrecy::SecretString;

use super::Answer;
use super::told::{self, Told};
use crate::refusal::{Code, Named, Refusal, Tried};
use crate::upstream::source::innermost;

/// The failure of one attempt.
#[derive(Debug)]
pub(crate) struct Fault {
    /// What a fallback may ask for; `None` for a mistake of the client's.
    condition: Option<Condition>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// No usable answer came.
    Own { code: Code, message: String },
    /// The provider told an error.
    Told(Box<Told>),
}

/// What was waited for in vain.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Phase {
    /// The first bytes of a stream.
    FirstToken(Duration),
    /// The end of the exchange.
    Total(Duration),
}

// === impl Fault ===

impl Fault {
    /// A fault found before anything was sent.
    pub(crate) fn own(code: Code, message: String) -> Self {
        let condition = (code == Code::TargetUnavailable).then_some(Condition::Unavailable);
        Self { condition, kind: Kind::Own { code, message } }
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
            Phase::Total(limit) => format!("`{target}` did not answer within {limit:?}"),
        };
        Self::of(Condition::Timeout, Code::UpstreamTimeout, message)
    }

    /// No connection could be made.
    pub(crate) fn unreachable(target: &str, error: &(dyn Error + 'static)) -> Self {
        let message = format!("`{target}` cannot be reached: {}", innermost(error));
        Self::of(Condition::Unavailable, Code::UpstreamUnreachable, message)
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

    /// What the HTTP client ran into. The URL is left out: it is nobody's business but the operator's.
    pub(crate) fn from_client(target: &str, error: &legacy::Error, connect: Duration) -> Self {
        if error.is_connect() && timed_out(error) {
            let message = format!("`{target}` could not be connected to within {connect:?}");
            return Self::of(Condition::Timeout, Code::UpstreamTimeout, message);
        }
        let cause = error.source().and_then(|cause| cause.downcast_ref::<hyper::Error>());
        match cause {
            _ if error.is_connect() => Self::unreachable(target, error),
            Some(cause) if cause.is_parse() => Self::unusable(target, &innermost(error)),
            _ => Self::cut(target, &innermost(error)),
        }
    }

    /// The provider answered with an error.
    pub(crate) fn told(
        target: &str,
        dialect: Dialect,
        (head, body): (response::Parts, Vec<u8>),
        secrets: &[SecretString],
    ) -> Self {
        let condition = condition_of(head.status.as_u16());
        Self { condition, kind: Kind::Told(Box::new(told::tell(target, dialect, (head, body), secrets))) }
    }

    fn of(condition: Condition, code: Code, message: String) -> Self {
        Self { condition: Some(condition), kind: Kind::Own { code, message } }
    }

    /// The attempt as it is told to the client.
    pub(crate) fn tried(&self, target: &str, took: Duration) -> Tried {
        let status = match &self.kind {
            Kind::Told(told) => Some(told.status()),
            Kind::Own { .. } => None,
        };
        Tried { model: target.to_owned(), condition: self.condition, status, took }
    }

    /// What the client gets, as this was the last attempt.
    pub(crate) fn ending(self, named: Named, tried: Vec<Tried>) -> Result<Answer, Refusal> {
        match self.kind {
            Kind::Told(mut told) => {
                told.named = named;
                told.attempts = tried.len();
                Ok(Answer::Told(told))
            }
            Kind::Own { code, message } => Err(Refusal::new(code, message).after(named, tried)),
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

/// The condition that a provider's status stands for.
fn condition_of(status: u16) -> Option<Condition> {
    match status {
        401 | 403 => Some(Condition::AuthFailed),
        402 => Some(Condition::QuotaExceeded),
        404 => Some(Condition::ModelNotFound),
        408 | 504 | 524 => Some(Condition::Timeout),
        429 => Some(Condition::RateLimited),
        500.. => Some(Condition::Unavailable),
        _ => None,
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Own { message, .. } => formatter.write_str(message),
            Kind::Told(told) => write!(formatter, "the provider answered with status {}", told.status()),
        }
    }
}
