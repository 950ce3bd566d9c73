//! How do several threads work on one batch without waiting for each other's arrival? A forward pass is a fixed
//! series of phases; each phase is a number of units that threads claim one by one. A phase ends when all its units
//! are done, whoever did them: a helper that comes late runs through finished phases and joins the current one, and
//! a leader alone never waits.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Claimed and finished units of one phase, on a cache line of their own.
#[derive(Default)]
#[repr(align(128))]
struct Phase {
    claimed: AtomicUsize,
    finished: AtomicUsize,
}

/// The phases of one forward pass, and the door through which helpers come in.
pub struct Phases {
    phases: Vec<Phase>,
    /// Twice the number of helpers inside, plus one while the door is open.
    door: AtomicUsize,
    broken: AtomicBool,
}

const OPEN: usize = 1;
const HELPER: usize = 2;

impl Phases {
    /// Makes `count` phases.
    pub fn new(count: usize) -> Self {
        Self {
            phases: (0..count).map(|_| Phase::default()).collect(),
            door: AtomicUsize::new(0),
            broken: AtomicBool::new(false),
        }
    }

    /// Takes part in phase `phase` of `units` units and returns when all of them are done, by whomever.
    ///
    /// # Panics
    /// If another member of the team panicked.
    pub fn share(&self, phase: usize, units: usize, mut work: impl FnMut(usize)) {
        let counts = &self.phases[phase];
        loop {
            let unit = counts.claimed.fetch_add(1, Ordering::Relaxed);
            if unit >= units {
                break;
            }
            let guard = BreakOnPanic(&self.broken);
            work(unit);
            std::mem::forget(guard);
            // Release: whoever sees the count also sees what the unit wrote.
            counts.finished.fetch_add(1, Ordering::Release);
        }
        let mut turns = 0;
        while counts.finished.load(Ordering::Acquire) < units {
            assert!(!self.broken.load(Ordering::Relaxed), "another thread of the team failed");
            turns += 1;
            if turns < 200 {
                std::hint::spin_loop();
            } else {
                std::thread::yield_now();
            }
        }
    }

    /// Starts a new pass; called by the leader while nobody else is inside.
    pub fn open(&self) {
        for phase in &self.phases {
            phase.claimed.store(0, Ordering::Relaxed);
            phase.finished.store(0, Ordering::Relaxed);
        }
        self.broken.store(false, Ordering::Relaxed);
        // Release: helpers that enter see the reset counts and the batch prepared before.
        self.door.store(OPEN, Ordering::Release);
    }

    /// Ends the pass: no more helpers come in; returns when those inside have left.
    pub fn close(&self) {
        self.door.fetch_and(!OPEN, Ordering::AcqRel);
        while self.door.load(Ordering::Acquire) != 0 {
            std::hint::spin_loop();
            std::thread::yield_now();
        }
    }

    /// Lets the calling thread in, if the door is open and fewer than `most` helpers are inside.
    pub fn enter(&self, most: usize) -> Option<Visit<'_>> {
        let enter = |door: usize| (door & OPEN != 0 && door / HELPER < most).then_some(door + HELPER);
        self.door.fetch_update(Ordering::Acquire, Ordering::Relaxed, enter).ok().map(|_| Visit(self))
    }
}

/// While it lives, the team's batch stays as it is.
pub struct Visit<'a>(&'a Phases);

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        // Release: the leader that waits in `close` may reuse everything this helper touched.
        self.0.door.fetch_sub(HELPER, Ordering::Release);
    }
}

struct BreakOnPanic<'a>(&'a AtomicBool);

impl Drop for BreakOnPanic<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_of_every_phase_is_done_exactly_once_in_order() {
        const UNITS: usize = 37;
        let phases = Phases::new(20);
        for _ in 0..50 {
            let sums: Vec<AtomicUsize> = (0..20).map(|_| AtomicUsize::new(0)).collect();
            let pass = || {
                for phase in 0..20 {
                    phases.share(phase, UNITS, |unit| {
                        if phase > 0 {
                            assert_eq!(sums[phase - 1].load(Ordering::Relaxed), UNITS * (UNITS + 1) / 2);
                        }
                        sums[phase].fetch_add(unit + 1, Ordering::Relaxed);
                    });
                }
            };
            phases.open();
            std::thread::scope(|scope| {
                for _ in 0..3 {
                    scope.spawn(|| {
                        if let Some(_visit) = phases.enter(2) {
                            pass();
                        }
                    });
                }
                pass();
                phases.close();
            });
            assert!(sums.iter().all(|sum| sum.load(Ordering::Relaxed) == UNITS * (UNITS + 1) / 2));
        }
    }

    #[test]
    fn nobody_enters_a_closed_team_or_a_full_one() {
        let phases = Phases::new(1);
        assert!(phases.enter(1).is_none());
        phases.open();
        let visit = phases.enter(1);
        assert!(visit.is_some());
        assert!(phases.enter(1).is_none());
        drop(visit);
        phases.close();
        assert!(phases.enter(1).is_none());
    }

    #[test]
    fn a_panic_in_one_member_reaches_the_others() {
        let phases = Phases::new(1);
        phases.open();
        let outcome = std::thread::scope(|scope| {
            let failing = scope.spawn(|| phases.share(0, 2, |_| panic!("boom")));
            let first = failing.join();
            let second = scope.spawn(|| phases.share(0, 2, |_| {})).join();
            (first.is_err(), second.is_err())
        });
        assert_eq!(outcome, (true, true));
    }
}
