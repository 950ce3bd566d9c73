//! The parent: starts a child per file, feeds it, listens, and ends it when it must.

use std::collections::BTreeSet;
use std::io::{BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::confine::Confinement;
use super::frames::{self, Frame, FrameError, Request, Task};
use super::pipes::{Inbound, Outbound, Patience};
use super::room;
use crate::domain::document::Document;
use crate::domain::explanation::{Code, Explanation};
use crate::domain::finding::NotExaminedReason;
use crate::domain::ids::DocumentId;
use crate::ingest::draft::not_examined;
use crate::ingest::error::IngestError;
use crate::ingest::invariants::check_invariants;
use crate::ingest::limits::Limits;
use crate::ingest::ocr::Ocr;
use crate::ingest::watch::Watch;
use crate::ingest::{assemble, sniff};

/// Name of the hidden command that makes the program a child.
const COMMAND: &str = "read-document";
/// Children that may end on one file before it is given up.
const MOST_LOST: usize = 4;
/// Wall time on top of what reading may take: starting, handing over.
const GRACE: Duration = Duration::from_secs(10);
/// Wall time for telling how far rights could be given up.
const PROBE: Duration = Duration::from_secs(60);
/// How often a caller that has gone is noticed.
pub(super) const POLL: Duration = Duration::from_millis(20);
/// Address space a child may take whatever its file's size: stacks of reader threads and their heaps.
const BASE_MEMORY: u64 = 4 << 30;
/// Copies of the file that reading it may hold.
pub(super) const COPIES: u64 = 4;
/// Frames that may wait for the parent.
const QUEUE: usize = 64;
/// Pages that a child may have in hand; it has a few threads.
const MOST_BUSY: usize = 1_000;

/// Reads files in processes of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Isolation {
    program: PathBuf,
}

/// Why no child could be made to work at all.
#[derive(Debug, thiserror::Error)]
pub enum IsolationError {
    /// The program could not be started.
    #[error("no process for reading files could be started: {0}")]
    Start(#[source] std::io::Error),
    /// The process ended without an answer.
    #[error("the process for reading files did not answer: {0}")]
    Silent(String),
}

/// How one child ended.
enum Ending {
    Answer(Result<Document, IngestError>),
    /// It ended by itself, or had to be ended; `busy` are the pages it had in hand.
    Lost {
        why: Explanation,
        busy: BTreeSet<u32>,
    },
    Cancelled,
}

impl Isolation {
    /// Uses the running program as its own child. The link in `/proc` holds even while a new version is
    /// being installed in its place.
    pub fn by_this_program() -> Self {
        let link = PathBuf::from("/proc/self/exe");
        if link.exists() {
            return Self { program: link };
        }
        // A name that does not resolve fails when the first file is read, and is told there.
        Self { program: std::env::current_exe().unwrap_or_else(|_| PathBuf::from("eia-screen")) }
    }

    /// Uses the program at `program`.
    pub fn by(program: PathBuf) -> Self {
        Self { program }
    }

    /// Starts a child without a file and tells how far it could give up its rights.
    pub fn probe(&self) -> Result<Confinement, IsolationError> {
        let mut child = self.start().map_err(IsolationError::Start)?;
        let request = request("probe", 0, &Limits::default(), None, &BTreeSet::new(), None);
        let silent = |error: FrameError| IsolationError::Silent(error.to_string());
        let patience = Patience::until(Instant::now() + PROBE);
        let answer = (|| {
            let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
                return Err(IsolationError::Silent("it has no pipes".to_owned()));
            };
            let mut stdin = Outbound::new(stdin, &patience).map_err(|error| silent(error.into()))?;
            frames::write(&mut stdin, &request).map_err(silent)?;
            let mut stdout = BufReader::new(Inbound::new(stdout, &patience));
            match frames::read(&mut stdout, 1 << 16).map_err(silent)? {
                Frame::Confined(confinement) => Ok(confinement),
                _ => Err(IsolationError::Silent("it said something else".to_owned())),
            }
        })();
        end(&mut child);
        answer
    }

