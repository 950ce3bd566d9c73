//! What will be recorded of a call that was let in, however it ends.

use std::sync::Arc;

use super::Caller;
use super::audit::{Audit, Entry};

/// Outcome of a call whose answer nobody waited for; its work may have been done.
const CANCELLED: &str = "CANCELLED";

/// A call under way. Recorded when it ends; as cancelled if it is dropped before.
pub struct Noted {
    audit: Audit,
    entry: Option<Entry>,
    caller: Arc<Caller>,
}

impl Noted {
    /// Notes a call that begins; what it is about to change is recorded from now on.
    pub fn begin(audit: Audit, entry: Entry, caller: Arc<Caller>) -> Self {
        caller.record_changes(audit.clone(), entry.clone());
        Self { audit, entry: Some(entry), caller }
    }

    /// Records that it has ended with that canonical code.
    pub fn end(mut self, outcome: &str) {
        self.record(outcome);
    }

    fn record(&mut self, outcome: &str) {
        if let Some(mut entry) = self.entry.take() {
            outcome.clone_into(&mut entry.outcome);
            entry.resources = self.caller.touched();
            self.audit.record(entry);
        }
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        self.record(CANCELLED);
    }
}
