//! The archive's terms in the words of the embedded engine.

use std::num::NonZeroUsize;

use qdrant_edge::{
    AcornSearchParams, AnyVariants, Condition, Distance, EdgeConfig, EdgeOptimizersConfig,
    EdgeSparseVectorParams, EdgeVectorParams, FieldCondition, Filter as EdgeFilter, HnswIndexConfig,
    IntegerIndexParams, JsonPath, Match, MatchAny, Modifier, NamedQuery, Payload as EdgePayload,
    PayloadFieldSchema, PayloadSchemaParams, PayloadSelector, PayloadSelectorExclude, PayloadSelectorInclude,
    PointId, PointStruct, QuantizationConfig, QuantizationSearchParams, QueryEnum, QueryRequest, Range,
    ScalarQuantizationConfig, ScalarType, ScoringQuery, ScrollRequest, SearchParams, Vector, VectorInternal,
    VectorStructInternal, Vectors, WalOptions, WithPayloadInterface, WithVector,
};

use crate::index::engine::{Fields, Point, next_id};
use crate::index::filter::{Filter, Test};
use crate::index::schema::{
    Collection, DENSE, EXACT_FILTERED_UP_TO_KB, EXACT_UP_TO_KB, FieldType, HNSW_EF_CONSTRUCT, HNSW_M,
    OVERSAMPLING, SPARSE, Tuning, field, tag,
};
use crate::index::store::{QueryVector, SparseVector};

/// Bytes of one file of the engine's log; a larger record makes a larger file.
const LOG_FILE_BYTES: usize = 8 * 1024 * 1024;

/// Graphs of passages beside each other; from there on the smallest ones are joined with what is new.
const MOST_GRAPHS: usize = 16;

/// Returns the configuration of a shard.
pub fn shard_config(collection: Collection, dimension: usize, tuning: Tuning) -> EdgeConfig {
    let hnsw = HnswIndexConfig {
        m: HNSW_M,
        ef_construct: HNSW_EF_CONSTRUCT,
        full_scan_threshold: EXACT_FILTERED_UP_TO_KB,
        // One thread: a graph built by several differs from run to run.
        max_indexing_threads: 1,
        ..HnswIndexConfig::default()
    };
    let log = WalOptions {
        segment_capacity: LOG_FILE_BYTES,
        segment_queue_len: 0,
        retain_closed: NonZeroUsize::MIN,
    };
    let optimizers = EdgeOptimizersConfig {
        // A graph for every so many passages rather than one that is built anew each time: importing takes time in
        // proportion to what is imported, and a search that goes through some graphs takes milliseconds more.
        default_segment_number: Some(MOST_GRAPHS),
        max_segment_size: Some(EXACT_UP_TO_KB * 20),
        indexing_threshold: Some(EXACT_UP_TO_KB),
        ..EdgeOptimizersConfig::default()
    };
    let config = EdgeConfig::builder().hnsw_config(hnsw).optimizers(optimizers).wal_options(log);
    match collection {
        Collection::Records => config.build(),
        Collection::Passages => {
            let mut dense = EdgeVectorParams::builder(dimension, Distance::Cosine);
            let mut sparse = EdgeSparseVectorParams::builder().modifier(Modifier::Idf);
            if tuning.quantized {
                dense = dense.quantization_config(quantization());
            }
            if tuning.on_disk {
                (dense, sparse) = (dense.on_disk(true), sparse.on_disk(true));
            }
            config.vector(DENSE, dense.build()).sparse_vector(SPARSE, sparse.build()).build()
        }
    }
}

/// One byte per dimension, in memory; the rarest hundredth of values is clipped.
fn quantization() -> QuantizationConfig {
    QuantizationConfig::from(ScalarQuantizationConfig {
        r#type: ScalarType::Int8,
        quantile: Some(0.99),
        always_ram: Some(true),
    })
}

/// Returns the engine's description of a payload index. Every search reads tags, so they are in memory; few ask for
/// years, which would take a quarter of a start to read.
pub fn field_schema(of: FieldType) -> PayloadFieldSchema {
    PayloadFieldSchema::FieldParams(PayloadSchemaParams::Integer(IntegerIndexParams {
        lookup: Some(of == FieldType::Tags),
        range: Some(of == FieldType::Number),
        on_disk: Some(of == FieldType::Number),
        ..IntegerIndexParams::default()
    }))
}

/// Returns the path of a payload field.
pub fn path(field: &str) -> JsonPath {
    field.parse().expect("schema field names are plain identifiers, joined by dots")
}

/// Returns a filter; `None` matches everything.
pub fn filter(filter: &Filter) -> Option<EdgeFilter> {
    let conditions = |tests: &[Test]| {
        let conditions: Vec<Condition> = tests.iter().map(condition).collect();
        Some(conditions).filter(|conditions| !conditions.is_empty())
    };
    let (must, must_not) = (conditions(&filter.must), conditions(&filter.must_not));
    if must.is_none() && must_not.is_none() {
        return None;
    }
    Some(EdgeFilter { should: None, min_should: None, must, must_not })
}

