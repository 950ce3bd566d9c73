//! What becomes of a file or text whose screening never came, because the process was killed in between?
//!
//! Whoever stores the first piece of a document stores a note of it in the same call, so no piece comes without one.
//! Nobody takes the note away when the screening comes: once an hour all notes of some age are looked at ([`AGE`]).
//! Where there is a screening, the note goes; where there is none, the document goes with all that is stored of it, in
//! the way of [`super::deletion`], which does no harm to whoever stores the same document at that moment. A note that
//! fails keeps no other one from its turn.

use serde::{Deserialize, Serialize};

use super::archive::Archive;
use super::engine::{Fields, Point, Record};
use super::filter::Filter;
use super::payload::{self, put};
use super::schema::{Collection, field, kind};
use super::store::{CaseIndex, IndexError};
use super::tenancy::{self, tenant_id};
use super::work_archive::of_document;
use crate::domain::ids::DocumentId;

/// Seconds after which a screening would have come. From the first piece of a file to its screening it takes
/// seconds, of a large one on a slow disk minutes.
const AGE: u64 = 3_600;

/// Notes handled in one engine call.
const BATCH: usize = 1_000;

/// Notes that may fail before the rest of them waits for the next time: the archive is away, most likely.
const FAILURES: usize = 32;

/// A document of which something was stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Arrival {
    document: DocumentId,
}

impl Archive {
    /// Returns the note that something of a document is being stored.
    pub(super) fn arrival(&self, document: DocumentId) -> Result<Point, IndexError> {
        let mut payload = of_document(&self.tenant, kind::ARRIVAL, document);
        put(&mut payload, field::ANNOUNCED, self.writer.now());
        let content = serde_json::to_value(Arrival { document }).map_err(payload::unwritable)?;
        put(&mut payload, field::CONTENT, content);
        Ok(Point::record(tenant_id(&self.tenant, kind::ARRIVAL, &[&document.to_string()]), payload))
    }

    /// Deletes what was stored, of whatever tenant, for screenings that never came.
    pub(super) async fn drop_unclaimed(&self) -> Result<(), IndexError> {
        let filter = Filter::default().and_is(field::KIND, kind::ARRIVAL);
        let (mut after, mut failures) = (None, 0);
        let mut first: Result<(), IndexError> = Ok(());
        loop {
            let page =
                self.engine.list(Collection::Records, filter.clone(), Fields::All, BATCH, after).await?;
            after = page.last().map(|record| record.id);
            let full = page.len() == BATCH;
            for record in page {
                if !self.is_due(&record) {
                    continue;
                }
                let id = record.id;
                if let Err(error) = self.settle_arrival(record).await {
                    tracing::warn!(point = %id, %error, "whether a screening came for a document is seen later");
                    first = first.and(Err(error));
                    failures += 1;
                }
                if failures == FAILURES {
                    return first;
                }
            }
            if !full {
                return first;
            }
        }
    }

    /// By any clock: one that was put back must not keep it for years.
    fn is_due(&self, arrival: &Record) -> bool {
        let since = payload::number(arrival, field::ANNOUNCED).unwrap_or(0);
        self.writer.now().abs_diff(since) >= AGE
    }

