//! Every reason a call can be refused with: its code, what it means and what the caller can do.
//!
//! Part of the contract: reasons are added, never renamed. `docs/errors.md` shows this table.

use tonic::Code;

/// One reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason {
    /// Stable name.
    pub name: &'static str,
    /// Canonical code.
    pub code: Code,
    /// What it means.
    pub meaning: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

macro_rules! reasons {
    ($($name:literal $code:ident $meaning:literal $remedy:literal;)*) => {
        /// Every reason, by code and then as a caller meets them.
        pub const ALL: &[Reason] = &[
            $(Reason { name: $name, code: Code::$code, meaning: $meaning, remedy: $remedy },)*
        ];
    };
}

reasons! {
    "INVALID_FIELD" InvalidArgument
        "a field is missing or wrong; `BadRequest` and metadata `field` name it; also a page token that does not belong to the call"
        "correct the field";
    "NO_RULE_PACK" InvalidArgument "no rule pack was named" "name one, e.g. `uz`";
    "UNKNOWN_RULE_PACK" InvalidArgument "there is no such pack; the message lists those there are" "`ListRequirementSets`";
    "UNKNOWN_STAGE" InvalidArgument "the pack has no such stage" "see the message";
    "NO_RULE_PACK_IN_FORCE" InvalidArgument
        "no pack of that law applies on the day of submission" "check the day, or name a pack outright";
    "EMPTY_FILE" InvalidArgument "no bytes, or white space only" "send the right file";
    "UNSUPPORTED_FORMAT" InvalidArgument
        "a known format that is not read, e.g. legacy `.doc`" "convert it as the message says";
    "NOT_A_DOCUMENT" InvalidArgument "neither text nor a known document format" "send the right file";
    "ENCRYPTED" InvalidArgument "protected by a password" "save it without one";
    "FILE_TOO_LARGE" InvalidArgument "larger than the limit for its type" "split it, or raise `limits`";
    "EXPANDS_TOO_MUCH" InvalidArgument
        "an archive that unpacks to more than is allowed, or files of one case with more text than is allowed" "send an ordinary file";
    "NO_PAGES" InvalidArgument "a document without pages" "send the right file";
    "TRUNCATED" InvalidArgument "a PDF without its end, as after a broken upload" "send the whole file";
    "MALFORMED" InvalidArgument
        "the structure is broken, e.g. a DOCX that is cut off" "save it again or send the original";
    "CHUNK_TOO_LARGE" InvalidArgument "a chunk of more than 1 MiB" "send smaller chunks";
    "OTHER_SIZE" InvalidArgument "the upload has not the size that was announced" "send the whole file";
    "OTHER_HASH" InvalidArgument "the upload has not the SHA-256 that was announced" "send the file again";
    "NO_FILE" InvalidArgument "a case without a file" "send at least one file";
    "INVALID_CALL" InvalidArgument "the archive refused the call" "correct the call";
    "MESSAGE_TOO_LARGE" OutOfRange
        "a message has more bytes than its method takes" "send less; files go in chunks";
    "UNAUTHENTICATED" Unauthenticated
        "no valid proof of who calls: absent, unknown, expired, of another issuer" "get a new token or certificate; the audit log has the cause";
    "ROLE_MISSING" PermissionDenied
        "none of the caller's roles allows the method; metadata `roles` names those that do" "ask the operator for the role";
    "TENANT_DENIED" PermissionDenied
        "the tenant named in the call is not among the caller's, the caller's token names none, or only a curator writes to it" "name one of your own tenants, or ask the operator for one";
    "UNKNOWN_METHOD" Unimplemented "there is no such method" "check client and server versions";
    "RESOURCE_NOT_FOUND" NotFound
        "no such case, screening or requirement set; `ResourceInfo` names it" "check the name";
    "REQUEST_ID_TAKEN" AlreadyExists
        "the request id was sent before with another request" "draw a new id for every new request";
    "ETAG_MISMATCH" Aborted
        "the resource changed since it was read, or another verdict about the finding came first; metadata `etag` names what is there" "read it again and decide anew";
    "NO_ARCHIVE" FailedPrecondition "no archive is open" "the operator configures one";
    "INDEX_INCOMPATIBLE" FailedPrecondition
        "the archive was written for another model or schema" "use that model, or import into a new directory";
    "INDEX_LOCKED" FailedPrecondition
        "another process holds the directory" "stop the other process, or use a Qdrant server";
    "NOT_FINISHED" FailedPrecondition "the screening has no report yet" "follow it with `WatchScreening`";
    "NOT_ENDED" FailedPrecondition
        "the screening is still to be run or running" "cancel it first, or follow it to its end";
    "OVERLOADED" ResourceExhausted
        "as much is running or waiting as may, in memory, tokens or calls on documents; metadata has the figures" "try again after `RetryInfo`";
    "TOO_MANY_WAITING" ResourceExhausted
        "as many submissions wait as may" "try again after `RetryInfo`";
    "TOO_MANY_CALLS" ResourceExhausted
        "the caller sends more calls, or follows more screenings at once, than one caller may; metadata has the limit, the message says which" "try again after `RetryInfo`; poll `GetScreening`, or follow fewer";
    "TOO_MANY_DOCUMENTS" ResourceExhausted
        "the caller has as many documents under way as one caller may" "wait for one of them to end, or submit with `SubmitDocument` one after the other";
    "TOO_MANY_ATTEMPTS" ResourceExhausted
        "too many calls from one address had no valid proof; those with one are not affected" "get a new token or certificate, then try again after `RetryInfo`";
    "DEADLINE_EXCEEDED" DeadlineExceeded
        "the call was not done in the client's time or within the ceiling of its method" "submit large documents with `SubmitDocument`";
    "STARTING" Unavailable "the model is not verified yet" "try again after `RetryInfo`";
    "STOPPING" Unavailable
        "the service stops, and what was being followed ends" "follow it again after `RetryInfo`";
    "INDEX_UNAVAILABLE" Unavailable
        "the archive cannot be reached or has no room" "try again after `RetryInfo`; the log has the cause";
    "AUDIT_UNAVAILABLE" Unavailable
        "the audit log cannot be written, and nothing is done that could not be recorded" "try again after `RetryInfo`";
    "NO_SPOOL" Unavailable
        "the disk for uploads failed or is full" "try again after `RetryInfo`; the log has the cause";
    "CANCELLED" Cancelled "the caller has gone" "–";
    "GAVE_UP" Internal
        "a submitted screening ended the service each time it was begun; only in `Screening.error`" "give the name of the screening to the operator";
    "INTERNAL" Internal
        "the service failed; metadata `error_id`" "give the id to the operator: the cause is in the log under it";
}

