//! Puts a running server under more load than it can carry and says how it took it.
//!
//! ```text
//! cargo run --release --example load -- --seconds 60 --pid $(pidof eia-screen)
//! ```
//!
//! First it measures: the latency of searches with nothing else to do, and how many screenings a second
//! the server finishes when it always has some to do. Then, for the time given, it sends screenings at
//! `factor` times that rate, and searches and verdicts beside them, whether or not earlier calls have been
//! answered. It prints calls by code, latencies of those that succeeded, and the server's memory.
//!
//! Submissions that were acknowledged are written to `--acknowledged FILE`; with `--check FILE` the
//! program follows each of them to its end, e.g. after the server was stopped and started again.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use clap::Parser;
use eia_screen::rpc::v1;
use tokio_stream::StreamExt;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use v1::precedent_service_client::PrecedentServiceClient;
use v1::review_service_client::ReviewServiceClient;
use v1::screening_service_client::ScreeningServiceClient;

/// Load on a server.
#[derive(Parser)]
struct Arguments {
    /// Address of the server.
    #[arg(long, default_value = "http://127.0.0.1:50051")]
    server: String,
    /// Text file to screen; every screening adds a line of its own, so that none is a repetition.
    #[arg(long, default_value = "samples/report.md")]
    file: PathBuf,
    /// Rule pack.
    #[arg(long, default_value = "eu")]
    pack: String,
    /// Time under load.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
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
    /// Writes the names of acknowledged submissions into a file.
    #[arg(long)]
    acknowledged: Option<PathBuf>,
    /// Follows the submissions named in a file to their ends and does nothing else.
    #[arg(long)]
    check: Option<PathBuf>,
}

#[derive(Clone)]
struct Load {
    channel: Channel,
    text: Arc<String>,
    pack: String,
    run: u128,
    names: Arc<Mutex<Vec<String>>>,
    outcomes: Arc<Mutex<BTreeMap<&'static str, Outcomes>>>,
}

/// What became of the calls of one kind.
#[derive(Default)]
struct Outcomes {
    codes: BTreeMap<String, usize>,
    seconds: Vec<f64>,
}

impl Load {
    fn options(&self) -> v1::ScreeningOptions {
        v1::ScreeningOptions {
            document_name: "load.md".to_owned(),
            packs: vec![self.pack.clone()],
            submission_date: "2026-11-26".to_owned(),
            ..Default::default()
        }
    }

    fn document(&self, number: usize) -> Vec<Vec<u8>> {
        let text = format!("{}\n\nRun {} number {number}.\n", self.text, self.run);
        text.as_bytes().chunks(256 << 10).map(<[u8]>::to_vec).collect()
    }

    async fn screen(&self, number: usize) -> Result<String, Status> {
        use v1::screen_document_request::Part;
        let parts = self.document(number).into_iter().map(Part::Chunk);
        let message = |part| v1::ScreenDocumentRequest { part: Some(part), ..Default::default() };
        let messages: Vec<_> =
            std::iter::once(Part::Options(self.options())).chain(parts).map(message).collect();
        let mut client =
            ScreeningServiceClient::new(self.channel.clone()).max_decoding_message_size(64 << 20);
        let mut events =
            client.screen_document(within(tokio_stream::iter(messages), 120)).await?.into_inner();
        while let Some(event) = events.next().await {
            if let Some(v1::screen_document_response::Event::Screening(screening)) = event?.event {
                return Ok(screening.name);
            }
        }
        Err(Status::unknown("the stream ended without a screening"))
    }

    async fn submit(&self, number: usize) -> Result<String, Status> {
        use v1::submit_document_request::Part;
        let header = v1::SubmissionHeader { options: Some(self.options()), ..Default::default() };
        let parts = self.document(number).into_iter().map(Part::Chunk);
        let message = |part| v1::SubmitDocumentRequest { part: Some(part) };
        let messages: Vec<_> = std::iter::once(Part::Header(header)).chain(parts).map(message).collect();
        let mut client = ScreeningServiceClient::new(self.channel.clone());
        let screening = client.submit_document(within(tokio_stream::iter(messages), 60)).await?.into_inner();
        self.names.lock().unwrap().push(screening.name.clone());
        Ok(screening.name)
    }

    async fn search(&self) -> Result<(), Status> {
        let query = v1::SearchPrecedentsRequest {
            query: "dust and noise of a quarry near dwellings".to_owned(),
            page_size: 5,
            ..Default::default()
        };
        PrecedentServiceClient::new(self.channel.clone())
            .search_precedents(within(query, 30))
            .await
            .map(|_| ())
    }

    async fn verdict(&self, screening: &str, finding: &str) -> Result<(), Status> {
        let verdict = v1::Verdict {
            finding: finding.to_owned(),
            disposition: v1::Disposition::Accepted.into(),
            reviewer: "load".to_owned(),
            ..Default::default()
        };
        let request = v1::RecordVerdictRequest {
            parent: screening.to_owned(),
            verdict: Some(verdict),
            request_id: uuid::Uuid::new_v4().to_string(),
            ..Default::default()
        };
        ReviewServiceClient::new(self.channel.clone()).record_verdict(within(request, 30)).await.map(|_| ())
    }

    async fn timed<T>(&self, kind: &'static str, call: impl Future<Output = Result<T, Status>>) -> Option<T> {
        let begun = Instant::now();
        let outcome = call.await;
        let code = outcome.as_ref().err().map_or(Code::Ok, Status::code);
        let mut outcomes = self.outcomes.lock().unwrap();
        let of_kind = outcomes.entry(kind).or_default();
        *of_kind.codes.entry(format!("{code:?}")).or_default() += 1;
        if code == Code::Ok {
            of_kind.seconds.push(begun.elapsed().as_secs_f64());
        }
        outcome.ok()
    }

