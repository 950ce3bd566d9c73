//! The embedded engine: Qdrant as a library over one directory, for one process at a time.
//!
//! Writes go through a single thread for each of the two collections, reads through a pool of their own, so
//! none blocks the async runtime or another: a screening can be stored while a graph of passages is built,
//! which takes minutes. Search is exhaustive, and so exact, up to
//! [`EXACT_UP_TO_KB`](super::schema::EXACT_UP_TO_KB) of vectors; beyond, the clean-up after an import
//! builds an HNSW graph.
//!
//! Invariant: the directory stays locked until the last call has ended and both shards are closed.

mod ahead;
mod convert;
mod directory;
mod flushes;
mod nearest;
mod pool;
mod room;
mod seal;
mod shard;
mod unsettled;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use qdrant_edge::{
    ConditionalInsertOperation, CountRequest, OperationError, PointId, PointInsertOperations,
    PointOperations, Record as EdgeRecord, ScrollRequest, UpdateMode, UpdateOperation, WithVector,
};
use uuid::Uuid;

use super::engine::{Candidate, Engine, Fields, Payload, Point, Record};
use super::filter::Filter;
use super::schema::{Collection, Compatibility, Tuning};
use super::store::{IndexError, QueryVector};
use directory::Directory;
use flushes::Flushes;
use pool::{Failed, Pool};
use room::{FreeBytes, Room};
use seal::Seal;
use shard::Shard;

/// Points stored in one step. Nothing is read from a segment while a step is written to it, so this is how
/// long a search waits at most.
const POINTS_AT_ONCE: usize = 32;

/// Points that are read at a time to be put right.
const SETTLED_AT_ONCE: usize = 256;

/// The embedded engine over an open directory.
pub struct EdgeEngine {
    location: String,
    // Dropped in this order: the pools join their threads, then the shards close, then the lengths of their
    // files are noted, then the lock goes.
    writers: ByCollection<Pool>,
    readers: Pool,
    open: Arc<Open>,
    flushes: ByCollection<Flushes>,
    /// Writes of several steps that are going on.
    steps: AtomicUsize,
}

/// One of each collection.
#[derive(Default)]
struct ByCollection<T> {
    records: T,
    passages: T,
}

impl<T> ByCollection<T> {
    fn of(&self, collection: Collection) -> &T {
        match collection {
            Collection::Records => &self.records,
            Collection::Passages => &self.passages,
        }
    }
}

struct Open {
    shards: ByCollection<Shard>,
    /// Whether segments of passages hold quantized vectors.
    quantized: bool,
    _seal: Seal,
    _directory: Directory,
}

impl EdgeEngine {
    /// Opens or creates the index in `path`, with `readers` threads for reading.
    pub async fn open(
        path: &Path,
        needed: &Compatibility,
        readers: usize,
        tuning: Tuning,
    ) -> Result<Self, IndexError> {
        Self::open_on(path, needed, readers, tuning, room::free_bytes).await
    }

    /// As [`Self::open`], with the function that tells how many bytes of the disk are free.
    pub(super) async fn open_on(
        path: &Path,
        needed: &Compatibility,
        readers: usize,
        tuning: Tuning,
        free_bytes: FreeBytes,
    ) -> Result<Self, IndexError> {
        let location = path.display().to_string();
        let threads = |error: std::io::Error| IndexError::Unavailable {
            location: location.clone(),
            what: error.to_string(),
        };
        let writer = |name: &str| Pool::start(name, 1).map_err(threads);
        let writers = ByCollection { records: writer("record-writer")?, passages: writer("passage-writer")? };
        let readers = Pool::start("index-reader", readers).map_err(threads)?;
        let (path, needed) = (path.to_owned(), needed.clone());
        let opened = writers.records.run(move || Open::at(&path, &needed, tuning, free_bytes)).await;
        let open = Arc::new(opened.map_err(|Failed(what)| IndexError::Engine {
            location: location.clone(),
            action: "open the index",
            what,
        })??);
        Ok(Self { location, writers, readers, open, flushes: Default::default(), steps: 0.into() })
    }

    /// Returns who wrote the index in `path`; `None` if there is no index. Blocking.
    pub fn written_by(path: &Path) -> Result<Option<Record>, IndexError> {
        Ok(Self::read_records(path, compatibility_record)?.flatten())
    }

    /// True if the index in `path` holds records beside the one that says who wrote it. Blocking.
    pub fn holds_records(path: &Path) -> Result<bool, IndexError> {
        let count = |records: &Shard| {
            let all = CountRequest { filter: None, exact: true };
            records.read("count records", |shard| shard.count(all))
        };
        Ok(Self::read_records(path, count)?.is_some_and(|count| count > 1))
    }

