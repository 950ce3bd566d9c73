//! The calls, and what must be true of them in the end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::Context;
use eia_screen::rpc::v1;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use v1::precedent_service_client::PrecedentServiceClient;
use v1::review_service_client::ReviewServiceClient;
use v1::screening_service_client::ScreeningServiceClient;

use crate::outcomes::Outcomes;

const REPORT: &str = include_str!("../../samples/report.md");
/// Attempts of a call: the shipped service configuration makes three; people press the button again.
const ATTEMPTS: u32 = 8;
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Screenings that verdicts are about.
const SCREENINGS: usize = 8;
/// Time for one attempt.
const TIME: Duration = Duration::from_secs(30);

/// What verdicts are about.
pub struct Targets {
    /// Names of screenings.
    pub screenings: Vec<String>,
    /// Findings of each of them.
    pub findings: Vec<String>,
}

/// A caller that knows all replicas. Clones share what was acknowledged.
#[derive(Clone)]
pub struct Client {
    channels: Arc<Vec<Channel>>,
    next: Arc<AtomicUsize>,
    outcomes: Arc<Outcomes>,
    run: u128,
    acknowledged: Arc<Mutex<Acknowledged>>,
}

#[derive(Default)]
struct Acknowledged {
    cases: BTreeMap<String, String>,
    submissions: BTreeSet<String>,
    verdicts: Vec<(String, String)>,
}

fn within<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(TIME);
    request
}

impl Client {
    /// Makes a client of replicas that may be there or not.
    pub fn connect(servers: &[String], outcomes: Arc<Outcomes>) -> anyhow::Result<Self> {
        let channels = servers.iter().map(|server| {
            let endpoint = Endpoint::from_shared(server.clone())?.connect_timeout(Duration::from_secs(2));
            Ok(endpoint.connect_lazy())
        });
        Ok(Self {
            channels: Arc::new(channels.collect::<anyhow::Result<_>>()?),
            next: Arc::default(),
            outcomes,
            run: std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_millis(),
            acknowledged: Arc::default(),
        })
    }

    fn channel(&self) -> Channel {
        self.channels[self.next.fetch_add(1, Ordering::Relaxed) % self.channels.len()].clone()
    }

