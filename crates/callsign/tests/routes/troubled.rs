//! A gateway in front of every fault at once: an alias for each, a target for each, and one upstream that does as the
//! table says.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use callsign_testkit::gateway::Gateway;
use callsign_testkit::ledger::Received;
use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinSet;

use super::fault_table::{FAULTS, Fault, Limits, Place};
use super::scene::Config;
use super::speech::{Mode, Speech, WAYS};

/// One fault as one client meets it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    /// What goes wrong.
    pub(crate) fault: &'static Fault,
    /// How the client asks.
    pub(crate) way: (Speech, Mode),
    /// What stands behind the failing target.
    pub(crate) backing: Backing,
}

/// What stands behind the failing target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backing {
    /// Nothing.
    Alone,
    /// A fallback that is well.
    Backed,
}

/// The gateway, and all that its targets lead to.
pub(crate) struct Troubled {
    /// The gateway.
    pub(crate) gateway: Gateway,
    /// The upstream that does as the table says, and stands for the fallback too.
    pub(crate) scripted: Upstream,
    /// A port that is taken, but that nobody listens on.
    _closed: TcpSocket,
    _plain: JoinSet<()>,
}

/// The addresses of all places.
struct Places {
    scripted: String,
    closed: String,
    plain: String,
}

/// Every fault as every client meets it.
pub(crate) fn matrix(backing: Backing) -> Vec<Case> {
    let cases = |fault| WAYS.map(|way| Case { fault, way, backing });
    FAULTS.iter().flat_map(cases).collect()
}

// === impl Case ===

impl Case {
    /// The alias, which is the provider's name for the model too: each case has a target of its own, so that no case
    /// spoils the health of another's.
    pub(crate) fn alias(self) -> String {
        let Self { fault, way: (speech, mode), backing } = self;
        format!("{}.{speech:?}.{mode:?}.{backing:?}", fault.name)
    }

    /// The target.
    pub(crate) fn model(self) -> String {
        format!("{}/{}", self.way.0.provider(), self.alias())
    }

    /// The target behind it.
    pub(crate) fn good(self) -> String {
        format!("{}/good", self.way.0.provider())
    }

    fn configure(self, config: &mut Config, places: &Places) {
        let (model, good) = (self.model(), self.good());
        let timeouts = match self.fault.limits {
            Limits::Each(timeouts) => format!(", timeouts: {{{timeouts}}}"),
            Limits::Default | Limits::Latency(_) => String::new(),
        };
        config.entry(&model, places.url(self.fault.place), &timeouts);
        let target = match self.fault.limits {
            Limits::Latency(limit) => format!("targets: [{{model: {model}, timeout: {limit}}}]"),
            Limits::Default | Limits::Each(_) => format!("target: {model}"),
        };
        let fallbacks = match self.backing {
            Backing::Alone => String::new(),
            Backing::Backed => format!(", fallbacks: [{{target: {good}}}]"),
        };
        config.alias(&self.alias(), &(target + &fallbacks));
    }
}

// === impl Places ===

impl Places {
    fn url(&self, place: Place) -> &str {
        match place {
            Place::Scripted => &self.scripted,
            Place::Closed => &self.closed,
            Place::Plain => &self.plain,
            Place::Nowhere => "http://no-such-host.invalid",
        }
    }
}

// === impl Troubled ===

impl Troubled {
    /// A gateway in front of these.
    pub(crate) async fn with(cases: &[Case]) -> Arc<Self> {
        let scripted = Upstream::scripted(script(cases)).await;
        let (closed, plain) = (closed_port(), TcpListener::bind(LOCAL).await.expect("a free port"));
        let places = Places {
            scripted: scripted.url(),
            closed: format!("http://{}", closed.local_addr().expect("a bound socket")),
            plain: format!("https://{}", plain.local_addr().expect("a bound listener")),
        };
        let mut config = Config::default();
        for provider in ["openai", "anthropic"] {
            config.entry(&format!("{provider}/good"), &places.scripted, "");
        }
        for case in cases {
            case.configure(&mut config, &places);
        }
        let mut servers = JoinSet::new();
        servers.spawn(speak_plainly(plain));
        let gateway = config.start().await;
        Arc::new(Self { gateway, scripted, _closed: closed, _plain: servers })
    }
}

const LOCAL: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

fn closed_port() -> TcpSocket {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(LOCAL).expect("a free port");
    socket
}

async fn speak_plainly(listener: TcpListener) {
    while let Ok((mut stream, _)) = listener.accept().await {
        // A client that has gone already is no concern of this one.
        drop(stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await);
    }
}

fn script(cases: &[Case]) -> impl Fn(&Received) -> Reply + Send + Sync + 'static {
    let replies = cases.iter().filter_map(|case| Some((case.alias(), case.fault.reply(case.way)?)));
    let replies: HashMap<String, Reply> = replies.collect();
    move |request| {
        let body = request.json();
        let model = body["model"].as_str().expect("a model");
        let speech = if request.target == "/v1/messages" { Speech::Anthropic } else { Speech::OpenAi };
        let mode = if body["stream"] == true { Mode::Stream } else { Mode::Whole };
        replies.get(model).cloned().unwrap_or_else(|| {
            assert_eq!(model, "good", "a model that no case has");
            speech.says(mode, "good")
        })
    }
}
