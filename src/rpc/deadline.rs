//! How long may a call take, and how does everything that works for it learn that it is over?
//!
//! A tower layer around all services. The time of a call is what the client states (`grpc-timeout`), at
//! most the ceiling of the method's class. When it is over the answer is DEADLINE_EXCEEDED: instead of
//! the response if there is none yet, as its trailers if its body is still being sent. A body whose client reads
//! nothing is dropped by a timer, with all that it holds: nobody else would look at it. What stands outside of this
//! layer, the audit log and the figures, hears of that when the connection asks for more or ends. The layer of the gRPC
//! library would answer CANCELLED, and would not look at bodies.
//!
//! Every request carries a [`Call`]: its token is cancelled when the time is over, when the client leaves
//! and when the answer has been sent. Queue, reader, encoder and index calls hold the token or are
//! dropped with the call.
//!
//! Health and reflection have no ceiling.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use tower::{Layer, Service};

use super::pieces::InPieces;
use super::status;

/// Header with the client's time.
const HEADER: &str = "grpc-timeout";

/// The server answers this much before the client gives up by itself, or a tenth of the time: its answer
/// says more. The library's own timer, which would answer CANCELLED, never comes first either.
const MARGIN: Duration = Duration::from_millis(20);

/// A report that was found in time may take so many times longer to be sent over a slow line; it counts meanwhile.
const SLOW_LINE: u32 = 10;

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

/// Times of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Times {
    /// Until there is an answer.
    work: Option<Duration>,
    /// Until the answer has been sent, from the beginning as well.
    sending: Option<Duration>,
}

impl Ceilings {
    /// Returns the times of a call.
    fn of(&self, path: &str, headers: &HeaderMap) -> Times {
        let asked = headers.get(HEADER).and_then(|value| value.to_str().ok()).and_then(parse);
        let asked = asked.map(|asked| asked.saturating_sub(MARGIN.min(asked / 10)));
        let (work, sending) = match class_of(path) {
            Some(Class::Lookup) => (Some(self.lookup), Some(self.lookup * SLOW_LINE)),
            Some(Class::Document) => (Some(self.document), Some(self.document)),
            Some(Class::Watch) => (Some(self.watch), Some(self.watch)),
            None => (None, None),
        };
        let within = |ceiling: Option<Duration>| asked.into_iter().chain(ceiling).min();
        Times { work: within(work), sending: within(sending) }
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
    begun: Instant,
    times: Times,
    /// Runs until `time`, which is that of the work or of sending.
    sleep: Option<Pin<Box<Sleep>>>,
    time: Option<Duration>,
    /// Cancelled when nobody works for the call any more.
    cancel: CancellationToken,
}

impl Drop for Clock {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

impl Clock {
    fn of(times: Times) -> Self {
        let (begun, cancel) = (Instant::now(), CancellationToken::new());
        let mut clock = Self { begun, times, sleep: None, time: None, cancel };
        clock.runs_for(times.work);
        clock
    }

    fn runs_for(&mut self, time: Option<Duration>) {
        self.time = time;
        self.sleep = self.until().map(|until| Box::pin(sleep_until(until)));
    }

    fn until(&self) -> Option<Instant> {
        self.begun.checked_add(self.time?)
    }

    fn is_over(&mut self, context: &mut Context<'_>) -> bool {
        self.sleep.as_mut().is_some_and(|sleep| sleep.as_mut().poll(context).is_ready())
    }

