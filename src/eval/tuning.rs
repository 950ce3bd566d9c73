//! Re-fits the calibration of the completeness check on labelled suites: `eval fit`.
//!
//! Collects the evidence of every labelled requirement over the production path, fits ([`super::fit`]) and
//! judges by leave-one-document-out; the figures go into the calibration's provenance. One number is not left out: the
//! sharpness, an exponent for all confidences, is chosen on the judgements of all documents together, so that the
//! calibration error is the least of eighteen and a little too low.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;

use super::completeness::{Judgement, KeywordBaseline, score};
use super::fit::{FitOptions, Row, fit, leave_one_document_out, provenance};
use super::result::Outcome;
use super::suite::{Kind, Suite, SuiteFile};
use super::suites::completeness::{labelled, prepared};
use super::suites::judgements::{KEYWORDS, add_calibration, add_figures, keyword_judgement};
use super::suites::{EvalError, Workbench};
use crate::screen::completeness::features::NAMES;
use crate::screen::completeness::subjects::Hidden;

/// Name of the arm that the calibration is judged by.
const FITTED: &str = "fitted, leave one document out";

/// Name of the arm that takes phrases which no other document has for unknown.
const UNSEEN: &str = "the same, own phrases unknown";

/// Name of the arm that knows no title of the document.
const UNTITLED: &str = "the same, no title known";

/// Name of the arm that knows every title but the requirement's own.
const UNHEADED: &str = "the same, own headings unknown";

/// A calibration with what it was judged by.
#[derive(Debug, Clone)]
pub struct Fitted {
    /// The file `rules/calibration.toml`.
    pub toml: String,
    /// Figures, the keyword baseline beside.
    pub outcome: Outcome,
    /// One line per row and arm with its evidence, as comma-separated values.
    pub rows: String,
}

/// Fits the calibration on suites of the kind completeness.
pub fn fit_calibration(
    suites: &[Suite],
    bench: &Workbench,
    options: FitOptions,
    date: &str,
) -> Result<Fitted, EvalError> {
    let screener = bench.screener(None)?;
    let baseline = KeywordBaseline::new(&screener.rulebook);
    let mut files: Vec<PathBuf> = Vec::new();
    let mut read = Vec::new();
    for suite in suites {
        if suite.file.kind != Kind::Completeness {
            let message =
                format!("suite {} is of kind {}, not completeness", suite.file.name, suite.file.kind);
            return Err(EvalError::Setting(message));
        }
        let base = suite.base(&bench.settings_of(suite)?)?;
        files.push(suite.gold(&base));
        for document in labelled(suite, &base)? {
            let (text, sets) = prepared(&document, bench, &screener)?;
            files.push(document.path.clone());
            let used = screener.completeness.phrases_of(&text.document);
            read.push((document, text, sets, used));
        }
    }
    let uses: Vec<&Hidden> = read.iter().map(|(_, _, _, used)| used).collect();
    let own = own_phrases(&uses);
    let (mut rows, mut blind, mut untitled, mut unheaded, mut keywords) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for ((document, text, sets, used), own) in read.iter().zip(&own) {
        let titles = Hidden { titles: used.titles.clone(), text: BTreeSet::new(), headings: true };
        let (model, vectors) = (&screener.completeness, Some(text.dense.as_slice()));
        let without = |hidden: &Hidden| {
            let collected = model.collect(&text.document, &text.passages, vectors, sets, hidden);
            collected.into_iter().map(Some).collect::<Vec<_>>()
        };
        let headless = model.collect_without_own_headings(&text.document, &text.passages, vectors, sets);
        let arms = [
            (without(&Hidden::default()), &mut rows, 1.0),
            (without(own), &mut blind, options.blind_weight),
            (without(&titles), &mut untitled, options.untitled_weight),
            (headless, &mut unheaded, options.unheaded_weight),
        ];
        for (features, rows, weight) in arms {
            let requirements = sets.iter().flat_map(|set| set.requirements.iter().map(move |own| (set, own)));
            for ((set, requirement), features) in requirements.zip(features) {
                let gold = document
                    .rows
                    .iter()
                    .find(|row| row.requirement_id == requirement.id.0 && row.pack() == set.name);
                let (Some(gold), Some(features)) = (gold, features) else { continue };
                rows.push(Row {
                    document: document.id.clone(),
                    requirement: requirement.id.0.clone(),
                    values: features.values,
                    gold: gold.label,
                    weight,
                });
            }
        }
        for row in &document.rows {
            let requirement = sets
                .iter()
                .filter(|set| set.name == row.pack())
                .flat_map(|set| &set.requirements)
                .find(|requirement| requirement.id.0 == row.requirement_id);
            let Some(requirement) = requirement else { continue };
            keywords.push(keyword_judgement(
                &document.id,
                row,
                baseline.outcome(&text.document, requirement),
            ));
        }
    }
    let arms: [&[Row]; 4] = [&rows, &blind, &untitled, &unheaded];
    let all: Vec<Row> = arms.into_iter().flatten().cloned().collect();
    let judged: [Vec<Judgement>; 4] =
        leave_one_document_out(&all, &arms, options).try_into().expect("as many lists of judgements as arms");
    let sharpness = best_sharpness(&judged[1]);
    let judged = judged.map(|judged| sharpen(&judged, sharpness));
    let names: Vec<String> = suites.iter().map(|suite| suite.file.name.clone()).collect();
    let base = PathBuf::new();
    let description = Suite { directory: base.clone(), file: description(&names) };
    let result = bench.provenance(&description, &base, &files, true, screener.rulebook.identities(&[]))?;
    let mut outcome = Outcome::new(&description, "document", result);
    add_figures(&mut outcome, KEYWORDS, &keywords);
    for (arm, judged) in [FITTED, UNSEEN, UNTITLED, UNHEADED].into_iter().zip(&judged) {
        add_figures(&mut outcome, arm, judged);
        add_calibration(&mut outcome, arm, judged);
    }
    let figures = outcome
        .result
        .arms
        .iter()
        .filter(|arm| arm.name == FITTED)
        .flat_map(|arm| &arm.figures)
        .filter_map(|figure| Some((figure.name.replace(' ', "_").to_lowercase(), round(figure.value?))))
        .collect();
    let mut calibration = fit(&all, options, provenance(&rows, date, names, figures));
    calibration.sharpness = sharpness;
    let text = toml::to_string(&calibration)
        .map_err(|error| EvalError::Setting(format!("the calibration cannot be written: {error}")))?;
    let toml = format!(
        "# Parameters of the completeness decision. Fitted by `eia-screen eval fit`; see docs/evaluation.md.\n\
         # Every figure is leave-one-document-out, but the sharpness behind calibration_error was chosen on all documents.\n\n{}",
        short_numbers(&text)
    );
    let names = ["all", "own unknown", "no title", "no own heading"];
    let kinds = names.into_iter().zip(arms).zip(&judged);
    let table: Vec<JudgedRows> =
        kinds.map(|((name, rows), judged)| JudgedRows { name, rows, judged }).collect();
    Ok(Fitted { toml, outcome, rows: table_of(&table) })
}

