//! Module errors → gRPC statuses with `google.rpc` details (AIP-193). The only place that makes them.
//!
//! Every status carries an `ErrorInfo` with a stable reason and every dynamic value as metadata; field
//! violations, resources and retry delays are added where there are any. Internal errors are logged
//! with an id, and only the id is sent.

use std::collections::HashMap;
use std::time::Duration;

use tokio::task::JoinError;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use super::convert::FieldViolation;
use super::reasons;
use crate::access::Denied;
use crate::access::allowance::Exceeded;
use crate::admission::Overload;
use crate::contain;
use crate::embed::EmbedError;
use crate::index::IndexError;
use crate::ingest::IngestError;
use crate::metrics::REFUSED;
use crate::rules::ResolveError;
use crate::screen::import::ImportError;
use crate::screen::likeness::SearchError;
use crate::screen::run::ScreenError;
use crate::submission::SubmitError;

/// Domain of every `ErrorInfo`.
pub const DOMAIN: &str = "eia.screening.v1";
/// Proposed delay before a refused or unavailable call is tried again.
const RETRY_DELAY: Duration = Duration::from_secs(2);

fn details(reason: &str, metadata: &[(&str, &str)]) -> ErrorDetails {
    let metadata: HashMap<String, String> =
        metadata.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    ErrorDetails::with_error_info(reason, DOMAIN, metadata)
}

/// A status with a reason and nothing else; the code is that of the reason.
pub fn plain(reason: &str, message: impl Into<String>) -> Status {
    with(message, details(reason, &[]))
}

/// A status with the code of the reason in its details.
fn with(message: impl Into<String>, details: ErrorDetails) -> Status {
    let listed = details.error_info().and_then(|info| reasons::find(&info.reason));
    debug_assert!(listed.is_some(), "a reason is missing in the table");
    Status::with_error_details(listed.map_or(Code::Internal, |listed| listed.code), message, details)
}

/// NOT_FOUND for a resource.
pub fn not_found(kind: &str, name: &str) -> Status {
    let mut details = details("RESOURCE_NOT_FOUND", &[("name", name)]);
    details.set_resource_info(kind, name, "", "there is no such resource");
    with(format!("there is no {name}"), details)
}

/// FAILED_PRECONDITION: the service runs without an archive.
pub fn no_archive() -> Status {
    plain("NO_ARCHIVE", "no archive is open")
}

/// FAILED_PRECONDITION: a screening without a report has no findings.
pub fn not_finished(name: &str) -> Status {
    let mut details = details("NOT_FINISHED", &[("name", name)]);
    details.add_precondition_failure_violation("STATE", name, "the screening has not succeeded");
    with(format!("{name} has no report yet, so there is no finding to decide about"), details)
}

/// FAILED_PRECONDITION: what has not ended is not deleted.
pub fn not_ended(name: &str) -> Status {
    let mut details = details("NOT_ENDED", &[("name", name)]);
    details.add_precondition_failure_violation("STATE", name, "the screening has not ended");
    with(format!("{name} has not ended; cancel it first"), details)
}

/// ABORTED: the resource is not what the caller has seen.
pub fn changed_since(name: &str, etag: &str) -> Status {
    let mut details = details("ETAG_MISMATCH", &[("etag", etag)]);
    let message = format!("{name} has changed since it was read");
    details.add_precondition_failure_violation("ETAG", "etag", message.as_str());
    with(message, details)
}

/// RESOURCE_EXHAUSTED: too much is running.
pub fn overloaded(overload: &Overload) -> Status {
    let Overload { unit, asked, in_use, limit } = overload;
    let figures = [("asked", asked), ("in_use", in_use), ("limit", limit)].map(|(k, v)| (k, v.to_string()));
    let mut metadata: Vec<(&str, &str)> = figures.iter().map(|(key, value)| (*key, value.as_str())).collect();
    metadata.push(("unit", unit));
    exhausted("OVERLOADED", &metadata, "service", &format!("{overload}; try again shortly"))
}

