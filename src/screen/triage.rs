//! Turns findings into the three triage outputs: gate, priority and depth advice.
//!
//! The rules are fixed and explained, not learned: every output names the findings that set it, and
//! nothing here decides a case. Sources: CMR 234 of 11 May 2026, Annex 2 points 22-23 and 30 (grounds
//! and the ban on new grounds), and the Korean distinction of in-depth and fast assessment
//! (Environmental Impact Assessment Act, Articles 52-2 and 52-3).

use std::collections::BTreeMap;

use crate::domain::explanation::{Code, Explanation};
use crate::domain::finding::{CompletenessFinding, Evidence, NotExamined, Presence};
use crate::domain::report::{Depth, DepthAdvice, Gate, GateOutcome, Priority, PriorityLevel, Triage};
use crate::domain::requirement::{Obligation, SourceConfidence};
use crate::domain::risk::{FlagKind, Polarity, RiskFinding, Severity};

/// Categories whose high findings put a report first: they concern people's safety, protected nature,
/// shared waters or the truth of the file.
const DECISIVE: [&str; 9] = ["R01", "R02", "R04", "R05", "R06", "R11", "R13", "R19", "R20"];

/// Most claims of one kind that are listed.
const CLAIMS_PER_KIND: usize = 6;

/// Number of distinct categories with high findings from which an in-depth review is proposed.
const IN_DEPTH_CATEGORIES: usize = 3;

/// Derives the triage from the findings of one screening; `category` is the legal category of the
/// activity if known (`I` is the highest).
pub fn triage(
    completeness: &[CompletenessFinding],
    risks: &[RiskFinding],
    not_examined: &[NotExamined],
    category: &str,
) -> Triage {
    let gate = gate(completeness, not_examined);
    let high = high_by_category(risks);
    let priority = priority(&high, completeness, not_examined, category);
    let depth_advice = depth(&high, risks, &gate, category);
    Triage { gate, priority, depth_advice, claims_to_verify: claims(risks) }
}

fn gate(completeness: &[CompletenessFinding], not_examined: &[NotExamined]) -> Gate {
    let mut missing = Vec::new();
    let mut weak = Vec::new();
    let mut unexamined = Vec::new();
    let mut unverified = 0;
    for finding in completeness.iter().filter(|f| f.obligation != Obligation::Indicative) {
        let list = match finding.presence {
            Presence::Missing { .. } => &mut missing,
            Presence::Weak(_) => &mut weak,
            Presence::NotExamined(_) => &mut unexamined,
            Presence::Present(_) | Presence::NotApplicable { .. } => continue,
        };
        list.push(finding.requirement.to_string());
        unverified += usize::from(finding.source == SourceConfidence::Unverified);
    }
    let unread = not_examined.iter().filter(|n| n.leaves_file_unread()).count();

    let outcome = if !missing.is_empty() || !weak.is_empty() {
        GateOutcome::Incomplete
    } else if !unexamined.is_empty() || unread > 0 {
        GateOutcome::Undetermined
    } else {
        GateOutcome::Complete
    };

    let mut reasons = Vec::new();
    let mut say = |count: usize, what: Code| {
        if count > 0 {
            reasons.push(what.with("n", count));
        }
    };
    say(missing.len(), Code::GateMissing);
    say(weak.len(), Code::GateWeak);
    say(unexamined.len(), Code::GateNotJudged);
    say(unread, Code::GatePartsUnread);
    say(unverified, Code::GateUnverified);
    if outcome == GateOutcome::Complete {
        let what = if completeness.is_empty() { Code::GateNoSet } else { Code::GateEvery };
        reasons.push(what.into());
    }
    Gate { outcome, missing, weak, not_examined: unexamined, reasons }
}

/// High findings that state a risk, by category; claims have their own list.
fn high_by_category(risks: &[RiskFinding]) -> BTreeMap<String, Vec<&RiskFinding>> {
    let mut high: BTreeMap<String, Vec<&RiskFinding>> = BTreeMap::new();
    let states = |risk: &&RiskFinding| risk.severity == Severity::High && risk.kind == FlagKind::Term;
    for risk in risks.iter().filter(states) {
        high.entry(risk.category.0.clone()).or_default().push(risk);
    }
    high
}

