//! The case index itself: [`CaseIndex`] on top of any [`Engine`].
//!
//! Everything a caller can see is decided here or in [`super::commit`] and [`super::search`], once for
//! both engines; the engines only store, filter and rank points.
//!
//! Invariants: a write that has begun runs to its end even if the caller goes away, because it runs in
//! a task of its own; nothing is read or written but through the tenant the archive is bound to – lists
//! and searches by a filter inside the engine, single objects by their owner.

mod page;
mod read;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::commit::{Import, Writer};
use super::copy::Copier;
use super::engine::{Engine, Fields, Point};
use super::filter::Filter;
use super::payload;
use super::schema::{Collection, Compatibility, field, kind};
use super::store::{
    ArchiveState, CaseFilter, CaseIndex, ImportOutcome, IndexError, IndexedDocument, ListPage, PassageHit,
    QueryVector, ScreeningRecord,
};
use super::tenancy::{self, CaseKey};
use super::validate;
use super::work::{ScreeningFilter, Seen};
use crate::contain::stopped;
use crate::domain::case::Case;
use crate::domain::ids::{CaseId, ScreeningId};
use crate::domain::tenant::TenantId;
use crate::domain::verdict::Verdict;

/// Bytes of screenings, files and texts after which the engine gets the occasion to tidy up.
const TIDY_AFTER: u64 = 128 * 1024 * 1024;

/// Verdicts about different findings that are appended at the same time.
pub(super) const VERDICT_TURNS: usize = 64;

/// Points read in one engine call.
const PAGE: usize = 5_000;

/// A case index on an engine, bound to a tenant. Clones share it.
#[derive(Clone)]
pub struct Archive {
    pub(super) engine: Arc<dyn Engine>,
    pub(super) writer: Arc<Writer>,
    written_by: Compatibility,
    schema: String,
    dimension: usize,
    pub(super) tenant: TenantId,
    /// Held while a verdict about a finding is appended: those who decide about the same one take turns
    /// instead of getting into each other's way. A finding has always the same of them.
    pub(super) verdict_turns: Arc<[tokio::sync::Mutex<()>; VERDICT_TURNS]>,
    /// Bytes written beside imports since the engine had the occasion to tidy up.
    untidied: Arc<AtomicU64>,
    /// Seconds after which a write of a case counts as interrupted.
    sweep_age: u64,
    /// True if no other process writes into the store.
    pub(super) is_alone: bool,
    /// True once a caller has chosen the tenant; then it stays.
    pub(super) is_bound: bool,
}

impl Archive {
    /// Makes the index over an opened engine, cleaning up after writes that were interrupted at
    /// least `sweep_age` seconds ago; `now` returns seconds since 1970.
    pub async fn start(
        engine: Arc<dyn Engine>,
        written_by: &Compatibility,
        sweep_age: u64,
        now: fn() -> u64,
    ) -> Result<Self, IndexError> {
        let is_alone = sweep_age == 0;
        let writer = Arc::new(Writer::new(Arc::clone(&engine), is_alone, now));
        match writer.sweep(sweep_age).await {
            // What is left behind is invisible; a disk too full for the clean-up can still be read.
            Err(error @ IndexError::Unavailable { .. }) => {
                tracing::warn!(%error, "clean-up after an interrupted write is put off");
            }
            swept => swept?,
        }
        let (schema, dimension) = (written_by.identity(), written_by.dimension);
        let archive = Self {
            engine,
            writer,
            written_by: written_by.clone(),
            schema,
            dimension,
            tenant: TenantId::default(),
            verdict_turns: Arc::new(std::array::from_fn(|_| tokio::sync::Mutex::default())),
            untidied: Arc::default(),
            sweep_age,
            is_alone,
            is_bound: false,
        };
        match archive.finish_interrupted().await {
            Err(error @ IndexError::Unavailable { .. }) => {
                tracing::warn!(%error, "an interrupted deletion is finished later");
            }
            finished => finished?,
        }
        // Where only one process writes, the sums must agree now.
        if is_alone {
            archive.require_complete().await?;
        }
        Ok(archive)
    }

