//! Errors in the client's dialect, so that its SDK raises the right exception and shows what to do.
//!
//! Forms: [OpenAI](https://platform.openai.com/docs/guides/error-codes),
//! [Anthropic](https://docs.anthropic.com/en/api/errors), [Google](https://cloud.google.com/apis/design/errors),
//! [Bedrock](https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html). What Callsign adds (`attempts`,
//! `request_id`) stands where SDKs keep unknown fields.

use serde::{Deserialize, Serialize};

use crate::dialect::Dialect;
use crate::frame::aws;

mod attempts;
mod words;

pub use attempts::with_attempts;
pub use words::{Words, kind, kind_of, retry_delay, words};

/// What an error says, in no dialect yet.
#[derive(Debug, Clone, Copy)]
pub struct ErrorBody<'a> {
    /// The HTTP status, which Google's form repeats.
    pub status: u16,
    /// Its kind.
    pub kind: ErrorKind,
    /// What programs look at, such as `model_not_found`.
    pub code: &'a str,
    /// What people read.
    pub message: &'a str,
    /// The parameter that is to blame.
    pub param: Option<&'a str>,
    /// The exchange it belongs to.
    pub request_id: &'a str,
    /// What was tried before it was given up.
    pub attempts: &'a [Attempt<'a>],
}

/// One thing that was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Attempt<'a> {
    /// `provider/id`.
    pub model: &'a str,
    /// How it failed, in the configuration's words.
    pub condition: &'a str,
    /// The upstream's status, where there was one.
    pub status: Option<u16>,
    /// How long it took, in milliseconds.
    pub ms: u64,
}

/// Kinds of errors, as coarse as SDKs tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The request is wrong.
    InvalidRequest,
    /// No key, or a wrong one.
    Authentication,
    /// The key may not do this.
    Permission,
    /// Nothing has this name.
    NotFound,
    /// The body is too large.
    TooLarge,
    /// Too many requests, or no quota left.
    RateLimit,
    /// Something failed on this side.
    Api,
    /// It took too long.
    Timeout,
    /// No capacity at the moment.
    Overloaded,
}

// === impl ErrorKind ===

impl ErrorKind {
    /// The status that clients of a dialect know it by.
    pub const fn status(self, dialect: Dialect) -> u16 {
        match self {
            Self::InvalidRequest => 400,
            Self::Authentication => 401,
            Self::Permission => 403,
            Self::NotFound => 404,
            Self::TooLarge => 413,
            Self::RateLimit => 429,
            Self::Api => 502,
            Self::Overloaded if matches!(dialect, Dialect::Anthropic) => 529,
            Self::Overloaded => 503,
            Self::Timeout => 504,
        }
    }

    /// OpenAI's and Anthropic's `type`. Both share most words; OpenAI has none of its own for a missing model or a body too
    /// large, and calls its own failures `server_error`.
    pub const fn name(self, dialect: Dialect) -> &'static str {
        let openai = matches!(dialect, Dialect::OpenAiChat | Dialect::OpenAiResponses);
        match self {
            Self::InvalidRequest => "invalid_request_error",
            Self::NotFound | Self::TooLarge if openai => "invalid_request_error",
            Self::Api if openai => "server_error",
            Self::Authentication => "authentication_error",
            Self::Permission => "permission_error",
            Self::NotFound => "not_found_error",
            Self::TooLarge => "request_too_large",
            Self::RateLimit => "rate_limit_error",
            Self::Api => "api_error",
            Self::Timeout => "timeout_error",
            Self::Overloaded => "overloaded_error",
        }
    }

    /// The name in `google.rpc.Code`.
    const fn google(self) -> &'static str {
        match self {
            Self::InvalidRequest | Self::TooLarge => "INVALID_ARGUMENT",
            Self::Authentication => "UNAUTHENTICATED",
            Self::Permission => "PERMISSION_DENIED",
            Self::NotFound => "NOT_FOUND",
            Self::RateLimit => "RESOURCE_EXHAUSTED",
            Self::Api => "INTERNAL",
            Self::Timeout => "DEADLINE_EXCEEDED",
            Self::Overloaded => "UNAVAILABLE",
        }
    }

    /// The exception that Bedrock answers with.
    pub const fn bedrock(self) -> &'static str {
        match self {
            Self::InvalidRequest | Self::TooLarge => "ValidationException",
            Self::Authentication | Self::Permission => "AccessDeniedException",
            Self::NotFound => "ResourceNotFoundException",
            Self::RateLimit => "ThrottlingException",
            Self::Api => "InternalServerException",
            Self::Timeout => "ModelTimeoutException",
            Self::Overloaded => "ServiceUnavailableException",
        }
    }

    /// The exception in a stream of Bedrock's, which knows fewer.
    const fn bedrock_event(self) -> &'static str {
        match self {
            Self::InvalidRequest
            | Self::TooLarge
            | Self::NotFound
            | Self::Authentication
            | Self::Permission => "validationException",
            Self::RateLimit => "throttlingException",
            Self::Api => "internalServerException",
            Self::Timeout => "modelStreamErrorException",
            Self::Overloaded => "serviceUnavailableException",
        }
    }
}

