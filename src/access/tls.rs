//! Transport security: certificate, key and authorities, read again when their files change.
//!
//! rustls with ring is the one provider of cryptography. New connections get what the files hold now;
//! connections that stand keep what they were made with. Without both a certificate and its key that
//! fit each other, what was there before stays in use.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::{RootCertStore, ServerConfig};

use super::certificates::ends_at;
use super::settings::TlsSettings;
use super::watched::{LOOK, UnusableFile, Watched};

/// The TLS side of a port.
pub struct Tls {
    served: Watched<Served>,
}

/// What connections are made with.
struct Served {
    config: Arc<ServerConfig>,
    /// When the first certificate of the chain ends, in seconds since 1970; `None` if it does not say.
    certificate_end: Option<i64>,
}

impl Tls {
    /// Reads the files; `protocols` is what is offered by ALPN, e.g. `h2`.
    pub fn open(settings: &TlsSettings, protocols: &[&str]) -> Result<Option<Self>, UnusableFile> {
        Self::open_looking_every(LOOK, settings, protocols)
    }

    fn open_looking_every(
        look: Duration,
        settings: &TlsSettings,
        protocols: &[&str],
    ) -> Result<Option<Self>, UnusableFile> {
        if !settings.is_on() {
            return Ok(None);
        }
        let mut files = vec![settings.cert.clone(), settings.key.clone()];
        files.extend(Some(settings.client_ca.clone()).filter(|file| !file.as_os_str().is_empty()));
        let settings = settings.clone();
        let protocols: Vec<Vec<u8>> = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        let served = Watched::open_looking_every(look, files, move || load(&settings, &protocols))?;
        Ok(Some(Self { served }))
    }

    /// Returns what a new connection is made with.
    pub fn acceptor(&self) -> tokio_rustls::TlsAcceptor {
        tokio_rustls::TlsAcceptor::from(Arc::clone(&self.served.current().config))
    }

    /// Returns when the certificate that a new connection is made with ends, in seconds since 1970. Files that
    /// cannot be used do not count: what was there before is served.
    pub fn certificate_end(&self) -> Option<i64> {
        self.served.current().certificate_end
    }
}

fn load(settings: &TlsSettings, protocols: &[Vec<u8>]) -> Result<Served, UnusableFile> {
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
    let certificate_end = certified.cert.first().and_then(|first| ends_at(first).ok());
    let resolver = rustls::sign::SingleCertAndKey::from(certified);
    let mut config = builder.with_cert_resolver(Arc::new(resolver));
    config.alpn_protocols = protocols.to_vec();
    if !settings.client_ca.as_os_str().is_empty() {
        // A session that is resumed goes on with the certificate it began with, and nobody asks whether that one
        // is still in date.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
    }
    Ok(Served { config: Arc::new(config), certificate_end })
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

#[cfg(test)]
pub(crate) mod tests {
    use rustls::{ClientConfig, HandshakeKind, SupportedProtocolVersion};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const DAY: u64 = 86_400;

    /// A certificate with its key, in PEM form.
    pub(crate) struct Pair {
        pub(crate) cert: String,
        pub(crate) key: String,
        pub(crate) end: i64,
    }

    impl Pair {
        pub(crate) fn of_days(days: u64) -> Self {
            let key = rcgen::KeyPair::generate().unwrap();
            let mut parameters = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
            parameters.not_after = (std::time::SystemTime::now() + Duration::from_secs(days * DAY)).into();
            let cert = parameters.self_signed(&key).unwrap();
            let end = ends_at(cert.der()).unwrap();
            Self { cert: cert.pem(), key: key.serialize_pem(), end }
        }

        /// Writes both and returns the settings that name them.
        pub(crate) fn settings(&self, folder: &Path) -> TlsSettings {
            let (cert, key) = (folder.join("cert.pem"), folder.join("key.pem"));
            put(&cert, &self.cert);
            put(&key, &self.key);
            TlsSettings { cert, key, ..TlsSettings::default() }
        }
    }

    /// Renames a new file over the old one, as operators are told to; it never looks like the old one.
    pub(crate) fn put(file: &Path, text: &str) {
        let fresh = file.with_extension("new");
        std::fs::write(&fresh, text).unwrap();
        std::fs::rename(&fresh, file).unwrap();
    }

    #[test]
    fn the_end_is_that_of_the_certificate_in_use() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (Pair::of_days(10), Pair::of_days(90));
        assert_ne!(old.end, new.end);
        let settings = old.settings(folder.path());
        let tls = Tls::open_looking_every(Duration::ZERO, &settings, &["h2"]).unwrap().unwrap();
        assert_eq!(tls.certificate_end(), Some(old.end));
        put(&settings.cert, &new.cert);
        assert_eq!(tls.certificate_end(), Some(old.end), "it does not fit the key: the old one is served");
        put(&settings.key, &new.key);
        assert_eq!(tls.certificate_end(), Some(new.end));
        std::fs::remove_file(&settings.cert).unwrap();
        assert_eq!(tls.certificate_end(), Some(new.end));
    }

    /// A client that knows the certificate of the server, shows the same one, and remembers its sessions.
    fn client(settings: &TlsSettings, version: &'static SupportedProtocolVersion) -> ClientConfig {
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_protocol_versions(&[version]).unwrap();
        let builder = builder.with_root_certificates(authorities(&settings.cert).unwrap());
        let key = PrivateKeyDer::from_pem_file(&settings.key).unwrap();
        builder.with_client_auth_cert(certificates(&settings.cert).unwrap(), key).unwrap()
    }

    /// Connects and lets the server say something, so that the client has heard of the session.
    async fn handshake(tls: &Tls, connector: &tokio_rustls::TlsConnector) -> Option<HandshakeKind> {
        let (near, far) = tokio::io::duplex(1 << 16);
        let name = rustls::pki_types::ServerName::try_from("localhost").unwrap();
        let acceptor = tls.acceptor();
        let (server, client) = tokio::join!(acceptor.accept(far), connector.connect(name, near));
        let (mut server, mut client) = (server.unwrap(), client.unwrap());
        server.write_all(b"x").await.unwrap();
        server.flush().await.unwrap();
        assert_eq!(client.read_u8().await.unwrap(), b'x');
        server.get_ref().1.handshake_kind()
    }

    #[tokio::test]
    async fn whoever_has_to_show_a_certificate_shows_it_at_every_connection() {
        let folder = tempfile::tempdir().unwrap();
        let plain = Pair::of_days(10).settings(folder.path());
        let asking = TlsSettings { client_ca: plain.cert.clone(), ..plain.clone() };
        for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
            for (settings, again) in [(&plain, HandshakeKind::Resumed), (&asking, HandshakeKind::Full)] {
                let tls = Tls::open(settings, &["h2"]).unwrap().unwrap();
                let mut config = client(settings, version);
                config.alpn_protocols = vec![b"h2".to_vec()];
                let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
                assert_eq!(handshake(&tls, &connector).await, Some(HandshakeKind::Full));
                assert_eq!(handshake(&tls, &connector).await, Some(again), "{version:?}");
            }
        }
    }
}
