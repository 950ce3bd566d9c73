//! The remote engine: a Qdrant server over gRPC, shared by any number of processes.
//!
//! Every write waits until the server has applied it on the copies that the layout asks for; the server's
//! own log makes it durable. Reads are answered by one copy that the cluster counts as active: asking
//! several would hide points on which they differ for a moment. Conditional writes go through the leader
//! of a shard, which is chosen among the copies that are alive, so that every copy decides alike.
//!
//! Both collections have one shard unless the configuration says otherwise, so that ranking does not
//! depend on how points are spread.
//!
//! Limits: processes that import the same case at the same moment leave one of the two versions
//! visible, as a whole; passages of the other one stay hidden in the collection until an hour after
//! its import began, and are removed at the next hourly sweep or open.

mod collection;
mod connect;
mod convert;
mod failure;

use async_trait::async_trait;
use qdrant_client::qdrant::{
    CollectionInfo, CountPoints, CreateFieldIndexCollection, DeletePoints, FieldType, GetPoints,
    PointsOperationResponse, PointsSelector, QueryBatchPoints, RetrievedPoint, ScrollPoints, UpdateMode,
    UpdateStatus, UpsertPoints, WithVectorsSelector, WriteOrdering, WriteOrderingType, with_vectors_selector,
};
use uuid::Uuid;

use connect::Connection;
pub use connect::{Layout, ServerConfig};

use super::engine::{Candidate, Engine, Fields, Point, Record, next_id};
use super::filter::Filter;
use super::payload::compatibility_record;
use super::schema::{Collection, Compatibility, Tuning};
use super::store::{IndexError, QueryVector};

/// Queries in one request.
const QUERY_BATCH: usize = 64;

/// A Qdrant server with our two collections.
pub struct ServerEngine {
    connection: Connection,
    prefix: String,
}

impl ServerEngine {
    /// Connects, creates the collections if they are not there, and checks who wrote them.
    pub async fn open(
        config: ServerConfig,
        needed: &Compatibility,
        tuning: Tuning,
    ) -> Result<Self, IndexError> {
        let connection = Connection::open(&config).await?;
        let engine = Self { connection, prefix: config.collection_prefix };
        for collection in Collection::ALL {
            engine.prepare(collection, needed, config.layout, tuning).await?;
        }
        let id = Compatibility::point_id();
        let mut found = engine.get(Collection::Records, vec![id], Fields::All).await?.pop();
        if found.is_none() && engine.is_empty(Collection::Records).await? {
            // Of several processes that start at once, the first one decides.
            engine.swap(Collection::Records, compatibility_record(needed)?, None).await?;
            found = engine.get(Collection::Records, vec![id], Fields::All).await?.pop();
        }
        super::require_compatible(found, needed, engine.location())?;
        Ok(engine)
    }

    /// Returns who wrote the collections on a server; `None` if there are none.
    pub async fn written_by(config: ServerConfig) -> Result<Option<Record>, IndexError> {
        let connection = Connection::open(&config).await?;
        let engine = Self { connection, prefix: config.collection_prefix };
        if !engine.exists(&engine.name(Collection::Records)).await? {
            return Ok(None);
        }
        Ok(engine.get(Collection::Records, vec![Compatibility::point_id()], Fields::All).await?.pop())
    }

    /// Creates a collection and its payload indexes where they are not there, and compares it with what is
    /// needed. Writes nothing if all is there, so that a process can start while nodes are down.
    async fn prepare(
        &self,
        collection: Collection,
        needed: &Compatibility,
        layout: Layout,
        tuning: Tuning,
    ) -> Result<(), IndexError> {
        let name = self.name(collection);
        if !self.exists(&name).await? {
            let request = collection::create(collection, &name, needed.dimension, layout, tuning);
            let created = self
                .connection
                .call("create a collection", |client| {
                    let request = request.clone();
                    async move { client.create_collection(request).await }
                })
                .await;
            // Another process may have been faster.
            if let Err(error) = created
                && !self.exists(&name).await?
            {
                return Err(error);
            }
        }
        let info = self.info(&name).await?;
        if let Some(what) = collection::misfit(collection, needed.dimension, &info) {
            return Err(IndexError::Incompatible {
                location: self.location().to_owned(),
                found: format!("a collection {name} of another kind ({what})"),
                expected: needed.to_string(),
            });
        }
        for what in collection::differences(collection, layout, tuning, &info) {
            tracing::warn!(collection = name, "{what}; collections keep what they were created with");
        }
        for (field, kind) in collection.indexed_fields() {
            if info.payload_schema.contains_key(field) {
                continue;
            }
            let request = CreateFieldIndexCollection {
                collection_name: name.clone(),
                wait: Some(true),
                field_name: field.to_owned(),
                field_type: Some(FieldType::Integer.into()),
                field_index_params: Some(collection::index_params(kind)),
                ..CreateFieldIndexCollection::default()
            };
            self.connection
                .call("create a payload index", |client| {
                    let request = request.clone();
                    async move { client.create_field_index(request).await }
                })
                .await?;
        }
        Ok(())
    }

