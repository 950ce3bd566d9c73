//! A case: one project's procedure, with the facets by which precedents are found and filtered.

use serde::{Deserialize, Serialize};

use super::ids::CaseId;

/// Facets, decision and conditions of a case. Empty strings mean "not known".
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Facets {
    /// Activity type, free text or a product type code, e.g. `oil and gas`, `ENE-SOLWIND`.
    pub activity_type: String,
    /// Jurisdiction, e.g. `UZ`, `US-AK`.
    pub jurisdiction: String,
    /// Region or district.
    pub region: String,
    /// River basin, e.g. `Amu Darya`.
    pub basin: String,
    /// Category by law, e.g. `I`.
    pub category: String,
    /// Procedural stage, e.g. `draft statement`.
    pub stage: String,
    /// Authority or proponent.
    pub agency: String,
    /// Kind of document, e.g. `EA`, `EIS`, `bayonot`.
    pub document_type: String,
    /// Year of the decision or document; 0 if unknown.
    pub year: i32,
    /// Day of the decision, `YYYY-MM-DD`; empty if unknown. Used by as-of queries.
    pub decision_date: String,
    /// BCP 47 tag of the main language.
    pub language: String,
    /// Project to which several papers belong (application, report, decision): cases of one project
    /// are never each other's precedents.
    pub project: String,
}

/// A case of the archive as shown to reviewers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Name chosen by the case-management system.
    pub id: CaseId,
    /// Title of the project.
    pub title: String,
    /// What it can be filtered by.
    pub facets: Facets,
    /// Decision label, e.g. `approved_with_conditions`; shown, never ranked on.
    pub decision: String,
    /// Conditions attached to the decision; shown first.
    pub conditions: Vec<String>,
    /// Documents held, by id, oldest first.
    pub documents: Vec<CaseDocument>,
    /// Positions that the documents state, in their order; filled in at import.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub positions: Vec<Position>,
}

/// A point on the ground (WGS84) in millionths of a degree, which is a tenth of a metre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// Millionths of a degree north.
    pub north: i32,
    /// Millionths of a degree east.
    pub east: i32,
}

impl Position {
    /// Makes a position of degrees.
    pub fn of_degrees(latitude: f64, longitude: f64) -> Self {
        // The largest angle is 360 degrees; a cast saturates.
        let millionths = |degrees: f64| (degrees * 1e6).round() as i32;
        Self { north: millionths(latitude), east: millionths(longitude) }
    }

    /// Returns degrees north and east.
    pub fn degrees(self) -> (f64, f64) {
        (f64::from(self.north) / 1e6, f64::from(self.east) / 1e6)
    }
}

/// A document of a case in the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseDocument {
    /// Hyphenated document id.
    pub id: super::ids::DocumentId,
    /// File name.
    pub name: String,
    /// Lower-case hexadecimal SHA-256 of the bytes.
    pub sha256: String,
    /// Pages, 0 where the format has none.
    pub pages: u32,
    /// Passages in the index.
    pub passages: u32,
}
