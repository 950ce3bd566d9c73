//! What a stop does to calls that last.

use std::time::Duration;

use eia_screen::rpc::v1::precedent_service_client::PrecedentServiceClient;

use super::{case_parts, ready, serve};

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_ends_watches_at_once_and_cuts_what_outlasts_the_drain() {
    let server = serve(|settings, _| settings.server.drain_s = 1).await;
    let channel = server.plain().await;
    ready(&channel, "").await;
    let mut health = tonic_health::pb::health_client::HealthClient::new(channel.clone());
    let mut watch = health.watch(tonic_health::pb::HealthCheckRequest::default()).await.unwrap().into_inner();
    let begun = std::time::Instant::now();
    server.stop.cancel();
    let mut last = None;
    while let Ok(Some(answer)) = watch.message().await {
        last = Some(answer.status());
    }
    assert_eq!(last, Some(tonic_health::pb::health_check_response::ServingStatus::NotServing));
    server.running.await.unwrap();
    assert!(begun.elapsed() < Duration::from_millis(900), "{:?}", begun.elapsed());

    // An upload that never ends is cut at the limit.
    let server = serve(|settings, _| settings.server.drain_s = 1).await;
    let channel = server.plain().await;
    ready(&channel, "").await;
    let mut precedents = PrecedentServiceClient::new(channel.clone());
    let first = case_parts("cases/endless", "Endless", "x").remove(0);
    let endless = tokio_stream::StreamExt::chain(tokio_stream::iter([first]), tokio_stream::pending());
    let call = tokio::spawn(async move { precedents.import_case(endless).await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    let begun = std::time::Instant::now();
    server.stop.cancel();
    server.running.await.unwrap();
    let took = begun.elapsed();
    assert!(took >= Duration::from_millis(900) && took < Duration::from_secs(4), "{took:?}");
    assert!(call.await.unwrap().is_err(), "the call was cut");
}
