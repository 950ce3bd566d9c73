//! `ScreeningService`.

use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};
use tracing::Instrument;

use super::convert::{
    FieldViolation, parse_case_name, parse_screening_name, report_json, report_message, screening_message,
    screening_request, stage_message, state_from_message,
};
use super::deadline::Call;
use super::idempotency::{self, Claim, Claims};
use super::state::State;
use super::upload::{MAX_CHUNK, Upload, base_name, refused};
use super::worker::{answer_with, in_worker, screening_of, to_its_end};
use super::{page_token, status, submissions, v1};
use crate::admission::{Cost, Permit};
use crate::domain::report::ScreeningReport;
use crate::index::CaseIndex;
use crate::index::store::ScreeningRecord;
use crate::index::work::{ScreeningFilter, ScreeningState};
use crate::ingest::given::{GivenSection, document_from_sections};
use crate::places::Place;
use crate::screen::run::{Progress, Screener, ScreeningRequest};
use crate::submission::Spooled;

/// Memory that receiving an upload takes: the chunk that is decoded and the one that is written.
pub(super) const RECEIVING: u64 = 2 * MAX_CHUNK as u64;
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
        let cancel = Call::of(&request).cancel;
        let mut message = request.into_inner();
        // Before anything is made of it.
        let permit = self.state.admit(cost_of(&message.sections))?;
        // The request is the same under another id.
        let request_id = std::mem::take(&mut message.request_id);
        let id = idempotency::parse("request_id", &request_id)?;
        let asked = message.options.clone();
        let options =
            asked.ok_or_else(|| FieldViolation::new("options", "screening options are required"))?;
        check_sections(&message.sections)?;
        let name = base_name(&options.document_name);
        let request = screening_request(options)?;
        let (state, index) = (self.state.clone(), self.state.index()?);
        // Work of its own has no caller: what belongs to the caller is taken along.
        let claims = Claims::of(Arc::clone(&index));
        let work = async move {
            let read = in_worker(move || {
                // Only a request that has an id is ever compared with another one.
                let print = id.map(|_| fingerprint(&message, "")).transpose()?;
                Ok::<_, Status>((print.unwrap_or_default(), given_sections(message.sections)))
            });
            let (print, sections) = read.await??;
            let claim = claims.claim("ScreenSections", "request_id", id, print).await?;
            if let Some(screening) = answered(index.as_ref(), &claim).await? {
                return Ok(screening);
            }
            let _held = (permit, state.place(&cancel).await?);
            let document = in_worker(move || document_from_sections(&name, sections)).await?;
            let quiet: Progress = Arc::new(|_, _, _| {});
            let packs = request.packs.clone();
            let report = screener.screen_document(document, request, quiet, cancel).await?;
            let screening = store(&screener, report, packs).await?;
            claim.keep(screening.name.clone()).await?;
            Ok(screening)
        };
        let screening = to_its_end(work).await?;
        Ok(Response::new(v1::ScreenSectionsResponse { screening: Some(screening) }))
    }

    async fn screen_document(
        &self,
        request: Request<Streaming<v1::ScreenDocumentRequest>>,
    ) -> Result<Response<Self::ScreenDocumentStream>, Status> {
        let screener = self.state.screener()?;
        // While the file is received it lies on disk; what it takes afterwards depends on its size.
        let receiving = self.state.admit(Cost::of_bytes(RECEIVING))?;
        let cancel = Call::of(&request).cancel;
        let mut incoming = request.into_inner();
        let first = incoming.next().await.transpose()?.unwrap_or_default();
        let id = idempotency::parse("request_id", &first.request_id)?;
        let options = match first.part {
            Some(v1::screen_document_request::Part::Options(options)) => options,
            _ => {
                let what = "the first message must carry the options";
                return Err(FieldViolation::new("options", what).into());
            }
        };
        let name = base_name(&options.document_name);
        let asked = options.clone();
        let request = screening_request(options)?;
        let (sender, receiver) = mpsc::channel(PROGRESS_QUEUE);
        let (state, events, index) = (self.state.clone(), sender.clone(), self.state.index()?);
        // Work of its own has no caller: what belongs to the caller is taken along.
        let claims = Claims::of(Arc::clone(&index));
        let gone = cancel.clone();
        let work = async move {
            // A file that nobody sends any more is not waited for.
            let received = cancel.run_until_cancelled(receive(&screener, incoming)).await;
            let file = received.ok_or_else(status::cancelled)??;
            drop(receiving);
            let permit = state.admit(Cost::of_file(file.bytes, file.is_packed()))?;
            let print = fingerprint(&asked, &file.sha256)?;
            let claim = claims.claim("ScreenDocument", "request_id", id, print).await?;
            if let Some(screening) = answered(index.as_ref(), &claim).await? {
                return Ok(screening);
            }
            let held = (permit, state.place(&cancel).await?);
            let screening = screen_file(&screener, held, (name, file), request, &events, cancel).await?;
            claim.keep(screening.name.clone()).await?;
            Ok(screening)
        };
        let telling = async move {
            // The work ends by itself; whoever has gone is told at once.
            let answer = tokio::select! {
                answer = to_its_end(work) => answer,
                () = gone.cancelled() => Err(status::cancelled()),
            };
            let event = answer.map(|screening| v1::ScreenDocumentResponse {
                event: Some(v1::screen_document_response::Event::Screening(screening)),
            });
            // The client may have gone; then there is nobody to tell.
            let _ = sender.send(event).await;
        };
        tokio::spawn(telling.in_current_span());
        Ok(Response::new(Box::pin(ReceiverStream::new(receiver))))
    }

    type WatchScreeningStream = submissions::Followed;

    async fn submit_document(
        &self,
        request: Request<Streaming<v1::SubmitDocumentRequest>>,
    ) -> Result<Response<v1::Screening>, Status> {
        submissions::submit(&self.state, request).await
    }

    async fn watch_screening(
        &self,
        request: Request<v1::WatchScreeningRequest>,
    ) -> Result<Response<Self::WatchScreeningStream>, Status> {
        submissions::watch(&self.state, request).await
    }

    async fn cancel_screening(
        &self,
        request: Request<v1::CancelScreeningRequest>,
    ) -> Result<Response<v1::Screening>, Status> {
        submissions::cancel(&self.state, request).await
    }

    async fn delete_screening(
        &self,
        request: Request<v1::DeleteScreeningRequest>,
    ) -> Result<Response<v1::DeleteScreeningResponse>, Status> {
        submissions::delete(&self.state, request).await
    }

    async fn get_screening(
        &self,
        request: Request<v1::GetScreeningRequest>,
    ) -> Result<Response<v1::Screening>, Status> {
        let (index, submissions) = (self.state.index()?, self.state.submissions()?);
        let v1::GetScreeningRequest { name, view } = request.into_inner();
        let id = parse_screening_name("name", &name)?;
        let has_report = match v1::ScreeningView::try_from(view) {
            Ok(v1::ScreeningView::Full | v1::ScreeningView::Unspecified) => true,
            Ok(v1::ScreeningView::Basic) => false,
            Err(_) => return Err(FieldViolation::new("view", "no such view").into()),
        };
        let record = submissions.get(index.as_ref(), id).await.map_err(|error| status::of_index(&error))?;
        let mut record = record.ok_or_else(|| status::not_found("Screening", &name))?;
        if !has_report {
            record.report_json = String::new();
        }
        answer_with(self.state.admission(), record).await
    }

    async fn list_screenings(
        &self,
        request: Request<v1::ListScreeningsRequest>,
    ) -> Result<Response<v1::ListScreeningsResponse>, Status> {
        let (index, submissions) = (self.state.index()?, self.state.submissions()?);
        let message = request.into_inner();
        let case = match message.case_name.as_str() {
            "" => None,
            name => Some(parse_case_name("case_name", name)?),
        };
        let size = page_token::page_size(message.page_size, 50, 500)?;
        let state = state_from_message("state", message.state)?;
        let arguments = format!("screenings {} {}", message.case_name, message.state);
        let after = page_token::decode(&arguments, &message.page_token)?;
        let filter = ScreeningFilter { case, state };
        let page = submissions
            .list(index.as_ref(), &filter, size, after.as_deref())
            .await
            .map_err(|error| status::of_index(&error))?;
        let screenings: Result<_, _> = page.items.into_iter().map(screening_message).collect();
        let screenings = screenings.map_err(|error| status::internal(&error))?;
        let next = page.next.map_or_else(String::new, |next| page_token::encode(&arguments, &next));
        Ok(Response::new(v1::ListScreeningsResponse { screenings, next_page_token: next }))
    }
}

