//! Work on whole reports beside the runtime: they may have tens of megabytes, and whatever converts one on a thread
//! of the runtime holds up every other call.

use tonic::Status;

use super::convert::screening_message;
use super::{status, v1};
use crate::index::store::ScreeningRecord;

/// Runs work that keeps a processor busy on the blocking pool.
pub async fn in_worker<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Status> {
    let span = tracing::Span::current();
    let done = tokio::task::spawn_blocking(move || span.in_scope(work)).await;
    done.map_err(|stopped| status::internal(&stopped))
}

/// Converts a stored screening with its report, if it has one.
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
}
