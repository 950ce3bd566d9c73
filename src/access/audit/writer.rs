//! Writes the audit log: one thread, one file, entries in the order in which they came.
//!
//! Calls hand their entry over and go on; the queue is bounded, and when the disk is too slow for it
//! they wait. If the file cannot be written, entries are kept and tried again, and
//! [`AuditLog::is_writable`] says no until it works: the service then refuses calls that would have to
//! be recorded. Invariant: the file always ends with a whole line, or with one that the next start
//! cuts off and says so.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use super::chain::{self, Head, Kind, Line};
use super::{Entry, closed_name};
use crate::access::settings::{AuditSettings, AuditSync};

/// Entries that may wait for the disk.
const QUEUE: usize = 4096;
/// Entries written by one call of the system.
const GROUP: usize = 256;
/// Time between forced writes, and between attempts after a failure.
const SECOND: Duration = Duration::from_secs(1);

/// The audit log cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// Correct the path, its permissions or the disk.
    #[error("the audit log {path} cannot be opened")]
    Open {
        /// File.
        path: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Give each process a file of its own.
    #[error("the audit log {path} is written by another process")]
    InUse {
        /// File.
        path: String,
    },
}

enum Message {
    Call(Box<Entry>),
    Flush(SyncSender<()>),
}

/// An open audit log; closing it writes what was recorded.
pub struct AuditLog {
    sender: Option<SyncSender<Message>>,
    writable: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl AuditLog {
    /// Opens a log, continuing the chain that is there.
    pub fn open(settings: &AuditSettings) -> Result<Self, AuditError> {
        let mut writer = Writer::open(settings)?;
        let (sender, receiver) = sync_channel(QUEUE);
        let writable = Arc::clone(&writer.writable);
        let thread =
            std::thread::Builder::new().name("audit".to_owned()).spawn(move || writer.run(&receiver));
        let thread = thread.map_err(|source| failed(&settings.file, source))?;
        Ok(Self { sender: Some(sender), writable, thread: Some(thread) })
    }

    /// Records a call; waits only if thousands of entries wait for the disk.
    pub fn record(&self, entry: Entry) {
        self.send(Message::Call(Box::new(entry)));
    }

    /// False while the file cannot be written.
    pub fn is_writable(&self) -> bool {
        self.writable.load(Ordering::Acquire)
    }

    /// Waits until everything recorded so far is on disk.
    pub fn flush(&self) {
        let (done, waiting) = sync_channel(1);
        self.send(Message::Flush(done));
        // The thread answers, or has ended and there is nothing to wait for.
        let _ = waiting.recv();
    }

    fn send(&self, message: Message) {
        let sent = self.sender.as_ref().is_some_and(|sender| sender.send(message).is_ok());
        if !sent {
            tracing::error!("an audit entry was lost: the writer has ended");
        }
    }
}

impl Drop for AuditLog {
    fn drop(&mut self) {
        drop(self.sender.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the writer of the audit log ended badly");
        }
    }
}

struct Writer {
    path: PathBuf,
    file: File,
    head: Head,
    /// Number of the first line of the open file.
    first: u64,
    length: u64,
    /// Day of the last line.
    day: String,
    settings: AuditSettings,
    writable: Arc<AtomicBool>,
    unsynced: bool,
    synced: Instant,
}

impl Writer {
    fn open(settings: &AuditSettings) -> Result<Self, AuditError> {
        let path = settings.file.clone();
        let mut file = open_locked(&path)?;
        let mut found = chain::read_end(&mut file).map_err(|source| failed(&path, source))?;
        if found.first.is_none() {
            found.head = head_of_closed(&path).map_err(|source| failed(&path, source))?;
        }
        if found.torn > 0 {
            file.set_len(found.whole).map_err(|source| failed(&path, source))?;
        }
        let mut writer = Self {
            first: found.first.unwrap_or(found.head.next),
            head: found.head,
            length: found.whole,
            day: found.day.unwrap_or_default(),
            path,
            file,
            settings: settings.clone(),
            writable: Arc::new(AtomicBool::new(true)),
            unsynced: false,
            synced: Instant::now(),
        };
        let mut begun = Vec::new();
        if found.torn > 0 {
            let detail = format!("a line of {} bytes was unfinished and has been cut off", found.torn);
            begun.push((Kind::Recovered, None, Some(detail)));
        }
        begun.push((Kind::Start, None, Some(crate::build_identity())));
        let wrote = writer.append(&begun);
        wrote.map_err(|source| failed(&writer.path, source))?;
        Ok(writer)
    }

