//! Large requests in one message: their bytes count against the admission limit while they arrive.
//!
//! A message is decoded only when all of it is in memory, and any number of calls may be sending one.
//! Uploads in chunks are not metered: their bytes go to disk. The limit per message is the service's.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tonic::Status;
use tonic::body::Body;
use tower::{Layer, Service};

use super::status;
use crate::admission::{Admission, Cost, Permit};

/// Methods whose request may be large.
const LARGE: [&str; 1] = ["/eia.screening.v1.ScreeningService/ScreenSections"];

/// Adds the meter to services.
#[derive(Clone)]
pub struct MeterLayer {
    admission: Admission,
}

impl MeterLayer {
    /// Makes the layer.
    pub fn new(admission: Admission) -> Self {
        Self { admission }
    }
}

impl<S> Layer<S> for MeterLayer {
    type Service = Metered<S>;

    fn layer(&self, inner: S) -> Metered<S> {
        Metered { inner, admission: self.admission.clone() }
    }
}

/// A service whose large requests are metered.
#[derive(Clone)]
pub struct Metered<S> {
    inner: S,
    admission: Admission,
}

impl<S: Service<http::Request<Body>>> Service<http::Request<Body>> for Metered<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<Body>) -> S::Future {
        if !LARGE.contains(&request.uri().path()) {
            return self.inner.call(request);
        }
        let admission = self.admission.clone();
        let request = request.map(|inner| Body::new(Counted { inner, admission, taken: Vec::new() }));
        self.inner.call(request)
    }
}

/// A request body whose bytes are admitted as they arrive; given back when it is dropped.
struct Counted {
    inner: Body,
    admission: Admission,
    taken: Vec<Permit>,
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(context);
        let Poll::Ready(Some(Ok(frame))) = polled else { return polled };
        let bytes = frame.data_ref().map_or(0, |data| data.len() as u64);
        match self.admission.admit(Cost::of_bytes(bytes)) {
            Ok(permit) => {
                self.taken.push(permit);
                Poll::Ready(Some(Ok(frame)))
            }
            Err(overload) => {
                self.taken.clear();
                Poll::Ready(Some(Err(status::overloaded(&overload))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
