//! Takes over an upload: identity, durable file, durable record, and only then an answer.

use std::sync::Arc;

use crate::contain::stopped;
use crate::domain::ids::{CaseId, DocumentId, ScreeningId};
use crate::index::store::ScreeningRecord;
use crate::index::work::{Lane, ScreeningState, StoredFile, Swap, Work};
use crate::index::{CaseIndex, IndexError};
use crate::ingest::IngestError;
use crate::screen::run::{ScreenError, ScreeningRequest};

use super::{Spooled, Submissions};

/// Attempts at a change while others change the same record or file.
const ATTEMPTS: usize = 32;

/// Ends in a row with a report for which a stage failed after which no other attempt is made: the file is the cause.
const DEGRADED_ENDS: u32 = 2;

/// A revision that no record ever has.
const NEVER: u64 = u64::MAX;

/// What is submitted beside the bytes.
#[derive(Debug, Clone)]
pub struct Submission {
    /// File name without directories.
    pub document_name: String,
    /// What to screen for.
    pub request: ScreeningRequest,
    /// What it may overtake.
    pub lane: Lane,
}

/// Returns the day of submission that the submitter named; `None` for a screening that was not submitted.
pub fn day_of_submission(record: &ScreeningRecord) -> Option<jiff::civil::Date> {
    let request: ScreeningRequest = serde_json::from_str(&record.work.as_ref()?.request_json).ok()?;
    Some(request.submitted)
}

/// Why a submission was not taken over; nothing is stored.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// Correct file or options.
    #[error(transparent)]
    Screen(#[from] ScreenError),
    /// The archive refused or failed.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// Come back later.
    #[error("{waiting} submissions are waiting, which is the limit")]
    Full {
        /// How many may wait.
        waiting: usize,
    },
    /// Report it: the options do not become JSON.
    #[error("the options could not be stored")]
    Options {
        /// What the library said.
        #[source]
        source: serde_json::Error,
    },
}

impl Submissions {
    /// Checks a submission and returns the record it would have in that archive, storing nothing.
    pub fn prepare(
        &self,
        index: &dyn CaseIndex,
        file: &Spooled,
        submission: &Submission,
    ) -> Result<ScreeningRecord, SubmitError> {
        if file.bytes == 0 {
            let name = submission.document_name.clone();
            return Err(ScreenError::from(IngestError::Empty { name }).into());
        }
        let request = &submission.request;
        self.shared.screener.check_facts(request)?;
        let rules = self.shared.screener.rules_of(request)?;
        let request_json =
            serde_json::to_string(request).map_err(|source| SubmitError::Options { source })?;
        let case = request.case.as_ref().map_or("", CaseId::as_str);
        let parts = [
            "submission",
            file.sha256.as_str(),
            submission.document_name.as_str(),
            case,
            &rules,
            &request_json,
        ];
        // What one agency submits is nothing that another one could find by submitting the same.
        let tenant = index.tenant();
        let id = if tenant.is_default() {
            ScreeningId::of_content(&parts)
        } else {
            ScreeningId::of_content(&[&parts[..], &["tenant", tenant.as_str()]].concat())
        };
        let now = jiff::Timestamp::now().to_string();
        Ok(ScreeningRecord {
            id,
            case: request.case.clone(),
            document: DocumentId::of_file(&file.sha256),
            document_name: submission.document_name.clone(),
            packs: request.packs.clone(),
            create_time: now.clone(),
            state: ScreeningState::Pending,
            work: Some(Work {
                request_json,
                file_bytes: file.bytes,
                is_packed: file.is_packed(),
                lane: submission.lane,
                revision: 1,
                attempts: 0,
                holder: None,
                step: None,
                failure: None,
                text: None,
                degraded_ends: 0,
                update_time: now,
            }),
            report_json: String::new(),
        })
    }

    /// Takes over a file. When it returns, file and record are durable. A screening that is there already
    /// is returned as it is, its report aside, unless it failed, was cancelled, or has a report for which a stage
    /// failed: then it is taken up again, for such a report once, and not if there are verdicts about it.
    /// What has begun runs to its end even if the caller goes away.
    pub async fn submit(
        &self,
        index: &dyn CaseIndex,
        file: Spooled,
        submission: &Submission,
    ) -> Result<ScreeningRecord, SubmitError> {
        let record = self.prepare(index, &file, submission)?;
        let there = self.describe(index, record.id).await?;
        let is_begun = match &there {
            Some(there) => is_to_be_repeated(index, there).await?,
            None => true,
        };
        match there.filter(|there| there.state.is_final()) {
            _ if is_begun => self.require_room(index).await?,
            Some(there) => return Ok(there),
            // Whoever submitted it may have had no answer: neither file nor record has to be on the disk.
            None => {}
        }
        let index = index.of_tenant(index.tenant()).ok_or_else(|| not_ours(record.id))?;
        let submissions = self.clone();
        let taking = self.shared.tasks.spawn(async move { submissions.take_over(index, file, record).await });
        let taken = taking.await.unwrap_or_else(|task| {
            Err(IndexError::Engine {
                location: self.shared.index.location().to_owned(),
                action: "take over a submission",
                what: stopped(&task).to_owned(),
            })
        });
        Ok(self.shared.with_step(taken?))
    }

    /// Stores file and record; leaves no file behind that no record names.
    async fn take_over(
        &self,
        index: Arc<dyn CaseIndex>,
        file: Spooled,
        record: ScreeningRecord,
    ) -> Result<ScreeningRecord, IndexError> {
        let document = record.document;
        let stored = self.store(index.as_ref(), &file, record).await;
        if stored.is_err() {
            // The caller does not wait for that, and nothing goes that a screening needs.
            self.shared.tasks.spawn(async move {
                if let Err(error) = index.delete_leftovers(document).await {
                    tracing::warn!(%document, %error, "what no screening needs is deleted later");
                }
            });
        }
        stored
    }

