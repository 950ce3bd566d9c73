//! Request ids that callers choose (AIP-155): the same id with the same request gets the same answer, the
//! same id with another request is refused.
//!
//! What an id stands for is kept in the archive, for good: it is a hash and a name.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use tonic::Status;

use super::convert::FieldViolation;
use super::status;
use crate::access::Caller;
use crate::index::CaseIndex;
use crate::index::work::RequestRecord;

/// Where the ids of one caller are kept.
pub struct Claims {
    index: Arc<dyn CaseIndex>,
    caller: String,
}

/// A request that is being worked on, with the id it carries, if any.
pub struct Claim {
    index: Arc<dyn CaseIndex>,
    record: Option<RequestRecord>,
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

/// Hashes a message and the file that came with it.
pub fn fingerprint_of(message: &impl serde::Serialize, sha256: &str) -> Result<String, Status> {
    let json = serde_json::to_string(message).map_err(|error| status::internal(&error))?;
    Ok(fingerprint(&[&json, sha256]))
}

/// Returns who chooses the ids of the call that is running; empty where callers have no names.
pub fn caller() -> String {
    Caller::current().map_or_else(String::new, |caller| caller.principal.subject.clone())
}

impl Claims {
    /// Opens the ids of the caller whose call is running, in the archive as that caller gets it.
    pub fn of(index: Arc<dyn CaseIndex>) -> Self {
        Self { index, caller: caller() }
    }

    /// Claims an id, if one is given, for a request of that fingerprint.
    pub async fn claim(
        &self,
        method: &str,
        field: &str,
        request: Option<uuid::Uuid>,
        fingerprint: String,
    ) -> Result<Claim, Status> {
        self.claim_as(method, field, request, fingerprint, String::new()).await
    }

    /// As [`Self::claim`], for a request whose answer is known before it is carried out: in one write, so that
    /// no end of the process comes between both.
    pub async fn claim_as(
        &self,
        method: &str,
        field: &str,
        request: Option<uuid::Uuid>,
        fingerprint: String,
        answer: String,
    ) -> Result<Claim, Status> {
        let index = Arc::clone(&self.index);
        let Some(request) = request else { return Ok(Claim { index, record: None }) };
        let (caller, method) = (self.caller.clone(), method.to_owned());
        let asked = RequestRecord { caller, method, request, fingerprint, answer };
        let kept = index.claim_request(&asked).await.map_err(|error| status::of_index(&error))?;
        if kept.fingerprint != asked.fingerprint {
            return Err(status::request_id_taken(field, &request.to_string()));
        }
        Ok(Claim { index, record: Some(kept) })
    }
}

impl Claim {
    /// Returns what this request was answered with before.
    pub fn answer(&self) -> Option<&str> {
        self.record.as_ref().map(|record| record.answer.as_str()).filter(|answer| !answer.is_empty())
    }

    /// Keeps what the request is answered with.
    pub async fn keep(self, answer: String) -> Result<(), Status> {
        let Some(record) = self.record else { return Ok(()) };
        let record = RequestRecord { answer, ..record };
        self.index.answer_request(&record).await.map_err(|error| status::of_index(&error))
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
