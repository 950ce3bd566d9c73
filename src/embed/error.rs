//! Why a model is not ready, by what the operator can do about it.

use std::path::PathBuf;

/// Error of a library underneath, kept as the source.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why a model could not be listed, verified or loaded.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// Choose another name or add a folder with a manifest.
    #[error("there is no model named {name}; known models: {known}")]
    Unknown {
        /// Name asked for.
        name: String,
        /// Names that would work, separated by commas.
        known: String,
    },
    /// The name cannot be a folder name.
    #[error("{name:?} is not a model name: use lower-case letters, digits, hyphens, dots and underscores")]
    BadName {
        /// Name asked for.
        name: String,
    },
    /// Correct the manifest: it is not TOML, or holds an unknown or wrongly typed key.
    #[error("{path} is not a valid manifest")]
    ManifestSyntax {
        /// The manifest.
        path: PathBuf,
        /// Line, column and key.
        #[source]
        source: Source,
    },
    /// Correct the manifest: a value makes no sense.
    #[error("{path}: {key}: {problem}")]
    ManifestValue {
        /// The manifest.
        path: PathBuf,
        /// The key as written, e.g. `files[2].sha256`.
        key: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Run `models pull`.
    #[error("model {name} is not complete: {path} is missing; run `eia-screen models pull {name}`")]
    NotPulled {
        /// The model.
        name: String,
        /// The first missing file.
        path: PathBuf,
    },
    /// The file is damaged or was replaced: delete it and pull again.
    #[error("{path} has SHA-256 {found}, expected {expected}; the file is damaged or was replaced")]
    HashMismatch {
        /// The file.
        path: PathBuf,
        /// Hash stated by the manifest or the lock file.
        expected: String,
        /// Hash of the bytes on disk.
        found: String,
    },
    /// Check where the file comes from, then run `models verify --record`.
    #[error(
        "no SHA-256 is known for {path}; when you trust the file, run `eia-screen models verify {name} --record`"
    )]
    HashUnknown {
        /// The model.
        name: String,
        /// The file.
        path: PathBuf,
    },
    /// Ask for something else: this program cannot run the model that way.
    #[error("model {name}: {problem}")]
    Unsupported {
        /// The model.
        name: String,
        /// What cannot be done, and what can.
        problem: String,
    },
    /// The file is not what the manifest says; report it or correct the manifest.
    #[error("{path} cannot be used")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What was found.
        #[source]
        source: Source,
    },
    /// Retry or correct permissions.
    #[error("could not read or write {path}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

impl ModelError {
    /// Makes a closure that wraps an I/O error with the path it concerns.
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }

    /// Makes a closure that wraps any error with the file it concerns.
    pub(crate) fn malformed<E: Into<Source>>(path: impl Into<PathBuf>) -> impl FnOnce(E) -> Self {
        let path = path.into();
        move |source| Self::Malformed { path, source: source.into() }
    }
}
