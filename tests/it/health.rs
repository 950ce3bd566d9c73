//! Health tells what callers would find: a service whose archive does not answer says so.

use std::time::{Duration, Instant};

use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::qdrant_protocol::{Behaviour, TestServer};
use crate::service::{self, Service};

async fn status(service: &Service, name: &str) -> i32 {
    let request = HealthCheckRequest { service: name.to_owned() };
    HealthClient::new(service.channel.clone()).check(request).await.unwrap().into_inner().status
}

async fn becomes(service: &Service, name: &str, wanted: ServingStatus) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(20) {
        if status(service, name).await == wanted as i32 {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn health_follows_the_archive_and_stays_with_what_needs_none() {
    let folder = tempfile::tempdir().unwrap();
    let qdrant = TestServer::start(Behaviour::default()).await;
    let mut settings = service::settings(folder.path());
    settings.qdrant.url = qdrant.url();
    // Creates the collections, which takes a slow disk longer than a call may take afterwards.
    drop(eia_screen::assembly::archive(&settings, None).await.unwrap());
    settings.qdrant.timeout_s = 3;
    let service = service::start_ready(settings).await;
    for _ in 0..2 {
        for name in ["", "eia.screening.v1.PrecedentService", "eia.screening.v1.RuleService"] {
            assert!(becomes(&service, name, ServingStatus::Serving).await, "{name:?}");
        }
        qdrant.fail(usize::MAX);
        for name in ["", "eia.screening.v1.ReviewService", "eia.screening.v1.ScreeningService"] {
            assert!(becomes(&service, name, ServingStatus::NotServing).await, "{name:?}");
        }
        assert_eq!(status(&service, "eia.screening.v1.RuleService").await, ServingStatus::Serving as i32);
        qdrant.fail(0);
    }
    service.stop().await;
}