/// Returns the reason of that name.
pub fn find(name: &str) -> Option<&'static Reason> {
    ALL.iter().find(|reason| reason.name == name)
}

/// Returns the table for `docs/errors.md`.
pub fn table() -> String {
    let mut table = String::from("| Reason | Code | Meaning | What to do |\n| --- | --- | --- | --- |\n");
    for Reason { name, code, meaning, remedy } in ALL {
        table.push_str(&format!("| `{name}` | {} | {meaning} | {remedy} |\n", code_name(*code)));
    }
    table
}

/// Returns the canonical name of a code, e.g. `NOT_FOUND`.
pub fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::document::MediaType;
    use crate::ingest::IngestError;
    use crate::rules::ResolveError;

    #[test]
    fn reasons_are_there_once() {
        let mut names: Vec<&str> = ALL.iter().map(|reason| reason.name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
    }

    #[test]
    fn every_reason_of_a_file_or_rule_pack_is_listed() {
        let name = String::new;
        let media_type = MediaType::Pdf;
        let files = [
            IngestError::Empty { name: name() },
            IngestError::Unsupported { name: name(), format: "".into(), advice: "".into() },
            IngestError::NotADocument { name: name() },
            IngestError::Encrypted { name: name() },
            IngestError::TooLarge { name: name(), media_type, bytes: 2, limit: 1 },
            IngestError::Expands { name: name(), detail: name() },
            IngestError::NoPages { name: name() },
            IngestError::Truncated { name: name() },
            IngestError::Malformed { name: name(), media_type, detail: name() },
        ];
        let rules = [
            ResolveError::NoneNamed { known: Vec::new() },
            ResolveError::UnknownPack { name: name(), known: Vec::new() },
            ResolveError::UnknownStage { stage: name(), known: Vec::new() },
            ResolveError::NoneInForce { name: name(), submitted: name(), known: Vec::new() },
            ResolveError::UnknownFact { fact: name(), known: Vec::new() },
        ];
        let reasons = files.iter().map(IngestError::reason).chain(rules.iter().map(ResolveError::reason));
        for reason in reasons {
            assert_eq!(find(reason).map(|found| found.code), Some(Code::InvalidArgument), "{reason}");
        }
    }
}
