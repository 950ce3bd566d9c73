//! How are work, files ([`super::file_archive`]), texts and request ids written as points? [`WorkStore`] on any
//! [`Engine`](super::engine::Engine).
//!
//! A file or text is a number of pieces and, written after them, one point that says that they are all
//! there; an engine keeps the writes of one collection in order, so a kill leaves no half that could be
//! read. Ids derive from content, so what an interrupted attempt left is overwritten by the next one.
//!
//! A conditional write draws a token and reads it back: whoever finds their own token was first.

use std::io::Read;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::archive::Archive;
use super::engine::{Fields, Payload, Point, Record};
use super::filter::Filter;
use super::payload::{self, put};
use super::schema::{Collection, content_id, field, kind, tag};
use super::store::{CaseIndex, IndexError, ScreeningRecord};
use super::tenancy::{self, tenant_id};
use super::work::{
    RequestRecord, ScreeningFilter, ScreeningState, StoredFile, Swap, TEXT_PIECE, TextOutline, Verdicts,
    WorkStore,
};
use crate::domain::ids::{DocumentId, ScreeningId};
use crate::domain::span::TextRange;
use crate::domain::tenant::TenantId;

/// Pieces stored in one engine call: about 2 MB.
pub(super) const PIECES_PER_CALL: usize = 4;

#[async_trait]
impl WorkStore for Archive {
    async fn work_of_all(
        &self,
        state: ScreeningState,
        limit: usize,
        after: Option<ScreeningId>,
    ) -> Result<Vec<(TenantId, ScreeningRecord)>, IndexError> {
        self.of_all(ScreeningFilter { state: Some(state), case: None }, limit, after).await
    }

    async fn count_screenings(&self, state: ScreeningState) -> Result<u64, IndexError> {
        let wanted = ScreeningFilter { state: Some(state), case: None };
        let filter = tenancy::owned(Filter::of_screenings(&wanted), &self.tenant);
        self.engine.count(Collection::Records, filter).await
    }

    async fn screenings_of_all(
        &self,
        limit: usize,
        after: Option<ScreeningId>,
    ) -> Result<Vec<(TenantId, ScreeningRecord)>, IndexError> {
        self.of_all(ScreeningFilter::default(), limit, after).await
    }

    async fn delete_screening(
        &self,
        record: &ScreeningRecord,
        verdicts: Verdicts,
    ) -> Result<Swap, IndexError> {
        let (archive, record) = (self.clone(), record.clone());
        self.to_the_end(async move { archive.delete_record(&record, verdicts).await }).await
    }

    async fn delete_file(&self, document: DocumentId, ended_before: &str) -> Result<bool, IndexError> {
        let (archive, before) = (self.clone(), ended_before.to_owned());
        self.to_the_end(async move { archive.delete_file_of(document, before).await }).await
    }

    async fn delete_leftovers(&self, document: DocumentId) -> Result<(), IndexError> {
        let archive = self.clone();
        self.to_the_end(async move { archive.drop_leftovers(document).await.map(drop) }).await
    }

    async fn finish_deletions(&self) -> Result<(), IndexError> {
        let archive = self.clone();
        self.to_the_end(async move {
            // What fails of one must not keep the others from their turn.
            let steps = [
                ("deletions", archive.finish_interrupted().await),
                ("writes of cases", archive.sweep().await),
                ("submissions", archive.drop_unclaimed().await),
            ];
            archive.tidy().await;
            let mut first: Result<(), IndexError> = Ok(());
            for (what, finished) in steps {
                if let Err(error) = &finished {
                    tracing::warn!(what, %error, "not all that was interrupted could be finished");
                }
                first = first.and(finished);
            }
            first
        })
        .await
    }

    async fn swap_screening(&self, seen: Option<u64>, record: &ScreeningRecord) -> Result<Swap, IndexError> {
        self.swap(seen, record, true).await
    }

    async fn touch_screening(&self, seen: u64, record: &ScreeningRecord) -> Result<Swap, IndexError> {
        self.swap(Some(seen), record, false).await
    }

