//! The entrance: who may see which page. Every page but the public ones passes here before anything else happens.
//!
//! ```text
//! public page? ─► session ─► proof still good? ─► rate ─► permission of the page ─► signed out? ─► page, for the tenant ─► audit log
//! ```
//!
//! Invariant: a page that is in no table is refused; no page runs without a caller.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Extensions, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;

use super::Console;
use super::backend::Backend;
use super::error::Problem;
use super::server::Peer;
use super::session::{Proof, Session};
use super::shell::encode;
use super::sign_in;
use super::visit::{self, Visit};
use crate::access::allowance::Exceeded;
use crate::access::attempts::Attempt;
use crate::access::audit::{Audit, Entry};
use crate::access::authenticator::Proofs;
use crate::access::{Caller, Noted, Permission, Principal, authorize};
use crate::metrics::REFUSED;

/// What a page asks of its visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    /// Nothing: style sheets, signing in.
    Nothing,
    /// A session, and this permission.
    Needs(Permission),
}

/// Returns what a page asks; `None` for a page that is not known.
pub fn demand_of(method: &Method, path: &str) -> Option<Demand> {
    use Demand::{Needs, Nothing};
    use Permission::{Describe, ReadCases, ReadScreenings, ReadVerdicts, RecordVerdicts, Screen};
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let get = method == Method::GET || method == Method::HEAD;
    let post = method == Method::POST;
    Some(match parts.as_slice() {
        ["assets", _] | ["language"] if get => Nothing,
        ["sign-in"] if get || post => Nothing,
        ["sign-out"] if post => Needs(Describe),
        [] | ["submissions"] | ["compare"] | ["screenings", _] | ["screenings", _, "pages", _] if get => {
            Needs(ReadScreenings)
        }
        ["submissions"] if post => Needs(Screen),
        ["screenings", _, "verdicts" | "notice" | "notice.docx" | "suite.zip"] | ["statistics"] if get => {
            Needs(ReadVerdicts)
        }
        ["screenings", _, "verdicts"] if post => Needs(RecordVerdicts),
        ["precedents"] | ["cases", _] | ["cases-compare"] if get => Needs(ReadCases),
        _ => return None,
    })
}

/// Lets a request in, or sends it to sign in, or refuses it; records what happened.
pub async fn admit(State(console): State<Console>, mut request: Request, next: Next) -> Response {
    let demand = match demand_of(request.method(), request.uri().path()) {
        Some(Demand::Nothing) => return next.run(request).await,
        Some(Demand::Needs(permission)) => permission,
        None => return Problem::not_found("").into_response(),
    };
    let now = Timestamp::now();
    let Some(session) = console.shared.sessions.of(request.headers(), now) else {
        return to_sign_in(&request);
    };
    let mut entry = Entry {
        what: format!("console {} {}", request.method(), request.uri().path()).chars().take(200).collect(),
        request_id: uuid::Uuid::new_v4().to_string(),
        peer: address(request.extensions()),
        ..Entry::default()
    };
    let audit = &console.shared.guard.audit;
    let Some(principal) = recognise(&console, &session, &request) else {
        record_unrecognised(&console, entry, request.extensions());
        return to_sign_in(&request);
    };
    entry.who.clone_from(&principal.subject);
    principal.proof.name().clone_into(&mut entry.proof);
    // Before anything else: whatever the page is refused for, it counts.
    let tenant = principal.acting_for(None).ok();
    entry.tenant = tenant.as_ref().map_or_else(String::new, ToString::to_string);
    let allowed = console.shared.state.allowance().call(&principal, tenant.as_ref(), Instant::now());
    if let Err(exceeded) = allowed {
        record_exceeded(audit, entry, &exceeded);
        return Problem::exceeded(&exceeded).into_response();
    }
    let renewed = console.shared.sessions.renewed(&session, now);
    let session = Arc::new(session);
    let admitted = enter(&console, &session, principal, demand, &entry.request_id, &request);
    let mut response = match admitted {
        Ok((visit, caller)) => {
            // What a page writes is written to the end, whether the visitor waits for the answer or not.
            let noted = Noted::begin(audit.clone(), entry, caller);
            let response = match visit.backend.has_ended(&session).await {
                Ok(false) => {
                    request.extensions_mut().insert(visit);
                    next.run(request).await
                }
                Ok(true) => {
                    metrics::counter!(REFUSED, "reason" => "unrecognised").increment(1);
                    noted.end("UNAUTHENTICATED");
                    return to_sign_in(&request);
                }
                Err(error) => Problem::from(error).into_response(),
            };
            noted.end(outcome(response.status()));
            response
        }
        Err(problem) => {
            let response = problem.into_response();
            outcome(response.status()).clone_into(&mut entry.outcome);
            audit.record_refusal(entry);
            response
        }
    };
    // Signing out has said its last word on the cookie.
    if let Some(value) = renewed.filter(|_| !response.headers().contains_key(header::SET_COOKIE)) {
        sign_in::set_session(&console, &mut response, &value, "");
    }
    response
}

