//! `ImportCase`: a case with its files.

use std::sync::Arc;

use tokio_stream::StreamExt;
use tonic::{Request, Response, Status, Streaming};
use v1::import_case_request::Part;

use super::callers::UnderWay;
use super::convert::{
    FieldViolation, LONGEST_TEXT, at_most, case_from_message, case_message, not_examined_message,
};
use super::deadline::Call;
use super::idempotency::{self, Claims};
use super::state::State;
use super::upload::{RECEIVING, Upload, base_name, refused};
use super::worker::{charge, to_its_end};
use super::{status, v1};
use crate::admission::Cost;
use crate::index::store::ImportOutcome;
use crate::ingest::Limits;
use crate::screen::import::Imported;
use crate::screen::run::Progress;
use crate::submission::Spooled;

/// Most files of a case: each is a file of the system's as long as the call receives.
const MOST_FILES: usize = 64;
/// What they may have together, in files of the largest size, and in documents with the longest text.
const LARGEST_FILES: u64 = 4;

/// Imports a case.
pub async fn import(
    state: &State,
    request: Request<Streaming<v1::ImportCaseRequest>>,
) -> Result<Response<v1::ImportCaseResponse>, Status> {
    let screener = state.screener()?;
    let limits = screener.reader.limits;
    let (call, under_way) = (Call::of(&request), UnderWay::of(&request));
    let receiving = state.admit(Cost::of_bytes(RECEIVING))?;
    let mut incoming = request.into_inner();
    let first = incoming.next().await.transpose()?.unwrap_or_default();
    let id = idempotency::parse("request_id", &first.request_id)?;
    let Some(Part::Case(case)) = first.part else {
        return Err(FieldViolation::new("case", "the first message must carry the case").into());
    };
    let print = serde_json::to_string(&case).map_err(|error| status::internal(&error))?;
    let case = case_from_message("case", case)?;
    let files = receive(incoming, &limits).await?;
    drop(receiving);
    let mut costs: Vec<Cost> =
        files.iter().map(|(_, file)| Cost::of_file(file.bytes, file.is_packed())).collect();
    let permit = state.admit(costs.iter().copied().sum())?;
    let mut parts = vec![print.as_str()];
    parts.extend(files.iter().flat_map(|(name, file)| [name.as_str(), file.sha256.as_str()]));
    let print = idempotency::fingerprint(&parts);
    let claims = Claims::of(state.index()?);
    let claim = claims.claim("ImportCase", "request_id", id, print).await?;
    if let Some(answer) = claim.answer() {
        let answer = serde_json::from_str(answer).map_err(|error| status::internal(&error))?;
        return Ok(Response::new(answer));
    }
    let mut stay = state.stay(permit, &call.cancel).await?;
    let work = async move {
        let _under_way = under_way;
        let quiet: Progress = Arc::new(|_, _, _| {});
        let mut left = (limits.extracted_bytes as u64).saturating_mul(LARGEST_FILES);
        let mut ready = Vec::with_capacity(files.len());
        for (at, (name, file)) in files.into_iter().enumerate() {
            let size = file.bytes;
            let bytes = file.into_bytes().await.map_err(refused)?;
            let document = screener.read_document(name, bytes, &quiet, &call.cancel).await?;
            let text = document.text.len() as u64;
            left = left.checked_sub(text).ok_or_else(|| too_much_text(&limits))?;
            // All of them are in memory until the case is stored.
            costs[at] = Cost::of_read(size, text);
            charge(&mut stay, costs.iter().copied().sum(), &call).await?;
            ready.push(screener.ready_document(document, &call.cancel).await?);
        }
        let answer = imported_message(screener.import_ready(case, ready).await?);
        let kept = serde_json::to_string(&answer).map_err(|error| status::internal(&error))?;
        claim.keep(kept).await?;
        Ok(answer)
    };
    to_its_end(work).await.map(Response::new)
}

/// Receives files with their names.
async fn receive(
    mut incoming: Streaming<v1::ImportCaseRequest>,
    limits: &Limits,
) -> Result<Vec<(String, Spooled)>, Status> {
    let mut files: Vec<(String, Upload)> = Vec::new();
    let limit = limits.binary_bytes.saturating_mul(LARGEST_FILES);
    let mut left = limit;
    while let Some(message) = incoming.next().await.transpose()? {
        match message.part {
            Some(Part::File(_)) if files.len() >= MOST_FILES => {
                let what = format!("at most {MOST_FILES} files with one case");
                return Err(FieldViolation::new("file", what).into());
            }
            Some(Part::File(file)) => {
                at_most("file.name", &file.name, LONGEST_TEXT)?;
                files.push((base_name(&file.name), Upload::start(limits.binary_bytes).await?));
            }
            Some(Part::Chunk(chunk)) => match files.last_mut() {
                Some((_, upload)) => {
                    left = left.checked_sub(chunk.len() as u64).ok_or_else(|| {
                        let what = format!("the files of the case have together more than {limit} bytes");
                        status::plain("FILE_TOO_LARGE", what)
                    })?;
                    upload.add(&chunk).await?;
                }
                None => {
                    let what = "a file message must come before its chunks";
                    return Err(FieldViolation::new("file", what).into());
                }
            },
            Some(Part::Case(_)) => {
                return Err(FieldViolation::new("case", "only one case per call").into());
            }
            None => return Err(FieldViolation::new("part", "an empty message").into()),
        }
    }
    let mut spooled = Vec::with_capacity(files.len());
    for (name, upload) in files {
        spooled.push((name, upload.finish().await?));
    }
    Ok(spooled)
}

fn too_much_text(limits: &Limits) -> Status {
    let limit = (limits.extracted_bytes as u64).saturating_mul(LARGEST_FILES);
    let what = format!("the files of the case hold together more than {limit} bytes of text");
    status::plain("EXPANDS_TOO_MUCH", what)
}

fn imported_message(imported: Imported) -> v1::ImportCaseResponse {
    let outcome = match imported.outcome {
        ImportOutcome::Created => v1::import_case_response::Outcome::Created,
        ImportOutcome::Replaced => v1::import_case_response::Outcome::Replaced,
        ImportOutcome::Unchanged => v1::import_case_response::Outcome::Unchanged,
    };
    v1::ImportCaseResponse {
        case: Some(case_message(&imported.case)),
        outcome: outcome.into(),
        not_examined: imported.not_examined.iter().map(not_examined_message).collect(),
    }
}
