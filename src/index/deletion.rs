//! How does a screening disappear as a whole, although its report, file and text are many points, and other
//! screenings may be of the same file?
//!
//! ```text
//! screening   record ─► deletion          one point takes the place of the other: gone, and noted as such
//!               verdicts, if they go
//!               file and texts, unless a screening of the document is left:
//!                 file  FILE ─► file deletion     from now on nobody finds the file there
//!                       needed after all?  back to FILE
//!                       pieces and texts          deleted, durable
//!                       the file deletion         goes
//!               the deletion goes
//! ```
//!
//! Each first step is one conditional write, durable before anything else is touched, and both announce what
//! is still to be done: after a kill the next opening finishes it, or, where several processes write into one
//! store, whoever meets it after some time ([`AGE`]). Who stores a file looks for it once more after the record of its screening is
//! stored ([`crate::submission::Submissions::submit`]), and waits while it is being deleted; so a file that
//! was about to go when another screening of it came is there or is stored again, and never lost ([`super::file_archive`]).
//! Whatever the last screening of a document was, submitted or called, file and texts go with it.
//!
//! Invariants: what a screening needs is deleted by nobody; a deletion that is announced is finished; one
//! deletion at a time per open index, so none is finished twice.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::archive::Archive;
use super::engine::{Fields, Payload, Point, Record};
use super::filter::{Filter, Test};
use super::payload::{self, put};
use super::schema::{Collection, field, kind, tag};
use super::store::{CaseIndex, IndexError, ScreeningRecord};
use super::work::{StoredFile, Swap, Verdicts, WorkStore};
use super::work_archive::{described, file_piece, file_point, file_record, of_document, text_piece_point};
use super::{tenancy, validate};
use crate::domain::ids::{DocumentId, ScreeningId};

/// Seconds after which a deletion counts as interrupted although other processes write into the same store.
/// A deletion is a few calls to the engine, each of which has a time limit.
pub(super) const AGE: u64 = 300;

/// How long, and how often, a file that is being deleted is waited for.
const WAIT: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(20);

/// Points handled in one engine call.
const BATCH: usize = 1_000;

/// What is stored of a document beside the record of its file.
const PARTS: &[&str] = &[kind::FILE_PIECE, kind::TEXT, kind::TEXT_PIECE, kind::ARRIVAL];

/// A screening that is being deleted.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Deletion {
    screening: ScreeningId,
    document: DocumentId,
    /// Text as its record named it.
    text: Option<Uuid>,
    /// Always true and not looked at: versions before this one go by it, and read no deletion without it.
    #[serde(default)]
    has_file: bool,
    verdicts: Verdicts,
}

/// A file that is being deleted.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct FileDeletion {
    document: DocumentId,
    /// What is put back if it is needed after all.
    file: Option<StoredFile>,
    /// Screenings that ended before that time need it no longer; none: every screening needs it, and with
    /// the file go the texts.
    ended_before: Option<String>,
}

impl Archive {
    /// See [`WorkStore::delete_screening`].
    pub(super) async fn delete_record(
        &self,
        record: &ScreeningRecord,
        verdicts: Verdicts,
    ) -> Result<Swap, IndexError> {
        let deleted = self.writer.alone(self.delete_one(record, verdicts)).await?;
        if deleted == Swap::Stored {
            self.tidy().await;
        }
        Ok(deleted)
    }

    /// See [`WorkStore::delete_file`].
    pub(super) async fn delete_file_of(
        &self,
        document: DocumentId,
        ended_before: String,
    ) -> Result<bool, IndexError> {
        validate::time(&ended_before)?;
        self.drop_and_tidy(document, Some(ended_before)).await
    }

    /// See [`WorkStore::delete_leftovers`]. Returns whether anything was deleted.
    pub(super) async fn drop_leftovers(&self, document: DocumentId) -> Result<bool, IndexError> {
        self.drop_and_tidy(document, None).await
    }

    /// Gives the room back, too: a disk may be full.
    async fn drop_and_tidy(
        &self,
        document: DocumentId,
        ended_before: Option<String>,
    ) -> Result<bool, IndexError> {
        let is_deleted = self.writer.alone(self.drop_document(document, ended_before)).await?;
        if is_deleted {
            self.tidy().await;
        }
        Ok(is_deleted)
    }

