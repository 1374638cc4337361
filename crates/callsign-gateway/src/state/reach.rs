//! A target compiled for sending: its URLs and headers, made once.

use std::fmt;
use std::sync::Arc;

use callsign_plan::grant::Grant;
use callsign_plan::layout::{Delivery, Layout};
use callsign_plan::target::{AuthScheme, Credential, Model, Place, Target};
use callsign_wire::dialect::{Dialect, Operation};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use secrecy::{ExposeSecret, SecretString};

use super::books::PricesError;
use crate::upstream::grants::Holder;

/// The version sent to Anthropic where the client named none. <https://docs.anthropic.com/en/api/versioning>
pub(crate) const ANTHROPIC_VERSION: HeaderValue = HeaderValue::from_static("2023-06-01");

/// Where Google reads a key.
pub(crate) const GOOG_API_KEY: HeaderName = HeaderName::from_static("x-goog-api-key");

/// How a target is reached.
#[derive(Debug)]
pub(crate) struct Reach {
    /// The server, or `None` for the simulated provider.
    pub(crate) server: Option<Server>,
    /// Headers that replace those of the client: the configured ones.
    pub(crate) headers: HeaderMap,
    /// What vouches for requests for a while.
    pub(crate) holder: Option<Arc<Holder>>,
    key: Option<KeyHeader>,
    /// `provider/id`, where the id is fixed.
    pub(crate) name: Option<Arc<str>>,
    /// The same as a header's value.
    pub(crate) header: Option<HeaderValue>,
    /// What must never be seen by a client.
    pub(crate) secrets: Vec<SecretString>,
}

/// A key as it is sent.
#[derive(Debug)]
struct KeyHeader {
    usual: (HeaderName, HeaderValue),
    /// The same for `OpenAI`'s operations, where those want it elsewhere.
    openai: Option<(HeaderName, HeaderValue)>,
}

/// A server with its URLs.
#[derive(Debug)]
pub(crate) struct Server {
    /// `scheme://authority`.
    pub(crate) origin: Arc<str>,
    scheme: Scheme,
    authority: Authority,
    layout: Layout,
    /// The URLs of the common operations, where model and delivery are no part of them.
    urls: Vec<(Operation, Uri)>,
}

/// Why a catalog cannot be compiled. The configuration's checks should have found it.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// A header's name or value has a character that HTTP does not allow.
    #[error("`{0}` cannot be sent as a header")]
    Header(String),
    /// A base URL has no scheme or no host.
    #[error("`{0}` is not the URL of a server")]
    Origin(String),
    /// A file of prices cannot be used.
    #[error(transparent)]
    Prices(#[from] PricesError),
}

/// Why an operation has no URL at a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PathError {
    /// The name cannot be sent.
    #[error("the model's name cannot stand in a URL")]
    Model,
    /// The provider has no such path.
    #[error("the provider has no path for this operation")]
    Operation,
}

// === impl Reach ===

impl Reach {
    /// Compiles a target; `holders` has whoever holds a grant already, or makes one who will.
    pub(super) fn compile(
        target: &Target,
        holders: &mut impl FnMut(&Arc<Grant>) -> Arc<Holder>,
    ) -> Result<Self, CompileError> {
        let server = match &target.place {
            Place::Server { origin, layout } => Some(Server::compile(origin, layout)?),
            Place::Simulated(_) => None,
        };
        let mut headers = HeaderMap::new();
        let mut secrets = Vec::new();
        let key = match &target.credential {
            Credential::Key { scheme, key } => {
                secrets.push(key.clone());
                Some(KeyHeader::of(*scheme, key)?)
            }
            _ => None,
        };
        let holder = match &target.credential {
            Credential::Granted(grant) => {
                secrets.extend(grant.secrets().into_iter().map(callsign_plan::grant::Secret::text));
                Some(holders(grant))
            }
            _ => None,
        };
        for (name, value) in &target.headers {
            let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| CompileError::header(name))?;
            headers.insert(header, sensitive(value.expose_secret(), name)?);
            secrets.push(value.clone());
        }
        if let Some(host) = &target.http_host {
            let value = HeaderValue::from_str(host).map_err(|_| CompileError::header(host))?;
            headers.insert(header::HOST, value);
        } else if let Some(server) = server.as_ref().filter(|server| server.scheme == Scheme::HTTP) {
            // Over TLS it may be HTTP/2, where the URL says it.
            let host = server.authority.as_str();
            headers
                .insert(header::HOST, HeaderValue::from_str(host).map_err(|_| CompileError::header(host))?);
        }
        // A short value (a version, a flag) is no secret, and looking for it would spoil honest texts.
        secrets.retain(|secret| secret.expose_secret().len() >= SHORTEST_SECRET);
        let name: Option<Arc<str>> = match &target.model {
            Model::Fixed(id) => Some(format!("{}/{id}", target.provider).into()),
            Model::Asked => None,
        };
        let header = name.as_ref().map(|name| HeaderValue::from_str(name)).transpose();
        let header = header.map_err(|_| CompileError::header(&target.name))?;
        Ok(Self { server, headers, holder, key, name, header, secrets })
    }

    /// The header that holds the key, for an operation of this dialect.
    pub(crate) fn key(&self, dialect: Dialect) -> Option<&(HeaderName, HeaderValue)> {
        let key = self.key.as_ref()?;
        let is_openai = matches!(dialect, Dialect::OpenAiChat | Dialect::OpenAiResponses);
        Some(key.openai.as_ref().filter(|_| is_openai).unwrap_or(&key.usual))
    }
}

