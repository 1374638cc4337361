//! Who is let in by the operator's listener: whoever shows the token or a certificate, and on loopback only those who meant this machine.
//!
//! A page of somebody else's in the operator's browser reaches loopback too. It can make a name of its own lead there (DNS
//! rebinding), so the name that was asked for has to be known; and it can send forms, so what changes anything has to come from
//! this listener's own pages.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{Digest, SHA256, digest};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use callsign_plan::catalog::{Admin, Token};
use secrecy::{ExposeSecret, SecretString};

use super::refuse;
use super::secured::Peer;
use crate::gateway::StartError;
use crate::refusal::{Code, Refusal};

/// What a request has to show.
#[derive(Debug)]
pub(crate) struct Door {
    /// The token's digest: digests are of one length, whatever is shown.
    token: Option<Digest>,
    /// Authorities vouch for some clients, who need no token.
    certificates: bool,
    hosts: Vec<Arc<str>>,
    address: Option<SocketAddr>,
}

/// Told to anybody: whether it lives is no secret, and neither are the files of the dashboard, which asks for the token.
const OPEN: [&str; 4] = ["/healthz", "/readyz", "/", "/ui"];
/// The folder of the dashboard's files.
const PAGES: &str = "/ui/";

// === impl Door ===

impl Door {
    /// The door of a listener at this address; none is opened to the network without a token.
    pub(crate) fn new(admin: Option<&Admin>, bound: Option<SocketAddr>) -> Result<Self, StartError> {
        let (Some(admin), Some(address)) = (admin, bound) else {
            return Ok(Self { token: None, certificates: false, hosts: Vec::new(), address: None });
        };
        let certificates = admin.tls.as_ref().is_some_and(|tls| tls.client_ca.is_some());
        let door = Self { token: None, certificates, hosts: admin.hosts.clone(), address: Some(address) };
        match &admin.token {
            Some(Token::Missing { variable }) => Err(StartError::NoToken { variable: Arc::clone(variable) }),
            Some(Token::Is(token)) => Ok(door.with_token(token)),
            None if certificates || address.ip().to_canonical().is_loopback() => Ok(door),
            None => Err(StartError::OpenAdmin { address }),
        }
    }

    fn with_token(self, token: &SecretString) -> Self {
        Self { token: Some(digest(&SHA256, token.expose_secret().as_bytes())), ..self }
    }

    fn check(&self, peer: Peer, (method, path): (&Method, &str), headers: &HeaderMap) -> Result<(), Refusal> {
        if matches!(path, "/healthz" | "/readyz") {
            return Ok(());
        }
        self.check_host(headers)?;
        if !matches!(*method, Method::GET | Method::HEAD) {
            self.check_origin(headers)?;
        }
        if OPEN.contains(&path) || path.starts_with(PAGES) { Ok(()) } else { self.check_shown(peer, headers) }
    }

    /// Elsewhere than on loopback the token is asked for, which no page of somebody else's knows.
    fn check_host(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        if !self.address.is_some_and(|address| address.ip().to_canonical().is_loopback()) {
            return Ok(());
        }
        let host = host(headers);
        if host.as_ref().is_some_and(|host| self.knows(host.host())) {
            return Ok(());
        }
        let message = "the admin listener is not reached by this `Host`; ask `localhost`, or write the name under `admin.hosts`";
        Err(Refusal::new(Code::Forbidden, message))
    }

    fn knows(&self, host: &str) -> bool {
        let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
        let loopback = host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback());
        loopback || host == "localhost" || self.hosts.iter().any(|known| **known == *host)
    }

    /// Browsers say where a request that may change something comes from; programs do not.
    fn check_origin(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
        let origin = origin.to_str().ok().and_then(|origin| {
            origin
                .strip_prefix("http://")
                .or_else(|| origin.strip_prefix("https://"))?
                .parse::<Authority>()
                .ok()
        });
        let asked = host(headers);
        let same = origin.as_ref().zip(asked.as_ref()).is_some_and(|(origin, host)| {
            origin.as_str().eq_ignore_ascii_case(host.as_str())
                || self.hosts.iter().any(|known| known.eq_ignore_ascii_case(origin.host()))
        });
        if same {
            return Ok(());
        }
        let message = "a page of another origin may not ask this of the admin listener; ask from its own, or without `Origin`";
        Err(Refusal::new(Code::Forbidden, message))
    }

    /// Either will do where both are asked for.
    fn check_shown(&self, peer: Peer, headers: &HeaderMap) -> Result<(), Refusal> {
        match &self.token {
            _ if peer == Peer::Certified => Ok(()),
            Some(token) => check_token(token, headers),
            None if self.certificates => {
                let message = "the admin listener wants a certificate; show one of the authority of `admin.tls.client_ca`";
                Err(Refusal::new(Code::Unauthorized, message))
            }
            None => Ok(()),
        }
    }
}

fn check_token(token: &Digest, headers: &HeaderMap) -> Result<(), Refusal> {
    let shown = headers.get(header::AUTHORIZATION).and_then(bearer).map(|shown| digest(&SHA256, shown));
    let equal = |shown: Digest| verify_slices_are_equal(shown.as_ref(), token.as_ref()).is_ok();
    if shown.is_some_and(equal) {
        return Ok(());
    }
    let message =
        "the admin listener wants its token; send `Authorization: Bearer …` with the one of `admin.token`";
    Err(Refusal::new(Code::Unauthorized, message))
}

