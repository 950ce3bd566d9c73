//! Which points are nearest, in a shard of several segments?
//!
//! Quantized vectors find, full vectors decide. Left to itself the engine does so in every segment: with eight
//! graphs a search reads eight times as many full vectors as it has candidates, each from another page of a
//! mapped file. So segments are asked for quantized scores alone, and only the best of all segments together
//! are compared by their full vectors. And where there are many graphs, each is searched with fewer candidates:
//! of the best of all it has to find its share.

use qdrant_edge::{
    EdgeShard, Filter, OperationError, PointId, Record, ScoredPoint, WithPayloadInterface, WithVector,
};

use super::convert::{self, Scores};
use super::shard;
use crate::index::engine::Candidate;
use crate::index::schema::{DENSE, HNSW_EF_SEARCH, OVERSAMPLING};
use crate::index::store::QueryVector;

/// Segments from which on there are many graphs.
const MANY: usize = 4;

/// Candidates considered in each of many graphs.
const EF_OF_MANY: usize = HNSW_EF_SEARCH / 2;

/// Returns the `limit` nearest points, best first; `quantized` says that segments hold quantized vectors.
pub fn nearest(
    shard: &EdgeShard,
    query: QueryVector,
    filter: Option<Filter>,
    limit: usize,
    quantized: bool,
) -> Result<Vec<Candidate>, OperationError> {
    // Searches by words have no graphs.
    let many = || shard.info().segments_count >= MANY;
    let ef = if matches!(query, QueryVector::Dense(_)) && many() { EF_OF_MANY } else { HNSW_EF_SEARCH };
    match query {
        QueryVector::Dense(asked) if quantized => {
            let wide = (limit as f64 * OVERSAMPLING).ceil() as usize;
            let query = QueryVector::Dense(asked.clone());
            let coarse = shard.query(convert::query(query, filter, wide, Scores::Coarse, ef)?)?;
            decide(shard, &asked, &coarse, limit)
        }
        query => {
            let found = shard.query(convert::query(query, filter, limit, Scores::Exact, ef)?)?;
            let candidate =
                |found: &ScoredPoint| Some(Candidate { id: shard::uuid(found.id)?, score: found.score });
            Ok(found.iter().filter_map(candidate).collect())
        }
    }
}

