//! Ends the calls that never end by themselves when the server stops: a client that watches the health
//! of the service, or keeps asking what it offers, would hold up every stop until its limit.
//!
//! Their requests end as well, after the answers: as long as a handler waits for what its client sends, the
//! connection stays.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Frame;
use tokio_util::sync::{CancellationToken, DropGuard, WaitForCancellationFutureOwned};
use tonic::body::Body;
use tonic::codegen::{Bytes, StdError};

use super::status;

/// Methods whose answers last as long as the client likes.
const WATCHES: [&str; 4] = [
    "/grpc.health.v1.Health/Watch",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    "/eia.screening.v1.ScreeningService/WatchScreening",
];

/// Makes the layer that ends watches when the server stops.
#[derive(Debug, Clone)]
pub struct EndWatches {
    /// Cancelled when the server stops.
    pub closing: CancellationToken,
}

impl<S> tower::Layer<S> for EndWatches {
    type Service = Watched<S>;
    fn layer(&self, inner: S) -> Watched<S> {
        Watched { inner, closing: self.closing.clone() }
    }
}

/// A service whose watches end when the server stops.
#[derive(Debug, Clone)]
pub struct Watched<S> {
    inner: S,
    closing: CancellationToken,
}

impl<S, R> tower::Service<Request<Body>> for Watched<S>
where
    S: tower::Service<Request<Body>, Response = Response<R>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
    R: http_body::Body<Data = Bytes> + Send + 'static,
    R::Error: Into<StdError>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        if !WATCHES.contains(&request.uri().path()) {
            let call = self.inner.call(request);
            return Box::pin(async move { Ok(call.await?.map(Body::new)) });
        }
        let (closing, answered) = (self.closing.clone(), CancellationToken::new());
        let request = request.map(|inner| Body::new(Ending::of_request(inner, answered.clone())));
        let (call, answered) = (self.inner.call(request), answered.drop_guard());
        Box::pin(async move {
            Ok(call.await?.map(|inner| Body::new(Ending::of_answer(Body::new(inner), closing, answered))))
        })
    }
}

/// A body that ends before its time.
struct Ending {
    inner: Body,
    end: Pin<Box<WaitForCancellationFutureOwned>>,
    /// Of an answer, which ends with a status: ends the request when it is dropped.
    answered: Option<DropGuard>,
}

impl Ending {
    /// Ends when the answer has ended. Before it, a handler would see all of the request and end well.
    fn of_request(inner: Body, answered: CancellationToken) -> Self {
        Self { inner, end: Box::pin(answered.cancelled_owned()), answered: None }
    }

    /// Ends when the server stops.
    fn of_answer(inner: Body, closing: CancellationToken, answered: DropGuard) -> Self {
        Self { inner, end: Box::pin(closing.cancelled_owned()), answered: Some(answered) }
    }
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
        if self.end.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        self.inner = Body::empty();
        if self.answered.take().is_none() {
            return Poll::Ready(None);
        }
        let mut stopping = status::stopping().into_http::<()>().into_parts().0.headers;
        stopping.remove(http::header::CONTENT_TYPE);
        Poll::Ready(Some(Ok(Frame::trailers(stopping))))
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use http_body::Body as _;
    use tonic::Status;
    use tonic_types::StatusExt;

    use super::*;

    /// A body that never ends by itself.
    struct Endless;

    impl http_body::Body for Endless {
        type Data = Bytes;
        type Error = Status;
        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
            Poll::Pending
        }
    }

    async fn is_pending(body: &mut Ending) -> bool {
        poll_fn(|context| Poll::Ready(Pin::new(&mut *body).poll_frame(context).is_pending())).await
    }

    #[tokio::test]
    async fn a_stop_ends_answers_with_a_reason_and_then_their_requests() {
        let (closing, answered) = (CancellationToken::new(), CancellationToken::new());
        let mut request = Ending::of_request(Body::new(Endless), answered.clone());
        let mut answer = Ending::of_answer(Body::new(Endless), closing.clone(), answered.drop_guard());
        assert!(is_pending(&mut answer).await);
        closing.cancel();
        assert!(is_pending(&mut request).await, "the answer ends first");
        let last = poll_fn(|context| Pin::new(&mut answer).poll_frame(context)).await.unwrap().unwrap();
        let status = Status::from_header_map(last.trailers_ref().unwrap()).unwrap();
        assert_eq!(status.code(), tonic::Code::Unavailable);
        assert_eq!(status.get_details_error_info().unwrap().reason, "STOPPING");
        assert!(poll_fn(|context| Pin::new(&mut request).poll_frame(context)).await.is_none());
        assert!(poll_fn(|context| Pin::new(&mut answer).poll_frame(context)).await.is_none());
    }
}
