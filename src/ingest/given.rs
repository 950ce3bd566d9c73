//! Sections handed over by the case system → a document, without a file being read.

use sha2::{Digest, Sha256};

use crate::domain::document::{Block, BlockKind, Document, HeadingBasis, MediaType, Page, PageState};
use crate::domain::ids::DocumentId;
use crate::domain::span::{Span, TextRange};

use super::assemble::{self, Entry};
use super::draft::tidy;
use super::headings::{is_bulleted, is_caption};

/// A section as the case system gives it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GivenSection {
    /// Number as printed; may be empty.
    pub number: String,
    /// Title; may be empty for text before the first heading.
    pub title: String,
    /// Depth from 1; 0 counts as 1.
    pub level: u32,
    /// The section's own text; lines are paragraphs, ` | ` or tabs separate the cells of table rows.
    pub text: String,
    /// First page, 0 if not known.
    pub page_start: u32,
    /// Last page, 0 if not known.
    pub page_end: u32,
}

/// Makes a document from given sections. Its id is derived from their content.
///
/// Pages in between sections cannot be placed in the text, so a page's text is that of the sections
/// that begin on it; sections out of page order lead to a document without pages.
pub fn document_from_sections(name: &str, given: Vec<GivenSection>) -> Document {
    let paged = is_paged(&given);
    let mut hash = Sha256::new();
    let mut text = String::new();
    let mut blocks: Vec<Block> = Vec::new();
    let mut entries: Vec<Entry> = Vec::new();
    let mut pages: Vec<Page> = Vec::new();
    let mut page_start = 0;
    for section in &given {
        for part in [
            &section.number,
            &section.title,
            &section.level.to_string(),
            &section.text,
            &section.page_start.to_string(),
            &section.page_end.to_string(),
        ] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        while paged && pages.len() + 1 < section.page_start as usize {
            close_page(&mut pages, &mut text, &mut page_start);
        }
        let page = paged.then_some(section.page_start);
        let (number, title) = (tidy(&section.number), tidy(&section.title));
        let heading = tidy(&format!("{number} {title}"));
        let mut push = |kind: BlockKind, content: &str, text: &mut String| {
            if text.len() > page_start {
                text.push('\n');
            }
            let start = text.len();
            text.push_str(content);
            let range = TextRange::new(start, text.len());
            blocks.push(Block { kind, span: Span { range, page } });
            range
        };
        if !heading.is_empty() {
            let range = push(BlockKind::Heading, &heading, &mut text);
            entries.push(Entry {
                level: u8::try_from(section.level.clamp(1, 9)).unwrap_or(9),
                number: (!number.is_empty()).then_some(number),
                title: if title.is_empty() { heading.clone() } else { title },
                heading: range,
                basis: HeadingBasis::Markup,
            });
        }
        for line in section.text.split(['\n', '\r', '\u{c}', '\u{2028}', '\u{2029}']) {
            let content = tidy(&line.replace('\t', " | "));
            if !content.is_empty() {
                push(kind_of(&content), &content, &mut text);
            }
        }
    }
    if paged {
        let last =
            given.iter().map(|section| section.page_start.max(section.page_end)).max().unwrap_or(1) as usize;
        while pages.len() + 1 < last {
            close_page(&mut pages, &mut text, &mut page_start);
        }
        let number = u32::try_from(pages.len() + 1).unwrap_or(u32::MAX);
        pages.push(Page { number, range: TextRange::new(page_start, text.len()), state: PageState::Read });
    }
    let sha256 = assemble::hex(&hash.finalize());
    let mut sections = assemble::tree(entries, &text, |_| None);
    let mut titled =
        given.iter().filter(|section| !tidy(&format!("{}{}", section.number, section.title)).is_empty());
    for section in &mut sections {
        if let Some(given) = titled.next() {
            section.page_start = (given.page_start > 0).then_some(given.page_start);
            section.page_end = (given.page_start > 0).then_some(given.page_end.max(given.page_start));
        }
    }
    widen_pages(&mut sections);
    let mut document = Document {
        id: DocumentId::of_content(&[&sha256]),
        name: assemble::file_name(name),
        sha256,
        media_type: MediaType::PlainText,
        text,
        pages,
        blocks,
        sections,
        languages: Vec::new(),
        not_examined: Vec::new(),
    };
    assemble::finish(&mut document);
    document
}