/// Ranks by the cosine of full vectors.
fn decide(
    shard: &EdgeShard,
    asked: &[f32],
    coarse: &[ScoredPoint],
    limit: usize,
) -> Result<Vec<Candidate>, OperationError> {
    let ids: Vec<PointId> = coarse.iter().map(|found| found.id).collect();
    let vector = WithVector::Selector(vec![DENSE.into()]);
    let read = shard.retrieve(&ids, Some(WithPayloadInterface::Bool(false)), Some(vector))?;
    let length = dot(asked, asked).sqrt().max(f32::MIN_POSITIVE);
    let candidate = |record: Record| {
        let id = shard::uuid(record.id)?;
        // Vectors are stored at length one.
        let score = convert::vectors(record.vector).0.map(|full| dot(asked, &full) / length)?;
        Some(Candidate { id, score })
    };
    let mut found: Vec<Candidate> = read.into_iter().filter_map(candidate).collect();
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    found.truncate(limit);
    Ok(found)
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use qdrant_edge::{EdgeOptimizersConfig, PointInsertOperations, PointOperations, UpdateOperation};
    use uuid::Uuid;

    use super::*;
    use crate::index::edge::directory;
    use crate::index::engine::{Payload, Point};
    use crate::index::schema::{Collection, Tuning, field};

    const DIMENSION: usize = 32;
    const POINTS: u128 = 1_200;
    const RARE: i64 = 7;

    /// A vector of no particular direction or length.
    fn vector(number: u128) -> Vec<f32> {
        let mut state = number as u64 + 1;
        let mut value = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
        };
        (0..DIMENSION).map(|_| value()).collect()
    }

    fn cosine(a: &[f32], b: &[f32]) -> f32 {
        dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
    }

    /// A shard of several segments with graphs and quantized vectors, and one that has neither yet. One of four points
    /// has the tag [`RARE`].
    fn shard(path: &std::path::Path) -> EdgeShard {
        let tuning = Tuning { quantized: true, on_disk: true };
        let mut config = convert::shard_config(Collection::Passages, DIMENSION, tuning);
        // However few points pass a filter, the graph is searched.
        config.hnsw_config.full_scan_threshold = 1;
        config.optimizers = EdgeOptimizersConfig {
            indexing_threshold: Some(32),
            max_segment_size: Some(64),
            ..config.optimizers
        };
        let shard = EdgeShard::new(path, config).unwrap();
        directory::create_indexes(&shard, Collection::Passages).unwrap();
        for first in (0..POINTS).step_by(300) {
            let points = (first..first + 300).map(|number| {
                let (dense, mut payload) = (Some(vector(number)), Payload::new());
                let kept = if number % 4 == 0 { RARE } else { RARE + 1 };
                payload.insert(field::TAGS.to_owned(), vec![kept].into());
                let point = Point { id: Uuid::from_u128(number), payload, dense, sparse: None };
                convert::point(point).unwrap().into()
            });
            let points = PointInsertOperations::PointsList(points.collect());
            let points = UpdateOperation::PointOperation(PointOperations::UpsertPoints(points));
            shard.update(points).unwrap();
            if first + 300 < POINTS {
                shard.optimize().unwrap();
            }
        }
        shard
    }

    #[test]
    fn best_of_all_segments_come_with_the_cosines_of_full_vectors() {
        let folder = tempfile::tempdir().unwrap();
        let shard = shard(folder.path());
        assert!(shard.info().segments_count > 2, "{}", shard.info().segments_count);
        for query in (0..20).map(|number| vector(1_000_000 + number)) {
            let mut exact: Vec<(f32, Uuid)> = (0..POINTS)
                .map(|number| (cosine(&query, &vector(number)), Uuid::from_u128(number)))
                .collect();
            exact.sort_by(|a, b| b.0.total_cmp(&a.0));
            let found = nearest(&shard, QueryVector::Dense(query), None, 10, true).unwrap();
            let ids: Vec<Uuid> = found.iter().map(|candidate| candidate.id).collect();
            assert_eq!(ids, exact[..10].iter().map(|(_, id)| *id).collect::<Vec<_>>());
            for (candidate, (cosine, _)) in found.iter().zip(&exact) {
                assert!((candidate.score - cosine).abs() < 1e-5, "{candidate:?} {cosine}");
            }
        }
    }

    #[test]
    fn best_of_those_that_pass_a_filter_are_found_in_graphs_of_all() {
        let folder = tempfile::tempdir().unwrap();
        let shard = shard(folder.path());
        let filter: Filter = serde_json::from_value(serde_json::json!({
            "must": [{ "key": field::TAGS, "match": { "value": RARE } }]
        }))
        .unwrap();
        let (mut found, mut wanted) = (0, 0);
        for query in (0..20).map(|number| vector(1_000_000 + number)) {
            let mut exact: Vec<(f32, Uuid)> = (0..POINTS)
                .step_by(4)
                .map(|number| (cosine(&query, &vector(number)), Uuid::from_u128(number)))
                .collect();
            exact.sort_by(|a, b| b.0.total_cmp(&a.0));
            let best: Vec<Uuid> = exact[..10].iter().map(|(_, id)| *id).collect();
            let hits = nearest(&shard, QueryVector::Dense(query), Some(filter.clone()), 10, true).unwrap();
            assert!(hits.iter().all(|hit| hit.id.as_u128() % 4 == 0), "{hits:?}");
            found += hits.iter().filter(|hit| best.contains(&hit.id)).count();
            wanted += best.len();
        }
        assert!(found * 100 >= wanted * 98, "{found} of {wanted}");
    }
}
