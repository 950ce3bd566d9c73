//! Which submission is next?
//!
//! Of what was abandoned and what waits. Abandoned is what nobody has given a sign of life for during a lease, by the clock
//! of the one who looks. What waits is in the [`Backlog`]; what runs is read at every look, for it says whose turn it is.
//!
//! [`Backlog`]: super::backlog::Backlog

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, Instant};

use super::Shared;
use super::backlog::Candidate;
use crate::domain::ids::ScreeningId;
use crate::domain::tenant::TenantId;
use crate::index::IndexError;
use crate::index::store::ScreeningRecord;
use crate::index::work::ScreeningState;

/// Time for which a suspect runs alone, and waits for others to end: one that hangs is not to hold up all others.
const ALONE: Duration = Duration::from_secs(300);

/// Returns the submission to run next, if there is any.
pub async fn next(
    shared: &Shared,
    signs: &mut Signs,
    turns: &Turns,
) -> Result<Option<Candidate>, IndexError> {
    // Before anything is read: what ends meanwhile is looked at anew, what is begun is begun here.
    let (here, beside, beside_suspect) = {
        let running = shared.running();
        let here: HashSet<ScreeningId> = running.keys().copied().collect();
        let mut young = running.values().filter(|running| running.begun.elapsed() < ALONE);
        (here, young.clone().next().is_some(), young.any(|running| running.is_suspect))
    };
    let mut all_running = Vec::new();
    let mut pages = Pages::of(shared, ScreeningState::Running);
    // Nobody can give a sign of life while the archive is away.
    while let Some(page) = pages.next().await.inspect_err(|_| signs.forget())? {
        all_running.extend(page);
    }
    let mut of_tenants: BTreeMap<TenantId, usize> = BTreeMap::new();
    for (tenant, _) in &all_running {
        *of_tenants.entry(tenant.clone()).or_default() += 1;
    }
    let of_tenant = |tenant: &TenantId| of_tenants.get(tenant).copied().unwrap_or(0);
    let begun: HashSet<ScreeningId> = all_running.iter().map(|(_, record)| record.id).collect();
    if shared.until_reading().is_zero() {
        read_backlog(shared).await?;
    }
    let mut abandoned = all_running;
    abandoned.retain(|(_, record)| !here.contains(&record.id));
    signs.look(&abandoned, Instant::now());
    let lease = shared.settings.lease;
    abandoned.retain(|(_, record)| shared.settings.is_alone || signs.is_dead(record, lease));
    let abandoned: Vec<Candidate> =
        abandoned.into_iter().filter_map(|(tenant, record)| Candidate::of(tenant, &record)).collect();
    let most = match shared.settings.of_one_tenant {
        0 => usize::MAX,
        most => most,
    };
    let backlog = shared.backlog();
    backlog.show();
    let waiting = backlog.waiting().filter(|next| of_tenant(&next.tenant) < most);
    let waiting = waiting.filter(|next| !here.contains(&next.id) && !begun.contains(&next.id));
    let before = |one: &&Candidate, other: &&Candidate| {
        (one.lane.cmp(&other.lane))
            .then_with(|| of_tenant(&one.tenant).cmp(&of_tenant(&other.tenant)))
            .then_with(|| turns.of(&one.tenant).cmp(&turns.of(&other.tenant)))
            .then_with(|| (&one.create_time, one.id).cmp(&(&other.create_time, other.id)))
    };
    let next = abandoned.iter().chain(waiting).min_by(before).cloned();
    Ok(next.filter(|next| !(beside_suspect || beside && next.is_suspect())))
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

/// Reads what waits. To be called by one task alone, which also begins it.
pub async fn read_backlog(shared: &Shared) -> Result<(), IndexError> {
    let mut reading = shared.backlog().begin();
    let mut pages = Pages::of(shared, ScreeningState::Pending);
    while let Some(page) = pages.next().await? {
        reading.add(page);
    }
    shared.backlog().end(reading);
    Ok(())
}

/// When the tenants were last served by this process.
#[derive(Default)]
pub struct Turns {
    count: u64,
    last: HashMap<TenantId, u64>,
}

impl Turns {
    /// Notes that one of a tenant's submissions was begun.
    pub fn take(&mut self, tenant: TenantId) {
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
pub struct Signs {
    last: HashMap<ScreeningId, (u64, Instant)>,
}

impl Signs {
    /// Begins anew: what has not changed since the last look may not have been able to.
    fn forget(&mut self) {
        self.last.clear();
    }

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
