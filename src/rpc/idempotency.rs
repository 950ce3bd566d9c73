//! Request ids that callers choose (AIP-155): the same id with the same request gets the same answer, the
//! same id with another request is refused.
//!
//! What an id stands for is kept in the archive, for good: it is a hash and a name.

use sha2::{Digest, Sha256};
use tonic::Status;

use super::convert::FieldViolation;
use super::status;
use crate::access::Caller;
use crate::index::CaseIndex;
use crate::index::work::RequestRecord;

/// A request that carries an id and is being worked on.
pub struct Claim {
    record: RequestRecord,
}

/// Parses a request id; empty means not given.
pub fn parse(field: &str, text: &str) -> Result<Option<uuid::Uuid>, FieldViolation> {
    if text.is_empty() {
        return Ok(None);
    }
    uuid::Uuid::parse_str(text).map(Some).map_err(|_| FieldViolation::new(field, "must be a UUID"))
}

/// Hashes the parts of a request.
pub fn fingerprint(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Claim {
    /// Claims an id for a request of that fingerprint.
    pub async fn of(
        index: &dyn CaseIndex,
        method: &str,
        field: &str,
        request: uuid::Uuid,
        fingerprint: String,
    ) -> Result<Self, Status> {
        let asked = RequestRecord {
            caller: Caller::current().map_or_else(String::new, |caller| caller.principal.subject.clone()),
            method: method.to_owned(),
            request,
            fingerprint,
            answer: String::new(),
        };
        let kept = index.claim_request(&asked).await.map_err(|error| status::of_index(&error))?;
        if kept.fingerprint != asked.fingerprint {
            return Err(status::request_id_taken(field, &request.to_string()));
        }
        Ok(Self { record: kept })
    }

    /// Returns what this request was answered with before.
    pub fn answer(&self) -> Option<&str> {
        Some(self.record.answer.as_str()).filter(|answer| !answer.is_empty())
    }

    /// Keeps what the request is answered with.
    pub async fn keep(mut self, index: &dyn CaseIndex, answer: String) -> Result<(), Status> {
        self.record.answer = answer;
        index.answer_request(&self.record).await.map_err(|error| status::of_index(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_keep_part_boundaries() {
        assert_ne!(fingerprint(&["ab", "c"]), fingerprint(&["a", "bc"]));
        assert_eq!(fingerprint(&["ab"]).len(), 64);
    }

    #[test]
    fn request_ids_are_uuids_or_absent() {
        assert_eq!(parse("request_id", "").unwrap(), None);
        assert!(parse("request_id", "0b9b7e0e-5f0c-4f0a-9d59-2f0a6d0a7c11").unwrap().is_some());
        assert_eq!(parse("request_id", "7").unwrap_err().field, "request_id");
    }
}