    /// Reads a document. A file on which children are lost is not examined, in part or as a whole.
    pub(crate) fn read(
        &self,
        name: &str,
        bytes: &[u8],
        limits: &Limits,
        ocr: Option<&Ocr>,
        watch: &Watch<'_>,
    ) -> Result<Document, IngestError> {
        let mut fatal = BTreeSet::new();
        let mut last = Explanation::from(Code::ReaderStopped);
        for _ in 0..MOST_LOST {
            let ending = match self.attempt(name, bytes, limits, ocr, &fatal, watch) {
                Ok(ending) => ending,
                Err(error) => {
                    tracing::error!(%error, "no process for reading files could be started");
                    last = Code::ReaderNotStarted.because(Code::Technical.with("what", error));
                    break;
                }
            };
            match ending {
                Ending::Answer(Err(refused)) => return Err(refused),
                Ending::Answer(Ok(document)) => match vouched(document, name, bytes) {
                    Ok(document) => return Ok(document),
                    Err(error) => {
                        tracing::warn!(%error, "a process for reading files gave a document that cannot be");
                        last = Code::Technical.with("what", error);
                        break;
                    }
                },
                Ending::Cancelled => {
                    last = Code::WorkCancelled.into();
                    break;
                }
                Ending::Lost { why, busy } => {
                    tracing::warn!(%why, pages = busy.len(), "a process for reading files was lost");
                    last = why;
                    // Without a page in hand another child would meet the same end.
                    if busy.is_empty() || busy.is_subset(&fatal) {
                        break;
                    }
                    fatal.extend(busy);
                }
            }
        }
        let detail = Code::FileUnread.because(last);
        let reason = not_examined(NotExaminedReason::ParserFailed, None, detail);
        Ok(assemble::unread(name, bytes, sniff::guess(bytes), reason))
    }

    pub(super) fn start(&self) -> std::io::Result<Child> {
        let mut command = Command::new(&self.program);
        command.arg(COMMAND).env_clear();
        if let Some(place) = std::env::var_os("TESSDATA_PREFIX") {
            command.env("TESSDATA_PREFIX", place);
        }
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()
    }

    fn attempt(
        &self,
        name: &str,
        bytes: &[u8],
        limits: &Limits,
        ocr: Option<&Ocr>,
        fatal: &BTreeSet<u32>,
        watch: &Watch<'_>,
    ) -> std::io::Result<Ending> {
        let size = bytes.len() as u64;
        let Some(share) = room::share(COPIES * size, watch.is_cancelled) else {
            return Ok(Ending::Cancelled);
        };
        let mut child = self.start()?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let request = request(name, size, limits, ocr, fatal, share.bytes());
        let most = most_answer(limits);
        let wall = wall_time(limits, ocr);
        let (sender, frames) = sync_channel(QUEUE);
        // Longer than `listen` waits: for the case that it breaks down.
        let patience = &Patience::until(Instant::now() + wall + GRACE);
        let ending = std::thread::scope(|scope| {
            scope.spawn(move || feed(stdin, &request, bytes, patience));
            scope.spawn(move || hear(stdout, most, &sender, patience));
            let ending = listen(&frames, wall, watch, &|| {
                if has_ended(&child) {
                    patience.child_ended();
                }
            });
            let ending = match ending {
                Ending::Lost { why, busy } => Ending::Lost { why: with_status(&child, why), busy },
                ending => ending,
            };
            end(&mut child);
            // Ends both threads, even if somebody whom the child started has its pipes.
            patience.give_up();
            drop(frames);
            ending
        });
        Ok(ending)
    }
}

/// Tells a child what to do and hands it the file.
pub(super) fn feed(stdin: Option<ChildStdin>, request: &Request, bytes: &[u8], patience: &Patience) {
    // A child that ends early closes the pipe; how it ended says why.
    let Some(Ok(mut pipe)) = stdin.map(|pipe| Outbound::new(pipe, patience)) else { return };
    if frames::write(&mut pipe, request).is_ok() {
        let _ = pipe.write_all(bytes);
    }
}

/// Hands on what a child says until its last frame.
fn hear(
    stdout: Option<ChildStdout>,
    most: u64,
    sender: &SyncSender<Result<Frame, FrameError>>,
    patience: &Patience,
) {
    let Some(pipe) = stdout else { return };
    let mut pipe = BufReader::new(Inbound::new(pipe, patience));
    loop {
        let frame = frames::read::<Frame>(&mut pipe, most);
        let is_last = matches!(frame, Err(_) | Ok(Frame::Document(_) | Frame::Refused(_)));
        if sender.send(frame).is_err() || is_last {
            return;
        }
    }
}

/// Takes a document from a child if everything else may rely on it. Which file it was read from is not the child's
/// to say: a hostile file would pass for another one.
fn vouched(mut document: Document, name: &str, bytes: &[u8]) -> Result<Document, String> {
    document.sha256 = assemble::hex(&Sha256::digest(bytes));
    document.id = DocumentId::of_file(&document.sha256);
    document.name = assemble::file_name(name);
    check_invariants(&document)?;
    Ok(document)
}

