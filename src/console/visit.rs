//! One request of a signed-in person: who, in which words, over which backend, and what part of the page is wanted.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};

use super::Console;
use super::backend::Backend;
use super::error::Problem;
use super::language::{self, Words};
use super::session::{self, Session};
use super::shell::Shell;
use crate::access::{Caller, Permission, authorize};
use crate::domain::risk::RiskCategory;

/// A request of a signed-in person.
#[derive(Clone)]
pub struct Visit {
    /// The console.
    pub console: Console,
    /// What is stored.
    pub backend: Arc<Backend>,
    /// Who.
    pub session: Arc<Session>,
    /// In which roles, for which tenant.
    pub caller: Arc<Caller>,
    /// In which words.
    pub words: Words,
    /// Path and query.
    pub here: String,
    /// Element that a script wants to replace; `None` for the whole page.
    pub target: Option<String>,
}

impl Visit {
    /// Makes the visit of a request.
    pub fn new(
        console: &Console,
        request: &Request,
        session: Arc<Session>,
        caller: Arc<Caller>,
        backend: Arc<Backend>,
    ) -> Self {
        let headers = request.headers();
        let target = headers.get("hx-target").filter(|_| !is_restore(headers));
        Self {
            console: console.clone(),
            backend,
            session,
            caller,
            words: words(headers),
            here: here(request.uri()),
            target: target.and_then(|value| value.to_str().ok()).map(str::to_owned),
        }
    }

    /// Returns the frame of a page.
    pub fn shell(&self, active: &'static str) -> Shell {
        Shell {
            w: self.words,
            reviewer: self.session.reviewer.clone(),
            csrf: self.session.csrf.clone(),
            here: self.here.clone(),
            active,
        }
    }

    /// Title of a risk category.
    pub fn category(&self, code: &str) -> String {
        let code = RiskCategory(code.to_owned());
        self.backend.screener.risk.category_title(&code, Some(self.words.language())).to_owned()
    }

    /// True if a script asks for that element alone.
    pub fn wants(&self, element: &str) -> bool {
        self.target.as_deref() == Some(element)
    }

    /// True if the visitor has a permission beyond the one that the page asks of everybody.
    pub fn may(&self, permission: Permission) -> bool {
        authorize(&self.caller.principal, permission).is_ok()
    }

    /// Refuses what of a page needs a permission that the visitor does not have.
    pub fn demand(&self, permission: Permission) -> Result<(), Problem> {
        let allowed = authorize(&self.caller.principal, permission);
        allowed.map_err(|denied| Problem::forbidden(denied.to_string()))
    }

    /// Checks the token of a form.
    pub fn check_token(&self, token: &str) -> Result<(), Problem> {
        if session::is_same_token(token, &self.session.csrf) { Ok(()) } else { Err(Problem::stale_form()) }
    }
}

/// True if a script of ours sent the request: it follows a redirect unseen and takes the page behind it for the answer.
pub fn is_by_script(headers: &HeaderMap) -> bool {
    let is_asked_for = headers.contains_key("hx-request") || headers.contains_key("hx-target");
    is_asked_for && !is_restore(headers)
}

/// Going back asks for a whole page, as a link does, although a script fetches it.
fn is_restore(headers: &HeaderMap) -> bool {
    headers.contains_key("hx-history-restore-request")
}

/// Words for a request.
pub fn words(headers: &HeaderMap) -> Words {
    let accept = headers.get("accept-language").and_then(|value| value.to_str().ok());
    Words::of(language::choose(session::cookie(headers, language::COOKIE), accept))
}

/// Path and query of a request.
pub fn here(uri: &Uri) -> String {
    uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string)
}

/// The frame for a request, signed in or not.
pub fn shell(console: &Console, headers: &HeaderMap, uri: &Uri, active: &'static str) -> Shell {
    let session = console.shared.sessions.of(headers, jiff::Timestamp::now());
    let text = |of: fn(&Session) -> &String| session.as_ref().map(of).cloned().unwrap_or_default();
    Shell {
        w: words(headers),
        reviewer: text(|session| &session.reviewer),
        csrf: text(|session| &session.csrf),
        here: here(uri),
        active,
    }
}

impl FromRequestParts<Console> for Visit {
    type Rejection = Problem;

    /// The entrance has put it there; a page that did not pass it has no visitor.
    async fn from_request_parts(parts: &mut Parts, _console: &Console) -> Result<Self, Problem> {
        let visit = parts.extensions.get::<Self>().cloned();
        visit.ok_or_else(|| Problem::internal(&"a page runs without a visitor"))
    }
}
