//! Which points were being written to disk when the process ended?
//!
//! The engine writes payloads, the indexes over them and the table of ids to disk one after the other, and reads its log at no
//! start. A process that is killed in between leaves a point with its old payload and its new tags in the index, or the
//! other way round: found as one thing and read as another, it can never be changed by comparison again, since
//! what is compared with are the tags. So before anything is written to disk the ids of all points concerned are, and after it
//! they are taken away. Ids that are still there at a start are of points whose indexes are not to be trusted; storing
//! such a point again as it is read makes them agree.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

/// Ending of the file, which stands beside the folder of the shard.
const ENDING: &str = "unfinished";

/// The points of a shard that were changed since it was last written to disk.
#[derive(Debug)]
pub struct Unsettled {
    file: PathBuf,
    changed: Mutex<BTreeSet<Uuid>>,
}

impl Unsettled {
    /// Returns nothing changed, for the shard in `shard`.
    pub fn of(shard: &Path) -> Self {
        Self { file: shard.with_extension(ENDING), changed: Mutex::default() }
    }

    /// Returns the points that were being written to disk when the last process ended.
    pub fn left(&self) -> std::io::Result<Vec<Uuid>> {
        match std::fs::read(&self.file) {
            Ok(bytes) => Ok(bytes.chunks_exact(16).filter_map(|id| Uuid::from_slice(id).ok()).collect()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Notes points that are changed.
    pub fn note(&self, ids: impl IntoIterator<Item = Uuid>) {
        self.changed().extend(ids);
    }

    /// Says on the disk which points are about to be written to it.
    pub fn announce(&self) -> std::io::Result<()> {
        let changed = self.changed();
        if changed.is_empty() {
            return Ok(());
        }
        let bytes: Vec<u8> = changed.iter().flat_map(|id| *id.as_bytes()).collect();
        // What the last process has left holds until this does.
        let next = self.file.with_extension(format!("next.{ENDING}"));
        let mut file = File::create(&next)?;
        file.write_all(&bytes)?;
        file.sync_data()?;
        std::fs::rename(&next, &self.file)?;
        self.file.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    }

    /// Notes that they all are on the disk.
    pub fn settle(&self) -> std::io::Result<()> {
        let mut changed = self.changed();
        match std::fs::remove_file(&self.file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        changed.clear();
        Ok(())
    }

    fn changed(&self) -> MutexGuard<'_, BTreeSet<Uuid>> {
        self.changed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_being_written_is_known_until_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let shard = folder.path().join("records");
        let left = || Unsettled::of(&shard).left().unwrap();
        let nothing: [Uuid; 0] = [];
        let unsettled = Unsettled::of(&shard);
        unsettled.announce().unwrap();
        assert_eq!(left(), nothing);
        let ids = [7, 9].map(Uuid::from_u128);
        unsettled.note(ids);
        assert_eq!(left(), nothing, "a kill now loses the changes and nothing else");
        unsettled.announce().unwrap();
        assert_eq!(left(), ids);
        unsettled.settle().unwrap();
        assert_eq!(left(), nothing);
        unsettled.announce().unwrap();
        assert_eq!(left(), nothing, "nothing has changed since");
    }
}