    /// Takes the note away if there is a screening of the document, and otherwise the document, too.
    async fn settle_arrival(&self, arrival: Record) -> Result<(), IndexError> {
        let id = arrival.id;
        let Some(owner) = tenancy::owner(&arrival) else {
            return Err(payload::damaged(self.location(), id, &"its owner cannot be read"));
        };
        let Arrival { document } = payload::read_content(arrival, self.location())?;
        let screenings = Filter::default()
            .and_is(field::KIND, kind::SCREENING)
            .and_is(field::DOCUMENT, document.to_string());
        let screenings = tenancy::owned(screenings, &owner);
        if self.engine.count(Collection::Records, screenings).await? == 0 {
            let of_owner = self.bound_to(&owner);
            if of_owner.drop_leftovers(document).await? {
                // The note went with it.
                tracing::info!(%document, "what was stored for a screening that never came is deleted");
                return Ok(());
            }
            // Screenings of earlier versions do not name their document where they can be counted.
            if !of_owner.is_needed(document, None).await? {
                return Ok(());
            }
        }
        // At once: whoever stores the document from now on may have no screening of it.
        self.writer.beside(self.engine.remove(Collection::Records, vec![id])).await
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use uuid::Uuid;

    use super::*;
    use crate::domain::ids::ScreeningId;
    use crate::domain::tenant::TenantId;
    use crate::index::engine::{Engine, Payload};
    use crate::index::mortal::{Mortal, Shelf, start_at};
    use crate::index::schema::tag;
    use crate::index::store::ScreeningRecord;
    use crate::index::work::{FILE_PIECE, StoredFile, TextOutline, WorkStore};

    static NOW: AtomicU64 = AtomicU64::new(1_000_000);

    fn now() -> u64 {
        NOW.load(Ordering::Relaxed)
    }

    fn kinds(engine: &Mortal) -> Vec<String> {
        let points = engine.records.lock().unwrap().now();
        let mut kinds: Vec<String> = points
            .values()
            .filter_map(|point| Some(point.payload.get(field::KIND)?.as_str()?.to_owned()))
            .collect();
        kinds.sort();
        kinds.dedup();
        kinds
    }

    async fn put(index: &dyn CaseIndex, name: &str) -> DocumentId {
        let document = DocumentId::of_content(&[name]);
        let file = StoredFile { document, sha256: "ab".repeat(32), bytes: FILE_PIECE as u64 + 7 };
        index.put_file(&file, Box::new(Cursor::new(vec![7_u8; FILE_PIECE + 7]))).await.unwrap();
        let outline = TextOutline { bytes: 4, pages: Vec::new(), sections: Vec::new() };
        index.put_text(document, "text", &outline).await.unwrap();
        document
    }

    fn screening_of(document: DocumentId) -> ScreeningRecord {
        serde_json::from_value(serde_json::json!({
            "id": ScreeningId::of_content(&["s"]), "case": null, "document": document, "document_name": "a.pdf",
            "packs": ["eu"], "create_time": "2026-11-26T01:00:00Z", "report_json": "{}",
        }))
        .unwrap()
    }

    #[tokio::test]
    async fn what_no_screening_came_for_goes_after_an_hour_and_everything_else_stays() {
        let engine = Mortal::new(Shelf::default(), Shelf::default(), usize::MAX);
        let archive = start_at(&engine, now).await.unwrap();
        let north = archive.of_tenant(&TenantId::parse("north").unwrap()).unwrap();
        let needed = put(&archive, "needed").await;
        archive.put_screening(&screening_of(needed)).await.unwrap();
        for index in [&archive as &dyn CaseIndex, north.as_ref()] {
            put(index, "left").await;
        }
        archive.finish_deletions().await.unwrap();
        let left = DocumentId::of_content(&["left"]);
        assert!(north.get_file(left).await.unwrap().is_some(), "its screening may still come");
        // Whoever finds it is another process.
        let archive: Arc<dyn CaseIndex> = Arc::new(start_at(&engine, now).await.unwrap());
        NOW.fetch_add(AGE, Ordering::Relaxed);
        archive.finish_deletions().await.unwrap();
        for index in [archive.as_ref(), north.as_ref()] {
            assert_eq!(index.get_file(left).await.unwrap(), None);
        }
        assert!(archive.get_file(needed).await.unwrap().is_some());
        assert!(archive.read_file(needed, 1).await.unwrap().is_some());
        let kept = [kind::FILE, kind::FILE_PIECE, kind::SCREENING, kind::TEXT, kind::TEXT_PIECE];
        assert_eq!(kinds(&engine), kept);
        assert_eq!(engine.records.lock().unwrap().now().len(), 6, "nothing of the others, and no note");
    }

    /// Stores a record of a kind of which nothing can be read, before all others.
    async fn put_damaged(engine: &Mortal, id: u128, kind: &str) {
        let mut payload = Payload::new();
        payload::put(&mut payload, field::TAGS, vec![tag(field::KIND, kind)]);
        payload::put(&mut payload, field::KIND, kind);
        let point = Point::record(Uuid::from_u128(id), payload);
        engine.upsert(Collection::Records, vec![point]).await.unwrap();
    }

    #[tokio::test]
    async fn what_fails_of_one_document_or_step_keeps_no_other_from_its_turn() {
        let engine = Mortal::new(Shelf::default(), Shelf::default(), usize::MAX);
        let left = put(&start_at(&engine, || 1_000_000).await.unwrap(), "left").await;
        let archive = start_at(&engine, || 1_000_000 + AGE).await.unwrap();
        put_damaged(&engine, 1, kind::ARRIVAL).await;
        put_damaged(&engine, 2, kind::DELETION).await;
        let failed = archive.finish_deletions().await.unwrap_err().to_string();
        assert!(failed.contains(&Uuid::from_u128(2).to_string()), "the first one is told: {failed}");
        assert_eq!(archive.get_file(left).await.unwrap(), None);
        assert_eq!(kinds(&engine), [kind::ARRIVAL, kind::DELETION]);
    }

    #[tokio::test]
    async fn a_note_goes_also_if_the_screening_is_of_an_earlier_version() {
        let engine = Mortal::new(Shelf::default(), Shelf::default(), usize::MAX);
        let archive = start_at(&engine, || 1_000_000).await.unwrap();
        let needed = put(&archive, "needed").await;
        let mut screening = payload::screening_record(&TenantId::default(), &screening_of(needed)).unwrap();
        payload::put(&mut screening.payload, field::TAGS, vec![tag(field::KIND, kind::SCREENING)]);
        engine.upsert(Collection::Records, vec![screening]).await.unwrap();
        let archive = start_at(&engine, || 1_000_000 + AGE).await.unwrap();
        archive.finish_deletions().await.unwrap();
        assert!(archive.get_file(needed).await.unwrap().is_some());
        assert!(!kinds(&engine).contains(&kind::ARRIVAL.to_owned()));
    }
}
