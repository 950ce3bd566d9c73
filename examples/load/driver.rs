//! Measures what a server can do, sends it more than that, and says how it took it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tonic::{Code, Status};

use super::acknowledged::Acknowledged;
use super::calls::Client;
use super::memory::{self, Sample};

/// What is sent, and for how long.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Searches of the measurement without load.
    pub unloaded: usize,
    /// Time for measuring the capacity.
    pub measuring: Duration,
    /// Screenings under way while the capacity is measured.
    pub parallel: usize,
    /// Time under load.
    pub load: Duration,
    /// Times the measured rate of screenings.
    pub factor: f64,
    /// Searches per second beside the screenings.
    pub searches: f64,
    /// Verdicts per second beside the screenings.
    pub verdicts: f64,
    /// Process of the server.
    pub pid: Option<u32>,
    /// Whether the server is stopped by SIGTERM at the end, while calls are still coming.
    pub stop: bool,
}

/// What became of the calls of one kind.
#[derive(Debug, Default, Clone)]
pub struct Outcomes {
    /// Calls by code.
    pub codes: BTreeMap<String, usize>,
    /// Seconds of the calls that succeeded, ascending.
    pub seconds: Vec<f64>,
    /// Longest refusal.
    pub refused: f64,
    /// An example of each code but OK.
    pub examples: BTreeMap<String, String>,
}

impl Outcomes {
    /// Returns a quantile of the latencies in milliseconds; not a number if nothing succeeded.
    pub fn quantile(&self, share: f64) -> f64 {
        let position = (share * self.seconds.len() as f64).ceil() as usize;
        1000.0 * self.seconds.get(position.saturating_sub(1)).copied().unwrap_or(f64::NAN)
    }
}

/// How the server took it.
#[derive(Debug, Default)]
pub struct Result {
    /// Screenings a second that it finishes when it always has some to do.
    pub capacity: f64,
    /// What became of the calls, by kind; those sent after the signal to stop have kinds of their own.
    pub outcomes: BTreeMap<String, Outcomes>,
    /// Its memory.
    pub samples: Vec<Sample>,
    /// Seconds from the signal to the end of the process.
    pub stopped_after: Option<f64>,
}

#[derive(Clone)]
struct Driver {
    client: Client,
    outcomes: Arc<Mutex<BTreeMap<String, Outcomes>>>,
    acknowledged: Arc<Acknowledged>,
    stopping: Arc<AtomicBool>,
}

impl Driver {
    async fn timed<T>(
        &self,
        kind: &str,
        call: impl Future<Output = std::result::Result<T, Status>>,
    ) -> Option<T> {
        let begun = Instant::now();
        let outcome = call.await;
        let seconds = begun.elapsed().as_secs_f64();
        let is_stopping = self.stopping.load(Ordering::Relaxed);
        let kind = if is_stopping { format!("{kind}, stopping") } else { kind.to_owned() };
        let mut outcomes = self.outcomes.lock().unwrap();
        let of_kind = outcomes.entry(kind).or_default();
        match &outcome {
            Ok(_) => of_kind.seconds.push(seconds),
            Err(status) => {
                of_kind.refused = of_kind.refused.max(seconds);
                of_kind.examples.entry(format!("{:?}", status.code())).or_insert(status.to_string());
            }
        }
        let code = outcome.as_ref().err().map_or(Code::Ok, Status::code);
        *of_kind.codes.entry(format!("{code:?}")).or_default() += 1;
        outcome.ok()
    }

    async fn capacity(&self, plan: &Plan) -> f64 {
        let begun = Instant::now();
        let workers = (0..plan.parallel).map(|worker| {
            let (driver, time) = (self.clone(), plan.measuring);
            tokio::spawn(async move {
                let mut done = 0;
                while begun.elapsed() < time {
                    let number = 1_000_000 * (worker + 1) + done;
                    done += usize::from(
                        driver.timed("screen, measuring", driver.client.screen(number)).await.is_some(),
                    );
                }
                done
            })
        });
        let mut done = 0;
        for worker in workers.collect::<Vec<_>>() {
            done += worker.await.unwrap_or(0);
        }
        done as f64 / begun.elapsed().as_secs_f64()
    }

