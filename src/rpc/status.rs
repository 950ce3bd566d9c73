//! Module errors → gRPC statuses with `google.rpc` details (AIP-193). The only place that makes them.
//!
//! Every status carries an `ErrorInfo` with a stable reason and every dynamic value as metadata; field
//! violations, resources and retry delays are added where there are any. Internal errors are logged
//! with an id, and only the id is sent.

use std::collections::HashMap;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use super::convert::FieldViolation;
use crate::access::Denied;
use crate::index::IndexError;
use crate::ingest::IngestError;
use crate::rules::ResolveError;
use crate::screen::import::ImportError;
use crate::screen::likeness::SearchError;
use crate::screen::run::ScreenError;

/// Domain of every `ErrorInfo`.
pub const DOMAIN: &str = "eia.screening.v1";
/// Proposed delay before a refused or unavailable call is tried again.
const RETRY_DELAY: Duration = Duration::from_secs(2);

fn details(reason: &str, metadata: &[(&str, &str)]) -> ErrorDetails {
    let metadata: HashMap<String, String> =
        metadata.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    ErrorDetails::with_error_info(reason, DOMAIN, metadata)
}

/// A status with a reason and nothing else.
pub fn plain(code: Code, reason: &str, message: impl Into<String>) -> Status {
    Status::with_error_details(code, message, details(reason, &[]))
}

/// NOT_FOUND for a resource.
pub fn not_found(kind: &str, name: &str) -> Status {
    let mut details = details("RESOURCE_NOT_FOUND", &[("name", name)]);
    details.set_resource_info(kind, name, "", "there is no such resource");
    Status::with_error_details(Code::NotFound, format!("there is no {name}"), details)
}

/// RESOURCE_EXHAUSTED: as many screenings run as may.
pub fn overloaded(limit: usize) -> Status {
    let mut details = details("TOO_MANY_SCREENINGS", &[("limit", &limit.to_string())]);
    details.set_retry_info(Some(RETRY_DELAY));
    let message = format!("{limit} screenings are running, which is the limit; try again shortly");
    Status::with_error_details(Code::ResourceExhausted, message, details)
}

/// UNAVAILABLE: model and archive are still being opened.
pub fn starting() -> Status {
    let mut details = details("STARTING", &[]);
    details.set_retry_info(Some(RETRY_DELAY));
    let message = "the service is starting: the model is not verified yet; try again shortly";
    Status::with_error_details(Code::Unavailable, message, details)
}

/// UNAUTHENTICATED: the same for every reason, so that nobody learns which part of a proof was right.
pub fn unrecognised() -> Status {
    plain(Code::Unauthenticated, "UNAUTHENTICATED", crate::access::Unrecognised.to_string())
}

/// PERMISSION_DENIED.
pub fn denied(denied: &Denied) -> Status {
    let (reason, roles) = match denied {
        Denied::Role { roles } => {
            ("ROLE_MISSING", roles.iter().map(|role| role.name()).collect::<Vec<_>>().join(","))
        }
        Denied::Tenant => ("TENANT_DENIED", String::new()),
        Denied::Shared => ("TENANT_DENIED", "curator".to_owned()),
    };
    let details = details(reason, &[("roles", &roles)]);
    Status::with_error_details(Code::PermissionDenied, denied.to_string(), details)
}

/// UNIMPLEMENTED: a method that is not in the table of permissions.
pub fn unknown_method() -> Status {
    plain(Code::Unimplemented, "UNKNOWN_METHOD", "there is no such method")
}

/// UNAVAILABLE: nothing is done that could not be recorded.
pub fn audit_unavailable() -> Status {
    let mut details = details("AUDIT_UNAVAILABLE", &[]);
    details.set_retry_info(Some(RETRY_DELAY));
    let message = "the audit log cannot be written at the moment; try again shortly";
    Status::with_error_details(Code::Unavailable, message, details)
}

/// INTERNAL: what happened is in the log under the id that is sent.
pub fn internal(error: &dyn std::fmt::Display) -> Status {
    let id = uuid::Uuid::new_v4().to_string();
    tracing::error!(error_id = %id, error = %error, "internal error");
    Status::with_error_details(
        Code::Internal,
        format!("the service failed; the operator finds the cause in the log under {id}"),
        details("INTERNAL", &[("error_id", &id)]),
    )
}

