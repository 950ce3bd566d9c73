//! The archive as one caller gets it: bound to its tenant, noting what is touched.
//!
//! Invariant: what a caller changes stands in the audit log before it is changed. The pieces of a submitted file are
//! no change by themselves: nobody finds them before their screening.

use std::io::Read;
use std::sync::Arc;

use async_trait::async_trait;
use uuid::Uuid;

use super::caller::Caller;
use crate::domain::case::Case;
use crate::domain::ids::{CaseId, DocumentId, ScreeningId};
use crate::domain::span::TextRange;
use crate::domain::tenant::TenantId;
use crate::domain::verdict::Verdict;
use crate::index::SessionStore;
use crate::index::copy::Copier;
use crate::index::store::{
    ArchiveState, CaseFilter, CaseIndex, ImportOutcome, IndexError, IndexedDocument, ListPage, PassageHit,
    QueryVector, ScreeningRecord,
};
use crate::index::work::{
    RequestRecord, ScreeningFilter, ScreeningState, Seen, StoredFile, Swap, TextOutline, Verdicts, WorkStore,
};

/// A case index that notes for the audit log which resources were read, written or deleted.
pub struct AuditedIndex {
    inner: Arc<dyn CaseIndex>,
    caller: Arc<Caller>,
}

impl AuditedIndex {
    /// Binds an index to the tenant of a caller; `None` if the index is bound to another tenant.
    pub fn bind(index: &dyn CaseIndex, caller: Arc<Caller>) -> Option<Arc<dyn CaseIndex>> {
        let inner = index.of_tenant(&caller.tenant)?;
        Some(Arc::new(Self { inner, caller }))
    }

    fn case(&self, id: &CaseId) {
        self.caller.touch(format!("cases/{id}"));
    }

    fn screening(&self, id: ScreeningId) {
        self.caller.touch(format!("screenings/{id}"));
    }

    /// Waits until the audit log has what is about to be changed.
    async fn begin(&self, resource: String) -> Result<(), IndexError> {
        let begun = self.caller.begin_change(resource).await;
        begun.map_err(|unrecorded| IndexError::Unrecorded { what: unrecorded.to_string() })
    }

    async fn begin_case(&self, id: &CaseId) -> Result<(), IndexError> {
        self.begin(format!("cases/{id}")).await
    }

    async fn begin_screening(&self, id: ScreeningId) -> Result<(), IndexError> {
        self.begin(format!("screenings/{id}")).await
    }
}

#[async_trait]
impl CaseIndex for AuditedIndex {
    fn location(&self) -> &str {
        self.inner.location()
    }

    fn schema(&self) -> &str {
        self.inner.schema()
    }

    fn tenant(&self) -> &TenantId {
        self.inner.tenant()
    }

    fn of_tenant(&self, tenant: &TenantId) -> Option<Arc<dyn CaseIndex>> {
        let inner = self.inner.of_tenant(tenant)?;
        Some(Arc::new(Self { inner, caller: Arc::clone(&self.caller) }))
    }

    async fn import_case(
        &self,
        case: &Case,
        documents: &[IndexedDocument],
    ) -> Result<ImportOutcome, IndexError> {
        self.begin_case(&case.id).await?;
        self.inner.import_case(case, documents).await
    }

    async fn import_cases(
        &self,
        cases: Vec<(Case, Vec<IndexedDocument>)>,
    ) -> Result<Vec<ImportOutcome>, IndexError> {
        for (case, _) in &cases {
            self.begin_case(&case.id).await?;
        }
        self.inner.import_cases(cases).await
    }

    fn copier(&self) -> Result<Copier, IndexError> {
        self.inner.copier()
    }

    async fn get_case(&self, id: &CaseId) -> Result<Option<Case>, IndexError> {
        self.case(id);
        self.inner.get_case(id).await
    }

    async fn list_cases(
        &self,
        filter: &CaseFilter,
        limit: usize,
        after: Option<&str>,
    ) -> Result<ListPage<Case>, IndexError> {
        self.inner.list_cases(filter, limit, after).await
    }

