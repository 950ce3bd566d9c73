//! Which submission is next, and may this process begin it?
//!
//! One task per process. It waits for three things in this order: a submission that waits or was
//! abandoned, a place among the work on documents, and admission for its size. Whenever something arrives it
//! looks anew, so that an interactive submission does not queue behind a bulk one that waits for memory. What
//! has been read and waits for memory goes before all of them. A look goes through all that wait ([`Backlog`]), which
//! are read from the archive every [`SubmissionSettings::poll`]: by id, which says nothing of their age.
//!
//! Tenants take turns: of the submissions in one lane those go first whose tenant has the fewest running,
//! then those whose tenant was served the longest ago.
//!
//! What waits is counted at every look, and read now and then while there is no place or no room.
//!
//! What stopped its process before is begun alone the last time, so that what runs beside it is not taken for the cause.
//!
//! What this process runs is never begun again before it has ended here, whatever was submitted or cancelled
//! meanwhile: progress and cancellation of a screening are known by its name.
//!
//! [`Backlog`]: super::backlog::Backlog
//! [`SubmissionSettings::poll`]: super::SubmissionSettings::poll

use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing::Instrument;

use super::backlog::Candidate;
use super::next::{Signs, Turns, next, read_backlog};
use super::{Running, Shared, worker};
use crate::index::store::ScreeningRecord;
use crate::index::work::{Lane, ScreeningState, Swap, Work};
use crate::index::{CaseIndex, IndexError};
use crate::places::Place;

/// Pause after the archive has failed.
const PAUSE: Duration = Duration::from_secs(2);

/// Pause after somebody else was faster: a copy of the archive may not know it yet.
const FASTER: Duration = Duration::from_millis(100);

/// Times that a place is kept while somebody else is faster.
const TRIES: usize = 8;

/// Looks that are left out between two counts while there is no place or no room.
const LOOKS_LEFT_OUT: u32 = 8;

/// Runs until the process takes up no more work.
pub async fn run(shared: Arc<Shared>) {
    let (mut signs, mut turns) = (Signs::default(), Turns::default());
    let mut news = shared.news.subscribe();
    while !shared.stop.is_cancelled() {
        news.borrow_and_update();
        if look(&shared, &mut signs, &turns).await.is_some() {
            let place = tokio::select! {
                biased;
                () = shared.stop.cancelled() => return,
                place = counting(&shared, shared.room.places.take_for_submission()) => place,
            };
            begin_next(&shared, (&mut signs, &mut turns), &mut news, place).await;
            continue;
        }
        tokio::select! {
            () = shared.stop.cancelled() => return,
            _ = news.changed() => {}
            () = tokio::time::sleep(shared.until_reading()) => {}
        }
    }
}

/// Begins what is next by the time there is a place, if anything is and there is room for it; gives the place
/// back otherwise, and waits for room or for something else.
async fn begin_next(
    shared: &Arc<Shared>,
    (signs, turns): (&mut Signs, &mut Turns),
    news: &mut tokio::sync::watch::Receiver<u64>,
    place: Place,
) {
    for _ in 0..TRIES {
        if shared.stop.is_cancelled() {
            return;
        }
        news.borrow_and_update();
        let Some(next) = look(shared, signs, turns).await else { return };
        let Some(permit) = shared.room.admission.admit_bulk(next.cost) else {
            // Calls do not queue behind a place where nothing is done.
            drop(place);
            tokio::select! {
                () = shared.stop.cancelled() => {}
                () = counting(shared, shared.room.admission.room_for(Lane::Bulk, next.cost)) => {}
                _ = news.changed() => {}
            }
            return;
        };
        let Some(owned) = shared.of_tenant(&next.tenant) else {
            let tenant = next.tenant;
            tracing::error!(%tenant, "the archive is bound to another tenant; its submissions cannot be run");
            drop(place);
            shared.stop.cancelled().await;
            return;
        };
        match claim(shared, owned.index.as_ref(), &next).await {
            Ok(Some(record)) => {
                turns.take(next.tenant);
                let stay = shared.room.stay(permit, place);
                let span = tracing::info_span!("screening", name = %record.id, otel.name = "screening");
                shared.tasks.spawn(worker::run(Arc::clone(shared), owned, record, stay).instrument(span));
                return;
            }
            // Somebody else was faster. The place stays: others wait for their turn, too.
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(%error, "a submission could not be taken up; trying again");
                pause(shared).await;
                return;
            }
        }
    }
}

