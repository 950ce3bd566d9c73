//! Where do the parameters of the completeness decision come from? Labelled reports and stated priors.
//!
//! Both logistic models are fitted by penalised maximum likelihood: the penalty pulls every weight towards
//! a prior that an expert stated, so that a few hundred labels only correct it. Weights keep their sign:
//! more evidence never makes an element less likely. A requirement with labels also gets an offset and weights of
//! its own, pulled towards zero and towards the shared ones: readers are stricter about some requirements than
//! about others, and what speaks for one – a title, figures, words – says little about another.
//! Fitted figures are always leave-one-document-out; only the sharpness of confidences is not ([`super::tuning`]).

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::screen::completeness::calibration::{
    Calibration, CalibrationProvenance, Difference, Outcome, Own, bounded,
};
use crate::screen::completeness::features::{COUNT, NAMES};

use super::completeness::Judgement;
use super::logistic::{self, Groups, Parameter, Sample, Trained};

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
    /// How much it counts in a fit.
    pub weight: f64,
}

/// How a fit is done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FitOptions {
    /// Strength of the pull towards the prior.
    pub pull: f64,
    /// Strength of the pull of a requirement's own offset towards zero.
    pub offset_pull: f64,
    /// Strength of the pull of a requirement's own weights towards the shared ones, per standard deviation.
    pub own_pull: f64,
    /// From this probability of being missing the outcome is missing. Below one half, because a missed gap
    /// costs more than a false one.
    pub missing_from: f32,
    /// From this probability of being complete the outcome is present. Above one half, for the same reason: what
    /// is wrongly taken for present is asked of nobody.
    pub present_from: f32,
    /// How much a row counts that was measured without the phrases known from its own document. It shows
    /// what unseen wording does, yet repeats a label that is counted already.
    pub blind_weight: f64,
    /// How much a row counts that was measured without any title of its document being known, so that the lack of
    /// a title is not taken for the lack of what it would announce.
    pub untitled_weight: f64,
    /// The same of a row that was measured without the requirement's own headings, among the others of the document:
    /// a chapter may stand under a heading that nobody expects.
    pub unheaded_weight: f64,
}

impl Default for FitOptions {
    fn default() -> Self {
        Self {
            pull: 3.0,
            offset_pull: 0.7,
            own_pull: 30.0,
            missing_from: 0.2,
            present_from: 0.6,
            blind_weight: 1.0,
            untitled_weight: 1.0,
            unheaded_weight: 0.5,
        }
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
    ("bare", 0.0, -1.0),
    ("speaking", 0.2, 0.5),
    ("absent", 0.0, -1.0),
    ("glossed", 0.4, 0.2),
    ("focused", 0.5, 0.2),
    ("figures", 0.0, 0.3),
    ("slim", 0.0, -0.5),
    ("gathered", 0.0, 0.0),
    ("unheaded", -0.5, 0.0),
    ("leading", 0.2, 0.2),
    ("leading_size", 0.2, 0.2),
    ("leading_figures", 0.0, 0.3),
    ("formal", 0.0, -0.5),
    ("alike", 0.3, 0.3),
    ("alike_least", 0.3, 0.3),
    ("alike_own", 0.3, 0.3),
    ("hollow", 0.0, -0.3),
    ("announced", 0.3, 0.3),
];

/// Both models, and the requirements whose order their groups have.
struct Models<'a> {
    requirements: Vec<&'a str>,
    there: Trained,
    complete: Trained,
}

/// Fits both models on all rows.
pub fn fit(rows: &[Row], options: FitOptions, provenance: CalibrationProvenance) -> Calibration {
    models(&rows.iter().collect::<Vec<_>>(), options, None).calibration(options, provenance)
}

/// Fits both models; `near` are those of nearly the same rows.
fn models<'a>(rows: &[&'a Row], options: FitOptions, near: Option<&Models<'a>>) -> Models<'a> {
    let requirements = near.map_or_else(
        || rows.iter().map(|row| row.requirement.as_str()).collect::<BTreeSet<_>>().into_iter().collect(),
        |near| near.requirements.clone(),
    );
    let sample = |row: &Row, label: bool| Sample {
        values: row.values.iter().map(|value| f64::from(*value)).collect(),
        group: requirements.binary_search(&row.requirement.as_str()).unwrap_or_default(),
        label,
        weight: row.weight,
    };
    let all: Vec<Sample> = rows.iter().map(|row| sample(row, row.gold != Outcome::Missing)).collect();
    let found: Vec<Sample> = rows
        .iter()
        .filter(|row| row.gold != Outcome::Missing)
        .map(|row| sample(row, row.gold == Outcome::Present))
        .collect();
    let train = |samples: &[Sample], model, near: Option<&Trained>| {
        train(samples, requirements.len(), model, options, near)
    };
    let there = train(&all, Model::There, near.map(|near| &near.there));
    let complete = train(&found, Model::Complete, near.map(|near| &near.complete));
    Models { requirements, there, complete }
}

impl Models<'_> {
    fn calibration(&self, options: FitOptions, provenance: CalibrationProvenance) -> Calibration {
        let difference = |model: &Trained, group| {
            let own = model.own(group);
            let weights = own.weights.into_iter().map(rounded).collect();
            Difference { offset: rounded(own.offset), weights }
        };
        let own = self.requirements.iter().enumerate().map(|(group, id)| {
            let own =
                Own { there: difference(&self.there, group), complete: difference(&self.complete, group) };
            ((*id).to_owned(), own)
        });
        Calibration {
            features: NAMES.iter().map(|name| (*name).to_owned()).collect(),
            there: self.there.weights().into_iter().map(rounded).collect(),
            complete: self.complete.weights().into_iter().map(rounded).collect(),
            missing_from: options.missing_from,
            present_from: options.present_from,
            sharpness: 1.0,
            own: own.collect(),
            provenance,
        }
    }
}