    /// Refuses an archive from which passages are missing, as after the loss of the end of a file.
    async fn require_complete(&self) -> Result<(), IndexError> {
        let cases = Filter::default().and_is(field::KIND, kind::CASE);
        let (mut expected, mut after) = (0, None);
        loop {
            let fields = Fields::Only(&[field::PASSAGES]);
            let page = self.engine.list(Collection::Records, cases.clone(), fields, PAGE, after).await?;
            expected += page.iter().filter_map(|case| payload::number(case, field::PASSAGES)).sum::<u64>();
            after = page.last().map(|case| case.id);
            if page.len() < PAGE {
                break;
            }
        }
        let filter = Filter::default().and_is(field::KIND, kind::PASSAGE);
        let found = self.engine.count(Collection::Passages, filter).await?;
        if found > expected {
            // Not shown, so no reason to refuse; but a lost case record looks like this, too.
            tracing::warn!(expected, found, "passages belong to no case: compare the archive with a backup");
        }
        if found >= expected {
            return Ok(());
        }
        Err(IndexError::Engine {
            location: self.location().to_owned(),
            action: "open the archive",
            what: format!(
                "its cases have {expected} passages and {found} are there: files are damaged, restore a backup"
            ),
        })
    }

    /// Binds the archive to a tenant.
    pub(super) fn bound_to(&self, tenant: &TenantId) -> Self {
        Self { tenant: tenant.clone(), is_bound: true, ..self.clone() }
    }

    /// Counts what was written beside imports; after much of it the engine gets the occasion to reclaim the
    /// space of its log and of what was replaced.
    pub(super) async fn wrote(&self, bytes: u64) {
        if self.untidied.fetch_add(bytes, Ordering::Relaxed) + bytes < TIDY_AFTER {
            return;
        }
        self.untidied.store(0, Ordering::Relaxed);
        self.tidy().await;
    }

    /// Gives the engine the occasion to reclaim the space of what was replaced or deleted.
    pub(super) async fn tidy(&self) {
        if let Err(error) = self.engine.tidy(Collection::Records).await {
            tracing::warn!(%error, "the engine could not reclaim space");
        }
    }

    /// Cleans up after writes of cases that were interrupted, by whatever process, long enough ago.
    pub(super) async fn sweep(&self) -> Result<(), IndexError> {
        self.writer.sweep(self.sweep_age).await
    }

    /// Stores a record under a condition, as [`Engine::swap`] does, and makes it durable.
    pub(super) async fn swap_durably(&self, point: Point, seen: Option<Filter>) -> Result<(), IndexError> {
        let storing = async {
            self.writer.note(point.id);
            self.engine.swap(Collection::Records, point, seen).await?;
            self.engine.persist(Collection::Records).await
        };
        self.writer.beside(storing).await
    }

    /// Runs a write to its end, whether or not the caller waits for it.
    pub(super) async fn to_the_end<T: Send + 'static>(
        &self,
        write: impl Future<Output = Result<T, IndexError>> + Send + 'static,
    ) -> Result<T, IndexError> {
        match tokio::spawn(write).await {
            Ok(result) => result,
            Err(task) => Err(IndexError::Engine {
                location: self.location().to_owned(),
                action: "finish a write",
                what: stopped(&task).to_owned(),
            }),
        }
    }
}

/// A record of that identity exists and is not the tenant's to change.
pub(super) fn of_another(what: &str) -> IndexError {
    IndexError::Invalid { what: format!("{what} cannot be stored under this id") }
}

fn prepared(
    tenant: TenantId,
    case: &Case,
    documents: Vec<IndexedDocument>,
    dimension: usize,
) -> Result<Import, IndexError> {
    validate::documents(&documents, dimension)?;
    let case = payload::stored_case(case, &documents);
    let fingerprint = payload::fingerprint(&case, &documents)?;
    Ok(Import { tenant, case, fingerprint, documents })
}

fn not_prepared(task: tokio::task::JoinError) -> IndexError {
    IndexError::Invalid { what: format!("the case could not be prepared: {}", stopped(&task)) }
}

#[async_trait]
impl CaseIndex for Archive {
    fn location(&self) -> &str {
        self.engine.location()
    }

    fn schema(&self) -> &str {
        &self.schema
    }

    fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    fn of_tenant(&self, tenant: &TenantId) -> Option<Arc<dyn CaseIndex>> {
        if self.is_bound && *tenant != self.tenant {
            return None;
        }
        Some(Arc::new(self.bound_to(tenant)))
    }

