//! A real server on loopback, with the embedded archive and words only (no model), and what calls need.

use std::path::Path;
use std::sync::Arc;

use eia_screen::access::Guard;
use eia_screen::assembly::AssemblyError;
use eia_screen::embed::Embedder;
use eia_screen::index::CaseIndex;
use eia_screen::ingest::isolated::Isolation;
use eia_screen::rpc::server::listen;
use eia_screen::rpc::v1;
use eia_screen::screen::run::Screener;
use eia_screen::settings::{IsolationMode, Settings};
use tokio_stream::StreamExt;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use v1::precedent_service_client::PrecedentServiceClient;
use v1::rule_service_client::RuleServiceClient;
use v1::screening_service_client::ScreeningServiceClient;

pub const REPORT: &str = "1. Introduction\n\nThe company plans a gravel quarry of 12 hectares near the river.\n\n\
2. Alternatives\n\nThree sites and the no-action alternative were compared. The chosen site needs the \
shortest road and takes no irrigated land; the other two lie closer to dwellings.\n\n\
3. Monitoring programme\n\nDust is measured every month at the nearest house by the laboratory of the \
operator; results are reported to the district inspector every quarter.\n";

pub struct Service {
    pub channel: Channel,
    stop: CancellationToken,
    running: tokio::task::JoinHandle<()>,
    folder: Option<tempfile::TempDir>,
}

/// Builds a screener whose files are read by the program itself, since this test is not it.
pub fn screener(
    settings: &Settings,
    embedder: Option<Arc<dyn Embedder>>,
    index: Option<Arc<dyn CaseIndex>>,
) -> Result<Screener, AssemblyError> {
    let mut screener = eia_screen::assembly::screener(settings, embedder, index)?;
    screener.reader.isolation = Some(Isolation::by(env!("CARGO_BIN_EXE_eia-screen").into()));
    Ok(screener)
}

/// Starts a server that becomes ready once `gate` is cancelled.
pub async fn start_gated(gate: CancellationToken) -> Service {
    let folder = tempfile::tempdir().unwrap();
    let service = start_with(settings(folder.path()), gate).await;
    Service { folder: Some(folder), ..service }
}

/// Settings for an archive in a folder, without a model.
pub fn settings(folder: &Path) -> Settings {
    let mut settings =
        Settings { data_dir: folder.join("archive"), model: "none".to_owned(), ..Settings::default() };
    settings.server.listen = "127.0.0.1:0".parse().unwrap();
    // The reader's process is the program itself, and this is a test.
    settings.limits.isolation = IsolationMode::Off;
    settings
}

/// Starts a server with these settings that becomes ready once `gate` is cancelled.
pub async fn start_with(settings: Settings, gate: CancellationToken) -> Service {
    let listening = listen(&settings, Guard::open_to_all()).await.unwrap();
    let url = format!("http://{}", listening.address);
    let stop = CancellationToken::new();
    let stopping = stop.clone();
    let running = tokio::spawn(async move {
        let prepare = async move {
            gate.cancelled().await;
            let index = eia_screen::assembly::archive(&settings, None).await.map_err(|e| e.to_string())?;
            let screener = crate::service::screener(&settings, None, Some(index));
            Ok(Arc::new(screener.map_err(|e| e.to_string())?))
        };
        listening.serve(prepare, stopping).await.unwrap();
    });
    let channel = Channel::from_shared(url).unwrap().connect().await.unwrap();
    Service { channel, stop, running, folder: None }
}

pub async fn start() -> Service {
    let folder = tempfile::tempdir().unwrap();
    let service = start_ready(settings(folder.path())).await;
    Service { folder: Some(folder), ..service }
}

/// Starts a server with these settings and waits until it is ready.
pub async fn start_ready(settings: Settings) -> Service {
    let open = CancellationToken::new();
    open.cancel();
    let service = start_with(settings, open).await;
    let mut rules = RuleServiceClient::new(service.channel.clone());
    // Ready means that calls are answered; loading the rules takes a moment.
    for _ in 0..2_400 {
        match rules.list_requirement_sets(v1::ListRequirementSetsRequest::default()).await {
            Err(status) if status.code() == Code::Unavailable => {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
            other => {
                other.unwrap();
                return service;
            }
        }
    }
    panic!("the server did not become ready");
}

impl Service {
    pub async fn stop(self) {
        drop(self.channel);
        self.stop.cancel();
        self.running.await.unwrap();
        drop(self.folder);
    }
}

pub fn options(packs: &[&str]) -> v1::ScreeningOptions {
    v1::ScreeningOptions {
        document_name: "inbox/quarry.txt".to_owned(),
        case_name: "cases/UZ-2026-17".to_owned(),
        packs: packs.iter().map(ToString::to_string).collect(),
        submission_date: "2026-10-01".to_owned(),
        ..Default::default()
    }
}

pub fn upload(options: v1::ScreeningOptions, bytes: &[u8]) -> Vec<v1::ScreenDocumentRequest> {
    use v1::screen_document_request::Part;
    let message = |part| v1::ScreenDocumentRequest { part: Some(part), ..Default::default() };
    let chunks = bytes.chunks(100).map(|chunk| message(Part::Chunk(chunk.to_vec())));
    std::iter::once(message(Part::Options(options))).chain(chunks).collect()
}

pub async fn screen(
    service: &Service,
    options: v1::ScreeningOptions,
    bytes: &[u8],
) -> Result<(usize, v1::Screening), Status> {
    let mut client = ScreeningServiceClient::new(service.channel.clone());
    let messages = tokio_stream::iter(upload(options, bytes));
    let mut events = client.screen_document(messages).await?.into_inner();
    let mut progress = 0;
    while let Some(event) = events.next().await {
        match event?.event {
            Some(v1::screen_document_response::Event::Progress(_)) => progress += 1,
            Some(v1::screen_document_response::Event::Screening(screening)) => {
                return Ok((progress, screening));
            }
            None => {}
        }
    }
    Err(Status::internal("the stream ended without a screening"))
}

pub fn reason(status: &Status) -> String {
    status.get_details_error_info().expect("every status has ErrorInfo").reason
}

pub async fn import(service: &Service, name: &str, title: &str, text: &str) -> v1::ImportCaseResponse {
    use v1::import_case_request::Part;
    let case = v1::Case { name: name.to_owned(), title: title.to_owned(), ..Default::default() };
    let file = v1::ImportedFile { name: "report.txt".to_owned() };
    let parts = [Part::Case(case), Part::File(file), Part::Chunk(text.as_bytes().to_vec())];
    let message = |part| v1::ImportCaseRequest { part: Some(part), ..Default::default() };
    let messages: Vec<_> = parts.into_iter().map(message).collect();
    let mut client = PrecedentServiceClient::new(service.channel.clone());
    client.import_case(tokio_stream::iter(messages)).await.unwrap().into_inner()
}
