//! `KEY=VALUE` arguments: facets, filters and facts.

use std::collections::BTreeMap;

use super::error::CliError;
use crate::domain::case::Facets;
use crate::index::store::CaseFilter;

/// Facet keys, as in manifests and the protobuf message.
const FACETS: &str = "activity_type, jurisdiction, region, basin, category, stage, agency, document_type, \
year, decision_date, language, project";

fn pairs(arguments: &[String]) -> Result<Vec<(&str, &str)>, CliError> {
    arguments
        .iter()
        .map(|argument| {
            argument
                .split_once('=')
                .ok_or_else(|| CliError::usage(format!("{argument:?} is not of the form KEY=VALUE")))
        })
        .collect()
}

fn year(key: &str, value: &str) -> Result<i32, CliError> {
    value.parse().map_err(|_| CliError::usage(format!("{key}: {value:?} is not a year")))
}

fn day(key: &str, value: &str) -> Result<String, CliError> {
    let date: jiff::civil::Date = value
        .parse()
        .map_err(|_| CliError::usage(format!("{key}: {value:?} is not a day of the form YYYY-MM-DD")))?;
    Ok(date.to_string())
}

fn set_facet(facets: &mut Facets, key: &str, value: &str) -> Result<bool, CliError> {
    let text = value.to_owned();
    match key {
        "activity_type" => facets.activity_type = text,
        "jurisdiction" => facets.jurisdiction = text,
        "region" => facets.region = text,
        "basin" => facets.basin = text,
        "category" => facets.category = text,
        "stage" => facets.stage = text,
        "agency" => facets.agency = text,
        "document_type" => facets.document_type = text,
        "year" => facets.year = year(key, value)?,
        "decision_date" => facets.decision_date = day(key, value)?,
        "language" => facets.language = text,
        "project" => facets.project = text,
        _ => return Ok(false),
    }
    Ok(true)
}

/// Parses facets.
pub fn facets(arguments: &[String]) -> Result<Facets, CliError> {
    let mut facets = Facets::default();
    for (key, value) in pairs(arguments)? {
        if !set_facet(&mut facets, key, value)? {
            return Err(CliError::usage(format!("unknown facet {key}; known are {FACETS}")));
        }
    }
    Ok(facets)
}

/// Parses a filter.
pub fn filter(arguments: &[String]) -> Result<CaseFilter, CliError> {
    let mut filter = CaseFilter::default();
    for (key, value) in pairs(arguments)? {
        match key {
            "year_from" => filter.year_from = Some(year(key, value)?),
            "year_to" => filter.year_to = Some(year(key, value)?),
            "as_of" => filter.as_of = Some(day(key, value)?),
            _ if set_facet(&mut filter.facets, key, value)? => {}
            _ => {
                let message = format!("unknown filter {key}; known are {FACETS}, year_from, year_to, as_of");
                return Err(CliError::usage(message));
            }
        }
    }
    Ok(filter)
}

/// Parses facts.
pub fn facts(arguments: &[String]) -> Result<BTreeMap<String, bool>, CliError> {
    pairs(arguments)?
        .into_iter()
        .map(|(key, value)| match value {
            "true" | "yes" => Ok((key.to_owned(), true)),
            "false" | "no" => Ok((key.to_owned(), false)),
            _ => Err(CliError::usage(format!("{key}: use true or false, not {value:?}"))),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(items: &[&str]) -> Vec<String> {
        items.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn unknown_keys_and_bad_values_are_refused() {
        for bad in ["colour=red", "year=two", "as_of=2026-13-01", "nothing"] {
            assert!(filter(&list(&[bad])).is_err(), "{bad}");
        }
        assert!(facts(&list(&["hearing_required=perhaps"])).is_err());
    }

    #[test]
    fn filter_takes_facets_and_bounds() {
        let parsed = filter(&list(&["activity_type=wind", "year_from=2019"])).unwrap();
        assert_eq!(parsed.facets.activity_type, "wind");
        assert_eq!(parsed.year_from, Some(2019));
    }
}
