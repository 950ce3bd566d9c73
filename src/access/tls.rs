//! Transport security: certificate, key and authorities, read again when their files change.
//!
//! rustls with ring is the one provider of cryptography. New connections get what the files hold now;
//! connections that stand keep what they were made with. Without both a certificate and its key that
//! fit each other, what was there before stays in use.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::sign::CertifiedKey;
use rustls::{RootCertStore, ServerConfig};

use super::settings::TlsSettings;
use super::watched::{UnusableFile, Watched};

/// The TLS side of a port.
pub struct Tls {
    config: Watched<ServerConfig>,
}

impl Tls {
    /// Reads the files; `protocols` is what is offered by ALPN, e.g. `h2`.
    pub fn open(settings: &TlsSettings, protocols: &[&str]) -> Result<Option<Self>, UnusableFile> {
        if !settings.is_on() {
            return Ok(None);
        }
        let mut files = vec![settings.cert.clone(), settings.key.clone()];
        files.extend(Some(settings.client_ca.clone()).filter(|file| !file.as_os_str().is_empty()));
        let settings = settings.clone();
        let protocols: Vec<Vec<u8>> = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        let config = Watched::open(files, move || server_config(&settings, &protocols))?;
        Ok(Some(Self { config }))
    }

    /// Returns what a new connection is made with.
    pub fn acceptor(&self) -> tokio_rustls::TlsAcceptor {
        tokio_rustls::TlsAcceptor::from(self.config.current())
    }
}

fn server_config(settings: &TlsSettings, protocols: &[Vec<u8>]) -> Result<ServerConfig, UnusableFile> {
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| UnusableFile::new(&settings.cert, error))?;
    let builder = if settings.client_ca.as_os_str().is_empty() {
        builder.with_no_client_auth()
    } else {
        let roots = Arc::new(authorities(&settings.client_ca)?);
        let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider);
        let verifier = if settings.client_optional { verifier.allow_unauthenticated() } else { verifier };
        let verifier = verifier.build().map_err(|error| UnusableFile::new(&settings.client_ca, error))?;
        builder.with_client_cert_verifier(verifier)
    };
    let certified = certified_key(&settings.cert, &settings.key)?;
    let resolver = rustls::sign::SingleCertAndKey::from(certified);
    let mut config = builder.with_cert_resolver(Arc::new(resolver));
    config.alpn_protocols = protocols.to_vec();
    Ok(config)
}

/// Reads a certificate chain and its key, and makes sure that they fit each other.
pub fn certified_key(cert: &Path, key: &Path) -> Result<CertifiedKey, UnusableFile> {
    let chain = certificates(cert)?;
    let pem = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| UnusableFile::new(key, format!("not a private key in PEM form ({error})")))?;
    let unfit =
        |error| UnusableFile::new(key, format!("does not fit the certificate {} ({error})", cert.display()));
    CertifiedKey::from_der(chain, pem, &ring::default_provider()).map_err(unfit)
}

/// Reads certificates.
pub fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, UnusableFile> {
    let unusable = |what: String| UnusableFile::new(file, what);
    let read = CertificateDer::pem_file_iter(file).map_err(|error| unusable(error.to_string()))?;
    let chain: Vec<_> = read.collect::<Result<_, _>>().map_err(|error| unusable(error.to_string()))?;
    if chain.is_empty() { Err(unusable("holds no certificate in PEM form".to_owned())) } else { Ok(chain) }
}

fn authorities(file: &Path) -> Result<RootCertStore, UnusableFile> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(file)? {
        roots.add(certificate).map_err(|error| UnusableFile::new(file, error))?;
    }
    Ok(roots)
}
