//! What is left of a submission whose caller leaves, whose archive fails on the way, or that is sent again? On an
//! engine in memory, with nobody who works on it.

use std::collections::BTreeSet;
use std::time::Duration;

use super::*;
use crate::admission::{Admission, Cost};
use crate::index::mortal::{Mortal, Payload, Shelf, small_verdict, start};
use crate::index::schema::{field, kind};
use crate::index::work::Seen;
use crate::places::Places;
use crate::screen::run::Screener;
use crate::submission::worker_tests::{request, screener};
use crate::submission::{Room, SubmissionSettings};

struct Replica {
    engine: Arc<Mortal>,
    index: Arc<dyn CaseIndex>,
    submissions: Submissions,
}

fn submission() -> Submission {
    Submission { document_name: "a.txt".to_owned(), request: request(), lane: Lane::Bulk }
}

impl Replica {
    async fn new(screener: &Screener) -> Self {
        Self::on(screener, Shelf::default()).await
    }

    async fn on(screener: &Screener, records: Shelf) -> Self {
        let engine = Mortal::new(records, Shelf::default(), usize::MAX);
        let index: Arc<dyn CaseIndex> = Arc::new(start(&engine).await.unwrap());
        let screener = Arc::new(Screener { index: Some(Arc::clone(&index)), ..screener.clone() });
        let admission = Admission::new(Cost { bytes: 1 << 30, tokens: 1 << 20 });
        let room = Room { admission, places: Places::new(1, 1) };
        let settings = SubmissionSettings::default();
        let submissions = Submissions::start(screener, room, settings, |_| "{}".to_owned()).unwrap();
        submissions.stop(Duration::ZERO).await;
        Self { engine, index, submissions }
    }

    async fn submit(&self) -> Result<ScreeningRecord, SubmitError> {
        let file = Spooled::of_bytes(b"1. Introduction\n\nA road is built.").await.unwrap();
        self.submissions.submit(self.index.as_ref(), file, &submission()).await
    }

    async fn cancel(&self, id: ScreeningId) -> Result<Option<ScreeningRecord>, IndexError> {
        self.submissions.cancel(self.index.as_ref(), id).await
    }

    /// Waits for everything that goes on without its caller.
    async fn is_quiet(&self) {
        let quiet = self.submissions.shared.tasks.wait();
        tokio::time::timeout(Duration::from_secs(60), quiet).await.expect("it ends");
    }

    /// Kinds of what is stored.
    fn kinds(&self) -> BTreeSet<String> {
        let points = self.engine.records.lock().unwrap().now();
        points.values().map(|point| kind_of(&point.payload).to_owned()).collect()
    }

    /// What a kill leaves at this moment, with everything lost that may be lost.
    async fn after_kill(&self, screener: &Screener) -> Self {
        let left = self.engine.records.lock().unwrap().after_kill(0);
        Self::on(screener, left).await
    }
}

fn kind_of(payload: &Payload) -> &str {
    payload.get(field::KIND).and_then(|kind| kind.as_str()).unwrap_or_default()
}

#[tokio::test]
async fn what_is_submitted_again_is_on_the_disk_before_it_is_acknowledged() {
    let screener = screener();
    let replica = Replica::new(&screener).await;
    // The record is stored, and cannot be written to disk.
    replica.engine.refuse(|payload| payload.is_empty());
    for attempt in 0..2 {
        assert!(replica.submit().await.is_err(), "{attempt}");
        replica.is_quiet().await;
        assert!(replica.kinds().contains(kind::SCREENING));
    }
    replica.engine.refuse(|_| false);
    let record = replica.submit().await.unwrap();
    let revived = replica.after_kill(&screener).await;
    assert!(revived.index.describe_screening(record.id).await.unwrap().is_some());
    assert!(revived.index.get_file(record.document).await.unwrap().is_some());
}