/// RESOURCE_EXHAUSTED: too many submissions wait.
pub fn too_many_waiting(waiting: usize) -> Status {
    let limit = waiting.to_string();
    let message = format!("{waiting} submissions are waiting, which is the limit; try again later");
    exhausted("TOO_MANY_WAITING", &[("limit", &limit)], "submissions", &message)
}

/// RESOURCE_EXHAUSTED: one caller takes too much.
pub fn exceeded(exceeded: &Exceeded) -> Status {
    let (reason, limit, delay) = match exceeded {
        Exceeded::Rate { per_second, retry_after, .. } => {
            ("TOO_MANY_CALLS", per_second.to_string(), *retry_after)
        }
        Exceeded::Documents { limit } => ("TOO_MANY_DOCUMENTS", limit.to_string(), RETRY_DELAY),
    };
    let message = format!("this caller has sent {exceeded}; try again shortly");
    exhausted_for(delay, reason, &[("limit", &limit)], "caller", &message)
}

/// RESOURCE_EXHAUSTED: one caller follows too many screenings.
pub fn follows_too_many(limit: usize) -> Status {
    let message =
        format!("this caller follows {limit} screenings, which is the limit; try again when one has ended");
    let limit = limit.to_string();
    exhausted("TOO_MANY_CALLS", &[("limit", &limit)], "caller", &message)
}

fn exhausted(reason: &str, metadata: &[(&str, &str)], subject: &str, message: &str) -> Status {
    exhausted_for(RETRY_DELAY, reason, metadata, subject, message)
}

fn exhausted_for(
    delay: Duration,
    reason: &str,
    metadata: &[(&str, &str)],
    subject: &str,
    message: &str,
) -> Status {
    let mut details = details(reason, metadata);
    details.set_retry_info(Some(delay));
    details.add_quota_failure_violation(subject, message);
    with(message, details)
}

/// UNAVAILABLE: the disk for uploads failed or is full.
pub fn no_spool(error: &std::io::Error) -> Status {
    tracing::error!(error = %error, "uploads cannot be spooled to disk");
    let mut details = details("NO_SPOOL", &[]);
    details.set_retry_info(Some(RETRY_DELAY));
    let message = "the service has no room for uploads at the moment; try again shortly";
    with(message, details)
}

/// ALREADY_EXISTS: the request id was used for something else.
pub fn request_id_taken(field: &str, id: &str) -> Status {
    let mut details = details("REQUEST_ID_TAKEN", &[("field", field), ("request_id", id)]);
    details.add_bad_request_violation(field, "draw a new id for every new request");
    let message = format!("the request id {id} was used for another request");
    with(message, details)
}

/// CANCELLED: nobody waits for the answer.
pub fn cancelled() -> Status {
    plain("CANCELLED", "the call was cancelled")
}

/// DEADLINE_EXCEEDED: the time of the call is over.
pub fn deadline_exceeded(time: Duration) -> Status {
    let seconds = format!("{:.3}", time.as_secs_f64());
    let message = format!("the call was not done within {seconds} s and has been cancelled");
    let details = details("DEADLINE_EXCEEDED", &[("seconds", &seconds)]);
    with(message, details)
}

/// UNAVAILABLE: model and archive are still being opened.
pub fn starting() -> Status {
    let mut details = details("STARTING", &[]);
    details.set_retry_info(Some(RETRY_DELAY));
    let message = "the service is starting: the model is not verified yet; try again shortly";
    with(message, details)
}

/// UNAVAILABLE: the server stops, and what was followed ends.
pub fn stopping() -> Status {
    let mut details = details("STOPPING", &[]);
    details.set_retry_info(Some(RETRY_DELAY));
    with("the service is stopping; follow it again in a moment", details)
}

/// UNAUTHENTICATED: the same for every reason, so that nobody learns which part of a proof was right.
pub fn unrecognised() -> Status {
    plain("UNAUTHENTICATED", crate::access::Unrecognised.to_string())
}

