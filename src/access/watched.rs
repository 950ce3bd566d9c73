//! Settings that live in files and change while the service runs: tokens, keys, certificates.
//!
//! A [`Watched`] looks at its files when it is asked, at most once in a while, and reads them again if
//! one changed, or if they could not be used the last time: what was in the way (too many open files, a
//! failing disk) may pass without a trace at the file. Invariant: what cannot be read or parsed never
//! replaces what is in use – an operator who copies a file in two steps does not lock everybody out.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// Shortest time between two looks at the files.
pub(super) const LOOK: Duration = Duration::from_millis(500);

/// A file that settings name cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {what}")]
pub struct UnusableFile {
    /// The file.
    pub path: String,
    /// What is wrong; never its content.
    pub what: String,
}

impl UnusableFile {
    /// Says what is wrong with a file.
    pub fn new(path: &std::path::Path, what: impl std::fmt::Display) -> Self {
        Self { path: path.display().to_string(), what: what.to_string() }
    }
}

type Load<T> = dyn Fn() -> Result<T, UnusableFile> + Send + Sync;
/// Length, time of change and identity of each file; `None` for one that is not there.
type Looks = Vec<Option<(u64, SystemTime, Identity)>>;
/// Inode, and seconds and nanoseconds of its last change: who may read a file changes without its content.
type Identity = (u64, i64, i64);

/// A value read from files, read again when they change.
pub struct Watched<T> {
    files: Vec<PathBuf>,
    load: Box<Load<T>>,
    look: Duration,
    state: Mutex<State<T>>,
}

struct State<T> {
    value: Arc<T>,
    looks: Looks,
    looked: Instant,
    /// Why the files could not be used at the last look.
    complaint: Option<UnusableFile>,
}

impl<T> Watched<T> {
    /// Reads the files for the first time.
    pub fn open(
        files: Vec<PathBuf>,
        load: impl Fn() -> Result<T, UnusableFile> + Send + Sync + 'static,
    ) -> Result<Self, UnusableFile> {
        Self::open_looking_every(LOOK, files, load)
    }

    /// As [`Self::open`], with another time between two looks.
    pub(super) fn open_looking_every(
        look: Duration,
        files: Vec<PathBuf>,
        load: impl Fn() -> Result<T, UnusableFile> + Send + Sync + 'static,
    ) -> Result<Self, UnusableFile> {
        let looks = looks_of(&files);
        let state = State { value: Arc::new(load()?), looks, looked: Instant::now(), complaint: None };
        Ok(Self { files, load: Box::new(load), look, state: Mutex::new(state) })
    }

    /// Returns the value as the files have it now, or the last one that could be read.
    pub fn current(&self) -> Arc<T> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.looked.elapsed() < self.look {
            return Arc::clone(&state.value);
        }
        state.looked = Instant::now();
        let looks = looks_of(&self.files);
        let is_changed = looks != state.looks;
        if is_changed || state.complaint.is_some() {
            state.looks = looks;
            match (self.load)() {
                Ok(value) => {
                    state.value = Arc::new(value);
                    state.complaint = None;
                    tracing::info!(files = %self.names(), "read again");
                }
                Err(error) => state.complain(error, is_changed),
            }
        }
        Arc::clone(&state.value)
    }

    fn names(&self) -> String {
        self.files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", ")
    }
}

impl<T> State<T> {
    /// Says why the files cannot be used: once for each change and each cause, not at every look.
    fn complain(&mut self, error: UnusableFile, is_changed: bool) {
        if is_changed || self.complaint.as_ref() != Some(&error) {
            tracing::error!(%error, "cannot be used; the one before stays in use");
        }
        self.complaint = Some(error);
    }
}

fn looks_of(files: &[PathBuf]) -> Looks {
    let look = |file: &PathBuf| {
        let metadata = std::fs::metadata(file).ok()?;
        let changed = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        Some((metadata.len(), changed, identity(&metadata)))
    };
    files.iter().map(look).collect()
}

#[cfg(unix)]
fn identity(metadata: &std::fs::Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    (metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
}

#[cfg(not(unix))]
fn identity(_: &std::fs::Metadata) -> Identity {
    (0, 0, 0)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    fn watched(path: &std::path::Path) -> Watched<u32> {
        let file = path.to_path_buf();
        Watched::open_looking_every(Duration::ZERO, vec![file.clone()], move || {
            let text = std::fs::read_to_string(&file).map_err(|error| UnusableFile::new(&file, error))?;
            text.parse().map_err(|_| UnusableFile::new(&file, "not a number"))
        })
        .unwrap()
    }

    #[test]
    fn a_changed_file_is_read_again_and_a_broken_one_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("number");
        std::fs::write(&path, "1").unwrap();
        let number = watched(&path);
        assert_eq!(*number.current(), 1);
        std::fs::write(&path, "22").unwrap();
        assert_eq!(*number.current(), 22);
        std::fs::write(&path, "many").unwrap();
        assert_eq!(*number.current(), 22);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(*number.current(), 22);
        std::fs::write(&path, "4").unwrap();
        assert_eq!(*number.current(), 4);
    }

    #[test]
    fn what_could_not_be_read_for_a_moment_is_read_at_the_next_look() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens");
        std::fs::write(&path, "withdrawn").unwrap();
        let fails = Arc::new(AtomicBool::new(false));
        let (file, failing) = (path.clone(), Arc::clone(&fails));
        let tokens = Watched::open_looking_every(Duration::ZERO, vec![file.clone()], move || {
            if failing.load(Ordering::Relaxed) {
                return Err(UnusableFile::new(&file, "too many open files"));
            }
            std::fs::read_to_string(&file).map_err(|error| UnusableFile::new(&file, error))
        });
        let tokens = tokens.unwrap();
        std::fs::write(&path, "").unwrap();
        fails.store(true, Ordering::Relaxed);
        assert_eq!(*tokens.current(), "withdrawn");
        assert_eq!(*tokens.current(), "withdrawn");
        fails.store(false, Ordering::Relaxed);
        assert_eq!(*tokens.current(), "", "the file itself has not changed since");
        assert!(tokens.state.lock().unwrap().complaint.is_none());
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_read_again_when_only_its_permissions_change() {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, "").unwrap();
        let set = |mode: u32| std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        set(0o600);
        let file = path.clone();
        let mode = Watched::open_looking_every(Duration::ZERO, vec![file.clone()], move || {
            let metadata = std::fs::metadata(&file).map_err(|error| UnusableFile::new(&file, error))?;
            Ok(metadata.permissions().mode() & 0o777)
        });
        let mode = mode.unwrap();
        let changed = || {
            let metadata = std::fs::metadata(&path).unwrap();
            (metadata.ctime(), metadata.ctime_nsec())
        };
        // The clock of a file system stands still for some milliseconds.
        let before = changed();
        while changed() == before {
            set(0o640);
        }
        assert_eq!(*mode.current(), 0o640);
    }

    #[test]
    fn a_file_that_cannot_be_used_at_the_start_is_an_error() {
        let file = PathBuf::from("nowhere/at/all");
        let load = move || Err::<u32, _>(UnusableFile::new(&file, "missing"));
        let error = Watched::open(Vec::new(), load).err().unwrap();
        assert_eq!(error.to_string(), "nowhere/at/all: missing");
    }
}
