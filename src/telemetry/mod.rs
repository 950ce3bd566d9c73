//! Logs: text on standard error, filtered by `EIA_SCREEN_LOG` or the verbosity of the command line.
//!
//! Document text, names and secrets never enter a log line; values go into fields. With the feature `otel`
//! the spans of calls and stages are sent to a collector as well, if the environment names one.

#[cfg(feature = "otel")]
pub mod traces;

use std::io::IsTerminal;

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

/// Environment variable with a filter in `tracing-subscriber` syntax, e.g. `eia_screen=debug`.
pub const FILTER_VARIABLE: &str = "EIA_SCREEN_LOG";
/// Environment variable; `json` turns log lines into JSON.
pub const FORMAT_VARIABLE: &str = "EIA_SCREEN_LOG_FORMAT";

/// Logs and traces; what is still to be sent is sent when it is dropped.
#[must_use]
pub struct Telemetry {
    #[cfg(feature = "otel")]
    _traces: Option<traces::Traces>,
}

/// Starts logging; a second call in the same process changes nothing.
pub fn start(verbose: u8) -> Telemetry {
    std::panic::set_hook(Box::new(log_panic));
    let level = match verbose {
        // The engine warns about flags that only its server sets; what the PDF reader complains of
        // stands in the report where it matters.
        0 => "warn,qdrant_edge=error,pdf_oxide=off",
        1 => "warn,qdrant_edge=error,pdf_oxide=off,eia_screen=info",
        _ => "info,eia_screen=debug",
    };
    let filter = EnvFilter::try_from_env(FILTER_VARIABLE).unwrap_or_else(|_| EnvFilter::new(level));
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let lines = if std::env::var(FORMAT_VARIABLE).is_ok_and(|format| format == "json") {
        lines.json().boxed()
    } else {
        lines.boxed()
    };
    let logs = tracing_subscriber::registry().with(lines.with_filter(filter));
    #[cfg(feature = "otel")]
    let (traces, problem) = match traces::Traces::start() {
        Ok(traces) => (traces, None),
        Err(problem) => (None, Some(problem)),
    };
    #[cfg(feature = "otel")]
    let logs = logs.with(traces.as_ref().map(traces::Traces::layer));
    if logs.try_init().is_err() {
        // Tests start several commands in one process; the first subscriber stays.
        tracing::debug!("logging was started before");
    }
    #[cfg(feature = "otel")]
    if let Some(problem) = problem {
        tracing::error!(problem, "no traces are sent");
    }
    Telemetry {
        #[cfg(feature = "otel")]
        _traces: traces,
    }
}

/// Turns a panic into one log line that has the place and not the message: slicing a text quotes it, and it may be
/// of a document. Those of the PDF reader are caught and end as *not examined* in the report.
fn log_panic(panic: &std::panic::PanicHookInfo<'_>) {
    metrics::counter!(crate::metrics::PANICS).increment(1);
    crate::contain::note(panic);
    let location = panic.location().map(ToString::to_string).unwrap_or_default();
    let thread = std::thread::current();
    if thread.name() == Some(crate::ingest::READER_THREAD) {
        tracing::debug!(location, "the PDF reader broke down");
        return;
    }
    let backtrace = std::backtrace::Backtrace::capture();
    tracing::error!(location, thread = thread.name(), %backtrace, "panic");
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// Set in a process of its own: the hook is for the whole process.
    const INSIDE: &str = "EIA_SCREEN_TEST_PANIC";

    #[test]
    fn a_panic_leaves_its_place_in_the_log_and_not_what_it_said() {
        if std::env::var_os(INSIDE).is_some() {
            let _telemetry = start(0);
            let text = "Тоғ-кон";
            let said = crate::contain::contain(|| text[..1].len()).unwrap_err();
            assert!(said.contains("src/telemetry/mod.rs:"), "{said}");
            return;
        }
        let name = "telemetry::tests::a_panic_leaves_its_place_in_the_log_and_not_what_it_said";
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture", "--test-threads=1"])
            .env(INSIDE, "1")
            .env_remove(FILTER_VARIABLE)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&child.stdout) + String::from_utf8_lossy(&child.stderr);
        assert!(child.status.success() && said.contains("1 passed"), "{said}");
        assert!(said.contains("src/telemetry/mod.rs:") && !said.contains("Тоғ"), "{said}");
    }
}
