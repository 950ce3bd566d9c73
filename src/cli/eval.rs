//! `eval`: list suites, run them, compare results, fit the calibration.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::arguments::{
    EvalCommand, EvalFitArguments, EvalFitPassagesArguments, EvalFitRiskArguments, EvalRunArguments,
};
use super::error::CliError;
use super::exit::Exit;
use super::{manifest, output, progress};
use crate::domain::case::Case;
use crate::eval::comparison::{self, ComparisonError};
use crate::eval::fit::FitOptions;
use crate::eval::report::{compared, html, store, table};
use crate::eval::suite::{Suite, discover};
use crate::eval::suites::{self, EvalError, Workbench};
use crate::eval::{learning, tuning};
use crate::settings::Settings;

/// Folder of the suites that are part of the sources.
const SHIPPED: &str = "eval";

/// Runs the command.
pub async fn run(settings: Settings, command: EvalCommand) -> Result<Exit, CliError> {
    match command {
        EvalCommand::List { directories } => list(&directories),
        EvalCommand::Run(arguments) => evaluate(settings, arguments).await,
        EvalCommand::Compare { first, second, out } => compare(&first, second.as_deref(), out.as_deref()),
        EvalCommand::Fit(arguments) => fit(settings, &arguments),
        EvalCommand::FitRisk(arguments) => fit_risk(settings, &arguments),
        EvalCommand::FitPassages(arguments) => fit_passages(&arguments),
    }
}

fn list(directories: &[PathBuf]) -> Result<Exit, CliError> {
    let shipped = [PathBuf::from(SHIPPED)];
    let directories = if directories.is_empty() { shipped.as_slice() } else { directories };
    let mut text = String::new();
    for directory in directories {
        for suite in discover(directory).map_err(|error| eval_error(EvalError::Suite(error)))? {
            let data = if suite.file.external { "  (data not shipped: --set data=DIR)" } else { "" };
            text.push_str(&format!(
                "{:<30}  {:<12}  {}{data}\n{:<30}  {}\n",
                suite.file.name,
                suite.file.kind.to_string(),
                suite.file.title,
                "",
                suite.directory.display()
            ));
        }
    }
    output::print(if text.is_empty() { "no suite was found\n" } else { &text })?;
    Ok(Exit::Done)
}

/// A directory with suites stands for all of them.
fn open(paths: &[PathBuf]) -> Result<Vec<Suite>, CliError> {
    let mut opened: Vec<Suite> = Vec::new();
    for path in paths {
        let found = discover(path).map_err(|error| eval_error(EvalError::Suite(error)))?;
        if found.is_empty() {
            let missing = crate::eval::suite::SuiteError::NoSuite(path.clone());
            return Err(eval_error(EvalError::Suite(missing)));
        }
        for suite in found {
            if let Some(other) = opened.iter().find(|other| other.file.name == suite.file.name) {
                let message = format!(
                    "{} and {} are both named {}",
                    other.directory.display(),
                    suite.directory.display(),
                    suite.file.name
                );
                return Err(CliError::usage(message));
            }
            opened.push(suite);
        }
    }
    Ok(opened)
}

fn overrides(given: &[String]) -> Result<BTreeMap<String, String>, CliError> {
    given
        .iter()
        .map(|pair| match pair.split_once('=') {
            Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
            _ => Err(CliError::usage(format!("--set {pair}: write KEY=VALUE"))),
        })
        .collect()
}

async fn evaluate(settings: Settings, arguments: EvalRunArguments) -> Result<Exit, CliError> {
    let opened = open(&arguments.suites)?;
    let bench = Workbench::new(settings, overrides(&arguments.set)?, read_manifest);
    bench.check_overrides(&opened).map_err(eval_error)?;
    let bar = progress::bar(opened.len() as u64, "evaluating");
    let mut outcomes = Vec::new();
    for suite in &opened {
        bar.set_message(suite.file.name.clone());
        let outcome = suites::run(suite, &bench).await.map_err(eval_error)?;
        bar.suspend(|| output::print(&(table::of_suite(&outcome.result) + "\n")))?;
        outcomes.push(outcome);
        bar.inc(1);
    }
    bar.finish_and_clear();
    let mut files = store::files(&outcomes).map_err(CliError::failed)?;
    let results: Vec<_> = outcomes.iter().map(|outcome| outcome.result.clone()).collect();
    files.insert(PathBuf::from("report.html"), html::of_results(&results));
    for (name, text) in files {
        write(&arguments.out.join(name), &text)?;
    }
    output::print(&format!("results in {}\n", arguments.out.display()))?;
    Ok(Exit::Done)
}

fn write(path: &Path, text: &str) -> Result<(), CliError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| CliError::file(folder, &error))?;
    }
    output::write_file(path, text)
}

