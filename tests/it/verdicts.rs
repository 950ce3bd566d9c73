//! A request id stands for one verdict, however it is written and whatever becomes of the screening.

use eia_screen::rpc::v1;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use v1::review_service_client::ReviewServiceClient;
use v1::screening_service_client::ScreeningServiceClient;

use crate::service::{REPORT, Service, options, reason, screen, start};

const ID: &str = "0b9b7e0e-5f0c-4f0a-9d59-2f0a6d0a7c11";

fn verdict(of: &v1::Screening, reviewer: &str) -> v1::Verdict {
    v1::Verdict {
        finding: of.report.as_ref().unwrap().completeness[0].requirement_id.clone(),
        disposition: v1::Disposition::Accepted.into(),
        reviewer: reviewer.to_owned(),
        ..Default::default()
    }
}

async fn record(
    service: &Service,
    of: &v1::Screening,
    reviewer: &str,
    request_id: &str,
) -> Result<v1::Verdict, Status> {
    let request = v1::RecordVerdictRequest {
        parent: of.name.clone(),
        verdict: Some(verdict(of, reviewer)),
        request_id: request_id.to_owned(),
        ..Default::default()
    };
    let mut reviews = ReviewServiceClient::new(service.channel.clone());
    Ok(reviews.record_verdict(request).await?.into_inner())
}

async fn listed(service: &Service, of: &v1::Screening) -> Vec<v1::Verdict> {
    let mut reviews = ReviewServiceClient::new(service.channel.clone());
    let request = v1::ListVerdictsRequest { parent: of.name.clone(), ..Default::default() };
    reviews.list_verdicts(request).await.unwrap().into_inner().verdicts
}

fn is_taken(status: &Status) {
    assert_eq!((status.code(), reason(status).as_str()), (Code::AlreadyExists, "REQUEST_ID_TAKEN"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_id_stands_for_one_verdict_about_one_screening() {
    let service = start().await;
    let (_, one) = screen(&service, options(&["uz"]), REPORT.as_bytes()).await.unwrap();
    let (_, other) = screen(&service, options(&["eu"]), REPORT.as_bytes()).await.unwrap();
    let first = record(&service, &one, "expert-1", ID).await.unwrap();
    for written in [ID.to_uppercase(), format!("{{{ID}}}"), format!("urn:uuid:{ID}"), ID.replace('-', "")] {
        let again = record(&service, &one, "expert-1", &written).await.unwrap();
        assert_eq!(again, first, "{written}");
    }
    is_taken(&record(&service, &one, "expert-2", ID).await.unwrap_err());
    is_taken(&record(&service, &other, "expert-1", ID).await.unwrap_err());
    assert_eq!(listed(&service, &one).await, [first]);
    assert!(listed(&service, &other).await.is_empty());
    let long = record(&service, &one, &"x".repeat(1_001), "").await.unwrap_err();
    assert_eq!(long.get_details_bad_request().unwrap().field_violations[0].field, "verdict.reviewer");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_verdict_gets_its_answer_after_the_screening_was_deleted() {
    let service = start().await;
    let (_, screening) = screen(&service, options(&["uz"]), REPORT.as_bytes()).await.unwrap();
    let first = record(&service, &screening, "expert-1", ID).await.unwrap();
    let mut client = ScreeningServiceClient::new(service.channel.clone());
    let delete = |delete_verdicts| v1::DeleteScreeningRequest {
        name: screening.name.clone(),
        delete_verdicts,
        ..Default::default()
    };
    client.delete_screening(delete(false)).await.unwrap();
    assert_eq!(record(&service, &screening, "expert-1", ID).await.unwrap(), first);
    is_taken(&record(&service, &screening, "expert-2", ID).await.unwrap_err());
    let new = record(&service, &screening, "expert-1", "").await.unwrap_err();
    assert_eq!(new.code(), Code::NotFound);
    assert_eq!(listed(&service, &screening).await.len(), 1);
    // What was deleted with its screening does not come back.
    screen(&service, options(&["uz"]), REPORT.as_bytes()).await.unwrap();
    client.delete_screening(delete(true)).await.unwrap();
    let gone = record(&service, &screening, "expert-1", ID).await.unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);
    assert!(listed(&service, &screening).await.is_empty());
    // Not even when the same content has been screened again.
    let (_, again) = screen(&service, options(&["uz"]), REPORT.as_bytes()).await.unwrap();
    assert_eq!(again.name, screening.name);
    let gone = record(&service, &screening, "expert-1", ID).await.unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);
    assert!(listed(&service, &screening).await.is_empty());
    let new = record(&service, &screening, "expert-1", "").await.unwrap();
    assert_eq!(listed(&service, &screening).await, [new]);
    drop(client);
    service.stop().await;
}
