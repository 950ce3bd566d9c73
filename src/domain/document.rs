//! A submitted file after reading: extracted text, pages, blocks, section tree and passages.

use serde::{Deserialize, Serialize};

use super::finding::NotExamined;
use super::ids::{DocumentId, PassageId, SectionId};
use super::language::Language;
use super::span::{Span, TextRange};

/// What kind of file was read; decided from the content, never from the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MediaType {
    /// `application/pdf`
    Pdf,
    /// Office Open XML word processing document.
    Docx,
    /// `text/html`
    Html,
    /// `text/markdown`
    Markdown,
    /// `text/plain`; form feeds separate pages.
    PlainText,
}

impl MediaType {
    /// Returns the IANA media type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Html => "text/html",
            Self::Markdown => "text/markdown",
            Self::PlainText => "text/plain",
        }
    }
}

impl std::fmt::Display for MediaType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One page of a paged format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Counted from 1 in file order, whatever is printed on it.
    pub number: u32,
    /// The page's part of the extracted text; empty if nothing could be read.
    pub range: TextRange,
    /// Whether the page could be read.
    pub state: PageState,
}

/// Whether a page could be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PageState {
    /// The text of the page was read.
    Read,
    /// The page is a picture, or its text layer is no text; it was read by optical character
    /// recognition.
    Recognised {
        /// How sure the program is of the words, in percent.
        confidence: u8,
    },
    /// Nothing is printed on the page (no text and no picture).
    Blank,
    /// The page holds something that could not be read; the reason is in the document's
    /// `not_examined` list as well.
    NotExamined(NotExamined),
}

/// What a stretch of text is on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum BlockKind {
    /// A heading. Where it opens a section, the [`Section`] carries number and title; a heading that the
    /// author's own outline does not name stands inside a section.
    Heading,
    /// Running text.
    Paragraph,
    /// One item of a list.
    ListItem,
    /// One row of a table; cells are separated by ` | `.
    TableRow,
    /// Caption of a figure or table.
    Caption,
    /// Line of a printed table of contents; never evidence.
    Contents,
    /// Running head, running foot or page number; never evidence.
    RunningHead,
}

/// A stretch of the extracted text with its kind. Blocks are in order and do not overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// Where it stands.
    pub span: Span,
}

/// What made a line a heading, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum HeadingBasis {
    /// Bookmark (outline entry) of the file.
    Bookmark,
    /// Heading style or markup of the format (DOCX outline level, HTML `h1`, Markdown `#`).
    Markup,
    /// Numbering grammar (`1.1`, `Глава 2`, `3-bob`, `제1장`, `가.`).
    Numbering,
    /// Type size, weight, capitals or position.
    Typography,
}

/// A node of the heading tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// Position in document order, from 1.
    pub id: SectionId,
    /// The section this one belongs to, if any.
    pub parent: Option<SectionId>,
    /// Depth from 1; a child's level is greater than its parent's.
    pub level: u8,
    /// The number as printed, without the title: `1.1`, `Глава 2`, `제1장`.
    pub number: Option<String>,
    /// The title as printed, without the number, in one line; torn words (`AFFEC TED`) are joined.
    pub title: String,
    /// The heading itself, number included.
    pub heading: TextRange,
    /// From the end of the heading to the next heading of any level: the section's own text.
    pub body: TextRange,
    /// From the start of the heading to the next heading of the same or a higher level.
    pub extent: TextRange,
    /// First page, if the format has pages.
    pub page_start: Option<u32>,
    /// Last page, if the format has pages.
    pub page_end: Option<u32>,
    /// Language of the section's own text, `None` when unsure or empty.
    pub language: Option<Language>,
    /// What made it a heading.
    pub basis: HeadingBasis,
}

/// A piece of a section that is embedded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    /// Position in document order, from 1.
    pub id: PassageId,
    /// Section whose own text it is cut from; `None` before the first heading.
    pub section: Option<SectionId>,
    /// Where it stands.
    pub span: Span,
    /// Language of the passage, `None` when unsure.
    pub language: Option<Language>,
}

/// Share of a language in a document.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LanguageShare {
    /// The language.
    pub language: Language,
    /// Letters in that language divided by all letters with a known language; 0 to 1.
    pub share: f32,
}

/// A submitted file after reading.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// Derived from the bytes.
    pub id: DocumentId,
    /// File name as submitted, without directories.
    pub name: String,
    /// Lower-case hexadecimal SHA-256 of the bytes.
    pub sha256: String,
    /// What kind of file it is.
    pub media_type: MediaType,
    /// Extracted text: blocks separated by line breaks, pages by form feeds (`\u{c}`).
    pub text: String,
    /// Pages in order; empty where the format has none.
    pub pages: Vec<Page>,
    /// Blocks in order.
    pub blocks: Vec<Block>,
    /// Sections in document order.
    pub sections: Vec<Section>,
    /// Languages with more than a thousandth of the letters, largest share first.
    pub languages: Vec<LanguageShare>,
    /// Everything that could not be read, with the reason.
    pub not_examined: Vec<NotExamined>,
}

impl Document {
    /// Returns the page on which `offset` of the extracted text stands.
    pub fn page_at(&self, offset: usize) -> Option<u32> {
        let after = self.pages.partition_point(|page| page.range.start <= offset);
        after.checked_sub(1).map(|index| self.pages[index].number)
    }

    /// True if the page was read from a picture.
    pub fn is_recognised(&self, page: u32) -> bool {
        let index = self.pages.binary_search_by_key(&page, |page| page.number);
        index.is_ok_and(|index| matches!(self.pages[index].state, PageState::Recognised { .. }))
    }

    /// Returns the innermost section whose heading or own text contains `offset`.
    pub fn section_at(&self, offset: usize) -> Option<&Section> {
        let after = self.sections.partition_point(|section| section.heading.start <= offset);
        after.checked_sub(1).map(|index| &self.sections[index])
    }

    /// Returns the section with that id.
    pub fn section(&self, id: SectionId) -> Option<&Section> {
        self.sections.get((id.0 as usize).checked_sub(1)?)
    }

    /// Returns the titles from the outermost section down to `id`, joined by ` > `.
    pub fn heading_path(&self, id: SectionId) -> String {
        let mut titles = Vec::new();
        let mut next = Some(id);
        while let Some(section) = next.and_then(|id| self.section(id)) {
            titles.push(section.title.as_str());
            next = section.parent;
        }
        titles.reverse();
        titles.join(" > ")
    }

    /// Makes a span of a byte range, looking the page up.
    pub fn span(&self, range: TextRange) -> Span {
        Span { range, page: self.page_at(range.start) }
    }
}