/// RESOURCE_EXHAUSTED: too many calls of one address without a valid proof.
pub fn too_many_attempts(retry_after: Duration) -> Status {
    let message = "too many calls from this address had no valid proof of who calls; try again later";
    exhausted_for(retry_after, "TOO_MANY_ATTEMPTS", &[], "address", message)
}

/// PERMISSION_DENIED.
pub fn denied(denied: &Denied) -> Status {
    let (reason, roles) = match denied {
        Denied::Role { roles } => {
            ("ROLE_MISSING", roles.iter().map(|role| role.name()).collect::<Vec<_>>().join(","))
        }
        Denied::Tenant | Denied::NoTenant => ("TENANT_DENIED", String::new()),
        Denied::Shared => ("TENANT_DENIED", "curator".to_owned()),
    };
    let details = details(reason, &[("roles", &roles)]);
    with(denied.to_string(), details)
}

/// UNIMPLEMENTED: a method that is not in the table of permissions.
pub fn unknown_method() -> Status {
    plain("UNKNOWN_METHOD", "there is no such method")
}

/// UNAVAILABLE: nothing is done that could not be recorded.
pub fn audit_unavailable() -> Status {
    let mut details = details("AUDIT_UNAVAILABLE", &[]);
    details.set_retry_info(Some(RETRY_DELAY));
    let message = "the audit log cannot be written at the moment; try again shortly";
    with(message, details)
}

/// INTERNAL: what happened is in the log under the id that is sent.
pub fn internal(error: &dyn std::fmt::Display) -> Status {
    let id = uuid::Uuid::new_v4().to_string();
    tracing::error!(error_id = %id, error = %error, "internal error");
    with(
        format!("the service failed; the operator finds the cause in the log under {id}"),
        details("INTERNAL", &[("error_id", &id)]),
    )
}

/// INTERNAL: a task gave no result. What a panic said goes nowhere.
pub fn stopped(task: &JoinError) -> Status {
    internal(&contain::stopped(task))
}

impl From<FieldViolation> for Status {
    fn from(violation: FieldViolation) -> Self {
        let mut details = details("INVALID_FIELD", &[("field", &violation.field)]);
        details.add_bad_request_violation(violation.field.as_str(), violation.what.as_str());
        with(violation.to_string(), details)
    }
}

/// A file of which nothing could be read.
pub fn of_ingest(error: &IngestError) -> Status {
    with(error.to_string(), details(error.reason(), &[]))
}

fn of_resolve(error: &ResolveError) -> Status {
    if let ResolveError::UnknownFact { .. } = error {
        return FieldViolation::new("options.facts", error.to_string()).into();
    }
    let mut details = details(error.reason(), &[]);
    details.add_bad_request_violation("options.packs", error.to_string());
    with(error.to_string(), details)
}

/// An archive error.
pub fn of_index(error: &IndexError) -> Status {
    match error {
        IndexError::Invalid { .. } => plain("INVALID_CALL", error.to_string()),
        IndexError::Taken { .. } => plain("REQUEST_ID_TAKEN", error.to_string()),
        IndexError::Superseded { latest } => {
            let etag = latest.as_deref().unwrap_or(super::reviews::NO_VERDICT);
            let mut details = details("ETAG_MISMATCH", &[("etag", etag)]);
            details.add_precondition_failure_violation("ETAG", "etag", error.to_string());
            with(error.to_string(), details)
        }
        IndexError::Incompatible { .. } => plain("INDEX_INCOMPATIBLE", error.to_string()),
        IndexError::Locked { .. } => plain("INDEX_LOCKED", error.to_string()),
        IndexError::Unavailable { .. } => {
            tracing::warn!(error = %error, "archive unavailable");
            let mut details = details("INDEX_UNAVAILABLE", &[]);
            details.set_retry_info(Some(RETRY_DELAY));
            let message = "the archive is not available at the moment; try again shortly";
            with(message, details)
        }
        // Let in, and refused before it changed anything.
        IndexError::Unrecorded { .. } => {
            metrics::counter!(REFUSED, "reason" => "audit").increment(1);
            audit_unavailable()
        }
        _ => internal(error),
    }
}