fn condition(test: &Test) -> Condition {
    Condition::Field(match test {
        Test::Is(name, value) => FieldCondition::new_match(path(field::TAGS), Match::from(tag(name, value))),
        Test::In(name, values) => {
            let tags = values.iter().map(|value| tag(name, value));
            let any = AnyVariants::Integers(tags.collect());
            FieldCondition::new_match(path(field::TAGS), Match::Any(MatchAny { any }))
        }
        Test::Between { field, from, to } => {
            // Years and days are far below 2^53, so the engine's float bounds are exact.
            let bound = |value: &Option<i64>| value.map(|value| (value as f64).into());
            let range = Range { lt: None, gt: None, gte: bound(from), lte: bound(to) };
            FieldCondition::new_range(path(field), range)
        }
    })
}

/// Returns a page of the points that match, those after `after`; with vectors if the second of `what` says so.
pub fn page(
    matching: &Filter,
    what: (Fields, bool),
    limit: usize,
    after: Option<uuid::Uuid>,
) -> ScrollRequest {
    ScrollRequest {
        offset: after.map(|id| PointId::Uuid(next_id(id))),
        limit: Some(limit),
        filter: filter(matching),
        with_payload: Some(selector(what.0)),
        with_vector: WithVector::Bool(what.1),
        order_by: None,
    }
}

/// Returns a selection of payload fields.
pub fn selector(fields: Fields) -> WithPayloadInterface {
    let paths = |names: &[&str]| names.iter().map(|name| path(name)).collect();
    match fields {
        Fields::All => WithPayloadInterface::Bool(true),
        // Of a selection, even of nothing, the engine reads the payload first.
        Fields::Only([]) => WithPayloadInterface::Bool(false),
        Fields::Only(names) => WithPayloadInterface::Selector(PayloadSelector::Include(
            PayloadSelectorInclude::new(paths(names)),
        )),
        Fields::Except(names) => WithPayloadInterface::Selector(PayloadSelector::Exclude(
            PayloadSelectorExclude::new(paths(names)),
        )),
    }
}

/// Returns a point.
pub fn point(point: Point) -> Result<PointStruct, qdrant_edge::OperationError> {
    let mut vectors: Vec<(&str, Vector)> = Vec::new();
    if let Some(dense) = point.dense {
        vectors.push((DENSE, Vector::new_dense(dense)));
    }
    if let Some(sparse) = point.sparse {
        vectors.push((SPARSE, Vector::new_sparse(sparse.indices, sparse.values)?));
    }
    let mut made = PointStruct::new(
        PointId::Uuid(point.id),
        Vectors::new_named(vectors),
        serde_json::Value::Object(serde_json::Map::new()),
    );
    made.0.payload = Some(EdgePayload(point.payload));
    Ok(made)
}

/// Reads the vectors of a point: the dense one and the sparse one.
pub fn vectors(stored: Option<VectorStructInternal>) -> (Option<Vec<f32>>, Option<SparseVector>) {
    let (mut dense, mut sparse) = (None, None);
    if let Some(VectorStructInternal::Named(named)) = stored {
        for vector in named.into_values() {
            match vector {
                VectorInternal::Dense(values) => dense = Some(values),
                VectorInternal::Sparse(found) => {
                    sparse = Some(SparseVector { indices: found.indices, values: found.values });
                }
                VectorInternal::MultiDense(_) => {}
            }
        }
    }
    (dense, sparse)
}

/// What segments with quantized vectors rank by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scores {
    /// The quantized vectors alone.
    Coarse,
    /// The full vectors of what the quantized ones find.
    Exact,
}

/// Returns a nearest-neighbour query without payloads; graphs are searched with `ef` candidates, and by the two steps of
/// ACORN-1 (Patel et al. 2024) where the filter lets at most 0.4 of the points pass.
pub fn query(
    query: QueryVector,
    filter: Option<EdgeFilter>,
    limit: usize,
    scores: Scores,
    ef: usize,
) -> Result<QueryRequest, qdrant_edge::OperationError> {
    let (vector, name) = match query {
        QueryVector::Dense(values) => (Vector::new_dense(values), DENSE),
        QueryVector::Sparse(sparse) => (Vector::new_sparse(sparse.indices, sparse.values)?, SPARSE),
    };
    let nearest = NamedQuery { query: VectorInternal::from(vector), using: Some(name.into()) };
    // Where few points of a graph pass, their neighbours do not: then neighbours of neighbours are looked at as well.
    let two_steps = filter.as_ref().map(|_| AcornSearchParams { enable: true, max_selectivity: None });
    Ok(QueryRequest {
        prefetches: Vec::new(),
        query: Some(ScoringQuery::Vector(QueryEnum::Nearest(nearest))),
        filter,
        score_threshold: None,
        limit,
        offset: 0,
        params: Some(SearchParams {
            hnsw_ef: Some(ef),
            quantization: Some(QuantizationSearchParams {
                ignore: false,
                rescore: Some(scores == Scores::Exact),
                oversampling: (scores == Scores::Exact).then_some(OVERSAMPLING),
            }),
            acorn: two_steps,
            ..SearchParams::default()
        }),
        with_vector: WithVector::Bool(false),
        with_payload: WithPayloadInterface::Bool(false),
    })
}