    async fn info(&self, name: &str) -> Result<CollectionInfo, IndexError> {
        let answer = self
            .connection
            .call("describe a collection", |client| {
                let name = name.to_owned();
                async move { client.collection_info(name).await }
            })
            .await?;
        answer.result.ok_or_else(|| IndexError::Engine {
            location: self.location().to_owned(),
            action: "describe a collection",
            what: format!("the answer says nothing about {name}"),
        })
    }

    async fn is_empty(&self, collection: Collection) -> Result<bool, IndexError> {
        Ok(self.list(collection, Filter::default(), Fields::Only(&[]), 1, None).await?.is_empty())
    }

    async fn exists(&self, name: &str) -> Result<bool, IndexError> {
        self.connection
            .call("look for a collection", |client| {
                let name = name.to_owned();
                async move { client.collection_exists(name).await }
            })
            .await
    }

    async fn delete_selected(&self, from: Collection, points: PointsSelector) -> Result<(), IndexError> {
        let request = DeletePoints {
            collection_name: self.name(from),
            wait: Some(true),
            points: Some(points),
            ..DeletePoints::default()
        };
        let answer = self
            .connection
            .call("delete points", |client| {
                let request = request.clone();
                async move { client.delete_points(request).await }
            })
            .await?;
        self.require_applied(&answer)
    }

    /// Refuses an answer that says that a write will be applied later: what follows relies on it.
    fn require_applied(&self, answer: &PointsOperationResponse) -> Result<(), IndexError> {
        match answer.result.as_ref().map(|result| result.status()) {
            Some(UpdateStatus::Completed) => Ok(()),
            status => Err(IndexError::Unavailable {
                location: self.location().to_owned(),
                what: format!("a write has not been applied yet ({status:?})"),
            }),
        }
    }

    fn name(&self, collection: Collection) -> String {
        format!("{}_{}", self.prefix, collection.name())
    }
}

#[async_trait]
impl Engine for ServerEngine {
    fn location(&self) -> &str {
        self.connection.url()
    }

    async fn upsert(&self, into: Collection, points: Vec<Point>) -> Result<(), IndexError> {
        let request = UpsertPoints {
            collection_name: self.name(into),
            wait: Some(true),
            points: points.into_iter().map(convert::point).collect(),
            ..UpsertPoints::default()
        };
        let answer = self
            .connection
            .call("store points", |client| {
                let request = request.clone();
                async move { client.upsert_points(request).await }
            })
            .await?;
        self.require_applied(&answer)
    }

