//! What all services share: the screener once it is ready, the submissions, and the admission limit.
//!
//! Invariant: what is handed out reaches the archive through the tenant of the caller whose call is
//! running, and through nothing else; without a caller nothing is handed out.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::reports::Reports;
use super::{convert, status};
use crate::access::allowance::Allowance;
use crate::access::{AuditedIndex, Caller};
use crate::admission::{Admission, Cost, Permit};
use crate::index::CaseIndex;
use crate::places::Places;
use crate::room::{Room, Stay};
use crate::screen::run::Screener;
use crate::settings::Settings;
use crate::submission::{SubmissionSettings, Submissions};

/// Shared state of the services.
#[derive(Clone)]
pub struct State {
    ready: Arc<OnceLock<Ready>>,
    room: Room,
    reports: Reports,
    allowance: Allowance,
    settings: SubmissionSettings,
}

struct Ready {
    screener: Arc<Screener>,
    submissions: Option<Submissions>,
}

impl State {
    /// Makes the state of a server that is still starting.
    pub fn of(settings: &Settings) -> Self {
        let work = &settings.work;
        let admission = Admission::new(Cost { bytes: work.memory_mib << 20, tokens: work.tokens });
        let reports = Reports::new(admission.clone());
        let room = Room { admission, places: Places::new(places(settings), work.calls_waiting) };
        let allowance = Allowance::of(&settings.callers);
        let settings = SubmissionSettings {
            waiting: work.waiting,
            of_one_tenant: settings.callers.submissions,
            lease: Duration::from_secs(work.lease_s),
            is_alone: settings.qdrant.url.is_empty(),
            ..SubmissionSettings::default()
        };
        Self { ready: Arc::default(), room, reports, allowance, settings }
    }

    /// Hands over the screener; calls are answered and submissions taken up from now on. A second call
    /// changes nothing.
    pub fn ready(&self, screener: Arc<Screener>) {
        self.ready.get_or_init(|| {
            let (screening, settings) = (Arc::clone(&screener), self.settings.clone());
            let submissions =
                Submissions::start(screening, self.room.clone(), settings, convert::report_json);
            Ready { screener, submissions }
        });
    }

    /// Returns the screener on behalf of the caller, or UNAVAILABLE while the server is starting.
    pub fn screener(&self) -> Result<Arc<Screener>, Status> {
        let caller = Caller::current().ok_or_else(|| status::internal(&"a call runs without a caller"))?;
        self.screener_for(caller)
    }

    /// Returns the screener on behalf of a caller, or UNAVAILABLE while the server is starting.
    pub fn screener_for(&self, caller: Arc<Caller>) -> Result<Arc<Screener>, Status> {
        let whole = &self.ready.get().ok_or_else(status::starting)?.screener;
        let Some(index) = &whole.index else { return Ok(Arc::clone(whole)) };
        let bound = AuditedIndex::bind(index.as_ref(), caller)
            .ok_or_else(|| status::internal(&"the archive is bound to another tenant"))?;
        Ok(Arc::new(Screener { index: Some(bound), ..Screener::clone(whole) }))
    }

    /// Returns the archive.
    pub fn index(&self) -> Result<Arc<dyn CaseIndex>, Status> {
        self.screener()?.index.clone().ok_or_else(status::no_archive)
    }

    /// Returns the submissions.
    pub fn submissions(&self) -> Result<Submissions, Status> {
        let ready = self.ready.get().ok_or_else(status::starting)?;
        ready.submissions.clone().ok_or_else(status::no_archive)
    }

    /// Returns what one caller may take, at whichever door.
    pub fn allowance(&self) -> &Allowance {
        &self.allowance
    }

    /// Returns the limit.
    pub fn admission(&self) -> &Admission {
        &self.room.admission
    }

    /// Returns the stored reports, as answers get them.
    pub(super) fn reports(&self) -> &Reports {
        &self.reports
    }

    /// Takes a place for a call that was admitted to work on a document, waiting for its turn until the call is
    /// cancelled; refuses at once if too many wait.
    pub async fn stay(&self, permit: Permit, cancel: &CancellationToken) -> Result<Stay, Status> {
        let place =
            cancel.run_until_cancelled(self.room.places.take()).await.ok_or_else(status::cancelled)?;
        let place = place.map_err(|overload| status::overloaded(&overload))?;
        Ok(self.room.stay(permit, place))
    }

    /// Admits an interactive call of that cost, or refuses it at once.
    pub fn admit(&self, cost: Cost) -> Result<Permit, Status> {
        self.room.admission.admit(cost).map_err(|overload| status::overloaded(&overload))
    }
}

/// Returns how many screenings and imports run at once.
fn places(settings: &Settings) -> usize {
    match settings.server.concurrent_screenings {
        0 => std::thread::available_parallelism().map_or(2, std::num::NonZero::get),
        places => places,
    }
}
