//! Creating collections: each is a shard of the embedded engine in a folder of its own.

use std::sync::Arc;

use qdrant_client::qdrant::collections_server::Collections;
use qdrant_client::qdrant::{
    CollectionExists, CollectionExistsRequest, CollectionExistsResponse, CollectionOperationResponse,
    CreateCollection, GetCollectionInfoRequest, GetCollectionInfoResponse,
};
use qdrant_edge::EdgeShard;
use tonic::{Request, Response, Status};

use super::convert;
use super::strict::Created;

super::service! {
    impl Collections {
        async fn create(
            &self,
            request: Request<CreateCollection>,
        ) -> Result<Response<CollectionOperationResponse>, Status> {
            self.admit(&request).await?;
            let request = request.into_inner();
            let name = request.collection_name.clone();
            let mut shards = self.state.shards.lock().unwrap();
            if shards.contains_key(&name) {
                return Err(Status::already_exists(format!("Collection `{name}` already exists!")));
            }
            let path = self.state.folder.path().join(&name);
            std::fs::create_dir(&path)?;
            let shard = EdgeShard::new(&path, convert::config(&request)?);
            shards.insert(name.clone(), Arc::new(shard.map_err(convert::status)?));
            let created = Created { request, indexed: Default::default() };
            self.state.created.lock().unwrap().insert(name, created);
            Ok(Response::new(CollectionOperationResponse { result: true, time: 0.0 }))
        }

        async fn get(
            &self,
            request: Request<GetCollectionInfoRequest>,
        ) -> Result<Response<GetCollectionInfoResponse>, Status> {
            self.admit(&request).await?;
            let info = self.created(&request.into_inner().collection_name)?.info();
            Ok(Response::new(GetCollectionInfoResponse { result: Some(info), time: 0.0 }))
        }

        async fn collection_exists(
            &self,
            request: Request<CollectionExistsRequest>,
        ) -> Result<Response<CollectionExistsResponse>, Status> {
            self.admit(&request).await?;
            let exists = self.shard(&request.into_inner().collection_name).is_ok();
            let result = Some(CollectionExists { exists });
            Ok(Response::new(CollectionExistsResponse { result, time: 0.0 }))
        }
    }
    unimplemented {
        list(ListCollectionsRequest) -> ListCollectionsResponse;
        update(UpdateCollection) -> CollectionOperationResponse;
        delete(DeleteCollection) -> CollectionOperationResponse;
        update_aliases(ChangeAliases) -> CollectionOperationResponse;
        list_collection_aliases(ListCollectionAliasesRequest) -> ListAliasesResponse;
        list_aliases(ListAliasesRequest) -> ListAliasesResponse;
        collection_cluster_info(CollectionClusterInfoRequest) -> CollectionClusterInfoResponse;
        update_collection_cluster_setup(UpdateCollectionClusterSetupRequest) -> UpdateCollectionClusterSetupResponse;
        create_shard_key(CreateShardKeyRequest) -> CreateShardKeyResponse;
        delete_shard_key(DeleteShardKeyRequest) -> DeleteShardKeyResponse;
        list_shard_keys(ListShardKeysRequest) -> ListShardKeysResponse;
    }
}
