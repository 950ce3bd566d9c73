//! A request id of a submission stands for one request, whatever happens in between.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_request_id_stands_for_its_request_whatever_the_rules_are_by_then() {
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("rules");
    copy_folder(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("rules"), &rules);
    let of_these_rules = || Settings { rules_dir: rules.clone(), ..settings(folder.path()) };
    let request = |id: u128| v1::SubmissionHeader {
        request_id: uuid::Uuid::from_u128(id).to_string(),
        ..header(&["eu"])
    };
    let service = start_ready(of_these_rules()).await;
    let first = submit(&service, request(1), REPORT.as_bytes()).await.unwrap();
    let hasty = v1::SubmissionHeader { lane: v1::Lane::Interactive.into(), ..request(1) };
    let status = submit(&service, hasty, REPORT.as_bytes()).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::AlreadyExists, "REQUEST_ID_TAKEN"));
    let deleted = submit(&service, request(2), b"1. Introduction\n\nA road.").await.unwrap();
    follow(&service, &deleted.name).await;
    let mut client = ScreeningServiceClient::new(service.channel.clone());
    let delete = v1::DeleteScreeningRequest { name: deleted.name.clone(), ..Default::default() };
    client.delete_screening(delete).await.unwrap();
    service.stop().await;

    let pack = rules.join("packs/eu.toml");
    let text = std::fs::read_to_string(&pack).unwrap();
    std::fs::write(&pack, format!("{text}\n# Another version.\n")).unwrap();
    let service = start_ready(of_these_rules()).await;
    let again = submit(&service, request(1), REPORT.as_bytes()).await.unwrap();
    assert_eq!((again.name.as_str(), again.create_time), (first.name.as_str(), first.create_time));
    let new = submit(&service, request(3), REPORT.as_bytes()).await.unwrap();
    assert_ne!(new.name, first.name, "other rules, another screening");
    // What was deleted does not come back because its call is repeated, but with a new one.
    let status = submit(&service, request(2), b"1. Introduction\n\nA road.").await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::NotFound, "RESOURCE_NOT_FOUND"));
    let anew = submit(&service, request(4), b"1. Introduction\n\nA road.").await.unwrap();
    assert_ne!(anew.name, deleted.name, "other rules, another screening");
    let last = follow(&service, &anew.name).await.pop().unwrap();
    assert_eq!(last.state(), State::Succeeded);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_call_takes_up_nothing_that_has_ended_and_a_new_one_does() {
    let service = start().await;
    let request = |id: u128| v1::SubmissionHeader {
        request_id: uuid::Uuid::from_u128(id).to_string(),
        ..header(&["eu"])
    };
    let word = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old";
    let failed = submit(&service, request(1), word).await.unwrap();
    follow(&service, &failed.name).await;
    let again = submit(&service, request(1), word).await.unwrap();
    assert_eq!((again.name.as_str(), again.state()), (failed.name.as_str(), State::Failed));
    assert_eq!(submit(&service, request(2), word).await.unwrap().state(), State::Pending);

    // Takes longer to judge than the calls that follow take on a busy machine.
    let long = format!("{REPORT}\n").repeat(3_000);
    let submitted = submit(&service, request(3), long.as_bytes()).await.unwrap();
    let mut client = ScreeningServiceClient::new(service.channel.clone());
    let cancel = || v1::CancelScreeningRequest { name: submitted.name.clone() };
    let cancelled = client.cancel_screening(cancel()).await.unwrap().into_inner();
    assert_eq!(cancelled.state(), State::Cancelled);
    let again = submit(&service, request(3), long.as_bytes()).await.unwrap();
    assert_eq!((&again.name, again.state()), (&submitted.name, State::Cancelled));
    let anew = submit(&service, request(4), long.as_bytes()).await.unwrap();
    assert_eq!((&anew.name, anew.state()), (&submitted.name, State::Pending));
    client.cancel_screening(cancel()).await.unwrap();
    drop(client);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_claimed_its_id_and_stored_nothing_is_carried_out_by_its_repetition() {
    let folder = tempfile::tempdir().unwrap();
    let request =
        || v1::SubmissionHeader { request_id: uuid::Uuid::from_u128(1).to_string(), ..header(&["eu"]) };
    let mut full = settings(folder.path());
    full.work.waiting = 0;
    let service = start_ready(full).await;
    let status = submit(&service, request(), REPORT.as_bytes()).await.unwrap_err();
    assert_eq!(reason(&status), "TOO_MANY_WAITING");
    service.stop().await;
    let service = start_ready(settings(folder.path())).await;
    let submitted = submit(&service, request(), REPORT.as_bytes()).await.unwrap();
    assert_eq!(follow(&service, &submitted.name).await.pop().unwrap().state(), State::Succeeded);
    service.stop().await;
}
