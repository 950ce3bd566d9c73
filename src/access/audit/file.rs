//! The file of the audit log: one process has it, it is continued where it ends, and closed when it is full or its
//! day is over.
//!
//! Invariants: the file always ends with a whole line, or with one that the next attempt cuts off, or the next start,
//! which says so; nothing is written behind part of a line; what was closed is never written again, whatever fails
//! after it was closed.

use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::chain::{self, Head, Kind, Line};
use super::writer::{AuditError, SECOND};
use super::{Entry, closed_name};
use crate::access::settings::{AuditSettings, AuditSync};

/// What a line says.
pub type Content = (Kind, Option<Entry>, Option<String>);

/// The open file.
pub struct LogFile {
    path: PathBuf,
    file: File,
    head: Head,
    /// Number of the first line of the open file.
    first: u64,
    length: u64,
    /// Whether part of lines that were not written may lie behind the last one.
    is_torn: bool,
    /// Day of the last line.
    day: String,
    settings: AuditSettings,
    unsynced: bool,
    synced: Instant,
}

impl LogFile {
    /// Opens the file, continuing the chain that is there.
    pub fn open(settings: &AuditSettings) -> Result<Self, AuditError> {
        let path = settings.file.clone();
        let mut file = open_locked(&path)?;
        let mut found = chain::read_end(&mut file).map_err(|source| failed(&path, source))?;
        if found.first.is_none() {
            found.head = head_of_closed(&path).map_err(|source| failed(&path, source))?;
        }
        if found.torn > 0 {
            file.set_len(found.whole).map_err(|source| failed(&path, source))?;
        }
        let mut opened = Self {
            first: found.first.unwrap_or(found.head.next),
            head: found.head,
            length: found.whole,
            is_torn: false,
            day: found.day.unwrap_or_default(),
            path,
            file,
            settings: settings.clone(),
            unsynced: false,
            synced: Instant::now(),
        };
        let mut begun = Vec::new();
        if found.torn > 0 {
            let detail = format!("a line of {} bytes was unfinished and has been cut off", found.torn);
            begun.push((Kind::Recovered, None, Some(detail)));
        }
        begun.push((Kind::Start, None, Some(crate::build_identity())));
        let wrote = opened.append(&begun);
        wrote.map_err(|source| failed(&opened.path, source))?;
        Ok(opened)
    }

    /// Returns where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends lines as a whole or not at all.
    pub fn append<'a>(&mut self, group: impl IntoIterator<Item = &'a Content>) -> std::io::Result<()> {
        // First of all: a file is closed as it is.
        self.cut_off_torn()?;
        let time = jiff::Timestamp::now().to_string();
        self.begin_new_file_if_due(&time)?;
        let mut head = self.head.clone();
        let mut text = Vec::new();
        for (kind, call, detail) in group {
            push_line(&mut text, &mut head, &time, *kind, call.clone(), detail.clone())?;
        }
        if let Err(error) = self.file.write_all(&text) {
            self.is_torn = true;
            // A disk that fails may fail here too; then it is done before the next attempt.
            let _ = self.cut_off_torn();
            return Err(error);
        }
        self.length += text.len() as u64;
        self.head = head;
        self.day = day_of(&time);
        self.unsynced = true;
        Ok(())
    }

    /// Cuts off what a failed attempt has left behind the last line: nothing may be written behind it.
    fn cut_off_torn(&mut self) -> std::io::Result<()> {
        if self.is_torn {
            self.file.set_len(self.length)?;
            self.is_torn = false;
        }
        Ok(())
    }

    fn begin_new_file_if_due(&mut self, time: &str) -> std::io::Result<()> {
        let full = self.length >= self.settings.rotate_mib << 20;
        let new_day = self.settings.rotate_daily && !self.day.is_empty() && self.day != day_of(time);
        if self.length == 0 || !(full || new_day) {
            return Ok(());
        }
        self.file.sync_data()?;
        let closed = closed_name(&self.path, self.first);
        // An attempt that failed later may have come this far; what it closed stays as it is.
        if !closed.try_exists()? {
            match std::fs::rename(&self.path, &closed) {
                // Closed by such an attempt, and moved away since.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                renamed => renamed?,
            }
        }
        let mut file = open_locked(&self.path).map_err(|error| not_begun(error, &closed))?;
        // Such an attempt leaves part of the line below; whole lines are another process's.
        if chain::read_end(&mut file)?.first.is_some() {
            return Err(taken(&self.path));
        }
        file.set_len(0)?;
        let mut head = self.head.clone();
        let mut text = Vec::new();
        let name = closed.file_name().map(|name| name.to_string_lossy().into_owned());
        push_line(&mut text, &mut head, time, Kind::Continue, None, name)?;
        file.write_all(&text)?;
        self.first = self.head.next;
        self.head = head;
        self.length = text.len() as u64;
        self.file = file;
        Ok(())
    }

    /// True if a second has passed since lines were last forced to disk, and that is to be done every second.
    pub fn is_due(&self) -> bool {
        self.synced.elapsed() >= SECOND && self.settings.sync == AuditSync::Second
    }

    /// Forces lines to disk, unless the system is to do so when it sees fit; returns false if that failed.
    pub fn sync(&mut self) -> bool {
        self.synced = Instant::now();
        if !self.unsynced || self.settings.sync == AuditSync::Never {
            return true;
        }
        if let Err(error) = self.file.sync_data() {
            tracing::error!(path = %self.path.display(), %error, "the audit log cannot be forced to disk");
            return false;
        }
        self.unsynced = false;
        true
    }
}

