//! What the pages read and write: stored screenings, verdicts and cases, and new submissions.
//!
//! The one place of the console that knows where things are kept. Reports never change once stored, so what is read
//! of them is kept: a glance at every screening for the queue, and the last few reports in full.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::glance::Glance;
use super::opened::Opened;
use super::recent::Recent;
use crate::access::{AuditedIndex, Caller};
use crate::domain::case::Case;
use crate::domain::finding::Precedent;
use crate::domain::ids::{CaseId, DocumentId, ScreeningId};
use crate::domain::report::ScreeningReport;
use crate::domain::tenant::TenantId;
use crate::domain::verdict::Verdict;
use crate::index::store::{CaseFilter, CaseIndex, IndexError, ListPage, ScreeningRecord};
use crate::rpc::convert::report_json;
use crate::screen::likeness::{self, Archive, SearchError};
use crate::screen::run::{Progress, Screener, ScreeningRequest, Stage};

/// Records read in one call of the index.
const PAGE: usize = 500;
/// Reports kept in full.
const OPEN_REPORTS: usize = 8;
/// Texts of documents kept.
const TEXTS: usize = 16;
/// Pages drawn at the same time.
const DRAWINGS: usize = 2;
/// Submissions that are remembered.
const SUBMISSIONS: usize = 200;

/// Why something could not be shown or done.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// The archive failed.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The search failed.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// A stored report cannot be read.
    #[error("the stored report {id} cannot be read: {what}")]
    Report {
        /// Screening.
        id: ScreeningId,
        /// What is wrong.
        what: String,
    },
    /// A worker thread ended without an answer.
    #[error("the work stopped unexpectedly: {what}")]
    Worker {
        /// What the runtime said.
        what: String,
    },
}

/// A submitted file as it was read.
#[derive(Debug)]
pub struct StoredDocument {
    /// The extracted text.
    pub text: String,
    /// The file itself.
    pub bytes: Arc<Vec<u8>>,
}

/// Where a submission stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubmissionState {
    /// Waits for its turn.
    Pending,
    /// Is being screened.
    Running {
        /// Stage.
        stage: &'static str,
        /// Units done.
        done: u64,
        /// Units in all, 0 if not known.
        all: u64,
    },
    /// Could not be screened.
    Failed {
        /// Why, in one sentence.
        what: String,
    },
    /// Is stored as a screening.
    Done {
        /// The screening.
        screening: ScreeningId,
    },
}

/// A submission made from the console.
#[derive(Debug, Clone)]
pub struct Submission {
    /// To whom it belongs.
    tenant: TenantId,
    /// File name.
    pub name: String,
    /// When it was received.
    pub received: jiff::Timestamp,
    /// Where it stands.
    pub state: SubmissionState,
}

/// What all callers share: the screener, and what was read before. Everything kept names the tenant it belongs to.
pub struct Store {
    screener: Arc<Screener>,
    glances: Mutex<HashMap<(TenantId, ScreeningId), Arc<Glance>>>,
    reports: Recent<(TenantId, ScreeningId), Arc<Opened>>,
    texts: Recent<(TenantId, DocumentId), Arc<StoredDocument>>,
    submissions: Mutex<BTreeMap<u64, Submission>>,
    permits: Semaphore,
    drawings: Semaphore,
}

/// Everything the pages of one caller need: the archive as that caller may see it, and nothing else.
pub struct Backend {
    /// Screener with rules, model and the caller's archive.
    pub screener: Arc<Screener>,
    index: Arc<dyn CaseIndex>,
    store: Arc<Store>,
    caller: Arc<Caller>,
}

impl Store {
    /// Makes the store over a screener; `None` if it has no archive.
    pub fn new(screener: Arc<Screener>, concurrent_screenings: usize) -> Option<Self> {
        screener.index.as_ref()?;
        Some(Self {
            screener,
            glances: Mutex::default(),
            reports: Recent::new(OPEN_REPORTS),
            texts: Recent::new(TEXTS),
            submissions: Mutex::default(),
            permits: Semaphore::new(concurrent_screenings),
            drawings: Semaphore::new(DRAWINGS),
        })
    }

