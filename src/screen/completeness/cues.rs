//! What does a sentence do with its words: state, deny, cite, promise or point elsewhere?
//!
//! The phrases are data (`rules/sentence-cues.toml`); this module gives them ids in the phrase set the
//! completeness check runs over the text. Invariant: cue ids are the lowest ids of that set.

use serde::Deserialize;

use crate::domain::language::Language;
use crate::domain::requirement::Phrases;

/// One thing a sentence can do besides stating.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cue {
    /// Sends the reader elsewhere.
    Pointer,
    /// Announces content for later.
    Promise,
    /// Says that the work was not done.
    NotDone,
    /// Says that something is absent or unaffected.
    Denial,
    /// Cites or explains a law.
    Citation,
    /// Says what any report could say: all measures are taken, requirements are met.
    Formal,
}

impl Cue {
    /// Returns the cue's bit in a set of cues.
    pub fn bit(self) -> u16 {
        match self {
            Self::Pointer => 1,
            Self::Promise => 2,
            Self::NotDone => 4,
            Self::Denial => 8,
            Self::Citation => 16,
            Self::Formal => 32,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CuesFile {
    pointer: Phrases,
    promise: Phrases,
    not_done: Phrases,
    denial: Phrases,
    citation: Phrases,
    formal: Phrases,
}

/// The cue phrases with their ids.
#[derive(Debug, Default)]
pub struct Cues {
    kinds: Vec<Cue>,
}

impl Cues {
    /// Reads the built-in cue phrases and appends them to `phrases`, which must be empty.
    pub fn load(
        pointers: &Phrases,
        phrases: &mut Vec<(u32, Language, String)>,
    ) -> Result<Self, toml::de::Error> {
        debug_assert!(phrases.is_empty(), "cue ids are the lowest ids");
        let file: CuesFile = toml::from_str(include_str!("../../../rules/sentence-cues.toml"))?;
        let mut cues = Self::default();
        let lists = [
            (Cue::Pointer, &file.pointer),
            (Cue::Pointer, pointers),
            (Cue::Promise, &file.promise),
            (Cue::NotDone, &file.not_done),
            (Cue::Denial, &file.denial),
            (Cue::Citation, &file.citation),
            (Cue::Formal, &file.formal),
        ];
        for (cue, list) in lists {
            for (language, texts) in list {
                for text in texts {
                    phrases.push((cues.kinds.len() as u32, *language, text.clone()));
                    cues.kinds.push(cue);
                }
            }
        }
        Ok(cues)
    }

    /// Returns the number of cue phrases; ids below it are cues.
    pub fn len(&self) -> usize {
        self.kinds.len()
    }

    /// True if there are no cue phrases.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// Returns the cue behind a phrase id.
    pub fn of(&self, phrase: u32) -> Option<Cue> {
        self.kinds.get(phrase as usize).copied()
    }
}
