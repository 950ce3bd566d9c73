//! Work on whole documents and reports beside the runtime: they may have tens of megabytes, and whatever converts one on
//! a thread of the runtime holds up every other call.

use tonic::Status;
use tracing::Instrument;

use super::deadline::Call;
use super::status;
use crate::admission::Cost;
use crate::room::Stay;

/// Runs work that keeps a processor busy on the blocking pool.
pub async fn in_worker<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Status> {
    let span = tracing::Span::current();
    let done = tokio::task::spawn_blocking(move || span.in_scope(work)).await;
    done.map_err(|task| status::stopped(&task))
}

/// Runs work in a task of its own, to its end even if the call has gone: a thread that works cannot be stopped at once,
/// and what the work holds – room and place – is free only when it has ended.
pub async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, Status>> + Send + 'static,
) -> Result<T, Status> {
    let done = tokio::spawn(work.in_current_span()).await;
    done.unwrap_or_else(|task| Err(status::stopped(&task)))
}

/// Charges a call for what a file turned out to hold. While there is no room for that, others go on at its place; after
/// a while it is refused.
pub async fn charge(stay: &mut Stay, cost: Cost, call: &Call) -> Result<(), Status> {
    let raised = call.cancel.run_until_cancelled(stay.raise_within(call.patience(), cost)).await;
    raised.ok_or_else(status::cancelled)?.map_err(|overload| status::overloaded(&overload))
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::task::Poll;

    use super::*;

    #[tokio::test]
    async fn what_work_holds_is_free_when_it_ends_and_not_when_its_call_does() {
        let held = std::sync::Arc::new(());
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let holds = std::sync::Arc::clone(&held);
        let mut call = Box::pin(to_its_end(async move {
            let _holds = holds;
            ended.await.map_err(|gone| status::internal(&gone))
        }));
        let is_done = poll_fn(|context| Poll::Ready(call.as_mut().poll(context).is_ready())).await;
        assert!(!is_done);
        drop(call);
        tokio::task::yield_now().await;
        assert_eq!(std::sync::Arc::strong_count(&held), 2, "the work goes on");
        end.send(()).expect("the work waits for its end");
        while std::sync::Arc::strong_count(&held) > 1 {
            tokio::task::yield_now().await;
        }
    }
}
