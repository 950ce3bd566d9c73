//! Which hashes did the operator record, where the manifest does not know them?
//!
//! `weights/hashes.lock` stands next to the files. It is written once, by an explicit command, and
//! refuses to be overwritten by other hashes: whoever replaces a file has to delete it first.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::ModelError;
use super::manifest::Manifest;

/// Name of the lock file below `weights/`.
pub const LOCK_FILE: &str = "hashes.lock";

/// Recorded hashes of one model's files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// Name of the model.
    pub name: String,
    /// Revision of the manifest when the hashes were recorded; a lock for another one does not count.
    pub revision: String,
    /// The files whose hash the manifest does not state.
    pub files: Vec<LockedFile>,
}

/// The recorded hash of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedFile {
    /// Path below `weights/`.
    pub path: String,
    /// Lower-case hexadecimal SHA-256.
    pub sha256: String,
    /// Size.
    pub bytes: u64,
}

impl Lock {
    /// Reads the lock of a model, if there is one for the manifest's revision.
    pub fn read(weights: &Path, manifest: &Manifest) -> Result<Option<Self>, ModelError> {
        let path = weights.join(LOCK_FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(ModelError::io(path)(error)),
        };
        let lock: Self = toml::from_str(&text).map_err(ModelError::malformed(path))?;
        Ok((lock.name == manifest.name && lock.revision == manifest.revision).then_some(lock))
    }

    /// Returns the recorded hash of a file.
    pub fn sha256(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|file| file.path == path).map(|file| file.sha256.as_str())
    }

    /// Writes the lock, all of it or nothing.
    pub fn write(&self, weights: &Path) -> Result<PathBuf, ModelError> {
        let path = weights.join(LOCK_FILE);
        let body = toml::to_string(self).map_err(ModelError::malformed(&path))?;
        let text = format!("# Recorded by `eia-screen models verify {} --record`.\n{body}", self.name);
        crate::whole_file::write(&path, text.as_bytes()).map_err(ModelError::io(&path))?;
        Ok(path)
    }
}
