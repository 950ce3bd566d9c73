//! Which element does a title name by its words, if none of the known titles stands in it?
//!
//! The known titles of all elements are the examples: a word that only titles of one element use speaks for
//! that element, one that many use ("characteristics", "description") for none. Order and inflection do not
//! matter, and a word nobody has used counts little, so that the name of a plant does not hide what its
//! chapter is about. Weaker than a known title, and never the ground for a clear one.

use std::collections::HashMap;

use crate::domain::language::Language;
use crate::text::tokens::lexical_terms;

use super::subjects::SubjectIndex;

/// Weight of a word that no known title has.
const UNKNOWN: f32 = 0.3;

/// Examples by which the share of a word is weakened: one or two titles are little evidence.
const CAUTION: f32 = 2.0;

/// Share of a title's words that gives the full strength.
const FULL: f32 = 0.75;

/// Weight of a word that can carry a title alone.
const CARRIES: f32 = 0.8;

/// Strength of a title that speaks of nothing else.
const STRONGEST: f32 = 0.85;

/// Strength below which a title says nothing.
const LEAST: f32 = 0.2;

/// What a word of a title says.
#[derive(Debug, Clone, Default)]
struct WordUse {
    /// Weight among the words of a title: the share of its strongest subject.
    weight: f32,
    /// Share of each subject.
    shares: Vec<(SubjectIndex, f32)>,
}

/// Words of known titles.
#[derive(Debug, Clone, Default)]
pub struct TitleWords {
    words: HashMap<(Group, String), WordUse>,
}

/// Languages that share stems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Group {
    English,
    Russian,
    Uzbek,
    Korean,
}

impl Group {
    fn of(language: Language) -> Self {
        match language {
            Language::English => Self::English,
            Language::Russian => Self::Russian,
            Language::UzbekLatin | Language::UzbekCyrillic => Self::Uzbek,
            Language::Korean => Self::Korean,
        }
    }
}

impl TitleWords {
    /// Learns from known titles.
    pub fn new<'a>(titles: impl IntoIterator<Item = (SubjectIndex, Language, &'a str)>) -> Self {
        let mut titles_of: HashMap<(Group, SubjectIndex), f32> = HashMap::new();
        let mut counts: HashMap<(Group, String), HashMap<SubjectIndex, f32>> = HashMap::new();
        for (subject, language, title) in titles {
            let group = Group::of(language);
            *titles_of.entry((group, subject)).or_insert(0.0) += 1.0;
            let mut terms = lexical_terms(&title.replace(['*', '~'], " "), Some(language));
            terms.sort();
            terms.dedup();
            for term in terms {
                *counts.entry((group, term)).or_default().entry(subject).or_insert(0.0) += 1.0;
            }
        }
        let words = counts.into_iter().map(|((group, term), by_subject)| {
            let all: f32 = by_subject.values().sum();
            let mut shares: Vec<(SubjectIndex, f32)> = by_subject
                .into_iter()
                .map(|(subject, count)| (subject, count / titles_of[&(group, subject)]))
                .collect();
            shares.sort_by_key(|(subject, _)| *subject);
            let sum: f32 = shares.iter().map(|(_, share)| share).sum();
            shares.iter_mut().for_each(|(_, share)| *share /= sum);
            let most = shares.iter().map(|(_, share)| *share).fold(0.0, f32::max);
            ((group, term), WordUse { weight: most * all / (all + CAUTION), shares })
        });
        Self { words: words.collect() }
    }

    /// Returns the subjects that the words of a title speak of, with a strength, 0 to 1.
    pub fn strengths(&self, title: &str, language: Option<Language>) -> Vec<(SubjectIndex, f32)> {
        let Some(language) = language else { return Vec::new() };
        let group = Group::of(language);
        let mut terms = lexical_terms(title, Some(language));
        terms.sort();
        terms.dedup();
        let (mut whole, mut sums) = (0.0, HashMap::<SubjectIndex, (f32, f32)>::new());
        for term in terms.into_iter().filter(|term| term.chars().any(char::is_alphabetic)) {
            match self.words.get(&(group, term)) {
                None => whole += UNKNOWN,
                Some(word) => {
                    whole += word.weight;
                    for (subject, share) in &word.shares {
                        let (sum, most) = sums.entry(*subject).or_insert((0.0, 0.0));
                        *sum += word.weight * share;
                        *most = most.max(word.weight * share);
                    }
                }
            }
        }
        let mut found: Vec<(SubjectIndex, f32)> = sums
            .into_iter()
            .map(|(subject, (sum, most))| {
                let share = (sum / (FULL * whole)).min(1.0);
                (subject, STRONGEST * share * (most / CARRIES).min(1.0))
            })
            .filter(|(_, strength)| *strength >= LEAST)
            .collect();
        found.sort_by_key(|(subject, _)| *subject);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> TitleWords {
        TitleWords::new([
            (0, Language::Russian, "образование отходов"),
            (0, Language::Russian, "обращение с отходами"),
            (0, Language::Russian, "виды отходов"),
            (0, Language::Russian, "характеристика отходов"),
            (1, Language::Russian, "характеристика производства"),
            (1, Language::Russian, "технология производства"),
            (2, Language::Russian, "характеристика района"),
            (2, Language::Russian, "климат района"),
        ])
    }

    #[test]
    fn a_title_in_other_words_is_recognised() {
        let found = words().strengths("Что предприятие делает со своими отходами", Some(Language::Russian));
        let strength = |subject| found.iter().find(|(own, _)| *own == subject).map_or(0.0, |(_, s)| *s);
        assert!(strength(0) > 0.3 && strength(1) == 0.0, "{found:?}");
    }

    #[test]
    fn a_word_of_many_elements_speaks_for_none() {
        let found = words().strengths("Характеристика", Some(Language::Russian));
        assert!(found.iter().all(|(_, strength)| *strength < 0.6), "{found:?}");
    }

    #[test]
    fn a_title_without_known_words_names_nothing() {
        assert!(words().strengths("Благодарности", Some(Language::Russian)).is_empty());
        assert!(words().strengths("", None).is_empty());
    }
}
