//! What all services share: the screener once it is ready, and the admission limit.
//!
//! Invariant: what is handed out reaches the archive through the tenant of the caller whose call is
//! running, and through nothing else; without a caller nothing is handed out.

use std::sync::{Arc, OnceLock};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::Status;

use super::status;
use crate::access::{AuditedIndex, Caller};
use crate::index::CaseIndex;
use crate::screen::run::Screener;

/// Shared state of the services.
#[derive(Clone)]
pub struct State {
    screener: Arc<OnceLock<Arc<Screener>>>,
    permits: Arc<Semaphore>,
    limit: usize,
}

impl State {
    /// Makes the state of a server that is still starting.
    pub fn starting(concurrent_screenings: usize) -> Self {
        Self {
            screener: Arc::default(),
            permits: Arc::new(Semaphore::new(concurrent_screenings)),
            limit: concurrent_screenings,
        }
    }

    /// Hands over the screener; calls are answered from now on. A second call changes nothing.
    pub fn ready(&self, screener: Arc<Screener>) {
        self.screener.get_or_init(|| screener);
    }

    /// Returns the screener on behalf of the caller, or UNAVAILABLE while the server is starting.
    pub fn screener(&self) -> Result<Arc<Screener>, Status> {
        let whole = self.screener.get().ok_or_else(status::starting)?;
        let caller = Caller::current().ok_or_else(|| status::internal(&"a call runs without a caller"))?;
        let Some(index) = &whole.index else { return Ok(Arc::clone(whole)) };
        let bound = AuditedIndex::bind(index.as_ref(), caller)
            .ok_or_else(|| status::internal(&"the archive is bound to another tenant"))?;
        Ok(Arc::new(Screener { index: Some(bound), ..Screener::clone(whole) }))
    }

    /// Returns the archive.
    pub fn index(&self) -> Result<Arc<dyn CaseIndex>, Status> {
        self.screener()?
            .index
            .clone()
            .ok_or_else(|| status::plain(tonic::Code::FailedPrecondition, "NO_ARCHIVE", "no archive is open"))
    }

    /// Admits one heavy call, or refuses it at once.
    pub fn admit(&self) -> Result<OwnedSemaphorePermit, Status> {
        Arc::clone(&self.permits).try_acquire_owned().map_err(|_| status::overloaded(self.limit))
    }
}
