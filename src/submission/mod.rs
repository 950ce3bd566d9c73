//! Screenings that outlive the call that asked for them: submitted once, run by whoever is there.
//!
//! ```text
//! upload ─► Spool ─► Submissions::submit ─► archive: file, then the record in state PENDING ─► answer
//!                                               │
//!            every replica's dispatcher ◄───────┘  takes the next one: interactive before bulk, then by age
//!                      │ claims it (RUNNING, held by this process)
//!                      ▼
//!                 worker: file ─► screen ─► text, report ─► SUCCEEDED or FAILED
//! ```
//!
//! Nothing in the process is the only copy of anything: file, options, state and extracted text lie in
//! the archive. A submission is acknowledged when its record is durable; from then on it is run, after a
//! restart or by another replica if need be.
//!
//! - The id follows from file, name, options, case, rules, model and build: the same submission twice is
//!   one screening. One that failed or was cancelled is taken up again when it is submitted again; one that has a report
//!   for which a stage failed, once, and not if there are verdicts about it.
//! - Records change by comparison with what was seen ([`crate::index::WorkStore::swap_screening`]), so of
//!   two processes that want one only one gets it.
//! - Who works gives a sign of life (a new revision) several times per lease. Others watch the revision,
//!   with their own clock: clocks need not agree. A record that does not change for a whole lease is
//!   taken over. A work that was begun [`MAX_ATTEMPTS`] times and never ended is given up as FAILED.
//! - After a success the archive keeps the file ([`crate::index::WorkStore::read_file`]), and its text with
//!   pages and sections (`record.work.text`, [`crate::index::WorkStore::get_outline`] and `read_text`).
//!
//! For the interfaces: [`Submissions::submit`], [`Submissions::describe`], [`Submissions::list`],
//! [`Submissions::watch`], [`Submissions::cancel`]. Each is told the archive to use, so that a caller who
//! may see a part of it sees that part alone. Reports, which can be large, come from the archive itself.

mod backlog;
#[cfg(test)]
mod blame_tests;
#[cfg(test)]
mod degraded_tests;
mod dispatch;
mod next;
mod spool;
mod submit;
mod watch;
mod worker;
#[cfg(test)]
mod worker_tests;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::domain::ids::ScreeningId;
use crate::domain::report::ScreeningReport;
use crate::domain::tenant::TenantId;
use crate::index::store::{ListPage, ScreeningRecord};
use crate::index::work::{ScreeningFilter, Step};
use crate::index::{CaseIndex, IndexError};
use crate::screen::run::Screener;

pub use crate::room::Room;
use backlog::{Backlog, Candidate};
pub use spool::{Spool, SpoolError, Spooled};
pub use submit::{Submission, SubmitError, day_of_submission};
pub use worker::MAX_ATTEMPTS;

/// Longest time for which a stop waits for work to go back. What has not gone by then stays RUNNING without a sign
/// of life, and is taken over as if this process had been killed.
pub const GIVE_BACK: Duration = Duration::from_secs(10);

/// How submissions are run.
#[derive(Debug, Clone)]
pub struct SubmissionSettings {
    /// Submissions that may wait; more are refused.
    pub waiting: usize,
    /// Screenings of one tenant that run at once, of all processes together; 0 for no limit.
    pub of_one_tenant: usize,
    /// Time without a sign of life after which work is taken over.
    pub lease: Duration,
    /// Time between looks for work of other processes.
    pub poll: Duration,
    /// Records of the archive that are read in one call.
    pub look: usize,
    /// True if no other process uses the archive: then work that this process does not hold is nobody's.
    pub is_alone: bool,
}

impl Default for SubmissionSettings {
    fn default() -> Self {
        Self {
            waiting: 1_000,
            of_one_tenant: 0,
            lease: Duration::from_secs(30),
            poll: Duration::from_secs(2),
            look: 1_000,
            is_alone: true,
        }
    }
}

/// The submissions of an archive, and this process's part in running them. Clones share it.
#[derive(Clone)]
pub struct Submissions {
    shared: Arc<Shared>,
}

/// Turns a report into what is stored of it.
pub type Render = fn(&ScreeningReport) -> String;

struct Shared {
    screener: Arc<Screener>,
    index: Arc<dyn CaseIndex>,
    room: Room,
    settings: SubmissionSettings,
    render: Render,
    /// Name of this process among those that share the archive.
    me: Uuid,
    /// Counts what changed here; whoever waits for news watches it.
    news: tokio::sync::watch::Sender<u64>,
    /// What waits.
    backlog: Mutex<Backlog>,
    /// What runs in this process.
    running: Mutex<HashMap<ScreeningId, Running>>,
    /// What this process may hold without running it, and not by the fault of the file: the archive did not answer.
    uncounted: Mutex<HashSet<ScreeningId>>,
    /// Cancelled when no more work is to be taken up.
    stop: CancellationToken,
    /// Cancelled when work that still runs is to be given back.
    give_back: CancellationToken,
    tasks: TaskTracker,
}

