//! How long may a call take, and how does everything that works for it learn that it is over?
//!
//! A tower layer around all services. The time of a call is what the client states (`grpc-timeout`), at
//! most the ceiling of the method's class. When it is over the answer is DEADLINE_EXCEEDED: instead of
//! the response if there is none yet, as its trailers if its body is still being sent. The layer of the
//! gRPC library would answer CANCELLED, and would not look at bodies.
//!
//! Every request carries a [`Call`]: its token is cancelled when the time is over, when the client leaves
//! and when the answer has been sent. Queue, reader, encoder and index calls hold the token or are
//! dropped with the call.
//!
//! Health and reflection have no ceiling.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{HeaderMap, Request, Response};
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_util::sync::{CancellationToken, DropGuard};
use tower::{Layer, Service};

use super::status;

/// Header with the client's time.
const HEADER: &str = "grpc-timeout";

/// The server answers this much before the client gives up by itself, or a tenth of the time: its answer
/// says more. The library's own timer, which would answer CANCELLED, never comes first either.
const MARGIN: Duration = Duration::from_millis(20);

/// Longest time for which a call waits for room.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a call is allowed to take, by what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Looks something up.
    Lookup,
    /// Receives a file or works on a document.
    Document,
    /// Follows something.
    Watch,
}

/// Ceilings per class.
#[derive(Debug, Clone, Copy)]
pub struct Ceilings {
    /// For [`Class::Lookup`].
    pub lookup: Duration,
    /// For [`Class::Document`].
    pub document: Duration,
    /// For [`Class::Watch`].
    pub watch: Duration,
}

/// Returns the class of a method of this package; `None` for other services.
pub fn class_of(path: &str) -> Option<Class> {
    let method = path.strip_prefix("/eia.screening.v1.")?.split_once('/')?.1;
    Some(match method {
        "ScreenSections"
        | "ScreenDocument"
        | "SubmitDocument"
        | "ImportCase"
        | "SearchPrecedentsByDocument" => Class::Document,
        "WatchScreening" => Class::Watch,
        _ => Class::Lookup,
    })
}

/// What a handler knows of its call; an extension of every request.
#[derive(Debug, Clone)]
pub struct Call {
    /// Cancelled when nobody waits for the answer any more.
    pub cancel: CancellationToken,
    /// When its time is over; `None` if it has no end.
    until: Option<Instant>,
}

impl Call {
    /// Returns the call of a request; one that never ends if the layer is not there.
    pub fn of<T>(request: &tonic::Request<T>) -> Self {
        request
            .extensions()
            .get::<Self>()
            .cloned()
            .unwrap_or_else(|| Self { cancel: CancellationToken::new(), until: None })
    }

    /// Returns how long the call may wait for room from now on: at most half of the time that it has left, so that
    /// it hears what was short, or has as much for its work.
    pub fn patience(&self) -> Duration {
        let left = self.until.map(|until| until.saturating_duration_since(Instant::now()));
        left.map_or(PATIENCE, |left| PATIENCE.min(left / 2))
    }
}

/// Adds deadlines to services.
#[derive(Debug, Clone)]
pub struct DeadlineLayer {
    ceilings: Ceilings,
}

impl DeadlineLayer {
    /// Makes the layer.
    pub fn new(ceilings: Ceilings) -> Self {
        Self { ceilings }
    }
}

impl<S> Layer<S> for DeadlineLayer {
    type Service = Deadlines<S>;

    fn layer(&self, inner: S) -> Deadlines<S> {
        Deadlines { inner, ceilings: self.ceilings }
    }
}

/// A service whose calls end in time.
#[derive(Debug, Clone)]
pub struct Deadlines<S> {
    inner: S,
    ceilings: Ceilings,
}

impl Ceilings {
    /// Returns the time of a call.
    fn of(&self, path: &str, headers: &HeaderMap) -> Option<Duration> {
        let asked = headers.get(HEADER).and_then(|value| value.to_str().ok()).and_then(parse);
        let asked = asked.map(|asked| asked.saturating_sub(MARGIN.min(asked / 10)));
        let ceiling = class_of(path).map(|class| match class {
            Class::Lookup => self.lookup,
            Class::Document => self.document,
            Class::Watch => self.watch,
        });
        asked.into_iter().chain(ceiling).min()
    }
}

/// Parses `grpc-timeout`: at most eight digits and a unit.
fn parse(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(amount * 3600),
        "M" => Duration::from_secs(amount * 60),
        "S" => Duration::from_secs(amount),
        "m" => Duration::from_millis(amount),
        "u" => Duration::from_micros(amount),
        "n" => Duration::from_nanos(amount),
        _ => return None,
    })
}

/// The clock of one call. It goes from the response future to the response body.
struct Clock {
    sleep: Option<Pin<Box<Sleep>>>,
    time: Duration,
    _guard: DropGuard,
}

