//! What becomes of a submission when something other than its file is at fault: on an engine in memory that
//! refuses or panics. And what the figures say of it.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusHandle;
use tokio_stream::StreamExt;
use tokio_util::sync::CancellationToken;

use super::{Render, Room, Spooled, Submission, SubmissionSettings, Submissions};
use crate::admission::{Admission, Cost};
use crate::domain::report::ScreeningReport;
use crate::index::CaseIndex;
use crate::index::mortal::{Mortal, Payload, Shelf, start};
use crate::index::schema::{field, kind};
use crate::index::store::{CaseFilter, ScreeningRecord};
use crate::index::work::{Lane, ScreeningState, Swap};
use crate::metrics::count_report;
use crate::metrics::tests::{series_of_counters, with_figures};
use crate::places::Places;
use crate::screen::run::{Progress, Screener, ScreeningRequest};
use crate::settings::{IsolationMode, Settings};

/// Time without a sign of life.
pub(super) const LEASE: Duration = Duration::from_millis(40);

/// Refusals that last for more than as many leases as a submission is begun at most.
const REFUSALS: usize = 24;

pub(super) struct Replica {
    pub(super) engine: Arc<Mortal>,
    pub(super) index: Arc<dyn CaseIndex>,
    screener: Arc<Screener>,
}

/// Builds a screener without an archive, which takes the longest.
pub(super) fn screener() -> Screener {
    let mut settings = Settings { model: "none".to_owned(), ..Settings::default() };
    settings.limits.isolation = IsolationMode::Off;
    crate::assembly::screener(&settings, None, None).unwrap()
}

pub(super) fn request() -> ScreeningRequest {
    ScreeningRequest {
        case: None,
        packs: vec!["eu".to_owned()],
        submitted: jiff::civil::date(2026, 10, 1),
        stage: String::new(),
        facts: Default::default(),
        facets: Default::default(),
        filter: CaseFilter::default(),
        max_precedents: 0,
    }
}

impl Replica {
    pub(super) async fn new(screener: &Screener) -> Self {
        let engine = Mortal::new(Shelf::default(), Shelf::default(), usize::MAX);
        let index: Arc<dyn CaseIndex> = Arc::new(start(&engine).await.unwrap());
        let screener = Screener { index: Some(Arc::clone(&index)), ..screener.clone() };
        Self { engine, index, screener: Arc::new(screener) }
    }

    fn start(&self) -> Submissions {
        self.start_with(Places::new(1, 1))
    }

    fn start_with(&self, places: Places) -> Submissions {
        let admission = Admission::new(Cost { bytes: 1 << 30, tokens: 1 << 20 });
        self.start_in(Room { admission, places })
    }

    fn start_in(&self, room: Room) -> Submissions {
        self.start_rendering(room, |_| "{}".to_owned())
    }

    pub(super) fn start_rendering(&self, room: Room, render: Render) -> Submissions {
        self.start_as(room, render, true)
    }

    pub(super) fn start_as(&self, room: Room, render: Render, is_alone: bool) -> Submissions {
        let settings =
            SubmissionSettings { lease: LEASE, poll: LEASE, is_alone, ..SubmissionSettings::default() };
        Submissions::start(Arc::clone(&self.screener), room, settings, render).unwrap()
    }

    /// Submits a report while nobody works on it.
    pub(super) async fn submit(&self) -> ScreeningRecord {
        self.submit_file("a.txt", b"1. Introduction\n\nA road is built.").await
    }

    pub(super) async fn submit_file(&self, name: &str, bytes: &[u8]) -> ScreeningRecord {
        let stopped = self.start();
        stopped.stop(Duration::ZERO).await;
        self.submit_to(&stopped, name, bytes).await
    }

    async fn submit_to(&self, submissions: &Submissions, name: &str, bytes: &[u8]) -> ScreeningRecord {
        let submission = Submission { document_name: name.to_owned(), request: request(), lane: Lane::Bulk };
        let file = Spooled::of_bytes(bytes).await.unwrap();
        submissions.submit(self.index.as_ref(), file, &submission).await.unwrap()
    }

    /// Runs a submission to its end.
    pub(super) async fn run(&self, record: &ScreeningRecord) -> ScreeningRecord {
        let submissions = self.start();
        let last = self.end(&submissions, record).await;
        submissions.stop(Duration::ZERO).await;
        last
    }

