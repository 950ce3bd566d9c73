//! Between the messages of the protocol and the types of the embedded engine.

use std::collections::HashMap;

use qdrant_client::qdrant::condition::ConditionOneOf;
use qdrant_client::qdrant::r#match::MatchValue;
use qdrant_client::qdrant::payload_index_params::IndexParams;
use qdrant_client::qdrant::point_id::PointIdOptions;
use qdrant_client::qdrant::value::Kind;
use qdrant_client::qdrant::vectors::VectorsOptions;
use qdrant_client::qdrant::with_payload_selector::SelectorOptions;
use qdrant_client::qdrant::{
    self as proto, CreateCollection, QueryPoints, RetrievedPoint, vector, vector_input, vectors_config,
};
use qdrant_edge::{
    AnyVariants, Condition, Distance, EdgeConfig, EdgeOptimizersConfig, EdgeSparseVectorParams,
    EdgeVectorParams, FieldCondition, Filter, HnswIndexConfig, IntegerIndexParams, JsonPath, Match, MatchAny,
    Modifier, NamedQuery, OperationError, Payload, PayloadFieldSchema, PayloadSchemaParams, PayloadSelector,
    PayloadSelectorExclude, PayloadSelectorInclude, PointId, PointStruct, PointStructPersisted, QueryEnum,
    QueryRequest, Range, Record, ScoredPoint, ScoringQuery, SearchParams, UpdateMode, Vector, VectorInternal,
    VectorStructInternal, Vectors, WithPayloadInterface, WithVector,
};
use serde_json::Value as Json;
use tonic::Status;

fn unsupported(what: &str) -> Status {
    Status::unimplemented(format!("{what} is not supported by this test server"))
}

pub fn status(error: OperationError) -> Status {
    match error {
        OperationError::ServiceError { description, .. } => Status::internal(description),
        other => Status::invalid_argument(other.to_string()),
    }
}

pub fn config(request: &CreateCollection) -> Result<EdgeConfig, Status> {
    // One shard holds them all, however many the collection is said to have.
    let mut config = EdgeConfig::builder();
    if let Some(hnsw) = &request.hnsw_config {
        config = config.hnsw_config(HnswIndexConfig {
            m: hnsw.m.unwrap_or(16) as usize,
            ef_construct: hnsw.ef_construct.unwrap_or(100) as usize,
            ..HnswIndexConfig::default()
        });
    }
    if let Some(optimizers) = &request.optimizers_config {
        config = config.optimizers(EdgeOptimizersConfig {
            indexing_threshold: optimizers.indexing_threshold.map(|size| size as usize),
            ..EdgeOptimizersConfig::default()
        });
    }
    match request.vectors_config.as_ref().and_then(|vectors| vectors.config.as_ref()) {
        Some(vectors_config::Config::ParamsMap(named)) => {
            for (name, params) in &named.map {
                let distance = match params.distance() {
                    proto::Distance::Cosine => Distance::Cosine,
                    _ => return Err(unsupported("a distance other than cosine")),
                };
                let params = EdgeVectorParams::builder(params.size as usize, distance).build();
                config = config.vector(name.as_str(), params);
            }
        }
        _ => return Err(unsupported("a vector without a name")),
    }
    for (name, params) in request.sparse_vectors_config.iter().flat_map(|sparse| &sparse.map) {
        let modifier = match params.modifier() {
            proto::Modifier::Idf => Modifier::Idf,
            proto::Modifier::None => Modifier::None,
        };
        let params = EdgeSparseVectorParams::builder().modifier(modifier).build();
        config = config.sparse_vector(name.as_str(), params);
    }
    Ok(config.build())
}

pub fn path(name: &str) -> Result<JsonPath, Status> {
    name.parse().map_err(|()| Status::invalid_argument(format!("{name:?} is not a field")))
}

pub fn field_schema(params: &proto::PayloadIndexParams) -> Result<PayloadFieldSchema, Status> {
    let Some(IndexParams::IntegerIndexParams(params)) = &params.index_params else {
        return Err(unsupported("this type of index"));
    };
    Ok(PayloadFieldSchema::FieldParams(PayloadSchemaParams::Integer(IntegerIndexParams {
        lookup: params.lookup,
        range: params.range,
        ..IntegerIndexParams::default()
    })))
}

pub fn point_id(id: proto::PointId) -> Result<PointId, Status> {
    match id.point_id_options {
        Some(PointIdOptions::Uuid(id)) => {
            let id = uuid::Uuid::parse_str(&id);
            id.map(PointId::Uuid).map_err(|error| Status::invalid_argument(error.to_string()))
        }
        Some(PointIdOptions::Num(number)) => Ok(PointId::NumId(number)),
        None => Err(Status::invalid_argument("a point without id")),
    }
}

