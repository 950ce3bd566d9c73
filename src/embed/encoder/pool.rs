//! Which thread does what? One pool for everything: a worker takes texts from the queue, tokenises them and leads
//! a pass over them; a worker that finds the queue empty helps another's pass. So tokenising overlaps
//! with products, the last batch of a call keeps all threads busy, and a single query uses all of them.
//!
//! In a server, whose background threads have a lower priority ([`crate::background`]), one more worker leads nothing but
//! queries, by itself: it gets a processor at once, and does not wait for a helper that gets none.
//!
//! Invariants: a worker touches a team's batch and activations only as its leader, or during a [`Visit`]; every text
//! taken ends in a vector of length one or in the failure of its call.
//!
//! [`Visit`]: super::team::Visit

use std::cell::UnsafeCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use crate::background;
use crate::embed::model::{EmbedError, TextKind};
use crate::embed::pooling::NoDirection;

use super::layer::{Activations, Batch, Model, Workbench};
use super::queue::{Claim, Job, Queue, Wish};
use super::team::Phases;
use super::tokens::Tokens;

/// Most helpers of one pass: the narrowest phase of a small model has about this many units.
const HELPERS: usize = 11;

struct Team {
    phases: Phases,
    batch: UnsafeCell<Batch>,
    space: Activations,
}

// SAFETY: `batch` and `space` are shared only under the protocol of `Phases`: the leader writes while the door is
// closed and nobody is inside; members of an open team follow `Model::run`.
unsafe impl Sync for Team {}

struct Waiting {
    queue: Queue,
    idle: usize,
    /// What workers take that are not for queries alone.
    wish: Wish,
    stopping: bool,
}

struct Shared {
    name: String,
    model: Model,
    tokens: Tokens,
    budget: usize,
    /// Tokens per 1,024 bytes of text, as seen so far.
    density: AtomicUsize,
    waiting: Mutex<Waiting>,
    work: Condvar,
    /// One for each worker that takes passages.
    teams: Vec<Team>,
    /// Of the worker that leads queries alone.
    alone: Option<Team>,
}

/// The threads and what they share.
pub struct Pool {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
}

impl Pool {
    /// Starts `threads` workers that pass batches of about `budget` tokens through the model.
    pub fn start(
        name: &str,
        model: Model,
        tokens: Tokens,
        threads: usize,
        budget: usize,
        longest: usize,
    ) -> std::io::Result<Self> {
        let team = |tokens: usize| Team {
            phases: Phases::new(model.phases()),
            batch: UnsafeCell::default(),
            space: model.activations(tokens),
        };
        let teams = (0..threads).map(|_| team(budget.max(longest))).collect();
        let alone = background::is_low_priority().then(|| team(longest));
        let wish = if alone.is_some() { Wish::Passages } else { Wish::InTurn };
        let shared = Arc::new(Shared {
            name: name.to_owned(),
            budget,
            density: AtomicUsize::new(256),
            waiting: Mutex::new(Waiting { queue: Queue::default(), idle: 0, wish, stopping: false }),
            work: Condvar::new(),
            teams,
            alone,
            model,
            tokens,
        });
        let mut pool = Self { shared, workers: Vec::new() };
        for index in 0..threads {
            let shared = Arc::clone(&pool.shared);
            let run = move || {
                background::settle();
                let team = &shared.teams[index];
                Worker { bench: shared.model.workbench(longest), team, shared: &shared }.run();
            };
            pool.workers.push(std::thread::Builder::new().name(format!("embed-{index}")).spawn(run)?);
        }
        if pool.shared.alone.is_some() {
            let shared = Arc::clone(&pool.shared);
            let run = move || {
                let Some(team) = &shared.alone else { return };
                Worker { bench: shared.model.workbench(longest), team, shared: &shared }.run_alone();
            };
            pool.workers.push(std::thread::Builder::new().name("embed-query".to_owned()).spawn(run)?);
        }
        Ok(pool)
    }

    /// Returns the tokeniser.
    pub fn tokens(&self) -> &Tokens {
        &self.shared.tokens
    }

    /// Queues a call; [`Job::wait`] returns its outcome.
    pub fn submit(&self, kind: TextKind, job: Arc<Job>) {
        self.shared.waiting().queue.add(kind, job);
        self.shared.work.notify_all();
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.waiting().stopping = true;
        self.shared.work.notify_all();
        for worker in self.workers.drain(..) {
            // A worker that panicked has already failed its callers.
            let _ = worker.join();
        }
    }
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failure(&self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> EmbedError {
        EmbedError::Inference { model: self.name.clone(), source: source.into() }
    }

    fn estimate(&self, text: &str) -> usize {
        text.len() * self.density.load(Ordering::Relaxed) / 1024 + 2
    }

    fn learn_density(&self, bytes: usize, tokens: usize) {
        if let Some(seen) = (tokens * 1024).checked_div(bytes) {
            let old = self.density.load(Ordering::Relaxed);
            self.density.store((3 * old + seen.clamp(16, 1024)) / 4, Ordering::Relaxed);
        }
    }
}

/// True if pooling could scale the vector to length one: one of zeros, or of what is no number, is like nothing and
/// the reference refuses it.
fn has_direction(vector: &[f32]) -> bool {
    let length: f32 = vector.iter().map(|x| x * x).sum();
    length.is_finite() && length > 0.0
}

struct Worker<'a> {
    shared: &'a Shared,
    team: &'a Team,
    bench: Workbench,
}

