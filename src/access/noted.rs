//! What will be recorded of a call that was let in, however it ends.

use std::sync::Arc;

use super::Caller;
use super::audit::{Audit, Entry, fresh_call_id};

/// Outcome of a call whose answer nobody waited for; its work may have been done.
const CANCELLED: &str = "CANCELLED";

/// A call under way. Recorded when it ends; as cancelled if it is dropped before.
pub struct Noted {
    audit: Audit,
    entry: Option<Entry>,
    caller: Arc<Caller>,
}

impl Noted {
    /// Notes a call that begins; what it is about to change is recorded from now on, under an id that no caller
    /// has chosen.
    pub fn begin(audit: Audit, entry: Entry, caller: Arc<Caller>) -> Self {
        let entry = Entry { call_id: fresh_call_id(), ..entry };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Principal;
    use crate::access::settings::AuditSettings;
    use crate::domain::tenant::TenantId;

    #[tokio::test]
    async fn a_call_that_never_ended_is_found_although_another_one_had_its_request_id() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("audit.jsonl");
        let audit = Audit::open(&AuditSettings { file: file.clone(), ..AuditSettings::default() }).unwrap();
        let begin = || {
            let caller = Caller::new(Principal::anonymous(), TenantId::default(), "r1".to_owned());
            let entry = Entry { request_id: "r1".to_owned(), ..Entry::default() };
            (Noted::begin(audit.clone(), entry, Arc::clone(&caller)), caller)
        };
        let (ended, caller) = begin();
        caller.begin_change("cases/quarry".to_owned()).await.unwrap();
        ended.end("OK");
        let (killed, caller) = begin();
        caller.begin_change("cases/quarry".to_owned()).await.unwrap();
        assert!(audit.flush());
        let text = std::fs::read_to_string(&file).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let lines: Vec<_> = lines.filter(|line| line["call"]["request_id"] == "r1").collect();
        let [begun, call, left] = &lines[..] else { panic!("{text}") };
        assert_eq!([&begun["kind"], &call["kind"], &left["kind"]], ["begun", "call", "begun"]);
        let id = |line: &serde_json::Value| line["call"]["call_id"].as_str().unwrap().to_owned();
        assert_eq!(id(begun), id(call));
        assert_ne!(id(left), id(call), "nothing says that it ended");
        drop(killed);
    }
}
