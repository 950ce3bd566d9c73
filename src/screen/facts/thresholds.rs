//! From which size on does an activity belong to which category?
//!
//! The lists are data (`rules/thresholds.toml`), one act each: that at the head of the file, and further ones under
//! `[[list]]`. Each says where its rows come from; nothing is inferred for rows that are not there.

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::fold::plain;
use crate::domain::explanation::{Clauses, Code};
use crate::domain::provenance::RulesIdentity;

/// Unit of rows that count the people served.
pub(super) const PEOPLE: &str = "people";

/// Unit of rows that count the load of sewage by the people who would make it.
pub(super) const POPULATION_EQUIVALENT: &str = "population equivalent";

/// Why the thresholds could not be used.
#[derive(Debug, thiserror::Error)]
pub enum ThresholdError {
    /// The file is not what it should be: correct it.
    #[error("thresholds.toml: {0}")]
    Format(#[from] toml::de::Error),
}

/// From which size on an activity belongs to which category.
#[derive(Debug, Clone, PartialEq)]
pub struct Thresholds {
    lists: Vec<List>,
    /// Name, version and hash of the file.
    pub identity: RulesIdentity,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ThresholdsFile {
    version: String,
    jurisdiction: String,
    #[serde(deserialize_with = "crate::rules::day::deserialize")]
    in_force_from: String,
    categories: Vec<String>,
    source: String,
    #[serde(rename = "threshold")]
    rows: Vec<Threshold>,
    #[serde(default, rename = "list")]
    further: Vec<List>,
}

/// The rows of one act.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct List {
    /// Jurisdiction of the rule packs under which it counts.
    pub jurisdiction: String,
    /// Day of entry into force, ISO 8601.
    #[serde(deserialize_with = "crate::rules::day::deserialize")]
    pub in_force_from: String,
    /// Every category there is.
    pub categories: Vec<String>,
    /// How reports name them.
    #[serde(default)]
    pub claimed: Claimed,
    pub source: String,
    #[serde(rename = "threshold")]
    pub rows: Vec<Threshold>,
}

/// How reports say to which category a project belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Claimed {
    /// `category II`, `II toifa`.
    #[default]
    Category,
    /// `Annex II, point 1(e)`.
    Annex,
}

/// One row of an act.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Threshold {
    pub row: String,
    pub activity: String,
    /// Words that name the activity.
    pub stems: Vec<String>,
    /// Further words by which a heading names it, where the sentence of a size says the rest; for annexes.
    #[serde(default)]
    pub titles: Vec<String>,
    /// One of these has to stand in the same heading, or in the sentence of a size, if there are any.
    #[serde(default)]
    pub with: Vec<String>,
    /// None of these may stand in a heading of the opening, nor in the sentence of a size; for annexes, nor in the sentence
    /// that bears out a heading.
    #[serde(default)]
    pub without: Vec<String>,
    /// One of these has to stand in a sentence of the opening, if there are any.
    #[serde(default)]
    pub opening: Vec<String>,
    /// Holds whatever the size.
    #[serde(default)]
    pub always: bool,
    #[serde(default)]
    pub unit: String,
    #[serde(default)]
    pub at_least: Option<f64>,
    #[serde(default)]
    pub above: Option<f64>,
    pub category: String,
}

impl Threshold {
    /// True for a value from the limit on.
    pub fn is_met(&self, value: f64) -> bool {
        self.at_least.is_some_and(|limit| value >= limit) || self.above.is_some_and(|limit| value > limit)
    }

    /// The limit in words.
    pub fn limit(&self) -> Clauses {
        let said = |code: Code, limit: f64| code.with("limit", limit).with("unit", &self.unit).into();
        match (self.at_least, self.above) {
            (Some(limit), _) => said(Code::LimitAtLeast, limit),
            (None, Some(limit)) => said(Code::LimitMoreThan, limit),
            (None, None) => Clauses::default(),
        }
    }
}

