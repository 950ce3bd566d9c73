//! Screening reports as protobuf messages.

use std::collections::BTreeMap;

use super::fact::{fact_message, inconsistency_message};
use super::{case_name, screening_name, tag};
use crate::domain::case::Facets;
use crate::domain::document::Document;
use crate::domain::explanation::Explanation;
use crate::domain::finding::{
    CompletenessFinding, Evidence, NotExamined, NotExaminedReason, Precedent, Presence, Reuse, SectionMatch,
};
use crate::domain::ids::SectionId;
use crate::domain::provenance::Provenance;
use crate::domain::report::{Depth, GateOutcome, PriorityLevel, ScreeningReport, Triage};
use crate::domain::requirement::{ElementId, Obligation, SourceConfidence};
use crate::domain::risk::{FlagKind, Polarity, RiskFinding, Severity};
use crate::domain::span::TextRange;
use crate::rpc::v1;

/// Converts a report.
pub fn report_message(report: &ScreeningReport) -> v1::ScreeningReport {
    let mut message = v1::ScreeningReport {
        name: screening_name(report.id),
        case_name: report.case.as_ref().map_or_else(String::new, case_name),
        document: Some(document_message(&report.document, &report.elements)),
        completeness: report.completeness.iter().map(completeness_message).collect(),
        risks: report.risks.iter().map(risk_message).collect(),
        precedents: report.precedents.iter().map(precedent_message).collect(),
        reuse: report.reuse.iter().map(reuse_message).collect(),
        triage: Some(triage_message(&report.triage)),
        not_examined: report.not_examined.iter().map(not_examined_message).collect(),
        provenance: Some(provenance_message(&report.provenance)),
        timings: report.timings.clone(),
        facts: report.facts.iter().map(|fact| fact_message(fact, &report.document)).collect(),
        inconsistencies: report.inconsistencies.iter().map(inconsistency_message).collect(),
    };
    mark_recognised(&mut message, &report.document);
    message
}

/// Marks the evidence that stands on pages read by optical character recognition.
fn mark_recognised(message: &mut v1::ScreeningReport, document: &Document) {
    let findings = message.completeness.iter_mut().flat_map(|f| f.evidence.iter_mut().chain(&mut f.nearest));
    let risks =
        message.risks.iter_mut().flat_map(|risk| risk.evidence.iter_mut().chain(&mut risk.contradicted_by));
    let reuse = message.reuse.iter_mut().flat_map(|reuse| &mut reuse.evidence);
    let facts = message.facts.iter_mut().flat_map(|fact| &mut fact.evidence);
    let pairs = message.inconsistencies.iter_mut().flat_map(|pair| &mut pair.evidence);
    for evidence in findings.chain(risks).chain(reuse).chain(facts).chain(pairs) {
        evidence.recognised = document.is_recognised(evidence.page);
    }
}

/// Converts the document's description and section tree; the text itself is not sent.
pub fn document_message(
    document: &Document,
    elements: &BTreeMap<SectionId, Vec<ElementId>>,
) -> v1::DocumentSummary {
    let sections = document.sections.iter().map(|section| v1::Section {
        id: section.id.to_string(),
        level: u32::from(section.level),
        number: section.number.clone().unwrap_or_default(),
        title: section.title.clone(),
        page_start: section.page_start.unwrap_or(0),
        page_end: section.page_end.unwrap_or(0),
        elements: elements
            .get(&section.id)
            .map_or_else(Vec::new, |ids| ids.iter().map(ToString::to_string).collect()),
        parent_id: section_id(section.parent),
        language: tag(section.language),
        extent: Some(range_message(section.extent)),
    });
    v1::DocumentSummary {
        name: document.name.clone(),
        sha256: document.sha256.clone(),
        media_type: document.media_type.to_string(),
        pages: u32::try_from(document.pages.len()).unwrap_or(u32::MAX),
        languages: document.languages.iter().map(|share| share.language.to_string()).collect(),
        sections: sections.collect(),
        language_shares: document.languages.iter().map(|share| share.share).collect(),
        document_id: document.id.to_string(),
        recognised_pages: document
            .pages
            .iter()
            .map(|page| page.number)
            .filter(|number| document.is_recognised(*number))
            .collect(),
    }
}

