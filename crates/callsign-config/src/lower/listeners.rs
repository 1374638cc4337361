//! `listeners` in both of Plano's forms, and `admin`.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use callsign_plan::catalog::{Admin, Certificates, Limits, Listener, Token};
use secrecy::SecretString;

use crate::diagnostic::{Code, Findings, Span};
use crate::lower::address::is_header_value;
use crate::lower::scalars::{duration, text, whole};
use crate::quantity;
use crate::tree::{Entry, Meaning, Node, Value};

const PORT: u16 = 12_000;
const ADMIN_PORT: u16 = 12_001;
const TIMEOUT: Duration = Duration::from_mins(5);
const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// The listeners that serve models; one on 127.0.0.1:12000 if none is written.
pub(crate) fn lower(document: &Node, findings: &mut Findings<'_>) -> Vec<Listener> {
    let written = document.get("listeners");
    let legacy = written.and_then(|node| node.get("egress_traffic"));
    let mut listeners: Vec<_> = legacy.map(|node| listener(node, findings)).into_iter().collect();
    let mut taken = Taken::default();
    for item in written.map_or(&[][..], Node::items) {
        if is_model(item, findings) {
            taken.check(item, findings);
            listeners.push(listener(item, findings));
        }
    }
    if listeners.is_empty() {
        listeners.push(Listener {
            name: "model".into(),
            address: LOCALHOST,
            port: PORT,
            timeout: TIMEOUT,
            limits: Limits::default(),
        });
    }
    listeners
}

/// The operator's listener: 127.0.0.1:12001 unless `admin:` says otherwise, or switches it off.
pub(crate) fn lower_admin(
    document: &Node,
    listeners: &[Listener],
    findings: &mut Findings<'_>,
) -> Option<Admin> {
    let entry = document.entry("admin").filter(|entry| !matches!(entry.value.value, Value::Null));
    let Some(Entry { at, value: node, .. }) = entry else {
        return default_admin(document, listeners, findings);
    };
    let closed = node.get("enabled").and_then(Node::text) == Some("false");
    if closed || matches!(node.value, Value::Broken) {
        return None;
    }
    let port = whole(node, "port").unwrap_or(ADMIN_PORT);
    let hosts = node.get("hosts").map_or(&[][..], Node::items).iter().filter_map(Node::text);
    let hosts = hosts.map(|name| name.to_ascii_lowercase().into()).collect();
    let token = token(node, findings);
    let tls = node.get("tls").filter(|node| !matches!(node.value, Value::Null)).map(certificates);
    let admin = Admin { address: address(node, findings), port, default: false, token, hosts, tls };
    check_closed(&admin, node, findings);
    if is_taken(&admin, listeners) {
        findings
            .report(Code::DuplicateListener, *at, "`admin` and a listener have one address and port")
            .label("taken")
            .help("give one of them another port");
    }
    Some(admin)
}

/// The files of a listener that speaks TLS. One that nobody named cannot be read, so that it never speaks plainly instead.
fn certificates(node: &Node) -> Certificates {
    let file = |key| node.get(key).and_then(Node::text).map(PathBuf::from);
    Certificates {
        chain: file("cert").unwrap_or_default(),
        key: file("key").unwrap_or_default(),
        client_ca: file("client_ca"),
    }
}

/// What whoever asks has to show.
fn token(node: &Node, findings: &mut Findings<'_>) -> Option<Token> {
    let node = node.get("token")?;
    if let Meaning::Missing(variable) = &node.scalar()?.meaning {
        return Some(Token::Missing { variable: Arc::clone(variable) });
    }
    let token = node.text()?.trim();
    if token.is_empty() || !is_header_value(token) {
        findings
            .report(
                Code::BadKey,
                node.span,
                "the token is empty, or holds a line break or another control character",
            )
            .label("cannot be sent in a header")
            .help("write `token: $NAME` and set `NAME` to the token alone");
    }
    Some(Token::Is(SecretString::from(token)))
}

/// Who can reach the operator's listener can read and change much: nobody but this machine may without showing something.
fn check_closed(admin: &Admin, node: &Node, findings: &mut Findings<'_>) {
    let certified = admin.tls.as_ref().is_some_and(|tls| tls.client_ca.is_some());
    if admin.address.to_canonical().is_loopback() || certified || node.entry("token").is_some() {
        return;
    }
    let at = node.get("address").map_or(node.span, |node| node.span);
    findings
        .report(Code::OpenAdmin, at, "the admin listener would be open to the network")
        .label("not loopback")
        .help(
            "write `token: $CALLSIGN_ADMIN_TOKEN` beside it and set that variable, or `tls.client_ca`, or `address: 127.0.0.1`",
        );
}

