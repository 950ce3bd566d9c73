//! How are the collections created on a server, and are those that are there the ones we need?
//!
//! What decides over results (vectors, distances, indexes) must fit, or the server is refused. How a
//! collection is spread and kept is the server's from its creation on; where the configuration says
//! something else, that is told and left alone.

use std::collections::HashMap;

use qdrant_client::qdrant::payload_index_params::IndexParams;
use qdrant_client::qdrant::quantization_config::Quantization;
use qdrant_client::qdrant::{
    CollectionInfo, CollectionParams, CreateCollection, Distance, HnswConfigDiff, IntegerIndexParams,
    Modifier, OptimizersConfigDiff, PayloadIndexParams, QuantizationConfig, QuantizationType,
    ScalarQuantization, SparseIndexConfig, SparseVectorConfig, SparseVectorParams, StrictModeConfig,
    VectorParams, VectorParamsMap, VectorsConfig, vectors_config,
};

use super::QUERY_BATCH;
use super::connect::Layout;
use crate::index::schema::{
    Collection, DENSE, EXACT_UP_TO_KB, FieldType, HNSW_EF_CONSTRUCT, HNSW_EF_SEARCH, HNSW_M, MAX_POINTS_READ,
    MAX_POINTS_WRITTEN, OVERSAMPLING, SPARSE, Tuning,
};

/// Returns the request that creates a collection.
#[expect(deprecated, reason = "servers before 1.19 do not know the fields that replace these")]
pub fn create(
    collection: Collection,
    name: &str,
    dimension: usize,
    layout: Layout,
    tuning: Tuning,
) -> CreateCollection {
    let is_passages = collection == Collection::Passages;
    let (dense, sparse) = if is_passages { vectors(dimension, tuning) } else { Default::default() };
    let config = vectors_config::Config::ParamsMap(VectorParamsMap { map: dense });
    CreateCollection {
        collection_name: name.to_owned(),
        // Records are read by id and in order of id; one part is enough for them.
        shard_number: Some(if is_passages { layout.shards } else { 1 }),
        replication_factor: Some(layout.replicas),
        write_consistency_factor: Some(layout.write_consistency),
        on_disk_payload: Some(true),
        hnsw_config: Some(HnswConfigDiff {
            m: Some(HNSW_M as u64),
            ef_construct: Some(HNSW_EF_CONSTRUCT as u64),
            on_disk: Some(tuning.on_disk),
            ..HnswConfigDiff::default()
        }),
        optimizers_config: Some(OptimizersConfigDiff {
            indexing_threshold: Some(EXACT_UP_TO_KB as u64),
            ..OptimizersConfigDiff::default()
        }),
        vectors_config: Some(VectorsConfig { config: Some(config) }),
        sparse_vectors_config: Some(SparseVectorConfig { map: sparse }),
        strict_mode_config: Some(strict_mode()),
        ..CreateCollection::default()
    }
}

#[expect(deprecated, reason = "servers before 1.19 do not know the fields that replace these")]
fn vectors(
    dimension: usize,
    tuning: Tuning,
) -> (HashMap<String, VectorParams>, HashMap<String, SparseVectorParams>) {
    let scalar = ScalarQuantization {
        r#type: QuantizationType::Int8.into(),
        quantile: Some(0.99),
        always_ram: Some(true),
        ..ScalarQuantization::default()
    };
    let dense = VectorParams {
        size: dimension as u64,
        distance: Distance::Cosine.into(),
        on_disk: Some(tuning.on_disk),
        quantization_config: tuning
            .quantized
            .then_some(QuantizationConfig { quantization: Some(Quantization::Scalar(scalar)) }),
        ..VectorParams::default()
    };
    let index = SparseIndexConfig { on_disk: Some(tuning.on_disk), ..SparseIndexConfig::default() };
    let sparse = SparseVectorParams { index: Some(index), modifier: Some(Modifier::Idf.into()) };
    (HashMap::from([(DENSE.to_owned(), dense)]), HashMap::from([(SPARSE.to_owned(), sparse)]))
}

/// What our own calls keep to, whoever else uses the server: a call that would read a whole collection
/// because an index is missing is refused by the server, and seen.
fn strict_mode() -> StrictModeConfig {
    StrictModeConfig {
        enabled: Some(true),
        max_query_limit: u32::try_from(MAX_POINTS_READ).ok(),
        unindexed_filtering_retrieve: Some(false),
        unindexed_filtering_update: Some(false),
        search_max_hnsw_ef: u32::try_from(HNSW_EF_SEARCH).ok(),
        search_max_oversampling: Some(OVERSAMPLING as f32),
        search_max_batchsize: Some(QUERY_BATCH as u64),
        upsert_max_batchsize: Some(MAX_POINTS_WRITTEN as u64),
        ..StrictModeConfig::default()
    }
}

/// Returns what a payload index can do, in the words of the protocol.
pub fn index_params(of: FieldType) -> PayloadIndexParams {
    let integer = IntegerIndexParams {
        lookup: Some(of == FieldType::Tags),
        range: Some(of == FieldType::Number),
        ..IntegerIndexParams::default()
    };
    PayloadIndexParams { index_params: Some(IndexParams::IntegerIndexParams(integer)) }
}

