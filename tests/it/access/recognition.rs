//! Proofs and roles.

use std::time::Duration;

use eia_screen::access::Role;
use eia_screen::rpc::v1;
use tonic::{Code, Request};
use tonic_types::StatusExt;
use v1::precedent_service_client::PrecedentServiceClient;
use v1::review_service_client::ReviewServiceClient;
use v1::rule_service_client::RuleServiceClient;
use v1::screening_service_client::ScreeningServiceClient;

use super::{ready, reason, sections, serve, shown, tokens_for, with_tokens};

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
async fn an_address_that_goes_on_without_a_valid_proof_is_not_recorded_for_ever() {
    let mut made = Vec::new();
    let server = serve(|settings, folder| {
        made = tokens_for(folder, &[("expert", &[Role::Reviewer], &["north"])]);
        with_tokens(settings, folder);
        settings.access.unrecognised_per_min = 5;
    })
    .await;
    let channel = server.plain().await;
    ready(&channel, &made[0]).await;
    let mut rules = RuleServiceClient::new(channel.clone());
    let mut codes = Vec::new();
    for _ in 0..12 {
        let status = rules.list_requirement_sets(shown(Default::default(), "eia_0000")).await.unwrap_err();
        if status.code() == Code::ResourceExhausted {
            assert_eq!(reason(&status), "TOO_MANY_ATTEMPTS");
            let delay = status.get_details_retry_info().unwrap().retry_delay.unwrap();
            assert!(Duration::ZERO < delay && delay <= Duration::from_secs(12), "{delay:?}");
        }
        codes.push(status.code());
    }
    assert_eq!(codes, [vec![Code::Unauthenticated; 5], vec![Code::ResourceExhausted; 7]].concat());
    // Whoever has a valid proof is let in from the same address.
    rules.list_requirement_sets(shown(Default::default(), &made[0])).await.unwrap();
    drop((rules, channel));
    let folder = server.end().await;
    let log = std::fs::read_to_string(folder.path().join("audit.jsonl")).unwrap();
    assert_eq!(log.matches("\"UNAUTHENTICATED\"").count(), 5);
    assert_eq!(log.matches("\"RESOURCE_EXHAUSTED\"").count(), 1, "the first one alone");
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
    // Columns: ScreenSections, GetScreening, RecordVerdict, SearchPrecedents, DeleteCase, DeleteScreening.
    let expected = [
        [true, true, false, false, false, false],
        [true, true, true, true, false, false],
        [false, false, false, true, true, true],
        [false, true, false, true, false, false],
        [false, false, false, false, false, true],
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
                .get_screening(shown(
                    v1::GetScreeningRequest { name: missing.clone(), ..Default::default() },
                    token,
                ))
                .await
                .err(),
            reviews.record_verdict(shown(verdict, token)).await.err(),
            precedents.search_precedents(shown(search, token)).await.err(),
            precedents
                .delete_case(shown(v1::DeleteCaseRequest { name: "cases/x".to_owned() }, token))
                .await
                .err(),
            screenings
                .delete_screening(shown(
                    v1::DeleteScreeningRequest { name: missing.clone(), ..Default::default() },
                    token,
                ))
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
