//! The rules of the two lanes: who may take how much of the limit, and who of those that wait is next.
//!
//! Interactive work may take all of the limit, bulk work `BULK_SHARE` of it. In either lane one piece of work
//! may always go on, however large it is.
//!
//! Work that needs more than it has may wait, in the order in which it began to. It stands still meanwhile: if
//! everything in its lane waits, the first goes on whatever the others hold, so that they never wait for each
//! other. While bulk work waits no further bulk work begins, or small pieces would always be in the way of a
//! large one.
//!
//! Invariant: whoever waits has work that goes on before it in its lane.

use std::collections::VecDeque;

use super::cost::{Cost, Overload};
use crate::index::work::Lane;
use crate::metrics::{ADMITTED_BYTES, ADMITTED_TOKENS};

/// Share of the limit that bulk work may take, in quarters.
const BULK_SHARE: u64 = 3;

/// The limit with what is taken of it.
pub(super) struct Pool {
    limit: Cost,
    interactive: InLane,
    bulk: InLane,
    /// Tickets that were given to those who waited.
    tickets: u64,
}

/// What is under way in a lane.
#[derive(Default)]
struct InLane {
    taken: Cost,
    /// Pieces of work that go on; those that wait do not count.
    going_on: usize,
    /// Tickets of those who wait, with what they wait for.
    waiting: VecDeque<(u64, Cost)>,
}

impl Pool {
    pub(super) fn new(limit: Cost) -> Self {
        Self { limit, interactive: InLane::default(), bulk: InLane::default(), tickets: 0 }
    }

    /// Returns what is taken by both lanes together.
    pub(super) fn in_use(&self) -> Cost {
        self.interactive.taken.plus(self.bulk.taken)
    }

    /// Returns the most that work of a lane may take.
    pub(super) fn limit_of(&self, lane: Lane) -> Cost {
        let share = |of: u64| of / 4 * BULK_SHARE;
        match lane {
            Lane::Interactive => self.limit,
            Lane::Bulk => Cost { bytes: share(self.limit.bytes), tokens: share(self.limit.tokens) },
        }
    }

    /// Says what is short, if work of that cost may not begin.
    pub(super) fn admits(&self, lane: Lane, cost: Cost) -> Result<(), Overload> {
        let there = self.lane(lane);
        if lane == Lane::Bulk && !there.waiting.is_empty() {
            return Err(self.overload(cost));
        }
        self.fits(lane, cost, there.going_on == 0)
    }

    /// Begins work of that cost, if it may begin.
    pub(super) fn begin(&mut self, lane: Lane, cost: Cost) -> Result<(), Overload> {
        self.admits(lane, cost)?;
        self.add(lane, cost);
        self.lane_mut(lane).going_on += 1;
        Ok(())
    }

    /// Gives work that goes on so much more, if there is so much.
    pub(super) fn raise(&mut self, lane: Lane, more: Cost) -> Result<(), Overload> {
        let is_alone = self.lane(lane).going_on == 1;
        self.try_take(lane, more, is_alone)
    }

    /// Takes back a part of what work has that goes on.
    pub(super) fn lower(&mut self, lane: Lane, less: Cost) {
        self.take_away(lane, less);
    }

    /// Ends work that had that cost.
    pub(super) fn end(&mut self, lane: Lane, cost: Cost) {
        self.take_away(lane, cost);
        self.lane_mut(lane).going_on -= 1;
    }

    /// Lets work stand still until there is so much more for it; `at_once` it has already. Returns its ticket.
    pub(super) fn wait(&mut self, lane: Lane, at_once: Cost, more: Cost) -> u64 {
        self.add(lane, at_once);
        self.tickets += 1;
        let ticket = self.tickets;
        let there = self.lane_mut(lane);
        there.going_on -= 1;
        there.waiting.push_back((ticket, more));
        ticket
    }

    /// True if whoever has the ticket waits.
    pub(super) fn is_waiting(&self, lane: Lane, ticket: u64) -> bool {
        self.lane(lane).waiting.iter().any(|(waiting, _)| *waiting == ticket)
    }

    /// Ends a wait. True if it was in vain: the work goes on without what it waited for.
    pub(super) fn leave(&mut self, lane: Lane, ticket: u64) -> bool {
        let there = self.lane_mut(lane);
        let Some(at) = there.waiting.iter().position(|(waiting, _)| *waiting == ticket) else { return false };
        there.waiting.remove(at);
        there.going_on += 1;
        true
    }

    /// Gives those who wait what there is, in their order.
    pub(super) fn grant(&mut self) {
        for lane in [Lane::Interactive, Lane::Bulk] {
            while let Some((_, more)) = self.lane(lane).waiting.front().copied() {
                let is_alone = self.lane(lane).going_on == 0;
                if self.try_take(lane, more, is_alone).is_err() {
                    break;
                }
                let there = self.lane_mut(lane);
                there.waiting.pop_front();
                there.going_on += 1;
            }
        }
    }

