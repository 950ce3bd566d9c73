//! What does work on a document take up while it is there? A share of the limit ([`crate::admission`]) and a place
//! ([`crate::places`]).
//!
//! How much a packed file holds shows when it has been read. Then its share is raised; if there is no room for that,
//! the work waits for it without its place, at which others go on, and takes a place again afterwards. Nobody waits
//! for room at a place, so whoever has one comes to an end.

use std::time::Duration;

use crate::admission::{Admission, Cost, Overload, Permit};
use crate::places::{Place, Places};

/// Where work finds room.
#[derive(Clone)]
pub struct Room {
    /// For what it takes.
    pub admission: Admission,
    /// For its turn.
    pub places: Places,
}

/// What one piece of work takes up; free when dropped.
pub struct Stay {
    permit: Permit,
    /// None while the work waits for room.
    place: Option<Place>,
    places: Places,
}

impl Room {
    /// Begins work that was admitted and has a place.
    pub fn stay(&self, permit: Permit, place: Place) -> Stay {
        Stay { permit, place: Some(place), places: self.places.clone() }
    }
}

impl Stay {
    /// Raises what the work takes to that cost, however long there is no room.
    pub async fn raise(&mut self, cost: Cost) {
        if self.permit.raise(cost).is_ok() {
            return;
        }
        self.place = None;
        self.permit.wait_for(cost).await;
        self.come_back().await;
    }

    /// Raises what the work takes to that cost, or says what was short if there is no room for so long.
    pub async fn raise_within(&mut self, time: Duration, cost: Cost) -> Result<(), Overload> {
        let Err(overload) = self.permit.raise(cost) else { return Ok(()) };
        self.place = None;
        tokio::time::timeout(time, self.permit.wait_for(cost)).await.map_err(|_| overload)?;
        self.come_back().await;
        Ok(())
    }

    /// Ends the work at its place, and returns what it takes until its outcome has gone.
    pub fn into_permit(self) -> Permit {
        self.permit
    }

    async fn come_back(&mut self) {
        self.place = Some(self.places.take_again(self.permit.lane()).await);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room() -> Room {
        let admission = Admission::new(Cost { bytes: 1_000, tokens: 100 });
        Room { admission, places: Places::new(1, 1) }
    }

    /// Polls work once, so that it goes as far as it can.
    async fn goes_on<F: Future>(work: std::pin::Pin<&mut F>) -> Option<F::Output> {
        tokio::select! {
            biased;
            outcome = work => Some(outcome),
            () = std::future::ready(()) => None,
        }
    }

    #[tokio::test]
    async fn who_waits_for_room_holds_no_place_and_takes_one_again() {
        let room = room();
        let busy = room.admission.admit_bulk(Cost::of_bytes(300)).unwrap();
        let permit = room.admission.admit_bulk(Cost::of_bytes(100)).unwrap();
        let mut stay = room.stay(permit, room.places.take_for_submission().await);
        let mut raising = Box::pin(stay.raise(Cost::of_bytes(700)));
        assert!(goes_on(raising.as_mut()).await.is_none());
        let call = room.places.take().await.unwrap();
        drop(busy);
        assert!(goes_on(raising.as_mut()).await.is_none(), "there is room, and a call at the place");
        drop(call);
        raising.await;
        assert_eq!(room.admission.in_use().bytes, 700);
        let mut next = Box::pin(room.places.take());
        assert!(goes_on(next.as_mut()).await.is_none());
        let permit = stay.into_permit();
        assert!(next.await.is_ok(), "the place is free before the room is");
        assert_eq!(room.admission.in_use().bytes, 700);
        drop(permit);
        assert_eq!(room.admission.in_use(), Cost::default());
    }

    #[tokio::test]
    async fn a_call_waits_so_long_and_is_refused_then() {
        let room = room();
        let busy = room.admission.admit(Cost::of_bytes(600)).unwrap();
        let begin = async || {
            let permit = room.admission.admit(Cost::of_bytes(100)).unwrap();
            room.stay(permit, room.places.take().await.unwrap())
        };
        let mut stay = begin().await;
        let soon = Duration::from_millis(10);
        let short = stay.raise_within(soon, Cost::of_bytes(900)).await.unwrap_err();
        assert_eq!((short.asked, short.in_use, short.limit), (800, 700, 1_000));
        drop(stay);
        let mut stay = begin().await;
        let mut raising = Box::pin(stay.raise_within(Duration::from_secs(60), Cost::of_bytes(900)));
        assert!(goes_on(raising.as_mut()).await.is_none());
        drop(busy);
        raising.await.unwrap();
        assert_eq!(room.admission.in_use().bytes, 900);
    }
}
