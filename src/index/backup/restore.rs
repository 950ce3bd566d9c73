//! Storing a backup in an archive, and comparing the two.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::read::Valid;
use super::{Backup, BackupError, QUEUE};
use crate::index::copy::{
    BATCH_BYTES, BATCH_POINTS, Collection, CopiedPoints, Copier, Point, Stored, weight,
};
use crate::index::store::IndexError;
use crate::index::upgrade;

/// What a restore did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Restored {
    /// Points that were written.
    pub written: u64,
    /// Points that were there already, from an interrupted attempt.
    pub present: u64,
}

/// Stores a backup in an archive that is empty or holds a part of this very backup, then compares all
/// of it. `progress` gets the number of points done, first stored, then compared.
pub async fn restore(
    backup: Arc<Backup>,
    into: &Copier,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Restored, BackupError> {
    let valid = checked(&backup, into).await?;
    let mut restored = Restored::default();
    // The records come last: they make the passages visible.
    for collection in [Collection::Passages, Collection::Records] {
        let mut batches = batches(&backup, &valid, collection);
        while let Some(copied) = batches.next().await? {
            let Stored { written, present } = into.copy_in(copied).await?;
            restored.written += written;
            restored.present += present;
            progress(restored.written + restored.present);
        }
    }
    into.finish().await?;
    compare(&backup, &valid, into, progress).await?;
    Ok(restored)
}

/// Checks the files of a backup and compares all of it with an archive.
pub async fn verify(
    backup: Arc<Backup>,
    with: &Copier,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<(), BackupError> {
    let valid = checked(&backup, with).await?;
    compare(&backup, &valid, with, progress).await
}

/// Checks all files of a backup and that the archive can be its own; returns which of its points count.
async fn checked(backup: &Arc<Backup>, archive: &Copier) -> Result<Arc<Valid>, BackupError> {
    require_fitting(backup, archive)?;
    let checking = Arc::clone(backup);
    let valid = blocking(move || {
        checking.check()?;
        checking.valid()
    });
    let valid = Arc::new(valid.await?);
    require_own(&valid, archive).await?;
    Ok(valid)
}

async fn compare(
    backup: &Arc<Backup>,
    valid: &Arc<Valid>,
    with: &Copier,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<(), BackupError> {
    let mut compared = 0;
    for collection in Collection::ALL {
        let (mut batches, mut expected) = (batches(backup, valid, collection), 0);
        while let Some(copied) = batches.next().await? {
            expected += copied.points.len();
            if let Some(difference) = with.compare(&copied).await? {
                return Err(BackupError::Differs { location: with.location().to_owned(), difference });
            }
            compared += copied.points.len() as u64;
            progress(compared);
        }
        let there = with.ids(collection).await?.len();
        if there > expected {
            return Err(BackupError::Occupied {
                location: with.location().to_owned(),
                records: there - expected,
            });
        }
    }
    Ok(())
}

fn require_fitting(backup: &Backup, into: &Copier) -> Result<(), BackupError> {
    let (found, expected) = (&backup.manifest().written_by, into.written_by());
    if backup.fits() == *expected {
        return Ok(());
    }
    Err(BackupError::Incompatible {
        location: into.location().to_owned(),
        found: found.to_string(),
        expected: expected.to_string(),
    })
}

/// Refuses an archive that holds something else.
async fn require_own(valid: &Valid, into: &Copier) -> Result<(), BackupError> {
    let ours = valid.record_ids();
    let records = into.ids(Collection::Records).await?.into_iter().filter(|id| !ours.contains(id)).count();
    if records == 0 {
        return Ok(());
    }
    Err(BackupError::Occupied { location: into.location().to_owned(), records })
}

/// Points of a collection, read by a thread of their own.
struct Batches {
    receiver: mpsc::Receiver<CopiedPoints>,
    reading: tokio::task::JoinHandle<Result<(), BackupError>>,
}

fn batches(backup: &Arc<Backup>, valid: &Arc<Valid>, collection: Collection) -> Batches {
    let (backup, valid) = (Arc::clone(backup), Arc::clone(valid));
    let (sender, receiver) = mpsc::channel(QUEUE);
    let reading = tokio::task::spawn_blocking(move || {
        let (mut batch, mut bytes): (Vec<Point>, usize) = (Vec::with_capacity(BATCH_POINTS), 0);
        let send =
            |points| sender.blocking_send(CopiedPoints { collection, points, removed: Vec::new() }).is_ok();
        backup.read(collection, &valid, &mut |point| {
            let point = upgrade::point(point, &backup.manifest().written_by);
            bytes += weight(&point);
            batch.push(point);
            if batch.len() < BATCH_POINTS && bytes < BATCH_BYTES {
                return true;
            }
            bytes = 0;
            send(std::mem::take(&mut batch))
        })?;
        if !batch.is_empty() {
            send(batch);
        }
        Ok(())
    });
    Batches { receiver, reading }
}

impl Batches {
    async fn next(&mut self) -> Result<Option<CopiedPoints>, BackupError> {
        if let Some(copied) = self.receiver.recv().await {
            return Ok(Some(copied));
        }
        match (&mut self.reading).await {
            Ok(read) => read.map(|()| None),
            Err(stopped) => Err(stopped_reading(stopped)),
        }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BackupError> + Send + 'static,
) -> Result<T, BackupError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|stopped| Err(stopped_reading(stopped)))
}

fn stopped_reading(stopped: tokio::task::JoinError) -> BackupError {
    let what = format!("reading the backup stopped: {stopped}");
    BackupError::Index(IndexError::Invalid { what })
}
