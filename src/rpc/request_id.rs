//! One id for each call: in every log line of it, in the audit log, and in the answer.
//!
//! The caller may choose it (`x-request-id`), so that its own log and this one can be laid side by side.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Extensions, HeaderValue, Request, Response};
use tracing::Instrument;

/// Name of the header.
pub const HEADER: &str = "x-request-id";
/// Longest id that a caller may choose.
const LONGEST: usize = 64;

/// The id of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// Returns the id of a call; a fresh one if it has none.
    pub fn of(extensions: &Extensions) -> Self {
        extensions.get::<Self>().cloned().unwrap_or_else(Self::fresh)
    }

    fn fresh() -> Self {
        Self(uuid::Uuid::new_v4().to_string())
    }

    /// Takes the id that the caller chose, if it can stand in a log.
    fn chosen(header: Option<&HeaderValue>) -> Option<Self> {
        let text = header?.to_str().ok()?;
        let legal = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        ((1..=LONGEST).contains(&text.len()) && text.chars().all(legal)).then(|| Self(text.to_owned()))
    }
}

impl std::fmt::Display for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Gives every call its id and its span.
#[derive(Debug, Clone, Copy, Default)]
pub struct RequestIdLayer;

impl<S> tower::Layer<S> for RequestIdLayer {
    type Service = WithRequestId<S>;
    fn layer(&self, inner: S) -> WithRequestId<S> {
        WithRequestId { inner }
    }
}

/// Gives every call its id and its span.
#[derive(Debug, Clone)]
pub struct WithRequestId<S> {
    inner: S,
}

impl<S, B, R> tower::Service<Request<B>> for WithRequestId<S>
where
    S: tower::Service<Request<B>, Response = Response<R>>,
    S::Future: Send + 'static,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let id = RequestId::chosen(request.headers().get(HEADER)).unwrap_or_else(RequestId::fresh);
        request.extensions_mut().insert(id.clone());
        let known = crate::access::methods::demand_of(request.uri().path()).is_some();
        let method = if known { request.uri().path() } else { "_OTHER" };
        let span = tracing::info_span!("rpc", request_id = %id, method);
        let call = self.inner.call(request).instrument(span);
        Box::pin(async move {
            let mut answer = call.await?;
            if let Ok(value) = HeaderValue::from_str(&id.0) {
                answer.headers_mut().insert(HEADER, value);
            }
            Ok(answer)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chosen_id_must_be_fit_for_a_log() {
        let chosen = |text: &str| RequestId::chosen(HeaderValue::from_str(text).ok().as_ref());
        assert_eq!(chosen("cms-2026.17_b").unwrap().to_string(), "cms-2026.17_b");
        for bad in ["", "a b", "a\"b", "a=b", &"a".repeat(65)] {
            assert!(chosen(bad).is_none(), "{bad:?}");
        }
    }
}
