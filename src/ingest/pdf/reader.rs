//! What is asked of a PDF library: pages with placed, styled pieces of text. Everything the project
//! needs from the library goes through here, so that it can be replaced.

use crate::ingest::draft::Bookmark;

/// A piece of text in one style, in page coordinates with y upwards.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Piece {
    /// The text as the font maps it.
    pub(crate) text: String,
    /// Left edge in points.
    pub(crate) x: f32,
    /// Lower edge in points.
    pub(crate) y: f32,
    /// Width in points.
    pub(crate) width: f32,
    /// Height in points.
    pub(crate) height: f32,
    /// Type size in points.
    pub(crate) size: f32,
    /// Bold.
    pub(crate) bold: bool,
    /// Italic.
    pub(crate) italic: bool,
    /// Direction of writing in degrees, counter-clockwise.
    pub(crate) rotation: f32,
}

/// A picture on a page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Picture {
    /// Share of the page it covers, 0 to 1.
    pub(crate) coverage: f32,
    /// Turned by that many degrees.
    pub(crate) rotation: f32,
    /// True if it is wider than high.
    pub(crate) landscape: bool,
}

/// One page as the library reads it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct RawPage {
    /// Width in points, before turning.
    pub(crate) width: f32,
    /// Height in points, before turning.
    pub(crate) height: f32,
    /// Turning stated for the page: 0, 90, 180 or 270.
    pub(crate) rotation: i32,
    /// Pieces of text.
    pub(crate) pieces: Vec<Piece>,
    /// Pictures; looked up only where there is not much text.
    pub(crate) pictures: Vec<Picture>,
    /// Whether the text is invisible or covered, as text recognition leaves it; known where a picture is the whole
    /// page.
    pub(crate) has_recognised_layer: bool,
    /// Bytes of drawing instructions; known only where there is no text.
    pub(crate) drawing_bytes: usize,
    /// Whether a part of the page could not be read: its text may be missing here.
    pub(crate) is_lost: bool,
}

/// Why the library could not give a page or a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ReaderFailure {
    /// Password needed.
    Encrypted,
    /// Anything else, in the library's words.
    Failed(String),
}

/// An open PDF.
pub(crate) trait PdfReader {
    /// Returns the number of pages.
    fn page_count(&self) -> Result<u32, ReaderFailure>;
    /// Returns the bookmarks in document order; empty if there are none or they cannot be read.
    fn bookmarks(&self) -> Vec<Bookmark>;
    /// Whether the pages only lead to files that are attached: a portfolio (ISO 32000-1, 12.3.5).
    fn is_portfolio(&self) -> bool {
        false
    }
    /// Reads one page, counted from 0.
    fn page(&self, index: u32) -> Result<RawPage, ReaderFailure>;
}
