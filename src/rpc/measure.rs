//! Counts every call, refused ones included: how long it took and how it ended.

use std::time::Instant;

use http::Response;
use tonic::body::Body;
use tonic::{Code, Status};

use super::around::Around;
use super::outcome::telling;
use super::reasons::code_name;
use crate::access::methods::METHODS;
use crate::metrics::{CALL_DURATION, CALLS};

/// Counts calls.
#[derive(Debug, Clone, Copy)]
pub struct Measure;

/// A call that is running; counted when it ends, however it ends.
pub struct Running {
    method: &'static str,
    begun: Instant,
    code: Code,
}

impl Running {
    fn new(path: &str) -> Self {
        metrics::gauge!(CALLS).increment(1.0);
        // A path that is no method is the caller's own text and no label.
        let known = METHODS.iter().find(|(known, _)| *known == path);
        let method = known.map_or("_OTHER", |(known, _)| known.trim_start_matches('/'));
        Self { method, begun: Instant::now(), code: Code::Cancelled }
    }

    fn end(mut self, code: Code) {
        self.code = code;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        metrics::gauge!(CALLS).decrement(1.0);
        let labels = [("rpc_method", self.method), ("rpc_response_status_code", code_name(self.code))];
        metrics::histogram!(CALL_DURATION, &labels).record(self.begun.elapsed().as_secs_f64());
    }
}

impl Around for Measure {
    type Kept = Running;

    fn before(&self, path: &str) -> Result<Running, Status> {
        Ok(Running::new(path))
    }

    fn after(running: Running, answer: Response<Body>) -> Response<Body> {
        telling(answer, Box::new(move |code| running.end(code)))
    }
}