// === impl KeyHeader ===

impl KeyHeader {
    fn of(scheme: AuthScheme, key: &SecretString) -> Result<Self, CompileError> {
        // Google's endpoints in OpenAI's dialect read OpenAI's header.
        let openai = (scheme == AuthScheme::GoogApiKey).then(|| key_header(AuthScheme::Bearer, key));
        Ok(Self { usual: key_header(scheme, key)?, openai: openai.transpose()? })
    }
}

/// The operations whose URLs are spelled once.
const COMMON: [Operation; 6] = [
    Operation::ChatCompletions,
    Operation::Messages,
    Operation::Responses,
    Operation::Embeddings,
    Operation::Completions,
    Operation::CountTokens,
];

/// Stands for the authority in a URL where nobody needs it.
const ANY: &str = "_";

/// Shorter values are not looked for in answers.
const SHORTEST_SECRET: usize = 8;

fn key_header(scheme: AuthScheme, key: &SecretString) -> Result<(HeaderName, HeaderValue), CompileError> {
    let key = key.expose_secret();
    Ok(match scheme {
        AuthScheme::Bearer => (header::AUTHORIZATION, sensitive(&format!("Bearer {key}"), "authorization")?),
        AuthScheme::XApiKey => (HeaderName::from_static("x-api-key"), sensitive(key, "x-api-key")?),
        AuthScheme::ApiKey => (HeaderName::from_static("api-key"), sensitive(key, "api-key")?),
        AuthScheme::GoogApiKey => (GOOG_API_KEY, sensitive(key, "x-goog-api-key")?),
    })
}

/// The error names the header, never the value.
fn sensitive(value: &str, name: &str) -> Result<HeaderValue, CompileError> {
    let mut value = HeaderValue::from_str(value).map_err(|_| CompileError::header(name))?;
    value.set_sensitive(true);
    Ok(value)
}

// === impl Server ===

impl Server {
    fn compile(origin: &Arc<str>, layout: &Layout) -> Result<Self, CompileError> {
        let parts = origin.parse::<Uri>().map_err(|_| CompileError::origin(origin))?.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            return Err(CompileError::origin(origin));
        };
        let (origin, layout) = (Arc::clone(origin), layout.clone());
        let mut server = Self { origin, scheme, authority, layout, urls: Vec::new() };
        if server.layout.is_fixed() {
            let spell = |operation| server.spell((operation, Delivery::Whole), "", None).ok();
            let urls = COMMON.iter().map(|operation| Some((*operation, spell(*operation)?)));
            server.urls = urls.collect::<Option<_>>().ok_or_else(|| CompileError::origin(&server.origin))?;
        }
        Ok(server)
    }

    /// The URL of an operation with the client's own query, if any.
    pub(crate) fn url(
        &self,
        (operation, delivery): (Operation, Delivery),
        model: &str,
        query: Option<&str>,
    ) -> Result<Uri, PathError> {
        match self.urls.iter().find(|(common, _)| *common == operation) {
            Some((_, url)) if query.is_none() => Ok(url.clone()),
            _ => self.spell((operation, delivery), model, query),
        }
    }

    /// How the server's paths are made.
    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    fn spell(
        &self,
        (operation, delivery): (Operation, Delivery),
        model: &str,
        query: Option<&str>,
    ) -> Result<Uri, PathError> {
        let mut path = self.layout.path(operation, delivery, model).ok_or(PathError::Operation)?;
        for pair in query.into_iter().flat_map(|query| query.split('&')).filter(|pair| is_the_clients(pair)) {
            path.push(if path.contains('?') { '&' } else { '?' });
            path.push_str(pair);
        }
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        // A plain connection is told by its origin, and the host by a header; the HTTP client reads the URL's twice.
        let named =
            if self.scheme == Scheme::HTTP { Authority::from_static(ANY) } else { self.authority.clone() };
        parts.authority = Some(named);
        parts.path_and_query = Some(PathAndQuery::try_from(path).map_err(|_| PathError::Model)?);
        Uri::from_parts(parts).map_err(|_| PathError::Model)
    }
}

/// Whether a parameter of the client's goes on to the provider: Gemini's clients send their key as one, and how the
/// answer is framed is the gateway's to say. <https://cloud.google.com/apis/docs/system-parameters>
fn is_the_clients(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or_default();
    !matches!(name, "" | "key" | "access_token" | "alt" | "$alt")
}

// === impl CompileError ===

impl CompileError {
    pub(super) fn header(name: &str) -> Self {
        Self::Header(name.to_owned())
    }

    fn origin(origin: &str) -> Self {
        Self::Origin(origin.to_owned())
    }
}

impl fmt::Display for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.origin)
    }
}