impl Clock {
    fn is_over(&mut self, context: &mut Context<'_>) -> bool {
        self.sleep.as_mut().is_some_and(|sleep| sleep.as_mut().poll(context).is_ready())
    }

    fn status_headers(&self) -> HeaderMap {
        let mut headers = status::deadline_exceeded(self.time).into_http::<()>().into_parts().0.headers;
        headers.remove(http::header::CONTENT_TYPE);
        headers
    }
}

impl<S, B, R> Service<Request<B>> for Deadlines<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Future: Send + 'static,
    R: 'static,
{
    type Response = Response<Timed<R>>;
    type Error = S::Error;
    type Future = InTime<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let time = self.ceilings.of(request.uri().path(), request.headers());
        let until = time.and_then(|time| Instant::now().checked_add(time));
        let cancel = CancellationToken::new();
        let clock = Clock {
            sleep: until.map(|until| Box::pin(sleep_until(until))),
            time: time.unwrap_or_default(),
            _guard: cancel.clone().drop_guard(),
        };
        request.extensions_mut().insert(Call { cancel, until });
        InTime { inner: Some(Box::pin(self.inner.call(request))), clock: Some(clock) }
    }
}

/// Response future that ends in time.
pub struct InTime<F> {
    inner: Option<Pin<Box<F>>>,
    clock: Option<Clock>,
}

impl<F, R, E> Future for InTime<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<Timed<R>>, E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let (Some(inner), Some(clock)) = (this.inner.as_mut(), this.clock.as_mut()) else {
            return Poll::Pending;
        };
        if let Poll::Ready(answer) = inner.as_mut().poll(context) {
            let clock = this.clock.take();
            return Poll::Ready(
                answer.map(|response| response.map(|body| Timed { inner: Some(body), clock })),
            );
        }
        if !clock.is_over(context) {
            return Poll::Pending;
        }
        let response = status::deadline_exceeded(clock.time).into_http::<()>();
        // Dropping the handler and the clock cancels what works for the call.
        this.inner = None;
        this.clock = None;
        Poll::Ready(Ok(response.map(|()| Timed { inner: None, clock: None })))
    }
}

/// Response body that ends in time.
pub struct Timed<B> {
    inner: Option<B>,
    clock: Option<Clock>,
}

impl<B: Body + Unpin> Body for Timed<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = &mut *self;
        let Some(inner) = this.inner.as_mut() else { return Poll::Ready(None) };
        // Asked first: a stream that always has something to send must end in time too.
        if let Some(clock) = this.clock.as_mut()
            && clock.is_over(context)
        {
            let trailers = clock.status_headers();
            this.inner = None;
            this.clock = None;
            return Poll::Ready(Some(Ok(Frame::trailers(trailers))));
        }
        let polled = Pin::new(inner).poll_frame(context);
        if matches!(polled, Poll::Ready(None)) {
            this.inner = None;
            this.clock = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_read_as_the_protocol_writes_them() {
        assert_eq!(parse("1500m"), Some(Duration::from_millis(1500)));
        assert_eq!(parse("2H"), Some(Duration::from_secs(7200)));
        for bad in ["", "5", "m", "-5m", "123456789m", "5x", "5ü", "ü"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_call_waits_for_room_no_longer_than_half_its_time() {
        let patience = |until| Call { cancel: CancellationToken::new(), until }.patience();
        let second = Duration::from_secs(1);
        let half = patience(Some(Instant::now() + 20 * second));
        assert!(half > Duration::ZERO && half <= 10 * second, "{half:?}");
        assert_eq!(patience(Some(Instant::now() + 3_600 * second)), PATIENCE);
        assert_eq!(patience(None), PATIENCE);
        assert_eq!(patience(Some(Instant::now())), Duration::ZERO);
    }

    #[test]
    fn the_shorter_of_ceiling_and_wish_holds() {
        let second = Duration::from_secs(1);
        let ceilings = Ceilings { lookup: second, document: 9 * second, watch: 99 * second };
        let mut headers = HeaderMap::new();
        let path = "/eia.screening.v1.PrecedentService/SearchPrecedents";
        assert_eq!(ceilings.of(path, &headers), Some(second));
        assert_eq!(ceilings.of("/grpc.health.v1.Health/Watch", &headers), None);
        headers.insert(HEADER, "100m".parse().unwrap());
        assert_eq!(ceilings.of(path, &headers), Some(Duration::from_millis(90)));
        headers.insert(HEADER, "5H".parse().unwrap());
        assert_eq!(ceilings.of(path, &headers), Some(second));
        assert_eq!(ceilings.of("/eia.screening.v1.ScreeningService/ImportCase", &headers), Some(9 * second));
    }
}
