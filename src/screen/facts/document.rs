//! Which facts does a whole report state?
//!
//! Walks the blocks in order; contents pages and running heads are skipped, a table row is one sentence. Under a heading
//! that speaks of alternatives a figure is one of an alternative, unless the heading names the chosen one.

use std::collections::BTreeMap;

use super::FactReader;
use super::cues::Cue;
use super::fold::fold;
use super::location;
use crate::domain::case::Position;
use crate::domain::document::{Block, BlockKind, Document};
use crate::domain::fact::{Fact, Location, Standing};
use crate::domain::finding::Evidence;
use crate::domain::ids::SectionId;
use crate::domain::language::Language;
use crate::domain::span::TextRange;
use crate::text::language::detect;
use crate::text::sentences::sentences;
use crate::text::stretches::stretches;

/// Most positions taken of one document.
const MOST_POSITIONS: usize = 50;

/// Longest quotation in characters.
const LONGEST_QUOTE: usize = 400;

/// Words of a heading that names the project itself beside its alternatives.
const CHOSEN: [&str; 8] =
    ["proposed", "preferred", "selected", "выбран", "принят", "tanlangan", "танланган", "선정"];

impl FactReader {
    /// Returns the facts of a report in document order.
    pub fn read_document(&self, document: &Document) -> Vec<Fact> {
        self.read_document_until(document, &|| false).expect("nobody cancels it")
    }

    /// As [`Self::read_document`]; `None` if it was cancelled, which is asked before every sentence.
    pub fn read_document_until(
        &self,
        document: &Document,
        is_cancelled: &dyn Fn() -> bool,
    ) -> Option<Vec<Fact>> {
        let mut alternatives = BTreeMap::new();
        let mut facts = Vec::new();
        for block in evidence_blocks(document) {
            let text = block.span.range.of(&document.text);
            if !text.bytes().any(|byte| byte.is_ascii_digit()) {
                continue;
            }
            let section = document.section_at(block.span.range.start);
            let language = section.and_then(|section| section.language).or_else(|| detect(text));
            let id = section.map(|section| section.id);
            let is_alternative = *alternatives.entry(id).or_insert_with(|| self.is_alternative(document, id));
            for sentence in sentences_of(block, text) {
                if is_cancelled() {
                    return None;
                }
                for found in self.read_sentence(sentence.of(text), language) {
                    let start = block.span.range.start + sentence.start;
                    let figure = TextRange::new(start + found.range.start, start + found.range.end);
                    let whole = TextRange::new(start, start + sentence.len());
                    let standing = match found.standing {
                        Standing::Stated if is_alternative => Standing::Alternative,
                        standing => standing,
                    };
                    facts.push(Fact {
                        statement: found.statement,
                        subject: found.subject,
                        standing,
                        phase: found.phase,
                        is_whole: found.is_whole,
                        span: document.span(figure),
                        evidence: evidence(document, whole, figure, language),
                    });
                }
            }
        }
        Some(facts)
    }

    /// Returns the distinct positions that a document states in degrees, in its order; of an extent its middle.
    pub fn positions(&self, document: &Document) -> Vec<Position> {
        let mut found = Vec::new();
        for block in evidence_blocks(document) {
            let text = block.span.range.of(&document.text);
            for sentence in sentences_of(block, text) {
                let places = location::places(sentence.of(text)).into_iter();
                let positions = places.filter_map(|place| position(&place.location));
                for position in positions {
                    if !found.contains(&position) && found.len() < MOST_POSITIONS {
                        found.push(position);
                    }
                }
            }
        }
        found
    }

    fn is_alternative(&self, document: &Document, section: Option<SectionId>) -> bool {
        let Some(id) = section else { return false };
        let path = fold(&document.heading_path(id));
        let speaks = self.finder.find(&path).iter().any(|hit| hit.cue == Cue::Alternative);
        speaks && !CHOSEN.iter().any(|word| path.contains(word))
    }
}

fn position(location: &Location) -> Option<Position> {
    match location {
        Location::Point { latitude, longitude } => Some(Position::of_degrees(*latitude, *longitude)),
        Location::Extent { south, west, north, east } => {
            Some(Position::of_degrees((south + north) / 2.0, (west + east) / 2.0))
        }
        Location::Survey { .. } => None,
    }
}

/// Blocks in which facts and citations are looked for.
pub(super) fn evidence_blocks(document: &Document) -> impl Iterator<Item = &Block> {
    document.blocks.iter().filter(|block| !matches!(block.kind, BlockKind::Contents | BlockKind::RunningHead))
}

/// Sentences of a block; the cells of a table row stay together.
pub(super) fn sentences_of(block: &Block, text: &str) -> Vec<TextRange> {
    let whole =
        if block.kind == BlockKind::TableRow { vec![TextRange::new(0, text.len())] } else { sentences(text) };
    whole.into_iter().flat_map(|sentence| stretches(text, sentence)).collect()
}

/// Makes evidence of a sentence; of a long one the part around the figure is quoted.
pub(super) fn evidence(
    document: &Document,
    sentence: TextRange,
    figure: TextRange,
    language: Option<Language>,
) -> Evidence {
    let range = window(&document.text, sentence, figure);
    let words: Vec<&str> = range.of(&document.text).split_whitespace().collect();
    let quote: String = words.join(" ").chars().take(LONGEST_QUOTE).collect();
    Evidence {
        section: document.section_at(figure.start).map(|section| section.id),
        span: document.span(range),
        quote,
        score: 1.0,
        language,
    }
}

/// The sentence, or of one longer than a quotation the part that holds the figure.
fn window(text: &str, sentence: TextRange, figure: TextRange) -> TextRange {
    if sentence.of(text).chars().count() <= LONGEST_QUOTE {
        return sentence;
    }
    let lead: usize = LONGEST_QUOTE / 3;
    let before = text[sentence.start..figure.start].char_indices().rev().nth(lead);
    let start = before.map_or(sentence.start, |(at, _)| sentence.start + at);
    let room = LONGEST_QUOTE - text[start..figure.start].chars().count().min(LONGEST_QUOTE);
    let after = text[figure.start..sentence.end].char_indices().nth(room);
    let end = after.map_or(sentence.end, |(at, _)| figure.start + at);
    TextRange::new(start, end.max(figure.end).min(sentence.end))
}
