//! Pipes to a child that hold nobody for ever: whoever inherited the other end may keep it open long after the child
//! has ended.

use std::io::{self, Read, Write};
use std::process::{ChildStdin, ChildStdout};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often a thread that waits for a pipe looks whether it still should.
const POLL: Duration = Duration::from_millis(20);

/// How long the pipes of one child are waited for.
#[derive(Debug)]
pub(super) struct Patience {
    until: Instant,
    child_ended: AtomicBool,
    given_up: AtomicBool,
}

impl Patience {
    /// Waits until then at the latest.
    pub(super) fn until(until: Instant) -> Self {
        Self { until, child_ended: AtomicBool::new(false), given_up: AtomicBool::new(false) }
    }

    /// Notes that the child has ended: what it has written is read, and nothing is waited for.
    pub(super) fn child_ended(&self) {
        self.child_ended.store(true, Ordering::SeqCst);
    }

    /// Ends every wait.
    pub(super) fn give_up(&self) {
        self.given_up.store(true, Ordering::SeqCst);
    }

    fn check(&self) -> io::Result<()> {
        if self.given_up.load(Ordering::SeqCst) || Instant::now() >= self.until {
            return Err(io::ErrorKind::TimedOut.into());
        }
        Ok(())
    }
}

/// What the child says.
pub(super) struct Inbound<'p> {
    pipe: ChildStdout,
    patience: &'p Patience,
}

impl<'p> Inbound<'p> {
    pub(super) fn new(pipe: ChildStdout, patience: &'p Patience) -> Self {
        Self { pipe, patience }
    }
}

impl Read for Inbound<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            self.patience.check()?;
            // Asked before the pipe is looked at: by then all is there that the child has written.
            let is_last = self.patience.child_ended.load(Ordering::SeqCst);
            if ready::is(&self.pipe, ready::IN)? {
                return self.pipe.read(buffer);
            }
            if is_last {
                return Ok(0);
            }
        }
    }
}

/// What the child is told.
pub(super) struct Outbound<'p> {
    pipe: ChildStdin,
    patience: &'p Patience,
}

impl<'p> Outbound<'p> {
    pub(super) fn new(pipe: ChildStdin, patience: &'p Patience) -> io::Result<Self> {
        // The other end is the child's own and stays as it is.
        #[cfg(unix)]
        rustix::io::ioctl_fionbio(&pipe, true)?;
        Ok(Self { pipe, patience })
    }
}

impl Write for Outbound<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            self.patience.check()?;
            match self.pipe.write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    ready::is(&self.pipe, ready::OUT)?;
                }
                written => return written,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pipe.flush()
    }
}

#[cfg(unix)]
mod ready {
    use std::io;
    use std::os::fd::AsRawFd;

    pub(super) const IN: libc::c_short = libc::POLLIN;
    pub(super) const OUT: libc::c_short = libc::POLLOUT;

    /// Waits a moment for a pipe; true if it can be used, also if the other end has gone.
    pub(super) fn is(pipe: &impl AsRawFd, events: libc::c_short) -> io::Result<bool> {
        let mut waited = libc::pollfd { fd: pipe.as_raw_fd(), events, revents: 0 };
        // SAFETY: the kernel writes into the one entry that it is told of; the pipe is open while it is borrowed.
        match unsafe { libc::poll(&raw mut waited, 1, super::POLL.as_millis() as libc::c_int) } {
            -1 => Err(io::Error::last_os_error()),
            ready => Ok(ready > 0),
        }
    }
}

#[cfg(not(unix))]
mod ready {
    use std::io;

    pub(super) const IN: i16 = 1;
    pub(super) const OUT: i16 = 2;

    /// Pipes block here.
    pub(super) fn is<P>(_: &P, _: i16) -> io::Result<bool> {
        Ok(true)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    /// A process that neither reads nor ends, and its pipes.
    fn sleeper() -> (std::process::Child, ChildStdin, ChildStdout) {
        let mut child =
            Command::new("sleep").arg("60").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let pipes = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        (child, pipes.0, pipes.1)
    }

    #[test]
    fn nobody_waits_longer_than_patience_lasts() {
        let (mut child, stdin, stdout) = sleeper();
        let begun = Instant::now();
        let short = Patience::until(begun + Duration::from_millis(100));
        let read = Inbound::new(stdout, &short).read(&mut [0; 8]);
        assert_eq!(read.unwrap_err().kind(), io::ErrorKind::TimedOut);
        let patience = Patience::until(Instant::now() + Duration::from_secs(60));
        std::thread::scope(|scope| {
            // More than a pipe holds.
            let written = scope.spawn(|| Outbound::new(stdin, &patience).unwrap().write_all(&[0; 1 << 20]));
            std::thread::sleep(Duration::from_millis(50));
            patience.give_up();
            assert_eq!(written.join().unwrap().unwrap_err().kind(), io::ErrorKind::TimedOut);
        });
        assert!(begun.elapsed() < Duration::from_secs(20), "of a minute: {:?}", begun.elapsed());
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn what_an_ended_child_has_written_is_read_to_its_end() {
        // A process of its own keeps the pipe open.
        let mut child =
            Command::new("sh").args(["-c", "sleep 5 & printf done"]).stdout(Stdio::piped()).spawn().unwrap();
        child.wait().unwrap();
        let patience = Patience::until(Instant::now() + Duration::from_secs(60));
        patience.child_ended();
        let mut said = String::new();
        Inbound::new(child.stdout.take().unwrap(), &patience).read_to_string(&mut said).unwrap();
        assert_eq!(said, "done");
    }
}
