//! Puts replicas of the service under an even load, lets things happen to what is behind them, and says
//! what callers met and whether anything acknowledged was lost or done twice.
//!
//! ```text
//! cargo run --release --example outage -- --server http://127.0.0.1:50051 --server http://127.0.0.1:50052 \
//!     --seconds 90 --event '30:node 3 killed:kill -9 4711' --event '50:node 3 started:./start 3'
//! ```
//!
//! Calls of five kinds are begun at fixed rates, whether or not earlier ones were answered. Each is what a
//! client with the shipped service configuration does: another replica is asked at every attempt, and
//! UNAVAILABLE is repeated. What was written through one replica is read at once through another one. In
//! the end everything acknowledged is read again: it must be there, once.

mod calls;
mod outcomes;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use calls::Client;
use clap::Parser;
use outcomes::Outcomes;

/// Load on replicas while something happens.
#[derive(Parser)]
struct Arguments {
    /// Address of a replica; give all of them.
    #[arg(long, required = true)]
    server: Vec<String>,
    /// Time under load.
    #[arg(long, default_value_t = 90)]
    seconds: u64,
    /// What happens when: SECONDS:NAME:COMMAND of a shell.
    #[arg(long)]
    event: Vec<String>,
    /// Searches a second.
    #[arg(long, default_value_t = 10.0)]
    searches: f64,
    /// Imports of small cases a second.
    #[arg(long, default_value_t = 2.0)]
    imports: f64,
    /// Verdicts a second.
    #[arg(long, default_value_t = 5.0)]
    verdicts: f64,
    /// Submitted screenings a second.
    #[arg(long, default_value_t = 1.0)]
    submissions: f64,
}

struct Event {
    at: Duration,
    name: String,
    command: String,
}

fn event(text: &str) -> anyhow::Result<Event> {
    let mut parts = text.splitn(3, ':');
    let (at, name, command) = (parts.next(), parts.next(), parts.next());
    let at = at.and_then(|at| at.parse().ok()).context("an event is SECONDS:NAME:COMMAND")?;
    Ok(Event {
        at: Duration::from_secs(at),
        name: name.context("an event has a name")?.to_owned(),
        command: command.context("an event has a command")?.to_owned(),
    })
}

/// Begins calls at a rate until the time is over, and waits for their ends.
async fn every<F>(rate: f64, until: Instant, begin: impl Fn(usize) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    if rate <= 0.0 {
        return;
    }
    let mut calls = tokio::task::JoinSet::new();
    let mut ticks = tokio::time::interval(Duration::from_secs_f64(1.0 / rate));
    let mut number = 0;
    while Instant::now() < until {
        ticks.tick().await;
        calls.spawn(begin(number));
        number += 1;
        while calls.try_join_next().is_some() {}
    }
    calls.join_all().await;
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let events = arguments.event.iter().map(|text| event(text)).collect::<anyhow::Result<Vec<_>>>()?;
    let outcomes = Arc::new(Outcomes::default());
    let client = Client::connect(&arguments.server, Arc::clone(&outcomes))?;
    let targets = Arc::new(client.prepare().await?);
    println!("prepared: {} screenings, {} findings each", targets.screenings.len(), targets.findings.len());
    let begun = Instant::now();
    outcomes.begin(begun);
    let until = begun + Duration::from_secs(arguments.seconds);
    let searches = every(arguments.searches, until, |_| {
        let client = client.clone();
        async move { client.search().await }
    });
    let imports = every(arguments.imports, until, |number| {
        let client = client.clone();
        async move { client.import(number).await }
    });
    let verdicts = every(arguments.verdicts, until, |number| {
        let (client, targets) = (client.clone(), Arc::clone(&targets));
        async move { client.verdict(&targets, number).await }
    });
    let submissions = every(arguments.submissions, until, |number| {
        let client = client.clone();
        async move { client.submit(number).await }
    });
    let happened = AtomicUsize::new(0);
    let happening = async {
        for event in &events {
            tokio::time::sleep_until((begun + event.at).into()).await;
            outcomes.phase(&event.name);
            let status = tokio::process::Command::new("sh").arg("-c").arg(&event.command).status().await;
            println!("{:>5.1} s  {}: {status:?}", begun.elapsed().as_secs_f64(), event.name);
            happened.fetch_add(usize::from(status.is_ok_and(|status| status.success())), Ordering::Relaxed);
        }
    };
    tokio::join!(searches, imports, verdicts, submissions, happening);
    anyhow::ensure!(happened.into_inner() == events.len(), "a command of an event failed");
    outcomes.print();
    let lost = client.check(&targets).await;
    anyhow::ensure!(lost == 0, "{lost} acknowledged things are not as they must be");
    println!("everything acknowledged is there, once");
    Ok(())
}
