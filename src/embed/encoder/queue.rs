//! Whose texts are embedded next? Calls wait in a ring; each turn takes texts up to a token budget from the call
//! in front, fills up from the next ones, and moves the front to the back. So a call of ten thousand
//! passages cannot hold up a single query, at least one text is always admitted, and what belongs to a caller who
//! has gone is dropped before it starts.
//!
//! Queries go ahead, in batches of their own: somebody waits for them, and they take a hundredth of the time of a
//! full batch. One turn in four is not theirs, so that they cannot keep passages from being embedded. Where a worker
//! leads nothing but queries, the others begin with passages and come to queries only while it is busy.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::embed::model::{EmbedError, TextKind};

/// How often a waiting caller looks whether it has been cancelled.
const CANCEL_POLL: Duration = Duration::from_millis(10);

/// One call: its texts and what has become of them.
pub struct Job {
    texts: Vec<String>,
    cancel: CancellationToken,
    outcome: Mutex<Outcome>,
    done: Condvar,
}

struct Outcome {
    vectors: Vec<Vec<f32>>,
    missing: usize,
    failure: Option<EmbedError>,
}

impl Job {
    /// Makes a call.
    pub fn new(texts: Vec<String>, cancel: CancellationToken) -> Arc<Self> {
        let outcome = Outcome { vectors: vec![Vec::new(); texts.len()], missing: texts.len(), failure: None };
        Arc::new(Self { texts, cancel, outcome: Mutex::new(outcome), done: Condvar::new() })
    }

    /// Returns text `index`.
    pub fn text(&self, index: usize) -> &str {
        &self.texts[index]
    }

    fn outcome(&self) -> MutexGuard<'_, Outcome> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// True if nobody waits for more of it.
    fn is_over(&self) -> bool {
        self.cancel.is_cancelled() || self.outcome().failure.is_some()
    }

    /// Stores the vector of text `index`.
    pub fn store(&self, index: usize, vector: &[f32]) {
        let mut outcome = self.outcome();
        outcome.vectors[index] = vector.to_vec();
        outcome.missing -= 1;
        if outcome.missing == 0 {
            self.done.notify_all();
        }
    }

    /// Ends the call with a failure; the first one counts.
    pub fn fail(&self, failure: EmbedError) {
        self.outcome().failure.get_or_insert(failure);
        self.done.notify_all();
    }

