//! Which work on a document is next? A few places for work that keeps a processor busy, whoever asked for
//! it: more of it at once would be no sooner done, and look-ups would wait behind all of it.
//!
//! Calls wait in the order in which they came, and only so many of them; submitted screenings wait in the
//! archive and come in between: they get every [`ONE_IN`]th place that becomes free while calls wait, so
//! that neither starves. Who gave a place back to wait for something else comes before those who have not begun.
//!
//! Invariant: the places that are taken, offered to somebody and free are those there are.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::admission::Overload;
use crate::index::work::Lane;
use crate::metrics::{PLACES_TAKEN, PLACES_WAITING};

/// Of so many places that become free while calls wait, one goes to a submitted screening.
pub const ONE_IN: u32 = 4;

/// The places with those who wait for one. Clones share them.
#[derive(Clone)]
pub struct Places {
    shared: Arc<Shared>,
}

struct Shared {
    most_waiting: usize,
    state: Mutex<State>,
}

struct State {
    free: usize,
    calls: VecDeque<oneshot::Sender<Place>>,
    submissions: VecDeque<oneshot::Sender<Place>>,
    /// Calls that were served since a submission was.
    in_a_row: u32,
}

/// A place; the next one gets it when it is dropped.
pub struct Place {
    shared: Option<Arc<Shared>>,
}

impl Places {
    /// Makes places; `most_waiting` calls may wait for one.
    pub fn new(places: usize, most_waiting: usize) -> Self {
        let state =
            State { free: places.max(1), calls: VecDeque::new(), submissions: VecDeque::new(), in_a_row: 0 };
        Self { shared: Arc::new(Shared { most_waiting, state: Mutex::new(state) }) }
    }

    /// Takes a place for a call, waiting for its turn; refuses at once if too many wait.
    pub async fn take(&self) -> Result<Place, Overload> {
        let offered = {
            let mut state = self.shared.state();
            if state.free > 0 {
                state.free -= 1;
                return Ok(Place::of(&self.shared));
            }
            // Whoever has gone does not count.
            state.calls.retain(|call| !call.is_closed());
            let (in_use, limit) = (state.calls.len() as u64, self.shared.most_waiting as u64);
            if in_use >= limit {
                return Err(Overload { unit: "waiting calls", asked: 1, in_use, limit });
            }
            let (sender, offered) = oneshot::channel();
            state.calls.push_back(sender);
            offered
        };
        Ok(self.wait("call", offered).await)
    }

    /// Takes a place for a submitted screening, waiting for its turn.
    pub async fn take_for_submission(&self) -> Place {
        let offered = {
            let mut state = self.shared.state();
            if state.free > 0 {
                state.free -= 1;
                return Place::of(&self.shared);
            }
            let (sender, offered) = oneshot::channel();
            state.submissions.push_back(sender);
            offered
        };
        self.wait("submission", offered).await
    }

    /// Takes a place again for work that gave its own back in between: before whoever has not begun, and however many
    /// wait, since it keeps what it has done so far.
    pub async fn take_again(&self, lane: Lane) -> Place {
        let (who, offered) = {
            let mut state = self.shared.state();
            if state.free > 0 {
                state.free -= 1;
                return Place::of(&self.shared);
            }
            let (sender, offered) = oneshot::channel();
            match lane {
                Lane::Interactive => {
                    state.calls.push_front(sender);
                    ("call", offered)
                }
                Lane::Bulk => {
                    state.submissions.push_front(sender);
                    ("submission", offered)
                }
            }
        };
        self.wait(who, offered).await
    }

