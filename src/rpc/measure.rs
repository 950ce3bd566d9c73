//! Counts every call, refused ones included: how long it took and how it ended.
//!
//! Alerts about calls that fail read a counter of their own, which is there from the start for every method
//! ([`begin`]): as distributions the same would be eighteen series each.

use std::time::Instant;

use http::Response;
use tonic::body::Body;
use tonic::{Code, Status};

use super::around::Around;
use super::outcome::telling;
use super::reasons::code_name;
use crate::access::methods::METHODS;
use crate::metrics::{CALL_DURATION, CALLS, CALLS_FAILED};

/// What a method that does not exist is counted as.
const OTHER: &str = "_OTHER";

/// Codes that alerts are about: the service failed, or had no time or room.
const FAILED: [Code; 5] =
    [Code::Internal, Code::Unknown, Code::Unavailable, Code::DeadlineExceeded, Code::ResourceExhausted];

/// Begins the counter of failed calls at 0, so that the first of a kind is an increase.
pub(crate) fn begin() {
    let methods = METHODS.iter().map(|(path, _)| method_name(path)).chain([OTHER]);
    for method in methods {
        for code in FAILED {
            metrics::counter!(CALLS_FAILED, &labels(method, code)).increment(0);
        }
    }
}

fn method_name(path: &'static str) -> &'static str {
    path.trim_start_matches('/')
}

fn labels(method: &'static str, code: Code) -> [(&'static str, &'static str); 2] {
    [("rpc_method", method), ("rpc_response_status_code", code_name(code))]
}

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
        let method = known.map_or(OTHER, |(known, _)| method_name(known));
        Self { method, begun: Instant::now(), code: Code::Cancelled }
    }

    fn end(mut self, code: Code) {
        self.code = code;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        metrics::gauge!(CALLS).decrement(1.0);
        let labels = labels(self.method, self.code);
        metrics::histogram!(CALL_DURATION, &labels).record(self.begun.elapsed().as_secs_f64());
        if FAILED.contains(&self.code) {
            metrics::counter!(CALLS_FAILED, &labels).increment(1);
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::tests::with_figures;

    #[test]
    fn the_first_call_that_fails_is_an_increase() {
        let series = |method: &str, code: &str, number: u64| {
            format!(
                "{CALLS_FAILED}{{rpc_method=\"{method}\",rpc_response_status_code=\"{code}\"}} {number}\n"
            )
        };
        let get = "eia.screening.v1.ScreeningService/GetScreening";
        with_figures(|handle| {
            begin();
            let before = handle.render();
            assert!(before.contains(&series(get, "INTERNAL", 0)), "{before}");
            assert!(before.contains(&series(OTHER, "UNAVAILABLE", 0)), "{before}");
            for code in [Code::Internal, Code::Ok, Code::NotFound] {
                Running::new("/eia.screening.v1.ScreeningService/GetScreening").end(code);
            }
            let after = handle.render();
            assert!(after.contains(&series(get, "INTERNAL", 1)), "{after}");
            let counted = |text: &str| text.lines().filter(|line| line.starts_with(CALLS_FAILED)).count();
            assert_eq!(counted(&before), (METHODS.len() + 1) * FAILED.len());
            assert_eq!(counted(&after), counted(&before), "calls that do not fail are not counted here");
        });
    }
}
