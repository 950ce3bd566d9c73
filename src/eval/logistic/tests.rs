//! Where the search ends, and what groups, weights and bounds do to it.

use super::*;

const FREE: Parameter = Parameter { prior: 0.0, pull: 0.01, least: f64::NEG_INFINITY, most: f64::INFINITY };
const ALIKE: f64 = 1e9;

fn groups(count: usize, offset_pull: f64, own_pull: f64) -> Groups {
    Groups { count, offset_pull, own_pull }
}

fn sample(value: f64, group: usize, label: bool) -> Sample {
    Sample { values: vec![1.0, value], group, label, weight: 1.0 }
}

fn loss(samples: &[Sample], trained: &Trained) -> f64 {
    let weights = trained.weights();
    let one = |sample: &Sample| {
        let own = trained.own(sample.group);
        let all = weights.iter().zip(&own.weights).zip(&sample.values);
        let odds = own.offset + all.map(|((shared, own), value)| (shared + own) * value).sum::<f64>();
        Standing::of(odds, sample.label).loss
    };
    samples.iter().map(one).sum()
}

#[test]
fn a_full_step_that_would_overshoot_is_halved() {
    let mut samples: Vec<Sample> = (0..20).map(|i| sample(i as f64 / 10.0, 0, i >= 10)).collect();
    samples.extend((0..20).map(|i| sample(50.0, 0, i % 10 != 0)));
    // Far out the curve is flat: the first Newton step of the weight is in the hundreds.
    let mut start = Trained::prior(&samples, &[FREE, FREE], 1);
    (start.shared, start.own) = (vec![0.0, 8.0], vec![vec![0.0, 8.0]]);
    let mut search = Search::begin(&samples, &start, 1);
    let moved = |search: &Search, by: f64| -> f64 {
        let odds = search.log_odds.iter().zip(&search.values[1]).map(|(odds, value)| odds + by * value);
        odds.zip(&search.labels).map(|(odds, label)| Standing::of(odds, *label).loss).sum()
    };
    let parameter = Parameter { prior: 8.0, ..FREE };
    let (mut slope, mut curvature) = (0.0, parameter.pull);
    for row in 0..samples.len() {
        let (p, value) = (search.standing[row].probability, search.values[1][row]);
        slope += (p - f64::from(u8::from(search.labels[row]))) * value;
        curvature += p * (1.0 - p) * value * value;
    }
    let (full, before) = (-slope / curvature, moved(&search, 0.0));
    assert!(moved(&search, full) > before, "the case has to be one that a full step makes worse");
    let mut weight = 8.0;
    let gained = search.step(&parameter, &mut weight, 0..samples.len(), Some(1));
    assert!(gained > 0.0 && (weight - 8.0).abs() < full.abs(), "{weight} after {full}");
    assert!(moved(&search, 0.0) < before);
    let trained = train(&samples, &[FREE, FREE], groups(1, 1.0, ALIKE), Some(&start));
    assert!(trained.weights().iter().all(|weight| weight.abs() < 50.0), "{trained:?}");
    assert!(loss(&samples, &trained) < loss(&samples, &start));
}

#[test]
fn bounds_hold_and_a_strong_pull_keeps_the_prior() {
    let samples: Vec<Sample> = (0..20).map(|i| sample(i as f64 / 10.0, 0, i < 10)).collect();
    let positive = Parameter { least: 0.0, prior: 1.0, ..FREE };
    let trained = train(&samples, &[FREE, positive], groups(1, 0.01, ALIKE), None);
    assert!(trained.weights()[1] >= 0.0 && trained.weights()[1] < 1e-9, "{trained:?}");
    let apart = train(&samples, &[FREE, positive], groups(1, 0.01, 0.01), None);
    let sum = apart.weights()[1] + apart.own(0).weights[1];
    assert!((-1e-9..1e-9).contains(&sum), "the bounds are those of groups, too: {apart:?}");
    let kept = train(&samples, &[FREE, Parameter { pull: 1e9, ..positive }], groups(1, 0.01, ALIKE), None);
    assert!((kept.weights()[1] - 1.0).abs() < 1e-3);
}

#[test]
fn a_sample_of_weight_two_counts_like_two() {
    let twice = [sample(0.0, 0, true), sample(1.0, 0, false), sample(1.0, 0, false)];
    let weighed = [sample(0.0, 0, true), Sample { weight: 2.0, ..sample(1.0, 0, false) }];
    let train = |samples: &[Sample]| {
        train(samples, &[FREE, Parameter { pull: 0.5, ..FREE }], groups(1, 0.01, 1.0), None)
    };
    let (one, other) = (train(&twice), train(&weighed));
    assert!((one.weights()[1] - other.weights()[1]).abs() < 1e-9, "{one:?} {other:?}");
}

#[test]
fn groups_that_differ_get_different_offsets() {
    let samples: Vec<Sample> = (0..40).map(|i| sample(0.0, i % 2, i % 2 == 0)).collect();
    let trained = train(&samples, &[FREE, FREE], groups(2, 3.0, 1.0), None);
    assert!(trained.own(0).offset > 0.5 && trained.own(1).offset < -0.5, "{trained:?}");
}

/// In group 0 the value decides, in group 1 it says nothing.
fn one_group_listens() -> Vec<Sample> {
    let label = |i: usize| if i.is_multiple_of(2) { i >= 40 } else { (i / 2).is_multiple_of(2) };
    (0..80).map(|i| sample(i as f64 / 10.0, i % 2, label(i))).collect()
}

#[test]
fn a_group_in_which_a_value_says_nothing_has_a_small_weight_of_its_own() {
    let train = |own_pull| train(&one_group_listens(), &[FREE, FREE], groups(2, 0.5, own_pull), None);
    let (free, bound) = (train(0.5), train(ALIKE));
    let weight = |trained: &Trained, group: usize| trained.weights()[1] + trained.own(group).weights[1];
    assert!(weight(&free, 0) > 1.0 && weight(&free, 1) < 0.3, "{free:?}");
    assert!((weight(&bound, 0) - weight(&bound, 1)).abs() < 1e-3, "{bound:?}");
}

#[test]
fn where_the_search_begins_does_not_change_what_it_finds() {
    let (samples, parameters, groups) = (one_group_listens(), [FREE, FREE], groups(2, 0.5, 0.5));
    let from_priors = train(&samples, &parameters, groups, None);
    let mut elsewhere = from_priors.clone();
    elsewhere.shared = vec![-3.0, 4.0];
    elsewhere.own = vec![vec![-3.0, 9.0], vec![-3.0, 5.0]];
    let again = train(&samples, &parameters, groups, Some(&elsewhere));
    for group in 0..2 {
        let apart = from_priors.own(group).weights[1] - again.own(group).weights[1];
        assert!(apart.abs() < 0.02, "{from_priors:?} {again:?}");
    }
}
