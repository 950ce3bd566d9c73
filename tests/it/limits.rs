//! Deadlines, cancellation and overload, as a client meets them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use eia_screen::rpc::{convert, v1};
use eia_screen::screen::run::{Progress, ScreenError, Stage};
use tokio_stream::StreamExt;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;
use v1::precedent_service_client::PrecedentServiceClient;
use v1::screening_service_client::ScreeningServiceClient;

use crate::service::{REPORT, Service, options, reason, settings, start, start_ready};

/// A text that takes this build some seconds to judge.
fn long_text() -> String {
    (1..6_000)
        .map(|n| format!("{n}. Chapter {n}\n\nThe quarry of {n} hectares lowers the groundwater and emits dust. {REPORT}\n"))
        .collect()
}

/// A request stream that sends its messages and then stays open.
fn unfinished<T: Send + 'static>(messages: Vec<T>) -> impl tokio_stream::Stream<Item = T> + Send + 'static {
    tokio_stream::iter(messages).chain(tokio_stream::pending())
}

fn first_of_upload() -> Vec<v1::ScreenDocumentRequest> {
    crate::service::upload(options(&["eu"]), b"1. Introduction").into_iter().take(2).collect()
}

fn first_of_submission() -> Vec<v1::SubmitDocumentRequest> {
    let header = v1::SubmissionHeader { options: Some(options(&["eu"])), ..Default::default() };
    vec![v1::SubmitDocumentRequest { part: Some(v1::submit_document_request::Part::Header(header)) }]
}

fn within<T>(message: T, time: Duration) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(time);
    request
}

fn is_deadline(status: &Status) {
    assert_eq!(
        (status.code(), reason(status).as_str()),
        (Code::DeadlineExceeded, "DEADLINE_EXCEEDED"),
        "{status:?}"
    );
}

/// Makes a call with that time until the server ends it. The server is ahead of the client's own clock by some
/// milliseconds alone: where a busy machine needs them for the way, the client gives up by itself.
async fn ends_in_time(time: Duration, call: impl AsyncFn() -> Option<Status>) {
    for _ in 0..20 {
        let begun = Instant::now();
        let end = call().await;
        let taken = begun.elapsed();
        if let Some(end) = end.filter(|end| end.get_details_error_info().is_some()) {
            is_deadline(&end);
            assert!(taken >= time * 9 / 10 && taken < 8 * time, "{taken:?}");
            return;
        }
    }
    panic!("the server does not end a call before the client gives up");
}