/// Returns the screening that a repeated request got the first time.
pub(super) async fn answered(index: &dyn CaseIndex, claim: &Claim) -> Result<Option<v1::Screening>, Status> {
    let Some(name) = claim.answer() else { return Ok(None) };
    let id = parse_screening_name("request_id", name)?;
    let record = index.get_screening(id).await.map_err(|error| status::of_index(&error))?;
    match record {
        Some(record) => screening_of(record).await.map(Some),
        None => Ok(None),
    }
}

/// Hashes a message and the file that came with it.
pub(super) fn fingerprint(message: &impl serde::Serialize, sha256: &str) -> Result<String, Status> {
    let json = serde_json::to_string(message).map_err(|error| status::internal(&error))?;
    Ok(idempotency::fingerprint(&[&json, sha256]))
}

async fn receive(
    screener: &Screener,
    mut incoming: Streaming<v1::ScreenDocumentRequest>,
) -> Result<Spooled, Status> {
    let mut upload = Upload::start(screener.reader.limits.binary_bytes).await?;
    while let Some(message) = incoming.next().await.transpose()? {
        match message.part {
            Some(v1::screen_document_request::Part::Chunk(chunk)) => upload.add(&chunk).await?,
            _ => return Err(FieldViolation::new("chunk", "only chunks follow the options").into()),
        }
    }
    upload.finish().await
}

