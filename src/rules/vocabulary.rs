//! How do consultants speak of elements, requirements and parts, whatever the law's wording?
//!
//! The form of `rules/vocabulary/`: one file per language with titles, phrases and *words that speak together*.
//! A fixed phrase finds the sentence it was written for; {waste, spoil, sludge} with {removed, stored,
//! handed over} in one sentence also finds those nobody thought of.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::language::Language;
use crate::domain::requirement::{ElementId, RequirementId};

/// Words that speak for a subject where one of each list stands in a sentence, in whatever order.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Together {
    /// What the sentence is about.
    pub of: Vec<String>,
    /// What it says about it.
    pub and: Vec<String>,
}

/// Usage of one element or part in one language.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Words {
    /// Titles.
    pub headings: Vec<String>,
    /// Phrases for running text.
    pub wording: Vec<String>,
    /// Words that speak together.
    pub together: Vec<Together>,
    /// Phrases that look like the element and are not it.
    pub decoys: Vec<String>,
}

/// Usage of one requirement in one language.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RequirementWords {
    /// Titles.
    pub headings: Vec<String>,
    /// Phrases for running text.
    pub wording: Vec<String>,
    /// Words that speak together.
    pub together: Vec<Together>,
    /// The same for its parts, by the part's name.
    pub part: BTreeMap<String, Words>,
}

/// One file of the folder.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Vocabulary {
    /// Language of the phrases.
    pub language: Language,
    /// Per requirement.
    #[serde(default)]
    pub requirement: BTreeMap<RequirementId, RequirementWords>,
    /// Per element.
    #[serde(flatten)]
    pub elements: BTreeMap<ElementId, Words>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Rulebook;
    use crate::text::phrases::PhraseSet;

    fn phrases(vocabulary: &Vocabulary) -> Vec<(String, &str, &str)> {
        let mut all = Vec::new();
        let mut add = |owner: &str, list: &'static str, texts: &[String]| {
            all.extend(texts.iter().map(|text| (owner.to_owned(), list, text.clone())));
        };
        let mut words = |owner: &str, headings: &[String], wording: &[String], together: &[Together]| {
            add(owner, "headings", headings);
            add(owner, "wording", wording);
            for pair in together {
                add(owner, "of", &pair.of);
                add(owner, "and", &pair.and);
            }
        };
        for (id, own) in &vocabulary.elements {
            words(&id.0, &own.headings, &own.wording, &own.together);
        }
        for (id, own) in &vocabulary.requirement {
            words(&id.0, &own.headings, &own.wording, &own.together);
            for (name, part) in &own.part {
                words(&format!("{id} {name}"), &part.headings, &part.wording, &part.together);
            }
        }
        all.into_iter().map(|(owner, list, text)| (owner, list, &*text.leak())).collect()
    }

    #[test]
    fn a_vocabulary_names_only_what_the_rules_have() {
        let rulebook = Rulebook::load_builtin().unwrap();
        for vocabulary in &rulebook.vocabularies {
            for element in vocabulary.elements.keys() {
                assert!(rulebook.elements.iter().any(|known| known.id == *element), "{element}");
            }
            for (id, words) in &vocabulary.requirement {
                let requirement = rulebook
                    .sets
                    .iter()
                    .flat_map(|set| &set.requirements)
                    .find(|known| known.id == *id)
                    .unwrap_or_else(|| panic!("{id} is in no pack"));
                for (name, part) in &words.part {
                    assert!(requirement.parts.iter().any(|known| known.name == *name), "{id}: {name}");
                    assert!(part.headings.is_empty(), "{id}: {name}: a part has no titles");
                }
            }
        }
    }

    #[test]
    fn every_phrase_matches_itself_and_stands_once_in_its_list() {
        for vocabulary in &Rulebook::load_builtin().unwrap().vocabularies {
            let all = phrases(vocabulary);
            let with_ids = all.iter().enumerate().map(|(id, (_, _, text))| (id as u32, *text));
            let matcher = PhraseSet::build(with_ids.map(|(id, text)| (id, vocabulary.language, text)));
            for (id, (owner, list, text)) in all.iter().enumerate() {
                let plain = crate::text::phrases::plain(text);
                let found = matcher.find(&plain, Some(vocabulary.language));
                assert!(found.iter().any(|hit| hit.phrase == id as u32), "{owner} {list}: `{text}`");
                if *list != "of" && *list != "and" {
                    let again =
                        all[..id].iter().any(|other| (&other.0, other.1, other.2) == (owner, *list, *text));
                    assert!(!again, "{owner} {list}: `{text}` is there twice");
                }
            }
        }
    }
}