    async fn store(
        &self,
        index: &dyn CaseIndex,
        file: &Spooled,
        record: ScreeningRecord,
    ) -> Result<ScreeningRecord, IndexError> {
        let stored = StoredFile { document: record.document, sha256: file.sha256.clone(), bytes: file.bytes };
        store_file(index, &stored, file).await?;
        let record = put(index, record).await?;
        // Another screening of the file may have been deleted in between, and the file with it. Deletions
        // that begin now find the record.
        if store_file(index, &stored, file).await? {
            make_durable(index, &record).await?;
        }
        if record.state == ScreeningState::Pending {
            self.shared.tell_waiting(index.tenant(), &record);
        }
        Ok(record)
    }

    /// Cancels a submission that has not ended; returns it as it is then, its report aside, `None` if there
    /// is none.
    pub async fn cancel(
        &self,
        index: &dyn CaseIndex,
        id: ScreeningId,
    ) -> Result<Option<ScreeningRecord>, IndexError> {
        let mut there = index.describe_screening(id).await?;
        for _ in 0..ATTEMPTS {
            let Some(record) = there else { return Ok(None) };
            let Some(work) = record.work.clone().filter(|_| !record.state.is_final()) else {
                if record.state == ScreeningState::Cancelled {
                    // Perhaps by a call that got no answer: it does not have to be on the disk.
                    make_durable(index, &record).await?;
                }
                return Ok(Some(record));
            };
            let seen = work.revision;
            let cancelled = ScreeningRecord {
                state: ScreeningState::Cancelled,
                work: Some(Work {
                    revision: seen + 1,
                    holder: None,
                    step: None,
                    update_time: jiff::Timestamp::now().to_string(),
                    ..work
                }),
                ..record
            };
            match index.swap_screening(Some(seen), &cancelled).await? {
                Swap::Stored => {
                    self.shared.backlog().remove(id);
                    if let Some(running) = self.shared.running().get(&id) {
                        running.cancel.cancel();
                    }
                    self.shared.tell();
                    return Ok(Some(cancelled));
                }
                Swap::Refused(other) => there = other.map(|record| *record),
            }
        }
        Err(not_ours(id))
    }

    async fn require_room(&self, index: &dyn CaseIndex) -> Result<(), SubmitError> {
        let waiting = self.shared.settings.waiting;
        let there = index.count_screenings(ScreeningState::Pending).await?;
        if there >= waiting as u64 { Err(SubmitError::Full { waiting }) } else { Ok(()) }
    }
}

/// Stores a file until all of it is there; returns whether it had to be stored.
async fn store_file(index: &dyn CaseIndex, stored: &StoredFile, file: &Spooled) -> Result<bool, IndexError> {
    let unavailable = |what: String| IndexError::Unavailable { location: index.location().to_owned(), what };
    for attempt in 0..ATTEMPTS {
        let reader = file.reader();
        let reader =
            reader.map_err(|error| unavailable(format!("the spooled file cannot be read: {error}")))?;
        if !index.put_file(stored, Box::new(reader)).await? {
            return Ok(attempt > 0);
        }
    }
    Err(unavailable(format!("document {} is deleted again and again while it is stored", stored.document)))
}

/// Waits until what was stored before of screenings and files is on the disk, by a change that changes nothing: every
/// change waits for that. Nothing waits for passages, of which a graph may be built for minutes.
async fn make_durable(index: &dyn CaseIndex, record: &ScreeningRecord) -> Result<(), IndexError> {
    index.swap_screening(Some(NEVER), record).await.map(drop)
}

/// True for what ended otherwise than it might today: an archive that was away for a moment must not leave a report
/// without precedents for ever. The report goes when it is begun again: so not if somebody has decided about its
/// findings.
async fn is_to_be_repeated(index: &dyn CaseIndex, record: &ScreeningRecord) -> Result<bool, IndexError> {
    match record.state {
        ScreeningState::Failed | ScreeningState::Cancelled => Ok(true),
        ScreeningState::Succeeded => {
            let ends = record.work.as_ref().map_or(0, |work| work.degraded_ends);
            if !(1..DEGRADED_ENDS).contains(&ends) {
                return Ok(false);
            }
            let verdicts = index.list_verdicts(record.id, 1, None).await?;
            Ok(verdicts.items.is_empty() && verdicts.next.is_none())
        }
        ScreeningState::Pending | ScreeningState::Running => Ok(false),
    }
}

/// Stores a pending record over nothing or over one that is to be repeated.
async fn put(index: &dyn CaseIndex, mut record: ScreeningRecord) -> Result<ScreeningRecord, IndexError> {
    let mut seen = None;
    for _ in 0..ATTEMPTS {
        let there = match index.swap_screening(seen, &record).await? {
            Swap::Stored => return Ok(record),
            Swap::Refused(there) => there,
        };
        let Some(there) = there else {
            seen = None;
            continue;
        };
        if !is_to_be_repeated(index, &there).await? {
            return Ok(*there);
        }
        let (revision, degraded_ends) =
            there.work.as_ref().map_or((0, 0), |work| (work.revision, work.degraded_ends));
        seen = Some(revision);
        record.create_time = there.create_time;
        if let Some(work) = record.work.as_mut() {
            work.revision = revision + 1;
            work.degraded_ends = degraded_ends;
        }
    }
    Err(not_ours(record.id))
}

/// What is read and never becomes writable belongs to somebody else.
fn not_ours(id: ScreeningId) -> IndexError {
    IndexError::Invalid { what: format!("screening {id} belongs to the shared archive or another tenant") }
}

#[cfg(test)]
#[path = "submit_tests.rs"]
mod tests;
