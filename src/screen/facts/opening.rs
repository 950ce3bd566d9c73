//! What does the opening of a report say that the project is?
//!
//! Title, first headings and first sentences. Rows of a list ask whether they name an activity; what they say of others
//! counts for nothing. Of acts that reports cite by annex ([`Claimed::Annex`]) more is about something else.

use std::sync::LazyLock;

use regex::Regex;

use super::category::{names, words_of};
use super::claim::is_of_others;
use super::document::{evidence, evidence_blocks, sentences_of};
use super::own_size::is_own;
use super::thresholds::{Claimed, Threshold};
use crate::domain::document::{BlockKind, Document};
use crate::domain::finding::Evidence;
use crate::domain::span::TextRange;

/// Title and first headings stand within so many bytes.
const OPENING: usize = 1_500;

/// Farthest in bytes that an activity stands behind the words that plan it.
const PLAN_REACH: usize = 60;

/// Words that plan something, in English.
static PLANS: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"\b(?:plans (?:to|an?|the|one|two|three|four|five|six|seven|eight|nine|ten|twelve|\d+) |proposes |intends to |wants to |applies for |applied for |project (?:is|consists of|comprises|concerns|provides for) )";
    Regex::new(pattern).expect("the pattern is a constant, compiled by the tests")
});

/// What stands between a plan and an activity that is not planned itself.
#[rustfmt::skip]
const BREAKS: &[&str] = &[
    " that ", " which ", " not ", " connect", " near", " from ", " beside", " line ", " road ", "pipeline",
    " serv", " suppl", " at the ", " of the ", " in the ",
];

/// A project that changes something: its size says nothing of the change.
#[rustfmt::skip]
const CHANGES: &[&str] = &[
    "extension", "be extended", "is extended", "expansion", "expand", "enlarg", "moderni", "upgrad", "reconstruct",
    "rehabilit", "refurbish", "retrofit", "repower", "conversion of",
];

/// Title and first headings, and the sentences among them.
pub(super) struct Opening {
    claimed: Claimed,
    headings: Vec<(String, Evidence)>,
    sentences: Vec<(String, Evidence)>,
}

impl Opening {
    /// Reads the opening for an act whose categories reports name in this way.
    pub fn of(document: &Document, claimed: Claimed) -> Self {
        let mut opening = Self { claimed, headings: Vec::new(), sentences: Vec::new() };
        let first = evidence_blocks(document).filter(|block| block.span.range.start < OPENING);
        for (index, block) in first.enumerate() {
            let text = block.span.range.of(&document.text);
            // A report without marked headings begins with its title.
            let is_heading = block.kind == BlockKind::Heading || (index == 0 && text.len() <= 300);
            if is_heading {
                let place = evidence(document, block.span.range, block.span.range, None);
                opening.headings.push((words_of(text), place));
                continue;
            }
            for sentence in sentences_of(block, text) {
                let start = block.span.range.start + sentence.start;
                if start < OPENING {
                    let range = TextRange::new(start, start + sentence.len());
                    let place = evidence(document, range, range, None);
                    opening.sentences.push((words_of(sentence.of(text)), place));
                }
            }
        }
        opening
    }

    /// True if the project changes something that stands.
    pub fn is_change(&self) -> bool {
        let mut all = self.headings.iter().chain(&self.sentences);
        all.any(|(words, _)| CHANGES.iter().any(|cue| words.contains(cue)))
    }

    /// The heading that names the row's activity.
    pub fn heading(&self, row: &Threshold) -> Option<&Evidence> {
        if self.is_ruled_out(row) {
            return None;
        }
        let is_it = |words: &str| {
            names(words, &row.stems) && (row.with.is_empty() || names(words, &row.with)) && self.is_own(words)
        };
        self.headings.iter().find(|(words, _)| is_it(words)).map(|(_, place)| place)
    }

    /// Where the opening says that the project is the row's activity.
    pub fn shows(&self, row: &Threshold) -> Option<Vec<Evidence>> {
        let heading = self.heading(row)?.clone();
        if row.opening.is_empty() {
            return Some(vec![heading]);
        }
        let is_other = |words: &str| self.claimed == Claimed::Annex && names(words, &row.without);
        let is_it = |words: &str| names(words, &row.opening) && self.is_own(words) && !is_other(words);
        let (_, sentence) = self.sentences.iter().find(|(words, _)| is_it(words))?;
        Some(vec![heading, sentence.clone()])
    }

    /// True if a heading names the row's activity, by its stems or its other titles, or a sentence plans it.
    pub fn is_of(&self, row: &Threshold) -> bool {
        let has_title = |words: &str| names(words, &row.titles) && self.is_own(words);
        let is_planned = |words: &str| !names(words, &row.without) && self.is_own(words) && plans(words, row);
        self.heading(row).is_some()
            || (!self.is_ruled_out(row)
                && (self.headings.iter().any(|(words, _)| has_title(words))
                    || self.sentences.iter().any(|(words, _)| is_planned(words))))
    }

    /// True if a heading says that the project is something else.
    fn is_ruled_out(&self, row: &Threshold) -> bool {
        self.headings.iter().any(|(words, _)| names(words, &row.without))
    }

    fn is_own(&self, words: &str) -> bool {
        !is_of_others(words) && (self.claimed == Claimed::Category || is_own(&without_reach(words)))
    }
}

/// The words without what tells for whom works are made: `regional sewage works` are no region.
fn without_reach(words: &str) -> String {
    let shorter = words.replace(" regional ", " ");
    shorter.replace(" district heat", " heat")
}

/// True if plain words plan the row's activity.
fn plans(words: &str, row: &Threshold) -> bool {
    let is_it = |end: usize| {
        // From the blank that ends the words of the plan.
        let rest = &words[end - 1..];
        let reach = &rest[..rest.floor_char_boundary(PLAN_REACH)];
        let clause = reach.split([',', ';', ':', '(']).next().unwrap_or("");
        let place = row.stems.iter().filter_map(|stem| clause.find(stem.as_str())).min();
        names(clause, &row.stems)
            && place.is_some_and(|at| !BREAKS.iter().any(|cue| clause[..at].contains(cue)))
    };
    (row.with.is_empty() || names(words, &row.with)) && PLANS.find_iter(words).any(|found| is_it(found.end()))
}
