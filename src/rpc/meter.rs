//! What requests bring is bounded while it arrives, and large requests in one message count against the admission limit.
//!
//! A message is decoded only when all of it is in memory, and any number of calls may be sending one. What one may hold
//! is decided by [`super::frames`]. Uploads in chunks are not metered: a call that receives one is admitted for a chunk
//! before it reads, and its bytes go to disk.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tonic::Status;
use tonic::body::Body;
use tower::{Layer, Service};

use super::frames::{Bounds, Frames};
use super::status;
use crate::admission::{Admission, Cost, Permit};

/// Times that a message is in memory while it is decoded: as it came, and as it is read.
const COPIES: u64 = 2;

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

/// A service whose requests are bounded and, if they are large, metered.
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
        let Some(bounds) = Bounds::of(request.uri().path()) else { return self.inner.call(request) };
        let admission = bounds.is_whole_document().then(|| self.admission.clone());
        let frames = Frames::new(bounds);
        let request =
            request.map(|inner| Body::new(Arriving { inner, frames, admission, bytes: 0, taken: None }));
        self.inner.call(request)
    }
}

/// A request body that is read along; where it is metered, its bytes are admitted as they arrive and given back when it
/// is dropped.
struct Arriving {
    inner: Body,
    frames: Frames,
    admission: Option<Admission>,
    /// Bytes that have arrived.
    bytes: u64,
    taken: Option<Permit>,
}

impl Arriving {
    fn receive(&mut self, data: &[u8]) -> Result<(), Status> {
        self.frames.read(data)?;
        let Some(admission) = &self.admission else { return Ok(()) };
        self.bytes += data.len() as u64;
        let cost = Cost::of_bytes(COPIES * self.bytes);
        let admitted = match self.taken.as_mut() {
            Some(permit) => permit.raise(cost),
            None => admission.admit(cost).map(|permit| self.taken = Some(permit)),
        };
        admitted.map_err(|overload| status::overloaded(&overload))
    }
}

impl http_body::Body for Arriving {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(context);
        let Poll::Ready(Some(Ok(frame))) = polled else { return polled };
        Poll::Ready(Some(match frame.data_ref().map_or(Ok(()), |data| self.receive(data)) {
            Ok(()) => Ok(frame),
            Err(refusal) => {
                self.taken = None;
                Err(refusal)
            }
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use http_body::Body as _;

    use super::*;

    /// Polls a request body of one piece to its end.
    fn arrived(path: &str, admission: &Admission, piece: &'static [u8]) -> (Arriving, Option<Status>) {
        let bounds = Bounds::of(path).unwrap();
        let admission = bounds.is_whole_document().then(|| admission.clone());
        let inner = Body::new(OnePiece(Some(Bytes::from_static(piece))));
        let mut body = Arriving { inner, frames: Frames::new(bounds), admission, bytes: 0, taken: None };
        let mut context = Context::from_waker(std::task::Waker::noop());
        let polled = Pin::new(&mut body).poll_frame(&mut context);
        let Poll::Ready(Some(frame)) = polled else { panic!("the piece is there") };
        (body, frame.err())
    }

    struct OnePiece(Option<Bytes>);

    impl http_body::Body for OnePiece {
        type Data = Bytes;
        type Error = Status;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
            Poll::Ready(self.0.take().map(|piece| Ok(Frame::data(piece))))
        }
    }

    #[test]
    fn a_document_in_one_message_takes_room_until_it_is_decoded() {
        let admission = Admission::new(Cost { bytes: 1 << 20, tokens: 1 });
        let path = "/eia.screening.v1.ScreeningService/ScreenSections";
        let (body, refusal) = arrived(path, &admission, &[0, 0, 0, 1, 0, 0x12]);
        assert!(refusal.is_none());
        assert_eq!(admission.in_use().bytes, COPIES * 6);
        drop(body);
        assert_eq!(admission.in_use(), Cost::default());
    }

    #[test]
    fn a_message_that_is_too_large_is_refused_before_it_is_received() {
        let admission = Admission::new(Cost { bytes: 1 << 20, tokens: 1 });
        for path in ["ScreeningService/SubmitDocument", "ScreeningService/GetScreening"] {
            let path = format!("/eia.screening.v1.{path}");
            let (_, refusal) = arrived(&path, &admission, &[0, 1, 0xff, 0xff, 0xff, 0x12]);
            assert!(refusal.is_some(), "{path}");
            assert_eq!(admission.in_use(), Cost::default());
        }
    }
}
