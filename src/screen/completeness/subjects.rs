//! Which phrases speak for which element, requirement or part, and how strongly?
//!
//! Built once per process from the rule book. A *subject* is anything evidence is collected for: each
//! canonical element, each requirement's own phrases and each part's own phrases. Two phrase sets cover all
//! subjects at once, one for titles and one for running text, so a document is read only twice.
//!
//! Invariant: phrase ids index `uses`; the lowest ids of the running-text set are sentence cues.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::domain::language::Language;
use crate::domain::requirement::{ElementId, Phrases, RequirementId};
use crate::rules::Rulebook;
use crate::rules::vocabulary::Together;
use crate::text::phrases::PhraseSet;

use super::cues::Cues;
use super::title_words::TitleWords;
use super::units::size_of;

/// Index of a subject.
pub type SubjectIndex = u32;

/// What a phrase does for a subject.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Use {
    /// For whom.
    pub subject: SubjectIndex,
    /// Specificity, 0 to 1; negative for a decoy.
    pub weight: f32,
}

/// How an element is usually carried, which decides what its evidence has to look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Nature {
    /// A part of the report with a title of its own: summary, references, authors, conclusion.
    Titled,
    /// Content that one or two sentences can settle: difficulties, grievances, permits.
    Statement,
    /// Content that needs description: baseline, effects, measures.
    Topic,
}

/// Returns how the element is usually carried.
pub fn nature_of(element: &ElementId) -> Nature {
    match element.0.as_str() {
        "C01" | "C02" | "C32" | "C33" | "C34" | "C35" => Nature::Titled,
        "C22" | "C28" | "C30" | "C31" | "C36" | "C38" | "C39" | "C40" | "C41" => Nature::Statement,
        _ => Nature::Topic,
    }
}

/// Subjects of one requirement.
#[derive(Debug, Clone)]
pub struct RequirementSubjects {
    /// The requirement's own phrases.
    pub own: SubjectIndex,
    /// The parts' own phrases, in the order of the parts.
    pub parts: Vec<SubjectIndex>,
    /// The elements whose evidence is evidence for the requirement.
    pub elements: Vec<SubjectIndex>,
    /// True if evidence for the elements in general is not evidence for the requirement.
    pub is_narrow: bool,
}

/// Every phrase with the subjects it speaks for.
#[derive(Debug)]
pub struct Subjects {
    /// Phrases for titles.
    pub titles: PhraseSet,
    /// Phrases for running text, cues first.
    pub text: PhraseSet,
    /// The sentence cues.
    pub cues: Cues,
    title_uses: Vec<Vec<SubjectIndex>>,
    text_uses: Vec<Vec<Use>>,
    elements: Vec<ElementId>,
    requirements: BTreeMap<(String, RequirementId), RequirementSubjects>,
    count: usize,
    coordinates: Option<u32>,
    summaries: Vec<SubjectIndex>,
    /// Titles of lists that name everything and prove nothing.
    pub listings: PhraseSet,
    /// Titles of the report's own contents.
    pub contents: PhraseSet,
    /// Which elements a title names by its words.
    pub title_words: TitleWords,
    /// Phrases of titles, by id.
    title_phrases: Vec<(u32, Language, String)>,
    /// Per phrase of running text: the pairs it is a side of.
    sides: Vec<Vec<Side>>,
    /// Per pair, the subject it speaks for.
    pairs: Vec<SubjectIndex>,
}

/// A phrase as one side of words that speak together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Side {
    /// The pair.
    pub pair: u32,
    /// True for what a sentence is about, false for what it says about it.
    pub is_of: bool,
}

/// Phrases that are taken for unknown, to see how a document does that nobody wrote phrases for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hidden {
    /// Phrases of titles.
    pub titles: BTreeSet<u32>,
    /// Phrases of running text.
    pub text: BTreeSet<u32>,
    /// True if headings say nothing by their likeness to labelled ones either.
    pub headings: bool,
}

#[derive(Default)]
struct Collector {
    ids: HashMap<(Language, String), u32>,
    phrases: Vec<(u32, Language, String)>,
    uses: Vec<Vec<Use>>,
    sides: HashMap<u32, Vec<Side>>,
    pairs: Vec<SubjectIndex>,
}

impl Collector {
    fn add(&mut self, subject: SubjectIndex, phrases: &Phrases, is_decoy: bool) {
        for (language, texts) in phrases {
            self.add_texts(subject, *language, texts, is_decoy);
        }
    }

    fn add_texts(&mut self, subject: SubjectIndex, language: Language, texts: &[String], is_decoy: bool) {
        for text in texts {
            let weight = if is_decoy { -1.0 } else { specificity(text, language) };
            let id = self.id(language, text);
            let uses = &mut self.uses[id as usize];
            if !uses.iter().any(|known| known.subject == subject) {
                uses.push(Use { subject, weight });
            }
        }
    }

