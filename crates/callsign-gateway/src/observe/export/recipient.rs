//! A collector: one request with spans over HTTP or gRPC, and what its answer means.
//!
//! <https://opentelemetry.io/docs/specs/otlp/>, <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>

use std::time::Duration;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use callsign_plan::tracing::{Collector, Protocol};
use callsign_telemetry::otlp::{Framing, Rejected, rejected, retry_delay};
use callsign_wire::retry_after::retry_after;
use http::header::{CONTENT_TYPE, RETRY_AFTER, TE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use secrecy::ExposeSecret as _;
use tokio::time::{Instant, sleep, timeout_at};
use uuid::Uuid;

use super::TracingError;
use super::pace::{Again, Pace};
use crate::listen::unix_time;
use crate::upstream::connector::Connector;
use crate::upstream::origin::Wire;
use crate::upstream::tls::Tls;

/// Who takes spans, and how it is spoken to.
#[derive(Debug)]
pub(super) struct Recipient {
    client: Client<Connector, Full<Bytes>>,
    uri: Uri,
    headers: HeaderMap,
    protocol: Protocol,
    /// How long it may take for a request, all tries together.
    patience: Duration,
}

/// Why spans were not taken. Nothing of what the collector said is repeated: it may echo what it was shown.
#[derive(Debug, thiserror::Error)]
#[error("{why}")]
pub(super) struct Untaken {
    why: Why,
    again: Again,
}

#[derive(Debug, thiserror::Error)]
enum Why {
    #[error("it cannot be reached, or broke off")]
    Unreached,
    #[error("it took too long")]
    Late,
    #[error("it said more than anybody wants to know")]
    Talkative,
    #[error("it answered with status {0}")]
    Status(StatusCode),
    #[error("it answered with code {0} of gRPC")]
    Code(u64),
    #[error("it answered without a code of gRPC; `protocol: http` may be what it speaks")]
    Codeless,
}

/// An answer, whole.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// Nobody says more about having taken spans.
const LARGEST_ANSWER: usize = 1 << 20;
/// Where a collector takes traces over HTTP, below its base.
const TRACES_PATH: &str = "/v1/traces";
/// Where every collector takes them over gRPC.
const GRPC_PATH: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
/// What stands before a message of gRPC: a flag and the length.
const FRAME: usize = 5;
const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const GRPC_DETAILS: HeaderName = HeaderName::from_static("grpc-status-details-bin");
/// gRPC's servers write base64 with and without its padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

// === impl Recipient ===

impl Recipient {
    pub(super) fn new(collector: &Collector, tls: &Tls, patience: Duration) -> Result<Self, TracingError> {
        let unusable = || TracingError::Address(collector.endpoint.to_string());
        let base: Uri = collector.endpoint.parse().map_err(|_| unusable())?;
        let (Some(authority), Some(scheme)) = (base.authority(), base.scheme_str()) else {
            return Err(unusable());
        };
        let config = if scheme == "https" { tls.config()? } else { tls.unused()? };
        let protocol = collector.protocol;
        let (uri, wire) = match protocol {
            Protocol::Grpc => (format!("{scheme}://{authority}{GRPC_PATH}"), Wire::Any),
            Protocol::Http => (traces_url(&base), Wire::Http1),
        };
        let uri = uri.parse().map_err(|_| unusable())?;
        let connector = Connector::new(base, config, wire, CONNECT);
        let mut builder = Client::builder(TokioExecutor::new());
        let client = builder.http2_only(protocol == Protocol::Grpc).build(connector);
        Ok(Self { client, uri, headers: headers(collector)?, protocol, patience })
    }

    /// What stands before messages to it.
    pub(super) fn framing(&self) -> Framing {
        match self.protocol {
            Protocol::Grpc => Framing::Grpc,
            Protocol::Http => Framing::Bare,
        }
    }

    /// Sends spans, again where that may help, and tells which of them were not taken.
    pub(super) async fn deliver(&self, body: &Bytes) -> Result<Option<Rejected>, Untaken> {
        let until = Instant::now() + self.patience;
        let mut pace = Pace::default();
        loop {
            let outcome = timeout_at(until, self.send(body.clone())).await;
            let failed = match outcome.unwrap_or_else(|_| Err(Why::Late.and(Again::Never))) {
                Ok(rejected) => return Ok(rejected),
                Err(failed) => failed,
            };
            let (_, chance) = Uuid::now_v7().as_u64_pair();
            let wait = pace.wait(failed.again, chance).filter(|wait| Instant::now() + *wait < until);
            let Some(wait) = wait else { return Err(failed) };
            sleep(wait).await;
        }
    }

    async fn send(&self, body: Bytes) -> Result<Option<Rejected>, Untaken> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        let answer = self.client.request(request).await;
        let (head, body) = answer.map_err(|_| Why::Unreached.and(Again::Later))?.into_parts();
        let body = Limited::new(body, LARGEST_ANSWER).collect().await.map_err(|error| {
            let is_long = error.is::<http_body_util::LengthLimitError>();
            if is_long { Why::Talkative.and(Again::Never) } else { Why::Unreached.and(Again::Later) }
        })?;
        // A code of gRPC stands behind the body, or in the head where there is none.
        let mut headers = head.headers;
        headers.extend(body.trailers().cloned().unwrap_or_default());
        let answer = Answer { status: head.status, headers, body: body.to_bytes() };
        match self.protocol {
            Protocol::Grpc => answer.of_grpc(),
            Protocol::Http => answer.of_http(),
        }
    }
}