async fn search(service: &Service) -> Result<v1::SearchPrecedentsResponse, Status> {
    let query = v1::SearchPrecedentsRequest { query: "gravel dust".to_owned(), ..Default::default() };
    let mut client = PrecedentServiceClient::new(service.channel.clone());
    Ok(client.search_precedents(query).await?.into_inner())
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_end_at_the_clients_deadline_whether_they_answer_once_or_stream() {
    let service = start().await;
    let client = ScreeningServiceClient::new(service.channel.clone());
    let time = Duration::from_millis(400);
    ends_in_time(time, async || {
        let submit = within(unfinished(first_of_submission()), time);
        Some(client.clone().submit_document(submit).await.unwrap_err())
    })
    .await;
    ends_in_time(time, async || {
        let upload = within(unfinished(first_of_upload()), time);
        // An error here: the time was over before the stream had begun.
        let mut events = client.clone().screen_document(upload).await.ok()?.into_inner();
        loop {
            match events.next().await {
                Some(Ok(_)) => {}
                Some(Err(status)) => return Some(status),
                None => panic!("a stream that was cut off must not look like one that ended"),
            }
        }
    })
    .await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_servers_ceiling_holds_for_clients_that_state_no_time() {
    let folder = tempfile::tempdir().unwrap();
    let mut hasty = settings(folder.path());
    hasty.work.document_s = 1;
    let service = start_ready(hasty).await;
    let mut client = ScreeningServiceClient::new(service.channel.clone());
    is_deadline(&client.submit_document(unfinished(first_of_submission())).await.unwrap_err());
    drop(client);
    service.stop().await;

    let mut short = settings(folder.path());
    short.work.watch_s = 1;
    short.server.concurrent_screenings = 1;
    let service = start_ready(short).await;
    let mut client = ScreeningServiceClient::new(service.channel.clone());

    // A screening that waits behind a long one is followed until the ceiling.
    let mut submitted = Vec::new();
    for text in [long_text(), format!("{}.", long_text())] {
        let mut messages = first_of_submission();
        messages.extend(text.as_bytes().chunks(1 << 20).map(|chunk| v1::SubmitDocumentRequest {
            part: Some(v1::submit_document_request::Part::Chunk(chunk.to_vec())),
        }));
        submitted.push(client.submit_document(tokio_stream::iter(messages)).await.unwrap().into_inner());
    }
    let watch = v1::WatchScreeningRequest { name: submitted[1].name.clone() };
    let mut followed = client.watch_screening(watch).await.unwrap().into_inner();
    let mut last = None;
    while let Some(message) = followed.next().await {
        let is_error = message.is_err();
        last = Some(message);
        if is_error {
            break;
        }
    }
    is_deadline(&last.unwrap().unwrap_err());
    for screening in submitted {
        client.cancel_screening(v1::CancelScreeningRequest { name: screening.name }).await.unwrap();
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_the_limit_calls_are_refused_at_once_and_health_is_not() {
    use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path());
    settings.work.memory_mib = 1;
    let service = start_ready(settings).await;
    let mut client = ScreeningServiceClient::new(service.channel.clone());
    let (sending, messages) = tokio::sync::mpsc::channel(4);
    for message in first_of_upload() {
        sending.send(message).await.unwrap();
    }
    let upload = tokio_stream::wrappers::ReceiverStream::new(messages);
    let holding = client.screen_document(upload).await.unwrap();

    let begun = Instant::now();
    let refused = search(&service).await.unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::ResourceExhausted, "OVERLOADED"));
    assert!(refused.get_details_retry_info().unwrap().retry_delay.is_some());
    assert_eq!(refused.get_details_quota_failure().unwrap().violations.len(), 1);
    let info = refused.get_details_error_info().unwrap();
    assert_eq!(info.metadata["limit"], (1 << 20).to_string());
    let section = v1::GivenSection { title: "1".to_owned(), text: REPORT.to_owned(), ..Default::default() };
    let sections = v1::ScreenSectionsRequest {
        options: Some(options(&["eu"])),
        sections: vec![section],
        ..Default::default()
    };
    let status = client.screen_sections(sections.clone()).await.unwrap_err();
    assert_eq!(reason(&status), "OVERLOADED");
    let mut health = HealthClient::new(service.channel.clone());
    health.check(HealthCheckRequest { service: String::new() }).await.unwrap();

    // What a client that leaves had taken is free again.
    let left = Instant::now();
    drop((holding, sending));
    while search(&service).await.is_err() {
        assert!(left.elapsed() < Duration::from_secs(5));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    client.screen_sections(sections).await.unwrap();
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_submitted_takes_room_while_it_arrives() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path());
    settings.work.memory_mib = 1;
    let service = start_ready(settings).await;
    let channel = service.channel.clone();
    let arriving = tokio::spawn(async move {
        let mut client = ScreeningServiceClient::new(channel);
        // A search that runs at that moment may have taken the room.
        while client.submit_document(unfinished(first_of_submission())).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let begun = Instant::now();
    let refused = loop {
        match search(&service).await {
            Ok(_) => assert!(begun.elapsed() < Duration::from_secs(10), "it takes nothing"),
            Err(status) => break status,
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    assert_eq!(reason(&refused), "OVERLOADED");
    arriving.abort();
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_comes_with_so_many_files_and_bytes_at_most() {
    use v1::import_case_request::Part;
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path());
    settings.limits.file_mib = 1;
    let service = start_ready(settings).await;
    let import = async |files: usize, file: &[u8]| {
        let case = v1::Case { name: "cases/a".to_owned(), title: "A".to_owned(), ..Default::default() };
        let mut parts = vec![Part::Case(case)];
        for number in 0..files {
            parts.push(Part::File(v1::ImportedFile { name: format!("{number}.txt") }));
            parts.push(Part::Chunk([file, number.to_string().as_bytes()].concat()));
        }
        let messages = parts.into_iter();
        let messages = messages.map(|part| v1::ImportCaseRequest { part: Some(part), ..Default::default() });
        let mut client = PrecedentServiceClient::new(service.channel.clone());
        client.import_case(tokio_stream::iter(messages)).await
    };
    let many = import(65, b"").await.unwrap_err();
    assert_eq!((many.code(), reason(&many).as_str()), (Code::InvalidArgument, "INVALID_FIELD"), "{many:?}");
    let large = import(5, &vec![b'a'; (1 << 20) - 1]).await.unwrap_err();
    assert_eq!((large.code(), reason(&large).as_str()), (Code::InvalidArgument, "FILE_TOO_LARGE"));
    assert!(large.message().contains("together"), "{large:?}");
    let all = import(64, b"A road is built.").await.unwrap().into_inner();
    assert_eq!(all.case.unwrap().documents.len(), 64);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn submissions_beyond_the_queue_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path());
    settings.work.waiting = 1;
    settings.server.concurrent_screenings = 1;
    let service = start_ready(settings).await;
    let mut client = ScreeningServiceClient::new(service.channel.clone());
    let channel = service.channel.clone();
    let submit = |number: usize| {
        let mut messages = first_of_submission();
        let text = format!("{}\n{number}\n", long_text());
        messages.extend(text.as_bytes().chunks(1 << 20).map(|chunk| v1::SubmitDocumentRequest {
            part: Some(v1::submit_document_request::Part::Chunk(chunk.to_vec())),
        }));
        let mut client = ScreeningServiceClient::new(channel.clone());
        async move { client.submit_document(tokio_stream::iter(messages)).await.err() }
    };
    // The first ones at once: one after the other, a slow disk might take longer for each than it takes to judge it.
    let first: Vec<_> = (0..4).map(|number| tokio::spawn(submit(number))).collect();
    let mut refused = None;
    for call in first {
        refused = call.await.unwrap().or(refused);
    }
    for number in 4..10 {
        if refused.is_none() {
            refused = submit(number).await;
        }
    }
    let refused = refused.expect("the queue is bounded");
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::ResourceExhausted, "TOO_MANY_WAITING"));
    let all = client.list_screenings(v1::ListScreeningsRequest::default()).await.unwrap().into_inner();
    for screening in all.screenings {
        client.cancel_screening(v1::CancelScreeningRequest { name: screening.name }).await.unwrap();
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_beyond_the_limit_of_a_service_are_refused() {
    let service = start().await;
    let query = v1::SearchPrecedentsRequest { query: "x".repeat(2 << 20), ..Default::default() };
    let mut client = PrecedentServiceClient::new(service.channel.clone());
    let status = client.search_precedents(query).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::OutOfRange, "MESSAGE_TOO_LARGE"));
    search(&service).await.unwrap();
    service.stop().await;
}

/// How long cancelled work goes on, at each stage. The bound is for busy machines; the figures of a quiet
/// one stand in docs/reliability.md (`cargo test --release --test it cancelled_work -- --nocapture`).
#[tokio::test(flavor = "multi_thread")]
async fn cancelled_work_stops() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path());
    let index = eia_screen::assembly::archive(&settings, None).await.unwrap();
    let screener = Arc::new(crate::service::screener(&settings, None, Some(index)).unwrap());
    let text = long_text();
    for wanted in [Stage::Read, Stage::Embed, Stage::Completeness, Stage::Risk] {
        let cancel = CancellationToken::new();
        let cancelled = Arc::new(std::sync::OnceLock::new());
        let (stop, at) = (cancel.clone(), Arc::clone(&cancelled));
        let progress: Progress = Arc::new(move |stage, _, _| {
            if stage == wanted && at.set(Instant::now()).is_ok() {
                stop.cancel();
            }
        });
        let request = convert::screening_request(options(&["eu"])).unwrap();
        let bytes = text.clone().into_bytes();
        let outcome = screener.screen_bytes("a.txt".to_owned(), bytes, request, progress, cancel).await;
        let Some(at) = cancelled.get() else { continue };
        println!("cancelled at {:<12} stopped after {:?}", wanted.as_str(), at.elapsed());
        assert!(matches!(outcome, Err(ScreenError::Cancelled)), "{wanted:?}");
        assert!(at.elapsed() < Duration::from_secs(10), "{wanted:?}: {:?}", at.elapsed());
    }
}