/// Converts why something is said.
pub fn explanation_message(explanation: &Explanation) -> v1::Explanation {
    v1::Explanation {
        code: explanation.code.as_str().to_owned(),
        arguments: explanation.arguments.clone(),
        because: explanation_messages(&explanation.because.0),
    }
}

fn explanation_messages(explanations: &[Explanation]) -> Vec<v1::Explanation> {
    explanations.iter().map(explanation_message).collect()
}

/// In English.
fn texts(explanations: &[Explanation]) -> Vec<String> {
    explanations.iter().map(Explanation::to_string).collect()
}

fn section_id(id: Option<SectionId>) -> String {
    id.map_or_else(String::new, |id| id.to_string())
}

pub(super) fn range_message(range: TextRange) -> v1::ByteRange {
    v1::ByteRange { start: range.start as u64, end: range.end as u64 }
}

pub(super) fn evidence_message(evidence: &Evidence) -> v1::Evidence {
    v1::Evidence {
        section_id: section_id(evidence.section),
        page: evidence.span.page.unwrap_or(0),
        quote: evidence.quote.clone(),
        score: evidence.score,
        range: Some(range_message(evidence.span.range)),
        language: tag(evidence.language),
        recognised: false,
    }
}

fn completeness_message(finding: &CompletenessFinding) -> v1::CompletenessFinding {
    let mut message = v1::CompletenessFinding {
        requirement_id: finding.requirement.to_string(),
        title: finding.title.clone(),
        confidence: finding.confidence,
        citation: finding.citation.clone(),
        reason: finding.reason.to_string(),
        explanations: explanation_messages(&finding.reason.0),
        pack: finding.pack.clone(),
        source_confidence: source_confidence(finding.source).into(),
        absent_parts: finding.absent_parts.clone(),
        contributions: Some(v1::Contributions {
            heading: finding.contributions.heading,
            wording: finding.contributions.wording,
            meaning: finding.contributions.meaning,
        }),
        ..Default::default()
    };
    let (kind, condition) = obligation(&finding.obligation);
    message.obligation = kind.into();
    message.condition = condition;
    let presence = match &finding.presence {
        Presence::Present(evidence) => {
            message.evidence = evidence.iter().map(evidence_message).collect();
            v1::Presence::Present
        }
        Presence::Weak(evidence) => {
            message.evidence = evidence.iter().map(evidence_message).collect();
            v1::Presence::Weak
        }
        Presence::Missing { nearest } => {
            message.nearest = nearest.as_ref().map(evidence_message);
            v1::Presence::Missing
        }
        Presence::NotApplicable { because } => {
            message.condition.clone_from(because);
            v1::Presence::NotApplicable
        }
        Presence::NotExamined(why) => {
            message.not_examined = Some(not_examined_message(why));
            v1::Presence::NotExamined
        }
    };
    message.presence = presence.into();
    message
}

/// Converts an obligation to its kind and the condition in words.
pub(super) fn obligation(obligation: &Obligation) -> (v1::Obligation, String) {
    match obligation {
        Obligation::Mandatory => (v1::Obligation::Mandatory, String::new()),
        Obligation::Conditional { condition, .. } => (v1::Obligation::Conditional, condition.clone()),
        Obligation::Indicative => (v1::Obligation::Indicative, String::new()),
    }
}

/// Converts how well a source was verified.
pub(super) fn source_confidence(source: SourceConfidence) -> v1::SourceConfidence {
    match source {
        SourceConfidence::Verified => v1::SourceConfidence::Verified,
        SourceConfidence::Secondary => v1::SourceConfidence::Secondary,
        SourceConfidence::Unverified => v1::SourceConfidence::Unverified,
    }
}

