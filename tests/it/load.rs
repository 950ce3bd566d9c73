//! More load than the program can carry, in short: what `examples/load` does for minutes.

#[path = "../../examples/load/acknowledged.rs"]
mod acknowledged;
#[path = "../../examples/load/calls.rs"]
mod calls;
#[path = "../../examples/load/driver.rs"]
mod driver;
#[path = "../../examples/load/memory.rs"]
mod memory;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::program::Server;

/// Seconds for calls in flight after a stop signal.
const DRAIN: f64 = 10.0;
/// Milliseconds that a search may wait for processors that are all busy.
const SLICES: f64 = 40.0;
/// How long the thread that watches for stalls of the machine sleeps at a time.
const NAP: Duration = Duration::from_millis(1);

/// Runs of which one has to show it. What other tests leave of the machine changes: where they end after the capacity
/// was measured there is no overload, and where they begin then everything waits for them.
const RUNS: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn overload_is_refused_searches_stay_quick_and_a_stop_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("archive");
    let text = std::fs::read_to_string("samples/report.md").unwrap();
    let spawn = || {
        Server::spawn_with(&data, |command| {
            command.env("EIA_SCREEN__SERVER__DRAIN_S", DRAIN.to_string());
            command.env("EIA_SCREEN__CONSOLE__LISTEN", "");
            // A short queue is full in this time also where other tests leave the server little of the machine.
            command.env("EIA_SCREEN__WORK__CALLS_WAITING", "2");
        })
    };
    let acknowledged = Arc::new(acknowledged::Acknowledged::default());
    for run in 1..=RUNS {
        let mut server = spawn();
        server.ready().await;
        let client = calls::Client::connect(&server.url, text.clone(), "eu", 0).await.unwrap();
        let plan = driver::Plan {
            unloaded: 100,
            measuring: Duration::from_secs(2),
            parallel: 4,
            load: Duration::from_secs(5),
            // Of capacity: far more than in the long run, so that the queue is full in this time.
            factor: 6.0,
            searches: 20.0,
            verdicts: 5.0,
            pid: Some(server.child.id()),
            stop: true,
        };
        let stalls = Stalls::watch();
        let result = driver::run(client, &plan, Arc::clone(&acknowledged)).await.unwrap();
        let stall = stalls.longest_ms();
        println!("{result:?}, longest stall {stall} ms");
        assert!(server.child.wait().unwrap().success());
        assert!(result.stopped_after.unwrap() < DRAIN, "{:?}", result.stopped_after);

        for (kind, of_kind) in result.outcomes.iter().filter(|(kind, _)| !kind.ends_with("stopping")) {
            let answered = |code: &str| of_kind.codes.get(code).copied().unwrap_or(0);
            let all: usize = of_kind.codes.values().sum();
            assert_eq!(answered("Ok") + answered("ResourceExhausted"), all, "{kind}: {of_kind:?}");
        }
        assert!(result.capacity > 0.0);
        let growth = memory::growth(&result.samples, Duration::from_secs(1)).unwrap();
        let peaks = [growth.server_peak, growth.peak, growth.largest_child];
        assert!(peaks.iter().all(|peak| *peak < 1024.0), "{growth:?}");
        match shown(&result, stall) {
            Ok(()) => break,
            Err(what) => assert!(run < RUNS, "{what}"),
        }
    }

    let server = spawn();
    server.ready().await;
    let client = calls::Client::connect(&server.url, text, "eu", 0).await.unwrap();
    let (outcomes, lost) = acknowledged::check(&client, &acknowledged.lines()).await;
    println!("{outcomes:?}");
    assert!(outcomes.len() >= 3 && lost.is_empty(), "{outcomes:?} {lost:?}");
}

/// Checks that a run was more than the server could carry, that some of each kind was done nevertheless, and that
/// searches were quick; an error says what was not so.
fn shown(result: &driver::Result, stall: f64) -> Result<(), String> {
    for (kind, of_kind) in result.outcomes.iter().filter(|(kind, _)| !kind.ends_with("stopping")) {
        if !of_kind.codes.contains_key("Ok") {
            return Err(format!("{kind}: {of_kind:?}"));
        }
    }
    let screenings = result.outcomes.get("screen");
    let refused = screenings.and_then(|of_kind| of_kind.codes.get("ResourceExhausted"));
    if refused.is_none_or(|refused| *refused == 0) {
        return Err("it was no overload".to_owned());
    }
    let p99 = |kind: &str| result.outcomes[kind].quantile(0.99);
    // A hundred searches without load on a machine with nothing else to do take a millisecond or two each;
    // below some time slices of the system the quotient says nothing. What the machine withholds even from a
    // thread that only sleeps is not the server's.
    let most = f64::max(5.0 * p99("search, unloaded"), SLICES) + stall;
    if p99("search") > most {
        return Err(format!("{} ms of {most} ms", p99("search")));
    }
    Ok(())
}

/// Watches how long the machine lets nobody run: a guest of a busy host stands still for fractions of a second.
struct Stalls {
    is_over: Arc<AtomicBool>,
    watcher: std::thread::JoinHandle<Duration>,
}

impl Stalls {
    fn watch() -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&is_over);
        let watcher = std::thread::spawn(move || {
            let mut longest = Duration::ZERO;
            while !over.load(Ordering::Relaxed) {
                let begun = Instant::now();
                std::thread::sleep(NAP);
                longest = longest.max(begun.elapsed().saturating_sub(NAP));
            }
            longest
        });
        Self { is_over, watcher }
    }

    fn longest_ms(self) -> f64 {
        self.is_over.store(true, Ordering::Relaxed);
        self.watcher.join().unwrap().as_secs_f64() * 1000.0
    }
}
