//! `ScreeningService`.

use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt};
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::{Code, Request, Response, Status, Streaming};

use super::convert::{
    FieldViolation, date_from_text, facets_from_message, filter_from_message, parse_case_name,
    parse_screening_name, report_json, report_message, screening_name, timestamp,
};
use super::state::State;
use super::upload::{Upload, base_name};
use super::{page_token, status, v1};
use crate::domain::report::ScreeningReport;
use crate::index::store::ScreeningRecord;
use crate::ingest::given::{GivenSection, document_from_sections};
use crate::screen::run::{Progress, Screener, ScreeningRequest, Stage};

/// Precedents shown where the caller does not say.
const DEFAULT_PRECEDENTS: u32 = 5;
/// Most precedents.
const MAX_PRECEDENTS: u32 = 50;
/// Progress messages that may wait for a slow client; further ones are dropped.
const PROGRESS_QUEUE: usize = 16;

/// The service.
pub struct ScreeningApi {
    /// Shared state.
    pub state: State,
}

type Events = Pin<Box<dyn Stream<Item = Result<v1::ScreenDocumentResponse, Status>> + Send>>;

#[tonic::async_trait]
impl v1::screening_service_server::ScreeningService for ScreeningApi {
    type ScreenDocumentStream = Events;

    async fn screen_sections(
        &self,
        request: Request<v1::ScreenSectionsRequest>,
    ) -> Result<Response<v1::ScreenSectionsResponse>, Status> {
        let screener = self.state.screener()?;
        let message = request.into_inner();
        let options = message
            .options
            .ok_or_else(|| FieldViolation::new("options", "screening options are required"))?;
        let sections = given_sections(message.sections)?;
        let name = base_name(&options.document_name);
        let request = screening_request(options)?;
        let _permit = self.state.admit()?;
        let cancel = CancellationToken::new();
        let _guard = cancel.clone().drop_guard();
        let document = document_from_sections(&name, sections);
        let quiet: Progress = Arc::new(|_, _, _| {});
        let packs = request.packs.clone();
        let report = screener.screen_document(document, request, quiet, cancel).await?;
        let screening = store(&screener, &report, packs).await?;
        Ok(Response::new(v1::ScreenSectionsResponse { screening: Some(screening) }))
    }

    async fn screen_document(
        &self,
        request: Request<Streaming<v1::ScreenDocumentRequest>>,
    ) -> Result<Response<Self::ScreenDocumentStream>, Status> {
        let screener = self.state.screener()?;
        let permit = self.state.admit()?;
        let mut incoming = request.into_inner();
        let options = match incoming.next().await.transpose()?.and_then(|message| message.part) {
            Some(v1::screen_document_request::Part::Options(options)) => options,
            _ => {
                let what = "the first message must carry the options";
                return Err(FieldViolation::new("options", what).into());
            }
        };
        let name = base_name(&options.document_name);
        let request = screening_request(options)?;
        let (sender, receiver) = mpsc::channel(PROGRESS_QUEUE);
        let cancel = CancellationToken::new();
        let guard = cancel.clone().drop_guard();
        tokio::spawn(async move {
            let _permit = permit;
            let answer = screen_upload(&screener, incoming, name, request, &sender, cancel).await;
            let event = answer.map(|screening| v1::ScreenDocumentResponse {
                event: Some(v1::screen_document_response::Event::Screening(screening)),
            });
            // The client may have gone; then there is nobody to tell.
            let _ = sender.send(event).await;
        });
        Ok(Response::new(Box::pin(Cancelling { inner: ReceiverStream::new(receiver), _guard: guard })))
    }

    async fn get_screening(
        &self,
        request: Request<v1::GetScreeningRequest>,
    ) -> Result<Response<v1::Screening>, Status> {
        let index = self.state.index()?;
        let name = request.into_inner().name;
        let id = parse_screening_name("name", &name)?;
        let record = index.get_screening(id).await.map_err(|error| status::of_index(&error))?;
        let record = record.ok_or_else(|| status::not_found("Screening", &name))?;
        Ok(Response::new(screening_message(record)?))
    }

    async fn list_screenings(
        &self,
        request: Request<v1::ListScreeningsRequest>,
    ) -> Result<Response<v1::ListScreeningsResponse>, Status> {
        let index = self.state.index()?;
        let message = request.into_inner();
        let case = match message.case_name.as_str() {
            "" => None,
            name => Some(parse_case_name("case_name", name)?),
        };
        let size = page_token::page_size(message.page_size, 50, 500)?;
        let arguments = format!("screenings {}", message.case_name);
        let after = page_token::decode(&arguments, &message.page_token)?;
        let page = index
            .list_screenings(case.as_ref(), size, after.as_deref())
            .await
            .map_err(|error| status::of_index(&error))?;
        let screenings = page.items.into_iter().map(screening_message).collect::<Result<_, _>>()?;
        let next = page.next.map_or_else(String::new, |next| page_token::encode(&arguments, &next));
        Ok(Response::new(v1::ListScreeningsResponse { screenings, next_page_token: next }))
    }
}

/// A stream that cancels the work behind it when it is dropped.
struct Cancelling {
    inner: ReceiverStream<Result<v1::ScreenDocumentResponse, Status>>,
    _guard: DropGuard,
}

impl Stream for Cancelling {
    type Item = Result<v1::ScreenDocumentResponse, Status>;
    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        Pin::new(&mut self.inner).poll_next(context)
    }
}