/// A section's pages take in those of its subsections, as `extent` does their text.
fn widen_pages(sections: &mut [crate::domain::document::Section]) {
    for index in (0..sections.len()).rev() {
        let (end, parent) = (sections[index].page_end, sections[index].parent);
        if let Some(parent) = parent.and_then(|id| sections.get_mut((id.0 as usize).saturating_sub(1)))
            && parent.page_start.is_some()
        {
            parent.page_end = parent.page_end.max(end);
        }
    }
}

fn kind_of(content: &str) -> BlockKind {
    if content.contains(" | ") {
        BlockKind::TableRow
    } else if is_caption(content) && content.chars().count() <= 200 {
        BlockKind::Caption
    } else if is_bulleted(content) {
        BlockKind::ListItem
    } else {
        BlockKind::Paragraph
    }
}

/// Pages are kept only if every section has one and they do not go backwards.
fn is_paged(given: &[GivenSection]) -> bool {
    const MOST_PAGES: u32 = 100_000;
    !given.is_empty()
        && given
            .iter()
            .all(|section| section.page_start > 0 && section.page_start.max(section.page_end) <= MOST_PAGES)
        && given.windows(2).all(|pair| pair[0].page_start <= pair[1].page_start)
}

fn close_page(pages: &mut Vec<Page>, text: &mut String, page_start: &mut usize) {
    let number = u32::try_from(pages.len() + 1).unwrap_or(u32::MAX);
    let range = TextRange::new(*page_start, text.len());
    let state = if range.is_empty() { PageState::Blank } else { PageState::Read };
    pages.push(Page { number, range, state });
    text.push('\u{c}');
    *page_start = text.len();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::invariants::check_invariants;

    fn section(number: &str, title: &str, level: u32, text: &str, page: u32) -> GivenSection {
        GivenSection {
            number: number.into(),
            title: title.into(),
            level,
            text: text.into(),
            page_start: page,
            page_end: page,
        }
    }

    #[test]
    fn given_sections_become_a_tree_with_pages() {
        let document = document_from_sections(
            "dir/case.pdf",
            vec![
                section("1", "Air", 1, "First.\nName\tUnit", 2),
                section("1.1", "Dust", 2, "Second.", 2),
                section("2", "Water", 1, "Third.", 4),
            ],
        );
        check_invariants(&document).unwrap();
        assert_eq!(document.name, "case.pdf");
        assert_eq!(document.pages.len(), 4);
        assert_eq!(document.sections[1].parent, Some(document.sections[0].id));
        assert_eq!(document.section_at(document.text.find("Third").unwrap()).unwrap().title, "Water");
        assert_eq!(document.page_at(document.text.find("Second").unwrap()), Some(2));
        assert_eq!(document.blocks[2].kind, BlockKind::TableRow);
    }

    #[test]
    fn sections_without_pages_or_in_disorder_make_a_document_without_pages() {
        let document =
            document_from_sections("x", vec![section("", "B", 1, "b", 9), section("", "A", 0, "a", 3)]);
        check_invariants(&document).unwrap();
        assert!(document.pages.is_empty());
        assert_eq!(document.sections[0].page_start, Some(9));
    }

    #[test]
    fn the_same_sections_have_the_same_identity() {
        let one = document_from_sections("x", vec![section("1", "A", 1, "a", 0)]);
        let same = document_from_sections("y", vec![section("1", "A", 1, "a", 0)]);
        let other = document_from_sections("x", vec![section("1A", "", 1, "a", 0)]);
        assert_eq!(one.id, same.id);
        assert_ne!(one.id, other.id);
    }
}
