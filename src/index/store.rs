//! The contract of a case index and what it stores; [`crate::index`] has two implementations, and one
//! conformance suite runs against both.
//!
//! Invariants every implementation keeps: ids derive from content, so repeating a call changes nothing;
//! a case is visible with all its passages or not at all; filters apply inside the engine, before
//! candidates are chosen; lists are ordered by id, hits by score (descending) and then by id.
//!
//! An index is bound to one tenant. It writes for that tenant, and it reads what belongs to it and to
//! the shared tenant; there is no call that reaches anything else. Where a case of the tenant and one of
//! the shared archive have the same id, the tenant sees its own.

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::copy::Copier;
use super::session_archive::SessionStore;
use super::work::{ScreeningFilter, ScreeningState, Seen, Work, WorkStore};
use crate::domain::case::{Case, Facets};
use crate::domain::ids::{CaseId, DocumentId, ScreeningId};
use crate::domain::tenant::TenantId;
use crate::domain::verdict::Verdict;

/// Why an index call failed, by what the caller can do.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// Correct the call.
    #[error("{what}")]
    Invalid {
        /// What is wrong with it.
        what: String,
    },
    /// Something else is stored under the same id; draw a new one.
    #[error("{what}")]
    Taken {
        /// What is there.
        what: String,
    },
    /// Look at what came first and decide anew.
    #[error("another verdict about the finding came first: {}", latest.as_deref().unwrap_or("none is there"))]
    Superseded {
        /// Id of the latest verdict.
        latest: Option<String>,
    },
    /// The directory or collection was written by another model or schema.
    #[error(
        "the index at {location} was written for {found}, this program needs {expected}; \
         choose the model it was written with, or another place; an archive whose schema is older is restored \
         from a backup made by the program that wrote it"
    )]
    Incompatible {
        /// Directory or URL.
        location: String,
        /// What is there.
        found: String,
        /// What is needed.
        expected: String,
    },
    /// Another process holds the directory.
    #[error("the index directory {location} is in use by another process")]
    Locked {
        /// Directory.
        location: String,
    },
    /// The engine cannot be reached or has no room; try again later.
    #[error("the index at {location} is unavailable: {what}")]
    Unavailable {
        /// Directory or URL.
        location: String,
        /// What happened.
        what: String,
    },
    /// The audit log could not tell of the change, so it was not made; try again later.
    #[error("{what}")]
    Unrecorded {
        /// What keeps it from being told.
        what: String,
    },
    /// The engine failed.
    #[error("the index at {location} failed while it was to {action}: {what}")]
    Engine {
        /// Directory or URL.
        location: String,
        /// What was being done.
        action: &'static str,
        /// What it said.
        what: String,
    },
}

/// A sparse vector: token ids, ascending and without repeats, with their weights.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SparseVector {
    /// Token ids.
    pub indices: Vec<u32>,
    /// BM25 term weights without the IDF part, which the engine supplies.
    pub values: Vec<f32>,
}

/// A passage on its way into the index.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexedPassage {
    /// Position in the document, from 1.
    pub ordinal: u32,
    /// Titles from the outermost section down, joined by ` > `; empty before the first heading.
    pub heading_path: String,
    /// Page counted from 1, if the format has pages.
    pub page: Option<u32>,
    /// The passage text as extracted.
    pub text: String,
    /// BCP 47 tag, empty if unsure.
    pub language: String,
    /// Unit vector; `None` if the model does not cover the language.
    pub dense: Option<Vec<f32>>,
    /// Lexical vector.
    pub sparse: SparseVector,
}

/// A document with its passages on its way into the index.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexedDocument {
    /// Identity.
    pub id: DocumentId,
    /// File name.
    pub name: String,
    /// SHA-256 of the bytes.
    pub sha256: String,
    /// Pages, 0 where the format has none.
    pub pages: u32,
    /// Passages in order.
    pub passages: Vec<IndexedPassage>,
}