    /// Returns what a caller gets; `None` if the archive is bound to another tenant.
    pub fn of_caller(self: &Arc<Self>, caller: Arc<Caller>) -> Option<Backend> {
        let whole = self.screener.index.as_deref()?;
        let index = AuditedIndex::bind(whole, Arc::clone(&caller))?;
        let screener = Screener { index: Some(Arc::clone(&index)), ..Screener::clone(&self.screener) };
        Some(Backend { screener: Arc::new(screener), index, store: Arc::clone(self), caller })
    }

    fn set_state(&self, number: u64, state: SubmissionState) {
        let mut submissions = self.submissions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(submission) = submissions.get_mut(&number) {
            submission.state = state;
        }
    }
}

impl Backend {
    fn tenant(&self) -> TenantId {
        self.caller.tenant.clone()
    }

    /// Returns a glance at every stored screening, in the order of ids.
    pub async fn glances(&self) -> Result<Vec<Arc<Glance>>, BackendError> {
        let mut glances = Vec::new();
        let mut after = None;
        loop {
            let page = self.index.list_screenings(None, PAGE, after.as_deref()).await?;
            for record in page.items {
                glances.push(self.glance(record).await?);
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(glances),
            }
        }
    }

    async fn glance(&self, record: ScreeningRecord) -> Result<Arc<Glance>, BackendError> {
        let key = (self.tenant(), record.id);
        let glances = || self.store.glances.lock().unwrap_or_else(PoisonError::into_inner);
        let known = glances().get(&key).map(Arc::clone);
        if let Some(glance) = known {
            return Ok(glance);
        }
        let id = record.id;
        let full = self.index.get_screening(id).await?.unwrap_or(record);
        let glance = in_worker(move || Glance::of(&full)).await?;
        let glance = Arc::new(glance.map_err(|error| BackendError::Report { id, what: error.to_string() })?);
        glances().insert(key, Arc::clone(&glance));
        Ok(glance)
    }

    /// Opens a stored screening; `None` if there is none of that id.
    pub async fn open(&self, id: ScreeningId) -> Result<Option<Arc<Opened>>, BackendError> {
        let key = (self.tenant(), id);
        if let Some(opened) = self.store.reports.get(&key) {
            self.caller.touch(format!("screenings/{id}"));
            return Ok(Some(opened));
        }
        let Some(record) = self.index.get_screening(id).await? else { return Ok(None) };
        let document = self.store.texts.get(&(self.tenant(), record.document));
        let opened = in_worker(move || Opened::of(record, document)).await?;
        let opened = Arc::new(opened.map_err(|error| BackendError::Report { id, what: error.to_string() })?);
        self.store.reports.put(key, Arc::clone(&opened));
        Ok(Some(opened))
    }