    /// Reads the records of the index in `path`, which may not be open, whatever it was written for; `None`
    /// if there is no index.
    fn read_records<T>(
        path: &Path,
        read: impl FnOnce(&Shard) -> Result<T, IndexError>,
    ) -> Result<Option<T>, IndexError> {
        let directory = Directory::take_existing(path)?;
        if !directory.shard(Collection::Records).exists() {
            return Ok(None);
        }
        // Before the shard, so that it goes after it.
        let _seal = Seal::open(&directory.store())?;
        let config = convert::shard_config(Collection::Records, 1, Tuning::default());
        let records = Shard::load(directory.shard(Collection::Records), config, room::free_bytes)?;
        read(&records).map(Some)
    }

    /// Puts the store of the index in `next` in the place of the one in `current`, and that one into
    /// `next`, in one step. Blocking.
    pub fn exchange(current: &Path, next: &Path) -> Result<(), IndexError> {
        directory::exchange(current, next)
    }

    async fn on<T: Send + 'static>(
        &self,
        pool: &Pool,
        action: &'static str,
        work: impl FnOnce(&Open) -> Result<T, IndexError> + Send + 'static,
    ) -> Result<T, IndexError> {
        let open = Arc::clone(&self.open);
        let outcome = pool.run(move || work(&open)).await;
        outcome.unwrap_or_else(|failed| Err(self.stopped(action, failed)))
    }

    fn stopped(&self, action: &'static str, Failed(what): Failed) -> IndexError {
        IndexError::Engine { location: self.location.clone(), action, what }
    }

    /// Reads points by id; `each` makes of one what is wanted, on the reading thread.
    async fn retrieve<T: Send + 'static>(
        &self,
        from: Collection,
        ids: Vec<Uuid>,
        (fields, with_vectors): (Fields, bool),
        each: fn(EdgeRecord) -> T,
    ) -> Result<Vec<T>, IndexError> {
        let action = "read points";
        self.on(&self.readers, action, move |open| {
            let (payload, vectors) = (convert::selector(fields), WithVector::Bool(with_vectors));
            let read = |shard: &qdrant_edge::EdgeShard| {
                shard.retrieve(&point_ids(&ids), Some(payload), Some(vectors))
            };
            Ok(open.shard(from).read(action, read)?.into_iter().map(each).collect())
        })
        .await
    }

    /// Reads a page of points; `each` as in [`Self::retrieve`].
    async fn scroll<T: Send + 'static>(
        &self,
        from: Collection,
        page: ScrollRequest,
        each: fn(EdgeRecord) -> T,
    ) -> Result<Vec<T>, IndexError> {
        let action = "list points";
        self.on(&self.readers, action, move |open| {
            let (found, _) = open.shard(from).read(action, |shard| shard.scroll(page))?;
            Ok(found.into_iter().map(each).collect())
        })
        .await
    }

    async fn update(
        &self,
        collection: Collection,
        action: &'static str,
        room: Room,
        operation: UpdateOperation,
    ) -> Result<(), IndexError> {
        let write = move |open: &Open| open.shard(collection).update(action, room, operation);
        self.on(self.writers.of(collection), action, write).await
    }
}

impl Open {
    fn at(
        path: &Path,
        needed: &Compatibility,
        tuning: Tuning,
        free_bytes: FreeBytes,
    ) -> Result<Self, IndexError> {
        let directory = Directory::take(path)?;
        directory.complete(needed)?;
        let seal = Seal::open(&directory.store())?;
        let load = |collection| {
            let path: PathBuf = directory.shard(collection);
            Shard::load(path, convert::shard_config(collection, needed.dimension, tuning), free_bytes)
        };
        // The records come first: they say whether the vectors of the passages are ours.
        let records = load(Collection::Records)?;
        super::require_compatible(compatibility_record(&records)?, needed, &path.display().to_string())?;
        let passages = load(Collection::Passages)?;
        for shard in [&records, &passages] {
            settle(shard)?;
        }
        let shards = ByCollection { records, passages };
        Ok(Self { shards, quantized: tuning.quantized, _seal: seal, _directory: directory })
    }

    fn shard(&self, collection: Collection) -> &Shard {
        self.shards.of(collection)
    }

