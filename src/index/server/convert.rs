//! The archive's terms in the words of the server's protocol.

use std::collections::HashMap;

use qdrant_client::qdrant::condition::ConditionOneOf;
use qdrant_client::qdrant::r#match::MatchValue;
use qdrant_client::qdrant::point_id::PointIdOptions;
use qdrant_client::qdrant::points_selector::PointsSelectorOneOf;
use qdrant_client::qdrant::value::Kind;
use qdrant_client::qdrant::vectors::VectorsOptions;
use qdrant_client::qdrant::with_payload_selector::SelectorOptions;
use qdrant_client::qdrant::{
    self, Condition, DenseVector, FieldCondition, ListValue, Match, NamedVectors, NullValue,
    PayloadExcludeSelector, PayloadIncludeSelector, PointId, PointStruct, PointsIdsList, PointsSelector,
    QuantizationSearchParams, QueryPoints, Range, RepeatedIntegers, RetrievedPoint, SearchParams, Struct,
    Value, Vector, VectorInput, Vectors, WithPayloadSelector, vector, vector_input, vector_output,
    vectors_output,
};
use serde_json::{Map, Number, Value as Json};
use uuid::Uuid;

use crate::index::engine::{Fields, Payload, Point};
use crate::index::filter::{Filter, Test};
use crate::index::schema::{DENSE, HNSW_EF_SEARCH, OVERSAMPLING, SPARSE, field, tag};
use crate::index::store::{QueryVector, SparseVector};

/// Returns a filter.
pub fn filter(filter: &Filter) -> qdrant::Filter {
    qdrant::Filter {
        must: filter.must.iter().map(condition).collect(),
        must_not: filter.must_not.iter().map(condition).collect(),
        ..qdrant::Filter::default()
    }
}

fn condition(test: &Test) -> Condition {
    let tags = |value| FieldCondition {
        key: field::TAGS.to_owned(),
        r#match: Some(Match { match_value: Some(value) }),
        ..FieldCondition::default()
    };
    let condition = match test {
        Test::Is(name, value) => tags(MatchValue::Integer(tag(name, value))),
        Test::In(name, values) => {
            let integers = values.iter().map(|value| tag(name, value)).collect();
            tags(MatchValue::Integers(RepeatedIntegers { integers }))
        }
        Test::Between { field, from, to } => {
            // Years and days are far below 2^53, so bounds in floating point are exact.
            let bound = |value: &Option<i64>| value.map(|value| value as f64);
            FieldCondition {
                key: (*field).to_owned(),
                range: Some(Range { gte: bound(from), lte: bound(to), ..Range::default() }),
                ..FieldCondition::default()
            }
        }
    };
    Condition { condition_one_of: Some(ConditionOneOf::Field(condition)) }
}

/// Returns a selection of payload fields.
pub fn selector(fields: Fields) -> WithPayloadSelector {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let options = match fields {
        Fields::All => SelectorOptions::Enable(true),
        Fields::Only([]) => SelectorOptions::Enable(false),
        Fields::Only(only) => SelectorOptions::Include(PayloadIncludeSelector { fields: names(only) }),
        Fields::Except(except) => SelectorOptions::Exclude(PayloadExcludeSelector { fields: names(except) }),
    };
    WithPayloadSelector { selector_options: Some(options) }
}

/// Returns a point id.
pub fn point_id(id: Uuid) -> PointId {
    PointId { point_id_options: Some(PointIdOptions::Uuid(id.to_string())) }
}

/// Reads a point id; every point of ours has a UUID.
pub fn uuid(id: Option<PointId>) -> Option<Uuid> {
    match id?.point_id_options? {
        PointIdOptions::Uuid(id) => Uuid::parse_str(&id).ok(),
        PointIdOptions::Num(_) => None,
    }
}

/// Selects points by id.
pub fn these(ids: Vec<Uuid>) -> PointsSelector {
    let ids = ids.into_iter().map(point_id).collect();
    let points = PointsSelectorOneOf::Points(PointsIdsList { ids });
    PointsSelector { points_selector_one_of: Some(points) }
}

/// Selects points by filter.
pub fn matching(matching: &Filter) -> PointsSelector {
    let points = PointsSelectorOneOf::Filter(filter(matching));
    PointsSelector { points_selector_one_of: Some(points) }
}