    /// Returns all verdicts of a screening, oldest first.
    pub async fn verdicts(&self, screening: ScreeningId) -> Result<Vec<Verdict>, BackendError> {
        let mut verdicts = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let page = self.index.list_verdicts(screening, PAGE, after.as_deref()).await?;
            verdicts.extend(page.items);
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(verdicts),
            }
        }
    }

    /// Appends a verdict.
    pub async fn append(&self, verdict: &Verdict) -> Result<(), BackendError> {
        Ok(self.index.append_verdict(verdict).await?)
    }

    /// Returns a case of the archive.
    pub async fn case(&self, id: &CaseId) -> Result<Option<Case>, BackendError> {
        Ok(self.index.get_case(id).await?)
    }

    /// Returns cases of the archive in the order of ids.
    pub async fn cases(
        &self,
        filter: &CaseFilter,
        limit: usize,
        after: Option<&str>,
    ) -> Result<ListPage<Case>, BackendError> {
        Ok(self.index.list_cases(filter, limit, after).await?)
    }

    /// Searches the archive by words in any language.
    pub async fn search(
        &self,
        query: String,
        filter: &CaseFilter,
        limit: usize,
    ) -> Result<Vec<Precedent>, BackendError> {
        let screener = Arc::clone(&self.screener);
        let passage = in_worker(move || likeness::text_query(&screener.vectorizer(), &query)).await?;
        let passage = passage.map_err(SearchError::from)?;
        let archive = Archive { index: self.index.as_ref(), vectorizer: self.screener.vectorizer() };
        Ok(likeness::of_query(archive, passage, filter, limit).await?)
    }

    /// Takes a file to be screened and returns the number of the submission at once.
    pub fn submit(self: &Arc<Self>, name: String, bytes: Vec<u8>, request: ScreeningRequest) -> u64 {
        let number = {
            let mut submissions = self.store.submissions.lock().unwrap_or_else(PoisonError::into_inner);
            let number = submissions.last_key_value().map_or(1, |(last, _)| last + 1);
            let (received, state) = (jiff::Timestamp::now(), SubmissionState::Pending);
            let tenant = self.tenant();
            submissions.insert(number, Submission { tenant, name: name.clone(), received, state });
            while submissions.len() > SUBMISSIONS {
                submissions.pop_first();
            }
            number
        };
        let this = Arc::clone(self);
        tokio::spawn(async move {
            let state = match this.screen(number, name, bytes, request).await {
                Ok(screening) => SubmissionState::Done { screening },
                Err(what) => SubmissionState::Failed { what },
            };
            this.store.set_state(number, state);
        });
        number
    }

    async fn screen(
        self: &Arc<Self>,
        number: u64,
        name: String,
        bytes: Vec<u8>,
        request: ScreeningRequest,
    ) -> Result<ScreeningId, String> {
        let _permit = self.store.permits.acquire().await.map_err(|error| error.to_string())?;
        let told = Arc::clone(&self.store);
        let progress: Progress = Arc::new(move |stage, done, all| {
            told.set_state(number, SubmissionState::Running { stage: stage_name(stage), done, all });
        });
        let packs = request.packs.clone();
        let screener = Arc::clone(&self.screener);
        let cancel = CancellationToken::new();
        let report = screener
            .screen_bytes(name, bytes.clone(), request, progress, cancel)
            .await
            .map_err(|error| error.to_string())?;
        self.store(&report, packs, bytes).await.map_err(|error| error.to_string())?;
        Ok(report.id)
    }

    async fn store(
        &self,
        report: &ScreeningReport,
        packs: Vec<String>,
        bytes: Vec<u8>,
    ) -> Result<(), BackendError> {
        let record = ScreeningRecord {
            id: report.id,
            case: report.case.clone(),
            document: report.document.id,
            document_name: report.document.name.clone(),
            packs,
            create_time: jiff::Timestamp::now().to_string(),
            report_json: report_json(report),
        };
        let stored = StoredDocument { text: report.document.text.clone(), bytes: Arc::new(bytes) };
        self.store.texts.put((self.tenant(), report.document.id), Arc::new(stored));
        self.index.put_screening(&record).await?;
        Ok(())
    }

    /// Returns the submissions that are not yet, or not at all, a stored screening, newest first.
    pub fn open_submissions(&self) -> Vec<Submission> {
        let submissions = self.store.submissions.lock().unwrap_or_else(PoisonError::into_inner);
        let is_open = |submission: &&Submission| {
            submission.tenant == self.caller.tenant
                && !matches!(submission.state, SubmissionState::Done { .. })
        };
        submissions.values().rev().filter(is_open).cloned().collect()
    }

    /// Waits until a page may be drawn.
    pub async fn drawing(&self) -> Result<tokio::sync::SemaphorePermit<'_>, tokio::sync::AcquireError> {
        self.store.drawings.acquire().await
    }
}

/// Key of the word for a stage.
fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Read => "stage-read",
        Stage::Embed => "stage-embed",
        Stage::Completeness => "stage-completeness",
        Stage::Risk => "stage-risk",
        Stage::Precedents => "stage-precedents",
    }
}

/// Runs CPU-bound work on the blocking pool.
pub async fn in_worker<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, BackendError> {
    let worker = tokio::task::spawn_blocking(work).await;
    worker.map_err(|error| BackendError::Worker { what: error.to_string() })
}
