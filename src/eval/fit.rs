//! Where do the parameters of the completeness decision come from? Labelled reports and stated priors.
//!
//! Both logistic models are fitted by penalised maximum likelihood: the penalty pulls every weight towards
//! a prior that an expert stated, so that a few hundred labels only correct it. Weights keep their sign:
//! more evidence never makes an element less likely. Cyclic Newton steps on one weight at a time; the
//! result does not depend on the machine. Fitted figures are always leave-one-document-out.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::screen::completeness::calibration::{Calibration, CalibrationProvenance, Outcome};
use crate::screen::completeness::features::{COUNT, NAMES};

use super::completeness::Judgement;

/// Evidence and label of one requirement in one document.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Document.
    pub document: String,
    /// Requirement.
    pub requirement: String,
    /// Evidence.
    pub values: [f32; COUNT],
    /// Label.
    pub gold: Outcome,
}

/// How a fit is done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FitOptions {
    /// Strength of the pull towards the prior.
    pub pull: f64,
    /// From this probability of being missing the outcome is missing. Below one half, because a missed gap
    /// costs more than a false one.
    pub missing_from: f32,
    /// From this probability of being complete the outcome is present.
    pub present_from: f32,
}

impl Default for FitOptions {
    fn default() -> Self {
        Self { pull: 1.0, missing_from: 0.35, present_from: 0.5 }
    }
}

/// Prior weights of "something that counts is there" and "it is complete".
const PRIORS: [(&str, f64, f64); COUNT] = [
    ("bias", -2.2, -3.5),
    ("heading", 2.5, 2.0),
    ("title", 1.0, 0.0),
    ("inside", 1.2, 0.8),
    ("local", 1.5, 0.4),
    ("total", 0.5, 0.4),
    ("size", 0.3, 0.5),
    ("numbers", 0.0, 0.3),
    ("below", 0.0, 0.5),
    ("meaning", 0.5, 0.3),
    ("covered", 0.5, 1.5),
    ("weakest_part", 0.0, 1.5),
    ("strongest_part", 1.5, 0.0),
    ("titled", -0.5, 0.0),
    ("titled_heading", 2.0, 2.0),
    ("statement", 0.0, 0.0),
    ("statement_local", 0.5, 0.0),
    ("chapter", 1.0, 2.0),
    ("share", 0.2, 0.5),
    ("doubt", -0.5, -1.5),
    ("mention", 0.5, 0.0),
    ("deferred", -0.5, -0.5),
    ("specific", 0.0, 0.5),
    ("denying", 0.0, -0.3),
];

/// Fits both models on all rows.
pub fn fit(rows: &[Row], options: FitOptions, provenance: CalibrationProvenance) -> Calibration {
    let prior = |which: usize| -> Vec<f64> {
        PRIORS.iter().map(|(_, there, complete)| if which == 0 { *there } else { *complete }).collect()
    };
    let all: Vec<(&[f32; COUNT], bool)> =
        rows.iter().map(|row| (&row.values, row.gold != Outcome::Missing)).collect();
    let found: Vec<(&[f32; COUNT], bool)> = rows
        .iter()
        .filter(|row| row.gold != Outcome::Missing)
        .map(|row| (&row.values, row.gold == Outcome::Present))
        .collect();
    Calibration {
        features: NAMES.iter().map(|name| (*name).to_owned()).collect(),
        there: newton(&all, &prior(0), options.pull, Model::There),
        complete: newton(&found, &prior(1), options.pull, Model::Complete),
        missing_from: options.missing_from,
        present_from: options.present_from,
        sharpness: 1.0,
        offsets: BTreeMap::new(),
        provenance,
    }
}

/// Judges every document by parameters fitted on the others.
pub fn leave_one_document_out(rows: &[Row], options: FitOptions) -> Vec<Judgement> {
    let documents: BTreeSet<&str> = rows.iter().map(|row| row.document.as_str()).collect();
    let mut judgements = Vec::new();
    for document in documents {
        let others: Vec<Row> = rows.iter().filter(|row| row.document != document).cloned().collect();
        let calibration = fit(&others, options, CalibrationProvenance::default());
        for row in rows.iter().filter(|row| row.document == document) {
            let (found, confidence) =
                calibration.decide(calibration.probabilities(&row.requirement, &row.values));
            judgements.push(Judgement {
                document: row.document.clone(),
                requirement: row.requirement.clone(),
                gold: row.gold,
                found: Some(found),
                confidence,
            });
        }
    }
    judgements
}

