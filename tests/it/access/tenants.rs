//! One tenant tries to get at what another one has, by every method.

use eia_screen::access::{Role, audit};
use eia_screen::rpc::v1;
use tonic::Code;
use v1::precedent_service_client::PrecedentServiceClient;
use v1::review_service_client::ReviewServiceClient;
use v1::screening_service_client::ScreeningServiceClient;

use super::{case_parts, for_tenant, ready, reason, sections, serve, shown, tokens_for, with_tokens};

/// Two callers of one tenant happen to choose the same id.
#[tokio::test(flavor = "multi_thread")]
async fn request_ids_of_two_callers_never_meet() {
    let mut made = Vec::new();
    let server = serve(|settings, folder| {
        let all = [Role::Submitter, Role::Reviewer];
        made = tokens_for(folder, &[("one", &all, &["north"]), ("two", &all, &["north"])]);
        with_tokens(settings, folder);
    })
    .await;
    let channel = server.plain().await;
    ready(&channel, &made[0]).await;
    let mut screenings = ScreeningServiceClient::new(channel.clone());
    let screening = screenings.screen_sections(shown(sections(), &made[0])).await.unwrap().into_inner();
    let screening = screening.screening.unwrap();
    let finding = screening.report.as_ref().unwrap().completeness[0].requirement_id.clone();
    let mut reviews = ReviewServiceClient::new(channel.clone());
    let mut verdict_of = async |token: &str, reviewer: &str| {
        let verdict = v1::Verdict {
            finding: finding.clone(),
            disposition: v1::Disposition::Accepted.into(),
            reviewer: reviewer.to_owned(),
            ..Default::default()
        };
        let request = v1::RecordVerdictRequest {
            parent: screening.name.clone(),
            verdict: Some(verdict),
            request_id: "0b9b7e0e-5f0c-4f0a-9d59-2f0a6d0a7c11".to_owned(),
            ..Default::default()
        };
        reviews.record_verdict(shown(request, token)).await.map(|answer| answer.into_inner().name)
    };
    let first = verdict_of(&made[0], "expert-1").await.unwrap();
    assert_eq!(verdict_of(&made[0], "expert-1").await.unwrap(), first);
    assert_ne!(verdict_of(&made[1], "expert-2").await.unwrap(), first);
    server.end().await;
}

/// One caller acts for two tenants that read the same screening, and sends the same id for both.
#[tokio::test(flavor = "multi_thread")]
async fn request_ids_of_two_tenants_never_meet_either() {
    let mut made = Vec::new();
    let server = serve(|settings, folder| {
        let all = [Role::Submitter, Role::Reviewer, Role::Curator];
        made = tokens_for(folder, &[("keeper", &all, &["shared"]), ("both", &all, &["north", "south"])]);
        with_tokens(settings, folder);
    })
    .await;
    let channel = server.plain().await;
    ready(&channel, &made[0]).await;
    let mut screenings = ScreeningServiceClient::new(channel.clone());
    let request = for_tenant(sections(), &made[0], "shared");
    let screening = screenings.screen_sections(request).await.unwrap().into_inner().screening.unwrap();
    let finding = screening.report.as_ref().unwrap().completeness[0].requirement_id.clone();
    let mut reviews = ReviewServiceClient::new(channel.clone());
    let mut recorded = Vec::new();
    for tenant in ["north", "south", "north"] {
        let verdict = v1::Verdict {
            finding: finding.clone(),
            disposition: v1::Disposition::Accepted.into(),
            reviewer: "expert".to_owned(),
            ..Default::default()
        };
        let request = v1::RecordVerdictRequest {
            parent: screening.name.clone(),
            verdict: Some(verdict),
            request_id: "0b9b7e0e-5f0c-4f0a-9d59-2f0a6d0a7c11".to_owned(),
            ..Default::default()
        };
        let answer = reviews.record_verdict(for_tenant(request, &made[1], tenant)).await;
        recorded.push(answer.unwrap().into_inner().name);
    }
    assert_ne!(recorded[0], recorded[1]);
    assert_eq!(recorded[0], recorded[2]);
    drop((channel, screenings, reviews));
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
    let get_screening = |name: &str| v1::GetScreeningRequest { name: name.to_owned(), ..Default::default() };
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

    try_one("ScreeningService/DeleteScreening");
    let delete = v1::DeleteScreeningRequest { name: screening.name.clone(), ..Default::default() };
    let status = screenings.delete_screening(shown(delete, south)).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    let kept = screenings.get_screening(shown(get_screening(&screening.name), north)).await.unwrap();
    assert!(kept.into_inner().report.is_some(), "its owner still has it");

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