impl From<ScreenError> for Status {
    fn from(error: ScreenError) -> Self {
        match &error {
            ScreenError::Ingest(error) => of_ingest(error),
            ScreenError::Rules(error) => of_resolve(error),
            ScreenError::Cancelled => plain("CANCELLED", error.to_string()),
            ScreenError::Worker { .. } => internal(&error),
        }
    }
}

impl From<SubmitError> for Status {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Screen(error) => error.into(),
            SubmitError::Index(error) => of_index(&error),
            SubmitError::Full { waiting } => too_many_waiting(waiting),
            SubmitError::Options { .. } => internal(&error),
        }
    }
}

impl From<ImportError> for Status {
    fn from(error: ImportError) -> Self {
        match &error {
            ImportError::NoFile { .. } => plain("NO_FILE", error.to_string()),
            ImportError::NoArchive => plain("NO_ARCHIVE", error.to_string()),
            ImportError::Ingest(error) => of_ingest(error),
            ImportError::Index(error) => of_index(error),
            ImportError::Embed(EmbedError::Cancelled) => plain("CANCELLED", error.to_string()),
            ImportError::Embed(_) | ImportError::Worker { .. } => internal(&error),
        }
    }
}

impl From<SearchError> for Status {
    fn from(error: SearchError) -> Self {
        match &error {
            SearchError::Index(error) => of_index(error),
            SearchError::Embed(EmbedError::Cancelled) => plain("CANCELLED", error.to_string()),
            SearchError::Embed(error) => internal(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overload() -> Overload {
        Overload { unit: "tokens", asked: 2, in_use: 9, limit: 10 }
    }

    fn unrecorded() -> IndexError {
        IndexError::Unrecorded { what: crate::access::audit::Unrecorded.to_string() }
    }

    #[test]
    fn every_status_carries_reason_and_domain() {
        let statuses = [
            not_found("Screening", "screenings/1"),
            overloaded(&overload()),
            too_many_waiting(9),
            exceeded(&Exceeded::Documents { limit: 3 }),
            request_id_taken("request_id", "1"),
            no_spool(&std::io::Error::other("full")),
            starting(),
            stopping(),
            internal(&"disk on fire"),
            FieldViolation::new("options.packs", "empty").into(),
            of_ingest(&IngestError::Empty { name: "a.pdf".to_owned() }),
            of_index(&unrecorded()),
        ];
        for status in statuses {
            let info = status.get_details_error_info().expect("has ErrorInfo");
            assert_eq!(info.domain, DOMAIN);
            assert!(!info.reason.is_empty());
        }
    }

    #[test]
    fn what_could_not_be_recorded_is_no_fault_of_the_archive() {
        let status = of_index(&unrecorded());
        assert_eq!(status.code(), Code::Unavailable);
        assert_eq!(status.get_details_error_info().unwrap().reason, "AUDIT_UNAVAILABLE");
        assert!(status.get_details_retry_info().unwrap().retry_delay.is_some());
    }

    #[test]
    fn internal_errors_do_not_leak_their_cause() {
        assert!(!internal(&"secret path").message().contains("secret"));
    }

    #[test]
    fn a_caller_that_leaves_is_no_internal_error() {
        let left: [Status; 3] = [
            ScreenError::from(EmbedError::Cancelled).into(),
            ImportError::from(ScreenError::from(EmbedError::Cancelled)).into(),
            SearchError::from(EmbedError::Cancelled).into(),
        ];
        for status in left {
            assert_eq!(status.code(), Code::Cancelled);
            assert_eq!(status.get_details_error_info().unwrap().reason, "CANCELLED");
        }
    }

    #[test]
    fn overload_says_when_to_come_back() {
        let status = overloaded(&overload());
        let delay = status.get_details_retry_info().and_then(|info| info.retry_delay);
        assert_eq!(delay, Some(RETRY_DELAY));
        assert_eq!(status.get_details_quota_failure().map(|quota| quota.violations.len()), Some(1));
    }
}
