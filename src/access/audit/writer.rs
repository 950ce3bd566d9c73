//! Writes the audit log: one thread, one file, entries in the order in which they came.
//!
//! Calls hand their entry over and go on; nobody waits for the disk but who is about to change something
//! ([`AuditLog::begin`]), and that not for long. While the file cannot be written, or while thousands of
//! entries wait for it, [`AuditLog::is_writable`] says no: the service then refuses calls that would have to
//! be recorded, so what waits is bounded by the calls that were under way. What waits is tried again until it
//! is written. Refused calls do not wait: they are counted, and the log says how many there were.
//!
//! Invariant: a change is made only if the writer could tell whoever waits for it that its line is there. One
//! whose line was written and of which it could tell nobody has another line, which says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::time::Duration;

use tokio::sync::{oneshot, watch};

use super::chain::Kind;
use super::file::{Content, LogFile, failed};
use super::{Entry, Unrecorded};
use crate::access::settings::{AuditSettings, AuditSync};
use crate::metrics::AUDIT_UNRECORDED;

/// Entries that may wait for the disk before calls are refused.
const QUEUE: usize = 4096;
/// Entries written by one call of the system.
const GROUP: usize = 256;
/// Time between forced writes, and between attempts after a failure.
pub(super) const SECOND: Duration = Duration::from_secs(1);
/// Longest time for which a change waits for its line: a disk may hang without saying that it is full, and
/// whoever waits holds a place of the service.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// Outcome of a change that was to be made and was not.
const NOT_MADE: &str = "ABORTED";

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
    writable: watch::Sender<bool>,
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
            writable: watch::Sender::new(true),
            waiting: AtomicUsize::new(0),
            unrecorded: AtomicU64::new(0),
            stopping: AtomicBool::new(false),
        });
        let mut writer = Writer { file, sync: settings.sync, shared: Arc::clone(&shared) };
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

    /// Records a change that is about to be made, and waits until its line is written and, where every entry
    /// is forced to disk, on disk. Gives up as soon as the file cannot be written: it may stay so for long.
    pub async fn begin(&self, entry: Entry) -> Result<(), Unrecorded> {
        let mut writable = self.shared.writable.subscribe();
        if !*writable.borrow() {
            return Err(Unrecorded);
        }
        let (done, mut told) = oneshot::channel();
        self.shared.waiting.fetch_add(1, Ordering::AcqRel);
        self.send(Message::Begun(Box::new(entry), done));
        let unwritable = async { writable.wait_for(|is_writable| !is_writable).await.is_ok() };
        tokio::select! {
            biased;
            heard = &mut told => return heard.map_err(|_| Unrecorded),
            _ = unwritable => {}
            () = tokio::time::sleep(LONGEST_WAIT) => {}
        }
        // What was told before this holds. Afterwards the writer can tell nothing, and knows it.
        told.close();
        told.try_recv().map_err(|_| Unrecorded)
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
        *self.shared.writable.borrow() && self.shared.waiting.load(Ordering::Acquire) < QUEUE
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

/// A line that is due.
struct Due {
    content: Content,
    /// Who waits for it with a change.
    told: Option<oneshot::Sender<()>>,
}

impl Due {
    fn plain(content: Content) -> Self {
        Self { content, told: None }
    }

    /// The line that says that a change was not made.
    fn not_made(entry: Option<Entry>) -> Self {
        let entry = entry.map(|entry| Entry { outcome: NOT_MADE.to_owned(), ..entry });
        Self::plain((Kind::Call, entry, None))
    }

    /// True if somebody waited for it and has given up.
    fn is_given_up(&self) -> bool {
        self.told.as_ref().is_some_and(oneshot::Sender::is_closed)
    }
}

/// Tells those who wait for lines that were written whether their changes may be made. Returns the lines that
/// say which are not made.
fn tell(written: Vec<Due>, may_be_made: bool) -> Vec<Due> {
    let not_made = written.into_iter().filter_map(|Due { content: (_, entry, _), told }| {
        let told = told?;
        let is_made = may_be_made && told.send(()).is_ok();
        (!is_made).then(|| Due::not_made(entry))
    });
    not_made.collect()
}

struct Writer {
    file: LogFile,
    sync: AuditSync,
    shared: Arc<Shared>,
}

impl Writer {
    fn run(&mut self, receiver: &Receiver<Message>) {
        let mut group: Vec<Due> = Vec::new();
        loop {
            let mut waiting = Vec::new();
            let of_before = group.len();
            let message = receiver.recv_timeout(SECOND);
            let closed = matches!(message, Err(RecvTimeoutError::Disconnected));
            for message in
                message.into_iter().chain(std::iter::from_fn(|| receiver.try_recv().ok())).take(GROUP)
            {
                match message {
                    Message::Call(entry) => group.push(Due::plain((Kind::Call, Some(*entry), None))),
                    Message::Begun(entry, told) => {
                        group.push(Due { content: (Kind::Begun, Some(*entry), None), told: Some(told) });
                    }
                    Message::Flush(done) => waiting.push(done),
                }
            }
            let calls = group.len() - of_before;
            group.extend(self.unrecorded().map(Due::plain));
            if closed {
                group.push(Due::plain((Kind::Stop, None, None)));
            }
            // Those who wait for a group that is lost hear nothing, and make no change.
            if !self.write_until_it_works(&mut group) {
                group.clear();
            }
            self.shared.waiting.fetch_sub(calls, Ordering::AcqRel);
            let is_each_forced = self.sync == AuditSync::Entry;
            if !is_each_forced {
                group = tell(group, true);
            }
            let is_forced = self.file.is_due() || closed || !waiting.is_empty() || is_each_forced;
            let is_on_disk = is_forced && self.file.sync();
            if is_each_forced {
                // A disk that fails may do so for long, and nobody waits that long.
                group = tell(group, is_on_disk);
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

    /// The line that says how many refused calls have no entry.
    fn unrecorded(&self) -> Option<Content> {
        let calls = self.shared.unrecorded.swap(0, Ordering::AcqRel);
        let detail =
            format!("{calls} refused calls were counted, not recorded, while entries waited for the disk");
        (calls > 0).then_some((Kind::Recovered, None, Some(detail)))
    }

    /// Says whether the file can be written; returns true if that is news.
    fn set_writable(&self, is_writable: bool) -> bool {
        self.shared.writable.send_if_modified(|was| std::mem::replace(was, is_writable) != is_writable)
    }

    /// Returns false if the group was lost at the stop.
    fn write_until_it_works(&mut self, group: &mut [Due]) -> bool {
        if group.is_empty() {
            return true;
        }
        loop {
            // Nothing begins that nobody waits for any more. Something stays in its place, since only what is
            // written shows that the file can be.
            for due in group.iter_mut().filter(|due| due.is_given_up()) {
                *due = Due::not_made(due.content.1.take());
            }
            let Err(error) = self.file.append(group.iter().map(|due| &due.content)) else { break };
            self.set_writable(false);
            let path = self.file.path().display();
            tracing::error!(%path, %error, "the audit log cannot be written");
            if self.shared.stopping.load(Ordering::Acquire) {
                tracing::error!(entries = group.len(), "audit entries were lost at the stop");
                return false;
            }
            std::thread::sleep(SECOND);
        }
        if self.set_writable(true) {
            tracing::warn!("the audit log can be written again");
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun(told: oneshot::Sender<()>) -> Vec<Due> {
        let entry = Entry { who: "expert".to_owned(), ..Entry::default() };
        vec![Due { content: (Kind::Begun, Some(entry), None), told: Some(told) }]
    }

    #[test]
    fn a_change_that_is_not_made_after_its_line_was_written_has_another_line() {
        let (told, mut waiting) = oneshot::channel();
        assert!(tell(begun(told), true).is_empty());
        waiting.try_recv().unwrap();
        // Not on disk, and nobody there to hear it.
        for (is_there, may_be_made) in [(true, false), (false, true)] {
            let (told, mut waiting) = oneshot::channel();
            if !is_there {
                waiting.close();
            }
            let [line]: [Due; 1] = tell(begun(told), may_be_made).try_into().ok().unwrap();
            assert!(waiting.try_recv().is_err());
            let (kind, entry, _) = line.content;
            let entry = entry.unwrap();
            assert_eq!((kind, entry.who.as_str(), entry.outcome.as_str()), (Kind::Call, "expert", "ABORTED"));
        }
        let plain = Due::plain((Kind::Call, None, None));
        assert!(tell(vec![plain], false).is_empty());
    }
}
