//! What becomes of a submission when something other than its file is at fault: on an engine in memory that
//! refuses or panics.

use std::sync::Arc;
use std::time::Duration;

use tokio_stream::StreamExt;

use super::{Room, Spooled, Submission, SubmissionSettings, Submissions};
use crate::admission::{Admission, Cost};
use crate::index::CaseIndex;
use crate::index::mortal::{Mortal, Payload, Shelf, start};
use crate::index::schema::{field, kind};
use crate::index::store::{CaseFilter, ScreeningRecord};
use crate::index::work::{Lane, ScreeningState};
use crate::places::Places;
use crate::screen::run::{Screener, ScreeningRequest};
use crate::settings::{IsolationMode, Settings};

/// Refusals that last for more than as many leases as a submission is begun at most.
const REFUSALS: usize = 24;

struct Replica {
    engine: Arc<Mortal>,
    index: Arc<dyn CaseIndex>,
    screener: Arc<Screener>,
}

/// Builds a screener without an archive, which takes the longest.
fn screener() -> Screener {
    let mut settings = Settings { model: "none".to_owned(), ..Settings::default() };
    settings.limits.isolation = IsolationMode::Off;
    crate::assembly::screener(&settings, None, None).unwrap()
}

impl Replica {
    async fn new(screener: &Screener) -> Self {
        let engine = Mortal::new(Shelf::default(), Shelf::default(), usize::MAX);
        let index: Arc<dyn CaseIndex> = Arc::new(start(&engine).await.unwrap());
        let screener = Screener { index: Some(Arc::clone(&index)), ..screener.clone() };
        Self { engine, index, screener: Arc::new(screener) }
    }

    fn start(&self) -> Submissions {
        let admission = Admission::new(Cost { bytes: 1 << 30, tokens: 1 << 20 });
        let room = Room { admission, places: Places::new(1, 1) };
        let lease = Duration::from_millis(40);
        let settings = SubmissionSettings { lease, poll: lease, ..SubmissionSettings::default() };
        Submissions::start(Arc::clone(&self.screener), room, settings, |_| "{}".to_owned()).unwrap()
    }

    /// Submits a report while nobody works on it.
    async fn submit(&self) -> ScreeningRecord {
        let stopped = self.start();
        stopped.stop(Duration::ZERO).await;
        let request = ScreeningRequest {
            case: None,
            packs: vec!["eu".to_owned()],
            submitted: jiff::civil::date(2026, 10, 1),
            stage: String::new(),
            facts: Default::default(),
            facets: Default::default(),
            filter: CaseFilter::default(),
            max_precedents: 0,
        };
        let submission = Submission { document_name: "a.txt".to_owned(), request, lane: Lane::Bulk };
        let file = Spooled::of_bytes(b"1. Introduction\n\nA road is built.").await.unwrap();
        stopped.submit(self.index.as_ref(), file, &submission).await.unwrap()
    }

    /// Runs a submission to its end.
    async fn run(&self, record: &ScreeningRecord) -> ScreeningRecord {
        let submissions = self.start();
        let mut followed = submissions.watch(Arc::clone(&self.index), record.id);
        let last = async {
            let mut last = None;
            while let Some(record) = followed.next().await {
                last = Some(record.unwrap());
            }
            last.unwrap()
        };
        let last = tokio::time::timeout(Duration::from_secs(60), last).await.expect("it ends");
        submissions.stop(Duration::ZERO).await;
        last
    }
}

fn is(payload: &Payload, wanted: &str) -> bool {
    payload.get(field::KIND).and_then(|kind| kind.as_str()) == Some(wanted)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_fails_for_long_is_no_fault_of_the_file() {
    type Refused = fn(&Payload) -> bool;
    let refused: [(&str, Refused); 3] = [
        ("reading the file", |point| is(point, kind::FILE_PIECE)),
        ("storing the text", |point| is(point, kind::TEXT)),
        ("storing the report", |point| point.get(field::REPORT).is_some_and(|report| *report != "")),
    ];
    let screener = screener();
    for (what, is_refused) in refused {
        let replica = Replica::new(&screener).await;
        let record = replica.submit().await;
        let mut left = REFUSALS;
        replica.engine.refuse(move |point| {
            let refuses = left > 0 && is_refused(point);
            left -= usize::from(refuses);
            refuses
        });
        let ended = replica.run(&record).await;
        let work = ended.work.unwrap();
        assert_eq!((ended.state, work.failure), (ScreeningState::Succeeded, None), "{what}");
        assert_eq!(work.attempts, 1, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_panics_is_taken_up_again() {
    let replica = Replica::new(&screener()).await;
    let record = replica.submit().await;
    let mut is_first = true;
    replica.engine.refuse(move |point| {
        assert!(!(is(point, kind::FILE_PIECE) && std::mem::take(&mut is_first)), "a panic in the work");
        false
    });
    let ended = replica.run(&record).await;
    assert_eq!((ended.state, ended.work.unwrap().attempts), (ScreeningState::Succeeded, 2));
}
