//! What is kept of a screening beside its report: where it stands and what is needed to run it, the
//! file, the extracted text, and the request ids that callers chose.
//!
//! All of it lies in the archive, so that any replica of the service can go on where another one
//! stopped. Invariants: a file or text is readable only as a whole; a record changes only if the caller
//! has seen its last revision ([`WorkStore::swap_screening`]), so two replicas never both take one.

use std::io::Read;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::store::{IndexError, ScreeningRecord};
use crate::domain::document::Document;
use crate::domain::ids::{CaseId, DocumentId, ScreeningId, SectionId, VerdictId};
use crate::domain::span::TextRange;
use crate::domain::tenant::TenantId;

/// Bytes of a stored file in one piece.
pub const FILE_PIECE: usize = 512 * 1024;

/// Bytes of a stored text in one piece, at most.
pub const TEXT_PIECE: usize = 256 * 1024;

/// Where a screening stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScreeningState {
    /// Its file is stored; it waits for its turn.
    Pending,
    /// Somebody works on it.
    Running,
    /// It has a report. Records without a state are of this one.
    #[default]
    Succeeded,
    /// It ended without a report.
    Failed,
    /// A caller cancelled it.
    Cancelled,
}

impl ScreeningState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Pending, Self::Running, Self::Succeeded, Self::Failed, Self::Cancelled];

    /// Returns the state in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// True if nothing more will happen by itself.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

/// What goes first when there is more to do than can be done at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// Somebody waits for it.
    Interactive,
    /// It may wait.
    Bulk,
}

/// How far a running screening is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Stage in lower case, e.g. `embed`.
    pub stage: String,
    /// Units done.
    pub done: u64,
    /// Units in all; 0 if not known.
    pub total: u64,
}

/// Why a screening ended without a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Stable reason, e.g. `ENCRYPTED`.
    pub reason: String,
    /// One sentence.
    pub message: String,
}

/// What is needed to run a submitted screening, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// What to screen for, as JSON; opaque to the archive.
    pub request_json: String,
    /// Size of the file.
    pub file_bytes: u64,
    /// True for a format that holds far less text than bytes.
    pub is_packed: bool,
    /// What it may overtake.
    pub lane: Lane,
    /// Counts the changes of the record, from 1.
    pub revision: u64,
    /// How often it was taken up.
    pub attempts: u32,
    /// Who works on it, while it runs.
    pub holder: Option<Uuid>,
    /// How far it was when the holder last said so.
    pub step: Option<Step>,
    /// Why there is no report.
    pub failure: Option<Failure>,
    /// The extracted text, once it is stored.
    pub text: Option<Uuid>,
    /// How often in a row it ended with a report for which a stage failed, which lacks what another attempt may find.
    #[serde(default)]
    pub degraded_ends: u32,
    /// RFC 3339 time at which the state last changed.
    pub update_time: String,
}

/// What a reviewer has seen of the verdicts about a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Does not say.
    Whatever,
    /// There is none yet.
    None,
    /// This is the latest.
    Verdict(VerdictId),
}

/// Which screenings to list. Empty fields do not filter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScreeningFilter {
    /// Of this case.
    pub case: Option<CaseId>,
    /// In this state.
    pub state: Option<ScreeningState>,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Swap {
    /// It is stored.
    Stored,
    /// Something else is stored: this, or nothing.
    Refused(Option<Box<ScreeningRecord>>),
}

/// A stored file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFile {
    /// Identity of the bytes.
    pub document: DocumentId,
    /// Lower-case hexadecimal SHA-256 of the bytes.
    pub sha256: String,
    /// Size.
    pub bytes: u64,
}

impl StoredFile {
    /// Returns the number of pieces it is stored in.
    pub fn pieces(&self) -> u64 {
        self.bytes.div_ceil(FILE_PIECE as u64)
    }
}

/// Where a page stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageMark {
    /// Counted from 1.
    pub number: u32,
    /// Its part of the text.
    pub range: TextRange,
}

/// Where a section stands in a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionMark {
    /// Position in document order, from 1.
    pub id: SectionId,
    /// Depth from 1.
    pub level: u8,
    /// Number as printed, without the title.
    pub number: Option<String>,
    /// Title as printed, without the number.
    pub title: String,
    /// The heading itself.
    pub heading: TextRange,
    /// From the heading to the next one of the same or a higher level.
    pub extent: TextRange,
    /// First page, if the format has pages.
    pub page: Option<u32>,
}

/// Pages and sections of a stored text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextOutline {
    /// Length of the text in bytes.
    pub bytes: usize,
    /// Pages in order; empty where the format has none.
    pub pages: Vec<PageMark>,
    /// Sections in document order.
    pub sections: Vec<SectionMark>,
}

impl TextOutline {
    /// Returns the outline of a document's text.
    pub fn of(document: &Document) -> Self {
        let pages = document.pages.iter().map(|page| PageMark { number: page.number, range: page.range });
        let sections = document.sections.iter().map(|section| SectionMark {
            id: section.id,
            level: section.level,
            number: section.number.clone(),
            title: section.title.clone(),
            heading: section.heading,
            extent: section.extent,
            page: section.page_start,
        });
        Self { bytes: document.text.len(), pages: pages.collect(), sections: sections.collect() }
    }

    /// Returns the part of the text that pages `first` to `last` take; `None` if the document has none
    /// of them.
    pub fn of_pages(&self, first: u32, last: u32) -> Option<TextRange> {
        let mut pages = self.pages.iter().filter(|page| (first..=last).contains(&page.number));
        let start = pages.next()?.range;
        let end = pages.next_back().map_or(start, |page| page.range);
        Some(TextRange::new(start.start, end.end))
    }
}