/// Returns the submission to run next; pauses if the archive fails.
async fn look(shared: &Shared, signs: &mut Signs, turns: &Turns) -> Option<Candidate> {
    match next(shared, signs, turns).await {
        Ok(next) => next,
        Err(error) => {
            tracing::warn!(%error, "submissions cannot be read; trying again");
            pause(shared).await;
            None
        }
    }
}

/// Waits for something, and goes on counting what waits: nobody looks for the next submission meanwhile.
async fn counting<T>(shared: &Shared, awaited: impl Future<Output = T>) -> T {
    tokio::pin!(awaited);
    loop {
        tokio::select! {
            biased;
            outcome = &mut awaited => return outcome,
            () = count_later(shared) => {}
        }
    }
}

async fn count_later(shared: &Shared) {
    tokio::time::sleep(shared.settings.poll * LOOKS_LEFT_OUT).await;
    match read_backlog(shared).await {
        Ok(()) => shared.backlog().show(),
        // The next look says so aloud, if it is still so.
        Err(error) => tracing::debug!(%error, "submissions that wait cannot be counted"),
    }
}

async fn pause(shared: &Shared) {
    tokio::select! {
        () = shared.stop.cancelled() => {}
        () = tokio::time::sleep(PAUSE) => {}
    }
}

/// Makes a submission this process's own, unless another process or call was faster.
async fn claim(
    shared: &Shared,
    index: &dyn CaseIndex,
    next: &Candidate,
) -> Result<Option<ScreeningRecord>, IndexError> {
    let record = index.describe_screening(next.id).await?;
    let seen = next.revision;
    let is_as_seen = |work: &Work| work.revision == seen;
    let Some((record, work)) = record.and_then(|record| {
        let work = record.work.clone().filter(is_as_seen).filter(|_| !record.state.is_final())?;
        Some((record, work))
    }) else {
        shared.backlog().remove_stale(next.id);
        return Ok(None);
    };
    // A claim that was stored without an answer began nothing.
    let is_counted = work.holder == Some(shared.me) && shared.uncounted().contains(&next.id);
    let claimed = ScreeningRecord {
        state: ScreeningState::Running,
        work: Some(Work {
            revision: seen + 1,
            attempts: work.attempts + u32::from(!is_counted),
            holder: Some(shared.me),
            step: None,
            update_time: jiff::Timestamp::now().to_string(),
            ..work
        }),
        ..record
    };
    // Known before the archive is, so that this process never takes its own work for abandoned.
    let step = tokio::sync::watch::Sender::new(None);
    let (is_suspect, begun) = (next.is_suspect(), Instant::now());
    let running = Running { cancel: Default::default(), step, is_suspect, begun };
    shared.running().insert(claimed.id, running);
    let swapped = index.swap_screening(Some(seen), &claimed).await;
    if !matches!(swapped, Ok(Swap::Stored)) {
        shared.running().remove(&claimed.id);
    }
    if swapped.is_err() {
        shared.uncounted().insert(next.id);
    }
    match swapped? {
        Swap::Stored => {
            shared.uncounted().remove(&claimed.id);
            shared.backlog().remove(claimed.id);
            shared.tell();
            Ok(Some(claimed))
        }
        Swap::Refused(_) => {
            shared.backlog().remove_stale(claimed.id);
            tokio::time::sleep(FASTER).await;
            Ok(None)
        }
    }
}