/// The error as the body of an answer.
pub fn render(dialect: Dialect, error: &ErrorBody<'_>) -> Vec<u8> {
    match dialect {
        Dialect::OpenAiChat | Dialect::OpenAiResponses => {
            encode(&OpenAi { error: OpenAiError::of(dialect, error) })
        }
        Dialect::Anthropic => encode(&Anthropic::of(error)),
        Dialect::Gemini => encode(&Google::of(error)),
        Dialect::Bedrock => encode(&Bedrock::of(error)),
    }
}

/// The error as one event of a stream that has begun.
pub fn render_event(dialect: Dialect, error: &ErrorBody<'_>) -> Vec<u8> {
    match dialect {
        Dialect::OpenAiChat | Dialect::Gemini => event(None, &render(dialect, error)),
        Dialect::OpenAiResponses => event(Some("error"), &encode(&ResponsesEvent::of(error))),
        Dialect::Anthropic => event(Some("error"), &render(dialect, error)),
        Dialect::Bedrock => aws::exception(error.kind.bedrock_event(), &render(dialect, error)),
    }
}

/// Whether an upstream's body is an error in `dialect` already, so that it may pass as it is.
pub fn is_error(dialect: Dialect, body: &[u8]) -> bool {
    let Ok(found) = serde_json::from_slice::<Found<'_>>(body) else {
        return false;
    };
    let error = found.error.and_then(|raw| serde_json::from_str::<FoundError<'_>>(raw.get()).ok());
    let is_envelope = found.kind.is_some_and(|kind| kind.get() == r#""error""#);
    match (dialect, error) {
        (Dialect::OpenAiChat | Dialect::OpenAiResponses, Some(error)) => {
            !is_envelope && error.has_message() && !error.is_googles()
        }
        (Dialect::Anthropic, Some(error)) => is_envelope && error.has_message() && is_text(error.kind),
        (Dialect::Gemini, Some(error)) => error.has_message() && is_text(error.status),
        (Dialect::Bedrock, None) => is_text(found.message) || is_text(found.capital_message),
        _ => false,
    }
}

fn event(name: Option<&str>, data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() + 32);
    if let Some(name) = name {
        out.extend_from_slice(b"event: ");
        out.extend_from_slice(name.as_bytes());
        out.push(b'\n');
    }
    // JSON as rendered here is one line.
    out.extend_from_slice(b"data: ");
    out.extend_from_slice(data);
    out.extend_from_slice(b"\n\n");
    out
}

fn encode(value: &impl Serialize) -> Vec<u8> {
    // Texts and numbers written into memory: nothing of it can fail.
    serde_json::to_vec(value).unwrap_or_default()
}

#[derive(Serialize)]
struct OpenAi<'a> {
    error: OpenAiError<'a>,
}

#[derive(Serialize)]
struct OpenAiError<'a> {
    message: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    param: Option<&'a str>,
    code: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    request_id: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    attempts: &'a [Attempt<'a>],
}

/// The reference has the flat fields; the SDKs raise only where there is an `error` too, and so does the service send it.
#[derive(Serialize)]
struct ResponsesEvent<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    code: &'a str,
    message: &'a str,
    param: Option<&'a str>,
    sequence_number: u64,
    error: OpenAiError<'a>,
}

