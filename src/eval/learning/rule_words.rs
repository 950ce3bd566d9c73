//! What the rules themselves call a subject, as examples for the classifier of passages.
//!
//! Labelled passages are written in other words than the law's, so that the classifier learns what the phrases of the rules
//! do not know. That leaves it ignorant of the law's own words ("a calculation of greenhouse gases will be submitted" is a
//! promise, but of what?). A title or phrase says what is spoken of, never that anything of substance is said about it: it
//! teaches topics and headings alone.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::language::Language;
use crate::domain::requirement::{ElementId, Localized, Phrases, Requirement};
use crate::rules::Rulebook;
use crate::text::phrases;

/// Least characters of an example: an abbreviation alone decides too much.
const SHORTEST: usize = 4;

/// One title, heading, phrase or description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleWords {
    /// Element or requirement it belongs to.
    pub subject: String,
    /// Language.
    pub language: Language,
    /// The words, without the marks for endings and gaps.
    pub text: String,
    /// True if they stand above a text, not in it.
    pub is_heading: bool,
}

/// The words of all elements and requirements, and which of these overlap.
#[derive(Debug)]
pub struct WordsOfRules {
    /// Without repetitions, in the order of subjects.
    pub words: Vec<RuleWords>,
    /// Elements of each subject.
    elements: BTreeMap<String, BTreeSet<ElementId>>,
}

impl WordsOfRules {
    /// Collects what a rulebook says.
    pub fn of(rules: &Rulebook) -> Self {
        let mut collected = Self { words: Vec::new(), elements: BTreeMap::new() };
        for element in &rules.elements {
            collected.elements.insert(element.id.0.clone(), BTreeSet::from([element.id.clone()]));
            collected.add(
                &element.id.0,
                &element.title,
                &[&element.wording, &element.descriptions],
                &element.headings,
            );
        }
        for requirement in rules.sets.iter().flat_map(|set| &set.requirements) {
            let id = &requirement.id.0;
            collected.elements.insert(id.clone(), elements_of(requirement));
            let content = Phrases::from([(Language::English, vec![requirement.content.clone()])]);
            let texts = [&requirement.wording, &requirement.descriptions, &content];
            collected.add(id, &requirement.title, &texts, &requirement.headings);
        }
        let mut seen = BTreeSet::new();
        collected.words.retain(|words| {
            let has_words = words.text.chars().filter(|c| c.is_alphabetic()).count() >= SHORTEST;
            has_words && seen.insert((words.subject.clone(), words.text.clone(), words.is_heading))
        });
        collected
    }

    fn add(&mut self, subject: &str, title: &Localized, texts: &[&Phrases], headings: &Phrases) {
        let mut add = |language: Language, text: &str, is_heading| {
            let (subject, text) = (subject.to_owned(), phrases::plain(text));
            self.words.push(RuleWords { subject, language, text, is_heading });
        };
        for (language, title) in title {
            add(*language, title, false);
            add(*language, title, true);
        }
        for (language, phrases) in texts.iter().flat_map(|texts| texts.iter()) {
            phrases.iter().for_each(|phrase| add(*language, phrase, false));
        }
        for (language, headings) in headings {
            headings.iter().for_each(|heading| add(*language, heading, true));
        }
    }

    /// True if words on the one may be about the other: an element and a requirement that rests on it.
    pub fn overlap(&self, one: &str, other: &str) -> bool {
        match (self.elements.get(one), self.elements.get(other)) {
            (Some(one), Some(other)) => !one.is_disjoint(other),
            _ => true,
        }
    }
}

fn elements_of(requirement: &Requirement) -> BTreeSet<ElementId> {
    let parts = requirement.parts.iter().flat_map(|part| &part.elements);
    requirement.elements.iter().chain(parts).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_rules_are_plain_and_in_all_languages() {
        let collected = WordsOfRules::of(&Rulebook::load_builtin().unwrap());
        for language in Language::ALL {
            let own = collected.words.iter().filter(|words| words.language == language);
            assert!(own.count() > 300, "{language:?}");
        }
        let marked = collected.words.iter().find(|words| words.text.contains(['*', '~']));
        assert_eq!(marked, None);
        let gases =
            |words: &&RuleWords| words.subject == "C20" && words.text.to_lowercase().contains("greenhouse");
        assert!(collected.words.iter().any(|words| gases(&words)));
    }

    #[test]
    fn an_element_overlaps_the_requirements_that_rest_on_it() {
        let collected = WordsOfRules::of(&Rulebook::load_builtin().unwrap());
        assert!(collected.overlap("ADB-H", "ADB-H"));
        assert!(collected.overlap("C01", "C01") && !collected.overlap("C01", "C02"));
        assert!(collected.overlap("X99", "C01"), "of what the rules do not know nothing is said");
        let requirement = Rulebook::load_builtin().unwrap().set("eu").unwrap().requirements[0].clone();
        let element = &elements_of(&requirement).into_iter().next().unwrap().0;
        assert!(collected.overlap(&requirement.id.0, element));
    }
}
