//! Are present, weak and missing elements told apart? By document and requirement, keywords beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::{EvalError, Workbench, workbench::cell};
use crate::domain::requirement::RequirementSet;
use crate::eval::beir;
use crate::eval::completeness::{GoldRow, Judgement, KeywordBaseline, outcome_of};
use crate::eval::measures::Formula;
use crate::eval::measures::formula::{RELIABILITY_BINS, reliability_tally};
use crate::eval::result::{Items, Outcome, Plot, Tallies, rounded};
use crate::eval::suite::Suite;
use crate::screen::completeness::calibration::Outcome as Label;
use crate::screen::completeness::{CaseFacts, assess};
use crate::screen::prepare::{PreparedDocument, prepare};
use crate::screen::run::Screener;

/// Names of the arms.
const KEYWORDS: &str = "keywords";
const PROGRAM: &str = "evidence model";

/// A document of the suite with its gold.
pub struct Labelled {
    /// Id in the gold file.
    pub id: String,
    /// File.
    pub path: PathBuf,
    /// Gold rows.
    pub rows: Vec<GoldRow>,
}

/// Returns the documents that have gold, by id.
pub fn labelled(suite: &Suite, base: &Path) -> Result<Vec<Labelled>, EvalError> {
    let gold_path = suite.gold(base);
    let folder = base.join(&suite.file.documents);
    let mut by_document: BTreeMap<String, Vec<GoldRow>> = BTreeMap::new();
    for row in beir::json_lines::<GoldRow>(&gold_path)? {
        by_document.entry(row.doc_id.clone()).or_default().push(row);
    }
    if by_document.is_empty() {
        return Err(EvalError::Data { path: gold_path, what: "no gold row".to_owned() });
    }
    by_document
        .into_iter()
        .map(|(id, rows)| {
            let path = find(&folder, &id).ok_or_else(|| EvalError::Data {
                path: folder.clone(),
                what: format!("there is no document {id}, which {} labels", suite.file.gold),
            })?;
            Ok(Labelled { id, path, rows })
        })
        .collect()
}

/// `ID.txt`, `ID.md`, `ID.pdf` …; an id may end in the format: `NAME-docx`.
pub fn find(folder: &Path, id: &str) -> Option<PathBuf> {
    let formats = ["txt", "md", "pdf", "docx", "html"];
    let stated = formats.iter().filter_map(|format| {
        Some(folder.join(format!("{}.{format}", id.strip_suffix(&format!("-{format}"))?)))
    });
    let plain = formats.iter().map(|format| folder.join(format!("{id}.{format}")));
    stated.chain(plain).find(|path| path.is_file())
}

/// Reads and embeds a document, and returns the packs its gold speaks of.
pub fn prepared<'a>(
    labelled: &Labelled,
    bench: &Workbench,
    screener: &'a Screener,
) -> Result<(PreparedDocument, Vec<&'a RequirementSet>), EvalError> {
    let document = bench.read_document(&labelled.path)?;
    let prepared = prepare(document, &screener.vectorizer(), &CancellationToken::new(), &mut |_, _| {})?;
    let packs: BTreeSet<String> = labelled.rows.iter().map(GoldRow::pack).collect();
    let set = |pack: &String| {
        screener.rulebook.set(pack).ok_or_else(|| EvalError::Data {
            path: labelled.path.clone(),
            what: format!("the gold names the pack {pack}, which is not among the rules"),
        })
    };
    let sets = packs.iter().map(set).collect::<Result<_, _>>()?;
    Ok((prepared, sets))
}

/// Judgements of one document: those of keywords and those of the program.
fn judge(
    labelled: &Labelled,
    bench: &Workbench,
    screener: &Screener,
    baseline: &KeywordBaseline,
) -> Result<[Vec<Judgement>; 2], EvalError> {
    let (prepared, sets) = prepared(labelled, bench, screener)?;
    let document = &prepared.document;
    let findings = assess(
        &screener.completeness,
        document,
        &prepared.passages,
        Some(&prepared.dense),
        &sets,
        &CaseFacts::default(),
    )
    .findings;
    let mut judgements = [Vec::new(), Vec::new()];
    for row in &labelled.rows {
        let requirement = sets
            .iter()
            .filter(|set| set.name == row.pack())
            .flat_map(|set| &set.requirements)
            .find(|requirement| requirement.id.0 == row.requirement_id);
        let finding = findings
            .iter()
            .find(|found| found.requirement.0 == row.requirement_id && found.pack == row.pack());
        let (Some(requirement), Some(finding)) = (requirement, finding) else {
            return Err(EvalError::Data {
                path: labelled.path.clone(),
                what: format!("the gold names {}, which pack {} has not", row.requirement_id, row.pack()),
            });
        };
        let judgement = |found, confidence| Judgement {
            document: labelled.id.clone(),
            requirement: row.requirement_id.clone(),
            gold: row.label,
            found,
            confidence,
        };
        judgements[0].push(judgement(Some(baseline.outcome(document, requirement)), 1.0));
        judgements[1].push(judgement(outcome_of(finding), finding.confidence));
    }
    Ok(judgements)
}

