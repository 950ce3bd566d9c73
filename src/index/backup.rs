//! What is a backup, and how is one made while the archive is in use? A directory of plain files, the same
//! for both engines, so that it also carries an archive from one to the other.
//!
//! ```text
//! DIRECTORY/SHA256SUMS               of all other files, for `sha256sum --check`
//! DIRECTORY/manifest.json            who wrote the archive, counts, content hash, parts in order
//! DIRECTORY/records-0001.jsonl.gz    cases, screenings, verdicts …: one point per line
//! DIRECTORY/passages-0001.jsonl.gz   passages with their vectors
//! ```
//!
//! A line is a JSON object with `id`, `payload`, `dense` and `sparse`; numbers of vectors are written as
//! hexadecimal digits of their bytes (IEEE 754, little-endian), so that they are read back bit by bit. What
//! a later line says about an id replaces what an earlier one said; `removed` takes it back.
//!
//! Invariant: the directory has its name only when it is whole and on the disk; until then it is called
//! `NAME.unfinished`.

mod contents;
mod line;
mod read;
mod restore;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use super::copy::{Collection, Compatibility, CopiedPoints, Copier, Difference};
use super::payload::hex;
use super::store::IndexError;
use crate::contain::stopped;
use contents::Contents;

pub use contents::require_current;
pub use read::Backup;
pub use restore::{Restored, restore, verify};

/// Kind of the manifest, so that another program's is not taken for ours.
const FORMAT: &str = "eia-screen backup";

/// Version of the layout described above.
const FORMAT_VERSION: u32 = 1;

/// Name of the manifest.
const MANIFEST: &str = "manifest.json";

/// Name of the list of hashes.
const SUMS: &str = "SHA256SUMS";

/// What the name of a backup ends with until it is whole and on the disk.
pub const UNFINISHED: &str = ".unfinished";

/// Uncompressed bytes after which a new part begins.
const PART_BYTES: u64 = 256 * 1024 * 1024;

/// Batches of points on their way from the archive into the files.
const QUEUE: usize = 4;

/// Why a backup could not be made or used, by what the operator can do.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Start, free or repair the archive.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// Correct the path, its permissions or the room on the disk.
    #[error("{path}: {source}")]
    File {
        /// File or directory.
        path: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Choose another name.
    #[error("{path} is there already; choose another name for the backup")]
    Exists {
        /// Directory.
        path: String,
    },
    /// Use another backup.
    #[error("the backup is damaged: {path}: {what}")]
    Damaged {
        /// File.
        path: String,
        /// What is wrong with it.
        what: String,
    },
    /// Use the program version or the model that it was made with.
    #[error("the backup was made of {found}, the archive at {location} is {expected}")]
    Incompatible {
        /// Where it was to go.
        location: String,
        /// What the backup holds.
        found: String,
        /// What is there.
        expected: String,
    },
    /// Restore into an empty place.
    #[error(
        "the archive at {location} holds {records} records that are not in the backup; restore into an empty place"
    )]
    Occupied {
        /// Where it was to go.
        location: String,
        /// Records that are in the way.
        records: usize,
    },
    /// Restore again; if it stays, report it.
    #[error("the archive at {location} does not hold what the backup holds: {difference}")]
    Differs {
        /// Where it went.
        location: String,
        /// The first difference.
        #[source]
        difference: Difference,
    },
    /// Make another backup.
    #[error("the archive at {location} has changed since the backup {path} was made of it ({changes})")]
    Outdated {
        /// Directory of the backup.
        path: String,
        /// Archive that it was made of.
        location: String,
        /// What the archive holds instead.
        changes: String,
    },
}

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    format: String,
    /// [`FORMAT_VERSION`] of the writer.
    version: u32,
    /// Program version that made it.
    pub program: String,
    /// RFC 3339 time at which it was begun.
    pub create_time: String,
    /// Who wrote the archive: schema, model, lexical weighting.
    pub written_by: Compatibility,
    /// Points by kind of record; passages under `passage`.
    pub counts: BTreeMap<String, u64>,
    /// SHA-256 over ids and contents of all points in order of id, dense vectors by their presence.
    pub content_sha256: String,
    /// The parts in the order in which they were written.
    pub parts: Vec<Part>,
}

impl Manifest {
    /// Returns the list of hashes; `text` is the manifest as it is written.
    fn sums(&self, text: &str) -> String {
        let mut sums: String =
            self.parts.iter().map(|part| format!("{}  {}\n", part.sha256, part.file)).collect();
        sums.push_str(&format!("{}  {MANIFEST}\n", hex(&Sha256::digest(text))));
        sums
    }
}

/// One file of points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// File name.
    pub file: String,
    /// `records` or `passages`.
    pub collection: String,
    /// Lines.
    pub lines: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// SHA-256 of the file.
    pub sha256: String,
}

