//! What the pages read and write: stored screenings, verdicts and cases, and new submissions.
//!
//! The one place of the console that knows where things are kept. Reading a report takes a while, so what is read of
//! them is kept: a glance at every screening for the queue, and the last few reports in full.
//!
//! Invariant: the archive is asked before anything that is kept is shown, and what it no longer has is forgotten.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use std::time::Instant;

use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::glance::Glance;
use super::opened::{KeptText, Opened};
use super::recent::Recent;
use super::session::Session;
use crate::access::Caller;
use crate::access::allowance::{Allowance, Document, Exceeded};
use crate::admission::{Admission, Cost, Overload};
use crate::contain::stopped;
use crate::domain::case::Case;
use crate::domain::explanation::Explanation;
use crate::domain::finding::Precedent;
use crate::domain::ids::{CaseId, DocumentId, ScreeningId, VerdictId};
use crate::domain::span::TextRange;
use crate::domain::tenant::TenantId;
use crate::domain::verdict::Verdict;
use crate::index::store::{CaseFilter, CaseIndex, IndexError, ListPage, ScreeningRecord};
use crate::index::work::{ScreeningFilter, ScreeningState, Seen, StoredFile};
use crate::rpc::state::State;
use crate::screen::likeness::{self, Archive, SearchError};
use crate::screen::run::Screener;
use crate::submission::{Spooled, Submission, Submissions, SubmitError};

/// Records read in one call of the index.
const PAGE: usize = 500;
/// Reports kept in full, with their texts.
const OPEN_REPORTS: usize = 6;
/// Files kept, for the pictures of their pages.
const FILES: usize = 2;
/// Reports and files read at the same time, whoever asks: each may have tens of megabytes.
const READINGS: usize = 2;
/// Pages drawn at the same time.
const DRAWINGS: usize = 2;
/// Pictures of pages kept.
const PICTURES: usize = 12;

/// The picture of a page as PNG, or why there is none.
pub type Picture = Result<Arc<Vec<u8>>, Explanation>;

/// Why something could not be shown or done.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// The archive failed.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The search failed.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// There is too much work already.
    #[error(transparent)]
    Busy(#[from] Overload),
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

/// Tells a stored screening from one of the same id that was stored before it or after it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Version {
    revision: u64,
    create_time: String,
}

impl Version {
    fn of(record: &ScreeningRecord) -> Self {
        let revision = record.work.as_ref().map_or(0, |work| work.revision);
        Self { revision, create_time: record.create_time.clone() }
    }
}

/// Lines of the lists, by screening.
type Glances = HashMap<(TenantId, ScreeningId), (Version, Arc<Glance>)>;

/// What all callers share: what was read before. Everything kept names the tenant it belongs to.
pub struct Store {
    glances: Mutex<Glances>,
    reports: Recent<(TenantId, ScreeningId, Version), Arc<Opened>>,
    files: Recent<(TenantId, DocumentId), Arc<Vec<u8>>>,
    pictures: Recent<(TenantId, DocumentId, u32), Picture>,
    readings: Arc<Semaphore>,
    drawings: Arc<Semaphore>,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            glances: Mutex::default(),
            reports: Recent::new(OPEN_REPORTS),
            files: Recent::new(FILES),
            pictures: Recent::new(PICTURES),
            readings: Arc::new(Semaphore::new(READINGS)),
            drawings: Arc::new(Semaphore::new(DRAWINGS)),
        }
    }
}

