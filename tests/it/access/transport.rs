//! TLS: client certificates, and certificates that are replaced.

use std::path::{Path, PathBuf};
use std::time::Duration;

use eia_screen::access::settings::AccessMode;
use eia_screen::rpc::v1;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt;
use v1::rule_service_client::RuleServiceClient;

use super::{Server, serve};

/// An authority, and certificates that it issues.
pub struct Authority {
    issuer: rcgen::Issuer<'static, rcgen::KeyPair>,
    pub pem: String,
}

impl Authority {
    pub fn new() -> Self {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut parameters = rcgen::CertificateParams::new(Vec::new()).unwrap();
        parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let certificate = parameters.self_signed(&key).unwrap();
        Self { pem: certificate.pem(), issuer: rcgen::Issuer::new(parameters, key) }
    }

    /// Certificate and key for a name.
    pub fn issue(&self, name: &str) -> (String, String) {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut parameters = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        parameters.distinguished_name = rcgen::DistinguishedName::new();
        parameters.distinguished_name.push(rcgen::DnType::CommonName, name);
        (parameters.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }

    pub fn write(&self, folder: &Path, name: &str) -> (PathBuf, PathBuf) {
        let (cert, key) = self.issue(name);
        let paths = (folder.join("cert.pem"), folder.join("key.pem"));
        std::fs::write(&paths.0, cert).unwrap();
        std::fs::write(&paths.1, key).unwrap();
        paths
    }
}

fn endpoint(server: &Server, authority: &Authority, identity: Option<(String, String)>) -> Endpoint {
    let mut tls =
        ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&authority.pem)).domain_name("localhost");
    if let Some((cert, key)) = identity {
        tls = tls.identity(Identity::from_pem(cert, key));
    }
    Channel::from_shared(server.url.clone()).unwrap().tls_config(tls).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn client_certificates_prove_callers() {
    let (servers, clients) = (Authority::new(), Authority::new());
    let server = serve(|settings, folder| {
        (settings.server.tls.cert, settings.server.tls.key) = servers.write(folder, "server");
        settings.server.tls.client_ca = folder.join("clients.pem");
        std::fs::write(folder.join("clients.pem"), &clients.pem).unwrap();
        let subjects = "[[principal]]\ncertificate = \"CN=case-system\"\nname = \"case-system\"\nroles = [\"submitter\"]\n";
        std::fs::write(folder.join("subjects.toml"), subjects).unwrap();
        settings.access.modes = vec![AccessMode::Mtls];
        settings.access.subjects_file = folder.join("subjects.toml");
    })
    .await;
    let ask = async |identity| {
        let channel = endpoint(&server, &servers, identity).connect().await.map_err(|_| Code::Unknown)?;
        let mut rules = RuleServiceClient::new(channel);
        for _ in 0..2_400 {
            match rules.list_requirement_sets(v1::ListRequirementSetsRequest::default()).await {
                Err(status) if reason_or_empty(&status) == "STARTING" => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Err(status) => return Err(status.code()),
                Ok(_) => return Ok(()),
            }
        }
        panic!("the server did not become ready")
    };
    assert_eq!(ask(Some(clients.issue("case-system"))).await, Ok(()));
    assert_eq!(ask(Some(clients.issue("stranger"))).await, Err(Code::Unauthenticated));
    assert!(ask(None).await.is_err(), "no certificate, no connection");
    assert!(ask(Some(servers.issue("case-system"))).await.is_err(), "of another authority");
    server.end().await;
}

fn reason_or_empty(status: &Status) -> String {
    status.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_certificate_serves_new_connections_and_old_ones_go_on() {
    let (old, new) = (Authority::new(), Authority::new());
    let server = serve(|settings, folder| {
        (settings.server.tls.cert, settings.server.tls.key) = old.write(folder, "server");
    })
    .await;
    let standing = endpoint(&server, &old, None).connect().await.unwrap();
    assert!(endpoint(&server, &new, None).connect().await.is_err());
    new.write(server.folder.path(), "server");
    tokio::time::sleep(Duration::from_millis(600)).await;
    let fresh = endpoint(&server, &new, None).connect().await.unwrap();
    assert!(endpoint(&server, &old, None).connect().await.is_err());
    for channel in [&standing, &fresh] {
        HealthClient::new(channel.clone()).check(HealthCheckRequest::default()).await.unwrap();
    }
    // Half a change is no change: the certificate does not fit the key that is there.
    std::fs::write(server.folder.path().join("cert.pem"), old.issue("server").0).unwrap();
    tokio::time::sleep(Duration::from_millis(600)).await;
    endpoint(&server, &new, None).connect().await.unwrap();
    drop((standing, fresh));
    server.end().await;
}

/// As many sockets as there are places, of clients that say nothing, or begin and stop.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_says_nothing_gives_its_place_back() {
    let server = serve(|settings, _| {
        (settings.server.connections.most, settings.server.connections.handshake_s) = (2, 3);
    })
    .await;
    let address = server.url.replace("http://localhost", "127.0.0.1");
    let mut silent = TcpStream::connect(&address).await.unwrap();
    let mut halting = TcpStream::connect(&address).await.unwrap();
    halting.write_all(b"PRI * HTTP/2.0\r\n").await.unwrap();
    let mut health = HealthClient::new(server.plain().await);
    let asked = tokio::time::timeout(Duration::from_secs(20), health.check(HealthCheckRequest::default()));
    asked.await.expect("there is a place again").unwrap();
    for stream in [&mut silent, &mut halting] {
        // What the server says first, and then the end or a reset.
        let mut said = Vec::new();
        let ended = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut said));
        let _ = ended.await.expect("it is closed");
    }
    drop(health);
    server.end().await;
}