    /// Follows a submission to its end.
    pub(super) async fn end(&self, submissions: &Submissions, record: &ScreeningRecord) -> ScreeningRecord {
        let mut followed = submissions.watch(Arc::clone(&self.index), record.id);
        let last = async {
            let mut last = None;
            while let Some(record) = followed.next().await {
                last = Some(record.unwrap());
            }
            last.unwrap()
        };
        tokio::time::timeout(Duration::from_secs(60), last).await.expect("it ends")
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

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_with_a_fact_that_no_rules_know_any_more_is_run_all_the_same() {
    let replica = Replica::new(&screener()).await;
    let mut record = replica.submit().await;
    let asked = ScreeningRequest { facts: [("hearing_wanted".to_owned(), true)].into(), ..request() };
    let work = record.work.as_mut().unwrap();
    let seen = work.revision;
    work.revision += 1;
    work.request_json = serde_json::to_string(&asked).unwrap();
    assert_eq!(replica.index.swap_screening(Some(seen), &record).await.unwrap(), Swap::Stored);
    assert_eq!(replica.run(&record).await.state, ScreeningState::Succeeded);
}

/// Holds up workers that are at the end of their work, while it lives. One for each test: workers know no other way
/// to it than their type.
pub(super) struct Bar<const OF_TEST: usize>;

static IS_UP: [AtomicBool; 4] = [const { AtomicBool::new(true) }; 4];
static HELD_UP: [AtomicUsize; 4] = [const { AtomicUsize::new(0) }; 4];

impl<const OF_TEST: usize> Bar<OF_TEST> {
    pub(super) fn render(_: &ScreeningReport) -> String {
        HELD_UP[OF_TEST].fetch_add(1, Ordering::Relaxed);
        while IS_UP[OF_TEST].load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(5));
        }
        "{}".to_owned()
    }

    /// Waits until so many have come.
    pub(super) async fn holds(&self, count: usize) {
        let come = async {
            while HELD_UP[OF_TEST].load(Ordering::Relaxed) < count {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), come).await.expect("it is begun");
    }
}

