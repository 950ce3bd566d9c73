//! How is a file stored so that it is there as a whole or not at all, also while the same document is being deleted?
//!
//! Pieces come first and one at a time, the record of the file last. A deletion that finds no record may take pieces
//! while others are still being stored, and is over before the record comes. So a file counts as there only if all of
//! its pieces are, and whoever stores one looks again afterwards, at the latest when the record of its screening is
//! stored: what is missing then is stored again, and nothing of it is deleted any more. The record is stored only
//! where nothing stands, so that it never takes the place of an announced deletion.

use std::io::Read;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::archive::Archive;
use super::engine::{Fields, Point};
use super::payload::{self, put};
use super::schema::{Collection, field, kind};
use super::store::{CaseIndex, IndexError};
use super::work::{FILE_PIECE, StoredFile};
use super::work_archive::{PIECES_PER_CALL, file_piece, file_point, file_record, of_document};
use crate::contain::stopped;
use crate::domain::ids::DocumentId;
use crate::domain::tenant::TenantId;

/// Pieces that are looked for in one engine call.
const LOOKED_FOR: usize = 1_000;

impl Archive {
    /// Returns the tenant's own file if all of it is there, having waited while it was being deleted.
    pub(super) async fn settled_file(&self, document: DocumentId) -> Result<Option<StoredFile>, IndexError> {
        let point = file_point(&self.tenant, document);
        let found = match self.own(point, kind::FILE).await? {
            Some(file) => Some(payload::read_content::<StoredFile>(file, self.location())?),
            None => {
                if self.own(point, kind::FILE_DELETION).await?.is_none() {
                    return Ok(None);
                }
                self.writer.alone(self.file_after_deletion(document)).await?
            }
        };
        let Some(file) = found else { return Ok(None) };
        let is_whole = self.has_pieces(&file).await?;
        Ok(is_whole.then_some(file))
    }

