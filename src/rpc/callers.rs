//! A caller with too many documents under way is refused, behind the layer that recognised it and counted its call.

use std::time::Instant;

use http::Response;
use tonic::Status;
use tonic::body::Body;

use super::around::Around;
use super::deadline::{Class, class_of};
use super::outcome::telling;
use super::status;
use crate::access::Caller;
use crate::access::allowance::{Allowance, Document};
use crate::metrics::EXCEEDED;

/// Refuses callers with too many documents under way.
#[derive(Clone)]
pub struct LimitCallers {
    /// What callers may take.
    pub allowance: Allowance,
}

impl Around for LimitCallers {
    type Kept = Option<Document>;

    fn before(&self, path: &str) -> Result<Self::Kept, Status> {
        if class_of(path) != Some(Class::Document) {
            return Ok(None);
        }
        let Some(caller) = Caller::current() else { return Ok(None) };
        self.allowance.document(&caller, Instant::now()).map_err(|exceeded| {
            metrics::counter!(EXCEEDED, "limit" => exceeded.limit()).increment(1);
            status::exceeded(&exceeded)
        })
    }

    /// An upload that is answered by a stream lasts as long as the stream.
    fn after(counted: Self::Kept, answer: Response<Body>) -> Response<Body> {
        telling(answer, Box::new(move |_| drop(counted)))
    }
}
