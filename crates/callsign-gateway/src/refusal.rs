//! Why a request is not answered by a model, and the one place where that becomes HTTP.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use callsign_plan::alias::Condition;
use callsign_plan::fault::Failure;
use callsign_telemetry::exchange::Spent;
use callsign_wire::dialect::Dialect;
use callsign_wire::error_body::{self, Attempt, ErrorBody, ErrorKind};
use http::{HeaderName, HeaderValue, Response, StatusCode, header};

use crate::exchange::RequestId;
use crate::relay::Outgoing;
use crate::relay::headers::{ALIAS, ATTEMPTS, ERROR, MODEL, REQUEST_ID};

/// An answer of Callsign's own instead of a model's.
#[derive(Debug)]
pub(crate) struct Refusal(Box<Facts>);

#[derive(Debug)]
struct Facts {
    code: Code,
    message: String,
    param: Option<Cow<'static, str>>,
    retry_after: Option<u32>,
    allow: Option<&'static str>,
    closes: bool,
    named: Named,
    attempts: Vec<Tried>,
}

/// What is told of a mistake of the client's in place of a condition.
const CLIENT: &str = "invalid_request";

/// The names that the answer's headers carry.
#[derive(Debug, Clone, Default)]
pub(crate) struct Named {
    /// The alias asked for.
    pub(crate) alias: Option<HeaderValue>,
    /// `provider/id` of the target that was tried last.
    pub(crate) model: Option<HeaderValue>,
    /// What a translation could not carry.
    pub(crate) losses: Option<HeaderValue>,
    /// Which numbers are the gateway's own estimates.
    pub(crate) estimate: Option<HeaderValue>,
}

/// One attempt as it is told.
#[derive(Debug, Clone)]
pub(crate) struct Tried {
    /// `provider/id`.
    pub(crate) model: Arc<str>,
    /// What went wrong; `None` where it served.
    pub(crate) condition: Option<&'static str>,
    /// The provider's status, if it sent one.
    pub(crate) status: Option<u16>,
    /// From the start of the exchange to that of the attempt.
    pub(crate) after: Duration,
    /// From the start of the attempt to its failure, or to its first token.
    pub(crate) took: Duration,
    /// What it took and cost, where its answer has ended.
    pub(crate) spent: Option<Spent>,
}

/// What kind of refusal: `x-callsign-error` and, in `OpenAI`'s dialect, `code`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    /// The request cannot be understood.
    InvalidRequest,
    /// The request can be understood in two ways.
    AmbiguousRequest,
    /// No model is named and none is the default.
    ModelRequired,
    /// Nobody knows the model.
    ModelNotFound,
    /// The response that a request goes on from is not there.
    PreviousResponseNotFound,
    /// No such response is kept.
    ResponseNotFound,
    /// What outlives a process cannot be reached.
    StateUnavailable,
    /// Nothing lives at this path.
    NotFound,
    /// The path wants another method.
    MethodNotAllowed,
    /// The body passes the limit.
    BodyTooLarge,
    /// The request took too long to arrive.
    RequestTimeout,
    /// No target speaks a dialect that the request could be translated to.
    DialectNotServed,
    /// The target's dialect cannot say all of the request, and the alias wants it whole.
    TranslationLoss,
    /// It may cost more than the alias allows.
    MaxCostExceeded,
    /// The guardrails found what they block.
    ContentBlocked,
    /// The guardrails cannot look at it.
    NotGuarded,
    /// A guardrail does not work.
    GuardFailed,
    /// The target cannot be used as configured.
    TargetUnavailable,
    /// Too much is under way.
    Overloaded,
    /// The provider could not be reached.
    UpstreamUnreachable,
    /// The provider took too long.
    UpstreamTimeout,
    /// The provider answered something that cannot be used.
    UpstreamInvalid,
    /// The alias is past its sunset.
    ModelRetired,
    /// The operator's listener wants a token.
    Unauthorized,
    /// The operator's listener is not asked from elsewhere.
    Forbidden,
    /// A mistake of Callsign's own.
    Internal,
}

/// `OpenAI`'s and Anthropic's SDKs retry 5xx unless this header says `false`.
const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

// === impl Refusal ===