#[tokio::test]
async fn what_is_cancelled_again_is_on_the_disk_before_it_is_acknowledged() {
    let screener = screener();
    let replica = Replica::new(&screener).await;
    let id = replica.submit().await.unwrap().id;
    replica.engine.refuse(|payload| payload.is_empty());
    for attempt in 0..2 {
        assert!(replica.cancel(id).await.is_err(), "{attempt}");
    }
    replica.engine.refuse(|_| false);
    replica.cancel(id).await.unwrap().unwrap();
    let revived = replica.after_kill(&screener).await;
    let there = revived.index.describe_screening(id).await.unwrap().unwrap();
    assert_eq!(there.state, ScreeningState::Cancelled);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_leaves_when_the_file_is_stored_leaves_no_file_without_its_screening() {
    let replica = Arc::new(Replica::new(&screener()).await);
    // Holds up the record behind the file, for as long as the caller takes to leave.
    let (left, has_left) = std::sync::mpsc::channel::<()>();
    replica.engine.refuse(move |payload| {
        if kind_of(payload) == kind::SCREENING {
            let _ = has_left.recv_timeout(Duration::from_secs(60));
        }
        false
    });
    let submitting = tokio::spawn({
        let replica = Arc::clone(&replica);
        async move { replica.submit().await.is_ok() }
    });
    let stored = async {
        while !replica.kinds().contains(kind::FILE) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), stored).await.expect("the file is stored");
    submitting.abort();
    assert!(submitting.await.is_err(), "it has no answer");
    drop(left);
    replica.is_quiet().await;
    assert!(replica.kinds().contains(kind::SCREENING), "{:?}", replica.kinds());
}

#[tokio::test]
async fn a_submission_that_fails_on_the_way_leaves_nothing() {
    let replica = Replica::new(&screener()).await;
    replica.engine.refuse(|payload| kind_of(payload) == kind::SCREENING);
    assert!(replica.submit().await.is_err());
    replica.is_quiet().await;
    assert_eq!(replica.kinds(), BTreeSet::new());
}

/// Gives a submission a report that is the last of so many in a row for which a stage failed.
async fn end_degraded(replica: &Replica, id: ScreeningId, degraded_ends: u32) {
    let mut record = replica.index.describe_screening(id).await.unwrap().unwrap();
    let work = record.work.as_mut().unwrap();
    let seen = work.revision;
    (work.revision, work.degraded_ends) = (seen + 1, degraded_ends);
    (record.state, record.report_json) = (ScreeningState::Succeeded, "{}".to_owned());
    assert_eq!(replica.index.swap_screening(Some(seen), &record).await.unwrap(), Swap::Stored);
}

#[tokio::test]
async fn what_has_a_report_is_taken_up_again_only_if_a_stage_failed_for_it_and_once() {
    let replica = Replica::new(&screener()).await;
    let id = replica.submit().await.unwrap().id;
    let cases =
        [(0, ScreeningState::Succeeded), (1, ScreeningState::Pending), (2, ScreeningState::Succeeded)];
    for (ends, expected) in cases {
        end_degraded(&replica, id, ends).await;
        let again = replica.submit().await.unwrap();
        assert_eq!((again.id, again.state), (id, expected), "{ends}");
        let there = replica.index.describe_screening(id).await.unwrap().unwrap();
        assert_eq!((there.state, there.work.unwrap().degraded_ends), (expected, ends));
    }
}

#[tokio::test]
async fn a_report_about_which_somebody_has_decided_is_not_taken_up_again() {
    let replica = Replica::new(&screener()).await;
    let id = replica.submit().await.unwrap().id;
    end_degraded(&replica, id, 1).await;
    replica.index.append_verdict(&small_verdict(id), Seen::None).await.unwrap();
    assert_eq!(replica.submit().await.unwrap().state, ScreeningState::Succeeded);
    let there = replica.index.get_screening(id).await.unwrap().unwrap();
    assert_eq!((there.state, there.report_json.as_str()), (ScreeningState::Succeeded, "{}"));
}
