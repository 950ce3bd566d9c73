//! Which writes of this process wait for which, and what does a copy have to know of them? The locks of
//! [`Writer`]; [`super`] says in which order they are taken.

use std::collections::BTreeSet;
use std::sync::{Arc, MutexGuard, PoisonError};

use uuid::Uuid;

use super::Writer;
use crate::index::store::IndexError;

/// Copies being made; while there are any, replaced passages stay for them to read.
#[derive(Default)]
pub struct Copies {
    count: usize,
    /// Records noted since the first of them began.
    changed: BTreeSet<Uuid>,
}

/// While it lives, nothing that a copy may still have to read is cleaned up, and what changes is noted.
pub struct Copying(Arc<Writer>);

impl Copying {
    /// Returns the records that may have changed since the copy began. All of this process, if its writes are
    /// held off.
    pub fn changed(&self) -> BTreeSet<Uuid> {
        self.0.copies().changed.clone()
    }
}

impl Drop for Copying {
    fn drop(&mut self) {
        let mut copies = self.0.copies();
        copies.count -= 1;
        if copies.count == 0 {
            copies.changed.clear();
        }
    }
}

impl Writer {
    /// Puts off all clean-ups and notes what changes until the returned value is dropped.
    pub async fn begin_copy(self: &Arc<Self>) -> Copying {
        // A write that is under way has noted nothing and may be applied after the copy has read its record.
        let _alone = self.alone.lock().await;
        let _beside = self.beside.write().await;
        self.copies().count += 1;
        Copying(Arc::clone(self))
    }

    /// Notes that a screening changes, for copies that do not read all of them again. To be called by the
    /// write itself, within [`Self::beside`] or [`Self::alone`], so that no copy begins in between.
    pub fn note(&self, record: Uuid) {
        let mut copies = self.copies();
        if copies.count > 0 {
            copies.changed.insert(record);
        }
    }

    /// Runs a write of records that does not have to wait for any other. It must not take another lock.
    pub async fn beside<T>(
        &self,
        write: impl Future<Output = Result<T, IndexError>>,
    ) -> Result<T, IndexError> {
        let _shared = self.beside.read().await;
        write.await
    }

    /// Holds off other such writes while `write` runs: reports that are stored, and deletions of screenings
    /// and files. Not those of cases, which may wait for a graph for minutes and have no point in common with
    /// these. It must not take another lock.
    pub async fn alone<T>(
        &self,
        write: impl Future<Output = Result<T, IndexError>>,
    ) -> Result<T, IndexError> {
        let _alone = self.alone.lock().await;
        write.await
    }

    /// Holds off every write of this process, but for signs of life, while `read` runs.
    pub async fn still<T>(&self, read: impl Future<Output = Result<T, IndexError>>) -> Result<T, IndexError> {
        // First what may take minutes: as long as this waits for an import, only imports wait for this.
        let _gate = self.gate.lock().await;
        let _alone = self.alone.lock().await;
        let _beside = self.beside.write().await;
        read.await
    }

    /// True while a copy is being made.
    pub(super) fn is_copied(&self) -> bool {
        self.copies().count > 0
    }

    fn copies(&self) -> MutexGuard<'_, Copies> {
        self.copies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
