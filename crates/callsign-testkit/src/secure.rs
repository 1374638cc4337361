//! Upstreams that speak TLS, HTTP/2 or both, and the private authority that vouches for them.

use std::convert::Infallible;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rcgen::{BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tempfile::NamedTempFile;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use tokio_rustls::client::TlsStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::deadline::soon;
use crate::ledger::{Ledger, Received};
use crate::reply::{Piece, Reply};
use crate::script_body::ScriptBody;
use crate::upstream::in_background;

/// What a TLS upstream offers in ALPN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// HTTP/2 and HTTP/1.1.
    Http2,
    /// HTTP/1.1 only.
    Http1,
}

/// A private certificate authority.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    file: NamedTempFile,
}

/// What a client of TLS trusts and shows.
#[derive(Clone)]
pub struct Trust(TlsConnector);

/// A TLS upstream whose framing hyper does; it ends when dropped.
#[derive(Debug)]
pub struct SecureUpstream {
    address: SocketAddr,
    ledger: Arc<Ledger>,
    task: AbortHandle,
}

// === impl Authority ===

impl std::fmt::Debug for Authority {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Authority").field("file", &self.file).finish_non_exhaustive()
    }
}

impl Authority {
    /// A new authority that nobody trusts yet.
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names to refuse");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key pair");
        let issuer = CertifiedIssuer::self_signed(params, key).expect("a root certificate");
        let mut file = NamedTempFile::new().expect("a temporary file");
        file.write_all(issuer.pem().as_bytes()).expect("the certificate fits on the disk");
        Self { issuer, file }
    }

    /// A PEM file with the authority's certificate; gone when the authority is dropped.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// A certificate for `localhost`, and its key.
    pub fn pem(&self) -> (String, String) {
        let (certificate, key) = self.certificate();
        (certificate.pem(), key.serialize_pem())
    }

    /// A client that trusts this authority, and shows the certificate with its key, if there is one.
    pub fn trust(&self, shown: Option<&(String, String)>) -> Trust {
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone()).expect("a root certificate");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("default versions")
            .with_root_certificates(roots);
        let config = match shown {
            None => config.with_no_client_auth(),
            Some((certificate, key)) => {
                let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).expect("PEM");
                let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("PEM");
                config.with_client_auth_cert(vec![certificate], key).expect("a key that fits")
            }
        };
        Trust(TlsConnector::from(Arc::new(config)))
    }

    fn certificate(&self) -> (Certificate, KeyPair) {
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let params = CertificateParams::new(names).expect("valid names");
        let key = KeyPair::generate().expect("a key pair");
        (params.signed_by(&key, &self.issuer).expect("a signed certificate"), key)
    }

    fn server(&self, offer: Offer) -> ServerConfig {
        let (certificate, key) = self.certificate();
        let secret = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("default versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], secret)
            .expect("a key that fits its certificate");
        config.alpn_protocols = match offer {
            Offer::Http2 => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
            Offer::Http1 => vec![b"http/1.1".to_vec()],
        };
        config
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

// === impl Trust ===

impl std::fmt::Debug for Trust {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Trust").finish_non_exhaustive()
    }
}

impl Trust {
    /// The stream after a handshake with `localhost`.
    pub(crate) async fn encrypt(&self, stream: TcpStream) -> TlsStream<TcpStream> {
        let name = ServerName::try_from("localhost").expect("a name");
        soon("the handshake", self.0.connect(name, stream)).await.expect("a handshake")
    }
}

// === impl SecureUpstream ===

impl Drop for SecureUpstream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl SecureUpstream {
    /// Answers every request with `reply`, with a certificate of `authority`'s.
    pub async fn always(authority: &Authority, offer: Offer, reply: Reply) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("a bound listener");
        let ledger = Ledger::new(Box::new(move |_| reply.clone()));
        let acceptor = TlsAcceptor::from(Arc::new(authority.server(offer)));
        let task = in_background(accept(listener, acceptor, Arc::clone(&ledger)));
        Self { address, ledger, task }
    }

    /// `https://localhost:PORT`.
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    /// Everything received so far.
    pub fn received(&self) -> Vec<Arc<Received>> {
        self.ledger.all()
    }

    /// How many connections were opened so far.
    pub fn connections(&self) -> usize {
        self.ledger.connection_count()
    }

    /// Request number `index` (from 0), waited for.
    pub async fn request(&self, index: usize) -> Arc<Received> {
        self.ledger.request(index).await
    }

    /// Waits, without a limit, until whoever sent request `index` has given it up.
    pub async fn gone(&self, index: usize) {
        self.ledger.gone(index).await;
    }
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, ledger: Arc<Ledger>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (acceptor, ledger) = (acceptor.clone(), Arc::clone(&ledger));
        connections.spawn(async move {
            let number = ledger.connected();
            // A client that does not trust us ends here; the test looks at what the client says.
            if let Ok(stream) = acceptor.accept(stream).await {
                serve(stream, number, ledger).await;
            }
        });
    }
}

async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    number: usize,
    ledger: Arc<Ledger>,
) {
    let service = service_fn(move |request| answer(request, number, Arc::clone(&ledger)));
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http2().max_concurrent_streams(1_000);
    // However the connection ends, the ledger knows what came on it.
    drop(builder.serve_connection(TokioIo::new(stream), service).await);
}

async fn answer(
    request: Request<Incoming>,
    connection: usize,
    ledger: Arc<Ledger>,
) -> Result<Response<ScriptBody>, Infallible> {
    let (parts, body) = request.into_parts();
    let headers = parts
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    let headers = headers.collect();
    let target = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let method = parts.method.to_string();
    let (received, reply) = ledger.receive(Received { index: 0, connection, method, target, headers, body });
    let mut guard = ScriptBody::new(Vec::new(), received.index, Arc::clone(&ledger));
    hold(&reply.before).await;
    guard.forget();
    Ok(response(reply, received.index, ledger))
}

async fn hold(pieces: &[Piece]) {
    for piece in pieces {
        match piece {
            Piece::Wait(gate) => gate.pass().await,
            Piece::Stall => std::future::pending().await,
            _ => {}
        }
    }
}

fn response(reply: Reply, request: usize, ledger: Arc<Ledger>) -> Response<ScriptBody> {
    let mut response = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        response = response.header(name, value);
    }
    response.body(ScriptBody::new(reply.body, request, ledger)).expect("a valid head")
}
