//! A target compiled for sending: its URLs and headers, made once.

use std::fmt;
use std::sync::Arc;

use callsign_plan::target::{AuthScheme, Credential, Layout, Model, Place, Target};
use callsign_wire::dialect::Operation;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};

/// The version sent to Anthropic where the client named none. <https://docs.anthropic.com/en/api/versioning>
pub(crate) const ANTHROPIC_VERSION: HeaderValue = HeaderValue::from_static("2023-06-01");

/// How a target is reached.
#[derive(Debug)]
pub(crate) struct Reach {
    /// The server, or `None` for the simulated provider.
    pub(crate) server: Option<Server>,
    /// Headers that replace those of the client: the credential and the configured ones.
    pub(crate) headers: HeaderMap,
    /// `provider/id`, where the id is fixed.
    pub(crate) name: Option<Arc<str>>,
    /// The same as a header's value.
    pub(crate) header: Option<HeaderValue>,
    /// What must never be seen by a client.
    pub(crate) secrets: Vec<SecretString>,
}

/// A server with its URLs.
#[derive(Debug)]
pub(crate) struct Server {
    /// `scheme://authority`.
    pub(crate) origin: Arc<str>,
    scheme: Scheme,
    authority: Authority,
    layout: Layout,
    /// The URLs of the common operations, where the model is no part of them.
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
}

/// The path of a URL could not be made from this model's name.
#[derive(Debug, thiserror::Error)]
#[error("the model's name cannot stand in a URL")]
pub(crate) struct PathError;

// === impl Reach ===

impl Reach {
    pub(super) fn compile(target: &Target) -> Result<Self, CompileError> {
        let server = match &target.place {
            Place::Server { origin, layout } => Some(Server::compile(origin, layout)?),
            Place::Simulated(_) => None,
        };
        let mut headers = HeaderMap::new();
        let mut secrets = Vec::new();
        if let Credential::Key { scheme, key } = &target.credential {
            let (name, value) = credential_header(*scheme, key)?;
            headers.insert(name, value);
            secrets.push(key.clone());
        }
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
        Ok(Self { server, headers, name, header, secrets })
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

/// All but RFC 3986's unreserved characters.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Shorter values are not looked for in answers.
const SHORTEST_SECRET: usize = 8;

fn credential_header(
    scheme: AuthScheme,
    key: &SecretString,
) -> Result<(HeaderName, HeaderValue), CompileError> {
    let key = key.expose_secret();
    Ok(match scheme {
        AuthScheme::Bearer => (header::AUTHORIZATION, sensitive(&format!("Bearer {key}"), "authorization")?),
        AuthScheme::XApiKey => (HeaderName::from_static("x-api-key"), sensitive(key, "x-api-key")?),
        AuthScheme::ApiKey => (HeaderName::from_static("api-key"), sensitive(key, "api-key")?),
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
        if matches!(server.layout, Layout::Prefix(_)) {
            let urls =
                COMMON.iter().map(|operation| Some((*operation, server.spell(*operation, "", None).ok()?)));
            server.urls = urls.collect::<Option<_>>().ok_or_else(|| CompileError::origin(&server.origin))?;
        }
        Ok(server)
    }

    /// The URL of an operation with the client's own query, if any.
    pub(crate) fn url(
        &self,
        operation: Operation,
        model: &str,
        query: Option<&str>,
    ) -> Result<Uri, PathError> {
        match self.urls.iter().find(|(common, _)| *common == operation) {
            Some((_, url)) if query.is_none() => Ok(url.clone()),
            _ => self.spell(operation, model, query),
        }
    }

    fn spell(&self, operation: Operation, model: &str, query: Option<&str>) -> Result<Uri, PathError> {
        let mut path = self.layout.path(operation, utf8_percent_encode(model, SEGMENT));
        if let Some(query) = query {
            path.push(if path.contains('?') { '&' } else { '?' });
            path.push_str(query);
        }
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        // A plain connection is told by its origin, and the host by a header; the HTTP client reads the URL's twice.
        let named =
            if self.scheme == Scheme::HTTP { Authority::from_static(ANY) } else { self.authority.clone() };
        parts.authority = Some(named);
        parts.path_and_query = Some(PathAndQuery::try_from(path).map_err(|_| PathError)?);
        Uri::from_parts(parts).map_err(|_| PathError)
    }
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
