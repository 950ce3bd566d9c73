//! Follows one screening from anywhere: at once where it runs in this process, by looking where it does
//! not.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::Submissions;
use crate::domain::ids::ScreeningId;
use crate::index::store::ScreeningRecord;
use crate::index::work::ScreeningState;
use crate::index::{CaseIndex, IndexError};

/// Least time between two messages: progress is told per page, and nobody reads that fast.
const LEAST: Duration = Duration::from_millis(200);

/// What a watcher gets.
pub type Followed = ReceiverStream<Result<ScreeningRecord, IndexError>>;

impl Submissions {
    /// Follows a screening without its report: as it is now, then every change, until it has ended or the
    /// stream is dropped. The stream is empty if there is no such screening.
    pub fn watch(&self, index: Arc<dyn CaseIndex>, id: ScreeningId) -> Followed {
        let (sender, receiver) = mpsc::channel(1);
        let submissions = self.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = sender.closed() => {}
                () = submissions.follow(index.as_ref(), id, &sender) => {}
            }
        });
        ReceiverStream::new(receiver)
    }

    async fn follow(
        &self,
        index: &dyn CaseIndex,
        id: ScreeningId,
        sender: &mpsc::Sender<Result<ScreeningRecord, IndexError>>,
    ) {
        let mut told: Option<ScreeningRecord> = None;
        let mut news = self.shared.news.subscribe();
        loop {
            news.borrow_and_update();
            let mut step = self.shared.running().get(&id).map(|running| running.step.subscribe());
            let record = match self.describe(index, id).await {
                Ok(Some(record)) => record,
                Ok(None) => return,
                Err(error) => {
                    // The receiver may have gone; then there is nobody to tell.
                    let _ = sender.send(Err(error)).await;
                    return;
                }
            };
            let (state, is_final) = (record.state, record.state.is_final());
            if told.as_ref().is_none_or(|told| is_news(told, &record)) {
                if sender.send(Ok(record.clone())).await.is_err() {
                    return;
                }
                told = Some(record);
            }
            if is_final {
                return;
            }
            let looked = Instant::now();
            loop {
                tokio::time::sleep(LEAST).await;
                let progress = async {
                    match step.as_mut() {
                        Some(step) => step.changed().await.is_ok(),
                        None => std::future::pending().await,
                    }
                };
                tokio::select! {
                    _ = progress => {}
                    _ = news.changed() => {}
                    () = tokio::time::sleep(self.shared.settings.poll) => {}
                }
                // Most news is about others, and hundreds may wait with somebody watching each.
                let still_waits = state == ScreeningState::Pending && self.shared.backlog().contains(id);
                if !still_waits || looked.elapsed() >= self.shared.settings.poll {
                    break;
                }
            }
        }
    }
}

/// True if a watcher sees a difference; signs of life are none.
fn is_news(told: &ScreeningRecord, now: &ScreeningRecord) -> bool {
    let step = |record: &ScreeningRecord| record.work.as_ref().and_then(|work| work.step.clone());
    let attempts = |record: &ScreeningRecord| record.work.as_ref().map(|work| work.attempts);
    told.state != now.state || step(told) != step(now) || attempts(told) != attempts(now)
}
