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
use crate::access::{certificates, tls};
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
}

/// Listens on an address and answers until `stop`; returns the address.
pub async fn serve(
    address: SocketAddr,
    settings: &Settings,
    readiness: Readiness,
    audit: Audit,
    stop: CancellationToken,
) -> Result<SocketAddr, AdminError> {
    let failed = |source| AdminError { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    let shown = Shown { handle: metrics::start(), readiness, audit, settings: Arc::new(settings.clone()) };
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
    if let Some(end) = certificate_end(&shown.settings) {
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
    let mut settings = Settings::clone(&shown.settings);
    settings.qdrant.url = without_credentials(&settings.qdrant.url);
    toml::to_string_pretty(&settings).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

/// Names and passwords in URLs separated by commas, and what follows a question mark, stay here.
fn without_credentials(urls: &str) -> String {
    urls.split(',').map(|url| shown_url(url.trim())).collect::<Vec<_>>().join(",")
}

fn shown_url(url: &str) -> String {
    let url = url.split_once('?').map_or(url, |(before, _)| before);
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
            format!("{scheme}://{host}")
        }
        None => url.to_owned(),
    }
}

fn certificate_end(settings: &Settings) -> Option<i64> {
    let tls = &settings.server.tls;
    let chain = tls.is_on().then(|| tls::certificates(&tls.cert).ok())??;
    certificates::ends_at(chain.first()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_in_a_url_are_not_shown() {
        assert_eq!(without_credentials("https://u:p@host:6334/x?key=1"), "https://host:6334/x");
        assert_eq!(without_credentials("http://host:6334"), "http://host:6334");
        assert_eq!(without_credentials("http://u:p@a:1,http://u:p@b:1"), "http://a:1,http://b:1");
        assert_eq!(without_credentials(""), "");
    }
}
