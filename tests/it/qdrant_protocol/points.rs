//! Storing, reading, deleting and ranking points.

use std::sync::atomic::Ordering;

use qdrant_client::qdrant::points_selector::PointsSelectorOneOf;
use qdrant_client::qdrant::points_server::Points;
use qdrant_client::qdrant::{
    BatchResult, CountPoints, CountResponse, CountResult, CreateFieldIndexCollection, DeletePoints,
    GetPoints, GetResponse, PointsOperationResponse, QueryBatchPoints, QueryBatchResponse, ScrollPoints,
    ScrollResponse, UpdateResult, UpdateStatus, UpsertPoints,
};
use qdrant_edge::{
    ConditionalInsertOperation, CountRequest, CreateIndex, FieldIndexOperations, PointInsertOperations,
    PointOperations, ScrollRequest, UpdateOperation,
};
use tonic::{Request, Response, Status};

use super::{Service, convert};

super::service! {
    impl Points {
        async fn upsert(
            &self,
            request: Request<UpsertPoints>,
        ) -> Result<Response<PointsOperationResponse>, Status> {
            self.admit(&request).await?;
            let request = request.into_inner();
            let created = self.created(&request.collection_name)?;
            created.check_upsert(request.points.len())?;
            created.check_filter(request.update_filter.as_ref())?;
            let points = request.points.into_iter().map(convert::point);
            let points = PointInsertOperations::PointsList(points.collect::<Result<_, _>>()?);
            let operation = match request.update_mode {
                None => PointOperations::UpsertPoints(points),
                Some(mode) => PointOperations::UpsertPointsConditional(ConditionalInsertOperation {
                    points_op: points,
                    condition: request.update_filter.map(convert::filter).transpose()?.unwrap_or_default(),
                    update_mode: Some(convert::update_mode(mode)?),
                }),
            };
            self.apply(&request.collection_name, UpdateOperation::PointOperation(operation))
        }

        async fn delete(
            &self,
            request: Request<DeletePoints>,
        ) -> Result<Response<PointsOperationResponse>, Status> {
            self.admit(&request).await?;
            let request = request.into_inner();
            let selected = request.points.and_then(|points| points.points_selector_one_of);
            let operation = match selected {
                Some(PointsSelectorOneOf::Points(list)) => PointOperations::DeletePoints {
                    ids: convert::point_ids(list.ids)?,
                },
                Some(PointsSelectorOneOf::Filter(filter)) => {
                    self.created(&request.collection_name)?.check_filter(Some(&filter))?;
                    PointOperations::DeletePointsByFilter(convert::filter(filter)?)
                }
                None => return Err(Status::invalid_argument("no points are selected")),
            };
            self.apply(&request.collection_name, UpdateOperation::PointOperation(operation))
        }

        async fn create_field_index(
            &self,
            request: Request<CreateFieldIndexCollection>,
        ) -> Result<Response<PointsOperationResponse>, Status> {
            self.admit(&request).await?;
            let request = request.into_inner();
            let params = request.field_index_params.unwrap_or_default();
            let index = CreateIndex {
                field_name: convert::path(&request.field_name)?,
                field_schema: Some(convert::field_schema(&params)?),
            };
            let operation = FieldIndexOperations::CreateIndex(index);
            self.indexed(&request.collection_name, &request.field_name, params);
            self.apply(&request.collection_name, UpdateOperation::FieldIndexOperation(operation))
        }

        async fn get(&self, request: Request<GetPoints>) -> Result<Response<GetResponse>, Status> {
            self.admit(&request).await?;
            let request = request.into_inner();
            let found = self
                .shard(&request.collection_name)?
                .retrieve(
                    &convert::point_ids(request.ids)?,
                    Some(convert::selector(request.with_payload)?),
                    Some(convert::with_vectors(request.with_vectors)),
                )
                .map_err(convert::status)?;
            // The protocol promises no order.
            let result = found.into_iter().rev().map(convert::record).collect();
            Ok(Response::new(GetResponse { result, ..GetResponse::default() }))
        }

        async fn scroll(
            &self,
            request: Request<ScrollPoints>,
        ) -> Result<Response<ScrollResponse>, Status> {
            self.admit(&request).await?;
            let request = request.into_inner();
            let created = self.created(&request.collection_name)?;
            created.check_limit(u64::from(request.limit()))?;
            created.check_filter(request.filter.as_ref())?;
            let scroll = ScrollRequest {
                offset: request.offset.map(convert::point_id).transpose()?,
                limit: request.limit.map(|limit| limit as usize),
                filter: request.filter.map(convert::filter).transpose()?,
                with_payload: Some(convert::selector(request.with_payload)?),
                with_vector: convert::with_vectors(request.with_vectors),
                order_by: None,
            };
            let (found, next) =
                self.shard(&request.collection_name)?.scroll(scroll).map_err(convert::status)?;
            Ok(Response::new(ScrollResponse {
                next_page_offset: next.map(convert::proto_id),
                result: found.into_iter().map(convert::record).collect(),
                ..ScrollResponse::default()
            }))
        }

        async fn count(
            &self,
            request: Request<CountPoints>,
        ) -> Result<Response<CountResponse>, Status> {
            self.admit(&request).await?;
            let request = request.into_inner();
            self.created(&request.collection_name)?.check_filter(request.filter.as_ref())?;
            let filter = request.filter.map(convert::filter).transpose()?;
            let counted = CountRequest { filter, exact: request.exact.unwrap_or(true) };
            let count = self.shard(&request.collection_name)?.count(counted);
            let count = count.map_err(convert::status)? as u64;
            let result = Some(CountResult { count });
            Ok(Response::new(CountResponse { result, ..CountResponse::default() }))
        }

        async fn query_batch(
            &self,
            request: Request<QueryBatchPoints>,
        ) -> Result<Response<QueryBatchResponse>, Status> {
            self.admit(&request).await?;
            let request = request.into_inner();
            let shard = self.shard(&request.collection_name)?;
            self.created(&request.collection_name)?.check_queries(&request.query_points)?;
            let mut result = Vec::new();
            for query in request.query_points {
                if query.collection_name != request.collection_name {
                    return Err(Status::invalid_argument("queries of one batch, one collection"));
                }
                let found = shard.query(convert::query(query)?).map_err(convert::status)?;
                let result_of_one = found.into_iter().map(convert::hit).collect();
                result.push(BatchResult { result: result_of_one });
            }
            Ok(Response::new(QueryBatchResponse { result, ..QueryBatchResponse::default() }))
        }
    }
    unimplemented {
        update_vectors(UpdatePointVectors) -> PointsOperationResponse;
        delete_vectors(DeletePointVectors) -> PointsOperationResponse;
        set_payload(SetPayloadPoints) -> PointsOperationResponse;
        overwrite_payload(SetPayloadPoints) -> PointsOperationResponse;
        delete_payload(DeletePayloadPoints) -> PointsOperationResponse;
        clear_payload(ClearPayloadPoints) -> PointsOperationResponse;
        delete_field_index(DeleteFieldIndexCollection) -> PointsOperationResponse;
        create_vector_name(CreateVectorNameRequest) -> PointsOperationResponse;
        delete_vector_name(DeleteVectorNameRequest) -> PointsOperationResponse;
        search(SearchPoints) -> SearchResponse;
        search_batch(SearchBatchPoints) -> SearchBatchResponse;
        search_groups(SearchPointGroups) -> SearchGroupsResponse;
        recommend(RecommendPoints) -> RecommendResponse;
        recommend_batch(RecommendBatchPoints) -> RecommendBatchResponse;
        recommend_groups(RecommendPointGroups) -> RecommendGroupsResponse;
        discover(DiscoverPoints) -> DiscoverResponse;
        discover_batch(DiscoverBatchPoints) -> DiscoverBatchResponse;
        update_batch(UpdateBatchPoints) -> UpdateBatchResponse;
        query(QueryPoints) -> QueryResponse;
        query_groups(QueryPointGroups) -> QueryGroupsResponse;
        facet(FacetCounts) -> FacetResponse;
        search_matrix_pairs(SearchMatrixPoints) -> SearchMatrixPairsResponse;
        search_matrix_offsets(SearchMatrixPoints) -> SearchMatrixOffsetsResponse;
    }
}

impl Service {
    fn apply(
        &self,
        collection: &str,
        operation: UpdateOperation,
    ) -> Result<Response<PointsOperationResponse>, Status> {
        self.shard(collection)?.update(operation).map_err(convert::status)?;
        let is_late = self.state.acknowledges_only.load(Ordering::SeqCst);
        let status = if is_late { UpdateStatus::Acknowledged } else { UpdateStatus::Completed }.into();
        let result = Some(UpdateResult { operation_id: None, status });
        Ok(Response::new(PointsOperationResponse { result, ..PointsOperationResponse::default() }))
    }
}
