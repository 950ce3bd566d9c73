//! What the format readers hand over: lines with their looks and place, not yet understood.
//!
//! Stands between the readers (PDF, DOCX, HTML, Markdown, plain text) and the analysis that is the
//! same for all of them (running heads, contents pages, headings, paragraphs). Invariant: line texts
//! are tidy (no line breaks, no form feeds, no runs of white space, no blanks at the ends) and not
//! empty; lines are in reading order; pages are numbered from 1.

use crate::domain::document::{MediaType, PageState};
use crate::domain::explanation::Explanation;
use crate::domain::finding::{NotExamined, NotExaminedReason};

/// What is known about a line: at first what the format itself says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// Nothing special.
    Text,
    /// Heading by style or markup, with the level stated there.
    Heading(u8),
    /// Item of a list.
    ListItem,
    /// Row of a table; cells are separated by ` | `.
    TableRow,
    /// Caption of a figure or table.
    Caption,
    /// Line of a table of contents.
    Contents,
    /// Running head, running foot or page number.
    RunningHead,
    /// Foot- or endnote.
    Note,
}

/// How a line looks.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Looks {
    /// Type size in points; 0 where unknown.
    pub size: f32,
    /// Bold throughout.
    pub bold: bool,
    /// Italic throughout.
    pub italic: bool,
    /// Underlined throughout.
    pub underlined: bool,
    /// Centred.
    pub centred: bool,
    /// Bytes at the start of the line that are set apart (bold, italic or underlined) from the rest.
    pub lead: usize,
}

/// One line: a printed line where the format has printed lines, else a paragraph.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Tidy text.
    pub text: String,
    /// Page, from 1.
    pub page: u32,
    /// What the format says.
    pub kind: LineKind,
    /// How it looks.
    pub looks: Looks,
    /// Space before: a blank line, paragraph spacing or the start of a page.
    pub gap: bool,
    /// True if the line ends where the column ends, so that its sentence may go on below.
    pub full: bool,
    /// Distance from the left edge of the column, in points or characters.
    pub indent: f32,
    /// Where on the page the line stands: 0 at the top edge, 1 at the bottom edge; negative if unknown.
    pub height: f32,
}

impl Line {
    /// Makes a line of tidied text without looks; `None` if nothing is left.
    pub fn new(text: &str, page: u32, kind: LineKind) -> Option<Self> {
        let text = tidy(text);
        (!text.is_empty()).then(|| Self {
            text,
            page,
            kind,
            looks: Looks::default(),
            gap: false,
            full: false,
            indent: 0.0,
            height: -1.0,
        })
    }
}

/// A bookmark of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bookmark {
    /// Title as stored, tidied.
    pub title: String,
    /// Page it points to, from 1.
    pub page: Option<u32>,
    /// Depth from 1.
    pub level: u8,
}

/// A file after its format reader.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// What kind of file.
    pub media_type: MediaType,
    /// State of each page, page 1 first; empty where the format has no pages.
    pub pages: Vec<PageState>,
    /// Lines in reading order.
    pub lines: Vec<Line>,
    /// Bookmarks in document order.
    pub bookmarks: Vec<Bookmark>,
    /// True if lines are printed lines that have to be joined into paragraphs.
    pub printed_lines: bool,
    /// What could not be read.
    pub not_examined: Vec<NotExamined>,
}

impl Draft {
    /// Makes an empty draft.
    pub fn new(media_type: MediaType) -> Self {
        Self {
            media_type,
            pages: Vec::new(),
            lines: Vec::new(),
            bookmarks: Vec::new(),
            printed_lines: false,
            not_examined: Vec::new(),
        }
    }
}

/// Makes a [`NotExamined`] about a page or the file.
pub fn not_examined(
    reason: NotExaminedReason,
    page: Option<u32>,
    detail: impl Into<Explanation>,
) -> NotExamined {
    NotExamined { reason, page, section: None, detail: detail.into() }
}

/// Reduces white space to single blanks, drops control characters and invisible marks that carry no
/// meaning (zero-width blanks, byte order marks, direction marks); soft hyphens stay.
pub fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let dropped = matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2060}' | '\u{feff}');
        if c.is_whitespace() || (c.is_control() && !dropped) {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else if !dropped {
            out.push(c);
        }
    }
    if out.ends_with(' ') {
        out.pop();
    }
    out
}

/// Length of a growing text once it is tidy. Every part of it is looked at once.
#[derive(Default)]
pub(super) struct TidyLength {
    seen: usize,
    length: usize,
    ends_blank: bool,
}

impl TidyLength {
    pub(super) fn of(&mut self, text: &str) -> usize {
        // Between letters, so that blanks at the edges stay.
        let part = tidy(&format!("x{}x", &text[self.seen..]));
        let part = &part[1..part.len() - 1];
        let solid = part.trim_matches(' ').len();
        let begins_blank = self.ends_blank || part.starts_with(' ');
        if solid > 0 {
            self.length += solid + usize::from(begins_blank && self.length > 0);
            self.ends_blank = part.ends_with(' ');
        } else {
            self.ends_blank = begins_blank;
        }
        self.seen = text.len();
        self.length
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tidy_text_has_single_blanks_and_no_control_characters() {
        assert_eq!(tidy(" a\u{a0}\u{a0}b\t\u{c}c\u{0}\u{200b}d\u{feff} "), "a b c d");
        assert_eq!(tidy("\n\t"), "");
    }

    #[test]
    fn length_of_tidy_text_is_that_of_its_parts() {
        let parts = ["", " \u{feff}", "a", "\u{200b}", " ", "\n", "бв  г ", "\u{1}", " д", "\u{a0}е", "  "];
        let (mut text, mut length) = (String::new(), TidyLength::default());
        for part in parts {
            text.push_str(part);
            assert_eq!(length.of(&text), tidy(&text).len(), "{text:?}");
        }
    }
}
