//! What does a passage in Russian, Uzbek or Korean say, word by word, in English?
//!
//! A gloss is no translation: the words of a glossary, in the order of the text, without grammar. It is made
//! for comparison by machine – with an English embedding model, with the words of English cases – and never
//! shown as what the report says. `rules` reads and checks the glossary, `screen` decides whether enough of
//! a passage is known; evidence is always quoted from the original.
//!
//! Invariants: of overlapping entries the one that begins first and reaches farthest is taken; numbers, codes
//! and, in texts of another script, Latin words are kept; other words that no entry knows are dropped and
//! counted. The cost grows with the text, not with the glossary.

use std::collections::HashMap;

use super::gloss_kin::Kin;
use super::normalize::{Keep, Normalized, fold_with, match_key};
use super::particles_korean::{is_grammar, strip_particles};
use super::phrases::{PhraseMatch, PhraseSet};
use super::stopwords::is_stopword;
use super::tokens::latin_key;
use super::words::{Word, WordKind, words};
use crate::domain::language::Language;
use crate::domain::span::TextRange;

/// A phrase of another language with its English headword.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GlossaryEntry<'a> {
    /// What it is in English.
    pub english: &'a str,
    /// Language of the phrase; either script of Uzbek stands for both.
    pub language: Language,
    /// Phrase in the syntax of [`PhraseSet::build`].
    pub phrase: &'a str,
}

/// A passage in English words.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Gloss {
    /// English words in the order of the text; sentences end in a full stop.
    pub text: String,
    /// Words with a meaning of their own, stop words and numbers left out.
    pub words: usize,
    /// Those of them that the glossary knows.
    pub known: usize,
}

impl Gloss {
    /// Returns the share of words that the glossary knows; 0 for a text without words.
    pub fn share_known(&self) -> f32 {
        if self.words == 0 { 0.0 } else { self.known as f32 / self.words as f32 }
    }
}

/// A glossary ready to be applied.
#[derive(Debug, Default)]
pub struct Glosser {
    /// Headwords by the ids of the phrases.
    english: Vec<Box<str>>,
    tongues: HashMap<Tongue, TongueEntries>,
}

/// A language of the glossary; the two scripts of Uzbek are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Tongue {
    Russian,
    Uzbek,
    Korean,
}

#[derive(Debug)]
struct TongueEntries {
    phrases: PhraseSet,
    /// Phrases in matching form: a word as an entry has it goes before another word of the same stem.
    exact: HashMap<String, u32>,
    kin: Kin,
}

impl TongueEntries {
    fn build(own: Vec<(u32, Language, &str)>) -> Self {
        let mut exact = HashMap::new();
        for &(id, language, phrase) in &own {
            exact.entry(match_key(phrase, Some(language)).text).or_insert(id);
        }
        let kin = Kin::build(own.iter().map(|&(id, language, phrase)| (phrase, language, id)));
        Self { phrases: PhraseSet::build(own), exact, kin }
    }

    /// Finds the entries in a text: from the left the longest that begins after the one before; of several in
    /// one place that which is written so, else the first of the glossary.
    fn find(&self, text: &str, language: Language) -> Vec<PhraseMatch> {
        let mut taken: Vec<PhraseMatch> = Vec::new();
        // Matches come sorted by start, longest first, then by id, which follows the order of the entries.
        for found in self.phrases.find(text, Some(language)) {
            let free = taken.last().map_or(0, |last| last.range.end);
            let is_rival = taken.last().is_some_and(|last| last.range == found.range);
            if found.range.start < free && !is_rival {
                continue;
            }
            let written = match_key(found.range.of(text), Some(language)).text;
            let is_exact = self.exact.get(&written) == Some(&found.phrase);
            if is_rival {
                if is_exact && let Some(last) = taken.last_mut() {
                    *last = found;
                }
            } else if is_exact || !says_nothing(&written, language) {
                taken.push(found);
            }
        }
        taken
    }
}

impl Tongue {
    const ALL: [Self; 3] = [Self::Russian, Self::Uzbek, Self::Korean];

    /// `None` for English, which needs no gloss.
    fn of(language: Language) -> Option<Self> {
        match language {
            Language::English => None,
            Language::Russian => Some(Self::Russian),
            Language::UzbekLatin | Language::UzbekCyrillic => Some(Self::Uzbek),
            Language::Korean => Some(Self::Korean),
        }
    }
}

