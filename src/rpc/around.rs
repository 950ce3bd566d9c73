//! A layer that looks at a call before its handler and at the answer after it: what counting and limiting of
//! calls have in common.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Extensions, Request, Response};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::{Bytes, StdError};

/// What is done around a call.
pub trait Around: Clone + Send + 'static {
    /// What is remembered until the answer is there; dropped with the call if nobody waits for it any more.
    type Kept: Send + 'static;

    /// Looks at the method before the handler runs; an error is the answer instead.
    fn before(&self, path: &str) -> Result<Self::Kept, Status>;

    /// Gives the handler what its work is to hold as well.
    fn hand_over(_kept: &Self::Kept, _extensions: &mut Extensions) {}

    /// Looks at the answer.
    fn after(kept: Self::Kept, answer: Response<Body>) -> Response<Body>;
}

/// Makes the layer.
#[derive(Debug, Clone)]
pub struct AroundLayer<A>(pub A);

impl<A: Clone, S> tower::Layer<S> for AroundLayer<A> {
    type Service = Surrounded<A, S>;
    fn layer(&self, inner: S) -> Surrounded<A, S> {
        Surrounded { around: self.0.clone(), inner }
    }
}

/// A service with something done around its calls.
#[derive(Debug, Clone)]
pub struct Surrounded<A, S> {
    around: A,
    inner: S,
}

impl<A, S, B, R> tower::Service<Request<B>> for Surrounded<A, S>
where
    A: Around,
    S: tower::Service<Request<B>, Response = Response<R>>,
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

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let kept = match self.around.before(request.uri().path()) {
            Ok(kept) => kept,
            Err(status) => return Box::pin(std::future::ready(Ok(status.into_http()))),
        };
        A::hand_over(&kept, request.extensions_mut());
        let call = self.inner.call(request);
        Box::pin(async move { Ok(A::after(kept, call.await?.map(Body::new))) })
    }
}
