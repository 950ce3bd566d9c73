//! What does a failure of a Qdrant server mean for the caller?
//!
//! A cluster says with INTERNAL that it is between two states: a node went away in the middle of a write,
//! a leader is being chosen, a replica is brought up to date. Its texts are the only thing that tells
//! these from errors that stay.

use std::time::Duration;

use qdrant_client::QdrantError;
use tonic::Code;

use crate::index::store::IndexError;

/// Parts of the texts with which a cluster refuses a call that it would accept a moment later.
const PASSING: [&str; 15] = [
    // The client library reports a refused connection as an internal error with this text.
    "Failed to connect",
    // Another node of the cluster did not answer.
    "Tonic status error",
    "Tonic error",
    "transport error",
    "Missing request message",
    // A write reached some replicas only; it is repeated until it has reached enough.
    "Please retry",
    "via leader peer",
    "no leader could be selected",
    "all attempts were rejected",
    // Too few replicas are up.
    "no active replica",
    "enough active replicas",
    // The nodes have not agreed on a change yet.
    "consensus",
    "Consensus",
    // The node is short of space, or it is still loading.
    "No space left on device",
    "is not ready",
];

/// What may be done about a failed call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// It passes: repeat after the pause until the time is up.
    Repeat(Option<Duration>),
    /// It may be the node's own: ask every other node once.
    OtherNode,
    /// It stays.
    None,
}

/// Returns what may be done about a failure; every call of ours may be repeated, because ids derive from
/// content.
pub fn remedy(error: &QdrantError) -> Remedy {
    if let QdrantError::ResourceExhaustedError { retry_after_seconds, .. } = error {
        return Remedy::Repeat(Some(Duration::from_secs(*retry_after_seconds)));
    }
    match code(error) {
        Some(Code::Unavailable | Code::Cancelled | Code::Aborted | Code::DeadlineExceeded) => {
            Remedy::Repeat(None)
        }
        Some(Code::Internal | Code::Unknown | Code::FailedPrecondition) if passes(error) => {
            Remedy::Repeat(None)
        }
        Some(Code::Internal | Code::Unknown | Code::FailedPrecondition) => Remedy::OtherNode,
        _ => Remedy::None,
    }
}

/// Returns the error of a call that is not repeated any more.
pub fn reported(error: &QdrantError, location: String, action: &'static str) -> IndexError {
    let what = explain(error);
    match code(error) {
        Some(Code::InvalidArgument) => IndexError::Invalid { what },
        Some(Code::Unauthenticated | Code::PermissionDenied) => {
            IndexError::Invalid { what: format!("the server refuses the API key: {what}") }
        }
        Some(Code::ResourceExhausted) => IndexError::Unavailable { location, what },
        _ if matches!(remedy(error), Remedy::Repeat(_)) => IndexError::Unavailable { location, what },
        _ => IndexError::Engine { location, action, what },
    }
}

fn passes(error: &QdrantError) -> bool {
    let text = explain(error);
    PASSING.iter().any(|part| text.contains(part))
}

fn code(error: &QdrantError) -> Option<Code> {
    match error {
        QdrantError::ResponseError { status } | QdrantError::ResourceExhaustedError { status, .. } => {
            Some(status.code())
        }
        _ => None,
    }
}

fn explain(error: &QdrantError) -> String {
    match error {
        QdrantError::ResponseError { status } => status.message().to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(code: Code, text: &str) -> QdrantError {
        QdrantError::ResponseError { status: tonic::Status::new(code, text) }
    }

    fn is_unavailable(error: &QdrantError) -> bool {
        matches!(reported(error, String::new(), "test"), IndexError::Unavailable { .. })
    }

    #[test]
    fn passing_failures_are_repeated_and_then_unavailable() {
        for code in [Code::Unavailable, Code::Cancelled, Code::Aborted, Code::DeadlineExceeded] {
            assert_eq!(remedy(&failure(code, "no")), Remedy::Repeat(None), "{code}");
            assert!(is_unavailable(&failure(code, "no")), "{code}");
        }
        for text in [
            "Service internal error: The replica set for shard 0 on peer 7 has no active replica",
            "Service internal error: Failed to apply operation to at least one `Active` replica. Consistency \
             of this update is not guaranteed. Please retry.",
            "Service internal error: Failed to apply update with Medium ordering via leader peer 7: timeout",
            "Failed to connect to http://db:6334/: transport error",
        ] {
            assert_eq!(remedy(&failure(Code::Internal, text)), Remedy::Repeat(None), "{text}");
            assert!(is_unavailable(&failure(Code::Internal, text)), "{text}");
        }
    }

    #[test]
    fn other_failures_of_a_node_are_tried_elsewhere_and_then_reported() {
        let broken = failure(Code::Internal, "Service internal error: segment 3 is damaged");
        assert_eq!(remedy(&broken), Remedy::OtherNode);
        assert!(matches!(reported(&broken, String::new(), "test"), IndexError::Engine { .. }));
    }

    #[test]
    fn wrong_calls_are_not_repeated() {
        for code in [Code::InvalidArgument, Code::NotFound, Code::PermissionDenied, Code::Unauthenticated] {
            assert_eq!(remedy(&failure(code, "no")), Remedy::None, "{code}");
        }
        let wrong = reported(&failure(Code::InvalidArgument, "no"), String::new(), "test");
        assert!(matches!(wrong, IndexError::Invalid { .. }));
    }
}
