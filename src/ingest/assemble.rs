//! Lines and headings → the document: text, pages, blocks, section tree, languages.
//!
//! Last step of reading. Printed lines are joined into paragraphs; a word broken by a hyphen at the end
//! of a line keeps its hyphen and a line break inside the block, so that the normaliser can join it.

use sha2::{Digest, Sha256};

use crate::domain::document::{Block, BlockKind, Document, LanguageShare, MediaType, Page, Section};
use crate::domain::explanation::Code;
use crate::domain::finding::{NotExamined, NotExaminedReason};
use crate::domain::ids::{DocumentId, SectionId};
use crate::domain::language::Language;
use crate::domain::span::{Span, TextRange};
use crate::text::language::detect;
use crate::text::names;

use super::draft::{Draft, Line, LineKind, not_examined};
use super::headings::{is_bulleted, is_caption};
use super::limits::Limits;
use super::numbering;
use super::outline::Heading;
use super::torn;

/// Most blocks of one document: 5,000 pages of 200 lines. In a text of paragraphs of one letter they would take many
/// times its room.
const MOST_BLOCKS: usize = 1_000_000;

/// Identity of the submitted bytes.
pub(crate) struct Source<'a> {
    pub(crate) name: &'a str,
    pub(crate) bytes: &'a [u8],
}

/// Builds the document.
pub(crate) fn build(
    source: &Source<'_>,
    mut draft: Draft,
    headings: &[Heading],
    levels: &[u8],
    limits: &Limits,
) -> Document {
    let sha256 = hex(&Sha256::digest(source.bytes));
    let mut writer =
        Writer { paged: !draft.pages.is_empty(), printed_lines: draft.printed_lines, ..Writer::default() };
    let mut sections: Vec<(&Heading, u8)> = Vec::new();
    let mut next = 0;
    let mut index = 0;
    let mut cut = None;
    while index < draft.lines.len() {
        if writer.text.len() > limits.extracted_bytes || writer.blocks.len() >= MOST_BLOCKS {
            cut = Some(draft.lines[index].page);
            break;
        }
        match headings.get(next).filter(|heading| heading.line == index) {
            Some(heading) => {
                writer.heading(&draft.lines, heading);
                if !heading.is_minor {
                    sections.push((heading, levels[next]));
                }
                next += 1;
                index += heading.lines;
            }
            None => {
                writer.line(&draft.lines[index]);
                index += 1;
            }
        }
    }
    if let Some(page) = cut {
        let page = writer.paged.then_some(page);
        let detail = Code::TextBeyondLimit.with("bytes", writer.text.len().min(limits.extracted_bytes));
        draft.not_examined.push(not_examined(NotExaminedReason::LimitReached, page, detail));
    }
    writer.finish(draft.pages.len());
    let sections = outline(&writer, &sections);
    let Writer { text, blocks, page_ranges, .. } = writer;
    let pages = std::mem::take(&mut draft.pages)
        .into_iter()
        .zip(page_ranges)
        .zip(1u32..)
        .map(|((state, range), number)| Page { number, range, state })
        .collect();
    let id = DocumentId::of_file(&sha256);
    let mut document = Document {
        id,
        name: file_name(source.name),
        sha256,
        media_type: draft.media_type,
        text,
        pages,
        blocks,
        sections,
        languages: Vec::new(),
        not_examined: draft.not_examined,
    };
    finish(&mut document);
    torn::mend_titles(&mut document);
    document
}

/// Makes the document of a file of which nothing was read, and that says why.
pub(crate) fn unread(name: &str, bytes: &[u8], media_type: MediaType, reason: NotExamined) -> Document {
    let mut draft = Draft::new(media_type);
    draft.not_examined.push(reason);
    build(&Source { name, bytes }, draft, &[], &[], &Limits::default())
}

/// Smallest share of the letters that a language of the document has: two pages of two thousand.
const SMALLEST_SHARE: f32 = 0.001;

