//! A caller that takes too much is refused, behind the layer that recognised it.

use std::time::Instant;

use http::Response;
use tonic::Status;
use tonic::body::Body;

use super::around::Around;
use super::deadline::{Class, class_of};
use super::outcome::telling;
use super::status;
use crate::access::Caller;
use crate::access::allowance::{Allowance, Document, Exceeded};
use crate::metrics::EXCEEDED;

/// Refuses callers that take too much.
#[derive(Clone)]
pub struct LimitCallers {
    /// What callers may take.
    pub allowance: Allowance,
}

impl LimitCallers {
    fn count(&self, caller: &Caller, path: &str) -> Result<Option<Document>, Exceeded> {
        let now = Instant::now();
        self.allowance.call(caller, now)?;
        if class_of(path) == Some(Class::Document) { self.allowance.document(caller, now) } else { Ok(None) }
    }
}

impl Around for LimitCallers {
    type Kept = Option<Document>;

    fn before(&self, path: &str) -> Result<Self::Kept, Status> {
        let Some(caller) = Caller::current() else { return Ok(None) };
        self.count(&caller, path).map_err(|exceeded| {
            metrics::counter!(EXCEEDED, "limit" => exceeded.limit()).increment(1);
            status::exceeded(&exceeded)
        })
    }

    /// An upload that is answered by a stream lasts as long as the stream.
    fn after(counted: Self::Kept, answer: Response<Body>) -> Response<Body> {
        telling(answer, Box::new(move |_| drop(counted)))
    }
}
