//! One call in logs and traces: under its ids, from the edge to the last stage, without a word of the document.

use std::time::{Duration, Instant};

use eia_screen::rpc::v1;
use tonic::Request;
use v1::screening_service_client::ScreeningServiceClient;

use crate::program::Server;
use crate::service::{REPORT, options, upload};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

/// Screens a document as part of a trace, to the end of the answer.
async fn screen(server: &Server) -> v1::Screening {
    let mut client = ScreeningServiceClient::new(server.ready().await).max_decoding_message_size(64 << 20);
    let mut request = Request::new(tokio_stream::iter(upload(options(&["eu"]), REPORT.as_bytes())));
    request.metadata_mut().insert("traceparent", format!("00-{TRACE}-{PARENT}-01").parse().unwrap());
    request.metadata_mut().insert("x-request-id", "cms-17".parse().unwrap());
    let mut events = client.screen_document(request).await.unwrap().into_inner();
    let mut last = None;
    while let Some(event) = events.message().await.unwrap() {
        if let Some(v1::screen_document_response::Event::Screening(screening)) = event.event {
            last = Some(screening);
        }
    }
    last.unwrap()
}

async fn eventually<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "it did not come");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_logged_under_its_request_id_and_trace() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::spawn_with(&folder.path().join("archive"), |command| {
        command.env("EIA_SCREEN_LOG", "eia_screen=debug").env("EIA_SCREEN_LOG_FORMAT", "json");
        command.env("EIA_SCREEN__CONSOLE__LISTEN", "");
    });
    screen(&server).await;
    let line = eventually(|| {
        let said = server.said.lock().unwrap();
        said.lines().find(|line| line.contains("call ended") && line.contains("cms-17")).map(str::to_owned)
    })
    .await;
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    let span = &line["span"];
    assert_eq!(span["request_id"], "cms-17", "{line}");
    assert_eq!(span["trace_id"], TRACE, "{line}");
    assert_eq!(span["rpc.method"], "eia.screening.v1.ScreeningService/ScreenDocument", "{line}");
    assert_eq!(line["fields"]["code"], "OK", "{line}");
    assert!(!server.said.lock().unwrap().contains("gravel"), "no text of the document");
}

#[cfg(feature = "otel")]
mod collector {
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::sync::{Arc, Mutex};
    use std::task::{Context, Poll};

    use http_body::{Body as _, Frame};
    use tonic::body::Body;

    use super::*;

    /// Takes whatever is exported and keeps its bytes.
    #[derive(Clone, Default)]
    struct Collector(Arc<Mutex<Vec<u8>>>);

    /// The answer that everything was taken: an empty message, then the trailers.
    struct Taken {
        sent: usize,
    }

    impl http_body::Body for Taken {
        type Data = bytes::Bytes;
        type Error = tonic::Status;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<bytes::Bytes>, tonic::Status>>> {
            self.sent += 1;
            Poll::Ready(match self.sent {
                1 => Some(Ok(Frame::data(bytes::Bytes::from_static(&[0; 5])))),
                2 => {
                    let mut trailers = http::HeaderMap::new();
                    trailers.insert("grpc-status", http::HeaderValue::from_static("0"));
                    Some(Ok(Frame::trailers(trailers)))
                }
                _ => None,
            })
        }
    }

    impl tonic::server::NamedService for Collector {
        const NAME: &'static str = "opentelemetry.proto.collector.trace.v1.TraceService";
    }

    impl tower::Service<http::Request<Body>> for Collector {
        type Response = http::Response<Body>;
        type Error = Infallible;
        type Future = Pin<Box<dyn Future<Output = Result<http::Response<Body>, Infallible>> + Send>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, request: http::Request<Body>) -> Self::Future {
            let kept = Arc::clone(&self.0);
            Box::pin(async move {
                let mut body = request.into_body();
                while let Some(frame) = std::future::poll_fn(|c| Pin::new(&mut body).poll_frame(c)).await {
                    if let Ok(bytes) = frame.unwrap().into_data() {
                        kept.lock().unwrap().extend_from_slice(&bytes);
                    }
                }
                let answer = http::Response::builder().header("content-type", "application/grpc");
                Ok(answer.body(Body::new(Taken { sent: 0 })).unwrap())
            })
        }
    }

    fn bytes_of(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn spans_of_call_and_stages_reach_the_collector_in_the_callers_trace() {
        let collector = Collector::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let incoming = tokio_stream::wrappers::TcpListenerStream::new(listener);
        let serving = tonic::transport::Server::builder().add_service(collector.clone());
        let serving = tokio::spawn(serving.serve_with_incoming(incoming));

        let folder = tempfile::tempdir().unwrap();
        let mut server = Server::spawn_with(&folder.path().join("archive"), |command| {
            command.env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{address}"));
            command.env("EIA_SCREEN__CONSOLE__LISTEN", "");
        });
        screen(&server).await;
        let pid = rustix::process::Pid::from_child(&server.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        assert!(server.child.wait().unwrap().success());
        serving.abort();

        let sent = collector.0.lock().unwrap().clone();
        let has = |wanted: &[u8]| sent.windows(wanted.len()).any(|window| window == wanted);
        for name in [
            "eia.screening.v1.ScreeningService/ScreenDocument",
            "cms-17",
            "eia-screen",
            "read",
            "embed",
            "completeness",
            "risk",
            "facts",
            "precedents",
        ] {
            assert!(has(name.as_bytes()), "{name} is missing");
        }
        let trace = bytes_of(TRACE);
        let count = sent.windows(trace.len()).filter(|window| *window == trace.as_slice()).count();
        assert!(count >= 7, "the call and its six stages belong to the caller's trace: {count}");
        assert!(has(&bytes_of(PARENT)), "the call is a child of the caller's span");
        for word in ["gravel", "irrigated", "quarry.txt"] {
            assert!(!has(word.as_bytes()), "{word} of the document is in a span");
        }
    }
}