/// Waits for the last frame; `idle` is called whenever there was none for a moment.
fn listen(
    frames: &Receiver<Result<Frame, FrameError>>,
    wall: Duration,
    watch: &Watch<'_>,
    idle: &dyn Fn(),
) -> Ending {
    let begun = Instant::now();
    let mut busy = BTreeSet::new();
    loop {
        if (watch.is_cancelled)() {
            return Ending::Cancelled;
        }
        match frames.recv_timeout(POLL) {
            Ok(Ok(Frame::Confined(_))) => {}
            Ok(Ok(Frame::Progress(done, all))) => (watch.progress)(done, all),
            Ok(Ok(Frame::Begins(page))) if busy.len() < MOST_BUSY => {
                busy.insert(page);
            }
            Ok(Ok(Frame::Ended(page))) => {
                busy.remove(&page);
            }
            // A child that reads does not draw.
            Ok(Ok(Frame::Begins(_) | Frame::Picture(_) | Frame::NotDrawn(_))) => {
                return Ending::Lost { why: Code::ReaderStopped.into(), busy };
            }
            Ok(Ok(Frame::Document(document))) => return Ending::Answer(Ok(*document)),
            Ok(Ok(Frame::Refused(error))) => return Ending::Answer(Err(error)),
            Ok(Err(error)) => return Ending::Lost { why: Code::Technical.with("what", error), busy },
            Err(RecvTimeoutError::Disconnected) => {
                return Ending::Lost { why: Code::ReaderStopped.into(), busy };
            }
            Err(RecvTimeoutError::Timeout) => idle(),
        }
        if begun.elapsed() > wall {
            let why = Code::ReaderTookTooLong.with("seconds", wall.as_secs());
            return Ending::Lost { why, busy };
        }
    }
}

/// Says how the child ended, if it has ended by itself, in words for the reviewer. The child is left to be
/// waited for: until then nobody else can get its number.
pub(super) fn with_status(child: &Child, why: Explanation) -> Explanation {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(500) {
        match how_ended(child) {
            Some(words) => return words.unwrap_or(why),
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    }
    why
}

/// True if the child has ended, or nobody can tell.
pub(super) fn has_ended(child: &Child) -> bool {
    how_ended(child).is_some()
}

/// `None` while the child runs; words only for ends that have a name.
#[cfg(unix)]
fn how_ended(child: &Child) -> Option<Option<Explanation>> {
    use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, waitid};
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw)?;
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    let status = waitid(WaitId::Pid(pid), options).ok()??;
    Some(status.terminating_signal().map(|signal| match Signal::from_named_raw(signal) {
        Some(Signal::XCPU) => Code::ReaderOutOfTime.into(),
        Some(Signal::KILL) => Code::ReaderKilled.into(),
        Some(Signal::ABORT) => Code::ReaderOutOfMemory.into(),
        Some(Signal::SEGV | Signal::BUS) => Code::ReaderCrashed.into(),
        _ => Code::ReaderSignal.with("signal", signal),
    }))
}

#[cfg(not(unix))]
fn how_ended(_: &Child) -> Option<Option<Explanation>> {
    Some(None)
}

/// Ends a child with everything it started.
pub(super) fn end(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        // Fails only if all have ended already.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

fn request(
    name: &str,
    bytes: u64,
    limits: &Limits,
    ocr: Option<&Ocr>,
    fatal: &BTreeSet<u32>,
    heap: Option<u64>,
) -> Request {
    let processors = std::thread::available_parallelism().map_or(1, |n| n.get() as u32);
    Request {
        task: Task::Read,
        name: name.to_owned(),
        bytes,
        limits: *limits,
        ocr: ocr.cloned(),
        fatal_pages: fatal.iter().copied().collect(),
        memory: BASE_MEMORY + COPIES * bytes,
        heap,
        processor_time: wall_time(limits, ocr) * processors,
    }
}

fn wall_time(limits: &Limits, ocr: Option<&Ocr>) -> Duration {
    limits.document_time + ocr.map_or(Duration::ZERO, Ocr::document_time) + GRACE
}

/// Most bytes of an answer: the text, at worst with every byte escaped, with what is told about it.
fn most_answer(limits: &Limits) -> u64 {
    (limits.extracted_bytes as u64).saturating_mul(12) + (256 << 20)
}

#[cfg(all(test, unix))]
#[path = "process_tests.rs"]
pub(super) mod tests;