enum Task<'a> {
    Lead(Vec<Claim>),
    Help(&'a Team, super::team::Visit<'a>),
    Stop,
}

impl<'a> Worker<'a> {
    fn run(mut self) {
        loop {
            match self.next_task() {
                Task::Lead(claims) => self.lead(&claims),
                Task::Help(team, visit) => {
                    // SAFETY: the visit keeps the batch as it is; all members run the same pass.
                    let pass = || unsafe {
                        self.shared.model.run(&*team.batch.get(), &team.space, &team.phases, &mut self.bench)
                    };
                    // The leader notices a helper's panic by itself and fails the callers.
                    let _ = catch_unwind(AssertUnwindSafe(pass));
                    drop(visit);
                }
                Task::Stop => return,
            }
        }
    }

    /// Leads queries; the others come to queries while it is busy with one.
    fn run_alone(mut self) {
        while let Some(claims) = self.next_queries() {
            self.lead(&claims);
        }
    }

    /// Returns `None` when the pool stops.
    fn next_queries(&self) -> Option<Vec<Claim>> {
        let mut waiting = self.shared.waiting();
        waiting.wish = Wish::Passages;
        while !waiting.stopping {
            let budget = self.team.space.capacity;
            let claims = waiting.queue.take(Wish::Queries, budget, |text| self.shared.estimate(text));
            if !claims.is_empty() {
                waiting.wish = Wish::PassagesFirst;
                if waiting.queue.has_queries() {
                    self.shared.work.notify_all();
                }
                return Some(claims);
            }
            waiting = self.shared.work.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        None
    }

    fn next_task(&self) -> Task<'a> {
        let mut waiting = self.shared.waiting();
        loop {
            if waiting.stopping {
                return Task::Stop;
            }
            let wish = waiting.wish;
            let claims = waiting.queue.take(wish, self.shared.budget, |text| self.shared.estimate(text));
            if !claims.is_empty() {
                return Task::Lead(claims);
            }
            let visit = |team: &'a Team| team.phases.enter(HELPERS).map(|visit| Task::Help(team, visit));
            if let Some(task) = self.shared.teams.iter().find_map(visit) {
                return task;
            }
            waiting.idle += 1;
            waiting = self.shared.work.wait(waiting).unwrap_or_else(PoisonError::into_inner);
            waiting.idle -= 1;
        }
    }

    /// Tokenises the claimed texts and embeds them, in several passes if they are longer than estimated.
    fn lead(&mut self, claims: &[Claim]) {
        let team = self.team;
        let (mut ids, mut bytes, mut tokens) = (Vec::new(), 0, 0);
        let mut members: Vec<&Claim> = Vec::with_capacity(claims.len());
        for claim in claims {
            let (job, index) = claim;
            if let Err(source) = self.shared.tokens.encode(job.text(*index), &mut ids) {
                job.fail(EmbedError::Tokenise { index: *index, source });
                continue;
            }
            bytes += job.text(*index).len();
            tokens += ids.len();
            // SAFETY: the door is closed and this thread is the team's leader: nobody else looks at the batch.
            let batch = unsafe { &mut *team.batch.get() };
            if batch.ids.len() + ids.len() > team.space.capacity {
                self.pass(team, &members);
                members.clear();
            }
            // SAFETY: as above; `pass` closed the door again.
            unsafe { &mut *team.batch.get() }.push(&ids);
            members.push(claim);
        }
        self.shared.learn_density(bytes, tokens);
        self.pass(team, &members);
    }

    /// Leads one pass over the team's batch, hands out the vectors and empties the batch.
    fn pass(&mut self, team: &Team, members: &[&Claim]) {
        if members.is_empty() {
            return;
        }
        team.phases.open();
        let is_alone = self.shared.alone.as_ref().is_some_and(|alone| std::ptr::eq(alone, team));
        let idle = if is_alone { 0 } else { self.shared.waiting().idle };
        for _ in 0..idle.min(HELPERS) {
            self.shared.work.notify_one();
        }
        let model = &self.shared.model;
        // SAFETY: the door was opened after the batch was written and is closed before it changes.
        let run = || unsafe { model.run(&*team.batch.get(), &team.space, &team.phases, &mut self.bench) };
        let outcome = catch_unwind(AssertUnwindSafe(run));
        team.phases.close();
        // SAFETY: the door is closed and empty, see `lead`.
        let batch = unsafe { &mut *team.batch.get() };
        for (index, (job, text)) in members.iter().map(|claim| &**claim).enumerate() {
            // SAFETY: the pass has ended.
            let vector = outcome.is_ok().then(|| unsafe { model.pooled(batch, &team.space, index) });
            match vector {
                Some(vector) if has_direction(vector) => job.store(*text, vector),
                Some(_) => job.fail(self.shared.failure(NoDirection)),
                None => job.fail(self.shared.failure("a worker thread panicked")),
            }
        }
        batch.clear();
    }
}
