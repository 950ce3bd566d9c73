//! Submitted screenings: followed, repeated, refused, cancelled, taken over after a stop.

mod request_ids;

use std::sync::Arc;
use std::time::Duration;

use eia_screen::admission::{Admission, Cost};
use eia_screen::domain::span::TextRange;
use eia_screen::domain::tenant::TenantId;
use eia_screen::index::CaseIndex;
use eia_screen::index::store::ScreeningRecord;
use eia_screen::index::work::{Lane, ScreeningState, Swap};
use eia_screen::places::Places;
use eia_screen::rpc::{convert, v1};
use eia_screen::screen::run::{Screener, ScreeningRequest};
use eia_screen::settings::Settings;
use eia_screen::submission::{MAX_ATTEMPTS, Room, Spooled, Submission, SubmissionSettings, Submissions};
use tokio_stream::StreamExt;
use tonic::{Code, Status};
use v1::screening::State;
use v1::screening_service_client::ScreeningServiceClient;

use crate::durability::copy_folder;
use crate::program::Server;
use crate::service::{REPORT, Service, options, reason, settings, start, start_ready};

fn header(packs: &[&str]) -> v1::SubmissionHeader {
    v1::SubmissionHeader { options: Some(options(packs)), ..Default::default() }
}

async fn submit(
    service: &Service,
    header: v1::SubmissionHeader,
    bytes: &[u8],
) -> Result<v1::Screening, Status> {
    use v1::submit_document_request::Part;
    let message = |part| v1::SubmitDocumentRequest { part: Some(part) };
    let chunks = bytes.chunks((bytes.len() / 16).max(100)).map(|chunk| message(Part::Chunk(chunk.to_vec())));
    let messages: Vec<_> = std::iter::once(message(Part::Header(header))).chain(chunks).collect();
    let mut client = ScreeningServiceClient::new(service.channel.clone());
    Ok(client.submit_document(tokio_stream::iter(messages)).await?.into_inner())
}