/// Returns what is wrong with a collection that is there; `None` if it can be used.
pub fn misfit(collection: Collection, dimension: usize, info: &CollectionInfo) -> Option<String> {
    if collection == Collection::Records {
        return None;
    }
    let Some(params) = params(info) else { return Some("it does not say what it holds".to_owned()) };
    let dense = params.vectors_config.as_ref().and_then(|config| match config.config.as_ref()? {
        vectors_config::Config::ParamsMap(named) => named.map.get(DENSE),
        vectors_config::Config::Params(_) => None,
    });
    let Some(dense) = dense else { return Some(format!("it has no vector {DENSE:?}")) };
    if dense.size != dimension as u64 {
        return Some(format!("its vectors have {} dimensions, not {dimension}", dense.size));
    }
    if dense.distance() != Distance::Cosine {
        return Some(format!(
            "its vectors are compared by {}, not by cosine",
            dense.distance().as_str_name()
        ));
    }
    let sparse = params.sparse_vectors_config.as_ref().and_then(|config| config.map.get(SPARSE));
    let Some(sparse) = sparse else { return Some(format!("it has no sparse vector {SPARSE:?}")) };
    if sparse.modifier() != Modifier::Idf {
        return Some(format!("its sparse vector {SPARSE:?} is not weighted by inverse document frequency"));
    }
    None
}

/// Returns where a collection is spread or kept in another way than the configuration says.
pub fn differences(
    collection: Collection,
    layout: Layout,
    tuning: Tuning,
    info: &CollectionInfo,
) -> Vec<String> {
    let Some(params) = params(info) else { return Vec::new() };
    let mut found = Vec::new();
    let mut compare = |name: &str, there: u32, wanted: u32| {
        if there != wanted {
            found.push(format!("{name} is {there} on the server, {wanted} in the configuration"));
        }
    };
    if collection == Collection::Passages {
        compare("qdrant.shards", params.shard_number, layout.shards);
    }
    compare("qdrant.replicas", params.replication_factor.unwrap_or(1), layout.replicas);
    let there = params.write_consistency_factor.unwrap_or(1);
    compare("qdrant.write_consistency", there, layout.write_consistency);
    if collection == Collection::Passages
        && let Some(vectors_config::Config::ParamsMap(named)) =
            params.vectors_config.as_ref().and_then(|config| config.config.as_ref())
        && let Some(dense) = named.map.get(DENSE)
    {
        let quantized = dense.quantization_config.is_some();
        compare("archive.quantized", u32::from(quantized), u32::from(tuning.quantized));
        compare("archive.on_disk", u32::from(dense.on_disk()), u32::from(tuning.on_disk));
    }
    found
}

fn params(info: &CollectionInfo) -> Option<&CollectionParams> {
    info.config.as_ref()?.params.as_ref()
}

#[cfg(test)]
mod tests {
    use qdrant_client::qdrant::CollectionConfig;

    use super::*;

    const TUNING: Tuning = Tuning { quantized: false, on_disk: false };

    /// The collection that a server has made of a request.
    fn made(request: CreateCollection) -> CollectionInfo {
        let params = CollectionParams {
            shard_number: request.shard_number.unwrap(),
            replication_factor: request.replication_factor,
            write_consistency_factor: request.write_consistency_factor,
            vectors_config: request.vectors_config,
            sparse_vectors_config: request.sparse_vectors_config,
            ..CollectionParams::default()
        };
        let config = Some(CollectionConfig { params: Some(params), ..CollectionConfig::default() });
        CollectionInfo { config, ..CollectionInfo::default() }
    }

    fn passages(layout: Layout, tuning: Tuning) -> CollectionInfo {
        made(create(Collection::Passages, "p", 4, layout, tuning))
    }

    #[test]
    fn what_was_created_fits_and_another_model_does_not() {
        let info = passages(Layout::of_replicas(1), TUNING);
        assert_eq!(misfit(Collection::Passages, 4, &info), None);
        assert!(misfit(Collection::Passages, 8, &info).unwrap().contains("4 dimensions, not 8"));
        let records = made(create(Collection::Records, "r", 4, Layout::of_replicas(1), TUNING));
        assert_eq!(misfit(Collection::Records, 8, &records), None);
        assert!(misfit(Collection::Passages, 4, &records).unwrap().contains("no vector"));
    }

    #[test]
    fn another_distance_or_weighting_does_not_fit() {
        let mut request = create(Collection::Passages, "p", 4, Layout::of_replicas(1), TUNING);
        request.sparse_vectors_config.as_mut().unwrap().map.get_mut(SPARSE).unwrap().modifier = None;
        assert!(misfit(Collection::Passages, 4, &made(request)).unwrap().contains("inverse document"));
        let mut request = create(Collection::Passages, "p", 4, Layout::of_replicas(1), TUNING);
        if let Some(vectors_config::Config::ParamsMap(named)) =
            &mut request.vectors_config.as_mut().unwrap().config
        {
            named.map.get_mut(DENSE).unwrap().distance = Distance::Dot.into();
        }
        assert!(misfit(Collection::Passages, 4, &made(request)).unwrap().contains("not by cosine"));
    }

    #[test]
    fn every_difference_of_layout_and_tuning_is_told() {
        let wanted = Layout { shards: 2, replicas: 3, write_consistency: 2 };
        let tuned = Tuning { quantized: true, on_disk: true };
        let as_wanted = passages(wanted, tuned);
        assert_eq!(differences(Collection::Passages, wanted, tuned, &as_wanted), Vec::<String>::new());
        let told =
            differences(Collection::Passages, wanted, tuned, &passages(Layout::of_replicas(1), TUNING));
        assert_eq!(told.len(), 5, "{told:?}");
    }
}
