//! What judgements of completeness come to: figures of the three classes, plots, rows for people.
//!
//! Used by the suites of the kind and by `eval fit`. Units are documents, because the requirements of one document stand
//! and fall together. An abstention is a wrong answer for recall and no answer for precision.

use std::collections::BTreeMap;

use super::workbench::cell;
use crate::eval::completeness::{GoldRow, Judgement, Quality};
use crate::eval::measures::Formula;
use crate::eval::measures::formula::{RELIABILITY_BINS, reliability_tally};
use crate::eval::result::{Items, Outcome, Plot, Tallies, rounded};
use crate::screen::completeness::calibration::Outcome as Label;

/// Name of the baseline.
pub const KEYWORDS: &str = "keywords";
/// Name of the arm that is the program.
pub const PROGRAM: &str = "evidence model";

/// The classes in the order of their numbers.
const CLASSES: [Label; 3] = [Label::Missing, Label::Weak, Label::Present];

fn name(label: Label) -> &'static str {
    match label {
        Label::Missing => "missing",
        Label::Weak => "weak",
        Label::Present => "present",
    }
}

/// Returns the judgement of the baseline, which is always sure.
pub fn keyword_judgement(document: &str, row: &GoldRow, found: Label) -> Judgement {
    Judgement {
        document: document.to_owned(),
        requirement: row.requirement_id.clone(),
        gold: row.label,
        found: Some(found),
        confidence: 1.0,
        missing: if found == Label::Missing { 1.0 } else { 0.0 },
    }
}

fn yes(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}

/// Right, claimed, there: what one judgement adds to a group of classes.
fn counted(judgement: &Judgement, belongs: impl Fn(Label) -> bool) -> [f64; 3] {
    let (gold, found) = (belongs(judgement.gold), judgement.found.is_some_and(belongs));
    [yes(gold && found), yes(found), yes(gold)]
}

/// Adds precision, recall and F1 of every class and of gaps of either kind, and what sums the classes up.
pub fn add_figures(outcome: &mut Outcome, arm: &str, judgements: &[Judgement]) {
    let mut add = |name: &str, formula: Formula, part: &dyn Fn(&Judgement) -> Vec<f64>| {
        outcome.figure(arm, name, formula, by_document(judgements, part));
    };
    let mut class = |name: &str, belongs: &dyn Fn(Label) -> bool| {
        add(&format!("{name} precision"), Formula::Ratio, &|j| {
            let [right, claimed, _] = counted(j, belongs);
            vec![right, claimed]
        });
        add(&format!("{name} recall"), Formula::Ratio, &|j| {
            let [right, _, there] = counted(j, belongs);
            vec![right, there]
        });
        add(&format!("{name} F1"), Formula::Ratio, &|j| {
            let [right, claimed, there] = counted(j, belongs);
            vec![2.0 * right, claimed + there]
        });
    };
    for label in CLASSES {
        class(name(label), &|own| own == label);
    }
    class("not fully present", &|own| own != Label::Present);
    add("macro F1", Formula::MeanOfRatios, &|j| {
        let of = CLASSES.map(|label| counted(j, |own| own == label));
        of.iter().flat_map(|[right, claimed, there]| [2.0 * right, claimed + there, *there]).collect()
    });
    let is_right = |j: &Judgement| yes(j.found == Some(j.gold));
    let answered = |j: &Judgement| yes(j.found.is_some());
    add("micro F1", Formula::Ratio, &|j| vec![2.0 * is_right(j), answered(j) + 1.0]);
    add("accuracy", Formula::Ratio, &|j| vec![is_right(j), 1.0]);
    add("weighted kappa", Formula::WeightedKappa, &|j| {
        let mut matrix = vec![0.0; 9];
        if let Some(found) = j.found {
            matrix[j.gold as usize * 3 + found as usize] = 1.0;
        }
        matrix
    });
    add("answered", Formula::Ratio, &|j| vec![answered(j), 1.0]);
}

