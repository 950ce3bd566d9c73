//! The index on a server: versions, keys, failures that pass and failures that stay.

use std::sync::Arc;
use std::time::{Duration, Instant};

use eia_screen::domain::case::Facets;
use eia_screen::index::store::ImportOutcome;
use eia_screen::index::{
    CaseIndex, IndexConfig, IndexError, Layout, Place, ServerConfig, Tuning, VectorSpace, open, open_tuned,
};
use tonic::Code;

use crate::index_conformance::fixture::{case, document, space};
use crate::qdrant_protocol::{Behaviour, TestServer};

async fn opened(config: ServerConfig, space: VectorSpace) -> Result<Arc<dyn CaseIndex>, IndexError> {
    open(IndexConfig { place: Place::Server(config), space }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn server_of_an_unsupported_version_is_refused_naming_both() {
    for version in ["1.17.1", "1.21.0", "2.0.0"] {
        let server = TestServer::start(Behaviour { version, ..Behaviour::default() }).await;
        let refused = opened(ServerConfig::new(server.url()), space()).await.err().unwrap();
        let message = refused.to_string();
        assert!(matches!(refused, IndexError::Incompatible { .. }), "{message}");
        assert!(message.contains(version) && message.contains("1.18 to 1.20"), "{message}");
        assert_eq!(server.calls(), 1, "nothing was created");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn collections_of_another_model_are_refused_unless_the_prefix_differs() {
    let server = TestServer::start(Behaviour::default()).await;
    opened(ServerConfig::new(server.url()), space()).await.unwrap();
    let other = VectorSpace { model: "other".into(), dimension: 8, ..space() };
    let refused = opened(ServerConfig::new(server.url()), other.clone()).await.err().unwrap();
    assert!(matches!(refused, IndexError::Incompatible { .. }), "{refused}");
    let mut apart = ServerConfig::new(server.url());
    apart.collection_prefix = "apart".to_owned();
    opened(apart, other).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn api_key_is_sent_and_a_wrong_one_is_named_as_the_reason() {
    let server = TestServer::start(Behaviour { api_key: Some("sesame"), ..Behaviour::default() }).await;
    let mut config = ServerConfig::new(server.url());
    for wrong in [None, Some("other".into())] {
        config.api_key = wrong;
        let refused = opened(config.clone(), space()).await.err().unwrap();
        assert!(matches!(refused, IndexError::Invalid { .. }), "{refused}");
        assert!(refused.to_string().contains("API key"), "{refused}");
    }
    config.api_key = Some("sesame".into());
    opened(config, space()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn passing_failures_are_repeated_within_the_time_of_a_call() {
    let server = TestServer::start(Behaviour::default()).await;
    let mut config = ServerConfig::new(server.url());
    config.timeout = Duration::from_secs(5);
    let index = opened(config.clone(), space()).await.unwrap();
    server.fail(5);
    let paper = document("a", &[("river", None)]);
    let outcome = index.import_case(&case("a", Facets::default()), &[paper]).await.unwrap();
    assert_eq!(outcome, ImportOutcome::Created);

    config.timeout = Duration::from_millis(300);
    // Opening is many calls, and on a busy machine one of them may need longer.
    let mut hasty = opened(config.clone(), space()).await;
    for _ in 0..20 {
        if hasty.is_err() {
            hasty = opened(config.clone(), space()).await;
        }
    }
    let hasty = hasty.unwrap();
    server.fail(usize::MAX);
    let begun = Instant::now();
    let refused = hasty.archive_state().await.err().unwrap();
    assert!(matches!(refused, IndexError::Unavailable { .. }), "{refused}");
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn absent_server_is_unavailable_within_the_time_of_a_call() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut config = ServerConfig::new(format!("http://127.0.0.1:{port}"));
    config.timeout = Duration::from_millis(300);
    let refused = opened(config, space()).await.err().unwrap();
    assert!(matches!(refused, IndexError::Unavailable { .. }), "{refused}");
    assert!(refused.to_string().contains(&port.to_string()), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_cluster_says_between_two_states_is_repeated_and_a_broken_part_is_reported() {
    let server = TestServer::start(Behaviour::default()).await;
    let mut config = ServerConfig::new(server.url());
    // Also creates what is there afterwards: that takes a slow disk longer than a call may take below.
    let patient = opened(config.clone(), space()).await.unwrap();
    config.timeout = Duration::from_secs(2);
    let index = opened(config, space()).await.unwrap();
    let text =
        "Service internal error: Failed to apply operation to at least one `Active` replica. Please retry.";
    server.fail_with(3, Code::Internal, text);
    assert_eq!(index.archive_state().await.unwrap().cases, 0);
    server.fail_with(usize::MAX, Code::Internal, text);
    let refused = index.archive_state().await.err().unwrap();
    assert!(matches!(refused, IndexError::Unavailable { .. }), "{refused}");
    server.fail_with(usize::MAX, Code::Internal, "Service internal error: segment is damaged");
    // It is not repeated for the half minute that this call may take.
    let begun = Instant::now();
    let refused = patient.archive_state().await.err().unwrap();
    assert!(matches!(refused, IndexError::Engine { .. }), "{refused}");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_node_is_asked_when_one_is_gone_hangs_or_is_broken() {
    let server = TestServer::start_nodes(Behaviour::default(), 2).await;
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut config = ServerConfig::new(format!("http://{nowhere},{}", server.url()));
    // Half of it goes to the node that hangs; in the rest a machine may stand still.
    config.timeout = Duration::from_secs(8);
    // Whichever node a process begins with.
    for _ in 0..4 {
        opened(config.clone(), space()).await.unwrap();
    }
    let index = opened(config.clone(), space()).await.unwrap();
    let paper = document("a", &[("river", None)]);
    for hung in [0, 1, 0] {
        server.hang(hung, true);
        let begun = Instant::now();
        let outcome = index.import_case(&case("a", Facets::default()), std::slice::from_ref(&paper)).await;
        assert!(outcome.is_ok(), "node {hung} hangs: {outcome:?}");
        assert!(begun.elapsed() < config.timeout, "{:?}", begun.elapsed());
        server.hang(hung, false);
        assert!(index.delete_case(&case("a", Facets::default()).id).await.unwrap());
    }
    server.fail_with(1, Code::Internal, "Service internal error: segment is damaged");
    assert_eq!(index.archive_state().await.unwrap().cases, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn collections_are_created_as_configured_and_keep_it() {
    let server = TestServer::start(Behaviour::default()).await;
    let mut config = ServerConfig::new(server.url());
    config.layout = Layout { shards: 2, replicas: 3, write_consistency: 2 };
    let tuning = Tuning { quantized: true, on_disk: true };
    let place = Place::Server(config.clone());
    open_tuned(IndexConfig { place, space: space() }, tuning).await.unwrap();
    let passages = server.creation("eia_passages");
    assert_eq!((passages.shard_number, passages.replication_factor), (Some(2), Some(3)));
    assert_eq!(passages.write_consistency_factor, Some(2));
    let vectors = format!("{:?}", passages.vectors_config);
    assert!(vectors.contains("Scalar") && vectors.contains("on_disk: Some(true)"), "{vectors}");
    let records = server.creation("eia_records");
    assert_eq!((records.shard_number, records.replication_factor), (Some(1), Some(3)));
    assert!(records.strict_mode_config.unwrap().enabled());
    // Another configuration is told and does not keep anybody out.
    config.layout = Layout::of_replicas(1);
    opened(config, space()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn start_on_collections_that_are_there_writes_nothing() {
    let server = TestServer::start(Behaviour::default()).await;
    opened(ServerConfig::new(server.url()), space()).await.unwrap();
    server.acknowledge_only();
    opened(ServerConfig::new(server.url()), space()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn write_that_is_not_applied_yet_is_not_taken_for_done() {
    let server = TestServer::start(Behaviour::default()).await;
    let index = opened(ServerConfig::new(server.url()), space()).await.unwrap();
    server.acknowledge_only();
    let refused =
        index.import_case(&case("a", Facets::default()), &[document("a", &[("river", None)])]).await;
    assert!(matches!(refused, Err(IndexError::Unavailable { .. })), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn collections_of_another_kind_are_refused_by_name() {
    let server = TestServer::start(Behaviour::default()).await;
    let other = VectorSpace { dimension: 8, ..space() };
    opened(ServerConfig::new(server.url()), other).await.unwrap();
    let refused = opened(ServerConfig::new(server.url()), space()).await.err().unwrap();
    assert!(matches!(refused, IndexError::Incompatible { .. }), "{refused}");
    let message = refused.to_string();
    assert!(message.contains("eia_passages") && message.contains("8 dimensions, not 4"), "{message}");
}
