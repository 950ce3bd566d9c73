//! Work that can wait: embedding and judging whole reports takes every processor for seconds, and a look-up beside it is to
//! take milliseconds.
//!
//! A server that calls [`use_low_priority`] at its start does such work on threads of a lower priority, so that whoever looks
//! something up gets a processor at once and not after the time slices of everybody else. Among themselves these threads share
//! as before, and where nobody looks anything up they have the machine. Other programs on the same processors come first as
//! well. Priorities belong to threads on Linux alone; elsewhere nothing changes.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::oneshot;

use crate::contain::contain;

/// How much nicer than the rest of the program: a tenth of the share of a processor that both want.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

static IS_LOW: AtomicBool = AtomicBool::new(false);

/// Why a piece of work gave no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Stopped(String);

/// From now on background threads of this process have a lower priority. To be called before the first of them starts.
pub fn use_low_priority() {
    IS_LOW.store(true, Ordering::Relaxed);
    // Fails only if the threads are there already, which then go on as they are.
    let _ = rayon::ThreadPoolBuilder::new().start_handler(|_| settle()).build_global();
}

/// True if background threads have a lower priority.
pub fn is_low_priority() -> bool {
    IS_LOW.load(Ordering::Relaxed)
}

/// Makes the calling thread, and the processes that it starts, one that can wait.
pub fn settle() {
    #[cfg(target_os = "linux")]
    if is_low_priority() {
        static IS_TOLD: AtomicBool = AtomicBool::new(false);
        // On Linux this is the calling thread's own.
        let own = rustix::process::getpriority_process(None).unwrap_or(0);
        let lowered = rustix::process::setpriority_process(None, (own + NICENESS).min(19));
        tell_refusal(lowered, &IS_TOLD);
    }
}

/// Being refused costs only time, but that of every look-up beside a document: it is said, and not for each thread again.
/// Returns whether it was said now.
#[cfg(target_os = "linux")]
fn tell_refusal(lowered: rustix::io::Result<()>, is_told: &AtomicBool) -> bool {
    let Err(error) = lowered else { return false };
    if is_told.swap(true, Ordering::Relaxed) {
        return false;
    }
    tracing::warn!(
        %error,
        "the system refuses a lower priority (setpriority): look-ups wait for work on documents"
    );
    true
}

/// Runs work that keeps a processor busy on a thread of its own: a thread cannot get its priority back.
pub async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Stopped> {
    let (sender, answer) = oneshot::channel();
    let span = tracing::Span::current();
    let body = move || {
        settle();
        // Nobody waits for it any more if this fails.
        let _ = sender.send(contain(|| span.in_scope(work)).map_err(Stopped));
    };
    std::thread::Builder::new()
        .name("background".to_owned())
        .spawn(body)
        .map_err(|error| Stopped(format!("no thread could be started: {error}")))?;
    answer.await.unwrap_or_else(|_| Err(Stopped("the thread ended without an answer".to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_is_done_and_a_panic_is_told() {
        assert_eq!(run(|| 2 + 2).await, Ok(4));
        let stopped = run(|| -> u32 { panic!("page {} is gone", 7) }).await.unwrap_err();
        let said = stopped.to_string();
        assert!(said.starts_with("it broke down") && !said.contains("page 7"), "{said}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_refused_priority_is_told_once() {
        let is_told = AtomicBool::new(false);
        let refused = Err(rustix::io::Errno::PERM);
        assert!(!tell_refusal(Ok(()), &is_told));
        assert!(tell_refusal(refused, &is_told), "the first thread says so");
        assert!(!tell_refusal(refused, &is_told), "the others do not say it again");
    }
}
