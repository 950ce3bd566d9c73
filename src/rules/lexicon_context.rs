//! Which words around a term change what the sentence says about it?
//!
//! Cues are data (`rules/risk/context.toml`): a name and patterns per language. Which cue does what is decided by
//! [`crate::screen::risk`], after ConText (Harkema et al. 2009): triggers with a scope, ended by other triggers.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::language::Language;

/// Name of a class of cues, e.g. `negation`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(transparent)]
pub struct CueName(pub String);

impl CueName {
    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for CueName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// All cues of the lexicon.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContextRules {
    /// Version of the file.
    pub version: String,
    /// Classes of cues in file order.
    #[serde(rename = "cue")]
    pub cues: Vec<Cue>,
}

/// One class of cues.
///
/// Patterns are words in matching form; `*` at either end of a word stands for any letters, ` ~ ` for up to three
/// words and ` ~~ ` for up to eight; `!` behind a verb or its stem for every way to deny it. Uzbek patterns are written
/// once, in Latin letters, and match both scripts. Korean patterns are compared without blanks.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cue {
    /// Name of the class; a name may occur more than once.
    pub name: CueName,
    /// English patterns.
    #[serde(default)]
    pub en: Vec<String>,
    /// Russian patterns.
    #[serde(default)]
    pub ru: Vec<String>,
    /// Uzbek patterns, Latin letters.
    #[serde(default)]
    pub uz: Vec<String>,
    /// Korean patterns.
    #[serde(default)]
    pub ko: Vec<String>,
    /// Words that are the cue only together.
    #[serde(default)]
    pub together: Together,
}

/// Words that are a cue only together, by language.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Together {
    /// English.
    pub en: Option<Pair>,
    /// Russian.
    pub ru: Option<Pair>,
    /// Uzbek, Latin letters.
    pub uz: Option<Pair>,
    /// Korean.
    pub ko: Option<Pair>,
}

/// One pattern of `of` and one of `and` that stand near each other, in any order: a subject and what is said of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// The subject.
    pub of: Vec<String>,
    /// What is said of it.
    pub and: Vec<String>,
}

impl ContextRules {
    /// True if a class of that name exists.
    pub fn has(&self, name: &CueName) -> bool {
        self.cues.iter().any(|cue| cue.name == *name)
    }

    /// Returns the patterns that apply to a language, by class.
    pub fn patterns(&self, language: Language) -> BTreeMap<&CueName, Vec<&str>> {
        let mut all: BTreeMap<&CueName, Vec<&str>> = BTreeMap::new();
        for cue in &self.cues {
            let list = match language {
                Language::English => &cue.en,
                Language::Russian => &cue.ru,
                Language::UzbekLatin | Language::UzbekCyrillic => &cue.uz,
                Language::Korean => &cue.ko,
            };
            all.entry(&cue.name).or_default().extend(list.iter().map(String::as_str));
        }
        all
    }

    /// Returns the pairs that apply to a language, each with its class.
    pub fn pairs(&self, language: Language) -> Vec<(&CueName, &Pair)> {
        self.cues
            .iter()
            .filter_map(|cue| {
                let pair = match language {
                    Language::English => &cue.together.en,
                    Language::Russian => &cue.together.ru,
                    Language::UzbekLatin | Language::UzbekCyrillic => &cue.together.uz,
                    Language::Korean => &cue.together.ko,
                };
                Some((&cue.name, pair.as_ref()?))
            })
            .collect()
    }
}
