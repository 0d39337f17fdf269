//! TLS 1.2 and 1.3, with certificate files that can be read again while running.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::config::TlsFiles;

/// The certificate in force; clones share an exchange.
#[derive(Clone)]
pub struct Tls {
    current: Arc<ArcSwap<Certificate>>,
}

/// A certificate and its key, read and found to fit together.
pub struct Certificate {
    chain: Vec<CertificateDer<'static>>,
    config: Arc<ServerConfig>,
}

/// Why the files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// Not readable, or not PEM.
    #[error("{}: {cause}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// The cause.
        cause: rustls::pki_types::pem::Error,
    },
    /// No certificate in the file.
    #[error("{} holds no certificate", .0.display())]
    Empty(PathBuf),
    /// The two do not fit together.
    #[error("the certificate and the key do not fit together: {0}")]
    Unusable(#[from] rustls::Error),
}

impl Tls {
    /// Reads both files.
    pub fn load(files: &TlsFiles) -> Result<Tls, TlsError> {
        Ok(Tls { current: Arc::new(ArcSwap::from_pointee(Certificate::read(files)?)) })
    }

    /// Is this another certificate than the one in force?
    pub fn differs(&self, other: &Certificate) -> bool {
        self.current.load().chain != other.chain
    }

    /// From the next connection on, this certificate.
    pub fn exchange(&self, certificate: Certificate) {
        self.current.store(Arc::new(certificate));
    }

    pub(super) async fn accept<S>(&self, stream: S) -> std::io::Result<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        TlsAcceptor::from(self.current.load().config.clone()).accept(stream).await
    }
}

impl Certificate {
    /// Reads both files.
    pub fn read(files: &TlsFiles) -> Result<Certificate, TlsError> {
        let (chain, config) = read(&files.certificate, &files.key)?;
        Ok(Certificate { chain, config: Arc::new(config) })
    }
}

fn read(certificate: &Path, key: &Path) -> Result<(Vec<CertificateDer<'static>>, ServerConfig), TlsError> {
    let wrong = |path: &Path| {
        let path = path.to_owned();
        move |cause| TlsError::File { path, cause }
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .map_err(wrong(certificate))?
        .collect::<Result<Vec<_>, _>>()
        .map_err(wrong(certificate))?;
    if chain.is_empty() {
        return Err(TlsError::Empty(certificate.to_owned()));
    }
    let key = PrivateKeyDer::from_pem_file(key).map_err(wrong(key))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain.clone(), key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok((chain, config))
}
