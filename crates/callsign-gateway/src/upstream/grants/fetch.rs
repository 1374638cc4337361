//! Asking an identity service: one small request over the gateway's own connections, and one small file.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use form_urlencoded::Serializer;
use http::header::{self, HeaderName};
use http::{HeaderValue, Method, Request, Uri};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::{Given, Lifetime};
use crate::upstream::payload::Payload;
use crate::upstream::{Upstream, call};

/// Why nothing vouches for a request. No message holds what an identity service was shown, or what it said beyond a
/// code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum GrantError {
    /// A file cannot be read.
    #[error("`{file}` cannot be read: {why}")]
    File {
        /// The file.
        file: String,
        /// Why.
        why: String,
    },
    /// What is configured is of no use.
    #[error("its credentials are of no use: {0}")]
    Unusable(String),
    /// No source has anything.
    #[error("no credentials were found where its `auth` looks for them")]
    Nothing,
    /// An identity service did not answer.
    #[error("the identity service at `{host}` did not answer: {why}")]
    Unreachable {
        /// Where it is.
        host: String,
        /// Why.
        why: String,
    },
    /// An identity service refused.
    #[error("the identity service at `{host}` answered with status {status}{}", code_of(.code.as_deref()))]
    Refused {
        /// Where it is.
        host: String,
        /// Its status.
        status: u16,
        /// The code of its error.
        code: Option<String>,
    },
}

fn code_of(code: Option<&str>) -> String {
    code.map(|code| format!(" ({code})")).unwrap_or_default()
}

/// Asks identity services.
pub(super) struct Asker<'u> {
    upstream: &'u Arc<Upstream>,
    /// Seconds since 1970-01-01 UTC.
    pub(super) now: u64,
}

/// A token as identity services give it. <https://datatracker.ietf.org/doc/html/rfc6749#section-5.1>
#[derive(Deserialize)]
struct TokenReply {
    access_token: String,
    expires_in: Option<Number>,
    expires_on: Option<Number>,
}

/// Some services write their numbers as text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Whole(u64),
    Text(String),
}

/// The longest an identity service may take.
const PATIENCE: Duration = Duration::from_secs(10);
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

// === impl Asker ===

impl<'u> Asker<'u> {
    pub(super) fn new(upstream: &'u Arc<Upstream>, now: u64) -> Self {
        Self { upstream, now }
    }

    /// A token for the fields of a form.
    pub(super) async fn exchange(
        &self,
        url: &str,
        fields: &[(&str, &str)],
    ) -> Result<(Given, Lifetime), GrantError> {
        let answer = self.post(url, fields).await?;
        self.token(url, &answer)
    }

    /// A token from a metadata service.
    pub(super) async fn read_token(
        &self,
        url: &str,
        headers: &[(HeaderName, &str)],
    ) -> Result<(Given, Lifetime), GrantError> {
        let answer = self.get(url, headers).await?;
        self.token(url, &answer)
    }

    fn token(&self, url: &str, answer: &[u8]) -> Result<(Given, Lifetime), GrantError> {
        let reply: TokenReply = read(url, answer)?;
        let on = reply.expires_on.and_then(Number::value).map(|end| end.saturating_sub(self.now));
        // Where it is not said, an hour is what all of them give; a refusal ends it earlier.
        let seconds = reply.expires_in.and_then(Number::value).or(on).unwrap_or(3_600);
        Ok((Given::Token(SecretString::from(reply.access_token)), Some(Duration::from_secs(seconds))))
    }

    pub(super) async fn post(&self, url: &str, fields: &[(&str, &str)]) -> Result<Bytes, GrantError> {
        self.send(form(url, fields)?).await
    }

    pub(super) async fn get(&self, url: &str, headers: &[(HeaderName, &str)]) -> Result<Bytes, GrantError> {
        self.send(request(Method::GET, url, headers)?).await
    }

    pub(super) async fn put(&self, url: &str, headers: &[(HeaderName, &str)]) -> Result<Bytes, GrantError> {
        self.send(request(Method::PUT, url, headers)?).await
    }

