//! Ends the calls that never end by themselves when the server stops: a client that watches the health
//! of the service would hold up every stop until its limit.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::Response;
use http_body::Frame;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::Bytes;

use super::around::Around;

/// Methods whose answers last as long as the client likes.
const WATCHES: [&str; 2] =
    ["/grpc.health.v1.Health/Watch", "/eia.screening.v1.ScreeningService/WatchScreening"];

/// Ends watches when the server stops.
#[derive(Debug, Clone)]
pub struct EndWatches {
    /// Cancelled when the server stops.
    pub closing: CancellationToken,
}

impl Around for EndWatches {
    type Kept = Option<CancellationToken>;

    fn before(&self, path: &str) -> Result<Self::Kept, Status> {
        Ok(WATCHES.contains(&path).then(|| self.closing.clone()))
    }

    fn after(closing: Self::Kept, answer: Response<Body>) -> Response<Body> {
        let Some(closing) = closing else { return answer };
        answer.map(|inner| Body::new(Ending { inner, closing: Box::pin(closing.cancelled_owned()) }))
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