impl Store {
    fn glances(&self) -> MutexGuard<'_, Glances> {
        self.glances.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everything the pages of one caller need: the archive as that caller may see it, and nothing else.
pub struct Backend {
    /// Screener with rules, model and the caller's archive.
    pub screener: Arc<Screener>,
    index: Arc<dyn CaseIndex>,
    submissions: Submissions,
    admission: Admission,
    allowance: Allowance,
    store: Arc<Store>,
    caller: Arc<Caller>,
}

/// The screenings of a caller: those with a report, and the others.
#[derive(Default)]
pub struct Screenings {
    /// With a report.
    pub glances: Vec<Arc<Glance>>,
    /// With a report that cannot be read.
    pub unreadable: Vec<ScreeningRecord>,
    /// Waiting, running, failed or cancelled; newest first.
    pub open: Vec<ScreeningRecord>,
}

impl Backend {
    /// Returns what a caller gets, or why nothing can be had yet.
    pub fn of_caller(state: &State, store: &Arc<Store>, caller: Arc<Caller>) -> Result<Self, Status> {
        let screener = state.screener_for(Arc::clone(&caller))?;
        let submissions = state.submissions()?;
        let index = screener.index.clone().ok_or_else(crate::rpc::status::no_archive)?;
        let (admission, allowance) = (state.admission().clone(), state.allowance().clone());
        Ok(Self { screener, index, submissions, admission, allowance, store: Arc::clone(store), caller })
    }

    /// Ends a session, at every replica.
    pub async fn end_session(&self, session: &Session, now: Timestamp) -> Result<(), BackendError> {
        Ok(self.index.end_session(&session.id, now.as_second(), session.over()).await?)
    }

    /// True if somebody signed out of a session, here or at another replica.
    pub async fn has_ended(&self, session: &Session) -> Result<bool, BackendError> {
        Ok(self.index.has_session_ended(&session.id).await?)
    }

    fn tenant(&self) -> TenantId {
        self.caller.tenant.clone()
    }

