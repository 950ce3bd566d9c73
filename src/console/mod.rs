//! The reviewer's console: server-rendered pages over stored screenings, for people who never see gRPC.
//!
//! `server` listens and routes; `headers` guards every answer; `entrance` lets visitors in; `session` knows who sits
//! there; `language` has the
//! words; `backend` is the only door to what is stored. One file per page follows. Pages work without scripts; with
//! them, `htmx` swaps the part that a link names.
//!
//! Invariants: everything taken from documents, names and people is escaped by the templates; every POST carries the
//! token of its session; a page never holds more of a report than it shows.

mod agreement;
mod assets;
pub mod backend;
mod cases;
mod entrance;
mod error;
mod export;
pub mod glance;
mod headers;
pub mod language;
mod matched;
mod notice;
pub mod opened;
mod paging;
mod precedents;
mod queue;
pub mod reasons;
pub mod recent;
pub mod report;
pub mod seal;
pub mod server;
pub mod session;
pub mod settings;
mod shell;
mod sign_in;
mod statistics;
mod upload;
mod verdicts;
mod versions;
mod visit;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, header};
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;

use backend::Store;
use seal::Seal;
use session::Sessions;

use crate::access::Guard;
use crate::access::watched::UnusableFile;
use crate::rpc::state::State;
use crate::settings::Settings;

/// Largest form in bytes; uploads have a limit of their own.
const FORM_BYTES: usize = 256 << 10;

/// State shared by all pages.
#[derive(Clone)]
pub struct Console {
    shared: Arc<Shared>,
}

struct Shared {
    settings: Settings,
    guard: Guard,
    state: State,
    store: Arc<Store>,
    sessions: Sessions,
    door: Door,
}

/// How a console is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Door {
    /// On loopback only: then only names of this machine are answered to.
    pub is_local: bool,
    /// Over TLS: then the cookie of the session is sent over TLS alone.
    pub is_secure: bool,
}

impl Console {
    /// Makes a console over the state that it shares with the services; until that is ready it says that the service
    /// is starting. Fails if the key of the sessions cannot be used.
    pub fn open(settings: &Settings, guard: Guard, state: State, door: Door) -> Result<Self, UnusableFile> {
        let key_file = &settings.console.session_key_file;
        if key_file.as_os_str().is_empty() && !door.is_local {
            tracing::warn!(
                "console.session_key_file is not set: a restart signs everybody out, and another replica does not \
                 know who signed in here"
            );
        }
        let shared = Shared {
            settings: settings.clone(),
            guard,
            state,
            store: Arc::default(),
            sessions: Sessions::new(Seal::open(key_file)?),
            door,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// A page of another site whose name was pointed at this machine must not talk to a console that trusts
    /// everybody on the machine.
    fn is_own_host(&self, headers: &HeaderMap) -> bool {
        if !self.shared.door.is_local || !self.shared.guard.authenticator.is_open_to_all() {
            return true;
        }
        let Some(host) = headers.get(header::HOST).and_then(|host| host.to_str().ok()) else { return false };
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        };
        matches!(name, "localhost" | "127.0.0.1" | "[::1]")
    }

    /// Returns the routes.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/", get(queue::page))
            .route("/submissions", get(upload::list).post(upload::receive).layer(DefaultBodyLimit::disable()))
            .route("/screenings/{id}", get(report::page::page))
            .route("/screenings/{id}/verdicts", get(verdicts::history).post(verdicts::record))
            .route("/screenings/{id}/pages/{file}", get(report::picture::picture))
            .route("/screenings/{id}/suite.zip", get(export::suite))
            .route("/screenings/{id}/notice", get(notice::page))
            .route("/screenings/{id}/notice.docx", get(notice::docx))
            .route("/precedents", get(precedents::page))
            .route("/cases/{id}", get(cases::case))
            .route("/cases-compare", get(cases::compare))
            .route("/compare", get(versions::page))
            .route("/statistics", get(statistics::page))
            .route("/assets/{name}", get(assets::asset))
            .route("/language", get(sign_in::choose_language))
            .route("/sign-in", get(sign_in::page).post(sign_in::enter))
            .route("/sign-out", post(sign_in::leave))
            .fallback(error::nowhere)
            .layer(DefaultBodyLimit::max(FORM_BYTES))
            .layer(CatchPanicLayer::custom(error::panicked))
            .layer(axum::middleware::from_fn_with_state(self.clone(), entrance::admit))
            .layer(axum::middleware::from_fn_with_state(self.clone(), error::show))
            .layer(axum::middleware::from_fn_with_state(self.clone(), headers::guard))
            .with_state(self.clone())
    }
}
