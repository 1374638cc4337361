//! Which exchanges are told as traces, to whom and with what. How, is not said here.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

/// What `tracing` means.
#[derive(Debug, Clone, Default)]
pub struct Tracing {
    /// Who takes the traces, where that is written.
    pub collector: Option<Collector>,
    /// Who takes them too.
    pub exporters: Vec<Collector>,
    /// How many of the traces that begin here are told, in millionths, where that is written.
    pub share: Option<u32>,
    /// What is told of each.
    pub detail: Detail,
}

/// Who takes traces.
#[derive(Debug, Clone)]
pub struct Collector {
    /// Its address.
    pub endpoint: Arc<str>,
    /// How it is spoken to.
    pub protocol: Protocol,
    /// Further headers of requests to it.
    pub headers: Vec<(Arc<str>, SecretString)>,
    /// Whether it is told what was said.
    pub content: Content,
}

/// What of the texts of an exchange is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Content {
    /// Nothing.
    #[default]
    Untold,
    /// What was asked and answered, as it was once guardrails had masked it.
    Told,
}

/// How a collector is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Protocol {
    /// OTLP over gRPC.
    #[default]
    Grpc,
    /// OTLP over HTTP, in protobuf.
    Http,
}

/// What is told of each exchange beside the usual.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Detail {
    /// Whether the gateway's own phases are told.
    pub phases: bool,
    /// Request headers whose names begin so are told.
    pub header_prefixes: Vec<Box<str>>,
    /// The request header that tells users apart.
    pub user_header: Option<Box<str>>,
    /// What is told of all exchanges.
    pub fixed: Vec<(Box<str>, Box<str>)>,
}

/// What the process's environment says of traces.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// Who takes them, if the configuration does not say.
    pub collector: Option<Collector>,
    /// Further headers of requests to the collector, whoever names it; exporters are somebody else.
    pub headers: Vec<(Arc<str>, SecretString)>,
    /// How long a collector may take.
    pub patience: Option<Duration>,
    /// What is told of whoever sends.
    pub attributes: Vec<(Box<str>, Box<str>)>,
}

/// Traces that are sent.
#[derive(Debug, Clone)]
pub struct Sent {
    /// To whom.
    pub collectors: Vec<Collector>,
    /// How many of those that begin here, in millionths.
    pub share: u32,
    /// What is told of each.
    pub detail: Detail,
    /// How long a collector may take.
    pub patience: Duration,
    /// What is told of whoever sends.
    pub attributes: Vec<(Box<str>, Box<str>)>,
}

/// All of them.
const ALL: u32 = 1_000_000;
/// Where Plano sends its traces.
const USUAL: &str = "http://localhost:4317";
/// How long a collector may take, by OpenTelemetry's own default.
const PATIENCE: Duration = Duration::from_secs(10);

// === impl Tracing ===

impl Tracing {
    /// What is sent, if anything is: where a collector is written or known from the environment, all traces are, unless a share
    /// is written; with only a share written, a collector is expected where one usually is.
    pub fn sent(&self, environment: Environment) -> Option<Sent> {
        let Environment { collector, headers, patience, attributes } = environment;
        let mut collector = self.collector.clone().or(collector);
        let (expected, share) = (self.share.is_some_and(|share| share > 0), self.share.unwrap_or(ALL));
        if collector.is_none() && self.exporters.is_empty() && expected {
            collector = Some(Collector::at(USUAL.into(), Protocol::default()));
        }
        let collector = collector.map(|collector| collector.with(headers));
        let collectors: Vec<_> = collector.into_iter().chain(self.exporters.iter().cloned()).collect();
        let (detail, patience) = (self.detail.clone(), patience.unwrap_or(PATIENCE));
        (!collectors.is_empty()).then_some(Sent { collectors, share, detail, patience, attributes })
    }
}

// === impl Collector ===

impl Collector {
    /// One that nothing is known of but where it is and how it is spoken to.
    pub fn at(endpoint: Arc<str>, protocol: Protocol) -> Self {
        Self { endpoint, protocol, headers: Vec::new(), content: Content::Untold }
    }

    /// The same with these headers, which take the place of others of their names.
    fn with(mut self, headers: Vec<(Arc<str>, SecretString)>) -> Self {
        let given = |name: &str| headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name));
        self.headers.retain(|(name, _)| !given(name));
        self.headers.extend(headers);
        self
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn at(endpoint: &str) -> Collector {
        Collector::at(endpoint.into(), Protocol::Http)
    }

    fn sent(collector: Option<&str>, share: Option<u32>, usual: Option<&str>) -> Option<(String, u32)> {
        let tracing = Tracing { collector: collector.map(at), share, ..Tracing::default() };
        let environment = Environment { collector: usual.map(at), ..Environment::default() };
        let sent = tracing.sent(environment)?;
        Some((sent.collectors.first()?.endpoint.to_string(), sent.share))
    }

    #[test]
    fn exporters_take_traces_beside_a_collector_or_alone() {
        let exporters = vec![at("http://e")];
        for (collector, expected) in
            [(None, vec!["http://e"]), (Some("http://a"), vec!["http://a", "http://e"])]
        {
            let tracing =
                Tracing { collector: collector.map(at), exporters: exporters.clone(), ..Tracing::default() };
            let sent = tracing.sent(Environment::default()).unwrap();
            let told: Vec<_> = sent.collectors.iter().map(|collector| &*collector.endpoint).collect();
            assert_eq!((told, sent.share), (expected, ALL));
        }
    }

    #[test]
    fn headers_of_the_environment_go_to_the_collector_alone() {
        let secret = |text: &str| SecretString::from(text.to_owned());
        let written = vec![("X-Token".into(), secret("written")), ("a".into(), secret("b"))];
        let collector = Some(Collector { headers: written, ..at("http://a") });
        let tracing = Tracing { collector, exporters: vec![at("http://e")], ..Tracing::default() };
        let headers = vec![("x-token".into(), secret("given"))];
        let sent = tracing.sent(Environment { headers, ..Environment::default() }).unwrap();
        let told = sent.collectors.iter().map(|collector| {
            let headers = collector.headers.iter();
            headers.map(|(name, value)| format!("{name}={}", value.expose_secret())).collect::<Vec<_>>()
        });
        assert_eq!(told.collect::<Vec<_>>(), [vec!["a=b".to_owned(), "x-token=given".to_owned()], vec![]]);
        assert_eq!(sent.patience, PATIENCE);
    }

    #[test]
    fn traces_are_sent_where_somebody_takes_them() {
        let told = |endpoint: &str, share| Some((endpoint.to_owned(), share));
        let cases = [
            (None, None, None, None),
            (None, Some(0), None, None),
            (None, Some(500_000), None, told(USUAL, 500_000)),
            (Some("http://a"), None, None, told("http://a", ALL)),
            (Some("http://a"), Some(0), None, told("http://a", 0)),
            (Some("http://a"), Some(10), Some("http://b"), told("http://a", 10)),
            (None, None, Some("http://b"), told("http://b", ALL)),
            (None, Some(10), Some("http://b"), told("http://b", 10)),
        ];
        for (collector, share, usual, expected) in cases {
            assert_eq!(sent(collector, share, usual), expected, "{collector:?} {share:?} {usual:?}");
        }
    }
}