    async fn delete_case(&self, id: &CaseId) -> Result<bool, IndexError> {
        self.begin_case(id).await?;
        self.inner.delete_case(id).await
    }

    async fn nearest(
        &self,
        queries: &[QueryVector],
        filter: &CaseFilter,
        limit: usize,
    ) -> Result<Vec<Vec<PassageHit>>, IndexError> {
        self.inner.nearest(queries, filter, limit).await
    }

    async fn archive_state(&self) -> Result<ArchiveState, IndexError> {
        self.inner.archive_state().await
    }

    async fn put_screening(&self, record: &ScreeningRecord) -> Result<(), IndexError> {
        self.begin_screening(record.id).await?;
        self.inner.put_screening(record).await
    }

    async fn get_screening(&self, id: ScreeningId) -> Result<Option<ScreeningRecord>, IndexError> {
        self.screening(id);
        self.inner.get_screening(id).await
    }

    async fn describe_screening(&self, id: ScreeningId) -> Result<Option<ScreeningRecord>, IndexError> {
        self.screening(id);
        self.inner.describe_screening(id).await
    }

    async fn list_screenings(
        &self,
        filter: &ScreeningFilter,
        limit: usize,
        after: Option<&str>,
    ) -> Result<ListPage<ScreeningRecord>, IndexError> {
        if let Some(case) = &filter.case {
            self.case(case);
        }
        self.inner.list_screenings(filter, limit, after).await
    }

    async fn append_verdict(&self, verdict: &Verdict, seen: Seen) -> Result<Verdict, IndexError> {
        self.begin(format!("screenings/{}/verdicts/{}", verdict.screening, verdict.id)).await?;
        self.inner.append_verdict(verdict, seen).await
    }

    async fn appended_verdict(&self, verdict: &Verdict) -> Result<Option<Verdict>, IndexError> {
        self.screening(verdict.screening);
        self.inner.appended_verdict(verdict).await
    }

    async fn list_verdicts(
        &self,
        screening: ScreeningId,
        limit: usize,
        after: Option<&str>,
    ) -> Result<ListPage<Verdict>, IndexError> {
        self.screening(screening);
        self.inner.list_verdicts(screening, limit, after).await
    }

    async fn probe(&self) -> Result<(), IndexError> {
        self.inner.probe().await
    }

    async fn flush(&self) -> Result<(), IndexError> {
        self.inner.flush().await
    }
}

#[async_trait]
impl SessionStore for AuditedIndex {
    async fn end_session(&self, session: &str, now: i64, over: i64) -> Result<(), IndexError> {
        self.inner.end_session(session, now, over).await
    }

    async fn has_session_ended(&self, session: &str) -> Result<bool, IndexError> {
        self.inner.has_session_ended(session).await
    }
}

#[async_trait]
impl WorkStore for AuditedIndex {
    async fn work_of_all(
        &self,
        state: ScreeningState,
        limit: usize,
        after: Option<ScreeningId>,
    ) -> Result<Vec<(TenantId, ScreeningRecord)>, IndexError> {
        self.inner.work_of_all(state, limit, after).await
    }

    async fn count_screenings(&self, state: ScreeningState) -> Result<u64, IndexError> {
        self.inner.count_screenings(state).await
    }

    async fn screenings_of_all(
        &self,
        limit: usize,
        after: Option<ScreeningId>,
    ) -> Result<Vec<(TenantId, ScreeningRecord)>, IndexError> {
        self.inner.screenings_of_all(limit, after).await
    }

    async fn delete_screening(
        &self,
        record: &ScreeningRecord,
        verdicts: Verdicts,
    ) -> Result<Swap, IndexError> {
        self.begin_screening(record.id).await?;
        self.inner.delete_screening(record, verdicts).await
    }

    async fn delete_file(&self, document: DocumentId, ended_before: &str) -> Result<bool, IndexError> {
        self.begin(format!("documents/{document}")).await?;
        self.inner.delete_file(document, ended_before).await
    }

    async fn delete_leftovers(&self, document: DocumentId) -> Result<(), IndexError> {
        self.inner.delete_leftovers(document).await
    }