    async fn import_case(
        &self,
        case: &Case,
        documents: &[IndexedDocument],
    ) -> Result<ImportOutcome, IndexError> {
        let (case, documents) = (case.clone(), documents.to_vec());
        let (writer, dimension) = (Arc::clone(&self.writer), self.dimension);
        let tenant = self.tenant.clone();
        self.to_the_end(async move {
            let prepared = tokio::task::spawn_blocking(move || prepared(tenant, &case, documents, dimension));
            writer.import(prepared.await.map_err(not_prepared)??).await
        })
        .await
    }

    async fn import_cases(
        &self,
        cases: Vec<(Case, Vec<IndexedDocument>)>,
    ) -> Result<Vec<ImportOutcome>, IndexError> {
        let (writer, dimension) = (Arc::clone(&self.writer), self.dimension);
        let tenant = self.tenant.clone();
        self.to_the_end(async move {
            let prepared = tokio::task::spawn_blocking(move || {
                let prepare = |(case, documents)| prepared(tenant.clone(), &case, documents, dimension);
                cases.into_iter().map(prepare).collect::<Result<Vec<_>, _>>()
            });
            writer.import_all(prepared.await.map_err(not_prepared)??).await
        })
        .await
    }

    fn copier(&self) -> Result<Copier, IndexError> {
        if self.is_bound {
            return Err(IndexError::Invalid {
                what: "an archive bound to a tenant cannot be copied as a whole".to_owned(),
            });
        }
        let (engine, writer) = (Arc::clone(&self.engine), Arc::clone(&self.writer));
        Ok(Copier::new(engine, writer, self.written_by.clone(), self.is_alone))
    }

    async fn get_case(&self, id: &CaseId) -> Result<Option<Case>, IndexError> {
        for owner in tenancy::owners_read(&self.tenant) {
            if let Some(record) = self.record(CaseKey::new(&owner, id).point(), kind::CASE).await? {
                return payload::read_content(record, self.location()).map(Some);
            }
        }
        Ok(None)
    }

    /// Case ids are texts, which the engines do not sort by: the ids of all matching cases are read
    /// and sorted here, then the cases of the page are read.
    async fn list_cases(
        &self,
        filter: &CaseFilter,
        limit: usize,
        after: Option<&str>,
    ) -> Result<ListPage<Case>, IndexError> {
        validate::limit(limit)?;
        let filter = Filter::of_cases(filter)?.and_is(field::KIND, kind::CASE);
        let found = self.records(filter, Fields::Only(&[field::CASE, field::TENANT])).await?;
        let mut keys: Vec<(CaseKey, Uuid)> = found
            .iter()
            .filter_map(|record| Some((CaseKey::read(record)?, record.id)))
            .filter(|(key, _)| after.is_none_or(|after| key.id.as_str() > after))
            .collect();
        keys.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
        let mut shown = self.first_shown(&keys, limit + 1).await?;
        let more = shown.len() > limit;
        shown.truncate(limit);
        let last = shown.last().filter(|_| more).map(|(key, _)| key.id.to_string());
        let points: Vec<Uuid> = shown.into_iter().map(|(_, point)| point).collect();
        let read = self.read_page::<Case>(&points).await?;
        let items: Vec<Case> = read.items.into_iter().map(|(_, case)| case).collect();
        let next = if read.is_cut { items.last().map(|case| case.id.to_string()) } else { last };
        Ok(ListPage { items, next })
    }

    async fn delete_case(&self, id: &CaseId) -> Result<bool, IndexError> {
        let (writer, case) = (Arc::clone(&self.writer), CaseKey::new(&self.tenant, id));
        self.to_the_end(async move { writer.delete(case).await }).await
    }

    async fn nearest(
        &self,
        queries: &[QueryVector],
        filter: &CaseFilter,
        limit: usize,
    ) -> Result<Vec<Vec<PassageHit>>, IndexError> {
        validate::limit(limit)?;
        validate::queries(queries, self.dimension)?;
        let filter = Filter::of_cases(filter)?;
        // An empty sparse vector has no neighbours; engines refuse to be asked.
        let asked: Vec<usize> = (0..queries.len())
            .filter(|&query| !matches!(&queries[query], QueryVector::Sparse(v) if v.indices.is_empty()))
            .collect();
        let mut hits = vec![Vec::new(); queries.len()];
        if !asked.is_empty() {
            let vectors: Vec<QueryVector> = asked.iter().map(|&n| queries[n].clone()).collect();
            let hidden = self.writer.in_progress();
            let found =
                super::search::nearest(&self.engine, &self.tenant, &vectors, filter, limit, hidden).await?;
            for (query, found) in asked.into_iter().zip(found) {
                hits[query] = found;
            }
        }
        Ok(hits)
    }