/// Which passages may be found. Empty fields do not filter.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CaseFilter {
    /// Facets that must be equal (activity type, jurisdiction, region, basin, category, stage,
    /// agency, document type, language, project, year, decision date).
    pub facets: Facets,
    /// Year of the case, from.
    pub year_from: Option<i32>,
    /// Year of the case, to.
    pub year_to: Option<i32>,
    /// Only cases decided on or before this day (`YYYY-MM-DD`); cases without a decision date are
    /// left out when it is set.
    pub as_of: Option<String>,
    /// Cases that must not be found.
    pub exclude_cases: Vec<CaseId>,
    /// Projects whose cases must not be found.
    pub exclude_projects: Vec<String>,
    /// Documents that must not be found (the same file archived under another case); a list of
    /// cases leaves out the cases that hold one.
    pub exclude_documents: Vec<DocumentId>,
}

/// What to compare passages with.
#[derive(Debug, Clone, PartialEq)]
pub enum QueryVector {
    /// Cosine similarity.
    Dense(Vec<f32>),
    /// BM25.
    Sparse(SparseVector),
}

/// A passage that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct PassageHit {
    /// Point id: UUIDv5 of case, document and ordinal.
    pub id: uuid::Uuid,
    /// Cosine or BM25 score.
    pub score: f32,
    /// Case it belongs to.
    pub case: CaseId,
    /// Document it belongs to.
    pub document: DocumentId,
    /// Position in the document.
    pub ordinal: u32,
    /// Heading path.
    pub heading_path: String,
    /// Page, if the format has pages.
    pub page: Option<u32>,
    /// Passage text.
    pub text: String,
}

/// What an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportOutcome {
    /// The case is new.
    Created,
    /// The case was there with other content or facets and has been replaced.
    Replaced,
    /// The very same case was there; nothing changed.
    Unchanged,
}

/// A screening as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScreeningRecord {
    /// Identity.
    pub id: ScreeningId,
    /// Case it was made for, if any.
    pub case: Option<CaseId>,
    /// Document it was made of.
    pub document: DocumentId,
    /// Document name.
    pub document_name: String,
    /// Rule packs used.
    pub packs: Vec<String>,
    /// RFC 3339 time at which it was first stored.
    pub create_time: String,
    /// Where it stands.
    #[serde(default)]
    pub state: ScreeningState,
    /// What is needed to run it; absent for a screening that was not submitted.
    #[serde(default)]
    pub work: Option<Work>,
    /// The report in canonical protobuf JSON; empty until there is one.
    pub report_json: String,
}

impl ScreeningRecord {
    /// Returns the RFC 3339 time at which it ended; `None` for one that has not.
    pub fn end_time(&self) -> Option<&str> {
        let ended = self.work.as_ref().map_or(&self.create_time, |work| &work.update_time);
        self.state.is_final().then_some(ended)
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPage<T> {
    /// Items in order.
    pub items: Vec<T>,
    /// Id after which the next page starts; `None` on the last page.
    pub next: Option<String>,
}

/// Size and content hash of the archive, for provenance.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ArchiveState {
    /// Cases.
    pub cases: u64,
    /// Passages.
    pub passages: u64,
    /// Hash over the sorted case fingerprints.
    pub fingerprint: String,
}

/// A store of cases, screenings and verdicts with search over passages.
#[async_trait]
pub trait CaseIndex: WorkStore + SessionStore {
    /// Returns directory or URL, for messages.
    fn location(&self) -> &str;

    /// Returns the schema identity, e.g. `eia-screen/3 dense=all-minilm-l6-v2:384 sparse=bm25+gloss`.
    fn schema(&self) -> &str;

    /// Returns the tenant the index is bound to.
    fn tenant(&self) -> &TenantId;

    /// Binds the index to a tenant. An index that was bound so stays bound: it answers `None` for any
    /// other tenant.
    fn of_tenant(&self, tenant: &TenantId) -> Option<Arc<dyn CaseIndex>>;

