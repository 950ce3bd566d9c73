//! The command line of `eval`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::eval::fit::FitOptions;

/// Evaluation.
#[derive(Debug, Subcommand)]
pub enum EvalCommand {
    /// List the suites in `eval/`, or in directories of your own.
    List {
        /// Directories to look into.
        #[arg(value_name = "DIR")]
        directories: Vec<PathBuf>,
    },
    /// Run suites and write figures, rows, TREC runs and a report.
    Run(EvalRunArguments),
    /// Compare two results, or the arms within one: paired randomisation test, Holm correction.
    Compare {
        /// Results of `eval run`.
        #[arg(value_name = "RESULTS")]
        first: PathBuf,
        /// Results to compare them with; without it, arms are compared with one another.
        #[arg(value_name = "OTHER-RESULTS")]
        second: Option<PathBuf>,
        /// Write comparison.json and comparison.html into this directory.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// Fit the calibration of the completeness check on labelled suites.
    Fit(EvalFitArguments),
    /// Fit the classifier of risk sentences on labelled suites.
    FitRisk(EvalFitRiskArguments),
    /// Fit the classifier of passages on labelled ones.
    FitPassages(EvalFitPassagesArguments),
}

/// Arguments of `eval run`.
#[derive(Debug, Args)]
pub struct EvalRunArguments {
    /// Directories with a suite.toml, BEIR directories, folders with TREC qrels and runs, or directories that hold such.
    #[arg(required = true, value_name = "SUITE")]
    pub suites: Vec<PathBuf>,
    /// Directory for the results.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Setting of the suites, e.g. `data=DIR` for data that is not shipped; `SUITE.KEY=VALUE` sets it for one.
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
}

/// Arguments of `eval fit`.
#[derive(Debug, Args)]
pub struct EvalFitArguments {
    /// Suites of the kind completeness.
    #[arg(required = true, value_name = "SUITE")]
    pub suites: Vec<PathBuf>,
    /// Calibration to write, e.g. `rules/calibration.toml`.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Probability from which a requirement is called missing: the lower, the fewer gaps are missed and the more are
    /// named in vain.
    #[arg(long, value_name = "PROBABILITY", default_value_t = FitOptions::default().missing_from, value_parser = probability)]
    pub missing_from: f32,
    /// Probability from which it is called present.
    #[arg(long, value_name = "PROBABILITY", default_value_t = FitOptions::default().present_from, value_parser = probability)]
    pub present_from: f32,
    /// Setting of the suites, as in `eval run`.
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Day stated as the day of the fit; today if not given.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub date: Option<jiff::civil::Date>,
}

/// Reads a probability.
fn probability(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(value) if value > 0.0 && value < 1.0 => Ok(value),
        _ => Err("a probability lies between 0 and 1".to_owned()),
    }
}

/// Arguments of `eval fit-risk`.
#[derive(Debug, Args)]
pub struct EvalFitRiskArguments {
    /// Suites of the kind risk that the rules were not corrected on.
    #[arg(required = true, value_name = "SUITE")]
    pub suites: Vec<PathBuf>,
    /// Suite that the rules were corrected on: its wording counts, what the rules say about it does not.
    #[arg(long, value_name = "SUITE")]
    pub tuned: Vec<PathBuf>,
    /// Classifier to write, e.g. `models/sentences/risk.bin`.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Setting of the suites, as in `eval run`.
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Day stated as the day of the fit; today if not given.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub date: Option<jiff::civil::Date>,
}

/// Arguments of `eval fit-passages`.
#[derive(Debug, Args)]
pub struct EvalFitPassagesArguments {
    /// JSON lines with `id`, `lang`, `text`, `labels` and `kind`.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Classifier to write, e.g. `models/sentences/passages.bin`.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Day stated as the day of the fit; today if not given.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub date: Option<jiff::civil::Date>,
}
