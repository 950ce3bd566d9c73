use std::convert::Infallible;

use hyper_util::rt::{TokioExecutor, TokioIo};
use tonic::body::Body as Answer;
use tower::{ServiceExt, service_fn};

use super::*;
use crate::admission::{Admission, Cost};
use crate::rpc::outcome::telling;

#[test]
fn timeouts_are_read_as_the_protocol_writes_them() {
    assert_eq!(parse("1500m"), Some(Duration::from_millis(1500)));
    assert_eq!(parse("2H"), Some(Duration::from_secs(7200)));
    for bad in ["", "5", "m", "-5m", "123456789m", "5x", "5ü", "ü"] {
        assert_eq!(parse(bad), None, "{bad}");
    }
}

#[test]
fn a_call_waits_for_room_no_longer_than_half_its_time() {
    let patience = |until| Call { cancel: CancellationToken::new(), until }.patience();
    let second = Duration::from_secs(1);
    let half = patience(Some(Instant::now() + 20 * second));
    assert!(half > Duration::ZERO && half <= 10 * second, "{half:?}");
    assert_eq!(patience(Some(Instant::now() + 3_600 * second)), PATIENCE);
    assert_eq!(patience(None), PATIENCE);
    assert_eq!(patience(Some(Instant::now())), Duration::ZERO);
}

#[test]
fn the_shorter_of_ceiling_and_wish_holds() {
    let second = Duration::from_secs(1);
    let ceilings = Ceilings { lookup: second, document: 9 * second, watch: 99 * second };
    let mut headers = HeaderMap::new();
    let path = "/eia.screening.v1.PrecedentService/SearchPrecedents";
    let times = |work, sending| Times { work: Some(work), sending: Some(sending) };
    assert_eq!(ceilings.of(path, &headers), times(second, 10 * second), "a slow line may take longer");
    let endless = Times { work: None, sending: None };
    assert_eq!(ceilings.of("/grpc.health.v1.Health/Watch", &headers), endless);
    headers.insert(HEADER, "100m".parse().unwrap());
    let tenth = Duration::from_millis(90);
    assert_eq!(ceilings.of(path, &headers), times(tenth, tenth));
    headers.insert(HEADER, "5H".parse().unwrap());
    assert_eq!(ceilings.of(path, &headers), times(second, 10 * second));
    let import = "/eia.screening.v1.ScreeningService/ImportCase";
    assert_eq!(ceilings.of(import, &headers), times(9 * second, 9 * second));
}

/// Bytes of an answer much larger than what a connection keeps.
const LARGE: u64 = 4 << 20;

/// An answer over a connection whose client has `window` bytes of room and never makes more by itself.
async fn answer_over(window: u32, time: &str, admission: &Admission) -> http::Response<h2::RecvStream> {
    let (near, far) = tokio::io::duplex(1 << 20);
    let admission = admission.clone();
    let handler = service_fn(move |_: Request<hyper::body::Incoming>| {
        let permit = admission.admit(Cost::of_bytes(LARGE)).unwrap();
        let body = Answer::new(axum::body::Body::from(vec![b'a'; LARGE as usize]));
        let answer = telling(Response::new(body), Box::new(move |_| drop(permit)));
        std::future::ready(Ok::<_, Infallible>(answer))
    });
    let hour = Duration::from_secs(3_600);
    let service = DeadlineLayer::new(Ceilings { lookup: hour, document: hour, watch: hour }).layer(handler);
    let service = hyper::service::service_fn(move |request| service.clone().oneshot(request));
    let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    tokio::spawn(server.serve_connection(TokioIo::new(near), service));

    let mut client = h2::client::Builder::new();
    client.initial_window_size(window);
    let (sender, connection) = client.handshake::<_, Bytes>(far).await.unwrap();
    tokio::spawn(connection);
    let request = Request::get("http://here/eia.screening.v1.ScreeningService/GetScreening");
    let request = request.header(HEADER, time).body(()).unwrap();
    let (answer, _) = sender.ready().await.unwrap().send_request(request, true).unwrap();
    answer.await.unwrap()
}

/// Waits until something is so; fails after ten seconds.
async fn until(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..1_000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("not within ten seconds: {what}");
}

#[tokio::test]
async fn what_a_client_does_not_read_is_held_and_ends_in_time() {
    for window in [0, 65_535] {
        let admission = Admission::new(Cost { bytes: 10 * LARGE, tokens: 1 });
        let answer = answer_over(window, "3S", &admission).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(admission.in_use().bytes, LARGE, "nobody has read it, window {window}");
        until("the room is free when the time is over", || admission.in_use().bytes == 0).await;

        if window == 0 {
            // Without a window nothing can be sent to it, not even the status.
            continue;
        }
        let mut body = answer.into_body();
        let read = read_all(&mut body).await;
        assert!(read < LARGE / 2, "{read} bytes came after the time was over");
        let trailers = body.trailers().await.unwrap().expect("a status");
        assert_eq!(trailers["grpc-status"], "4", "DEADLINE_EXCEEDED");
    }
}

#[tokio::test]
async fn what_a_client_reads_arrives_whole_and_frees_its_room() {
    let admission = Admission::new(Cost { bytes: 10 * LARGE, tokens: 1 });
    let mut body = answer_over(65_535, "1M", &admission).await.into_body();
    assert_eq!(read_all(&mut body).await, LARGE);
    until("the room is free when all was read", || admission.in_use().bytes == 0).await;
}

/// Reads to the end; returns how many bytes there were.
async fn read_all(body: &mut h2::RecvStream) -> u64 {
    let mut read = 0;
    while let Some(data) = body.data().await {
        let data = data.unwrap();
        body.flow_control().release_capacity(data.len()).unwrap();
        read += data.len() as u64;
    }
    read
}