    fn search(
        &self,
        query: QueryVector,
        filter: &Option<qdrant_edge::Filter>,
        limit: usize,
    ) -> Result<Vec<Candidate>, IndexError> {
        self.shards
            .passages
            .read("search", |shard| nearest::nearest(shard, query, filter.clone(), limit, self.quantized))
    }
}

#[async_trait]
impl Engine for EdgeEngine {
    fn location(&self) -> &str {
        &self.location
    }

    async fn upsert(&self, into: Collection, points: Vec<Point>) -> Result<(), IndexError> {
        let action = "store points";
        let write = move |open: &Open| store(open.shard(into), action, points, Room::to_store);
        self.on(self.writers.of(into), action, write).await
    }

    async fn swap(&self, into: Collection, point: Point, seen: Option<Filter>) -> Result<(), IndexError> {
        let action = "store a point";
        let room = Room::to_store(std::slice::from_ref(&point));
        let point = convert::point(point).map_err(|error| IndexError::Invalid { what: error.to_string() })?;
        let mode = if seen.is_some() { UpdateMode::UpdateOnly } else { UpdateMode::InsertOnly };
        let conditional = ConditionalInsertOperation {
            points_op: PointInsertOperations::PointsList(vec![point.into()]),
            condition: seen.as_ref().and_then(convert::filter).unwrap_or_default(),
            update_mode: Some(mode),
        };
        let operation = PointOperations::UpsertPointsConditional(conditional);
        self.update(into, action, room, UpdateOperation::PointOperation(operation)).await
    }

    async fn delete(&self, from: Collection, filter: Filter) -> Result<(), IndexError> {
        let Some(filter) = convert::filter(&filter) else {
            return Err(IndexError::Invalid { what: "a deletion without a filter".to_owned() });
        };
        let points = PointOperations::DeletePointsByFilter(filter);
        self.update(from, "delete points", Room::to_delete(), UpdateOperation::PointOperation(points)).await
    }

    async fn remove(&self, from: Collection, ids: Vec<Uuid>) -> Result<(), IndexError> {
        let points = PointOperations::DeletePoints { ids: point_ids(&ids) };
        self.update(from, "delete points", Room::to_delete(), UpdateOperation::PointOperation(points)).await
    }

    async fn get(&self, from: Collection, ids: Vec<Uuid>, fields: Fields) -> Result<Vec<Record>, IndexError> {
        self.retrieve(from, ids, (fields, false), record).await
    }

    async fn list(
        &self,
        from: Collection,
        filter: Filter,
        fields: Fields,
        limit: usize,
        after: Option<Uuid>,
    ) -> Result<Vec<Record>, IndexError> {
        self.scroll(from, convert::page(&filter, (fields, false), limit, after), record).await
    }

    async fn scan(
        &self,
        from: Collection,
        filter: Filter,
        limit: usize,
        after: Option<Uuid>,
    ) -> Result<Vec<Point>, IndexError> {
        self.scroll(from, convert::page(&filter, (Fields::All, true), limit, after), whole_point).await
    }

    async fn count(&self, of: Collection, filter: Filter) -> Result<u64, IndexError> {
        let action = "count points";
        self.on(&self.readers, action, move |open| {
            let request = CountRequest { filter: convert::filter(&filter), exact: true };
            open.shard(of).read(action, |shard| shard.count(request)).map(|count| count as u64)
        })
        .await
    }

    async fn fetch(&self, from: Collection, ids: Vec<Uuid>) -> Result<Vec<Point>, IndexError> {
        self.retrieve(from, ids, (Fields::All, true), whole_point).await
    }

    async fn search(
        &self,
        queries: Vec<QueryVector>,
        filter: Filter,
        limit: usize,
    ) -> Result<Vec<Vec<Candidate>>, IndexError> {
        let lexical = queries.iter().any(|query| matches!(query, QueryVector::Sparse(_)));
        let passages = Collection::Passages;
        // In the middle of an import it would be wrong again after the next step, and whoever searches would
        // wait for the steps that are queued.
        if lexical && self.steps.load(Ordering::Acquire) == 0 && self.open.shard(passages).counts_deleted() {
            let recount = move |open: &Open| open.shard(passages).recount();
            self.on(&self.writers.passages, "recount passages", recount).await?;
        }
        let filter = convert::filter(&filter);
        let share = queries.len().div_ceil(self.readers.threads()).max(1);
        let mut shares = Vec::new();
        for share in queries.chunks(share) {
            let (open, share, filter) = (Arc::clone(&self.open), share.to_vec(), filter.clone());
            let work = move || share.into_iter().map(|query| open.search(query, &filter, limit)).collect();
            let submitted = self.readers.submit(work).await;
            shares.push(submitted.map_err(|failed| self.stopped("search", failed))?);
        }
        let mut found = Vec::with_capacity(queries.len());
        for share in shares {
            let share: Result<Vec<_>, IndexError> =
                share.wait().await.map_err(|failed| self.stopped("search", failed))?;
            found.extend(share?);
        }
        Ok(found)
    }

