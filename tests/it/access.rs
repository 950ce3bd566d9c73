//! Who gets in, and what of it: real servers on loopback, with and without TLS, in every mode of access.

mod changes;
mod full_disk;
mod recognition;
mod secrets;
mod stop;
mod tenants;
pub mod transport;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use eia_screen::access::principal::Tenants;
use eia_screen::access::settings::AccessMode;
use eia_screen::access::{Guard, Role, tokens};
use eia_screen::rpc::server::listen;
use eia_screen::rpc::v1;
use eia_screen::settings::{IsolationMode, Settings};
use secrecy::ExposeSecret;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;
use v1::rule_service_client::RuleServiceClient;

/// A running server with files of its own.
pub struct Server {
    pub url: String,
    pub folder: tempfile::TempDir,
    pub stop: CancellationToken,
    pub running: tokio::task::JoinHandle<()>,
}

/// Starts a server with settings that may name files in its folder.
pub async fn serve(change: impl FnOnce(&mut Settings, &Path)) -> Server {
    let folder = tempfile::tempdir().unwrap();
    let mut settings =
        Settings { data_dir: folder.path().join("archive"), model: "none".to_owned(), ..Settings::default() };
    settings.server.listen = "127.0.0.1:0".parse().unwrap();
    // The reader's process is the program itself, and this is a test.
    settings.limits.isolation = IsolationMode::Off;
    change(&mut settings, folder.path());
    assert_eq!(settings.problems(), Vec::<String>::new());
    let guard = Guard::open(&settings).unwrap();
    let listening = listen(&settings, guard).await.unwrap();
    let scheme = if settings.server.tls.is_on() { "https" } else { "http" };
    let url = format!("{scheme}://localhost:{}", listening.address.port());
    let stop = CancellationToken::new();
    let stopping = stop.clone();
    let running = tokio::spawn(async move {
        let prepare = async move {
            let index = eia_screen::assembly::archive(&settings, None).await.map_err(|e| e.to_string())?;
            let screener = crate::service::screener(&settings, None, Some(index));
            Ok(Arc::new(screener.map_err(|e| e.to_string())?))
        };
        listening.serve(prepare, stopping).await.unwrap();
    });
    Server { url, folder, stop, running }
}

impl Server {
    pub async fn plain(&self) -> Channel {
        Channel::from_shared(self.url.clone()).unwrap().connect().await.unwrap()
    }

    pub async fn end(self) -> tempfile::TempDir {
        self.stop.cancel();
        self.running.await.unwrap();
        self.folder
    }
}

/// Puts tokens into the folder and returns them: (name, role, tenants) → token.
pub fn tokens_for(folder: &Path, wanted: &[(&str, &[Role], &[&str])]) -> Vec<String> {
    let mut lines = String::new();
    let made = wanted.iter().map(|(name, roles, tenants)| {
        let tenants = Tenants::parse(tenants.iter().copied()).unwrap();
        let (token, line) = tokens::make(name, roles, &tenants, None).unwrap();
        lines.push_str(&line);
        lines.push('\n');
        token.expose_secret().to_owned()
    });
    let made = made.collect();
    std::fs::write(folder.join("tokens"), lines).unwrap();
    made
}

pub fn with_tokens(settings: &mut Settings, folder: &Path) {
    settings.access.modes = vec![AccessMode::Tokens];
    settings.access.tokens_file = folder.join("tokens");
    settings.audit.file = folder.join("audit.jsonl");
}

/// A request that shows a token.
pub fn shown<T>(message: T, token: &str) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    request
}

fn for_tenant<T>(message: T, token: &str, tenant: &str) -> Request<T> {
    let mut request = shown(message, token);
    request.metadata_mut().insert("eia-tenant", tenant.parse().unwrap());
    request
}

fn reason(status: &Status) -> String {
    status.get_details_error_info().expect("every status has ErrorInfo").reason
}

pub async fn ready(channel: &Channel, token: &str) {
    let mut rules = RuleServiceClient::new(channel.clone());
    for _ in 0..2_400 {
        let asked =
            rules.list_requirement_sets(shown(v1::ListRequirementSetsRequest::default(), token)).await;
        match asked {
            Err(status) if status.code() == Code::Unavailable => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            other => {
                other.unwrap();
                return;
            }
        }
    }
    panic!("the server did not become ready");
}

fn case_parts(name: &str, title: &str, text: &str) -> Vec<v1::ImportCaseRequest> {
    use v1::import_case_request::Part;
    let case = v1::Case { name: name.to_owned(), title: title.to_owned(), ..Default::default() };
    let file = v1::ImportedFile { name: "report.txt".to_owned() };
    let parts = [Part::Case(case), Part::File(file), Part::Chunk(text.as_bytes().to_vec())];
    parts.into_iter().map(|part| v1::ImportCaseRequest { part: Some(part), ..Default::default() }).collect()
}

fn sections() -> v1::ScreenSectionsRequest {
    v1::ScreenSectionsRequest {
        options: Some(v1::ScreeningOptions {
            document_name: "quarry.txt".to_owned(),
            packs: vec!["uz-234-draft".to_owned()],
            submission_date: "2026-10-01".to_owned(),
            ..Default::default()
        }),
        sections: vec![v1::GivenSection {
            number: "1".to_owned(),
            title: "Alternatives".to_owned(),
            text: "Three sites for the gravel quarry near the river were compared.".to_owned(),
            level: 1,
            ..Default::default()
        }],
        ..Default::default()
    }
}
