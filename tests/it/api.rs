//! The gRPC services in a real server on loopback, with the embedded archive and words only (no model).

use eia_screen::rpc::v1;
use tokio_stream::StreamExt;
use tokio_util::sync::CancellationToken;
use tonic::Code;
use tonic_types::StatusExt;
use v1::precedent_service_client::PrecedentServiceClient;
use v1::review_service_client::ReviewServiceClient;
use v1::rule_service_client::RuleServiceClient;
use v1::screening_service_client::ScreeningServiceClient;

use crate::service::{REPORT, import, options, reason, screen, start, start_gated, upload};

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
        .get_screening(v1::GetScreeningRequest { name: screening.name.clone(), ..Default::default() })
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
        ..Default::default()
    };
    let recorded = reviews.record_verdict(verdict).await.unwrap().into_inner();
    assert!(recorded.name.starts_with(&format!("{}/verdicts/", screening.name)));
    let list = v1::ListVerdictsRequest { parent: screening.name, ..Default::default() };
    let verdicts = reviews.list_verdicts(list).await.unwrap().into_inner().verdicts;
    assert_eq!(verdicts, [recorded]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_is_told_from_the_upload_until_the_report_is_stored() {
    use v1::screen_document_response::Event;
    use v1::screening_progress::Stage;
    let service = start().await;
    let mut client = ScreeningServiceClient::new(service.channel.clone());
    let messages = tokio_stream::iter(upload(options(&["eu"]), REPORT.as_bytes()));
    let mut events = client.screen_document(messages).await.unwrap().into_inner();
    let mut stages = Vec::new();
    while let Some(event) = events.next().await {
        if let Some(Event::Progress(progress)) = event.unwrap().event {
            stages.push(progress.stage());
        }
    }
    assert_eq!((stages.first(), stages.last()), (Some(&Stage::Receive), Some(&Stage::Store)), "{stages:?}");
    drop((client, events));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verdict_does_not_overlook_another_one() {
    let service = start().await;
    let (_, screening) = screen(&service, options(&["uz"]), REPORT.as_bytes()).await.unwrap();
    let mut reviews = ReviewServiceClient::new(service.channel.clone());
    let request = |reviewer: &str, etag: &str, id: u32| v1::RecordVerdictRequest {
        parent: screening.name.clone(),
        verdict: Some(v1::Verdict {
            finding: "UZ-D11".to_owned(),
            disposition: v1::Disposition::Accepted.into(),
            reviewer: reviewer.to_owned(),
            ..Default::default()
        }),
        request_id: format!("0b9b7e0e-5f0c-4f0a-9d59-2f0a6d0a7c{id:02}"),
        etag: etag.to_owned(),
        ..Default::default()
    };
    let checked = v1::RecordVerdictRequest { validate_only: true, ..request("a", "none", 1) };
    reviews.record_verdict(checked).await.unwrap();
    let first = reviews.record_verdict(request("a", "none", 1)).await.unwrap().into_inner();
    let again = reviews.record_verdict(request("a", "none", 1)).await.unwrap().into_inner();
    assert_eq!(again, first, "a repeated call is no second verdict, and its answer the same one");
    let taken = reviews.record_verdict(request("b", "", 1)).await.unwrap_err();
    assert_eq!((taken.code(), reason(&taken).as_str()), (Code::AlreadyExists, "REQUEST_ID_TAKEN"));
    let late = reviews.record_verdict(request("b", "none", 2)).await.unwrap_err();
    assert_eq!((late.code(), reason(&late).as_str()), (Code::Aborted, "ETAG_MISMATCH"));
    assert_eq!(late.get_details_error_info().unwrap().metadata["etag"], first.etag);
    let second = reviews.record_verdict(request("b", &first.etag, 2)).await.unwrap().into_inner();
    assert_ne!(second.etag, first.etag);
    let bad = reviews.record_verdict(request("b", "yesterday", 3)).await.unwrap_err();
    assert_eq!(reason(&bad), "INVALID_FIELD");
    let list = v1::ListVerdictsRequest { parent: screening.name.clone(), ..Default::default() };
    let verdicts = reviews.list_verdicts(list).await.unwrap().into_inner().verdicts;
    assert_eq!(verdicts.len(), 2);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_id_stands_for_one_request() {
    let service = start().await;
    let id = "1b9b7e0e-5f0c-4f0a-9d59-2f0a6d0a7c11".to_owned();
    let sections = |title: &str| v1::ScreenSectionsRequest {
        options: Some(options(&["eu"])),
        sections: vec![v1::GivenSection {
            title: title.to_owned(),
            text: "Dust is measured.".to_owned(),
            ..Default::default()
        }],
        request_id: id.clone(),
    };
    let mut client = ScreeningServiceClient::new(service.channel.clone());
    let first = client.screen_sections(sections("Monitoring")).await.unwrap().into_inner().screening.unwrap();
    // The archive has changed since: without the id this would be another screening.
    import(&service, "cases/school", "School", "A school with a sports hall for 600 pupils is built.").await;
    let again = client.screen_sections(sections("Monitoring")).await.unwrap().into_inner().screening.unwrap();
    assert_eq!((again.name, again.create_time), (first.name, first.create_time));
    let taken = client.screen_sections(sections("Alternatives")).await.unwrap_err();
    assert_eq!((taken.code(), reason(&taken).as_str()), (Code::AlreadyExists, "REQUEST_ID_TAKEN"));

    use v1::import_case_request::Part;
    let parts = |text: &str| {
        let case = v1::Case { name: "cases/q".to_owned(), title: "Quarry".to_owned(), ..Default::default() };
        let file = v1::ImportedFile { name: "a.txt".to_owned() };
        let parts = [Part::Case(case), Part::File(file), Part::Chunk(text.as_bytes().to_vec())];
        let request_id = id.clone();
        let message = move |part| v1::ImportCaseRequest { part: Some(part), request_id: request_id.clone() };
        tokio_stream::iter(parts.map(message))
    };
    let mut client = PrecedentServiceClient::new(service.channel.clone());
    let first = client.import_case(parts("A quarry of 12 hectares.")).await.unwrap().into_inner();
    assert_eq!(first.outcome(), v1::import_case_response::Outcome::Created);
    let again = client.import_case(parts("A quarry of 12 hectares.")).await.unwrap().into_inner();
    assert_eq!(again, first, "the same answer, not UNCHANGED");
    let taken = client.import_case(parts("A quarry of 13 hectares.")).await.unwrap_err();
    assert_eq!((taken.code(), reason(&taken).as_str()), (Code::AlreadyExists, "REQUEST_ID_TAKEN"));
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
    let request = v1::ScreenSectionsRequest {
        options: Some(options(&["uz-234-draft"])),
        sections,
        ..Default::default()
    };
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

/// Options with a fact that no rule pack asks for.
fn mistyped_fact() -> v1::ScreeningOptions {
    v1::ScreeningOptions { facts: [("Hearing_Required".to_owned(), false)].into(), ..options(&["eu"]) }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_calls_are_refused_with_reason_and_field() {
    let service = start().await;
    let cases: [(v1::ScreeningOptions, &[u8], Code, &str); 7] = [
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
        (mistyped_fact(), REPORT.as_bytes(), Code::InvalidArgument, "INVALID_FIELD"),
    ];
    for (options, bytes, code, expected) in cases {
        let status = screen(&service, options, bytes).await.unwrap_err();
        assert_eq!((status.code(), reason(&status).as_str()), (code, expected), "{status:?}");
    }
    let mut client = ScreeningServiceClient::new(service.channel.clone());
    let missing = "screenings/6ba7b810-9dad-51d1-80b4-00c04fd430c8".to_owned();
    let status = client
        .get_screening(v1::GetScreeningRequest { name: missing, ..Default::default() })
        .await
        .unwrap_err();
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
async fn a_server_that_is_still_starting_stops_when_it_is_told() {
    let service = start_gated(CancellationToken::new()).await;
    let stopped = tokio::time::timeout(std::time::Duration::from_secs(10), service.stop()).await;
    stopped.expect("nobody waits for the model or the archive any more");
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
    for name in ["x".repeat(15_000), format!("requirementSets/{}", "x".repeat(15_000))] {
        let status = client.get_requirement_set(v1::GetRequirementSetRequest { name }).await.unwrap_err();
        assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "INVALID_FIELD"));
        assert!(status.message().len() < 200, "{}", status.message());
    }
    service.stop().await;
}