    pub(super) async fn send(&self, request: Request<Payload>) -> Result<Bytes, GrantError> {
        let host = request.uri().authority().map(ToString::to_string).unwrap_or_default();
        let unreachable = |why: String| GrantError::Unreachable { host: host.clone(), why };
        let answer = timeout(PATIENCE, call::call(self.upstream, request)).await;
        let (status, body) = answer
            .map_err(|_| unreachable(format!("nothing came within {PATIENCE:?}")))?
            .map_err(unreachable)?;
        if status.is_success() {
            return Ok(body);
        }
        Err(GrantError::Refused { host, status: status.as_u16(), code: code(&body) })
    }

    /// The text of a file, read where it holds nobody up.
    pub(super) async fn file(&self, path: &Path) -> Result<String, GrantError> {
        let (file, owned) = (path.display().to_string(), path.to_owned());
        let read = tokio::task::spawn_blocking(move || std::fs::read_to_string(owned)).await;
        let read = read.unwrap_or_else(|error| Err(std::io::Error::other(error)));
        read.map_err(|error| GrantError::File { file, why: error.to_string() })
    }
}

// === impl Number ===

impl Number {
    fn value(self) -> Option<u64> {
        match self {
            Self::Whole(value) => Some(value),
            Self::Text(text) => text.parse().ok(),
        }
    }
}

/// A form, ready to be sent.
pub(super) fn form(url: &str, fields: &[(&str, &str)]) -> Result<Request<Payload>, GrantError> {
    let body = Serializer::new(String::new()).extend_pairs(fields).finish();
    let mut request = request(Method::POST, url, &[])?;
    *request.body_mut() = Payload::whole(body);
    request.headers_mut().insert(header::CONTENT_TYPE, FORM);
    Ok(request)
}

fn request(
    method: Method,
    url: &str,
    headers: &[(HeaderName, &str)],
) -> Result<Request<Payload>, GrantError> {
    let bad = || GrantError::Unusable("the address of an identity service is no URL".to_owned());
    let mut request = Request::new(Payload::whole(Bytes::new()));
    *request.uri_mut() = url.parse::<Uri>().map_err(|_| bad())?;
    *request.method_mut() = method;
    for (name, value) in headers {
        request.headers_mut().insert(name, sensitive(value)?);
    }
    Ok(request)
}

/// What an identity service answered, as JSON.
pub(super) fn read<T: DeserializeOwned>(url: &str, answer: &[u8]) -> Result<T, GrantError> {
    let host = url.parse::<Uri>().ok().and_then(|url| Some(url.authority()?.to_string()));
    serde_json::from_slice(answer).map_err(|_| GrantError::Unreachable {
        host: host.unwrap_or_default(),
        why: "what it answered is not what was asked for".to_owned(),
    })
}

/// The code of an error: a word, never a sentence, since that might repeat what the service was shown.
fn code(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Complaint {
        error: String,
        #[serde(default)]
        error_codes: Vec<u64>,
    }
    let complaint: Complaint = serde_json::from_slice(body).ok()?;
    let word = |letter: char| letter.is_ascii_lowercase() || letter == '_';
    if complaint.error.len() > 40 || !complaint.error.chars().all(word) {
        return None;
    }
    let numbers = complaint.error_codes.iter().map(|code| format!(", AADSTS{code}"));
    Some(complaint.error + &numbers.collect::<String>())
}

/// `Bearer` and a token, as a header's value.
pub(super) fn bearer(token: &SecretString) -> Result<HeaderValue, GrantError> {
    sensitive(&format!("Bearer {}", token.expose_secret()))
}

/// A header's value that no log shows.
pub(super) fn sensitive(value: &str) -> Result<HeaderValue, GrantError> {
    let unusable = |_| GrantError::Unusable("they hold a character that cannot be sent".to_owned());
    call::sensitive(value).map_err(unusable)
}
