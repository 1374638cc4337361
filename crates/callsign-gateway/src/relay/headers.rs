//! The answer's headers: the provider's without those of its connection, and the gateway's own.

use std::time::{Duration, SystemTime};

use callsign_plan::alias::Deprecation;
use callsign_plan::units::Money;
use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::dispatch::{drop_from, is_hop_by_hop};
use crate::refusal::Named;

/// The exchange's name.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-callsign-request-id");
/// The alias that was asked for.
pub(crate) const ALIAS: HeaderName = HeaderName::from_static("x-callsign-alias");
/// `provider/id` of the target that answered.
pub(crate) const MODEL: HeaderName = HeaderName::from_static("x-callsign-model");
/// How many attempts it took.
pub(crate) const ATTEMPTS: HeaderName = HeaderName::from_static("x-callsign-attempts");
/// What a translation could not carry.
pub(crate) const LOSSES: HeaderName = HeaderName::from_static("x-callsign-losses");
/// Which numbers of an answer are the gateway's own estimates.
pub(crate) const ESTIMATE: HeaderName = HeaderName::from_static("x-callsign-estimate");
/// What a whole answer cost, in US dollars.
pub(crate) const COST: HeaderName = HeaderName::from_static("x-callsign-cost");
/// What the guardrails found, and what they did about it.
pub(crate) const GUARD: HeaderName = HeaderName::from_static("x-callsign-guard");
/// The code of an error of the gateway's own.
pub(crate) const ERROR: HeaderName = HeaderName::from_static("x-callsign-error");

/// How Bedrock streams: <https://smithy.io/2.0/aws/amazon-eventstream.html>
const AMAZON_EVENTS: &[u8] = b"application/vnd.amazon.eventstream";

const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
const SUNSET: HeaderName = HeaderName::from_static("sunset");

/// Takes away what concerns the provider's connection, or speaks for the provider's host.
pub(crate) fn clean(headers: &mut HeaderMap) {
    drop_from(headers, |name| is_foreign(name.as_str()));
}

fn is_foreign(name: &str) -> bool {
    is_hop_by_hop(name)
        || matches!(name, "alt-svc" | "server" | "set-cookie" | "strict-transport-security")
        || name.starts_with("x-callsign-")
}

/// Adds who answered.
pub(crate) fn name(headers: &mut HeaderMap, named: Named, attempts: usize) {
    if let Some(alias) = named.alias {
        headers.insert(ALIAS, alias);
    }
    if let Some(model) = named.model {
        headers.insert(MODEL, model);
    }
    if let Some(losses) = named.losses {
        headers.insert(LOSSES, losses);
    }
    if let Some(estimate) = named.estimate {
        headers.insert(ESTIMATE, estimate);
    }
    // Nearly always the first serves, and a number is spelled on the heap.
    let attempts = if attempts == 1 { HeaderValue::from_static("1") } else { HeaderValue::from(attempts) };
    headers.insert(ATTEMPTS, attempts);
}

/// Adds what the answer cost.
pub(crate) fn price(headers: &mut HeaderMap, cost: Money) {
    let text = cost.to_string();
    if let Ok(value) = HeaderValue::from_str(text.trim_start_matches('$')) {
        headers.insert(COST, value);
    }
}

/// Adds `extra`.
pub(crate) fn extend(headers: &mut HeaderMap, extra: HeaderMap) {
    if !extra.is_empty() {
        headers.extend(extra);
    }
}

/// Says where an alias is in its life: RFC 9745, RFC 8594, and the successor as RFC 5829 links it.
pub(crate) fn deprecate(headers: &mut HeaderMap, deprecation: &Deprecation) {
    let since = deprecation.since.map(|since| format!("@{since}"));
    let sunset = deprecation.sunset.map(http_date);
    let successor =
        deprecation.successor.as_ref().map(|name| format!("</v1/models/{name}>; rel=\"successor-version\""));
    for (name, text) in [(DEPRECATION, since), (SUNSET, sunset), (header::LINK, successor)] {
        if let Some(value) = text.and_then(|text| HeaderValue::try_from(text).ok()) {
            headers.insert(name, value);
        }
    }
}

fn http_date(seconds: u64) -> String {
    httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}

// === impl Kind ===

impl super::Kind {
    /// What the headers of an answer say it is.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let content_type = headers.get(header::CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
        // As nearly all spell it.
        if content_type == b"application/json" {
            return Self::Json;
        }
        let essence = content_type.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        let is_amazons = essence.eq_ignore_ascii_case(AMAZON_EVENTS);
        if essence.eq_ignore_ascii_case(b"text/event-stream") || is_amazons {
            Self::Events
        } else if essence.eq_ignore_ascii_case(b"application/json") {
            Self::Json
        } else {
            Self::Other
        }
    }
}
