//! [`PdfReader`] over `pdf_oxide`.

use pdf_oxide::{Error, PdfDocument};

use crate::ingest::draft::Bookmark;

use super::reader::{PdfReader, Picture, Piece, RawPage, ReaderFailure};
use super::scan::{MUCH_TEXT, count_letters};
use super::{bookmarks, content, scan};

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

    /// Looks at what is painted on a page besides text.
    fn look_at_pictures(&self, index: usize, content: &[u8], letters: usize, page: &mut RawPage) {
        let handles = self.document.page_image_handles(index);
        // Where there is text, it is said without its pictures.
        page.is_lost |= handles.is_err() && letters == 0;
        let handles = handles.unwrap_or_default();
        let area = (page.width * page.height).max(1.0);
        page.pictures = handles
            .iter()
            .map(|handle| Picture {
                coverage: (handle.bbox.width.abs() * handle.bbox.height.abs() / area).min(1.0),
                rotation: handle.rotation_degrees,
                landscape: handle.width > handle.height,
            })
            .collect();
        page.has_recognised_layer =
            scan::is_whole(page) && content::has_recognised_layer(&self.document, index, content);
        if letters == 0 {
            // The dots of a picture within the content are no drawing.
            let dots: u64 = handles
                .iter()
                .filter(|handle| handle.is_inline)
                .map(|handle| handle.byte_size_compressed)
                .sum();
            let (drawn, is_lost) = content::drawn(&self.document, index, content);
            page.drawing_bytes = drawn.saturating_sub(usize::try_from(dots).unwrap_or(usize::MAX));
            page.is_lost |= is_lost && page.pictures.is_empty();
        }
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

    fn is_portfolio(&self) -> bool {
        let catalog = self.document.catalog();
        catalog.is_ok_and(|catalog| {
            catalog
                .as_dict()
                .and_then(|catalog| catalog.get("Collection"))
                .is_some_and(|found| !found.is_null())
        })
    }

    fn page(&self, index: u32) -> Result<RawPage, ReaderFailure> {
        let index = index as usize;
        let (left, bottom, right, top) = self.document.get_page_media_box(index).map_err(failure)?;
        let (width, height) = ((right - left).abs().max(1.0), (top - bottom).abs().max(1.0));
        let (content, is_lost) = content::of_page(&self.document, index).map_err(failure)?;
        let spans = self.document.extract_spans(index).map_err(failure)?;
        let mut page = RawPage {
            width,
            height,
            rotation: self.document.get_page_rotation(index).unwrap_or(0).rem_euclid(360),
            is_lost,
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
        let letters: usize = page.pieces.iter().map(|piece| count_letters(&piece.text)).sum();
        if letters < MUCH_TEXT {
            self.look_at_pictures(index, &content, letters, &mut page);
        }
        Ok(page)
    }
}