    /// Finishes the deletion of a screening, if one is announced.
    pub(super) async fn settle_screening(&self, screening: ScreeningId) -> Result<(), IndexError> {
        if self.own(screening.0, kind::DELETION).await?.is_none() {
            return Ok(());
        }
        self.writer.alone(self.finish_deletion_of(screening)).await
    }

    /// Finishes deletions of all tenants that no living process can be busy with.
    pub(super) async fn finish_interrupted(&self) -> Result<(), IndexError> {
        self.writer.alone(self.finish_all()).await
    }

    async fn delete_one(&self, record: &ScreeningRecord, verdicts: Verdicts) -> Result<Swap, IndexError> {
        if !record.state.is_final() {
            let what = format!("screening {} has not ended", record.id);
            return Err(IndexError::Invalid { what });
        }
        self.finish_deletion_of(record.id).await?;
        let work = record.work.as_ref();
        let deletion = Deletion {
            screening: record.id,
            document: record.document,
            text: work.and_then(|work| work.text),
            has_file: true,
            verdicts,
        };
        let mut seen = Filter::default().and_is(field::KIND, kind::SCREENING);
        if let Some(work) = work {
            seen = seen.and_is(field::REVISION, work.revision.to_string());
        }
        let about = [tag(field::SCREENING, &record.id.to_string())];
        let payload = described(&self.tenant, kind::DELETION, &about);
        let payload = announced(payload, &deletion, self.writer.now())?;
        if self.replace(record.id.0, payload, Some(seen), kind::DELETION).await? {
            self.finish_deletion(&deletion).await?;
            return Ok(Swap::Stored);
        }
        let found = self.record(record.id.0, kind::SCREENING).await?;
        let found = found.filter(|found| tenancy::owner(found).as_ref() == Some(&self.tenant));
        let found = found.map(|found| payload::read_screening(found, self.location())).transpose()?;
        Ok(Swap::Refused(found.map(Box::new)))
    }

    /// Finishes the deletion of a screening, if one is announced; the caller holds off others like it.
    pub(super) async fn finish_deletion_of(&self, screening: ScreeningId) -> Result<(), IndexError> {
        match self.own(screening.0, kind::DELETION).await? {
            Some(announced) => {
                self.finish_deletion(&payload::read_content(announced, self.location())?).await
            }
            None => Ok(()),
        }
    }

    async fn finish_deletion(&self, deletion: &Deletion) -> Result<(), IndexError> {
        if deletion.verdicts == Verdicts::Go {
            let mut filter = Filter::default().and_is(field::SCREENING, deletion.screening.to_string());
            filter.must.push(Test::In(field::KIND, vec![kind::VERDICT.into(), kind::FINDING.into()]));
            self.engine.delete(Collection::Records, tenancy::owned(filter, &self.tenant)).await?;
        }
        self.drop_document(deletion.document, None).await?;
        if let Some(text) = deletion.text
            && !self.is_needed(deletion.document, None).await?
        {
            self.drop_old_text(text).await?;
        }
        // Nothing of it may come back when the announcement is gone.
        self.engine.persist(Collection::Records).await?;
        // By what it is, not by its id: a screening may have its id again.
        let this = Filter::default()
            .and_is(field::KIND, kind::DELETION)
            .and_is(field::SCREENING, deletion.screening.to_string());
        self.engine.delete(Collection::Records, tenancy::owned(this, &self.tenant)).await
    }

    /// Deletes a file with its texts, or the file alone where a time is given, unless a screening needs it.
    /// Returns whether it was deleted.
    async fn drop_document(
        &self,
        document: DocumentId,
        ended_before: Option<String>,
    ) -> Result<bool, IndexError> {
        let file = self.file_after_deletion(document).await?;
        let is_there = file.is_some() || (ended_before.is_none() && self.has_parts(document).await?);
        if !is_there || self.is_needed(document, ended_before.as_deref()).await? {
            return Ok(false);
        }
        let seen = file.is_some().then(|| Filter::default().and_is(field::KIND, kind::FILE));
        let deletion = FileDeletion { document, file, ended_before };
        let payload = of_document(&self.tenant, kind::FILE_DELETION, document);
        let payload = announced(payload, &deletion, self.writer.now())?;
        if self.replace(file_point(&self.tenant, document), payload, seen, kind::FILE_DELETION).await? {
            return self.finish_file_deletion(&deletion).await;
        }
        // Somebody else stores or deletes it at this moment.
        Ok(false)
    }