/// What the report claims and a reviewer should verify: contradictions first, then denials, then vague claims.
fn claims(risks: &[RiskFinding]) -> Vec<String> {
    let is_claim = |risk: &&RiskFinding| risk.kind != FlagKind::Term && risk.severity >= Severity::Medium;
    let mut claims: Vec<(bool, FlagKind, &RiskFinding)> = (risks.iter().filter(is_claim))
        .map(|risk| (risk.contradicted_by.is_none(), risk.kind, risk))
        .collect();
    claims.sort_by_key(|(alone, kind, _)| (*alone, *kind));
    let mut counts: BTreeMap<FlagKind, usize> = BTreeMap::new();
    claims.retain(|(_, kind, _)| {
        let count = counts.entry(*kind).or_default();
        *count += 1;
        *count <= CLAIMS_PER_KIND
    });
    claims.into_iter().map(|(_, _, risk)| claim(risk)).collect()
}

fn claim(risk: &RiskFinding) -> String {
    let quote = |evidence: &Evidence| {
        let page = evidence.span.page.map_or_else(String::new, |page| format!(", p. {page}"));
        format!("\"{}\"{page}", evidence.quote)
    };
    let what = match risk.kind {
        FlagKind::VagueClaim => "no amount or source",
        FlagKind::AbsenceClaim | FlagKind::Term => "said to be absent",
    };
    let said = format!("{} {} ({what}): {}", risk.category, risk.term, quote(&risk.evidence));
    match &risk.contradicted_by {
        Some(other) => format!("{said} – but: {}", quote(other)),
        None => said,
    }
}

fn priority(
    high: &BTreeMap<String, Vec<&RiskFinding>>,
    completeness: &[CompletenessFinding],
    not_examined: &[NotExamined],
    category: &str,
) -> Priority {
    let mut reasons = Vec::new();
    let mut level = PriorityLevel::Normal;
    for (code, findings) in high {
        let decisive = DECISIVE.contains(&code.as_str());
        level = level.max(if decisive { PriorityLevel::High } else { PriorityLevel::Elevated });
        reasons.push((!decisive, strongest(code, findings)));
    }
    // Decisive categories first; within each group the order of codes.
    reasons.sort_by_cached_key(|(aside, reason)| (*aside, reason.to_string()));
    let mut reasons: Vec<Explanation> = reasons.into_iter().map(|(_, reason)| reason).collect();
    if category.trim() == "I" {
        level = level.max(PriorityLevel::Elevated);
        reasons.push(Code::PriorityCategoryOne.into());
    }
    let hearing_gap = completeness.iter().find(|finding| {
        matches!(&finding.obligation, Obligation::Conditional { fact, .. } if fact.contains("hearing"))
            && matches!(finding.presence, Presence::Missing { .. })
    });
    if let Some(finding) = hearing_gap {
        level = level.max(PriorityLevel::Elevated);
        reasons.push(Code::PriorityHearing.with("requirement", &finding.requirement));
    }
    if reasons.is_empty() {
        // Nothing was found where somebody looked; elsewhere there may be anything.
        let unread = not_examined.iter().filter(|part| part.may_hide_risks()).count();
        reasons.push(match unread {
            0 => Code::PriorityNothing.into(),
            n => Code::PriorityUnread.with("n", n),
        });
    }
    Priority { level, reasons }
}

/// The first high finding of a category, and how many there are beside it.
fn strongest(category: &str, findings: &[&RiskFinding]) -> Explanation {
    let first = findings[0];
    let mut reason = Code::PriorityFinding
        .with("category", category)
        .with("term", &first.term)
        .with("quote", &first.evidence.quote)
        .because(first.reason.clone());
    if let Some(page) = first.evidence.span.page {
        reason = reason.with("page", page);
    }
    if findings.len() > 1 {
        reason = reason.with("more", findings.len() - 1);
    }
    reason
}

