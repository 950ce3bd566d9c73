//! Signing in and out, and the choice of language.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use secrecy::SecretString;
use serde::Deserialize;

use super::Console;
use super::error::Problem;
use super::language;
use super::session;
use super::shell::Shell;
use super::visit::{self, Visit};
use crate::access::audit;
use crate::domain::language::Language;

/// Longest name in characters.
const LONGEST_NAME: usize = 80;

#[derive(Template)]
#[template(path = "console/sign_in.html")]
struct SignInPage {
    shell: Shell,
    next: String,
    asks_token: bool,
    is_refused: bool,
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
    headers: HeaderMap,
    uri: Uri,
    Query(next): Query<Next>,
) -> Result<Response, Problem> {
    let shell = visit::shell(&console, &headers, &uri, "");
    let asks_token = !console.shared.guard.authenticator.is_open_to_all();
    let page = SignInPage { shell, next: own_path(&next.next).to_owned(), asks_token, is_refused: false };
    Ok(Html(page.render()?).into_response())
}

/// The form.
#[derive(Deserialize)]
pub struct Entry {
    #[serde(default)]
    name: String,
    #[serde(default)]
    token: String,
    #[serde(default)]
    next: String,
}

/// `POST /sign-in`: where authentication is on, a token says who it is; else people say so themselves.
pub async fn enter(
    State(console): State<Console>,
    headers: HeaderMap,
    uri: Uri,
    Form(entry): Form<Entry>,
) -> Result<Response, Problem> {
    let asks_token = !console.shared.guard.authenticator.is_open_to_all();
    let known = if asks_token { by_token(&console, entry.token) } else { by_name(&entry.name) };
    let Some((name, token)) = known else {
        let shell = visit::shell(&console, &headers, &uri, "");
        let page = SignInPage { shell, next: own_path(&entry.next).to_owned(), asks_token, is_refused: true };
        return Ok(Html(page.render()?).into_response());
    };
    let key = console.shared.sessions.begin(name, token);
    let key = key.ok_or_else(|| Problem::internal(&"the system gives no random numbers"))?;
    let cookie = session_cookie(&console, &key, "");
    Ok(with_cookie(Redirect::to(own_path(&entry.next)), &cookie))
}

type Known = Option<(String, Option<SecretString>)>;

fn by_name(name: &str) -> Known {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_name =
        !name.is_empty() && name.chars().count() <= LONGEST_NAME && !name.chars().any(char::is_control);
    is_name.then_some((name, None))
}

/// Recognises a token; tries are recorded, the token is not.
fn by_token(console: &Console, token: String) -> Known {
    let token = SecretString::from(token.trim().to_owned());
    let guard = &console.shared.guard;
    let recognised = guard.authenticator.authenticate_token(token.clone());
    let found = recognised.as_ref().ok();
    guard.audit.record(audit::Entry {
        who: found.map_or_else(String::new, |principal| principal.subject.clone()),
        proof: found.map_or("", |principal| principal.proof.name()).to_owned(),
        what: "console POST /sign-in".to_owned(),
        outcome: if found.is_some() { "OK" } else { "UNAUTHENTICATED" }.to_owned(),
        ..audit::Entry::default()
    });
    Some((recognised.ok()?.subject, Some(token)))
}

fn session_cookie(console: &Console, value: &str, more: &str) -> String {
    let secure = if console.shared.door.is_secure { "; Secure" } else { "" };
    format!("{}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{more}", session::COOKIE)
}

/// The form to leave.
#[derive(Deserialize)]
pub struct Leave {
    #[serde(default)]
    csrf: String,
}

/// `POST /sign-out`.
pub async fn leave(visit: Visit, headers: HeaderMap, Form(leave): Form<Leave>) -> Result<Response, Problem> {
    visit.check_token(&leave.csrf)?;
    visit.console.shared.sessions.end(&headers);
    let cookie = session_cookie(&visit.console, "", "; Max-Age=0");
    Ok(with_cookie(Redirect::to("/sign-in"), &cookie))
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
pub async fn choose_language(Query(choice): Query<Choice>) -> Response {
    let back = Redirect::to(own_path(&choice.back));
    match Language::from_tag(&choice.to) {
        Some(language) => {
            let cookie = format!(
                "{}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000",
                language::COOKIE,
                language.tag()
            );
            with_cookie(back, &cookie)
        }
        None => back.into_response(),
    }
}

fn with_cookie(redirect: Redirect, cookie: &str) -> Response {
    let mut response = redirect.into_response();
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
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