    async fn archive_state(&self) -> Result<ArchiveState, IndexError> {
        let filter = Filter::default().and_is(field::KIND, kind::CASE);
        let fields = Fields::Only(&[field::CASE, field::FINGERPRINT, field::PASSAGES]);
        let records = self.records(filter, fields).await?;
        let mut cases: Vec<(&str, &str)> = records
            .iter()
            .filter_map(|record| {
                let case = payload::text(record, field::CASE)?;
                Some((case, payload::text(record, field::FINGERPRINT)?))
            })
            .collect();
        cases.sort_unstable();
        let mut hash = Sha256::new();
        for (case, fingerprint) in &cases {
            hash.update(format!("{case} {fingerprint}\n"));
        }
        let passages = records.iter().filter_map(|r| payload::number(r, field::PASSAGES)).sum();
        let fingerprint = payload::hex(&hash.finalize());
        Ok(ArchiveState { cases: cases.len() as u64, passages, fingerprint })
    }

    async fn put_screening(&self, record: &ScreeningRecord) -> Result<(), IndexError> {
        let (archive, mut record) = (self.clone(), record.clone());
        let record_bytes = record.report_json.len() as u64;
        self.to_the_end(async move {
            let (engine, tenant) = (&archive.engine, &archive.tenant);
            let storing = async {
                archive.finish_deletion_of(record.id).await?;
                let there = engine.get(Collection::Records, vec![record.id.0], Fields::All).await?;
                if let Some(first) = there.into_iter().next() {
                    if tenancy::owner(&first).as_ref() != Some(tenant) {
                        return Err(of_another("the screening"));
                    }
                    record.create_time = payload::read_screening(first, archive.location())?.create_time;
                }
                let point = payload::screening_record(tenant, &record)?;
                archive.writer.note(point.id);
                engine.upsert(Collection::Records, vec![point]).await?;
                engine.persist(Collection::Records).await
            };
            archive.writer.alone(storing).await?;
            archive.wrote(record_bytes).await;
            Ok(())
        })
        .await
    }

    async fn get_screening(&self, id: ScreeningId) -> Result<Option<ScreeningRecord>, IndexError> {
        let found = self.record(id.0, kind::SCREENING).await?;
        found.map(|record| payload::read_screening(record, self.location())).transpose()
    }

    async fn describe_screening(&self, id: ScreeningId) -> Result<Option<ScreeningRecord>, IndexError> {
        let found = self.fields_of(id.0, kind::SCREENING, Fields::Except(&[field::REPORT])).await?;
        found.map(|record| payload::read_screening(record, self.location())).transpose()
    }

    async fn list_screenings(
        &self,
        wanted: &ScreeningFilter,
        limit: usize,
        after: Option<&str>,
    ) -> Result<ListPage<ScreeningRecord>, IndexError> {
        validate::limit(limit)?;
        let after = after.map(validate::page_start).transpose()?;
        let filter = tenancy::readable(Filter::of_screenings(wanted), &self.tenant);
        let fields = Fields::Except(&[field::REPORT]);
        let mut found = self.engine.list(Collection::Records, filter, fields, limit + 1, after).await?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|record| record.id.to_string());
        let read = |record| payload::read_screening(record, self.location());
        Ok(ListPage { items: found.into_iter().map(read).collect::<Result<_, _>>()?, next })
    }

    async fn append_verdict(&self, verdict: &Verdict, seen: Seen) -> Result<Verdict, IndexError> {
        let (archive, verdict) = (self.clone(), verdict.clone());
        self.to_the_end(async move { archive.append(&verdict, seen).await }).await
    }

    async fn appended_verdict(&self, verdict: &Verdict) -> Result<Option<Verdict>, IndexError> {
        self.appended(verdict).await
    }

    async fn list_verdicts(
        &self,
        screening: ScreeningId,
        limit: usize,
        after: Option<&str>,
    ) -> Result<ListPage<Verdict>, IndexError> {
        validate::limit(limit)?;
        self.verdicts_of(screening, limit, after).await
    }

    async fn probe(&self) -> Result<(), IndexError> {
        for collection in Collection::ALL {
            self.engine.probe(collection).await?;
        }
        Ok(())
    }

    async fn flush(&self) -> Result<(), IndexError> {
        for collection in Collection::ALL {
            self.engine.persist(collection).await?;
        }
        Ok(())
    }
}
