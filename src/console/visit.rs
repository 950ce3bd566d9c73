//! One request of a signed-in person: who, in which words, over which backend, and what part of the page is wanted.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Redirect, Response};

use super::Console;
use super::backend::Backend;
use super::error::Problem;
use super::language::{self, Words};
use super::session::{self, Session};
use super::shell::{Shell, encode};
use crate::domain::risk::RiskCategory;

/// A request of a signed-in person.
pub struct Visit {
    /// The console.
    pub console: Console,
    /// What is stored.
    pub backend: Arc<Backend>,
    /// Who.
    pub session: Arc<Session>,
    /// In which words.
    pub words: Words,
    /// Path and query.
    pub here: String,
    /// Element that a script wants to replace; `None` for the whole page.
    pub target: Option<String>,
}

impl Visit {
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

    /// Checks the token of a form.
    pub fn check_token(&self, token: &str) -> Result<(), Problem> {
        if session::is_same_token(token, &self.session.csrf) { Ok(()) } else { Err(Problem::stale_form()) }
    }
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
    let session = console.shared.sessions.of(headers);
    let text = |of: fn(&Session) -> &String| session.as_deref().map(of).cloned().unwrap_or_default();
    Shell {
        w: words(headers),
        reviewer: text(|session| &session.reviewer),
        csrf: text(|session| &session.csrf),
        here: here(uri),
        active,
    }
}

impl FromRequestParts<Console> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Response> {
        let Some(session) = console.shared.sessions.of(&parts.headers) else {
            let next = encode(&here(&parts.uri));
            return Err(Redirect::to(&format!("/sign-in?next={next}")).into_response());
        };
        let backend = console.backend().ok_or_else(|| Problem::starting().into_response())?;
        let is_restore = parts.headers.contains_key("hx-history-restore-request");
        let target = parts.headers.get("hx-target").filter(|_| !is_restore);
        Ok(Self {
            console: console.clone(),
            backend,
            session,
            words: words(&parts.headers),
            here: here(&parts.uri),
            target: target.and_then(|value| value.to_str().ok()).map(str::to_owned),
        })
    }
}
