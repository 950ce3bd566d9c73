//! Where are the cases, and which passages resemble this one? The archive of cases, screenings and
//! verdicts with search over passages, kept in Qdrant and nowhere else.
//!
//! Two engines, one behaviour: [`Place::Directory`] embeds Qdrant in this process, [`Place::Server`]
//! speaks to a Qdrant server. Everything a caller can see is decided above the engines, in `archive`,
//! `commit` and `search`; the engines store, filter and rank points. One conformance suite runs
//! against both.
//!
//! ```text
//! CaseIndex ── archive ─┬─ commit   a case appears as a whole or not at all
//!                       ├─ verdict_archive   verdicts, and which one is a finding's latest
//! WorkStore             ├─ work_archive   screenings to be done, texts, request ids
//!                       ├─ file_archive   a file is there as a whole or not at all
//!                       ├─ deletion   a screening disappears with all that belongs to it
//!                       ├─ arrivals   what was stored for a screening that never came disappears
//! SessionStore          ├─ session_archive   who has signed out of the console
//!                       ├─ search   ties, visibility
//!                       └─ Engine ─┬─ edge     a directory
//!                                  └─ server   a Qdrant server
//! schema, filter, payload, tenancy: what is stored under which name, and for whom;  sparse: BM25;  fusion: ranks to cases
//! ```

mod archive;
mod arrivals;
pub mod backup;
mod commit;
pub mod copy;
mod deletion;
#[cfg(test)]
mod deletion_interruption;
mod edge;
mod engine;
mod file_archive;
mod filter;
pub mod fusion;
#[cfg(test)]
mod interruption;
mod leftovers;
#[cfg(test)]
pub(crate) mod mortal;
mod payload;
pub mod schema;
mod search;
mod server;
pub mod session_archive;
pub mod sparse;
pub mod store;
mod tenancy;
mod upgrade;
mod validate;
mod verdict_archive;
pub mod work;
mod work_archive;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

pub use leftovers::PointIds;
pub use schema::{Compatibility, Tuning, VectorSpace};
pub use server::{Layout, ServerConfig};
pub use session_archive::SessionStore;
pub use sparse::{sparse_query, sparse_vector};
pub use store::{CaseIndex, IndexError};
pub use work::WorkStore;

use archive::Archive;
use schema::field;

/// Seconds after which an import announced on a server counts as interrupted: other processes may be
/// importing into the same server. A directory has one process, so there every announced import is.
const SERVER_SWEEP_AGE: u64 = 3_600;

/// Where an index is and who may write into it.
#[derive(Debug, Clone)]
pub struct IndexConfig {
    /// Where it is.
    pub place: Place,
    /// The vectors it holds; an index written for others is refused.
    pub space: VectorSpace,
}

/// Where an index is.
#[derive(Debug, Clone)]
pub enum Place {
    /// Embedded, in this directory, which is made if it is not there.
    Directory {
        /// The directory.
        path: PathBuf,
        /// Threads that search; 0 means one per processor core.
        readers: usize,
    },
    /// On a Qdrant server.
    Server(ServerConfig),
}

/// Opens an index with the usual tuning; see [`open_tuned`].
pub async fn open(config: IndexConfig) -> Result<Arc<dyn CaseIndex>, IndexError> {
    open_tuned(config, Tuning::default()).await
}

/// Opens an index, creating it if it is not there, and cleans up after interrupted imports. It is bound
/// to the default tenant and can be bound to any other ([`CaseIndex::of_tenant`]). The tuning holds for
/// collections of a server from their creation on.
pub async fn open_tuned(config: IndexConfig, tuning: Tuning) -> Result<Arc<dyn CaseIndex>, IndexError> {
    let needed = Compatibility::needed_for(&config.space);
    let archive = match config.place {
        Place::Directory { path, readers } => {
            let cores = || std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
            let readers = if readers == 0 { cores() } else { readers };
            let engine = edge::EdgeEngine::open(&path, &needed, readers, tuning).await?;
            Archive::start(Arc::new(engine), &needed, 0, seconds_since_1970).await?
        }
        Place::Server(server) => {
            let engine = server::ServerEngine::open(server, &needed, tuning).await?;
            Archive::start(Arc::new(engine), &needed, SERVER_SWEEP_AGE, seconds_since_1970).await?
        }
    };
    Ok(Arc::new(archive))
}