    async fn put_file(&self, file: &StoredFile, content: Box<dyn Read + Send>) -> Result<bool, IndexError> {
        // Of its own: what the shared archive holds may be deleted there.
        if self.settled_file(file.document).await?.is_some() {
            return Ok(false);
        }
        let (archive, file) = (self.clone(), file.clone());
        self.to_the_end(async move { archive.store_file(&file, content).await }).await?;
        Ok(true)
    }

    async fn get_file(&self, document: DocumentId) -> Result<Option<StoredFile>, IndexError> {
        for owner in tenancy::owners_read(&self.tenant) {
            if let Some(record) = self.record(file_point(&owner, document), kind::FILE).await? {
                return payload::read_content(record, self.location()).map(Some);
            }
        }
        Ok(None)
    }

    async fn owns_file(&self, document: DocumentId) -> Result<bool, IndexError> {
        Ok(self.own(file_point(&self.tenant, document), kind::FILE).await?.is_some())
    }

    async fn read_file(&self, document: DocumentId, number: u64) -> Result<Option<Vec<u8>>, IndexError> {
        let mut found = None;
        for owner in tenancy::owners_read(&self.tenant) {
            found = self.record(file_piece(&owner, document, number), kind::FILE_PIECE).await?;
            if found.is_some() {
                break;
            }
        }
        let Some(record) = found else { return Ok(None) };
        let text = payload::text(&record, field::BYTES).unwrap_or_default();
        let bytes = BASE64.decode(text);
        bytes.map(Some).map_err(|error| payload::damaged(self.location(), record.id, &error))
    }

    async fn put_text(
        &self,
        document: DocumentId,
        text: &str,
        outline: &TextOutline,
    ) -> Result<Uuid, IndexError> {
        let stored = serde_json::to_value(outline).map_err(payload::unwritable)?;
        let id = text_id(&self.tenant, document, text, &stored.to_string());
        if self.get_outline(id).await?.is_some() {
            return Ok(id);
        }
        let pieces = pieces_of(text).map(|piece| text_piece(&self.tenant, document, id, piece));
        let pieces: Vec<Point> = std::iter::once(self.arrival(document)?).chain(pieces).collect();
        let mut payload = of_document(&self.tenant, kind::TEXT, document);
        put(&mut payload, field::CONTENT, stored);
        let last = Point::record(id, payload);
        let (archive, bytes) = (self.clone(), text.len() as u64);
        self.to_the_end(async move {
            let mut pieces = pieces.into_iter();
            loop {
                let batch: Vec<Point> = pieces.by_ref().take(PIECES_PER_CALL).collect();
                if batch.is_empty() {
                    break;
                }
                archive.writer.beside(archive.engine.upsert(Collection::Records, batch)).await?;
            }
            archive.writer.beside(archive.engine.upsert(Collection::Records, vec![last])).await?;
            archive.wrote(bytes).await;
            Ok(())
        })
        .await?;
        Ok(id)
    }

    async fn get_outline(&self, text: Uuid) -> Result<Option<TextOutline>, IndexError> {
        let found = self.record(text, kind::TEXT).await?;
        found.map(|record| payload::read_content(record, self.location())).transpose()
    }

    async fn read_text(&self, text: Uuid, range: TextRange) -> Result<Option<String>, IndexError> {
        let Some(outline) = self.get_outline(text).await? else { return Ok(None) };
        let range = TextRange::new(range.start.min(outline.bytes), range.end.min(outline.bytes));
        if range.is_empty() {
            return Ok(Some(String::new()));
        }
        // A piece ends at a character boundary at most three bytes before its full size, so the piece of
        // a byte is never before the one its offset names by plain division.
        let first = (range.start / TEXT_PIECE) as u64;
        let (mut number, mut part, mut from) = (first, String::new(), None);
        while let Some(record) = self.record(text_piece_point(text, number), kind::TEXT_PIECE).await? {
            let start = payload::number(&record, field::PIECE_START).unwrap_or(0) as usize;
            let piece = payload::text(&record, field::TEXT).unwrap_or_default();
            from.get_or_insert(start);
            part.push_str(piece);
            number += 1;
            if start + piece.len() >= range.end {
                break;
            }
        }
        let from = from.unwrap_or(0);
        let mut start = range.start.saturating_sub(from).min(part.len());
        let mut end = range.end.saturating_sub(from).min(part.len());
        while !part.is_char_boundary(start) {
            start -= 1;
        }
        while !part.is_char_boundary(end) {
            end += 1;
        }
        Ok(Some(part[start..end].to_owned()))
    }

