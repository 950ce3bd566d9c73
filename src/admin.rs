//! The operator's port: figures, health and configuration over plain HTTP, on loopback unless told
//! otherwise.
//!
//! ```text
//! /metrics   figures for Prometheus
//! /healthz   200 while the process answers
//! /readyz    200 while calls are served, else 503
//! /configz   the effective configuration; it names secrets by file, and what a URL hides is left out
//! ```

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::access::audit::Audit;
use crate::access::tls::Tls;
use crate::metrics::{self, process};
use crate::settings::Settings;

/// Time between the clean-ups of the recorder.
const UPKEEP: Duration = Duration::from_secs(5);

/// Whether calls are served, as told to whoever asks.
#[derive(Debug, Clone, Default)]
pub struct Readiness(Arc<AtomicBool>);

impl Readiness {
    /// Says that calls are served, or not any more.
    pub fn set(&self, ready: bool) {
        self.0.store(ready, Ordering::Release);
        ::metrics::gauge!(metrics::READY).set(f64::from(u8::from(ready)));
    }

    /// True while calls are served.
    pub fn is_ready(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// The port cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("the admin port cannot listen on {address}")]
pub struct AdminError {
    /// The address.
    pub address: SocketAddr,
    /// What the system said.
    #[source]
    pub source: std::io::Error,
}

#[derive(Clone)]
struct Shown {
    handle: Option<PrometheusHandle>,
    readiness: Readiness,
    audit: Audit,
    settings: Arc<Settings>,
    /// Of the ports that are encrypted.
    tls: Vec<Arc<Tls>>,
}

/// Listens on an address and answers until `stop`; returns the address. `tls` is what the other ports are
/// encrypted with.
pub async fn serve(
    address: SocketAddr,
    settings: &Settings,
    readiness: Readiness,
    audit: Audit,
    tls: Vec<Arc<Tls>>,
    stop: CancellationToken,
) -> Result<SocketAddr, AdminError> {
    let failed = |source| AdminError { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    let settings = Arc::new(settings.clone());
    let shown = Shown { handle: metrics::start(), readiness, audit, settings, tls };
    if let Some(handle) = shown.handle.clone() {
        let stop = stop.clone();
        tokio::spawn(async move {
            while stop.run_until_cancelled(tokio::time::sleep(UPKEEP)).await.is_some() {
                handle.run_upkeep();
            }
        });
    }
    let router = Router::new()
        .route("/metrics", get(figures))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/configz", get(configuration))
        .with_state(shown);
    tokio::spawn(async move {
        let serving = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned());
        if let Err(error) = serving.await {
            tracing::error!(%error, "the admin port failed");
        }
    });
    Ok(bound)
}

async fn figures(State(shown): State<Shown>) -> impl IntoResponse {
    process::read();
    ::metrics::gauge!(metrics::AUDIT_WRITABLE).set(f64::from(u8::from(shown.audit.is_writable())));
    // What is served, not what lies in the file: a new certificate that cannot be used replaces nothing.
    if let Some(end) = shown.tls.iter().filter_map(|tls| tls.certificate_end()).min() {
        ::metrics::gauge!(metrics::CERTIFICATE_END).set(end as f64);
    }
    let text = shown.handle.as_ref().map(PrometheusHandle::render).unwrap_or_default();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}

async fn ready(State(shown): State<Shown>) -> (StatusCode, &'static str) {
    if !shown.readiness.is_ready() {
        return (StatusCode::SERVICE_UNAVAILABLE, "not serving\n");
    }
    if !shown.audit.is_writable() {
        return (StatusCode::SERVICE_UNAVAILABLE, "the audit log cannot be written\n");
    }
    (StatusCode::OK, "ready\n")
}

async fn configuration(State(shown): State<Shown>) -> Result<String, StatusCode> {
    shown.settings.shown().map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::tls::tests::{Pair, put};

    #[tokio::test]
    async fn the_certificate_that_is_told_is_the_one_in_use() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (Pair::of_days(10), Pair::of_days(90));
        let settings = old.settings(folder.path());
        let tls = Arc::new(Tls::open(&settings, &["h2"]).unwrap().unwrap());
        // Without its key it is of no use.
        put(&settings.cert, &new.cert);
        let shown = Shown {
            handle: metrics::start(),
            readiness: Readiness::default(),
            audit: Audit::default(),
            settings: Arc::default(),
            tls: vec![tls],
        };
        let body = figures(State(shown)).await.into_response().into_body();
        let text = String::from_utf8(axum::body::to_bytes(body, usize::MAX).await.unwrap().into()).unwrap();
        let line = format!("{} {}", metrics::CERTIFICATE_END, old.end);
        assert!(text.lines().any(|it| it == line), "{line} is missing in:\n{text}");
    }
}
