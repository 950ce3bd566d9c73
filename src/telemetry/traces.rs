//! OpenTelemetry traces: the spans of calls and stages, sent to the collector that the environment names.
//!
//! Nothing is sent, and no connection is opened, unless `OTEL_EXPORTER_OTLP_ENDPOINT` (or the variable for
//! traces alone) is set. The other variables of the specification hold as well, e.g. `OTEL_SERVICE_NAME`,
//! `OTEL_TRACES_SAMPLER` and `OTEL_EXPORTER_OTLP_HEADERS`.
//!
//! Spans have the method, ids and outcome of a call and the names of stages. Log lines are no part of them,
//! and text of documents is in neither.

use std::time::Duration;

use http::HeaderMap;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Subscriber;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

/// Variables that name a collector.
const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
/// Time for what is left to be sent at the end.
const LAST: Duration = Duration::from_secs(5);

/// Sends spans until it is dropped.
pub struct Traces {
    provider: SdkTracerProvider,
    /// Carries the connection to the collector; the program's own runtimes come and go.
    _runtime: tokio::runtime::Runtime,
}

impl Traces {
    /// Begins to send spans if the environment names a collector; says why if it cannot.
    pub fn start() -> Result<Option<Self>, String> {
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        if !ENDPOINTS.into_iter().any(is_set) {
            return Ok(None);
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("traces")
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        let provider = {
            let _inside = runtime.enter();
            let exporter = opentelemetry_otlp::SpanExporter::builder().with_tonic().build();
            let exporter = exporter.map_err(|error| error.to_string())?;
            SdkTracerProvider::builder().with_resource(resource()).with_batch_exporter(exporter).build()
        };
        Ok(Some(Self { provider, _runtime: runtime }))
    }

    /// Returns what turns the program's own spans into those that are sent.
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.provider.tracer("eia-screen"))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(filter_fn(|what| what.is_span() && what.target().starts_with("eia_screen")))
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        if let Err(error) = self.provider.shutdown_with_timeout(LAST) {
            tracing::warn!(%error, "the last traces could not be sent");
        }
    }
}

fn resource() -> Resource {
    let builder = Resource::builder();
    let builder = if std::env::var_os("OTEL_SERVICE_NAME").is_some() {
        builder
    } else {
        builder.with_service_name("eia-screen")
    };
    builder.with_attribute(opentelemetry::KeyValue::new("service.version", crate::build_identity())).build()
}

/// Makes a span part of the trace that the headers of a call name (W3C Trace Context), if they name one.
pub fn continue_trace(span: &tracing::Span, headers: &HeaderMap) {
    let context = TraceContextPropagator::new().extract(&Headers(headers));
    // Fails only where no spans are sent.
    let _ = span.set_parent(context);
}

struct Headers<'h>(&'h HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}
