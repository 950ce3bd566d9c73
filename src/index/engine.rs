//! What must an engine be able to do so that the archive can be built on it? As little as possible:
//! points with payloads, filters, exact look-ups, lists by id, nearest neighbours.
//!
//! Stands between [`super::archive`], which knows cases, screenings and verdicts and is the same for
//! both engines, and the two adapters [`super::edge`] and [`super::server`], which know Qdrant only.
//!
//! Invariants: a write is visible to every later read when its call returns; it is durable when
//! [`Engine::persist`] has returned for its collection.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::filter::Filter;
use super::schema::Collection;
use super::store::{IndexError, QueryVector, SparseVector};

/// The JSON object stored with a point.
pub type Payload = Map<String, Value>;

/// Something to store.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Identity; storing the same id again replaces the point as a whole.
    pub id: Uuid,
    /// What is stored.
    pub payload: Payload,
    /// Dense vector, where the point has one.
    pub dense: Option<Vec<f32>>,
    /// Sparse vector, where the point has one.
    pub sparse: Option<SparseVector>,
}

impl Point {
    /// Makes a point without vectors.
    pub fn record(id: Uuid, payload: Payload) -> Self {
        Self { id, payload, dense: None, sparse: None }
    }
}

/// Something that was stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Identity.
    pub id: Uuid,
    /// The requested fields.
    pub payload: Payload,
}

/// Which payload fields are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fields {
    /// Everything.
    All,
    /// These alone; `a.b` is the field `b` of the object `a`.
    Only(&'static [&'static str]),
    /// Everything but these.
    Except(&'static [&'static str]),
}

/// A neighbour that was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// Identity.
    pub id: Uuid,
    /// Cosine or BM25 score.
    pub score: f32,
}

/// A vector engine holding the two collections of the schema.
#[async_trait]
pub trait Engine: Send + Sync {
    /// Returns directory or URL, for messages.
    fn location(&self) -> &str;

    /// Stores points.
    async fn upsert(&self, into: Collection, points: Vec<Point>) -> Result<(), IndexError>;

    /// Stores a point if the point stored under its id matches `seen` or, where `seen` is `None`, if there
    /// is none; changes nothing otherwise. Comparing and storing are one step.
    async fn swap(&self, into: Collection, point: Point, seen: Option<Filter>) -> Result<(), IndexError>;

    /// Removes every point that matches.
    async fn delete(&self, from: Collection, filter: Filter) -> Result<(), IndexError>;

    /// Removes points by id.
    async fn remove(&self, from: Collection, ids: Vec<Uuid>) -> Result<(), IndexError>;

    /// Returns points in the order of `ids`, leaving out those that are not there.
    async fn get(&self, from: Collection, ids: Vec<Uuid>, fields: Fields) -> Result<Vec<Record>, IndexError>;

    /// Returns up to `limit` points that match, ordered by id, those after `after`.
    async fn list(
        &self,
        from: Collection,
        filter: Filter,
        fields: Fields,
        limit: usize,
        after: Option<Uuid>,
    ) -> Result<Vec<Record>, IndexError>;

    /// Returns up to `limit` points that match with their vectors, ordered by id, those after `after`.
    async fn scan(
        &self,
        from: Collection,
        filter: Filter,
        limit: usize,
        after: Option<Uuid>,
    ) -> Result<Vec<Point>, IndexError>;

    /// Returns how many points match.
    async fn count(&self, of: Collection, filter: Filter) -> Result<u64, IndexError>;

    /// Returns points by id with their vectors, in any order, leaving out those that are not there.
    async fn fetch(&self, from: Collection, ids: Vec<Uuid>) -> Result<Vec<Point>, IndexError>;

    /// Returns the `limit` best passages for each query; order at equal score is not defined.
    async fn search(
        &self,
        queries: Vec<QueryVector>,
        filter: Filter,
        limit: usize,
    ) -> Result<Vec<Vec<Candidate>>, IndexError>;

    /// Makes everything written to the collection durable.
    async fn persist(&self, what: Collection) -> Result<(), IndexError>;

    /// Reads one point, to see whether the collection answers; an engine that can do something about it when
    /// it does not, does it.
    async fn probe(&self, of: Collection) -> Result<(), IndexError> {
        self.get(of, vec![Uuid::nil()], Fields::Only(&[])).await.map(drop)
    }

    /// Marks that a write of several steps begins (`true`) or has ended (`false`). What is to be right when
    /// it has ended, such as statistics over all passages, need not be put right in the middle of it.
    fn mark_steps(&self, _begin: bool) {}

    /// Gives the engine the occasion to reclaim space after writes and to build what makes searches fast, which of
    /// passages may take minutes.
    async fn tidy(&self, of: Collection) -> Result<(), IndexError>;
}

/// A write of several steps, from its making to its end.
pub struct Steps(Arc<dyn Engine>);

impl Steps {
    /// Marks the beginning.
    pub fn begin(engine: &Arc<dyn Engine>) -> Self {
        engine.mark_steps(true);
        Self(Arc::clone(engine))
    }
}

impl Drop for Steps {
    fn drop(&mut self) {
        self.0.mark_steps(false);
    }
}

/// Returns the id that follows `id`; the last one follows itself.
pub fn next_id(id: Uuid) -> Uuid {
    Uuid::from_u128(id.as_u128().saturating_add(1))
}
