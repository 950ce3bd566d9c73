//! Which claims of a report say that effects are small or absent without saying why?
//!
//! "Impacts will be minimal" is no hazard and no evidence: a reviewer asks for the number or the source behind it. Such
//! sentences become flags of their own kind, with the weight of what their section offers in support. The phrases are
//! data (`vague` in `rules/risk/standing.toml`).

use crate::domain::document::Document;
use crate::domain::explanation::Code;
use crate::domain::finding::Evidence;
use crate::domain::language::Language;
use crate::domain::risk::{FlagKind, Polarity, RiskCategory, RiskFinding, Severity};
use crate::domain::span::TextRange;

use super::numbers::amounts;

/// Category of vague claims: uncertainty and missing data.
pub(super) const CATEGORY: &str = "R17";

/// Amounts with a unit that a section must give before its claims count as supported.
const SUPPORTING_AMOUNTS: usize = 2;

/// A vague claim as it was found.
pub(super) struct VagueClaim {
    /// The words that make it vague.
    pub(super) words: String,
    pub(super) language: Option<Language>,
    pub(super) evidence: Evidence,
}

/// Makes the finding of a claim; `title` is the title of its category.
pub(super) fn finding(document: &Document, claim: VagueClaim, title: &str) -> RiskFinding {
    let supported = claim
        .evidence
        .section
        .and_then(|id| document.section(id))
        .is_some_and(|section| amounts(section.body.of(&document.text)).len() >= SUPPORTING_AMOUNTS);
    let (severity, reason) = if supported {
        (Severity::Low, Code::VagueWithAmounts)
    } else {
        (Severity::Medium, Code::VagueWithoutAmounts)
    };
    RiskFinding {
        category: RiskCategory(CATEGORY.to_owned()),
        category_title: title.to_owned(),
        term: claim.words,
        polarity: Polarity::Negated,
        severity,
        language: claim.language,
        reason: reason.into(),
        evidence: claim.evidence,
        kind: FlagKind::VagueClaim,
        contradicted_by: None,
    }
}

/// The words of a claim in one line.
pub(super) fn words(sentence: &str, range: TextRange) -> String {
    range.of(sentence).split_whitespace().collect::<Vec<_>>().join(" ")
}
