//! Are a model's files what they should be?
//!
//! A hash comes from the manifest or, where that does not know it, from the lock file the operator made.
//! Nothing is remembered between two checks: a file that was right yesterday is hashed again.

use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::error::ModelError;
use super::lock::{Lock, LockedFile};
use super::manifest::{FileHash, Manifest, ModelFile, hex, identity_hash};
use super::store::ModelStore;

/// What `models verify` found; every hash was compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Folder name.
    pub name: String,
    /// The files, in the manifest's order.
    pub files: Vec<VerifiedFile>,
    /// Identity of the model, as it will stand in provenance.
    pub sha256: String,
}

/// A file whose hash was compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedFile {
    /// Path below `weights/`.
    pub path: String,
    /// Lower-case hexadecimal SHA-256.
    pub sha256: String,
    /// Size.
    pub bytes: u64,
    /// True if the hash was recorded by the operator, false if the manifest states it.
    pub is_recorded: bool,
}

impl ModelStore {
    /// Hashes every file of a model and compares.
    pub fn verify(&self, name: &str) -> Result<Verification, ModelError> {
        let file = self.manifest(name)?;
        let weights = self.weights_folder(name);
        let lock = Lock::read(&weights, &file.manifest)?;
        let mut files = Vec::with_capacity(file.manifest.files.len());
        for entry in &file.manifest.files {
            let path = self.present(&file.manifest, entry)?;
            let expected = expected_hash(&file.manifest, entry, lock.as_ref(), &path)?;
            let (found, bytes) = hash_file(&path)?;
            compare(&path, expected, &found)?;
            let is_recorded = entry.sha256 == FileHash::Unknown;
            files.push(VerifiedFile { path: entry.path.clone(), sha256: found, bytes, is_recorded });
        }
        let hashes =
            files.iter().map(|file| (PathBuf::from(&file.path), file.sha256.clone())).collect::<Vec<_>>();
        Ok(Verification { name: name.to_owned(), files, sha256: identity_hash(&file.text, &hashes) })
    }

    /// Records the hashes of the files whose hash the manifest does not state, and verifies the rest.
    /// Returns the lock file, or `None` if the manifest states every hash.
    pub fn record(&self, name: &str) -> Result<Option<PathBuf>, ModelError> {
        let file = self.manifest(name)?;
        let weights = self.weights_folder(name);
        let earlier = Lock::read(&weights, &file.manifest)?;
        let mut files = Vec::new();
        for entry in &file.manifest.files {
            let path = self.present(&file.manifest, entry)?;
            let (found, bytes) = hash_file(&path)?;
            match &entry.sha256 {
                FileHash::Known(expected) => compare(&path, expected, &found)?,
                FileHash::Unknown => {
                    if let Some(expected) = earlier.as_ref().and_then(|lock| lock.sha256(&entry.path)) {
                        compare(&path, expected, &found)?;
                    }
                    files.push(LockedFile { path: entry.path.clone(), sha256: found, bytes });
                }
            }
        }
        if files.is_empty() {
            return Ok(None);
        }
        let lock = Lock { name: name.to_owned(), revision: file.manifest.revision, files };
        lock.write(&weights).map(Some)
    }
}

/// Returns the hash a file must have.
pub(super) fn expected_hash<'a>(
    manifest: &Manifest,
    file: &'a ModelFile,
    lock: Option<&'a Lock>,
    path: &Path,
) -> Result<&'a str, ModelError> {
    match &file.sha256 {
        FileHash::Known(hash) => Ok(hash),
        FileHash::Unknown => lock
            .and_then(|lock| lock.sha256(&file.path))
            .ok_or_else(|| ModelError::HashUnknown { name: manifest.name.clone(), path: path.to_owned() }),
    }
}

/// Refuses a file whose hash is not the expected one.
pub(super) fn compare(path: &Path, expected: &str, found: &str) -> Result<(), ModelError> {
    if expected == found {
        return Ok(());
    }
    Err(ModelError::HashMismatch {
        path: path.to_owned(),
        expected: expected.to_owned(),
        found: found.to_owned(),
    })
}

/// Returns hash and size of a file, reading it piece by piece.
pub fn hash_file(path: &Path) -> Result<(String, u64), ModelError> {
    let mut file = std::fs::File::open(path).map_err(ModelError::io(path))?;
    let (mut hasher, mut bytes) = (Sha256::new(), 0);
    let mut piece = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut piece).map_err(ModelError::io(path))?;
        if read == 0 {
            return Ok((hex(&hasher.finalize()), bytes));
        }
        hasher.update(&piece[..read]);
        bytes += read as u64;
    }
}
