//! Risk findings: a term in its context, never a bare keyword hit.

use serde::{Deserialize, Serialize};

use super::explanation::Clauses;
use super::finding::Evidence;
use super::language::Language;

/// Risk category `R01` to `R20`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RiskCategory(pub String);

impl std::fmt::Display for RiskCategory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the sentence says about the term (after ConText: Harkema et al. 2009, PMC2757457).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Polarity {
    /// It is there or will happen.
    Asserted,
    /// It is said to be absent: a claim to verify, not a hazard.
    Negated,
    /// It could happen; a double negation counts here.
    Hypothetical,
    /// A planned measure against it.
    Mitigation,
    /// A law, standard or document is cited.
    Citation,
    /// The term stands in a heading or a table of contents.
    Heading,
    /// The statement is about another object or place.
    OtherPlace,
}

/// How soon a reviewer should look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Nothing to do.
    None,
    /// For information.
    Low,
    /// Check against the norms.
    Medium,
    /// Look first.
    High,
}

impl Severity {
    /// Returns the sign that label files use: `H`, `M`, `L` or `none`.
    pub fn letter(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "L",
            Self::Medium => "M",
            Self::High => "H",
        }
    }
}

/// What a flag asks of the reviewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlagKind {
    /// A risk term in its context: look at the risk.
    #[default]
    Term,
    /// Something is said to be absent: verify the claim.
    AbsenceClaim,
    /// Effects are said to be small or absent without amount or source: ask for the basis.
    VagueClaim,
}

/// One risk term found in one sentence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RiskFinding {
    /// Category, e.g. `R05`.
    pub category: RiskCategory,
    /// Title of the category, e.g. `Mining, tailings, cyanide, acid drainage`.
    pub category_title: String,
    /// The term in its dictionary form or as the text has it, e.g. `tailings storage facility`.
    pub term: String,
    /// What the sentence says about it.
    pub polarity: Polarity,
    /// How soon to look.
    pub severity: Severity,
    /// Language of the sentence.
    pub language: Option<Language>,
    /// Why this polarity and severity, in a few words: `negated by "mavjud emas"; no source given`.
    pub reason: Clauses,
    /// The sentence, with the span of the term's sentence.
    pub evidence: Evidence,
    /// What the flag asks of the reviewer.
    #[serde(default)]
    pub kind: FlagKind,
    /// Where the same report says the opposite.
    #[serde(default)]
    pub contradicted_by: Option<Evidence>,
}