/// Rows of one kind with what was judged of them.
struct JudgedRows<'a> {
    name: &'static str,
    rows: &'a [Row],
    judged: &'a [Judgement],
}

/// Writes the judgements beside the evidence they rest on, for looking into.
fn table_of(arms: &[JudgedRows<'_>]) -> String {
    let mut text = format!("arm,document,requirement,gold,found,confidence,{}\n", NAMES.join(","));
    let name =
        |outcome: Option<_>| outcome.map_or(String::new(), |found| format!("{found:?}").to_lowercase());
    for JudgedRows { name: arm, rows, judged } in arms {
        for row in *rows {
            let own = |one: &&Judgement| one.document == row.document && one.requirement == row.requirement;
            let Some(judgement) = judged.iter().find(own) else { continue };
            let values: Vec<String> = row.values.iter().map(|value| format!("{value:.4}")).collect();
            text.push_str(&format!(
                "{arm},{},{},{},{},{:.3},{}\n",
                row.document,
                row.requirement,
                name(Some(row.gold)),
                name(judgement.found),
                judgement.confidence,
                values.join(",")
            ));
        }
    }
    text
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

/// Returns per document the phrases that no other document uses.
///
/// Wording is written while documents are read, so a phrase that only one of them has was perhaps written
/// for it. Without those phrases a document stands for one that nobody has seen.
fn own_phrases(used: &[&Hidden]) -> Vec<Hidden> {
    let count = |of: fn(&Hidden) -> &BTreeSet<u32>| {
        let mut counts: HashMap<u32, usize> = HashMap::new();
        for phrase in used.iter().flat_map(|one| of(one)) {
            *counts.entry(*phrase).or_insert(0) += 1;
        }
        counts
    };
    let (titles, text) = (count(|one| &one.titles), count(|one| &one.text));
    let alone = |phrases: &BTreeSet<u32>, counts: &HashMap<u32, usize>| {
        phrases.iter().copied().filter(|phrase| counts[phrase] == 1).collect()
    };
    used.iter()
        .map(|one| Hidden {
            titles: alone(&one.titles, &titles),
            text: alone(&one.text, &text),
            headings: false,
        })
        .collect()
}

/// Writes numbers with three decimals at most; lines with strings stay as they are.
fn short_numbers(text: &str) -> String {
    let short = |token: &str| {
        let (number, after) = token.split_at(token.trim_end_matches([',', ' ', ']']).len());
        let before = number.len() - number.trim_start_matches('[').len();
        let (before, number) = number.split_at(before);
        match number.parse::<f64>().ok().filter(|_| number.contains('.')) {
            Some(value) => format!("{before}{:?}{after}", round(value)),
            None => token.to_owned(),
        }
    };
    let line = |line: &str| match line.contains('"') {
        true => format!("{line}\n"),
        false => line.split_inclusive(' ').map(short).collect::<String>() + "\n",
    };
    text.lines().map(line).collect()
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
    fn numbers_are_written_with_three_decimals_at_most_and_names_kept() {
        let text = "there = [0.123456, 1.0, -2.5004]\nrows = 7\ndate = \"2026-11-21\"\nsharpness = 0.89999\n";
        let short = "there = [0.123, 1.0, -2.5]\nrows = 7\ndate = \"2026-11-21\"\nsharpness = 0.9\n";
        assert_eq!(short_numbers(text), short);
    }
}
