//! How does a text become vectors that can be compared with texts of other languages?
//!
//! The one place where the embedding model, the stemmers and the glossary meet; documents, archived cases and
//! queries all go through it. Words: a text gives the terms of its own language and, through the glossary, the
//! terms that an English text about the same would give. Meaning: where the model does not cover a language,
//! the gloss of a passage is embedded in its place if the glossary knows enough of it; weaker evidence, and
//! said so wherever it is used.
//!
//! Invariant: English text and languages that the model covers are embedded as they are.

use crate::domain::language::Language;
use crate::embed::model::Embedder;
use crate::index::sparse;
use crate::index::store::SparseVector;
use crate::rules::glossary::Glossary;
use crate::text::gloss::Gloss;
use crate::text::script::Histogram;
use crate::text::{language, tokens};

/// Weight of the English terms of a query in another language, against 1 for its own terms. Chosen so that the
/// ranking among cases of the same language does not suffer; measured in `docs/accuracy.md`.
const GLOSS_WEIGHT: f32 = 0.5;

/// Makes vectors of texts.
#[derive(Clone, Copy)]
pub struct Vectorizer<'a> {
    /// Embedding model; `None` uses words only.
    pub embedder: Option<&'a dyn Embedder>,
    /// Glossary; `None` leaves texts in their own language.
    pub glossary: Option<&'a Glossary>,
}

impl<'a> Vectorizer<'a> {
    /// Returns the gloss of a passage in a known language; `None` for English.
    pub fn gloss(&self, text: &str, language: Language) -> Option<Gloss> {
        self.glossary?.glosser().gloss(text, language)
    }

    /// Returns the gloss of a few words whose language may be open, with the language it was read in.
    pub fn gloss_of_words(&self, text: &str, language: Option<Language>) -> Option<(Language, Gloss)> {
        let possible: &[Language] = match language {
            Some(Language::English) => &[],
            Some(known) => return Some((known, self.gloss(text, known)?)),
            None if Histogram::of(text).cyrillic > 0 => &[Language::Russian, Language::UzbekCyrillic],
            None => &[Language::UzbekLatin],
        };
        let glosses = possible.iter().filter_map(|&tongue| Some((tongue, self.gloss(text, tongue)?)));
        // Of equal shares the first language wins: `max_by` would take the last.
        glosses
            .filter(|(_, gloss)| gloss.known > 0)
            .reduce(|best, next| if next.1.share_known() > best.1.share_known() { next } else { best })
    }

    /// True if enough of a passage is known for its gloss to stand for it.
    pub fn is_enough(&self, gloss: &Gloss, language: Language) -> bool {
        let enough = |glossary: &Glossary| gloss.share_known() >= glossary.least_known(language);
        gloss.known > 0 && self.glossary.is_some_and(enough)
    }

    /// Returns what of a passage is embedded: itself, its gloss, or nothing.
    pub fn embedded<'t>(
        &self,
        text: &'t str,
        language: Option<Language>,
        gloss: Option<&'t Gloss>,
    ) -> Option<Embedded<'t>> {
        let (embedder, language) = (self.embedder?, language?);
        if embedder.covers(language) {
            return Some(Embedded::Original(text));
        }
        let gloss =
            gloss.filter(|gloss| embedder.covers(Language::English) && self.is_enough(gloss, language))?;
        Some(Embedded::Gloss(&gloss.text))
    }

    /// Returns the lexical vector under which a passage is stored.
    pub fn lexical_vector(
        &self,
        text: &str,
        language: Option<Language>,
        gloss: Option<&Gloss>,
    ) -> SparseVector {
        let own = sparse::sparse_vector(&tokens::lexical_terms(text, language));
        match gloss {
            Some(gloss) => sparse::joined(&own, &sparse::sparse_vector(&english_terms(&gloss.text)), 1.0),
            None => own,
        }
    }

    /// Returns the lexical vector to search with.
    pub fn lexical_query(
        &self,
        text: &str,
        language: Option<Language>,
        gloss: Option<&Gloss>,
    ) -> SparseVector {
        let own = sparse::sparse_query(&tokens::lexical_terms(text, language));
        match gloss {
            Some(gloss) => {
                sparse::joined(&own, &sparse::sparse_query(&english_terms(&gloss.text)), GLOSS_WEIGHT)
            }
            None => own,
        }
    }

    /// Returns the English terms of a name or label in any language, sorted and without repeats; those of the
    /// label itself if the glossary does not know all of it.
    pub fn concept(&self, label: &str) -> Vec<String> {
        let gloss = self.gloss_of_words(label, language::detect(label));
        let mut terms = match gloss.filter(|(_, gloss)| gloss.known > 0 && gloss.known == gloss.words) {
            Some((_, gloss)) => english_terms(&gloss.text),
            None => tokens::lexical_terms(label, Some(Language::English)),
        };
        terms.sort_unstable();
        terms.dedup();
        terms
    }
}

/// What of a passage is embedded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Embedded<'t> {
    /// The passage, in a language of the model.
    Original(&'t str),
    /// Its English words.
    Gloss(&'t str),
}

impl<'t> Embedded<'t> {
    /// Returns the text.
    pub fn text(self) -> &'t str {
        match self {
            Self::Original(text) | Self::Gloss(text) => text,
        }
    }
}

/// Returns the terms of a gloss: those that English text gives.
pub fn english_terms(gloss: &str) -> Vec<String> {
    tokens::lexical_terms(gloss, Some(Language::English))
}

#[cfg(test)]
#[path = "vectorizer_tests.rs"]
mod tests;
