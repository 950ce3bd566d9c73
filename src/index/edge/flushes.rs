//! One write to disk for everybody who waits for one.
//!
//! A flush takes long, whatever there is to write, and everything that was written before it begins is
//! durable when it ends. So whoever asks while one is going on waits for the next one, together with all
//! others who ask meanwhile, and one of them makes it: many callers at once cost as much as two.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;

/// The flushes of one shard.
#[derive(Default)]
pub struct Flushes {
    /// Flushes that were begun.
    begun: AtomicU64,
    /// Number of the last flush that succeeded; held while one is going on.
    succeeded: Mutex<u64>,
}

impl Flushes {
    /// Returns when everything that was written before the call is durable: by a flush that somebody else
    /// began after it, or by `flush`.
    pub async fn cover<E>(&self, flush: impl Future<Output = Result<(), E>>) -> Result<(), E> {
        let begun_before = self.begun.load(Ordering::Acquire);
        let mut succeeded = self.succeeded.lock().await;
        if *succeeded > begun_before {
            return Ok(());
        }
        let number = self.begun.fetch_add(1, Ordering::AcqRel) + 1;
        flush.await?;
        *succeeded = number;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;
    use std::time::Duration;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn many_who_ask_at_once_share_a_flush_that_began_after_they_asked() {
        let flushes = Arc::new(Flushes::default());
        let (written, durable) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let made = Arc::new(AtomicUsize::new(0));
        let callers = (0..50).map(|_| {
            let flushes = Arc::clone(&flushes);
            let (written, durable, made) = (Arc::clone(&written), Arc::clone(&durable), Arc::clone(&made));
            tokio::spawn(async move {
                let mine = written.fetch_add(1, Ordering::SeqCst) + 1;
                let flush = async {
                    let reached = written.load(Ordering::SeqCst);
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    durable.fetch_max(reached, Ordering::SeqCst);
                    made.fetch_add(1, Ordering::SeqCst);
                    Ok::<(), ()>(())
                };
                flushes.cover(flush).await.unwrap();
                assert!(durable.load(Ordering::SeqCst) >= mine, "not durable when it was told so");
            })
        });
        for caller in callers.collect::<Vec<_>>() {
            caller.await.unwrap();
        }
        assert!(made.load(Ordering::SeqCst) < 10, "{made:?} flushes for 50 callers");
    }

    #[tokio::test]
    async fn a_flush_that_failed_or_was_given_up_covers_nobody() {
        let flushes = Flushes::default();
        assert_eq!(flushes.cover(async { Err("full") }).await, Err("full"));
        assert_eq!(flushes.cover(async { Ok::<(), &str>(()) }).await, Ok(()));
        let given_up = flushes.cover(std::future::pending::<Result<(), &str>>());
        assert!(tokio::time::timeout(Duration::from_millis(5), given_up).await.is_err());
        let mut is_made = false;
        let made = async {
            is_made = true;
            Ok::<(), &str>(())
        };
        flushes.cover(made).await.unwrap();
        assert!(is_made);
    }
}