/// A base gets the usual path; an address with a path is taken as it is.
fn traces_url(uri: &Uri) -> String {
    let written = uri.to_string();
    if uri.path() == "/" || uri.path().is_empty() {
        return format!("{}{TRACES_PATH}", written.trim_end_matches('/'));
    }
    written
}

fn headers(collector: &Collector) -> Result<HeaderMap, TracingError> {
    let mut headers = HeaderMap::new();
    headers.insert(USER_AGENT, HeaderValue::from_static(concat!("callsign/", env!("CARGO_PKG_VERSION"))));
    let kind = match collector.protocol {
        Protocol::Grpc => "application/grpc",
        Protocol::Http => "application/x-protobuf",
    };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if collector.protocol == Protocol::Grpc {
        headers.insert(TE, HeaderValue::from_static("trailers"));
    }
    for (name, value) in &collector.headers {
        let unsent = || TracingError::Header(name.to_string());
        let key: HeaderName = name.parse().map_err(|_| unsent())?;
        let mut value = HeaderValue::try_from(value.expose_secret()).map_err(|_| unsent())?;
        value.set_sensitive(true);
        headers.insert(key, value);
    }
    Ok(headers)
}

// === impl Answer ===

impl Answer {
    fn of_http(&self) -> Result<Option<Rejected>, Untaken> {
        if self.status.is_success() {
            return Ok(rejected(&self.body));
        }
        let again = match self.status {
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                let asked = self.headers.get(RETRY_AFTER).and_then(|asked| asked.to_str().ok());
                let asked = asked.and_then(|asked| retry_after(asked, unix_time()));
                asked.map_or(Again::Later, Again::After)
            }
            StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => Again::Later,
            _ => Again::Never,
        };
        Err(Why::Status(self.status).and(again))
    }

    fn of_grpc(&self) -> Result<Option<Rejected>, Untaken> {
        if !self.status.is_success() {
            return self.of_http();
        }
        let code = self.headers.get(GRPC_STATUS).and_then(|code| code.to_str().ok()?.parse().ok());
        let code: u64 = code.ok_or_else(|| Why::Codeless.and(Again::Never))?;
        let asked = || {
            let details = BASE64.decode(self.headers.get(GRPC_DETAILS)?.as_bytes()).ok()?;
            retry_delay(&details).filter(|delay| !delay.is_zero())
        };
        let again = match code {
            0 => return Ok(self.body.get(FRAME..).and_then(rejected)),
            // Resources are exhausted: it says so if that will pass.
            8 => asked().map_or(Again::Never, Again::After),
            // It is not available.
            14 => asked().map_or(Again::Later, Again::After),
            // Cancelled, too late, aborted, out of range, data lost.
            1 | 4 | 10 | 11 | 15 => Again::Later,
            _ => Again::Never,
        };
        Err(Why::Code(code).and(again))
    }
}

