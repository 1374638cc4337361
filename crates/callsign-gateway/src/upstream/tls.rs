//! TLS towards providers: the system's roots, and those of `overrides.upstream_tls_ca_path`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use rustls_platform_verifier::Verifier;

/// The TLS settings of the process. The system's roots are read when the first origin wants them, since a
/// gateway in front of local servers needs none.
#[derive(Debug)]
pub(crate) struct Tls {
    extra: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
    config: OnceLock<ClientConfig>,
}

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The CA bundle cannot be read.
    #[error("cannot read `{}` of `overrides.upstream_tls_ca_path`: {source}", path.display())]
    Read {
        /// The bundle.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// The CA bundle holds no certificate.
    #[error("`{}` of `overrides.upstream_tls_ca_path` holds no PEM certificate", .0.display())]
    Empty(PathBuf),
    /// The roots or the protocol versions are not usable.
    #[error("cannot set up TLS: {0}")]
    Setup(#[from] rustls::Error),
}

// === impl Tls ===

impl Tls {
    /// Reads the CA bundle, if one is given.
    pub(crate) fn new(bundle: Option<&Path>) -> Result<Self, TlsError> {
        let extra = bundle.map(certificates).transpose()?.unwrap_or_default();
        let provider = Arc::new(aws_lc_rs::default_provider());
        Ok(Self { extra, provider, config: OnceLock::new() })
    }

    /// The settings for `https` origins.
    pub(crate) fn config(&self) -> Result<ClientConfig, TlsError> {
        if let Some(config) = self.config.get() {
            return Ok(config.clone());
        }
        let verifier =
            Verifier::new_with_extra_roots(self.extra.iter().cloned(), Arc::clone(&self.provider))?;
        let config = self.verified_by(Arc::new(verifier))?;
        Ok(self.config.get_or_init(|| config).clone())
    }

    fn verified_by(&self, verifier: Arc<dyn ServerCertVerifier>) -> Result<ClientConfig, TlsError> {
        let versions = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()?;
        Ok(versions.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
    }

    /// Settings for `http` origins, which never use them.
    pub(crate) fn unused(&self) -> Result<ClientConfig, TlsError> {
        let versions = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()?;
        Ok(versions.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let pem = fs::read(path).map_err(|source| TlsError::Read { path: path.to_owned(), source })?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&pem).filter_map(Result::ok).collect();
    if certificates.is_empty() {
        return Err(TlsError::Empty(path.to_owned()));
    }
    Ok(certificates)
}
