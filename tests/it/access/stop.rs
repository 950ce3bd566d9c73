//! What a stop does to calls that last.

use std::time::{Duration, Instant};

use eia_screen::rpc::v1::SearchPrecedentsRequest;
use eia_screen::rpc::v1::precedent_service_client::PrecedentServiceClient;
use tokio_stream::StreamExt;
use tonic_reflection::pb::{v1, v1alpha};

use super::{case_parts, ready, reason, serve};

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_ends_watches_at_once_and_cuts_what_outlasts_the_drain() {
    // Far longer than a machine stands still, so that at once and at the limit are told apart.
    let server = serve(|settings, _| settings.server.drain_s = 30).await;
    let channel = server.plain().await;
    ready(&channel, "").await;
    let mut health = tonic_health::pb::health_client::HealthClient::new(channel.clone());
    let mut watch = health.watch(tonic_health::pb::HealthCheckRequest::default()).await.unwrap().into_inner();
    // Clients that have asked what there is and leave the call open, as tools do that show it.
    let mut asking = v1::server_reflection_client::ServerReflectionClient::new(channel.clone());
    let asked = v1::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(v1::server_reflection_request::MessageRequest::ListServices(String::new())),
    };
    let asked = tokio_stream::iter([asked]).chain(tokio_stream::pending());
    let mut told = asking.server_reflection_info(asked).await.unwrap().into_inner();
    assert!(told.message().await.unwrap().is_some());
    let mut asking = v1alpha::server_reflection_client::ServerReflectionClient::new(channel.clone());
    let mut silent = asking.server_reflection_info(tokio_stream::pending()).await.unwrap().into_inner();
    let begun = Instant::now();
    server.stop.cancel();
    let mut last = None;
    let end = loop {
        match watch.message().await {
            Ok(Some(answer)) => last = Some(answer.status()),
            Ok(None) => panic!("a watch that is cut short must not look like one that ended"),
            Err(status) => break status,
        }
    };
    assert_eq!(last, Some(tonic_health::pb::health_check_response::ServingStatus::NotServing));
    for end in [end, told.message().await.unwrap_err(), silent.message().await.unwrap_err()] {
        assert_eq!((end.code(), reason(&end).as_str()), (tonic::Code::Unavailable, "STOPPING"), "{end:?}");
    }
    server.running.await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());

    // An upload that never ends is cut at the limit.
    let server = serve(|settings, _| (settings.server.drain_s, settings.work.memory_mib) = (1, 1)).await;
    let channel = server.plain().await;
    ready(&channel, "").await;
    let mut searching = PrecedentServiceClient::new(channel.clone());
    let mut precedents = searching.clone();
    let first = case_parts("cases/endless", "Endless", "x").remove(0);
    let call = tokio::spawn(async move {
        loop {
            let endless = tokio_stream::iter([first.clone()]).chain(tokio_stream::pending());
            match precedents.import_case(endless).await {
                // A search that ran at that moment had the room.
                Err(status) if status.code() == tonic::Code::ResourceExhausted => {}
                ended => return ended,
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    // It has arrived when it takes the room there is.
    let begun = Instant::now();
    loop {
        let search = SearchPrecedentsRequest { query: "gravel".to_owned(), ..Default::default() };
        let searched = searching.search_precedents(search).await;
        if searched.is_err_and(|status| status.code() == tonic::Code::ResourceExhausted) {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "the upload does not arrive");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let begun = Instant::now();
    server.stop.cancel();
    server.running.await.unwrap();
    let took = begun.elapsed();
    assert!(took >= Duration::from_millis(900) && took < Duration::from_secs(4), "{took:?}");
    assert!(call.await.unwrap().is_err(), "the call was cut");
}