/// A screening that runs in this process.
struct Running {
    cancel: CancellationToken,
    step: tokio::sync::watch::Sender<Option<Step>>,
    /// True if it may be what stops the process: nothing is begun beside it.
    is_suspect: bool,
    begun: Instant,
}

impl Submissions {
    /// Starts to take up submissions: those that wait, those that a dead process held, and new ones.
    /// Needs a screener with an archive; returns `None` without one.
    pub fn start(
        screener: Arc<Screener>,
        room: Room,
        settings: SubmissionSettings,
        render: Render,
    ) -> Option<Self> {
        let index = screener.index.clone()?;
        let shared = Arc::new(Shared {
            screener,
            index,
            room,
            settings,
            render,
            me: Uuid::new_v4(),
            news: tokio::sync::watch::Sender::new(0),
            backlog: Mutex::default(),
            running: Mutex::default(),
            uncounted: Mutex::default(),
            stop: CancellationToken::new(),
            give_back: CancellationToken::new(),
            tasks: TaskTracker::new(),
        });
        shared.tasks.spawn(dispatch::run(Arc::clone(&shared)));
        Some(Self { shared })
    }

    /// Returns a screening, submitted or not, without its report.
    pub async fn describe(
        &self,
        index: &dyn CaseIndex,
        id: ScreeningId,
    ) -> Result<Option<ScreeningRecord>, IndexError> {
        Ok(index.describe_screening(id).await?.map(|record| self.shared.with_step(record)))
    }

    /// Returns screenings that match, ordered by id, without their reports.
    pub async fn list(
        &self,
        index: &dyn CaseIndex,
        filter: &ScreeningFilter,
        limit: usize,
        after: Option<&str>,
    ) -> Result<ListPage<ScreeningRecord>, IndexError> {
        let mut page = index.list_screenings(filter, limit, after).await?;
        page.items = page.items.into_iter().map(|record| self.shared.with_step(record)).collect();
        Ok(page)
    }

    /// Takes up no more work, waits up to `grace` for what runs here to end, and gives back the rest within
    /// [`GIVE_BACK`]: it waits in the archive for the next process.
    pub async fn stop(&self, grace: Duration) {
        self.stop_within(grace, GIVE_BACK).await;
    }

    async fn stop_within(&self, grace: Duration, give_back: Duration) {
        let shared = &self.shared;
        shared.stop.cancel();
        shared.tasks.close();
        if tokio::time::timeout(grace, shared.tasks.wait()).await.is_ok() {
            return;
        }
        shared.give_back.cancel();
        if tokio::time::timeout(give_back, shared.tasks.wait()).await.is_err() {
            let screenings = shared.running().len();
            tracing::warn!(screenings, "not given back in time; the next process takes them over");
        }
    }
}

/// Screener and archive on behalf of the tenant that a submission belongs to.
struct Owned {
    screener: Arc<Screener>,
    index: Arc<dyn CaseIndex>,
}

impl Shared {
    /// Binds screener and archive to a tenant; `None` if the archive is bound to another one.
    fn of_tenant(&self, tenant: &TenantId) -> Option<Owned> {
        let index = self.index.of_tenant(tenant)?;
        let screener = Screener { index: Some(Arc::clone(&index)), ..Screener::clone(&self.screener) };
        Some(Owned { screener: Arc::new(screener), index })
    }

    fn backlog(&self) -> MutexGuard<'_, Backlog> {
        self.backlog.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the time until what waits is to be read from the archive again.
    fn until_reading(&self) -> Duration {
        self.backlog().fresh_for(self.settings.poll)
    }

    /// Tells the dispatcher that a submission waits.
    fn tell_waiting(&self, tenant: &TenantId, record: &ScreeningRecord) {
        // After a stop nobody would begin it here.
        if let Some(candidate) = Candidate::of(tenant.clone(), record).filter(|_| !self.stop.is_cancelled()) {
            self.backlog().add(candidate);
        }
        self.tell();
    }

    fn running(&self) -> MutexGuard<'_, HashMap<ScreeningId, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn uncounted(&self) -> MutexGuard<'_, HashSet<ScreeningId>> {
        self.uncounted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells those who wait that something changed.
    fn tell(&self) {
        self.news.send_modify(|count| *count += 1);
    }

    /// Adds how far a screening is, where this process knows better than the archive.
    fn with_step(&self, mut record: ScreeningRecord) -> ScreeningRecord {
        if let Some(work) = record.work.as_mut()
            && let Some(running) = self.running().get(&record.id)
            && let Some(step) = running.step.borrow().clone()
        {
            work.step = Some(step);
        }
        record
    }
}
