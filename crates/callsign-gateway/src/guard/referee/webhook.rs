//! Asking a service of the operator's choice, over the gateway's own connections.

use callsign_plan::guard::Form;
use callsign_plan::target::Credential;
use http::{HeaderValue, Method, Request, Uri, header};
use secrecy::ExposeSecret;
use serde::Serialize;

use super::verdict::{self, Verdict};
use super::{Hash, Means, Piece, hash};
use crate::upstream::call::{call, sensitive};
use crate::upstream::payload::Payload;

/// Where it is and how it is spoken to.
#[derive(Debug, Clone)]
pub(super) struct Webhook {
    url: Uri,
    host: String,
    form: Form,
    key: Key,
}

/// What it is shown.
#[derive(Debug, Clone)]
enum Key {
    Nothing,
    Authorization(HeaderValue),
    /// It cannot be shown anything: what is configured is not there.
    Missing,
}

/// A longer text is asked about in pieces.
pub(super) const MOST: usize = 64 << 10;
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// What is asked in the plain form.
#[derive(Serialize)]
struct Plain<'p> {
    text: &'p str,
    side: &'static str,
    alias: &'p str,
}

/// What is asked in the form of moderations.
#[derive(Serialize)]
struct Moderation<'p> {
    input: &'p str,
}

// === impl Webhook ===

impl Webhook {
    /// A webhook whose URL was checked when it was configured; without a host nobody can be asked.
    pub(super) fn compile(url: &str, form: Form, credential: &Credential) -> Self {
        let url: Uri = url.parse().unwrap_or_default();
        let host = url.host().unwrap_or_default().to_owned();
        let key = match credential {
            Credential::None => Key::Nothing,
            Credential::Key { key, .. } => {
                sensitive(&format!("Bearer {}", key.expose_secret())).map_or(Key::Missing, Key::Authorization)
            }
            Credential::Missing { .. } | Credential::Passthrough { .. } | Credential::Granted(_) => {
                Key::Missing
            }
        };
        Self { url, host, form, key }
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn hears_alias(&self) -> bool {
        self.form == Form::Json
    }

    /// What tells it from others: with another key another customer of the service asks.
    pub(super) fn identity(&self, url: &str) -> Hash {
        let form: &[u8] = match self.form {
            Form::Json => b"json",
            Form::OpenAiModeration => b"openai_moderation",
        };
        let key = match &self.key {
            Key::Authorization(value) => value.as_bytes(),
            Key::Nothing | Key::Missing => b"",
        };
        hash([b"webhook", form, url.as_bytes(), key])
    }

    pub(super) async fn ask(&self, means: &Means, piece: Piece<'_>) -> Result<Verdict, String> {
        let (status, said) = call(&means.upstream, self.request(piece)?).await?;
        if !status.is_success() {
            return Err(format!("it answered with status {}", status.as_u16()));
        }
        let verdict = match self.form {
            Form::Json => verdict::of_json(&said),
            Form::OpenAiModeration => verdict::of_moderation(&said),
        };
        verdict.ok_or_else(|| "what it answered is no verdict".to_owned())
    }

    fn request(&self, Piece { alias, side, text, .. }: Piece<'_>) -> Result<Request<Payload>, String> {
        let body = match self.form {
            Form::Json => serde_json::to_vec(&Plain { text, side: side.name(), alias }),
            Form::OpenAiModeration => serde_json::to_vec(&Moderation { input: text }),
        };
        let body = body.map_err(|_| "what it is asked cannot be written")?;
        let mut request = Request::new(Payload::whole(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.url.clone();
        let headers = request.headers_mut();
        headers.insert(header::CONTENT_TYPE, JSON);
        headers.insert(header::ACCEPT, JSON);
        match &self.key {
            Key::Nothing => {}
            Key::Authorization(value) => {
                headers.insert(header::AUTHORIZATION, value.clone());
            }
            Key::Missing => return Err("the environment variable of its `access_key` is not set".to_owned()),
        }
        Ok(request)
    }
}
