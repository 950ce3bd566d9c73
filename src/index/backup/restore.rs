//! Storing a backup in an archive, and comparing the two.
//!
//! Points are stored in such an order that whatever an interrupted restore shows is whole: a case comes after its
//! passages, a screening after its file, text and verdicts.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::read::Valid;
use super::{Backup, BackupError, QUEUE};
use crate::contain::stopped;
use crate::index::copy::{
    BATCH_BYTES, BATCH_POINTS, Collection, CopiedPoints, Copier, Point, Stored, weight,
};
use crate::index::schema::{field, kind};
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

/// What is stored one after the other; each names only what came before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Passages, which nobody finds before their case.
    Passages,
    /// Pieces, which nobody finds before their file or text.
    Pieces,
    /// Files, texts and verdicts, which nobody asks for before their screening.
    OfScreenings,
    /// Everything else: cases and screenings, and what names them.
    Shown,
}

impl Stage {
    /// All, in order.
    const ALL: [Self; 4] = [Self::Passages, Self::Pieces, Self::OfScreenings, Self::Shown];

    fn collection(self) -> Collection {
        match self {
            Self::Passages => Collection::Passages,
            Self::Pieces | Self::OfScreenings | Self::Shown => Collection::Records,
        }
    }

    /// True if a point of its collection belongs to it.
    fn holds(self, point: &Point) -> bool {
        let of_record = match point.payload.get(field::KIND).and_then(|kind| kind.as_str()) {
            Some(kind::FILE_PIECE | kind::TEXT_PIECE) => Self::Pieces,
            Some(kind::FILE | kind::TEXT | kind::VERDICT | kind::FINDING) => Self::OfScreenings,
            _ => Self::Shown,
        };
        self == Self::Passages || self == of_record
    }
}