    /// Waits for all vectors.
    pub fn wait(&self) -> Result<Vec<Vec<f32>>, EmbedError> {
        let mut outcome = self.outcome();
        loop {
            if let Some(failure) = outcome.failure.take() {
                // Leave a mark so that the workers drop the rest.
                outcome.failure = Some(EmbedError::Cancelled);
                return Err(failure);
            }
            if outcome.missing == 0 {
                return Ok(std::mem::take(&mut outcome.vectors));
            }
            if self.cancel.is_cancelled() {
                return Err(EmbedError::Cancelled);
            }
            outcome = self.done.wait_timeout(outcome, CANCEL_POLL).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// A text to embed: the call and its position there.
pub type Claim = (Arc<Job>, usize);

/// Turns of which one is not for queries.
const TURNS: usize = 4;

/// What a worker takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Queries ahead of passages, with one turn in four for passages.
    InTurn,
    /// Nothing but queries.
    Queries,
    /// Nothing but passages.
    Passages,
    /// Queries where there are no passages.
    PassagesFirst,
}

type Ring = VecDeque<(Arc<Job>, usize)>;

/// Calls with texts not yet taken.
#[derive(Default)]
pub struct Queue {
    queries: Ring,
    passages: Ring,
    /// Turns that queries had one after the other.
    ahead: usize,
}

impl Queue {
    /// Adds a call.
    pub fn add(&mut self, kind: TextKind, job: Arc<Job>) {
        match kind {
            TextKind::Query => self.queries.push_back((job, 0)),
            TextKind::Passage => self.passages.push_back((job, 0)),
        }
    }

    /// Takes texts of one kind until `cost` adds up to `budget`: at least one, if there is any of what is wished.
    pub fn take(&mut self, wish: Wish, budget: usize, cost: impl Fn(&str) -> usize) -> Vec<Claim> {
        match wish {
            Wish::InTurn => self.take_in_turn(budget, cost),
            Wish::Queries => Self::take_from(&mut self.queries, budget, cost),
            Wish::Passages => Self::take_from(&mut self.passages, budget, cost),
            Wish::PassagesFirst => {
                let claims = Self::take_from(&mut self.passages, budget, &cost);
                if claims.is_empty() { Self::take_from(&mut self.queries, budget, cost) } else { claims }
            }
        }
    }

    /// True if a query waits; calls that are over count until they are looked at.
    pub fn has_queries(&self) -> bool {
        !self.queries.is_empty()
    }

    fn take_in_turn(&mut self, budget: usize, cost: impl Fn(&str) -> usize) -> Vec<Claim> {
        if self.ahead + 1 < TURNS || self.passages.is_empty() {
            let claims = Self::take_from(&mut self.queries, budget, &cost);
            if !claims.is_empty() {
                self.ahead += 1;
                return claims;
            }
        }
        self.ahead = 0;
        let claims = Self::take_from(&mut self.passages, budget, &cost);
        if claims.is_empty() { Self::take_from(&mut self.queries, budget, &cost) } else { claims }
    }

    fn take_from(ring: &mut Ring, budget: usize, cost: impl Fn(&str) -> usize) -> Vec<Claim> {
        let mut claims = Vec::new();
        let mut spent = 0;
        while let Some((job, next)) = ring.front_mut() {
            if job.is_over() || *next == job.texts.len() {
                ring.pop_front();
                continue;
            }
            let price = cost(job.text(*next));
            if !claims.is_empty() && spent + price > budget {
                break;
            }
            spent += price;
            claims.push((Arc::clone(job), *next));
            *next += 1;
        }
        if ring.len() > 1 {
            ring.rotate_left(1);
        }
        claims
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(texts: &[&str]) -> Arc<Job> {
        Job::new(texts.iter().map(ToString::to_string).collect(), CancellationToken::new())
    }

    fn texts(claims: &[Claim]) -> Vec<&str> {
        claims.iter().map(|(job, index)| job.text(*index)).collect()
    }

    #[test]
    fn one_text_is_admitted_however_long() {
        let mut queue = Queue::default();
        queue.add(TextKind::Passage, job(&["much too long", "b"]));
        assert_eq!(texts(&queue.take(Wish::InTurn, 3, str::len)), ["much too long"]);
        assert_eq!(texts(&queue.take(Wish::InTurn, 3, str::len)), ["b"]);
        assert!(queue.take(Wish::InTurn, 3, str::len).is_empty());
    }

    #[test]
    fn a_long_call_does_not_hold_up_a_short_one() {
        let mut queue = Queue::default();
        queue.add(TextKind::Passage, job(&["aa"; 100]));
        assert_eq!(queue.take(Wish::InTurn, 4, str::len).len(), 2);
        queue.add(TextKind::Passage, job(&["query"]));
        queue.take(Wish::InTurn, 4, str::len);
        assert_eq!(texts(&queue.take(Wish::InTurn, 4, str::len)), ["query"]);
    }

    #[test]
    fn the_next_batch_is_tokenised_while_the_first_is_computed() {
        let mut queue = Queue::default();
        let call = job(&["aa", "bb", "cc"]);
        queue.add(TextKind::Passage, Arc::clone(&call));
        let (first, second) = (queue.take(Wish::InTurn, 4, str::len), queue.take(Wish::InTurn, 4, str::len));
        assert_eq!((texts(&first), texts(&second)), (vec!["aa", "bb"], vec!["cc"]), "nothing was stored yet");
        for (job, index) in second.iter().chain(&first) {
            job.store(*index, &[*index as f32]);
        }
        assert_eq!(call.wait().expect("all texts are done"), [[0.0], [1.0], [2.0]], "in input order");
    }

    #[test]
    fn several_calls_fill_one_batch() {
        let mut queue = Queue::default();
        queue.add(TextKind::Passage, job(&["a"]));
        queue.add(TextKind::Passage, job(&["b"]));
        assert_eq!(texts(&queue.take(Wish::InTurn, 10, str::len)), ["a", "b"]);
    }

    #[test]
    fn texts_of_a_caller_who_has_gone_are_dropped() {
        let mut queue = Queue::default();
        let cancel = CancellationToken::new();
        let gone = Job::new(vec!["x".to_owned(); 9], cancel.clone());
        queue.add(TextKind::Passage, Arc::clone(&gone));
        queue.add(TextKind::Passage, job(&["kept"]));
        cancel.cancel();
        assert_eq!(texts(&queue.take(Wish::InTurn, 10, str::len)), ["kept"]);
        assert!(matches!(gone.wait(), Err(EmbedError::Cancelled)));
    }

    #[test]
    fn a_failed_call_ends_with_its_reason() {
        let mut queue = Queue::default();
        let failing = job(&["x", "y"]);
        queue.add(TextKind::Passage, Arc::clone(&failing));
        let source = "no such token".into();
        failing.fail(EmbedError::Tokenise { index: 1, source });
        assert!(queue.take(Wish::InTurn, 10, str::len).is_empty());
        assert!(matches!(failing.wait(), Err(EmbedError::Tokenise { index: 1, .. })));
    }

    #[test]
    fn queries_go_ahead_by_themselves_and_leave_one_turn_in_four() {
        let mut queue = Queue::default();
        let passages = job(&["aaaa"; 100]);
        queue.add(TextKind::Passage, Arc::clone(&passages));
        for _ in 0..5 {
            queue.add(TextKind::Query, job(&["q"]));
        }
        let mut turns = || texts(&queue.take(Wish::InTurn, 4, str::len)).len();
        assert_eq!(turns(), 4, "queries fill a batch of their own");
        assert_eq!(turns(), 1, "without passages");
        for _ in 0..8 {
            queue.add(TextKind::Query, job(&["long query"]));
        }
        let kinds: String = (0..12)
            .map(|_| if texts(&queue.take(Wish::InTurn, 4, str::len))[0] == "aaaa" { 'p' } else { 'q' })
            .collect();
        assert_eq!(kinds, "qpqqqpqqqpqp");
    }

    #[test]
    fn a_worker_gets_what_it_wishes() {
        let mut queue = Queue::default();
        queue.add(TextKind::Passage, job(&["p"; 3]));
        queue.add(TextKind::Query, job(&["q", "r"]));
        assert_eq!(texts(&queue.take(Wish::Queries, 1, str::len)), ["q"]);
        assert_eq!(texts(&queue.take(Wish::PassagesFirst, 2, str::len)), ["p", "p"]);
        assert_eq!(texts(&queue.take(Wish::Passages, 2, str::len)), ["p"]);
        assert!(queue.take(Wish::Passages, 2, str::len).is_empty() && queue.has_queries());
        assert_eq!(texts(&queue.take(Wish::PassagesFirst, 2, str::len)), ["r"]);
        assert!(queue.take(Wish::Queries, 2, str::len).is_empty() && !queue.has_queries());
    }
}
