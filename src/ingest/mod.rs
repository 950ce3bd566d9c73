//! Bytes → [`Document`]: what is in the file, section by section, and what could not be read.
//!
//! `sniff` decides what the file is, a reader per format makes a draft of lines, and the analysis that
//! is the same for all formats follows: `running_heads`, `contents`, `outline` (with `author`,
//! `numbering`, `headings`, `noise`, `run_in`, `points`, `sequence`, `levels`), `assemble`. `passages`
//! cuts the result for embedding. `ocr` reads pages that are pictures. `given` makes a document from sections that the case system hands over.
//!
//! Only a file of which nothing can be read is an error; everything less is in `not_examined`.

mod assemble;
mod author;
mod contents;
mod decode;
mod docx;
mod draft;
pub mod error;
pub mod given;
mod headings;
mod html;
pub mod invariants;
pub mod isolated;
mod levels;
pub mod limits;
mod markdown;
mod noise;
mod numbering;
pub mod ocr;
mod outline;
pub mod passages;
mod pdf;
mod pictures;
mod plain;
mod points;
mod row;
mod run_in;
mod running_heads;
mod sequence;
pub mod sniff;
mod torn;
pub mod watch;

pub use error::IngestError;
pub use limits::Limits;
pub(crate) use pdf::READER_THREAD;

use std::sync::Arc;

use crate::domain::document::{Document, MediaType, PageState};
use crate::domain::explanation::{Code, Explanation};
use crate::domain::finding::NotExaminedReason;
use draft::Draft;
use isolated::{Attempt, Isolation};
use sniff::Sniffed;
use watch::Watch;

/// Reads documents: ceilings on what a file may cost, and recognition of pages that are pictures.
#[derive(Debug, Clone, Default)]
pub struct DocumentReader {
    /// Ceilings.
    pub limits: Limits,
    /// Recognition; `None` leaves pages without text not examined.
    pub ocr: Option<Arc<ocr::Ocr>>,
    /// Processes of their own for files that nobody vouches for; `None` reads in this process.
    pub isolation: Option<Isolation>,
}

impl DocumentReader {
    /// Reads a document. `name` is only shown, never believed: the type is decided from the content.
    pub fn read(&self, name: &str, bytes: &[u8], watch: &Watch<'_>) -> Result<Document, IngestError> {
        match &self.isolation {
            Some(isolation) => {
                // What is refused for its size alone needs no process.
                check_size(name, bytes, sniff::guess(bytes), self.limits.binary_bytes)?;
                isolation.read(name, bytes, &self.limits, self.ocr.as_deref(), watch)
            }
            None => self.read_here(name, bytes, watch, &Attempt::default()),
        }
    }

    /// Draws a page of a PDF, counted from 1, as PNG; the reason if that is not possible.
    pub fn draw(&self, bytes: &Arc<Vec<u8>>, page: u32) -> Result<Vec<u8>, Explanation> {
        match &self.isolation {
            Some(isolation) => isolation.draw(bytes, page),
            None => ocr::render::page_png(Arc::clone(bytes), page)
                .map_err(|what| Code::Technical.with("what", what)),
        }
    }

    /// Reads a document in this process.
    pub(crate) fn read_here(
        &self,
        name: &str,
        bytes: &[u8],
        watch: &Watch<'_>,
        attempt: &Attempt,
    ) -> Result<Document, IngestError> {
        let mut draft = self.draft(name, bytes, watch, attempt)?;
        torn::mend_torn_text(&mut draft);
        running_heads::mark(&mut draft);
        let contents = contents::mark(&mut draft);
        let headings = outline::find(&draft, &contents);
        let levels = levels::assign(&headings, &draft);
        let source = assemble::Source { name, bytes };
        Ok(assemble::build(&source, draft, &headings, &levels, &self.limits))
    }

    /// Returns what read a document, with versions, for provenance.
    pub fn identity(&self, document: &Document) -> String {
        let reader = format_reader(document.media_type);
        let recognised = document.pages.iter().any(|page| matches!(page.state, PageState::Recognised { .. }));
        match self.ocr.as_deref().filter(|_| recognised) {
            Some(ocr) => format!("{reader}, {}", ocr.identity()),
            None => reader.to_owned(),
        }
    }

    fn draft(
        &self,
        name: &str,
        bytes: &[u8],
        watch: &Watch<'_>,
        attempt: &Attempt,
    ) -> Result<Draft, IngestError> {
        let limits = &self.limits;
        match sniff::sniff(name, bytes)? {
            Sniffed::Pdf => {
                check_size(name, bytes, MediaType::Pdf, limits.binary_bytes)?;
                pdf::read(name, bytes, limits, self.ocr.as_deref(), watch, attempt)
            }
            Sniffed::Docx => {
                check_size(name, bytes, MediaType::Docx, limits.binary_bytes)?;
                let draft = docx::read(name, bytes, limits)?;
                refuse_empty(name, draft)
            }
            Sniffed::Text => {
                check_size(name, bytes, MediaType::PlainText, limits.text_bytes)?;
                let label = html::stated_charset(bytes);
                let text = decode::decode(bytes, label.as_deref())
                    .ok_or_else(|| IngestError::NotADocument { name: name.to_owned() })?;
                let draft = match sniff::text_type(&text) {
                    MediaType::Html => html::read(&text, limits.depth),
                    MediaType::Markdown => markdown::read(&text, limits.depth),
                    _ => plain::read(&text, limits.pages),
                };
                refuse_empty(name, draft)
            }
        }
    }
}

/// Reads a document without text recognition, with nobody watching.
pub fn read_document(name: &str, bytes: &[u8], limits: &Limits) -> Result<Document, IngestError> {
    DocumentReader { limits: *limits, ocr: None, isolation: None }.read(name, bytes, &Watch::NOBODY)
}

fn check_size(name: &str, bytes: &[u8], media_type: MediaType, limit: u64) -> Result<(), IngestError> {
    let size = bytes.len() as u64;
    if size <= limit {
        return Ok(());
    }
    Err(IngestError::TooLarge { name: name.to_owned(), media_type, bytes: size, limit })
}

fn refuse_empty(name: &str, mut draft: Draft) -> Result<Draft, IngestError> {
    if let Some(lost) = decode::lost_words(draft.lines.iter().map(|line| line.text.as_str())) {
        let detail = Code::WordsUndecoded.with("n", lost);
        draft.not_examined.push(draft::not_examined(NotExaminedReason::UnreadableText, None, detail));
    }
    if draft.lines.is_empty() && draft.not_examined.is_empty() {
        return Err(IngestError::Empty { name: name.to_owned() });
    }
    Ok(draft)
}

#[cfg(test)]
mod tests;

/// Returns the reader behind a media type with its version.
fn format_reader(media_type: MediaType) -> &'static str {
    match media_type {
        MediaType::Pdf => "pdf_oxide 0.3.78",
        MediaType::Docx => "docx reader 1 (zip, quick-xml)",
        MediaType::Html => "html reader 1 (html5ever)",
        MediaType::Markdown => "markdown reader 1 (pulldown-cmark)",
        MediaType::PlainText => "plain text reader 1",
    }
}
