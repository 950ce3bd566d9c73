//! One id for each call: in every log line of it, in the audit log, and in the answer.
//!
//! The caller may choose it (`x-request-id`), so that its own log and this one can be laid side by side.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Extensions, HeaderValue, Request, Response};
use tonic::body::Body;
use tonic::codegen::{Bytes, StdError};
use tracing::Instrument;

use super::outcome::telling;
use super::reasons::code_name;

/// Name of the header.
pub const HEADER: &str = "x-request-id";
/// Header with the caller's trace.
pub const TRACE: &str = "traceparent";
/// Field of the span for how the call ended.
const STATUS: &str = "rpc.response.status_code";
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

/// Returns the trace that the caller says the call belongs to (W3C Trace Context), if it says so in the right
/// form: 32 lower-case hexadecimal digits that are not all 0.
fn trace_of(headers: &http::HeaderMap) -> Option<&str> {
    let mut parts = headers.get(TRACE)?.to_str().ok()?.split('-');
    let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_hex = |text: &str, digits: usize| {
        text.len() == digits && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    let is_set = |text: &str| text.bytes().any(|b| b != b'0');
    let is_known = version != "ff" && (version != "00" || parts.next().is_none());
    let is_right = is_hex(version, 2) && is_hex(trace, 32) && is_hex(parent, 16) && is_hex(flags, 2);
    (is_right && is_known && is_set(trace) && is_set(parent)).then_some(trace)
}

/// Makes the span of a call: in every log line of it, and in traces by the names that OpenTelemetry gives.
fn span_of(id: &RequestId, path: &str, headers: &http::HeaderMap) -> tracing::Span {
    let known = crate::access::methods::demand_of(path).is_some();
    // A path that is no method is the caller's own text.
    let method = if known { path.trim_start_matches('/') } else { "_OTHER" };
    let span = tracing::info_span!(
        "rpc",
        request_id = %id,
        rpc.method = method,
        rpc.response.status_code = tracing::field::Empty,
        otel.name = method,
        otel.kind = "server",
        trace_id = tracing::field::Empty,
    );
    if let Some(trace) = trace_of(headers) {
        span.record("trace_id", trace);
    }
    #[cfg(feature = "otel")]
    crate::telemetry::traces::continue_trace(&span, headers);
    span
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
        let id = RequestId::chosen(request.headers().get(HEADER)).unwrap_or_else(RequestId::fresh);
        request.extensions_mut().insert(id.clone());
        let span = span_of(&id, request.uri().path(), request.headers());
        let call = span.in_scope(|| self.inner.call(request)).instrument(span.clone());
        Box::pin(async move {
            // The span lasts as long as the answer, which may be a stream.
            let ended = Box::new(move |code| {
                span.record(STATUS, code_name(code));
                tracing::debug!(parent: &span, code = code_name(code), "call ended");
            });
            let mut answer = telling(call.await?.map(Body::new), ended);
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
    fn the_callers_trace_is_taken_in_the_right_form_alone() {
        let trace = |text: &str| {
            let mut headers = http::HeaderMap::new();
            headers.insert(TRACE, HeaderValue::from_str(text).unwrap());
            trace_of(&headers).map(str::to_owned)
        };
        let (id, parent) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
        assert_eq!(trace(&format!("00-{id}-{parent}-01")).as_deref(), Some(id));
        assert_eq!(trace(&format!("01-{id}-{parent}-01-later")).as_deref(), Some(id), "of a later version");
        let none = "0".repeat(32);
        for wrong in [
            format!("00-{id}-{parent}"),
            format!("00-{id}-{parent}-01-more"),
            format!("ff-{id}-{parent}-01"),
            format!("00-{none}-{parent}-01"),
            format!("00-{}-{parent}-01", id.to_uppercase()),
            format!("00-{id}-{}-01", "0".repeat(16)),
            "drop table".to_owned(),
        ] {
            assert_eq!(trace(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_chosen_id_must_be_fit_for_a_log() {
        let chosen = |text: &str| RequestId::chosen(HeaderValue::from_str(text).ok().as_ref());
        assert_eq!(chosen("cms-2026.17_b").unwrap().to_string(), "cms-2026.17_b");
        for bad in ["", "a b", "a\"b", "a=b", &"a".repeat(65)] {
            assert!(chosen(bad).is_none(), "{bad:?}");
        }
    }
}
