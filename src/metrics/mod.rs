//! How is the service doing? The figures it counts, each declared once.
//!
//! Names follow Prometheus (`namespace_name_unit_total`, base units), labels have few values: never a
//! name, an id or a path. Without [`start`] nothing is counted, as in the commands that end by
//! themselves. Counters are there from the start with all their labels (`series`).

pub mod process;
mod report;
mod series;

use std::sync::OnceLock;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

pub use report::count_report;

/// What kind of figure it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Distribution, with these upper bounds.
    Histogram(&'static [f64]),
}

/// A figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metric {
    /// Name as scraped.
    pub name: &'static str,
    /// Kind.
    pub kind: Kind,
    /// Labels.
    pub labels: &'static [&'static str],
    /// What it says.
    pub help: &'static str,
}

/// Seconds of a call.
const CALL_SECONDS: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0];
/// Seconds of a stage.
const STAGE_SECONDS: &[f64] = &[0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0];
/// Sections of a document.
const SECTIONS: &[f64] = &[1.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2500.0];

/// Duration of calls.
pub const CALL_DURATION: &str = "rpc_server_call_duration_seconds";
/// Calls that failed.
pub const CALLS_FAILED: &str = "eia_calls_failed_total";
/// Calls running.
pub const CALLS: &str = "rpc_server_active_calls";
/// Connections open.
pub const CONNECTIONS: &str = "eia_connections";
/// Connections that did not come about.
pub const CONNECTIONS_FAILED: &str = "eia_connections_failed_total";
/// Memory of admitted work.
pub const ADMITTED_BYTES: &str = "eia_admitted_bytes";
/// Tokens of admitted work.
pub const ADMITTED_TOKENS: &str = "eia_admitted_tokens";
/// Places for work on documents that are taken.
pub const PLACES_TAKEN: &str = "eia_places_taken";
/// Who waits for a place.
pub const PLACES_WAITING: &str = "eia_places_waiting";
/// Submissions that wait.
pub const SUBMISSIONS_PENDING: &str = "eia_submissions_pending";
/// Since when the oldest submission waits.
pub const SUBMISSIONS_OLDEST: &str = "eia_submissions_oldest_pending_timestamp_seconds";
/// Submissions that failed.
pub const SUBMISSIONS_FAILED: &str = "eia_submissions_failed_total";
/// What was deleted because its time was over.
pub const EXPIRED: &str = "eia_expired_total";
/// Calls refused because their caller took too much.
pub const EXCEEDED: &str = "eia_callers_exceeded_total";
/// Calls, sign-ins and pages refused for want of proof, role or tenant.
pub const REFUSED: &str = "eia_access_refused_total";
/// Whether the audit log can be written.
pub const AUDIT_WRITABLE: &str = "eia_audit_writable";
/// Refused calls that the audit log only counts.
pub const AUDIT_UNRECORDED: &str = "eia_audit_unrecorded_total";
/// Whether the service is ready.
pub const READY: &str = "eia_ready";
/// End of the certificate that is served.
pub const CERTIFICATE_END: &str = "eia_tls_certificate_expiry_timestamp_seconds";
/// Screenings that were finished.
pub const SCREENINGS: &str = "eia_screenings_total";
/// Duration of the stages of a screening.
pub const STAGE_DURATION: &str = "eia_stage_duration_seconds";
/// Documents that were screened.
pub const DOCUMENTS: &str = "eia_documents_total";
/// Sections of screened documents, to see how large they are.
pub const DOCUMENT_SECTIONS: &str = "eia_document_sections";
/// Findings.
pub const FINDINGS: &str = "eia_findings_total";
/// Parts that were not examined.
pub const NOT_EXAMINED: &str = "eia_not_examined_total";
/// Panics.
pub const PANICS: &str = "eia_panics_total";
/// The model in use.
pub const MODEL_INFO: &str = "eia_model_info";
/// The program in use.
pub const BUILD_INFO: &str = "eia_build_info";

