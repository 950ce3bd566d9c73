//! A glance at a stored report: the little the queue and the map need of it, read without the rest.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::report::unread;
use crate::domain::ids::{CaseId, ScreeningId};
use crate::domain::report::{GateOutcome, PriorityLevel};
use crate::index::store::ScreeningRecord;
use crate::rpc::v1;
use crate::submission;

/// Most positions kept of one report.
const MOST_POSITIONS: usize = 50;
/// Most reasons kept.
const MOST_REASONS: usize = 5;

/// What the queue shows of a screening.
#[derive(Debug, Clone, PartialEq)]
pub struct Glance {
    /// Screening.
    pub id: ScreeningId,
    /// Case, if any.
    pub case: Option<CaseId>,
    /// File name.
    pub document_name: String,
    /// Rule packs.
    pub packs: Vec<String>,
    /// When it was stored.
    pub received: jiff::Timestamp,
    /// Day from which the deadline counts.
    pub receipt: Date,
    /// Pages, 0 where the format has none.
    pub pages: u32,
    /// The gate.
    pub gate: GateOutcome,
    /// Requirements missing, weak, not examined.
    pub gaps: [usize; 3],
    /// Why the gate is so: not all of it is in the counts.
    pub gate_reasons: Vec<String>,
    /// The same as codes; empty in a report stored before there were any.
    pub gate_explanations: Vec<v1::Explanation>,
    /// True if risks may stand in parts that were not read.
    pub may_hide_risks: bool,
    /// The priority.
    pub priority: PriorityLevel,
    /// Why, strongest first.
    pub reasons: Vec<String>,
    /// The same as codes; empty in a report stored before there were any.
    pub explanations: Vec<v1::Explanation>,
    /// Positions the report states, degrees north and east.
    pub positions: Vec<(f64, f64)>,
}

/// The members of the canonical protobuf JSON that are read; everything else is skipped.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Report {
    document: Document,
    triage: Triage,
    facts: Vec<Fact>,
    not_examined: Vec<NotExamined>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct NotExamined {
    reason: String,
    explanation: Explained,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Explained {
    code: String,
}

impl NotExamined {
    /// As the page of the report has it.
    fn may_hide_risks(&self) -> bool {
        let reason = v1::not_examined::Reason::from_str_name(&self.reason).unwrap_or_default();
        let explanation = v1::Explanation { code: self.explanation.code.clone(), ..Default::default() };
        unread::may_hide_risks(&v1::NotExamined {
            reason: reason.into(),
            explanation: Some(explanation),
            ..Default::default()
        })
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Document {
    pages: u32,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Triage {
    gate: Gate,
    priority: Priority,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Gate {
    outcome: String,
    missing: Vec<String>,
    weak: Vec<String>,
    not_examined: Vec<String>,
    reasons: Vec<String>,
    explanations: Vec<v1::Explanation>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Priority {
    level: String,
    reasons: Vec<String>,
    explanations: Vec<v1::Explanation>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Fact {
    location: Option<Location>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Location {
    south: f64,
    west: f64,
    north: f64,
    east: f64,
    survey: String,
}

/// Day of receipt: the one that the submitter named, else the day on which the record was stored.
pub fn receipt(record: &ScreeningRecord) -> Date {
    let named = submission::day_of_submission(record);
    let stored = || {
        let stored: Timestamp = record.create_time.parse().unwrap_or_default();
        stored.to_zoned(TimeZone::system()).date()
    };
    named.unwrap_or_else(stored)
}

impl Glance {
    /// Reads a stored screening.
    pub fn of(record: &ScreeningRecord) -> Result<Self, serde_json::Error> {
        let report: Report = serde_json::from_str(&record.report_json)?;
        let gate = report.triage.gate;
        let position = |fact: Fact| {
            let place = fact.location.filter(|place| place.survey.is_empty())?;
            Some(((place.south + place.north) / 2.0, (place.west + place.east) / 2.0))
        };
        Ok(Self {
            id: record.id,
            case: record.case.clone(),
            document_name: record.document_name.clone(),
            packs: record.packs.clone(),
            received: record.create_time.parse().unwrap_or_default(),
            receipt: receipt(record),
            pages: report.document.pages,
            gate: match gate.outcome.as_str() {
                "OUTCOME_COMPLETE" => GateOutcome::Complete,
                "OUTCOME_INCOMPLETE" => GateOutcome::Incomplete,
                _ => GateOutcome::Undetermined,
            },
            gaps: [gate.missing.len(), gate.weak.len(), gate.not_examined.len()],
            gate_reasons: gate.reasons.into_iter().take(MOST_REASONS).collect(),
            gate_explanations: gate.explanations.into_iter().take(MOST_REASONS).collect(),
            may_hide_risks: report.not_examined.iter().any(NotExamined::may_hide_risks),
            priority: match report.triage.priority.level.as_str() {
                "LEVEL_HIGH" => PriorityLevel::High,
                "LEVEL_ELEVATED" => PriorityLevel::Elevated,
                _ => PriorityLevel::Normal,
            },
            reasons: report.triage.priority.reasons.into_iter().take(MOST_REASONS).collect(),
            explanations: report.triage.priority.explanations.into_iter().take(MOST_REASONS).collect(),
            positions: report.facts.into_iter().filter_map(position).take(MOST_POSITIONS).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::DocumentId;

    fn glance(report_json: &str) -> Glance {
        let record = ScreeningRecord {
            id: ScreeningId::of_content(&["a"]),
            case: None,
            document: DocumentId::of_content(&["a"]),
            document_name: "a.pdf".to_owned(),
            packs: Vec::new(),
            create_time: "2026-10-01T08:00:00Z".to_owned(),
            state: Default::default(),
            work: None,
            report_json: report_json.to_owned(),
        };
        Glance::of(&record).unwrap()
    }

    /// Also in a report stored before priorities spoke of unread parts.
    #[test]
    fn unread_pages_are_seen_at_a_glance_with_what_the_gate_says_of_them() {
        let seen = glance(
            r#"{"triage": {
                "gate": {"outcome": "OUTCOME_UNDETERMINED", "reasons": ["1 part of the file could not be read"],
                    "explanations": [{"code": "gate-parts-unread", "arguments": {"n": "1"}}]},
                "priority": {"level": "LEVEL_NORMAL", "reasons": ["no high risk finding"]}},
              "notExamined": [{"reason": "REASON_NO_TEXT_LAYER", "page": 1, "detail": "page 1 is a picture"}]}"#,
        );
        assert!(seen.may_hide_risks);
        assert_eq!((seen.gate, seen.gaps), (GateOutcome::Undetermined, [0, 0, 0]));
        assert_eq!(seen.gate_reasons, ["1 part of the file could not be read"]);
        assert_eq!(seen.gate_explanations[0].code, "gate-parts-unread");
    }

    #[test]
    fn an_archive_that_was_not_searched_hides_no_risks() {
        let seen = glance(
            r#"{"notExamined": [{"reason": "REASON_NO_ARCHIVE"}, {"reason": "REASON_LANGUAGE_NOT_COVERED"},
                {"reason": "REASON_STAGE_FAILED", "explanation": {"code": "precedents-failed"}}]}"#,
        );
        assert!(!seen.may_hide_risks);
        assert!(glance(r#"{"notExamined": [{"reason": "REASON_STAGE_FAILED"}]}"#).may_hide_risks);
        assert!(!glance("{}").may_hide_risks);
    }
}