/// Stores a backup in an archive that is empty or holds a part of this very backup, then compares all
/// of it. Nobody else may use the archive meanwhile. `progress` gets the number of points done, first stored,
/// then compared.
pub async fn restore(
    backup: Arc<Backup>,
    into: &Copier,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Restored, BackupError> {
    let valid = checked(&backup, into).await?;
    let mut restored = Restored::default();
    for stage in Stage::ALL {
        let mut batches = batches(&backup, &valid, stage.collection(), move |point| stage.holds(point));
        while let Some(copied) = batches.next().await? {
            let Stored { written, present } = into.copy_in(copied).await?;
            restored.written += written;
            restored.present += present;
            progress(restored.written + restored.present);
        }
        if stage == Stage::Passages {
            // An engine keeps the order of writes within a collection only: a kill must not leave the case and
            // lose its passages, for such an archive is refused and the restore could not be repeated.
            into.keep().await?;
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
        let (mut batches, mut expected) = (batches(backup, valid, collection, |_| true), 0);
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

/// Points of a backup, read by a thread of their own.
struct Batches {
    receiver: mpsc::Receiver<CopiedPoints>,
    reading: tokio::task::JoinHandle<Result<(), BackupError>>,
}

/// Begins to read the points of a collection that are wanted.
fn batches(
    backup: &Arc<Backup>,
    valid: &Arc<Valid>,
    collection: Collection,
    is_wanted: impl Fn(&Point) -> bool + Send + 'static,
) -> Batches {
    let (backup, valid) = (Arc::clone(backup), Arc::clone(valid));
    let (sender, receiver) = mpsc::channel(QUEUE);
    let reading = tokio::task::spawn_blocking(move || {
        let (mut batch, mut bytes): (Vec<Point>, usize) = (Vec::with_capacity(BATCH_POINTS), 0);
        let send =
            |points| sender.blocking_send(CopiedPoints { collection, points, removed: Vec::new() }).is_ok();
        backup.read(collection, &valid, &mut |point| {
            if !is_wanted(&point) {
                return true;
            }
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

fn stopped_reading(task: tokio::task::JoinError) -> BackupError {
    let what = format!("reading the backup stopped: {}", stopped(&task));
    BackupError::Index(IndexError::Invalid { what })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::path::Path;

    use super::*;
    use crate::domain::case::Case;
    use crate::domain::ids::{DocumentId, ScreeningId};
    use crate::index::backup::write;
    use crate::index::mortal::{self, Mortal, Shelf, start};
    use crate::index::sparse_vector;
    use crate::index::store::{CaseIndex, IndexedDocument, IndexedPassage, ScreeningRecord};
    use crate::index::work::{ScreeningState, StoredFile, Swap, TextOutline, WorkStore};

    /// With file, text and their pieces more records than are stored at a time.
    const SUBMISSIONS: usize = 150;

    fn silent(_: u64) {}

    fn small_case() -> (Case, Vec<IndexedDocument>) {
        let case = mortal::small_case("a");
        let passages = (1..=3).map(|ordinal| IndexedPassage {
            ordinal,
            heading_path: String::new(),
            page: None,
            text: format!("passage {ordinal}"),
            language: String::new(),
            dense: None,
            sparse: sparse_vector(&["passage".to_owned()]),
        });
        let document = IndexedDocument {
            id: DocumentId::of_content(&["quarry"]),
            name: "quarry.pdf".to_owned(),
            sha256: String::new(),
            pages: 0,
            passages: passages.collect(),
        };
        (case, vec![document])
    }

    fn pending(name: &str, document: DocumentId) -> ScreeningRecord {
        let json = serde_json::json!({
            "id": ScreeningId::of_content(&["screening", name]), "case": null, "document": document,
            "document_name": format!("{name}.pdf"), "packs": ["eu"],
            "create_time": "2026-11-26T01:00:00Z", "report_json": "",
        });
        let record: ScreeningRecord = serde_json::from_value(json).unwrap();
        ScreeningRecord { state: ScreeningState::Pending, ..record }
    }

    /// Makes a backup of a case and of submissions that wait.
    async fn backup_in(folder: &Path) -> Arc<Backup> {
        let engine = Mortal::new(Shelf::default(), Shelf::default(), usize::MAX);
        let archive = start(&engine).await.unwrap();
        let (case, documents) = small_case();
        archive.import_case(&case, &documents).await.unwrap();
        for number in 0..SUBMISSIONS {
            let name = number.to_string();
            let document = DocumentId::of_content(&[&name]);
            let bytes = name.clone().into_bytes();
            let file = StoredFile { document, sha256: "ab".repeat(32), bytes: bytes.len() as u64 };
            archive.put_file(&file, Box::new(Cursor::new(bytes))).await.unwrap();
            let outline = TextOutline { bytes: 4, pages: Vec::new(), sections: Vec::new() };
            archive.put_text(document, "text", &outline).await.unwrap();
            let record = pending(&name, document);
            assert_eq!(archive.swap_screening(None, &record).await.unwrap(), Swap::Stored);
        }
        let to = folder.join("backup");
        let now = "2026-11-26T02:00:00Z".parse().unwrap();
        write(&archive.copier().unwrap(), &to, now).await.unwrap();
        Arc::new(Backup::open(&to).unwrap())
    }

    /// Requires that what a kill left is whole, as far as it is shown.
    fn check_shown(backup: &Backup, records: &Shelf, passages: &Shelf) {
        let kinds: Vec<String> = records
            .now()
            .values()
            .filter_map(|point| Some(point.payload.get(field::KIND)?.as_str()?.to_owned()))
            .collect();
        let there = |kind: &str| kinds.iter().filter(|found| *found == kind).count() as u64;
        let whole = |kind: &str| backup.manifest().counts[kind];
        if there(kind::CASE) > 0 {
            assert_eq!(passages.now().len() as u64, whole(kind::PASSAGE));
        }
        if there(kind::SCREENING) > 0 {
            for kind in [kind::FILE, kind::FILE_PIECE, kind::TEXT, kind::TEXT_PIECE] {
                assert_eq!(there(kind), whole(kind), "{kind}");
            }
        }
    }

    /// Kills the restore after each possible number of calls and with any of the pending writes on disk.
    #[tokio::test]
    async fn interrupted_restore_shows_nothing_by_halves_and_is_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let backup = backup_in(folder.path()).await;
        for calls in 0.. {
            let mut finished = false;
            for reached in [(0, 0), (2, 0), (0, 9), (9, 0), (9, 9)] {
                let mortal = Mortal::new(Shelf::default(), Shelf::default(), calls);
                finished = match start(&mortal).await {
                    Err(_) => false,
                    Ok(archive) => {
                        let copier = archive.copier().unwrap();
                        restore(Arc::clone(&backup), &copier, &silent).await.is_ok()
                    }
                };
                let records = mortal.records.lock().unwrap().after_kill(reached.0);
                let passages = mortal.passages.lock().unwrap().after_kill(reached.1);
                check_shown(&backup, &records, &passages);
                let revived = Mortal::new(records, passages, usize::MAX);
                let copier = start(&revived).await.unwrap().copier().unwrap();
                restore(Arc::clone(&backup), &copier, &silent).await.unwrap();
            }
            if finished {
                assert!(calls > 9, "a restore has steps");
                break;
            }
        }
    }
}
