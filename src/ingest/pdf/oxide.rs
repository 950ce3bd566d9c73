//! [`PdfReader`] over `pdf_oxide`.

use pdf_oxide::{Error, PdfDocument};

use crate::ingest::draft::Bookmark;

use super::bookmarks;
use super::reader::{PdfReader, Picture, Piece, RawPage, ReaderFailure};

/// Pages with fewer characters than this are looked at for pictures.
const LITTLE_TEXT: usize = 200;

/// A PDF opened with `pdf_oxide`.
pub(crate) struct Oxide {
    document: PdfDocument,
}

impl Oxide {
    /// Opens a PDF; files that open with the empty password (owner password only) are read.
    pub(crate) fn open(bytes: &[u8]) -> Result<Self, ReaderFailure> {
        let document = PdfDocument::from_bytes(bytes.to_vec()).map_err(failure)?;
        if document.is_encrypted()
            && !document.is_authenticated()
            && !matches!(document.authenticate(b""), Ok(true))
        {
            return Err(ReaderFailure::Encrypted);
        }
        Ok(Self { document })
    }

    fn pictures(&self, index: usize, page_area: f32) -> Vec<Picture> {
        let Ok(handles) = self.document.page_image_handles(index) else { return Vec::new() };
        handles
            .iter()
            .map(|handle| Picture {
                coverage: (handle.bbox.width.abs() * handle.bbox.height.abs() / page_area.max(1.0)).min(1.0),
                rotation: handle.rotation_degrees,
                landscape: handle.width > handle.height,
            })
            .collect()
    }
}

fn failure(error: Error) -> ReaderFailure {
    match error {
        Error::EncryptedPdf => ReaderFailure::Encrypted,
        other => ReaderFailure::Failed(other.to_string()),
    }
}

impl PdfReader for Oxide {
    fn page_count(&self) -> Result<u32, ReaderFailure> {
        self.document.page_count().map(|count| u32::try_from(count).unwrap_or(u32::MAX)).map_err(failure)
    }

    fn bookmarks(&self) -> Vec<Bookmark> {
        bookmarks::read(&self.document)
    }

    fn page(&self, index: u32) -> Result<RawPage, ReaderFailure> {
        let index = index as usize;
        let (left, bottom, right, top) = self.document.get_page_media_box(index).map_err(failure)?;
        let (width, height) = ((right - left).abs().max(1.0), (top - bottom).abs().max(1.0));
        let spans = self.document.extract_spans(index).map_err(failure)?;
        let mut page = RawPage {
            width,
            height,
            rotation: self.document.get_page_rotation(index).unwrap_or(0).rem_euclid(360),
            ..RawPage::default()
        };
        page.pieces.reserve(spans.len());
        for span in spans {
            page.pieces.push(Piece {
                x: span.bbox.x - left,
                y: span.bbox.y - bottom,
                width: span.bbox.width,
                height: span.bbox.height,
                size: span.font_size,
                bold: span.font_weight.is_bold(),
                italic: span.is_italic,
                rotation: span.rotation_degrees,
                text: span.text,
            });
        }
        let characters: usize = page.pieces.iter().map(|piece| piece.text.trim().len()).sum();
        if characters < LITTLE_TEXT {
            page.pictures = self.pictures(index, width * height);
        }
        if characters == 0 && page.pictures.is_empty() {
            page.drawing_bytes = self.document.get_page_content_data(index).map_or(0, |data| data.len());
        }
        Ok(page)
    }
}
