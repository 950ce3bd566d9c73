//! What came out of a suite: figures with intervals and what they rest on.
//!
//! Made by [`crate::eval::suites`], written by [`crate::eval::report`], read again by
//! [`crate::eval::comparison`]. Invariants: same inputs give the same bytes (times are kept apart, maps are
//! ordered, numbers are rounded to six decimals); every figure has the tallies it was made from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::measures::Formula;
use super::statistics::{Interval, RESAMPLES, SEED, bootstrap};
use super::suite::{Kind, Suite};
use super::trec::{Qrels, Run};
use crate::domain::provenance::{ModelIdentity, RulesIdentity};

/// Contributions by unit.
pub type Tallies = BTreeMap<String, Vec<f64>>;

/// Result of one suite, as in `results.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SuiteResult {
    /// Name of the suite.
    pub suite: String,
    /// What was measured.
    pub kind: Kind,
    /// Title of the suite.
    pub title: String,
    /// Terms of the data.
    pub licence: String,
    /// What intervals and tests draw: `query`, `document`, `sentence`, `pair`.
    pub unit: String,
    /// What the figures rest on.
    pub provenance: ResultProvenance,
    /// The ways compared: baselines first, the product's default last.
    pub arms: Vec<Arm>,
    /// Plots beside the figures.
    pub plots: Vec<Plot>,
    /// What was left out and why, limits of the data.
    pub notes: Vec<String>,
}

/// What a result rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultProvenance {
    /// Version and commit of the program.
    pub build: String,
    /// Embedding model, if one was used.
    pub model: Option<ModelIdentity>,
    /// Rule packs, lexicons and calibration.
    pub rules: Vec<RulesIdentity>,
    /// SHA-256 over names and contents of the data.
    pub data_sha256: String,
    /// Settings of the suite, those of the command line included.
    pub settings: BTreeMap<String, String>,
}

/// One way of doing it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    /// Name.
    pub name: String,
    /// Figures in the order in which they are shown.
    pub figures: Vec<Figure>,
}

/// One number with its interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Name, e.g. `nDCG@10`.
    pub name: String,
    /// Value over all units.
    pub value: f64,
    /// 95 % interval, units drawn with replacement.
    pub interval: Interval,
    /// Units it was made from.
    pub units: usize,
    /// How it is made from the tallies.
    pub formula: Formula,
}

/// A picture as data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "plot", rename_all = "snake_case")]
pub enum Plot {
    /// Precision over recall, one line per arm.
    PrecisionRecall {
        /// What is found.
        title: String,
        /// Lines by arm: points (recall, precision) by growing recall.
        lines: BTreeMap<String, Vec<(f64, f64)>>,
    },
    /// Share that is right over stated confidence.
    Reliability {
        /// What is claimed.
        title: String,
        /// Count, mean confidence, share right; empty bins left out.
        bins: Vec<(usize, f64, f64)>,
    },
    /// A value between 0 and 1 for every row and column; `None` where there is no case.
    HeatMap {
        /// What is shown.
        title: String,
        /// Names of the columns.
        columns: Vec<String>,
        /// Name and values of each row.
        rows: Vec<(String, Vec<Option<f64>>)>,
    },
}

/// Rows for people, as CSV.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Items {
    /// Column names.
    pub header: Vec<String>,
    /// Rows.
    pub rows: Vec<Vec<String>>,
}

/// Everything a suite leaves behind.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Figures.
    pub result: SuiteResult,
    /// Tallies by arm and figure.
    pub tallies: BTreeMap<String, BTreeMap<String, Tallies>>,
    /// Rows for people.
    pub items: Items,
    /// Ranked results by arm.
    pub runs: BTreeMap<String, Run>,
    /// Judgements, if there are rankings.
    pub qrels: Qrels,
    /// Seconds by step; not part of the result, because they differ from run to run.
    pub seconds: BTreeMap<String, f64>,
}

impl Outcome {
    /// Begins the outcome of a suite.
    pub fn new(suite: &Suite, unit: &str, provenance: ResultProvenance) -> Self {
        let file = &suite.file;
        let notes = (!file.note.is_empty()).then(|| file.note.trim().replace('\n', " "));
        Self {
            result: SuiteResult {
                suite: file.name.clone(),
                kind: file.kind,
                title: file.title.clone(),
                licence: file.licence.clone(),
                unit: unit.to_owned(),
                provenance,
                arms: Vec::new(),
                plots: Vec::new(),
                notes: notes.into_iter().collect(),
            },
            tallies: BTreeMap::new(),
            items: Items::default(),
            runs: BTreeMap::new(),
            qrels: Qrels::new(),
            seconds: BTreeMap::new(),
        }
    }

    /// Adds a figure to an arm, which is added if it is new.
    pub fn figure(&mut self, arm: &str, name: &str, formula: Formula, tallies: Tallies) {
        let rows: Vec<&Vec<f64>> = tallies.values().collect();
        let interval = bootstrap(formula, &rows, RESAMPLES, SEED);
        let figure = Figure {
            name: name.to_owned(),
            value: rounded(formula.of(&rows)),
            interval: Interval { low: rounded(interval.low), high: rounded(interval.high) },
            units: tallies.len(),
            formula,
        };
        let arms = &mut self.result.arms;
        let place = arms.iter().position(|known| known.name == arm).unwrap_or_else(|| {
            arms.push(Arm { name: arm.to_owned(), figures: Vec::new() });
            arms.len() - 1
        });
        arms[place].figures.push(figure);
        self.tallies.entry(arm.to_owned()).or_default().insert(name.to_owned(), tallies);
    }
}

/// Returns a number as results state it.
pub fn rounded(value: f64) -> f64 {
    // Adding 0 turns -0 into 0.
    (value * 1e6).round() / 1e6 + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plots_and_figures_read_back_as_written() {
        let plot = Plot::Reliability { title: "t".to_owned(), bins: vec![(3, 0.5, 0.25)] };
        let json = serde_json::to_string(&plot).unwrap();
        assert!(json.contains("\"plot\":\"reliability\""), "{json}");
        assert_eq!(serde_json::from_str::<Plot>(&json).unwrap(), plot);
    }

    #[test]
    fn numbers_are_stated_with_six_decimals() {
        assert_eq!(rounded(1.0 / 3.0), 0.333_333);
        assert_eq!(rounded(-1e-9).to_string(), "0");
    }
}