    async fn claim_request(&self, request: &RequestRecord) -> Result<RequestRecord, IndexError> {
        let point = request_point(&self.tenant, request)?;
        let id = point.id;
        let archive = self.clone();
        self.to_the_end(async move { archive.swap_durably(point, None).await }).await?;
        let kept = self.record(id, kind::REQUEST).await?;
        kept.map_or_else(|| Ok(request.clone()), |record| payload::read_content(record, self.location()))
    }

    async fn answer_request(&self, request: &RequestRecord) -> Result<(), IndexError> {
        let (archive, point) = (self.clone(), request_point(&self.tenant, request)?);
        self.to_the_end(async move {
            let storing = async {
                archive.engine.upsert(Collection::Records, vec![point]).await?;
                archive.engine.persist(Collection::Records).await
            };
            archive.writer.beside(storing).await
        })
        .await
    }
}

impl Archive {
    /// Returns screenings with their owners, whoever these are, without reports.
    async fn of_all(
        &self,
        wanted: ScreeningFilter,
        limit: usize,
        after: Option<ScreeningId>,
    ) -> Result<Vec<(TenantId, ScreeningRecord)>, IndexError> {
        if self.is_bound {
            return Err(IndexError::Invalid {
                what: "an archive bound to a tenant has its work alone".to_owned(),
            });
        }
        let (filter, fields) = (Filter::of_screenings(&wanted), Fields::Except(&[field::REPORT]));
        let after = after.map(|after| after.0);
        let found = self.engine.list(Collection::Records, filter, fields, limit, after).await?;
        let read = |record: Record| {
            let owner = tenancy::owner(&record)
                .ok_or_else(|| payload::damaged(self.location(), record.id, &"its owner cannot be read"))?;
            Ok((owner, payload::read_screening(record, self.location())?))
        };
        found.into_iter().map(read).collect()
    }

    async fn swap(
        &self,
        seen: Option<u64>,
        record: &ScreeningRecord,
        durable: bool,
    ) -> Result<Swap, IndexError> {
        let mut point = payload::screening_record(&self.tenant, record)?;
        let token = Uuid::new_v4().to_string();
        put(&mut point.payload, field::WRITE, token.as_str());
        let id = point.id;
        if seen.is_none() {
            // One that is submitted again while it is being deleted begins anew.
            self.settle_screening(record.id).await?;
        }
        // What another tenant owns may be read, never replaced.
        let of_revision = |seen: u64| Filter::default().and_is(field::REVISION, seen.to_string());
        let seen = seen.map(|seen| tenancy::owned(of_revision(seen), &self.tenant));
        let (archive, bytes) = (self.clone(), record.report_json.len() as u64);
        self.to_the_end(async move {
            if durable {
                archive.swap_durably(point, seen).await?;
                archive.wrote(bytes).await;
                return Ok(());
            }
            // Not held off while a copy reads what has changed, or others would take over. A sign of life
            // changes nothing that another record goes by: with the revision before it or after it, the copy
            // is of the same moment.
            archive.engine.swap(Collection::Records, point, seen).await
        })
        .await?;
        let Some(found) = self.record(id, kind::SCREENING).await? else { return Ok(Swap::Refused(None)) };
        if payload::text(&found, field::WRITE) == Some(token.as_str()) {
            return Ok(Swap::Stored);
        }
        Ok(Swap::Refused(Some(Box::new(payload::read_screening(found, self.location())?))))
    }
}

