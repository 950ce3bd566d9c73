//! How did a call end? A gRPC answer says so at its very end, in the trailers; this body waits for
//! them and tells.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::{HeaderMap, Response};
use http_body::{Frame, SizeHint};
use tonic::Code;
use tonic::body::Body;

/// Called once, when a call has ended: with its code, or CANCELLED if the caller went away before.
pub type Tell = Box<dyn FnOnce(Code) + Send>;

/// A body that tells how the call ended.
struct Telling {
    inner: Body,
    tell: Option<Tell>,
}

/// Makes an answer tell how the call ended.
pub fn telling(response: Response<Body>, tell: Tell) -> Response<Body> {
    // An error without an answer stands in the headers, and there is no body to wait for.
    if let Some(code) = code_in(response.headers()) {
        tell(code);
        return response;
    }
    response.map(|inner| Body::new(Telling { inner, tell: Some(tell) }))
}

fn code_in(headers: &HeaderMap) -> Option<Code> {
    headers.get("grpc-status").map(|value| Code::from_bytes(value.as_bytes()))
}

impl Telling {
    fn end(&mut self, code: Code) {
        if let Some(tell) = self.tell.take() {
            tell(code);
        }
    }
}

impl http_body::Body for Telling {
    type Data = <Body as http_body::Body>::Data;
    type Error = <Body as http_body::Body>::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(context);
        if let Poll::Ready(ended) = &polled {
            match ended {
                Some(Ok(frame)) => {
                    if let Some(code) = frame.trailers_ref().and_then(code_in) {
                        self.end(code);
                    }
                }
                Some(Err(_)) | None => self.end(Code::Unknown),
            }
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for Telling {
    fn drop(&mut self) {
        self.end(Code::Cancelled);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    fn listener() -> (Tell, Arc<Mutex<Vec<Code>>>) {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&heard);
        (Box::new(move |code| told.lock().unwrap().push(code)), heard)
    }

    #[test]
    fn an_error_in_the_headers_is_told_at_once() {
        let (tell, heard) = listener();
        let response = tonic::Status::permission_denied("no").into_http();
        let _ = telling(response, tell);
        assert_eq!(*heard.lock().unwrap(), [Code::PermissionDenied]);
    }

    #[test]
    fn an_answer_that_is_dropped_was_cancelled() {
        let (tell, heard) = listener();
        drop(telling(Response::new(Body::empty()), tell));
        assert_eq!(*heard.lock().unwrap(), [Code::Cancelled]);
    }
}
