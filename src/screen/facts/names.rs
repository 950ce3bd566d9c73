//! Does another project's name stand in copied text?
//!
//! A name in quotation marks, or of capitals, beside a word for a project or works. The project's own names are those of
//! the first page. Raised is only a name that recurs, in one top-level section alone, in sentences that speak of the
//! project itself, while the own name runs through the report – or one that stands in one section as the origin of what the
//! report answers for (`the leachate of the … Plant will be collected`). Of more kinds of works such an origin counts only
//! where the same clause says what is done with it (`stormwater from the … Works is led to a basin`). A name that shares a
//! word with the first page, or whose first word stands elsewhere in the report, belongs here: it is that of a place, a
//! neighbour or a supplier. Everything less certain is left alone.

use std::collections::{BTreeMap, BTreeSet};

use super::document::{evidence, evidence_blocks, sentences_of};
use super::fold::fold;
use super::namings::{
    ANSWERED_FOR, COMMON, ELSEWHERE, HANDLED, NAMELESS, NAMINGS, Naming, ORIGIN, OTHER, OWN, PARTICLES,
    TO_OR_FROM, USED,
};
use crate::domain::document::{BlockKind, Document};
use crate::domain::explanation::Code;
use crate::domain::fact::{Inconsistency, InconsistencyKind};
use crate::domain::finding::Evidence;
use crate::domain::ids::SectionId;
use crate::domain::span::TextRange;

/// Bytes of the document in which its own names stand.
const FIRST_PAGE: usize = 2500;
/// Bytes of a sentence before and behind a name that make its clause.
const CLAUSE_REACH: usize = 400;

/// Quotations kept of one name.
const MOST_QUOTES: usize = 3;

/// Names raised in one report.
const MOST_FOUND: usize = 20;

/// Most names that stand alone in one report: with more it speaks of others on purpose.
const MOST_ALONE: usize = 6;

#[derive(Default)]
struct Mentions {
    sections: BTreeSet<Option<SectionId>>,
    /// The first of them.
    quotes: Vec<Evidence>,
    count: usize,
    is_own_claim: bool,
    is_other: bool,
    on_first_page: bool,
    /// What the report answers for comes from there.
    is_origin: bool,
    /// The clause says what is done with what comes from there.
    is_handled: bool,
}

/// What a sentence says, whatever names stand in it.
struct Said {
    is_own: bool,
    is_other: bool,
    is_answered_for: bool,
    is_used: bool,
}

impl Said {
    fn of(folded: &str) -> Self {
        let says = |cues: &[&str]| cues.iter().any(|cue| folded.contains(cue));
        Self {
            is_own: says(&OWN),
            is_other: says(&OTHER),
            is_answered_for: says(&ANSWERED_FOR),
            is_used: says(USED),
        }
    }
}

/// Returns the names that look copied from another report.
pub(super) fn check(document: &Document) -> Vec<Inconsistency> {
    let mentions = mentions(document);
    let own: BTreeSet<String> =
        mentions.iter().filter(|(_, m)| m.on_first_page).flat_map(|(name, _)| stems(name)).collect();
    let runs_through = mentions.iter().any(|(_, m)| m.on_first_page && m.sections.len() >= 3);
    let beginning = Beginning::of(document);
    let is_foreign = |(name, m): &(&String, &Mentions)| {
        !m.on_first_page
            && m.sections.len() == 1
            && !m.is_other
            && !stems(name).any(|stem| own.contains(&stem))
    };
    let recurs = |m: &Mentions| runs_through && m.count >= 2 && m.is_own_claim;
    let foreign: Vec<(&String, &Mentions)> = mentions.iter().filter(is_foreign).collect();
    let mut alone: Vec<(&String, &Mentions)> = foreign
        .iter()
        .filter(|(name, m)| !recurs(m) && (m.is_origin || m.is_handled) && !beginning.knows(name))
        .copied()
        .collect();
    if alone.len() > MOST_ALONE {
        alone.clear();
    }
    let frequencies = frequencies(document, &alone);
    alone.retain(|(name, m)| frequencies.get(first_word(name)).is_none_or(|count| *count <= m.count));
    let mut found: Vec<Inconsistency> = foreign
        .iter()
        .filter(|(_, m)| recurs(m))
        .chain(&alone)
        .map(|(_, m)| Inconsistency {
            kind: InconsistencyKind::ForeignName,
            subject: m.quotes[0].quote.chars().take(80).collect(),
            message: Code::ForeignName.into(),
            citation: String::new(),
            evidence: m.quotes.clone(),
        })
        .collect();
    found.sort_by_key(|one| one.evidence[0].span);
    found.truncate(MOST_FOUND);
    found
}

/// What stands on the first page, folded.
struct Beginning {
    text: String,
    words: BTreeSet<String>,
}

impl Beginning {
    fn of(document: &Document) -> Self {
        let text = fold(&document.text[..first_page(document)]);
        let words = words(&text).map(str::to_owned).collect();
        Self { text, words }
    }

    /// True if a word of the name stands there; a short one of letters without endings as a whole (`red` is in `covered`).
    fn knows(&self, name: &str) -> bool {
        name.split(' ').any(|word| {
            let is_short = !word.contains(is_hangul)
                && (word.chars().count() < 4 || (word.is_ascii() && word.len() < 5));
            if is_short { self.words.contains(word) } else { self.text.contains(word) }
        })
    }
}

