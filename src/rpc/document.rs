//! `ScreenDocument`: a file as it arrives, how far its screening is, and the screening.

use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt};
use tonic::{Request, Response, Status, Streaming};
use tracing::Instrument;

use super::callers::UnderWay;
use super::convert::{FieldViolation, screening_request, stage_message};
use super::deadline::Call;
use super::idempotency::{self, Claims, fingerprint_of};
use super::reports::{Answer, store};
use super::state::State;
use super::upload::{RECEIVING, Upload, base_name, refused};
use super::worker::{charge, to_its_end};
use super::{status, v1};
use crate::admission::{Cost, Permit};
use crate::room::Stay;
use crate::screen::run::{Progress, Screener, ScreeningRequest};
use crate::submission::Spooled;

/// Progress messages that may wait for a slow client; further ones are dropped.
const PROGRESS_QUEUE: usize = 16;

/// Messages of the answer.
pub type Events = Pin<Box<dyn Stream<Item = Result<v1::ScreenDocumentResponse, Status>> + Send>>;

/// A message of the answer, with the room of the report in it.
struct Sent {
    event: Result<v1::ScreenDocumentResponse, Status>,
    room: Option<Permit>,
}

/// Screens a file.
pub async fn screen(
    state: &State,
    request: Request<Streaming<v1::ScreenDocumentRequest>>,
) -> Result<Response<Events>, Status> {
    let screener = state.screener()?;
    // While the file is received it lies on disk; what it takes afterwards depends on its size.
    let receiving = state.admit(Cost::of_bytes(RECEIVING))?;
    let (call, under_way) = (Call::of(&request), UnderWay::of(&request));
    let mut incoming = request.into_inner();
    let first = incoming.next().await.transpose()?.unwrap_or_default();
    let id = idempotency::parse("request_id", &first.request_id)?;
    let options = match first.part {
        Some(v1::screen_document_request::Part::Options(options)) => options,
        _ => return Err(FieldViolation::new("options", "the first message must carry the options").into()),
    };
    let name = base_name(&options.document_name);
    let asked = options.clone();
    let request = screening_request(options)?;
    screener.check_facts(&request)?;
    let (sender, receiver) = mpsc::channel(PROGRESS_QUEUE);
    let (state, events, index) = (state.clone(), sender.clone(), state.index()?);
    // Work of its own has no caller: what belongs to the caller is taken along.
    let claims = Claims::of(Arc::clone(&index));
    let gone = call.cancel.clone();
    let work = async move {
        let _under_way = under_way;
        // A file that nobody sends any more is not waited for.
        let received = call.cancel.run_until_cancelled(receive(&screener, incoming)).await;
        let file = received.ok_or_else(status::cancelled)??;
        drop(receiving);
        let mut permit = state.admit(Cost::of_file(file.bytes, file.is_packed()))?;
        let print = fingerprint_of(&asked, &file.sha256)?;
        let claim = claims.claim("ScreenDocument", "request_id", id, print).await?;
        if let Some(answer) = state.reports().answered_instead(index.as_ref(), &claim, &mut permit).await? {
            return Ok(answer);
        }
        let stay = state.stay(permit, &call.cancel).await?;
        let answer = screen_file(&screener, stay, (name, file), request, &events, &call).await?;
        claim.keep(answer.screening.name.clone()).await?;
        Ok(answer)
    };
    let telling = async move {
        // The work ends by itself; whoever has gone is told at once.
        let answer = tokio::select! {
            answer = to_its_end(work) => answer,
            () = gone.cancelled() => Err(status::cancelled()),
        };
        // The client may have gone; then there is nobody to tell.
        let _ = sender.send(last(answer)).await;
    };
    tokio::spawn(telling.in_current_span());
    // What the report takes is held until the stream has been sent.
    let mut rooms: Vec<Permit> = Vec::new();
    let events = ReceiverStream::new(receiver).map(move |sent: Sent| {
        rooms.extend(sent.room);
        sent.event
    });
    Ok(Response::new(Box::pin(events)))
}

fn last(answer: Result<Answer, Status>) -> Sent {
    match answer {
        Ok(Answer { screening, room }) => {
            let event = v1::screen_document_response::Event::Screening(screening);
            Sent { event: Ok(v1::ScreenDocumentResponse { event: Some(event) }), room }
        }
        Err(status) => Sent { event: Err(status), room: None },
    }
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

/// Screens a file in its room and at its place.
async fn screen_file(
    screener: &Arc<Screener>,
    mut stay: Stay,
    (name, file): (String, Spooled),
    request: ScreeningRequest,
    sender: &mpsc::Sender<Sent>,
    call: &Call,
) -> Result<Answer, Status> {
    let told = progress_to(sender.clone());
    let received = progress_event(v1::screening_progress::Stage::Receive, file.bytes, file.bytes);
    let _ = sender.try_send(received);
    let packs = request.packs.clone();
    let size = file.bytes;
    let bytes = file.into_bytes().await.map_err(refused)?;
    let read = screener.read_bytes(name, bytes, &request, &told, &call.cancel).await?;
    charge(&mut stay, Cost::of_read(size, read.document.text.len() as u64), call).await?;
    let report = screener.screen_read(read, request, told, call.cancel.clone()).await?;
    let _ = sender.try_send(progress_event(v1::screening_progress::Stage::Store, 0, 1));
    store(screener, report, packs, stay).await
}

fn progress_to(sender: mpsc::Sender<Sent>) -> Progress {
    Arc::new(move |stage, done, total| {
        // A client that reads slowly misses progress, never the result.
        let _ = sender.try_send(progress_event(stage_message(stage), done, total));
    })
}

fn progress_event(stage: v1::screening_progress::Stage, done: u64, total: u64) -> Sent {
    let progress = v1::ScreeningProgress { stage: stage.into(), done, total };
    let event = v1::screen_document_response::Event::Progress(progress);
    Sent { event: Ok(v1::ScreenDocumentResponse { event: Some(event) }), room: None }
}
