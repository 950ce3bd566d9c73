//! What one call may bring: sections, messages, texts – and what a packed file turns out to hold.

use std::io::Write;
use std::time::Duration;

use eia_screen::rpc::v1;
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;
use v1::precedent_service_client::PrecedentServiceClient;
use v1::screening_service_client::ScreeningServiceClient;

use crate::service::{Service, options, reason, screen, settings, start, start_ready, upload};

fn field(status: &Status) -> String {
    assert_eq!(
        (status.code(), reason(status).as_str()),
        (Code::InvalidArgument, "INVALID_FIELD"),
        "{status:?}"
    );
    status.get_details_bad_request().unwrap().field_violations[0].field.clone()
}

fn client(service: &Service) -> ScreeningServiceClient<tonic::transport::Channel> {
    ScreeningServiceClient::new(service.channel.clone())
}

fn sections(options: v1::ScreeningOptions, count: usize) -> v1::ScreenSectionsRequest {
    let section = v1::GivenSection { title: "Air".to_owned(), ..Default::default() };
    v1::ScreenSectionsRequest { options: Some(options), sections: vec![section; count], ..Default::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn sections_beyond_their_number_and_texts_beyond_their_length_are_refused() {
    let service = start().await;
    let many = client(&service).screen_sections(sections(options(&["eu"]), 20_001)).await.unwrap_err();
    assert_eq!(field(&many), "sections");
    let long = v1::ScreeningOptions { document_name: "a".repeat(1_001), ..options(&["eu"]) };
    let status = client(&service).screen_sections(sections(long, 1)).await.unwrap_err();
    assert_eq!(field(&status), "options.document_name");
    let packs = v1::ScreeningOptions { packs: vec!["eu".to_owned(); 1_001], ..options(&["eu"]) };
    let status = screen(&service, packs, b"1. Introduction").await.unwrap_err();
    assert_eq!(field(&status), "options.packs");
    client(&service).screen_sections(sections(options(&["eu"]), 3)).await.unwrap();
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_message_is_held_to_what_its_method_takes() {
    use v1::submit_document_request::Part;
    let service = start().await;
    let message = |part| v1::SubmitDocumentRequest { part: Some(part) };
    let header = |options| message(Part::Header(v1::SubmissionHeader { options, ..Default::default() }));
    let large = vec![header(Some(options(&["eu"]))), message(Part::Chunk(vec![b'a'; 3 << 20]))];
    let status = client(&service).submit_document(tokio_stream::iter(large)).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "CHUNK_TOO_LARGE"));

    let filter =
        v1::PrecedentFilter { exclude_cases: vec!["cases/a".to_owned(); 50_000], ..Default::default() };
    let wide = v1::ScreeningOptions { precedent_filter: Some(filter), ..options(&["eu"]) };
    let status =
        client(&service).submit_document(tokio_stream::iter([header(Some(wide))])).await.unwrap_err();
    assert_eq!(field(&status), "header");

    let name = v1::GetScreeningRequest { name: "x".repeat(1 << 20), ..Default::default() };
    let status = client(&service).get_screening(name).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::OutOfRange, "MESSAGE_TOO_LARGE"));
    let name = v1::GetScreeningRequest { name: "x".repeat(60_000), ..Default::default() };
    let status = client(&service).get_screening(name).await.unwrap_err();
    assert_eq!(field(&status), "name", "what is refused is quoted in part");
    service.stop().await;
}

