//! One shard of the embedded engine, made safe to live with.
//!
//! The engine has five habits that callers must not feel. It panics on some failures (a flush that
//! meets a full disk, for one); every call here contains that. It logs every write and never shortens
//! the log, nor reads it again; [`Shard::tidy`] gives the space of old log files back. So a kill while it writes to
//! disk may part a point from its indexes; [`Shard::unsettled`] names such points. It
//! writes through memory maps of sparse files, where a full disk kills the process; so room is checked
//! before every write ([`super::room`]). And it counts deleted passages among all passages, hence in inverse document
//! frequencies, until it rebuilds its sparse index, which it does when it opens: the same archive would
//! rank differently before and after a restart. [`Shard::recount`] reopens the shard after deletions,
//! before the next lexical search.
//!
//! Invariants: writes come from one thread (the owner's); what [`Shard::persist`] has confirmed is
//! still there after a kill.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use qdrant_edge::{EdgeConfig, EdgeShard, OperationError, PointId, PointOperations, UpdateOperation};
use rustix::fs::FallocateFlags;
use uuid::Uuid;

use super::ahead;
use super::pool::{Failed, contain};
use super::room::{FreeBytes, Room};
use super::unsettled::Unsettled;
use crate::index::store::IndexError;

/// Bytes that old log files may take on the disk.
const OLD_LOG_BYTES: u64 = 128 * 1024 * 1024;

/// Characters of an engine's message that are passed on.
const LONGEST_MESSAGE: usize = 600;

/// An open shard.
pub struct Shard {
    path: PathBuf,
    config: EdgeConfig,
    /// Deletions distort the statistics of these.
    has_sparse_vectors: bool,
    /// Empty only if reopening failed; then every call is refused until [`Shard::ensure_open`] succeeds.
    open: RwLock<Option<EdgeShard>>,
    /// True while there are writes that are not durable: a flush syncs every file, changed or not.
    unsaved: AtomicBool,
    /// Points that those writes concern.
    unsettled: Unsettled,
    /// True if points were deleted since the shard was opened.
    holds_deleted: AtomicBool,
    free_bytes: FreeBytes,
}

impl Shard {
    /// Opens a shard that was created before.
    pub fn load(path: PathBuf, config: EdgeConfig, free_bytes: FreeBytes) -> Result<Self, IndexError> {
        drop_leftovers(&path).map_err(|error| io_failed(&path, "open", &error))?;
        let loaded = std::thread::scope(|scope| {
            // Without a thread for it the engine waits for the disk by itself.
            let beside = std::thread::Builder::new().name("read-ahead".to_owned());
            let _ = beside.spawn_scoped(scope, || ahead::read(&path));
            contain(|| EdgeShard::load(&path, Some(config.clone())))
        });
        let shard = flatten(&path, "open", loaded)?;
        let has_sparse_vectors = !config.sparse_vectors.is_empty();
        Ok(Self {
            unsettled: Unsettled::of(&path),
            path,
            config,
            has_sparse_vectors,
            open: RwLock::new(Some(shard)),
            unsaved: false.into(),
            holds_deleted: false.into(),
            free_bytes,
        })
    }

    /// Creates a shard in an empty directory, fills it and closes it again.
    pub fn create(
        path: &Path,
        config: EdgeConfig,
        fill: impl FnOnce(&EdgeShard) -> Result<(), OperationError>,
    ) -> Result<(), IndexError> {
        let made = contain(|| {
            let shard = EdgeShard::new(path, config)?;
            fill(&shard)?;
            shard.flush();
            Ok(())
        });
        flatten(path, "create", made)
    }

    /// Runs a read.
    pub fn read<T>(
        &self,
        action: &'static str,
        read: impl FnOnce(&EdgeShard) -> Result<T, OperationError>,
    ) -> Result<T, IndexError> {
        let guard = self.guard();
        let Some(shard) = guard.as_ref() else { return Err(self.not_open()) };
        flatten(&self.path, action, contain(|| read(shard)))
    }

    /// Applies a write for which there must be room; it is durable after [`Self::persist`].
    pub fn update(
        &self,
        action: &'static str,
        room: Room,
        operation: UpdateOperation,
    ) -> Result<(), IndexError> {
        self.require(room)?;
        if deletes_passages(&operation) {
            self.holds_deleted.store(true, Ordering::Release);
        }
        self.unsaved.store(true, Ordering::Release);
        // What a filter deletes is taken out of the table of ids first, which hides it from every index.
        self.unsettled.note(operation.point_ids().unwrap_or_default().into_iter().filter_map(uuid));
        self.read(action, |shard| shard.update(operation))
    }

