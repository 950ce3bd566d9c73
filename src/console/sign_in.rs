//! Signing in and out, and the choice of language.

use std::time::Instant;

use askama::Template;
use axum::Form;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::Deserialize;

use super::Console;
use super::entrance::{address, by_certificate, record_exceeded};
use super::error::Problem;
use super::language;
use super::server::Peer;
use super::session::{self, Proof};
use super::shell::Shell;
use super::visit::{self, Visit};
use crate::access::attempts::Attempt;
use crate::access::{Principal, audit};
use crate::domain::language::Language;
use crate::metrics::EXCEEDED;

/// Longest name in characters.
const LONGEST_NAME: usize = 80;

/// Key of the words for too many tries of one address.
const TOO_MANY: &str = "sign-in-too-many";
/// Key of the words for too many visits of one person.
const BUSY: &str = "error-busy";

#[derive(Template)]
#[template(path = "console/sign_in.html")]
struct SignInPage {
    shell: Shell,
    next: String,
    asks_name: bool,
    asks_token: bool,
    /// Who the certificate of the connection is.
    by_certificate: Option<String>,
    /// Key of the words for what went wrong; empty for nothing.
    problem: &'static str,
}

impl SignInPage {
    fn new(console: &Console, request: &Parts, next: &str, problem: &'static str) -> Self {
        let authenticator = &console.shared.guard.authenticator;
        Self {
            shell: visit::shell(console, &request.headers, &request.uri, ""),
            next: own_path(next).to_owned(),
            asks_name: authenticator.is_open_to_all(),
            asks_token: authenticator.accepts_tokens(),
            by_certificate: by_certificate(console, &request.extensions).map(|found| found.subject),
            problem,
        }
    }
}

/// Where to go on.
#[derive(Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
}

/// Only paths of ours are gone to.
fn own_path(path: &str) -> &str {
    let is_own = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && path.bytes().all(|byte| byte.is_ascii_graphic());
    if is_own { path } else { "/" }
}

/// `GET /sign-in`.
pub async fn page(
    State(console): State<Console>,
    Query(next): Query<Next>,
    request: Parts,
) -> Result<Response, Problem> {
    Ok(Html(SignInPage::new(&console, &request, &next.next, "").render()?).into_response())
}

/// The form.
#[derive(Deserialize)]
pub struct Entry {
    #[serde(default)]
    name: String,
    #[serde(default)]
    token: String,
    /// `certificate` to go on as who the certificate of the connection is.
    #[serde(default)]
    by: String,
    #[serde(default)]
    next: String,
}

/// `POST /sign-in`: where authentication is on, a token or the certificate of the connection says who it is; else
/// people say so themselves.
pub async fn enter(
    State(console): State<Console>,
    request: Parts,
    Form(entry): Form<Entry>,
) -> Result<Response, Problem> {
    let guard = &console.shared.guard;
    if !guard.authenticator.is_open_to_all() && !guard.audit.is_writable() {
        return Err(Problem::unrecorded());
    }
    let known = if guard.authenticator.is_open_to_all() {
        by_name(&entry.name).ok_or("sign-in-refused")
    } else if entry.by == "certificate" {
        let found = by_certificate(&console, &request.extensions);
        let found = recorded(&console, &request, found, "sign-in-certificate-refused");
        found.map(|found| (found.subject, Proof::Certificate))
    } else {
        by_token(&console, &request, &entry.token)
    };
    let (name, proof) = match known {
        Ok(known) => known,
        Err(problem) => {
            let page = SignInPage::new(&console, &request, &entry.next, problem).render()?;
            let is_much = [TOO_MANY, BUSY].contains(&problem);
            let status = if is_much { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::OK };
            return Ok((status, Html(page)).into_response());
        }
    };
    let value = console.shared.sessions.begin(name, proof, Timestamp::now());
    let value = value.ok_or_else(|| Problem::internal(&"the system gives no random numbers"))?;
    let mut response = Redirect::to(own_path(&entry.next)).into_response();
    set_session(&console, &mut response, &value, "");
    Ok(response)
}

fn by_name(name: &str) -> Option<(String, Proof)> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_name =
        !name.is_empty() && name.chars().count() <= LONGEST_NAME && !name.chars().any(char::is_control);
    is_name.then_some((name, Proof::Nothing))
}