// === impl Why ===

impl Why {
    fn and(self, again: Again) -> Untaken {
        Untaken { why: self, again }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_gets_the_usual_path() {
        let cases = [
            ("http://a:4318", "http://a:4318/v1/traces"),
            ("http://a:4318/", "http://a:4318/v1/traces"),
            ("https://a/otlp/v1/traces", "https://a/otlp/v1/traces"),
        ];
        for (written, expected) in cases {
            assert_eq!(traces_url(&written.parse().unwrap()), expected);
        }
    }

    fn answer(status: u16, headers: &[(&'static str, &'static str)], body: &'static [u8]) -> Answer {
        let headers = headers.iter();
        let headers = headers
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        Answer { status: StatusCode::from_u16(status).unwrap(), headers, body: Bytes::from_static(body) }
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let after = |seconds| Again::After(Duration::from_secs(seconds));
        let http: [(u16, &[_], Again); 7] = [
            (400, &[], Again::Never),
            (401, &[("retry-after", "1")], Again::Never),
            (429, &[], Again::Later),
            (429, &[("retry-after", "7")], after(7)),
            (502, &[("retry-after", "7")], Again::Later),
            (503, &[("retry-after", "7")], after(7)),
            (500, &[], Again::Never),
        ];
        for (status, headers, expected) in http {
            let failed = answer(status, headers, b"").of_http().unwrap_err();
            assert_eq!(failed.again, expected, "{status}");
        }
        // A status of `google.rpc` with a delay of two seconds.
        let details = "GjAKKHR5cGUuZ29vZ2xlYXBpcy5jb20vZ29vZ2xlLnJwYy5SZXRyeUluZm8SBAoCCAI";
        let grpc: [(u16, &[_], Again); 8] = [
            (200, &[], Again::Never),
            (200, &[("grpc-status", "16")], Again::Never),
            (200, &[("grpc-status", "8")], Again::Never),
            (200, &[("grpc-status", "8"), ("grpc-status-details-bin", details)], after(2)),
            (200, &[("grpc-status", "14")], Again::Later),
            (200, &[("grpc-status", "14"), ("grpc-status-details-bin", details)], after(2)),
            (200, &[("grpc-status", "13"), ("grpc-status-details-bin", details)], Again::Never),
            (503, &[("grpc-status", "13")], Again::Later),
        ];
        for (status, headers, expected) in grpc {
            let failed = answer(status, headers, b"").of_grpc().unwrap_err();
            assert_eq!(failed.again, expected, "{status} {headers:?}");
        }
    }

    #[test]
    fn what_was_not_taken_of_what_was_is_told() {
        // Field 1: one span (1), and why (2).
        let partial = b"\x0a\x07\x08\x01\x12\x03old";
        let expected = Some(Rejected { spans: 1, reason: "old".to_owned() });
        assert_eq!(answer(200, &[], partial).of_http().unwrap(), expected);
        let framed = b"\x00\x00\x00\x00\x09\x0a\x07\x08\x01\x12\x03old";
        assert_eq!(answer(200, &[("grpc-status", "0")], framed).of_grpc().unwrap(), expected);
        assert_eq!(answer(200, &[("grpc-status", "0")], b"").of_grpc().unwrap(), None);
    }
}