    /// Makes a call as a client does, and counts it.
    async fn call<T, F>(&self, kind: &'static str, attempt: impl Fn(Channel) -> F) -> Option<T>
    where
        F: Future<Output = Result<T, Status>>,
    {
        let begun = Instant::now();
        let mut pause = FIRST_PAUSE;
        for number in 1.. {
            match attempt(self.channel()).await {
                Ok(value) => {
                    self.outcomes.call(kind, begun, Ok(()));
                    return Some(value);
                }
                Err(status) => {
                    self.outcomes.attempt(kind, status.code());
                    if status.code() != Code::Unavailable {
                        eprintln!("{kind}: {status}");
                    }
                    if status.code() != Code::Unavailable || number == ATTEMPTS {
                        self.outcomes.call(kind, begun, Err(&format!("{:?}", status.code())));
                        return None;
                    }
                }
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        None
    }

    /// Counts something that an answer should not be.
    fn wrong(&self, kind: &'static str, what: &str) {
        eprintln!("{kind}: {what}");
        self.outcomes.call(kind, Instant::now(), Err(what));
    }

    /// Screens a few reports, whose findings get verdicts later, and imports cases to be found.
    pub async fn prepare(&self) -> anyhow::Result<Targets> {
        for number in 0..20 {
            self.import(1_000_000 + 2 * number).await;
        }
        let mut targets = Targets { screenings: Vec::new(), findings: Vec::new() };
        for number in 0..SCREENINGS {
            let name = self.submitted(1_000_000 + number).await.context("nothing can be submitted")?;
            let screening = self.ended(&name).await.context("a screening did not end")?;
            let report = screening.report.context("a screening has no report")?;
            targets.findings =
                report.completeness.into_iter().map(|finding| finding.requirement_id).collect();
            targets.screenings.push(name);
        }
        anyhow::ensure!(
            self.acknowledged.lock().expect("nothing panics while it holds the lock").cases.len() == 20,
            "cases cannot be imported"
        );
        Ok(targets)
    }

    /// Searches; the cases imported first must be among what is found.
    pub async fn search(&self) {
        let found = self.call("search", async |channel| {
            let query = v1::SearchPrecedentsRequest {
                query: "gravel quarry beside the river, dust at the nearest dwellings".to_owned(),
                page_size: 5,
                ..Default::default()
            };
            PrecedentServiceClient::new(channel).search_precedents(within(query)).await
        });
        if let Some(found) = found.await
            && found.into_inner().precedents.len() < 5
        {
            self.wrong("search", "found too little");
        }
    }

    /// Imports a case, each name twice with different content, and reads it through another replica.
    pub async fn import(&self, number: usize) {
        use v1::import_case_request::Part;
        let name = format!("cases/outage-{}-{}", self.run, number / 2 * 2);
        let title = format!("Gravel quarry {number}");
        let text = format!(
            "1. Project\n\nGravel quarry number {number} lies beside the river.\n\n2. Air\n\nDust reaches the nearest dwellings.\n"
        );
        let imported = self.call("import", async |channel| {
            let case = v1::Case { name: name.clone(), title: title.clone(), ..Default::default() };
            let file = v1::ImportedFile { name: "report.txt".to_owned() };
            let parts = [Part::Case(case), Part::File(file), Part::Chunk(text.clone().into_bytes())];
            let message = |part| v1::ImportCaseRequest { part: Some(part), ..Default::default() };
            let messages: Vec<_> = parts.into_iter().map(message).collect();
            PrecedentServiceClient::new(channel).import_case(within(tokio_stream::iter(messages))).await
        });
        if imported.await.is_none() {
            return;
        }
        self.acknowledged
            .lock()
            .expect("nothing panics while it holds the lock")
            .cases
            .insert(name.clone(), title);
        let read = self.call("read case", async |channel| {
            let request = v1::GetCaseRequest { name: name.clone() };
            PrecedentServiceClient::new(channel).get_case(within(request)).await
        });
        read.await;
    }

    async fn submitted(&self, number: usize) -> Option<String> {
        use v1::submit_document_request::Part;
        let text = format!("{REPORT}\n\nRun {} number {number}.\n", self.run);
        let submitted = self.call("submit", async |channel| {
            let options = v1::ScreeningOptions {
                document_name: "outage.md".to_owned(),
                packs: vec!["eu".to_owned()],
                submission_date: "2026-11-26".to_owned(),
                ..Default::default()
            };
            let header = v1::SubmissionHeader { options: Some(options), ..Default::default() };
            let parts = [Part::Header(header), Part::Chunk(text.clone().into_bytes())];
            let messages: Vec<_> =
                parts.into_iter().map(|part| v1::SubmitDocumentRequest { part: Some(part) }).collect();
            ScreeningServiceClient::new(channel).submit_document(within(tokio_stream::iter(messages))).await
        });
        let name = submitted.await?.into_inner().name;
        if !self
            .acknowledged
            .lock()
            .expect("nothing panics while it holds the lock")
            .submissions
            .insert(name.clone())
        {
            self.wrong("submit", "two documents are one screening");
        }
        Some(name)
    }

    /// Submits a document and reads its screening through another replica.
    pub async fn submit(&self, number: usize) {
        if let Some(name) = self.submitted(number).await {
            self.screening("read screening", &name).await;
        }
    }

    async fn screening(&self, kind: &'static str, name: &str) -> Option<v1::Screening> {
        let read = self.call(kind, async |channel| {
            let mut client = ScreeningServiceClient::new(channel).max_decoding_message_size(64 << 20);
            let request = v1::GetScreeningRequest { name: name.to_owned(), ..Default::default() };
            client.get_screening(within(request)).await
        });
        read.await.map(tonic::Response::into_inner)
    }

    /// Waits until a screening has ended.
    async fn ended(&self, name: &str) -> Option<v1::Screening> {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(300) {
            let screening = self.screening("check", name).await?;
            if !matches!(screening.state(), v1::screening::State::Pending | v1::screening::State::Running) {
                return Some(screening);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        None
    }

    /// Records a verdict and reads it through another replica. Its reason tells it from all others.
    pub async fn verdict(&self, targets: &Targets, number: usize) {
        let parent = targets.screenings[number % targets.screenings.len()].clone();
        let finding = &targets.findings[number / targets.screenings.len() % targets.findings.len()];
        let reason = format!("{} {number}", self.run);
        let request = v1::RecordVerdictRequest {
            parent: parent.clone(),
            verdict: Some(v1::Verdict {
                finding: finding.clone(),
                disposition: v1::Disposition::Accepted.into(),
                reason: reason.clone(),
                reviewer: "outage".to_owned(),
                ..Default::default()
            }),
            request_id: uuid::Uuid::new_v4().to_string(),
            ..Default::default()
        };
        let recorded = self.call("verdict", async |channel| {
            ReviewServiceClient::new(channel).record_verdict(within(request.clone())).await
        });
        if recorded.await.is_none() {
            return;
        }
        self.acknowledged
            .lock()
            .expect("nothing panics while it holds the lock")
            .verdicts
            .push((parent.clone(), reason.clone()));
        if let Some(there) = self.verdicts("read verdict", &parent).await
            && !there.contains(&reason)
        {
            self.wrong("read verdict", "not there yet");
        }
    }

    /// Returns the reasons of all verdicts of a screening.
    async fn verdicts(&self, kind: &'static str, parent: &str) -> Option<Vec<String>> {
        let (mut found, mut page_token) = (Vec::new(), String::new());
        loop {
            let page = self.call(kind, async |channel| {
                let request = v1::ListVerdictsRequest {
                    parent: parent.to_owned(),
                    page_size: 500,
                    page_token: page_token.clone(),
                };
                let mut client = ReviewServiceClient::new(channel).max_decoding_message_size(64 << 20);
                client.list_verdicts(within(request)).await
            });
            let page = page.await?.into_inner();
            found.extend(page.verdicts.into_iter().map(|verdict| verdict.reason));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Some(found);
            }
        }
    }

    /// Reads everything acknowledged; returns how much is not as it must be.
    pub async fn check(&self, targets: &Targets) -> usize {
        let Acknowledged { cases, submissions, verdicts } =
            std::mem::take(&mut *self.acknowledged.lock().expect("nothing panics while it holds the lock"));
        println!(
            "\nacknowledged: {} cases, {} submissions, {} verdicts",
            cases.len(),
            submissions.len(),
            verdicts.len()
        );
        let mut lost = 0;
        let mut require = |holds: bool, what: String| {
            if !holds {
                println!("{what}");
                lost += 1;
            }
        };
        for (name, title) in cases {
            let read = self.call("check", async |channel| {
                let request = v1::GetCaseRequest { name: name.clone() };
                PrecedentServiceClient::new(channel).get_case(within(request)).await
            });
            let there = read.await.map(|case| case.into_inner().title);
            // Of two contents of a case, either may have come last.
            require(there.is_some(), format!("{name} ({title}) is not there"));
        }
        for name in submissions {
            let ended = self.ended(&name).await;
            let holds = ended.as_ref().is_some_and(|screening| {
                screening.state() == v1::screening::State::Succeeded && screening.report.is_some()
            });
            require(holds, format!("{name} has no report: {:?}", ended.map(|screening| screening.state)));
        }
        let mut there: BTreeMap<&str, BTreeMap<String, usize>> = BTreeMap::new();
        for parent in &targets.screenings {
            let reasons = self.verdicts("check", parent).await.unwrap_or_default();
            for reason in reasons {
                *there.entry(parent).or_default().entry(reason).or_default() += 1;
            }
        }
        for (parent, reason) in &verdicts {
            let times = there.get(parent.as_str()).and_then(|of| of.get(reason)).copied().unwrap_or(0);
            require(times == 1, format!("verdict {reason} of {parent} is there {times} times"));
        }
        let twice = there.values().flat_map(BTreeMap::values).filter(|times| **times > 1).count();
        require(twice == 0, format!("{twice} verdicts are there more than once"));
        lost
    }
}
