//! Why the program says what it says: a sentence as a code with arguments, not as a text.
//!
//! The English words of every code stand in `codes` and make the texts of reports; whoever reads in another
//! language says the same code with the same arguments in that language. A sentence may hold others (`because`): "not
//! done, negated by …" is one code within another.

mod codes;
mod template;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

pub use codes::Code;

/// A sentence or clause of the program.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Explanation {
    /// What is said.
    pub code: Code,
    /// Of what it is said, by name: words of the document or of the rules, numbers, days.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub arguments: BTreeMap<String, String>,
    /// What stands within it.
    #[serde(default, skip_serializing_if = "Clauses::is_empty")]
    pub because: Clauses,
}

impl Explanation {
    /// Adds an argument.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.arguments.insert(name.to_owned(), value.to_string());
        self
    }

    /// Puts clauses within it.
    #[must_use]
    pub fn because(mut self, clauses: impl Into<Clauses>) -> Self {
        self.because = clauses.into();
        self
    }
}

impl From<Code> for Explanation {
    fn from(code: Code) -> Self {
        Self { code, arguments: BTreeMap::new(), because: Clauses::default() }
    }
}

impl Code {
    /// Says this with an argument.
    pub fn with(self, name: &'static str, value: impl ToString) -> Explanation {
        Explanation::from(self).with(name, value)
    }

    /// Says this with clauses within it.
    pub fn because(self, clauses: impl Into<Clauses>) -> Explanation {
        Explanation::from(self).because(clauses)
    }
}

/// In English.
impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        template::write(f, self)
    }
}

/// Clauses that make one reason: `negated by "mavjud emas"; no source given`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Clauses(pub Vec<Explanation>);

impl Clauses {
    /// True if nothing is said.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a clause.
    pub fn push(&mut self, clause: impl Into<Explanation>) {
        self.0.push(clause.into());
    }
}

impl From<Explanation> for Clauses {
    fn from(explanation: Explanation) -> Self {
        Self(vec![explanation])
    }
}

impl From<Code> for Clauses {
    fn from(code: Code) -> Self {
        Self(vec![code.into()])
    }
}

impl From<Vec<Explanation>> for Clauses {
    fn from(explanations: Vec<Explanation>) -> Self {
        Self(explanations)
    }
}

/// In English.
impl fmt::Display for Clauses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        join(f, &self.0, "; ")
    }
}

/// Sentences that stand one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sentences(pub Vec<Explanation>);

impl From<Explanation> for Sentences {
    fn from(explanation: Explanation) -> Self {
        Self(vec![explanation])
    }
}

/// In English.
impl fmt::Display for Sentences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        join(f, &self.0, " ")
    }
}

fn join(f: &mut fmt::Formatter<'_>, explanations: &[Explanation], joint: &str) -> fmt::Result {
    for (at, explanation) in explanations.iter().enumerate() {
        if at > 0 {
            f.write_str(joint)?;
        }
        write!(f, "{explanation}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_english_words_hold_the_arguments() {
        let negated = Code::Negated.with("cue", "mavjud emas");
        assert_eq!(negated.to_string(), "negated by \"mavjud emas\"");
        let missing = Code::MeasureMissing.because(negated);
        assert_eq!(missing.to_string(), "measure missing, negated by \"mavjud emas\"");
        let mut reason = Clauses::from(missing);
        reason.push(Code::RaisedBy.because(vec![Code::CueLoss.into(), Code::CueInside.into()]));
        assert_eq!(
            reason.to_string(),
            "measure missing, negated by \"mavjud emas\"; raised by a loss, a place inside it"
        );
    }

    #[test]
    fn parts_without_their_argument_are_left_out_and_words_follow_the_number() {
        let finding = Code::PriorityFinding
            .with("category", "R05")
            .with("term", "tailings")
            .with("quote", "The dam")
            .because(Code::Asserted);
        assert_eq!(finding.to_string(), "R05 tailings: \"The dam\" – asserted");
        let finding = finding.with("page", 12).with("more", 4);
        assert_eq!(finding.to_string(), "R05 tailings: \"The dam\", p. 12 – asserted (and 4 more)");
        let said = |n: usize| Code::JudgedByWords.with("n", n).to_string();
        assert_eq!(said(1), "1 passage was judged by words only, not by meaning");
        assert_eq!(said(3), "3 passages were judged by words only, not by meaning");
    }

    #[test]
    fn braces_in_a_document_are_no_template() {
        let said = Code::RequirementWeakEmpty.with("title", "{cue} [x] {n|a|b}");
        assert_eq!(
            said.to_string(),
            "The heading “{cue} [x] {n|a|b}” is there, but there is nothing below it."
        );
    }

    #[test]
    fn an_explanation_survives_the_way_from_the_reader_of_files() {
        let said = Code::PageUnreadable.with("page", 3).because(Code::LettersTorn);
        let json = serde_json::to_string(&said).unwrap();
        assert_eq!(serde_json::from_str::<Explanation>(&json).unwrap(), said);
        assert!(serde_json::from_str::<Explanation>("{\"code\":\"no-such-code\"}").is_err());
    }

    #[test]
    fn every_code_has_its_own_name_and_words() {
        let mut names: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len());
        for code in Code::ALL {
            assert_eq!(Code::parse(code.as_str()), Some(*code));
            assert!(!code.english().is_empty());
        }
    }
}