fn risk_message(risk: &RiskFinding) -> v1::RiskFinding {
    v1::RiskFinding {
        category: risk.category.to_string(),
        term: risk.term.clone(),
        polarity: polarity(risk.polarity).into(),
        severity: severity(risk.severity).into(),
        language: tag(risk.language),
        evidence: Some(evidence_message(&risk.evidence)),
        reason: risk.reason.to_string(),
        explanations: explanation_messages(&risk.reason.0),
        category_title: risk.category_title.clone(),
        kind: flag_kind(risk.kind).into(),
        contradicted_by: risk.contradicted_by.as_ref().map(evidence_message),
    }
}

fn flag_kind(kind: FlagKind) -> v1::FlagKind {
    match kind {
        FlagKind::Term => v1::FlagKind::Term,
        FlagKind::AbsenceClaim => v1::FlagKind::AbsenceClaim,
        FlagKind::VagueClaim => v1::FlagKind::VagueClaim,
    }
}

fn polarity(polarity: Polarity) -> v1::Polarity {
    match polarity {
        Polarity::Asserted => v1::Polarity::Asserted,
        Polarity::Negated => v1::Polarity::Negated,
        Polarity::Hypothetical => v1::Polarity::Hypothetical,
        Polarity::Mitigation => v1::Polarity::Mitigation,
        Polarity::Citation => v1::Polarity::Citation,
        Polarity::Heading => v1::Polarity::Heading,
        Polarity::OtherPlace => v1::Polarity::OtherPlace,
    }
}

fn severity(severity: Severity) -> v1::Severity {
    match severity {
        Severity::None => v1::Severity::None,
        Severity::Low => v1::Severity::Low,
        Severity::Medium => v1::Severity::Medium,
        Severity::High => v1::Severity::High,
    }
}

/// Converts a precedent.
pub fn precedent_message(precedent: &Precedent) -> v1::Precedent {
    v1::Precedent {
        case_id: precedent.case.id.to_string(),
        title: precedent.case.title.clone(),
        score: precedent.score,
        reasons: texts(&precedent.reasons),
        reason_explanations: explanation_messages(&precedent.reasons),
        matches: precedent.matches.iter().map(match_message).collect(),
        differences: texts(&precedent.differences),
        difference_explanations: explanation_messages(&precedent.differences),
        facets: Some(facets_message(&precedent.case.facets)),
        decision: precedent.case.decision.clone(),
        conditions: precedent.case.conditions.clone(),
    }
}

fn match_message(found: &SectionMatch) -> v1::SectionMatch {
    v1::SectionMatch {
        section_id: section_id(found.section),
        section_title: found.section_title.clone(),
        precedent_section: found.precedent_section.clone(),
        precedent_page: found.precedent_page.unwrap_or(0),
        quote: found.quote.clone(),
        similarity: found.similarity,
    }
}

/// Converts facets.
pub fn facets_message(facets: &Facets) -> v1::Facets {
    v1::Facets {
        activity_type: facets.activity_type.clone(),
        jurisdiction: facets.jurisdiction.clone(),
        region: facets.region.clone(),
        basin: facets.basin.clone(),
        category: facets.category.clone(),
        stage: facets.stage.clone(),
        agency: facets.agency.clone(),
        document_type: facets.document_type.clone(),
        year: facets.year,
        decision_date: facets.decision_date.clone(),
        language: facets.language.clone(),
        project: facets.project.clone(),
    }
}

/// Converts a reuse finding.
pub fn reuse_message(reuse: &Reuse) -> v1::Reuse {
    v1::Reuse {
        case_id: reuse.case.to_string(),
        case_title: reuse.case_title.clone(),
        evidence: Some(evidence_message(&reuse.evidence)),
        other_page: reuse.other_page.unwrap_or(0),
        other_quote: reuse.other_quote.clone(),
        overlap: reuse.overlap,
    }
}

