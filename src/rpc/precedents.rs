//! `PrecedentService`.

use tokio_stream::StreamExt;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};

use super::convert::{
    FieldViolation, LONGEST_TEXT, at_most, case_from_message, case_message, facets_from_message,
    filter_from_message, not_examined_message, parse_case_name, precedent_message, reuse_message,
};
use super::deadline::Call;
use super::idempotency::{self, Claims};
use super::state::State;
use super::upload::{MAX_CHUNK, Upload, base_name, refused};
use super::worker::{in_worker, to_its_end};
use super::{page_token, status, v1};
use crate::admission::Cost;
use crate::domain::explanation::Code;
use crate::domain::finding::NotExamined;
use crate::index::store::{CaseFilter, ImportOutcome};
use crate::ingest::watch::Watch;
use crate::screen::import::{ArchivedFile, Imported};
use crate::screen::likeness::{self, Archive};
use crate::screen::prepare::prepare;
use crate::screen::run;

/// Furthest rank that can be paged to.
const MAX_RANK: usize = 200;
/// Longest query in characters; longer texts are documents.
const MAX_QUERY: usize = 4000;

/// Most files of a case: each is a file of the system's as long as the call receives.
const MOST_FILES: usize = 64;
/// What they may have together, in files of the largest size.
const LARGEST_FILES: u64 = 4;

/// The service.
pub struct PrecedentApi {
    /// Shared state.
    pub state: State,
}

