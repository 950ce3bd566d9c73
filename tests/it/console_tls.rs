//! The console over TLS, with the settings of the server: its certificate, client certificates, and both read again.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use eia_screen::access::Guard;
use eia_screen::access::settings::AccessMode;
use eia_screen::console::server::listen;
use eia_screen::rpc::state::State;
use eia_screen::settings::Settings;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::access::transport::Authority;

/// Certificate and key in PEM form.
type Identity = (String, String);

struct Port {
    address: SocketAddr,
    servers: Authority,
    clients: Authority,
    folder: tempfile::TempDir,
    _stop: DropGuard,
}

async fn open(set: impl FnOnce(&mut Settings)) -> Port {
    let folder = tempfile::tempdir().unwrap();
    let (servers, clients) = (Authority::new(), Authority::new());
    let mut settings = crate::service::settings(folder.path());
    (settings.server.tls.cert, settings.server.tls.key) = servers.write(folder.path(), "server");
    settings.server.tls.client_ca = folder.path().join("clients.pem");
    std::fs::write(&settings.server.tls.client_ca, &clients.pem).unwrap();
    let subjects = "[[principal]]\ncertificate = \"CN=reviewer-7\"\nname = \"reviewer-7\"\nroles = [\"reviewer\"]\n\
                    [[principal]]\ncertificate = \"CN=reviewer-12\"\nname = \"reviewer-12\"\nroles = [\"reviewer\"]\n";
    settings.access.modes = vec![AccessMode::Mtls];
    settings.access.subjects_file = folder.path().join("subjects.toml");
    std::fs::write(&settings.access.subjects_file, subjects).unwrap();
    set(&mut settings);
    let index = eia_screen::assembly::archive(&settings, None).await.unwrap();
    let state = State::of(&settings);
    state.ready(Arc::new(crate::service::screener(&settings, None, Some(index)).unwrap()));
    let guard = Guard::open(&settings).unwrap();
    let listening = listen(&settings, guard, state, "127.0.0.1:0".parse().unwrap()).await.unwrap();
    assert!(listening.url().starts_with("https://"));
    let (address, stop) = (listening.address, CancellationToken::new());
    tokio::spawn(listening.serve(stop.clone()));
    Port { address, servers, clients, folder, _stop: stop.drop_guard() }
}

