//! The calls of the load: each a request as a client sends it, with a deadline.

use std::sync::Arc;
use std::time::Duration;

use eia_screen::rpc::v1;
use tokio_stream::StreamExt;
use tonic::transport::Channel;
use tonic::{Request, Status};
use v1::precedent_service_client::PrecedentServiceClient;
use v1::review_service_client::ReviewServiceClient;
use v1::screening_service_client::ScreeningServiceClient;

/// Largest answer that is read: a report.
const ANSWER: usize = 64 << 20;

/// A client with the document it sends.
#[derive(Clone)]
pub struct Client {
    /// For everything that works on a document.
    documents: Channel,
    /// For look-ups: calls of one connection would wait for each other.
    lookups: Channel,
    text: Arc<String>,
    pack: Arc<str>,
    /// Tells the documents of this run from those of earlier ones.
    run: u128,
    /// How many different documents are sent; 0 for no end.
    documents_in_all: usize,
}

impl Client {
    /// Connects. `text` is screened again and again, each time with a line of its own, so that no screening
    /// is a repetition.
    pub async fn connect(
        url: &str,
        text: String,
        pack: &str,
        documents_in_all: usize,
    ) -> anyhow::Result<Self> {
        let channel = || Channel::from_shared(url.to_owned());
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
        Ok(Self {
            documents: channel()?.connect().await?,
            lookups: channel()?.connect().await?,
            text: Arc::new(text),
            pack: pack.into(),
            run: now.as_millis(),
            documents_in_all,
        })
    }

    fn options(&self) -> v1::ScreeningOptions {
        v1::ScreeningOptions {
            document_name: "load.md".to_owned(),
            packs: vec![self.pack.to_string()],
            submission_date: "2026-11-26".to_owned(),
            ..Default::default()
        }
    }

    fn document(&self, number: usize) -> Vec<Vec<u8>> {
        let number = number.checked_rem(self.documents_in_all).unwrap_or(number);
        let text = format!("{}\n\nRun {} number {number}.\n", self.text, self.run);
        text.as_bytes().chunks(256 << 10).map(<[u8]>::to_vec).collect()
    }

    fn screenings(&self) -> ScreeningServiceClient<Channel> {
        ScreeningServiceClient::new(self.documents.clone()).max_decoding_message_size(ANSWER)
    }

    /// Screens a document while the call lasts; returns the screening.
    pub async fn screen(&self, number: usize) -> Result<v1::Screening, Status> {
        use v1::screen_document_request::Part;
        let parts = self.document(number).into_iter().map(Part::Chunk);
        let message = |part| v1::ScreenDocumentRequest { part: Some(part), ..Default::default() };
        let messages: Vec<_> =
            std::iter::once(Part::Options(self.options())).chain(parts).map(message).collect();
        let answer = self.screenings().screen_document(within(tokio_stream::iter(messages), 120)).await?;
        let mut events = answer.into_inner();
        while let Some(event) = events.next().await {
            if let Some(v1::screen_document_response::Event::Screening(screening)) = event?.event {
                return Ok(screening);
            }
        }
        Err(Status::unknown("the stream ended without a screening"))
    }

    /// Submits a document; returns the name of the screening.
    pub async fn submit(&self, number: usize) -> Result<String, Status> {
        use v1::submit_document_request::Part;
        let header = v1::SubmissionHeader { options: Some(self.options()), ..Default::default() };
        let parts = self.document(number).into_iter().map(Part::Chunk);
        let message = |part| v1::SubmitDocumentRequest { part: Some(part) };
        let messages: Vec<_> = std::iter::once(Part::Header(header)).chain(parts).map(message).collect();
        let answer = self.screenings().submit_document(within(tokio_stream::iter(messages), 60)).await?;
        Ok(answer.into_inner().name)
    }

    /// Searches the archive.
    pub async fn search(&self) -> Result<(), Status> {
        let query = v1::SearchPrecedentsRequest {
            query: "dust and noise of a quarry near dwellings".to_owned(),
            page_size: 5,
            ..Default::default()
        };
        let mut client = PrecedentServiceClient::new(self.lookups.clone());
        client.search_precedents(within(query, 30)).await.map(|_| ())
    }

    /// Records a verdict; returns its name.
    pub async fn verdict(&self, screening: &str, finding: &str) -> Result<String, Status> {
        let request = v1::RecordVerdictRequest {
            parent: screening.to_owned(),
            verdict: Some(v1::Verdict {
                finding: finding.to_owned(),
                disposition: v1::Disposition::Accepted.into(),
                reviewer: "load".to_owned(),
                ..Default::default()
            }),
            request_id: uuid::Uuid::new_v4().to_string(),
            ..Default::default()
        };
        let answer =
            ReviewServiceClient::new(self.lookups.clone()).record_verdict(within(request, 30)).await?;
        Ok(answer.into_inner().name)
    }

    /// Follows a screening to its end; returns the last that was heard of it.
    pub async fn follow(&self, name: &str) -> Result<v1::Screening, Status> {
        let request = v1::WatchScreeningRequest { name: name.to_owned() };
        let mut followed = self.screenings().watch_screening(within(request, 600)).await?.into_inner();
        let mut last = v1::Screening::default();
        while let Some(message) = followed.next().await {
            last = message?.screening.unwrap_or_default();
        }
        Ok(last)
    }

    /// Returns a screening.
    pub async fn get(&self, name: &str) -> Result<v1::Screening, Status> {
        let request = v1::GetScreeningRequest { name: name.to_owned(), ..Default::default() };
        Ok(self.screenings().get_screening(within(request, 30)).await?.into_inner())
    }

    /// Returns the names of all verdicts about a screening.
    pub async fn verdicts(&self, screening: &str) -> Result<Vec<String>, Status> {
        let mut client = ReviewServiceClient::new(self.lookups.clone()).max_decoding_message_size(ANSWER);
        let (mut names, mut page_token) = (Vec::new(), String::new());
        loop {
            let request =
                v1::ListVerdictsRequest { parent: screening.to_owned(), page_size: 500, page_token };
            let page = client.list_verdicts(within(request, 30)).await?.into_inner();
            names.extend(page.verdicts.into_iter().map(|verdict| verdict.name));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(names);
            }
        }
    }
}

fn within<T>(message: T, seconds: u64) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(Duration::from_secs(seconds));
    request
}