/// Recognises a token, or names the words for why not.
fn by_token(console: &Console, request: &Parts, token: &str) -> Result<(String, Proof), &'static str> {
    let token = token.trim();
    if token.len() > session::LONGEST_TOKEN {
        return Err("sign-in-token-long");
    }
    let token = SecretString::from(token.to_owned());
    let recognised = console.shared.guard.authenticator.authenticate_token(token.clone());
    let found = recorded(console, request, recognised.ok(), "sign-in-token-refused")?;
    Ok((found.subject, Proof::Token(token)))
}

/// Counts and records a try to sign in, not what was shown; returns who it was, or the words for why not.
fn recorded(
    console: &Console,
    request: &Parts,
    found: Option<Principal>,
    refused: &'static str,
) -> Result<Principal, &'static str> {
    let guard = &console.shared.guard;
    let mut entry = audit::Entry {
        what: "console POST /sign-in".to_owned(),
        peer: address(&request.extensions),
        ..audit::Entry::default()
    };
    let Some(found) = found else {
        let peer = request.extensions.get::<ConnectInfo<Peer>>();
        let address = peer.map(|ConnectInfo(peer)| peer.address.ip());
        let (outcome, problem, is_recorded) = match guard.unrecognised(address) {
            Attempt::Within => ("UNAUTHENTICATED", refused, true),
            Attempt::Beyond { is_first, .. } => ("RESOURCE_EXHAUSTED", TOO_MANY, is_first),
        };
        if is_recorded {
            outcome.clone_into(&mut entry.outcome);
            guard.audit.record_refusal(entry);
        }
        return Err(problem);
    };
    entry.who.clone_from(&found.subject);
    entry.proof = found.proof.name().to_owned();
    let tenant = found.acting_for(None).ok();
    entry.tenant = tenant.as_ref().map_or_else(String::new, ToString::to_string);
    let allowed = console.shared.state.allowance().call(&found, tenant.as_ref(), Instant::now());
    if let Err(exceeded) = allowed {
        metrics::counter!(EXCEEDED, "limit" => exceeded.limit()).increment(1);
        record_exceeded(&guard.audit, entry, &exceeded);
        return Err(BUSY);
    }
    "OK".clone_into(&mut entry.outcome);
    guard.audit.record(entry);
    Ok(found)
}

/// Gives an answer the cookie of a session; `more` are further attributes.
pub fn set_session(console: &Console, response: &mut Response, value: &str, more: &str) {
    let secure = if console.shared.door.is_secure { "; Secure" } else { "" };
    let cookie = format!("{}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{more}", session::COOKIE);
    set_cookie(response, &cookie);
}

/// The form to leave.
#[derive(Deserialize)]
pub struct Leave {
    #[serde(default)]
    csrf: String,
}

/// `POST /sign-out`.
pub async fn leave(visit: Visit, Form(leave): Form<Leave>) -> Result<Response, Problem> {
    visit.check_token(&leave.csrf)?;
    visit.backend.end_session(&visit.session, Timestamp::now()).await?;
    let mut response = Redirect::to("/sign-in").into_response();
    set_session(&visit.console, &mut response, "", "; Max-Age=0");
    Ok(response)
}

/// The language and where to go on.
#[derive(Deserialize)]
pub struct Choice {
    #[serde(default)]
    to: String,
    #[serde(default)]
    back: String,
}

/// `GET /language`: remembers the language and goes back.
pub async fn choose_language(State(console): State<Console>, Query(choice): Query<Choice>) -> Response {
    let mut response = Redirect::to(own_path(&choice.back)).into_response();
    if let Some(language) = Language::from_tag(&choice.to) {
        let secure = if console.shared.door.is_secure { "; Secure" } else { "" };
        let cookie = format!(
            "{}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000{secure}",
            language::COOKIE,
            language.tag()
        );
        set_cookie(&mut response, &cookie);
    }
    response
}

fn set_cookie(response: &mut Response, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn nobody_is_sent_to_another_site() {
        assert_eq!(own_path("/screenings/1?tab=risks"), "/screenings/1?tab=risks");
        for foreign in ["//evil.example", "https://evil.example", "/\\evil.example", "", "/a\r\nb"] {
            assert_eq!(own_path(foreign), "/", "{foreign}");
        }
    }
}
