//! Which claims of a report say that effects are small or absent without saying why?
//!
//! "Impacts will be minimal" is no hazard and no evidence: a reviewer asks for the number or the source behind it. Such
//! sentences become flags of their own kind, with the weight of what their section offers in support. The phrases are
//! data (`vague` in `rules/risk/standing.toml`).

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::domain::document::Document;
use crate::domain::explanation::Code;
use crate::domain::finding::Evidence;
use crate::domain::ids::SectionId;
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

/// Which sections give amounts that support a claim: each section is read once, when its first claim asks.
pub(super) struct Support<'a> {
    document: &'a Document,
    sections: BTreeMap<SectionId, OnceLock<bool>>,
}

impl<'a> Support<'a> {
    pub(super) fn new(document: &'a Document) -> Self {
        let sections = document.sections.iter().map(|section| (section.id, OnceLock::new())).collect();
        Self { document, sections }
    }

    fn of(&self, id: SectionId) -> bool {
        let (Some(known), Some(section)) = (self.sections.get(&id), self.document.section(id)) else {
            return false;
        };
        *known.get_or_init(|| {
            let body = section.body.of(&self.document.text);
            amounts(body, section.language).len() >= SUPPORTING_AMOUNTS
        })
    }
}

/// Makes the finding of a claim; `title` is the title of its category.
pub(super) fn finding(support: &Support<'_>, claim: VagueClaim, title: &str) -> RiskFinding {
    let supported = claim.evidence.section.is_some_and(|id| support.of(id));
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

#[cfg(test)]
mod tests {
    use super::super::document::tests::document;
    use super::*;
    use crate::domain::document::{BlockKind, HeadingBasis, Section};

    #[test]
    fn a_claim_is_supported_by_the_amounts_of_its_own_section() {
        let (air, water) = ("Dust amounts to 12 t at 300 m.", "Effects are minimal.");
        let mut report = document(&[
            (BlockKind::Heading, "1 Air"),
            (BlockKind::Paragraph, air),
            (BlockKind::Heading, "2 Water"),
            (BlockKind::Paragraph, water),
        ]);
        let text = report.text.clone();
        let range = |words: &str| {
            let start = text.find(words).unwrap();
            TextRange::new(start, start + words.len())
        };
        let section = |id: u32, title: &str, body: &str| Section {
            id: SectionId(id),
            parent: None,
            level: 1,
            number: None,
            title: title.to_owned(),
            heading: range(title),
            body: range(body),
            extent: range(body),
            page_start: None,
            page_end: None,
            language: Some(Language::English),
            basis: HeadingBasis::Numbering,
        };
        report.sections = vec![section(1, "1 Air", air), section(2, "2 Water", water)];
        let support = Support::new(&report);
        let supported = [1, 2, 1, 3].map(|id| support.of(SectionId(id)));
        assert_eq!(supported, [true, false, true, false]);
    }
}