/// Returns what the parameters were fitted on, for their provenance.
pub fn provenance(
    rows: &[Row],
    date: &str,
    data: Vec<String>,
    figures: BTreeMap<String, f64>,
) -> CalibrationProvenance {
    let documents: BTreeSet<&str> = rows.iter().map(|row| row.document.as_str()).collect();
    let mut hash = Sha256::new();
    for row in rows {
        hash.update(format!("{}\t{}\t{:?}", row.document, row.requirement, row.gold));
        for value in row.values {
            hash.update(format!("\t{value:.4}"));
        }
        hash.update("\n");
    }
    let data_sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    CalibrationProvenance {
        date: date.to_owned(),
        data,
        data_sha256,
        rows: rows.len(),
        documents: documents.len(),
        figures,
    }
}

/// Which of the two models is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Model {
    There,
    Complete,
}

/// Least and greatest value of a weight.
fn bounds(model: Model, feature: usize) -> (f64, f64) {
    match NAMES[feature] {
        // How a document speaks in general does not put anything into it.
        "specific" | "denying" if model == Model::There => (0.0, 0.0),
        "bias" | "titled" | "statement" => (f64::NEG_INFINITY, f64::INFINITY),
        "doubt" | "deferred" | "denying" => (f64::NEG_INFINITY, 0.0),
        _ => (0.0, f64::INFINITY),
    }
}

/// Steps are halved at most so often before a weight is left as it is.
const HALVINGS: usize = 30;

/// Cyclic Newton steps, one weight at a time. A full step can overshoot where the curvature is small
/// (separable classes, extreme values), so it is halved until the loss falls: the loss never rises.
fn newton(rows: &[(&[f32; COUNT], bool)], prior: &[f64], pull: f64, model: Model) -> Vec<f32> {
    let mut weights = prior.to_vec();
    let mut sums: Vec<f64> = rows.iter().map(|(values, _)| product(&weights, values)).collect();
    let mut last = f64::INFINITY;
    for _ in 0..400 {
        for feature in 0..COUNT {
            let pull = if feature == 0 { 0.1 } else { pull };
            let at = weights[feature] - prior[feature];
            let (mut slope, mut curvature) = (pull * at, pull);
            for ((values, label), sum) in rows.iter().zip(&sums) {
                let value = f64::from(values[feature]);
                let p = sigmoid(*sum);
                slope += (p - f64::from(u8::from(*label))) * value;
                curvature += p * (1.0 - p) * value * value;
            }
            let (least, most) = bounds(model, feature);
            let full = (weights[feature] - slope / curvature).clamp(least, most) - weights[feature];
            let step = damped(rows, &sums, feature, full, |step| 0.5 * pull * (at + step).powi(2));
            if step != 0.0 {
                for ((values, _), sum) in rows.iter().zip(&mut sums) {
                    *sum += step * f64::from(values[feature]);
                }
                weights[feature] += step;
            }
        }
        let loss = loss(rows, &sums, &weights, prior, pull);
        if (last - loss).abs() < 1e-7 {
            break;
        }
        last = loss;
    }
    weights.into_iter().map(|weight| ((weight * 1000.0).round() / 1000.0) as f32).collect()
}