/// Runs a suite of the kind.
pub fn run(suite: &Suite, bench: &Workbench) -> Result<Outcome, EvalError> {
    let started = Instant::now();
    let base = suite.base(&bench.settings_of(suite)?)?;
    let documents = labelled(suite, &base)?;
    let mut files: Vec<PathBuf> = documents.iter().map(|document| document.path.clone()).collect();
    files.push(suite.gold(&base));
    let screener = bench.screener(None)?;
    if screener.embedder.is_none() {
        tracing::warn!("no model is loaded: evidence is judged by words only");
    }
    let packs: BTreeSet<String> =
        documents.iter().flat_map(|document| document.rows.iter().map(GoldRow::pack)).collect();
    let sets: Vec<RequirementSet> =
        packs.iter().filter_map(|pack| screener.rulebook.set(pack).cloned()).collect();
    let mut rules = screener.rulebook.identities(&sets);
    rules.push(screener.completeness.identity());
    rules.push(screener.completeness.classifier().clone());
    rules.sort();
    let provenance = bench.provenance(suite, &base, &files, true, rules)?;
    let mut outcome = Outcome::new(suite, "document", provenance);
    let loaded = started.elapsed().as_secs_f64();
    let mut both = [Vec::new(), Vec::new()];
    let baseline = KeywordBaseline::new(&screener.rulebook);
    for document in &documents {
        let [keywords, program] = judge(document, bench, &screener, &baseline)?;
        both[0].extend(keywords);
        both[1].extend(program);
    }
    for (arm, judgements) in [KEYWORDS, PROGRAM].into_iter().zip(&both) {
        add_figures(&mut outcome, arm, judgements);
    }
    add_calibration(&mut outcome, &both[1]);
    outcome.result.plots = plots(&both);
    outcome.items = items(&both);
    outcome.seconds.insert("load".to_owned(), loaded);
    outcome.seconds.insert("run".to_owned(), started.elapsed().as_secs_f64() - loaded);
    Ok(outcome)
}

