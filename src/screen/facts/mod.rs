//! Which facts does a report state that a reviewer would check by hand – and which of them do not fit together?
//!
//! Stands after ingest; needs no model. [`FactReader`] reads sentences and documents; [`FactChecker`] compares what it
//! found with itself, with the thresholds of the law and with the acts in force. A figure is a fact only if the
//! wording around it says what it is about. Invariants: ranges lie on `char` boundaries; the same text and rules give
//! the same facts in document order; the work grows linearly with the text.

mod acts;
#[cfg(test)]
mod acts_tests;
mod agreement;
mod amount;
mod annex;
#[cfg(test)]
mod annex_tests;
mod category;
mod check;
mod claim;
mod cues;
mod distance;
mod document;
mod figures;
#[cfg(test)]
mod figures_tests;
mod fold;
mod history;
mod location;
mod names;
mod namings;
mod number;
mod opening;
mod own_size;
mod read;
mod sentence;
mod served;
#[cfg(test)]
mod tests;
mod thresholds;
mod unit;
mod utm;

use crate::domain::fact::{Standing, Statement, Subject};
use crate::domain::language::Language;
use crate::domain::provenance::RulesIdentity;

use sha2::{Digest, Sha256};

use cues::{CueFinder, QuantityCues};
use sentence::Sentence;

pub use check::{CheckContext, FactChecker};
pub use cues::CueError;
pub use read::SentenceFact;
pub use thresholds::{ThresholdError, Thresholds};

/// Reads facts. Cheap to share, expensive to build.
pub struct FactReader {
    finder: CueFinder,
    identity: RulesIdentity,
}

impl FactReader {
    /// Makes a reader for the words of a file like `rules/quantities.toml`.
    pub fn parse(text: &str) -> Result<Self, CueError> {
        let words: QuantityCues = toml::from_str(text)?;
        let digest = Sha256::digest(text.as_bytes());
        let sha256 = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let identity =
            RulesIdentity { name: "quantities".to_owned(), version: words.version.clone(), sha256 };
        Ok(Self { finder: CueFinder::new(&words)?, identity })
    }

    /// Makes a reader for the words the program was built with.
    pub fn builtin() -> Result<Self, CueError> {
        Self::parse(include_str!("../../../rules/quantities.toml"))
    }

    /// Identity of the words.
    pub fn identity(&self) -> &RulesIdentity {
        &self.identity
    }

    /// Returns the facts of one sentence in order of place.
    pub fn read_sentence(&self, text: &str, language: Option<Language>) -> Vec<SentenceFact> {
        if !text.bytes().any(|byte| byte.is_ascii_digit()) {
            return Vec::new();
        }
        let mut facts: Vec<SentenceFact> = location::places(text)
            .into_iter()
            .map(|place| SentenceFact {
                statement: Statement::Location(place.location),
                subject: Subject { class: "site".to_owned(), label: String::new() },
                standing: Standing::Stated,
                phase: None,
                is_whole: false,
                range: place.range,
            })
            .collect();
        let sentence = Sentence::new(text, language, &self.finder);
        for index in 0..sentence.amounts.len() {
            let range = sentence.amounts[index].range;
            let inside_a_place = facts.iter().any(|fact| fact.range.overlaps(range));
            if !inside_a_place && let Some(fact) = read::read(&sentence, index, &self.finder) {
                facts.push(fact);
            }
        }
        facts.sort_by_key(|fact| fact.range);
        facts
    }
}