impl Refusal {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self(Box::new(Facts {
            code,
            message: message.into(),
            param: None,
            retry_after: None,
            allow: None,
            closes: false,
            named: Named::default(),
            attempts: Vec::new(),
        }))
    }

    /// Something that cannot happen did.
    pub(crate) fn bug(what: &str) -> Self {
        tracing::error!(what, "a bug in the gateway, please report it");
        Self::new(Code::Internal, format!("the gateway made a mistake: {what}"))
    }

    /// Names the request's field at fault.
    pub(crate) fn param(mut self, param: impl Into<Cow<'static, str>>) -> Self {
        self.0.param = Some(param.into());
        self
    }

    /// Tells when to come back, in seconds.
    pub(crate) fn retry_after(mut self, seconds: u32) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// Tells which methods the path takes.
    pub(crate) fn allow(mut self, methods: &'static str) -> Self {
        self.0.allow = Some(methods);
        self
    }

    /// Ends the connection after the answer, since the rest of the request was not read.
    pub(crate) fn closing(mut self) -> Self {
        self.0.closes = true;
        self
    }

    /// Tells what was tried.
    pub(crate) fn after(mut self, named: Named, attempts: Vec<Tried>) -> Self {
        self.0.named = named;
        self.0.attempts = attempts;
        self
    }

    /// The refusal's code.
    pub(crate) fn code(&self) -> Code {
        self.0.code
    }

    /// The refusal's status.
    pub(crate) fn status(&self) -> u16 {
        self.0.code.row().0
    }

    /// What kind of error it is to whoever asked.
    pub(crate) fn kind(&self) -> ErrorKind {
        self.0.code.row().1.told()
    }

    /// The refusal's text.
    pub(crate) fn message(&self) -> &str {
        &self.0.message
    }

    /// The names for the answer's headers.
    pub(crate) fn named(&self) -> &Named {
        &self.0.named
    }

    /// The HTTP answer in the client's dialect.
    pub(crate) fn respond(self, dialect: Dialect, id: &RequestId) -> Response<Outgoing> {
        let (status, kind, code) = self.0.code.row();
        let body = self.with_body(id, |body| error_body::render(dialect, body));
        let mut response = Response::new(Outgoing::whole(Bytes::from(body)));
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(REQUEST_ID, id.header());
        headers.insert(ERROR, HeaderValue::from_static(code));
        if !self.0.attempts.is_empty() {
            headers.insert(ATTEMPTS, HeaderValue::from(self.0.attempts.len()));
        }
        let Facts { named, retry_after, allow, closes, .. } = *self.0;
        let optional = [
            (ALIAS, named.alias),
            (MODEL, named.model),
            (header::RETRY_AFTER, retry_after.map(HeaderValue::from)),
            (header::ALLOW, allow.map(HeaderValue::from_static)),
            (header::CONNECTION, closes.then(|| HeaderValue::from_static("close"))),
            (SHOULD_RETRY, (!kind.may_pass() && status >= 500).then(|| HeaderValue::from_static("false"))),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                headers.insert(name, value);
            }
        }
        response
    }

    /// The same as an event of a stream that has begun.
    pub(crate) fn event(&self, dialect: Dialect, id: &RequestId) -> Bytes {
        Bytes::from(self.with_body(id, |body| error_body::render_event(dialect, body)))
    }

    fn with_body(&self, id: &RequestId, render: impl FnOnce(&ErrorBody<'_>) -> Vec<u8>) -> Vec<u8> {
        let (status, kind, code) = self.0.code.row();
        let attempts: Vec<Attempt<'_>> = self.0.attempts.iter().map(Tried::told).collect();
        render(&ErrorBody {
            status,
            kind: kind.told(),
            code,
            message: &self.0.message,
            param: self.0.param.as_deref(),
            request_id: id.as_str(),
            attempts: &attempts,
        })
    }
}

// === impl Tried ===

impl Tried {
    /// An attempt that failed with this.
    pub(crate) fn failed(
        model: &Arc<str>,
        failure: Failure,
        status: Option<StatusCode>,
        took: Duration,
    ) -> Self {
        let condition = Some(failure.condition().map_or(CLIENT, Condition::name));
        let (model, status) = (Arc::clone(model), status.map(|status| status.as_u16()));
        Self { model, condition, status, after: Duration::ZERO, took, spent: None }
    }

