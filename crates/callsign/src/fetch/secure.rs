//! TLS towards an admin listener: the system's authorities and one's own, and what this side shows.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls_platform_verifier::Verifier;

/// Files in PEM.
#[derive(Debug, Clone, Default)]
pub(crate) struct Files {
    /// Authorities that are trusted beside the system's.
    pub(crate) ca: Option<PathBuf>,
    /// A certificate and its key, for a listener that wants one.
    pub(crate) identity: Option<(PathBuf, PathBuf)>,
}

/// An encrypted stream to `host`.
pub(super) fn encrypted(
    stream: TcpStream,
    host: &str,
    config: Arc<ClientConfig>,
) -> io::Result<impl Read + Write + use<>> {
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    let session = ClientConnection::new(config, name).map_err(io::Error::other)?;
    Ok(StreamOwned::new(session, stream))
}

// === impl Files ===

impl Files {
    /// What handshakes are made with.
    pub(super) fn config(&self) -> io::Result<Arc<ClientConfig>> {
        let provider = Arc::new(default_provider());
        let extra = self.ca.as_deref().map(certificates).transpose()?.unwrap_or_default();
        let verifier =
            Verifier::new_with_extra_roots(extra, Arc::clone(&provider)).map_err(io::Error::other)?;
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let config = match &self.identity {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => builder
                .with_client_auth_cert(certificates(certificate)?, private_key(key)?)
                .map_err(|error| unusable(certificate, error))?,
        };
        Ok(Arc::new(config))
    }
}

fn certificates(path: &Path) -> io::Result<Vec<CertificateDer<'static>>> {
    let found: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(path).map_err(|error| unusable(path, error))?.collect();
    let found = found.map_err(|error| unusable(path, error))?;
    if found.is_empty() {
        return Err(unusable(path, "it holds no PEM certificate"));
    }
    Ok(found)
}

fn private_key(path: &Path) -> io::Result<PrivateKeyDer<'static>> {
    // What a key file holds is not repeated, whatever it is.
    PrivateKeyDer::from_pem_file(path).map_err(|_| unusable(path, "no PEM private key can be read from it"))
}

fn unusable(path: &Path, why: impl std::fmt::Display) -> io::Error {
    io::Error::other(format!("`{}` is of no use: {why}", path.display()))
}