impl Glosser {
    /// Builds the glosser; of entries with the same phrase the first is used.
    pub fn build(entries: &[GlossaryEntry<'_>]) -> Self {
        let mut english: Vec<Box<str>> = Vec::new();
        let mut ids: HashMap<&str, u32> = HashMap::new();
        let mut phrases: HashMap<Tongue, Vec<(u32, Language, &str)>> = HashMap::new();
        for entry in entries {
            let Some(tongue) = Tongue::of(entry.language) else { continue };
            let id = *ids.entry(entry.english).or_insert_with(|| {
                english.push(entry.english.into());
                u32::try_from(english.len() - 1).unwrap_or(u32::MAX)
            });
            phrases.entry(tongue).or_default().push((id, entry.language, entry.phrase));
        }
        let tongues = Tongue::ALL
            .into_iter()
            .filter_map(|tongue| {
                let own = phrases.remove(&tongue)?;
                Some((tongue, TongueEntries::build(own)))
            })
            .collect();
        Self { english, tongues }
    }

    /// Returns the gloss of a text; `None` for English and for languages without entries.
    pub fn gloss(&self, text: &str, language: Language) -> Option<Gloss> {
        let entries = self.tongues.get(&Tongue::of(language)?)?;
        let folded = fold_with(text, Keep { yo: true, paragraphs: true });
        let matches = entries.find(text, language);
        let mut reading =
            Reading { glosser: self, entries, language, text, gloss: Gloss::default(), last: 0 };
        let mut next = matches.iter().peekable();
        for word in words(&folded.text) {
            let range = folded.to_original(TextRange::new(word.start, word.end));
            let mut covered = 0;
            // Matches end at word boundaries except in Korean, where one word may hold several.
            let mut ahead = next.clone();
            while let Some(found) = ahead.next_if(|found| found.range.start < range.end) {
                covered += overlap(found.range, range);
                if found.range.start >= range.start {
                    reading.write(found.range, &self.english[found.phrase as usize]);
                }
                if found.range.end <= range.end {
                    next = ahead.clone();
                }
            }
            reading.count(&folded, word, range, covered);
        }
        Some(reading.gloss)
    }
}

/// One text on its way to a gloss.
struct Reading<'a> {
    glosser: &'a Glosser,
    entries: &'a TongueEntries,
    language: Language,
    text: &'a str,
    gloss: Gloss,
    /// End of what was written last, in the original text.
    last: usize,
}

impl Reading<'_> {
    /// Appends words that stand for `range`.
    fn write(&mut self, range: TextRange, english: &str) {
        let gap = self.text.get(self.last..range.start).unwrap_or("");
        if !self.gloss.text.is_empty() {
            self.gloss.text.push_str(if ends_sentence(gap) { ". " } else { " " });
        }
        self.gloss.text.push_str(english);
        self.last = range.end;
    }

    /// Counts a word of which `covered` bytes belong to entries, and keeps or drops it if they are too few.
    fn count(&mut self, folded: &Normalized, word: Word, range: TextRange, covered: usize) {
        let form = &folded.text[word.start..word.end];
        match word.kind {
            WordKind::Number | WordKind::Code => {
                if covered == 0 {
                    self.write(range, form);
                }
                return;
            }
            WordKind::Latin if self.language != Language::UzbekLatin => {
                if covered == 0 {
                    self.write(range, form);
                }
                return;
            }
            WordKind::Other => return,
            WordKind::Latin | WordKind::Cyrillic | WordKind::Korean => {}
        }
        if says_nothing(form, self.language) {
            return;
        }
        self.gloss.words += 1;
        if 2 * covered >= self.meaning_bytes(form, word.kind) {
            self.gloss.known += 1;
        } else if covered == 0
            && let Some(id) = self.entries.kin.of(form, word.kind, self.language)
        {
            self.gloss.known += 1;
            self.write(range, &self.glosser.english[id as usize]);
        }
    }

    /// Bytes of the part of a word that carries its meaning.
    fn meaning_bytes(&self, form: &str, kind: WordKind) -> usize {
        if kind == WordKind::Korean { strip_particles(form).len() } else { form.len() }
    }
}

/// True for a folded word that has no subject of its own.
fn says_nothing(form: &str, language: Language) -> bool {
    match language {
        Language::UzbekLatin | Language::UzbekCyrillic => is_stopword(&latin_key(form), language),
        Language::Russian => is_stopword(&form.replace('ё', "е"), language),
        Language::Korean => {
            is_grammar(form) || is_stopword(form, language) || is_stopword(strip_particles(form), language)
        }
        Language::English => true,
    }
}

fn overlap(a: TextRange, b: TextRange) -> usize {
    a.end.min(b.end).saturating_sub(a.start.max(b.start))
}

fn ends_sentence(gap: &str) -> bool {
    gap.contains(['.', '!', '?', ';', '\u{c}']) || gap.matches('\n').count() > 1
}

#[cfg(test)]
#[path = "gloss_tests.rs"]
mod tests;