    async fn has_pieces(&self, file: &StoredFile) -> Result<bool, IndexError> {
        let pieces: Vec<_> =
            (0..file.pieces()).map(|number| file_piece(&self.tenant, file.document, number)).collect();
        for few in pieces.chunks(LOOKED_FOR) {
            let found = self.engine.get(Collection::Records, few.to_vec(), Fields::Only(&[])).await?;
            if found.len() < few.len() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Stores a file piece by piece.
    pub(super) async fn store_file(
        &self,
        file: &StoredFile,
        mut content: Box<dyn Read + Send>,
    ) -> Result<(), IndexError> {
        let tenant = &self.tenant;
        let invalid = |what: String| IndexError::Invalid { what };
        let (mut number, mut bytes) = (0_u64, 0_u64);
        loop {
            let (document, owner) = (file.document, tenant.clone());
            let read = tokio::task::spawn_blocking(move || {
                let batch = read_pieces(content.as_mut(), &owner, document, number);
                (batch, content)
            });
            let (batch, rest) = read.await.map_err(|task| invalid(stopped(&task).to_owned()))?;
            let (mut batch, size) =
                batch.map_err(|error| invalid(format!("the file could not be read: {error}")))?;
            content = rest;
            if batch.is_empty() {
                break;
            }
            let is_first = number == 0;
            bytes += size;
            number += batch.len() as u64;
            if is_first {
                batch.insert(0, self.arrival(file.document)?);
            }
            self.writer.beside(self.engine.upsert(Collection::Records, batch)).await?;
        }
        if bytes != file.bytes {
            return Err(invalid(format!("the file has {bytes} bytes, {} were announced", file.bytes)));
        }
        let last = file_record(tenant, file)?;
        self.writer.beside(self.engine.swap(Collection::Records, last, None)).await?;
        self.wrote(file.bytes).await;
        Ok(())
    }
}

/// Reads the next pieces, and how many bytes they have; none at the end of the file.
fn read_pieces(
    content: &mut dyn Read,
    tenant: &TenantId,
    document: DocumentId,
    first: u64,
) -> std::io::Result<(Vec<Point>, u64)> {
    let (mut points, mut size) = (Vec::new(), 0);
    for number in (first..).take(PIECES_PER_CALL) {
        let mut piece = Vec::new();
        content.take(FILE_PIECE as u64).read_to_end(&mut piece)?;
        if piece.is_empty() {
            break;
        }
        size += piece.len() as u64;
        let mut payload = of_document(tenant, kind::FILE_PIECE, document);
        put(&mut payload, field::PIECE, number);
        put(&mut payload, field::BYTES, BASE64.encode(&piece));
        points.push(Point::record(file_piece(tenant, document, number), payload));
        if piece.len() < FILE_PIECE {
            break;
        }
    }
    Ok((points, size))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::sync::{Arc, mpsc};

    use tokio::sync::oneshot;
    use tokio::task::JoinHandle;

    use super::*;
    use crate::index::mortal::{Mortal, Shelf, start};
    use crate::index::work::WorkStore;

    /// More pieces than are stored in one call.
    const PIECES: usize = PIECES_PER_CALL + 1;

    fn file() -> StoredFile {
        let bytes = (PIECES * FILE_PIECE) as u64;
        StoredFile { document: DocumentId::of_content(&["file"]), sha256: "ab".repeat(32), bytes }
    }

    fn content() -> Cursor<Vec<u8>> {
        Cursor::new(vec![7; PIECES * FILE_PIECE])
    }

    /// Content whose last piece is read when somebody lets it.
    struct Halting {
        content: Cursor<Vec<u8>>,
        begin: Option<oneshot::Sender<()>>,
        go_on: mpsc::Receiver<()>,
    }

    impl Read for Halting {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            if self.content.position() >= (PIECES_PER_CALL * FILE_PIECE) as u64
                && let Some(begin) = self.begin.take()
            {
                begin.send(()).unwrap();
                // Ends with an error, when the sender is dropped.
                self.go_on.recv().unwrap_err();
            }
            self.content.read(buffer)
        }
    }

    /// Begins to store the file, and returns when its first pieces are stored; it goes on when the first of what is
    /// returned is dropped.
    async fn half_stored(archive: &Arc<Archive>) -> (mpsc::Sender<()>, JoinHandle<bool>) {
        let (begin, begun) = oneshot::channel();
        let (end, go_on) = mpsc::channel();
        let content = Box::new(Halting { content: content(), begin: Some(begin), go_on });
        let storing = tokio::spawn({
            let archive = Arc::clone(archive);
            async move { archive.put_file(&file(), content).await.unwrap() }
        });
        begun.await.unwrap();
        (end, storing)
    }

    async fn is_whole(archive: &Archive) -> bool {
        for number in 0..file().pieces() {
            if archive.read_file(file().document, number).await.unwrap().is_none() {
                return false;
            }
        }
        archive.get_file(file().document).await.unwrap().is_some()
    }

    #[tokio::test]
    async fn what_a_deletion_takes_of_a_file_that_is_being_stored_is_stored_again() {
        let engine = Mortal::new(Shelf::default(), Shelf::default(), usize::MAX);
        let archive = Arc::new(start(&engine).await.unwrap());
        let (halt, storing) = half_stored(&archive).await;
        archive.delete_leftovers(file().document).await.unwrap();
        drop(halt);
        assert!(storing.await.unwrap());
        assert!(!is_whole(&archive).await, "the first pieces are gone");
        assert!(archive.put_file(&file(), Box::new(content())).await.unwrap());
        assert!(is_whole(&archive).await);
        assert!(!archive.put_file(&file(), Box::new(content())).await.unwrap(), "nothing is missing");
    }

    #[tokio::test]
    async fn the_record_of_a_file_does_not_take_the_place_of_an_announced_deletion() {
        let engine = Mortal::new(Shelf::default(), Shelf::default(), usize::MAX);
        let archive = Arc::new(start(&engine).await.unwrap());
        let (halt, storing) = half_stored(&archive).await;
        // As another process does that has not ended it.
        let document = file().document;
        let mut payload = of_document(&archive.tenant, kind::FILE_DELETION, document);
        let deletion = serde_json::json!({ "document": document, "file": null, "ended_before": null });
        put(&mut payload, field::CONTENT, deletion);
        let announced = Point::record(file_point(&archive.tenant, document), payload);
        archive.engine.upsert(Collection::Records, vec![announced]).await.unwrap();
        drop(halt);
        assert!(storing.await.unwrap());
        assert_eq!(archive.get_file(document).await.unwrap(), None, "it is being deleted");
        while archive.put_file(&file(), Box::new(content())).await.unwrap() {}
        assert!(is_whole(&archive).await);
    }
}