/// How often the first words of these names stand in the report, by word.
fn frequencies(document: &Document, names: &[(&String, &Mentions)]) -> BTreeMap<String, usize> {
    let mut all: BTreeMap<String, usize> =
        names.iter().map(|(name, _)| (first_word(name).to_owned(), 0)).collect();
    if all.is_empty() {
        return all;
    }
    for block in evidence_blocks(document) {
        let folded = fold(block.span.range.of(&document.text));
        for word in words(&folded) {
            if let Some(count) = all.get_mut(word) {
                *count += 1;
            }
        }
    }
    all
}

fn words(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

fn is_hangul(c: char) -> bool {
    ('가'..='힣').contains(&c)
}

/// The first word of a name as a text has it.
fn first_word(name: &str) -> &str {
    words(name).next().unwrap_or(name)
}

/// Bytes at the beginning in which a report says what it is about.
fn first_page(document: &Document) -> usize {
    let mut end = FIRST_PAGE.min(document.text.len() / 3);
    while !document.text.is_char_boundary(end) {
        end -= 1;
    }
    end
}

fn mentions(document: &Document) -> BTreeMap<String, Mentions> {
    let first_page = first_page(document);
    let mut all: BTreeMap<String, Mentions> = BTreeMap::new();
    for block in evidence_blocks(document) {
        let text = block.span.range.of(&document.text);
        let possible: Vec<&Naming> =
            NAMINGS.iter().filter(|naming| naming.needs.iter().any(|word| text.contains(word))).collect();
        if possible.is_empty() {
            continue;
        }
        for sentence in sentences_of(block, text) {
            let words = sentence.of(text);
            let folded = fold(words);
            let all_captures = possible.iter().flat_map(|naming| {
                naming.pattern.captures_iter(words).map(move |captures| (*naming, captures))
            });
            let mut said = None;
            for (naming, captures) in all_captures {
                let Some(name) = captures.name("name") else { continue };
                let key = name_key(name.as_str());
                if key.is_empty() {
                    continue;
                }
                let start = block.span.range.start + sentence.start;
                let figure = TextRange::new(start + name.start(), start + name.end());
                let range = TextRange::new(start, start + sentence.len());
                let entry = all.entry(key).or_default();
                entry.sections.insert(top_section(document, figure.start));
                entry.on_first_page |= figure.start < first_page;
                entry.count += 1;
                if entry.quotes.len() < MOST_QUOTES {
                    entry.quotes.push(evidence(document, range, figure, None));
                }
                if block.kind == BlockKind::Heading {
                    continue;
                }
                // Of a sentence with hundreds of names these are asked once.
                let said = said.get_or_insert_with(|| Said::of(&folded));
                entry.is_own_claim |= naming.is_project && said.is_own;
                entry.is_other |= said.is_other;
                let from = words.floor_char_boundary(name.start().saturating_sub(CLAUSE_REACH));
                let to = words.floor_char_boundary(name.end() + CLAUSE_REACH);
                let [before, after] = &*ORIGIN;
                let comes_from = before.is_match(&words[from..name.start()])
                    || after.is_match(&words[name.end()..to.max(name.end())]);
                entry.is_origin |= naming.is_project && comes_from && said.is_answered_for && !said.is_used;
                // Folding moves no byte.
                let (before, after) = (&folded[..name.start()], &folded[name.end()..]);
                entry.is_handled |=
                    !said.is_used && is_handled(document, figure.start, name.as_str(), before, after);
            }
        }
    }
    all
}

/// True if the clause around a name says what is done with what comes from there, in a section on the project's own doings.
fn is_handled(document: &Document, at: usize, name: &str, before: &str, after: &str) -> bool {
    if before.len() > CLAUSE_REACH {
        return false;
    }
    let after = &after[..after.floor_char_boundary(CLAUSE_REACH)];
    let is_nameless = name.split_whitespace().last().is_none_or(|word| {
        let folded = fold(word);
        NAMELESS.contains(&folded.as_str()) || (word.contains(is_hangul) && word.ends_with(PARTICLES))
    });
    let Some(clause) = HANDLED.iter().find(|one| one.before.is_match(before) && one.after.is_match(after))
    else {
        return false;
    };
    let path = document.section_at(at).map(|section| document.heading_path(section.id)).unwrap_or_default();
    let path = fold(&path);
    let says = |cues: &[&str]| cues.iter().any(|cue| path.contains(cue));
    let goes_or_comes = TO_OR_FROM.iter().any(|cue| before.contains(cue));
    let is_of_section = clause.sections.is_empty() || says(clause.sections);
    !is_nameless && !goes_or_comes && is_of_section && !says(ELSEWHERE)
}

/// Words of a name without articles, folded.
fn name_key(name: &str) -> String {
    let words: Vec<String> =
        name.split_whitespace().map(fold).filter(|word| !COMMON.contains(&word.as_str())).collect();
    words.join(" ")
}

/// Names that share a word, or the beginning of one, belong to one project.
fn stems(name: &str) -> impl Iterator<Item = String> {
    name.split_whitespace().map(|word| word.chars().take(5).collect())
}

fn top_section(document: &Document, offset: usize) -> Option<SectionId> {
    let mut section = document.section_at(offset)?;
    while let Some(parent) = section.parent.and_then(|id| document.section(id)) {
        section = parent;
    }
    Some(section.id)
}

#[cfg(test)]
#[path = "names_tests.rs"]
mod tests;