    async fn finish_file_deletion(&self, deletion: &FileDeletion) -> Result<bool, IndexError> {
        let document = deletion.document;
        // A screening that came in between has found the file: from here on none does.
        if self.is_needed(document, deletion.ended_before.as_deref()).await? {
            match &deletion.file {
                Some(file) => {
                    self.engine.upsert(Collection::Records, vec![file_record(&self.tenant, file)?]).await?;
                }
                None => self.forget_file_deletion(document).await?,
            }
            self.engine.persist(Collection::Records).await?;
            return Ok(false);
        }
        let kinds: &[&str] = if deletion.ended_before.is_some() { &[kind::FILE_PIECE] } else { PARTS };
        self.engine.delete(Collection::Records, self.parts_of(document, kinds)).await?;
        // Pieces that earlier versions stored do not name their document.
        let pieces = deletion.file.as_ref().map_or(0, StoredFile::pieces);
        let pieces = (0..pieces).map(|number| file_piece(&self.tenant, document, number)).collect();
        self.remove(pieces).await?;
        self.engine.persist(Collection::Records).await?;
        self.forget_file_deletion(document).await?;
        Ok(true)
    }

    /// True if anything of the document is there beside the record of its file.
    async fn has_parts(&self, document: DocumentId) -> Result<bool, IndexError> {
        Ok(self.engine.count(Collection::Records, self.parts_of(document, PARTS)).await? > 0)
    }

    /// Matches what the tenant has of a document, of these kinds.
    fn parts_of(&self, document: DocumentId, kinds: &[&str]) -> Filter {
        let mut filter = Filter::default().and_is(field::DOCUMENT, document.to_string());
        filter.must.push(Test::In(field::KIND, kinds.iter().map(ToString::to_string).collect()));
        tenancy::owned(filter, &self.tenant)
    }

    async fn forget_file_deletion(&self, document: DocumentId) -> Result<(), IndexError> {
        let this = Filter::default()
            .and_is(field::KIND, kind::FILE_DELETION)
            .and_is(field::DOCUMENT, document.to_string());
        self.engine.delete(Collection::Records, tenancy::owned(this, &self.tenant)).await
    }

    /// Deletes a text that does not name its document, as earlier versions stored them.
    async fn drop_old_text(&self, text: Uuid) -> Result<(), IndexError> {
        if self.own(text, kind::TEXT).await?.is_none() {
            return Ok(());
        }
        let Some(outline) = self.get_outline(text).await? else { return Ok(()) };
        let pieces = outline.bytes.div_ceil(super::work::TEXT_PIECE) as u64;
        let points = std::iter::once(text).chain((0..pieces).map(|number| text_piece_point(text, number)));
        self.remove(points.collect()).await
    }

    async fn remove(&self, points: Vec<Uuid>) -> Result<(), IndexError> {
        for batch in points.chunks(BATCH) {
            self.engine.remove(Collection::Records, batch.to_vec()).await?;
        }
        Ok(())
    }

    /// True if a screening of the document is left that did not end before that time, if one is given.
    pub(super) async fn is_needed(
        &self,
        document: DocumentId,
        ended_before: Option<&str>,
    ) -> Result<bool, IndexError> {
        let of_it = Filter::default()
            .and_is(field::KIND, kind::SCREENING)
            .and_is(field::DOCUMENT, document.to_string());
        let of_earlier_versions = Filter::default()
            .and_is(field::KIND, kind::SCREENING)
            .and_none_of(field::NAMES_DOCUMENT, vec!["yes".to_owned()]);
        for filter in [of_it, of_earlier_versions] {
            let filter = tenancy::owned(filter, &self.tenant);
            let mut after = None;
            loop {
                let fields = Fields::Except(&[field::REPORT]);
                let page =
                    self.engine.list(Collection::Records, filter.clone(), fields, BATCH, after).await?;
                after = page.last().map(|record| record.id);
                let full = page.len() == BATCH;
                for record in page {
                    let screening = payload::read_screening(record, self.location())?;
                    if screening.document == document && needs(&screening, ended_before) {
                        return Ok(true);
                    }
                }
                if !full {
                    break;
                }
            }
        }
        Ok(false)
    }

