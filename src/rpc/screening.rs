//! `ScreeningService`.

use tonic::{Request, Response, Status, Streaming};

use super::convert::{
    FieldViolation, parse_case_name, parse_screening_name, screening_message, state_from_message,
};
use super::reports::{Answer, WithoutRoom};
use super::state::State;
use super::{document, page_token, sections, status, submissions, v1};
use crate::index::work::ScreeningFilter;

/// The service.
pub struct ScreeningApi {
    /// Shared state.
    pub state: State,
}

#[tonic::async_trait]
impl v1::screening_service_server::ScreeningService for ScreeningApi {
    type ScreenDocumentStream = document::Events;
    type WatchScreeningStream = submissions::Followed;

    async fn screen_sections(
        &self,
        request: Request<v1::ScreenSectionsRequest>,
    ) -> Result<Response<v1::ScreenSectionsResponse>, Status> {
        sections::screen(&self.state, request).await
    }

    async fn screen_document(
        &self,
        request: Request<Streaming<v1::ScreenDocumentRequest>>,
    ) -> Result<Response<Self::ScreenDocumentStream>, Status> {
        document::screen(&self.state, request).await
    }

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
        let found = submissions.describe(index.as_ref(), id).await;
        let found = found.map_err(|error| status::of_index(&error))?;
        let described = found.ok_or_else(|| status::not_found("Screening", &name))?;
        let answer = if has_report {
            self.state.reports().complete(index.as_ref(), described, WithoutRoom::Refuse).await?
        } else {
            Answer::without_report(described)?
        };
        Ok(answer.into_response())
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