    fn screening(&self, number: usize) {
        let driver = self.clone();
        tokio::spawn(async move {
            if number % 4 == 3 {
                if let Some(name) = driver.timed("submit", driver.client.submit(number)).await {
                    driver.acknowledged.submission(&name);
                }
            } else if let Some(screening) = driver.timed("screen", driver.client.screen(number)).await {
                driver.acknowledged.screening(&screening.name);
            }
        });
    }

    fn search(&self) {
        let driver = self.clone();
        tokio::spawn(async move { driver.timed("search", driver.client.search()).await });
    }

    fn verdict(&self, (screening, finding): (String, String)) {
        let driver = self.clone();
        tokio::spawn(async move {
            let call = driver.client.verdict(&screening, &finding);
            if let Some(name) = driver.timed("verdict", call).await {
                driver.acknowledged.verdict(&screening, &name);
            }
        });
    }
}

/// Calls `begin` at that rate, whether or not earlier calls have been answered.
async fn every(rate: f64, until: Instant, mut begin: impl FnMut(usize)) {
    if rate <= 0.0 {
        return;
    }
    let mut ticks = tokio::time::interval(Duration::from_secs_f64(1.0 / rate));
    let mut number = 0;
    while Instant::now() < until {
        ticks.tick().await;
        begin(number);
        number += 1;
    }
}

/// Runs the plan. What is acknowledged on the way is noted.
pub async fn run(client: Client, plan: &Plan, acknowledged: Arc<Acknowledged>) -> anyhow::Result<Result> {
    let driver = Driver { client, outcomes: Arc::default(), acknowledged, stopping: Arc::default() };
    let screening = driver.client.screen(0).await?;
    let report = screening.report.unwrap_or_default();
    let findings: Vec<String> = report.completeness.into_iter().map(|found| found.requirement_id).collect();
    anyhow::ensure!(!findings.is_empty(), "the screening has no finding to decide about");
    let decided = |number: usize| (screening.name.clone(), findings[number % findings.len()].clone());
    for _ in 0..plan.unloaded {
        driver.timed("search, unloaded", driver.client.search()).await;
    }
    let capacity = driver.capacity(plan).await;
    let begun = Instant::now();
    let signal = begun + plan.load;
    // Calls go on coming for a while after the signal.
    let until = if plan.stop { signal + Duration::from_secs(2) } else { signal };
    let screenings = every(capacity * plan.factor, until, |number| driver.screening(number));
    let searches = every(plan.searches, until, |_| driver.search());
    let verdicts = every(plan.verdicts, until, |number| driver.verdict(decided(number)));
    let watching = watch(plan.pid, begun, signal);
    let stopping = stop(plan, signal, &driver.stopping);
    let ((), (), (), samples, stopped_after) =
        tokio::join!(screenings, searches, verdicts, watching, stopping);
    if !plan.stop {
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    let mut outcomes = std::mem::take(&mut *driver.outcomes.lock().unwrap());
    for of_kind in outcomes.values_mut() {
        of_kind.seconds.sort_by(f64::total_cmp);
    }
    Ok(Result { capacity, outcomes, samples, stopped_after })
}

async fn watch(pid: Option<u32>, begun: Instant, until: Instant) -> Vec<Sample> {
    let mut samples = Vec::new();
    let Some(pid) = pid else { return samples };
    // Readers of files live for fractions of a second.
    let mut ticks = tokio::time::interval(Duration::from_millis(250));
    while Instant::now() < until {
        ticks.tick().await;
        let seconds = begun.elapsed().as_secs_f64();
        let sampled = tokio::task::spawn_blocking(move || memory::sample(pid, seconds)).await;
        samples.extend(sampled.ok().flatten());
    }
    samples
}

/// Sends the signal and waits for the end; returns how long it took.
async fn stop(plan: &Plan, at: Instant, stopping: &AtomicBool) -> Option<f64> {
    let pid = plan.pid.filter(|_| plan.stop)?;
    tokio::time::sleep_until(at.into()).await;
    stopping.store(true, Ordering::Relaxed);
    let process = rustix::process::Pid::from_raw(i32::try_from(pid).ok()?)?;
    rustix::process::kill_process(process, rustix::process::Signal::TERM).ok()?;
    let begun = Instant::now();
    while memory::is_running(pid) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Some(begun.elapsed().as_secs_f64())
}
