//! The parent: starts a child per file, feeds it, listens, and ends it when it must.

use std::collections::BTreeSet;
use std::io::{BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use super::confine::Confinement;
use super::frames::{self, Frame, FrameError, Request, Task};
use super::room;
use crate::domain::document::Document;
use crate::domain::explanation::{Code, Explanation};
use crate::domain::finding::NotExaminedReason;
use crate::ingest::draft::not_examined;
use crate::ingest::error::IngestError;
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
/// How often a caller that has gone is noticed.
const POLL: Duration = Duration::from_millis(20);
/// Address space a child may take whatever its file's size: stacks of reader threads and their heaps.
const BASE_MEMORY: u64 = 4 << 30;
/// Copies of the file that reading it may hold.
pub(super) const COPIES: u64 = 4;
/// Frames that may wait for the parent.
const QUEUE: usize = 64;

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
        let request = request("probe", 0, &Limits::default(), None, &BTreeSet::new());
        let silent = |error: FrameError| IsolationError::Silent(error.to_string());
        let answer = (|| {
            let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
                return Err(IsolationError::Silent("it has no pipes".to_owned()));
            };
            frames::write(&mut stdin, &request).map_err(silent)?;
            match frames::read(&mut BufReader::new(stdout), 1 << 16).map_err(silent)? {
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
                Ending::Answer(answer) => return answer,
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
        let mut child = self.start()?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let request = request(name, bytes.len() as u64, limits, ocr, fatal);
        let most = most_answer(limits);
        let wall = wall_time(limits, ocr);
        let (sender, frames) = sync_channel(QUEUE);
        let ending = std::thread::scope(|scope| {
            scope.spawn(move || {
                // A child that ends early closes the pipe; how it ended says why.
                let Some(mut pipe) = stdin else { return };
                if frames::write(&mut pipe, &request).is_ok() {
                    let _ = pipe.write_all(bytes);
                }
            });
            scope.spawn(move || {
                let Some(pipe) = stdout else { return };
                let mut pipe = BufReader::new(pipe);
                loop {
                    let frame = frames::read::<Frame>(&mut pipe, most);
                    let is_last = matches!(frame, Err(_) | Ok(Frame::Document(_) | Frame::Refused(_)));
                    if sender.send(frame).is_err() || is_last {
                        return;
                    }
                }
            });
            let ending = listen(&frames, wall, watch);
            let ending = match ending {
                Ending::Lost { why, busy } => Ending::Lost { why: with_status(&child, why), busy },
                ending => ending,
            };
            // Ends both threads too: their pipes break.
            end(&mut child);
            drop(frames);
            ending
        });
        Ok(ending)
    }
}

fn listen(frames: &Receiver<Result<Frame, FrameError>>, wall: Duration, watch: &Watch<'_>) -> Ending {
    let begun = Instant::now();
    let mut busy = BTreeSet::new();
    loop {
        if (watch.is_cancelled)() {
            return Ending::Cancelled;
        }
        match frames.recv_timeout(POLL) {
            Ok(Ok(Frame::Confined(_))) => {}
            Ok(Ok(Frame::Progress(done, all))) => (watch.progress)(done, all),
            Ok(Ok(Frame::Begins(page))) => {
                busy.insert(page);
            }
            Ok(Ok(Frame::Ended(page))) => {
                busy.remove(&page);
            }
            // A child that reads does not draw.
            Ok(Ok(Frame::Picture(_) | Frame::NotDrawn(_))) => {
                return Ending::Lost { why: Code::ReaderStopped.into(), busy };
            }
            Ok(Ok(Frame::Document(document))) => return Ending::Answer(Ok(*document)),
            Ok(Ok(Frame::Refused(error))) => return Ending::Answer(Err(error)),
            Ok(Err(error)) => return Ending::Lost { why: Code::Technical.with("what", error), busy },
            Err(RecvTimeoutError::Disconnected) => {
                return Ending::Lost { why: Code::ReaderStopped.into(), busy };
            }
            Err(RecvTimeoutError::Timeout) => {}
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

fn request(name: &str, bytes: u64, limits: &Limits, ocr: Option<&Ocr>, fatal: &BTreeSet<u32>) -> Request {
    let processors = std::thread::available_parallelism().map_or(1, |n| n.get() as u32);
    Request {
        task: Task::Read,
        name: name.to_owned(),
        bytes,
        limits: *limits,
        ocr: ocr.cloned(),
        fatal_pages: fatal.iter().copied().collect(),
        memory: BASE_MEMORY + COPIES * bytes,
        heap: room::of_a_reader(),
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
pub(super) mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use super::*;
    use crate::ingest::read_document;

    /// Writes a program that can be run at once. It is copied by a process of its own: what this one has open for
    /// writing, a process that another test starts meanwhile has, too, and nobody can run it then.
    pub(in crate::ingest::isolated) fn program(path: &Path, script: &str) {
        let draft = path.with_extension("draft");
        std::fs::write(&draft, script).unwrap();
        assert!(Command::new("cp").arg(&draft).arg(path).status().unwrap().success());
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// A child in the hands of the test: a shell script.
    struct Puppet {
        folder: tempfile::TempDir,
    }

    impl Puppet {
        fn new(script: &str) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let script = format!("#!/bin/sh\ncd '{}'\n{script}\n", folder.path().display());
            program(&folder.path().join("child"), &script);
            Self { folder }
        }

        fn frames(self, name: &str, frames: &[Frame]) -> Self {
            let mut bytes = Vec::new();
            for frame in frames {
                frames::write(&mut bytes, frame).unwrap();
            }
            std::fs::write(self.folder.path().join(name), bytes).unwrap();
            self
        }

        fn read(&self, limits: &Limits, watch: &Watch<'_>) -> Document {
            let isolation = Isolation::by(self.folder.path().join("child"));
            isolation.read("report.pdf", b"%PDF-1.7 hostile", limits, None, watch).unwrap()
        }
    }

    fn why(document: &Document) -> String {
        assert!(document.text.is_empty() && document.pages.is_empty());
        assert_eq!(document.not_examined[0].reason, NotExaminedReason::ParserFailed);
        document.not_examined[0].detail.to_string()
    }

    #[test]
    fn a_child_that_crashes_leaves_the_file_not_examined() {
        let document = Puppet::new("kill -SEGV $$").read(&Limits::default(), &Watch::NOBODY);
        assert!(why(&document).contains("the reader crashed"), "{}", why(&document));
        assert_eq!(document.media_type.as_str(), "application/pdf");
        let document = Puppet::new("exit 0").read(&Limits::default(), &Watch::NOBODY);
        assert!(why(&document).contains("could not be read"), "{}", why(&document));
    }

    #[test]
    fn a_child_that_talks_nonsense_is_not_believed() {
        let document = Puppet::new("head -c 100000 /dev/zero | tr '\\0' 'x'; sleep 60")
            .read(&Limits::default(), &Watch::NOBODY);
        assert!(why(&document).contains("longer than allowed"), "{}", why(&document));
    }

    #[test]
    fn a_page_that_ends_a_child_is_left_out_by_the_next() {
        let text = "1. Purpose\n\nThe plant is new.\n";
        let read = read_document("report.txt", text.as_bytes(), &Limits::default()).unwrap();
        let script = "if head -c 2000 | grep -q '\"fatal_pages\":\\[3\\]'; then cat whole; else cat part; kill -ABRT $$; fi";
        let puppet = Puppet::new(script)
            .frames("part", &[Frame::Begins(2), Frame::Ended(2), Frame::Begins(3)])
            .frames("whole", &[Frame::Document(Box::new(read.clone()))]);
        assert_eq!(puppet.read(&Limits::default(), &Watch::NOBODY), read);
    }

    #[test]
    fn a_child_is_ended_when_nobody_waits_for_it() {
        let puppet = Puppet::new("sleep 60 & sleep 60");
        let read = || {
            let begun = Instant::now();
            let is_cancelled = || begun.elapsed() > Duration::from_millis(100);
            let watch = Watch { is_cancelled: &is_cancelled, ..Watch::NOBODY };
            puppet.read(&Limits::default(), &watch);
            begun.elapsed()
        };
        // A machine may stand still for longer than that, but not each time.
        let times: Vec<Duration> = (0..5).map(|_| read()).collect();
        assert!(times.iter().any(|time| *time < Duration::from_millis(600)), "{times:?}");
        assert!(times.iter().all(|time| *time < Duration::from_secs(30)), "{times:?}");
    }

    #[test]
    fn a_child_that_hangs_is_given_up() {
        let (_sender, frames) = sync_channel(1);
        let ending = listen(&frames, Duration::from_millis(60), &Watch::NOBODY);
        assert!(matches!(ending, Ending::Lost { why, .. } if why.to_string().contains("took longer")));
    }

    #[test]
    fn a_program_that_is_not_there_is_told() {
        let isolation = Isolation::by(PathBuf::from("/no/such/program"));
        assert!(matches!(isolation.probe(), Err(IsolationError::Start(_))));
        let document = isolation.read("a.txt", b"text", &Limits::default(), None, &Watch::NOBODY).unwrap();
        assert!(why(&document).contains("no process"), "{}", why(&document));
    }
}
