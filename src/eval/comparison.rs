//! Is one run better than another? Paired randomisation tests over the same units, corrected by Holm.
//!
//! Reads what [`super::report`] wrote. Runs are compared only if they measured the same data with the same gold, figure
//! by figure over the same units; anything else is an error, because a difference would not say what it seems. What
//! stands on one side only, or is not defined there, is listed.
//!
//! A family of comparisons, within which p-values are corrected, is one suite and one figure: its pairs of arms, or its
//! arms where two results are compared. The figures of a suite are made of the same answers, so a family of all of them
//! would only hide what each shows; the primary figure decides, the others are to look into.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::result::{ResultProvenance, rounded};
use super::statistics::{ALPHA, ASSIGNMENTS, Interval, holm, least_p};
use super::suite::Kind;

mod sides;
#[cfg(test)]
mod tests;

pub use sides::{arms, directories};

/// Name and version of the layout of `comparison.json`.
const FORMAT: &str = "eia-screen eval comparison 1";

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

/// What came out of a comparison, as in `comparison.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Layout of the file.
    pub format: String,
    /// What both sides of each suite rest on.
    pub suites: Vec<ComparedSuite>,
    /// Comparisons, by suite; those of the primary figure first.
    pub rows: Vec<Row>,
    /// What could not be compared.
    pub not_compared: Vec<NotCompared>,
}

/// A suite of which something was compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComparedSuite {
    /// Name.
    pub suite: String,
    /// What was measured.
    pub kind: Kind,
    /// The figure that decides, if there is one.
    pub primary: Option<String>,
    /// What the first side rests on.
    pub first: ResultProvenance,
    /// What the second side rests on; the same as the first where arms of one result are compared.
    pub second: ResultProvenance,
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Suite.
    pub suite: String,
    /// Figure.
    pub figure: String,
    /// True if it is the figure that decides.
    pub is_primary: bool,
    /// First side: the arm, of the first directory where there are two.
    pub first_arm: String,
    /// Second side.
    pub second_arm: String,
    /// What was compared: `query`, `document` …
    pub unit: String,
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
    /// Resamples in which the difference is not defined; the interval leaves them out.
    pub undefined_resamples: usize,
    /// p-value of this comparison alone.
    pub p: f64,
    /// p-value corrected for all comparisons of the family: same suite, same figure.
    pub p_holm: f64,
    /// Comparisons of the family.
    pub family: usize,
    /// True if a smaller figure is better.
    pub is_error: bool,
    /// What it says.
    pub verdict: Verdict,
}

/// What a comparison says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The second side is better.
    Better,
    /// The second side is worse.
    Worse,
    /// The difference may be chance.
    NoDifference,
    /// With so few units even the largest difference may be chance: nothing is said.
    TooFewUnits,
    /// With so many comparisons the random assignments are too few to tell a difference from chance.
    TooManyComparisons,
}

impl Verdict {
    /// True if a difference is shown.
    pub fn is_shown(self) -> bool {
        matches!(self, Self::Better | Self::Worse)
    }
}

/// Something that was not compared, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotCompared {
    /// Suite.
    pub suite: String,
    /// Arm; `None` if it is the whole suite.
    pub arm: Option<String>,
    /// Figure; `None` if it is the whole arm.
    pub figure: Option<String>,
    /// Why.
    pub why: String,
}

impl NotCompared {
    fn suite(suite: &str, why: &str) -> Self {
        Self { suite: suite.to_owned(), arm: None, figure: None, why: why.to_owned() }
    }

    fn arm(suite: &str, arm: &str, why: String) -> Self {
        Self { arm: Some(arm.to_owned()), why, ..Self::suite(suite, "") }
    }

    fn figure(suite: &str, arm: &str, figure: &str, why: &str) -> Self {
        Self { figure: Some(figure.to_owned()), ..Self::arm(suite, arm, why.to_owned()) }
    }
}

impl Comparison {
    fn new() -> Self {
        Self { format: FORMAT.to_owned(), suites: Vec::new(), rows: Vec::new(), not_compared: Vec::new() }
    }

    fn leave_out(&mut self, what: NotCompared) {
        self.not_compared.push(what);
    }

    /// Adds what was compared of a suite.
    fn add(&mut self, suite: ComparedSuite, mut rows: Vec<Row>) {
        if rows.is_empty() {
            return;
        }
        rows.sort_by_key(|row| !row.is_primary);
        self.rows.extend(rows);
        self.suites.push(suite);
    }

    /// Corrects within each family and says what every comparison shows.
    fn finish(mut self) -> Result<Self, ComparisonError> {
        if self.rows.is_empty() {
            return Err(ComparisonError::Nothing);
        }
        let mut families: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
        for (at, row) in self.rows.iter().enumerate() {
            families.entry((row.suite.clone(), row.figure.clone())).or_default().push(at);
        }
        for family in families.into_values() {
            let corrected = holm(&family.iter().map(|at| self.rows[*at].p).collect::<Vec<_>>());
            for (at, p) in family.iter().zip(corrected) {
                let row = &mut self.rows[*at];
                (row.p_holm, row.family) = (rounded(p), family.len());
                row.verdict = verdict(row);
            }
        }
        Ok(self)
    }
}

fn verdict(row: &Row) -> Verdict {
    let family = row.family as f64;
    // What could not fall below the bound whatever was found says nothing about what was found.
    let by_units = 2.0_f64.powi(1 - i32::try_from(row.units).unwrap_or(i32::MAX));
    if row.p_holm < ALPHA {
        let is_worse = (row.difference > 0.0) == row.is_error;
        if is_worse { Verdict::Worse } else { Verdict::Better }
    } else if by_units * family >= ALPHA {
        Verdict::TooFewUnits
    } else if least_p(row.units, ASSIGNMENTS) * family >= ALPHA {
        Verdict::TooManyComparisons
    } else {
        Verdict::NoDifference
    }
}
