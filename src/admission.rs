//! May this work begin, or is there too much of it already? One limit for the whole process, in bytes
//! of memory and in tokens to be embedded – not in calls, which may be a line or a thousand pages.
//!
//! Interactive work is admitted at once or refused at once; bulk work waits, and never takes more than
//! `BULK_SHARE` of the limit, so that it cannot shut interactive work out. In either lane one piece of
//! work is always admitted, however large it is.
//!
//! Invariant: what is in use is the sum of the permits that are alive.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::index::work::Lane;
use crate::metrics::{ADMITTED_BYTES, ADMITTED_TOKENS};

/// Share of the limit that bulk work may take, in quarters.
const BULK_SHARE: u64 = 3;

/// What a piece of work takes while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// Bytes of memory, estimated.
    pub bytes: u64,
    /// Tokens to be embedded, estimated.
    pub tokens: u64,
}

impl Cost {
    /// Memory that reading and judging takes whatever the file.
    const BASE_BYTES: u64 = 4 << 20;
    /// Most tokens that a document is taken for: about five thousand pages.
    const MOST_TOKENS: u64 = 4_000_000;

    /// Estimates the cost of screening a file of that size. A packed format (PDF, DOCX) holds far less
    /// text than bytes; `is_packed` says so.
    pub fn of_file(bytes: u64, is_packed: bool) -> Self {
        let text = if is_packed { bytes / 8 } else { bytes };
        // The text, its words and vectors, and the findings take about ten times the text.
        let memory = Self::BASE_BYTES + bytes + text.saturating_mul(10);
        Self { bytes: memory, tokens: (text / 4).clamp(1, Self::MOST_TOKENS) }
    }

    /// Estimates the cost of work on a text of that length in bytes.
    pub fn of_text(bytes: u64) -> Self {
        Self { bytes: bytes.saturating_mul(10), tokens: (bytes / 4).clamp(1, Self::MOST_TOKENS) }
    }

    /// Memory alone.
    pub fn of_bytes(bytes: u64) -> Self {
        Self { bytes, tokens: 0 }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            bytes: self.bytes.saturating_add(other.bytes),
            tokens: self.tokens.saturating_add(other.tokens),
        }
    }

    fn minus(self, other: Self) -> Self {
        Self {
            bytes: self.bytes.saturating_sub(other.bytes),
            tokens: self.tokens.saturating_sub(other.tokens),
        }
    }

    fn at_most(self, other: Self) -> Self {
        Self { bytes: self.bytes.min(other.bytes), tokens: self.tokens.min(other.tokens) }
    }

    fn fits(self, limit: Self) -> bool {
        self.bytes <= limit.bytes && self.tokens <= limit.tokens
    }
}

impl std::iter::Sum for Cost {
    fn sum<I: Iterator<Item = Self>>(costs: I) -> Self {
        costs.fold(Self::default(), Self::plus)
    }
}

/// Too much is running.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{in_use} {unit} are in use of {limit}, and this call needs {asked}")]
pub struct Overload {
    /// `bytes of memory` or `tokens`.
    pub unit: &'static str,
    /// What the call needs.
    pub asked: u64,
    /// What is taken.
    pub in_use: u64,
    /// What there is.
    pub limit: u64,
}

/// The limit with what is taken of it. Clones share it.
#[derive(Clone)]
pub struct Admission {
    shared: Arc<Shared>,
}

struct Shared {
    limit: Cost,
    taken: Mutex<Taken>,
    freed: Notify,
}