impl Port {
    async fn connect(
        &self,
        identity: Option<Identity>,
    ) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.servers.pem.as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config =
            ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_root_certificates(roots);
        let config = match identity {
            None => config.with_no_client_auth(),
            Some((cert, key)) => {
                let chain = vec![CertificateDer::from_pem_slice(cert.as_bytes()).unwrap()];
                let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
                config.with_client_auth_cert(chain, key).unwrap()
            }
        };
        let stream = TcpStream::connect(self.address).await?;
        let name = ServerName::try_from("localhost").unwrap();
        tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }

    /// Sends a request and returns the whole answer; an error where there is no connection.
    async fn ask(&self, identity: Option<Identity>, head: &str, body: &str) -> std::io::Result<String> {
        let mut stream = self.connect(identity).await?;
        let request = format!(
            "{head}\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    /// Signs in by certificate and returns the cookie.
    async fn sign_in(&self, name: &str) -> String {
        let identity = Some(self.clients.issue(name));
        let answer = self.ask(identity, "POST /sign-in HTTP/1.1", "by=certificate").await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
        let at = answer.find("set-cookie: ").expect("a cookie is set") + "set-cookie: ".len();
        let cookie = answer[at..].lines().next().unwrap();
        for attribute in ["; HttpOnly", "; SameSite=Strict", "; Secure", "; Path=/"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        cookie.split(';').next().unwrap().to_owned()
    }

    async fn queue(&self, identity: Option<Identity>, cookie: &str) -> String {
        let head = format!("GET / HTTP/1.1\r\nCookie: {cookie}; eia_language=en");
        self.ask(identity, &head, "").await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn client_certificates_sign_reviewers_in() {
    let port = open(|settings| settings.audit.file = settings.data_dir.with_file_name("audit.jsonl")).await;
    let as_reviewer = || Some(port.clients.issue("reviewer-7"));
    let page = port.ask(as_reviewer(), "GET /sign-in HTTP/1.1\r\nCookie: eia_language=en", "").await.unwrap();
    assert!(page.contains("reviewer-7") && !page.contains("type=\"password\""), "{page}");
    let cookie = port.sign_in("reviewer-7").await;
    let queue = port.queue(as_reviewer(), &cookie).await;
    assert!(queue.starts_with("HTTP/1.1 200") && queue.contains("reviewer-7"), "{queue}");

    // The session goes with its certificate: another person's, or one nobody is known by, does not go on with it.
    let other = port.queue(Some(port.clients.issue("reviewer-12")), &cookie).await;
    assert!(other.starts_with("HTTP/1.1 303"), "{other}");
    let stranger = Some(port.clients.issue("stranger"));
    let answer =
        port.ask(stranger, "POST /sign-in HTTP/1.1\r\nCookie: eia_language=en", "by=certificate").await;
    let answer = answer.unwrap();
    assert!(
        answer.contains("The certificate was not accepted") && !answer.contains("set-cookie"),
        "{answer}"
    );

    // The audit log has the address of everybody who was let in or refused.
    let log = port.folder.path().join("audit.jsonl");
    let line = |text: &str, what: &str, outcome: &str| {
        let lines = text.lines().filter(|line| line.contains(&format!("\"what\":\"{what}\"")));
        lines.filter(|line| line.contains(&format!("\"outcome\":\"{outcome}\""))).map(str::to_owned).next()
    };
    for (what, outcome) in [
        ("console POST /sign-in", "OK"),
        ("console GET /", "OK"),
        ("console GET /", "UNAUTHENTICATED"),
        ("console POST /sign-in", "UNAUTHENTICATED"),
    ] {
        let mut found = None;
        for _ in 0..1_200 {
            found = line(&std::fs::read_to_string(&log).unwrap(), what, outcome);
            if found.is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let found = found.unwrap_or_else(|| panic!("{what} {outcome} is not in the log"));
        assert!(found.contains("\"peer\":\"127.0.0.1:"), "{found}");
    }

    // As at the gRPC port: no certificate, or one of another authority, is no connection.
    assert!(port.ask(None, "GET /sign-in HTTP/1.1", "").await.is_err());
    assert!(port.ask(Some(port.servers.issue("reviewer-7")), "GET /sign-in HTTP/1.1", "").await.is_err());

    // Who is taken out of the file is out, session or not.
    std::fs::write(port.folder.path().join("subjects.toml"), "").unwrap();
    for _ in 0..1_200 {
        if port.queue(as_reviewer(), &cookie).await.starts_with("HTTP/1.1 303") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the session outlives the entry of its certificate");
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_optional_where_the_server_says_so() {
    let port = open(|settings| settings.server.tls.client_optional = true).await;
    let page = port.ask(None, "GET /sign-in HTTP/1.1\r\nCookie: eia_language=en", "").await.unwrap();
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("Sign in with a client certificate"), "{page}");
    let answer = port.ask(None, "POST /sign-in HTTP/1.1", "by=certificate").await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && !answer.contains("set-cookie"), "{answer}");
    let cookie = port.sign_in("reviewer-7").await;
    let without = port.queue(None, &cookie).await;
    assert!(without.starts_with("HTTP/1.1 303"), "the cookie alone is no proof: {without}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_certificate_of_the_server_is_used_at_once() {
    let port = open(|settings| settings.server.tls.client_optional = true).await;
    let shown = async || {
        let stream = port.connect(None).await.unwrap();
        stream.get_ref().1.peer_certificates().unwrap()[0].to_vec()
    };
    let before = shown().await;
    port.servers.write(port.folder.path(), "renewed");
    for _ in 0..1_200 {
        if shown().await != before {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the certificate is not read again");
}
