//! Fits the calibration of the completeness check on labelled reports and says how well it does.
//!
//!     cargo run --release --example fit_completeness -- OUT.toml GOLD.jsonl DOCUMENTS [GOLD.jsonl DOCUMENTS ...]
//!
//! Every figure is leave-one-document-out with a 95 % interval over documents; the keyword-only baseline
//! stands beside it. The model's files have to be in `models/` (`eia-screen models pull all-minilm-l6-v2`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use eia_screen::assembly;
use eia_screen::domain::requirement::RequirementSet;
use eia_screen::embed::Embedder;
use eia_screen::eval::completeness::{
    CompletenessScore, GoldRow, Judgement, KeywordBaseline, interval, parse_gold, score,
};
use eia_screen::eval::fit::{FitOptions, Row, fit, leave_one_document_out, provenance};
use eia_screen::ingest::{Limits, read_document};
use eia_screen::rules::Rulebook;
use eia_screen::screen::completeness::CompletenessModel;
use eia_screen::screen::prepare::prepare;
use eia_screen::settings::Settings;
use tokio_util::sync::CancellationToken;

/// Picks one figure of a score.
type Figure = fn(&CompletenessScore) -> f64;

/// Resamples behind an interval.
const RESAMPLES: usize = 1000;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((out, suites)) =
        arguments.split_first().filter(|(_, rest)| rest.len() >= 2 && rest.len() % 2 == 0)
    else {
        bail!("arguments: OUT.toml GOLD.jsonl DOCUMENTS [GOLD.jsonl DOCUMENTS ...]");
    };
    let embedder = assembly::embedder(&Settings::default())?;
    let rulebook = Rulebook::load_builtin()?;
    let model = CompletenessModel::new(&rulebook, embedder.as_deref())?;
    let collector = Collector { rulebook: &rulebook, model: &model, embedder: embedder.as_deref() };
    let (mut rows, mut keywords, mut names) = (Vec::new(), Vec::new(), Vec::new());
    for suite in suites.chunks(2) {
        let gold = std::fs::read_to_string(&suite[0]).with_context(|| suite[0].clone())?;
        collector.suite(&parse_gold(&gold)?, Path::new(&suite[1]), &mut rows, &mut keywords)?;
        names.push(suite[0].clone());
    }
    println!("keyword-only baseline");
    print_figures(&keywords);
    let options = FitOptions::default();
    let judged = leave_one_document_out(&rows, options);
    println!("fitted, leave-one-document-out");
    let figures = print_figures(&judged);
    let sharpness = best_sharpness(&judged);
    let today = jiff::Zoned::now().date().to_string();
    let names = names.iter().map(|name| suite_name(name)).collect();
    let mut calibration = fit(&rows, options, provenance(&rows, &today, names, figures));
    calibration.sharpness = sharpness;
    let sharpened = sharpen(&judged, sharpness);
    println!("calibration error {:.3} at sharpness {sharpness}", score(&sharpened).calibration_error);
    calibration
        .provenance
        .figures
        .insert("calibration_error".to_owned(), round(score(&sharpened).calibration_error));
    let text = format!(
        "# Parameters of the completeness decision. Fitted by `cargo run --release --example fit_completeness`; see\n\
         # docs/accuracy.md. Every figure is leave-one-document-out.\n\n{}",
        short_numbers(&toml::to_string_pretty(&calibration)?)
    );
    std::fs::write(out, text).with_context(|| out.clone())?;
    Ok(())
}

struct Collector<'a> {
    rulebook: &'a Rulebook,
    model: &'a CompletenessModel,
    embedder: Option<&'a dyn Embedder>,
}

impl Collector<'_> {
    fn suite(
        &self,
        gold: &[GoldRow],
        folder: &Path,
        rows: &mut Vec<Row>,
        keywords: &mut Vec<Judgement>,
    ) -> anyhow::Result<()> {
        let mut by_document: BTreeMap<&str, Vec<&GoldRow>> = BTreeMap::new();
        for row in gold {
            by_document.entry(&row.doc_id).or_default().push(row);
        }
        let baseline = KeywordBaseline::new(self.rulebook);
        for (id, labels) in by_document {
            let path =
                find(folder, id).with_context(|| format!("no document {id} in {}", folder.display()))?;
            let name = path.display().to_string();
            let document = read_document(&name, &std::fs::read(&path)?, &Limits::default())?;
            let prepared = prepare(document, self.embedder, &CancellationToken::new(), &mut |_, _| {})?;
            let mut packs: Vec<String> = labels.iter().map(|row| row.pack()).collect();
            packs.sort();
            packs.dedup();
            let sets: Vec<&RequirementSet> =
                packs.iter().filter_map(|pack| self.rulebook.set(pack)).collect();
            let features =
                self.model.collect(&prepared.document, &prepared.passages, Some(&prepared.dense), &sets);
            let requirements = sets.iter().flat_map(|set| &set.requirements);
            for (requirement, features) in requirements.zip(features) {
                let Some(label) = labels.iter().find(|row| row.requirement_id == requirement.id.0) else {
                    continue;
                };
                rows.push(Row {
                    document: id.to_owned(),
                    requirement: requirement.id.0.clone(),
                    values: features.values,
                    gold: label.label,
                });
                keywords.push(Judgement {
                    document: id.to_owned(),
                    requirement: requirement.id.0.clone(),
                    gold: label.label,
                    found: Some(baseline.outcome(&prepared.document, requirement)),
                    confidence: 1.0,
                });
            }
        }
        Ok(())
    }
}

/// `ID.txt`, `ID.md`, `ID.pdf` …; an id may end in the format: `NAME-docx`.
fn find(folder: &Path, id: &str) -> Option<PathBuf> {
    let formats = ["txt", "md", "pdf", "docx", "html"];
    let stated = formats.iter().filter_map(|format| {
        Some(folder.join(format!("{}.{format}", id.strip_suffix(&format!("-{format}"))?)))
    });
    let plain = formats.iter().map(|format| folder.join(format!("{id}.{format}")));
    stated.chain(plain).find(|path| path.is_file())
}

fn suite_name(path: &str) -> String {
    let parts: Vec<&str> = path.rsplit('/').take(2).collect();
    parts.into_iter().rev().collect::<Vec<_>>().join("/")
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

fn print_figures(judgements: &[Judgement]) -> BTreeMap<String, f64> {
    let figures: [(&str, Figure); 7] = [
        ("missing_precision", |s| s.missing.precision),
        ("missing_recall", |s| s.missing.recall),
        ("missing_f1", |s| s.missing.f1),
        ("weak_f1", |s| s.weak.f1),
        ("present_f1", |s| s.present.f1),
        ("macro_f1", |s| s.macro_f1),
        ("not_fully_present_f1", |s| s.not_fully_present.f1),
    ];
    let whole = score(judgements);
    let mut values = BTreeMap::new();
    for (name, figure) in figures {
        let between = interval(judgements, RESAMPLES, 7, figure);
        println!("  {name:<22} {:.3}  [{:.3}, {:.3}]", figure(&whole), between.low, between.high);
        values.insert(name.to_owned(), round(figure(&whole)));
    }
    println!("  kappa {:.3}, confusion {:?}", whole.weighted_kappa, whole.confusion);
    values
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