/// Adds the figures of the three classes.
pub fn add_figures(outcome: &mut Outcome, arm: &str, judgements: &[Judgement]) {
    let yes = |holds: bool| f64::from(u8::from(holds));
    let class = |label: Label| {
        move |j: &Judgement| {
            let (gold, found) = (j.gold == label, j.found == Some(label));
            [yes(gold && found), yes(found), yes(gold)]
        }
    };
    let partly = |j: &Judgement| {
        let gold = j.gold != Label::Present;
        let found = j.found.is_some_and(|found| found != Label::Present);
        [yes(gold && found), yes(found), yes(gold)]
    };
    type Part<'a> = &'a dyn Fn(&Judgement) -> Vec<f64>;
    let precision = |of: &dyn Fn(&Judgement) -> [f64; 3], j: &Judgement| {
        let [b, f, _] = of(j);
        vec![b, f]
    };
    let recall = |of: &dyn Fn(&Judgement) -> [f64; 3], j: &Judgement| {
        let [b, _, g] = of(j);
        vec![b, g]
    };
    let f1 = |of: &dyn Fn(&Judgement) -> [f64; 3], j: &Judgement| {
        let [b, f, g] = of(j);
        vec![2.0 * b, f + g]
    };
    let (missing, weak, present) = (class(Label::Missing), class(Label::Weak), class(Label::Present));
    let macro_f1 = |j: &Judgement| {
        let of = [missing(j), weak(j), present(j)];
        of.iter().flat_map(|[b, f, g]| [2.0 * b, f + g, *g]).collect()
    };
    let kappa = |j: &Judgement| {
        let mut confusion = vec![0.0; 9];
        if let Some(found) = j.found {
            confusion[j.gold as usize * 3 + found as usize] = 1.0;
        }
        confusion
    };
    let figures: [(&str, Formula, Part<'_>); 12] = [
        ("missing precision", Formula::Ratio, &|j| precision(&missing, j)),
        ("missing recall", Formula::Ratio, &|j| recall(&missing, j)),
        ("missing F1", Formula::Ratio, &|j| f1(&missing, j)),
        ("weak F1", Formula::Ratio, &|j| f1(&weak, j)),
        ("present F1", Formula::Ratio, &|j| f1(&present, j)),
        ("macro F1", Formula::MeanOfRatios, &macro_f1),
        ("not fully present precision", Formula::Ratio, &|j| precision(&partly, j)),
        ("not fully present recall", Formula::Ratio, &|j| recall(&partly, j)),
        ("not fully present F1", Formula::Ratio, &|j| f1(&partly, j)),
        ("accuracy", Formula::Ratio, &|j| vec![yes(j.found == Some(j.gold)), 1.0]),
        ("weighted kappa", Formula::WeightedKappa, &kappa),
        ("answered", Formula::Ratio, &|j| vec![yes(j.found.is_some()), 1.0]),
    ];
    for (name, formula, part) in figures {
        outcome.figure(arm, name, formula, by_document(judgements, part));
    }
}

/// Adds the expected calibration error of stated confidences.
fn add_calibration(outcome: &mut Outcome, judgements: &[Judgement]) {
    let tally = |j: &Judgement| {
        j.found.map_or_else(
            || vec![0.0; 3 * RELIABILITY_BINS],
            |found| reliability_tally(f64::from(j.confidence), found == j.gold),
        )
    };
    let tallies = by_document(judgements, &tally);
    outcome.figure(PROGRAM, "calibration error", Formula::CalibrationError, tallies);
}

/// Sums the contributions of the judgements of each document.
fn by_document(judgements: &[Judgement], part: &dyn Fn(&Judgement) -> Vec<f64>) -> Tallies {
    let mut tallies = Tallies::new();
    for judgement in judgements {
        let part = part(judgement);
        let sum = tallies.entry(judgement.document.clone()).or_insert_with(|| vec![0.0; part.len()]);
        sum.iter_mut().zip(part).for_each(|(sum, value)| *sum += value);
    }
    tallies
}

fn plots(both: &[Vec<Judgement>; 2]) -> Vec<Plot> {
    let lines = [KEYWORDS, PROGRAM]
        .into_iter()
        .zip(both)
        .map(|(arm, judgements)| (arm.to_owned(), missing_curve(judgements)))
        .collect();
    vec![
        Plot::PrecisionRecall { title: "Missing elements".to_owned(), lines },
        Plot::Reliability { title: "Stated outcomes".to_owned(), bins: reliability(&both[1]) },
        heat_map(&both[1]),
    ]
}

/// Precision over recall of *missing*, from the surest claim down to the surest denial.
fn missing_curve(judgements: &[Judgement]) -> Vec<(f64, f64)> {
    let claim = |j: &Judgement| match j.found {
        Some(Label::Missing) => j.confidence,
        Some(_) => -j.confidence,
        None => -1.0,
    };
    let mut order: Vec<&Judgement> = judgements.iter().collect();
    order.sort_by(|a, b| claim(b).total_cmp(&claim(a)));
    let gold = judgements.iter().filter(|j| j.gold == Label::Missing).count();
    let (mut right, mut points) = (0usize, Vec::new());
    for (at, judgement) in order.iter().enumerate() {
        right += usize::from(judgement.gold == Label::Missing);
        let is_last_of_tie = order.get(at + 1).is_none_or(|next| claim(next) != claim(judgement));
        if gold > 0 && is_last_of_tie {
            let point = (right as f64 / gold as f64, right as f64 / (at + 1) as f64);
            points.push((rounded(point.0), rounded(point.1)));
        }
    }
    points
}

fn reliability(judgements: &[Judgement]) -> Vec<(usize, f64, f64)> {
    let mut sum = vec![0.0; 3 * RELIABILITY_BINS];
    for judgement in judgements {
        if let Some(found) = judgement.found {
            let tally = reliability_tally(f64::from(judgement.confidence), found == judgement.gold);
            sum.iter_mut().zip(tally).for_each(|(sum, value)| *sum += value);
        }
    }
    sum.chunks_exact(3)
        .filter(|bin| bin[0] > 0.0)
        .map(|bin| (bin[0] as usize, rounded(bin[1] / bin[0]), rounded(bin[2] / bin[0])))
        .collect()
}

/// Share of right answers by requirement and gold label.
fn heat_map(judgements: &[Judgement]) -> Plot {
    let mut rows: BTreeMap<&str, [(f64, f64); 4]> = BTreeMap::new();
    for judgement in judgements {
        let row = rows.entry(&judgement.requirement).or_default();
        for column in [judgement.gold as usize, 3] {
            row[column].0 += f64::from(u8::from(judgement.found == Some(judgement.gold)));
            row[column].1 += 1.0;
        }
    }
    let share = |(right, all): (f64, f64)| (all > 0.0).then(|| rounded(right / all));
    Plot::HeatMap {
        title: "Share of right answers by requirement".to_owned(),
        columns: ["gold missing", "gold weak", "gold present", "all"].map(str::to_owned).to_vec(),
        rows: rows
            .into_iter()
            .map(|(requirement, row)| (requirement.to_owned(), row.map(share).to_vec()))
            .collect(),
    }
}

fn items(both: &[Vec<Judgement>; 2]) -> Items {
    let header = ["document", "requirement", "gold", "keywords", "found", "confidence", "right"];
    let name = |label: Label| match label {
        Label::Missing => "missing",
        Label::Weak => "weak",
        Label::Present => "present",
    };
    let rows = both[0].iter().zip(&both[1]).map(|(keywords, program)| {
        vec![
            program.document.clone(),
            program.requirement.clone(),
            name(program.gold).to_owned(),
            keywords.found.map_or("", name).to_owned(),
            program.found.map_or("", name).to_owned(),
            cell(f64::from(program.confidence)),
            (program.found == Some(program.gold)).to_string(),
        ]
    });
    Items { header: header.map(str::to_owned).to_vec(), rows: rows.collect() }
}