    fn add_together(&mut self, subject: SubjectIndex, language: Language, together: &[Together]) {
        for words in together {
            let pair = self.pairs.len() as u32;
            self.pairs.push(subject);
            for (texts, is_of) in [(&words.of, true), (&words.and, false)] {
                for text in texts {
                    let id = self.id(language, text);
                    self.sides.entry(id).or_default().push(Side { pair, is_of });
                }
            }
        }
    }

    fn id(&mut self, language: Language, text: &str) -> u32 {
        let key = (language, text.to_lowercase());
        if let Some(id) = self.ids.get(&key) {
            return *id;
        }
        let id = self.uses.len() as u32;
        self.ids.insert(key, id);
        self.phrases.push((id, language, text.to_owned()));
        self.uses.push(Vec::new());
        id
    }

    fn set(&self) -> PhraseSet {
        PhraseSet::build(self.phrases.iter().map(|(id, language, text)| (*id, *language, text.as_str())))
    }
}

impl Subjects {
    /// Collects the phrases of every element, requirement and part.
    pub fn new(rulebook: &Rulebook) -> Result<Self, toml::de::Error> {
        let mut text = Collector::default();
        let cues = Cues::load(&rulebook.pointers, &mut text.phrases)?;
        text.uses = vec![Vec::new(); cues.len()];
        let (usage, vocabularies) = (&rulebook.usage, &rulebook.vocabularies);
        let mut titles = Collector::default();
        let mut elements = Vec::new();
        let mut summaries = Vec::new();
        for element in &rulebook.elements {
            let subject = elements.len() as SubjectIndex;
            titles.add(subject, &element.headings, false);
            if let Some(more) = usage.headings.get(&element.id) {
                titles.add(subject, more, false);
            }
            if is_summary(std::slice::from_ref(&element.id)) {
                summaries.push(subject);
            }
            text.add(subject, &element.wording, false);
            for vocabulary in vocabularies {
                let Some(words) = vocabulary.elements.get(&element.id) else { continue };
                titles.add_texts(subject, vocabulary.language, &words.headings, false);
                text.add_texts(subject, vocabulary.language, &words.wording, false);
                text.add_texts(subject, vocabulary.language, &words.decoys, true);
                text.add_together(subject, vocabulary.language, &words.together);
            }
            text.add(subject, &element.decoys, true);
            elements.push(element.id.clone());
        }
        share_between_elements(&mut text.uses, elements.len() as SubjectIndex);
        let mut count = elements.len() as SubjectIndex;
        let mut requirements = BTreeMap::new();
        for set in &rulebook.sets {
            for requirement in &set.requirements {
                let own = count;
                let more = usage.requirement.get(&requirement.id);
                titles.add(own, &requirement.headings, false);
                text.add(own, &requirement.wording, false);
                if let Some(more) = more {
                    titles.add(own, &more.headings, false);
                    text.add(own, &more.wording, false);
                }
                let own_words = vocabularies.iter().filter_map(|vocabulary| {
                    Some((vocabulary.language, vocabulary.requirement.get(&requirement.id)?))
                });
                for (language, words) in own_words.clone() {
                    titles.add_texts(own, language, &words.headings, false);
                    text.add_texts(own, language, &words.wording, false);
                    text.add_together(own, language, &words.together);
                }
                if is_summary(&requirement.elements) {
                    summaries.push(own);
                }
                count += 1;
                let mut parts = Vec::new();
                for part in &requirement.parts {
                    text.add(count, &part.wording, false);
                    if let Some(more) = more.and_then(|more| more.part.get(&part.name)) {
                        text.add(count, more, false);
                    }
                    for (language, words) in own_words.clone() {
                        let Some(words) = words.part.get(&part.name) else { continue };
                        text.add_texts(count, language, &words.wording, false);
                        text.add_together(count, language, &words.together);
                    }
                    parts.push(count);
                    count += 1;
                }
                let is_narrow = more.is_some_and(|more| more.narrow);
                let key = (set.name.clone(), requirement.id.clone());
                let named = more.and_then(|more| more.elements.as_ref()).unwrap_or(&requirement.elements);
                let by = |id: &ElementId| elements.iter().position(|known| known == id);
                let elements = named.iter().filter_map(by).map(|at| at as SubjectIndex).collect();
                requirements.insert(key, RequirementSubjects { own, parts, elements, is_narrow });
            }
        }
        let mut sides = vec![Vec::new(); text.uses.len()];
        for (phrase, own) in std::mem::take(&mut text.sides) {
            sides[phrase as usize] = own;
        }
        let title_uses: Vec<Vec<SubjectIndex>> =
            titles.uses.iter().map(|uses| uses.iter().map(|u| u.subject).collect()).collect();
        let title_words = words_of_titles(&titles.phrases, &title_uses, elements.len(), &BTreeSet::new());
        let coordinates = text.ids.get(&(Language::English, "latitude".to_owned())).copied();
        Ok(Self {
            titles: titles.set(),
            text: text.set(),
            cues,
            title_uses,
            title_words,
            title_phrases: titles.phrases,
            sides,
            pairs: text.pairs,
            text_uses: text.uses,
            elements,
            requirements,
            count: count as usize,
            coordinates,
            summaries,
            listings: phrase_set(&usage.listing),
            contents: phrase_set(&usage.contents),
        })
    }