/// Returns the longest of the steps `full`, `full / 2`, ... that does not raise the loss; 0 if none does.
fn damped(
    rows: &[(&[f32; COUNT], bool)],
    sums: &[f64],
    feature: usize,
    full: f64,
    penalty: impl Fn(f64) -> f64,
) -> f64 {
    if full == 0.0 || !full.is_finite() {
        return 0.0;
    }
    let after = |step: f64| {
        let data: f64 = rows
            .iter()
            .zip(sums)
            .map(|((values, label), sum)| surprise(sum + step * f64::from(values[feature]), *label))
            .sum();
        data + penalty(step)
    };
    let before = after(0.0);
    let mut step = full;
    for _ in 0..HALVINGS {
        if after(step) <= before {
            return step;
        }
        step *= 0.5;
    }
    0.0
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Negative log-likelihood of one label.
fn surprise(sum: f64, label: bool) -> f64 {
    sum.max(0.0) + (-sum.abs()).exp().ln_1p() - if label { sum } else { 0.0 }
}

fn product(weights: &[f64], values: &[f32; COUNT]) -> f64 {
    weights.iter().zip(values).map(|(weight, value)| weight * f64::from(*value)).sum()
}

fn loss(rows: &[(&[f32; COUNT], bool)], sums: &[f64], weights: &[f64], prior: &[f64], pull: f64) -> f64 {
    let data: f64 = rows.iter().zip(sums).map(|((_, label), sum)| surprise(*sum, *label)).sum();
    let penalty: f64 = weights
        .iter()
        .zip(prior)
        .enumerate()
        .map(|(feature, (weight, prior))| {
            let pull = if feature == 0 { 0.1 } else { pull };
            0.5 * pull * (weight - prior).powi(2)
        })
        .sum();
    data + penalty
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(document: usize, local: f32, gold: Outcome) -> Row {
        let mut values = [0.0; COUNT];
        values[0] = 1.0;
        values[4] = local;
        Row { document: format!("d{document}"), requirement: "EU-01".to_owned(), values, gold }
    }

    fn rows() -> Vec<Row> {
        (0..60)
            .map(|i| match i % 3 {
                0 => row(i / 6, 0.1, Outcome::Missing),
                1 => row(i / 6, 1.6, Outcome::Weak),
                _ => row(i / 6, 4.0, Outcome::Present),
            })
            .collect()
    }

    #[test]
    fn priors_name_the_features_in_their_order() {
        let names: Vec<&str> = PRIORS.iter().map(|(name, _, _)| *name).collect();
        assert_eq!(names, NAMES);
    }

    #[test]
    fn separable_classes_are_told_apart_on_documents_left_out() {
        let judgements = leave_one_document_out(&rows(), FitOptions { pull: 0.1, ..Default::default() });
        let right = judgements.iter().filter(|j| j.found == Some(j.gold)).count();
        assert!(right >= 54, "{right} of 60");
    }

    #[test]
    fn fitting_is_repeatable_and_keeps_the_signs() {
        let fitted = fit(&rows(), FitOptions::default(), CalibrationProvenance::default());
        assert_eq!(fitted, fit(&rows(), FitOptions::default(), CalibrationProvenance::default()));
        for feature in 1..COUNT {
            let (least, most) = bounds(Model::There, feature);
            let weight = f64::from(fitted.there[feature]);
            assert!(least <= weight && weight <= most, "{}", NAMES[feature]);
        }
    }

    #[test]
    fn steps_that_overshoot_are_halved() {
        // Two rows far out on one side and hardly any pull: the curvature at the prior is nearly zero, and
        // a full Newton step from there lands at an absurd weight.
        let mut rows = rows();
        for (index, gold) in [Outcome::Missing, Outcome::Present].into_iter().enumerate() {
            let mut far = row(index, 40.0, gold);
            far.values[1] = -30.0;
            rows.push(far);
        }
        let fitted = fit(&rows, FitOptions { pull: 1e-3, ..Default::default() }, Default::default());
        for weight in fitted.there.iter().chain(&fitted.complete) {
            assert!(weight.is_finite() && weight.abs() < 100.0, "{:?}", fitted.there);
        }
        let all: Vec<(&[f32; COUNT], bool)> =
            rows.iter().map(|row| (&row.values, row.gold != Outcome::Missing)).collect();
        let prior: Vec<f64> = PRIORS.iter().map(|(_, there, _)| *there).collect();
        let total = |weights: &[f64]| {
            let sums: Vec<f64> = all.iter().map(|(values, _)| product(weights, values)).collect();
            loss(&all, &sums, weights, &prior, 1e-3)
        };
        let found: Vec<f64> = fitted.there.iter().map(|weight| f64::from(*weight)).collect();
        assert!(total(&found) < total(&prior), "{} {}", total(&found), total(&prior));
    }

    #[test]
    fn with_an_overwhelming_pull_the_prior_stays() {
        let options = FitOptions { pull: 1e9, ..Default::default() };
        let fitted = fit(&rows(), options, CalibrationProvenance::default());
        assert!((fitted.there[1] - 2.5).abs() < 1e-3);
    }
}
