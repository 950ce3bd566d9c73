//! May this work begin, or is there too much of it already? One limit for the whole process, in bytes
//! of memory and in tokens to be embedded – not in calls, which may be a line or a thousand pages.
//!
//! Interactive work is admitted at once or refused at once; bulk work waits, and never takes more than
//! `BULK_SHARE` of the limit, so that it cannot shut interactive work out. In either lane one piece of
//! work is always admitted, however large it is.
//!
//! What a packed file holds is known only when it has been read; then its permit is raised. Bulk work for which
//! there is no room then gives back all it has while it waits: two that each kept a part would wait for ever.
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
    /// Memory that a section takes beside its text: as it came, in the document, and in the report.
    const SECTION_BYTES: u64 = 2 << 10;

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

    /// Returns the cost of screening a file of that size that has been read and holds a text of that length.
    pub fn of_read(bytes: u64, text: u64) -> Self {
        let Self { bytes: memory, tokens } = Self::of_text(text);
        Self { bytes: memory.saturating_add(Self::BASE_BYTES).saturating_add(bytes), tokens }
    }

    /// Estimates the cost of work on so many sections with texts of that length together.
    pub fn of_sections(count: u64, text: u64) -> Self {
        let Self { bytes, tokens } = Self::of_text(text);
        Self { bytes: bytes.saturating_add(count.saturating_mul(Self::SECTION_BYTES)), tokens }
    }

    /// Returns the cost of answering with a report of that length: as it is stored, as a message, and as sent.
    pub fn of_report(bytes: u64) -> Self {
        Self::of_bytes(bytes.saturating_mul(3))
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

impl Overload {
    /// Says what is short for a cost that does not fit beside what is in use.
    fn of(cost: Cost, in_use: Cost, limit: Cost) -> Self {
        if in_use.plus(cost).bytes > limit.bytes {
            let (asked, in_use, limit) = (cost.bytes, in_use.bytes, limit.bytes);
            Self { unit: "bytes of memory", asked, in_use, limit }
        } else {
            let (asked, in_use, limit) = (cost.tokens, in_use.tokens, limit.tokens);
            Self { unit: "tokens", asked, in_use, limit }
        }
    }
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
        if taken.interactive_count > 0 && !in_use.plus(cost).fits(limit) {
            return Err(Overload::of(cost, in_use, limit));
        }
        taken.interactive = taken.interactive.plus(cost);
        taken.interactive_count += 1;
        Ok(self.permit(Lane::Interactive, cost))
    }

    /// Admits bulk work if it fits now.
    pub fn admit_bulk(&self, cost: Cost) -> Option<Permit> {
        let cost = cost.at_most(self.shared.bulk_limit());
        let mut taken = self.shared.taken();
        if taken.bulk_count > 0 && !self.shared.fits_as_bulk(&taken, cost) {
            return None;
        }
        taken.bulk = taken.bulk.plus(cost);
        taken.bulk_count += 1;
        Some(self.permit(Lane::Bulk, cost))
    }

    /// Waits until bulk work of that cost fits. It is not admitted by that: somebody else may be faster.
    pub async fn room_for_bulk(&self, cost: Cost) {
        let cost = cost.at_most(self.shared.bulk_limit());
        loop {
            let freed = self.shared.freed.notified();
            tokio::pin!(freed);
            // Enabled before looking, so that nothing freed in between is missed.
            freed.as_mut().enable();
            if self.has_room_for_bulk(cost) {
                return;
            }
            freed.await;
        }
    }

    /// Raises the permit of bulk work to that cost, waiting for room if there is none; lowers nothing.
    pub async fn raise_bulk(&self, mut permit: Permit, cost: Cost) -> Permit {
        if permit.raise(cost).is_ok() {
            return permit;
        }
        drop(permit);
        loop {
            if let Some(permit) = self.admit_bulk(cost) {
                return permit;
            }
            self.room_for_bulk(cost).await;
        }
    }

    /// Returns what is taken by both lanes together.
    pub fn in_use(&self) -> Cost {
        let taken = self.shared.taken();
        taken.interactive.plus(taken.bulk)
    }

    fn has_room_for_bulk(&self, cost: Cost) -> bool {
        let taken = self.shared.taken();
        taken.bulk_count == 0 || self.shared.fits_as_bulk(&taken, cost)
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

    fn bulk_limit(&self) -> Cost {
        let share = |of: u64| of / 4 * BULK_SHARE;
        Cost { bytes: share(self.limit.bytes), tokens: share(self.limit.tokens) }
    }

    /// True if bulk work of that cost fits beside what is taken.
    fn fits_as_bulk(&self, taken: &Taken, cost: Cost) -> bool {
        let bulk = taken.bulk.plus(cost);
        bulk.fits(self.bulk_limit()) && taken.interactive.plus(bulk).fits(self.limit)
    }
}

impl Permit {
    /// Raises what the work takes to that cost, or refuses at once and changes nothing; lowers nothing.
    pub fn raise(&mut self, cost: Cost) -> Result<(), Overload> {
        let limit = match self.lane {
            Lane::Interactive => self.shared.limit,
            Lane::Bulk => self.shared.bulk_limit(),
        };
        let more = cost.at_most(limit).minus(self.cost);
        if more == Cost::default() {
            return Ok(());
        }
        let mut taken = self.shared.taken();
        let (is_alone, fits) = match self.lane {
            Lane::Interactive => {
                let wanted = taken.interactive.plus(taken.bulk).plus(more);
                (taken.interactive_count == 1, wanted.fits(self.shared.limit))
            }
            Lane::Bulk => (taken.bulk_count == 1, self.shared.fits_as_bulk(&taken, more)),
        };
        if !is_alone && !fits {
            return Err(Overload::of(more, taken.interactive.plus(taken.bulk), self.shared.limit));
        }
        match self.lane {
            Lane::Interactive => taken.interactive = taken.interactive.plus(more),
            Lane::Bulk => taken.bulk = taken.bulk.plus(more),
        }
        drop(taken);
        self.cost = self.cost.plus(more);
        gauge(self.lane, more, 1.0);
        Ok(())
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
        drop(second);
        first.raise(cost(5_000, 10)).unwrap();
        assert_eq!(admission.in_use(), cost(1_000, 10), "one piece of work is always admitted");
        drop(first);
        assert_eq!(admission.in_use(), Cost::default());
    }

    #[tokio::test]
    async fn bulk_work_that_turns_out_to_be_more_waits_and_holds_nothing_meanwhile() {
        let admission = limit();
        let permits =
            [admission.admit_bulk(cost(300, 1)).unwrap(), admission.admit_bulk(cost(300, 1)).unwrap()];
        let [first, second] = permits;
        let both = async { tokio::join!(raised(&admission, first), raised(&admission, second)) };
        let soon = std::time::Duration::from_secs(10);
        tokio::time::timeout(soon, both).await.expect("neither waits for what the other one keeps");
        assert_eq!(admission.in_use(), Cost::default());
    }

    /// Raises a permit to most of what there is for bulk work, and gives it back.
    async fn raised(admission: &Admission, permit: Permit) {
        let permit = admission.raise_bulk(permit, cost(700, 1)).await;
        assert!(admission.in_use().bytes >= 700);
        tokio::task::yield_now().await;
        drop(permit);
    }

    #[test]
    fn a_packed_file_costs_what_it_holds() {
        let megabyte = 1 << 20;
        assert!(Cost::of_read(megabyte, 64 * megabyte).bytes > 10 * Cost::of_file(megabyte, true).bytes);
        assert!(Cost::of_read(megabyte, megabyte / 8).bytes <= Cost::of_file(megabyte, true).bytes);
        assert!(Cost::of_sections(20_000, 0).bytes > 20 * megabyte, "sections without text cost, too");
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
