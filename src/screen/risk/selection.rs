//! Which of the terms and readings of a sentence count?
//!
//! Terms in cross-references and run-in headings give way to those of the statement; of several readings of one
//! category the one a reviewer needs to see first is kept.

use std::collections::BTreeMap;

use crate::domain::language::Language;
use crate::domain::risk::{Polarity, Severity};

use super::sentence::Sentence;
use super::{Occurrence, SentenceRisk};

/// A line of cells is data, not a heading, however short it is.
pub(super) fn is_row(text: &str) -> bool {
    text.matches('|').count() >= 2
}

/// Drops terms that stand only in a cross-reference or, if the statement itself names terms, in its run-in heading.
pub(super) fn drop_asides(occurrences: &mut Vec<Occurrence>, sentence: &Sentence<'_>) {
    occurrences.retain(|one| !sentence.references.iter().any(|range| range.encloses(one.range)));
    // "Non-fish-bearing stream": the term is denied within the word.
    let before = |one: &Occurrence| sentence.text[..one.range.start].to_lowercase();
    occurrences.retain(|one| !["non-", "non ", "non–"].iter().any(|prefix| before(one).ends_with(prefix)));
    let in_body = |one: &Occurrence| one.range.start >= sentence.body_start;
    if occurrences.iter().any(in_body) {
        occurrences.retain(in_body);
    }
}

/// What a reviewer needs to see first when a category occurs more than once in a sentence.
pub(super) fn rank(polarity: Polarity) -> u8 {
    match polarity {
        Polarity::Asserted => 6,
        Polarity::Hypothetical => 5,
        Polarity::Negated => 4,
        Polarity::Mitigation => 3,
        Polarity::OtherPlace => 2,
        Polarity::Citation => 1,
        Polarity::Heading => 0,
    }
}

pub(super) fn keep_stronger(best: &mut BTreeMap<usize, SentenceRisk>, category: usize, risk: SentenceRisk) {
    let key = |risk: &SentenceRisk| (risk.severity, rank(risk.polarity), std::cmp::Reverse(risk.range.start));
    match best.get(&category) {
        Some(known) if key(known) >= key(&risk) => {}
        _ => {
            best.insert(category, risk);
        }
    }
}

/// Keeps what a sentence says most severely. A lesser category gives way to a more severe one, a background category
/// (`is_background`) also to one that is as severe and named by at least as long a phrase. A denial that has to be
/// verified stays beside assertions.
///
/// One sentence seldom is about two risks: of the development sentences with a risk one in sixteen has two labels.
pub(super) fn keep_foremost(best: &mut BTreeMap<usize, SentenceRisk>, is_background: impl Fn(usize) -> bool) {
    struct Said {
        category: usize,
        severity: Severity,
        length: usize,
        is_denied: bool,
    }
    let all: Vec<Said> = best
        .iter()
        .map(|(category, risk)| Said {
            category: *category,
            severity: risk.severity,
            length: risk.range.len(),
            is_denied: risk.polarity == Polarity::Negated,
        })
        .collect();
    let gives_way = |one: &Said, other: &Said| {
        let is_claim = one.is_denied && !other.is_denied && one.severity >= Severity::Medium;
        let is_lesser = one.severity < other.severity;
        let is_setting = one.severity == other.severity
            && is_background(one.category)
            && !is_background(other.category)
            && one.length <= other.length;
        !is_claim && (is_lesser || is_setting)
    };
    for one in &all {
        if all.iter().any(|other| other.category != one.category && gives_way(one, other)) {
            best.remove(&one.category);
        }
    }
}

/// The likeliest language where detection abstains: short lines still have a script.
pub(super) fn language_of_script(text: &str) -> Language {
    let count = |test: fn(char) -> bool| text.chars().filter(|&c| test(c)).count();
    let hangul = count(|c| ('\u{ac00}'..='\u{d7a3}').contains(&c));
    let cyrillic = count(|c| ('\u{400}'..='\u{4ff}').contains(&c));
    let latin = count(|c| c.is_ascii_alphabetic());
    let uzbek_cyrillic = count(|c| "ўқғҳЎҚҒҲ".contains(c));
    let uzbek_latin = ["oʻ", "gʻ", "o'", "g'", "o‘", "g‘", "oʼ", "gʼ", "o`", "g`"];
    if hangul > 0 && hangul * 2 >= latin.max(cyrillic) {
        Language::Korean
    } else if cyrillic > latin {
        if uzbek_cyrillic > 0 { Language::UzbekCyrillic } else { Language::Russian }
    } else if uzbek_latin.iter().any(|mark| text.to_lowercase().contains(mark)) {
        Language::UzbekLatin
    } else {
        Language::English
    }
}