fn depth(
    high: &BTreeMap<String, Vec<&RiskFinding>>,
    risks: &[RiskFinding],
    gate: &Gate,
    category: &str,
) -> DepthAdvice {
    let codes: Vec<&str> = high.keys().map(String::as_str).collect();
    if high.len() >= IN_DEPTH_CATEGORIES {
        let reason = Code::DepthManyCategories.with("n", high.len()).with("categories", codes.join(", "));
        return DepthAdvice { depth: Depth::InDepth, reasons: vec![reason] };
    }
    if category.trim() == "I" && !high.is_empty() {
        let reason = Code::DepthCategoryOne.with("categories", codes.join(", "));
        return DepthAdvice { depth: Depth::InDepth, reasons: vec![reason] };
    }
    let medium = risks
        .iter()
        .filter(|risk| risk.severity == Severity::Medium && risk.polarity == Polarity::Asserted)
        .count();
    if high.is_empty() && medium == 0 && gate.outcome == GateOutcome::Complete {
        return DepthAdvice { depth: Depth::Fast, reasons: vec![Code::DepthNothing.into()] };
    }
    let mut reasons = Vec::new();
    if !high.is_empty() {
        reasons.push(Code::DepthHigh.with("categories", codes.join(", ")));
    }
    if medium > 0 {
        reasons.push(Code::DepthMedium.with("n", medium));
    }
    if gate.outcome != GateOutcome::Complete {
        reasons.push(Code::DepthNotComplete.into());
    }
    DepthAdvice { depth: Depth::Ordinary, reasons }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::explanation::{Clauses, Sentences};
    use crate::domain::finding::Contributions;
    use crate::domain::finding::NotExaminedReason;
    use crate::domain::requirement::RequirementId;
    use crate::domain::risk::RiskCategory;
    use crate::domain::span::{Span, TextRange};

    fn evidence() -> Evidence {
        Evidence {
            section: None,
            span: Span { range: TextRange::new(0, 4), page: Some(3) },
            quote: "text".to_owned(),
            score: 0.9,
            language: None,
        }
    }

    fn finding(id: &str, presence: Presence, obligation: Obligation) -> CompletenessFinding {
        CompletenessFinding {
            requirement: RequirementId(id.to_owned()),
            pack: "test".to_owned(),
            title: id.to_owned(),
            presence,
            confidence: 0.9,
            citation: String::new(),
            source: SourceConfidence::Verified,
            obligation,
            reason: Sentences::default(),
            absent_parts: Vec::new(),
            contributions: Contributions::default(),
        }
    }

    fn risk(category: &str, severity: Severity) -> RiskFinding {
        RiskFinding {
            category: RiskCategory(category.to_owned()),
            category_title: String::new(),
            term: "term".to_owned(),
            polarity: Polarity::Asserted,
            severity,
            language: None,
            reason: Clauses::default(),
            evidence: evidence(),
            kind: FlagKind::Term,
            contradicted_by: None,
        }
    }

    fn not_examined(
        reason: NotExaminedReason,
        page: Option<u32>,
        detail: impl Into<Explanation>,
    ) -> NotExamined {
        NotExamined { reason, page, section: None, detail: detail.into() }
    }

    #[test]
    fn unread_page_never_lets_the_gate_be_complete() {
        let present = [finding("A", Presence::Present(vec![evidence()]), Obligation::Mandatory)];
        let unread = [not_examined(NotExaminedReason::NoTextLayer, Some(2), Code::NoTextToExamine)];
        assert_eq!(gate(&present, &[]).outcome, GateOutcome::Complete);
        assert_eq!(gate(&present, &unread).outcome, GateOutcome::Undetermined);
    }

    #[test]
    fn what_is_not_compared_with_earlier_cases_does_not_touch_the_gate() {
        let present = [finding("A", Presence::Present(vec![evidence()]), Obligation::Mandatory)];
        let no_archive = [not_examined(NotExaminedReason::NoArchive, None, Code::NoArchive)];
        assert_eq!(gate(&present, &no_archive).outcome, GateOutcome::Complete);
        let why = Code::PrecedentsFailed.because(Code::Technical.with("what", "timeout"));
        let failed = [not_examined(NotExaminedReason::StageFailed, None, why)];
        assert_eq!(gate(&present, &failed).outcome, GateOutcome::Complete);
    }

    #[test]
    fn guidance_does_not_block_the_gate() {
        let findings = [finding("WB-a", Presence::Missing { nearest: None }, Obligation::Indicative)];
        assert_eq!(gate(&findings, &[]).outcome, GateOutcome::Complete);
    }

    #[test]
    fn decisive_category_sets_high_priority_and_is_named_first() {
        let risks = [risk("R14", Severity::High), risk("R05", Severity::High)];
        let result = triage(&[], &risks, &[], "");
        assert_eq!(result.priority.level, PriorityLevel::High);
        assert!(result.priority.reasons[0].to_string().starts_with("R05"), "{:?}", result.priority.reasons);
    }

    #[test]
    fn a_file_of_pictures_is_not_said_to_be_without_risk() {
        let page = |page| {
            let detail = Code::PagePicture.with("page", page);
            not_examined(NotExaminedReason::NoTextLayer, Some(page), detail)
        };
        let priority = triage(&[], &[], &[page(1), page(2)], "").priority;
        assert_eq!(priority.level, PriorityLevel::Normal);
        assert_eq!(priority.reasons, [Code::PriorityUnread.with("n", 2)]);
        assert!(priority.is_unsettled());
        let said = priority.reasons[0].to_string();
        assert!(said.contains("2 parts of the file were not examined and may hold risks"), "{said}");
        let why = Code::Technical.with("what", "lexicon");
        let failed = not_examined(NotExaminedReason::StageFailed, None, why);
        assert!(triage(&[], &[], &[failed], "").priority.is_unsettled(), "a stage that looks for risks");
    }

    #[test]
    fn what_looks_for_no_risks_leaves_the_priority_settled() {
        let why = || Code::Technical.with("what", "timeout");
        let sides = [
            not_examined(NotExaminedReason::NoArchive, None, Code::ArchiveEmpty),
            not_examined(NotExaminedReason::LanguageNotCovered, None, Code::NoModel),
            not_examined(NotExaminedReason::StageFailed, None, Code::MeaningFailed.because(why())),
            not_examined(NotExaminedReason::StageFailed, None, Code::PrecedentsFailed.because(why())),
        ];
        let priority = triage(&[], &[], &sides, "").priority;
        assert_eq!(priority.reasons, [Explanation::from(Code::PriorityNothing)]);
        assert!(!priority.is_unsettled());
    }

    #[test]
    fn unread_pages_change_nothing_about_a_high_priority() {
        let unread = [not_examined(NotExaminedReason::NoTextLayer, Some(2), Code::NoTextToExamine)];
        let risks = [risk("R05", Severity::High)];
        assert_eq!(triage(&[], &risks, &unread, "").priority, triage(&[], &risks, &[], "").priority);
    }

    #[test]
    fn three_high_categories_ask_for_depth() {
        let risks = [risk("R01", Severity::High), risk("R07", Severity::High), risk("R12", Severity::High)];
        assert_eq!(triage(&[], &risks, &[], "").depth_advice.depth, Depth::InDepth);
    }

    #[test]
    fn claims_are_listed_apart_and_never_set_the_priority() {
        let mut denial = risk("R01", Severity::High);
        denial.polarity = Polarity::Negated;
        denial.kind = FlagKind::AbsenceClaim;
        let mut vague = risk("R17", Severity::Medium);
        vague.kind = FlagKind::VagueClaim;
        let mut contradicted = denial.clone();
        contradicted.contradicted_by = Some(evidence());
        let result = triage(&[], &[vague, denial, contradicted], &[], "");
        assert_eq!(result.priority.level, PriorityLevel::Normal);
        assert_eq!(result.claims_to_verify.len(), 3);
        assert!(result.claims_to_verify[0].contains("but:"), "{:?}", result.claims_to_verify);
        assert!(result.claims_to_verify[2].starts_with("R17"), "{:?}", result.claims_to_verify);
    }

    #[test]
    fn priority_says_why() {
        let mut first = risk("R05", Severity::High);
        first.reason = Code::RaisedBy.because(Code::CueNearWater).into();
        let result = triage(&[], &[first], &[], "");
        assert!(
            result.priority.reasons[0].to_string().contains("raised by near water"),
            "{:?}",
            result.priority.reasons
        );
    }
}