pub fn point_ids(ids: Vec<proto::PointId>) -> Result<Vec<PointId>, Status> {
    ids.into_iter().map(point_id).collect()
}

pub fn proto_id(id: PointId) -> proto::PointId {
    let options = match id {
        PointId::Uuid(id) => PointIdOptions::Uuid(id.to_string()),
        PointId::NumId(number) => PointIdOptions::Num(number),
    };
    proto::PointId { point_id_options: Some(options) }
}

pub fn point(point: proto::PointStruct) -> Result<PointStructPersisted, Status> {
    let id = point_id(point.id.unwrap_or_default())?;
    let mut vectors: Vec<(String, Vector)> = Vec::new();
    match point.vectors.and_then(|vectors| vectors.vectors_options) {
        None => {}
        Some(VectorsOptions::Vectors(named)) => {
            for (name, vector) in named.vectors {
                vectors.push((name, stored_vector(vector)?));
            }
        }
        Some(VectorsOptions::Vector(_)) => return Err(unsupported("a vector without a name")),
    }
    let payload = point.payload.into_iter().map(|(name, value)| (name, json(value)));
    let payload = Json::Object(payload.collect());
    Ok(PointStruct::new(id, Vectors::new_named(vectors), payload).into())
}

fn stored_vector(vector: proto::Vector) -> Result<Vector, Status> {
    match vector.vector {
        Some(vector::Vector::Dense(dense)) => Ok(Vector::new_dense(dense.data)),
        Some(vector::Vector::Sparse(sparse)) => {
            Vector::new_sparse(sparse.indices, sparse.values).map_err(status)
        }
        _ => Err(unsupported("this kind of vector")),
    }
}

pub fn update_mode(mode: i32) -> Result<UpdateMode, Status> {
    match proto::UpdateMode::try_from(mode) {
        Ok(proto::UpdateMode::Upsert) => Ok(UpdateMode::Upsert),
        Ok(proto::UpdateMode::InsertOnly) => Ok(UpdateMode::InsertOnly),
        Ok(proto::UpdateMode::UpdateOnly) => Ok(UpdateMode::UpdateOnly),
        Err(_) => Err(unsupported("this update mode")),
    }
}

pub fn filter(filter: proto::Filter) -> Result<Filter, Status> {
    if !filter.should.is_empty() || filter.min_should.is_some() {
        return Err(unsupported("should"));
    }
    let conditions = |conditions: Vec<proto::Condition>| {
        conditions.into_iter().map(condition).collect::<Result<Vec<_>, _>>()
    };
    Ok(Filter {
        should: None,
        min_should: None,
        must: Some(conditions(filter.must)?),
        must_not: Some(conditions(filter.must_not)?),
    })
}

fn condition(condition: proto::Condition) -> Result<Condition, Status> {
    let Some(ConditionOneOf::Field(field)) = condition.condition_one_of else {
        return Err(unsupported("this condition"));
    };
    let key = path(&field.key)?;
    if let Some(range) = field.range {
        let proto::Range { lt, gt, gte, lte } = range;
        let bound = |value: Option<f64>| value.map(Into::into);
        let range = Range { lt: bound(lt), gt: bound(gt), gte: bound(gte), lte: bound(lte) };
        return Ok(Condition::Field(FieldCondition::new_range(key, range)));
    }
    let value = match field.r#match.and_then(|value| value.match_value) {
        Some(MatchValue::Integer(number)) => Match::from(number),
        Some(MatchValue::Integers(numbers)) => {
            Match::Any(MatchAny { any: AnyVariants::Integers(numbers.integers.into_iter().collect()) })
        }
        _ => return Err(unsupported("this match")),
    };
    Ok(Condition::Field(FieldCondition::new_match(key, value)))
}

pub fn selector(selector: Option<proto::WithPayloadSelector>) -> Result<WithPayloadInterface, Status> {
    let paths = |names: Vec<String>| names.iter().map(|name| path(name)).collect::<Result<_, _>>();
    Ok(match selector.and_then(|selector| selector.selector_options) {
        None => WithPayloadInterface::Bool(false),
        Some(SelectorOptions::Enable(all)) => WithPayloadInterface::Bool(all),
        Some(SelectorOptions::Include(include)) => WithPayloadInterface::Selector(PayloadSelector::Include(
            PayloadSelectorInclude::new(paths(include.fields)?),
        )),
        Some(SelectorOptions::Exclude(exclude)) => WithPayloadInterface::Selector(PayloadSelector::Exclude(
            PayloadSelectorExclude::new(paths(exclude.fields)?),
        )),
    })
}

