//! The words and orders in which findings are shown.

use crate::domain::document::Document;
use crate::domain::fact::InconsistencyKind;
use crate::domain::finding::{CompletenessFinding, Evidence, NotExaminedReason, Presence};
use crate::domain::report::{Depth, GateOutcome, PriorityLevel};
use crate::domain::requirement::{Obligation, SourceConfidence};
use crate::domain::risk::{Polarity, RiskFinding, Severity};

/// Order in which outcomes are shown: what the reviewer must act on comes first.
pub fn rank(presence: &Presence) -> u8 {
    match presence {
        Presence::Missing { .. } => 0,
        Presence::NotExamined(_) => 1,
        Presence::Weak(_) => 2,
        Presence::Present(_) => 3,
        Presence::NotApplicable { .. } => 4,
    }
}

pub fn presence(presence: &Presence) -> &'static str {
    match presence {
        Presence::Missing { .. } => "missing",
        Presence::NotExamined(_) => "not examined",
        Presence::Weak(_) => "weak",
        Presence::Present(_) => "present",
        Presence::NotApplicable { .. } => "not applicable",
    }
}

/// How sure an outcome is, in per cent; `None` where nothing was examined that could make it so.
pub fn percent(finding: &CompletenessFinding) -> Option<u32> {
    let is_examined = !matches!(finding.presence, Presence::NotExamined(_));
    is_examined.then(|| (finding.confidence * 100.0).round() as u32)
}

pub fn gate(outcome: GateOutcome) -> &'static str {
    match outcome {
        GateOutcome::Complete => "complete",
        GateOutcome::Incomplete => "incomplete",
        GateOutcome::Undetermined => "undetermined",
    }
}

pub fn priority(level: PriorityLevel) -> &'static str {
    match level {
        PriorityLevel::Normal => "normal",
        PriorityLevel::Elevated => "elevated",
        PriorityLevel::High => "high",
    }
}

pub fn depth(depth: Depth) -> &'static str {
    match depth {
        Depth::Fast => "fast check",
        Depth::Ordinary => "ordinary review",
        Depth::InDepth => "in-depth review",
    }
}

pub fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::None => "none",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
    }
}

pub fn polarity(polarity: Polarity) -> &'static str {
    match polarity {
        Polarity::Asserted => "asserted",
        Polarity::Negated => "claimed absent",
        Polarity::Hypothetical => "possible",
        Polarity::Mitigation => "measure",
        Polarity::Citation => "citation",
        Polarity::Heading => "heading",
        Polarity::OtherPlace => "other place",
    }
}

pub fn inconsistency(kind: InconsistencyKind) -> &'static str {
    match kind {
        InconsistencyKind::Quantity => "figures differ",
        InconsistencyKind::Category => "category",
        InconsistencyKind::VoidAct => "void act",
        InconsistencyKind::ForeignName => "foreign name",
    }
}

pub fn reason(reason: NotExaminedReason) -> &'static str {
    match reason {
        NotExaminedReason::NoTextLayer => "no text layer",
        NotExaminedReason::RotatedScan => "rotated scan",
        NotExaminedReason::UnreadableText => "unreadable text",
        NotExaminedReason::Encrypted => "encrypted",
        NotExaminedReason::ParserFailed => "reader failed",
        NotExaminedReason::LimitReached => "limit reached",
        NotExaminedReason::LanguageUnknown => "language unknown",
        NotExaminedReason::LanguageNotCovered => "language not covered by the model",
        NotExaminedReason::NoArchive => "no archive",
        NotExaminedReason::StageFailed => "stage failed",
    }
}

/// Remarks behind a requirement: unverified sources and conditions must be seen where they matter.
pub fn remarks(finding: &CompletenessFinding) -> Vec<String> {
    let mut remarks = Vec::new();
    match finding.source {
        SourceConfidence::Verified => {}
        SourceConfidence::Secondary => remarks.push("rule from a secondary source".to_owned()),
        SourceConfidence::Unverified => {
            remarks.push("rule not checked against the official text".to_owned());
        }
    }
    match &finding.obligation {
        Obligation::Mandatory => {}
        Obligation::Conditional { condition, .. } => {
            remarks.push(format!("only where: {condition}"));
        }
        Obligation::Indicative => remarks.push("guidance, not law".to_owned()),
    }
    remarks
}

/// Returns `p. 12, 3.1 Air quality` or what of it is known.
pub fn place(document: &Document, evidence: &Evidence) -> String {
    let mut parts = Vec::new();
    if let Some(page) = evidence.span.page {
        let mark = if document.is_recognised(page) { " (read from a picture)" } else { "" };
        parts.push(format!("p. {page}{mark}"));
    }
    if let Some(section) = evidence.section.and_then(|id| document.section(id)) {
        let number = section.number.as_deref().unwrap_or("");
        parts.push(format!("{number} {}", section.title).trim().to_owned());
    }
    parts.join(", ")
}

/// Risk findings a reviewer has to look at, grouped by category; the rest is only counted.
pub struct RiskGroup<'a> {
    pub code: &'a str,
    pub title: &'a str,
    pub worst: Severity,
    pub findings: Vec<&'a RiskFinding>,
}

/// Groups by category, worst first, then by code. Findings without severity are left out.
pub fn risk_groups(risks: &[RiskFinding]) -> Vec<RiskGroup<'_>> {
    let mut groups: std::collections::BTreeMap<&str, Vec<&RiskFinding>> = Default::default();
    for risk in risks.iter().filter(|risk| risk.severity > Severity::None) {
        groups.entry(&risk.category.0).or_default().push(risk);
    }
    let mut groups: Vec<RiskGroup<'_>> = groups
        .into_iter()
        .map(|(code, mut findings)| {
            findings.sort_by(|a, b| b.severity.cmp(&a.severity).then(a.evidence.span.cmp(&b.evidence.span)));
            RiskGroup { code, title: &findings[0].category_title, worst: findings[0].severity, findings }
        })
        .collect();
    groups.sort_by(|a, b| b.worst.cmp(&a.worst).then(a.code.cmp(b.code)));
    groups
}

/// Pages as ranges: `1-4, 7, 9-12`.
pub fn page_ranges(pages: &[u32]) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for &page in pages {
        match ranges.last_mut() {
            Some((_, last)) if page == *last + 1 => *last = page,
            Some((_, last)) if page == *last => {}
            _ => ranges.push((page, page)),
        }
    }
    let texts: Vec<String> = ranges
        .into_iter()
        .map(|(first, last)| if first == last { first.to_string() } else { format!("{first}-{last}") })
        .collect();
    texts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::page_ranges;

    #[test]
    fn pages_are_joined_into_ranges() {
        assert_eq!(page_ranges(&[1, 2, 3, 7, 9, 10]), "1-3, 7, 9-10");
        assert_eq!(page_ranges(&[]), "");
    }
}