/// A Word file of some hundred kilobytes that holds some megabytes of text.
fn packed_text() -> Vec<u8> {
    let lines = (0..30_000).map(|n| format!("<w:p><w:r><w:t>Quarry {n} lowers the groundwater by {} mm and emits dust that settles on the fields.</w:t></w:r></w:p>", n * 7_919 % 1_000));
    let document =
        format!(r#"<w:document xmlns:w="w"><w:body>{}</w:body></w:document>"#, lines.collect::<String>());
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file("word/document.xml", zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(document.as_bytes()).unwrap();
    archive.finish().unwrap().into_inner()
}

/// A service with little room.
async fn with_little_room(folder: &std::path::Path) -> Service {
    let mut settings = settings(folder);
    settings.work.memory_mib = 16;
    start_ready(settings).await
}

/// A call that holds some room until it is dropped, so that another one is not the only one.
struct Holding {
    /// A client that only stops listening goes on sending: the upload has to end.
    _upload: mpsc::Sender<v1::ScreenDocumentRequest>,
    _events: tonic::Streaming<v1::ScreenDocumentResponse>,
}

async fn holding(service: &Service) -> Holding {
    let first = upload(options(&["eu"]), b"1. Introduction").into_iter().take(2);
    let (sender, rest) = mpsc::channel(1);
    let unfinished = tokio_stream::iter(first.collect::<Vec<_>>()).chain(ReceiverStream::new(rest));
    let events = client(service).screen_document(unfinished).await.unwrap().into_inner();
    Holding { _upload: sender, _events: events }
}

/// A call that is refused when it has waited for half of its time.
fn hasty<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(Duration::from_secs(20));
    request
}

fn is_charged(refused: &Status) {
    assert_eq!(
        (refused.code(), reason(refused).as_str()),
        (Code::ResourceExhausted, "OVERLOADED"),
        "{refused:?}"
    );
    let info = refused.get_details_error_info().unwrap();
    let asked: u64 = info.metadata["asked"].parse().unwrap();
    assert!(asked > 8 << 20, "the text, not the bytes: {info:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_packed_file_is_charged_by_what_it_holds() {
    let folder = tempfile::tempdir().unwrap();
    let service = with_little_room(folder.path()).await;
    let file = packed_text();
    assert!(file.len() < 1 << 20, "{}", file.len());
    let held = holding(&service).await;
    let messages = hasty(tokio_stream::iter(upload(options(&["eu"]), &file)));
    let mut events = client(&service).screen_document(messages).await.unwrap().into_inner();
    let refused = loop {
        match events.next().await {
            Some(Ok(_)) => {}
            Some(Err(status)) => break status,
            None => panic!("there is no room for it"),
        }
    };
    is_charged(&refused);
    drop(held);
    service.stop().await;
}

fn case_of(files: usize, file: &[u8]) -> Vec<v1::ImportCaseRequest> {
    use v1::import_case_request::Part;
    let case = v1::Case { name: "cases/a".to_owned(), title: "A".to_owned(), ..Default::default() };
    let mut parts = vec![Part::Case(case)];
    for number in 0..files {
        parts.push(Part::File(v1::ImportedFile { name: format!("{number}.docx") }));
        parts.push(Part::Chunk(file.to_vec()));
    }
    let message = |part| v1::ImportCaseRequest { part: Some(part), ..Default::default() };
    parts.into_iter().map(message).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_is_charged_by_what_its_files_hold() {
    let folder = tempfile::tempdir().unwrap();
    let service = with_little_room(folder.path()).await;
    let held = holding(&service).await;
    let mut precedents = PrecedentServiceClient::new(service.channel.clone());
    let case = case_of(1, &packed_text());
    is_charged(&precedents.import_case(hasty(tokio_stream::iter(case.clone()))).await.unwrap_err());
    // Who has more time goes on when there is room.
    let leaving = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        drop(held);
    };
    let (imported, ()) = tokio::join!(precedents.import_case(tokio_stream::iter(case)), leaving);
    assert_eq!(imported.unwrap().into_inner().case.unwrap().documents.len(), 1);
    service.stop().await;

    let mut settings = settings(folder.path());
    settings.limits.text_mib = 1;
    let service = start_ready(settings).await;
    let mut precedents = PrecedentServiceClient::new(service.channel.clone());
    let messages = tokio_stream::iter(case_of(6, &packed_text()));
    let refused = precedents.import_case(messages).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::InvalidArgument, "EXPANDS_TOO_MUCH"),
        "{refused:?}"
    );
    assert!(refused.message().contains("together"), "{refused:?}");
    service.stop().await;
}
