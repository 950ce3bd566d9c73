//! `SearchPrecedentsByDocument`: what the archive holds for a file.

use std::sync::Arc;

use tokio_stream::StreamExt;
use tonic::{Request, Response, Status, Streaming};
use v1::search_precedents_by_document_request::Part;

use super::callers::UnderWay;
use super::convert::{
    FieldViolation, LONGEST_TEXT, at_most, facets_from_message, filter_from_message, not_examined_message,
    precedent_message, reuse_message,
};
use super::deadline::Call;
use super::state::State;
use super::upload::{RECEIVING, Upload, base_name, refused};
use super::worker::{charge, in_worker, to_its_end};
use super::{status, v1};
use crate::admission::Cost;
use crate::screen::likeness::{self, Archive};
use crate::screen::run::Progress;

/// Searches the archive with a file.
pub async fn search(
    state: &State,
    request: Request<Streaming<v1::SearchPrecedentsByDocumentRequest>>,
) -> Result<Response<v1::SearchPrecedentsByDocumentResponse>, Status> {
    let (screener, index) = (state.screener()?, state.index()?);
    let (call, under_way) = (Call::of(&request), UnderWay::of(&request));
    let receiving = state.admit(Cost::of_bytes(RECEIVING))?;
    let mut incoming = request.into_inner();
    let options = match incoming.next().await.transpose()?.and_then(|message| message.part) {
        Some(Part::Options(options)) => options,
        _ => return Err(FieldViolation::new("options", "the first message must carry the options").into()),
    };
    at_most("options.document_name", &options.document_name, LONGEST_TEXT)?;
    let mut upload = Upload::start(screener.reader.limits.binary_bytes).await?;
    while let Some(message) = incoming.next().await.transpose()? {
        match message.part {
            Some(Part::Chunk(chunk)) => upload.add(&chunk).await?,
            _ => return Err(FieldViolation::new("chunk", "only chunks follow the options").into()),
        }
    }
    let mut filter = filter_from_message("options.filter", options.filter)?;
    let facets = facets_from_message("options.facets", options.facets)?;
    let limit = if options.max_precedents == 0 { 10 } else { options.max_precedents.min(50) };
    let name = base_name(&options.document_name);
    let file = upload.finish().await?;
    drop(receiving);
    let permit = state.admit(Cost::of_file(file.bytes, file.is_packed()))?;
    let mut stay = state.stay(permit, &call.cancel).await?;
    let work = async move {
        let _under_way = under_way;
        let size = file.bytes;
        let bytes = file.into_bytes().await.map_err(refused)?;
        let quiet: Progress = Arc::new(|_, _, _| {});
        let document = screener.read_document(name, bytes, &quiet, &call.cancel).await?;
        charge(&mut stay, Cost::of_read(size, document.text.len() as u64), &call).await?;
        let prepared = screener.prepare_document(document, &call.cancel).await?;
        filter.exclude_documents.push(prepared.document.id);
        // It asks the archive in between, but most of it scores and compares texts.
        let runtime = tokio::runtime::Handle::current();
        let searched = in_worker(move || {
            let elements = screener.elements(&prepared);
            let archive = Archive { index: index.as_ref(), vectorizer: screener.vectorizer() };
            let likeness =
                likeness::of_document(archive, &prepared, &elements, &facets, &filter, limit as usize);
            let found = runtime.block_on(call.cancel.run_until_cancelled(likeness));
            (found, prepared)
        });
        let (found, prepared) = searched.await?;
        let found = found.ok_or_else(status::cancelled)?;
        let (precedents, reuse) = found.map_err(|error| status::of_index(&error))?;
        let not_examined = prepared.document.not_examined.iter().chain(&prepared.not_examined);
        Ok(v1::SearchPrecedentsByDocumentResponse {
            precedents: precedents.iter().map(precedent_message).collect(),
            reuse: reuse.iter().map(reuse_message).collect(),
            not_examined: not_examined.map(not_examined_message).collect(),
        })
    };
    to_its_end(work).await.map(Response::new)
}
