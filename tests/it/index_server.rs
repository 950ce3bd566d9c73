//! The index on a server: versions, keys, failures that pass and failures that stay.

use std::sync::Arc;
use std::time::{Duration, Instant};

use eia_screen::domain::case::Facets;
use eia_screen::index::store::ImportOutcome;
use eia_screen::index::{CaseIndex, IndexConfig, IndexError, Place, ServerConfig, VectorSpace, open};

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
    let hasty = opened(config, space()).await.unwrap();
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
