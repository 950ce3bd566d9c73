//! The picture of a page, drawn by a child: a hostile page costs the child's time and memory, never the parent's.

use std::io::{BufReader, Read};
use std::process::{Child, ChildStdout};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use super::Isolation;
use super::frames::{self, Frame, Request, Task};
use super::pipes::{Inbound, Patience};
use super::process::{COPIES, POLL, end, feed, has_ended, with_status};
use super::room;
use crate::domain::explanation::{Code, Explanation};
use crate::ingest::limits::Limits;

/// Wall time for a page, and processor time of the child.
const TIME: Duration = Duration::from_secs(15);
/// Address space whatever the file's size.
const MEMORY: u64 = 2 << 30;
/// Largest picture that is taken from a child: the longest edge is 2,000 dots of four bytes.
const MOST_BYTES: u64 = 16 << 20;
/// Largest frame.
const MOST_FRAME: u64 = 1 << 16;

type Drawn = Result<Vec<u8>, Explanation>;

impl Isolation {
    /// Draws a page of a PDF, counted from 1, as PNG.
    pub(crate) fn draw(&self, bytes: &[u8], page: u32) -> Drawn {
        self.draw_within(bytes, page, TIME)
    }

    fn draw_within(&self, bytes: &[u8], page: u32, time: Duration) -> Drawn {
        let mut child = self.start().map_err(|error| {
            tracing::error!(%error, "no process for drawing a page could be started");
            Code::ReaderNotStarted.because(Code::Technical.with("what", error))
        })?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let request = request(page, bytes.len() as u64);
        let (sender, answer) = sync_channel(1);
        // Longer than the answer is waited for: for the case that waiting breaks down.
        let patience = &Patience::until(Instant::now() + time + TIME);
        let drawn = std::thread::scope(|scope| {
            scope.spawn(move || feed(stdin, &request, bytes, patience));
            scope.spawn(move || sender.send(listen(stdout, patience)));
            let drawn = wait(&answer, time, &child, patience);
            end(&mut child);
            // Ends both threads, even if somebody whom the child started has its pipes.
            patience.give_up();
            drawn
        });
        if let Err(why) = &drawn {
            tracing::warn!(page, %why, "a page could not be drawn");
        }
        drawn
    }
}

fn request(page: u32, bytes: u64) -> Request {
    Request {
        task: Task::Draw(page),
        name: String::new(),
        bytes,
        limits: Limits::default(),
        ocr: None,
        fatal_pages: Vec::new(),
        memory: MEMORY + COPIES * bytes,
        heap: room::of_a_drawing(COPIES * bytes),
        processor_time: TIME,
    }
}

/// Waits for what the child answers.
fn wait(answer: &Receiver<Option<Drawn>>, time: Duration, child: &Child, patience: &Patience) -> Drawn {
    let begun = Instant::now();
    loop {
        match answer.recv_timeout(POLL) {
            Ok(Some(drawn)) => return drawn,
            Ok(None) | Err(RecvTimeoutError::Disconnected) => {
                return Err(with_status(child, Code::ReaderStopped.into()));
            }
            Err(RecvTimeoutError::Timeout) if begun.elapsed() > time => {
                return Err(Code::ReaderTookTooLong.with("seconds", time.as_secs()));
            }
            Err(RecvTimeoutError::Timeout) if has_ended(child) => patience.child_ended(),
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

/// What the child answered; `None` if it ended without an answer.
fn listen(stdout: Option<ChildStdout>, patience: &Patience) -> Option<Drawn> {
    let mut pipe = BufReader::new(Inbound::new(stdout?, patience));
    loop {
        match frames::read::<Frame>(&mut pipe, MOST_FRAME).ok()? {
            Frame::Confined(_) => {}
            Frame::NotDrawn(why) => return Some(Err(why)),
            Frame::Picture(length) if length <= MOST_BYTES => {
                let mut png = Vec::new();
                pipe.take(length).read_to_end(&mut png).ok()?;
                return (png.len() as u64 == length).then_some(Ok(png));
            }
            _ => return None,
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::super::process::tests::program;
    use super::*;

    /// A child in the hands of the test: a shell script.
    fn puppet(script: &str) -> (Isolation, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("child");
        program(&path, &format!("#!/bin/sh\ncd '{}'\n{script}\n", folder.path().display()));
        (Isolation::by(path), folder)
    }

    fn answer(frame: &Frame, more: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        frames::write(&mut bytes, frame).unwrap();
        bytes.extend(more);
        bytes
    }

    #[test]
    fn a_picture_comes_as_the_child_drew_it() {
        let (isolation, folder) = puppet("cat picture; sleep 60");
        std::fs::write(folder.path().join("picture"), answer(&Frame::Picture(3), b"PNG")).unwrap();
        assert_eq!(isolation.draw(b"%PDF-1.7", 1), Ok(b"PNG".to_vec()));
    }

    #[test]
    fn a_child_that_hangs_crashes_or_lies_leaves_a_reason() {
        let (isolation, _folder) = puppet("sleep 60 & sleep 60");
        let begun = Instant::now();
        let why = isolation.draw_within(b"%PDF", 1, Duration::from_millis(200)).unwrap_err();
        assert_eq!(why.code, Code::ReaderTookTooLong);
        assert!(begun.elapsed() < Duration::from_secs(10), "of a minute: {:?}", begun.elapsed());
        let (isolation, _folder) = puppet("kill -SEGV $$");
        assert_eq!(isolation.draw(b"%PDF", 1).unwrap_err().code, Code::ReaderCrashed);
        let (isolation, folder) = puppet("cat answer");
        for (frame, more) in
            [(Frame::Picture(1 << 40), &b"x"[..]), (Frame::Picture(9), b"short"), (Frame::Ended(1), b"")]
        {
            std::fs::write(folder.path().join("answer"), answer(&frame, more)).unwrap();
            assert_eq!(isolation.draw(b"%PDF", 1).unwrap_err().code, Code::ReaderStopped, "{frame:?}");
        }
        let said = Code::Technical.with("what", "page 9 is not there");
        std::fs::write(folder.path().join("answer"), answer(&Frame::NotDrawn(said.clone()), b"")).unwrap();
        assert_eq!(isolation.draw(b"%PDF", 9), Err(said));
    }

    #[test]
    fn nobody_is_held_by_what_a_child_has_started() {
        let (isolation, _folder) = puppet("setsid sleep 60 &\nexit 0");
        let begun = Instant::now();
        assert_eq!(isolation.draw(b"%PDF", 1).unwrap_err().code, Code::ReaderStopped);
        assert!(begun.elapsed() < Duration::from_secs(10), "of a minute: {:?}", begun.elapsed());
    }

    #[test]
    fn a_program_that_is_not_there_is_told() {
        let isolation = Isolation::by("/no/such/program".into());
        assert_eq!(isolation.draw(b"%PDF", 1).unwrap_err().code, Code::ReaderNotStarted);
    }
}
