//! Do the measures agree with `pytrec_eval`, `ir_measures`, scikit-learn and SciPy? Held against stored
//! outputs; `tests/fixtures/eval/make.py` made them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Formula, RankingMeasure};
use crate::eval::trec::{parse_qrels, parse_run};

const QRELS: &str = include_str!("../../../tests/fixtures/eval/qrels.txt");
const RUN: &str = include_str!("../../../tests/fixtures/eval/run.txt");
const EXPECTED: &str = include_str!("../../../tests/fixtures/eval/expected.json");

#[derive(Deserialize)]
struct Expected {
    by_query: BTreeMap<String, BTreeMap<String, f64>>,
    means: BTreeMap<String, f64>,
    classes: Classes,
}

#[derive(Deserialize)]
struct Classes {
    gold: Vec<usize>,
    found: Vec<usize>,
    macro_f1: f64,
    kappa: f64,
    left: Vec<f64>,
    right: Vec<f64>,
    spearman: f64,
}

fn expected() -> Expected {
    serde_json::from_str(EXPECTED).unwrap()
}

#[test]
fn ranking_measures_agree_with_trec_eval_and_ir_measures() {
    let (qrels, run, expected) = (parse_qrels(QRELS).unwrap(), parse_run(RUN).unwrap(), expected());
    assert!(expected.by_query.len() >= 10);
    for (name, by_query) in &expected.by_query {
        let measure: RankingMeasure = name.parse().unwrap();
        assert!(by_query.len() >= 10, "{name}");
        let of = |query: &str| {
            let ranking: Vec<&str> =
                run.get(query).into_iter().flatten().map(|(id, _)| id.as_str()).collect();
            measure.of(&ranking, &qrels[query])
        };
        for (query, value) in by_query {
            assert!((of(query) - value).abs() < 1e-6, "{name} {query}: {} instead of {value}", of(query));
        }
        let mean = qrels.keys().map(|query| of(query)).sum::<f64>() / qrels.len() as f64;
        assert!((mean - expected.means[name]).abs() < 1e-6, "{name}: {mean}");
    }
}

#[test]
fn figures_of_classes_agree_with_scikit_learn_and_scipy() {
    let Classes { gold, found, macro_f1, kappa, left, right, spearman } = expected().classes;
    let mut confusion = vec![0.0; 9];
    let mut classes = vec![0.0; 9];
    for (gold, found) in gold.iter().zip(&found) {
        confusion[gold * 3 + found] += 1.0;
        // Per class: twice what both name, what either names, what gold names.
        classes[3 * gold + 1] += 1.0;
        classes[3 * found + 1] += 1.0;
        classes[3 * gold + 2] += 1.0;
        if gold == found {
            classes[3 * gold] += 2.0;
        }
    }
    assert!((Formula::MeanOfRatios.of(&[classes]).unwrap() - macro_f1).abs() < 1e-6);
    assert!((Formula::WeightedKappa.of(&[confusion]).unwrap() - kappa).abs() < 1e-6);
    let pairs: Vec<[f64; 2]> = left.into_iter().zip(right).map(|(a, b)| [a, b]).collect();
    assert!((Formula::Spearman.of(&pairs).unwrap() - spearman).abs() < 1e-6);
}
