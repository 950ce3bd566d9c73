//! Writes the audit log: one thread, one file, entries in the order in which they came.
//!
//! Calls hand their entry over and go on; nobody waits for the disk but who is about to change something
//! ([`AuditLog::begin`]). While the file cannot be written, or while
//! thousands of entries wait for it, [`AuditLog::is_writable`] says no: the service then refuses calls that would
//! have to be recorded, so what waits is bounded by the calls that were under way. What waits is tried again until
//! it is written. Refused calls do not wait: they are counted, and the log says how many there were.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::time::Duration;

use tokio::sync::oneshot;

use super::Entry;
use super::chain::Kind;
use super::file::{Content, LogFile, failed};
use crate::access::settings::{AuditSettings, AuditSync};
use crate::metrics::AUDIT_UNRECORDED;

/// Entries that may wait for the disk before calls are refused.
const QUEUE: usize = 4096;
/// Entries written by one call of the system.
const GROUP: usize = 256;
/// Time between forced writes, and between attempts after a failure.
pub(super) const SECOND: Duration = Duration::from_secs(1);

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
    Begun(Box<Entry>, oneshot::Sender<()>),
    Flush(SyncSender<()>),
}

/// What callers and the thread that writes tell each other.
struct Shared {
    /// False while the file cannot be written.
    writable: AtomicBool,
    /// Entries that wait.
    waiting: AtomicUsize,
    /// Refused calls of which there is no entry.
    unrecorded: AtomicU64,
    /// True once nobody waits any more for the file to be writable again.
    stopping: AtomicBool,
}

/// An open audit log; closing it writes what was recorded.
pub struct AuditLog {
    sender: Option<Sender<Message>>,
    shared: Arc<Shared>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl AuditLog {
    /// Opens a log, continuing the chain that is there.
    pub fn open(settings: &AuditSettings) -> Result<Self, AuditError> {
        let file = LogFile::open(settings)?;
        let (sender, receiver) = channel();
        let shared = Arc::new(Shared {
            writable: AtomicBool::new(true),
            waiting: AtomicUsize::new(0),
            unrecorded: AtomicU64::new(0),
            stopping: AtomicBool::new(false),
        });
        let begun = Vec::new();
        let mut writer = Writer { file, sync: settings.sync, shared: Arc::clone(&shared), begun };
        let thread =
            std::thread::Builder::new().name("audit".to_owned()).spawn(move || writer.run(&receiver));
        let thread = thread.map_err(|source| failed(&settings.file, source))?;
        Ok(Self { sender: Some(sender), shared, thread: Some(thread) })
    }

    /// Records a call that was let in. Does not wait, and loses nothing.
    pub fn record(&self, entry: Entry) {
        self.shared.waiting.fetch_add(1, Ordering::AcqRel);
        self.send(Message::Call(Box::new(entry)));
    }

    /// Records a change that is about to be made. What is returned hears that its line is written and, where every
    /// entry is forced to disk, on disk; it is dropped if the log ends before.
    pub fn begin(&self, entry: Entry) -> oneshot::Receiver<()> {
        let (done, waiting) = oneshot::channel();
        self.shared.waiting.fetch_add(1, Ordering::AcqRel);
        self.send(Message::Begun(Box::new(entry), done));
        waiting
    }

    /// Records a call that was refused, or counts it where an entry would have to wait: whoever is refused must not
    /// fill the memory.
    pub fn record_refusal(&self, entry: Entry) {
        if self.is_writable() {
            return self.record(entry);
        }
        self.shared.unrecorded.fetch_add(1, Ordering::AcqRel);
        metrics::counter!(AUDIT_UNRECORDED).increment(1);
    }

    /// False while the file cannot be written, or not as fast as entries come.
    pub fn is_writable(&self) -> bool {
        self.shared.writable.load(Ordering::Acquire) && self.shared.waiting.load(Ordering::Acquire) < QUEUE
    }

    /// Waits until everything recorded so far is on disk; returns false if that took too long.
    pub fn flush(&self, longest: Duration) -> bool {
        let (done, waiting) = sync_channel(1);
        self.send(Message::Flush(done));
        waiting.recv_timeout(longest).is_ok()
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
        self.shared.stopping.store(true, Ordering::Release);
        drop(self.sender.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the writer of the audit log ended badly");
        }
    }
}

struct Writer {
    file: LogFile,
    sync: AuditSync,
    shared: Arc<Shared>,
    /// Who waits for a line that is written to be where the settings want it.
    begun: Vec<oneshot::Sender<()>>,
}

impl Writer {
    fn run(&mut self, receiver: &Receiver<Message>) {
        loop {
            let mut group = Vec::new();
            let (mut begun, mut waiting) = (Vec::new(), Vec::new());
            let message = receiver.recv_timeout(SECOND);
            let closed = matches!(message, Err(RecvTimeoutError::Disconnected));
            for message in
                message.into_iter().chain(std::iter::from_fn(|| receiver.try_recv().ok())).take(GROUP)
            {
                match message {
                    Message::Call(entry) => group.push((Kind::Call, Some(*entry), None)),
                    Message::Begun(entry, done) => {
                        group.push((Kind::Begun, Some(*entry), None));
                        begun.push(done);
                    }
                    Message::Flush(done) => waiting.push(done),
                }
            }
            let calls = group.len();
            group.extend(self.unrecorded());
            if closed {
                group.push((Kind::Stop, None, None));
            }
            // Those of a group that is lost are dropped with it.
            if self.write_until_it_works(&group) {
                self.begun.append(&mut begun);
            }
            self.shared.waiting.fetch_sub(calls, Ordering::AcqRel);
            let is_each_forced = self.sync == AuditSync::Entry;
            if !is_each_forced {
                self.tell_begun();
            }
            let is_forced = self.file.is_due() || closed || !waiting.is_empty() || is_each_forced;
            if is_forced && self.file.sync() {
                self.tell_begun();
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

    /// Tells those who wait for a line that it is where the settings want it.
    fn tell_begun(&mut self) {
        for done in self.begun.drain(..) {
            // Whoever waited may have gone.
            let _ = done.send(());
        }
    }

    /// The line that says how many refused calls have no entry.
    fn unrecorded(&self) -> Option<Content> {
        let calls = self.shared.unrecorded.swap(0, Ordering::AcqRel);
        let detail =
            format!("{calls} refused calls were counted, not recorded, while entries waited for the disk");
        (calls > 0).then_some((Kind::Recovered, None, Some(detail)))
    }

    /// Returns false if the group was lost at the stop.
    fn write_until_it_works(&mut self, group: &[Content]) -> bool {
        if group.is_empty() {
            return true;
        }
        while let Err(error) = self.file.append(group) {
            self.shared.writable.store(false, Ordering::Release);
            let path = self.file.path().display();
            tracing::error!(%path, %error, "the audit log cannot be written");
            if self.shared.stopping.load(Ordering::Acquire) {
                tracing::error!(entries = group.len(), "audit entries were lost at the stop");
                return false;
            }
            std::thread::sleep(SECOND);
        }
        if !self.shared.writable.swap(true, Ordering::AcqRel) {
            tracing::warn!("the audit log can be written again");
        }
        true
    }
}
