//! Screenings that are deleted by a call, or because their time is over.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use eia_screen::access::audit::{self, Audit, Entry};
use eia_screen::access::settings::AuditSettings;
use eia_screen::domain::tenant::TenantId;
use eia_screen::index::CaseIndex;
use eia_screen::index::store::ScreeningRecord;
use eia_screen::index::work::{ScreeningState, StoredFile, Swap, Verdicts};
use eia_screen::retention::{self, Expired, RetentionError, Tally};
use eia_screen::rpc::v1;
use eia_screen::settings::RetentionSettings;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use tonic::Code;
use v1::review_service_client::ReviewServiceClient;
use v1::screening_service_client::ScreeningServiceClient;

use crate::index_conformance::work::record;
use crate::service::{REPORT, options, reason, screen, start};

#[tokio::test(flavor = "multi_thread")]
async fn a_screening_is_deleted_as_it_was_seen_and_its_verdicts_stay() {
    let service = start().await;
    let (_, screening) = screen(&service, options(&["eu"]), REPORT.as_bytes()).await.unwrap();
    let name = screening.name.clone();
    let mut client = ScreeningServiceClient::new(service.channel.clone());
    let get = |view: v1::ScreeningView| v1::GetScreeningRequest { name: name.clone(), view: view.into() };
    let full = client.get_screening(get(v1::ScreeningView::Full)).await.unwrap().into_inner();
    let basic = client.get_screening(get(v1::ScreeningView::Basic)).await.unwrap().into_inner();
    assert!(full.report.is_some() && basic.report.is_none());
    assert_eq!(v1::Screening { report: None, ..full.clone() }, basic, "but for the report");
    let unknown = v1::GetScreeningRequest { name: name.clone(), view: 9 };
    assert_eq!(client.get_screening(unknown).await.unwrap_err().code(), Code::InvalidArgument);

    let mut reviews = ReviewServiceClient::new(service.channel.clone());
    let finding = full.report.unwrap().completeness[0].requirement_id.clone();
    let verdict = v1::Verdict {
        finding,
        disposition: v1::Disposition::Accepted.into(),
        reviewer: "expert-1".to_owned(),
        ..Default::default()
    };
    let record =
        v1::RecordVerdictRequest { parent: name.clone(), verdict: Some(verdict), ..Default::default() };
    reviews.record_verdict(record.clone()).await.unwrap();

    let delete = |etag: &str| v1::DeleteScreeningRequest {
        name: name.clone(),
        etag: etag.to_owned(),
        ..Default::default()
    };
    let status = client.delete_screening(delete("0123456789abcdef")).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Aborted, "ETAG_MISMATCH"));
    assert!(!basic.etag.is_empty());
    client.delete_screening(delete(&basic.etag)).await.unwrap();
    for status in [
        client.get_screening(get(v1::ScreeningView::Full)).await.unwrap_err(),
        client.delete_screening(delete("")).await.unwrap_err(),
        reviews.record_verdict(record).await.unwrap_err(),
    ] {
        assert_eq!((status.code(), reason(&status).as_str()), (Code::NotFound, "RESOURCE_NOT_FOUND"));
    }
    let list = v1::ListVerdictsRequest { parent: name.clone(), ..Default::default() };
    assert_eq!(reviews.list_verdicts(list.clone()).await.unwrap().into_inner().verdicts.len(), 1);

    // Screened again it has its name again, and this time the verdicts go.
    let (_, again) = screen(&service, options(&["eu"]), REPORT.as_bytes()).await.unwrap();
    assert_eq!(again.name, name);
    let all = v1::DeleteScreeningRequest { name: name.clone(), delete_verdicts: true, ..Default::default() };
    client.delete_screening(all).await.unwrap();
    assert!(reviews.list_verdicts(list).await.unwrap().into_inner().verdicts.is_empty());
    drop((client, reviews));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_not_ended_is_not_deleted() {
    use v1::submit_document_request::Part;
    let service = start().await;
    let mut client = ScreeningServiceClient::new(service.channel.clone());
    let header = v1::SubmissionHeader { options: Some(options(&["eu"])), ..Default::default() };
    // Takes longer to judge than the call that follows takes on a busy machine.
    let long = format!("{REPORT}\n").repeat(3_000);
    let parts = std::iter::once(Part::Header(header))
        .chain(long.as_bytes().chunks(1 << 20).map(|chunk| Part::Chunk(chunk.to_vec())));
    let messages: Vec<_> = parts.map(|part| v1::SubmitDocumentRequest { part: Some(part) }).collect();
    let submitted = client.submit_document(tokio_stream::iter(messages)).await.unwrap().into_inner();
    let delete = || v1::DeleteScreeningRequest { name: submitted.name.clone(), ..Default::default() };
    let status = client.delete_screening(delete()).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::FailedPrecondition, "NOT_ENDED"));
    let cancelled =
        client.cancel_screening(v1::CancelScreeningRequest { name: submitted.name.clone() }).await.unwrap();
    let stale = v1::DeleteScreeningRequest { etag: submitted.etag.clone(), ..delete() };
    let status = client.delete_screening(stale).await.unwrap_err();
    assert_eq!(reason(&status), "ETAG_MISMATCH");
    let seen = v1::DeleteScreeningRequest { etag: cancelled.into_inner().etag, ..delete() };
    client.delete_screening(seen).await.unwrap();
    drop(client);
    service.stop().await;
}

