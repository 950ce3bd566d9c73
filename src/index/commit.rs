//! How does a case appear, change and disappear as a whole, although its passages are many points?
//!
//! Every import writes its passages under a *generation* of its own. Which generation of a case is
//! visible stands in one place: the case record. So storing that one point is the moment at which the
//! whole import becomes visible, and readers check every passage they found against it.
//!
//! ```text
//! 1 announce   intent {case, generation, replaces}       in the collection of the passages
//! 2 passages   under the new generation                  durable with 1, visible to no one
//! 3 case       record naming the new generation          durable: the import is done
//! 4 clean up   delete passages of the old generation, then the intent
//! ```
//!
//! A kill before 3 leaves the old case, a kill after it the new one; in both cases the intent is still
//! there and says which passages to delete ([`Writer::sweep`], at the next open and once an hour): an engine keeps the
//! writes of one collection in order, so no passage outlives its intent's arrival or precedes it. A
//! deletion is the same with the case record removed at step 3. The generation is derived from the
//! content and the generation it replaces, so a repeated attempt overwrites what an interrupted one
//! left. Two processes that import the very same content write the same generation, too: so beside other processes
//! what a failed import has left is cleaned up by a later sweep, an hour after the last of them announced it. A sweep
//! looks at the intent again just before it deletes, and an import just before step 3: if a sweep took its intent
//! meanwhile, and the passages with it, the import fails and is repeated.
//!
//! Other writes of records have nothing to do with generations, and do not wait for imports, which may have
//! to wait until a graph of passages is built. There are three locks, taken in this order (`locks`):
//!
//! ```text
//! gate     one import or deletion of a case, sweep or clean-up at a time
//! alone    one report that is stored, or deletion of a screening or file, at a time: they read, then write
//! beside   everything else, shared: conditional writes, pieces, ends of sessions
//! ```
//!
//! A write has one of them and takes no other; a sign of life has none. A copy takes all three for the moment
//! that it is of, and the last two when it begins, so that it knows of every write since. Who appends a
//! verdict has the turn of its finding (`verdict_archive`) before `beside`; nobody who has a lock asks for a
//! turn.
//!
//! Invariants: one import or deletion of a case at a time per open index; passages of the generation named
//! by a case record are never deleted; an intent outlives the passages it announces.

mod locks;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use uuid::Uuid;

use super::engine::{Engine, Fields, Payload, Point, Record, Steps};
use super::filter::Filter;
use super::payload::{self, put};
use super::schema::{Collection, MAX_POINTS_WRITTEN, field, kind, tag};
use super::store::{ImportOutcome, IndexError, IndexedDocument};
use super::tenancy::{self, CaseKey};
use crate::domain::case::Case;
use crate::domain::tenant::TenantId;
use locks::Copies;
pub use locks::Copying;

/// Intents read in one engine call.
const INTENTS: usize = 1_000;

/// A case ready to be stored.
pub struct Import {
    /// Who owns it.
    pub tenant: TenantId,
    /// The case with its documents.
    pub case: Case,
    /// Content hash.
    pub fingerprint: String,
    /// Its passages.
    pub documents: Vec<IndexedDocument>,
}

/// The one writer of an open index.
pub struct Writer {
    engine: Arc<dyn Engine>,
    /// Held during an import or deletion of a case; holds what earlier ones left and could not clean up.
    gate: tokio::sync::Mutex<Vec<Intent>>,
    /// Held during a write of records that reads before it writes.
    alone: tokio::sync::Mutex<()>,
    /// Shared by writes of records that need not wait for each other; a copy has it for itself for the moment that
    /// it is of.
    beside: tokio::sync::RwLock<()>,
    /// Generations that this process is writing or removing.
    in_progress: Mutex<BTreeMap<Uuid, CaseKey>>,
    copies: Mutex<Copies>,
    /// True if no other process writes into the store.
    is_alone: bool,
    now: fn() -> u64,
}