/// Cuts a text at multiples of [`TEXT_PIECE`], or just before where a character stands across one.
fn pieces_of(text: &str) -> impl Iterator<Item = (u64, (usize, &str))> {
    let cut = |at: usize| {
        let mut at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    (0..text.len().div_ceil(TEXT_PIECE)).map(move |number| {
        let (start, end) = (cut(number * TEXT_PIECE), cut((number + 1) * TEXT_PIECE));
        (number as u64, (start, &text[start..end]))
    })
}

fn text_piece(
    tenant: &TenantId,
    document: DocumentId,
    text: Uuid,
    (number, (start, piece)): (u64, (usize, &str)),
) -> Point {
    let mut payload = of_document(tenant, kind::TEXT_PIECE, document);
    put(&mut payload, field::PIECE, number);
    put(&mut payload, field::PIECE_START, start as u64);
    put(&mut payload, field::TEXT, piece);
    Point::record(text_piece_point(text, number), payload)
}

fn request_point(tenant: &TenantId, request: &RequestRecord) -> Result<Point, IndexError> {
    let mut payload = described(tenant, kind::REQUEST, &[]);
    put(&mut payload, field::CONTENT, serde_json::to_value(request).map_err(payload::unwritable)?);
    let parts = [request.caller.as_str(), request.method.as_str(), &request.request.to_string()];
    Ok(Point::record(tenant_id(tenant, kind::REQUEST, &parts), payload))
}

/// Begins the payload of a record of a kind.
pub(super) fn described(tenant: &TenantId, kind: &str, tags: &[i64]) -> Payload {
    let mut payload = Payload::new();
    put(&mut payload, field::TAGS, [&[tag(field::KIND, kind)], tags].concat());
    put(&mut payload, field::KIND, kind);
    tenancy::mark(&mut payload, tenant);
    payload
}

/// Begins the payload of a record that goes when its document goes.
pub(super) fn of_document(tenant: &TenantId, kind: &str, document: DocumentId) -> Payload {
    described(tenant, kind, &[tag(field::DOCUMENT, &document.to_string())])
}

/// Returns the record that says that all pieces of a file are there.
pub(super) fn file_record(tenant: &TenantId, file: &StoredFile) -> Result<Point, IndexError> {
    let mut payload = of_document(tenant, kind::FILE, file.document);
    put(&mut payload, field::CONTENT, serde_json::to_value(file).map_err(payload::unwritable)?);
    Ok(Point::record(file_point(tenant, file.document), payload))
}

fn text_id(tenant: &TenantId, document: DocumentId, text: &str, outline: &str) -> Uuid {
    let digest = payload::hex(&Sha256::digest(text.as_bytes()));
    tenant_id(tenant, kind::TEXT, &[&document.to_string(), &digest, outline])
}

pub(super) fn file_point(tenant: &TenantId, document: DocumentId) -> Uuid {
    tenant_id(tenant, kind::FILE, &[&document.to_string()])
}

pub(super) fn file_piece(tenant: &TenantId, document: DocumentId, number: u64) -> Uuid {
    tenant_id(tenant, kind::FILE_PIECE, &[&document.to_string(), &number.to_string()])
}

pub(super) fn text_piece_point(text: Uuid, number: u64) -> Uuid {
    content_id(kind::TEXT_PIECE, &[&text.to_string(), &number.to_string()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_a_text_are_whole_characters_and_nothing_is_lost() {
        let text = "ўзбек한글".repeat(TEXT_PIECE / 7);
        let pieces: Vec<_> = pieces_of(&text).collect();
        assert!(pieces.len() > 2);
        assert_eq!(pieces.iter().map(|(_, (_, piece))| *piece).collect::<String>(), text);
        assert!(pieces.windows(2).all(|pair| pair[0].1.0 + pair[0].1.1.len() == pair[1].1.0));
        assert_eq!(pieces_of("").count(), 0);
    }
}