    /// Returns the tenant's own file; a deletion of another process is waited for, one that was interrupted is
    /// finished.
    pub(super) async fn file_after_deletion(
        &self,
        document: DocumentId,
    ) -> Result<Option<StoredFile>, IndexError> {
        let point = file_point(&self.tenant, document);
        let begun = tokio::time::Instant::now();
        loop {
            if let Some(file) = self.own(point, kind::FILE).await? {
                return payload::read_content(file, self.location()).map(Some);
            }
            let Some(announced) = self.own(point, kind::FILE_DELETION).await? else { return Ok(None) };
            if self.is_interrupted(&announced) {
                self.finish_file_deletion(&payload::read_content(announced, self.location())?).await?;
            } else if begun.elapsed() >= WAIT {
                return Err(IndexError::Unavailable {
                    location: self.location().to_owned(),
                    what: format!("document {document} is being deleted"),
                });
            } else {
                tokio::time::sleep(LOOK).await;
            }
        }
    }

    /// True if no living process can be busy with it; the caller holds off the other writes of this one.
    fn is_interrupted(&self, announced: &Record) -> bool {
        let since = payload::number(announced, field::ANNOUNCED).unwrap_or(0);
        self.is_alone || self.writer.now().saturating_sub(since) >= AGE
    }

    async fn finish_all(&self) -> Result<(), IndexError> {
        for kind in [kind::FILE_DELETION, kind::DELETION] {
            let filter = Filter::default().and_is(field::KIND, kind);
            let mut after = None;
            loop {
                let page =
                    self.engine.list(Collection::Records, filter.clone(), Fields::All, BATCH, after).await?;
                after = page.last().map(|record| record.id);
                let full = page.len() == BATCH;
                for record in page {
                    if self.is_interrupted(&record) {
                        tracing::info!(point = %record.id, "finishing an interrupted deletion");
                        self.finish(record, kind).await?;
                    }
                }
                if !full {
                    break;
                }
            }
        }
        Ok(())
    }

    async fn finish(&self, record: Record, kind: &str) -> Result<(), IndexError> {
        let Some(owner) = tenancy::owner(&record) else {
            return Err(payload::damaged(self.location(), record.id, &"its owner cannot be read"));
        };
        let of_owner = self.bound_to(&owner);
        if kind == kind::DELETION {
            of_owner.finish_deletion(&payload::read_content(record, self.location())?).await
        } else {
            of_owner.finish_file_deletion(&payload::read_content(record, self.location())?).await.map(|_| ())
        }
    }

    /// Returns a record of a kind that the tenant owns.
    pub(super) async fn own(&self, id: Uuid, expected: &str) -> Result<Option<Record>, IndexError> {
        let found = self.record(id, expected).await?;
        Ok(found.filter(|record| tenancy::owner(record).as_ref() == Some(&self.tenant)))
    }

    /// Puts an announcement in the place of what was seen, durably. Returns whether it is there.
    async fn replace(
        &self,
        id: Uuid,
        mut payload: Payload,
        seen: Option<Filter>,
        expected: &str,
    ) -> Result<bool, IndexError> {
        let token = Uuid::new_v4().to_string();
        put(&mut payload, field::WRITE, token.as_str());
        let seen = seen.map(|seen| tenancy::owned(seen, &self.tenant));
        self.engine.swap(Collection::Records, Point::record(id, payload), seen).await?;
        self.engine.persist(Collection::Records).await?;
        let now = self.own(id, expected).await?;
        Ok(now.is_some_and(|now| payload::text(&now, field::WRITE) == Some(token.as_str())))
    }
}

fn needs(screening: &ScreeningRecord, ended_before: Option<&str>) -> bool {
    let time = |text: &str| validate::time(text).ok();
    let Some(before) = ended_before.and_then(time) else { return true };
    screening.end_time().and_then(time).is_none_or(|ended| ended >= before)
}

fn announced(mut payload: Payload, what: &impl Serialize, now: u64) -> Result<Payload, IndexError> {
    put(&mut payload, field::ANNOUNCED, now);
    put(&mut payload, field::CONTENT, serde_json::to_value(what).map_err(payload::unwritable)?);
    Ok(payload)
}
