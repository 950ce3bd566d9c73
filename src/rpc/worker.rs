//! Work on whole documents and reports beside the runtime: they may have tens of megabytes, and whatever converts one on
//! a thread of the runtime holds up every other call.

use tonic::{Response, Status};
use tracing::Instrument;

use super::convert::screening_message;
use super::held::holding;
use super::{status, v1};
use crate::admission::{Admission, Cost, Permit};
use crate::index::store::ScreeningRecord;

/// Size from which a report needs room of its own, in bytes. Look-ups of ordinary ones are never refused.
const LARGE: usize = 1 << 20;

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

/// Admits work on a stored report, if it is a large one.
pub fn admit_report(admission: &Admission, record: &ScreeningRecord) -> Result<Option<Permit>, Status> {
    let bytes = record.report_json.len();
    if bytes < LARGE {
        return Ok(None);
    }
    let permit = admission.admit(Cost::of_report(bytes as u64));
    permit.map(Some).map_err(|overload| status::overloaded(&overload))
}

/// Answers with a stored screening; a large report has room until it has been sent, or is refused.
pub async fn answer_with(
    admission: &Admission,
    record: ScreeningRecord,
) -> Result<Response<v1::Screening>, Status> {
    let permit = admit_report(admission, &record)?;
    let work = async move { Ok(holding(screening_of(record).await?, permit)) };
    to_its_end(work).await
}

/// Converts a stored screening with its report, if it has one, in the room of the call.
pub async fn screening_of(record: ScreeningRecord) -> Result<v1::Screening, Status> {
    let message = if record.report_json.is_empty() {
        screening_message(record)
    } else {
        in_worker(move || screening_message(record)).await?
    };
    message.map_err(|error| status::internal(&error))
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;
    use std::task::Poll;

    use tonic_types::StatusExt;

    use super::*;
    use crate::domain::ids::{DocumentId, ScreeningId};
    use crate::index::work::ScreeningState;

    fn record(report_json: String) -> ScreeningRecord {
        ScreeningRecord {
            id: ScreeningId::of_content(&["a"]),
            case: None,
            document: DocumentId::of_content(&["a"]),
            document_name: "a.txt".to_owned(),
            packs: Vec::new(),
            create_time: "2026-11-21T10:00:00Z".to_owned(),
            state: ScreeningState::Succeeded,
            work: None,
            report_json,
        }
    }

    #[tokio::test]
    async fn a_large_report_is_converted_beside_the_runtime() {
        let risk = v1::RiskFinding { term: "dust".to_owned(), ..Default::default() };
        let report = v1::ScreeningReport { risks: vec![risk; 50_000], ..Default::default() };
        let large = record(serde_json::to_string(&report).unwrap());
        let mut converting = pin!(screening_of(large));
        let asked_once = poll_fn(|context| Poll::Ready(converting.as_mut().poll(context).is_ready())).await;
        assert!(!asked_once, "the thread of the runtime is free meanwhile");
        assert_eq!(converting.await.unwrap().report, Some(report));
        assert_eq!(screening_of(record(String::new())).await.unwrap().report, None);
        assert!(screening_of(record("no JSON".to_owned())).await.is_err());
    }

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

    #[tokio::test]
    async fn a_large_report_needs_room_and_a_small_one_does_not() {
        let admission = Admission::new(Cost { bytes: 16 << 20, tokens: 1 });
        let busy = admission.admit(Cost::of_bytes(15 << 20)).unwrap();
        let large = || record(format!("{{\"risks\":[]}}{}", " ".repeat(LARGE)));
        let refused = answer_with(&admission, large()).await.unwrap_err();
        assert_eq!(refused.get_details_error_info().unwrap().reason, "OVERLOADED");
        answer_with(&admission, record("{}".to_owned())).await.unwrap();
        drop(busy);
        let answer = answer_with(&admission, large()).await.unwrap();
        assert!(admission.in_use().bytes > LARGE as u64, "until it has been sent");
        drop(answer);
        assert_eq!(admission.in_use(), Cost::default());
    }
}