fn rounded(value: f64) -> f32 {
    ((value * 1000.0).round() / 1000.0) as f32
}

/// Judges the rows of every document, in each of `arms`, by parameters fitted on all rows of the others.
pub fn leave_one_document_out(all: &[Row], arms: &[&[Row]], options: FitOptions) -> Vec<Vec<Judgement>> {
    let documents: BTreeSet<&str> = arms.iter().copied().flatten().map(|row| row.document.as_str()).collect();
    let documents: Vec<&str> = documents.into_iter().collect();
    // Without one document the parameters are nearly those of all, so the search begins there.
    let of_all = models(&all.iter().collect::<Vec<_>>(), options, None);
    let by_document: Vec<Vec<Vec<Judgement>>> = documents
        .par_iter()
        .map(|document| {
            let others: Vec<&Row> = all.iter().filter(|row| row.document != *document).collect();
            let fitted = models(&others, options, Some(&of_all));
            let calibration = fitted.calibration(options, CalibrationProvenance::default());
            let judge = |row: &Row| {
                let probabilities = calibration.probabilities(&row.requirement, &row.values);
                let decided = calibration.decide(probabilities);
                let found = bounded(decided, &row.values);
                Judgement {
                    document: row.document.clone(),
                    requirement: row.requirement.clone(),
                    gold: row.gold,
                    found: Some(found),
                    confidence: calibration.confidence(probabilities, decided, found),
                    missing: probabilities.missing,
                }
            };
            arms.iter()
                .map(|arm| arm.iter().filter(|row| row.document == *document).map(judge).collect())
                .collect()
        })
        .collect();
    let mut judgements = vec![Vec::new(); arms.len()];
    for (arm, own) in by_document.into_iter().flat_map(|arms| arms.into_iter().enumerate()) {
        judgements[arm].extend(own);
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
        "specific" | "denying" | "bare" if model == Model::There => (0.0, 0.0),
        "bias" | "titled" | "statement" => (f64::NEG_INFINITY, f64::INFINITY),
        "doubt" | "deferred" | "denying" | "bare" | "absent" | "slim" | "unheaded" | "formal" | "hollow" => {
            (f64::NEG_INFINITY, 0.0)
        }
        _ => (0.0, f64::INFINITY),
    }
}

/// Pull of the bias towards its prior: next to nothing, labels tell it well.
const BIAS_PULL: f64 = 0.1;

fn train(
    samples: &[Sample],
    requirements: usize,
    model: Model,
    options: FitOptions,
    near: Option<&Trained>,
) -> Trained {
    let parameters = (0..COUNT).map(|feature| {
        let (least, most) = bounds(model, feature);
        let (_, there, complete) = PRIORS[feature];
        let prior = if model == Model::There { there } else { complete };
        let pull = if feature == 0 { BIAS_PULL } else { options.pull };
        Parameter { prior: prior.clamp(least, most), pull, least, most }
    });
    let groups = Groups { count: requirements, offset_pull: options.offset_pull, own_pull: options.own_pull };
    logistic::train(samples, &parameters.collect::<Vec<_>>(), groups, near)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(document: usize, local: f32, gold: Outcome) -> Row {
        let mut values = [0.0; COUNT];
        values[0] = 1.0;
        values[4] = local;
        Row { document: format!("d{document}"), requirement: "EU-01".to_owned(), values, gold, weight: 1.0 }
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
        let options = FitOptions { pull: 0.1, ..Default::default() };
        let judgements = leave_one_document_out(&rows(), &[&rows()], options);
        let right = judgements[0].iter().filter(|j| j.found == Some(j.gold)).count();
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
            let own = weight + f64::from(fitted.own["EU-01"].there.weights[feature]);
            assert!(least - 0.002 <= own && own <= most + 0.002, "{}", NAMES[feature]);
        }
    }

    #[test]
    fn the_shipped_weights_keep_their_signs_for_every_requirement() {
        let shipped = Calibration::builtin().unwrap();
        assert!(!shipped.own.is_empty());
        for (id, own) in &shipped.own {
            let models = [
                (Model::There, &shipped.there, &own.there.weights),
                (Model::Complete, &shipped.complete, &own.complete.weights),
            ];
            for (model, shared, own) in models {
                for feature in 1..COUNT {
                    let (least, most) = bounds(model, feature);
                    let sum = f64::from(shared[feature] + own[feature]);
                    // Both are rounded to three decimals.
                    assert!(least - 0.0011 <= sum && sum <= most + 0.0011, "{id} {} {sum}", NAMES[feature]);
                }
            }
        }
    }

    #[test]
    fn a_requirement_that_readers_judge_more_strictly_gets_an_offset() {
        let mut rows = rows();
        for row in rows.iter().filter(|row| row.gold != Outcome::Missing).cloned().collect::<Vec<_>>() {
            rows.push(Row { requirement: "EU-02".to_owned(), gold: Outcome::Weak, ..row });
        }
        let fitted = fit(&rows, FitOptions::default(), CalibrationProvenance::default());
        let complete = |requirement: &str| fitted.probabilities(requirement, &rows[2].values).present;
        assert!(complete("EU-02") < complete("EU-01"), "{:?}", fitted.own);
    }

    #[test]
    fn with_an_overwhelming_pull_the_prior_stays() {
        let options = FitOptions { pull: 1e9, ..Default::default() };
        let fitted = fit(&rows(), options, CalibrationProvenance::default());
        assert!((fitted.there[1] - 2.5).abs() < 1e-3);
    }
}
