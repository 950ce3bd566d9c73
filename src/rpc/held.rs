//! What an answer takes is held until it has been sent: a large report is in memory for as long as a client reads it.

use std::sync::Arc;

use http::Response;
use tonic::Status;
use tonic::body::Body;

use super::around::Around;
use super::outcome::telling;
use crate::admission::Permit;

/// Room of an answer; an extension of the response.
#[derive(Clone)]
struct Held {
    _permit: Arc<Permit>,
}

/// Makes an answer hold its room, if it needs any.
pub fn holding<T>(answer: T, permit: Option<Permit>) -> tonic::Response<T> {
    let mut response = tonic::Response::new(answer);
    if let Some(permit) = permit {
        response.extensions_mut().insert(Held { _permit: Arc::new(permit) });
    }
    response
}

/// Takes the room of answers from their extensions, which end before their bodies do.
#[derive(Clone)]
pub struct HoldRoom;

impl Around for HoldRoom {
    type Kept = ();

    fn before(&self, _: &str) -> Result<(), Status> {
        Ok(())
    }

    fn after((): (), mut answer: Response<Body>) -> Response<Body> {
        match answer.extensions_mut().remove::<Held>() {
            Some(held) => telling(answer, Box::new(move |_| drop(held))),
            None => answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admission::{Admission, Cost};

    #[test]
    fn room_is_free_when_the_answer_has_been_sent_and_not_before() {
        let admission = Admission::new(Cost { bytes: 100, tokens: 1 });
        let permit = admission.admit(Cost::of_bytes(100)).unwrap();
        let report = Body::new(axum::body::Body::from("a report"));
        let (_, body, extensions) = holding(report, Some(permit)).into_parts();
        let mut answer = Response::new(body);
        *answer.extensions_mut() = extensions;
        let answer = HoldRoom::after((), answer);
        let (head, body) = answer.into_parts();
        drop(head);
        assert_eq!(admission.in_use().bytes, 100);
        drop(body);
        assert_eq!(admission.in_use().bytes, 0);
    }
}