    async fn wait(&self, who: &'static str, offered: oneshot::Receiver<Place>) -> Place {
        let _waiting = Waiting::new(who);
        match offered.await {
            Ok(place) => place,
            // The sender lives in the shared state until it is used.
            Err(_) => unreachable!("a waiter is forgotten only when it has gone"),
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a free place to the next one; to nobody if nobody waits.
    fn hand_over(self: Arc<Self>) {
        loop {
            let next = {
                let mut state = self.state();
                match state.next() {
                    Some(next) => next,
                    None => {
                        state.free += 1;
                        return;
                    }
                }
            };
            let place = Place::of(&self);
            match next.send(place) {
                Ok(()) => return,
                // It has gone; its place goes to the next one.
                Err(mut place) => place.forget(),
            }
        }
    }
}

impl State {
    fn next(&mut self) -> Option<oneshot::Sender<Place>> {
        self.calls.retain(|call| !call.is_closed());
        self.submissions.retain(|submission| !submission.is_closed());
        let has_turn = self.in_a_row + 1 >= ONE_IN || self.calls.is_empty();
        if has_turn && let Some(submission) = self.submissions.pop_front() {
            self.in_a_row = 0;
            return Some(submission);
        }
        let call = self.calls.pop_front()?;
        self.in_a_row = self.in_a_row.saturating_add(1);
        Some(call)
    }
}

impl Place {
    fn of(shared: &Arc<Shared>) -> Self {
        metrics::gauge!(PLACES_TAKEN).increment(1.0);
        Self { shared: Some(Arc::clone(shared)) }
    }

    /// Ends without handing over.
    fn forget(&mut self) {
        if self.shared.take().is_some() {
            metrics::gauge!(PLACES_TAKEN).decrement(1.0);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(shared) = self.shared.take() {
            metrics::gauge!(PLACES_TAKEN).decrement(1.0);
            shared.hand_over();
        }
    }
}

/// Counts one who waits.
struct Waiting(&'static str);

impl Waiting {
    fn new(who: &'static str) -> Self {
        metrics::gauge!(PLACES_WAITING, "who" => who).increment(1.0);
        Self(who)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        metrics::gauge!(PLACES_WAITING, "who" => self.0).decrement(1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Polls a future once, so that it stands in the queue.
    async fn queue<F: Future>(future: std::pin::Pin<&mut F>) -> bool {
        tokio::select! {
            biased;
            _ = future => true,
            () = std::future::ready(()) => false,
        }
    }

    #[tokio::test]
    async fn calls_wait_in_order_and_one_too_many_is_refused() {
        let places = Places::new(1, 2);
        let first = places.take().await.unwrap();
        let (mut second, mut third) = (Box::pin(places.take()), Box::pin(places.take()));
        assert!(!queue(second.as_mut()).await && !queue(third.as_mut()).await);
        let refused = places.take().await.err().unwrap();
        assert_eq!((refused.unit, refused.in_use, refused.limit), ("waiting calls", 2, 2));
        drop(first);
        let second = second.await.unwrap();
        assert!(!queue(third.as_mut()).await);
        drop(second);
        drop(third.await.unwrap());
        assert!(places.take().await.is_ok());
    }

    #[tokio::test]
    async fn a_call_that_has_gone_leaves_its_turn_to_the_next() {
        let places = Places::new(1, 1);
        let first = places.take().await.unwrap();
        let mut gone = Box::pin(places.take());
        assert!(!queue(gone.as_mut()).await);
        drop(gone);
        let mut next = Box::pin(places.take());
        assert!(!queue(next.as_mut()).await, "the one that has gone does not count");
        drop(first);
        drop(next.await.unwrap());
        // Offered, but gone before it looked.
        let first = places.take().await.unwrap();
        let mut gone = Box::pin(places.take());
        assert!(!queue(gone.as_mut()).await);
        drop(first);
        drop(gone);
        assert!(places.take().await.is_ok());
    }

    #[tokio::test]
    async fn who_comes_back_goes_first_and_is_not_refused() {
        let places = Places::new(1, 1);
        let held = places.take().await.unwrap();
        let mut first = Box::pin(places.take());
        assert!(!queue(first.as_mut()).await);
        assert!(places.take().await.is_err(), "no more may wait");
        let mut back = Box::pin(places.take_again(Lane::Interactive));
        assert!(!queue(back.as_mut()).await);
        drop(held);
        let place = back.await;
        assert!(!queue(first.as_mut()).await);
        let mut submission = Box::pin(places.take_for_submission());
        let mut back = Box::pin(places.take_again(Lane::Bulk));
        assert!(!queue(submission.as_mut()).await && !queue(back.as_mut()).await);
        drop(place);
        drop(first.await.unwrap());
        drop(back.await);
        drop(submission.await);
    }

    #[tokio::test]
    async fn submissions_get_one_place_in_four_while_calls_wait() {
        let places = Places::new(1, 100);
        let held = places.take().await.unwrap();
        let order = Arc::new(Mutex::new(String::new()));
        let mut waiting = Vec::new();
        for number in 0..12 {
            let (places, order) = (places.clone(), Arc::clone(&order));
            waiting.push(tokio::spawn(async move {
                let _place = if number < 3 {
                    let place = places.take_for_submission().await;
                    order.lock().unwrap().push('s');
                    place
                } else {
                    let place = places.take().await.unwrap();
                    order.lock().unwrap().push('c');
                    place
                };
            }));
            tokio::task::yield_now().await;
        }
        drop(held);
        for waiter in waiting {
            waiter.await.unwrap();
        }
        assert_eq!(*order.lock().unwrap(), "cccscccscccs");
    }
}
