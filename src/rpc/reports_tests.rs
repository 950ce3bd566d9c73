//! Large reports and little room.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;

use tonic_types::StatusExt;

use super::*;
use crate::domain::ids::DocumentId;
use crate::index::mortal::{Mortal, Shelf, start};
use crate::places::Places;
use crate::room::Room;
use crate::rpc::idempotency::Claims;

fn record(report_json: String) -> ScreeningRecord {
    ScreeningRecord {
        id: ScreeningId::of_content(&["a"]),
        case: None,
        document: DocumentId::of_content(&["a"]),
        document_name: "a.txt".to_owned(),
        packs: Vec::new(),
        create_time: "2026-11-21T10:00:00Z".to_owned(),
        state: ScreeningState::Succeeded,
        work: None,
        report_json,
    }
}

/// A report of so many bytes that says nothing.
fn blank(bytes: usize) -> String {
    format!("{{\"risks\":[]}}{}", " ".repeat(bytes))
}

/// Room for a large report, and an archive that has one.
async fn with_a_large_report() -> (Admission, Reports, Arc<dyn CaseIndex>) {
    let admission = Admission::new(Cost { bytes: 16 << 20, tokens: 1 });
    let engine = Mortal::new(Shelf::default(), Shelf::default(), usize::MAX);
    let index: Arc<dyn CaseIndex> = Arc::new(start(&engine).await.unwrap());
    index.put_screening(&record(blank(LARGE))).await.unwrap();
    (admission.clone(), Reports::new(admission), index)
}

async fn is_done<F: Future>(mut work: Pin<&mut F>) -> bool {
    poll_fn(|context| Poll::Ready(work.as_mut().poll(context).is_ready())).await
}

#[tokio::test]
async fn a_large_report_is_converted_beside_the_runtime() {
    let risk = v1::RiskFinding { term: "dust".to_owned(), ..Default::default() };
    let report = v1::ScreeningReport { risks: vec![risk; 50_000], ..Default::default() };
    let large = record(serde_json::to_string(&report).unwrap());
    let mut converting = pin!(screening_of(large));
    assert!(!is_done(converting.as_mut()).await, "the thread of the runtime is free meanwhile");
    assert_eq!(converting.await.unwrap().report, Some(report));
    assert_eq!(screening_of(record(String::new())).await.unwrap().report, None);
    assert!(screening_of(record("no JSON".to_owned())).await.is_err());
}

#[tokio::test]
async fn a_large_report_needs_room_until_it_has_been_sent_and_a_small_one_does_not() {
    let (admission, reports, index) = with_a_large_report().await;
    let complete = async |record| reports.complete(index.as_ref(), record, WithoutRoom::Refuse).await;
    let described = index.describe_screening(record(String::new()).id).await.unwrap().unwrap();
    let busy = admission.admit(Cost::of_bytes(15 << 20)).unwrap();
    let refused = complete(described.clone()).await.err().unwrap();
    assert_eq!(refused.get_details_error_info().unwrap().reason, "OVERLOADED");
    assert_eq!(admission.in_use().bytes, 15 << 20);
    drop(busy);
    let answer = complete(described.clone()).await.unwrap().into_response();
    assert!(answer.get_ref().report.is_some());
    assert!(admission.in_use().bytes > LARGE as u64, "until it has been sent");
    drop(answer);
    assert_eq!(admission.in_use(), Cost::default());

    index.put_screening(&record("{}".to_owned())).await.unwrap();
    let _busy = admission.admit(Cost::of_bytes(16 << 20)).unwrap();
    assert!(complete(described).await.unwrap().screening.report.is_some());
}

#[tokio::test]
async fn who_follows_a_screening_waits_for_room_for_its_report() {
    let (admission, reports, index) = with_a_large_report().await;
    let busy = admission.admit(Cost::of_bytes(15 << 20)).unwrap();
    let id = record(String::new()).id;
    let mut reading = pin!(reports.read(index.as_ref(), id, WithoutRoom::Wait));
    let soon = std::time::Duration::from_millis(50);
    assert!(tokio::time::timeout(soon, reading.as_mut()).await.is_err());
    assert_eq!(reports.turns.available_permits(), READINGS, "who waits is in nobody's way");
    drop(busy);
    assert!(reading.await.unwrap().unwrap().room.is_some());
}

#[tokio::test]
async fn a_few_reports_are_read_at_a_time() {
    let (_, reports, index) = with_a_large_report().await;
    let others = reports.turns.acquire_many(READINGS as u32).await.unwrap();
    let id = record(String::new()).id;
    let mut reading = pin!(reports.read(index.as_ref(), id, WithoutRoom::Refuse));
    assert!(!is_done(reading.as_mut()).await);
    drop(others);
    assert!(reading.await.unwrap().is_some());
}

#[tokio::test]
async fn a_new_report_keeps_its_part_of_the_room_and_no_place() {
    let admission = Admission::new(Cost { bytes: 100 << 20, tokens: 100 });
    let room = Room { admission: admission.clone(), places: Places::new(1, 1) };
    for (bytes, kept) in [(LARGE, Cost::of_report(LARGE as u64)), (LARGE - 1, Cost::default())] {
        let permit = admission.admit(Cost { bytes: 90 << 20, tokens: 90 }).unwrap();
        let stay = room.stay(permit, room.places.take().await.unwrap());
        let answer = Answer::of_new(v1::Screening::default(), bytes, stay);
        assert_eq!(admission.in_use(), kept);
        assert!(room.places.take().await.is_ok());
        drop(answer.into_response());
        assert_eq!(admission.in_use(), Cost::default());
    }
}

#[tokio::test]
async fn a_repeated_request_gives_its_room_to_the_answer() {
    let (admission, reports, index) = with_a_large_report().await;
    let cost = Cost::of_bytes(15 << 20);
    let claims = Claims::of(Arc::clone(&index));
    for (number, content, is_there) in [(1, "a", true), (2, "deleted since", false)] {
        let (id, name) = (uuid::Uuid::from_u128(number), screening_name(ScreeningId::of_content(&[content])));
        let claim =
            async || claims.claim("ScreenDocument", "request_id", Some(id), String::new()).await.unwrap();
        let mut permit = admission.admit(cost).unwrap();
        let first = reports.answered_instead(index.as_ref(), &claim().await, &mut permit).await.unwrap();
        assert!(first.is_none() && permit.cost() == cost, "it is still to be carried out");
        claim().await.keep(name).await.unwrap();
        let again = reports.answered_instead(index.as_ref(), &claim().await, &mut permit).await;
        assert_eq!(permit.cost(), Cost::default());
        match again {
            Ok(answer) => assert!(is_there && answer.is_some_and(|answer| answer.room.is_some())),
            Err(status) => assert!(!is_there && status.code() == tonic::Code::NotFound, "{status:?}"),
        }
    }
}