    /// An attempt that nobody waited for any more.
    pub(crate) fn cancelled(model: &Arc<str>, took: Duration) -> Self {
        let (model, after) = (Arc::clone(model), Duration::ZERO);
        Self { model, condition: Some("cancelled"), status: None, after, took, spent: None }
    }

    /// An attempt whose answer opened with this status after this time.
    pub(crate) fn served(model: &Arc<str>, status: StatusCode, took: Duration) -> Self {
        let (model, after) = (Arc::clone(model), Duration::ZERO);
        Self { model, condition: None, status: Some(status.as_u16()), after, took, spent: None }
    }

    /// As an error body tells it.
    pub(crate) fn told(&self) -> Attempt<'_> {
        Attempt {
            model: &self.model,
            condition: self.condition.unwrap_or_default(),
            status: self.status,
            ms: u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

/// What a refusal means to a client's retry loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Request,
    Missing,
    Key,
    Place,
    Large,
    Slow,
    /// Trying again changes nothing.
    Lasting,
    /// Trying again may help.
    Passing,
    Busy,
}

// === impl Sort ===

impl Sort {
    fn told(self) -> ErrorKind {
        match self {
            Self::Request => ErrorKind::InvalidRequest,
            Self::Missing => ErrorKind::NotFound,
            Self::Key => ErrorKind::Authentication,
            Self::Place => ErrorKind::Permission,
            Self::Large => ErrorKind::TooLarge,
            Self::Slow => ErrorKind::Timeout,
            Self::Lasting | Self::Passing => ErrorKind::Api,
            Self::Busy => ErrorKind::Overloaded,
        }
    }

    fn may_pass(self) -> bool {
        self != Self::Lasting
    }
}

// === impl Code ===

impl Code {
    /// Status, sort and name.
    fn row(self) -> (u16, Sort, &'static str) {
        match self {
            Self::InvalidRequest => (400, Sort::Request, "invalid_request"),
            Self::AmbiguousRequest => (400, Sort::Request, "ambiguous_request"),
            Self::TranslationLoss => (400, Sort::Request, "translation_loss"),
            Self::MaxCostExceeded => (400, Sort::Request, "max_cost_exceeded"),
            Self::ContentBlocked => (400, Sort::Request, "content_blocked"),
            Self::NotGuarded => (400, Sort::Request, "not_guarded"),
            Self::GuardFailed => (503, Sort::Passing, "guard_failed"),
            Self::Unauthorized => (401, Sort::Key, "unauthorized"),
            Self::Forbidden => (403, Sort::Place, "forbidden"),
            Self::ModelRequired => (400, Sort::Request, "model_required"),
            Self::ModelNotFound => (404, Sort::Missing, "model_not_found"),
            Self::PreviousResponseNotFound => (400, Sort::Request, "previous_response_not_found"),
            Self::ResponseNotFound => (404, Sort::Missing, "response_not_found"),
            Self::StateUnavailable => (503, Sort::Passing, "state_unavailable"),
            Self::NotFound => (404, Sort::Missing, "not_found"),
            Self::MethodNotAllowed => (405, Sort::Request, "method_not_allowed"),
            Self::RequestTimeout => (408, Sort::Slow, "request_timeout"),
            Self::ModelRetired => (410, Sort::Missing, "model_retired"),
            Self::BodyTooLarge => (413, Sort::Large, "body_too_large"),
            Self::Internal => (500, Sort::Passing, "internal"),
            Self::DialectNotServed => (501, Sort::Lasting, "dialect_not_served"),
            Self::UpstreamUnreachable => (502, Sort::Passing, "upstream_unreachable"),
            Self::UpstreamInvalid => (502, Sort::Passing, "upstream_invalid"),
            Self::TargetUnavailable => (503, Sort::Lasting, "target_unavailable"),
            Self::Overloaded => (503, Sort::Busy, "overloaded"),
            Self::UpstreamTimeout => (504, Sort::Slow, "upstream_timeout"),
        }
    }

    /// The name, as in `x-callsign-error`.
    pub(crate) fn name(self) -> &'static str {
        self.row().2
    }
}
