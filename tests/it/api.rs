//! The gRPC services in a real server on loopback, with the embedded archive and words only (no model).

use std::sync::Arc;

use eia_screen::access::Guard;
use eia_screen::rpc::server::listen;
use eia_screen::rpc::v1;
use eia_screen::settings::Settings;
use tokio_stream::StreamExt;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use v1::precedent_service_client::PrecedentServiceClient;
use v1::review_service_client::ReviewServiceClient;
use v1::rule_service_client::RuleServiceClient;
use v1::screening_service_client::ScreeningServiceClient;

const REPORT: &str = "1. Introduction\n\nThe company plans a gravel quarry of 12 hectares near the river.\n\n\
2. Alternatives\n\nThree sites and the no-action alternative were compared. The chosen site needs the \
shortest road and takes no irrigated land; the other two lie closer to dwellings.\n\n\
3. Monitoring programme\n\nDust is measured every month at the nearest house by the laboratory of the \
operator; results are reported to the district inspector every quarter.\n";

struct Service {
    channel: Channel,
    stop: CancellationToken,
    running: tokio::task::JoinHandle<()>,
    _folder: tempfile::TempDir,
}

/// Starts a server that becomes ready once `gate` is cancelled.
async fn start_gated(gate: CancellationToken) -> Service {
    let folder = tempfile::tempdir().unwrap();
    let mut settings =
        Settings { data_dir: folder.path().join("archive"), model: "none".to_owned(), ..Settings::default() };
    settings.server.listen = "127.0.0.1:0".parse().unwrap();
    let listening = listen(&settings, Guard::open_to_all()).await.unwrap();
    let url = format!("http://{}", listening.address);
    let stop = CancellationToken::new();
    let stopping = stop.clone();
    let running = tokio::spawn(async move {
        let prepare = async move {
            gate.cancelled().await;
            let index = eia_screen::assembly::archive(&settings, None).await.map_err(|e| e.to_string())?;
            let screener = eia_screen::assembly::screener(&settings, None, Some(index));
            Ok(Arc::new(screener.map_err(|e| e.to_string())?))
        };
        listening.serve(prepare, stopping).await.unwrap();
    });
    let channel = Channel::from_shared(url).unwrap().connect().await.unwrap();
    Service { channel, stop, running, _folder: folder }
}

