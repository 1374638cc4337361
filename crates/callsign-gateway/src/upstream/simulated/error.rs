//! Error bodies as the providers write them.

use callsign_wire::dialect::Dialect;
use serde_json::{Value, json};

use super::SimulatedAsk;
use super::stage::Answer;

/// Why a request gets no answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Complaint {
    status: u16,
    message: String,
    field: Option<&'static str>,
}

// === impl Complaint ===

impl Complaint {
    /// The request cannot be understood.
    pub(super) fn invalid(message: String) -> Self {
        Self { status: 400, message, field: None }
    }

    /// Something is wrong with this field.
    pub(super) fn field(field: &'static str, what: &str) -> Self {
        Self { status: 400, message: format!("`{field}` {what}"), field: Some(field) }
    }

    /// The simulated provider does not offer this.
    pub(super) fn unknown(path: &str) -> Self {
        let message = format!(
            "the simulated provider does not answer `{path}`; send this request to a real model, \
             or use chat completions, responses, messages, embeddings, moderations or rerank"
        );
        Self { status: 404, message, field: None }
    }

    /// A fault that was asked for.
    pub(super) fn simulated(status: u16) -> Self {
        let message = match status {
            401 => "simulated: the API key is not valid",
            403 => "simulated: this API key may not use the model",
            404 => "simulated: the model does not exist",
            429 => "simulated: rate limit reached, try again in a second",
            503 | 529 => "simulated: the provider is overloaded",
            _ => return Self { status, message: format!("simulated: status {status}"), field: None },
        };
        Self { status, message: message.to_owned(), field: None }
    }
}

/// `complaint` in the dialect of the request.
pub(super) fn answer(ask: &SimulatedAsk<'_>, complaint: &Complaint) -> Answer {
    let anthropic = ask.operation.dialect() == Dialect::Anthropic;
    let body = if anthropic { in_anthropic(ask, complaint) } else { in_openai(complaint) };
    let answer = Answer::json(complaint.status, &body);
    match complaint.status {
        429 | 503 | 529 => answer.with_header("retry-after", "1".to_owned()),
        _ => answer,
    }
}

fn in_openai(complaint: &Complaint) -> Value {
    let (kind, code) = match complaint.status {
        401 => ("invalid_request_error", Some("invalid_api_key")),
        404 => ("invalid_request_error", Some("model_not_found")),
        429 => ("requests", Some("rate_limit_exceeded")),
        400..=499 => ("invalid_request_error", None),
        _ => ("server_error", None),
    };
    let Complaint { message, field, .. } = complaint;
    json!({"error": {"message": message, "type": kind, "param": field, "code": code}})
}

fn in_anthropic(ask: &SimulatedAsk<'_>, complaint: &Complaint) -> Value {
    let kind = match complaint.status {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        504 => "timeout_error",
        529 => "overloaded_error",
        400..=499 => "invalid_request_error",
        _ => "api_error",
    };
    json!({
        "type": "error",
        "error": {"type": kind, "message": complaint.message},
        "request_id": ask.id("req_"),
    })
}
