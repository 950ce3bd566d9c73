//! Is one run better than another? Paired randomisation tests over the same units, corrected by Holm.
//!
//! Reads what [`super::report`] wrote. Runs are compared only if they measured the same data, figure by
//! figure over the same units; anything else is an error, because a difference would not say what it seems.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::measures::Formula;
use super::report::store::{TallyLine, read_results, read_tallies};
use super::result::{SuiteResult, Tallies, rounded};
use super::statistics::{ASSIGNMENTS, Interval, PairedComparison, SEED, compare, holm};

/// Why results could not be compared.
#[derive(Debug, thiserror::Error)]
pub enum ComparisonError {
    /// Name a directory that `eval run` wrote.
    #[error("{}: {what}", path.display())]
    Unreadable {
        /// File or directory.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// Compare results of the same data.
    #[error("{suite}: {what}")]
    Different {
        /// Suite.
        suite: String,
        /// What differs.
        what: String,
    },
    /// Compare results that have something in common.
    #[error("the results have no suite, arm and figure in common")]
    Nothing,
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Suite.
    pub suite: String,
    /// Figure.
    pub figure: String,
    /// First side: the arm, of the first directory where there are two.
    pub first_arm: String,
    /// Second side.
    pub second_arm: String,
    /// Units compared.
    pub units: usize,
    /// Figure of the first side.
    pub first: f64,
    /// Figure of the second side.
    pub second: f64,
    /// Second minus first.
    pub difference: f64,
    /// 95 % interval of the difference.
    pub interval: Interval,
    /// p-value of this comparison alone.
    pub p: f64,
    /// p-value corrected for all comparisons of the table.
    pub p_holm: f64,
    /// True if a smaller figure is better.
    pub is_error: bool,
}

type Figures = BTreeMap<(String, String), (Formula, Tallies)>;

/// Tallies of a directory by suite.
struct Side {
    results: Vec<SuiteResult>,
    tallies: BTreeMap<String, Figures>,
}

fn read(directory: &Path) -> Result<Side, ComparisonError> {
    let unreadable = |what: String| ComparisonError::Unreadable { path: directory.to_owned(), what };
    let results = read_results(directory).map_err(unreadable)?;
    let mut tallies: BTreeMap<String, Figures> = BTreeMap::new();
    for result in &results {
        let figures = tallies.entry(result.suite.clone()).or_default();
        for TallyLine { arm, figure, formula, unit, tally } in
            read_tallies(directory, &result.suite).map_err(unreadable)?
        {
            figures.entry((arm, figure)).or_insert((formula, Tallies::new())).1.insert(unit, tally);
        }
    }
    Ok(Side { results, tallies })
}

/// Compares the same arms of two directories.
pub fn directories(first: &Path, second: &Path) -> Result<Vec<Row>, ComparisonError> {
    let (first, second) = (read(first)?, read(second)?);
    let mut rows = Vec::new();
    for result in &first.results {
        let Some(other) = second.results.iter().find(|other| other.suite == result.suite) else { continue };
        if result.provenance.data_sha256 != other.provenance.data_sha256 {
            let what = "the two results are of different data".to_owned();
            return Err(ComparisonError::Different { suite: result.suite.clone(), what });
        }
        let (ours, theirs) = (&first.tallies[&result.suite], &second.tallies[&result.suite]);
        for ((arm, figure), (formula, tallies)) in ours {
            if let Some((_, others)) = theirs.get(&(arm.clone(), figure.clone())) {
                let sides = (arm.as_str(), arm.as_str());
                rows.push(row(&result.suite, figure, *formula, sides, tallies, others)?);
            }
        }
    }
    finish(rows)
}

/// Compares the arms of each suite of one directory with one another, in the order of the results.
pub fn arms(directory: &Path) -> Result<Vec<Row>, ComparisonError> {
    let side = read(directory)?;
    let mut rows = Vec::new();
    for result in &side.results {
        let figures = &side.tallies[&result.suite];
        for (at, first) in result.arms.iter().enumerate() {
            for second in &result.arms[at + 1..] {
                for figure in &first.figures {
                    let of = |arm: &str| figures.get(&(arm.to_owned(), figure.name.clone()));
                    if let (Some((formula, ours)), Some((_, theirs))) = (of(&first.name), of(&second.name)) {
                        let sides = (first.name.as_str(), second.name.as_str());
                        rows.push(row(&result.suite, &figure.name, *formula, sides, ours, theirs)?);
                    }
                }
            }
        }
    }
    finish(rows)
}

fn row(
    suite: &str,
    figure: &str,
    formula: Formula,
    (first_arm, second_arm): (&str, &str),
    ours: &Tallies,
    theirs: &Tallies,
) -> Result<Row, ComparisonError> {
    let (mine, yours): (BTreeSet<&String>, BTreeSet<&String>) =
        (ours.keys().collect(), theirs.keys().collect());
    if let Some(unit) = mine.symmetric_difference(&yours).next() {
        let what = format!("{figure}: {unit} was measured on one side only");
        return Err(ComparisonError::Different { suite: suite.to_owned(), what });
    }
    let pairs: Vec<(&Vec<f64>, &Vec<f64>)> = ours.values().zip(theirs.values()).collect();
    let PairedComparison { first, second, difference, interval, p } =
        compare(formula, &pairs, ASSIGNMENTS, SEED);
    Ok(Row {
        suite: suite.to_owned(),
        figure: figure.to_owned(),
        first_arm: first_arm.to_owned(),
        second_arm: second_arm.to_owned(),
        units: pairs.len(),
        first: rounded(first),
        second: rounded(second),
        difference: rounded(difference),
        interval: Interval { low: rounded(interval.low), high: rounded(interval.high) },
        p: rounded(p),
        p_holm: 1.0,
        is_error: formula.is_error(),
    })
}

fn finish(mut rows: Vec<Row>) -> Result<Vec<Row>, ComparisonError> {
    if rows.is_empty() {
        return Err(ComparisonError::Nothing);
    }
    let corrected = holm(&rows.iter().map(|row| row.p).collect::<Vec<_>>());
    for (row, p) in rows.iter_mut().zip(corrected) {
        row.p_holm = rounded(p);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::report::store::files;
    use crate::eval::result::{Outcome, ResultProvenance};
    use crate::eval::suite::Suite;

    fn results(arms: &[(&str, f64)], units: usize, data: &str) -> tempfile::TempDir {
        let suite_folder = tempfile::tempdir().unwrap();
        std::fs::write(
            suite_folder.path().join("suite.toml"),
            "name = \"s\"\nkind = \"risk\"\ntitle = \"T\"\ndocuments = \"*\"\nlicence = \"L\"\n",
        )
        .unwrap();
        let suite = Suite::open(suite_folder.path()).unwrap();
        let provenance = ResultProvenance {
            build: "test".to_owned(),
            model: None,
            rules: Vec::new(),
            data_sha256: data.to_owned(),
            settings: BTreeMap::new(),
        };
        let mut outcome = Outcome::new(&suite, "query", provenance);
        for (arm, gain) in arms {
            let tally = |unit: usize| (format!("q{unit:02}"), vec![unit as f64 / 100.0 + gain, 1.0]);
            outcome.figure(arm, "nDCG@10", Formula::Ratio, (0..units).map(tally).collect());
        }
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files(&[outcome]).unwrap() {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn arms_that_differ_on_every_unit_differ_significantly_after_correction() {
        let folder = results(&[("words", 0.0), ("same", 0.0), ("better", 0.1)], 20, "d");
        let rows = arms(folder.path()).unwrap();
        let of = |first: &str, second: &str| {
            rows.iter().find(|row| row.first_arm == first && row.second_arm == second).unwrap()
        };
        assert_eq!(rows.len(), 3);
        assert!(of("words", "better").p_holm < 0.001);
        assert!((of("words", "better").difference - 0.1).abs() < 1e-6);
        assert_eq!(of("words", "same").p_holm, 1.0);
    }

    #[test]
    fn results_of_other_data_or_units_are_refused() {
        let first = results(&[("a", 0.0)], 5, "d");
        assert!(directories(first.path(), first.path()).is_ok());
        let other_data = results(&[("a", 0.0)], 5, "e");
        let error = directories(first.path(), other_data.path()).unwrap_err().to_string();
        assert!(error.contains("different data"), "{error}");
        let fewer = results(&[("a", 0.0)], 4, "d");
        let error = directories(first.path(), fewer.path()).unwrap_err().to_string();
        assert!(error.contains("q04 was measured on one side only"), "{error}");
        let other_arm = results(&[("b", 0.0)], 5, "d");
        assert!(matches!(directories(first.path(), other_arm.path()), Err(ComparisonError::Nothing)));
        let none = tempfile::tempdir().unwrap();
        assert!(matches!(directories(first.path(), none.path()), Err(ComparisonError::Unreadable { .. })));
    }

    #[test]
    fn the_same_outcome_gives_the_same_bytes() {
        let read = |folder: &tempfile::TempDir| std::fs::read(folder.path().join("results.json")).unwrap();
        assert_eq!(read(&results(&[("a", 0.2)], 9, "d")), read(&results(&[("a", 0.2)], 9, "d")));
    }
}
