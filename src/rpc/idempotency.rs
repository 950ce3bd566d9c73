//! Request ids that callers choose (AIP-155): the same id with the same request gets the same answer, the
//! same id with another request is refused.
//!
//! What an id stands for is kept in the archive, for good: it is a hash and a name. An id whose call ended before it was
//! carried out stands for the same request, and whoever repeats that carries it out.

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

    /// As [`Self::claim`], for a request of which it is known before what it will make: in one write, so that
    /// no end of the process comes between both.
    pub async fn claim_as(
        &self,
        method: &str,
        field: &str,
        request: Option<uuid::Uuid>,
        fingerprint: String,
        promise: String,
    ) -> Result<Claim, Status> {
        let index = Arc::clone(&self.index);
        let Some(request) = request else { return Ok(Claim { index, record: None }) };
        let (caller, method) = (self.caller.clone(), method.to_owned());
        let asked = RequestRecord { caller, method, request, fingerprint, promise, answer: String::new() };
        let kept = index.claim_request(&asked).await.map_err(|error| status::of_index(&error))?;
        if kept.fingerprint != asked.fingerprint {
            return Err(status::request_id_taken(field, &request.to_string()));
        }
        Ok(Claim { index, record: Some(as_promised(kept, asked)) })
    }
}

/// Reads a record without a promise where there is to be one: earlier versions kept the answer before the work, and the
/// work may not have been done.
fn as_promised(mut kept: RequestRecord, asked: RequestRecord) -> RequestRecord {
    if kept.promise.is_empty() && !asked.promise.is_empty() {
        let before = std::mem::take(&mut kept.answer);
        kept.promise = if before.is_empty() { asked.promise } else { before };
    }
    kept
}

impl Claim {
    /// Returns what this request was answered with when it was carried out; none before.
    pub fn answer(&self) -> Option<&str> {
        self.record.as_ref().map(|record| record.answer.as_str()).filter(|answer| !answer.is_empty())
    }

    /// Returns what this request will make, or has made, where that was known before.
    pub fn promise(&self) -> Option<&str> {
        self.record.as_ref().map(|record| record.promise.as_str()).filter(|promise| !promise.is_empty())
    }

    /// Promises something else, where what was promised never came to be.
    pub async fn promise_instead(&mut self, promise: String) -> Result<(), Status> {
        let Some(record) = self.record.as_mut() else { return Ok(()) };
        record.promise = promise;
        self.index.answer_request(record).await.map_err(|error| status::of_index(&error))
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
    fn what_earlier_versions_kept_before_the_work_is_a_promise_alone() {
        let record = |promise: &str, answer: &str| RequestRecord {
            caller: String::new(),
            method: "SubmitDocument".to_owned(),
            request: uuid::Uuid::nil(),
            fingerprint: "a".to_owned(),
            promise: promise.to_owned(),
            answer: answer.to_owned(),
        };
        for (kept, asked, read) in [
            (("", "old"), "new", ("old", "")),
            (("", ""), "new", ("new", "")),
            (("old", ""), "new", ("old", "")),
            (("old", "old"), "new", ("old", "old")),
            // Methods that promise nothing keep answers when they have them.
            (("", "old"), "", ("", "old")),
        ] {
            let found = as_promised(record(kept.0, kept.1), record(asked, ""));
            assert_eq!((found.promise.as_str(), found.answer.as_str()), read, "{kept:?}");
        }
    }

    #[test]
    fn request_ids_are_uuids_or_absent() {
        assert_eq!(parse("request_id", "").unwrap(), None);
        assert!(parse("request_id", "0b9b7e0e-5f0c-4f0a-9d59-2f0a6d0a7c11").unwrap().is_some());
        assert_eq!(parse("request_id", "7").unwrap_err().field, "request_id");
    }
}
