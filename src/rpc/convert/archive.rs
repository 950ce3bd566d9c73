//! Cases, requirement sets and verdicts as protobuf messages.

use super::report::{facets_message, obligation, source_confidence};
use super::{case_name, screening_name};
use crate::domain::case::Case;
use crate::domain::requirement::{Localized, Obligation, RequirementSet};
use crate::domain::verdict::{Disposition, Verdict};
use crate::rpc::v1;

/// Converts a case.
pub fn case_message(case: &Case) -> v1::Case {
    v1::Case {
        name: case_name(&case.id),
        title: case.title.clone(),
        facets: Some(facets_message(&case.facets)),
        decision: case.decision.clone(),
        conditions: case.conditions.clone(),
        documents: case
            .documents
            .iter()
            .map(|document| v1::CaseDocument {
                id: document.id.to_string(),
                name: document.name.clone(),
                sha256: document.sha256.clone(),
                pages: document.pages,
                passages: document.passages,
            })
            .collect(),
    }
}

/// Converts a verdict.
pub fn verdict_message(verdict: &Verdict) -> v1::Verdict {
    let disposition = match verdict.disposition {
        Disposition::Accepted => v1::Disposition::Accepted,
        Disposition::Rejected => v1::Disposition::Rejected,
        Disposition::Changed => v1::Disposition::Changed,
    };
    v1::Verdict {
        name: format!("{}/verdicts/{}", screening_name(verdict.screening), verdict.id),
        finding: verdict.finding.clone(),
        disposition: disposition.into(),
        replacement: verdict.replacement.clone(),
        reason: verdict.reason.clone(),
        reviewer: verdict.reviewer.clone(),
        create_time: timestamp(&verdict.create_time),
        etag: verdict.id.to_string(),
    }
}

/// Converts an RFC 3339 time; `None` if it does not parse.
pub fn timestamp(text: &str) -> Option<pbjson_types::Timestamp> {
    let time: jiff::Timestamp = text.parse().ok()?;
    Some(pbjson_types::Timestamp { seconds: time.as_second(), nanos: time.subsec_nanosecond() })
}

fn titles(localized: &Localized) -> std::collections::BTreeMap<String, String> {
    localized.iter().map(|(language, text)| (language.tag().to_owned(), text.clone())).collect()
}

/// Converts a requirement set, with its requirements if `in_full`.
pub fn requirement_set_message(set: &RequirementSet, in_full: bool) -> v1::RequirementSet {
    let requirements = set.requirements.iter().filter(|_| in_full).map(|requirement| {
        let (kind, condition) = obligation(&requirement.obligation);
        let fact = match &requirement.obligation {
            Obligation::Conditional { fact, .. } => fact.clone(),
            Obligation::Mandatory | Obligation::Indicative => String::new(),
        };
        v1::Requirement {
            id: requirement.id.to_string(),
            titles: titles(&requirement.title),
            content: requirement.content.clone(),
            citation: requirement.citation.clone(),
            obligation: kind.into(),
            condition,
            fact,
            source_confidence: source_confidence(requirement.source).into(),
            elements: requirement.elements.iter().map(ToString::to_string).collect(),
            parts: requirement.parts.iter().map(|part| part.name.clone()).collect(),
        }
    });
    v1::RequirementSet {
        name: format!("requirementSets/{}", set.name),
        version: set.version.clone(),
        titles: titles(&set.title),
        jurisdiction: set.jurisdiction.clone(),
        stage: set.stage.clone(),
        legal_basis: set.legal_basis.clone(),
        in_force_from: set.in_force_from.clone().unwrap_or_default(),
        in_force_until: set.in_force_until.clone().unwrap_or_default(),
        sha256: set.sha256.clone(),
        requirements: requirements.collect(),
        requirement_count: u32::try_from(set.requirements.len()).unwrap_or(u32::MAX),
    }
}
