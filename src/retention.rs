//! What is kept for how long? Deletes finished screenings and submitted files that are older than the
//! settings say: by `serve` once an hour, by `archive expire` at any time, and shown beforehand by its dry
//! run.
//!
//! Nothing is deleted unless a time is set. A screening goes with its report, file and text, a file alone
//! leaves text and report; verdicts and the audit log stay. Every deletion has its entries in the audit log,
//! and none happens that could not be recorded.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::access::audit::{Audit, Entry, fresh_call_id};
use crate::domain::ids::{DocumentId, ScreeningId};
use crate::domain::tenant::TenantId;
use crate::index::store::ScreeningRecord;
use crate::index::work::{Swap, Verdicts};
use crate::index::{CaseIndex, IndexError};
use crate::metrics::EXPIRED;
use crate::settings::RetentionSettings;

/// Screenings read in one look.
const PAGE: usize = 1_000;
/// Between two looks of a server.
const LOOK: Duration = Duration::from_secs(3_600);
/// Subject of the entries in the audit log.
const WHO: &str = "retention";

/// Something whose time is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expired {
    /// A screening with all that belongs to it.
    Screening {
        /// Owner.
        tenant: TenantId,
        /// The screening as it was found.
        record: Box<ScreeningRecord>,
    },
    /// A submitted file.
    File {
        /// Owner.
        tenant: TenantId,
        /// The file.
        document: DocumentId,
    },
}

/// What was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Screenings.
    pub screenings: usize,
    /// Files without their screenings.
    pub files: usize,
    /// What had changed or was needed again in the meantime.
    pub left: usize,
}

/// Why the deletions stopped; what was deleted before stays deleted.
#[derive(Debug, thiserror::Error)]
pub enum RetentionError {
    /// The archive failed.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// Make the audit log writable.
    #[error("the audit log cannot be written, and nothing is deleted that could not be recorded")]
    Audit,
}

impl Expired {
    /// Returns the owner.
    pub fn tenant(&self) -> &TenantId {
        match self {
            Self::Screening { tenant, .. } | Self::File { tenant, .. } => tenant,
        }
    }

    /// Returns the name of the resource.
    pub fn resource(&self) -> String {
        match self {
            Self::Screening { record, .. } => format!("screenings/{}", record.id),
            Self::File { document, .. } => format!("documents/{document}"),
        }
    }
}

/// Returns the moment before which something ended long enough ago; `None` for never.
fn before(days: u64, now: Timestamp) -> Option<Timestamp> {
    let hours = i64::try_from(days).ok().filter(|days| *days > 0)?.checked_mul(24)?;
    now.checked_sub(SignedDuration::from_hours(hours)).ok()
}

fn ended(record: &ScreeningRecord) -> Option<Timestamp> {
    record.end_time()?.parse().ok()
}

/// Returns what is to be deleted now, screenings first, deleting nothing. The index is that of all tenants.
pub async fn expired(
    index: &dyn CaseIndex,
    settings: &RetentionSettings,
    now: Timestamp,
) -> Result<Vec<Expired>, IndexError> {
    let (screenings, files) = (before(settings.screenings_days, now), before(settings.files_days, now));
    if screenings.is_none() && files.is_none() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    // Of each file when the last of its screenings ended; none while one has not.
    let mut last: BTreeMap<(TenantId, DocumentId), Option<Timestamp>> = BTreeMap::new();
    let mut after: Option<ScreeningId> = None;
    loop {
        let page = index.screenings_of_all(PAGE, after).await?;
        after = page.last().map(|(_, record)| record.id);
        let full = page.len() == PAGE;
        for (tenant, record) in page {
            let end = ended(&record);
            if end.is_some_and(|end| screenings.is_some_and(|before| end < before)) {
                found.push(Expired::Screening { tenant, record: Box::new(record) });
            } else {
                // A called one, too: of a file that was stored with another one, it may be the last.
                let of_file = last.entry((tenant, record.document)).or_insert(end);
                *of_file = of_file.zip(end).map(|(one, other)| one.max(other));
            }
        }
        if !full {
            break;
        }
    }
    for ((tenant, document), end) in last {
        let is_over = end.is_some_and(|end| files.is_some_and(|before| end < before));
        let Some(own) = index.of_tenant(&tenant).filter(|_| is_over) else { continue };
        // One of the shared archive is read here, too, and is not this tenant's to delete.
        if own.owns_file(document).await? {
            found.push(Expired::File { tenant, document });
        }
    }
    Ok(found)
}