fn compare(first: &Path, second: Option<&Path>, out: Option<&Path>) -> Result<Exit, CliError> {
    let outcome = match second {
        Some(second) => comparison::directories(first, second),
        None => comparison::arms(first),
    };
    let comparison = outcome.map_err(|error| match error {
        ComparisonError::Unreadable { .. } => CliError::new(Exit::Data, error.to_string()),
        ComparisonError::Different { .. } | ComparisonError::Nothing => CliError::usage(error),
    })?;
    output::print(&table::of_comparison(&comparison))?;
    if let Some(out) = out {
        let json = serde_json::to_string_pretty(&comparison).map_err(CliError::failed)? + "\n";
        write(&out.join("comparison.json"), &json)?;
        let name = |path: &Path| output::file_name(path);
        let names = second.map_or_else(
            || ("the arm before the arrow".to_owned(), "the arm after it".to_owned()),
            |second| (name(first), name(second)),
        );
        let page = compared::of_comparison(&comparison, &names.0, &names.1);
        write(&out.join("comparison.html"), &page)?;
    }
    Ok(Exit::Done)
}

fn fit(settings: Settings, arguments: &EvalFitArguments) -> Result<Exit, CliError> {
    let opened = open(&arguments.suites)?;
    let bench = Workbench::new(settings, overrides(&arguments.set)?, read_manifest);
    bench.check_overrides(&opened).map_err(eval_error)?;
    let date = arguments.date.unwrap_or_else(super::screen::today).to_string();
    let options = FitOptions {
        missing_from: arguments.missing_from,
        present_from: arguments.present_from,
        ..FitOptions::default()
    };
    let fitted = tuning::fit_calibration(&opened, &bench, options, &date).map_err(eval_error)?;
    output::print(&table::of_suite(&fitted.outcome.result))?;
    write(&arguments.out, &fitted.toml)?;
    write(&arguments.out.with_extension("csv"), &fitted.rows)?;
    output::print(&format!("calibration in {}\n", arguments.out.display()))?;
    Ok(Exit::Done)
}

fn fit_risk(settings: Settings, arguments: &EvalFitRiskArguments) -> Result<Exit, CliError> {
    let (suites, tuned) = (open(&arguments.suites)?, open(&arguments.tuned)?);
    let bench = Workbench::new(settings, overrides(&arguments.set)?, read_manifest);
    let all: Vec<Suite> = suites.iter().chain(&tuned).cloned().collect();
    bench.check_overrides(&all).map_err(eval_error)?;
    let date = arguments.date.unwrap_or_else(super::screen::today).to_string();
    let learned = learning::risk::fit_risk(&suites, &tuned, &bench, &date).map_err(eval_error)?;
    let mut text = format!(
        "{} sentences, {} pieces of wording and marks; cross-validation in five parts\n\n{:<20}  {:>11}  {:>8}  {:>14}  {:>15}\n",
        learned.examples,
        learned.features,
        "",
        "category F1",
        "polarity",
        "severity exact",
        "within one step"
    );
    for (name, score) in &learned.scores {
        text.push_str(&format!(
            "{name:<20}  {:>11.3}  {:>8.3}  {:>14.3}  {:>15.3}\n",
            score.micro_f1(),
            score.polarity_accuracy(),
            score.severity_exact(),
            score.severity_within_one()
        ));
    }
    output::print(&text)?;
    store_classifier(&arguments.out, &learned.bytes)
}

fn fit_passages(arguments: &EvalFitPassagesArguments) -> Result<Exit, CliError> {
    let date = arguments.date.unwrap_or_else(super::screen::today).to_string();
    let fitted = learning::passages::fit_passages(&arguments.files, &date).map_err(eval_error)?;
    output::print(&format!(
        "{} passages, {} labels, {} pieces of wording\n",
        fitted.origin().examples,
        fitted.labels().len(),
        fitted.features()
    ))?;
    store_classifier(&arguments.out, &fitted.to_bytes())
}

fn store_classifier(path: &Path, bytes: &[u8]) -> Result<Exit, CliError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| CliError::file(folder, &error))?;
    }
    std::fs::write(path, bytes).map_err(|error| CliError::file(path, &error))?;
    output::print(&format!("classifier in {} ({} bytes)\n", path.display(), bytes.len()))?;
    Ok(Exit::Done)
}

fn read_manifest(path: &Path) -> Result<Vec<(Case, Vec<PathBuf>)>, String> {
    let cases = manifest::read(path).map_err(|error| error.message().to_owned())?;
    Ok(cases.into_iter().map(|case| (case.case, case.files)).collect())
}

fn eval_error(error: EvalError) -> CliError {
    match error {
        EvalError::Assembly(error) => error.into(),
        EvalError::Index(error) => error.into(),
        EvalError::Ingest { .. } | EvalError::Data { .. } | EvalError::Beir(_) => {
            CliError::new(Exit::Data, error.to_string())
        }
        EvalError::Suite(_) | EvalError::Setting(_) => CliError::usage(error),
        EvalError::Arm { .. } => CliError::new(Exit::Unavailable, error.to_string()),
        EvalError::Embed(_) => CliError::failed(error),
    }
}