/// The name that was asked for; two of them are none.
fn host(headers: &HeaderMap) -> Option<Authority> {
    let mut all = headers.get_all(header::HOST).iter();
    let first = all.next().filter(|_| all.next().is_none())?;
    first.to_str().ok()?.parse().ok()
}

/// What stands behind `Bearer`.
fn bearer(value: &HeaderValue) -> Option<&[u8]> {
    let (scheme, rest) = value.as_bytes().split_at_checked("Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then(|| rest.trim_ascii())
}

/// Lets a request in, or refuses it.
pub(super) async fn enter(
    State(door): State<Arc<Door>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
    next: Next,
) -> Response {
    match door.check(peer, (request.method(), request.uri().path()), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => {
            let mut response = refuse(&refusal);
            if refusal.code() == Code::Unauthorized && door.token.is_some() {
                response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            response.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(written: &[(&str, &str)]) -> HeaderMap {
        let one = |(name, value): &(&str, &str)| {
            (name.parse::<header::HeaderName>().unwrap(), value.parse().unwrap())
        };
        let mut headers = HeaderMap::new();
        for (name, value) in written.iter().map(one) {
            headers.append(name, value);
        }
        headers
    }

    fn told(door: &Door, method: &Method, path: &str, written: &[(&str, &str)]) -> &'static str {
        door.check(Peer::Anybody, (method, path), &headers(written))
            .map_or_else(|refusal| refusal.code().name(), |()| "in")
    }

    fn at(address: &str, hosts: Vec<Arc<str>>) -> Door {
        Door { token: None, certificates: false, hosts, address: Some(address.parse().unwrap()) }
    }

    fn loopback() -> Door {
        at("127.0.0.1:12001", vec!["gateway.test".into()])
    }

    fn guarded(address: &str) -> Door {
        at(address, Vec::new()).with_token(&SecretString::from("the token"))
    }

    #[test]
    fn names_that_are_not_known_are_refused_on_loopback() {
        for (host, expected) in [
            ("127.0.0.1:12001", "in"),
            ("localhost", "in"),
            ("LOCALHOST:1", "in"),
            ("[::1]:12001", "in"),
            ("127.8.9.1", "in"),
            ("gateway.test", "in"),
            ("Gateway.Test:80", "in"),
            ("rebound.example:12001", "forbidden"),
            ("localhost.example", "forbidden"),
            ("127.0.0.1.example", "forbidden"),
            ("10.0.0.1", "forbidden"),
            ("a b", "forbidden"),
        ] {
            assert_eq!(
                told(&loopback(), &Method::GET, "/api/v1/config", &[("host", host)]),
                expected,
                "{host}"
            );
        }
        assert_eq!(told(&loopback(), &Method::GET, "/api/v1/config", &[]), "forbidden");
        let twice = [("host", "localhost"), ("host", "rebound.example")];
        assert_eq!(told(&loopback(), &Method::GET, "/api/v1/config", &twice), "forbidden");
        assert_eq!(told(&loopback(), &Method::GET, "/healthz", &[("host", "10.0.0.1")]), "in");
    }

    #[test]
    fn pages_of_other_origins_may_not_post() {
        for (origin, expected) in [
            ("http://localhost:12001", "in"),
            ("https://gateway.test", "in"),
            ("http://localhost:12002", "forbidden"),
            ("http://evil.example", "forbidden"),
            ("null", "forbidden"),
            ("file://", "forbidden"),
        ] {
            let written = [("host", "localhost:12001"), ("origin", origin)];
            assert_eq!(told(&loopback(), &Method::POST, "/api/v1/drain", &written), expected, "{origin}");
            assert_eq!(told(&loopback(), &Method::GET, "/api/v1/config", &written), "in", "{origin}");
        }
        assert_eq!(told(&loopback(), &Method::POST, "/api/v1/drain", &[("host", "localhost")]), "in");
    }

    #[test]
    fn token_is_asked_for_wherever_one_is_set() {
        for (shown, expected) in [
            ("Bearer the token", "in"),
            ("bearer the token", "in"),
            ("Bearer the toke", "unauthorized"),
            ("Bearer the token2", "unauthorized"),
            ("Bearer ", "unauthorized"),
            ("Basic the token", "unauthorized"),
            ("the token", "unauthorized"),
        ] {
            let written = [("host", "localhost"), ("authorization", shown)];
            for door in [guarded("0.0.0.0:1"), guarded("127.0.0.1:1")] {
                assert_eq!(told(&door, &Method::GET, "/api/v1/config", &written), expected, "{shown}");
            }
        }
        let door = guarded("0.0.0.0:1");
        for (path, expected) in [
            ("/healthz", "in"),
            ("/readyz", "in"),
            ("/", "in"),
            ("/ui/app.js", "in"),
            ("/uix", "unauthorized"),
            ("/metrics", "unauthorized"),
            ("/healthz/", "unauthorized"),
            ("//healthz", "unauthorized"),
        ] {
            assert_eq!(told(&door, &Method::GET, path, &[("host", "10.0.0.1")]), expected, "{path}");
        }
    }
}
