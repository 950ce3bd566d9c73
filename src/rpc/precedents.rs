//! `PrecedentService`.

use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};

use super::convert::{
    FieldViolation, case_message, filter_from_message, not_examined_message, parse_case_name,
    precedent_message,
};
use super::deadline::Call;
use super::state::State;
use super::{by_document, import, page_token, status, v1};
use crate::admission::Cost;
use crate::domain::finding::{NotExamined, Precedent};
use crate::embed::model::EmbedError;
use crate::index::store::CaseFilter;
use crate::screen::likeness::{self, Archive};
use crate::screen::run;

/// Furthest rank that can be paged to.
const MAX_RANK: usize = 200;
/// Longest query in characters; longer texts are documents.
const MAX_QUERY: usize = 4000;

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
        import::import(&self.state, request).await
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
        // A token is hashed, not signed: it may name any position.
        let end = start.saturating_add(size);
        let wanted = end.saturating_add(1).min(MAX_RANK);
        let (mut found, not_examined) =
            embed_and_search(&screener, index.as_ref(), query, &filter, wanted, cancel).await?;
        let more = found.len() > end;
        let precedents = found.drain(..).skip(start).take(size);
        let precedents: Vec<_> = precedents.map(|precedent| precedent_message(&precedent)).collect();
        let next = if more { page_token::encode(&arguments, &end.to_string()) } else { String::new() };
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
        by_document::search(&self.state, request).await
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

fn arguments_of(filter: &CaseFilter) -> Result<String, Status> {
    serde_json::to_string(filter).map_err(|error| status::internal(&error))
}

/// Embeds on the blocking pool, searches on the runtime; says also what of the query was not examined.
async fn embed_and_search(
    screener: &std::sync::Arc<run::Screener>,
    index: &dyn crate::index::CaseIndex,
    query: String,
    filter: &CaseFilter,
    limit: usize,
    cancel: CancellationToken,
) -> Result<(Vec<Precedent>, Vec<NotExamined>), Status> {
    let worker = std::sync::Arc::clone(screener);
    let embedding = move || {
        let vectorizer = worker.vectorizer();
        let passage = likeness::text_query(&vectorizer, &query, &cancel)?;
        Ok::<_, EmbedError>((passage, likeness::query_limits(&vectorizer, &query)))
    };
    let (passage, not_examined) = tokio::task::spawn_blocking(embedding)
        .await
        .map_err(|task| status::stopped(&task))?
        .map_err(likeness::SearchError::Embed)?;
    let archive = Archive { index, vectorizer: screener.vectorizer() };
    Ok((likeness::of_query(archive, passage, filter, limit).await?, not_examined))
}
