//! Sections → passages that fit the model: a section's own text is cut at block, sentence and word
//! boundaries; small neighbours are merged up to the limit. Contents lists and running heads are left out.

use rayon::prelude::*;

use crate::domain::document::{Block, BlockKind, Document, Passage};
use crate::domain::ids::{PassageId, SectionId};
use crate::domain::span::TextRange;
use crate::text::language::detect;

/// Counts the tokens of a text.
pub type CountTokens<'a> = dyn Fn(&str) -> usize + Sync + 'a;

/// Cuts a document into passages of at most `max_tokens` tokens as counted by `count_tokens`, which is
/// called about once per block.
pub fn cut(document: &Document, max_tokens: usize, count_tokens: &CountTokens<'_>) -> Vec<Passage> {
    let mut cutter =
        Cutter { document, max_tokens: max_tokens.max(1), count_tokens, passages: Vec::new(), open: None };
    let mut section = 0usize;
    // Counting is nearly all of the work, and no block waits for another.
    let counts: Vec<usize> =
        document.blocks.par_iter().map(|block| count_tokens(block.span.range.of(&document.text))).collect();
    for (block, tokens) in document.blocks.iter().zip(counts) {
        while document.sections.get(section).is_some_and(|next| next.heading.start <= block.span.range.start)
        {
            section += 1;
        }
        let current = section.checked_sub(1).map(|index| &document.sections[index]);
        let opens_section = current.is_some_and(|section| section.heading == block.span.range);
        cutter.block(block, tokens.max(1), current.map(|section| section.id), opens_section);
    }
    cutter.close();
    cutter.passages
}

struct Open {
    section: Option<SectionId>,
    range: TextRange,
    tokens: usize,
}

struct Cutter<'a> {
    document: &'a Document,
    max_tokens: usize,
    count_tokens: &'a CountTokens<'a>,
    passages: Vec<Passage>,
    open: Option<Open>,
}

impl Cutter<'_> {
    fn block(&mut self, block: &Block, tokens: usize, section: Option<SectionId>, opens_section: bool) {
        match block.kind {
            // A section's heading ends the passage before it; it is no text of its own.
            BlockKind::Heading if opens_section => return self.close(),
            // A heading within a section opens a passage and belongs to it.
            BlockKind::Heading => self.close(),
            BlockKind::Contents | BlockKind::RunningHead => return,
            _ => {}
        }
        let text = block.span.range.of(&self.document.text);
        if text.trim().is_empty() {
            return;
        }
        if tokens <= self.max_tokens {
            self.add(block.span.range, tokens, section);
        } else {
            for (range, tokens) in self.pieces(block, tokens) {
                self.add(range, tokens, section);
            }
        }
    }

    /// Merges a piece into the open passage if it fits, else begins a new one.
    fn add(&mut self, range: TextRange, tokens: usize, section: Option<SectionId>) {
        if let Some(open) = &mut self.open
            && open.section == section
            && open.tokens + tokens <= self.max_tokens
        {
            open.range.end = range.end;
            open.tokens += tokens;
            return;
        }
        self.close();
        self.open = Some(Open { section, range, tokens });
    }

    fn close(&mut self) {
        let Some(open) = self.open.take() else { return };
        let text = open.range.of(&self.document.text);
        self.passages.push(Passage {
            id: PassageId(u32::try_from(self.passages.len() + 1).unwrap_or(u32::MAX)),
            section: open.section,
            span: self.document.span(open.range),
            language: detect(text),
        });
    }

    /// Cuts an overlong block at sentence ends (rows: at cells), and overlong sentences at blanks.
    fn pieces(&self, block: &Block, tokens: usize) -> Vec<(TextRange, usize)> {
        let range = block.span.range;
        let text = range.of(&self.document.text);
        let units: Vec<TextRange> = if block.kind == BlockKind::TableRow {
            cells(text)
        } else {
            crate::text::sentences::sentences(text)
        };
        let mut out: Vec<(TextRange, usize)> = Vec::new();
        // Tokens are in proportion to bytes within one block; the guess is checked per piece.
        let estimate = |bytes: usize| (bytes * tokens).div_ceil(text.len().max(1)).max(1);
        for unit in units {
            let shifted = TextRange::new(range.start + unit.start, range.start + unit.end);
            let guess = estimate(unit.len());
            if guess * 10 <= self.max_tokens * 9 {
                out.push((shifted, guess.min(self.max_tokens)));
            } else {
                self.split_at_words(shifted, &mut out);
            }
        }
        self.merge(out)
    }

    /// Merges pieces of one block up to the limit, counting the result once.
    fn merge(&self, pieces: Vec<(TextRange, usize)>) -> Vec<(TextRange, usize)> {
        let mut merged: Vec<(TextRange, usize)> = Vec::new();
        for (range, tokens) in pieces {
            match merged.last_mut() {
                Some((last, sum)) if (*sum + tokens) * 10 <= self.max_tokens * 9 => {
                    last.end = range.end;
                    *sum += tokens;
                }
                _ => merged.push((range, tokens)),
            }
        }
        let mut out = Vec::with_capacity(merged.len());
        for (range, _) in merged {
            let tokens = (self.count_tokens)(range.of(&self.document.text));
            if tokens <= self.max_tokens {
                out.push((range, tokens.max(1)));
            } else {
                self.split_at_words(range, &mut out);
            }
        }
        out
    }

    /// Halves a range at a blank (a character boundary if there is none) until every part fits.
    fn split_at_words(&self, range: TextRange, out: &mut Vec<(TextRange, usize)>) {
        let mut waiting = vec![range];
        while let Some(range) = waiting.pop() {
            let text = range.of(&self.document.text);
            let tokens = (self.count_tokens)(text);
            let middle = middle(text);
            match middle {
                Some(at) if tokens > self.max_tokens => {
                    waiting.push(TextRange::new(range.start + at, range.end));
                    waiting.push(TextRange::new(range.start, range.start + at));
                }
                _ => {
                    let trimmed = trim(range, &self.document.text);
                    if !trimmed.is_empty() {
                        out.push((trimmed, tokens.max(1)));
                    }
                }
            }
        }
    }
}

/// Narrows a range by the white space at its ends.
fn trim(range: TextRange, text: &str) -> TextRange {
    let slice = range.of(text);
    let start = range.start + slice.len() - slice.trim_start().len();
    TextRange::new(start, start + slice.trim().len())
}

/// The blank nearest to the middle, or the middle character boundary; `None` if nothing can be split.
fn middle(text: &str) -> Option<usize> {
    let half = text.len() / 2;
    let before = text
        .char_indices()
        .take_while(|(at, _)| *at <= half)
        .filter(|(at, c)| c.is_whitespace() && *at > 0)
        .last()
        .map(|(at, _)| at);
    let after = text
        .char_indices()
        .skip_while(|(at, _)| *at <= half)
        .find(|(_, c)| c.is_whitespace())
        .map(|(at, _)| at);
    let blank = match (before, after) {
        (Some(before), Some(after)) => Some(if half - before <= after - half { before } else { after }),
        (one, other) => one.or(other),
    };
    blank.or_else(|| text.char_indices().map(|(at, _)| at).find(|at| *at >= half && *at > 0))
}

/// The cells of a row, each with the separator behind it.
fn cells(text: &str) -> Vec<TextRange> {
    let mut ranges = Vec::new();
    let mut start = 0;
    for (at, separator) in text.match_indices(" | ") {
        ranges.push(TextRange::new(start, at + separator.len()));
        start = at + separator.len();
    }
    ranges.push(TextRange::new(start, text.len()));
    ranges.retain(|range| !range.is_empty());
    ranges
}
