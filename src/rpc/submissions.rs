//! The calls of `ScreeningService` about submitted screenings.

use std::sync::Arc;

use tokio_stream::StreamExt;
use tonic::{Request, Response, Status, Streaming};

use super::callers::UnderWay;
use super::convert::{
    FieldViolation, parse_screening_name, screening_etag, screening_name, screening_request,
};
use super::idempotency::{self, Claim, Claims, fingerprint_of};
use super::reports::{Answer, WithoutRoom};
use super::state::State;
use super::upload::{RECEIVING, Upload, base_name};
use super::worker::to_its_end;
use super::{status, v1};
use crate::admission::{Cost, Permit};
use crate::index::CaseIndex;
use crate::index::store::ScreeningRecord;
use crate::index::work::{Lane, Swap, Verdicts};
use crate::submission::{Spooled, Submission, Submissions};

/// Stream of WatchScreening.
pub type Followed =
    std::pin::Pin<Box<dyn tokio_stream::Stream<Item = Result<v1::WatchScreeningResponse, Status>> + Send>>;

/// Takes over an upload.
pub async fn submit(
    state: &State,
    request: Request<Streaming<v1::SubmitDocumentRequest>>,
) -> Result<Response<v1::Screening>, Status> {
    use v1::submit_document_request::Part;
    let (screener, index, submissions) = (state.screener()?, state.index()?, state.submissions()?);
    let (claims, under_way) = (Claims::of(Arc::clone(&index)), UnderWay::of(&request));
    let receiving = state.admit(Cost::of_bytes(RECEIVING))?;
    let mut incoming = request.into_inner();
    let header = match incoming.next().await.transpose()?.and_then(|message| message.part) {
        Some(Part::Header(header)) => header,
        _ => return Err(FieldViolation::new("header", "the first message must carry the header").into()),
    };
    let request_id = idempotency::parse("header.request_id", &header.request_id)?;
    let limit = screener.reader.limits.binary_bytes;
    if header.size_bytes > limit {
        return Err(super::upload::refused(crate::submission::SpoolError::TooLarge { limit }));
    }
    let asked = v1::SubmissionHeader { request_id: String::new(), ..header.clone() };
    let options = header.options.ok_or_else(|| FieldViolation::new("header.options", "required"))?;
    let submission = Submission {
        document_name: base_name(&options.document_name),
        request: screening_request(options)?,
        lane: match v1::Lane::try_from(header.lane) {
            Ok(v1::Lane::Interactive) => Lane::Interactive,
            Ok(v1::Lane::Bulk | v1::Lane::Unspecified) => Lane::Bulk,
            Err(_) => return Err(FieldViolation::new("header.lane", "no such lane").into()),
        },
    };
    // Wrong rule packs and facts are refused before the bytes are sent.
    screener.rules_of(&submission.request)?;
    screener.check_facts(&submission.request)?;
    let mut upload = Upload::start(limit).await?;
    while let Some(message) = incoming.next().await.transpose()? {
        match message.part {
            Some(Part::Chunk(chunk)) => upload.add(&chunk).await?,
            _ => return Err(FieldViolation::new("chunk", "only chunks follow the header").into()),
        }
    }
    let file = upload.finish_as_announced(header.size_bytes, &header.sha256).await?;
    drop(receiving);
    let prepared = submissions.prepare(index.as_ref(), &file, &submission)?;
    if header.validate_only {
        return Answer::without_report(prepared).map(Answer::into_response);
    }
    // The name follows also from the day, the rules and the program, which may be others when the request is
    // repeated: what it stands for is what was sent, and what it gets is what it got.
    let (print, name) = (fingerprint_of(&asked, &file.sha256)?, screening_name(prepared.id));
    let claim =
        claims.claim_as("SubmitDocument", "header.request_id", request_id, print, name.clone()).await?;
    // Cancelled or failed since, it stays so; a new request takes it up again.
    if let Some(there) = state.reports().answered(index.as_ref(), &claim).await? {
        return Ok(there.into_response());
    }
    let reports = state.reports().clone();
    // To its end: a call that stored the screening and not that it did would be carried out twice.
    let work = async move {
        let _under_way = under_way;
        let record = take_over(&submissions, index.as_ref(), (claim, name), file, &submission).await?;
        reports.complete(index.as_ref(), record, WithoutRoom::Refuse).await
    };
    to_its_end(work).await.map(Answer::into_response)
}

