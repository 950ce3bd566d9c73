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
//! [`Backlog`]: super::backlog::Backlog
//! [`SubmissionSettings::poll`]: super::SubmissionSettings::poll

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing::Instrument;

use super::{Running, Shared, worker};
use crate::admission::Cost;
use crate::domain::ids::ScreeningId;
use crate::domain::tenant::TenantId;
use crate::index::store::ScreeningRecord;
use crate::index::work::{Lane, ScreeningState, Swap, Work};
use crate::index::{CaseIndex, IndexError};
use crate::places::Place;

/// Pause after the archive has failed.
const PAUSE: Duration = Duration::from_secs(2);

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
            () = tokio::time::sleep(shared.settings.poll) => {}
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
    news.borrow_and_update();
    let Some((tenant, record)) = look(shared, signs, turns).await else { return };
    let cost = record.work.as_ref().map_or(Cost::default(), |w| Cost::of_file(w.file_bytes, w.is_packed));
    let Some(permit) = shared.room.admission.admit_bulk(cost) else {
        // Calls do not queue behind a place where nothing is done.
        drop(place);
        tokio::select! {
            () = shared.stop.cancelled() => {}
            () = counting(shared, shared.room.admission.room_for(Lane::Bulk, cost)) => {}
            _ = news.changed() => {}
        }
        return;
    };
    let Some(owned) = shared.of_tenant(&tenant) else {
        tracing::error!(%tenant, "the archive is bound to another tenant; its submissions cannot be run");
        drop(place);
        shared.stop.cancelled().await;
        return;
    };
    match claim(shared, owned.index.as_ref(), record).await {
        Ok(Some(record)) => {
            turns.take(tenant);
            let stay = shared.room.stay(permit, place);
            let span = tracing::info_span!("screening", name = %record.id, otel.name = "screening");
            shared.tasks.spawn(worker::run(Arc::clone(shared), owned, record, stay).instrument(span));
        }
        Ok(None) => {}
        Err(error) => {
            tracing::warn!(%error, "a submission could not be taken up; trying again");
            pause(shared).await;
        }
    }
}

/// Returns the submission to run next; pauses if the archive fails.
async fn look(shared: &Shared, signs: &mut Signs, turns: &Turns) -> Option<(TenantId, ScreeningRecord)> {
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

/// Reads what waits. To be called by one task alone, which also begins it.
async fn read_backlog(shared: &Shared) -> Result<(), IndexError> {
    let mut reading = shared.backlog().begin();
    let mut pages = Pages::of(shared, ScreeningState::Pending);
    while let Some(page) = pages.next().await? {
        reading.add(page);
    }
    shared.backlog().end(reading);
    Ok(())
}

async fn pause(shared: &Shared) {
    tokio::select! {
        () = shared.stop.cancelled() => {}
        () = tokio::time::sleep(PAUSE) => {}
    }
}

async fn next(
    shared: &Shared,
    signs: &mut Signs,
    turns: &Turns,
) -> Result<Option<(TenantId, ScreeningRecord)>, IndexError> {
    let mut all_running = Vec::new();
    let mut pages = Pages::of(shared, ScreeningState::Running);
    while let Some(page) = pages.next().await? {
        all_running.extend(page);
    }
    let mut running: BTreeMap<TenantId, usize> = BTreeMap::new();
    for (tenant, _) in &all_running {
        *running.entry(tenant.clone()).or_default() += 1;
    }
    let mut candidates = all_running;
    candidates.retain(|(_, record)| !shared.running().contains_key(&record.id));
    signs.look(&candidates, Instant::now());
    let lease = shared.settings.lease;
    candidates.retain(|(_, record)| shared.settings.is_alone || signs.is_dead(record, lease));
    let of_tenant = |tenant: &TenantId| running.get(tenant).copied().unwrap_or(0);
    let most = match shared.settings.of_one_tenant {
        0 => usize::MAX,
        most => most,
    };
    let first = |(tenant, record): &(TenantId, ScreeningRecord)| {
        let lane = record.work.as_ref().map_or(Lane::Bulk, |work| work.lane);
        (lane, of_tenant(tenant), turns.of(tenant), record.create_time.clone(), record.id)
    };
    let abandoned = candidates.into_iter().min_by_key(first);
    if !shared.backlog().is_fresh(shared.settings.poll) {
        read_backlog(shared).await?;
    }
    let backlog = shared.backlog();
    backlog.show();
    let waiting = backlog.waiting().filter(|(tenant, _)| of_tenant(tenant) < most);
    let waiting = waiting.min_by_key(|submitted| first(submitted)).cloned();
    Ok(abandoned.into_iter().chain(waiting).min_by_key(first))
}

/// The screenings in a state, page by page.
struct Pages<'a> {
    shared: &'a Shared,
    state: ScreeningState,
    after: Option<ScreeningId>,
    is_last: bool,
}

impl<'a> Pages<'a> {
    fn of(shared: &'a Shared, state: ScreeningState) -> Self {
        Self { shared, state, after: None, is_last: false }
    }

    async fn next(&mut self) -> Result<Option<Vec<(TenantId, ScreeningRecord)>>, IndexError> {
        if self.is_last {
            return Ok(None);
        }
        let look = self.shared.settings.look;
        let page = self.shared.index.work_of_all(self.state, look, self.after).await?;
        self.is_last = page.len() < look;
        self.after = page.last().map(|(_, record)| record.id);
        Ok(Some(page))
    }
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
    let swapped = index.swap_screening(Some(seen), &claimed).await;
    if !matches!(swapped, Ok(Swap::Stored)) {
        shared.running().remove(&claimed.id);
    }
    match swapped? {
        Swap::Stored => {
            shared.backlog().begun(claimed.id);
            shared.tell();
            Ok(Some(claimed))
        }
        Swap::Refused(_) => {
            shared.backlog().drop_stale(claimed.id);
            Ok(None)
        }
    }
}

/// When the tenants were last served by this process.
#[derive(Default)]
struct Turns {
    count: u64,
    last: HashMap<TenantId, u64>,
}

impl Turns {
    fn take(&mut self, tenant: TenantId) {
        self.count += 1;
        self.last.insert(tenant, self.count);
    }

    /// Lower for who was served longer ago.
    fn of(&self, tenant: &TenantId) -> u64 {
        self.last.get(tenant).copied().unwrap_or(0)
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