    async fn persist(&self, what: Collection) -> Result<(), IndexError> {
        let flush = self.on(self.writers.of(what), "write to disk", move |open| open.shard(what).persist());
        self.flushes.of(what).cover(flush).await
    }

    fn mark_steps(&self, begin: bool) {
        if begin {
            self.steps.fetch_add(1, Ordering::AcqRel);
        } else {
            self.steps.fetch_sub(1, Ordering::AcqRel);
        }
    }

    async fn probe(&self, of: Collection) -> Result<(), IndexError> {
        let asked = self.get(of, vec![Uuid::nil()], Fields::Only(&[])).await;
        if asked.is_ok() {
            return Ok(());
        }
        self.on(self.writers.of(of), "open the index again", move |open| open.shard(of).ensure_open())
            .await?;
        self.get(of, vec![Uuid::nil()], Fields::Only(&[])).await.map(drop)
    }

    async fn tidy(&self, of: Collection) -> Result<(), IndexError> {
        self.on(self.writers.of(of), "tidy up", move |open| open.shard(of).tidy()).await
    }
}

/// Stores points step by step, each of them with the room that it needs.
fn store(
    shard: &Shard,
    action: &'static str,
    points: Vec<Point>,
    needs: fn(&[Point]) -> Room,
) -> Result<(), IndexError> {
    let (mut steps, mut points) = (Vec::new(), points.into_iter());
    loop {
        let few: Vec<Point> = points.by_ref().take(POINTS_AT_ONCE).collect();
        if few.is_empty() {
            break;
        }
        let room = needs(&few);
        let converted: Result<Vec<_>, OperationError> = few.into_iter().map(convert::point).collect();
        let converted = converted.map_err(|error| IndexError::Invalid { what: error.to_string() })?;
        steps.push((room, converted));
    }
    steps.into_iter().try_for_each(|(room, few)| {
        let few = PointInsertOperations::PointsList(few.into_iter().map(Into::into).collect());
        let few = PointOperations::UpsertPoints(few);
        shard.update(action, room, UpdateOperation::PointOperation(few))
    })
}

/// Makes points that a killed process was writing to disk agree with their indexes: each is stored again as it is read,
/// one at a time, so that it needs little room.
fn settle(shard: &Shard) -> Result<(), IndexError> {
    let action = "put right what a killed process was writing";
    let ids = shard.unsettled()?;
    for few in ids.chunks(SETTLED_AT_ONCE) {
        let (payload, vectors) = (convert::selector(Fields::All), WithVector::Bool(true));
        let read =
            |shard: &qdrant_edge::EdgeShard| shard.retrieve(&point_ids(few), Some(payload), Some(vectors));
        for found in shard.read(action, read)? {
            store(shard, action, vec![whole_point(found)], Room::to_restore)?;
        }
    }
    if !ids.is_empty() {
        tracing::warn!(
            points = ids.len(),
            "a process that was killed was writing to the archive; it is put right"
        );
        shard.persist()?;
    }
    Ok(())
}

fn point_ids(ids: &[Uuid]) -> Vec<PointId> {
    ids.iter().map(|id| PointId::Uuid(*id)).collect()
}

/// Returns a point as read; every point of ours has a UUID.
fn record(found: EdgeRecord) -> Record {
    let id = match found.id {
        PointId::Uuid(id) => id,
        PointId::NumId(number) => Uuid::from_u128(u128::from(number)),
    };
    Record { id, payload: found.payload.map_or_else(Payload::new, |payload| payload.0) }
}

fn compatibility_record(records: &Shard) -> Result<Option<Record>, IndexError> {
    let id = PointId::Uuid(Compatibility::point_id());
    let found = records.read("read who wrote it", |shard| shard.retrieve(&[id], None, None))?;
    Ok(found.into_iter().next().map(record))
}

/// Returns a point as read with its vectors.
fn whole_point(mut found: EdgeRecord) -> Point {
    let (dense, sparse) = convert::vectors(found.vector.take());
    let Record { id, payload } = record(found);
    Point { id, payload, dense, sparse }
}

#[cfg(test)]
mod tests;
