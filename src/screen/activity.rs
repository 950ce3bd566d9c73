//! How much does a report speak of an activity? So that earlier cases of the same kind come first.
//!
//! Stands beside [`super::precedent`]. The archive knows the activity type of its cases; a report to be
//! screened often comes without one. Wording that an agency puts into every form makes unlike projects look
//! alike, while "grazing" or "power line" stands on every page of a report that is about it. Needs nothing
//! but the report's own words, so it cannot be led by what the case system says.
//!
//! Invariant: a share between 0 and 1; a report without words speaks of nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::language::Language;
use crate::screen::prepare::PreparedDocument;
use crate::text::tokens;

/// Occurrences per thousand terms at which a term counts half.
const HALF_RATE: f64 = 1.0;

/// The terms of a report with their frequencies.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wording {
    counts: BTreeMap<String, u32>,
    total: u64,
    language: Option<Language>,
}

impl Wording {
    /// Counts the terms of a text.
    pub fn of_texts<'a>(texts: impl IntoIterator<Item = &'a str>, language: Option<Language>) -> Self {
        let mut wording = Self { language, ..Self::default() };
        for text in texts {
            for term in tokens::lexical_terms(text, language) {
                *wording.counts.entry(term).or_default() += 1;
                wording.total += 1;
            }
        }
        wording
    }

    /// Counts the terms of a prepared document, in its main language.
    pub fn of_document(prepared: &PreparedDocument) -> Self {
        let language = prepared.document.languages.first().map(|share| share.language);
        Self::of_texts((0..prepared.passages.len()).map(|i| prepared.text(i)), language)
    }

    /// Returns how much the report speaks of an activity: the mean over the terms of its name, each by how
    /// often it occurs per thousand terms.
    pub fn share_of(&self, activity: &str) -> f32 {
        let terms: BTreeSet<String> = tokens::lexical_terms(activity, self.language).into_iter().collect();
        if terms.is_empty() || self.total == 0 {
            return 0.0;
        }
        let weigh = |term: &String| {
            let count = self.counts.get(term).copied().unwrap_or(0);
            let rate = f64::from(count) * 1000.0 / self.total as f64;
            rate / (rate + HALF_RATE)
        };
        (terms.iter().map(weigh).sum::<f64>() / terms.len() as f64) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_speaks_of_what_it_names_often() {
        let filler = "the agency considered the proposed action and its effects on resources ".repeat(60);
        let text = format!("{filler} {}", "The power lines cross grazed land. ".repeat(8));
        let wording = Wording::of_texts([text.as_str()], Some(Language::English));
        assert!(wording.share_of("power line") > 0.8);
        assert!(wording.share_of("power line, oil and gas") < wording.share_of("power line"));
        assert_eq!(wording.share_of("airport"), 0.0);
    }

    #[test]
    fn names_are_compared_by_stems_in_the_language_of_the_report() {
        let text = "Выпас скота на пастбищах. Пастбище используется летом.";
        let wording = Wording::of_texts([text], Some(Language::Russian));
        assert!(wording.share_of("пастбищами") > 0.9);
    }

    #[test]
    fn without_words_nothing_is_spoken_of() {
        assert_eq!(Wording::default().share_of("grazing"), 0.0);
        let wording = Wording::of_texts(["grazing"], Some(Language::English));
        assert_eq!(wording.share_of(""), 0.0);
    }
}