/// The listener that nobody wrote, which makes room for those that somebody wrote.
fn default_admin(document: &Node, listeners: &[Listener], findings: &mut Findings<'_>) -> Option<Admin> {
    let (token, hosts, tls) = (None, Vec::new(), None);
    let admin = Admin { address: LOCALHOST, port: ADMIN_PORT, default: true, token, hosts, tls };
    if !is_taken(&admin, listeners) {
        return Some(admin);
    }
    let at = document.entry("listeners").map_or(document.span, |entry| entry.at);
    findings
        .report(Code::AdminClosed, at, "the admin listener stays closed: its usual port is a listener's")
        .label("one of these has 127.0.0.1:12001")
        .help("write `admin: {port: …}` to open it elsewhere, or `admin: {enabled: false}`");
    None
}

fn is_taken(admin: &Admin, listeners: &[Listener]) -> bool {
    let same = |listener: &Listener| listener.port == admin.port && overlaps(listener.address, admin.address);
    admin.port != 0 && listeners.iter().any(same)
}

fn is_model(node: &Node, findings: &mut Findings<'_>) -> bool {
    let Some(kind) = node.get("type") else { return matches!(node.value, Value::Map(_)) };
    let is_model = kind.text() == Some("model");
    if let Some(other) = kind.written().filter(|_| !is_model) {
        let message = format!("Callsign does not open listeners of type `{other}`");
        findings
            .report(Code::Ignored, kind.span, message)
            .label("has no effect")
            .help("only `type: model` is served");
    }
    is_model
}

fn listener(node: &Node, findings: &mut Findings<'_>) -> Listener {
    let unlimited = Limits::default();
    let limits = node.get("limits").map_or(unlimited, |node| Limits {
        body: node.get("body").and_then(|node| quantity::size(node.text()?).ok()).unwrap_or(unlimited.body),
        head_time: duration(node, "head_time").unwrap_or(unlimited.head_time),
        body_time: duration(node, "body_time").unwrap_or(unlimited.body_time),
        connections: whole(node, "connections").unwrap_or(unlimited.connections),
        in_flight: whole(node, "in_flight").unwrap_or(unlimited.in_flight),
    });
    Listener {
        name: text(node, "name").unwrap_or_else(|| "model".into()),
        address: address(node, findings),
        port: whole(node, "port").unwrap_or(PORT),
        timeout: duration(node, "timeout").unwrap_or(TIMEOUT),
        limits,
    }
}

fn address(node: &Node, findings: &mut Findings<'_>) -> IpAddr {
    let Some((written, node)) = node.get("address").and_then(|node| Some((node.text()?, node))) else {
        return LOCALHOST;
    };
    if written == "localhost" {
        return LOCALHOST;
    }
    written.trim_matches(['[', ']']).parse().unwrap_or_else(|_| {
        let message = format!("`{}` is not an IP address", node.written().unwrap_or_default());
        findings
            .report(Code::BadAddress, node.span, message)
            .label("not an IP address")
            .help("write `127.0.0.1` for this machine alone, or `0.0.0.0` for every interface");
        LOCALHOST
    })
}

/// The addresses and names that earlier listeners have.
#[derive(Default)]
struct Taken {
    addresses: Vec<(IpAddr, u16, Span)>,
    names: HashMap<Arc<str>, Span>,
}

impl Taken {
    fn check(&mut self, node: &Node, findings: &mut Findings<'_>) {
        let port = whole(node, "port").unwrap_or(PORT);
        let at = node.get("port").map_or(node.span, |node| node.span);
        // A wrong address is reported where the listener is read.
        let address = node.get("address").and_then(|node| node.text()?.parse().ok()).unwrap_or(LOCALHOST);
        let same = |(other, number, _): &&(IpAddr, u16, Span)| *number == port && overlaps(*other, address);
        if let Some((_, _, first)) = self.addresses.iter().filter(|_| port != 0).find(same) {
            findings
                .report(Code::DuplicateListener, at, "two listeners share one address and port")
                .label("taken")
                .also(*first, "first here")
                .help("give one of them another port");
        }
        self.addresses.push((address, port, at));
        self.check_name(node, findings);
    }

    fn check_name(&mut self, node: &Node, findings: &mut Findings<'_>) {
        let Some((name, node)) = node.get("name").and_then(|node| Some((node.text()?, node))) else { return };
        if let Some(first) = self.names.insert(name.into(), node.span) {
            findings
                .report(Code::DuplicateName, node.span, "two listeners have one name")
                .label("again here")
                .also(first, "first here")
                .help("logs tell listeners apart by their names");
        }
    }
}

/// Whether two addresses cannot be listened to at one port.
fn overlaps(one: IpAddr, other: IpAddr) -> bool {
    one == other || (one.is_ipv4() == other.is_ipv4() && (one.is_unspecified() || other.is_unspecified()))
}