impl Writer {
    /// Makes the writer; `now` returns seconds since 1970.
    pub fn new(engine: Arc<dyn Engine>, is_alone: bool, now: fn() -> u64) -> Self {
        Self {
            engine,
            gate: tokio::sync::Mutex::default(),
            alone: tokio::sync::Mutex::default(),
            beside: tokio::sync::RwLock::default(),
            in_progress: Mutex::default(),
            copies: Mutex::default(),
            is_alone,
            now,
        }
    }

    /// Returns seconds since 1970.
    pub fn now(&self) -> u64 {
        (self.now)()
    }

    /// Cleans up what was put off, as soon as no write is going on.
    pub async fn clean_up(&self) -> Result<(), IndexError> {
        let mut unresolved = self.gate.lock().await;
        self.resolve_leftovers(&mut unresolved).await
    }

    /// Returns the generations that readers may leave out from the start; a hint, not the truth.
    pub fn in_progress(&self) -> BTreeMap<Uuid, CaseKey> {
        self.in_progress.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn hide(&self, generation: Option<Uuid>, case: &CaseKey) {
        if let Some(generation) = generation {
            let mut hidden = self.in_progress.lock().unwrap_or_else(PoisonError::into_inner);
            hidden.insert(generation, case.clone());
        }
    }

    /// Stores a case as described above.
    pub async fn import(&self, import: Import) -> Result<ImportOutcome, IndexError> {
        let mut unresolved = self.gate.lock().await;
        let _steps = Steps::begin(&self.engine);
        self.resolve_leftovers(&mut unresolved).await?;
        let Planned { intent, outcome } = self.plan(&import).await?;
        if let Some(intent) = intent {
            let written = self.write(&intent, &import).await;
            self.finish(intent, written, &mut unresolved).await?;
            drop(unresolved);
            self.tidy().await;
        }
        Ok(outcome)
    }

    /// Stores several cases, each of them as described above, and writes to disk once for all of them.
    ///
    /// The same case twice is two writes, one after the other.
    pub async fn import_all(&self, imports: Vec<Import>) -> Result<Vec<ImportOutcome>, IndexError> {
        let mut unresolved = self.gate.lock().await;
        let _steps = Steps::begin(&self.engine);
        self.resolve_leftovers(&mut unresolved).await?;
        let mut outcomes = Vec::with_capacity(imports.len());
        let mut imports = imports.into_iter().peekable();
        while imports.peek().is_some() {
            let (mut group, mut cases) = (Vec::new(), BTreeSet::new());
            while let Some(import) =
                imports.next_if(|next| cases.insert(CaseKey::new(&next.tenant, &next.case.id)))
            {
                let Planned { intent, outcome } = self.plan(&import).await?;
                outcomes.push(outcome);
                group.extend(intent.map(|intent| (intent, import)));
            }
            let written = self.write_group(&group).await;
            if written.is_err() {
                group.into_iter().for_each(|(intent, _)| self.put_off(intent, &mut unresolved));
                return written.map(|()| outcomes);
            }
            for (intent, _) in group {
                self.clean_after(intent, true, &mut unresolved).await;
            }
        }
        drop(unresolved);
        self.tidy().await;
        Ok(outcomes)
    }

    async fn plan(&self, import: &Import) -> Result<Planned, IndexError> {
        let case = CaseKey::new(&import.tenant, &import.case.id);
        let current = self.case_record(&case).await?;
        let replaces = current.as_ref().and_then(|record| payload::uuid(record, field::GENERATION));
        let stored = current.as_ref().and_then(|record| payload::text(record, field::FINGERPRINT));
        if stored == Some(import.fingerprint.as_str()) {
            return Ok(Planned { intent: None, outcome: ImportOutcome::Unchanged });
        }
        let before = replaces.map(|id| id.to_string()).unwrap_or_default();
        let parts = [import.case.id.as_str(), import.fingerprint.as_str(), before.as_str()];
        let intent = Intent {
            id: tenancy::tenant_id(&import.tenant, kind::INTENT, &parts),
            case,
            generation: Some(tenancy::tenant_id(&import.tenant, field::GENERATION, &parts)),
            replaces,
        };
        let outcome = if current.is_some() { ImportOutcome::Replaced } else { ImportOutcome::Created };
        Ok(Planned { intent: Some(intent), outcome })
    }

    /// Deletes a case as described above; returns false if there was none.
    pub async fn delete(&self, case: CaseKey) -> Result<bool, IndexError> {
        let mut unresolved = self.gate.lock().await;
        let _steps = Steps::begin(&self.engine);
        self.resolve_leftovers(&mut unresolved).await?;
        let Some(current) = self.case_record(&case).await? else { return Ok(false) };
        let replaces = payload::uuid(&current, field::GENERATION);
        let before = replaces.map(|id| id.to_string()).unwrap_or_default();
        let intent = Intent {
            id: tenancy::tenant_id(&case.tenant, kind::INTENT, &[case.id.as_str(), "deletion", &before]),
            case,
            generation: None,
            replaces,
        };
        let removed = self.erase(&intent).await;
        self.finish(intent, removed, &mut unresolved).await?;
        drop(unresolved);
        self.tidy().await;
        Ok(true)
    }

    /// Resolves the intents of interrupted imports and deletions that were announced at least
    /// `min_age` seconds ago (younger ones may belong to another live process), unless a copy may still have to
    /// read their passages.
    pub async fn sweep(&self, min_age: u64) -> Result<(), IndexError> {
        let _gate = self.gate.lock().await;
        if self.is_copied() { Ok(()) } else { self.resolve_all(min_age).await }
    }

    async fn resolve_leftovers(&self, unresolved: &mut Vec<Intent>) -> Result<(), IndexError> {
        if self.is_copied() {
            return Ok(());
        }
        while let Some(intent) = unresolved.last() {
            self.resolve(intent).await?;
            unresolved.pop();
        }
        Ok(())
    }

    async fn write(&self, intent: &Intent, import: &Import) -> Result<(), IndexError> {
        self.announce(intent).await?;
        let generation = intent.generation.unwrap_or(Uuid::nil());
        let count = self.write_passages(generation, import).await?;
        self.engine.persist(Collection::Passages).await?;
        self.require_announced(intent).await?;
        let record =
            payload::case_record(&import.tenant, &import.case, generation, &import.fingerprint, count)?;
        self.engine.upsert(Collection::Records, vec![record]).await?;
        self.engine.persist(Collection::Records).await
    }

    async fn write_group(&self, group: &[(Intent, Import)]) -> Result<(), IndexError> {
        let mut records = Vec::with_capacity(group.len());
        for (intent, import) in group {
            self.announce(intent).await?;
            let generation = intent.generation.unwrap_or(Uuid::nil());
            let count = self.write_passages(generation, import).await?;
            records.push(payload::case_record(
                &import.tenant,
                &import.case,
                generation,
                &import.fingerprint,
                count,
            )?);
        }
        self.engine.persist(Collection::Passages).await?;
        for (intent, _) in group {
            self.require_announced(intent).await?;
        }
        self.engine.upsert(Collection::Records, records).await?;
        self.engine.persist(Collection::Records).await
    }

    /// Stores the passages of a generation and returns how many there are.
    async fn write_passages(&self, generation: Uuid, import: &Import) -> Result<usize, IndexError> {
        let points = payload::passage_points(&import.tenant, &import.case, generation, &import.documents)?;
        let count = points.len();
        let mut points = points.into_iter();
        loop {
            let batch: Vec<Point> = points.by_ref().take(MAX_POINTS_WRITTEN).collect();
            if batch.is_empty() {
                return Ok(count);
            }
            self.engine.upsert(Collection::Passages, batch).await?;
        }
    }

    async fn erase(&self, intent: &Intent) -> Result<(), IndexError> {
        self.announce(intent).await?;
        self.engine.persist(Collection::Passages).await?;
        self.engine.remove(Collection::Records, vec![intent.case.point()]).await?;
        self.engine.persist(Collection::Records).await
    }

    async fn announce(&self, intent: &Intent) -> Result<(), IndexError> {
        self.hide(intent.generation, &intent.case);
        let intent = intent.to_point((self.now)());
        self.engine.upsert(Collection::Passages, vec![intent]).await
    }

    /// Returns when an intent was announced; none if it is not there.
    async fn announced(&self, intent: &Intent) -> Result<Option<u64>, IndexError> {
        let fields = Fields::Only(&[field::ANNOUNCED]);
        let found = self.engine.get(Collection::Passages, vec![intent.id], fields).await?;
        Ok(found.first().map(|record| payload::number(record, field::ANNOUNCED).unwrap_or(0)))
    }

    /// Refuses to make passages visible that the sweep of another process may have deleted.
    async fn require_announced(&self, intent: &Intent) -> Result<(), IndexError> {
        if self.is_alone || self.announced(intent).await?.is_some() {
            return Ok(());
        }
        // Another process that imports the very same may have come to its end.
        let current = self.case_record(&intent.case).await?;
        if current.and_then(|record| payload::uuid(&record, field::GENERATION)) == intent.generation {
            return Ok(());
        }
        // Of the passages some may be left, for the next sweep to find.
        self.announce(intent).await?;
        Err(IndexError::Unavailable {
            location: self.engine.location().to_owned(),
            what: format!("passages of case {} were cleaned up while they were being stored", intent.case),
        })
    }

    /// Cleans up after a write. If the write failed, its own error is what the caller gets; what it
    /// left is removed now, or before the next write, or by a sweep.
    async fn finish(
        &self,
        intent: Intent,
        written: Result<(), IndexError>,
        unresolved: &mut Vec<Intent>,
    ) -> Result<(), IndexError> {
        self.clean_after(intent, written.is_ok(), unresolved).await;
        written
    }

    async fn clean_after(&self, intent: Intent, is_written: bool, unresolved: &mut Vec<Intent>) {
        if is_written {
            self.hide(intent.replaces, &intent.case);
        } else if intent.generation.is_some() && !self.is_alone {
            return self.put_off(intent, unresolved);
        }
        if self.is_copied() {
            if let Some(visible) = intent.generation.filter(|_| is_written) {
                self.in_progress.lock().unwrap_or_else(PoisonError::into_inner).remove(&visible);
            }
            unresolved.push(intent);
        } else if let Err(error) = self.resolve(&intent).await {
            tracing::warn!(case = %intent.case, %error, "clean-up after a write is put off");
            unresolved.push(intent);
        }
    }

    /// Leaves what a failed import has stored to the next write or, beside other processes, to a sweep: one of them
    /// may be storing the very same generation at this moment.
    fn put_off(&self, intent: Intent, unresolved: &mut Vec<Intent>) {
        if self.is_alone {
            unresolved.push(intent);
        } else if let Some(generation) = intent.generation {
            self.in_progress.lock().unwrap_or_else(PoisonError::into_inner).remove(&generation);
        }
    }

    /// Lets the engine reclaim space and build graphs; not under the gate, for a graph takes minutes and reports are
    /// stored meanwhile.
    async fn tidy(&self) {
        for collection in Collection::ALL {
            if let Err(error) = self.engine.tidy(collection).await {
                tracing::warn!(%error, "the engine could not reclaim space");
            }
        }
    }

    async fn resolve_all(&self, min_age: u64) -> Result<(), IndexError> {
        let now = (self.now)();
        let is_due = |(_, announced): &(Intent, u64)| now.saturating_sub(*announced) >= min_age;
        let (due, young): (Vec<_>, Vec<_>) = self.intents().await?.into_iter().partition(is_due);
        // Somebody may be storing passages of these at this moment.
        let written: BTreeSet<Uuid> = young.iter().filter_map(|(intent, _)| intent.generation).collect();
        for (intent, announced) in due {
            if intent.generations().iter().all(|generation| !written.contains(generation)) {
                tracing::info!(case = %intent.case, "cleaning up after an interrupted write");
                self.resolve_if(&intent, Some(announced)).await?;
            }
        }
        Ok(())
    }

    async fn intents(&self) -> Result<Vec<(Intent, u64)>, IndexError> {
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let filter = Filter::default().and_is(field::KIND, kind::INTENT);
            let page = self.engine.list(Collection::Passages, filter, Fields::All, INTENTS, after).await?;
            after = page.last().map(|record| record.id);
            let full = page.len() == INTENTS;
            found.extend(page.iter().filter_map(Intent::read));
            if !full {
                return Ok(found);
            }
        }
    }

