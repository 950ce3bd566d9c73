//! May this work begin, or is there too much of it already? One limit for the whole process, in bytes
//! of memory and in tokens to be embedded – not in calls, which may be a line or a thousand pages.
//!
//! Interactive work is admitted at once or refused at once; bulk work waits, and never takes more than its
//! share of the limit, so that it cannot shut interactive work out. In either lane one piece of work is always
//! admitted, however large it is (`admission::pool`).
//!
//! What a packed file holds is known only when it has been read; then its permit is raised, at once or after a
//! wait.
//!
//! Invariant: what is in use is the sum of the permits that are alive.

mod cost;
mod pool;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::index::work::Lane;
pub use cost::{Cost, Overload};
use pool::Pool;

/// Of what a permit waits for, one part in so many is in memory already: a text as it was read, of ten times the text.
const ALREADY_THERE: u64 = 5;

/// The limit with what is taken of it. Clones share it.
#[derive(Clone)]
pub struct Admission {
    shared: Arc<Shared>,
}

struct Shared {
    pool: Mutex<Pool>,
    freed: Notify,
}

/// Admitted work; gives back what it took when dropped.
pub struct Permit {
    shared: Arc<Shared>,
    lane: Lane,
    cost: Cost,
}

impl Admission {
    /// Makes the limit.
    pub fn new(limit: Cost) -> Self {
        Self { shared: Arc::new(Shared { pool: Mutex::new(Pool::new(limit)), freed: Notify::new() }) }
    }

    /// Admits interactive work, or refuses it at once.
    pub fn admit(&self, cost: Cost) -> Result<Permit, Overload> {
        self.begin(Lane::Interactive, cost)
    }

    /// Admits bulk work if it fits now, and no bulk work waits that has begun.
    pub fn admit_bulk(&self, cost: Cost) -> Option<Permit> {
        self.begin(Lane::Bulk, cost).ok()
    }

    /// Waits until work of that cost would be admitted. It is not admitted by that: somebody else may be faster.
    pub async fn room_for(&self, lane: Lane, cost: Cost) {
        self.shared.until(|pool| pool.admits(lane, cost.at_most(pool.limit_of(lane))).is_ok()).await;
    }

    /// Returns what is taken by both lanes together.
    pub fn in_use(&self) -> Cost {
        self.shared.pool().in_use()
    }

    fn begin(&self, lane: Lane, cost: Cost) -> Result<Permit, Overload> {
        let mut pool = self.shared.pool();
        let cost = cost.at_most(pool.limit_of(lane));
        pool.begin(lane, cost)?;
        Ok(Permit { shared: Arc::clone(&self.shared), lane, cost })
    }
}

impl Shared {
    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what is taken, gives those who wait what there is then, and tells them.
    fn change<T>(&self, change: impl FnOnce(&mut Pool) -> T) -> T {
        let mut pool = self.pool();
        let outcome = change(&mut pool);
        pool.grant();
        drop(pool);
        self.freed.notify_waiters();
        outcome
    }

    /// Waits until something is so.
    async fn until(&self, is_so: impl Fn(&Pool) -> bool) {
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            // Enabled before looking, so that nothing freed in between is missed.
            freed.as_mut().enable();
            let is_now = is_so(&self.pool());
            if is_now {
                return;
            }
            freed.await;
        }
    }
}

impl Permit {
    /// Returns the lane of the work.
    pub fn lane(&self) -> Lane {
        self.lane
    }

    /// Returns what the work takes.
    pub fn cost(&self) -> Cost {
        self.cost
    }

    /// Raises what the work takes to that cost, or refuses at once and changes nothing; lowers nothing.
    pub fn raise(&mut self, cost: Cost) -> Result<(), Overload> {
        let mut pool = self.shared.pool();
        let more = cost.at_most(pool.limit_of(self.lane)).minus(self.cost);
        if more != Cost::default() {
            pool.raise(self.lane, more)?;
            self.cost = self.cost.plus(more);
        }
        Ok(())
    }