/// Every figure.
pub const METRICS: &[Metric] = &[
    Metric {
        name: CALL_DURATION,
        kind: Kind::Histogram(CALL_SECONDS),
        labels: &["rpc_method", "rpc_response_status_code"],
        help: "Seconds from the start of a call to its last trailer; methods that do not exist are _OTHER.",
    },
    Metric {
        name: CALLS_FAILED,
        kind: Kind::Counter,
        labels: &["rpc_method", "rpc_response_status_code"],
        help: "Calls that ended INTERNAL, UNKNOWN, UNAVAILABLE, DEADLINE_EXCEEDED or RESOURCE_EXHAUSTED.",
    },
    Metric { name: CALLS, kind: Kind::Gauge, labels: &[], help: "Calls that are running." },
    Metric { name: CONNECTIONS, kind: Kind::Gauge, labels: &[], help: "Connections that are open." },
    Metric {
        name: CONNECTIONS_FAILED,
        kind: Kind::Counter,
        labels: &["reason"],
        help: "Connections that did not come about: accept, handshake, timeout.",
    },
    Metric {
        name: ADMITTED_BYTES,
        kind: Kind::Gauge,
        labels: &["lane"],
        help: "Memory of the work that was admitted and is not done, as estimated.",
    },
    Metric {
        name: ADMITTED_TOKENS,
        kind: Kind::Gauge,
        labels: &["lane"],
        help: "Tokens of the work that was admitted and is not done, as estimated.",
    },
    Metric {
        name: PLACES_TAKEN,
        kind: Kind::Gauge,
        labels: &[],
        help: "Screenings and imports that run, called or submitted.",
    },
    Metric {
        name: PLACES_WAITING,
        kind: Kind::Gauge,
        labels: &["who"],
        help: "Work on documents that waits for a place: calls, and whether a submission waits.",
    },
    Metric {
        name: SUBMISSIONS_PENDING,
        kind: Kind::Gauge,
        labels: &[],
        help: "Submissions that wait in the archive, of all replicas together.",
    },
    Metric {
        name: SUBMISSIONS_OLDEST,
        kind: Kind::Gauge,
        labels: &[],
        help: "Since when the oldest submission waits that waits in the archive, in seconds since 1970; 0 if none does.",
    },
    Metric {
        name: SUBMISSIONS_FAILED,
        kind: Kind::Counter,
        labels: &["cause"],
        help: "Submissions that ended here without a report: because of what was asked for (request), or not (service).",
    },
    Metric {
        name: EXPIRED,
        kind: Kind::Counter,
        labels: &["what"],
        help: "What was deleted because its time was over: screening, file.",
    },
    Metric {
        name: EXCEEDED,
        kind: Kind::Counter,
        labels: &["limit"],
        help: "Calls that were refused because their caller took too much: calls, documents, followed.",
    },
    Metric {
        name: REFUSED,
        kind: Kind::Counter,
        labels: &["reason"],
        help: "Calls, sign-ins, pages refused: unrecognised, too_many, denied, unknown_method, audit.",
    },
    Metric {
        name: AUDIT_WRITABLE,
        kind: Kind::Gauge,
        labels: &[],
        help: "1 while the audit log can be written, or none is configured.",
    },
    Metric {
        name: AUDIT_UNRECORDED,
        kind: Kind::Counter,
        labels: &[],
        help: "Refused calls of which the audit log has the number alone, because entries waited for the disk.",
    },
    Metric { name: READY, kind: Kind::Gauge, labels: &[], help: "1 while calls are served." },
    Metric {
        name: CERTIFICATE_END,
        kind: Kind::Gauge,
        labels: &[],
        help: "When the first certificate of the chain that is served ends, in seconds since 1970.",
    },
    Metric {
        name: SCREENINGS,
        kind: Kind::Counter,
        labels: &["gate"],
        help: "Screenings that were finished, by outcome of the gate.",
    },
    Metric {
        name: STAGE_DURATION,
        kind: Kind::Histogram(STAGE_SECONDS),
        labels: &["stage"],
        help: "Seconds of a stage of a screening, as in the timings of its report.",
    },
    Metric {
        name: DOCUMENTS,
        kind: Kind::Counter,
        labels: &["media_type", "outcome"],
        help: "Documents that were screened: examined in full or in part.",
    },
    Metric {
        name: DOCUMENT_SECTIONS,
        kind: Kind::Histogram(SECTIONS),
        labels: &[],
        help: "Sections of a screened document.",
    },
    Metric {
        name: FINDINGS,
        kind: Kind::Counter,
        labels: &["kind", "status"],
        help: "Findings by kind (completeness, risk, precedent, reuse, inconsistency) and status.",
    },
    Metric {
        name: NOT_EXAMINED,
        kind: Kind::Counter,
        labels: &["reason"],
        help: "Parts of documents and stages that were not examined, by reason.",
    },
    Metric { name: PANICS, kind: Kind::Counter, labels: &[], help: "Panics; each one stands in the log." },
    Metric {
        name: MODEL_INFO,
        kind: Kind::Gauge,
        labels: &["name", "precision"],
        help: "Always 1; the labels name the model in use.",
    },
    Metric {
        name: BUILD_INFO,
        kind: Kind::Gauge,
        labels: &["build"],
        help: "Always 1; the label names the program in use.",
    },
    Metric { name: process::MEMORY, kind: Kind::Gauge, labels: &[], help: "Resident memory in bytes." },
    Metric {
        name: process::OWN_MEMORY,
        kind: Kind::Gauge,
        labels: &[],
        help: "Resident memory in bytes without pages of mapped files, which the system takes back.",
    },
    Metric { name: process::FILES, kind: Kind::Gauge, labels: &[], help: "Open file descriptors." },
    Metric { name: process::PROCESSOR, kind: Kind::Gauge, labels: &[], help: "Processor seconds used." },
    Metric {
        name: process::STARTED,
        kind: Kind::Gauge,
        labels: &[],
        help: "When the process began to count, in seconds since 1970.",
    },
];

