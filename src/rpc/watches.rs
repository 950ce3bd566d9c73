//! Ends the calls that never end by themselves when the server stops: a client that watches the health
//! of the service would hold up every stop until its limit.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Frame;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::{Bytes, StdError};

/// Methods whose answers last as long as the client likes.
const WATCHES: [&str; 2] =
    ["/grpc.health.v1.Health/Watch", "/eia.screening.v1.ScreeningService/WatchScreening"];

/// Makes the layer.
#[derive(Debug, Clone)]
pub struct WatchLayer {
    closing: CancellationToken,
}

impl WatchLayer {
    /// Ends watches when `closing` is cancelled.
    pub fn new(closing: CancellationToken) -> Self {
        Self { closing }
    }
}

impl<S> tower::Layer<S> for WatchLayer {
    type Service = Watches<S>;
    fn layer(&self, inner: S) -> Watches<S> {
        Watches { inner, closing: self.closing.clone() }
    }
}

/// Ends watches when the server stops.
#[derive(Debug, Clone)]
pub struct Watches<S> {
    inner: S,
    closing: CancellationToken,
}

impl<S, B, R> tower::Service<Request<B>> for Watches<S>
where
    S: tower::Service<Request<B>, Response = Response<R>>,
    S::Future: Send + 'static,
    R: http_body::Body<Data = Bytes> + Send + 'static,
    R::Error: Into<StdError>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let watches = WATCHES.contains(&request.uri().path());
        let closing = self.closing.clone();
        let call = self.inner.call(request);
        Box::pin(async move {
            let answer = call.await?.map(Body::new);
            if !watches {
                return Ok(answer);
            }
            Ok(answer.map(|inner| Body::new(Ending { inner, closing: Box::pin(closing.cancelled_owned()) })))
        })
    }
}

/// A body that ends with UNAVAILABLE when the server stops.
struct Ending {
    inner: Body,
    closing: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl http_body::Body for Ending {
    type Data = Bytes;
    type Error = <Body as http_body::Body>::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.inner.is_end_stream() {
            return Poll::Ready(None);
        }
        // What is ready goes out first: the watcher hears that the service stops serving.
        if let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(context) {
            return Poll::Ready(frame);
        }
        if self.closing.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        self.inner = Body::empty();
        let stopped = Status::unavailable("the server is stopping").into_http::<Body>();
        Poll::Ready(Some(Ok(Frame::trailers(stopped.headers().clone()))))
    }
}
