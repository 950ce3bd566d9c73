//! Re-fits the calibration of the completeness check on labelled suites: `eval fit`.
//!
//! Collects the evidence of every labelled requirement over the production path, fits ([`super::fit`]) and
//! judges by leave-one-document-out; the figures go into the calibration's provenance.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::completeness::{Judgement, KeywordBaseline, score};
use super::fit::{FitOptions, Row, fit, leave_one_document_out, provenance};
use super::measures::Formula;
use super::measures::formula::reliability_tally;
use super::result::{Outcome, Tallies};
use super::suite::{Kind, Suite, SuiteFile};
use super::suites::completeness::{add_figures, labelled, prepared};
use super::suites::{EvalError, Workbench};

/// Name of the arm that the calibration is judged by.
const FITTED: &str = "fitted, leave one document out";

/// A calibration with what it was judged by.
#[derive(Debug, Clone)]
pub struct Fitted {
    /// The file `rules/calibration.toml`.
    pub toml: String,
    /// Figures, the keyword baseline beside.
    pub outcome: Outcome,
}

/// Fits the calibration on suites of the kind completeness.
pub fn fit_calibration(suites: &[Suite], bench: &Workbench, date: &str) -> Result<Fitted, EvalError> {
    let screener = bench.screener(None)?;
    let baseline = KeywordBaseline::new(&screener.rulebook);
    let (mut rows, mut keywords) = (Vec::new(), Vec::new());
    let mut files: Vec<PathBuf> = Vec::new();
    for suite in suites {
        if suite.file.kind != Kind::Completeness {
            let message =
                format!("suite {} is of kind {}, not completeness", suite.file.name, suite.file.kind);
            return Err(EvalError::Setting(message));
        }
        let base = suite.base(&bench.settings_of(suite)?)?;
        files.push(base.join(&suite.file.gold));
        for document in labelled(suite, &base)? {
            let (text, sets) = prepared(&document, bench, &screener)?;
            files.push(document.path.clone());
            let features =
                screener.completeness.collect(&text.document, &text.passages, Some(&text.dense), &sets);
            let requirements = sets.iter().flat_map(|set| set.requirements.iter().map(move |own| (set, own)));
            for ((set, requirement), features) in requirements.zip(features) {
                let is_own = |row: &&super::completeness::GoldRow| {
                    row.requirement_id == requirement.id.0 && row.pack() == set.name
                };
                let Some(gold) = document.rows.iter().find(is_own) else { continue };
                rows.push(Row {
                    document: document.id.clone(),
                    requirement: requirement.id.0.clone(),
                    values: features.values,
                    gold: gold.label,
                });
                keywords.push(Judgement {
                    document: document.id.clone(),
                    requirement: requirement.id.0.clone(),
                    gold: gold.label,
                    found: Some(baseline.outcome(&text.document, requirement)),
                    confidence: 1.0,
                });
            }
        }
    }
    let options = FitOptions::default();
    let judged = leave_one_document_out(&rows, options);
    let sharpness = best_sharpness(&judged);
    let judged = sharpen(&judged, sharpness);
    let names: Vec<String> = suites.iter().map(|suite| suite.file.name.clone()).collect();
    let base = PathBuf::new();
    let description = Suite { directory: base.clone(), file: description(&names) };
    let result = bench.provenance(&description, &base, &files, true, screener.rulebook.identities(&[]))?;
    let mut outcome = Outcome::new(&description, "document", result);
    add_figures(&mut outcome, "keywords", &keywords);
    add_figures(&mut outcome, FITTED, &judged);
    add_calibration(&mut outcome, &judged);
    let figures = outcome
        .result
        .arms
        .iter()
        .filter(|arm| arm.name == FITTED)
        .flat_map(|arm| &arm.figures)
        .map(|figure| (figure.name.replace(' ', "_").to_lowercase(), round(figure.value)))
        .collect();
    let mut calibration = fit(&rows, options, provenance(&rows, date, names, figures));
    calibration.sharpness = sharpness;
    let text = toml::to_string_pretty(&calibration)
        .map_err(|error| EvalError::Setting(format!("the calibration cannot be written: {error}")))?;
    let toml = format!(
        "# Parameters of the completeness decision. Fitted by `eia-screen eval fit`; see docs/evaluation.md.\n\
         # Every figure is leave-one-document-out.\n\n{}",
        short_numbers(&text)
    );
    Ok(Fitted { toml, outcome })
}

fn description(names: &[String]) -> SuiteFile {
    SuiteFile {
        name: "fit".to_owned(),
        kind: Kind::Completeness,
        title: format!("Calibration fitted on {}", names.join(", ")),
        documents: String::new(),
        gold: String::new(),
        licence: "see the suites".to_owned(),
        languages: Vec::new(),
        note: String::new(),
        external: false,
        settings: BTreeMap::new(),
    }
}

fn add_calibration(outcome: &mut Outcome, judged: &[Judgement]) {
    let mut tallies = Tallies::new();
    for judgement in judged {
        let right = judgement.found == Some(judgement.gold);
        let tally = reliability_tally(f64::from(judgement.confidence), right);
        let sum = tallies.entry(judgement.document.clone()).or_insert_with(|| vec![0.0; tally.len()]);
        sum.iter_mut().zip(tally).for_each(|(sum, value)| *sum += value);
    }
    outcome.figure(FITTED, "calibration error", Formula::CalibrationError, tallies);
}

/// Writes numbers with three decimals: the fit does not give more.
fn short_numbers(text: &str) -> String {
    let short = |line: &str| {
        let (before, number) = line.rsplit_once(' ').unwrap_or(("", line));
        let (number, after) = number.strip_suffix(',').map_or((number, ""), |number| (number, ","));
        match number.parse::<f64>().ok().filter(|_| number.contains('.')) {
            Some(value) => format!("{before} {value:.3}{after}\n"),
            None => format!("{line}\n"),
        }
    };
    text.lines().map(short).collect()
}

fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

fn sharpen(judgements: &[Judgement], sharpness: f32) -> Vec<Judgement> {
    judgements
        .iter()
        .map(|judgement| {
            let odds = (judgement.confidence / (1.0 - judgement.confidence).max(1e-4)).powf(sharpness);
            Judgement { confidence: (odds / (1.0 + odds)).clamp(0.02, 0.99), ..judgement.clone() }
        })
        .collect()
}

/// The exponent with the least calibration error.
fn best_sharpness(judgements: &[Judgement]) -> f32 {
    let mut best = (f64::INFINITY, 1.0);
    for step in 3..=20 {
        let sharpness = step as f32 / 10.0;
        let error = score(&sharpen(judgements, sharpness)).calibration_error;
        if error < best.0 {
            best = (error, sharpness);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_with_three_decimals_and_names_kept() {
        let text =
            "there = [\n    0.123456,\n    1.0,\n]\nrows = 7\ndate = \"2026-11-21\"\nsharpness = 0.89999\n";
        let short = short_numbers(text);
        assert!(short.contains("    0.123,\n") && short.contains("sharpness = 0.900\n"), "{short}");
        assert!(short.contains("rows = 7\n") && short.contains("date = \"2026-11-21\"\n"), "{short}");
    }
}
