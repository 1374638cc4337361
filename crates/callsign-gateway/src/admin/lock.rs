//! TLS of the operator's listener: its certificate, and the authorities of those who may ask. The files are read anew with
//! the configuration; what is wrong with them changes nothing.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use aws_lc_rs::digest::{Context, SHA256};
use callsign_plan::catalog::Certificates;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::server::{VerifierBuilderError, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

/// What handshakes are made with.
#[derive(Debug)]
pub(crate) struct Lock {
    files: Certificates,
    held: ArcSwap<Held>,
}

/// The files as they were read last.
#[derive(Debug)]
struct Held {
    config: Arc<ServerConfig>,
    digest: Vec<u8>,
}

/// What the files hold.
struct Texts {
    chain: Vec<u8>,
    key: Vec<u8>,
    client_ca: Option<Vec<u8>>,
}

/// Why no handshake can be made with the files.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// A file cannot be read.
    #[error(
        "cannot read `{}` of `admin.tls.{key}`: {source}; write the file, or let the user that Callsign runs as read it",
        path.display()
    )]
    Read {
        /// The key that names it.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// A file holds something else.
    #[error("`{}` of `admin.tls.{key}` holds no {lacking}; write one in PEM", path.display())]
    Empty {
        /// The key that names it.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// What it should hold.
        lacking: &'static str,
    },
    /// The key is another certificate's.
    #[error(
        "the key in `{}` of `admin.tls.key` is not that of the certificate in `{}`; write the two that belong together",
        key.display(),
        chain.display()
    )]
    Mismatch {
        /// The file with the certificate.
        chain: PathBuf,
        /// The file with the key.
        key: PathBuf,
    },
    /// The certificate or the key is of a kind that is not known.
    #[error("cannot use the certificate and key of `admin.tls`: {0}")]
    Setup(#[from] rustls::Error),
    /// An authority's certificate is of no use.
    #[error("cannot use `{}` of `admin.tls.client_ca`: {why}", path.display())]
    Authority {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: VerifierBuilderError,
    },
}

// === impl Lock ===

impl Lock {
    /// Reads the files for the first time.
    pub(crate) fn open(files: &Certificates) -> Result<Self, LockError> {
        let texts = Texts::read(files)?;
        let held = Held { config: texts.config(files)?, digest: texts.digest() };
        Ok(Self { files: files.clone(), held: ArcSwap::from_pointee(held) })
    }

    /// Reads the files anew. Whether they hold something else now, which handshakes from now on are made with.
    pub(crate) fn renew(&self) -> Result<bool, LockError> {
        let texts = Texts::read(&self.files)?;
        let digest = texts.digest();
        if digest == self.held.load().digest {
            return Ok(false);
        }
        // Sessions of before are not gone on with, as the authority that vouched for them may be gone.
        self.held.store(Arc::new(Held { config: texts.config(&self.files)?, digest }));
        Ok(true)
    }

    /// What the next handshake is made with.
    pub(super) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.held.load().config)
    }

    /// The files.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let Certificates { chain, key, client_ca } = &self.files;
        [Some(chain), Some(key), client_ca.as_ref()].into_iter().flatten().cloned().collect()
    }
}

// === impl Texts ===

impl Texts {
    fn read(files: &Certificates) -> Result<Self, LockError> {
        let authority = files.client_ca.as_deref().map(|path| read("client_ca", path));
        Ok(Self {
            chain: read("cert", &files.chain)?,
            key: read("key", &files.key)?,
            client_ca: authority.transpose()?,
        })
    }

    fn digest(&self) -> Vec<u8> {
        let mut context = Context::new(&SHA256);
        for text in [Some(&self.chain), Some(&self.key), self.client_ca.as_ref()].into_iter().flatten() {
            context.update(&text.len().to_le_bytes());
            context.update(text);
        }
        context.finish().as_ref().to_vec()
    }

    fn config(&self, files: &Certificates) -> Result<Arc<ServerConfig>, LockError> {
        let chain = certificates("cert", &files.chain, &self.chain)?;
        let key = PrivateKeyDer::from_pem_slice(&self.key).map_err(|_| LockError::Empty {
            key: "key",
            path: files.key.clone(),
            lacking: "private key without a passphrase",
        })?;
        let provider = Arc::new(default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()?;
        let builder = match files.client_ca.as_deref().zip(self.client_ca.as_deref()) {
            // A probe shows nothing: what it may ask without, the door decides.
            Some((path, text)) => builder.with_client_cert_verifier(
                WebPkiClientVerifier::builder_with_provider(authorities(path, text)?, provider)
                    .allow_unauthenticated()
                    .build()
                    .map_err(|why| LockError::Authority { path: path.to_owned(), why })?,
            ),
            None => builder.with_no_client_auth(),
        };
        let mut config = builder.with_single_cert(chain, key).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => {
                LockError::Mismatch { chain: files.chain.clone(), key: files.key.clone() }
            }
            error => LockError::Setup(error),
        })?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

fn read(key: &'static str, path: &Path) -> Result<Vec<u8>, LockError> {
    fs::read(path).map_err(|source| LockError::Read { key, path: path.to_owned(), source })
}

fn certificates(
    key: &'static str,
    path: &Path,
    pem: &[u8],
) -> Result<Vec<CertificateDer<'static>>, LockError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    found.ok().filter(|found| !found.is_empty()).ok_or_else(|| LockError::Empty {
        key,
        path: path.to_owned(),
        lacking: "certificate",
    })
}

fn authorities(path: &Path, pem: &[u8]) -> Result<Arc<RootCertStore>, LockError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates("client_ca", path, pem)? {
        roots.add(certificate)?;
    }
    Ok(Arc::new(roots))
}