    fn run(&mut self, receiver: &Receiver<Message>) {
        loop {
            let mut group = Vec::new();
            let mut waiting = Vec::new();
            let message = receiver.recv_timeout(SECOND);
            let closed = matches!(message, Err(RecvTimeoutError::Disconnected));
            for message in
                message.into_iter().chain(std::iter::from_fn(|| receiver.try_recv().ok())).take(GROUP)
            {
                match message {
                    Message::Call(entry) => group.push((Kind::Call, Some(*entry), None)),
                    Message::Flush(done) => waiting.push(done),
                }
            }
            if closed {
                group.push((Kind::Stop, None, None));
            }
            self.write_until_it_works(&group, closed);
            let due = self.synced.elapsed() >= SECOND && self.settings.sync == AuditSync::Second;
            if due || closed || !waiting.is_empty() || self.settings.sync == AuditSync::Entry {
                self.sync();
            }
            for done in waiting {
                // Whoever waited may have gone.
                let _ = done.send(());
            }
            if closed {
                return;
            }
        }
    }

    fn write_until_it_works(&mut self, group: &[(Kind, Option<Entry>, Option<String>)], closing: bool) {
        if group.is_empty() {
            return;
        }
        loop {
            match self.append(group) {
                Ok(()) => {
                    if !self.writable.swap(true, Ordering::AcqRel) {
                        tracing::warn!("the audit log can be written again");
                    }
                    return;
                }
                Err(error) => {
                    self.writable.store(false, Ordering::Release);
                    tracing::error!(path = %self.path.display(), %error, "the audit log cannot be written");
                    if closing {
                        tracing::error!(entries = group.len(), "audit entries were lost at the stop");
                        return;
                    }
                    std::thread::sleep(SECOND);
                }
            }
        }
    }

    /// Appends lines as a whole or not at all.
    fn append(&mut self, group: &[(Kind, Option<Entry>, Option<String>)]) -> std::io::Result<()> {
        let time = jiff::Timestamp::now().to_string();
        self.begin_new_file_if_due(&time)?;
        let mut head = self.head.clone();
        let mut text = Vec::new();
        for (kind, call, detail) in group {
            push_line(&mut text, &mut head, &time, *kind, call.clone(), detail.clone())?;
        }
        if let Err(error) = self.file.write_all(&text) {
            self.file.set_len(self.length)?;
            return Err(error);
        }
        self.length += text.len() as u64;
        self.head = head;
        self.day = day_of(&time);
        self.unsynced = true;
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
        std::fs::rename(&self.path, &closed)?;
        let mut file = open_locked(&self.path).map_err(std::io::Error::other)?;
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

    fn sync(&mut self) {
        self.synced = Instant::now();
        if !self.unsynced || self.settings.sync == AuditSync::Never {
            return;
        }
        match self.file.sync_data() {
            Ok(()) => self.unsynced = false,
            Err(error) => {
                tracing::error!(path = %self.path.display(), %error, "the audit log cannot be forced to disk");
            }
        }
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

fn failed(path: &Path, source: std::io::Error) -> AuditError {
    AuditError::Open { path: path.display().to_string(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_written_leaves_no_trace_and_is_written_later() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("audit.jsonl");
        let settings = AuditSettings { file: file.clone(), ..AuditSettings::default() };
        let mut writer = Writer::open(&settings).unwrap();
        let before = std::fs::read(&file).unwrap();
        // A file that may only be read stands for a disk that takes nothing.
        let writable = std::mem::replace(&mut writer.file, File::open(&file).unwrap());
        let group = [(Kind::Call, Some(Entry { who: "expert".to_owned(), ..Entry::default() }), None)];
        assert!(writer.append(&group).is_err());
        assert_eq!(std::fs::read(&file).unwrap(), before);
        writer.file = writable;
        writer.append(&group).unwrap();
        let found = super::super::verify(std::slice::from_ref(&file)).unwrap();
        assert_eq!((found.lines, found.problems.len()), (2, 0));
    }
}