static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Begins to count; `None` if something else in this process counts already.
pub fn start() -> Option<PrometheusHandle> {
    HANDLE.get_or_init(install).clone()
}

fn install() -> Option<PrometheusHandle> {
    let recorder = new_recorder()?;
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).ok()?;
    declare();
    Some(handle)
}

fn new_recorder() -> Option<PrometheusRecorder> {
    let mut builder = PrometheusBuilder::new();
    for metric in METRICS {
        if let Kind::Histogram(bounds) = metric.kind {
            // Only an empty list of bounds is refused.
            builder = builder.set_buckets_for_metric(Matcher::Full(metric.name.to_owned()), bounds).ok()?;
        }
    }
    Some(builder.build_recorder())
}

/// Says what there is to count, and begins to.
fn declare() {
    for metric in METRICS {
        match metric.kind {
            Kind::Counter => metrics::describe_counter!(metric.name, metric.help),
            Kind::Gauge => metrics::describe_gauge!(metric.name, metric.help),
            Kind::Histogram(_) => metrics::describe_histogram!(metric.name, metric.help),
        }
        // A figure without labels is there from the start, so that an alert sees 0 and not nothing.
        if metric.labels.is_empty() {
            match metric.kind {
                Kind::Counter => metrics::counter!(metric.name).increment(0),
                Kind::Gauge => metrics::gauge!(metric.name).increment(0.0),
                Kind::Histogram(_) => {}
            }
        }
    }
    series::begin();
    metrics::gauge!(BUILD_INFO, "build" => crate::build_identity()).set(1.0);
    process::note_start();
}

#[cfg(test)]
pub(crate) mod tests;