#[derive(Serialize)]
struct Anthropic<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    error: AnthropicError<'a>,
    request_id: Option<&'a str>,
}

#[derive(Serialize)]
struct AnthropicError<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    message: &'a str,
    code: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    attempts: &'a [Attempt<'a>],
}

#[derive(Serialize)]
struct Google<'a> {
    error: GoogleError<'a>,
}

#[derive(Serialize)]
struct GoogleError<'a> {
    code: u16,
    message: &'a str,
    status: &'static str,
    details: [GoogleDetail<'a>; 1],
}

#[derive(Serialize)]
struct GoogleDetail<'a> {
    #[serde(rename = "@type")]
    kind: &'static str,
    reason: &'a str,
    domain: &'static str,
    metadata: GoogleMetadata<'a>,
}

/// `ErrorInfo.metadata` maps strings to strings, so attempts cannot stand in it.
#[derive(Serialize)]
struct GoogleMetadata<'a> {
    request_id: &'a str,
}

#[derive(Serialize)]
struct Bedrock<'a> {
    #[serde(rename = "__type")]
    kind: &'static str,
    message: &'a str,
}

/// What tells the dialect of an error.
#[derive(Deserialize)]
struct Found<'a> {
    #[serde(borrow)]
    error: Option<&'a serde_json::value::RawValue>,
    #[serde(borrow, rename = "type")]
    kind: Option<&'a serde_json::value::RawValue>,
    #[serde(borrow)]
    message: Option<&'a serde_json::value::RawValue>,
    #[serde(borrow, rename = "Message")]
    capital_message: Option<&'a serde_json::value::RawValue>,
}

#[derive(Deserialize)]
struct FoundError<'a> {
    #[serde(borrow)]
    message: Option<&'a serde_json::value::RawValue>,
    #[serde(borrow, rename = "type")]
    kind: Option<&'a serde_json::value::RawValue>,
    #[serde(borrow)]
    status: Option<&'a serde_json::value::RawValue>,
}

fn is_text(value: Option<&serde_json::value::RawValue>) -> bool {
    value.is_some_and(|value| value.get().starts_with('"'))
}

// === impl FoundError ===

impl FoundError<'_> {
    /// Google names a status where OpenAI names a type.
    fn is_googles(&self) -> bool {
        is_text(self.status) && !is_text(self.kind)
    }

    fn has_message(&self) -> bool {
        is_text(self.message)
    }
}

// === impl OpenAiError ===

impl<'a> OpenAiError<'a> {
    fn of(dialect: Dialect, error: &ErrorBody<'a>) -> Self {
        Self {
            message: error.message,
            kind: error.kind.name(dialect),
            param: error.param,
            code: error.code,
            request_id: error.request_id,
            attempts: error.attempts,
        }
    }
}

// === impl ResponsesEvent ===

impl<'a> ResponsesEvent<'a> {
    fn of(error: &ErrorBody<'a>) -> Self {
        Self {
            kind: "error",
            code: error.code,
            message: error.message,
            param: error.param,
            sequence_number: 0,
            error: OpenAiError::of(Dialect::OpenAiResponses, error),
        }
    }
}

// === impl Anthropic ===

impl<'a> Anthropic<'a> {
    fn of(error: &ErrorBody<'a>) -> Self {
        Self {
            kind: "error",
            error: AnthropicError {
                kind: error.kind.name(Dialect::Anthropic),
                message: error.message,
                code: error.code,
                attempts: error.attempts,
            },
            request_id: Some(error.request_id).filter(|id| !id.is_empty()),
        }
    }
}

// === impl Google ===

impl<'a> Google<'a> {
    fn of(error: &ErrorBody<'a>) -> Self {
        let detail = GoogleDetail {
            kind: "type.googleapis.com/google.rpc.ErrorInfo",
            reason: error.code,
            domain: "callsign",
            metadata: GoogleMetadata { request_id: error.request_id },
        };
        let (message, status) = (error.message, error.kind.google());
        Self { error: GoogleError { code: error.status, message, status, details: [detail] } }
    }
}

// === impl Bedrock ===

impl<'a> Bedrock<'a> {
    fn of(error: &ErrorBody<'a>) -> Self {
        Self { kind: error.kind.bedrock(), message: error.message }
    }
}

#[cfg(test)]
mod tests;