    /// Stores a case with its documents. When it returns, the case is durable and visible as a whole.
    ///
    /// The stored list of documents follows from `documents`, whatever `case.documents` says. A case
    /// that was there with other content is replaced as a whole. The write runs to its end even if
    /// the caller goes away.
    async fn import_case(
        &self,
        case: &Case,
        documents: &[IndexedDocument],
    ) -> Result<ImportOutcome, IndexError>;

    /// Stores several cases as [`Self::import_case`] does, at the price of one write to disk. If it fails,
    /// each of the cases is there as a whole or unchanged.
    async fn import_cases(
        &self,
        cases: Vec<(Case, Vec<IndexedDocument>)>,
    ) -> Result<Vec<ImportOutcome>, IndexError>;

    /// Returns the way to copy everything that is stored, whoever owns it: for operators. An index that is
    /// bound to a tenant refuses.
    fn copier(&self) -> Result<Copier, IndexError>;

    /// Returns a case.
    async fn get_case(&self, id: &CaseId) -> Result<Option<Case>, IndexError>;

    /// Returns up to `limit` cases that match, ordered by id, starting after `after`; fewer if they are large.
    async fn list_cases(
        &self,
        filter: &CaseFilter,
        limit: usize,
        after: Option<&str>,
    ) -> Result<ListPage<Case>, IndexError>;

    /// Deletes a case with its passages; returns false if there was none.
    async fn delete_case(&self, id: &CaseId) -> Result<bool, IndexError>;

    /// Returns the `limit` best passages for each query, best first.
    ///
    /// Scores are rounded to five decimals, so that engines and machines agree on what ties; passages
    /// without a vector of the asked kind, and passages that share no term with a sparse query, are
    /// not found.
    async fn nearest(
        &self,
        queries: &[QueryVector],
        filter: &CaseFilter,
        limit: usize,
    ) -> Result<Vec<Vec<PassageHit>>, IndexError>;

    /// Returns size and content hash of the archive.
    async fn archive_state(&self) -> Result<ArchiveState, IndexError>;

    /// Stores a screening; storing the same id again keeps the first `create_time`.
    async fn put_screening(&self, record: &ScreeningRecord) -> Result<(), IndexError>;

    /// Returns a screening.
    async fn get_screening(&self, id: ScreeningId) -> Result<Option<ScreeningRecord>, IndexError>;

    /// Returns a screening without `report_json`, which can be large.
    async fn describe_screening(&self, id: ScreeningId) -> Result<Option<ScreeningRecord>, IndexError>;

    /// Returns screenings that match, ordered by id, without `report_json`.
    async fn list_screenings(
        &self,
        filter: &ScreeningFilter,
        limit: usize,
        after: Option<&str>,
    ) -> Result<ListPage<ScreeningRecord>, IndexError>;

    /// Appends a verdict; appending the same id and content again changes nothing, the same id with
    /// other content is [`IndexError::Taken`]. The time is not content: the first one stands. Returns the
    /// verdict as it is stored. If the latest verdict about the finding is not the one that was `seen`,
    /// nothing is appended: [`IndexError::Superseded`].
    async fn append_verdict(&self, verdict: &Verdict, seen: Seen) -> Result<Verdict, IndexError>;

    /// Returns a verdict as [`Self::append_verdict`] stored it; `None` if it did not, [`IndexError::Taken`] if it
    /// stored another one under its id.
    async fn appended_verdict(&self, verdict: &Verdict) -> Result<Option<Verdict>, IndexError>;

    /// Returns up to `limit` verdicts of a screening, ordered by time and id, starting after `after`; fewer if they
    /// are large.
    async fn list_verdicts(
        &self,
        screening: ScreeningId,
        limit: usize,
        after: Option<&str>,
    ) -> Result<ListPage<Verdict>, IndexError>;

    /// Reads one point of each collection, to see whether the archive answers; what can be mended is.
    async fn probe(&self) -> Result<(), IndexError>;

    /// Writes everything to disk.
    async fn flush(&self) -> Result<(), IndexError>;
}