impl From<FieldViolation> for Status {
    fn from(violation: FieldViolation) -> Self {
        let mut details = details("INVALID_FIELD", &[("field", &violation.field)]);
        details.add_bad_request_violation(violation.field.as_str(), violation.what.as_str());
        Status::with_error_details(Code::InvalidArgument, violation.to_string(), details)
    }
}

/// A file of which nothing could be read.
pub fn of_ingest(error: &IngestError) -> Status {
    Status::with_error_details(Code::InvalidArgument, error.to_string(), details(error.reason(), &[]))
}

fn of_resolve(error: &ResolveError) -> Status {
    let reason = match error {
        ResolveError::NoneNamed { .. } => "NO_RULE_PACK",
        ResolveError::UnknownPack { .. } => "UNKNOWN_RULE_PACK",
        ResolveError::UnknownStage { .. } => "UNKNOWN_STAGE",
        ResolveError::NoneInForce { .. } => "NO_RULE_PACK_IN_FORCE",
    };
    let mut details = details(reason, &[]);
    details.add_bad_request_violation("options.packs", error.to_string());
    Status::with_error_details(Code::InvalidArgument, error.to_string(), details)
}

/// An archive error.
pub fn of_index(error: &IndexError) -> Status {
    match error {
        IndexError::Invalid { .. } => plain(Code::InvalidArgument, "INVALID_CALL", error.to_string()),
        IndexError::Incompatible { .. } => {
            plain(Code::FailedPrecondition, "INDEX_INCOMPATIBLE", error.to_string())
        }
        IndexError::Locked { .. } => plain(Code::FailedPrecondition, "INDEX_LOCKED", error.to_string()),
        IndexError::Unavailable { .. } => {
            tracing::warn!(error = %error, "archive unavailable");
            let mut details = details("INDEX_UNAVAILABLE", &[]);
            details.set_retry_info(Some(RETRY_DELAY));
            let message = "the archive is not available at the moment; try again shortly";
            Status::with_error_details(Code::Unavailable, message, details)
        }
        _ => internal(error),
    }
}

impl From<ScreenError> for Status {
    fn from(error: ScreenError) -> Self {
        match &error {
            ScreenError::Ingest(error) => of_ingest(error),
            ScreenError::Rules(error) => of_resolve(error),
            ScreenError::Cancelled => plain(Code::Cancelled, "CANCELLED", error.to_string()),
            ScreenError::Worker { .. } => internal(&error),
        }
    }
}

impl From<ImportError> for Status {
    fn from(error: ImportError) -> Self {
        match &error {
            ImportError::NoFile { .. } => plain(Code::InvalidArgument, "NO_FILE", error.to_string()),
            ImportError::NoArchive => plain(Code::FailedPrecondition, "NO_ARCHIVE", error.to_string()),
            ImportError::Ingest(error) => of_ingest(error),
            ImportError::Index(error) => of_index(error),
            ImportError::Embed(crate::embed::EmbedError::Cancelled) => {
                plain(Code::Cancelled, "CANCELLED", error.to_string())
            }
            ImportError::Embed(_) | ImportError::Worker { .. } => internal(&error),
        }
    }
}

impl From<SearchError> for Status {
    fn from(error: SearchError) -> Self {
        match &error {
            SearchError::Index(error) => of_index(error),
            SearchError::Embed(error) => internal(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_carries_reason_and_domain() {
        let statuses = [
            not_found("Screening", "screenings/1"),
            overloaded(4),
            starting(),
            internal(&"disk on fire"),
            FieldViolation::new("options.packs", "empty").into(),
            of_ingest(&IngestError::Empty { name: "a.pdf".to_owned() }),
        ];
        for status in statuses {
            let info = status.get_details_error_info().expect("has ErrorInfo");
            assert_eq!(info.domain, DOMAIN);
            assert!(!info.reason.is_empty());
        }
    }

    #[test]
    fn internal_errors_do_not_leak_their_cause() {
        assert!(!internal(&"secret path").message().contains("secret"));
    }

    #[test]
    fn overload_says_when_to_come_back() {
        let delay = overloaded(4).get_details_retry_info().and_then(|info| info.retry_delay);
        assert_eq!(delay, Some(RETRY_DELAY));
    }
}