/// Stores a finished screening of a file of its own that ended at that time.
async fn stored(index: &dyn CaseIndex, name: &str, ended: &str) -> ScreeningRecord {
    let mut screening = record(name, ScreeningState::Succeeded, 3);
    screening.work.as_mut().unwrap().update_time = ended.to_owned();
    let file = StoredFile { document: screening.document, sha256: "ab".repeat(32), bytes: 4 };
    index.put_file(&file, Box::new(std::io::Cursor::new(b"file"))).await.unwrap();
    assert_eq!(index.swap_screening(None, &screening).await.unwrap(), Swap::Stored);
    screening
}

async fn archive(folder: &Path) -> Arc<dyn CaseIndex> {
    let mut settings = crate::service::settings(folder);
    settings.data_dir = folder.join("data");
    eia_screen::assembly::archive(&settings, None).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_expired_is_deleted_and_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let index = archive(folder.path()).await;
    let north = index.of_tenant(&TenantId::parse("north").unwrap()).unwrap();
    let old = stored(north.as_ref(), "old", "2026-01-01T00:00:00Z").await;
    let recent = stored(north.as_ref(), "recent", "2026-11-01T00:00:00Z").await;
    let new = stored(north.as_ref(), "new", "2026-11-25T00:00:00Z").await;
    let mut running = record("running", ScreeningState::Running, 2);
    running.work.as_mut().unwrap().update_time = "2020-01-01T00:00:00Z".to_owned();
    assert_eq!(north.swap_screening(None, &running).await.unwrap(), Swap::Stored);

    let now = "2026-11-26T00:00:00Z".parse().unwrap();
    let off = RetentionSettings { screenings_days: 0, files_days: 0 };
    assert_eq!(retention::expired(index.as_ref(), &off, now).await.unwrap(), []);
    let settings = RetentionSettings { screenings_days: 90, files_days: 7 };
    let expired = retention::expired(index.as_ref(), &settings, now).await.unwrap();
    let names: Vec<String> = expired.iter().map(Expired::resource).collect();
    assert_eq!(names, [format!("screenings/{}", old.id), format!("documents/{}", recent.document)]);
    assert!(north.get_screening(old.id).await.unwrap().is_some(), "looking deletes nothing");

    let file = folder.path().join("audit.jsonl");
    let audit = Audit::open(&AuditSettings { file: file.clone(), ..Default::default() }).unwrap();
    let tally = retention::delete(index.as_ref(), expired, &settings, now, &audit).await.unwrap();
    assert_eq!(tally, Tally { screenings: 1, files: 1, left: 0 });
    assert!(audit.flush());
    assert_eq!(north.get_screening(old.id).await.unwrap(), None);
    for (screening, has_file) in [(&old, false), (&recent, false), (&new, true)] {
        assert_eq!(north.get_file(screening.document).await.unwrap().is_some(), has_file);
    }
    for screening in [&recent, &new, &running] {
        assert!(north.get_screening(screening.id).await.unwrap().is_some());
    }
    assert_eq!(audit::verify(std::slice::from_ref(&file)).unwrap().problems, Vec::<String>::new());
    let log = std::fs::read_to_string(file).unwrap();
    assert_eq!(log.matches("\"kind\":\"begun\"").count(), 2, "{log}");
    assert_eq!(log.matches("\"OK\"").count(), 2, "{log}");
    assert_eq!(log.matches("retention delete").count(), 4, "{log}");
    for part in [names[0].as_str(), &names[1], "\"who\":\"retention\"", "\"tenant\":\"north\""] {
        assert!(log.contains(part), "{part}: {log}");
    }
    // A deletion that was cut short must not look ended by another one of the same run.
    let lines = log.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let lines: Vec<_> = lines.filter(|line| line["call"]["what"] == "retention delete").collect();
    for id in ["call_id", "request_id"] {
        let ids: BTreeSet<_> = lines.iter().filter_map(|line| line["call"][id].as_str()).collect();
        assert_eq!(ids.len(), 2, "one of each for two deletions: {log}");
    }
    assert_eq!(retention::expired(index.as_ref(), &settings, now).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_expires_also_when_the_last_screening_of_it_was_a_call() {
    let folder = tempfile::tempdir().unwrap();
    let index = archive(folder.path()).await;
    let submitted = stored(index.as_ref(), "submitted", "2026-11-01T00:00:00Z").await;
    let mut called = record("called", ScreeningState::Succeeded, 3);
    (called.document, called.work) = (submitted.document, None);
    called.create_time = "2026-11-02T00:00:00Z".to_owned();
    index.put_screening(&called).await.unwrap();
    let deleted = index.delete_screening(&submitted, Verdicts::Stay).await.unwrap();
    assert_eq!(deleted, Swap::Stored);
    let settings = RetentionSettings { screenings_days: 0, files_days: 7 };
    let expired = |now: &str| {
        let (index, settings, now) = (Arc::clone(&index), settings.clone(), now.parse().unwrap());
        async move { retention::expired(index.as_ref(), &settings, now).await.unwrap() }
    };
    assert_eq!(expired("2026-11-08T12:00:00Z").await, []);
    let file = Expired::File { tenant: TenantId::default(), document: submitted.document };
    assert_eq!(expired("2026-11-09T12:00:00Z").await, [file]);
    // Without the file it stays a screening of the document; with the last one everything goes.
    assert!(index.delete_file(submitted.document, "2026-11-03T00:00:00Z").await.unwrap());
    assert_eq!(expired("2026-11-09T12:00:00Z").await, []);
}

/// A folder that has the name of the file to be closed stands for a full disk.
#[tokio::test(flavor = "multi_thread")]
async fn deletions_end_at_a_full_audit_log_and_go_on_when_there_is_room_again() {
    let folder = tempfile::tempdir().unwrap();
    let index = archive(folder.path()).await;
    let old = stored(index.as_ref(), "old", "2026-01-01T00:00:00Z").await;
    let now = "2026-11-26T00:00:00Z".parse().unwrap();
    let settings = RetentionSettings { screenings_days: 90, files_days: 0 };
    let file = folder.path().join("audit.jsonl");
    let small = AuditSettings { file: file.clone(), rotate_mib: 1, ..Default::default() };
    let audit = Audit::open(&small).unwrap();
    while std::fs::metadata(&file).unwrap().len() < 1 << 20 {
        audit.record(Entry { what: "x".repeat(100_000), ..Entry::default() });
        assert!(audit.flush());
    }
    let closed = folder.path().join("audit.000000000000.jsonl");
    std::fs::create_dir(&closed).unwrap();
    assert!(audit.is_writable(), "nothing has failed yet");
    let expired = retention::expired(index.as_ref(), &settings, now).await.unwrap();
    assert_eq!(expired.len(), 1);
    let deleting = retention::delete(index.as_ref(), expired.clone(), &settings, now, &audit);
    let ended = tokio::time::timeout(Duration::from_secs(20), deleting).await.expect("it ends");
    assert!(matches!(ended, Err(RetentionError::Audit)), "{ended:?}");
    assert!(index.get_screening(old.id).await.unwrap().is_some());

    std::fs::remove_dir(&closed).unwrap();
    assert!(audit.flush());
    let tally = retention::delete(index.as_ref(), expired, &settings, now, &audit).await.unwrap();
    assert_eq!(tally, Tally { screenings: 1, files: 0, left: 0 });
    assert!(audit.flush());
    assert_eq!(index.get_screening(old.id).await.unwrap(), None);
    assert_eq!(audit::verify(&[closed.clone(), file.clone()]).unwrap().problems, Vec::<String>::new());
    let log = [closed, file].map(|file| std::fs::read_to_string(file).unwrap()).concat();
    let outcomes = ["\"ABORTED\"", "\"kind\":\"begun\"", "\"OK\""].map(|part| log.matches(part).count());
    assert_eq!(outcomes, [1, 1, 1], "given up; begun; done");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_shows_what_would_be_deleted_and_deletes_it() {
    let folder = tempfile::tempdir().unwrap();
    let index = archive(folder.path()).await;
    let old = stored(index.as_ref(), "old", "2025-01-01T00:00:00Z").await;
    index.flush().await.unwrap();
    drop(index);
    let run = |arguments: &[&str], days: &str| {
        let mut command = assert_cmd::Command::cargo_bin("eia-screen").unwrap();
        command
            .current_dir(folder.path())
            .env_remove("EIA_SCREEN_CONFIG")
            .args(["--model", "none", "archive"]);
        command.env("EIA_SCREEN__RETENTION__SCREENINGS_DAYS", days);
        command.env("EIA_SCREEN__AUDIT__FILE", folder.path().join("audit.jsonl"));
        command.args(arguments).assert()
    };
    run(&["expire"], "0").code(64).stderr(contains("nothing expires"));
    let name = format!("screenings/{}", old.id);
    run(&["expire", "--dry-run"], "30")
        .success()
        .stdout(contains(name.as_str()).and(contains("1 would be deleted")));
    run(&["expire"], "30").success().stdout(contains("1 screenings and 0 files deleted"));
    run(&["expire", "--dry-run"], "30").success().stdout(contains("0 would be deleted"));
    let log = std::fs::read_to_string(folder.path().join("audit.jsonl")).unwrap();
    assert!(log.contains(&name), "{log}");
    assert_eq!(archive(folder.path()).await.get_screening(old.id).await.unwrap(), None);
}