/// Counts a visitor whose proof holds no more, and records it up to the rate of the address.
fn record_unrecognised(console: &Console, mut entry: Entry, extensions: &Extensions) {
    let guard = &console.shared.guard;
    let address = extensions.get::<ConnectInfo<Peer>>().map(|ConnectInfo(peer)| peer.address.ip());
    let outcome = match guard.unrecognised(address) {
        Attempt::Within => "UNAUTHENTICATED",
        Attempt::Beyond { is_first: true, .. } => "RESOURCE_EXHAUSTED",
        Attempt::Beyond { .. } => return,
    };
    outcome.clone_into(&mut entry.outcome);
    guard.audit.record_refusal(entry);
}

/// Records what is beyond the rate of a visitor, if it is one for the audit log.
pub fn record_exceeded(audit: &Audit, mut entry: Entry, exceeded: &Exceeded) {
    let Some(left_out) = exceeded.left_out() else { return };
    entry.left_out = left_out;
    "RESOURCE_EXHAUSTED".clone_into(&mut entry.outcome);
    audit.record_refusal(entry);
}

/// Sends a page to sign in. What a script asks for is refused instead, so that it changes nothing on the page.
fn to_sign_in(request: &Request) -> Response {
    if visit::is_by_script(request.headers()) {
        return Problem::signed_out().into_response();
    }
    let next = encode(&visit::here(request.uri()));
    Redirect::to(&format!("/sign-in?next={next}")).into_response()
}

/// Returns who sits there, if what was shown for the session is still good.
fn recognise(console: &Console, session: &Session, request: &Request) -> Option<Principal> {
    let authenticator = &console.shared.guard.authenticator;
    match &session.proof {
        Proof::Token(token) => authenticator.authenticate_token(token.clone()).ok(),
        // The session is of one person; a certificate of another does not go on with it.
        Proof::Certificate => {
            by_certificate(console, request.extensions()).filter(|found| found.subject == session.reviewer)
        }
        Proof::Nothing => authenticator.is_open_to_all().then(Principal::anonymous),
    }
}

/// Address at the other end, for the audit log; empty where there is no connection.
pub fn address(extensions: &Extensions) -> String {
    let peer = extensions.get::<ConnectInfo<Peer>>();
    peer.map_or_else(String::new, |ConnectInfo(peer)| peer.address.to_string())
}

/// Returns who the certificate of the connection is.
pub fn by_certificate(console: &Console, extensions: &Extensions) -> Option<Principal> {
    let authenticator = &console.shared.guard.authenticator;
    let ConnectInfo(peer) = extensions.get::<ConnectInfo<Peer>>()?;
    let certificate = peer.certificate.as_ref().filter(|_| !authenticator.is_open_to_all())?;
    authenticator.authenticate(&Proofs { token: None, certificate: Some(certificate) }).ok()
}

fn enter(
    console: &Console,
    session: &Arc<Session>,
    principal: Principal,
    permission: Permission,
    request_id: &str,
    request: &Request,
) -> Result<(Visit, Arc<Caller>), Problem> {
    if !console.shared.guard.audit.is_writable() {
        return Err(Problem::unrecorded());
    }
    authorize(&principal, permission).map_err(|denied| Problem::forbidden(denied.to_string()))?;
    let tenant = principal.acting_for(None).map_err(|denied| Problem::forbidden(denied.to_string()))?;
    let caller = Caller::new(principal, tenant, request_id.to_owned());
    let backend = Backend::of_caller(&console.shared.state, &console.shared.store, Arc::clone(&caller));
    let backend = backend.map_err(|status| match status.code() {
        tonic::Code::Unavailable => Problem::starting(),
        _ => Problem::internal(&status.message()),
    })?;
    let visit = Visit::new(console, request, Arc::clone(session), Arc::clone(&caller), Arc::new(backend));
    Ok((visit, caller))
}

