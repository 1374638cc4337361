//! A request's place in a trace, found out when it comes, and told to whoever is asked for it.

use callsign_plan::tracing::{Content, Sent};
use callsign_telemetry::trace::{Share, Trace, TraceParent};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::exchange::RequestId;
use crate::record::said::{Room, Said};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// Finds out where requests stand in traces.
#[derive(Debug, Default)]
pub(crate) struct Tracer {
    /// How many of the traces that begin here are sent; `None` where none are, whoever begins them.
    share: Option<Share>,
    prefixes: Vec<Box<str>>,
    /// The header that tells users apart.
    user_header: Option<Box<str>>,
    /// Memory for what is said, where somebody wants to be told.
    room: Option<Room>,
}

/// Headers that the operator wants to see in traces: names and values.
pub(crate) type Labels = Vec<(Box<str>, Box<str>)>;

/// Whom `PostHog` takes an exchange for.
const USER: &str = "posthog.distinct_id";
/// So many headers of a request are told at most.
const MOST_LABELS: usize = 32;
/// What is longer is not told.
const LONGEST_LABEL: usize = 256;
/// Whatever prefixes say, these are never told.
const SECRET: [&str; 8] = [
    "api-key",
    "authorization",
    "cookie",
    "proxy-authorization",
    "x-amz-security-token",
    "x-api-key",
    "x-auth-token",
    "x-goog-api-key",
];

// === impl Tracer ===

impl Tracer {
    /// One for traces that are sent so; `None` where none are.
    pub(crate) fn new(sent: Option<&Sent>) -> Self {
        let Some(Sent { share, detail, collectors, .. }) = sent else { return Self::default() };
        let told = collectors.iter().any(|collector| collector.content == Content::Told);
        Self {
            share: Some(Share::millionths(*share)),
            prefixes: detail.header_prefixes.clone(),
            user_header: detail.user_header.clone(),
            room: told.then(Room::default),
        }
    }

    /// Somewhere to keep what is said, where it is wanted in this trace.
    pub(crate) fn hears(&self, trace: Option<&Trace>) -> Option<Box<Said>> {
        let room = self.room.as_ref().filter(|_| trace.is_some_and(Trace::is_sampled))?;
        Some(Box::new(room.open()))
    }

    /// Where a request with these headers stands, and what of them is told.
    pub(crate) fn begin(&self, headers: &HeaderMap, id: &RequestId) -> (Option<Trace>, Labels) {
        let parent = parent(headers);
        let Some(share) = self.share else { return (parent.map(Trace::told), Labels::new()) };
        let trace = Trace::begin(parent, (id.number(), id.chance()), share);
        let labels = if trace.is_sampled() { self.labels(headers) } else { Labels::new() };
        (Some(trace), labels)
    }

    fn labels(&self, headers: &HeaderMap) -> Labels {
        if self.prefixes.is_empty() && self.user_header.is_none() {
            return Labels::new();
        }
        let user = self.user_header.as_deref().filter(|name| !SECRET.contains(name));
        let user = user.and_then(|name| headers.get(name)?.to_str().ok());
        let user = user.map(str::trim).filter(|user| !user.is_empty() && user.len() <= LONGEST_LABEL);
        let user = user.map(|user| (USER.into(), user.into()));
        let told = headers.iter().filter_map(|(name, value)| {
            let name = Some(name.as_str()).filter(|name| !SECRET.contains(name))?;
            let rest = self.prefixes.iter().find_map(|prefix| name.strip_prefix(&**prefix))?;
            let name = rest.trim_start_matches('-').replace('-', ".");
            let value = value.to_str().ok()?.trim();
            let is_told = !name.is_empty() && value.len() <= LONGEST_LABEL;
            is_told.then(|| (name.into(), value.into()))
        });
        user.into_iter().chain(told.take(MOST_LABELS)).collect()
    }
}

/// What the client says of a trace. Said twice it counts as not said.
fn parent(headers: &HeaderMap) -> Option<TraceParent> {
    let mut said = headers.get_all(TRACEPARENT).iter();
    let parent = said.next()?;
    if said.next().is_some() {
        return None;
    }
    TraceParent::read(parent.to_str().ok()?)
}