/// A request id that a caller chose, with what it stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestRecord {
    /// Who chose it; ids of different callers never meet. Empty where callers have no names.
    pub caller: String,
    /// Method it was sent to.
    pub method: String,
    /// The id.
    pub request: Uuid,
    /// Hash of everything else in the request.
    pub fingerprint: String,
    /// Name of what is to be made, where that is known before; empty otherwise.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub promise: String,
    /// Name of what was made, once it is; empty before.
    pub answer: String,
}

/// Whether the verdicts about a screening go with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdicts {
    /// They stay: who decided what, and why, has to be told later.
    Stay,
    /// They go, too.
    Go,
}

/// A store of work, files, texts and request ids.
#[async_trait]
pub trait WorkStore: Send + Sync {
    /// Returns up to `limit` screenings in a state with their owners, whoever these are, without reports,
    /// ordered by id, those after `after`: for the process that runs the work of all tenants. An index that
    /// is bound to a tenant refuses.
    async fn work_of_all(
        &self,
        state: ScreeningState,
        limit: usize,
        after: Option<ScreeningId>,
    ) -> Result<Vec<(TenantId, ScreeningRecord)>, IndexError>;

    /// Returns how many screenings of the tenant's own are in a state, which is less work than to list them.
    async fn count_screenings(&self, state: ScreeningState) -> Result<u64, IndexError>;

    /// Returns up to `limit` screenings with their owners, whoever these are, without reports, ordered by id,
    /// those after `after`: for operators. An index that is bound to a tenant refuses.
    async fn screenings_of_all(
        &self,
        limit: usize,
        after: Option<ScreeningId>,
    ) -> Result<Vec<(TenantId, ScreeningRecord)>, IndexError>;

    /// Deletes a screening that has ended if what is stored is still this record, with its report, and with
    /// its file and text unless another screening is of the same document. When it returns, the deletion is
    /// durable; one that is interrupted is finished when the index is opened again.
    async fn delete_screening(
        &self,
        record: &ScreeningRecord,
        verdicts: Verdicts,
    ) -> Result<Swap, IndexError>;

    /// Deletes a submitted file if all screenings of it ended before that time (RFC 3339); their texts and
    /// reports stay. Returns false if there is no such file or it is still needed.
    async fn delete_file(&self, document: DocumentId, ended_before: &str) -> Result<bool, IndexError>;

    /// Deletes file and texts of a document of which there is no screening, e.g. what was stored for one that
    /// was deleted meanwhile.
    async fn delete_leftovers(&self, document: DocumentId) -> Result<(), IndexError>;

    /// Finishes what a process, of whatever tenant, left unfinished when it ended: deletions, imports, and
    /// submissions of which nothing came but the file; and gives room back. To be called now and then.
    async fn finish_deletions(&self) -> Result<(), IndexError>;

    /// Stores a submitted screening if what is stored is what the caller has seen: nothing (`None`), or
    /// the record with that revision. Durable when it returns.
    async fn swap_screening(&self, seen: Option<u64>, record: &ScreeningRecord) -> Result<Swap, IndexError>;

    /// As [`Self::swap_screening`], for a change that need not survive a kill (a sign of life).
    async fn touch_screening(&self, seen: u64, record: &ScreeningRecord) -> Result<Swap, IndexError>;

    /// Stores a file; a file that is there already is not stored again. Returns whether it was stored now: then a
    /// deletion of the same document may have taken some of it meanwhile, and the next call stores it again. The
    /// content must have the size that `file` states. It becomes durable with the next durable write, e.g. of
    /// the screening that is made of it: an engine keeps the order of writes, and a flush for each of both takes
    /// twice the time.
    async fn put_file(&self, file: &StoredFile, content: Box<dyn Read + Send>) -> Result<bool, IndexError>;

    /// Returns what is stored of a file; `None` unless all of it is.
    async fn get_file(&self, document: DocumentId) -> Result<Option<StoredFile>, IndexError>;

    /// Returns whether the tenant has that file itself, which it may delete; it reads those of the shared archive, too.
    async fn owns_file(&self, document: DocumentId) -> Result<bool, IndexError>;

    /// Returns piece `number` of a file, counted from 0; every piece but the last has [`FILE_PIECE`]
    /// bytes. `None` if there is no such piece.
    async fn read_file(&self, document: DocumentId, number: u64) -> Result<Option<Vec<u8>>, IndexError>;

    /// Stores the extracted text of a document with its outline and returns its identity, which follows
    /// from all three. It becomes durable with the next durable write.
    async fn put_text(
        &self,
        document: DocumentId,
        text: &str,
        outline: &TextOutline,
    ) -> Result<Uuid, IndexError>;

    /// Returns the outline of a text.
    async fn get_outline(&self, text: Uuid) -> Result<Option<TextOutline>, IndexError>;

    /// Returns part of a text; a range that begins or ends within a character is widened to it. `None`
    /// if there is no such text.
    async fn read_text(&self, text: Uuid, range: TextRange) -> Result<Option<String>, IndexError>;

    /// Keeps a request id unless it is kept already, and returns what is kept.
    async fn claim_request(&self, request: &RequestRecord) -> Result<RequestRecord, IndexError>;

    /// Keeps what became of a request.
    async fn answer_request(&self, request: &RequestRecord) -> Result<(), IndexError>;
}