/// Carries out a request of which `name` is what it makes now.
async fn take_over(
    submissions: &Submissions,
    index: &dyn CaseIndex,
    (mut claim, name): (Claim, String),
    file: Spooled,
    submission: &Submission,
) -> Result<ScreeningRecord, Status> {
    if let Some(promised) = claim.promise().filter(|promised| *promised != name).map(str::to_owned) {
        // Another day, or before other rules, a call ended before its answer: with the screening or without it.
        let id = parse_screening_name("header.request_id", &promised)?;
        let there = submissions.describe(index, id).await.map_err(|error| status::of_index(&error))?;
        if let Some(there) = there {
            claim.keep(promised).await?;
            return Ok(there);
        }
        claim.promise_instead(name.clone()).await?;
    }
    let record = submissions.submit(index, file, submission).await?;
    claim.keep(name).await?;
    Ok(record)
}

/// Follows a screening.
pub async fn watch(
    state: &State,
    request: Request<v1::WatchScreeningRequest>,
) -> Result<Response<Followed>, Status> {
    let (index, submissions) = (state.index()?, state.submissions()?);
    let name = request.into_inner().name;
    let id = parse_screening_name("name", &name)?;
    let mut followed = submissions.watch(Arc::clone(&index), id);
    // The first message decides between an answer and NOT_FOUND.
    let first = followed.next().await.ok_or_else(|| status::not_found("Screening", &name))?;
    let reports = state.reports().clone();
    let answers = tokio_stream::once(first).chain(followed).then(move |record| {
        let (reports, index) = (reports.clone(), Arc::clone(&index));
        async move {
            let record = record.map_err(|error| status::of_index(&error))?;
            // Whoever has followed a screening to its end waits a little longer for its report.
            reports.complete(index.as_ref(), record, WithoutRoom::Wait).await
        }
    });
    // What the report takes is held until the stream has been sent.
    let mut rooms: Vec<Permit> = Vec::new();
    let all = answers.map(move |answer: Result<Answer, Status>| {
        let Answer { screening, room } = answer?;
        rooms.extend(room);
        Ok::<_, Status>(v1::WatchScreeningResponse { screening: Some(screening) })
    });
    Ok(Response::new(Box::pin(all)))
}

/// Cancels a submitted screening.
pub async fn cancel(
    state: &State,
    request: Request<v1::CancelScreeningRequest>,
) -> Result<Response<v1::Screening>, Status> {
    let (index, submissions) = (state.index()?, state.submissions()?);
    let name = request.into_inner().name;
    let id = parse_screening_name("name", &name)?;
    let record = submissions.cancel(index.as_ref(), id).await.map_err(|error| status::of_index(&error))?;
    let record = record.ok_or_else(|| status::not_found("Screening", &name))?;
    let answer = state.reports().complete(index.as_ref(), record, WithoutRoom::Refuse).await?;
    Ok(answer.into_response())
}

/// Deletes a screening that has ended.
pub async fn delete(
    state: &State,
    request: Request<v1::DeleteScreeningRequest>,
) -> Result<Response<v1::DeleteScreeningResponse>, Status> {
    let index = state.index()?;
    let v1::DeleteScreeningRequest { name, etag, delete_verdicts } = request.into_inner();
    let id = parse_screening_name("name", &name)?;
    let verdicts = if delete_verdicts { Verdicts::Go } else { Verdicts::Stay };
    let found = index.describe_screening(id).await.map_err(|error| status::of_index(&error))?;
    let record = found.ok_or_else(|| status::not_found("Screening", &name))?;
    let now = screening_etag(&record);
    if !etag.is_empty() && etag != now {
        return Err(status::changed_since(&name, &now));
    }
    if !record.state.is_final() {
        return Err(status::not_ended(&name));
    }
    match index.delete_screening(&record, verdicts).await.map_err(|error| status::of_index(&error))? {
        Swap::Stored => Ok(Response::new(v1::DeleteScreeningResponse {})),
        // Deleted by another call, or of the shared archive, which its readers do not change.
        Swap::Refused(None) => Err(status::not_found("Screening", &name)),
        Swap::Refused(Some(other)) => Err(status::changed_since(&name, &screening_etag(&other))),
    }
}