    /// Deletes the passages that the intent made obsolete, whichever way it ended, then the intent.
    async fn resolve(&self, intent: &Intent) -> Result<(), IndexError> {
        self.resolve_if(intent, None).await
    }

    /// Does so, where a time is given, only if the intent is still the one that was announced then.
    async fn resolve_if(&self, intent: &Intent, announced: Option<u64>) -> Result<(), IndexError> {
        // What the case record says must be durable before anything is deleted on its word.
        self.engine.persist(Collection::Records).await?;
        let current = self.case_record(&intent.case).await?;
        let visible = current.and_then(|record| payload::uuid(&record, field::GENERATION));
        // As late as can be: another process may have begun the same write again, and be storing its passages.
        if announced.is_some() && self.announced(intent).await? != announced {
            return Ok(());
        }
        let obsolete = intent.generations().into_iter().filter(|generation| Some(*generation) != visible);
        let mut has_deleted = false;
        for generation in obsolete {
            let filter = Filter::default().and_is(field::GENERATION, generation.to_string());
            self.engine.delete(Collection::Passages, filter).await?;
            has_deleted = true;
        }
        // Passages and intent may lie in different segments, which the engine writes to disk one after the
        // other: a kill in between must not keep the passages and lose the intent.
        if has_deleted {
            self.engine.persist(Collection::Passages).await?;
        }
        self.engine.remove(Collection::Passages, vec![intent.id]).await?;
        let mut in_progress = self.in_progress.lock().unwrap_or_else(PoisonError::into_inner);
        for generation in intent.generations() {
            in_progress.remove(&generation);
        }
        Ok(())
    }