fn triage_message(triage: &Triage) -> v1::Triage {
    let outcome = match triage.gate.outcome {
        GateOutcome::Complete => v1::gate::Outcome::Complete,
        GateOutcome::Incomplete => v1::gate::Outcome::Incomplete,
        GateOutcome::Undetermined => v1::gate::Outcome::Undetermined,
    };
    let level = match triage.priority.level {
        PriorityLevel::Normal => v1::priority::Level::Normal,
        PriorityLevel::Elevated => v1::priority::Level::Elevated,
        PriorityLevel::High => v1::priority::Level::High,
    };
    let depth = match triage.depth_advice.depth {
        Depth::Fast => v1::depth_advice::Depth::Fast,
        Depth::Ordinary => v1::depth_advice::Depth::Ordinary,
        Depth::InDepth => v1::depth_advice::Depth::InDepth,
    };
    v1::Triage {
        gate: Some(v1::Gate {
            outcome: outcome.into(),
            missing: triage.gate.missing.clone(),
            weak: triage.gate.weak.clone(),
            not_examined: triage.gate.not_examined.clone(),
            reasons: texts(&triage.gate.reasons),
            explanations: explanation_messages(&triage.gate.reasons),
        }),
        priority: Some(v1::Priority {
            level: level.into(),
            reasons: texts(&triage.priority.reasons),
            explanations: explanation_messages(&triage.priority.reasons),
        }),
        depth_advice: Some(v1::DepthAdvice {
            depth: depth.into(),
            reasons: texts(&triage.depth_advice.reasons),
            explanations: explanation_messages(&triage.depth_advice.reasons),
        }),
        claims_to_verify: triage.claims_to_verify.clone(),
    }
}

/// Converts a part that was not examined.
pub fn not_examined_message(part: &NotExamined) -> v1::NotExamined {
    use v1::not_examined::Reason;
    let reason = match part.reason {
        NotExaminedReason::NoTextLayer => Reason::NoTextLayer,
        NotExaminedReason::RotatedScan => Reason::RotatedScan,
        NotExaminedReason::UnreadableText => Reason::UnreadableText,
        NotExaminedReason::Encrypted => Reason::Encrypted,
        NotExaminedReason::ParserFailed => Reason::ParserFailed,
        NotExaminedReason::LimitReached => Reason::LimitReached,
        NotExaminedReason::LanguageUnknown => Reason::LanguageUnknown,
        NotExaminedReason::LanguageNotCovered => Reason::LanguageNotCovered,
        NotExaminedReason::NoArchive => Reason::NoArchive,
        NotExaminedReason::StageFailed => Reason::StageFailed,
    };
    v1::NotExamined {
        reason: reason.into(),
        page: part.page.unwrap_or(0),
        section_id: section_id(part.section),
        detail: part.detail.to_string(),
        explanation: Some(explanation_message(&part.detail)),
    }
}

fn provenance_message(provenance: &Provenance) -> v1::Provenance {
    v1::Provenance {
        build: provenance.build.clone(),
        model: provenance.model.as_ref().map(|model| v1::ModelIdentity {
            name: model.name.clone(),
            revision: model.revision.clone(),
            sha256: model.sha256.clone(),
            dimension: u32::try_from(model.dimension).unwrap_or(u32::MAX),
            precision: model.precision.clone(),
        }),
        rules: provenance
            .rules
            .iter()
            .map(|rules| v1::RulesIdentity {
                name: rules.name.clone(),
                version: rules.version.clone(),
                sha256: rules.sha256.clone(),
            })
            .collect(),
        parser: provenance.parser.clone(),
        index_schema: provenance.index_schema.clone(),
        archive: provenance.archive.clone(),
    }
}