impl Thresholds {
    /// Reads the file's text.
    pub fn parse(text: &str) -> Result<Self, ThresholdError> {
        let file: ThresholdsFile = toml::from_str(text)?;
        let first = List {
            jurisdiction: file.jurisdiction,
            in_force_from: file.in_force_from,
            categories: file.categories,
            claimed: Claimed::Category,
            source: file.source,
            rows: file.rows,
        };
        let mut lists = vec![first];
        lists.extend(file.further);
        for row in lists.iter_mut().flat_map(|list| list.rows.iter_mut()) {
            for words in [&mut row.stems, &mut row.titles, &mut row.with, &mut row.without, &mut row.opening]
            {
                words.iter_mut().for_each(|word| *word = plain(word));
            }
        }
        let digest = Sha256::digest(text.as_bytes());
        let sha256 = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let identity = RulesIdentity { name: "thresholds".to_owned(), version: file.version, sha256 };
        Ok(Self { lists, identity })
    }

    /// Reads the thresholds the program was built with.
    pub fn builtin() -> Result<Self, ThresholdError> {
        Self::parse(include_str!("../../../rules/thresholds.toml"))
    }

    /// The lists in file order.
    pub(super) fn lists(&self) -> &[List] {
        &self.lists
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "version = \"1\"\njurisdiction = \"UZ\"\nin_force_from = \"2026-08-15\"\n\
                        categories = [\"I\", \"II\"]\nsource = \"An act\"\n\
                        [[threshold]]\nrow = \"row 1\"\nactivity = \"a dam\"\nstems = [\"Dam\"]\n\
                        unit = \"m3\"\nabove = 10.0\ncategory = \"I\"\n";

    #[test]
    fn a_file_of_one_act_is_read_as_before_and_further_acts_stand_behind_it() {
        let alone = Thresholds::parse(HEAD).unwrap();
        assert_eq!(alone.lists().len(), 1);
        assert_eq!(alone.lists()[0].claimed, Claimed::Category);
        assert_eq!(alone.lists()[0].rows[0].stems, ["dam"]);
        let list = "[[list]]\njurisdiction = \"EU\"\nin_force_from = \"2012-02-17\"\nclaimed = \"annex\"\n\
                    categories = [\"Annex I\", \"Annex II\"]\nsource = \"Another act\"\n";
        let row = "[[list.threshold]]\nrow = \"point 15\"\nactivity = \"a dam\"\nstems = [\"dam\"]\n\
                   unit = \"m3\"\nabove = 1e7\ncategory = \"Annex I\"\n";
        let both = Thresholds::parse(&format!("{HEAD}{list}{row}{row}")).unwrap();
        assert_eq!(both.lists()[1].claimed, Claimed::Annex);
        assert_eq!(both.lists()[1].rows.len(), 2);
        for (known, unknown) in [("claimed", "colour"), ("\"annex\"", "\"colour\"")] {
            let list = list.replace(known, unknown);
            assert!(Thresholds::parse(&format!("{HEAD}{list}{row}")).is_err(), "{list}");
        }
        for day in ["2026-08-15", "2012-02-17"] {
            let text = format!("{HEAD}{list}{row}").replace(day, "2012-2-17");
            let error = Thresholds::parse(&text).unwrap_err().to_string();
            assert!(error.contains("in_force_from") && error.contains("YYYY-MM-DD"), "{error}");
        }
    }

    #[test]
    fn every_row_the_program_was_built_with_has_a_limit_and_a_category_of_its_list() {
        for list in Thresholds::builtin().unwrap().lists() {
            for row in &list.rows {
                assert!(list.categories.contains(&row.category), "{}", row.row);
                assert!(!row.stems.is_empty(), "{}", row.row);
                let has_limit = row.at_least.is_some() || row.above.is_some();
                assert_eq!(has_limit, !row.always, "{}", row.row);
                assert_eq!(has_limit, !row.unit.is_empty(), "{}", row.row);
            }
        }
    }
}
