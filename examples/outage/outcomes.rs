//! What callers met, by what had happened before their call.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Instant;

use tonic::Code;

/// All calls.
#[derive(Default)]
pub struct Outcomes(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    begun: Option<Instant>,
    phases: Vec<(String, Instant)>,
    calls: BTreeMap<(usize, &'static str), Calls>,
}

/// Calls of a kind in a phase.
#[derive(Default)]
struct Calls {
    /// Seconds of those that succeeded, repetitions and pauses included.
    seconds: Vec<f64>,
    /// Those that did not, by code.
    failed: BTreeMap<String, usize>,
    /// Attempts that failed, by code.
    attempts: BTreeMap<String, usize>,
    /// When the last attempt failed, in seconds after the beginning of the phase.
    last_failure: f64,
}

impl Outcomes {
    /// Begins the first phase.
    pub fn begin(&self, now: Instant) {
        let mut inner = self.0.lock().unwrap();
        inner.begun = Some(now);
        inner.phases = vec![("before".to_owned(), now)];
        inner.calls.clear();
    }

    /// Begins a phase.
    pub fn phase(&self, name: &str) {
        self.0.lock().unwrap().phases.push((name.to_owned(), Instant::now()));
    }

    /// Counts an attempt that failed.
    pub fn attempt(&self, kind: &'static str, code: Code) {
        let mut inner = self.0.lock().unwrap();
        let Some(phase) = inner.phases.len().checked_sub(1) else { return };
        let since = inner.phases[phase].1.elapsed().as_secs_f64();
        let calls = inner.calls.entry((phase, kind)).or_default();
        *calls.attempts.entry(format!("{code:?}")).or_default() += 1;
        calls.last_failure = since;
    }

    /// Counts a call; it belongs to the phase in which it was begun.
    pub fn call(&self, kind: &'static str, begun: Instant, outcome: Result<(), &str>) {
        let mut inner = self.0.lock().unwrap();
        let Some(phase) = inner.phases.iter().rposition(|(_, since)| *since <= begun) else { return };
        let calls = inner.calls.entry((phase, kind)).or_default();
        match outcome {
            Ok(()) => calls.seconds.push(begun.elapsed().as_secs_f64()),
            Err(code) => *calls.failed.entry(code.to_owned()).or_default() += 1,
        }
    }

    /// Prints a table per phase.
    pub fn print(&self) {
        let mut inner = self.0.lock().unwrap();
        let Inner { begun, phases, calls } = &mut *inner;
        for (phase, (name, since)) in phases.iter().enumerate() {
            let at = begun.map_or(0.0, |begun| since.duration_since(begun).as_secs_f64());
            println!("\n{name} (from {at:.0} s on)");
            println!(
                "{:<12}{:>7}{:>9}{:>9}{:>9}{:>9}  failed; attempts that failed, last of them",
                "", "calls", "p50 ms", "p95 ms", "p99 ms", "max ms"
            );
            for ((_, kind), calls) in calls.range_mut((phase, "")..(phase + 1, "")) {
                calls.seconds.sort_by(f64::total_cmp);
                let at = |share: f64| {
                    let position = (share * calls.seconds.len() as f64).ceil() as usize;
                    1000.0 * calls.seconds.get(position.saturating_sub(1)).copied().unwrap_or(f64::NAN)
                };
                let all = calls.seconds.len() + calls.failed.values().sum::<usize>();
                let last = if calls.attempts.is_empty() {
                    String::new()
                } else {
                    format!(", {:.1} s", calls.last_failure)
                };
                println!(
                    "{kind:<12}{all:>7}{:>9.1}{:>9.1}{:>9.1}{:>9.1}  {:?}; {:?}{last}",
                    at(0.5),
                    at(0.95),
                    at(0.99),
                    at(1.0),
                    calls.failed,
                    calls.attempts,
                );
            }
        }
    }
}