/// Makes a backup of an archive, which may be in use, in a directory that is not there yet. `now` is the
/// time that is written into it.
pub async fn write(copier: &Copier, to: &Path, now: jiff::Timestamp) -> Result<Manifest, BackupError> {
    if to.exists() {
        return Err(BackupError::Exists { path: to.display().to_string() });
    }
    let (sender, receiver) = mpsc::channel(QUEUE);
    let (target, written_by) = (to.to_owned(), copier.written_by().clone());
    let writing = tokio::task::spawn_blocking(move || write_files(&target, receiver, written_by, now));
    let copied = copier.copy_out(sender).await;
    let written = writing.await.map_err(|task| BackupError::File {
        path: to.display().to_string(),
        source: std::io::Error::other(stopped(&task)),
    })?;
    // A writer that failed makes the copying end early: its error is the one that says why.
    let unfinished = written?;
    copied?;
    unfinished.publish(to)
}

/// A backup that has everything but its name.
struct Unfinished {
    path: PathBuf,
    manifest: Manifest,
}

impl Unfinished {
    fn publish(self, to: &Path) -> Result<Manifest, BackupError> {
        let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let publish = || {
            std::fs::rename(&self.path, to)?;
            File::open(parent)?.sync_all()
        };
        publish().map_err(|source| file_error(to, source))?;
        Ok(self.manifest)
    }
}

fn write_files(
    to: &Path,
    mut points: mpsc::Receiver<CopiedPoints>,
    written_by: Compatibility,
    now: jiff::Timestamp,
) -> Result<Unfinished, BackupError> {
    let mut name = to.as_os_str().to_owned();
    name.push(UNFINISHED);
    let path = PathBuf::from(name);
    match std::fs::remove_dir_all(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(file_error(&path, error)),
        _ => {}
    }
    std::fs::create_dir_all(&path).map_err(|source| file_error(&path, source))?;
    let mut parts = Parts { folder: path.clone(), open: None, done: Vec::new() };
    let mut contents = Contents::default();
    while let Some(copied) = points.blocking_recv() {
        contents.take(&copied);
        for point in &copied.points {
            parts.write(copied.collection, &line::of_point(point))?;
        }
        for id in copied.removed {
            parts.write(copied.collection, &line::of_removed(id))?;
        }
    }
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        version: FORMAT_VERSION,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        create_time: now.to_string(),
        written_by,
        counts: contents.counts(),
        content_sha256: contents.sha256(),
        parts: parts.finish()?,
    };
    let text = serde_json::to_string_pretty(&manifest).map_err(|error| BackupError::File {
        path: path.display().to_string(),
        source: std::io::Error::other(error),
    })? + "\n";
    let sums = manifest.sums(&text);
    for (name, text) in [(MANIFEST, text), (SUMS, sums)] {
        let file = path.join(name);
        let put = || {
            let mut open = File::create(&file)?;
            open.write_all(text.as_bytes())?;
            open.sync_all()
        };
        put().map_err(|source| file_error(&file, source))?;
    }
    File::open(&path).and_then(|folder| folder.sync_all()).map_err(|source| file_error(&path, source))?;
    Ok(Unfinished { path, manifest })
}

/// The parts being written.
struct Parts {
    folder: PathBuf,
    open: Option<OpenPart>,
    done: Vec<Part>,
}

struct OpenPart {
    collection: Collection,
    file: String,
    out: GzEncoder<HashingFile>,
    lines: u64,
    text_bytes: u64,
}

impl Parts {
    fn write(&mut self, collection: Collection, line: &[u8]) -> Result<(), BackupError> {
        let is_full = |open: &OpenPart| open.collection != collection || open.text_bytes >= PART_BYTES;
        if self.open.as_ref().is_some_and(is_full) {
            self.close()?;
        }
        let open = match &mut self.open {
            Some(open) => open,
            none => {
                let number = 1 + self.done.iter().filter(|p| p.collection == collection.name()).count();
                let file = format!("{}-{number:04}.jsonl.gz", collection.name());
                let path = self.folder.join(&file);
                let created = File::create(&path).map_err(|source| file_error(&path, source))?;
                let out = GzEncoder::new(HashingFile::new(created), Compression::fast());
                none.insert(OpenPart { collection, file, out, lines: 0, text_bytes: 0 })
            }
        };
        open.lines += 1;
        open.text_bytes += line.len() as u64 + 1;
        let put = open.out.write_all(line).and_then(|()| open.out.write_all(b"\n"));
        put.map_err(|source| file_error(&self.folder.join(&open.file), source))
    }

    fn close(&mut self) -> Result<(), BackupError> {
        let Some(OpenPart { collection, file, out, lines, .. }) = self.open.take() else { return Ok(()) };
        let close = || out.finish()?.close();
        let (bytes, sha256) = close().map_err(|source| file_error(&self.folder.join(&file), source))?;
        self.done.push(Part { file, collection: collection.name().to_owned(), lines, bytes, sha256 });
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<Part>, BackupError> {
        self.close()?;
        Ok(self.done)
    }
}

/// A file that is hashed while it is written.
struct HashingFile {
    out: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
}

impl HashingFile {
    fn new(file: File) -> Self {
        Self { out: BufWriter::new(file), hash: Sha256::new(), bytes: 0 }
    }

    fn close(self) -> std::io::Result<(u64, String)> {
        let file = self.out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.sync_all()?;
        Ok((self.bytes, hex(&self.hash.finalize())))
    }
}

impl Write for HashingFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}

fn file_error(path: &Path, source: std::io::Error) -> BackupError {
    BackupError::File { path: path.display().to_string(), source }
}