/// Tells the target of attempt number `number` (from 0) where it stands.
pub(crate) fn tell(trace: &Trace, number: usize, headers: &mut HeaderMap) {
    let Some(told) = trace.onward(number) else { return };
    if let Ok(told) = HeaderValue::try_from(told.to_bytes()) {
        headers.insert(TRACEPARENT, told);
    }
    // What belongs to a trace that cannot be read belongs to none.
    if trace.parent.is_none() {
        headers.remove(TRACESTATE);
    }
}

#[cfg(test)]
#[expect(clippy::string_slice, reason = "tests report by panicking")]
mod tests {
    use callsign_plan::tracing::{Collector, Detail, Environment, Protocol, Tracing};

    use super::*;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn tracer(share: u32, prefixes: &[&str]) -> Tracer {
        let header_prefixes = prefixes.iter().map(|prefix| (*prefix).into()).collect();
        let tracing = Tracing {
            collector: Some(Collector::at("http://a".into(), Protocol::Grpc)),
            share: Some(share),
            detail: Detail { header_prefixes, ..Detail::default() },
            ..Tracing::default()
        };
        Tracer::new(tracing.sent(Environment::default()).as_ref())
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
        let mut headers = HeaderMap::new();
        pairs.for_each(|(name, value): (_, HeaderValue)| {
            headers.append(name, value);
        });
        headers
    }

    fn onward(tracer: &Tracer, mut headers: HeaderMap) -> (Option<String>, bool) {
        let (trace, _) = tracer.begin(&headers, &RequestId::new());
        if let Some(trace) = trace {
            tell(&trace, 0, &mut headers);
        }
        let told = headers.get(TRACEPARENT).and_then(|value| value.to_str().ok()).map(str::to_owned);
        (told, headers.contains_key(TRACESTATE))
    }

    #[test]
    fn without_tracing_the_clients_words_go_on_unchanged() {
        for parent in [PARENT, "nonsense"] {
            let sent = headers(&[("traceparent", parent), ("tracestate", "a=b")]);
            assert_eq!(onward(&Tracer::default(), sent), (Some(parent.to_owned()), true));
        }
        assert_eq!(onward(&Tracer::default(), HeaderMap::new()), (None, false));
    }

    #[test]
    fn targets_are_told_the_attempt_as_their_parent() {
        let (told, state) =
            onward(&tracer(0, &[]), headers(&[("traceparent", PARENT), ("tracestate", "a=b")]));
        let told = told.unwrap();
        assert!(told.starts_with(&PARENT[..36]) && told.ends_with("-01") && told != PARENT, "{told}");
        assert!(state);
    }

    #[test]
    fn state_of_a_trace_that_cannot_be_read_is_dropped() {
        let cases: [&[(&'static str, &str)]; 3] = [
            &[("traceparent", "nonsense"), ("tracestate", "a=b")],
            &[("tracestate", "a=b")],
            &[("traceparent", PARENT), ("traceparent", PARENT), ("tracestate", "a=b")],
        ];
        for sent in cases {
            let (told, state) = onward(&tracer(0, &[]), headers(sent));
            let told = told.unwrap();
            assert!(told.ends_with("-00") && !told.contains(&PARENT[3..35]), "{told}");
            assert!(!state);
        }
    }

    #[test]
    fn headers_are_told_by_prefix_and_credentials_never() {
        let sent =
            headers(&[("x-acme-user-id", " 7 "), ("x-acme-", "no"), ("x-api-key", "k"), ("x-other", "o")]);
        let (_, labels) = tracer(1_000_000, &["x-acme-", "x-api"]).begin(&sent, &RequestId::new());
        assert_eq!(labels, [(Box::from("user.id"), Box::from("7"))]);
        let (_, labels) = tracer(0, &["x-acme-"]).begin(&sent, &RequestId::new());
        assert_eq!(labels, [], "nobody wants this trace");
    }
}
