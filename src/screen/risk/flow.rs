//! Which text do the blocks of a report make once layout is taken out?
//!
//! Pages, lines and file formats cut the same sentence at different places. Blocks that go on with an unfinished
//! sentence are joined before sentences are cut, so that one report read from PDF, DOCX and text gives the same
//! findings. Running heads between two pages are skipped. Stands between ingest and the sentence scan.
//! Invariants: flows are in document order; every byte of a flow but the joints comes from one block; a quoted range
//! is one stretch of the extracted text without a running head in it.

use crate::domain::document::{Block, BlockKind, Document};
use crate::domain::ids::SectionId;
use crate::domain::span::TextRange;

/// Shortest line in characters that may go on with a capital: shorter lines are labels, names, signatures.
const FULL_LINE: usize = 55;

/// Longest flow in bytes; reports without any full stop are cut here.
const LONGEST_FLOW: usize = 20_000;

/// What a flow is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FlowKind {
    Heading,
    Prose,
    Item,
    Row,
}

impl FlowKind {
    /// True for running text, which may go on in the next block.
    fn is_running(self) -> bool {
        matches!(self, Self::Prose | Self::Item)
    }
}

/// Running text of one or more blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Flow {
    pub(super) kind: FlowKind,
    pub(super) text: String,
    /// Section in which the flow begins.
    pub(super) section: Option<SectionId>,
    parts: Vec<Part>,
}

/// One block within a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    /// Where the block begins in the flow.
    at: usize,
    /// Where it stands in the document.
    range: TextRange,
    /// True if a running head stands between it and the part before.
    after_gap: bool,
}

impl Flow {
    /// Returns the stretch of the document that holds `anchor` and as much of `sentence` as stands in one piece; both
    /// are ranges of the flow.
    pub(super) fn located(&self, sentence: TextRange, anchor: usize) -> TextRange {
        let at = self.part(anchor);
        let first = (0..=at).rev().find(|&i| i == 0 || self.parts[i].after_gap).unwrap_or(0);
        let last = (at + 1..self.parts.len()).find(|&i| self.parts[i].after_gap).unwrap_or(self.parts.len());
        let pieces = &self.parts[first..last];
        let (Some(head), Some(tail)) = (pieces.first(), pieces.last()) else { return sentence };
        let from = sentence.start.max(head.at);
        let to = sentence.end.min(tail.at + tail.range.len());
        TextRange::new(self.original(from), self.original_end(to))
    }

    fn part(&self, offset: usize) -> usize {
        self.parts.partition_point(|part| part.at <= offset).saturating_sub(1)
    }

    pub(super) fn original(&self, offset: usize) -> usize {
        let part = self.parts[self.part(offset)];
        part.range.start + (offset - part.at).min(part.range.len())
    }

    /// Like `original` for an end: the end of a part, not the start of the next.
    fn original_end(&self, offset: usize) -> usize {
        let part = self.parts[self.part(offset.saturating_sub(1))];
        part.range.start + offset.saturating_sub(part.at).min(part.range.len())
    }
}

/// Returns the flows of a document; contents lists and running heads are left out.
pub(super) fn flows(document: &Document) -> Vec<Flow> {
    let mut flows: Vec<Flow> = Vec::new();
    // True while only running heads stand between the last flow and the next block.
    let mut open = false;
    let mut gap = false;
    for block in &document.blocks {
        let text = block.span.range.of(&document.text);
        let kind = match block.kind {
            BlockKind::RunningHead => {
                gap = true;
                continue;
            }
            BlockKind::Contents => {
                open = false;
                continue;
            }
            BlockKind::Heading => FlowKind::Heading,
            BlockKind::TableRow => FlowKind::Row,
            BlockKind::ListItem => FlowKind::Item,
            BlockKind::Paragraph | BlockKind::Caption => FlowKind::Prose,
        };
        if text.trim().is_empty() {
            continue;
        }
        let row = kind == FlowKind::Row || is_row(text);
        let kind = if row && kind.is_running() { FlowKind::Row } else { kind };
        match flows.last_mut() {
            Some(last) if open && block.kind == BlockKind::Paragraph && goes_on(last, text, kind) => {
                last.push(block, text, gap);
            }
            _ => {
                let section = document.section_at(block.span.range.start).map(|section| section.id);
                let mut flow = Flow { kind, text: String::new(), section, parts: Vec::new() };
                flow.push(block, text, false);
                flows.push(flow);
            }
        }
        open = kind.is_running() && block.kind != BlockKind::Caption;
        gap = false;
    }
    flows
}

impl Flow {
    fn push(&mut self, block: &Block, text: &str, after_gap: bool) {
        if !self.text.is_empty() {
            // A line break lets a word that was cut at the line end be read as one.
            self.text.push(if self.text.ends_with('-') { '\n' } else { ' ' });
        }
        self.parts.push(Part { at: self.text.len(), range: block.span.range, after_gap });
        self.text.push_str(text);
    }
}

