//! Puts a running server under more load than it can carry and says how it took it.
//!
//! ```text
//! cargo run --release --example load -- --seconds 600 --pid $(pidof eia-screen)
//! ```
//!
//! First it measures: the latency of searches with nothing else to do, and how many screenings a second the
//! server finishes when it always has some to do. Then, for the time given, it sends screenings at `factor`
//! times that rate, every fourth of them submitted, and searches and verdicts beside them, whether or not
//! earlier calls have been answered. It prints calls by code, latencies of those that succeeded, and the
//! memory of the server and of the processes in which it reads files.
//!
//! With `--stop` the server is then stopped by SIGTERM while calls are still coming. What was acknowledged
//! is written to `--acknowledged FILE`; with `--check FILE` the program looks for all of it, after the
//! server was started again.

mod acknowledged;
mod calls;
mod driver;
mod memory;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use acknowledged::Acknowledged;
use clap::Parser;

/// Load on a server.
#[derive(Parser)]
struct Arguments {
    /// Address of the server.
    #[arg(long, default_value = "http://127.0.0.1:50051")]
    server: String,
    /// Text file to screen; every screening adds a line of its own, so that none is a repetition.
    #[arg(long, default_value = "samples/report.md")]
    file: PathBuf,
    /// Different documents that are sent, again and again; 0 for no repetition. With a number the archive
    /// stops growing when all have been stored, so that what grows afterwards is not the archive.
    #[arg(long, default_value_t = 0)]
    documents: usize,
    /// Rule pack.
    #[arg(long, default_value = "eu")]
    pack: String,
    /// Seconds for measuring the capacity.
    #[arg(long, default_value_t = 20)]
    measure: u64,
    /// Seconds under load.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Seconds of the load that are left out when growth of memory is judged.
    #[arg(long, default_value_t = 60)]
    warm_up: u64,
    /// Times the measured rate of screenings.
    #[arg(long, default_value_t = 1.5)]
    factor: f64,
    /// Searches per second beside the screenings.
    #[arg(long, default_value_t = 5.0)]
    searches: f64,
    /// Verdicts per second beside the screenings.
    #[arg(long, default_value_t = 2.0)]
    verdicts: f64,
    /// Process of the server, to read its memory.
    #[arg(long)]
    pid: Option<u32>,
    /// Stops the server by SIGTERM at the end; needs `--pid`.
    #[arg(long, requires = "pid")]
    stop: bool,
    /// Writes what was acknowledged into a file.
    #[arg(long)]
    acknowledged: Option<PathBuf>,
    /// Looks for what a file says was acknowledged, and does nothing else.
    #[arg(long)]
    check: Option<PathBuf>,
}

fn print(result: &driver::Result, warm_up: Duration) {
    println!("capacity: {:.2} screenings a second", result.capacity);
    println!("{:<18}{:>9}{:>9}{:>9}{:>9}  by code", "", "p50 ms", "p95 ms", "p99 ms", "max ms");
    for (kind, of_kind) in &result.outcomes {
        let at = |share| of_kind.quantile(share);
        println!(
            "{kind:<18}{:>9.1}{:>9.1}{:>9.1}{:>9.1}  {:?}, refused within {:.1} ms",
            at(0.5),
            at(0.95),
            at(0.99),
            at(1.0),
            of_kind.codes,
            1000.0 * of_kind.refused
        );
        for example in of_kind.examples.values() {
            println!("    {}", example.chars().take(300).collect::<String>());
        }
    }
    let p99 = |kind: &str| result.outcomes.get(kind).map_or(f64::NAN, |of_kind| of_kind.quantile(0.99));
    println!("p99 of searches under load / without: {:.2}", p99("search") / p99("search, unloaded"));
    for sample in result.samples.iter().step_by((result.samples.len() / 12).max(1)) {
        println!(
            "memory after {:>4.0} s: server {:>6.1} MiB, its own {:>6.1} MiB, readers {:>6.1} MiB",
            sample.seconds, sample.server, sample.own, sample.children
        );
    }
    match memory::growth(&result.samples, warm_up) {
        Some(growth) => println!(
            "memory of its own after the warm-up: first fifth {:.1} MiB, last fifth {:.1} MiB, slope {:.2} MiB a \
             minute; peaks: server {:.1} MiB, with readers {:.1} MiB, largest reader {:.1} MiB",
            growth.first, growth.last, growth.slope, growth.server_peak, growth.peak, growth.largest_child
        ),
        None => println!("memory: too few samples after the warm-up"),
    }
    if let Some(seconds) = result.stopped_after {
        println!("stopped {seconds:.2} s after SIGTERM");
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let text = std::fs::read_to_string(&arguments.file)?;
    println!("document: {:.1} KiB", text.len() as f64 / 1024.0);
    let client =
        calls::Client::connect(&arguments.server, text, &arguments.pack, arguments.documents).await?;
    if let Some(file) = &arguments.check {
        let lines: Vec<String> = std::fs::read_to_string(file)?.lines().map(str::to_owned).collect();
        let (outcomes, lost) = acknowledged::check(&client, &lines).await;
        println!("acknowledged: {outcomes:?}");
        anyhow::ensure!(lost.is_empty(), "lost: {lost:?}");
        return Ok(());
    }
    let plan = driver::Plan {
        unloaded: 200,
        measuring: Duration::from_secs(arguments.measure),
        parallel: 4,
        load: Duration::from_secs(arguments.seconds),
        factor: arguments.factor,
        searches: arguments.searches,
        verdicts: arguments.verdicts,
        pid: arguments.pid,
        stop: arguments.stop,
    };
    let acknowledged = Arc::new(Acknowledged::default());
    let result = driver::run(client, &plan, Arc::clone(&acknowledged)).await?;
    print(&result, Duration::from_secs(arguments.warm_up));
    if let Some(file) = &arguments.acknowledged {
        std::fs::write(file, acknowledged.lines().join("\n") + "\n")?;
    }
    Ok(())
}
