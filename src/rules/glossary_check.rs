//! Can this glossary work? Every fault of it, found before it is used.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::glossary::{COLUMNS, GlossaryHead, GlossaryRow, HEAD, LANGUAGES, shown};
use super::problem::Problem;
use crate::domain::language::Language;
use crate::text::gloss::Glosser;
use crate::text::normalize::match_key;
use crate::text::phrases::plain;
use crate::text::script::Histogram;

/// Adds every fault of `glossary.toml`.
pub(super) fn head(head: &GlossaryHead, problems: &mut Vec<Problem>) {
    let mut fault = |message: String| problems.push(Problem::new(&shown(HEAD), "", message));
    if head.version.parse::<Date>().is_err() {
        fault("`version` is not a day of the form YYYY-MM-DD".to_owned());
    }
    for (name, text) in [("note", &head.note), ("least_known_origin", &head.least_known_origin)] {
        if text.trim().is_empty() {
            fault(format!("`{name}` is empty"));
        }
    }
    for language in Language::ALL.into_iter().filter(|language| *language != Language::English) {
        match head.least_known.get(&language) {
            None => fault(format!("`least_known` has no share for {language}")),
            Some(share) if !(0.0..=1.0).contains(share) => {
                fault(format!("`least_known` of {language} is {share}, not between 0 and 1"));
            }
            Some(_) => {}
        }
    }
}

/// Adds every fault of the rows.
pub(super) fn rows(rows: &[GlossaryRow], glosser: &Glosser, problems: &mut Vec<Problem>) {
    let mut headwords: BTreeMap<String, &GlossaryRow> = BTreeMap::new();
    let mut phrases: BTreeMap<(usize, String), &GlossaryRow> = BTreeMap::new();
    for row in rows {
        let mut fault = |message: String| {
            let subject = format!("line {:04} ({})", row.line, row.english);
            problems.push(Problem::new(&shown(&row.file), subject, message));
        };
        if let Some(wrong) = fault_of_headword(&row.english) {
            fault(wrong);
        }
        if let Some(other) = headwords.insert(row.english.to_lowercase(), row) {
            fault(format!("the headword stands in {} line {} already", shown(&other.file), other.line));
        }
        if row.phrases.iter().all(Vec::is_empty) {
            fault("no language has an equivalent".to_owned());
        }
        for (column, (language, own)) in LANGUAGES.into_iter().zip(&row.phrases).enumerate() {
            for phrase in own {
                if let Some(wrong) = fault_of_phrase(phrase, language, glosser) {
                    fault(format!("{}: {wrong}", COLUMNS[column + 1]));
                    continue;
                }
                let key = match_key(phrase, Some(language)).text;
                if let Some(other) = phrases.insert((column, key), row) {
                    fault(format!(
                        "{}: `{phrase}` stands in {} line {} ({}) already",
                        COLUMNS[column + 1],
                        shown(&other.file),
                        other.line,
                        other.english
                    ));
                }
            }
        }
    }
}

fn fault_of_headword(english: &str) -> Option<String> {
    let is_fit =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '\'' | '.' | '/' | '%' | '³' | '²');
    if english.trim() != english || !english.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '%') {
        Some("the headword does not begin with a letter or digit, or has blanks around it".to_owned())
    } else {
        english
            .chars()
            .find(|&c| !is_fit(c))
            .map(|c| format!("the headword has {c:?}, which English words have not"))
    }
}

/// Returns what is wrong with a phrase: nothing in it, the wrong script, or words it is not found by.
fn fault_of_phrase(phrase: &str, language: Language, glosser: &Glosser) -> Option<String> {
    if !phrase.chars().any(char::is_alphanumeric) {
        return Some(format!("{phrase:?} has no word"));
    }
    let letters = Histogram::of(phrase);
    let fits = match language {
        Language::Russian | Language::UzbekCyrillic => letters.cyrillic > 0 && letters.hangul == 0,
        Language::Korean => letters.hangul > 0 && letters.cyrillic == 0,
        Language::UzbekLatin | Language::English => {
            letters.latin > 0 && letters.cyrillic + letters.hangul == 0
        }
    };
    if !fits {
        return Some(format!("`{phrase}` is not written in the script of {language}"));
    }
    let found = glosser.gloss(&plain(phrase), language).is_some_and(|gloss| !gloss.text.is_empty());
    (!found).then(|| format!("`{phrase}` is not found in a text that consists of it"))
}
