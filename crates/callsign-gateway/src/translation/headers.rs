//! Headers that providers name differently: the request's id and the limits on its rate.
//!
//! `OpenAI`: <https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers>, Anthropic:
//! <https://docs.anthropic.com/en/api/rate-limits#response-headers>

use callsign_wire::dialect::Dialect;
use callsign_wire::retry_after;
use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::Pair;
use crate::listen::unix_time;

/// How `OpenAI` and Anthropic name the same.
const PAIRS: [(&str, &str); 5] = [
    ("x-request-id", "request-id"),
    ("x-ratelimit-limit-requests", "anthropic-ratelimit-requests-limit"),
    ("x-ratelimit-remaining-requests", "anthropic-ratelimit-requests-remaining"),
    ("x-ratelimit-limit-tokens", "anthropic-ratelimit-tokens-limit"),
    ("x-ratelimit-remaining-tokens", "anthropic-ratelimit-tokens-remaining"),
];

/// How they name when a limit begins anew: `OpenAI` says in how long, Anthropic at what time.
const RESETS: [(&str, &str); 2] = [
    ("x-ratelimit-reset-requests", "anthropic-ratelimit-requests-reset"),
    ("x-ratelimit-reset-tokens", "anthropic-ratelimit-tokens-reset"),
];

/// Where other providers put the request's id.
const OTHER_IDS: [&str; 2] = ["x-amzn-requestid", "x-goog-request-id"];

/// Makes the headers of a target's answer those of its translation.
pub(crate) fn translate(headers: &mut HeaderMap, pair: Pair) {
    headers.remove(header::CONTENT_LENGTH);
    let content_type =
        if pair.stream && !pair.listed { "text/event-stream; charset=utf-8" } else { "application/json" };
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
}

/// Gives the names of the client's dialect to what is known under other names.
pub(crate) fn rename(headers: &mut HeaderMap, to: Dialect) {
    if let Some(id) = OTHER_IDS.iter().find_map(|name| headers.get(*name).cloned()) {
        headers.entry("x-request-id").or_insert(id);
    }
    for (openai, anthropic) in PAIRS {
        let (name, other) = if to == Dialect::Anthropic { (anthropic, openai) } else { (openai, anthropic) };
        if let Some(value) = headers.remove(other) {
            headers.entry(HeaderName::from_static(name)).or_insert(value);
        }
    }
    for (openai, anthropic) in RESETS {
        let (name, other) = if to == Dialect::Anthropic { (anthropic, openai) } else { (openai, anthropic) };
        let told = headers.remove(other).and_then(|value| respelled(value.to_str().ok()?, to));
        if let Some(value) = told {
            headers.entry(HeaderName::from_static(name)).or_insert(value);
        }
    }
}

/// When a limit begins anew, as clients of this dialect read it.
fn respelled(reset: &str, to: Dialect) -> Option<HeaderValue> {
    let told = if to == Dialect::Anthropic {
        retry_after::date(unix_time(), retry_after::span(reset)?)
    } else {
        retry_after::spelled_span(retry_after::until_date(reset, unix_time())?)
    };
    HeaderValue::try_from(told).ok()
}