#[tonic::async_trait]
impl v1::precedent_service_server::PrecedentService for PrecedentApi {
    async fn import_case(
        &self,
        request: Request<Streaming<v1::ImportCaseRequest>>,
    ) -> Result<Response<v1::ImportCaseResponse>, Status> {
        use v1::import_case_request::Part;
        let screener = self.state.screener()?;
        let cancel = Call::of(&request).cancel;
        let receiving = self.state.admit(Cost::of_bytes(2 * MAX_CHUNK as u64))?;
        let mut incoming = request.into_inner();
        let first = incoming.next().await.transpose()?.unwrap_or_default();
        let id = idempotency::parse("request_id", &first.request_id)?;
        let Some(Part::Case(case)) = first.part else {
            return Err(FieldViolation::new("case", "the first message must carry the case").into());
        };
        let print = serde_json::to_string(&case).map_err(|error| status::internal(&error))?;
        let case = case_from_message("case", case)?;
        let mut files: Vec<(String, Upload)> = Vec::new();
        let largest = screener.reader.limits.binary_bytes;
        let mut left = largest.saturating_mul(LARGEST_FILES);
        while let Some(message) = incoming.next().await.transpose()? {
            match message.part {
                Some(Part::File(_)) if files.len() >= MOST_FILES => {
                    let what = format!("at most {MOST_FILES} files with one case");
                    return Err(FieldViolation::new("file", what).into());
                }
                Some(Part::File(file)) => {
                    at_most("file.name", &file.name, LONGEST_TEXT)?;
                    files.push((base_name(&file.name), Upload::start(largest).await?));
                }
                Some(Part::Chunk(chunk)) => match files.last_mut() {
                    Some((_, upload)) => {
                        left = left.checked_sub(chunk.len() as u64).ok_or_else(|| {
                            let limit = largest.saturating_mul(LARGEST_FILES);
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
        drop(receiving);
        let cost = spooled.iter().map(|(_, file)| Cost::of_file(file.bytes, file.is_packed())).sum();
        let permit = self.state.admit(cost)?;
        let mut parts = vec![print.as_str()];
        parts.extend(spooled.iter().flat_map(|(name, file)| [name.as_str(), file.sha256.as_str()]));
        let print = idempotency::fingerprint(&parts);
        let claims = Claims::of(self.state.index()?);
        let claim = claims.claim("ImportCase", "request_id", id, print).await?;
        if let Some(answer) = claim.answer() {
            let answer = serde_json::from_str(answer).map_err(|error| status::internal(&error))?;
            return Ok(Response::new(answer));
        }
        let place = self.state.place(&cancel).await?;
        let work = async move {
            let _held = (permit, place);
            let mut read = Vec::with_capacity(spooled.len());
            for (name, file) in spooled {
                read.push(ArchivedFile { name, bytes: file.into_bytes().await.map_err(refused)? });
            }
            let answer = imported_message(screener.import_case(case, read, cancel).await?);
            let kept = serde_json::to_string(&answer).map_err(|error| status::internal(&error))?;
            claim.keep(kept).await?;
            Ok(answer)
        };
        to_its_end(work).await.map(Response::new)
    }

    async fn search_precedents(
        &self,
        request: Request<v1::SearchPrecedentsRequest>,
    ) -> Result<Response<v1::SearchPrecedentsResponse>, Status> {
        let screener = self.state.screener()?;
        let index = self.state.index()?;
        let cancel = Call::of(&request).cancel;
        let message = request.into_inner();
        let query = message.query.trim().to_owned();
        if query.is_empty() {
            return Err(FieldViolation::new("query", "say what to look for").into());
        }
        if query.chars().count() > MAX_QUERY {
            let what = format!("at most {MAX_QUERY} characters; use SearchPrecedentsByDocument for a text");
            return Err(FieldViolation::new("query", what).into());
        }
        let _permit = self.state.admit(Cost::of_text(query.len() as u64))?;
        let filter = filter_from_message("filter", message.filter)?;
        let size = page_token::page_size(message.page_size, 10, 50)?;
        let arguments = format!("precedents {query} {}", arguments_of(&filter)?);
        let start = match page_token::decode(&arguments, &message.page_token)? {
            None => 0,
            Some(position) => position
                .parse::<usize>()
                .map_err(|_| FieldViolation::new("page_token", "not a token of this call"))?,
        };
        let wanted = (start + size + 1).min(MAX_RANK);
        let not_examined = query_limits(&screener, &query);
        let mut found = embed_and_search(&screener, index.as_ref(), query, &filter, wanted, cancel).await?;
        let more = found.len() > start + size;
        let precedents = found.drain(..).skip(start).take(size);
        let precedents: Vec<_> = precedents.map(|precedent| precedent_message(&precedent)).collect();
        let next =
            if more { page_token::encode(&arguments, &(start + size).to_string()) } else { String::new() };
        Ok(Response::new(v1::SearchPrecedentsResponse {
            precedents,
            next_page_token: next,
            not_examined: not_examined.iter().map(not_examined_message).collect(),
        }))
    }

    async fn search_precedents_by_document(
        &self,
        request: Request<Streaming<v1::SearchPrecedentsByDocumentRequest>>,
    ) -> Result<Response<v1::SearchPrecedentsByDocumentResponse>, Status> {
        use v1::search_precedents_by_document_request::Part;
        let screener = self.state.screener()?;
        let index = self.state.index()?;
        let cancel = Call::of(&request).cancel;
        let receiving = self.state.admit(Cost::of_bytes(2 * MAX_CHUNK as u64))?;
        let mut incoming = request.into_inner();
        let options = match incoming.next().await.transpose()?.and_then(|message| message.part) {
            Some(Part::Options(options)) => options,
            _ => {
                let what = "the first message must carry the options";
                return Err(FieldViolation::new("options", what).into());
            }
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
        let permit = self.state.admit(Cost::of_file(file.bytes, file.is_packed()))?;
        let place = self.state.place(&cancel).await?;
        let work = async move {
            let mut held = (permit, place);
            let size = file.bytes;
            let bytes = file.into_bytes().await.map_err(refused)?;
            let (worker, stop) = (std::sync::Arc::clone(&screener), cancel.clone());
            let read = in_worker(move || {
                let watch = Watch { is_cancelled: &|| stop.is_cancelled(), ..Watch::NOBODY };
                let document = worker.reader.read(&name, &bytes, &watch).map_err(run::ScreenError::from)?;
                let cost = Cost::of_read(size, document.text.len() as u64);
                held.0.raise(cost).map_err(|overload| status::overloaded(&overload))?;
                let prepared = prepare(document, &worker.vectorizer(), &stop, &mut |_, _| {})
                    .map_err(|error| run::ScreenError::Worker { what: error.to_string() })?;
                let elements = worker.elements(&prepared);
                Ok::<_, Status>((prepared, elements, held))
            });
            let (prepared, elements, _held) = read.await??;
            filter.exclude_documents.push(prepared.document.id);
            // It asks the archive in between, but most of it scores and compares texts.
            let runtime = tokio::runtime::Handle::current();
            let searched = in_worker(move || {
                let archive = Archive { index: index.as_ref(), vectorizer: screener.vectorizer() };
                let likeness =
                    likeness::of_document(archive, &prepared, &elements, &facets, &filter, limit as usize);
                let found = runtime.block_on(cancel.run_until_cancelled(likeness));
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

    async fn get_case(&self, request: Request<v1::GetCaseRequest>) -> Result<Response<v1::Case>, Status> {
        let index = self.state.index()?;
        let name = request.into_inner().name;
        let id = parse_case_name("name", &name)?;
        let case = index.get_case(&id).await.map_err(|error| status::of_index(&error))?;
        let case = case.ok_or_else(|| status::not_found("Case", &name))?;
        Ok(Response::new(case_message(&case)))
    }

    async fn list_cases(
        &self,
        request: Request<v1::ListCasesRequest>,
    ) -> Result<Response<v1::ListCasesResponse>, Status> {
        let index = self.state.index()?;
        let message = request.into_inner();
        let filter = filter_from_message("filter", message.filter)?;
        let size = page_token::page_size(message.page_size, 50, 500)?;
        let arguments = format!("cases {}", arguments_of(&filter)?);
        let after = page_token::decode(&arguments, &message.page_token)?;
        let page = index
            .list_cases(&filter, size, after.as_deref())
            .await
            .map_err(|error| status::of_index(&error))?;
        let next = page.next.map_or_else(String::new, |next| page_token::encode(&arguments, &next));
        Ok(Response::new(v1::ListCasesResponse {
            cases: page.items.iter().map(case_message).collect(),
            next_page_token: next,
        }))
    }

    async fn delete_case(
        &self,
        request: Request<v1::DeleteCaseRequest>,
    ) -> Result<Response<v1::DeleteCaseResponse>, Status> {
        let index = self.state.index()?;
        let name = request.into_inner().name;
        let id = parse_case_name("name", &name)?;
        let deleted = index.delete_case(&id).await.map_err(|error| status::of_index(&error))?;
        if deleted {
            Ok(Response::new(v1::DeleteCaseResponse {}))
        } else {
            Err(status::not_found("Case", &name))
        }
    }
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

fn arguments_of(filter: &CaseFilter) -> Result<String, Status> {
    serde_json::to_string(filter).map_err(|error| status::internal(&error))
}

/// Says when a query is searched by words only, or its meaning by a gloss.
fn query_limits(screener: &run::Screener, query: &str) -> Vec<NotExamined> {
    let vectorizer = screener.vectorizer();
    let language = crate::text::language::detect(query);
    let gloss = vectorizer.gloss_of_words(query, language);
    let detail = match likeness::text_to_embed(&vectorizer, query, language, gloss.as_ref()) {
        Some(embedded) if embedded == query => return Vec::new(),
        Some(_) => Code::QueryByGlossary,
        None => Code::QueryByWords,
    };
    vec![NotExamined {
        reason: crate::domain::finding::NotExaminedReason::LanguageNotCovered,
        page: None,
        section: None,
        detail: detail.into(),
    }]
}

/// Embeds on the blocking pool, searches on the runtime.
async fn embed_and_search(
    screener: &std::sync::Arc<run::Screener>,
    index: &dyn crate::index::CaseIndex,
    query: String,
    filter: &CaseFilter,
    limit: usize,
    cancel: CancellationToken,
) -> Result<Vec<crate::domain::finding::Precedent>, Status> {
    let worker = std::sync::Arc::clone(screener);
    let passage =
        tokio::task::spawn_blocking(move || likeness::text_query(&worker.vectorizer(), &query, &cancel))
            .await
            .map_err(|task| status::stopped(&task))?
            .map_err(likeness::SearchError::from)?;
    let archive = Archive { index, vectorizer: screener.vectorizer() };
    Ok(likeness::of_query(archive, passage, filter, limit).await?)
}