/// Fills what follows from the rest: pages and languages of sections, shares of languages.
pub(crate) fn finish(document: &mut Document) {
    let mut letters = [0usize; Language::ALL.len()];
    let mut votes: Vec<[usize; Language::ALL.len()]> =
        vec![[0; Language::ALL.len()]; document.sections.len()];
    for block in &document.blocks {
        if matches!(block.kind, BlockKind::Contents | BlockKind::RunningHead) {
            continue;
        }
        let text = block.span.range.of(&document.text);
        if let Some(language) = detect(text) {
            let weight = text.chars().filter(|c| c.is_alphabetic()).count();
            let slot = Language::ALL.iter().position(|known| *known == language).unwrap_or(0);
            letters[slot] += weight;
            let after =
                document.sections.partition_point(|section| section.heading.start <= block.span.range.start);
            if let Some(section) = after.checked_sub(1).filter(|_| block.kind != BlockKind::Heading) {
                votes[section][slot] += weight;
            }
        }
    }
    for (section, votes) in document.sections.iter_mut().zip(&votes) {
        section.language = leading(votes);
    }
    let all: usize = letters.iter().sum();
    // A line of names taken for another language does not make the document a bilingual one.
    let mut shares: Vec<LanguageShare> = Language::ALL
        .iter()
        .zip(letters)
        .filter(|(_, count)| *count as f32 > SMALLEST_SHARE * all as f32)
        .map(|(language, count)| LanguageShare { language: *language, share: count as f32 / all as f32 })
        .collect();
    shares.sort_by(|a, b| b.share.total_cmp(&a.share).then(a.language.cmp(&b.language)));
    document.languages = shares;
}