    fn try_take(&mut self, lane: Lane, more: Cost, is_alone: bool) -> Result<(), Overload> {
        self.fits(lane, more, is_alone)?;
        self.add(lane, more);
        Ok(())
    }

    fn fits(&self, lane: Lane, more: Cost, is_alone: bool) -> Result<(), Overload> {
        let of_lane = self.lane(lane).taken.plus(more);
        let fits = self.in_use().plus(more).fits(self.limit) && of_lane.fits(self.limit_of(lane));
        if is_alone || fits { Ok(()) } else { Err(self.overload(more)) }
    }

    fn overload(&self, cost: Cost) -> Overload {
        Overload::of(cost, self.in_use(), self.limit)
    }

    fn lane(&self, lane: Lane) -> &InLane {
        match lane {
            Lane::Interactive => &self.interactive,
            Lane::Bulk => &self.bulk,
        }
    }

    fn lane_mut(&mut self, lane: Lane) -> &mut InLane {
        match lane {
            Lane::Interactive => &mut self.interactive,
            Lane::Bulk => &mut self.bulk,
        }
    }

    fn add(&mut self, lane: Lane, more: Cost) {
        let there = self.lane_mut(lane);
        there.taken = there.taken.plus(more);
        gauge(lane, more, 1.0);
    }

    fn take_away(&mut self, lane: Lane, less: Cost) {
        let there = self.lane_mut(lane);
        there.taken = there.taken.minus(less);
        gauge(lane, less, -1.0);
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pool() -> Pool {
        Pool::new(Cost { bytes: 1_000, tokens: 100 })
    }

    fn cost(bytes: u64) -> Cost {
        Cost::of_bytes(bytes)
    }

    #[test]
    fn while_bulk_work_waits_no_further_bulk_work_begins_and_calls_do() {
        let mut pool = pool();
        pool.begin(Lane::Bulk, cost(100)).unwrap();
        pool.begin(Lane::Bulk, cost(100)).unwrap();
        assert!(pool.raise(Lane::Bulk, cost(650)).is_err());
        let ticket = pool.wait(Lane::Bulk, cost(0), cost(650));
        pool.grant();
        assert!(pool.admits(Lane::Bulk, cost(1)).is_err());
        pool.begin(Lane::Interactive, cost(1)).unwrap();
        assert!(pool.is_waiting(Lane::Bulk, ticket));
        pool.end(Lane::Bulk, cost(100));
        pool.grant();
        assert!(!pool.is_waiting(Lane::Bulk, ticket) && !pool.leave(Lane::Bulk, ticket));
        assert!(pool.admits(Lane::Bulk, cost(1)).is_err(), "it has taken all there is for bulk work");
    }

    #[test]
    fn who_leaves_holds_nobody_up() {
        let mut pool = pool();
        (0..3).for_each(|_| pool.begin(Lane::Bulk, cost(100)).unwrap());
        let first = pool.wait(Lane::Bulk, cost(0), cost(600));
        let second = pool.wait(Lane::Bulk, cost(0), cost(300));
        pool.grant();
        assert!(pool.is_waiting(Lane::Bulk, second), "the first goes first");
        assert!(pool.leave(Lane::Bulk, first));
        pool.grant();
        assert!(!pool.is_waiting(Lane::Bulk, second));
    }

    proptest! {
        /// As work ends, those who wait go on, and in the end nothing is taken.
        #[test]
        fn nobody_waits_for_ever(all in prop::collection::vec((any::<bool>(), 0_u64..400, 0_u64..1_500), 1..20)) {
            let mut pool = pool();
            let (mut going_on, mut waiting) = (Vec::new(), Vec::new());
            for (is_bulk, first, more) in all {
                let lane = if is_bulk { Lane::Bulk } else { Lane::Interactive };
                if pool.begin(lane, cost(first)).is_err() {
                    continue;
                }
                if pool.raise(lane, cost(more)).is_ok() {
                    going_on.push((lane, cost(first + more)));
                } else {
                    let at_once = more / 5;
                    let ticket = pool.wait(lane, cost(at_once), cost(more - at_once));
                    waiting.push((lane, ticket, cost(first + more)));
                }
                pool.grant();
            }
            loop {
                let (still, next): (Vec<_>, Vec<_>) =
                    waiting.into_iter().partition(|(lane, ticket, _)| pool.is_waiting(*lane, *ticket));
                waiting = still;
                going_on.extend(next.into_iter().map(|(lane, _, cost)| (lane, cost)));
                for (lane, _, _) in &waiting {
                    prop_assert!(going_on.iter().any(|(other, _)| other == lane), "nothing is before it");
                }
                let Some((lane, cost)) = going_on.pop() else { break };
                pool.end(lane, cost);
                pool.grant();
            }
            prop_assert!(waiting.is_empty());
            prop_assert_eq!(pool.in_use(), Cost::default());
        }
    }
}
