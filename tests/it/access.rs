//! Who gets in, and what of it: real servers on loopback, with and without TLS, in every mode of access.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use eia_screen::access::principal::Tenants;
use eia_screen::access::settings::AccessMode;
use eia_screen::access::{Guard, Role, audit, tokens};
use eia_screen::rpc::server::listen;
use eia_screen::rpc::v1;
use eia_screen::settings::{IsolationMode, Settings};
use secrecy::ExposeSecret;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;
use v1::precedent_service_client::PrecedentServiceClient;
use v1::review_service_client::ReviewServiceClient;
use v1::rule_service_client::RuleServiceClient;
use v1::screening_service_client::ScreeningServiceClient;

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
fn tokens_for(folder: &Path, wanted: &[(&str, &[Role], &[&str])]) -> Vec<String> {
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

fn with_tokens(settings: &mut Settings, folder: &Path) {
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

async fn ready(channel: &Channel, token: &str) {
    let mut rules = RuleServiceClient::new(channel.clone());
    for _ in 0..600 {
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

#[tokio::test(flavor = "multi_thread")]
async fn every_way_of_not_being_recognised_looks_the_same() {
    let mut made = Vec::new();
    let server = serve(|settings, folder| {
        made = tokens_for(folder, &[("expert", &[Role::Reviewer], &["north"])]);
        with_tokens(settings, folder);
    })
    .await;
    let channel = server.plain().await;
    ready(&channel, &made[0]).await;
    let mut rules = RuleServiceClient::new(channel.clone());
    let mut refusals = Vec::new();
    for header in [
        None,
        Some("Bearer eia_0000".to_owned()),
        Some(format!("Bearer {}0", made[0])),
        Some(format!("Basic {}", made[0])),
        Some("Bearer eyJhbGciOiJub25lIn0.e30.".to_owned()),
        Some("Bearer ".to_owned()),
        Some("nonsense".to_owned()),
    ] {
        let mut request = Request::new(v1::ListRequirementSetsRequest::default());
        if let Some(header) = &header {
            request.metadata_mut().insert("authorization", header.parse().unwrap());
        }
        let status = rules.list_requirement_sets(request).await.unwrap_err();
        assert_eq!(status.code(), Code::Unauthenticated, "{header:?}");
        refusals.push((status.message().to_owned(), reason(&status)));
    }
    assert!(refusals.windows(2).all(|pair| pair[0] == pair[1]), "{refusals:?}");
    let mut health = tonic_health::pb::health_client::HealthClient::new(channel.clone());
    let asked = health.check(tonic_health::pb::HealthCheckRequest::default()).await;
    assert!(asked.is_ok(), "health needs no proof");

    // What is taken out of the file does not hold any more.
    std::fs::write(server.folder.path().join("tokens"), "# none\n").unwrap();
    tokio::time::sleep(Duration::from_millis(600)).await;
    let status = rules.list_requirement_sets(shown(Default::default(), &made[0])).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    drop((rules, health, channel));
    let folder = server.end().await;
    let log = std::fs::read_to_string(folder.path().join("audit.jsonl")).unwrap();
    assert_eq!(log.matches("\"UNAUTHENTICATED\"").count(), 8, "refused calls are recorded");
    assert!(!log.contains(&made[0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_decide_and_unknown_methods_are_refused() {
    let mut made = Vec::new();
    let server = serve(|settings, folder| {
        made = tokens_for(
            folder,
            &[
                ("submitter", &[Role::Submitter], &["north"]),
                ("reviewer", &[Role::Reviewer], &["north"]),
                ("curator", &[Role::Curator], &["north"]),
                ("scientist", &[Role::DataScientist], &["north"]),
                ("operator", &[Role::Operator], &["north"]),
            ],
        );
        with_tokens(settings, folder);
    })
    .await;
    let channel = server.plain().await;
    ready(&channel, &made[0]).await;
    // Columns: ScreenSections, GetScreening, RecordVerdict, SearchPrecedents, DeleteCase.
    let expected = [
        [true, true, false, false, false],
        [true, true, true, true, false],
        [false, false, false, true, true],
        [false, true, false, true, false],
        [false, false, false, false, false],
    ];
    let mut screenings = ScreeningServiceClient::new(channel.clone());
    let mut reviews = ReviewServiceClient::new(channel.clone());
    let mut precedents = PrecedentServiceClient::new(channel.clone());
    let missing = "screenings/6ba7b810-9dad-51d1-80b4-00c04fd430c8".to_owned();
    for (token, expected) in made.iter().zip(expected) {
        let search = v1::SearchPrecedentsRequest { query: "gravel".to_owned(), ..Default::default() };
        let verdict = v1::RecordVerdictRequest { parent: missing.clone(), ..Default::default() };
        let answers = [
            screenings.screen_sections(shown(sections(), token)).await.err(),
            screenings
                .get_screening(shown(v1::GetScreeningRequest { name: missing.clone() }, token))
                .await
                .err(),
            reviews.record_verdict(shown(verdict, token)).await.err(),
            precedents.search_precedents(shown(search, token)).await.err(),
            precedents
                .delete_case(shown(v1::DeleteCaseRequest { name: "cases/x".to_owned() }, token))
                .await
                .err(),
        ];
        for (column, (answer, allowed)) in answers.iter().zip(expected).enumerate() {
            let denied = answer.as_ref().is_some_and(|status| status.code() == Code::PermissionDenied);
            assert_eq!(denied, !allowed, "column {column}: {answer:?}");
            if denied {
                assert_eq!(reason(answer.as_ref().unwrap()), "ROLE_MISSING");
            }
        }
    }
    let elsewhere = tower::ServiceExt::<http::Request<tonic::body::Body>>::map_request(
        channel.clone(),
        |mut request: http::Request<tonic::body::Body>| {
            let path = "/eia.screening.v1.ReviewService/DropVerdicts";
            *request.uri_mut() =
                request.uri().to_string().replace(request.uri().path(), path).parse().unwrap();
            request
        },
    );
    let mut unknown = RuleServiceClient::new(elsewhere);
    let asked =
        unknown.list_requirement_sets(shown(v1::ListRequirementSetsRequest::default(), &made[1])).await;
    let status = asked.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Unimplemented, "UNKNOWN_METHOD"));
    drop((channel, screenings, reviews, precedents, unknown));
    server.end().await;
}

/// One tenant has a case, a screening and a verdict; another one tries to get at them by every method.
#[tokio::test(flavor = "multi_thread")]
async fn no_method_reaches_another_tenant() {
    let all = [Role::Submitter, Role::Reviewer, Role::Curator, Role::DataScientist];
    let mut made = Vec::new();
    let server = serve(|settings, folder| {
        let wanted: [(&str, &[Role], &[&str]); 3] = [
            ("north", &all, &["north"]),
            ("south", &all, &["south"]),
            ("keeper", &all, &["south", "shared"]),
        ];
        made = tokens_for(folder, &wanted);
        with_tokens(settings, folder);
    })
    .await;
    let channel = server.plain().await;
    ready(&channel, &made[0]).await;
    let (north, south, keeper) = (made[0].as_str(), made[1].as_str(), made[2].as_str());
    let mut screenings = ScreeningServiceClient::new(channel.clone());
    let mut reviews = ReviewServiceClient::new(channel.clone());
    let mut precedents = PrecedentServiceClient::new(channel.clone());
    let quarry = "Gravel quarry on the river terrace: dust from the road and a lower groundwater table.";
    let import = |token: &str, name: &str, title: &str| {
        shown(tokio_stream::iter(case_parts(name, title, quarry)), token)
    };
    precedents.import_case(import(north, "cases/secret", "Quarry of the north")).await.unwrap();
    let screening = screenings.screen_sections(shown(sections(), north)).await.unwrap().into_inner();
    let screening = screening.screening.unwrap();
    let finding = screening.report.as_ref().unwrap().completeness[0].requirement_id.clone();
    let verdict = |parent: &str| v1::RecordVerdictRequest {
        parent: parent.to_owned(),
        verdict: Some(v1::Verdict {
            finding: finding.clone(),
            disposition: v1::Disposition::Accepted.into(),
            reviewer: "expert-3".to_owned(),
            ..Default::default()
        }),
        ..Default::default()
    };
    reviews.record_verdict(shown(verdict(&screening.name), north)).await.unwrap();

    // The methods of the contract, one by one; a new one is missed by the list at the end.
    let mut tried = Vec::new();
    let mut try_one = |path: &str| tried.push(path.to_owned());

    try_one("PrecedentService/GetCase");
    let get = |name: &str| v1::GetCaseRequest { name: name.to_owned() };
    let status = precedents.get_case(shown(get("cases/secret"), south)).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    try_one("PrecedentService/ListCases");
    let list = precedents.list_cases(shown(Default::default(), south)).await.unwrap().into_inner();
    assert!(list.cases.is_empty());
    try_one("PrecedentService/SearchPrecedents");
    let search =
        || v1::SearchPrecedentsRequest { query: "gravel quarry dust".to_owned(), ..Default::default() };
    let found = precedents.search_precedents(shown(search(), south)).await.unwrap().into_inner();
    assert!(found.precedents.is_empty());
    let found = precedents.search_precedents(shown(search(), north)).await.unwrap().into_inner();
    assert_eq!(found.precedents.len(), 1, "its owner finds it");
    try_one("PrecedentService/SearchPrecedentsByDocument");
    let by_document = || {
        use v1::search_precedents_by_document_request::Part;
        let options = v1::SearchOptions { document_name: "a.txt".to_owned(), ..Default::default() };
        let text = format!("{quarry} {quarry} Noise at night.").into_bytes();
        let parts = [Part::Options(options), Part::Chunk(text)];
        tokio_stream::iter(parts.map(|part| v1::SearchPrecedentsByDocumentRequest { part: Some(part) }))
    };
    let found =
        precedents.search_precedents_by_document(shown(by_document(), south)).await.unwrap().into_inner();
    assert!(found.precedents.is_empty() && found.reuse.is_empty());
    try_one("PrecedentService/DeleteCase");
    let delete = v1::DeleteCaseRequest { name: "cases/secret".to_owned() };
    let status = precedents.delete_case(shown(delete, south)).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    try_one("PrecedentService/ImportCase");
    let own = precedents.import_case(import(south, "cases/secret", "Quarry of the south")).await.unwrap();
    let own = own.into_inner();
    assert_eq!(
        own.outcome(),
        v1::import_case_response::Outcome::Created,
        "the same id is free for another tenant"
    );
    let case = precedents.get_case(shown(get("cases/secret"), north)).await.unwrap().into_inner();
    assert_eq!(case.title, "Quarry of the north", "and changes nothing for its owner");

    try_one("ScreeningService/GetScreening");
    let get_screening = |name: &str| v1::GetScreeningRequest { name: name.to_owned() };
    let status = screenings.get_screening(shown(get_screening(&screening.name), south)).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    try_one("ScreeningService/ListScreenings");
    let list = screenings.list_screenings(shown(Default::default(), south)).await.unwrap().into_inner();
    assert!(list.screenings.is_empty());
    try_one("ScreeningService/ScreenSections");
    let theirs = screenings.screen_sections(shown(sections(), south)).await.unwrap().into_inner();
    let theirs = theirs.screening.unwrap();
    assert_ne!(theirs.name, screening.name, "the same report is another screening for another tenant");
    let shown_cases = |s: &v1::Screening| -> Vec<String> {
        let report = s.report.as_ref().unwrap();
        report.precedents.iter().map(|p| p.title.clone()).collect()
    };
    assert!(!shown_cases(&theirs).iter().any(|title| title.contains("north")), "{:?}", shown_cases(&theirs));
    try_one("ScreeningService/ScreenDocument");
    let upload = {
        use v1::screen_document_request::Part;
        let options = sections().options.unwrap();
        let parts = [Part::Options(options), Part::Chunk(quarry.as_bytes().to_vec())];
        tokio_stream::iter(
            parts.map(|part| v1::ScreenDocumentRequest { part: Some(part), ..Default::default() }),
        )
    };
    let mut events = screenings.screen_document(shown(upload, south)).await.unwrap().into_inner();
    while let Some(event) = events.message().await.unwrap() {
        if let Some(v1::screen_document_response::Event::Screening(screening)) = event.event {
            assert!(!shown_cases(&screening).iter().any(|title| title.contains("north")));
        }
    }

    let submit = || {
        use v1::submit_document_request::Part;
        let options = sections().options;
        let header = v1::SubmissionHeader { options, ..Default::default() };
        let parts = [Part::Header(header), Part::Chunk(format!("1. Purpose\n\n{quarry}\n").into_bytes())];
        tokio_stream::iter(parts.map(|part| v1::SubmitDocumentRequest { part: Some(part) }))
    };
    try_one("ScreeningService/SubmitDocument");
    let submitted = screenings.submit_document(shown(submit(), north)).await.unwrap().into_inner();
    let theirs = screenings.submit_document(shown(submit(), south)).await.unwrap().into_inner();
    assert_ne!(theirs.name, submitted.name, "what one tenant submits tells another nothing");
    try_one("ScreeningService/WatchScreening");
    let watch = |name: &str| v1::WatchScreeningRequest { name: name.to_owned() };
    let status = screenings.watch_screening(shown(watch(&submitted.name), south)).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    let mut watched =
        screenings.watch_screening(shown(watch(&theirs.name), south)).await.unwrap().into_inner();
    let mut last = None;
    while let Some(message) = watched.message().await.unwrap() {
        last = message.screening;
    }
    let last = last.unwrap();
    assert_eq!(last.state(), v1::screening::State::Succeeded, "submissions of every tenant are run");
    assert!(!shown_cases(&last).iter().any(|title| title.contains("north")), "{:?}", shown_cases(&last));
    try_one("ScreeningService/CancelScreening");
    let cancel = v1::CancelScreeningRequest { name: submitted.name.clone() };
    let status = screenings.cancel_screening(shown(cancel, south)).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);

    try_one("ReviewService/RecordVerdict");
    let status = reviews.record_verdict(shown(verdict(&screening.name), south)).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    try_one("ReviewService/ListVerdicts");
    let list = v1::ListVerdictsRequest { parent: screening.name.clone(), ..Default::default() };
    let listed = reviews.list_verdicts(shown(list, south)).await.unwrap().into_inner();
    assert!(listed.verdicts.is_empty());

    // Rules are the same for everybody: there is nothing of a tenant in them.
    try_one("RuleService/ListRequirementSets");
    try_one("RuleService/GetRequirementSet");

    // Nor by naming another tenant.
    let status = precedents.get_case(for_tenant(get("cases/secret"), south, "north")).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::PermissionDenied, "TENANT_DENIED"));

    // The shared archive is read by all and written by its keepers.
    let parts = tokio_stream::iter(case_parts("cases/model", "Model quarry", quarry));
    let status = precedents.import_case(for_tenant(parts, south, "shared")).await.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
    let parts = tokio_stream::iter(case_parts("cases/model", "Model quarry", quarry));
    precedents.import_case(for_tenant(parts, keeper, "shared")).await.unwrap();
    for token in [north, south] {
        let case = precedents.get_case(shown(get("cases/model"), token)).await.unwrap().into_inner();
        assert_eq!(case.title, "Model quarry");
        let found = precedents.search_precedents(shown(search(), token)).await.unwrap().into_inner();
        assert_eq!(found.precedents.len(), 2, "its own and the shared one");
        let delete = v1::DeleteCaseRequest { name: "cases/model".to_owned() };
        let status = precedents.delete_case(shown(delete, token)).await.unwrap_err();
        assert_eq!(status.code(), Code::NotFound, "what is shared is not deleted by its readers");
    }

    tried.sort();
    let mut methods: Vec<String> = eia_screen::access::methods::METHODS
        .iter()
        .filter_map(|(path, _)| path.strip_prefix("/eia.screening.v1."))
        .map(str::to_owned)
        .collect();
    methods.sort();
    assert_eq!(tried, methods, "every method is tried");

    drop((channel, screenings, reviews, precedents));
    let folder = server.end().await;
    let log = folder.path().join("audit.jsonl");
    let verified = audit::verify(std::slice::from_ref(&log)).unwrap();
    assert_eq!(verified.problems, Vec::<String>::new());
    let text = std::fs::read_to_string(log).unwrap();
    for part in ["\"who\":\"north\"", "\"tenant\":\"shared\"", "cases/secret", &screening.name, "/verdicts/"]
    {
        assert!(text.contains(part), "{part}");
    }
    assert!(!text.contains("river terrace"), "no text of a document");
}

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
        for _ in 0..600 {
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
        let mut health = tonic_health::pb::health_client::HealthClient::new(channel.clone());
        health.check(tonic_health::pb::HealthCheckRequest::default()).await.unwrap();
    }
    // Half a change is no change: the certificate does not fit the key that is there.
    std::fs::write(server.folder.path().join("cert.pem"), old.issue("server").0).unwrap();
    tokio::time::sleep(Duration::from_millis(600)).await;
    endpoint(&server, &new, None).connect().await.unwrap();
    drop((standing, fresh));
    server.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_ends_watches_at_once_and_cuts_what_outlasts_the_drain() {
    let server = serve(|settings, _| settings.server.drain_s = 1).await;
    let channel = server.plain().await;
    ready(&channel, "").await;
    let mut health = tonic_health::pb::health_client::HealthClient::new(channel.clone());
    let mut watch = health.watch(tonic_health::pb::HealthCheckRequest::default()).await.unwrap().into_inner();
    let begun = std::time::Instant::now();
    server.stop.cancel();
    let mut last = None;
    while let Ok(Some(answer)) = watch.message().await {
        last = Some(answer.status());
    }
    assert_eq!(last, Some(tonic_health::pb::health_check_response::ServingStatus::NotServing));
    server.running.await.unwrap();
    assert!(begun.elapsed() < Duration::from_millis(900), "{:?}", begun.elapsed());

    // An upload that never ends is cut at the limit.
    let server = serve(|settings, _| settings.server.drain_s = 1).await;
    let channel = server.plain().await;
    ready(&channel, "").await;
    let mut precedents = PrecedentServiceClient::new(channel.clone());
    let first = case_parts("cases/endless", "Endless", "x").remove(0);
    let endless = tokio_stream::StreamExt::chain(tokio_stream::iter([first]), tokio_stream::pending());
    let call = tokio::spawn(async move { precedents.import_case(endless).await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    let begun = std::time::Instant::now();
    server.stop.cancel();
    server.running.await.unwrap();
    let took = begun.elapsed();
    assert!(took >= Duration::from_millis(900) && took < Duration::from_secs(4), "{took:?}");
    assert!(call.await.unwrap().is_err(), "the call was cut");
}

/// Asks the operator's port; returns status line and body.
fn ask_admin(address: &str, path: &str) -> (String, String) {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.lines().next().unwrap().to_owned(), body.to_owned())
}

/// Waits until the program has said where it listens.
async fn address_after(start: &str, said: impl Fn() -> String) -> String {
    for _ in 0..1_500 {
        if let Some((_, rest)) = said().split_once(start)
            && let Some((address, _)) = rest.split_once('\n')
        {
            return address.trim().to_owned();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the program did not say {start}: {}", said())
}

/// The real program at its most talkative; everything it says is searched for what it was shown.
#[tokio::test(flavor = "multi_thread")]
async fn secrets_never_enter_logs_or_figures() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let made = tokens_for(path, &[("expert", &[Role::Reviewer], &["north"])]);
    let authority = Authority::new();
    let (cert, key) = authority.write(path, "server");
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let config = format!(
        "model = \"none\"\n[server]\nlisten = \"127.0.0.1:0\"\n[server.tls]\ncert = {cert:?}\nkey = {key:?}\n\
         [access]\nmodes = [\"tokens\"]\ntokens_file = {:?}\n[audit]\nfile = {:?}\n\
         [admin]\nlisten = \"127.0.0.1:0\"\n[console]\nlisten = \"\"\n",
        path.join("tokens"),
        path.join("audit.jsonl"),
    );
    std::fs::write(path.join("config.toml"), config).unwrap();
    let log = std::fs::File::create(path.join("log")).unwrap();
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_eia-screen"))
        .args(["--config", "config.toml", "serve"])
        .current_dir(path)
        .env("EIA_SCREEN_LOG", "trace")
        .stderr(log)
        .spawn()
        .unwrap();
    let said = || String::from_utf8_lossy(&std::fs::read(path.join("log")).unwrap()).into_owned();
    let address = address_after("listening on ", &said).await;
    let admin = address_after("admin port on http://", &said).await;
    let port = address.rsplit(':').next().unwrap();
    let tls =
        ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&authority.pem)).domain_name("localhost");
    let channel = Channel::from_shared(format!("https://localhost:{port}")).unwrap().tls_config(tls).unwrap();
    let channel = channel.connect().await.unwrap();
    ready(&channel, &made[0]).await;
    let mut rules = RuleServiceClient::new(channel.clone());
    let wrong = format!("eia_{}", "5ec2e7".repeat(11));
    let signed = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJzZWNyZXQifQ.c2VjcmV0LXNpZ25hdHVyZQ";
    for token in [made[0].as_str(), &wrong, signed] {
        let _ = rules.list_requirement_sets(shown(v1::ListRequirementSetsRequest::default(), token)).await;
    }
    // A file that cannot be used any more is complained about, without what stands in it.
    let broken = format!("expert reviewer north {}\n", made[0]);
    std::fs::write(path.join("tokens"), broken).unwrap();
    tokio::time::sleep(Duration::from_millis(600)).await;
    let _ = rules.list_requirement_sets(shown(v1::ListRequirementSetsRequest::default(), &wrong)).await;
    assert!(ask_admin(&admin, "/readyz").0.contains("200"));
    assert!(ask_admin(&admin, "/healthz").0.contains("200"));
    let (figures, configuration) = (ask_admin(&admin, "/metrics").1, ask_admin(&admin, "/configz").1);
    for figure in [
        "rpc_server_call_duration_seconds_count{rpc_method=\"eia.screening.v1.RuleService/ListRequirementSets\",\
         rpc_response_status_code=\"UNAUTHENTICATED\"} 3",
        "eia_access_refused_total{reason=\"unrecognised\"} 3",
        "eia_ready 1",
        "eia_audit_writable 1",
        "eia_tls_certificate_expiry_timestamp_seconds ",
    ] {
        assert!(figures.contains(figure), "{figure} is missing in:\n{figures}");
    }
    assert!(configuration.contains("tokens_file"), "{configuration}");
    rustix::process::kill_process(rustix::process::Pid::from_child(&program), rustix::process::Signal::TERM)
        .unwrap();
    assert!(program.wait().unwrap().success());
    let text =
        said() + &figures + &configuration + &std::fs::read_to_string(path.join("audit.jsonl")).unwrap();
    assert!(
        text.contains("TRACE") && text.contains("was not recognised") && text.contains("line 1: "),
        "{text}"
    );
    let key = std::fs::read_to_string(key).unwrap();
    let key_line = key.lines().nth(1).unwrap();
    for secret in [&made[0][4..], &wrong[4..], "c2VjcmV0LXNpZ25hdHVyZQ", key_line] {
        let place = text.find(secret);
        let around = place.map(|at| text[at.saturating_sub(300)..at].to_owned());
        assert!(place.is_none(), "a secret is in the log after: {around:?}");
    }
}
