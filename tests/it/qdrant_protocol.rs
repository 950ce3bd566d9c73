//! A Qdrant server for tests: the part of its published gRPC protocol that the server adapter uses,
//! answered by the embedded engine, in this process, on the loopback interface.
//!
//! It knows nothing of cases: what it stores, filters and ranks is what the protocol says. Calls that
//! the adapter does not make are answered with UNIMPLEMENTED, as a server of another version would.

mod collections;
mod convert;
mod points;
mod strict;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use qdrant_client::qdrant::collections_server::CollectionsServer;
use qdrant_client::qdrant::points_server::PointsServer;
use qdrant_client::qdrant::qdrant_server::{Qdrant, QdrantServer};
use qdrant_client::qdrant::{CreateCollection, HealthCheckReply, HealthCheckRequest, PayloadIndexParams};
use qdrant_edge::EdgeShard;
use strict::Created;
use tonic::{Code, Request, Response, Status};

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
    nodes: Vec<Node>,
    state: Arc<State>,
}

/// One door to the server, as a cluster has several.
struct Node {
    address: SocketAddr,
    is_hung: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<()>,
}

/// What the services share.
struct State {
    behaviour: Behaviour,
    // Closed before the folder under them is removed.
    shards: Mutex<HashMap<String, Arc<EdgeShard>>>,
    folder: tempfile::TempDir,
    created: Mutex<HashMap<String, Created>>,
    failing: AtomicUsize,
    failure: Mutex<(Code, &'static str)>,
    acknowledges_only: AtomicBool,
    calls: AtomicUsize,
}

impl TestServer {
    /// Starts a server on a free port.
    pub async fn start(behaviour: Behaviour) -> Self {
        Self::start_nodes(behaviour, 1).await
    }

    /// Starts a server that is reached by several ports, as the nodes of a cluster are.
    pub async fn start_nodes(behaviour: Behaviour, nodes: usize) -> Self {
        let state = Arc::new(State {
            behaviour,
            folder: tempfile::tempdir().unwrap(),
            shards: Mutex::default(),
            created: Mutex::default(),
            failing: AtomicUsize::new(0),
            failure: Mutex::new((Code::Unavailable, "restarting")),
            acknowledges_only: AtomicBool::new(false),
            calls: AtomicUsize::new(0),
        });
        let mut server = Self { nodes: Vec::new(), state };
        for _ in 0..nodes {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let node = server.serve(listener);
            server.nodes.push(node);
        }
        server
    }

    fn serve(&self, listener: tokio::net::TcpListener) -> Node {
        let address = listener.local_addr().unwrap();
        let is_hung = Arc::new(AtomicBool::new(false));
        let service = Service { state: Arc::clone(&self.state), is_hung: Arc::clone(&is_hung) };
        let server = tonic::transport::Server::builder()
            .add_service(QdrantServer::new(service.clone()))
            .add_service(CollectionsServer::new(service.clone()).max_decoding_message_size(usize::MAX))
            .add_service(PointsServer::new(service).max_decoding_message_size(usize::MAX))
            .serve_with_incoming(tokio_stream::wrappers::TcpListenerStream::new(listener));
        let task = tokio::spawn(async move { server.await.unwrap() });
        Node { address, is_hung, task }
    }

    /// Returns the URLs of all nodes, separated by commas.
    pub fn url(&self) -> String {
        let urls: Vec<String> = self.nodes.iter().map(|node| format!("http://{}", node.address)).collect();
        urls.join(",")
    }

    /// Lets a node accept calls and answer none of them, or answer again.
    pub fn hang(&self, node: usize, is_hung: bool) {
        self.nodes[node].is_hung.store(is_hung, Ordering::SeqCst);
    }

    /// Answers the next `calls` calls with UNAVAILABLE.
    pub fn fail(&self, calls: usize) {
        self.fail_with(calls, Code::Unavailable, "restarting");
    }

    /// Answers the next `calls` calls with an error.
    pub fn fail_with(&self, calls: usize, code: Code, text: &'static str) {
        *self.state.failure.lock().unwrap() = (code, text);
        self.state.failing.store(calls, Ordering::SeqCst);
    }

    /// Says of writes that they will be applied later.
    pub fn acknowledge_only(&self) {
        self.state.acknowledges_only.store(true, Ordering::SeqCst);
    }

    /// Returns how many calls were made.
    pub fn calls(&self) -> usize {
        self.state.calls.load(Ordering::SeqCst)
    }

    /// Returns the request that created a collection.
    pub fn creation(&self, collection: &str) -> CreateCollection {
        self.state.created.lock().unwrap()[collection].request.clone()
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        for node in &self.nodes {
            node.task.abort();
        }
    }
}

/// The three services over the shared state.
#[derive(Clone)]
struct Service {
    state: Arc<State>,
    is_hung: Arc<AtomicBool>,
}

impl Service {
    /// Admits a call, or refuses it as the behaviour says.
    async fn admit<T>(&self, request: &Request<T>) -> Result<(), Status> {
        while self.is_hung.load(Ordering::SeqCst) {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        self.state.calls.fetch_add(1, Ordering::SeqCst);
        if let Some(key) = self.state.behaviour.api_key
            && request.metadata().get("api-key").and_then(|key| key.to_str().ok()) != Some(key)
        {
            return Err(Status::unauthenticated("Must provide an API key or an Authorization"));
        }
        let failing = |left: usize| left.checked_sub(1);
        match self.state.failing.fetch_update(Ordering::SeqCst, Ordering::SeqCst, failing) {
            Ok(_) => {
                let (code, text) = *self.state.failure.lock().unwrap();
                Err(Status::new(code, text))
            }
            Err(_) => Ok(()),
        }
    }

    fn created(&self, collection: &str) -> Result<Created, Status> {
        self.state.created.lock().unwrap().get(collection).cloned().ok_or_else(|| absent(collection))
    }

    fn indexed(&self, collection: &str, field: &str, params: PayloadIndexParams) {
        if let Some(created) = self.state.created.lock().unwrap().get_mut(collection) {
            created.indexed.insert(field.to_owned(), params);
        }
    }

    fn shard(&self, collection: &str) -> Result<Arc<EdgeShard>, Status> {
        self.state.shards.lock().unwrap().get(collection).cloned().ok_or_else(|| absent(collection))
    }
}

fn absent(collection: &str) -> Status {
    Status::not_found(format!("Not found: Collection `{collection}` doesn't exist!"))
}

#[tonic::async_trait]
impl Qdrant for Service {
    async fn health_check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckReply>, Status> {
        self.admit(&request).await?;
        Ok(Response::new(HealthCheckReply {
            title: "qdrant - vector search engine".to_owned(),
            version: self.state.behaviour.version.to_owned(),
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