/// Deletes what has expired and records it.
pub async fn delete(
    index: &dyn CaseIndex,
    expired: Vec<Expired>,
    settings: &RetentionSettings,
    now: Timestamp,
    audit: &Audit,
) -> Result<Tally, RetentionError> {
    let mut tally = Tally::default();
    for item in expired {
        if !audit.is_writable() {
            return Err(RetentionError::Audit);
        }
        let Some(own) = index.of_tenant(item.tenant()) else { continue };
        // Of its own: a deletion that was cut short must not look ended by another one of the run.
        let id = fresh_call_id();
        let entry = Entry {
            who: WHO.to_owned(),
            proof: "none".to_owned(),
            tenant: item.tenant().to_string(),
            what: "retention delete".to_owned(),
            resources: vec![item.resource()],
            request_id: id.clone(),
            call_id: id,
            ..Entry::default()
        };
        audit.begin(entry.clone()).await.map_err(|_| RetentionError::Audit)?;
        let deleted = match &item {
            Expired::Screening { record, .. } => {
                let deleted = own.delete_screening(record, Verdicts::Stay).await;
                deleted.map(|swap| (swap == Swap::Stored, &mut tally.screenings, "screening"))
            }
            Expired::File { document, .. } => {
                let before = before(settings.files_days, now).unwrap_or(Timestamp::MIN).to_string();
                let deleted = own.delete_file(*document, &before).await;
                deleted.map(|is_deleted| (is_deleted, &mut tally.files, "file"))
            }
        };
        let (outcome, error) = match deleted {
            Ok((true, count, what)) => {
                *count += 1;
                metrics::counter!(EXPIRED, "what" => what).increment(1);
                ("OK", None)
            }
            // Somebody else has changed it.
            Ok((false, _, _)) => {
                tally.left += 1;
                ("ABORTED", None)
            }
            Err(error) => ("UNAVAILABLE", Some(error)),
        };
        audit.record(Entry { outcome: outcome.to_owned(), ..entry });
        if let Some(error) = error {
            return Err(error.into());
        }
    }
    Ok(tally)
}

/// Deletes what expires, once an hour until the runtime stops, and finishes what other processes have left
/// unfinished.
pub fn start(index: std::sync::Arc<dyn CaseIndex>, settings: RetentionSettings, audit: Audit) {
    tokio::spawn(async move {
        loop {
            if let Err(error) = index.finish_deletions().await {
                tracing::warn!(%error, "what was interrupted could not be finished");
            }
            match look(index.as_ref(), &settings, &audit).await {
                Ok(Tally { screenings: 0, files: 0, .. }) => {}
                Ok(Tally { screenings, files, .. }) => tracing::info!(screenings, files, "expired"),
                Err(error) => tracing::error!(%error, "what has expired could not be deleted"),
            }
            tokio::time::sleep(LOOK).await;
        }
    });
}

async fn look(
    index: &dyn CaseIndex,
    settings: &RetentionSettings,
    audit: &Audit,
) -> Result<Tally, RetentionError> {
    let now = Timestamp::now();
    let expired = expired(index, settings, now).await?;
    delete(index, expired, settings, now, audit).await
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::index::mortal::{Mortal, Shelf, start};
    use crate::index::work::StoredFile;

    #[tokio::test]
    async fn a_file_of_the_shared_archive_does_not_expire_for_who_screened_the_same_by_a_call() {
        let engine = Mortal::new(Shelf::default(), Shelf::default(), usize::MAX);
        let index = start(&engine).await.unwrap();
        let tenant = TenantId::parse("north").unwrap();
        let [shared, north] = [&TenantId::shared(), &tenant].map(|tenant| index.of_tenant(tenant).unwrap());
        let document = DocumentId::of_content(&["file"]);
        let file = StoredFile { document, sha256: "ab".repeat(32), bytes: 7 };
        shared.put_file(&file, Box::new(Cursor::new(vec![7_u8; 7]))).await.unwrap();
        let called: ScreeningRecord = serde_json::from_value(serde_json::json!({
            "id": ScreeningId::of_content(&["s"]), "case": null, "document": document, "document_name": "a.pdf",
            "packs": ["eu"], "create_time": "2026-11-26T01:00:00Z", "report_json": "{}",
        }))
        .unwrap();
        north.put_screening(&called).await.unwrap();
        assert!(north.get_file(document).await.unwrap().is_some(), "it reads it");
        let settings = RetentionSettings { screenings_days: 0, files_days: 7 };
        let now: Timestamp = "2027-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(expired(&index, &settings, now).await.unwrap(), []);
        north.put_file(&file, Box::new(Cursor::new(vec![7_u8; 7]))).await.unwrap();
        let own = Expired::File { tenant, document };
        assert_eq!(expired(&index, &settings, now).await.unwrap(), [own]);
    }

    #[test]
    fn no_days_are_never_and_days_are_counted_back() {
        let now: Timestamp = "2026-11-26T12:00:00Z".parse().unwrap();
        assert_eq!(before(0, now), None);
        assert_eq!(before(1, now).unwrap().to_string(), "2026-11-25T12:00:00Z");
        assert_eq!(before(u64::MAX, now), None, "longer than time itself");
    }
}
