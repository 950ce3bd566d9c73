//! The archive as one caller gets it: bound to its tenant, noting what is touched.

use std::sync::Arc;

use async_trait::async_trait;

use super::caller::Caller;
use crate::domain::case::Case;
use crate::domain::ids::{CaseId, ScreeningId};
use crate::domain::tenant::TenantId;
use crate::domain::verdict::Verdict;
use crate::index::store::{
    ArchiveState, CaseFilter, CaseIndex, ImportOutcome, IndexError, IndexedDocument, ListPage, PassageHit,
    QueryVector, ScreeningRecord,
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
        self.case(&case.id);
        self.inner.import_case(case, documents).await
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
        self.case(id);
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
        self.screening(record.id);
        self.inner.put_screening(record).await
    }

    async fn get_screening(&self, id: ScreeningId) -> Result<Option<ScreeningRecord>, IndexError> {
        self.screening(id);
        self.inner.get_screening(id).await
    }

    async fn list_screenings(
        &self,
        case: Option<&CaseId>,
        limit: usize,
        after: Option<&str>,
    ) -> Result<ListPage<ScreeningRecord>, IndexError> {
        if let Some(case) = case {
            self.case(case);
        }
        self.inner.list_screenings(case, limit, after).await
    }

    async fn append_verdict(&self, verdict: &Verdict) -> Result<(), IndexError> {
        self.caller.touch(format!("screenings/{}/verdicts/{}", verdict.screening, verdict.id));
        self.inner.append_verdict(verdict).await
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

    async fn flush(&self) -> Result<(), IndexError> {
        self.inner.flush().await
    }
}
