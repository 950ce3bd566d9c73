//! Requests: strings become domain types here, and every refusal names its field.

use super::lengths::{LONGEST_PROSE, LONGEST_TEXT, at_most, not_too_many, quoted};
use crate::domain::case::{Case, Facets};
use crate::domain::ids::{CaseId, ScreeningId};
use crate::index::store::CaseFilter;
use crate::rpc::v1;

/// A field of a request that cannot be accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {what}")]
pub struct FieldViolation {
    /// Path of the field, e.g. `options.submission_date`.
    pub field: String,
    /// What is wrong with it.
    pub what: String,
}

impl FieldViolation {
    /// Makes a violation.
    pub fn new(field: &str, what: impl Into<String>) -> Self {
        Self { field: field.to_owned(), what: what.into() }
    }
}

/// Returns the resource name `cases/{case}`.
pub fn case_name(id: &CaseId) -> String {
    format!("cases/{id}")
}

/// Returns the resource name `screenings/{uuid}`.
pub fn screening_name(id: ScreeningId) -> String {
    format!("screenings/{id}")
}

/// Parses `cases/{case}`.
pub fn parse_case_name(field: &str, name: &str) -> Result<CaseId, FieldViolation> {
    let id = name.strip_prefix("cases/").ok_or_else(|| {
        FieldViolation::new(field, format!("{} is not of the form cases/CASE", quoted(name)))
    })?;
    CaseId::parse(id).map_err(|error| FieldViolation::new(field, error.to_string()))
}

/// Parses `screenings/{uuid}`.
pub fn parse_screening_name(field: &str, name: &str) -> Result<ScreeningId, FieldViolation> {
    let id = name.strip_prefix("screenings/").ok_or_else(|| {
        FieldViolation::new(field, format!("{} is not of the form screenings/UUID", quoted(name)))
    })?;
    ScreeningId::parse(id).map_err(|error| FieldViolation::new(field, error.to_string()))
}

/// Parses `YYYY-MM-DD`; empty means not given.
pub fn date_from_text(field: &str, text: &str) -> Result<Option<jiff::civil::Date>, FieldViolation> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| {
        FieldViolation::new(field, format!("{} is not a day of the form YYYY-MM-DD", quoted(text)))
    })
}

/// Converts facets, checking their lengths and the day of the decision.
pub fn facets_from_message(field: &str, message: Option<v1::Facets>) -> Result<Facets, FieldViolation> {
    let Some(m) = message else { return Ok(Facets::default()) };
    let texts = [
        ("activity_type", &m.activity_type),
        ("jurisdiction", &m.jurisdiction),
        ("region", &m.region),
        ("basin", &m.basin),
        ("category", &m.category),
        ("stage", &m.stage),
        ("agency", &m.agency),
        ("document_type", &m.document_type),
        ("language", &m.language),
        ("project", &m.project),
    ];
    for (name, text) in texts {
        at_most(&format!("{field}.{name}"), text, LONGEST_TEXT)?;
    }
    date_from_text(&format!("{field}.decision_date"), &m.decision_date)?;
    Ok(Facets {
        activity_type: m.activity_type,
        jurisdiction: m.jurisdiction,
        region: m.region,
        basin: m.basin,
        category: m.category,
        stage: m.stage,
        agency: m.agency,
        document_type: m.document_type,
        year: m.year,
        decision_date: m.decision_date,
        language: m.language,
        project: m.project,
    })
}

/// Converts a precedent filter.
pub fn filter_from_message(
    field: &str,
    message: Option<v1::PrecedentFilter>,
) -> Result<CaseFilter, FieldViolation> {
    let Some(m) = message else { return Ok(CaseFilter::default()) };
    date_from_text(&format!("{field}.as_of"), &m.as_of)?;
    not_too_many(&format!("{field}.exclude_cases"), m.exclude_cases.len())?;
    let exclude_cases = m
        .exclude_cases
        .iter()
        .enumerate()
        .map(|(i, name)| parse_case_name(&format!("{field}.exclude_cases[{i}]"), name))
        .collect::<Result<_, _>>()?;
    Ok(CaseFilter {
        facets: facets_from_message(&format!("{field}.facets"), m.facets)?,
        year_from: Some(m.year_from).filter(|year| *year != 0),
        year_to: Some(m.year_to).filter(|year| *year != 0),
        as_of: Some(m.as_of).filter(|day| !day.is_empty()),
        exclude_cases,
        ..CaseFilter::default()
    })
}

/// Converts a case to be imported; its documents are filled in by the import.
pub fn case_from_message(field: &str, m: v1::Case) -> Result<Case, FieldViolation> {
    let id = parse_case_name(&format!("{field}.name"), &m.name)?;
    if m.title.trim().is_empty() {
        return Err(FieldViolation::new(&format!("{field}.title"), "a case needs a title"));
    }
    at_most(&format!("{field}.title"), &m.title, LONGEST_TEXT)?;
    at_most(&format!("{field}.decision"), &m.decision, LONGEST_TEXT)?;
    not_too_many(&format!("{field}.conditions"), m.conditions.len())?;
    for (i, condition) in m.conditions.iter().enumerate() {
        at_most(&format!("{field}.conditions[{i}]"), condition, LONGEST_PROSE)?;
    }
    Ok(Case {
        id,
        title: m.title,
        facets: facets_from_message(&format!("{field}.facets"), m.facets)?,
        decision: m.decision,
        conditions: m.conditions,
        documents: Vec::new(),
        positions: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_names_say_which_field() {
        let error = parse_case_name("case.name", "case/1").unwrap_err();
        assert_eq!(error.field, "case.name");
        assert!(parse_screening_name("name", "screenings/17").is_err());
        assert!(date_from_text("d", "2026-02-30").is_err());
        assert_eq!(date_from_text("d", "").unwrap(), None);
    }

    #[test]
    fn refusals_name_the_field_that_is_too_long() {
        let long = "x".repeat(LONGEST_TEXT + 1);
        let facets = v1::Facets { basin: long.clone(), ..Default::default() };
        let refused = facets_from_message("options.facets", Some(facets)).unwrap_err();
        assert_eq!(refused.field, "options.facets.basin");
        let filter =
            v1::PrecedentFilter { exclude_cases: vec!["cases/a".into(); 1_001], ..Default::default() };
        assert_eq!(filter_from_message("filter", Some(filter)).unwrap_err().field, "filter.exclude_cases");
        let case = v1::Case { name: "cases/a".into(), title: "A".into(), ..Default::default() };
        let decision = v1::Case { decision: long, ..case.clone() };
        assert_eq!(case_from_message("case", decision).unwrap_err().field, "case.decision");
        let conditions = vec![String::new(), "x".repeat(LONGEST_PROSE + 1)];
        let conditions = v1::Case { conditions, ..case.clone() };
        assert_eq!(case_from_message("case", conditions).unwrap_err().field, "case.conditions[1]");
        assert!(case_from_message("case", case).is_ok());
    }
}
