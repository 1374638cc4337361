//! The request that a target gets: the client's, with the target's URL, credential, headers and model.

use callsign_plan::layout::{Delivery, Layout, ModelIn};
use callsign_plan::target::{AuthScheme, Credential, Target};
use callsign_wire::dialect::{Dialect, MODEL_IN_PATH};
use http::header::{self, HeaderName};
use http::{HeaderMap, HeaderValue, Method, Request};
use smallvec::SmallVec;

use super::restyle;
use crate::ask::Ask;
use crate::state::reach::{ANTHROPIC_VERSION, GOOG_API_KEY, PathError, Reach, Server};
use crate::translation::Words;
use crate::upstream::payload::Payload;

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const API_KEY: HeaderName = HeaderName::from_static("api-key");
const VERSION: HeaderName = HeaderName::from_static("anthropic-version");

/// No model's name.
const NO_MODEL: &str = "\0";

/// Makes the request of one attempt.
pub(crate) fn compose(
    ask: &Ask,
    words: &Words,
    (target, reach): (&Target, &Reach),
    server: &Server,
) -> Result<Request<Payload>, PathError> {
    let delivery = Delivery::of(ask.peeked.stream);
    let url = server.url((words.asked, delivery), &words.model, words.query(ask))?;
    let mut request = Request::new(body(ask, words, server.layout()));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = url;
    *request.headers_mut() = headers(ask, words, target, reach);
    Ok(request)
}

fn body(ask: &Ask, words: &Words, layout: &Layout) -> Payload {
    let style = layout.body(words.asked);
    let version = style.anthropic_version.and_then(|version| restyle::missing(&ask.body, version));
    match (style.model, version) {
        // Bodies whose model stands in the path of their own dialect never name it.
        _ if words.asked.path().contains(MODEL_IN_PATH) => Payload::new(words.body(ask)),
        (ModelIn::Body, None) => Payload::new(words.body(ask)),
        // A name that no model has shows where the client's stands.
        (ModelIn::Url, version) => restyle::without_model(words.body_naming(ask, NO_MODEL), version),
        (ModelIn::Body, Some(version)) => restyle::with_version(words.body(ask), version),
    }
}

fn headers(ask: &Ask, words: &Words, target: &Target, reach: &Reach) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(ask.headers.len() + reach.headers.len() + 2);
    let of_connection = named_by_connection(&ask.headers);
    for (name, value) in &ask.headers {
        if is_passed(name) && !of_connection.contains(name) {
            headers.append(name.clone(), value.clone());
        }
    }
    if words.written().is_some() {
        speak(&mut headers, words.asked.dialect());
    }
    authorise(&mut headers, (ask, words), target, reach);
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

/// The headers of a request that was translated: those of the client's dialect and SDK would say the wrong thing.
fn speak(headers: &mut HeaderMap, dialect: Dialect) {
    const PREFIXES: [&str; 4] = ["openai-", "x-goog-", "x-stainless-", "x-amz"];
    let foreign = |name: &HeaderName| {
        let of_anthropic = dialect != Dialect::Anthropic && name.as_str().starts_with("anthropic-");
        of_anthropic || PREFIXES.iter().any(|prefix| name.as_str().starts_with(prefix))
    };
    drop_from(headers, foreign);
    headers.remove(header::ACCEPT);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
}

/// Shows the provider who asks. What expires is added later, when the request is whole.
fn authorise(headers: &mut HeaderMap, (ask, words): (&Ask, &Words), target: &Target, reach: &Reach) {
    let dialect = words.asked.dialect();
    if let Credential::Passthrough { scheme } = target.credential {
        pass_credential(headers, &ask.headers, scheme);
    } else if let Some((name, value)) = reach.key(dialect) {
        headers.insert(name, value.clone());
    }
    if dialect == Dialect::Anthropic && !headers.contains_key(VERSION) {
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
        AuthScheme::GoogApiKey => client.get(GOOG_API_KEY).map(|value| (GOOG_API_KEY, value.clone())),
    };
    let other = || match scheme {
        AuthScheme::Bearer => key.and_then(as_bearer).map(|value| (header::AUTHORIZATION, value)),
        // Anthropic takes OAuth tokens as bearer.
        AuthScheme::XApiKey | AuthScheme::ApiKey | AuthScheme::GoogApiKey => {
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
            | "x-amz-security-token"
            | "x-api-key"
            | "x-goog-api-key"
            | "x-model-affinity"
    ) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}