/// Adds the expected calibration error of stated confidences.
pub fn add_calibration(outcome: &mut Outcome, arm: &str, judgements: &[Judgement]) {
    let tally = |j: &Judgement| {
        j.found.map_or_else(
            || vec![0.0; 3 * RELIABILITY_BINS],
            |found| reliability_tally(f64::from(j.confidence), found == j.gold),
        )
    };
    let tallies = by_document(judgements, &tally);
    outcome.figure(arm, "calibration error", Formula::CalibrationError, tallies);
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

/// Returns the plots of both arms.
pub fn plots(both: &[Vec<Judgement>; 2]) -> Vec<Plot> {
    let arms = || [KEYWORDS, PROGRAM].into_iter().zip(both);
    let lines = arms().map(|(arm, judgements)| (arm.to_owned(), missing_curve(judgements))).collect();
    let mut plots = vec![
        Plot::PrecisionRecall { title: "Missing elements".to_owned(), lines },
        Plot::Reliability { title: "Stated outcomes".to_owned(), bins: reliability(&both[1]) },
        heat_map(&both[1]),
    ];
    plots.extend(arms().map(|(arm, judgements)| confusion(arm, judgements)));
    plots
}

/// Precision over recall of *missing*, from the likeliest gap down to the least likely; what was not judged comes last.
fn missing_curve(judgements: &[Judgement]) -> Vec<(f64, f64)> {
    let claim = |j: &Judgement| if j.found.is_some() { j.missing } else { -1.0 };
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
            row[column].0 += yes(judgement.found == Some(judgement.gold));
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

/// How often each label was answered by what.
fn confusion(arm: &str, judgements: &[Judgement]) -> Plot {
    let mut counts = [[0usize; 4]; 3];
    for judgement in judgements {
        counts[judgement.gold as usize][judgement.found.map_or(3, |found| found as usize)] += 1;
    }
    let columns = CLASSES.map(|label| format!("found {}", name(label)));
    Plot::Confusion {
        title: format!("Answers of {arm}"),
        columns: columns.into_iter().chain(["not answered".to_owned()]).collect(),
        rows: CLASSES
            .into_iter()
            .zip(counts)
            .map(|(label, counts)| (format!("gold {}", name(label)), counts.to_vec()))
            .collect(),
    }
}

/// Returns precision, recall and F1 of *missing* by arm and requirement; empty where not defined.
pub fn requirements(both: &[Vec<Judgement>; 2]) -> Items {
    let header = [
        "arm",
        "requirement",
        "labels",
        "gold missing",
        "called missing",
        "right",
        "precision",
        "recall",
        "F1",
    ];
    let mut rows = Vec::new();
    for (arm, judgements) in [KEYWORDS, PROGRAM].into_iter().zip(both) {
        let mut counts: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
        for judgement in judgements {
            let is_gold = judgement.gold == Label::Missing;
            let is_called = judgement.found == Some(Label::Missing);
            let [labels, gold, called, right] = counts.entry(&judgement.requirement).or_default();
            *labels += 1;
            *gold += usize::from(is_gold);
            *called += usize::from(is_called);
            *right += usize::from(is_gold && is_called);
        }
        for (requirement, [labels, gold, called, right]) in counts {
            let quality = Quality::of(right, called, gold);
            let shares = [quality.precision, quality.recall, quality.f1];
            rows.push(
                [arm.to_owned(), requirement.to_owned()]
                    .into_iter()
                    .chain([labels, gold, called, right].map(|count| count.to_string()))
                    .chain(shares.map(|share| share.map_or_else(String::new, cell)))
                    .collect(),
            );
        }
    }
    Items { header: header.map(str::to_owned).to_vec(), rows }
}

/// Returns one row per judgement, keywords beside the program.
pub fn items(both: &[Vec<Judgement>; 2]) -> Items {
    let header = [
        "document",
        "requirement",
        "gold",
        "keywords",
        "found",
        "confidence",
        "right",
        "missing probability",
    ];
    let rows = both[0].iter().zip(&both[1]).map(|(keywords, program)| {
        vec![
            program.document.clone(),
            program.requirement.clone(),
            name(program.gold).to_owned(),
            keywords.found.map_or("", name).to_owned(),
            program.found.map_or("", name).to_owned(),
            cell(f64::from(program.confidence)),
            (program.found == Some(program.gold)).to_string(),
            cell(f64::from(program.missing)),
        ]
    });
    Items { header: header.map(str::to_owned).to_vec(), rows: rows.collect() }
}

#[cfg(test)]
mod tests;