    /// Returns the subjects a title phrase speaks for.
    pub fn of_title(&self, phrase: u32) -> &[SubjectIndex] {
        self.title_uses.get(phrase as usize).map_or(&[], Vec::as_slice)
    }

    /// Returns the subjects a phrase in running text speaks for.
    pub fn of_text(&self, phrase: u32) -> &[Use] {
        self.text_uses.get(phrase as usize).map_or(&[], Vec::as_slice)
    }

    /// Returns the pairs that a phrase in running text is a side of.
    pub fn sides(&self, phrase: u32) -> &[Side] {
        self.sides.get(phrase as usize).map_or(&[], Vec::as_slice)
    }

    /// Returns the subject a pair speaks for.
    pub fn of_pair(&self, pair: u32) -> SubjectIndex {
        self.pairs[pair as usize]
    }

    /// Returns the words of titles as they would be known without some of the titles.
    pub fn title_words_without(&self, hidden: &BTreeSet<u32>) -> TitleWords {
        words_of_titles(&self.title_phrases, &self.title_uses, self.elements.len(), hidden)
    }

    /// Returns the number of subjects.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Returns the canonical elements in the order of their subjects.
    pub fn elements(&self) -> &[ElementId] {
        &self.elements
    }

    /// Returns the subject of an element.
    pub fn element(&self, id: &ElementId) -> Option<SubjectIndex> {
        self.elements.iter().position(|known| known == id).map(|index| index as SubjectIndex)
    }

    /// Returns the subjects of a requirement; `None` for a pack that is not in the rule book.
    pub fn requirement(&self, pack: &str, id: &RequirementId) -> Option<&RequirementSubjects> {
        self.requirements.get(&(pack.to_owned(), id.clone()))
    }

    /// True for subjects that are a summary of the whole report.
    pub fn is_summary(&self, subject: SubjectIndex) -> bool {
        self.summaries.contains(&subject)
    }

    /// Returns the phrase under which written coordinates (`41°12'40"`) are filed.
    pub fn coordinates(&self) -> Option<u32> {
        self.coordinates
    }
}

fn words_of_titles(
    phrases: &[(u32, Language, String)],
    uses: &[Vec<SubjectIndex>],
    elements: usize,
    hidden: &BTreeSet<u32>,
) -> TitleWords {
    let known = phrases.iter().filter(|(id, _, _)| !hidden.contains(id));
    TitleWords::new(known.flat_map(|(id, language, text)| {
        let of_elements = uses[*id as usize].iter().filter(move |subject| (**subject as usize) < elements);
        of_elements.map(move |subject| (*subject, *language, text.as_str()))
    }))
}

fn phrase_set(phrases: &Phrases) -> PhraseSet {
    let each =
        phrases.iter().flat_map(|(language, texts)| texts.iter().map(|text| (0, *language, text.as_str())));
    PhraseSet::build(each)
}

fn is_summary(elements: &[ElementId]) -> bool {
    matches!(elements, [only] if only.0 == "C02")
}

/// A phrase of several elements says less about each of them.
fn share_between_elements(uses: &mut [Vec<Use>], elements: SubjectIndex) {
    for list in uses {
        let owners = list.iter().filter(|known| known.subject < elements && known.weight > 0.0).count();
        if owners > 1 {
            for known in list.iter_mut().filter(|known| known.weight > 0.0) {
                known.weight /= (owners as f32).sqrt();
            }
        }
    }
}

/// Several words are specific, one word is less so, a short one least.
fn specificity(phrase: &str, language: Language) -> f32 {
    let size = size_of(phrase);
    if language == Language::Korean {
        return match size {
            s if s < 6.0 => 0.4,
            s if s < 9.0 => 0.7,
            _ => 1.0,
        };
    }
    let words = phrase.split(|c: char| !c.is_alphanumeric() && c != '*').filter(|w| w.len() > 1).count();
    match (words, size) {
        (0 | 1, s) if s <= 4.0 => 0.35,
        (0 | 1, _) => 0.5,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_phrases_are_more_specific() {
        let single = specificity("почвы", Language::Russian);
        let several = specificity("уровень грунтовых вод", Language::Russian);
        assert!(specificity("dB", Language::English) < single && single < several);
        assert!(specificity("소음", Language::Korean) < specificity("사후환경영향조사", Language::Korean));
    }

    #[test]
    fn a_phrase_of_two_elements_weighs_less_for_each() {
        let mut uses = vec![vec![Use { subject: 0, weight: 1.0 }, Use { subject: 1, weight: 1.0 }]];
        share_between_elements(&mut uses, 2);
        assert!(uses[0].iter().all(|known| known.weight < 0.8));
    }
}