    /// Makes every applied write durable.
    pub fn persist(&self) -> Result<(), IndexError> {
        if !self.unsaved.load(Ordering::Acquire) {
            return Ok(());
        }
        self.require(Room::to_delete())?;
        let failed = |error: std::io::Error| io_failed(&self.path, "write to disk", &error);
        self.unsettled.announce().map_err(failed)?;
        self.read("write to disk", |shard| {
            shard.flush();
            Ok(())
        })?;
        self.unsettled.settle().map_err(failed)?;
        self.unsaved.store(false, Ordering::Release);
        Ok(())
    }

    /// Returns the points that a killed process was writing to disk: their indexes may not be theirs.
    pub fn unsettled(&self) -> Result<Vec<Uuid>, IndexError> {
        self.unsettled.left().map_err(|error| io_failed(&self.path, "open", &error))
    }

    /// Reclaims the space of old log files and, if there is room to write segments anew, of deleted points.
    pub fn tidy(&self) -> Result<(), IndexError> {
        self.ensure_open()?;
        // First what needs no room: on a full disk it is what makes some.
        if !self.empty_old_log() {
            self.reopen()?;
        }
        self.require(Room::to_tidy())?;
        self.persist()?;
        if self.read("optimise", EdgeShard::optimize)? {
            self.unsaved.store(true, Ordering::Release);
        }
        Ok(())
    }

    /// Gives the space of old log files back if they take much, or if little is left on the disk. Returns false if
    /// that cannot be done while the shard is open; searches go on meanwhile, which they cannot while it is closed.
    fn empty_old_log(&self) -> bool {
        let old = old_log_files(&self.path).unwrap_or_default();
        let most = if self.require(Room::to_tidy()).is_ok() { OLD_LOG_BYTES } else { 0 };
        if old.iter().map(|file| bytes_on_disk(file)).sum::<u64>() <= most {
            return true;
        }
        old.iter().all(|file| empty(file).is_ok())
    }

    /// True if deleted passages distort inverse document frequencies.
    pub fn counts_deleted(&self) -> bool {
        self.has_sparse_vectors && self.holds_deleted.load(Ordering::Acquire)
    }

    /// Makes inverse document frequencies right again.
    pub fn recount(&self) -> Result<(), IndexError> {
        // Another search may have come first.
        if self.counts_deleted() { self.reopen() } else { Ok(()) }
    }

    /// Opens the shard again if reopening it has failed.
    pub fn ensure_open(&self) -> Result<(), IndexError> {
        if self.guard().is_some() {
            return Ok(());
        }
        self.reopen()?;
        tracing::info!(path = %self.path.display(), "the index is open again");
        Ok(())
    }

    pub(super) fn reopen(&self) -> Result<(), IndexError> {
        if self.guard().is_some() {
            self.persist()?;
        }
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        flatten(
            &self.path,
            "close",
            contain(|| {
                drop(open.take());
                Ok(())
            }),
        )?;
        let fresh = Self::load(self.path.clone(), self.config.clone(), self.free_bytes)?;
        *open = fresh.open.write().unwrap_or_else(PoisonError::into_inner).take();
        self.unsaved.store(false, Ordering::Release);
        self.holds_deleted.store(false, Ordering::Release);
        Ok(())
    }

    fn require(&self, room: Room) -> Result<(), IndexError> {
        room.require(&self.path, self.free_bytes)
    }

    fn guard(&self) -> RwLockReadGuard<'_, Option<EdgeShard>> {
        self.open.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn not_open(&self) -> IndexError {
        IndexError::Unavailable {
            location: self.path.display().to_string(),
            what: "it could not be reopened after maintenance, which is tried again".to_owned(),
        }
    }
}

impl Drop for Shard {
    fn drop(&mut self) {
        if self.guard().is_some()
            && let Err(error) = self.persist()
        {
            tracing::warn!(path = %self.path.display(), %error, "the index could not be written to disk at the end");
        }
        let open = self.open.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        // Closing flushes, and a flush that fails panics; everything promised is durable already.
        if let Err(Failed(what)) = contain(|| drop(open)) {
            tracing::warn!(path = %self.path.display(), %what, "the index did not close cleanly");
        }
    }
}

/// Every point of ours has a UUID.
pub fn uuid(id: PointId) -> Option<Uuid> {
    match id {
        PointId::Uuid(id) => Some(id),
        PointId::NumId(_) => None,
    }
}

/// Passages are deleted by filter; what is deleted by id has no vectors and distorts nothing.
fn deletes_passages(operation: &UpdateOperation) -> bool {
    matches!(operation, UpdateOperation::PointOperation(PointOperations::DeletePointsByFilter(_)))
}