    /// Raises what the work takes to that cost, waiting for room behind those of its lane that wait already.
    /// What is in memory by then counts meanwhile. If the wait is given up, the work keeps what it has.
    pub async fn wait_for(&mut self, cost: Cost) {
        if self.raise(cost).is_ok() {
            return;
        }
        let (shared, lane) = (Arc::clone(&self.shared), self.lane);
        let waiting = Waiting::begin(self, cost);
        let ticket = waiting.ticket;
        shared.until(|pool| !pool.is_waiting(lane, ticket)).await;
    }

    /// Lowers what the work takes to that cost; raises nothing.
    pub fn lower(&mut self, cost: Cost) {
        let (lane, less) = (self.lane, self.cost.minus(cost));
        self.shared.change(|pool| pool.lower(lane, less));
        self.cost = self.cost.minus(less);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.shared.change(|pool| pool.end(self.lane, self.cost));
    }
}

/// A permit that waits for more; when dropped, it has got it or does without.
struct Waiting<'a> {
    permit: &'a mut Permit,
    ticket: u64,
    more: Cost,
}

impl<'a> Waiting<'a> {
    fn begin(permit: &'a mut Permit, cost: Cost) -> Self {
        let (lane, has) = (permit.lane, permit.cost);
        let (ticket, at_once, more) = permit.shared.change(|pool| {
            let missing = cost.at_most(pool.limit_of(lane)).minus(has);
            let at_once = Cost::of_bytes(missing.bytes / ALREADY_THERE);
            let more = missing.minus(at_once);
            (pool.wait(lane, at_once, more), at_once, more)
        });
        permit.cost = has.plus(at_once);
        Self { permit, ticket, more }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let (lane, ticket) = (self.permit.lane, self.ticket);
        let was_in_vain = self.permit.shared.change(|pool| pool.leave(lane, ticket));
        if !was_in_vain {
            self.permit.cost = self.permit.cost.plus(self.more);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn limit() -> Admission {
        Admission::new(Cost { bytes: 1_000, tokens: 100 })
    }

    fn cost(bytes: u64, tokens: u64) -> Cost {
        Cost { bytes, tokens }
    }

    /// Polls a wait once, so that it stands in the queue; true if it is over.
    async fn is_over<F: Future<Output = ()>>(wait: std::pin::Pin<&mut F>) -> bool {
        tokio::select! {
            biased;
            () = wait => true,
            () = std::future::ready(()) => false,
        }
    }

    #[test]
    fn one_piece_of_work_is_always_admitted_and_the_next_refused_with_figures() {
        let admission = limit();
        let large = admission.admit(cost(5_000, 1)).unwrap();
        let refused = admission.admit(cost(10, 1)).err().unwrap();
        assert_eq!(
            (refused.unit, refused.asked, refused.in_use, refused.limit),
            ("bytes of memory", 10, 1_000, 1_000)
        );
        drop(large);
        assert_eq!(admission.in_use(), Cost::default());
        let _first = admission.admit(cost(1, 90)).unwrap();
        assert_eq!(admission.admit(cost(1, 20)).err().unwrap().unit, "tokens");
        assert!(admission.admit(cost(1, 10)).is_ok());
    }

    #[tokio::test]
    async fn bulk_work_leaves_a_quarter_to_interactive_work_and_waits_for_its_turn() {
        let admission = limit();
        let large = admission.admit_bulk(cost(5_000, 5_000)).unwrap();
        let call = admission.admit(cost(250, 25)).unwrap();
        assert!(admission.admit_bulk(cost(10, 1)).is_none());
        let mut waiting = Box::pin(admission.room_for(Lane::Bulk, cost(10, 1)));
        assert!(!is_over(waiting.as_mut()).await);
        drop(large);
        tokio::time::timeout(Duration::from_secs(10), waiting).await.expect("who waits is told");
        assert!(admission.admit_bulk(cost(10, 1)).is_some());
        drop(call);
    }

    #[test]
    fn what_turns_out_to_be_more_is_charged_again_or_refused() {
        let admission = limit();
        let mut first = admission.admit(cost(100, 10)).unwrap();
        let mut second = admission.admit(cost(100, 10)).unwrap();
        second.raise(cost(900, 20)).unwrap();
        assert_eq!(admission.in_use(), cost(1_000, 30));
        second.raise(cost(1, 1)).unwrap();
        assert_eq!(admission.in_use(), cost(1_000, 30), "nothing is lowered");
        let refused = first.raise(cost(200, 10)).unwrap_err();
        assert_eq!((refused.unit, refused.asked, refused.in_use), ("bytes of memory", 100, 1_000));
        assert_eq!(admission.in_use(), cost(1_000, 30), "what is refused changes nothing");
        second.lower(cost(300, 50));
        assert_eq!(admission.in_use(), cost(400, 30), "and nothing is raised by that");
        drop(second);
        first.raise(cost(5_000, 10)).unwrap();
        assert_eq!(admission.in_use(), cost(1_000, 10), "one piece of work is always admitted");
        drop(first);
        assert_eq!(admission.in_use(), Cost::default());
    }

    #[tokio::test]
    async fn bulk_work_that_turns_out_to_be_more_waits_and_what_it_has_read_counts() {
        let admission = limit();
        let running = admission.admit_bulk(cost(300, 1)).unwrap();
        let mut first = admission.admit_bulk(cost(100, 1)).unwrap();
        let mut second = admission.admit_bulk(cost(100, 1)).unwrap();
        let mut first = Box::pin(first.wait_for(cost(700, 1)));
        assert!(!is_over(first.as_mut()).await);
        assert_eq!(admission.in_use().bytes, 500 + 600 / ALREADY_THERE);
        let mut second = Box::pin(second.wait_for(cost(700, 1)));
        assert!(!is_over(second.as_mut()).await);
        drop(running);
        assert!(is_over(first.as_mut()).await, "neither waits for what the other one keeps");
        assert!(!is_over(second.as_mut()).await, "one after the other");
    }

    #[tokio::test]
    async fn who_gives_up_waiting_keeps_what_it_has_and_who_got_it_has_it() {
        let admission = limit();
        let busy = admission.admit(cost(900, 1)).unwrap();
        let mut call = admission.admit(cost(50, 1)).unwrap();
        let mut waiting = Box::pin(call.wait_for(cost(550, 1)));
        assert!(!is_over(waiting.as_mut()).await);
        drop(waiting);
        assert_eq!(call.cost, cost(150, 1));
        let mut waiting = Box::pin(call.wait_for(cost(550, 1)));
        assert!(!is_over(waiting.as_mut()).await);
        drop(busy);
        // It was given what it waited for, and nobody asked it any more.
        drop(waiting);
        assert_eq!((call.cost, admission.in_use()), (cost(550, 1), cost(550, 1)));
        drop(call);
        assert_eq!(admission.in_use(), Cost::default());
        assert!(admission.admit(cost(1_000, 100)).is_ok());
    }

    proptest! {
        #[test]
        fn what_is_in_use_is_the_sum_of_the_permits(costs in prop::collection::vec((0_u64..400, 0_u64..40), 0..20)) {
            let admission = limit();
            let permits: Vec<Permit> =
                costs.iter().filter_map(|(bytes, tokens)| admission.admit(cost(*bytes, *tokens)).ok()).collect();
            let sum: Cost = permits.iter().map(|permit| permit.cost).sum();
            prop_assert_eq!(admission.in_use(), sum);
            prop_assert!(permits.len() < 2 || sum.fits(cost(1_000, 100)));
            drop(permits);
            prop_assert_eq!(admission.in_use(), Cost::default());
        }
    }
}