/// Opens an index that is there, whichever model it was written with.
pub async fn open_existing(place: Place, tuning: Tuning) -> Result<Arc<dyn CaseIndex>, IndexError> {
    let written_by = written_by(&place).await?;
    let space = space_of(&written_by, &place.to_string())?;
    open_tuned(IndexConfig { place, space }, tuning).await
}

/// Returns the vectors that a store was written for, if this program still writes such stores.
pub fn space_of(written_by: &Compatibility, location: &str) -> Result<VectorSpace, IndexError> {
    let space = VectorSpace {
        model: written_by.model.clone(),
        sha256: written_by.model_sha256.clone(),
        dimension: written_by.dimension,
    };
    let expected = Compatibility::needed_for(&space);
    if expected == *written_by {
        return Ok(space);
    }
    Err(IndexError::Incompatible {
        location: location.to_owned(),
        found: written_by.to_string(),
        expected: expected.to_string(),
    })
}

/// Returns who wrote the index.
pub async fn written_by(place: &Place) -> Result<Compatibility, IndexError> {
    let location = place.to_string();
    let found = match place {
        Place::Directory { path, .. } => {
            let path = path.clone();
            tokio::task::spawn_blocking(move || edge::EdgeEngine::written_by(&path)).await.unwrap_or_else(
                |task| {
                    let (location, what) = (location.clone(), crate::contain::stopped(&task).to_owned());
                    Err(IndexError::Unavailable { location, what })
                },
            )?
        }
        Place::Server(server) => server::ServerEngine::written_by(server.clone()).await?,
    };
    let Some(record) = found else {
        let what = "there is no archive, or it does not say who wrote it".to_owned();
        return Err(IndexError::Unavailable { location, what });
    };
    payload::read_content(record, &location)
}

/// True if the index in a directory, which may not be open, holds records beside the one that says who wrote
/// it.
pub async fn holds_records(path: &std::path::Path) -> Result<bool, IndexError> {
    let directory = path.to_owned();
    let looking = tokio::task::spawn_blocking(move || edge::EdgeEngine::holds_records(&directory));
    looking.await.unwrap_or_else(|task| {
        let (location, what) = (path.display().to_string(), crate::contain::stopped(&task).to_owned());
        Err(IndexError::Unavailable { location, what })
    })
}

/// Puts the index in the directory `next` in the place of the one in `current`, and that one into `next`, in
/// one step. Neither may be open. Blocking.
pub fn exchange(current: &std::path::Path, next: &std::path::Path) -> Result<(), IndexError> {
    edge::EdgeEngine::exchange(current, next)
}

/// Removes from the index in a directory, which may not be open, every point but these; returns those of these
/// that it lacks.
pub async fn keep_only(
    path: &std::path::Path,
    space: &VectorSpace,
    tuning: Tuning,
    kept: PointIds,
) -> Result<PointIds, IndexError> {
    let engine = edge::EdgeEngine::open(path, &Compatibility::needed_for(space), 1, tuning).await?;
    leftovers::remove_all_but(kept, &engine).await
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Directory { path, .. } => write!(f, "{}", path.display()),
            Self::Server(server) => f.write_str(&server.url),
        }
    }
}

fn seconds_since_1970() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Compares who wrote a store with who wants to use it.
fn require_compatible(
    found: Option<engine::Record>,
    needed: &Compatibility,
    location: &str,
) -> Result<(), IndexError> {
    let incompatible = |found: String| IndexError::Incompatible {
        location: location.to_owned(),
        found,
        expected: needed.to_string(),
    };
    let Some(mut record) = found else {
        return Err(incompatible("an unknown program (it has no compatibility record)".to_owned()));
    };
    let content = record.payload.remove(field::CONTENT).unwrap_or_default();
    let written_by: Compatibility = serde_json::from_value(content)
        .map_err(|_| incompatible("another program version (its record is not readable)".to_owned()))?;
    if written_by == *needed { Ok(()) } else { Err(incompatible(written_by.to_string())) }
}