async fn screen_upload(
    screener: &Arc<Screener>,
    mut incoming: Streaming<v1::ScreenDocumentRequest>,
    name: String,
    request: ScreeningRequest,
    sender: &mpsc::Sender<Result<v1::ScreenDocumentResponse, Status>>,
    cancel: CancellationToken,
) -> Result<v1::Screening, Status> {
    let mut upload = Upload::new(screener.reader.limits.binary_bytes);
    while let Some(message) = incoming.next().await.transpose()? {
        match message.part {
            Some(v1::screen_document_request::Part::Chunk(chunk)) => upload.add(&chunk)?,
            _ => return Err(FieldViolation::new("chunk", "only chunks follow the options").into()),
        }
    }
    let told = progress_to(sender.clone());
    let _ = sender.try_send(Ok(progress_event(
        v1::screening_progress::Stage::Receive,
        upload.len(),
        upload.len(),
    )));
    let packs = request.packs.clone();
    let report = screener.screen_bytes(name, upload.finish(), request, told, cancel).await?;
    store(screener, &report, packs).await
}

fn progress_to(sender: mpsc::Sender<Result<v1::ScreenDocumentResponse, Status>>) -> Progress {
    use v1::screening_progress::Stage as Wire;
    Arc::new(move |stage, done, total| {
        let stage = match stage {
            Stage::Read => Wire::Read,
            Stage::Embed => Wire::Embed,
            Stage::Completeness => Wire::Completeness,
            Stage::Risk => Wire::Risk,
            Stage::Precedents => Wire::Precedents,
        };
        // A client that reads slowly misses progress, never the result.
        let _ = sender.try_send(Ok(progress_event(stage, done, total)));
    })
}

fn progress_event(stage: v1::screening_progress::Stage, done: u64, total: u64) -> v1::ScreenDocumentResponse {
    let progress = v1::ScreeningProgress { stage: stage.into(), done, total };
    v1::ScreenDocumentResponse { event: Some(v1::screen_document_response::Event::Progress(progress)) }
}

/// Stores the screening, if there is an archive, and returns it as a message.
async fn store(
    screener: &Screener,
    report: &ScreeningReport,
    packs: Vec<String>,
) -> Result<v1::Screening, Status> {
    let mut create_time = jiff::Timestamp::now().to_string();
    if let Some(index) = &screener.index {
        let record = ScreeningRecord {
            id: report.id,
            case: report.case.clone(),
            document: report.document.id,
            document_name: report.document.name.clone(),
            packs: packs.clone(),
            create_time: create_time.clone(),
            report_json: report_json(report),
        };
        index.put_screening(&record).await.map_err(|error| status::of_index(&error))?;
        // The same screening may have been stored before; its first time holds.
        if let Some(stored) =
            index.get_screening(report.id).await.map_err(|error| status::of_index(&error))?
        {
            create_time = stored.create_time;
        }
    }
    let message = report_message(report);
    Ok(v1::Screening {
        name: screening_name(report.id),
        case_name: message.case_name.clone(),
        document_name: report.document.name.clone(),
        packs,
        create_time: timestamp(&create_time),
        report: Some(message),
    })
}

/// Converts a stored screening; in lists the report is empty.
fn screening_message(record: ScreeningRecord) -> Result<v1::Screening, Status> {
    let report = match record.report_json.as_str() {
        "" => None,
        json => Some(serde_json::from_str(json).map_err(|error| status::internal(&error))?),
    };
    Ok(v1::Screening {
        name: screening_name(record.id),
        case_name: record.case.as_ref().map_or_else(String::new, super::convert::case_name),
        document_name: record.document_name,
        packs: record.packs,
        create_time: timestamp(&record.create_time),
        report,
    })
}

fn screening_request(options: v1::ScreeningOptions) -> Result<ScreeningRequest, Status> {
    if options.packs.iter().all(|pack| pack.trim().is_empty()) {
        return Err(FieldViolation::new("options.packs", "name at least one rule pack").into());
    }
    if options.max_precedents > MAX_PRECEDENTS {
        let what = format!("at most {MAX_PRECEDENTS}");
        return Err(FieldViolation::new("options.max_precedents", what).into());
    }
    let case = match options.case_name.as_str() {
        "" => None,
        name => Some(parse_case_name("options.case_name", name)?),
    };
    let submitted = date_from_text("options.submission_date", &options.submission_date)?
        .unwrap_or_else(|| jiff::Zoned::now().date());
    let precedents = match (options.skip_precedents, options.max_precedents) {
        (true, _) => 0,
        (false, 0) => DEFAULT_PRECEDENTS,
        (false, count) => count,
    };
    Ok(ScreeningRequest {
        case,
        packs: options.packs,
        submitted,
        stage: options.stage,
        facts: options.facts.into_iter().collect(),
        facets: facets_from_message("options.facets", options.facets)?,
        filter: filter_from_message("options.precedent_filter", options.precedent_filter)?,
        max_precedents: precedents as usize,
    })
}

fn given_sections(sections: Vec<v1::GivenSection>) -> Result<Vec<GivenSection>, Status> {
    if sections.is_empty() {
        return Err(FieldViolation::new("sections", "give at least one section").into());
    }
    let all_empty = sections.iter().all(|section| section.text.trim().is_empty());
    if all_empty && sections.iter().all(|section| section.title.trim().is_empty()) {
        return Err(status::plain(Code::InvalidArgument, "EMPTY_FILE", "the sections hold no text"));
    }
    Ok(sections
        .into_iter()
        .map(|section| GivenSection {
            number: section.number,
            title: section.title,
            level: section.level,
            text: section.text,
            page_start: section.page_start,
            page_end: section.page_end,
        })
        .collect())
}
