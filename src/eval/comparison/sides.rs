//! Which two lists of tallies belong together, and what has no counterpart.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{ComparedSuite, Comparison, ComparisonError, NotCompared, Row, Verdict};
use crate::eval::measures::Formula;
use crate::eval::report::store::{TallyLine, read_results, read_tallies};
use crate::eval::result::{Arm, SuiteResult, Tallies, is_quality, rounded};
use crate::eval::statistics::{ASSIGNMENTS, Interval, SEED, compare};
use crate::eval::suites::gold_settings;

/// Tallies by arm and figure.
type Figures = BTreeMap<(String, String), (Formula, Tallies)>;

/// What a directory holds.
struct Side {
    results: Vec<SuiteResult>,
    tallies: BTreeMap<String, Figures>,
}

impl Side {
    fn read(directory: &Path) -> Result<Self, ComparisonError> {
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
        Ok(Self { results, tallies })
    }

    fn suite(&self, name: &str) -> Option<&SuiteResult> {
        self.results.iter().find(|result| result.suite == name)
    }

    /// Returns the tallies of a figure; `None` where it is not defined.
    fn defined(&self, suite: &str, arm: &str, figure: &str) -> Option<(Formula, &Tallies)> {
        let (formula, tallies) = self.tallies.get(suite)?.get(&(arm.to_owned(), figure.to_owned()))?;
        let all: Vec<&Vec<f64>> = tallies.values().collect();
        formula.of(&all).map(|_| (*formula, tallies))
    }
}

/// Compares the same arms of two directories.
pub fn directories(first: &Path, second: &Path) -> Result<Comparison, ComparisonError> {
    let sides = [Side::read(first)?, Side::read(second)?];
    let mut comparison = Comparison::new();
    for result in &sides[0].results {
        match sides[1].suite(&result.suite) {
            Some(other) => {
                check_same_gold(result, other)?;
                comparison.of_both(&sides, result, other)?;
            }
            None => comparison.leave_out(NotCompared::suite(&result.suite, ONLY[0])),
        }
    }
    for other in sides[1].results.iter().filter(|other| sides[0].suite(&other.suite).is_none()) {
        comparison.leave_out(NotCompared::suite(&other.suite, ONLY[1]));
    }
    comparison.finish()
}

/// Compares the arms of each suite of one directory with one another, in the order of the results.
pub fn arms(directory: &Path) -> Result<Comparison, ComparisonError> {
    let side = Side::read(directory)?;
    let mut comparison = Comparison::new();
    for result in &side.results {
        let suite = Suite::of(result, result);
        let mut rows = Vec::new();
        for (at, first) in result.arms.iter().enumerate() {
            for figure in suite.figures_of(first) {
                let Some(ours) = side.defined(&result.suite, &first.name, figure) else {
                    comparison.leave_out(NotCompared::figure(
                        &result.suite,
                        &first.name,
                        figure,
                        "not defined",
                    ));
                    continue;
                };
                for second in &result.arms[at + 1..] {
                    if let Some((_, theirs)) = side.defined(&result.suite, &second.name, figure) {
                        let names = (first.name.as_str(), second.name.as_str());
                        rows.extend(suite.row(figure, ours.0, names, ours.1, theirs)?);
                    }
                }
            }
        }
        for arm in &result.not_run {
            comparison.leave_out(NotCompared::arm(
                &result.suite,
                &arm.arm,
                format!("not run: {}", arm.reason),
            ));
        }
        comparison.add(suite.identity(), rows);
    }
    comparison.finish()
}

/// Where something stands that the other side has not.
const ONLY: [&str; 2] = ["in the first results only", "in the second results only"];

/// The settings that decide what is right have to be the same: the files alone do not show it.
fn check_same_gold(first: &SuiteResult, second: &SuiteResult) -> Result<(), ComparisonError> {
    let different = |what: String| ComparisonError::Different { suite: first.suite.clone(), what };
    if first.kind != second.kind {
        return Err(different(format!(
            "one result is of kind {}, the other of kind {}",
            first.kind, second.kind
        )));
    }
    if first.provenance.data_sha256 != second.provenance.data_sha256 {
        return Err(different("the two results are of different data".to_owned()));
    }
    for (key, standard) in gold_settings(first.kind) {
        let [ours, theirs] =
            [first, second].map(|side| side.provenance.settings.get(*key).map_or(*standard, String::as_str));
        if ours != theirs {
            let what = format!(
                "what is right differs: {key} is {ours:?} in the first results, {theirs:?} in the second"
            );
            return Err(different(what));
        }
    }
    Ok(())
}

/// A suite while it is compared.
struct Suite<'a> {
    first: &'a SuiteResult,
    second: &'a SuiteResult,
    primary: Option<&'a str>,
}

