//! Where do blocking engine calls run? On named threads of a fixed number, never on the runtime.
//!
//! Jobs are queued up to a bound; a full queue makes callers wait. A job whose caller has gone is
//! dropped before it starts. A job that panics is reported as an error, and its thread goes on.
//! Dropping the pool closes the queue, lets running jobs finish and joins the threads.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};

/// Jobs waiting per thread before callers wait themselves.
const QUEUE_PER_THREAD: usize = 64;

type Job = Box<dyn FnOnce() + Send>;

/// Threads that run blocking jobs.
pub struct Pool {
    /// Closed (taken) when the pool is dropped; the threads end when it is.
    queue: Option<mpsc::Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

/// Why a job gave no result.
#[derive(Debug, PartialEq, Eq)]
pub struct Failed(pub String);

/// The result of a job that is queued or running.
pub struct Answer<T>(oneshot::Receiver<Result<T, Failed>>);

impl<T> Answer<T> {
    /// Waits for the job to end.
    pub async fn wait(self) -> Result<T, Failed> {
        self.0.await.unwrap_or_else(|_| Err(Failed::closed()))
    }
}

impl Failed {
    fn closed() -> Self {
        Self("the index is closed".to_owned())
    }
}

impl Pool {
    /// Starts the threads.
    pub fn start(name: &str, threads: usize) -> std::io::Result<Self> {
        let threads = threads.max(1);
        let (queue, jobs) = mpsc::channel::<Job>(threads * QUEUE_PER_THREAD);
        let jobs = Arc::new(Mutex::new(jobs));
        let threads = (0..threads)
            .map(|number| {
                let jobs = Arc::clone(&jobs);
                std::thread::Builder::new().name(format!("{name}-{number}")).spawn(move || {
                    while let Some(job) = next_job(&jobs) {
                        job()
                    }
                })
            })
            .collect::<std::io::Result<Vec<_>>>()?;
        Ok(Self { queue: Some(queue), threads })
    }

    /// Runs `work` on a thread of the pool.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Failed> {
        self.submit(work).await?.wait().await
    }

    /// Queues `work`; what is returned waits for its result.
    pub async fn submit<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Answer<T>, Failed> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move || {
            if !answer.is_closed() {
                // The caller may have gone meanwhile; then nobody needs the answer.
                let _ = answer.send(contain(work));
            }
        });
        let queue = self.queue.as_ref().ok_or_else(Failed::closed)?;
        queue.send(job).await.map_err(|_| Failed::closed())?;
        Ok(Answer(answered))
    }

    /// Returns the number of threads.
    pub fn threads(&self) -> usize {
        self.threads.len()
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            // Jobs contain their own panics, so a thread has nothing to report.
            let _ = thread.join();
        }
    }
}

/// Runs `work`, turning a panic into an error.
pub fn contain<T>(work: impl FnOnce() -> T) -> Result<T, Failed> {
    crate::contain::contain(work).map_err(Failed)
}

fn next_job(jobs: &Mutex<mpsc::Receiver<Job>>) -> Option<Job> {
    jobs.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panicking_job_is_an_error_and_the_thread_goes_on() {
        let pool = Pool::start("test", 1).unwrap();
        let failed = pool.run(|| -> u32 { panic!("segment {} is gone", 7) }).await;
        let Failed(what) = failed.unwrap_err();
        assert!(what.starts_with("it broke down") && !what.contains("segment 7"), "{what}");
        assert_eq!(pool.run(|| 2 + 2).await, Ok(4));
    }

    #[tokio::test]
    async fn jobs_of_one_thread_run_in_order() {
        let pool = Pool::start("test", 1).unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        for number in 0..20 {
            let seen = Arc::clone(&seen);
            pool.run(move || seen.lock().unwrap().push(number)).await.unwrap();
        }
        assert_eq!(*seen.lock().unwrap(), (0..20).collect::<Vec<_>>());
    }
}
