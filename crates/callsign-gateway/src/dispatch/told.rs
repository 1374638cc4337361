//! An error that a provider told, made fit for the client: in its dialect, and without the operator's secrets.

use bytes::Bytes;
use callsign_wire::dialect::Dialect;
use callsign_wire::error_body::{self, Attempt, ErrorBody, ErrorKind};
use http::{HeaderMap, HeaderValue, Response, StatusCode, header, response};
use memchr::memmem;
use secrecy::{ExposeSecret, SecretString};

use crate::refusal::{Named, Tried};

/// A provider's error.
#[derive(Debug)]
pub(crate) struct Told {
    /// The provider's status and headers.
    pub(crate) head: response::Parts,
    /// Its body, in the client's dialect.
    pub(crate) body: Bytes,
    dialect: Dialect,
    /// The names for the answer's headers.
    pub(crate) named: Named,
    /// How many attempts there were.
    pub(crate) attempts: usize,
}

/// Stands where a provider repeated the operator's key.
const REDACTED: &[u8] = b"[redacted]";
/// What is quoted of a body that is no error of its dialect.
const QUOTED: usize = 300;

// === impl Told ===

impl Told {
    /// Says who told it and what else was tried.
    pub(crate) fn name(&mut self, named: Named, tried: &[Tried]) {
        self.named = named;
        self.attempts = tried.len();
        let attempts: Vec<Attempt<'_>> = tried.iter().map(Tried::told).collect();
        if let Some(body) = error_body::with_attempts(self.dialect, &self.body, &attempts) {
            self.body = Bytes::from(body);
        }
    }
}

/// Makes a provider's error fit for the client. A body in the client's dialect stays as it is.
pub(crate) fn tell(
    target: &str,
    dialect: Dialect,
    (mut head, body): (response::Parts, Vec<u8>),
    secrets: &[SecretString],
) -> Told {
    let readable = !head.headers.contains_key(header::CONTENT_ENCODING);
    let body = redact(body, secrets);
    redact_headers(&mut head.headers, secrets);
    if let Some(delay) = error_body::retry_delay(&body) {
        let seconds = delay.as_secs() + u64::from(delay.subsec_nanos() > 0);
        head.headers.entry(header::RETRY_AFTER).or_insert(HeaderValue::from(seconds));
    }
    let body = if !readable || error_body::is_error(dialect, &body) {
        Bytes::from(body)
    } else {
        head.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Bytes::from(wrapped(target, dialect, &head, &body))
    };
    head.headers.remove(header::CONTENT_LENGTH);
    Told { head, body, dialect, named: Named::default(), attempts: 1 }
}

/// The error that came in place of an answer, where its kind is known: the client meets it as it would have met the error
/// alone.
pub(super) fn inside(dialect: Dialect, body: Vec<u8>, secrets: &[SecretString]) -> Option<Told> {
    let body = redact(body, secrets);
    let kind = error_body::kind(&body)?;
    let status = kind.status(dialect);
    let words = error_body::words(&body)?;
    let (mut head, ()) = Response::new(()).into_parts();
    head.status = StatusCode::from_u16(status).ok()?;
    head.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let code = words.code.as_deref().unwrap_or("upstream_error");
    let error =
        ErrorBody { status, kind, code, message: &words.message, param: None, request_id: "", attempts: &[] };
    let body = if error_body::is_error(dialect, &body) { body } else { error_body::render(dialect, &error) };
    Some(Told { head, body: Bytes::from(body), dialect, named: Named::default(), attempts: 1 })
}

/// The beginning of what a provider said, without the operator's secrets.
pub(super) fn quoted(said: Vec<u8>, secrets: &[SecretString]) -> String {
    beginning(&redact(said, secrets))
}

fn beginning(text: &[u8]) -> String {
    String::from_utf8_lossy(text).trim().chars().take(QUOTED).collect()
}

/// What the provider calls the request, under either name.
const REQUEST_IDS: [&str; 2] = ["request-id", "x-request-id"];

fn wrapped(target: &str, dialect: Dialect, head: &response::Parts, body: &[u8]) -> Vec<u8> {
    let status = head.status.as_u16();
    let id = REQUEST_IDS.iter().find_map(|name| head.headers.get(*name)?.to_str().ok());
    let words = error_body::words(body);
    let message = match (&words, beginning(body)) {
        (Some(words), _) => words.message.clone(),
        (None, quoted) if quoted.is_empty() => {
            format!("`{target}` answered with status {status} and no body")
        }
        (None, quoted) => format!("`{target}` answered with status {status}: {quoted}"),
    };
    let code = words.and_then(|words| words.code);
    error_body::render(
        dialect,
        &ErrorBody {
            status,
            kind: error_body::kind_of(status).unwrap_or(ErrorKind::InvalidRequest),
            code: code.as_deref().unwrap_or("upstream_error"),
            message: &message,
            param: None,
            request_id: id.unwrap_or_default(),
            attempts: &[],
        },
    )
}

fn redact(body: Vec<u8>, secrets: &[SecretString]) -> Vec<u8> {
    secrets.iter().fold(body, |body, secret| without(body, secret.expose_secret().as_bytes()))
}

fn without(body: Vec<u8>, secret: &[u8]) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut rest = body.as_slice();
    while let Some((before, after)) =
        memmem::find(rest, secret).and_then(|place| rest.split_at_checked(place))
    {
        kept.extend_from_slice(before);
        kept.extend_from_slice(REDACTED);
        rest = after.get(secret.len()..).unwrap_or_default();
    }
    if kept.is_empty() {
        return body;
    }
    kept.extend_from_slice(rest);
    kept
}

fn redact_headers(headers: &mut HeaderMap, secrets: &[SecretString]) {
    for value in headers.values_mut() {
        let tells = secrets
            .iter()
            .any(|secret| memmem::find(value.as_bytes(), secret.expose_secret().as_bytes()).is_some());
        if tells {
            *value = HeaderValue::from_static("[redacted]");
        }
    }
}
