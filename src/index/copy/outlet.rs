//! Where do the points of a copy go, and how long may whoever receives them keep everybody else waiting?
//!
//! For as long as it takes, but for the moment that the copy is of: every write of the process waits for that one. A
//! disk that hangs under a backup must not make them wait for ever, so the copy is given up then; one that is slow but
//! takes what it is given gets it all.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;

use super::{Collection, CopiedPoints, Point};
use crate::index::store::IndexError;

/// The way to whoever receives a copy.
pub struct Outlet {
    into: mpsc::Sender<CopiedPoints>,
    /// Directory or URL of the origin, for messages.
    location: String,
    /// How long everybody else waits for a receiver that takes nothing.
    patience: Duration,
    /// Whether everybody else waits.
    is_hasty: AtomicBool,
}

impl Outlet {
    /// Makes it.
    pub fn new(into: mpsc::Sender<CopiedPoints>, location: &str, patience: Duration) -> Self {
        Self { into, location: location.to_owned(), patience, is_hasty: AtomicBool::new(false) }
    }

    /// Runs work for which writes wait.
    pub async fn in_haste<T>(&self, work: impl Future<Output = T>) -> T {
        self.is_hasty.store(true, Ordering::Relaxed);
        let done = work.await;
        self.is_hasty.store(false, Ordering::Relaxed);
        done
    }

    /// Sends points. Returns whether the receiver is still there.
    pub async fn send(&self, collection: Collection, points: Vec<Point>) -> Result<bool, IndexError> {
        if points.is_empty() {
            return Ok(true);
        }
        self.hand_over(CopiedPoints { collection, points, removed: Vec::new() }).await
    }

    /// Says that records which were sent are not part of the copy any more.
    pub async fn take_back(&self, removed: Vec<uuid::Uuid>) -> Result<(), IndexError> {
        if removed.is_empty() {
            return Ok(());
        }
        let gone = CopiedPoints { collection: Collection::Records, points: Vec::new(), removed };
        self.hand_over(gone).await.map(drop)
    }

    /// True if the receiver is gone.
    pub fn is_closed(&self) -> bool {
        self.into.is_closed()
    }

    async fn hand_over(&self, copied: CopiedPoints) -> Result<bool, IndexError> {
        let sent = self.into.send(copied);
        if !self.is_hasty.load(Ordering::Relaxed) {
            return Ok(sent.await.is_ok());
        }
        match timeout(self.patience, sent).await {
            Ok(sent) => Ok(sent.is_ok()),
            Err(_) => Err(IndexError::Unavailable {
                location: self.location.clone(),
                what: format!(
                    "what it is copied to took nothing for {} s while every write waited, so the copy is given up",
                    self.patience.as_secs()
                ),
            }),
        }
    }
}