/// Returns a point.
pub fn point(point: Point) -> PointStruct {
    let mut vectors = HashMap::new();
    let named = |vector| Vector { vector: Some(vector), ..Vector::default() };
    if let Some(data) = point.dense {
        vectors.insert(DENSE.to_owned(), named(vector::Vector::Dense(DenseVector { data })));
    }
    if let Some(sparse) = point.sparse {
        let sparse = qdrant::SparseVector { indices: sparse.indices, values: sparse.values };
        vectors.insert(SPARSE.to_owned(), named(vector::Vector::Sparse(sparse)));
    }
    let vectors = VectorsOptions::Vectors(NamedVectors { vectors });
    PointStruct {
        id: Some(point_id(point.id)),
        payload: point.payload.into_iter().map(|(name, json)| (name, value(json))).collect(),
        vectors: Some(Vectors { vectors_options: Some(vectors) }),
    }
}

/// Reads a point with its vectors; every point of ours has a UUID.
pub fn whole_point(found: RetrievedPoint) -> Option<Point> {
    let mut point = Point::record(uuid(found.id)?, payload(found.payload));
    let vectors = found.vectors.and_then(|vectors| vectors.vectors_options);
    if let Some(vectors_output::VectorsOptions::Vectors(named)) = vectors {
        for vector in named.vectors.into_values() {
            match vector.into_vector() {
                vector_output::Vector::Dense(dense) => point.dense = Some(dense.data),
                vector_output::Vector::Sparse(sparse) => {
                    point.sparse = Some(SparseVector { indices: sparse.indices, values: sparse.values });
                }
                vector_output::Vector::MultiDense(_) => {}
            }
        }
    }
    Some(point)
}

/// Returns a nearest-neighbour query without payloads.
pub fn query(
    collection_name: &str,
    query: QueryVector,
    filter: &qdrant::Filter,
    limit: usize,
) -> QueryPoints {
    let (variant, using) = match query {
        QueryVector::Dense(data) => (vector_input::Variant::Dense(DenseVector { data }), DENSE),
        QueryVector::Sparse(sparse) => {
            let sparse = qdrant::SparseVector { indices: sparse.indices, values: sparse.values };
            (vector_input::Variant::Sparse(sparse), SPARSE)
        }
    };
    let nearest = qdrant::query::Variant::Nearest(VectorInput { variant: Some(variant) });
    QueryPoints {
        collection_name: collection_name.to_owned(),
        query: Some(qdrant::Query { variant: Some(nearest) }),
        using: Some(using.to_owned()),
        filter: Some(filter.clone()),
        params: Some(SearchParams {
            hnsw_ef: Some(HNSW_EF_SEARCH as u64),
            // Without effect where vectors are not quantized.
            quantization: Some(QuantizationSearchParams {
                ignore: Some(false),
                rescore: Some(true),
                oversampling: Some(OVERSAMPLING),
            }),
            ..SearchParams::default()
        }),
        limit: Some(limit as u64),
        with_payload: Some(WithPayloadSelector { selector_options: Some(SelectorOptions::Enable(false)) }),
        ..QueryPoints::default()
    }
}

/// Returns a JSON value in the protocol's form.
pub fn value(json: Json) -> Value {
    let kind = match json {
        Json::Null => Kind::NullValue(NullValue::NullValue.into()),
        Json::Bool(value) => Kind::BoolValue(value),
        Json::Number(number) => match number.as_i64() {
            Some(integer) => Kind::IntegerValue(integer),
            None => Kind::DoubleValue(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => Kind::StringValue(text),
        Json::Array(items) => Kind::ListValue(ListValue { values: items.into_iter().map(value).collect() }),
        Json::Object(fields) => {
            let fields = fields.into_iter().map(|(name, json)| (name, value(json))).collect();
            Kind::StructValue(Struct { fields })
        }
    };
    Value { kind: Some(kind) }
}

/// Reads a payload.
pub fn payload(fields: HashMap<String, Value>) -> Payload {
    fields.into_iter().map(|(name, value)| (name, json(value))).collect()
}

fn json(value: Value) -> Json {
    match value.kind {
        None | Some(Kind::NullValue(_)) => Json::Null,
        Some(Kind::BoolValue(value)) => Json::Bool(value),
        Some(Kind::IntegerValue(value)) => Json::from(value),
        Some(Kind::DoubleValue(value)) => Number::from_f64(value).map_or(Json::Null, Json::Number),
        Some(Kind::StringValue(text)) => Json::String(text),
        Some(Kind::ListValue(list)) => Json::Array(list.values.into_iter().map(json).collect()),
        Some(Kind::StructValue(object)) => {
            let fields: Map<String, Json> =
                object.fields.into_iter().map(|(name, value)| (name, json(value))).collect();
            Json::Object(fields)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_survives_the_protocol() {
        let object = json!({
            "text": "oʻzan 한글", "none": null, "yes": true, "number": -7, "share": 0.25,
            "list": ["a", 1, {"deep": []}],
        });
        assert_eq!(super::json(value(object.clone())), object);
    }
}
