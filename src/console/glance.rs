//! A glance at a stored report: the little the queue and the map need of it, read without the rest.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;

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
#[serde(default)]
struct Report {
    document: Document,
    triage: Triage,
    facts: Vec<Fact>,
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