    /// Screenings a second that the server finishes with `parallel` always under way.
    async fn capacity(&self, parallel: usize, time: Duration) -> f64 {
        let begun = Instant::now();
        let workers = (0..parallel).map(|worker| {
            let load = self.clone();
            tokio::spawn(async move {
                let mut done = 0;
                while begun.elapsed() < time {
                    done += usize::from(load.screen(1_000_000 * (worker + 1) + done).await.is_ok());
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
}

fn within<T>(message: T, seconds: u64) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(Duration::from_secs(seconds));
    request
}

/// Resident memory of a process in MiB.
fn memory(pid: Option<u32>) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", pid?)).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
}

fn quantile(sorted: &[f64], share: f64) -> f64 {
    let position = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(position.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

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

async fn check(channel: Channel, file: &PathBuf) -> anyhow::Result<()> {
    let mut ends: BTreeMap<String, usize> = BTreeMap::new();
    for name in std::fs::read_to_string(file)?.lines() {
        let mut client = ScreeningServiceClient::new(channel.clone()).max_decoding_message_size(64 << 20);
        let request = v1::WatchScreeningRequest { name: name.to_owned() };
        let end = match client.watch_screening(within(request, 600)).await {
            Err(status) => format!("{:?}", status.code()),
            Ok(followed) => {
                let mut followed = followed.into_inner();
                let mut state = String::from("lost");
                while let Some(message) = followed.next().await {
                    state = match message {
                        Ok(message) => {
                            let screening = message.screening.unwrap_or_default();
                            let has_report = if screening.report.is_some() { " with a report" } else { "" };
                            format!("{:?}{has_report}", screening.state())
                        }
                        Err(status) => format!("{:?}", status.code()),
                    };
                }
                state
            }
        };
        *ends.entry(end).or_default() += 1;
    }
    println!("acknowledged submissions by their ends: {ends:?}");
    Ok(())
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let channel = Channel::from_shared(arguments.server.clone())?.connect().await?;
    if let Some(file) = &arguments.check {
        return check(channel, file).await;
    }
    let run = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_millis();
    let load = Load {
        channel,
        text: Arc::new(std::fs::read_to_string(&arguments.file)?),
        pack: arguments.pack.clone(),
        run,
        names: Arc::default(),
        outcomes: Arc::default(),
    };

    let screening = load.screen(0).await?;
    let mut client = ScreeningServiceClient::new(load.channel.clone()).max_decoding_message_size(64 << 20);
    let report =
        client.get_screening(v1::GetScreeningRequest { name: screening.clone() }).await?.into_inner();
    let finding = report
        .report
        .and_then(|report| report.completeness.into_iter().next())
        .map_or_else(String::new, |finding| finding.requirement_id);
    for _ in 0..200 {
        load.timed("search, unloaded", load.search()).await;
    }
    let capacity = load.capacity(3, Duration::from_secs(15)).await;
    println!("capacity: {capacity:.2} screenings a second of {} KiB each", load.text.len() / 1024);

    let (before, begun) = (memory(arguments.pid), Instant::now());
    let until = begun + Duration::from_secs(arguments.seconds);
    let rate = capacity * arguments.factor;
    println!(
        "load: {rate:.2} screenings (every fourth submitted), {} searches, {} verdicts a second",
        arguments.searches, arguments.verdicts
    );
    let screenings = every(rate, until, |number| {
        let load = load.clone();
        tokio::spawn(async move {
            if number % 4 == 3 {
                load.timed("submit", load.submit(number)).await;
            } else {
                load.timed("screen", load.screen(number)).await;
            }
        });
    });
    let searches = every(arguments.searches, until, |_| {
        let load = load.clone();
        tokio::spawn(async move { load.timed("search", load.search()).await });
    });
    let verdicts = every(arguments.verdicts, until, |_| {
        let (load, screening, finding) = (load.clone(), screening.clone(), finding.clone());
        tokio::spawn(async move { load.timed("verdict", load.verdict(&screening, &finding)).await });
    });
    let watching = async {
        let mut third = tokio::time::interval(Duration::from_secs(arguments.seconds.div_ceil(6).max(1)));
        while Instant::now() < until {
            third.tick().await;
            if let Some(now) = memory(arguments.pid) {
                println!("memory after {:>4.0} s: {now} MiB", begun.elapsed().as_secs_f64());
            }
        }
    };
    tokio::join!(screenings, searches, verdicts, watching);
    tokio::time::sleep(Duration::from_secs(5)).await;
    println!("memory before: {before:?} MiB, after: {:?} MiB", memory(arguments.pid));
    println!("{:<18}{:>9}{:>9}{:>9}{:>9}  by code", "", "p50 ms", "p95 ms", "p99 ms", "max ms");
    for (kind, of_kind) in load.outcomes.lock().unwrap().iter_mut() {
        of_kind.seconds.sort_by(f64::total_cmp);
        let at = |share| 1000.0 * quantile(&of_kind.seconds, share);
        println!(
            "{kind:<18}{:>9.1}{:>9.1}{:>9.1}{:>9.1}  {:?}",
            at(0.5),
            at(0.95),
            at(0.99),
            at(1.0),
            of_kind.codes
        );
    }
    if let Some(file) = &arguments.acknowledged {
        let names = load.names.lock().unwrap().join("\n") + "\n";
        std::fs::write(file, names)?;
    }
    Ok(())
}
