//! What of a text does a classifier see? The pieces of its own wording and, whatever its language, the words of its gloss.
//!
//! Own wording is exact but has to be learned in every language; the gloss ([`crate::text::gloss`]) is coarse and the same
//! for all, so an example in Russian also teaches Korean.

use std::sync::{Arc, OnceLock};

use crate::domain::language::Language;
use crate::rules::RulesError;
use crate::rules::glossary::Glossary;
use crate::text::ngrams::{Key, Pieces, pieces, pieces_of_gloss};

/// A text as pieces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wording {
    /// Its own wording.
    pub own: Pieces,
    /// The words of its gloss, or of itself if it is English.
    pub gloss: Vec<Key>,
}

/// Takes texts apart.
#[derive(Debug)]
pub struct WordingReader {
    glossary: Glossary,
}

impl WordingReader {
    /// Returns the reader that the classifiers of this program were fitted with. It has the glossary that ships, also where
    /// another one is configured: weights that were learned with one glossary do not fit another.
    pub fn builtin() -> Result<Arc<Self>, RulesError> {
        static SHARED: OnceLock<Arc<WordingReader>> = OnceLock::new();
        match SHARED.get() {
            Some(reader) => Ok(Arc::clone(reader)),
            None => {
                let reader = Arc::new(Self { glossary: Glossary::load_builtin()? });
                Ok(Arc::clone(SHARED.get_or_init(|| reader)))
            }
        }
    }

    /// Returns the pieces of a text in a language.
    pub fn read(&self, text: &str, language: Language) -> Wording {
        let gloss = self.glossary.glosser().gloss(text, language);
        Wording {
            own: pieces(text, language),
            gloss: match (&gloss, language) {
                (Some(gloss), _) => pieces_of_gloss(&gloss.text),
                (None, Language::English) => pieces_of_gloss(text),
                (None, _) => Vec::new(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_meet_in_the_gloss() {
        let reader = WordingReader::builtin().unwrap();
        let korean = reader.read("소음 저감", Language::Korean);
        let russian = reader.read("снижение шума", Language::Russian);
        let shared = korean.gloss.iter().filter(|key| russian.gloss.contains(key)).count();
        assert!(shared >= 2, "{korean:?} {russian:?}");
        assert_ne!(korean.own.pieces, russian.own.pieces);
    }
}