    async fn case_record(&self, case: &CaseKey) -> Result<Option<Record>, IndexError> {
        let fields = Fields::Only(&[field::GENERATION, field::FINGERPRINT]);
        let found = self.engine.get(Collection::Records, vec![case.point()], fields).await?;
        Ok(found.into_iter().next())
    }
}

/// What an import comes to.
struct Planned {
    /// The write that is needed; none if nothing changes.
    intent: Option<Intent>,
    outcome: ImportOutcome,
}

/// What a write is about to do.
#[derive(Debug, Clone)]
struct Intent {
    id: Uuid,
    case: CaseKey,
    /// Generation that is written; none for a deletion.
    generation: Option<Uuid>,
    /// Generation that was visible before.
    replaces: Option<Uuid>,
}

impl Intent {
    fn generations(&self) -> Vec<Uuid> {
        self.generation.into_iter().chain(self.replaces).collect()
    }

    fn to_point(&self, now: u64) -> Point {
        let mut payload = Payload::new();
        // No tag but this: an intent answers no filter on cases, and deleting the passages of its
        // generation does not delete it.
        put(&mut payload, field::TAGS, vec![tag(field::KIND, kind::INTENT)]);
        put(&mut payload, field::CASE, self.case.id.as_str());
        if !self.case.tenant.is_default() {
            put(&mut payload, field::TENANT, self.case.tenant.as_str());
        }
        let id = |id: Option<Uuid>| id.map_or(Value::Null, |id| Value::from(id.to_string()));
        put(&mut payload, field::GENERATION, id(self.generation));
        put(&mut payload, field::REPLACES, id(self.replaces));
        put(&mut payload, field::ANNOUNCED, now);
        Point::record(self.id, payload)
    }

    /// Reads an intent and when it was announced.
    fn read(record: &Record) -> Option<(Self, u64)> {
        let intent = Self {
            id: record.id,
            case: CaseKey::read(record)?,
            generation: payload::uuid(record, field::GENERATION),
            replaces: payload::uuid(record, field::REPLACES),
        };
        Some((intent, payload::number(record, field::ANNOUNCED).unwrap_or(0)))
    }
}
