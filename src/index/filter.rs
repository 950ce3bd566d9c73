//! Which points match? A conjunction of tests on payload fields, in terms both engines understand.
//!
//! Stands between the filters of a call ([`CaseFilter`]) and the engines, which apply them before
//! candidates are chosen. Text tests ask for a tag (see [`super::schema::tag`]), number tests for a
//! field; both have a payload index.

use super::schema::{field, kind};
use super::store::{CaseFilter, IndexError};
use super::work::{ScreeningFilter, ScreeningState};
use crate::domain::case::Facets;

/// One test on one payload field; it fails where the field is absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// The point has the tag of this text value.
    Is(&'static str, String),
    /// The point has the tag of one of these text values.
    In(&'static str, Vec<String>),
    /// The integer field lies within the bounds, both included.
    Between {
        /// Field.
        field: &'static str,
        /// Lowest value.
        from: Option<i64>,
        /// Highest value.
        to: Option<i64>,
    },
}

/// Points match if every `must` test holds and no `must_not` test does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// All of these hold.
    pub must: Vec<Test>,
    /// None of these holds.
    pub must_not: Vec<Test>,
}

impl Filter {
    /// Adds a required text value.
    pub fn and_is(mut self, field: &'static str, value: impl Into<String>) -> Self {
        self.must.push(Test::Is(field, value.into()));
        self
    }

    /// Adds forbidden text values; an empty list forbids nothing.
    pub fn and_none_of(mut self, field: &'static str, values: Vec<String>) -> Self {
        if !values.is_empty() {
            self.must_not.push(Test::In(field, values));
        }
        self
    }

    /// Translates the filter of a list of screenings.
    pub fn of_screenings(wanted: &ScreeningFilter) -> Self {
        let mut filter = Self::default().and_is(field::KIND, kind::SCREENING);
        if let Some(case) = &wanted.case {
            filter = filter.and_is(field::CASE, case.as_str());
        }
        match wanted.state {
            None => filter,
            // Screenings of earlier versions have no state; all of them had succeeded.
            Some(ScreeningState::Succeeded) => {
                let others = ScreeningState::ALL.into_iter().filter(|s| *s != ScreeningState::Succeeded);
                filter.and_none_of(field::STATE, others.map(|state| state.as_str().to_owned()).collect())
            }
            Some(state) => filter.and_is(field::STATE, state.as_str()),
        }
    }

    /// Translates the filter of a call.
    pub fn of_cases(filter: &CaseFilter) -> Result<Self, IndexError> {
        let mut must = facet_tests(&filter.facets)?;
        if filter.year_from.is_some() || filter.year_to.is_some() {
            let (from, to) = (filter.year_from.map(i64::from), filter.year_to.map(i64::from));
            must.push(Test::Between { field: field::YEAR, from, to });
        }
        if let Some(day) = &filter.as_of {
            let to = Some(day_number(day, "as_of")?);
            must.push(Test::Between { field: field::DECISION_DAY, from: None, to });
        }
        let texts = |ids: &[String]| ids.to_vec();
        let cases: Vec<String> = filter.exclude_cases.iter().map(|id| id.as_str().to_owned()).collect();
        let documents: Vec<String> = filter.exclude_documents.iter().map(ToString::to_string).collect();
        Ok(Self { must, must_not: Vec::new() }
            .and_none_of(field::CASE, cases)
            .and_none_of(field::PROJECT, texts(&filter.exclude_projects))
            .and_none_of(field::DOCUMENT, documents))
    }
}

/// Returns the text facets with their payload fields.
pub fn text_facets(facets: &Facets) -> [(&'static str, &str); 10] {
    [
        (field::ACTIVITY_TYPE, &facets.activity_type),
        (field::JURISDICTION, &facets.jurisdiction),
        (field::REGION, &facets.region),
        (field::BASIN, &facets.basin),
        (field::CATEGORY, &facets.category),
        (field::STAGE, &facets.stage),
        (field::AGENCY, &facets.agency),
        (field::DOCUMENT_TYPE, &facets.document_type),
        (field::LANGUAGE, &facets.language),
        (field::PROJECT, &facets.project),
    ]
}

/// Returns a day as the number `YYYYMMDD`, by which days sort; `name` is for the message.
pub fn day_number(day: &str, name: &str) -> Result<i64, IndexError> {
    let invalid = || IndexError::Invalid { what: format!("{name} is {day:?}, not a day written YYYY-MM-DD") };
    if day.len() != "YYYY-MM-DD".len() || day.as_bytes().get(4) != Some(&b'-') {
        return Err(invalid());
    }
    let date: jiff::civil::Date = day.parse().map_err(|_| invalid())?;
    Ok(i64::from(date.year()) * 10_000 + i64::from(date.month()) * 100 + i64::from(date.day()))
}

fn facet_tests(facets: &Facets) -> Result<Vec<Test>, IndexError> {
    let mut tests: Vec<Test> = text_facets(facets)
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(field, value)| Test::Is(field, value.to_owned()))
        .collect();
    let mut equal = |field, value| {
        tests.push(Test::Between { field, from: Some(value), to: Some(value) });
    };
    if facets.year != 0 {
        equal(field::YEAR, i64::from(facets.year));
    }
    if !facets.decision_date.is_empty() {
        equal(field::DECISION_DAY, day_number(&facets.decision_date, "decision_date")?);
    }
    Ok(tests)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_filter_tests_nothing() {
        assert_eq!(Filter::of_cases(&CaseFilter::default()).unwrap(), Filter::default());
    }

    #[test]
    fn days_sort_as_numbers() {
        assert_eq!(day_number("2026-02-28", "as_of").unwrap(), 20_260_228);
        for bad in ["", "2026-2-28", "2026-02-30", "20260228", "2026-02-28T00:00:00Z", "28.02.2026"] {
            let message = day_number(bad, "as_of").unwrap_err().to_string();
            assert!(message.contains("as_of") && message.contains("YYYY-MM-DD"), "{message}");
        }
    }

    #[test]
    fn every_text_facet_is_tested() {
        let named = |name: &str| name.to_owned();
        let facets = Facets {
            activity_type: named("1"),
            jurisdiction: named("2"),
            region: named("3"),
            basin: named("4"),
            category: named("5"),
            stage: named("6"),
            agency: named("7"),
            document_type: named("8"),
            language: named("9"),
            project: named("10"),
            year: 2020,
            decision_date: named("2020-01-02"),
        };
        let filter = Filter::of_cases(&CaseFilter { facets, ..CaseFilter::default() }).unwrap();
        assert_eq!(filter.must.len(), 12);
    }
}
