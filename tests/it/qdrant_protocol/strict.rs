//! Strict mode: what a collection says about calls that are too large or lack an index.

use std::collections::BTreeMap;

use qdrant_client::qdrant::condition::ConditionOneOf;
use qdrant_client::qdrant::payload_index_params::IndexParams;
use qdrant_client::qdrant::{
    CollectionConfig, CollectionInfo, CollectionParams, CreateCollection, FieldCondition, Filter,
    PayloadIndexParams, PayloadSchemaInfo, PayloadSchemaType, QueryPoints, StrictModeConfig,
};
use tonic::Status;

/// A collection as it was asked for, and the fields that have an index.
#[derive(Clone)]
pub struct Created {
    /// The request that created it.
    pub request: CreateCollection,
    /// Indexed fields, and what their indexes can do.
    pub indexed: BTreeMap<String, PayloadIndexParams>,
}

impl Created {
    /// Describes the collection as the protocol does.
    pub fn info(&self) -> CollectionInfo {
        let request = self.request.clone();
        let params = CollectionParams {
            shard_number: request.shard_number.unwrap_or(1),
            vectors_config: request.vectors_config,
            replication_factor: request.replication_factor,
            write_consistency_factor: request.write_consistency_factor,
            sparse_vectors_config: request.sparse_vectors_config,
            ..CollectionParams::default()
        };
        let config = CollectionConfig {
            params: Some(params),
            hnsw_config: request.hnsw_config,
            optimizer_config: request.optimizers_config,
            strict_mode_config: request.strict_mode_config,
            ..CollectionConfig::default()
        };
        let schema = self.indexed.iter().map(|(field, params)| {
            let data_type = PayloadSchemaType::Integer.into();
            let info =
                PayloadSchemaInfo { data_type, params: Some(params.clone()), ..PayloadSchemaInfo::default() };
            (field.clone(), info)
        });
        CollectionInfo { config: Some(config), payload_schema: schema.collect(), ..CollectionInfo::default() }
    }

    fn strict(&self) -> Option<&StrictModeConfig> {
        self.request.strict_mode_config.as_ref().filter(|config| config.enabled())
    }

    /// Checks how many points are asked for.
    pub fn check_limit(&self, limit: u64) -> Result<(), Status> {
        let most = self.strict().and_then(|config| config.max_query_limit);
        within(limit as f64, most.map(f64::from), "limit")
    }

    /// Checks how many points are stored at once.
    pub fn check_upsert(&self, points: usize) -> Result<(), Status> {
        let most = self.strict().and_then(|config| config.upsert_max_batchsize);
        within(points as f64, most.map(|most| most as f64), "upsert limit")
    }

    /// Checks the queries of a batch.
    pub fn check_queries(&self, queries: &[QueryPoints]) -> Result<(), Status> {
        let Some(config) = self.strict() else { return Ok(()) };
        within(queries.len() as f64, config.search_max_batchsize.map(|most| most as f64), "batch size")?;
        for query in queries {
            self.check_limit(query.limit())?;
            self.check_filter(query.filter.as_ref())?;
            let Some(params) = &query.params else { continue };
            within(params.hnsw_ef() as f64, config.search_max_hnsw_ef.map(f64::from), "hnsw_ef")?;
            let oversampling = params.quantization.as_ref().and_then(|params| params.oversampling);
            let most = config.search_max_oversampling.map(f64::from);
            within(oversampling.unwrap_or(0.0), most, "oversampling")?;
        }
        Ok(())
    }

    /// Checks that every field a filter names has an index that can do what is asked.
    pub fn check_filter(&self, filter: Option<&Filter>) -> Result<(), Status> {
        if self.strict().is_none_or(|config| config.unindexed_filtering_retrieve != Some(false)) {
            return Ok(());
        }
        let conditions = filter.into_iter().flat_map(|filter| filter.must.iter().chain(&filter.must_not));
        for condition in conditions {
            if let Some(ConditionOneOf::Field(field)) = &condition.condition_one_of
                && !self.can(field)
            {
                return Err(forbidden(&format!("Index required but not found for \"{}\"", field.key)));
            }
        }
        Ok(())
    }

    fn can(&self, condition: &FieldCondition) -> bool {
        match self.indexed.get(&condition.key).and_then(|params| params.index_params.as_ref()) {
            Some(IndexParams::IntegerIndexParams(params)) if condition.range.is_some() => {
                params.range.unwrap_or(true)
            }
            Some(IndexParams::IntegerIndexParams(params)) => params.lookup.unwrap_or(true),
            _ => false,
        }
    }
}

fn within(value: f64, most: Option<f64>, name: &str) -> Result<(), Status> {
    match most {
        Some(most) if value > most => {
            Err(forbidden(&format!("Limit exceeded {value} > {most} for \"{name}\"")))
        }
        _ => Ok(()),
    }
}

fn forbidden(what: &str) -> Status {
    Status::invalid_argument(format!("Strict mode error: Forbidden: {what}"))
}
