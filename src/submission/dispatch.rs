//! Which submission is next, and may this process begin it?
//!
//! One task per process. It waits for three things in this order: a free place among the screenings run
//! at once, a submission that waits or was abandoned, and admission for its size. Whenever something
//! arrives it looks anew, so that an interactive submission does not queue behind a bulk one that waits
//! for memory.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use super::{Running, Shared, worker};
use crate::admission::Cost;
use crate::domain::ids::ScreeningId;
use crate::domain::tenant::TenantId;
use crate::index::store::ScreeningRecord;
use crate::index::work::{Lane, ScreeningState, Swap, Work};
use crate::index::{CaseIndex, IndexError};

/// Records read in one look.
const LOOK: usize = 1_000;

/// Pause after the archive has failed.
const PAUSE: Duration = Duration::from_secs(2);

/// Runs until the process takes up no more work.
pub async fn run(shared: Arc<Shared>) {
    let places = Arc::new(Semaphore::new(shared.settings.parallel.max(1)));
    let mut signs = Signs::default();
    let mut news = shared.news.subscribe();
    loop {
        let place = tokio::select! {
            biased;
            () = shared.stop.cancelled() => return,
            place = Arc::clone(&places).acquire_owned() => place,
        };
        let Ok(place) = place else { return };
        news.borrow_and_update();
        let next = match next(&shared, &mut signs).await {
            Ok(next) => next,
            Err(error) => {
                tracing::warn!(%error, "submissions cannot be read; trying again");
                drop(place);
                tokio::select! {
                    () = shared.stop.cancelled() => return,
                    () = tokio::time::sleep(PAUSE) => continue,
                }
            }
        };
        let Some((tenant, record)) = next else {
            drop(place);
            tokio::select! {
                () = shared.stop.cancelled() => return,
                _ = news.changed() => {}
                () = tokio::time::sleep(shared.settings.poll) => {}
            }
            continue;
        };
        let cost = record.work.as_ref().map_or(Cost::default(), |w| Cost::of_file(w.file_bytes, w.is_packed));
        let permit = tokio::select! {
            biased;
            () = shared.stop.cancelled() => return,
            permit = shared.admission.admit_when_free(cost) => permit,
            _ = news.changed() => continue,
        };
        let Some(owned) = shared.of_tenant(&tenant) else {
            tracing::error!(%tenant, "the archive is bound to another tenant; its submissions cannot be run");
            return;
        };
        match claim(&shared, owned.index.as_ref(), record).await {
            Ok(Some(record)) => {
                let shared = Arc::clone(&shared);
                let tasks = shared.tasks.clone();
                tasks.spawn(async move {
                    let _held = (place, permit);
                    worker::run(shared, owned, record).await;
                });
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "a submission could not be taken up"),
        }
    }
}

/// Returns the submission to run next.
async fn next(shared: &Shared, signs: &mut Signs) -> Result<Option<(TenantId, ScreeningRecord)>, IndexError> {
    let mut candidates = shared.index.work_of_all(ScreeningState::Running, LOOK).await?;
    candidates.retain(|(_, record)| !shared.running().contains_key(&record.id));
    signs.look(&candidates, Instant::now());
    let lease = shared.settings.lease;
    candidates.retain(|(_, record)| shared.settings.is_alone || signs.is_dead(record, lease));
    candidates.extend(shared.index.work_of_all(ScreeningState::Pending, LOOK).await?);
    Ok(candidates.into_iter().min_by(|(_, a), (_, b)| order(a).cmp(&order(b))))
}

/// Interactive first, then the oldest.
fn order(record: &ScreeningRecord) -> (Lane, &str, ScreeningId) {
    let lane = record.work.as_ref().map_or(Lane::Bulk, |work| work.lane);
    (lane, record.create_time.as_str(), record.id)
}

/// Makes a submission this process's own, unless another process or call was faster.
async fn claim(
    shared: &Shared,
    index: &dyn CaseIndex,
    record: ScreeningRecord,
) -> Result<Option<ScreeningRecord>, IndexError> {
    let Some(work) = record.work.clone() else { return Ok(None) };
    let seen = work.revision;
    let claimed = ScreeningRecord {
        state: ScreeningState::Running,
        work: Some(Work {
            revision: seen + 1,
            attempts: work.attempts + 1,
            holder: Some(shared.me),
            step: None,
            update_time: jiff::Timestamp::now().to_string(),
            ..work
        }),
        ..record
    };
    // Known before the archive is, so that this process never takes its own work for abandoned.
    let running = Running { cancel: Default::default(), step: tokio::sync::watch::Sender::new(None) };
    shared.running().insert(claimed.id, running);
    match index.swap_screening(Some(seen), &claimed).await {
        Ok(Swap::Stored) => {
            shared.tell();
            Ok(Some(claimed))
        }
        other => {
            shared.running().remove(&claimed.id);
            other.map(|_| None)
        }
    }
}

/// When the records of other processes last changed, by this process's clock.
#[derive(Default)]
struct Signs {
    last: HashMap<ScreeningId, (u64, Instant)>,
}

impl Signs {
    fn look(&mut self, running: &[(TenantId, ScreeningRecord)], now: Instant) {
        let mut last = HashMap::new();
        for (_, record) in running {
            let revision = record.work.as_ref().map_or(0, |work| work.revision);
            let since = match self.last.get(&record.id) {
                Some((seen, since)) if *seen == revision => *since,
                _ => now,
            };
            last.insert(record.id, (revision, since));
        }
        self.last = last;
    }

    fn is_dead(&self, record: &ScreeningRecord, lease: Duration) -> bool {
        self.last.get(&record.id).is_some_and(|(_, since)| since.elapsed() >= lease)
    }
}