impl<'a> Suite<'a> {
    fn of(first: &'a SuiteResult, second: &'a SuiteResult) -> Self {
        Self { first, second, primary: first.primary() }
    }

    fn identity(&self) -> ComparedSuite {
        ComparedSuite {
            suite: self.first.suite.clone(),
            kind: self.first.kind,
            primary: self.primary.map(str::to_owned),
            first: self.first.provenance.clone(),
            second: self.second.provenance.clone(),
        }
    }

    /// The figures of an arm that say how good it is.
    fn figures_of(&self, arm: &'a Arm) -> impl Iterator<Item = &'a str> + use<'a> {
        let kind = self.first.kind;
        arm.figures.iter().map(|figure| figure.name.as_str()).filter(move |name| is_quality(kind, name))
    }

    /// Compares two sides that both have the figure.
    fn row(
        &self,
        figure: &str,
        formula: Formula,
        (first_arm, second_arm): (&str, &str),
        ours: &Tallies,
        theirs: &Tallies,
    ) -> Result<Option<Row>, ComparisonError> {
        let (mine, yours): (BTreeSet<&String>, BTreeSet<&String>) =
            (ours.keys().collect(), theirs.keys().collect());
        if let Some(unit) = mine.symmetric_difference(&yours).next() {
            let what = format!("{figure}: {unit} was measured on one side only");
            return Err(ComparisonError::Different { suite: self.first.suite.clone(), what });
        }
        let pairs: Vec<(&Vec<f64>, &Vec<f64>)> = ours.values().zip(theirs.values()).collect();
        let compared = compare(formula, &pairs, ASSIGNMENTS, SEED);
        Ok(compared.map(|compared| Row {
            suite: self.first.suite.clone(),
            figure: figure.to_owned(),
            is_primary: self.primary == Some(figure),
            first_arm: first_arm.to_owned(),
            second_arm: second_arm.to_owned(),
            unit: self.first.unit.clone(),
            units: pairs.len(),
            first: rounded(compared.first),
            second: rounded(compared.second),
            difference: rounded(compared.difference),
            interval: Interval { low: rounded(compared.interval.low), high: rounded(compared.interval.high) },
            undefined_resamples: compared.undefined,
            p: rounded(compared.p),
            p_holm: 1.0,
            family: 1,
            is_error: formula.is_error(),
            verdict: Verdict::NoDifference,
        }))
    }
}

impl Comparison {
    /// Compares the arms and figures that two results of a suite have in common.
    fn of_both(
        &mut self,
        sides: &[Side; 2],
        result: &SuiteResult,
        other: &SuiteResult,
    ) -> Result<(), ComparisonError> {
        let suite = Suite::of(result, other);
        let mut rows = Vec::new();
        for arm in &result.arms {
            let Some(counterpart) = other.arms.iter().find(|own| own.name == arm.name) else {
                self.leave_out(NotCompared::arm(&result.suite, &arm.name, one_sided(0, other, &arm.name)));
                continue;
            };
            let known: Vec<&str> = suite.figures_of(counterpart).collect();
            for figure in suite.figures_of(arm) {
                let mut leave_out =
                    |why: &str| self.leave_out(NotCompared::figure(&result.suite, &arm.name, figure, why));
                if !known.contains(&figure) {
                    leave_out(ONLY[0]);
                    continue;
                }
                let [ours, theirs] =
                    [0_usize, 1].map(|side| sides[side].defined(&result.suite, &arm.name, figure));
                match (ours, theirs) {
                    (Some((formula, ours)), Some((_, theirs))) => {
                        let names = (arm.name.as_str(), arm.name.as_str());
                        rows.extend(suite.row(figure, formula, names, ours, theirs)?);
                    }
                    (None, None) => leave_out("not defined on either side"),
                    (None, Some(_)) => leave_out("not defined in the first results"),
                    (Some(_), None) => leave_out("not defined in the second results"),
                }
            }
            let ours: Vec<&str> = suite.figures_of(arm).collect();
            for figure in known.into_iter().filter(|figure| !ours.contains(figure)) {
                self.leave_out(NotCompared::figure(&result.suite, &arm.name, figure, ONLY[1]));
            }
        }
        for arm in other.arms.iter().filter(|arm| result.arms.iter().all(|own| own.name != arm.name)) {
            self.leave_out(NotCompared::arm(&result.suite, &arm.name, one_sided(1, result, &arm.name)));
        }
        self.add(suite.identity(), rows);
        Ok(())
    }
}

/// Why an arm of one side (0 or 1) has no counterpart in `other`.
fn one_sided(side: usize, other: &SuiteResult, arm: &str) -> String {
    let not_run = other.not_run.iter().find(|own| own.arm == arm);
    not_run.map_or_else(
        || ONLY[side].to_owned(),
        |own| format!("{}; not run in the other: {}", ONLY[side], own.reason),
    )
}