    async fn finish_deletions(&self) -> Result<(), IndexError> {
        self.inner.finish_deletions().await
    }

    async fn swap_screening(&self, seen: Option<u64>, record: &ScreeningRecord) -> Result<Swap, IndexError> {
        self.begin_screening(record.id).await?;
        self.inner.swap_screening(seen, record).await
    }

    async fn touch_screening(&self, seen: u64, record: &ScreeningRecord) -> Result<Swap, IndexError> {
        self.inner.touch_screening(seen, record).await
    }

    async fn put_file(&self, file: &StoredFile, content: Box<dyn Read + Send>) -> Result<bool, IndexError> {
        self.caller.touch(format!("documents/{}", file.document));
        self.inner.put_file(file, content).await
    }

    async fn get_file(&self, document: DocumentId) -> Result<Option<StoredFile>, IndexError> {
        self.caller.touch(format!("documents/{document}"));
        self.inner.get_file(document).await
    }

    async fn owns_file(&self, document: DocumentId) -> Result<bool, IndexError> {
        self.caller.touch(format!("documents/{document}"));
        self.inner.owns_file(document).await
    }

    async fn read_file(&self, document: DocumentId, number: u64) -> Result<Option<Vec<u8>>, IndexError> {
        self.caller.touch(format!("documents/{document}"));
        self.inner.read_file(document, number).await
    }

    async fn put_text(
        &self,
        document: DocumentId,
        text: &str,
        outline: &TextOutline,
    ) -> Result<Uuid, IndexError> {
        self.inner.put_text(document, text, outline).await
    }

    async fn get_outline(&self, text: Uuid) -> Result<Option<TextOutline>, IndexError> {
        self.inner.get_outline(text).await
    }

    async fn read_text(&self, text: Uuid, range: TextRange) -> Result<Option<String>, IndexError> {
        self.inner.read_text(text, range).await
    }

    async fn claim_request(&self, request: &RequestRecord) -> Result<RequestRecord, IndexError> {
        self.inner.claim_request(request).await
    }

    async fn answer_request(&self, request: &RequestRecord) -> Result<(), IndexError> {
        self.inner.answer_request(request).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::audit::Entry;
    use crate::access::audit::tests::{full_audit, release, text, until};
    use crate::access::{Noted, Principal};
    use crate::index::mortal::{Mortal, Shelf, small_case, start};

    #[tokio::test]
    async fn nothing_is_deleted_that_the_audit_log_cannot_have_before() {
        let engine = Mortal::new(Shelf::default(), Shelf::default(), usize::MAX);
        let archive = start(&engine).await.unwrap();
        let case = small_case("quarry");
        archive.import_case(&case, &[]).await.unwrap();
        let (_folder, path, audit) = full_audit();
        let caller = Caller::new(Principal::anonymous(), TenantId::default(), "r1".to_owned());
        let entry = Entry { request_id: "of-the-call".to_owned(), ..Entry::default() };
        let noted = Noted::begin(audit.clone(), entry, Arc::clone(&caller));
        let index = AuditedIndex::bind(&archive, caller).unwrap();
        let refused = index.delete_case(&case.id).await;
        assert!(matches!(refused, Err(IndexError::Unrecorded { .. })), "{refused:?}");
        assert!(archive.get_case(&case.id).await.unwrap().is_some(), "it is still there");
        release(&path);
        until(|| audit.is_writable());
        assert!(index.delete_case(&case.id).await.unwrap());
        let of_the_call = |written: &str| {
            let lines = written.lines().filter(|line| line.contains("of-the-call")).map(str::to_owned);
            lines.collect::<Vec<_>>()
        };
        let [refused, begun]: [String; 2] = of_the_call(&text(&path)).try_into().unwrap();
        assert!(refused.contains("\"ABORTED\"") && !refused.contains("\"begun\""), "{refused}");
        assert!(begun.contains("\"kind\":\"begun\"") && begun.contains("cases/quarry"), "{begun}");
        noted.end("OK");
        assert!(audit.flush());
        assert_eq!(of_the_call(&text(&path)).len(), 3, "and one when the call has ended");
    }
}
