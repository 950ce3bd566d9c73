//! A Qdrant server for tests: the part of its published gRPC protocol that the server adapter uses,
//! answered by the embedded engine, in this process, on the loopback interface.
//!
//! It knows nothing of cases: what it stores, filters and ranks is what the protocol says. Calls that
//! the adapter does not make are answered with UNIMPLEMENTED, as a server of another version would.

mod collections;
mod convert;
mod points;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use qdrant_client::qdrant::collections_server::CollectionsServer;
use qdrant_client::qdrant::points_server::PointsServer;
use qdrant_client::qdrant::qdrant_server::{Qdrant, QdrantServer};
use qdrant_client::qdrant::{HealthCheckReply, HealthCheckRequest};
use qdrant_edge::EdgeShard;
use tonic::{Request, Response, Status};

/// How the server behaves.
pub struct Behaviour {
    /// Version it reports.
    pub version: &'static str,
    /// API key it asks for.
    pub api_key: Option<&'static str>,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self { version: "1.19.0", api_key: None }
    }
}

/// A running server; it stops when dropped.
pub struct TestServer {
    address: SocketAddr,
    state: Arc<State>,
    task: tokio::task::JoinHandle<()>,
}

/// What the services share.
struct State {
    behaviour: Behaviour,
    // Closed before the folder under them is removed.
    shards: Mutex<HashMap<String, Arc<EdgeShard>>>,
    folder: tempfile::TempDir,
    unavailable: AtomicUsize,
    calls: AtomicUsize,
}

impl TestServer {
    /// Starts a server on a free port.
    pub async fn start(behaviour: Behaviour) -> Self {
        let state = Arc::new(State {
            behaviour,
            folder: tempfile::tempdir().unwrap(),
            shards: Mutex::default(),
            unavailable: AtomicUsize::new(0),
            calls: AtomicUsize::new(0),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = Service(Arc::clone(&state));
        let server = tonic::transport::Server::builder()
            .add_service(QdrantServer::new(service.clone()))
            .add_service(CollectionsServer::new(service.clone()).max_decoding_message_size(usize::MAX))
            .add_service(PointsServer::new(service).max_decoding_message_size(usize::MAX))
            .serve_with_incoming(tokio_stream::wrappers::TcpListenerStream::new(listener));
        let task = tokio::spawn(async move { server.await.unwrap() });
        Self { address, state, task }
    }

    /// Returns the URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Answers the next `calls` calls with UNAVAILABLE.
    pub fn fail(&self, calls: usize) {
        self.state.unavailable.store(calls, Ordering::SeqCst);
    }

    /// Returns how many calls were made.
    pub fn calls(&self) -> usize {
        self.state.calls.load(Ordering::SeqCst)
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The three services over the shared state.
#[derive(Clone)]
struct Service(Arc<State>);

impl Service {
    /// Admits a call, or refuses it as the behaviour says.
    fn admit<T>(&self, request: &Request<T>) -> Result<(), Status> {
        self.0.calls.fetch_add(1, Ordering::SeqCst);
        if let Some(key) = self.0.behaviour.api_key
            && request.metadata().get("api-key").and_then(|key| key.to_str().ok()) != Some(key)
        {
            return Err(Status::unauthenticated("Must provide an API key or an Authorization"));
        }
        let failing = |left: usize| left.checked_sub(1);
        match self.0.unavailable.fetch_update(Ordering::SeqCst, Ordering::SeqCst, failing) {
            Ok(_) => Err(Status::unavailable("restarting")),
            Err(_) => Ok(()),
        }
    }

    fn shard(&self, collection: &str) -> Result<Arc<EdgeShard>, Status> {
        self.0
            .shards
            .lock()
            .unwrap()
            .get(collection)
            .cloned()
            .ok_or_else(|| Status::not_found(format!("Not found: Collection `{collection}` doesn't exist!")))
    }
}

#[tonic::async_trait]
impl Qdrant for Service {
    async fn health_check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckReply>, Status> {
        self.admit(&request)?;
        Ok(Response::new(HealthCheckReply {
            title: "qdrant - vector search engine".to_owned(),
            version: self.0.behaviour.version.to_owned(),
            commit: None,
        }))
    }
}

/// Writes the implementation of a service: the given methods, and UNIMPLEMENTED for the listed ones.
macro_rules! service {
    (
        impl $service:ident { $($written:tt)* }
        unimplemented { $($name:ident($request:ident) -> $response:ident;)* }
    ) => {
        #[tonic::async_trait]
        impl $service for super::Service {
            $($written)*
            $(
                async fn $name(
                    &self,
                    _: tonic::Request<qdrant_client::qdrant::$request>,
                ) -> Result<tonic::Response<qdrant_client::qdrant::$response>, tonic::Status> {
                    Err(tonic::Status::unimplemented(stringify!($name)))
                }
            )*
        }
    };
}
use service;