#[derive(Default)]
struct Taken {
    interactive: Cost,
    interactive_count: usize,
    bulk: Cost,
    bulk_count: usize,
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
        Self { shared: Arc::new(Shared { limit, taken: Mutex::default(), freed: Notify::new() }) }
    }

    /// Admits interactive work, or refuses it at once.
    pub fn admit(&self, cost: Cost) -> Result<Permit, Overload> {
        let limit = self.shared.limit;
        let cost = cost.at_most(limit);
        let mut taken = self.shared.taken();
        let in_use = taken.interactive.plus(taken.bulk);
        let wanted = in_use.plus(cost);
        if taken.interactive_count > 0 && !wanted.fits(limit) {
            return Err(if wanted.bytes > limit.bytes {
                let (asked, in_use, limit) = (cost.bytes, in_use.bytes, limit.bytes);
                Overload { unit: "bytes of memory", asked, in_use, limit }
            } else {
                let (asked, in_use, limit) = (cost.tokens, in_use.tokens, limit.tokens);
                Overload { unit: "tokens", asked, in_use, limit }
            });
        }
        taken.interactive = taken.interactive.plus(cost);
        taken.interactive_count += 1;
        Ok(self.permit(Lane::Interactive, cost))
    }

    /// Admits bulk work if it fits now.
    pub fn admit_bulk(&self, cost: Cost) -> Option<Permit> {
        let cost = cost.at_most(self.bulk_limit());
        let mut taken = self.shared.taken();
        if !self.has_room(&taken, cost) {
            return None;
        }
        taken.bulk = taken.bulk.plus(cost);
        taken.bulk_count += 1;
        Some(self.permit(Lane::Bulk, cost))
    }

    /// Waits until bulk work of that cost fits. It is not admitted by that: somebody else may be faster.
    pub async fn room_for_bulk(&self, cost: Cost) {
        let cost = cost.at_most(self.bulk_limit());
        loop {
            let freed = self.shared.freed.notified();
            tokio::pin!(freed);
            // Enabled before looking, so that nothing freed in between is missed.
            freed.as_mut().enable();
            if self.has_room(&self.shared.taken(), cost) {
                return;
            }
            freed.await;
        }
    }

    /// Returns what is taken by both lanes together.
    pub fn in_use(&self) -> Cost {
        let taken = self.shared.taken();
        taken.interactive.plus(taken.bulk)
    }

    fn bulk_limit(&self) -> Cost {
        let share = |of: u64| of / 4 * BULK_SHARE;
        Cost { bytes: share(self.shared.limit.bytes), tokens: share(self.shared.limit.tokens) }
    }

    /// True if bulk work of that cost fits beside what is taken.
    fn has_room(&self, taken: &Taken, cost: Cost) -> bool {
        let bulk = taken.bulk.plus(cost);
        let fits = bulk.fits(self.bulk_limit()) && taken.interactive.plus(bulk).fits(self.shared.limit);
        taken.bulk_count == 0 || fits
    }

    fn permit(&self, lane: Lane, cost: Cost) -> Permit {
        gauge(lane, cost, 1.0);
        Permit { shared: Arc::clone(&self.shared), lane, cost }
    }
}

/// Shows what is taken to whoever watches the service.
fn gauge(lane: Lane, cost: Cost, sign: f64) {
    let lane = match lane {
        Lane::Interactive => "interactive",
        Lane::Bulk => "bulk",
    };
    metrics::gauge!(ADMITTED_BYTES, "lane" => lane).increment(sign * cost.bytes as f64);
    metrics::gauge!(ADMITTED_TOKENS, "lane" => lane).increment(sign * cost.tokens as f64);
}

impl Shared {
    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut taken = self.shared.taken();
        match self.lane {
            Lane::Interactive => {
                taken.interactive = taken.interactive.minus(self.cost);
                taken.interactive_count -= 1;
            }
            Lane::Bulk => {
                taken.bulk = taken.bulk.minus(self.cost);
                taken.bulk_count -= 1;
            }
        }
        drop(taken);
        gauge(self.lane, self.cost, -1.0);
        self.shared.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn limit() -> Admission {
        Admission::new(Cost { bytes: 1_000, tokens: 100 })
    }

    fn cost(bytes: u64, tokens: u64) -> Cost {
        Cost { bytes, tokens }
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
        let waiting = admission.room_for_bulk(cost(10, 1));
        tokio::pin!(waiting);
        let soon = std::time::Duration::from_millis(20);
        assert!(tokio::time::timeout(soon, waiting.as_mut()).await.is_err());
        drop(large);
        tokio::time::timeout(soon, waiting).await.expect("who waits is told what was freed");
        assert!(admission.admit_bulk(cost(10, 1)).is_some());
        drop(call);
    }

    proptest! {
        #[test]
        fn what_is_in_use_is_the_sum_of_the_permits(costs in prop::collection::vec((0_u64..400, 0_u64..40), 0..20)) {
            let admission = limit();
            let permits: Vec<Permit> =
                costs.iter().filter_map(|(bytes, tokens)| admission.admit(cost(*bytes, *tokens)).ok()).collect();
            let sum = permits.iter().fold(Cost::default(), |sum, permit| sum.plus(permit.cost));
            prop_assert_eq!(admission.in_use(), sum);
            prop_assert!(permits.len() < 2 || sum.fits(cost(1_000, 100)));
            drop(permits);
            prop_assert_eq!(admission.in_use(), Cost::default());
        }
    }
}