/// The language with most letters, if it has more than half of them.
fn leading(votes: &[usize; Language::ALL.len()]) -> Option<Language> {
    let all: usize = votes.iter().sum();
    let (slot, most) = votes.iter().enumerate().max_by_key(|(slot, count)| (**count, usize::MAX - slot))?;
    (*most * 2 > all).then(|| Language::ALL[slot])
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The name without directories and without what is not seen in it.
pub(crate) fn file_name(name: &str) -> String {
    names::file_name(name).chars().take(255).collect()
}

#[derive(Default)]
struct Writer {
    paged: bool,
    printed_lines: bool,
    text: String,
    blocks: Vec<Block>,
    page_ranges: Vec<TextRange>,
    page: u32,
    page_start: usize,
    /// True if the last block is a paragraph that the next line may continue.
    open: bool,
    /// Ranges of the headings, in order.
    headings: Vec<TextRange>,
}

impl Writer {
    /// Begins the pages up to `page`.
    fn turn_to(&mut self, page: u32) {
        if self.page == 0 {
            self.page = 1;
        }
        while self.paged && self.page < page {
            self.page_ranges.push(TextRange::new(self.page_start, self.text.len()));
            self.text.push('\u{c}');
            self.page_start = self.text.len();
            self.page += 1;
            self.open = false;
        }
    }

    fn finish(&mut self, pages: usize) {
        if self.paged {
            self.turn_to(u32::try_from(pages).unwrap_or(u32::MAX));
            self.page_ranges.push(TextRange::new(self.page_start, self.text.len()));
        }
    }

    fn block(&mut self, kind: BlockKind, text: &str) {
        if self.text.len() > self.page_start {
            self.text.push('\n');
        }
        let start = self.text.len();
        self.text.push_str(text);
        let page = self.paged.then_some(self.page);
        self.blocks.push(Block { kind, span: Span { range: TextRange::new(start, self.text.len()), page } });
    }

    fn line(&mut self, line: &Line) {
        self.turn_to(line.page);
        let kind = block_kind(line);
        if self.open && self.continues(line, kind) {
            self.append(&line.text);
        } else {
            self.block(kind, &line.text);
        }
        self.open = self.printed_lines
            && matches!(kind, BlockKind::Paragraph | BlockKind::ListItem | BlockKind::Caption)
            && line.full;
        // A running head may cut a paragraph in unpaged text; the paragraph stays closed.
        if kind == BlockKind::RunningHead {
            self.open = false;
        }
    }

    fn continues(&self, line: &Line, kind: BlockKind) -> bool {
        kind == BlockKind::Paragraph
            && line.kind != LineKind::Note
            && !line.gap
            && self.blocks.last().is_some_and(|last| last.span.page == self.paged.then_some(self.page))
    }

    /// Joins a line to the last block.
    fn append(&mut self, text: &str) {
        let Some(block) = self.blocks.last_mut() else { return };
        let broken =
            self.text.ends_with(['-', '\u{ad}', '‐']) && text.chars().next().is_some_and(char::is_lowercase);
        self.text.push(if broken { '\n' } else { ' ' });
        self.text.push_str(text);
        block.span.range.end = self.text.len();
    }

    fn heading(&mut self, lines: &[Line], heading: &Heading) {
        let last = heading.line + heading.lines - 1;
        self.turn_to(lines[heading.line].page);
        self.block(BlockKind::Heading, heading.text.trim_end());
        if let Some(block) = self.blocks.last().filter(|_| !heading.is_minor) {
            self.headings.push(block.span.range);
        }
        self.open = false;
        let rest = lines[last].text.get(heading.end..).unwrap_or("").trim();
        if heading.run_in && !rest.is_empty() {
            self.block(BlockKind::Paragraph, rest);
            self.open = self.printed_lines && lines[last].full;
        }
    }
}

fn block_kind(line: &Line) -> BlockKind {
    match line.kind {
        LineKind::Heading(_) if is_caption(&line.text) => BlockKind::Caption,
        LineKind::Text | LineKind::Heading(_) | LineKind::Note => {
            if is_caption(&line.text) && line.text.chars().count() <= 200 {
                BlockKind::Caption
            } else if is_bulleted(&line.text)
                || numbering::parse(&line.text)
                    .is_some_and(|number| number.title < line.text.len() && number.marked)
            {
                BlockKind::ListItem
            } else {
                BlockKind::Paragraph
            }
        }
        LineKind::ListItem => BlockKind::ListItem,
        LineKind::TableRow => BlockKind::TableRow,
        LineKind::Caption => BlockKind::Caption,
        LineKind::Contents => BlockKind::Contents,
        LineKind::RunningHead => BlockKind::RunningHead,
    }
}

/// Makes the section tree from headings with their places in the text.
fn outline(writer: &Writer, headings: &[(&Heading, u8)]) -> Vec<Section> {
    let outline: Vec<Entry> = headings
        .iter()
        .zip(&writer.headings)
        .map(|((heading, level), range)| {
            let (number, title) = split(heading);
            Entry { level: *level, number, title, heading: *range, basis: heading.basis }
        })
        .collect();
    let page_of = |offset: usize| -> Option<u32> {
        let after = writer.page_ranges.partition_point(|range| range.start <= offset);
        u32::try_from(after).ok().filter(|page| *page > 0)
    };
    tree(outline, &writer.text, page_of)
}

/// Number and title as shown.
fn split(heading: &Heading) -> (Option<String>, String) {
    let shown = heading.text.trim();
    match &heading.number {
        Some(number) => {
            let title = clean_title(heading.text.get(number.title..).unwrap_or(""));
            let label = heading.text.get(..number.label).unwrap_or("").trim().to_owned();
            // A heading that is a number only (`Appendix A`) is titled by it.
            if title.is_empty() { (Some(label.clone()), label) } else { (Some(label), title) }
        }
        None => (None, clean_title(shown)),
    }
}

fn clean_title(title: &str) -> String {
    let trimmed = title.trim();
    let without = trimmed.trim_end_matches([':', ' ', '-', '–', '—']);
    let without = if without.ends_with('.') && !without.ends_with("..") && without.matches('.').count() == 1 {
        without.trim_end_matches('.')
    } else {
        without
    };
    if without.is_empty() { trimmed.to_owned() } else { without.to_owned() }
}

/// A heading with its place.
pub(crate) struct Entry {
    pub(crate) level: u8,
    pub(crate) number: Option<String>,
    pub(crate) title: String,
    pub(crate) heading: TextRange,
    pub(crate) basis: crate::domain::document::HeadingBasis,
}

/// Nests entries by level and works out their ranges.
pub(crate) fn tree(entries: Vec<Entry>, text: &str, page_of: impl Fn(usize) -> Option<u32>) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::with_capacity(entries.len());
    let mut open: Vec<usize> = Vec::new();
    let starts: Vec<usize> = entries.iter().map(|entry| entry.heading.start).chain([text.len()]).collect();
    for (index, entry) in entries.into_iter().enumerate() {
        while open.last().is_some_and(|top| sections[*top].level >= entry.level) {
            if let Some(closed) = open.pop() {
                sections[closed].extent.end = starts[index];
            }
        }
        let parent = open.last().map(|top| sections[*top].id);
        let next = starts[index + 1];
        sections.push(Section {
            id: SectionId(u32::try_from(index + 1).unwrap_or(u32::MAX)),
            parent,
            level: entry.level,
            number: entry.number,
            title: entry.title,
            heading: entry.heading,
            body: TextRange::new(entry.heading.end, next),
            extent: TextRange::new(entry.heading.start, text.len()),
            page_start: None,
            page_end: None,
            language: None,
            basis: entry.basis,
        });
        open.push(index);
    }
    for section in &mut sections {
        // The white space before the next heading belongs to no page of this section.
        let last = section.extent.of(text).trim_end().len().max(1);
        section.page_start = page_of(section.extent.start);
        section.page_end = page_of(section.extent.start + last - 1);
    }
    sections
}
