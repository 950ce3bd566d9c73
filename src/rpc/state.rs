//! What all services share: the screener once it is ready, and the admission limit.

use std::sync::{Arc, OnceLock};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::Status;

use super::status;
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

    /// Returns the screener, or UNAVAILABLE while the server is starting.
    pub fn screener(&self) -> Result<Arc<Screener>, Status> {
        self.screener.get().cloned().ok_or_else(status::starting)
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
