//! The request that a target gets: the client's, with the target's URL, credential, headers and model.

use callsign_plan::target::{AuthScheme, Credential, Target};
use callsign_wire::splice;
use http::header::{self, HeaderName};
use http::{HeaderMap, HeaderValue, Method, Request};
use smallvec::SmallVec;

use crate::ask::Ask;
use crate::state::reach::{ANTHROPIC_VERSION, PathError, Reach, Server};
use crate::upstream::payload::Payload;

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const API_KEY: HeaderName = HeaderName::from_static("api-key");
const VERSION: HeaderName = HeaderName::from_static("anthropic-version");

/// Makes the request of one attempt.
pub(crate) fn compose(
    ask: &Ask,
    model: &str,
    (target, reach): (&Target, &Reach),
    server: &Server,
) -> Result<Request<Payload>, PathError> {
    let url = server.url(ask.operation, model, ask.query.as_deref())?;
    let spliced = splice::model(&ask.body, &ask.peeked, model);
    let mut request = Request::new(Payload::new(spliced));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = url;
    *request.headers_mut() = headers(ask, target, reach);
    Ok(request)
}

fn headers(ask: &Ask, target: &Target, reach: &Reach) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(ask.headers.len() + reach.headers.len() + 2);
    let of_connection = named_by_connection(&ask.headers);
    for (name, value) in &ask.headers {
        if is_passed(name) && !of_connection.contains(name) {
            headers.append(name.clone(), value.clone());
        }
    }
    authorise(&mut headers, ask, &target.credential);
    // Bodies stay readable on their way back: for a model's name, for what a guard or a meter looks at.
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    for (name, value) in &reach.headers {
        headers.insert(name, value.clone());
    }
    headers
}

/// Drops the headers that `foreign` knows, and those that the message itself says concern one connection alone
/// (RFC 9110, section 7.6.1).
pub(crate) fn drop_from(headers: &mut HeaderMap, foreign: impl Fn(&HeaderName) -> bool) {
    let named = named_by_connection(headers);
    if named.is_empty() && !headers.keys().any(&foreign) {
        return;
    }
    let foreign: SmallVec<[HeaderName; 8]> = headers.keys().filter(|name| foreign(name)).cloned().collect();
    for name in named.into_iter().chain(foreign) {
        headers.remove(name);
    }
}

/// The headers that the message itself says concern one connection alone.
fn named_by_connection(headers: &HeaderMap) -> SmallVec<[HeaderName; 2]> {
    if !headers.contains_key(header::CONNECTION) {
        return SmallVec::new();
    }
    let named = headers.get_all(header::CONNECTION).iter().filter_map(|value| value.to_str().ok());
    named.flat_map(|value| value.split(',')).filter_map(|name| name.trim().parse().ok()).collect()
}

fn authorise(headers: &mut HeaderMap, ask: &Ask, credential: &Credential) {
    let scheme = match credential {
        Credential::Key { scheme, .. } => *scheme,
        Credential::Passthrough { scheme } => {
            pass_credential(headers, &ask.headers, *scheme);
            *scheme
        }
        Credential::None | Credential::Missing { .. } => return,
    };
    if scheme == AuthScheme::XApiKey && !headers.contains_key(VERSION) {
        headers.insert(VERSION, ANTHROPIC_VERSION);
    }
}

/// Passes the client's own key on, in the header that the provider reads. A client of the other dialect holds
/// it in the other header.
fn pass_credential(headers: &mut HeaderMap, client: &HeaderMap, scheme: AuthScheme) {
    let bearer = client.get(header::AUTHORIZATION);
    let key = client.get(X_API_KEY).or_else(|| client.get(API_KEY));
    let own = match scheme {
        AuthScheme::Bearer => bearer.map(|value| (header::AUTHORIZATION, value.clone())),
        AuthScheme::XApiKey => key.map(|value| (X_API_KEY, value.clone())),
        AuthScheme::ApiKey => key.map(|value| (API_KEY, value.clone())),
    };
    let other = || match scheme {
        AuthScheme::Bearer => key.and_then(as_bearer).map(|value| (header::AUTHORIZATION, value)),
        // Anthropic takes OAuth tokens as bearer.
        AuthScheme::XApiKey | AuthScheme::ApiKey => {
            bearer.map(|value| (header::AUTHORIZATION, value.clone()))
        }
    };
    if let Some((name, mut value)) = own.or_else(other) {
        value.set_sensitive(true);
        headers.insert(name, value);
    }
}

fn as_bearer(key: &HeaderValue) -> Option<HeaderValue> {
    HeaderValue::from_bytes(&[b"Bearer ", key.as_bytes()].concat()).ok()
}

/// Whether a header of the client's goes on to the provider.
fn is_passed(name: &HeaderName) -> bool {
    let name = name.as_str();
    !(is_hop_by_hop(name) || is_rewritten(name) || is_private(name))
}

/// Headers that concern one connection alone (RFC 9110, section 7.6.1).
pub(crate) fn is_hop_by_hop(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "keep-alive"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "proxy-connection"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
    )
}

fn is_rewritten(name: &str) -> bool {
    matches!(name, "host" | "content-length" | "expect" | "accept-encoding")
}

/// What a client tells the gateway and no provider: its credentials, its cookies, and the gateway's own headers
/// (`x-arch-…` and `x-plano-…` are those of Plano).
fn is_private(name: &str) -> bool {
    const PREFIXES: [&str; 3] = ["x-callsign-", "x-arch-", "x-plano-"];
    matches!(
        name,
        "api-key"
            | "authorization"
            | "cookie"
            | "openai-organization"
            | "openai-project"
            | "x-api-key"
            | "x-goog-api-key"
            | "x-model-affinity"
    ) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}