async fn start() -> Service {
    let open = CancellationToken::new();
    open.cancel();
    let service = start_gated(open).await;
    let mut rules = RuleServiceClient::new(service.channel.clone());
    // Ready means that calls are answered; loading the rules takes a moment.
    for _ in 0..600 {
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
    async fn stop(self) {
        drop(self.channel);
        self.stop.cancel();
        self.running.await.unwrap();
    }
}

fn options(packs: &[&str]) -> v1::ScreeningOptions {
    v1::ScreeningOptions {
        document_name: "inbox/quarry.txt".to_owned(),
        case_name: "cases/UZ-2026-17".to_owned(),
        packs: packs.iter().map(ToString::to_string).collect(),
        submission_date: "2026-10-01".to_owned(),
        ..Default::default()
    }
}

fn upload(options: v1::ScreeningOptions, bytes: &[u8]) -> Vec<v1::ScreenDocumentRequest> {
    use v1::screen_document_request::Part;
    let message = |part| v1::ScreenDocumentRequest { part: Some(part) };
    let chunks = bytes.chunks(100).map(|chunk| message(Part::Chunk(chunk.to_vec())));
    std::iter::once(message(Part::Options(options))).chain(chunks).collect()
}

async fn screen(
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

fn reason(status: &Status) -> String {
    status.get_details_error_info().expect("every status has ErrorInfo").reason
}

async fn import(service: &Service, name: &str, title: &str, text: &str) -> v1::ImportCaseResponse {
    use v1::import_case_request::Part;
    let case = v1::Case { name: name.to_owned(), title: title.to_owned(), ..Default::default() };
    let file = v1::ImportedFile { name: "report.txt".to_owned() };
    let parts = [Part::Case(case), Part::File(file), Part::Chunk(text.as_bytes().to_vec())];
    let messages: Vec<_> = parts.into_iter().map(|part| v1::ImportCaseRequest { part: Some(part) }).collect();
    let mut client = PrecedentServiceClient::new(service.channel.clone());
    client.import_case(tokio_stream::iter(messages)).await.unwrap().into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn upload_report_precedents_and_verdict() {
    let service = start().await;
    let quarry = "Gravel quarry on the river terrace\n\nThe quarry extracts gravel and sand; dust from the \
        road and a lower groundwater table are the main impacts.";
    let first = import(&service, "cases/quarry-1", "Gravel quarry", quarry).await;
    assert_eq!(first.outcome(), v1::import_case_response::Outcome::Created);
    let again = import(&service, "cases/quarry-1", "Gravel quarry", quarry).await;
    assert_eq!(again.outcome(), v1::import_case_response::Outcome::Unchanged);
    import(&service, "cases/school", "School", "A school with a sports hall for 600 pupils is built.").await;

    let (progress, screening) = screen(&service, options(&["uz"]), REPORT.as_bytes()).await.unwrap();
    assert!(progress > 0, "progress is streamed");
    let report = screening.report.clone().unwrap();
    assert_eq!(report.document.as_ref().unwrap().name, "quarry.txt", "directories are cut off");
    assert!(report.completeness.iter().all(|finding| finding.pack == "uz-234-draft"));
    let found = |id: &str| report.completeness.iter().find(|f| f.requirement_id == id).unwrap().presence();
    assert_ne!(found("UZ-D14"), v1::Presence::Missing, "there is a monitoring programme");
    assert_eq!(found("UZ-D11"), v1::Presence::Missing, "nothing about greenhouse gases");
    assert_eq!(report.precedents.first().map(|p| p.case_id.as_str()), Some("quarry-1"));

    let mut screenings = ScreeningServiceClient::new(service.channel.clone());
    let stored = screenings
        .get_screening(v1::GetScreeningRequest { name: screening.name.clone() })
        .await
        .unwrap()
        .into_inner();
    assert_eq!(stored.report.unwrap().completeness, report.completeness);
    let (_, same) = screen(&service, options(&["uz"]), REPORT.as_bytes()).await.unwrap();
    assert_eq!((same.name, same.create_time), (screening.name.clone(), screening.create_time));
    let list = v1::ListScreeningsRequest { case_name: "cases/UZ-2026-17".to_owned(), ..Default::default() };
    assert_eq!(screenings.list_screenings(list).await.unwrap().into_inner().screenings.len(), 1);

    let mut precedents = PrecedentServiceClient::new(service.channel.clone());
    let query = v1::SearchPrecedentsRequest { query: "gravel dust".to_owned(), ..Default::default() };
    let hits = precedents.search_precedents(query).await.unwrap().into_inner().precedents;
    assert_eq!(hits[0].case_id, "quarry-1");

    let mut reviews = ReviewServiceClient::new(service.channel.clone());
    let verdict = v1::RecordVerdictRequest {
        parent: screening.name.clone(),
        verdict: Some(v1::Verdict {
            finding: "UZ-D11".to_owned(),
            disposition: v1::Disposition::Accepted.into(),
            reviewer: "expert-3".to_owned(),
            ..Default::default()
        }),
        request_id: "0b9b7e0e-5f0c-4f0a-9d59-2f0a6d0a7c11".to_owned(),
    };
    let recorded = reviews.record_verdict(verdict).await.unwrap().into_inner();
    assert!(recorded.name.starts_with(&format!("{}/verdicts/", screening.name)));
    let list = v1::ListVerdictsRequest { parent: screening.name, ..Default::default() };
    let verdicts = reviews.list_verdicts(list).await.unwrap().into_inner().verdicts;
    assert_eq!(verdicts, [recorded]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_sections_are_screened_like_a_document() {
    let service = start().await;
    let sections = vec![
        v1::GivenSection {
            number: "1".to_owned(),
            title: "Альтернативные варианты".to_owned(),
            text:
                "Рассмотрены три площадки и нулевой вариант; выбрана площадка, наиболее удалённая от жилья."
                    .to_owned(),
            level: 1,
            ..Default::default()
        },
        v1::GivenSection {
            number: "2".to_owned(),
            title: "Анализ возможных аварийных ситуаций".to_owned(),
            level: 1,
            ..Default::default()
        },
    ];
    let request = v1::ScreenSectionsRequest { options: Some(options(&["uz-234-draft"])), sections };
    let mut client = ScreeningServiceClient::new(service.channel.clone());
    let screening = client.screen_sections(request).await.unwrap().into_inner().screening.unwrap();
    let report = screening.report.unwrap();
    let document = report.document.unwrap();
    assert_eq!(document.sections.len(), 2);
    assert_eq!(document.languages, ["ru"]);
    let accidents = report.completeness.iter().find(|f| f.requirement_id == "UZ-D15").unwrap();
    assert_ne!(accidents.presence(), v1::Presence::Present, "a heading without text is weak at most");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_calls_are_refused_with_reason_and_field() {
    let service = start().await;
    let cases: [(v1::ScreeningOptions, &[u8], Code, &str); 6] = [
        (options(&[]), REPORT.as_bytes(), Code::InvalidArgument, "INVALID_FIELD"),
        (options(&["atlantis"]), REPORT.as_bytes(), Code::InvalidArgument, "UNKNOWN_RULE_PACK"),
        (options(&["eu"]), b"", Code::InvalidArgument, "EMPTY_FILE"),
        (
            options(&["eu"]),
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old",
            Code::InvalidArgument,
            "UNSUPPORTED_FORMAT",
        ),
        (
            v1::ScreeningOptions { submission_date: "tomorrow".to_owned(), ..options(&["eu"]) },
            REPORT.as_bytes(),
            Code::InvalidArgument,
            "INVALID_FIELD",
        ),
        (
            v1::ScreeningOptions { case_name: "projects/1".to_owned(), ..options(&["eu"]) },
            REPORT.as_bytes(),
            Code::InvalidArgument,
            "INVALID_FIELD",
        ),
    ];
    for (options, bytes, code, expected) in cases {
        let status = screen(&service, options, bytes).await.unwrap_err();
        assert_eq!((status.code(), reason(&status).as_str()), (code, expected), "{status:?}");
    }
    let mut client = ScreeningServiceClient::new(service.channel.clone());
    let missing = "screenings/6ba7b810-9dad-51d1-80b4-00c04fd430c8".to_owned();
    let status = client.get_screening(v1::GetScreeningRequest { name: missing }).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::NotFound, "RESOURCE_NOT_FOUND"));
    let list = v1::ListScreeningsRequest { page_token: "ffff".to_owned(), ..Default::default() };
    let status = client.list_screenings(list).await.unwrap_err();
    assert_eq!(status.get_details_bad_request().unwrap().field_violations[0].field, "page_token");
    let list = v1::ListScreeningsRequest::default();
    let stored = client.list_screenings(list).await.unwrap().into_inner().screenings;
    assert!(stored.is_empty(), "refused calls leave nothing behind");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn health_and_calls_say_when_the_server_is_starting() {
    use tonic_health::pb::health_check_response::ServingStatus;
    use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
    let gate = CancellationToken::new();
    let service = start_gated(gate.clone()).await;
    let mut health = HealthClient::new(service.channel.clone());
    let request = || HealthCheckRequest { service: "eia.screening.v1.ScreeningService".to_owned() };
    let status = health.check(request()).await.unwrap().into_inner().status();
    assert_eq!(status, ServingStatus::NotServing);
    let refused = screen(&service, options(&["eu"]), REPORT.as_bytes()).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unavailable, "STARTING"));

    gate.cancel();
    let mut watch = health.watch(request()).await.unwrap().into_inner();
    while watch.next().await.unwrap().unwrap().status() != ServingStatus::Serving {}
    screen(&service, options(&["eu"]), REPORT.as_bytes()).await.unwrap();
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_packs_are_paged_and_shown() {
    let service = start().await;
    let mut client = RuleServiceClient::new(service.channel.clone());
    let mut names = Vec::new();
    let mut token = String::new();
    loop {
        let request = v1::ListRequirementSetsRequest { page_size: 5, page_token: token };
        let page = client.list_requirement_sets(request).await.unwrap().into_inner();
        names.extend(page.requirement_sets.into_iter().map(|set| set.name));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(names.len(), 12, "{names:?}");
    assert!(names.windows(2).all(|pair| pair[0] < pair[1]));
    let request = v1::GetRequirementSetRequest { name: "requirementSets/uz-234-draft".to_owned() };
    let set = client.get_requirement_set(request).await.unwrap().into_inner();
    assert_eq!(set.requirements.len(), 18);
    service.stop().await;
}