/// The canonical code of an answer, as in the audit log of the other port.
fn outcome(status: StatusCode) -> &'static str {
    match status {
        status if status.is_success() || status.is_redirection() => "OK",
        StatusCode::FORBIDDEN => "PERMISSION_DENIED",
        StatusCode::NOT_FOUND => "NOT_FOUND",
        StatusCode::CONFLICT => "ABORTED",
        StatusCode::TOO_MANY_REQUESTS => "RESOURCE_EXHAUSTED",
        StatusCode::SERVICE_UNAVAILABLE => "UNAVAILABLE",
        status if status.is_client_error() => "INVALID_ARGUMENT",
        _ => "INTERNAL",
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use secrecy::SecretString;
    use tower::ServiceExt;

    use super::*;
    use crate::access::settings::AccessMode;
    use crate::access::{Guard, Role, Tenants, tokens};
    use crate::console::Door;
    use crate::console::session::COOKIE;
    use crate::metrics::tests::with_figures;
    use crate::rpc::state::State;
    use crate::settings::Settings;

    async fn send(
        console: &Console,
        method: Method,
        path: &str,
        cookie: &str,
        body: &'static str,
    ) -> StatusCode {
        let request = axum::http::Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "console.example")
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        console.router().oneshot(request).await.unwrap().status()
    }

    /// Runs on one thread, so that its figures are its own.
    #[test]
    fn whoever_is_refused_is_counted_beyond_the_rate_too() {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = Settings::default();
        settings.access.modes = vec![AccessMode::Tokens];
        settings.access.tokens_file = folder.path().join("tokens");
        settings.access.unrecognised_per_min = 2;
        let tenants = Tenants::parse(["north"]).unwrap();
        let (operator, line) = tokens::make("operator", &[Role::Operator], &tenants, None).unwrap();
        std::fs::write(&settings.access.tokens_file, line).unwrap();
        with_figures(|figures| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let door = Door { is_local: true, is_secure: false };
                let guard = Guard::open(&settings).unwrap();
                let console = Console::open(&settings, guard, State::of(&settings), door).unwrap();
                let cookie = |token: SecretString| {
                    let sessions = &console.shared.sessions;
                    let begun = sessions.begin("expert".to_owned(), Proof::Token(token), Timestamp::now());
                    format!("{COOKIE}={}", begun.unwrap())
                };
                let dead = cookie(SecretString::from("eia_0".to_owned()));
                for answer in [StatusCode::OK, StatusCode::TOO_MANY_REQUESTS] {
                    assert_eq!(send(&console, Method::GET, "/", &dead, "").await, StatusCode::SEE_OTHER);
                    assert_eq!(send(&console, Method::POST, "/sign-in", "", "token=eia_0").await, answer);
                }
                let denied = send(&console, Method::GET, "/", &cookie(operator), "").await;
                assert_eq!(denied, StatusCode::FORBIDDEN);
            });
            let text = figures.render();
            for (reason, number) in [("unrecognised", 2), ("too_many", 2), ("denied", 1)] {
                let line = format!("{REFUSED}{{reason=\"{reason}\"}} {number}");
                assert!(text.lines().any(|it| it == line), "{line} is missing in:\n{text}");
            }
        });
    }

    #[test]
    fn pages_that_are_in_no_table_are_refused() {
        let needs = |method, path| demand_of(&method, path);
        assert_eq!(needs(Method::GET, "/assets/console.css"), Some(Demand::Nothing));
        assert_eq!(needs(Method::GET, "/"), Some(Demand::Needs(Permission::ReadScreenings)));
        assert_eq!(
            needs(Method::POST, "/screenings/x/verdicts"),
            Some(Demand::Needs(Permission::RecordVerdicts))
        );
        for (method, path) in [
            (Method::GET, "/admin"),
            (Method::POST, "/"),
            (Method::PUT, "/screenings/x/verdicts"),
            (Method::DELETE, "/cases/x"),
            (Method::GET, "/screenings/x/verdicts/y"),
            (Method::GET, "/sign-out"),
        ] {
            assert_eq!(needs(method, path), None, "{path}");
        }
    }
}