    /// Returns every screening, those with a report in the order of ids.
    pub async fn screenings(&self) -> Result<Screenings, BackendError> {
        let mut found = Screenings::default();
        let mut listed = HashSet::new();
        let mut after = None;
        loop {
            let filter = ScreeningFilter::default();
            let index = self.index.as_ref();
            let page = self.submissions.list(index, &filter, PAGE, after.as_deref()).await?;
            for record in page.items {
                listed.insert(record.id);
                if record.state != ScreeningState::Succeeded {
                    found.open.push(record);
                    continue;
                }
                match self.glance(&record).await {
                    Ok(glance) => found.glances.extend(glance),
                    Err(error @ BackendError::Report { .. }) => {
                        tracing::error!(%error, "a report is left out of the queue");
                        found.unreadable.push(record);
                    }
                    Err(error) => return Err(error),
                }
            }
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        found.open.sort_by(|a, b| b.create_time.cmp(&a.create_time).then(a.id.cmp(&b.id)));
        self.store.glances().retain(|(tenant, id), _| *tenant != self.caller.tenant || listed.contains(id));
        Ok(found)
    }

    /// True if a report of a case is stored; nothing of it is read.
    pub async fn has_report_of(&self, case: &CaseId) -> Result<bool, BackendError> {
        let filter = ScreeningFilter { case: Some(case.clone()), state: Some(ScreeningState::Succeeded) };
        Ok(!self.index.list_screenings(&filter, 1, None).await?.items.is_empty())
    }

    /// Returns a glance at every screening with a report, in the order of ids.
    pub async fn glances(&self) -> Result<Vec<Arc<Glance>>, BackendError> {
        Ok(self.screenings().await?.glances)
    }

    /// Returns a glance at a listed screening; `None` if its report has gone since.
    async fn glance(&self, listed: &ScreeningRecord) -> Result<Option<Arc<Glance>>, BackendError> {
        let (id, version) = (listed.id, Version::of(listed));
        let key = (self.tenant(), id);
        let known = || {
            let glances = self.store.glances();
            glances.get(&key).filter(|(known, _)| *known == version).map(|(_, glance)| Arc::clone(glance))
        };
        if let Some(glance) = known() {
            return Ok(Some(glance));
        }
        let turn = turn(&self.store.readings).await?;
        if let Some(glance) = known() {
            return Ok(Some(glance));
        }
        let full = self.index.get_screening(id).await?;
        let Some(full) = full.filter(|full| full.state == ScreeningState::Succeeded) else { return Ok(None) };
        let version = Version::of(&full);
        let read = in_worker(move || {
            let _turn = turn;
            Glance::of(&full)
        });
        let glance = read.await?;
        let glance = Arc::new(glance.map_err(|error| BackendError::Report { id, what: error.to_string() })?);
        self.store.glances().insert(key, (version, Arc::clone(&glance)));
        Ok(Some(glance))
    }

    /// Opens a screening that has a report; `None` if there is none of that id.
    pub async fn open(&self, id: ScreeningId) -> Result<Option<Arc<Opened>>, BackendError> {
        let tenant = self.tenant();
        let Some(there) = self.index.describe_screening(id).await? else {
            self.store.reports.forget(|(owner, known, _)| *owner == tenant && *known == id);
            return Ok(None);
        };
        let wanted = (tenant.clone(), id, Version::of(&there));
        if let Some(opened) = self.store.reports.get(&wanted) {
            return Ok(Some(opened));
        }
        let turn = turn(&self.store.readings).await?;
        // Whoever had the turn before may have asked for the same.
        if let Some(opened) = self.store.reports.get(&wanted) {
            return Ok(Some(opened));
        }
        let Some(record) = self.index.get_screening(id).await? else { return Ok(None) };
        if record.state != ScreeningState::Succeeded || record.report_json.is_empty() {
            return Ok(None);
        }
        let key = (tenant, id, Version::of(&record));
        let text = self.text(&record).await?;
        let read = in_worker(move || {
            let _turn = turn;
            Opened::of(record, text)
        });
        let opened = read.await?;
        let opened = Arc::new(opened.map_err(|error| BackendError::Report { id, what: error.to_string() })?);
        self.store.reports.put(key, Arc::clone(&opened));
        Ok(Some(opened))
    }

    /// The extracted text with its pages; `None` for a screening whose text is not kept.
    async fn text(&self, record: &ScreeningRecord) -> Result<Option<KeptText>, BackendError> {
        let Some(id) = record.work.as_ref().and_then(|work| work.text) else { return Ok(None) };
        let Some(outline) = self.index.get_outline(id).await? else { return Ok(None) };
        let text = self.index.read_text(id, TextRange::new(0, outline.bytes)).await?;
        let pages = outline.pages.iter().map(|page| page.range).collect();
        Ok(text.map(|text| KeptText { text, pages }))
    }

    /// Returns the submitted file behind a screening, if it is kept.
    pub async fn file(&self, document: DocumentId) -> Result<Option<Arc<Vec<u8>>>, BackendError> {
        let Some(stored) = self.stored_file(document).await? else { return Ok(None) };
        let key = (self.tenant(), document);
        if let Some(file) = self.store.files.get(&key) {
            return Ok(Some(file));
        }
        let _turn = turn(&self.store.readings).await?;
        if let Some(file) = self.store.files.get(&key) {
            return Ok(Some(file));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(stored.bytes).unwrap_or(0));
        for number in 0..stored.pieces() {
            match self.index.read_file(document, number).await? {
                Some(piece) => bytes.extend_from_slice(&piece),
                None => return Ok(None),
            }
        }
        let file = Arc::new(bytes);
        self.store.files.put(key, Arc::clone(&file));
        Ok(Some(file))
    }

    /// What is stored of a file; one that is gone is forgotten, with the pictures of its pages.
    async fn stored_file(&self, document: DocumentId) -> Result<Option<StoredFile>, BackendError> {
        let stored = self.index.get_file(document).await?;
        if stored.is_none() {
            let tenant = &self.caller.tenant;
            self.store.files.forget(|(owner, known)| owner == tenant && *known == document);
            self.store.pictures.forget(|(owner, known, _)| owner == tenant && *known == document);
        }
        Ok(stored)
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

    /// Appends a verdict, unless there is another one about the finding than those that its reviewer was shown (the
    /// oldest first; `None` if that is not said).
    pub async fn append(&self, verdict: &Verdict, shown: Option<&[VerdictId]>) -> Result<(), BackendError> {
        let seen = match shown {
            None => Seen::Whatever,
            Some([]) => Seen::None,
            Some([.., last]) => Seen::Verdict(*last),
        };
        let appended = self.index.append_verdict(verdict, seen).await.map(drop);
        let Err(IndexError::Superseded { latest: Some(latest) }) = &appended else { return Ok(appended?) };
        // The clocks of replicas differ, so the one that came last need not be the last by time.
        let last = shown.and_then(|shown| shown.iter().find(|shown| shown.to_string() == *latest));
        match last {
            Some(last) => Ok(self.index.append_verdict(verdict, Seen::Verdict(*last)).await.map(drop)?),
            None => Ok(appended?),
        }
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

    /// Returns all cases of the archive that a filter lets through, in the order of ids.
    pub async fn all_cases(&self, filter: &CaseFilter) -> Result<Vec<Case>, BackendError> {
        let mut cases = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let page = self.cases(filter, PAGE, after.as_deref()).await?;
            cases.extend(page.items);
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(cases),
            }
        }
    }

    /// Searches the archive by words in any language.
    pub async fn search(
        &self,
        query: String,
        filter: &CaseFilter,
        limit: usize,
    ) -> Result<Vec<Precedent>, BackendError> {
        let _permit = self.admission.admit(Cost::of_text(query.len() as u64))?;
        let screener = Arc::clone(&self.screener);
        // Dropped with the page that nobody waits for any more.
        let cancel = CancellationToken::new();
        let _gone = cancel.clone().drop_guard();
        let work = move || likeness::text_query(&screener.vectorizer(), &query, &cancel);
        let passage = in_worker(work).await?;
        let passage = passage.map_err(SearchError::from)?;
        let archive = Archive { index: self.index.as_ref(), vectorizer: self.screener.vectorizer() };
        Ok(likeness::of_query(archive, passage, filter, limit).await?)
    }

    /// Counts a document that is received until what is returned is dropped.
    pub fn document(&self) -> Result<Option<Document>, Exceeded> {
        self.allowance.document(&self.caller, Instant::now())
    }

    /// Takes over a file to be screened; when it returns, file and task are durable.
    pub async fn submit(&self, file: Spooled, submission: &Submission) -> Result<(), SubmitError> {
        self.submissions.submit(self.index.as_ref(), file, submission).await.map(drop)
    }

    /// Returns the picture of a page of a PDF; `None` if the file is not kept. It is drawn where files that nobody
    /// vouches for are read; a page that could not be drawn is not tried again at once.
    pub async fn picture(&self, document: DocumentId, page: u32) -> Result<Option<Picture>, BackendError> {
        if self.stored_file(document).await?.is_none() {
            return Ok(None);
        }
        let key = (self.tenant(), document, page);
        if let Some(picture) = self.store.pictures.get(&key) {
            return Ok(Some(picture));
        }
        // Before the file is read, which may be large.
        let turn = turn(&self.store.drawings).await?;
        // Somebody else may have waited for the same page.
        if let Some(picture) = self.store.pictures.get(&key) {
            return Ok(Some(picture));
        }
        let Some(file) = self.file(document).await? else { return Ok(None) };
        let (screener, store) = (Arc::clone(&self.screener), Arc::clone(&self.store));
        let drawn = in_worker(move || {
            let _turn = turn;
            let picture = screener.reader.draw(&file, page).map(Arc::new);
            store.pictures.put(key, picture.clone());
            picture
        });
        drawn.await.map(Some)
    }
}

/// Waits for a turn, which the work is to hold and not the visitor, who may leave.
async fn turn(of: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, BackendError> {
    let turn = Arc::clone(of).acquire_owned().await;
    turn.map_err(|error| BackendError::Worker { what: error.to_string() })
}

/// Runs CPU-bound work on the blocking pool.
pub async fn in_worker<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, BackendError> {
    let worker = tokio::task::spawn_blocking(work).await;
    worker.map_err(|task| BackendError::Worker { what: stopped(&task).to_owned() })
}
