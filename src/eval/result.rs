//! What came out of a suite: figures with intervals and what they rest on.
//!
//! Made by [`crate::eval::suites`], written by [`crate::eval::report`], read again by
//! [`crate::eval::comparison`]. Invariants: same inputs give the same bytes (times are kept apart, maps are
//! ordered, numbers are rounded to six decimals); every figure has the tallies it was made from; an arm that was not run
//! has no figure, but its name and the reason stand beside the others.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::measures::Formula;
use super::statistics::{Interval, RESAMPLES, Resampled, SEED, bootstrap};
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
    /// Ways that would stand beside them and were not run.
    #[serde(default)]
    pub not_run: Vec<NotRun>,
    /// Plots beside the figures.
    pub plots: Vec<Plot>,
    /// What was left out and why, limits of the data.
    pub notes: Vec<String>,
}

impl SuiteResult {
    /// Returns the figure that decides between arms; `None` where no figure measures quality.
    pub fn primary(&self) -> Option<&str> {
        let names: Vec<&str> =
            self.arms.iter().flat_map(|arm| &arm.figures).map(|figure| figure.name.as_str()).collect();
        let wanted: &[&str] = match self.kind {
            Kind::Completeness => &["macro F1"],
            Kind::Risk => &["category F1", "traps passed"],
            Kind::Sections => &["heading F1"],
            Kind::Facts | Kind::Checks => &["F1"],
            // The suite's first.
            Kind::Retrieval
            | Kind::Precedents
            | Kind::Runs
            | Kind::Similarity
            | Kind::Deletion
            | Kind::Flags
            | Kind::Speed => &[],
        };
        let chosen = wanted.iter().copied().find(|name| names.contains(name));
        chosen.or_else(|| names.into_iter().find(|name| is_quality(self.kind, name)))
    }

    /// Returns which figures are not defined in some resamples, with the number of those: their intervals rest on the
    /// others.
    pub fn undefined(&self) -> Vec<String> {
        let figures = self.arms.iter().flat_map(|arm| arm.figures.iter().map(move |figure| (arm, figure)));
        figures
            .filter(|(_, figure)| figure.undefined_resamples > 0 && figure.interval.is_some())
            .map(|(arm, figure)| format!("{} of {} ({})", figure.name, arm.name, figure.undefined_resamples))
            .collect()
    }
}

/// True if a figure says how good something is; others describe the data or how much was said about it.
pub fn is_quality(kind: Kind, figure: &str) -> bool {
    kind != Kind::Speed && figure != "answered" && !figure.starts_with("Judged@")
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

/// A way that was not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotRun {
    /// Name of the arm.
    pub arm: String,
    /// Why, e.g. that the user asked for no model.
    pub reason: String,
}

