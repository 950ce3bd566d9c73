//! Problems as pages: what went wrong and what to do, in the reader's language.

use std::any::Any;

use askama::Template;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};

use super::Console;
use super::backend::BackendError;
use super::shell::Shell;
use super::visit;
use crate::access::allowance::Exceeded;
use crate::contain::BROKE_DOWN;
use crate::metrics::{EXCEEDED, REFUSED};

/// A problem on its way to a page.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    /// Key of the heading.
    title: &'static str,
    /// More about it; may be empty. Shown as text.
    detail: String,
}

impl Problem {
    /// There is no such page, screening or case.
    pub fn not_found(what: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, title: "error-not-found", detail: what.into() }
    }

    /// The request cannot be understood.
    pub fn invalid(what: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, title: "error-invalid", detail: what.into() }
    }

    /// The visitor's roles do not allow it.
    pub fn forbidden(what: impl Into<String>) -> Self {
        metrics::counter!(REFUSED, "reason" => "denied").increment(1);
        Self { status: StatusCode::FORBIDDEN, title: "error-forbidden", detail: what.into() }
    }

    /// The picture of a page cannot be drawn.
    pub fn no_picture(why: String) -> Self {
        Self { status: StatusCode::NOT_FOUND, title: "picture-unavailable", detail: why }
    }

    /// The form is not of this session.
    pub fn stale_form() -> Self {
        Self { status: StatusCode::FORBIDDEN, title: "error-stale", detail: String::new() }
    }

    /// Somebody else has decided about the finding since the page was loaded.
    pub fn superseded() -> Self {
        Self { status: StatusCode::CONFLICT, title: "error-superseded", detail: String::new() }
    }

    /// The file is larger than may be.
    pub fn too_large(what: impl Into<String>) -> Self {
        Self { status: StatusCode::PAYLOAD_TOO_LARGE, title: "error-too-large", detail: what.into() }
    }

    /// The visitor takes more than one caller may.
    pub fn exceeded(exceeded: &Exceeded) -> Self {
        metrics::counter!(EXCEEDED, "limit" => exceeded.limit()).increment(1);
        Self { status: StatusCode::TOO_MANY_REQUESTS, title: "error-busy", detail: exceeded.to_string() }
    }

    /// As much waits as may.
    pub fn busy(what: impl Into<String>) -> Self {
        Self { status: StatusCode::SERVICE_UNAVAILABLE, title: "error-busy", detail: what.into() }
    }

    /// The audit log cannot be written, and nothing is done that could not be recorded.
    pub fn unrecorded() -> Self {
        metrics::counter!(REFUSED, "reason" => "audit").increment(1);
        Self { status: StatusCode::SERVICE_UNAVAILABLE, title: "error-unrecorded", detail: String::new() }
    }

    /// The service is not ready yet.
    pub fn starting() -> Self {
        Self { status: StatusCode::SERVICE_UNAVAILABLE, title: "error-starting", detail: String::new() }
    }

    /// Something failed here; the cause is in the log.
    pub fn internal(error: &dyn std::fmt::Display) -> Self {
        let id = uuid::Uuid::new_v4().to_string();
        tracing::error!(error_id = %id, error = %error, "a page of the console failed");
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, title: "error-internal", detail: id }
    }
}

impl From<BackendError> for Problem {
    fn from(error: BackendError) -> Self {
        use crate::index::store::IndexError;
        use crate::screen::likeness::SearchError;
        match &error {
            BackendError::Index(IndexError::Invalid { what })
            | BackendError::Search(SearchError::Index(IndexError::Invalid { what })) => {
                Self::invalid(what.clone())
            }
            BackendError::Busy(overload) => Self::busy(overload.to_string()),
            BackendError::Index(IndexError::Superseded { .. }) => Self::superseded(),
            BackendError::Index(IndexError::Unrecorded { .. }) => Self::unrecorded(),
            _ => Self::internal(&error),
        }
    }
}

impl From<askama::Error> for Problem {
    fn from(error: askama::Error) -> Self {
        Self::internal(&error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(Template)]
#[template(path = "console/error.html")]
struct ErrorPage {
    shell: Shell,
    title: &'static str,
    detail: String,
}

/// Shows problems as pages.
pub async fn show(State(console): State<Console>, request: Request, next: Next) -> Response {
    let shell = visit::shell(&console, request.headers(), request.uri(), "");
    let response = next.run(request).await;
    let Some(problem) = response.extensions().get::<Problem>().cloned() else { return response };
    let page = ErrorPage { shell, title: problem.title, detail: problem.detail };
    match page.render() {
        Ok(html) => (problem.status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(error = %error, "the page for a problem failed");
            problem.status.into_response()
        }
    }
}

/// A page that panics fails alone, with an answer and an entry in the audit log.
pub fn panicked(_: Box<dyn Any + Send>) -> Response {
    Problem::internal(&BROKE_DOWN).into_response()
}

/// Any path that is no page.
pub async fn nowhere() -> Problem {
    Problem::not_found("")
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::routing::get;
    use tower::ServiceExt;
    use tower_http::catch_panic::CatchPanicLayer;

    use super::*;

    async fn broken() -> StatusCode {
        panic!("index out of range, secret path")
    }

    #[test]
    fn what_passes_is_no_fault_of_the_service() {
        for problem in [Problem::unrecorded(), Problem::starting(), Problem::busy("")] {
            assert_eq!(problem.into_response().status(), StatusCode::SERVICE_UNAVAILABLE);
        }
        let unrecorded = BackendError::Index(crate::index::IndexError::Unrecorded { what: String::new() });
        assert_eq!(Problem::from(unrecorded).title, "error-unrecorded");
    }

    #[tokio::test]
    async fn a_page_that_panics_is_a_problem_like_others() {
        let router: Router = Router::new().route("/", get(broken)).layer(CatchPanicLayer::custom(panicked));
        let response = router.oneshot(Request::new(Body::empty())).await.unwrap();
        let problem = response.extensions().get::<Problem>().unwrap();
        assert_eq!(problem.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!problem.detail.is_empty() && !problem.detail.contains("secret"));
    }
}
