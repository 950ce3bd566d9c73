//! The directory of an embedded index: who holds it, what lies in it, whether we may use it.
//!
//! ```text
//! DIRECTORY/lock              held by the process that has the index open
//! DIRECTORY/store/records/    shard: compatibility record, cases, screenings, verdicts
//! DIRECTORY/store/passages/   shard: passages with their vectors
//! DIRECTORY/store/sizes       lengths of all files, while the index is closed
//! ```
//!
//! The store is created under another name, filled, written to disk and only then renamed, so a kill
//! leaves either no store or a whole one that says who wrote it.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use qdrant_edge::{
    CreateIndex, EdgeShard, FieldIndexOperations, OperationError, PointInsertOperations, PointOperations,
    UpdateOperation,
};

use super::convert::{field_schema, path as field_path, point, shard_config};
use super::shard::{Shard, io_failed};
use crate::index::payload;
use crate::index::schema::{Collection, Compatibility, Tuning};
use crate::index::store::IndexError;

const LOCK: &str = "lock";
const STORE: &str = "store";
const UNFINISHED: &str = "store.unfinished";

/// A directory that no other process can open while this value lives.
pub struct Directory {
    path: PathBuf,
    _lock: File,
}

impl Directory {
    /// Takes the directory, making it if it is not there.
    pub fn take(path: &Path) -> Result<Self, IndexError> {
        refuse_foreign(path)?;
        std::fs::create_dir_all(path).map_err(|error| io_failed(path, "open", &error))?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join(LOCK))
            .map_err(|error| io_failed(path, "lock", &error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(IndexError::Locked { location: path.display().to_string() }),
            Err(TryLockError::Error(error)) => Err(io_failed(path, "lock", &error)),
        }
    }

    /// Takes a directory that must be there.
    pub fn take_existing(path: &Path) -> Result<Self, IndexError> {
        if path.join(STORE).is_dir() {
            return Self::take(path);
        }
        Err(IndexError::Unavailable {
            location: path.display().to_string(),
            what: "there is no archive in this directory".to_owned(),
        })
    }

    /// Returns the path of the folder that holds the shards.
    pub fn store(&self) -> PathBuf {
        self.path.join(STORE)
    }

    /// Returns the path of a shard.
    pub fn shard(&self, collection: Collection) -> PathBuf {
        self.store().join(collection.name())
    }

    /// Creates the store if it is not there.
    pub fn complete(&self, needed: &Compatibility) -> Result<(), IndexError> {
        let unfinished = self.path.join(UNFINISHED);
        let failed = |error: std::io::Error| io_failed(&self.path, "create the store", &error);
        match std::fs::remove_dir_all(&unfinished) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(failed(error));
            }
            _ => {}
        }
        if self.path.join(STORE).exists() {
            return Collection::ALL.into_iter().try_for_each(|collection| self.require(collection));
        }
        for collection in Collection::ALL {
            let path = unfinished.join(collection.name());
            std::fs::create_dir_all(&path).map_err(failed)?;
            Shard::create(&path, shard_config(collection, needed.dimension, Tuning::default()), |shard| {
                create_indexes(shard, collection)?;
                match collection {
                    Collection::Records => store_compatibility(shard, needed),
                    Collection::Passages => Ok(()),
                }
            })?;
        }
        std::fs::rename(&unfinished, self.path.join(STORE)).map_err(failed)?;
        File::open(&self.path).and_then(|folder| folder.sync_all()).map_err(failed)
    }

    fn require(&self, collection: Collection) -> Result<(), IndexError> {
        if self.shard(collection).exists() {
            return Ok(());
        }
        Err(IndexError::Engine {
            location: self.path.display().to_string(),
            action: "open the store",
            what: format!("its folder {} is gone; restore it from a copy", collection.name()),
        })
    }
}

/// Exchanges the stores of two indexes in one step: a kill leaves either both where they were, or both
/// exchanged.
pub fn exchange(current: &Path, next: &Path) -> Result<(), IndexError> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    let (held, other) = (Directory::take_existing(current)?, Directory::take_existing(next)?);
    let failed = |error: std::io::Error| io_failed(current, "exchange the store", &error);
    renameat_with(CWD, other.path.join(STORE), CWD, held.path.join(STORE), RenameFlags::EXCHANGE)
        .map_err(|error| failed(error.into()))?;
    for path in [current, next] {
        File::open(path).and_then(|folder| folder.sync_all()).map_err(failed)?;
    }
    Ok(())
}

/// Refuses a directory in which something else lies, before anything is written into it.
fn refuse_foreign(path: &Path) -> Result<(), IndexError> {
    let entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => {
            let what = format!("{} is a file; an index is a directory", path.display());
            return Err(IndexError::Invalid { what });
        }
        Err(error) => return Err(io_failed(path, "open", &error)),
    };
    for entry in entries {
        let name = entry.map_err(|error| io_failed(path, "open", &error))?.file_name();
        let name = name.to_string_lossy();
        if ![LOCK, STORE, UNFINISHED].contains(&name.as_ref()) {
            return Err(IndexError::Invalid {
                what: format!("{} is not an index: it holds {name}", path.display()),
            });
        }
    }
    Ok(())
}

pub(super) fn create_indexes(shard: &EdgeShard, collection: Collection) -> Result<(), OperationError> {
    for (name, kind) in collection.indexed_fields() {
        let index = CreateIndex { field_name: field_path(name), field_schema: Some(field_schema(kind)) };
        let operation = FieldIndexOperations::CreateIndex(index);
        shard.update(UpdateOperation::FieldIndexOperation(operation))?;
    }
    Ok(())
}

fn store_compatibility(shard: &EdgeShard, written_by: &Compatibility) -> Result<(), OperationError> {
    let record = payload::compatibility_record(written_by)
        .map_err(|error| OperationError::ValidationError { description: error.to_string() })?;
    let points = PointInsertOperations::PointsList(vec![point(record)?.into()]);
    shard.update(UpdateOperation::PointOperation(PointOperations::UpsertPoints(points)))
}