    fn status_headers(&self) -> HeaderMap {
        let headers = status::deadline_exceeded(self.time.unwrap_or_default());
        let mut headers = headers.into_http::<()>().into_parts().0.headers;
        headers.remove(http::header::CONTENT_TYPE);
        headers
    }
}

impl<S, B, R> Service<Request<B>> for Deadlines<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Future: Send + 'static,
    R: Body<Data = Bytes> + Send + 'static,
{
    type Response = Response<Timed<R>>;
    type Error = S::Error;
    type Future = InTime<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let clock = Clock::of(self.ceilings.of(request.uri().path(), request.headers()));
        request.extensions_mut().insert(Call { cancel: clock.cancel.clone(), until: clock.until() });
        InTime { work: Some((Box::pin(self.inner.call(request)), clock)) }
    }
}

/// Response future that ends in time.
pub struct InTime<F> {
    /// The handler with its clock, until it has answered.
    work: Option<(Pin<Box<F>>, Clock)>,
}

impl<F, R, E> Future for InTime<F>
where
    F: Future<Output = Result<Response<R>, E>>,
    R: Body<Data = Bytes> + Send + 'static,
{
    type Output = Result<Response<Timed<R>>, E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let Some((inner, clock)) = this.work.as_mut() else { return Poll::Pending };
        let answer = inner.as_mut().poll(context);
        let is_over = answer.is_pending() && clock.is_over(context);
        if answer.is_pending() && !is_over {
            return Poll::Pending;
        }
        // Dropping the handler and the clock cancels what works for the call.
        let Some((_, clock)) = this.work.take() else { return Poll::Pending };
        Poll::Ready(match answer {
            Poll::Ready(answer) => answer.map(|response| response.map(|body| Timed::new(body, clock))),
            Poll::Pending => {
                let response = status::deadline_exceeded(clock.time.unwrap_or_default()).into_http::<()>();
                Ok(response.map(|()| Timed { inner: Arc::default(), clock: None }))
            }
        })
    }
}

/// Response body that ends in time, whether or not the client reads it.
pub struct Timed<B> {
    /// Taken out by [`end_in_time`] when the time is over: the connection asks for more only when the client has room.
    inner: Arc<Mutex<Option<InPieces<B>>>>,
    clock: Option<Clock>,
}

impl<B: Body<Data = Bytes> + Send + 'static> Timed<B> {
    fn new(body: B, mut clock: Clock) -> Self {
        clock.runs_for(clock.times.sending);
        let is_empty = body.is_end_stream();
        let inner = Arc::new(Mutex::new(Some(InPieces::new(body))));
        if let Some(until) = clock.until().filter(|_| !is_empty) {
            tokio::spawn(end_in_time(Arc::downgrade(&inner), until, clock.cancel.clone()));
        }
        Self { inner, clock: Some(clock) }
    }
}

/// Ends a body when its time is over, unless it has ended before.
async fn end_in_time<B>(body: Weak<Mutex<Option<B>>>, until: Instant, ended: CancellationToken) {
    if ended.run_until_cancelled(sleep_until(until)).await.is_some() {
        // Taken before anybody hears of it, so that the answer says that the time is over and not that it was cancelled.
        let body = body.upgrade().and_then(|body| body.lock().unwrap_or_else(PoisonError::into_inner).take());
        ended.cancel();
        drop(body);
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Timed<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = &mut *self;
        let Some(clock) = this.clock.as_mut() else { return Poll::Ready(None) };
        let mut inner = this.inner.lock().unwrap_or_else(PoisonError::into_inner);
        // Asked first: a stream that always has something to send must end in time too.
        let is_over = clock.is_over(context);
        let Some(body) = inner.as_mut().filter(|_| !is_over) else {
            let trailers = clock.status_headers();
            (*inner, this.clock) = (None, None);
            return Poll::Ready(Some(Ok(Frame::trailers(trailers))));
        };
        let polled = Pin::new(body).poll_frame(context);
        if matches!(polled, Poll::Ready(None)) {
            (*inner, this.clock) = (None, None);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        // A body that was taken out has its status still to be sent.
        self.clock.is_none() || inner.as_ref().is_some_and(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        // A length that is stated has to be kept, and this body may end before its time.
        if self.clock.is_none() { SizeHint::with_exact(0) } else { SizeHint::default() }
    }
}

#[cfg(test)]
#[path = "deadline_tests.rs"]
mod tests;