fn push_line(
    text: &mut Vec<u8>,
    head: &mut Head,
    time: &str,
    kind: Kind,
    call: Option<Entry>,
    detail: Option<String>,
) -> std::io::Result<()> {
    let line = Line { seq: head.next, time: time.to_owned(), kind, call, detail, prev: head.hash.clone() };
    let line = serde_json::to_vec(&line)?;
    *head = Head { next: head.next + 1, hash: chain::hash(&line) };
    text.extend_from_slice(&line);
    text.push(b'\n');
    Ok(())
}

fn day_of(time: &str) -> String {
    time.get(..10).unwrap_or_default().to_owned()
}

/// The chain goes on after the newest closed file, if a stop came between two files.
fn head_of_closed(path: &Path) -> std::io::Result<Head> {
    match chain::closed_files(path)?.last() {
        Some(newest) => Ok(chain::read_end(&mut File::open(newest)?)?.head),
        None => Ok(Head::of_nothing()),
    }
}

fn open_locked(path: &Path) -> Result<File, AuditError> {
    let mut options = OpenOptions::new();
    options.create(true).read(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o640);
    let file = options.open(path).map_err(|source| failed(path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(AuditError::InUse { path: path.display().to_string() }),
        Err(std::fs::TryLockError::Error(source)) => Err(failed(path, source)),
    }
}

pub(super) fn failed(path: &Path, source: Error) -> AuditError {
    AuditError::Open { path: path.display().to_string(), source }
}

/// Why no new file was begun. The file in use is still in its place only if it could not get its closed name.
fn not_begun(error: AuditError, closed: &Path) -> Error {
    match error {
        AuditError::Open { source, .. } => source,
        AuditError::InUse { .. } => taken(closed),
    }
}

fn taken(path: &Path) -> Error {
    let what = format!("{} is there and is not of this log; move it away", path.display());
    Error::new(ErrorKind::AlreadyExists, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(who: &str) -> [Content; 1] {
        [(Kind::Call, Some(Entry { who: who.to_owned(), ..Entry::default() }), None)]
    }

    fn opened(folder: &Path) -> LogFile {
        let settings = AuditSettings { file: folder.join("audit.jsonl"), ..AuditSettings::default() };
        LogFile::open(&settings).unwrap()
    }

    #[test]
    fn what_could_not_be_written_leaves_no_trace_and_is_written_later() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = opened(folder.path());
        let path = log.path.clone();
        let before = std::fs::read(&path).unwrap();
        // A file that may only be read stands for a disk that takes nothing.
        let writable = std::mem::replace(&mut log.file, File::open(&path).unwrap());
        assert!(log.append(&call("expert")).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), before);
        log.file = writable;
        log.append(&call("expert")).unwrap();
        let found = super::super::verify(std::slice::from_ref(&path)).unwrap();
        assert_eq!((found.lines, found.problems.len()), (2, 0));
    }

    #[test]
    fn what_could_not_even_be_cut_off_is_cut_off_before_the_next_line_or_file() {
        for is_new_day in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let mut log = opened(folder.path());
            let path = log.path.clone();
            // Part of a line reaches the disk, which then takes neither the rest nor a shorter length.
            OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"seq\":1,\"ti").unwrap();
            let writable = std::mem::replace(&mut log.file, File::open(&path).unwrap());
            assert!(log.append(&call("expert")).is_err());
            assert!(log.append(&call("expert")).is_err());
            log.file = writable;
            if is_new_day {
                log.day = "2020-02-03".to_owned();
            }
            log.append(&call("expert")).unwrap();
            let closed = Some(closed_name(&path, 0)).filter(|_| is_new_day);
            let files: Vec<PathBuf> = closed.into_iter().chain([path]).collect();
            assert_eq!(super::super::verify(&files).unwrap().problems, Vec::<String>::new(), "{is_new_day}");
        }
    }

    /// A log that has closed its file and failed then, as on a full disk: what it left in place of the new file.
    fn after_closing(left: impl FnOnce(&Path)) -> (tempfile::TempDir, LogFile, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let mut log = opened(folder.path());
        log.append(&call("before")).unwrap();
        log.day = "2020-02-03".to_owned();
        let closed = closed_name(&log.path, 0);
        std::fs::rename(&log.path, &closed).unwrap();
        left(&log.path);
        (folder, log, closed)
    }

    #[test]
    fn a_closed_file_outlives_whatever_fails_after_it_was_closed() {
        let nothing: fn(&Path) = |_| {};
        let empty: fn(&Path) = |path| drop(File::create(path).unwrap());
        let torn: fn(&Path) = |path| std::fs::write(path, "{\"seq\":2,\"ti").unwrap();
        for left in [nothing, empty, torn] {
            let (_folder, mut log, closed) = after_closing(left);
            let before = std::fs::read(&closed).unwrap();
            log.append(&call("after")).unwrap();
            assert_eq!(std::fs::read(&closed).unwrap(), before);
            let found = super::super::verify(&[closed, log.path.clone()]).unwrap();
            assert_eq!(
                (found.lines, found.first, found.problems.len()),
                (4, 0, 0),
                "one line says where it goes on"
            );
        }
    }

    #[test]
    fn a_closed_file_may_be_moved_away_before_the_next_is_begun() {
        let (folder, mut log, closed) = after_closing(|_| {});
        let kept = folder.path().join("kept.jsonl");
        std::fs::rename(&closed, &kept).unwrap();
        log.append(&call("after")).unwrap();
        let found = super::super::verify(&[kept, log.path.clone()]).unwrap();
        assert_eq!((found.lines, found.problems.len()), (4, 0));
    }

    #[test]
    fn what_is_in_the_way_of_a_new_file_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = opened(folder.path());
        log.day = "2020-02-03".to_owned();
        let other = closed_name(&log.path, 0);
        std::fs::write(&other, "of another log\n").unwrap();
        let error = log.append(&call("expert")).unwrap_err().to_string();
        assert!(error.contains("audit.000000000000.jsonl is there"), "{error}");
        assert_eq!(std::fs::read_to_string(&other).unwrap(), "of another log\n");
        std::fs::remove_file(&other).unwrap();
        log.append(&call("expert")).unwrap();
        assert_eq!(super::super::verify(&[other, log.path.clone()]).unwrap().problems, Vec::<String>::new());

        // Begun by another process in the moment without a file.
        let (folder, mut log, _closed) = after_closing(|path| {
            let settings = AuditSettings { file: path.to_owned(), ..AuditSettings::default() };
            drop(LogFile::open(&settings).unwrap());
        });
        let begun = std::fs::read(&log.path).unwrap();
        assert!(log.append(&call("after")).unwrap_err().to_string().contains("audit.jsonl is there"));
        assert_eq!(std::fs::read(&log.path).unwrap(), begun);
        std::fs::rename(&log.path, folder.path().join("other.jsonl")).unwrap();
        log.append(&call("after")).unwrap();
    }
}