impl<const OF_TEST: usize> Drop for Bar<OF_TEST> {
    fn drop(&mut self) {
        IS_UP[OF_TEST].store(false, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_here_is_not_begun_again_before_it_has_ended_here() {
    let replica = Replica::new(&screener()).await;
    let first = replica.submit_file("a.txt", b"1. Introduction\n\nA road is built.").await;
    let admission = Admission::new(Cost { bytes: 1 << 30, tokens: 1 << 20 });
    let room = Room { admission, places: Places::new(4, 4) };
    let submissions = replica.start_rendering(room, Bar::<0>::render);
    let bar = Bar::<0>;
    bar.holds(1).await;
    // Told late, when it has been begun.
    submissions.shared.tell_waiting(replica.index.tenant(), &first);
    let second = replica.submit_to(&submissions, "b.txt", b"1. Introduction\n\nA bridge is built.").await;
    bar.holds(2).await;
    // Cancelled and submitted again, and its first worker has not noticed.
    submissions.cancel(replica.index.as_ref(), second.id).await.unwrap().unwrap();
    let again = replica.submit_to(&submissions, "b.txt", b"1. Introduction\n\nA bridge is built.").await;
    assert_eq!((again.id, again.state), (second.id, ScreeningState::Pending));
    let third = replica.submit_to(&submissions, "c.txt", b"1. Introduction\n\nA dam is built.").await;
    bar.holds(3).await;
    let state = replica.index.describe_screening(second.id).await.unwrap().unwrap().state;
    assert_eq!(state, ScreeningState::Pending);
    drop(bar);
    for record in [first, second, third] {
        let ended = replica.end(&submissions, &record).await;
        let work = ended.work.unwrap();
        assert_eq!((ended.state, work.attempts), (ScreeningState::Succeeded, 1), "{}", ended.document_name);
    }
    submissions.stop(Duration::from_secs(60)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_does_not_wait_for_ever_for_work_that_does_not_go_back() {
    let replica = Replica::new(&screener()).await;
    let record = replica.submit().await;
    let admission = Admission::new(Cost { bytes: 1 << 30, tokens: 1 << 20 });
    let room = Room { admission, places: Places::new(1, 1) };
    let submissions = replica.start_rendering(room, Bar::<3>::render);
    let bar = Bar::<3>;
    bar.holds(1).await;
    let stop = submissions.stop_within(Duration::ZERO, Duration::from_millis(20));
    tokio::time::timeout(Duration::from_secs(60), stop).await.expect("it stops");
    // As after a kill: the next process takes it over.
    let state = replica.index.describe_screening(record.id).await.unwrap().unwrap().state;
    assert_eq!(state, ScreeningState::Running);
    drop(bar);
    assert_eq!(replica.run(&record).await.state, ScreeningState::Succeeded);
}

/// A Word file of some kilobytes with a text of a quarter of a megabyte.
fn packed_text() -> Vec<u8> {
    let lines = (0..3_000).map(|n| {
        let depth = n * 7_919 % 1_000;
        format!("<w:p><w:r><w:t>Well {n} lowers the groundwater by {depth} mm, and the fields beside it dry out in summer.</w:t></w:r></w:p>")
    });
    let lines = lines.collect::<String>();
    let document = format!(r#"<w:document xmlns:w="w"><w:body>{lines}</w:body></w:document>"#);
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file("word/document.xml", zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(document.as_bytes()).unwrap();
    archive.finish().unwrap().into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_turns_out_to_be_large_waits_for_room_without_a_place() {
    let replica = Replica::new(&screener()).await;
    let record = replica.submit_file("a.docx", &packed_text()).await;
    let admission = Admission::new(Cost { bytes: 1 << 30, tokens: 1 << 17 });
    let room = Room { admission: admission.clone(), places: Places::new(1, 1) };
    let places = room.places.clone();
    // Most of what there is for submissions: room for the file, and none for its text.
    let others = admission.admit_bulk(Cost { bytes: 1, tokens: 60_000 }).unwrap();
    let submissions = replica.start_in(room);
    let kept = Cost::of_file(record.work.as_ref().unwrap().file_bytes, true).bytes + (1 << 18);
    let waits = async {
        while admission.in_use().bytes < kept {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waits).await.expect("the text that was read counts");
    let call = tokio::time::timeout(Duration::from_secs(60), places.take()).await;
    let call = call.expect("its place is free for calls").unwrap();
    assert!(admission.admit_bulk(Cost::of_bytes(1)).is_none(), "nobody overtakes it");
    let waiting = replica.index.describe_screening(record.id).await.unwrap().unwrap();
    assert_eq!(waiting.state, ScreeningState::Running);
    drop(others);
    drop(call);
    let ended = replica.end(&submissions, &record).await;
    assert_eq!((ended.state, ended.work.unwrap().failure), (ScreeningState::Succeeded, None));
    submissions.stop(Duration::from_secs(60)).await;
    assert_eq!(admission.in_use(), Cost::default());
}

/// Runs a test on one thread, so that its figures are its own.
fn on_one_thread(test: impl AsyncFnOnce(&PrometheusHandle)) {
    with_figures(|figures| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(test(figures));
    });
}

/// Waits until the figures have a line.
async fn until(figures: &PrometheusHandle, line: &str) {
    let there = async {
        while !figures.render().lines().any(|it| it == line) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(60), there).await;
    assert!(waited.is_ok(), "{line} is missing in:\n{}", figures.render());
}

#[test]
fn submissions_that_wait_are_counted_also_while_there_is_no_place() {
    let screener = screener();
    on_one_thread(async |figures| {
        let replica = Replica::new(&screener).await;
        let oldest = replica.submit().await;
        let since: jiff::Timestamp = oldest.work.unwrap().update_time.parse().unwrap();
        let since = format!("eia_submissions_oldest_pending_timestamp_seconds {}", since.as_second());
        let places = Places::new(1, 1);
        let taken = places.take().await.unwrap();
        let submissions = replica.start_with(places);
        until(figures, "eia_submissions_pending 1").await;
        until(figures, &since).await;
        // Nobody is told of this one: another replica has taken it over.
        replica.submit_file("b.txt", b"1. Introduction\n\nA bridge is built.").await;
        until(figures, "eia_submissions_pending 2").await;
        until(figures, &since).await;
        drop(taken);
        until(figures, "eia_submissions_pending 0").await;
        until(figures, "eia_submissions_oldest_pending_timestamp_seconds 0").await;
        submissions.stop(Duration::from_secs(60)).await;
    });
}

#[test]
fn submissions_that_fail_are_counted_by_who_can_help() {
    let screener = screener();
    on_one_thread(async |figures| {
        let replica = Replica::new(&screener).await;
        let record = replica.submit_file("a.png", b"\x89PNG\r\n\x1a\n").await;
        let ended = replica.run(&record).await;
        assert_eq!(ended.state, ScreeningState::Failed);
        until(figures, "eia_submissions_failed_total{cause=\"request\"} 1").await;
        until(figures, "eia_submissions_failed_total{cause=\"service\"} 0").await;
        let record = replica.submit().await;
        replica.engine.refuse(|point| {
            assert!(!is(point, kind::FILE_PIECE), "a panic in the work");
            false
        });
        let ended = replica.run(&record).await;
        assert_eq!(ended.work.unwrap().failure.unwrap().reason, "GAVE_UP");
        until(figures, "eia_submissions_failed_total{cause=\"service\"} 1").await;
    });
}

#[test]
fn whatever_is_counted_of_a_report_is_there_from_the_start() {
    let screener = screener();
    on_one_thread(async |figures| {
        let born = series_of_counters(&figures.render());
        let replica = Replica::new(&screener).await;
        let bytes = b"1. Introduction\n\nA road is built.".to_vec();
        let (progress, cancel): (Progress, _) = (Arc::new(|_, _, _| {}), CancellationToken::new());
        let screening = replica.screener.screen_bytes("a.txt".to_owned(), bytes, request(), progress, cancel);
        count_report(&screening.await.unwrap());
        let text = figures.render();
        assert!(text.contains("eia_document_sections_count 1"), "{text}");
        let all = series_of_counters(&text);
        assert_eq!(all.difference(&born).collect::<Vec<_>>(), Vec::<&String>::new());
    });
}