pub fn query(query: QueryPoints) -> Result<QueryRequest, Status> {
    if !query.prefetch.is_empty() {
        return Err(unsupported("prefetch"));
    }
    let Some(proto::query::Variant::Nearest(input)) = query.query.and_then(|query| query.variant) else {
        return Err(unsupported("this query"));
    };
    let vector = match input.variant {
        Some(vector_input::Variant::Dense(dense)) => Vector::new_dense(dense.data),
        Some(vector_input::Variant::Sparse(sparse)) => {
            Vector::new_sparse(sparse.indices, sparse.values).map_err(status)?
        }
        _ => return Err(unsupported("this query vector")),
    };
    let params = query.params.unwrap_or_default();
    let nearest = NamedQuery { query: VectorInternal::from(vector), using: query.using };
    Ok(QueryRequest {
        prefetches: Vec::new(),
        query: Some(ScoringQuery::Vector(QueryEnum::Nearest(nearest))),
        filter: query.filter.map(filter).transpose()?,
        score_threshold: query.score_threshold.map(Into::into),
        limit: query.limit.unwrap_or(10) as usize,
        offset: query.offset.unwrap_or(0) as usize,
        params: Some(SearchParams {
            hnsw_ef: params.hnsw_ef.map(|ef| ef as usize),
            exact: params.exact.unwrap_or(false),
            ..SearchParams::default()
        }),
        with_vector: WithVector::Bool(false),
        with_payload: selector(query.with_payload)?,
    })
}

pub fn record(record: Record) -> RetrievedPoint {
    RetrievedPoint {
        id: Some(proto_id(record.id)),
        payload: payload(record.payload),
        vectors: record.vector.map(vectors),
        ..RetrievedPoint::default()
    }
}

fn vectors(stored: VectorStructInternal) -> proto::VectorsOutput {
    use proto::vector_output::Vector as Output;
    let VectorStructInternal::Named(named) = stored else { return proto::VectorsOutput::default() };
    let output = |vector| match vector {
        VectorInternal::Dense(data) => Some(Output::Dense(proto::DenseVector { data })),
        VectorInternal::Sparse(sparse) => {
            Some(Output::Sparse(proto::SparseVector { indices: sparse.indices, values: sparse.values }))
        }
        VectorInternal::MultiDense(_) => None,
    };
    let named = named.into_iter().map(|(name, vector)| {
        let vector = output(vector);
        (name.to_string(), proto::VectorOutput { vector, ..proto::VectorOutput::default() })
    });
    let named = proto::NamedVectorsOutput { vectors: named.collect() };
    proto::VectorsOutput { vectors_options: Some(proto::vectors_output::VectorsOptions::Vectors(named)) }
}

pub fn with_vectors(selector: Option<proto::WithVectorsSelector>) -> WithVector {
    let all = proto::with_vectors_selector::SelectorOptions::Enable(true);
    WithVector::Bool(selector.and_then(|selector| selector.selector_options) == Some(all))
}

pub fn hit(hit: ScoredPoint) -> proto::ScoredPoint {
    proto::ScoredPoint {
        id: Some(proto_id(hit.id)),
        payload: payload(hit.payload),
        score: hit.score,
        version: hit.version,
        ..proto::ScoredPoint::default()
    }
}

fn payload(payload: Option<Payload>) -> HashMap<String, proto::Value> {
    let fields = payload.into_iter().flat_map(|payload| payload.0);
    fields.map(|(name, json)| (name, value(json))).collect()
}

fn value(json: Json) -> proto::Value {
    let kind = match json {
        Json::Null => Kind::NullValue(0),
        Json::Bool(value) => Kind::BoolValue(value),
        Json::Number(number) => match number.as_i64() {
            Some(integer) => Kind::IntegerValue(integer),
            None => Kind::DoubleValue(number.as_f64().unwrap()),
        },
        Json::String(text) => Kind::StringValue(text),
        Json::Array(items) => {
            Kind::ListValue(proto::ListValue { values: items.into_iter().map(value).collect() })
        }
        Json::Object(fields) => Kind::StructValue(proto::Struct {
            fields: fields.into_iter().map(|(name, json)| (name, value(json))).collect(),
        }),
    };
    proto::Value { kind: Some(kind) }
}

fn json(value: proto::Value) -> Json {
    match value.kind {
        None | Some(Kind::NullValue(_)) => Json::Null,
        Some(Kind::BoolValue(value)) => Json::from(value),
        Some(Kind::IntegerValue(value)) => Json::from(value),
        Some(Kind::DoubleValue(value)) => Json::from(value),
        Some(Kind::StringValue(text)) => Json::from(text),
        Some(Kind::ListValue(list)) => Json::Array(list.values.into_iter().map(json).collect()),
        Some(Kind::StructValue(object)) => {
            Json::Object(object.fields.into_iter().map(|(name, value)| (name, json(value))).collect())
        }
    }
}
