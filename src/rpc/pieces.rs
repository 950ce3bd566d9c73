//! Sends an answer in pieces, so that what a client does not read stays here, where it is counted.
//!
//! The gRPC library makes one piece of a whole message, and the HTTP library takes a piece of any size as soon as the
//! client would read one byte. From then on the message would lie in the connection's buffer, uncounted and beyond every
//! deadline, for as long as the client keeps the connection (RFC 9113, 5.2: a window is the receiver's choice).

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame};

/// Most bytes of a piece. The connection takes the next one when the client has room for it.
const PIECE: usize = 32 * 1024;

/// A body whose data is handed over in pieces.
pub struct InPieces<B> {
    inner: B,
    rest: Bytes,
}

impl<B> InPieces<B> {
    /// Cuts the data of a body.
    pub fn new(inner: B) -> Self {
        Self { inner, rest: Bytes::new() }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for InPieces<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = &mut *self;
        if this.rest.is_empty() {
            match std::task::ready!(Pin::new(&mut this.inner).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => this.rest = data,
                    Err(other) => return Poll::Ready(Some(Ok(other))),
                },
                ended => return Poll::Ready(ended),
            }
        }
        let piece = this.rest.split_to(this.rest.len().min(PIECE));
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.inner.is_end_stream()
    }
}
