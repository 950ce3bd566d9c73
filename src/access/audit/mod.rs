//! The audit log: who did what to which resource for which tenant, and how it ended.
//!
//! One JSON object a line, appended and never changed. Every line names the SHA-256 of the line before
//! it, so a change, a removal, an insertion or another order shows ([`verify`]). It holds no text of a
//! document and no proof of a caller. Refused calls stand in it too; health checks do not.
//!
//! A change has a line before it is made (`begun`, with its resource) and its call one when it has ended, with
//! the same `call_id`: an end of the process in between leaves the first one alone. A change that is given up,
//! because its line could not be written in time, has one that says so (outcome `ABORTED`, with its resource).

mod chain;
mod file;
mod verify;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use verify::{Verification, verify};
pub use writer::{AuditError, AuditLog};

/// Longest time for which a stop waits for the disk.
const LONGEST_FLUSH: Duration = Duration::from_secs(5);

/// What is recorded about a call.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// Subject of the principal; empty if the caller was not recognised.
    pub who: String,
    /// By what it was recognised.
    pub proof: String,
    /// Tenant it acted for.
    pub tenant: String,
    /// Method or page.
    pub what: String,
    /// Resources that were read one by one, written or deleted; searches and lists name none.
    pub resources: Vec<String>,
    /// Canonical gRPC code, e.g. `OK`, `PERMISSION_DENIED`; empty for what has only begun, `ABORTED` for a
    /// change that was not made.
    pub outcome: String,
    /// Id of the call, as in the log; callers may choose it, and choose it twice.
    pub request_id: String,
    /// Id that no other call has, by which its lines are found; empty for calls that were refused.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub call_id: String,
    /// Address of the caller.
    pub peer: String,
    /// Refusals of this caller since its last one here that were counted alone.
    #[serde(skip_serializing_if = "is_zero")]
    pub left_out: u64,
}

/// Returns an id for a call or a deletion.
pub fn fresh_call_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// A change that must not be made, because the log could not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the audit log cannot be written, and nothing is done that could not be recorded")]
pub struct Unrecorded;

/// Where entries go: a log, or nowhere if none is configured.
#[derive(Clone, Default)]
pub struct Audit(Option<Arc<AuditLog>>);

impl std::fmt::Debug for Audit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Audit").field("is_configured", &self.0.is_some()).finish_non_exhaustive()
    }
}

impl Audit {
    /// Opens the log that the settings name, if any.
    pub fn open(settings: &super::settings::AuditSettings) -> Result<Self, AuditError> {
        if settings.file.as_os_str().is_empty() {
            return Ok(Self(None));
        }
        Ok(Self(Some(Arc::new(AuditLog::open(settings)?))))
    }

    /// Records a call that was let in.
    pub fn record(&self, entry: Entry) {
        if let Some(log) = &self.0 {
            log.record(entry);
        }
    }

    /// Records a change that is about to be made, and waits until the line is written; with `sync = "entry"`,
    /// until it is on disk. Whoever does not wait to the end must not make the change. Fails at once while the
    /// log cannot be written, and soon where the disk hangs.
    pub async fn begin(&self, entry: Entry) -> Result<(), Unrecorded> {
        match &self.0 {
            Some(log) => log.begin(entry).await,
            None => Ok(()),
        }
    }

    /// Records a call that was refused; one that would have to wait for the disk is only counted.
    pub fn record_refusal(&self, entry: Entry) {
        if let Some(log) = &self.0 {
            log.record_refusal(entry);
        }
    }

    /// False while a configured log cannot be written, or not fast enough; then nothing may happen that it
    /// would have to tell.
    pub fn is_writable(&self) -> bool {
        self.0.as_ref().is_none_or(|log| log.is_writable())
    }

    /// Waits until everything recorded so far is on disk; returns false if it was not within five seconds.
    pub fn flush(&self) -> bool {
        self.0.as_ref().is_none_or(|log| log.flush(LONGEST_FLUSH))
    }
}

/// Returns the name of a closed file of the log: the number of its first line goes before the ending.
fn closed_name(file: &std::path::Path, first: u64) -> PathBuf {
    let stem = file.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let ending = file.extension().map_or_else(String::new, |e| format!(".{}", e.to_string_lossy()));
    file.with_file_name(format!("{stem}.{first:012}{ending}"))
}

#[cfg(test)]
pub(in crate::access) mod tests;