/// A line of cells, in whatever block it came.
fn is_row(text: &str) -> bool {
    text.matches(" | ").count() >= 2 || text.starts_with('|') && text.matches('|').count() >= 3
}

/// True if `next` continues the unfinished sentence at the end of `flow`.
fn goes_on(flow: &Flow, next: &str, kind: FlowKind) -> bool {
    if !flow.kind.is_running() || kind != FlowKind::Prose || flow.text.len() > LONGEST_FLOW {
        return false;
    }
    let end = flow.text.trim_end();
    let Some(last) = end.chars().next_back() else { return false };
    let is_finished = matches!(last, '.' | '!' | '?' | ':' | ';' | '…' | '。' | '|' | ']' | '_')
        || matches!(last, '"' | '”' | '»' | ')' | '’')
            && end.trim_end_matches(['"', '”', '»', ')', '’']).ends_with(['.', '!', '?']);
    if is_finished {
        return false;
    }
    let next = next.trim_start();
    let Some(first) = next.chars().next() else { return false };
    if first.is_lowercase() || matches!(first, '(' | ',' | ')' | '%') {
        return true;
    }
    // The line began where the last line break or block began.
    let line = flow.parts.last().map_or(end, |part| flow.text.get(part.at..).unwrap_or(end));
    let line = line.trim_end().rsplit('\n').next().unwrap_or(end);
    if last == ',' || ends_open(end) {
        return first.is_alphanumeric();
    }
    let is_cased = first.is_uppercase() || first.is_ascii_digit();
    let korean_end = ["다", "음", "함", "됨", "임"].iter().any(|ending| end.ends_with(ending));
    let full = line.chars().count() >= FULL_LINE;
    full && !korean_end && (is_cased || first.is_alphabetic())
}

/// True if a text ends with a word that never ends a sentence.
fn ends_open(text: &str) -> bool {
    const OPEN: [&str; 34] = [
        "a",
        "an",
        "the",
        "of",
        "and",
        "or",
        "to",
        "in",
        "on",
        "by",
        "for",
        "with",
        "from",
        "at",
        "as",
        "that",
        "which",
        "и",
        "в",
        "на",
        "с",
        "по",
        "из",
        "от",
        "для",
        "или",
        "а",
        "к",
        "va",
        "bilan",
        "uchun",
        "ва",
        "билан",
        "учун",
    ];
    let word = text.rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or("").to_lowercase();
    OPEN.contains(&word.as_str())
}

#[cfg(test)]
mod tests {
    use super::super::document::tests::document;
    use super::*;

    const CUT: [(BlockKind, &str); 3] = [
        (BlockKind::Paragraph, "The trail crosses a wetland that is connected with the"),
        (BlockKind::RunningHead, "3-14 Draft Report"),
        (BlockKind::Paragraph, "river downstream of the bridge. It is wet."),
    ];

    #[test]
    fn sentence_cut_by_a_page_is_one_flow_without_the_running_head() {
        let flows = flows(&document(&CUT));
        assert_eq!(flows.len(), 1);
        assert!(
            flows[0]
                .text
                .starts_with("The trail crosses a wetland that is connected with the river downstream")
        );
    }

    #[test]
    fn quoted_range_holds_the_term_and_no_running_head() {
        let document = document(&CUT);
        let flow = &flows(&document)[0];
        let end = flow.text.find('.').unwrap() + 1;
        let at = |word: &str| flow.located(TextRange::new(0, end), flow.text.find(word).unwrap());
        assert_eq!(at("wetland").of(&document.text), CUT[0].1);
        assert_eq!(at("downstream").of(&document.text), "river downstream of the bridge.");
    }

    #[test]
    fn quoted_range_runs_over_a_line_break() {
        let blocks =
            [(BlockKind::Paragraph, "Dust settles on"), (BlockKind::Paragraph, "the houses of the village.")];
        let document = document(&blocks);
        let flow = &flows(&document)[0];
        let range = flow.located(TextRange::new(0, flow.text.len()), 0);
        assert_eq!(range.of(&document.text), "Dust settles on\nthe houses of the village.");
    }

    #[test]
    fn labels_items_headings_and_rows_stand_alone() {
        let document = document(&[
            (BlockKind::Paragraph, "Wildlife Biologist"),
            (BlockKind::Paragraph, "Mercury store"),
            (BlockKind::ListItem, "1. Asbestos pipes"),
            (BlockKind::Heading, "and Wetlands"),
            (BlockKind::TableRow, "Noise | 62 dB | no"),
            (BlockKind::Paragraph, "houses"),
        ]);
        assert_eq!(flows(&document).len(), 6);
    }

    #[test]
    fn finished_sentence_is_not_joined() {
        let blocks = [(BlockKind::Paragraph, "Dust settles."), (BlockKind::Paragraph, "noise is loud.")];
        assert_eq!(flows(&document(&blocks)).len(), 2);
    }
}
