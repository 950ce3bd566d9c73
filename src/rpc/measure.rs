//! Counts every call, refused ones included: how long it took and how it ended.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use http::{Request, Response};
use tonic::Code;
use tonic::body::Body;
use tonic::codegen::{Bytes, StdError};

use super::outcome::telling;
use super::reasons::code_name;
use crate::access::methods::METHODS;
use crate::metrics::{CALL_DURATION, CALLS};

/// Makes the layer.
#[derive(Debug, Clone, Copy, Default)]
pub struct MeasureLayer;

impl<S> tower::Layer<S> for MeasureLayer {
    type Service = Measured<S>;
    fn layer(&self, inner: S) -> Measured<S> {
        Measured { inner }
    }
}

/// Counts calls.
#[derive(Debug, Clone)]
pub struct Measured<S> {
    inner: S,
}

/// A call that is running; counted when it ends, however it ends.
struct Running {
    method: &'static str,
    begun: Instant,
    code: Code,
}

impl Running {
    fn new(path: &str) -> Self {
        metrics::gauge!(CALLS).increment(1.0);
        // A path that is no method is the caller's own text and no label.
        let known = METHODS.iter().find(|(known, _)| *known == path);
        let method = known.map_or("_OTHER", |(known, _)| known.trim_start_matches('/'));
        Self { method, begun: Instant::now(), code: Code::Cancelled }
    }

    fn end(mut self, code: Code) {
        self.code = code;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        metrics::gauge!(CALLS).decrement(1.0);
        let labels = [("rpc_method", self.method), ("rpc_response_status_code", code_name(self.code))];
        metrics::histogram!(CALL_DURATION, &labels).record(self.begun.elapsed().as_secs_f64());
    }
}

impl<S, B, R> tower::Service<Request<B>> for Measured<S>
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
        let running = Running::new(request.uri().path());
        let call = self.inner.call(request);
        Box::pin(async move {
            let answer = call.await?;
            Ok(telling(answer.map(Body::new), Box::new(move |code| running.end(code))))
        })
    }
}