/// One number with its interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Name, e.g. `nDCG@10`.
    pub name: String,
    /// Value over all units; `None` where it is not defined, as the precision of what is never claimed.
    pub value: Option<f64>,
    /// 95 % interval, units drawn with replacement; `None` where the value is not defined.
    pub interval: Option<Interval>,
    /// Units it was made from.
    pub units: usize,
    /// How it is made from the tallies.
    pub formula: Formula,
    /// Resamples in which it is not defined; the interval leaves them out.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub undefined_resamples: usize,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
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
    /// How often each label was answered by what.
    Confusion {
        /// Whose answers.
        title: String,
        /// Answers.
        columns: Vec<String>,
        /// Label and counts of each row.
        rows: Vec<(String, Vec<usize>)>,
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
    /// More rows for people, by name of the file without its ending.
    pub tables: BTreeMap<String, Items>,
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
                not_run: Vec::new(),
                plots: Vec::new(),
                notes: notes.into_iter().collect(),
            },
            tallies: BTreeMap::new(),
            items: Items::default(),
            tables: BTreeMap::new(),
            runs: BTreeMap::new(),
            qrels: Qrels::new(),
            seconds: BTreeMap::new(),
        }
    }

    /// Adds a figure to an arm, which is added if it is new.
    pub fn figure(&mut self, arm: &str, name: &str, formula: Formula, tallies: Tallies) {
        let rows: Vec<&Vec<f64>> = tallies.values().collect();
        let Resampled { interval, undefined } = bootstrap(formula, &rows, RESAMPLES, SEED);
        let ends = |ends: Interval| Interval { low: rounded(ends.low), high: rounded(ends.high) };
        let figure = Figure {
            name: name.to_owned(),
            value: formula.of(&rows).map(rounded),
            interval: interval.map(ends),
            units: tallies.len(),
            formula,
            undefined_resamples: undefined,
        };
        let arms = &mut self.result.arms;
        let place = arms.iter().position(|known| known.name == arm).unwrap_or_else(|| {
            arms.push(Arm { name: arm.to_owned(), figures: Vec::new() });
            arms.len() - 1
        });
        arms[place].figures.push(figure);
        self.tallies.entry(arm.to_owned()).or_default().insert(name.to_owned(), tallies);
    }

    /// Says that the figures tell how well something was fitted, not how well it judges what it has not seen, if `data`,
    /// the suites it was fitted on, has this one.
    pub fn note_fit(&mut self, fitted: &str, data: &[String]) {
        if data.contains(&self.result.suite) {
            self.result.notes.push(format!("figures of fit: {fitted} was fitted on this suite"));
        }
    }

    /// States that an arm was not run, and why.
    pub fn not_run(&mut self, arm: &str, reason: &str) {
        self.result.not_run.push(NotRun { arm: arm.to_owned(), reason: reason.to_owned() });
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
    use crate::eval::suite::SuiteFile;

    fn outcome(kind: Kind) -> Outcome {
        let file = SuiteFile {
            name: "s".to_owned(),
            kind,
            title: "T".to_owned(),
            documents: String::new(),
            gold: String::new(),
            licence: "L".to_owned(),
            languages: Vec::new(),
            note: String::new(),
            external: false,
            settings: BTreeMap::new(),
        };
        let provenance = ResultProvenance {
            build: "test".to_owned(),
            model: None,
            rules: Vec::new(),
            data_sha256: String::new(),
            settings: BTreeMap::new(),
        };
        Outcome::new(&Suite { directory: std::path::PathBuf::new(), file }, "document", provenance)
    }

    #[test]
    fn plots_and_figures_read_back_as_written() {
        let plot = Plot::Reliability { title: "t".to_owned(), bins: vec![(3, 0.5, 0.25)] };
        let json = serde_json::to_string(&plot).unwrap();
        assert!(json.contains("\"plot\":\"reliability\""), "{json}");
        assert_eq!(serde_json::from_str::<Plot>(&json).unwrap(), plot);
    }

    #[test]
    fn a_figure_that_is_not_defined_is_null_and_reads_back() {
        let mut outcome = outcome(Kind::Completeness);
        let tallies = |part: f64, whole: f64| Tallies::from([("d1".to_owned(), vec![part, whole])]);
        outcome.figure("a", "missing precision", Formula::Ratio, tallies(0.0, 0.0));
        outcome.figure("a", "missing recall", Formula::Ratio, tallies(0.0, 2.0));
        let figures = &outcome.result.arms[0].figures;
        let json = serde_json::to_value(figures).unwrap();
        assert!(json[0]["value"].is_null() && json[0]["interval"].is_null(), "{json}");
        assert_eq!((json[1]["value"].as_f64(), json[1]["interval"]["high"].as_f64()), (Some(0.0), Some(0.0)));
        assert_eq!(&serde_json::from_value::<Vec<Figure>>(json).unwrap(), figures);
        // As results were written before figures could be undefined.
        let before = "{\"name\":\"F1\",\"value\":0.5,\"interval\":{\"low\":0.4,\"high\":0.6},\"units\":3,\"formula\":\"ratio\"}";
        assert_eq!(serde_json::from_str::<Figure>(before).unwrap().value, Some(0.5));
    }

    #[test]
    fn what_describes_the_data_decides_nothing() {
        let mut outcome = outcome(Kind::Retrieval);
        let tallies = || Tallies::from([("q1".to_owned(), vec![1.0, 1.0])]);
        for figure in ["Judged@10", "MAP", "nDCG@10"] {
            outcome.figure("a", figure, Formula::Ratio, tallies());
        }
        assert_eq!(outcome.result.primary(), Some("MAP"));
        outcome.result.kind = Kind::Completeness;
        outcome.figure("a", "answered", Formula::Ratio, tallies());
        outcome.figure("a", "macro F1", Formula::Ratio, tallies());
        assert_eq!(outcome.result.primary(), Some("macro F1"));
        assert!(!is_quality(Kind::Completeness, "answered"));
        outcome.result.kind = Kind::Speed;
        assert_eq!(outcome.result.primary(), None);
    }

    #[test]
    fn a_suite_says_whether_its_figures_are_of_what_was_fitted_on_it() {
        let mut outcome = outcome(Kind::Completeness);
        outcome.note_fit("the calibration", &["other".to_owned()]);
        assert!(outcome.result.notes.is_empty());
        outcome.note_fit("the calibration", &["other".to_owned(), "s".to_owned()]);
        assert_eq!(outcome.result.notes, ["figures of fit: the calibration was fitted on this suite"]);
    }

    #[test]
    fn numbers_are_stated_with_six_decimals() {
        assert_eq!(rounded(1.0 / 3.0), 0.333_333);
        assert_eq!(rounded(-1e-9).to_string(), "0");
    }
}