async fn follow(service: &Service, name: &str) -> Vec<v1::Screening> {
    let mut client = ScreeningServiceClient::new(service.channel.clone());
    let request = v1::WatchScreeningRequest { name: name.to_owned() };
    let mut followed = client.watch_screening(request).await.unwrap().into_inner();
    let mut seen = Vec::new();
    while let Some(message) = followed.next().await {
        seen.push(message.unwrap().screening.unwrap());
    }
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn submitted_document_is_screened_and_followed_to_its_report() {
    let service = start().await;
    let submitted = submit(&service, header(&["uz"]), REPORT.as_bytes()).await.unwrap();
    assert_ne!(submitted.state(), State::Unspecified);
    assert_eq!(submitted.document_name, "quarry.txt");
    let seen = follow(&service, &submitted.name).await;
    let last = seen.last().unwrap();
    assert_eq!(last.state(), State::Succeeded);
    let report = last.report.as_ref().unwrap();
    assert_eq!(report.name, submitted.name, "the report has the name that was promised");
    assert!(report.completeness.iter().any(|finding| finding.requirement_id == "UZ-D11"));

    let again = submit(&service, header(&["uz"]), REPORT.as_bytes()).await.unwrap();
    assert_eq!((again.name.as_str(), again.state()), (submitted.name.as_str(), State::Succeeded));
    assert_eq!(again.create_time, submitted.create_time);
    let other = submit(&service, header(&["eu"]), REPORT.as_bytes()).await.unwrap();
    assert_ne!(other.name, submitted.name, "other rules, another screening");

    let mut client = ScreeningServiceClient::new(service.channel.clone());
    follow(&service, &other.name).await;
    let list = v1::ListScreeningsRequest { state: State::Succeeded.into(), ..Default::default() };
    let listed = client.list_screenings(list).await.unwrap().into_inner().screenings;
    assert_eq!(listed.len(), 2);
    assert!(listed.iter().all(|screening| screening.report.is_none()));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn file_of_which_nothing_can_be_read_fails_with_the_reason_of_a_direct_call() {
    let service = start().await;
    let word = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old";
    let submitted = submit(&service, header(&["eu"]), word).await.unwrap();
    let last = follow(&service, &submitted.name).await.pop().unwrap();
    assert_eq!(last.state(), State::Failed);
    let error = last.error.unwrap();
    assert_eq!(error.reason, "UNSUPPORTED_FORMAT");
    assert!(error.message.contains("quarry.txt"), "{}", error.message);
    assert!(last.report.is_none());
    // Submitted again, it is taken up again.
    let again = submit(&service, header(&["eu"]), word).await.unwrap();
    assert_eq!((again.name.as_str(), again.state()), (last.name.as_str(), State::Pending));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn submissions_that_are_not_what_they_say_are_refused() {
    let service = start().await;
    let id = "0b9b7e0e-5f0c-4f0a-9d59-2f0a6d0a7c11";
    let with = |change: &dyn Fn(&mut v1::SubmissionHeader)| {
        let mut header = header(&["eu"]);
        change(&mut header);
        header
    };
    let mistyped =
        v1::ScreeningOptions { facts: [("hearing_requird".to_owned(), false)].into(), ..options(&["eu"]) };
    let refusals: [(v1::SubmissionHeader, &[u8], Code, &str); 8] = [
        (header(&["atlantis"]), REPORT.as_bytes(), Code::InvalidArgument, "UNKNOWN_RULE_PACK"),
        (header(&["eu"]), b"", Code::InvalidArgument, "EMPTY_FILE"),
        (with(&|h| h.size_bytes = 7), REPORT.as_bytes(), Code::InvalidArgument, "OTHER_SIZE"),
        (with(&|h| h.size_bytes = 1 << 50), REPORT.as_bytes(), Code::InvalidArgument, "FILE_TOO_LARGE"),
        (with(&|h| h.sha256 = "00".repeat(32)), REPORT.as_bytes(), Code::InvalidArgument, "OTHER_HASH"),
        (with(&|h| h.request_id = "seven".to_owned()), b"x", Code::InvalidArgument, "INVALID_FIELD"),
        (with(&|h| h.options = None), b"x", Code::InvalidArgument, "INVALID_FIELD"),
        (with(&|h| h.options = Some(mistyped.clone())), b"x", Code::InvalidArgument, "INVALID_FIELD"),
    ];
    for (header, bytes, code, expected) in refusals {
        let status = submit(&service, header, bytes).await.unwrap_err();
        assert_eq!((status.code(), reason(&status).as_str()), (code, expected), "{status:?}");
    }
    let checked = submit(&service, with(&|h| h.validate_only = true), REPORT.as_bytes()).await.unwrap();
    let mut client = ScreeningServiceClient::new(service.channel.clone());
    let get = v1::GetScreeningRequest { name: checked.name.clone(), ..Default::default() };
    assert_eq!(client.get_screening(get).await.unwrap_err().code(), Code::NotFound);
    let watch = v1::WatchScreeningRequest { name: checked.name.clone() };
    assert_eq!(client.watch_screening(watch).await.unwrap_err().code(), Code::NotFound);
    let cancel = v1::CancelScreeningRequest { name: checked.name.clone() };
    assert_eq!(client.cancel_screening(cancel).await.unwrap_err().code(), Code::NotFound);

    let request = || with(&|h| h.request_id = id.to_owned());
    let first = submit(&service, request(), REPORT.as_bytes()).await.unwrap();
    assert_eq!(first.name, checked.name, "what was promised");
    assert_eq!(submit(&service, request(), REPORT.as_bytes()).await.unwrap().name, first.name);
    let status = submit(&service, request(), b"Something else entirely.").await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::AlreadyExists, "REQUEST_ID_TAKEN"));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_submissions_survive_a_stop_of_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let service = start_ready(settings(folder.path())).await;
    let mut names = Vec::new();
    for number in 0..6 {
        let text = format!("{REPORT}\n4. Annex {number}\n\nSomething.\n");
        names.push(submit(&service, header(&["uz"]), text.as_bytes()).await.unwrap().name);
    }
    service.stop().await;
    let service = start_ready(settings(folder.path())).await;
    for name in &names {
        let last = follow(&service, name).await.pop().unwrap();
        assert_eq!((last.state(), last.report.unwrap().name.as_str()), (State::Succeeded, name.as_str()));
    }
    service.stop().await;
}

/// A replica without a server around it.
struct Replica {
    index: Arc<dyn CaseIndex>,
    screener: Arc<Screener>,
}

impl Replica {
    async fn new(folder: &std::path::Path) -> Self {
        let settings = settings(folder);
        let index = eia_screen::assembly::archive(&settings, None).await.unwrap();
        let screener = crate::service::screener(&settings, None, Some(Arc::clone(&index))).unwrap();
        Self { index, screener: Arc::new(screener) }
    }

    fn start(&self, settings: SubmissionSettings) -> Submissions {
        self.start_with(settings, 1)
    }

    fn start_with(&self, settings: SubmissionSettings, places: usize) -> Submissions {
        let admission = Admission::new(Cost { bytes: 1 << 30, tokens: 1 << 20 });
        let room = Room { admission, places: Places::new(places, 1) };
        Submissions::start(Arc::clone(&self.screener), room, settings, convert::report_json).unwrap()
    }

    async fn submit(&self, to: &Submissions, text: &str, lane: Lane) -> ScreeningRecord {
        let submission = Submission { document_name: "a.txt".to_owned(), request: request(), lane };
        let file = Spooled::of_bytes(text.as_bytes()).await.unwrap();
        to.submit(self.index.as_ref(), file, &submission).await.unwrap()
    }

    async fn end(&self, of: &Submissions, record: &ScreeningRecord) -> ScreeningRecord {
        let mut followed = of.watch(Arc::clone(&self.index), record.id);
        let mut last = None;
        while let Some(record) = followed.next().await {
            last = Some(record.unwrap());
        }
        last.unwrap()
    }
}

fn request() -> ScreeningRequest {
    convert::screening_request(options(&["eu"])).unwrap()
}

fn settings_of_many() -> SubmissionSettings {
    let short = Duration::from_millis(200);
    SubmissionSettings { is_alone: false, lease: 2 * short, poll: short, ..Default::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn interactive_submissions_go_first_and_the_archive_keeps_file_and_text() {
    let folder = tempfile::tempdir().unwrap();
    let replica = Replica::new(folder.path()).await;
    let stopped = replica.start(settings_of_many());
    stopped.stop(Duration::ZERO).await;
    let bulk = replica.submit(&stopped, "1. Introduction\n\nBulk work about a road.", Lane::Bulk).await;
    let hasty = replica.submit(&stopped, REPORT, Lane::Interactive).await;
    assert_eq!((bulk.state, hasty.state), (ScreeningState::Pending, ScreeningState::Pending));

    let submissions = replica.start(settings_of_many());
    let bulk = replica.end(&submissions, &bulk).await;
    let hasty = replica.end(&submissions, &hasty).await;
    let ended = |record: &ScreeningRecord| record.work.as_ref().unwrap().update_time.clone();
    assert!(ended(&hasty) < ended(&bulk), "{} {}", ended(&hasty), ended(&bulk));

    let file = replica.index.get_file(hasty.document).await.unwrap().unwrap();
    let bytes = replica.index.read_file(hasty.document, 0).await.unwrap().unwrap();
    assert_eq!((file.bytes, bytes.as_slice()), (REPORT.len() as u64, REPORT.as_bytes()));
    let text = hasty.work.unwrap().text.unwrap();
    let outline = replica.index.get_outline(text).await.unwrap().unwrap();
    let section = outline.sections.iter().find(|section| section.title == "Alternatives").unwrap();
    let heading = replica.index.read_text(text, section.heading).await.unwrap().unwrap();
    assert_eq!(heading, "2. Alternatives");
    let all = replica.index.read_text(text, TextRange::new(0, outline.bytes)).await.unwrap().unwrap();
    assert!(all.contains("three sites") || all.contains("Three sites"));
    submissions.stop(Duration::ZERO).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_goes_first_however_many_wait() {
    let folder = tempfile::tempdir().unwrap();
    let replica = Replica::new(folder.path()).await;
    let few_at_a_time = SubmissionSettings { look: 2, is_alone: true, ..settings_of_many() };
    let stopped = replica.start(few_at_a_time.clone());
    stopped.stop(Duration::ZERO).await;
    let mut waiting = Vec::new();
    for number in 0..7 {
        let text = format!("Report {number}.\n\nA road is built.");
        waiting.push(replica.submit(&stopped, &text, Lane::Bulk).await);
    }
    // Whatever its id is, it is found.
    waiting.insert(0, replica.submit(&stopped, REPORT, Lane::Interactive).await);
    let submissions = replica.start(few_at_a_time);
    let mut ends = Vec::new();
    for record in &waiting {
        let ended = replica.end(&submissions, record).await;
        assert_eq!(ended.state, ScreeningState::Succeeded);
        ends.push(ended.work.unwrap().update_time.parse::<jiff::Timestamp>().unwrap());
    }
    assert!(ends.is_sorted(), "{ends:?}");
    submissions.stop(Duration::ZERO).await;
}

/// When the screenings ended, first to last, as letters of their tenants.
async fn order_of_ends(replica: &Replica, settings: SubmissionSettings, places: usize) -> String {
    let stopped = replica.start(settings_of_many());
    stopped.stop(Duration::ZERO).await;
    let mut submitted = Vec::new();
    for (tenant, count) in [("many", 6), ("few", 2)] {
        let index = replica.index.of_tenant(&TenantId::parse(tenant).unwrap()).unwrap();
        for number in 0..count {
            let text = format!("Report {number} of {tenant}.\n\nA road is built.");
            let file = Spooled::of_bytes(text.as_bytes()).await.unwrap();
            let submission =
                Submission { document_name: "a.txt".to_owned(), request: request(), lane: Lane::Bulk };
            let record = stopped.submit(index.as_ref(), file, &submission).await.unwrap();
            submitted.push((tenant, Arc::clone(&index), record));
        }
    }
    let submissions = replica.start_with(settings, places);
    let mut ends = Vec::new();
    for (tenant, index, record) in submitted {
        let mut followed = submissions.watch(index, record.id);
        let mut last = None;
        while let Some(record) = followed.next().await {
            last = Some(record.unwrap());
        }
        let last = last.unwrap();
        assert_eq!(last.state, ScreeningState::Succeeded);
        ends.push((last.work.unwrap().update_time.parse::<jiff::Timestamp>().unwrap(), &tenant[..1]));
    }
    submissions.stop(Duration::ZERO).await;
    ends.sort();
    ends.into_iter().map(|(_, tenant)| tenant).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn tenants_take_turns_however_many_one_of_them_submits() {
    let folder = tempfile::tempdir().unwrap();
    let replica = Replica::new(folder.path()).await;
    let alone = SubmissionSettings { is_alone: true, ..settings_of_many() };
    assert_eq!(order_of_ends(&replica, alone, 1).await, "mfmfmmmm");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_tenant_runs_no_more_than_its_share() {
    let folder = tempfile::tempdir().unwrap();
    let replica = Replica::new(folder.path()).await;
    let shared = SubmissionSettings { is_alone: true, of_one_tenant: 1, ..settings_of_many() };
    let watched = Arc::clone(&replica.index);
    let watching = tokio::spawn(async move {
        let mut most = 0;
        loop {
            let running = watched.work_of_all(ScreeningState::Running, 100, None).await.unwrap();
            most = most.max(running.iter().filter(|(tenant, _)| tenant.as_str() == "many").count());
            if most > 1 {
                return most;
            }
            tokio::task::yield_now().await;
        }
    });
    // With room for all of them at once.
    let order = order_of_ends(&replica, shared, 8).await;
    assert_eq!(order.len(), 8);
    assert!(!watching.is_finished(), "more than one of a tenant ran at once");
    watching.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn work_of_a_dead_process_is_taken_over_and_given_up_after_its_attempts() {
    let folder = tempfile::tempdir().unwrap();
    let replica = Replica::new(folder.path()).await;
    let stopped = replica.start(settings_of_many());
    stopped.stop(Duration::ZERO).await;
    let mut held = Vec::new();
    for (text, attempts) in [("First.\n\nA road is built.", 1), ("Second.\n\nA dam is built.", MAX_ATTEMPTS)]
    {
        let mut record = replica.submit(&stopped, text, Lane::Bulk).await;
        record.state = ScreeningState::Running;
        let work = record.work.as_mut().unwrap();
        (work.revision, work.attempts, work.holder) = (2, attempts, Some(uuid::Uuid::from_u128(1)));
        assert_eq!(replica.index.swap_screening(Some(1), &record).await.unwrap(), Swap::Stored);
        held.push(record);
    }
    let begun = std::time::Instant::now();
    let submissions = replica.start(settings_of_many());
    let first = replica.end(&submissions, &held[0]).await;
    assert!(begun.elapsed() >= settings_of_many().lease, "not before the lease is over");
    assert_eq!((first.state, first.work.unwrap().attempts), (ScreeningState::Succeeded, 2));
    let second = replica.end(&submissions, &held[1]).await;
    assert_eq!(second.state, ScreeningState::Failed);
    assert_eq!(second.work.unwrap().failure.unwrap().reason, "GAVE_UP");
    submissions.stop(Duration::ZERO).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submission_that_waits_for_room_holds_no_place() {
    let folder = tempfile::tempdir().unwrap();
    let replica = Replica::new(folder.path()).await;
    let admission = Admission::new(Cost { bytes: 1 << 30, tokens: 1 << 20 });
    let room = Room { admission: admission.clone(), places: Places::new(1, 1) };
    let places = room.places.clone();
    let screener = Arc::clone(&replica.screener);
    let large = admission.admit_bulk(Cost { bytes: 1 << 30, tokens: 1 << 20 }).unwrap();
    let submissions = Submissions::start(screener, room, settings_of_many(), convert::report_json).unwrap();
    let record = replica.submit(&submissions, REPORT, Lane::Bulk).await;
    for _ in 0..20 {
        let place = tokio::time::timeout(Duration::from_secs(5), places.take()).await;
        drop(place.expect("the place is free for calls").unwrap());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let waiting = replica.index.get_screening(record.id).await.unwrap().unwrap();
    assert_eq!(waiting.state, ScreeningState::Pending);
    drop(large);
    assert_eq!(replica.end(&submissions, &record).await.state, ScreeningState::Succeeded);
    submissions.stop(Duration::ZERO).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_run_every_submission_once() {
    let folder = tempfile::tempdir().unwrap();
    let replica = Replica::new(folder.path()).await;
    // Nobody is taken for dead, however long the disk makes a sign of life wait.
    let patient = SubmissionSettings { lease: Duration::from_secs(3_600), ..settings_of_many() };
    let (one, two) = (replica.start(patient.clone()), replica.start(patient));
    let mut records = Vec::new();
    for number in 0..12 {
        let to = if number % 2 == 0 { &one } else { &two };
        records.push(replica.submit(to, &format!("Report {number}.\n\nA road is built."), Lane::Bulk).await);
    }
    for record in &records {
        let ended = replica.end(&one, record).await;
        assert_eq!((ended.state, ended.work.unwrap().attempts), (ScreeningState::Succeeded, 1));
    }
    one.stop(Duration::ZERO).await;
    two.stop(Duration::ZERO).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelled_submissions_are_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let replica = Replica::new(folder.path()).await;
    let stopped = replica.start(settings_of_many());
    stopped.stop(Duration::ZERO).await;
    let record = replica.submit(&stopped, REPORT, Lane::Bulk).await;
    let cancelled = stopped.cancel(replica.index.as_ref(), record.id).await.unwrap().unwrap();
    assert_eq!(cancelled.state, ScreeningState::Cancelled);
    let submissions = replica.start(settings_of_many());
    let after = replica.submit(&submissions, "Another.\n\nA road is built.", Lane::Bulk).await;
    assert_eq!(replica.end(&submissions, &after).await.state, ScreeningState::Succeeded);
    assert_eq!(replica.end(&submissions, &record).await.state, ScreeningState::Cancelled);
    let again = submissions.cancel(replica.index.as_ref(), after.id).await.unwrap().unwrap();
    assert_eq!(again.state, ScreeningState::Succeeded, "what has ended stays as it is");
    submissions.stop(Duration::ZERO).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_submissions_survive_a_kill() {
    use v1::submit_document_request::Part;
    let folder = tempfile::tempdir().unwrap();
    let mut names = Vec::new();
    for round in 0..2 {
        let program = Server::spawn(&folder.path().join("archive"));
        let mut client = ScreeningServiceClient::new(program.ready().await);
        for taken in 0..5 {
            let text = format!("{REPORT}\n4. Annex {round} {taken}\n\nSomething.\n").repeat(20);
            let parts = [Part::Header(header(&["eu"])), Part::Chunk(text.into_bytes())];
            let messages = parts.map(|part| v1::SubmitDocumentRequest { part: Some(part) });
            names.push(client.submit_document(tokio_stream::iter(messages)).await.unwrap().into_inner().name);
        }
        // No time to end anything.
        program.kill();
    }
    let program = Server::spawn(&folder.path().join("archive"));
    let client = ScreeningServiceClient::new(program.ready().await);
    let mut client = client.max_decoding_message_size(64 << 20);
    for name in &names {
        let request = v1::WatchScreeningRequest { name: name.clone() };
        let mut followed = client.watch_screening(request).await.unwrap().into_inner();
        let mut state = State::Unspecified;
        while let Some(message) = followed.next().await {
            state = message.unwrap().screening.unwrap().state();
        }
        assert_eq!(state, State::Succeeded, "{name}");
    }
    let all = client.list_screenings(v1::ListScreeningsRequest::default()).await.unwrap().into_inner();
    assert_eq!(all.screenings.len(), names.len(), "nothing is there twice");
    program.kill();
}
