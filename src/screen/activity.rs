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
use crate::screen::vectorizer::{Vectorizer, english_terms};
use crate::text::gloss::Gloss;
use crate::text::tokens;

/// Occurrences per thousand terms at which a term counts half.
const HALF_RATE: f64 = 1.0;

/// Occurrences from which on a place is named by the report and not only by one of its sources.
const NAMED: u32 = 2;

/// Terms with their frequencies.
#[derive(Debug, Clone, Default, PartialEq)]
struct Frequencies {
    counts: BTreeMap<String, u32>,
    total: u64,
}

impl Frequencies {
    fn add(&mut self, terms: Vec<String>) {
        for term in terms {
            *self.counts.entry(term).or_default() += 1;
            self.total += 1;
        }
    }

    /// True if there are terms and each occurs at least [`NAMED`] times.
    fn has_all(&self, terms: &BTreeSet<String>) -> bool {
        !terms.is_empty() && terms.iter().all(|term| self.counts.get(term).is_some_and(|n| *n >= NAMED))
    }

    /// The mean over the terms of a name, each by how often it occurs per thousand terms.
    fn share_of(&self, terms: &BTreeSet<String>) -> f32 {
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

/// The terms of a report with their frequencies, in its language and in English.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wording {
    own: Frequencies,
    language: Option<Language>,
    english: Frequencies,
}

impl Wording {
    /// Counts the terms of texts with their glosses, in the main language of the report.
    pub fn of_texts<'a>(
        texts: impl IntoIterator<Item = (&'a str, Option<&'a Gloss>)>,
        language: Option<Language>,
    ) -> Self {
        let mut wording = Self { language, ..Self::default() };
        for (text, gloss) in texts {
            wording.own.add(tokens::lexical_terms(text, language));
            if let Some(gloss) = gloss {
                wording.english.add(english_terms(&gloss.text));
            }
        }
        wording
    }

    /// Counts the terms of a prepared document, in its main language.
    pub fn of_document(prepared: &PreparedDocument) -> Self {
        let language = prepared.document.languages.first().map(|share| share.language);
        let passages = 0..prepared.passages.len();
        Self::of_texts(passages.map(|i| (prepared.text(i), prepared.glosses[i].as_ref())), language)
    }

    /// True if every term of a name – a river basin, a region – stands at least twice in the report, whatever
    /// language the name is written in.
    pub fn names(&self, label: &str, vectorizer: &Vectorizer<'_>) -> bool {
        let own: BTreeSet<String> = tokens::lexical_terms(label, self.language).into_iter().collect();
        let english: BTreeSet<String> = vectorizer.concept(label).into_iter().collect();
        self.own.has_all(&own) || self.in_english().has_all(&english)
    }

    fn in_english(&self) -> &Frequencies {
        match self.language {
            Some(Language::English) => &self.own,
            _ => &self.english,
        }
    }

    /// Returns how much the report speaks of an activity, whose name may be in another language.
    pub fn share_of(&self, activity: &str, vectorizer: &Vectorizer<'_>) -> f32 {
        let own = self.own.share_of(&tokens::lexical_terms(activity, self.language).into_iter().collect());
        own.max(self.in_english().share_of(&vectorizer.concept(activity).into_iter().collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::glossary::Glossary;

    const OWN_LANGUAGE: Vectorizer<'static> = Vectorizer { embedder: None, glossary: None };

    fn wording(text: &str, language: Language) -> Wording {
        Wording::of_texts([(text, None)], Some(language))
    }

    #[test]
    fn a_report_speaks_of_what_it_names_often() {
        let filler = "the agency considered the proposed action and its effects on resources ".repeat(60);
        let text = format!("{filler} {}", "The power lines cross grazed land. ".repeat(8));
        let wording = wording(&text, Language::English);
        let share = |activity| wording.share_of(activity, &OWN_LANGUAGE);
        assert!(share("power line") > 0.8);
        assert!(share("power line, oil and gas") < share("power line"));
        assert_eq!(share("airport"), 0.0);
    }

    #[test]
    fn names_are_compared_by_stems_in_the_language_of_the_report() {
        let wording = wording("Выпас скота на пастбищах. Пастбище используется летом.", Language::Russian);
        assert!(wording.share_of("пастбищами", &OWN_LANGUAGE) > 0.9);
    }

    #[test]
    fn names_in_another_language_are_compared_in_english() {
        let glossary = Glossary::load_builtin().unwrap();
        let vectorizer = Vectorizer { embedder: None, glossary: Some(&glossary) };
        let text = "Завод выпускает цемент. Печь обжига цемента работает на газе.";
        let gloss = vectorizer.gloss(text, Language::Russian);
        let russian = Wording::of_texts([(text, gloss.as_ref())], Some(Language::Russian));
        assert!(russian.share_of("cement", &vectorizer) > 0.9);
        let english = wording("The cement plant burns gas. Cement is milled.", Language::English);
        assert!(english.share_of("цемент", &vectorizer) > 0.9);
        assert_eq!(english.share_of("цемент", &OWN_LANGUAGE), 0.0);
    }

    #[test]
    fn a_place_is_named_in_any_script_if_it_stands_there_twice() {
        let glossary = Glossary::load_builtin().unwrap();
        let vectorizer = Vectorizer { embedder: None, glossary: Some(&glossary) };
        let text = "Река Зарафшан течёт в 3 км. Вода Зарафшана идёт на полив. Чирчик далеко.";
        let gloss = vectorizer.gloss(text, Language::Russian);
        let report = Wording::of_texts([(text, gloss.as_ref())], Some(Language::Russian));
        assert!(report.names("Zarafshon", &vectorizer) && report.names("Зарафшан", &OWN_LANGUAGE));
        assert!(!report.names("Chirchiq", &vectorizer) && !report.names("", &vectorizer));
    }

    #[test]
    fn without_words_nothing_is_spoken_of() {
        assert_eq!(Wording::default().share_of("grazing", &OWN_LANGUAGE), 0.0);
        assert_eq!(wording("grazing", Language::English).share_of("", &OWN_LANGUAGE), 0.0);
    }
}
