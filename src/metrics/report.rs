//! Counts what stands in a report.

use crate::domain::document::MediaType;
use crate::domain::finding::{NotExaminedReason, Presence};
use crate::domain::report::{GateOutcome, ScreeningReport};
use crate::domain::risk::Severity;

use super::{DOCUMENT_SECTIONS, DOCUMENTS, FINDINGS, NOT_EXAMINED, SCREENINGS, STAGE_DURATION};

const GATES: [GateOutcome; 3] = [GateOutcome::Complete, GateOutcome::Incomplete, GateOutcome::Undetermined];
const MEDIA_TYPES: [MediaType; 5] =
    [MediaType::Pdf, MediaType::Docx, MediaType::Html, MediaType::Markdown, MediaType::PlainText];

/// Begins what is counted of reports at 0, findings apart.
pub(super) fn begin() {
    for outcome in GATES {
        metrics::counter!(SCREENINGS, "gate" => gate(outcome)).increment(0);
    }
    for media_type in MEDIA_TYPES {
        for outcome in ["in_full", "in_part"] {
            metrics::counter!(DOCUMENTS, "media_type" => media_type.as_str(), "outcome" => outcome)
                .increment(0);
        }
    }
    for part in NotExaminedReason::ALL {
        metrics::counter!(NOT_EXAMINED, "reason" => reason(part)).increment(0);
    }
}

/// Counts a finished screening.
pub fn count_report(report: &ScreeningReport) {
    metrics::counter!(SCREENINGS, "gate" => gate(report.triage.gate.outcome)).increment(1);
    let partly = report.not_examined.iter().any(|part| part.page.is_some() || part.section.is_some());
    let outcome = if partly { "in_part" } else { "in_full" };
    let media_type = report.document.media_type.as_str();
    metrics::counter!(DOCUMENTS, "media_type" => media_type, "outcome" => outcome).increment(1);
    metrics::histogram!(DOCUMENT_SECTIONS).record(report.document.sections.len() as f64);
    for (stage, seconds) in &report.timings {
        metrics::histogram!(STAGE_DURATION, "stage" => stage.clone()).record(*seconds);
    }
    for finding in &report.completeness {
        count("completeness", presence(&finding.presence), 1);
    }
    for risk in &report.risks {
        count("risk", severity(risk.severity), 1);
    }
    count("precedent", "shown", report.precedents.len());
    count("reuse", "shown", report.reuse.len());
    count("inconsistency", "shown", report.inconsistencies.len());
    for part in &report.not_examined {
        metrics::counter!(NOT_EXAMINED, "reason" => reason(part.reason)).increment(1);
    }
}

fn count(kind: &'static str, status: &'static str, number: usize) {
    metrics::counter!(FINDINGS, "kind" => kind, "status" => status).increment(number as u64);
}

fn gate(outcome: GateOutcome) -> &'static str {
    match outcome {
        GateOutcome::Complete => "complete",
        GateOutcome::Incomplete => "incomplete",
        GateOutcome::Undetermined => "undetermined",
    }
}

fn presence(presence: &Presence) -> &'static str {
    match presence {
        Presence::Present(_) => "present",
        Presence::Weak(_) => "weak",
        Presence::Missing { .. } => "missing",
        Presence::NotApplicable { .. } => "not_applicable",
        Presence::NotExamined(_) => "not_examined",
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::None => "none",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
    }
}

/// Returns the label of a reason.
pub fn reason(reason: NotExaminedReason) -> &'static str {
    match reason {
        NotExaminedReason::NoTextLayer => "no_text_layer",
        NotExaminedReason::RotatedScan => "rotated_scan",
        NotExaminedReason::UnreadableText => "unreadable_text",
        NotExaminedReason::Encrypted => "encrypted",
        NotExaminedReason::ParserFailed => "parser_failed",
        NotExaminedReason::LimitReached => "limit_reached",
        NotExaminedReason::LanguageUnknown => "language_unknown",
        NotExaminedReason::LanguageNotCovered => "language_not_covered",
        NotExaminedReason::NoArchive => "no_archive",
        NotExaminedReason::StageFailed => "stage_failed",
    }
}