/// Screens a file in its room and at its place, which are free when it ends.
async fn screen_file(
    screener: &Arc<Screener>,
    (mut permit, _place): (Permit, Place),
    (name, file): (String, Spooled),
    request: ScreeningRequest,
    sender: &mpsc::Sender<Result<v1::ScreenDocumentResponse, Status>>,
    cancel: CancellationToken,
) -> Result<v1::Screening, Status> {
    let told = progress_to(sender.clone());
    let received = progress_event(v1::screening_progress::Stage::Receive, file.bytes, file.bytes);
    let _ = sender.try_send(Ok(received));
    let packs = request.packs.clone();
    let size = file.bytes;
    let bytes = file.into_bytes().await.map_err(refused)?;
    let read = screener.read_bytes(name, bytes, &request, &told, &cancel).await?;
    let cost = Cost::of_read(size, read.document.text.len() as u64);
    permit.raise(cost).map_err(|overload| status::overloaded(&overload))?;
    let report = screener.screen_read(read, request, told, cancel).await?;
    store(screener, report, packs).await
}

fn progress_to(sender: mpsc::Sender<Result<v1::ScreenDocumentResponse, Status>>) -> Progress {
    Arc::new(move |stage, done, total| {
        // A client that reads slowly misses progress, never the result.
        let _ = sender.try_send(Ok(progress_event(stage_message(stage), done, total)));
    })
}

fn progress_event(stage: v1::screening_progress::Stage, done: u64, total: u64) -> v1::ScreenDocumentResponse {
    let progress = v1::ScreeningProgress { stage: stage.into(), done, total };
    v1::ScreenDocumentResponse { event: Some(v1::screen_document_response::Event::Progress(progress)) }
}

/// Stores the screening, if there is an archive, and returns it as a message.
async fn store(
    screener: &Screener,
    report: ScreeningReport,
    packs: Vec<String>,
) -> Result<v1::Screening, Status> {
    let converted = in_worker(move || {
        let record = ScreeningRecord {
            id: report.id,
            case: report.case.clone(),
            document: report.document.id,
            document_name: report.document.name.clone(),
            packs,
            create_time: jiff::Timestamp::now().to_string(),
            state: ScreeningState::Succeeded,
            work: None,
            report_json: report_json(&report),
        };
        (record, report_message(&report))
    });
    let (mut record, report) = converted.await?;
    if let Some(index) = &screener.index {
        index.put_screening(&record).await.map_err(|error| status::of_index(&error))?;
        // The same screening may have been stored before; its first time holds.
        if let Some(stored) =
            index.get_screening(record.id).await.map_err(|error| status::of_index(&error))?
        {
            record.create_time = stored.create_time;
        }
    }
    record.report_json = String::new();
    let message = screening_message(record).map_err(|error| status::internal(&error))?;
    Ok(v1::Screening { report: Some(report), ..message })
}

/// Returns what screening these sections takes.
fn cost_of(sections: &[v1::GivenSection]) -> Cost {
    let text = |section: &v1::GivenSection| section.number.len() + section.title.len() + section.text.len();
    Cost::of_sections(sections.len() as u64, sections.iter().map(|section| text(section) as u64).sum())
}

/// Refuses sections that say nothing.
fn check_sections(sections: &[v1::GivenSection]) -> Result<(), Status> {
    if sections.is_empty() {
        return Err(FieldViolation::new("sections", "give at least one section").into());
    }
    let all_empty = sections.iter().all(|section| section.text.trim().is_empty());
    if all_empty && sections.iter().all(|section| section.title.trim().is_empty()) {
        return Err(status::plain("EMPTY_FILE", "the sections hold no text"));
    }
    Ok(())
}

fn given_sections(sections: Vec<v1::GivenSection>) -> Vec<GivenSection> {
    sections
        .into_iter()
        .map(|section| GivenSection {
            number: section.number,
            title: section.title,
            level: section.level,
            text: section.text,
            page_start: section.page_start,
            page_end: section.page_end,
        })
        .collect()
}