/// Turns what a contained engine call came to into a result of ours.
pub fn flatten<T>(
    path: &Path,
    action: &'static str,
    outcome: Result<Result<T, OperationError>, Failed>,
) -> Result<T, IndexError> {
    let location = path.display().to_string();
    let what = match outcome {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(
            error @ (OperationError::ValidationError { .. }
            | OperationError::WrongVectorDimension { .. }
            | OperationError::WrongSparse),
        )) => return Err(IndexError::Invalid { what: error.to_string() }),
        Ok(Err(error)) => error.to_string(),
        Err(Failed(what)) => what,
    };
    let what = without_backtrace(&what);
    if ["No space left", "StorageFull", "Read-only file system", "ReadOnlyFilesystem"]
        .iter()
        .any(|sign| what.contains(sign))
    {
        return Err(IndexError::Unavailable { location, what });
    }
    Err(IndexError::Engine { location, action, what })
}

/// Cuts the stack trace that the engine writes into its messages.
fn without_backtrace(what: &str) -> String {
    let end = what.find(", backtrace:").unwrap_or(what.len());
    what[..end].chars().take(LONGEST_MESSAGE).collect()
}

/// Says which file-system failure stands in the way.
pub fn io_failed(path: &Path, action: &'static str, error: &std::io::Error) -> IndexError {
    use std::io::ErrorKind;
    let (location, what) = (path.display().to_string(), error.to_string());
    match error.kind() {
        ErrorKind::StorageFull
        | ErrorKind::QuotaExceeded
        | ErrorKind::ReadOnlyFilesystem
        | ErrorKind::PermissionDenied
        | ErrorKind::NotFound => IndexError::Unavailable { location, what },
        _ => IndexError::Engine { location, action, what },
    }
}

/// Removes log files that nothing reads any more, and what an interrupted optimisation has left.
///
/// The engine numbers its writes by the position in the log, so the newest closed file has to stay: it
/// says where the open one begins.
fn drop_leftovers(shard: &Path) -> std::io::Result<()> {
    match std::fs::remove_dir_all(shard.join("temp_segments")) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    for file in old_log_files(shard)? {
        std::fs::remove_file(file)?;
    }
    Ok(())
}

fn bytes_on_disk(file: &Path) -> u64 {
    // In units of 512 bytes, whatever the file system's own.
    file.metadata().map_or(0, |file| file.blocks() * 512)
}

/// Gives the space of a log file back that nothing reads any more. The engine has it mapped, so it keeps its
/// length; it goes when the shard is next opened.
fn empty(file: &Path) -> std::io::Result<()> {
    let file = std::fs::File::options().write(true).open(file)?;
    let length = file.metadata()?.len();
    let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
    Ok(rustix::fs::fallocate(&file, flags, 0, length)?)
}

fn old_log_files(shard: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut closed = Vec::new();
    let entries = match std::fs::read_dir(shard.join("wal")) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let start = name.to_str().and_then(|name| name.strip_prefix("closed-"));
        if let Some(start) = start.and_then(|start| start.parse::<u64>().ok()) {
            closed.push((start, entry.path()));
        }
    }
    closed.sort();
    closed.pop();
    Ok(closed.into_iter().map(|(_, path)| path).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leftovers_go_and_the_newest_closed_log_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("wal");
        std::fs::create_dir(&log).unwrap();
        for name in ["closed-9", "closed-100", "closed-20", "open-1", "first-index"] {
            std::fs::write(log.join(name), b"x").unwrap();
        }
        std::fs::create_dir_all(folder.path().join("temp_segments/half")).unwrap();
        drop_leftovers(folder.path()).unwrap();
        assert!(!folder.path().join("temp_segments").exists());
        let mut left: Vec<String> = std::fs::read_dir(&log)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        assert_eq!(left, ["closed-100", "first-index", "open-1"]);
    }

    #[test]
    fn emptied_log_file_keeps_its_length_and_takes_no_room() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("closed-1");
        std::fs::write(&file, vec![7_u8; 1 << 20]).unwrap();
        assert!(bytes_on_disk(&file) >= 1 << 20);
        empty(&file).unwrap();
        assert_eq!(bytes_on_disk(&file), 0);
        assert_eq!(std::fs::read(&file).unwrap(), vec![0; 1 << 20]);
    }

    #[test]
    fn full_disk_is_told_from_a_failing_engine() {
        let full = flatten::<()>(
            Path::new("index"),
            "write",
            Err(Failed("Os { code: 28, kind: StorageFull, message: \"No space left\" }".into())),
        );
        assert!(matches!(full, Err(IndexError::Unavailable { .. })), "{full:?}");
        let broken = flatten::<()>(Path::new("index"), "write", Err(Failed("index 3".into())));
        assert!(matches!(broken, Err(IndexError::Engine { .. })), "{broken:?}");
    }
}