    async fn swap(&self, into: Collection, point: Point, seen: Option<Filter>) -> Result<(), IndexError> {
        let mode = if seen.is_some() { UpdateMode::UpdateOnly } else { UpdateMode::InsertOnly };
        let request = UpsertPoints {
            collection_name: self.name(into),
            wait: Some(true),
            points: vec![convert::point(point)],
            // Replicas of a shard must agree on which of two competing writes came first: one of those that
            // are alive leads. The strongest order would insist on one node, and fail while that is away.
            ordering: Some(WriteOrdering { r#type: WriteOrderingType::Medium.into() }),
            update_filter: Some(convert::filter(&seen.unwrap_or_default())),
            update_mode: Some(mode.into()),
            ..UpsertPoints::default()
        };
        let answer = self
            .connection
            .call("store a point", |client| {
                let request = request.clone();
                async move { client.upsert_points(request).await }
            })
            .await?;
        self.require_applied(&answer)
    }

    async fn delete(&self, from: Collection, filter: Filter) -> Result<(), IndexError> {
        self.delete_selected(from, convert::matching(&filter)).await
    }

    async fn remove(&self, from: Collection, ids: Vec<Uuid>) -> Result<(), IndexError> {
        self.delete_selected(from, convert::these(ids)).await
    }

    async fn get(&self, from: Collection, ids: Vec<Uuid>, fields: Fields) -> Result<Vec<Record>, IndexError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let request = GetPoints {
            collection_name: self.name(from),
            ids: ids.iter().copied().map(convert::point_id).collect(),
            with_payload: Some(convert::selector(fields)),
            with_vectors: Some(without_vectors()),
            ..GetPoints::default()
        };
        let found = self
            .connection
            .call("read points", |client| {
                let request = request.clone();
                async move { client.get_points(request).await }
            })
            .await?;
        let mut by_id: std::collections::HashMap<Uuid, Record> =
            records(found.result).map(|record| (record.id, record)).collect();
        Ok(ids.iter().filter_map(|id| by_id.remove(id)).collect())
    }

    async fn list(
        &self,
        from: Collection,
        filter: Filter,
        fields: Fields,
        limit: usize,
        after: Option<Uuid>,
    ) -> Result<Vec<Record>, IndexError> {
        let request = ScrollPoints {
            collection_name: self.name(from),
            filter: Some(convert::filter(&filter)),
            offset: after.map(|id| convert::point_id(next_id(id))),
            limit: Some(u32::try_from(limit).unwrap_or(u32::MAX)),
            with_payload: Some(convert::selector(fields)),
            with_vectors: Some(without_vectors()),
            ..ScrollPoints::default()
        };
        let found = self
            .connection
            .call("list points", |client| {
                let request = request.clone();
                async move { client.scroll(request).await }
            })
            .await?;
        Ok(records(found.result).collect())
    }

    async fn scan(
        &self,
        from: Collection,
        filter: Filter,
        limit: usize,
        after: Option<Uuid>,
    ) -> Result<Vec<Point>, IndexError> {
        let request = ScrollPoints {
            collection_name: self.name(from),
            filter: Some(convert::filter(&filter)),
            offset: after.map(|id| convert::point_id(next_id(id))),
            limit: Some(u32::try_from(limit).unwrap_or(u32::MAX)),
            with_payload: Some(convert::selector(Fields::All)),
            with_vectors: Some(with_vectors(true)),
            ..ScrollPoints::default()
        };
        let found = self
            .connection
            .call("copy points", |client| {
                let request = request.clone();
                async move { client.scroll(request).await }
            })
            .await?;
        Ok(found.result.into_iter().filter_map(convert::whole_point).collect())
    }

    async fn count(&self, of: Collection, filter: Filter) -> Result<u64, IndexError> {
        let request = CountPoints {
            collection_name: self.name(of),
            filter: Some(convert::filter(&filter)),
            exact: Some(true),
            ..CountPoints::default()
        };
        let counted = self
            .connection
            .call("count points", |client| {
                let request = request.clone();
                async move { client.count(request).await }
            })
            .await?;
        Ok(counted.result.map_or(0, |result| result.count))
    }

    async fn fetch(&self, from: Collection, ids: Vec<Uuid>) -> Result<Vec<Point>, IndexError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let request = GetPoints {
            collection_name: self.name(from),
            ids: ids.into_iter().map(convert::point_id).collect(),
            with_payload: Some(convert::selector(Fields::All)),
            with_vectors: Some(with_vectors(true)),
            ..GetPoints::default()
        };
        let found = self
            .connection
            .call("copy points", |client| {
                let request = request.clone();
                async move { client.get_points(request).await }
            })
            .await?;
        Ok(found.result.into_iter().filter_map(convert::whole_point).collect())
    }

    async fn search(
        &self,
        queries: Vec<QueryVector>,
        filter: Filter,
        limit: usize,
    ) -> Result<Vec<Vec<Candidate>>, IndexError> {
        let name = self.name(Collection::Passages);
        let filter = convert::filter(&filter);
        let mut found = Vec::with_capacity(queries.len());
        for batch in queries.chunks(QUERY_BATCH) {
            let query = |query: &QueryVector| convert::query(&name, query.clone(), &filter, limit);
            let request = QueryBatchPoints {
                collection_name: name.clone(),
                query_points: batch.iter().map(query).collect(),
                ..QueryBatchPoints::default()
            };
            let answered = self
                .connection
                .call("search", |client| {
                    let request = request.clone();
                    async move { client.query_batch(request).await }
                })
                .await?;
            found.extend(answered.result.into_iter().map(|answer| {
                let candidates = answer.result.into_iter();
                candidates
                    .filter_map(|hit| Some(Candidate { id: convert::uuid(hit.id)?, score: hit.score }))
                    .collect()
            }));
        }
        Ok(found)
    }

    /// Nothing is left to do: every write has waited for the server.
    async fn persist(&self, _what: Collection) -> Result<(), IndexError> {
        Ok(())
    }

    /// Nothing is left to do: the server tidies up by itself.
    async fn tidy(&self, _of: Collection) -> Result<(), IndexError> {
        Ok(())
    }
}

fn without_vectors() -> WithVectorsSelector {
    with_vectors(false)
}

fn with_vectors(wanted: bool) -> WithVectorsSelector {
    let options = with_vectors_selector::SelectorOptions::Enable(wanted);
    WithVectorsSelector { selector_options: Some(options) }
}

fn records(points: Vec<RetrievedPoint>) -> impl Iterator<Item = Record> {
    points.into_iter().filter_map(|point| {
        Some(Record { id: convert::uuid(point.id)?, payload: convert::payload(point.payload) })
    })
}
