//! Which series of labelled counters are there before anything happened?
//!
//! `increase` and `rate` compare the samples of a series. One that is born with its first event begins at 1, so that
//! the first stage that fails is no increase and raises no alert. Counters therefore begin at 0 for whatever alerts and
//! dashboard tell apart: about fifty series here, and those of failed calls in [`crate::rpc`], which knows the methods.

use super::{CONNECTIONS_FAILED, EXCEEDED, EXPIRED, FINDINGS, REFUSED, SUBMISSIONS_FAILED, report};

/// Counters with one label and all its values.
const OF_ONE_LABEL: &[(&str, &str, &[&str])] = &[
    (CONNECTIONS_FAILED, "reason", &["accept", "handshake", "timeout"]),
    (EXCEEDED, "limit", &["calls", "documents", "followed"]),
    (EXPIRED, "what", &["screening", "file"]),
    (REFUSED, "reason", &["unrecognised", "too_many", "denied", "unknown_method", "audit"]),
    (SUBMISSIONS_FAILED, "cause", &["request", "service"]),
];

/// Findings by kind and status.
const OF_FINDINGS: &[(&str, &[&str])] = &[
    ("completeness", &["present", "weak", "missing", "not_applicable", "not_examined"]),
    ("risk", &["none", "low", "medium", "high"]),
    ("precedent", &["shown"]),
    ("reuse", &["shown"]),
    ("inconsistency", &["shown"]),
];

/// Begins them at 0.
pub(super) fn begin() {
    for &(name, label, values) in OF_ONE_LABEL {
        for &value in values {
            metrics::counter!(name, &[(label, value)]).increment(0);
        }
    }
    for &(kind, statuses) in OF_FINDINGS {
        for &status in statuses {
            metrics::counter!(FINDINGS, "kind" => kind, "status" => status).increment(0);
        }
    }
    report::begin();
}
