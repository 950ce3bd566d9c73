//! Problems as pages: what went wrong and what to do, in the reader's language.

use std::any::Any;

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};

use super::Console;
use super::backend::BackendError;
use super::language::Words;
use super::reasons::Sentence;
use super::shell::Shell;
use super::visit;
use crate::access::allowance::Exceeded;
use crate::contain::BROKE_DOWN;
use crate::domain::language::Language;
use crate::metrics::{EXCEEDED, REFUSED};

/// A problem on its way to a page.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    /// Key of the heading.
    title: &'static str,
    detail: Detail,
    /// What the visitor had typed: the page repeats it, since going on would lose it.
    typed: String,
}

/// More about a problem; may be empty. Shown as text.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Detail {
    /// Names and numbers, or words that are the reader's already.
    Said(String),
    /// Words of the program, which are English.
    English(String),
    /// Key of words.
    Words(&'static str),
}

impl Detail {
    const NONE: Self = Self::Said(String::new());

    fn english(words: impl Into<String>) -> Self {
        Self::English(words.into())
    }

    fn say(self, w: Words) -> Sentence {
        match self {
            Self::Said(text) => Sentence::own(text),
            Self::English(text) => Sentence { text, is_english: w.language() != Language::English },
            Self::Words(key) => Sentence::own(w.say(key)),
        }
    }
}

impl Problem {
    fn new(status: StatusCode, title: &'static str, detail: Detail) -> Self {
        Self { status, title, detail, typed: String::new() }
    }

    /// There is no such page, screening or case.
    pub fn not_found(what: impl Into<String>) -> Self {
        let what = what.into();
        // The names of things have no blanks: what has is a sentence of the program.
        let detail = if what.contains(' ') { Detail::English(what) } else { Detail::Said(what) };
        Self::new(StatusCode::NOT_FOUND, "error-not-found", detail)
    }

    /// The request cannot be understood; the program says why.
    pub fn invalid(what: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "error-invalid", Detail::english(what))
    }

    /// A mistake of every day, with what to do about it in the reader's words.
    pub fn mistake(words: String) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "error-invalid", Detail::Said(words))
    }

    /// What was sent is no address or form of ours. What the library says of it helps nobody who typed it.
    fn unreadable(status: StatusCode) -> Self {
        match status {
            StatusCode::PAYLOAD_TOO_LARGE => Self::new(status, "error-form-too-large", Detail::NONE),
            _ => Self::new(status, "error-invalid", Detail::Words("error-unreadable")),
        }
    }

    /// The session of a page has ended under it; its script says so and leaves the page as it is.
    pub fn signed_out() -> Self {
        let detail = Detail::Words("error-signed-out-about");
        Self::new(StatusCode::UNAUTHORIZED, "error-signed-out", detail)
    }

    /// The visitor's roles do not allow it.
    pub fn forbidden(what: impl Into<String>) -> Self {
        metrics::counter!(REFUSED, "reason" => "denied").increment(1);
        Self::new(StatusCode::FORBIDDEN, "error-forbidden", Detail::english(what))
    }

    /// The picture of a page cannot be drawn.
    pub fn no_picture(why: String) -> Self {
        Self::new(StatusCode::NOT_FOUND, "picture-unavailable", Detail::Said(why))
    }

    /// The form is not of this session.
    pub fn stale_form() -> Self {
        Self::new(StatusCode::FORBIDDEN, "error-stale", Detail::NONE)
    }

    /// Somebody else has decided about the finding since the page was loaded.
    pub fn superseded() -> Self {
        Self::new(StatusCode::CONFLICT, "error-superseded", Detail::NONE)
    }

    /// The file is larger than may be.
    pub fn too_large(what: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "error-too-large", Detail::english(what))
    }

    /// The visitor takes more than one caller may.
    pub fn exceeded(exceeded: &Exceeded) -> Self {
        metrics::counter!(EXCEEDED, "limit" => exceeded.limit()).increment(1);
        let detail = Detail::english(exceeded.to_string());
        Self::new(StatusCode::TOO_MANY_REQUESTS, "error-busy", detail)
    }

    /// As much waits as may.
    pub fn busy(what: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "error-busy", Detail::english(what))
    }

    /// The audit log cannot be written, and nothing is done that could not be recorded.
    pub fn unrecorded() -> Self {
        metrics::counter!(REFUSED, "reason" => "audit").increment(1);
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "error-unrecorded", Detail::NONE)
    }

    /// The service is not ready yet.
    pub fn starting() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "error-starting", Detail::NONE)
    }

    /// Something failed here; the cause is in the log.
    pub fn internal(error: &dyn std::fmt::Display) -> Self {
        let id = uuid::Uuid::new_v4().to_string();
        tracing::error!(error_id = %id, error = %error, "a page of the console failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "error-internal", Detail::Said(id))
    }

    /// The same problem, with what the visitor had typed.
    pub fn with_typed(self, typed: String) -> Self {
        Self { typed, ..self }
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
    detail: Sentence,
    typed: String,
    asks_sign_in: bool,
}

/// Shows problems as pages, those of requests that no page has understood too.
pub async fn show(State(console): State<Console>, request: Request, next: Next) -> Response {
    let shell = visit::shell(&console, request.headers(), request.uri(), "");
    let response = next.run(request).await;
    let known = response.extensions().get::<Problem>().cloned();
    let problem = match known {
        Some(problem) => problem,
        None if is_bare(&response) => Problem::unreadable(response.status()),
        None => return response,
    };
    let (status, detail) = (problem.status, problem.detail.say(shell.w));
    let asks_sign_in = status == StatusCode::UNAUTHORIZED;
    let page = ErrorPage { shell, title: problem.title, detail, typed: problem.typed, asks_sign_in };
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(error = %error, "the page for a problem failed");
            status.into_response()
        }
    }
}

/// True for the answer of the library to an address or form that it cannot read: a line of text, where every page of
/// ours that refuses something leaves a problem.
fn is_bare(response: &Response) -> bool {
    let media = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    response.status().is_client_error() && media.is_some_and(|media| media.starts_with(b"text/plain"))
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
        let detail = problem.detail.clone().say(Words::of(Language::Russian));
        assert!(!detail.text.is_empty() && !detail.text.contains("secret"));
    }

    #[test]
    fn what_is_left_in_english_says_so_to_readers_of_other_languages() {
        let said = |problem: &Problem, language| problem.detail.clone().say(Words::of(language));
        for problem in [Problem::invalid("x is no year"), Problem::not_found("x y is not a valid case id")] {
            assert!(said(&problem, Language::Korean).is_english, "{problem:?}");
            assert!(!said(&problem, Language::English).is_english, "{problem:?}");
        }
        let mistake = Problem::mistake("사유".to_owned());
        for problem in [Problem::not_found("demo-1"), mistake, Problem::signed_out()] {
            assert!(!said(&problem, Language::Korean).is_english, "{problem:?}");
        }
        let bare = Problem::unreadable(StatusCode::BAD_REQUEST);
        for problem in [bare, Problem::signed_out()] {
            assert!(!said(&problem, Language::Korean).text.starts_with("error-"), "{problem:?}");
        }
    }
}
