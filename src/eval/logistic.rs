//! How are weights found that explain yes-or-no labels, without running away where labels are few?
//!
//! Penalised logistic regression with one offset per group. Every parameter has a prior, a pull towards it
//! and bounds. Cyclic Newton steps on one parameter at a time; a full step can overshoot where the
//! curvature is small (separable classes, extreme values), so it is halved until the loss falls. The loss
//! never rises, and the result does not depend on the machine.

/// One labelled example.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// One value per weight.
    pub values: Vec<f64>,
    /// Index of its group.
    pub group: usize,
    /// The label.
    pub label: bool,
    /// How much it counts.
    pub weight: f64,
}

/// What is known about a parameter before any label.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameter {
    /// Value it is pulled to.
    pub prior: f64,
    /// Strength of the pull.
    pub pull: f64,
    /// Least value.
    pub least: f64,
    /// Greatest value.
    pub most: f64,
}

/// The parameters found.
#[derive(Debug, Clone, PartialEq)]
pub struct Trained {
    /// One per value of a sample.
    pub weights: Vec<f64>,
    /// One per group.
    pub offsets: Vec<f64>,
}

/// Rounds over all parameters at most.
const ROUNDS: usize = 400;

/// Change of the loss in one round under which the search ends.
const SETTLED: f64 = 1e-6;

/// Halvings of a step before the parameter is left as it is.
const HALVINGS: usize = 30;

/// Finds the weights and offsets with the least penalised loss.
pub fn train(samples: &[Sample], parameters: &[Parameter], groups: usize, offset: Parameter) -> Trained {
    let mut search = Search {
        samples,
        sums: samples
            .iter()
            .map(|sample| sample.values.iter().zip(parameters).map(|(value, p)| value * p.prior).sum())
            .collect(),
    };
    let mut found = Trained {
        weights: parameters.iter().map(|parameter| parameter.prior).collect(),
        offsets: vec![offset.prior; groups],
    };
    // A value of 0 moves nothing, so a parameter looks only at the samples where its value is another.
    let all: Vec<usize> = (0..samples.len()).collect();
    let touched = |index: usize| all.iter().copied().filter(move |at| samples[*at].values[index] != 0.0);
    let by_weight: Vec<Vec<usize>> = (0..parameters.len()).map(|index| touched(index).collect()).collect();
    let mut by_group = vec![Vec::new(); groups];
    samples.iter().enumerate().for_each(|(at, sample)| by_group[sample.group].push(at));
    for _ in 0..ROUNDS {
        let mut gained = 0.0;
        for (index, parameter) in parameters.iter().enumerate() {
            let weight = &mut found.weights[index];
            gained += search.step(parameter, weight, &by_weight[index], |sample| sample.values[index]);
        }
        for (members, at) in by_group.iter().zip(&mut found.offsets) {
            gained += search.step(&offset, at, members, |_| 1.0);
        }
        if gained < SETTLED {
            break;
        }
    }
    found
}

struct Search<'a> {
    samples: &'a [Sample],
    /// Log-odds of each sample under the present parameters.
    sums: Vec<f64>,
}

impl Search<'_> {
    /// Moves one parameter, which has a value other than 0 in the samples `own` only, and returns by how much
    /// the loss fell.
    fn step(
        &mut self,
        parameter: &Parameter,
        at: &mut f64,
        own: &[usize],
        value: impl Fn(&Sample) -> f64,
    ) -> f64 {
        let (mut slope, mut curvature) = (parameter.pull * (*at - parameter.prior), parameter.pull);
        for (sample, sum) in own.iter().map(|&index| (&self.samples[index], self.sums[index])) {
            let value = value(sample);
            let p = 1.0 / (1.0 + (-sum).exp());
            slope += sample.weight * (p - f64::from(u8::from(sample.label))) * value;
            curvature += sample.weight * p * (1.0 - p) * value * value;
        }
        if curvature <= 0.0 {
            return 0.0;
        }
        let mut step = (*at - slope / curvature).clamp(parameter.least, parameter.most) - *at;
        if step == 0.0 || !step.is_finite() {
            return 0.0;
        }
        let before = self.loss(parameter, *at, 0.0, own, &value);
        for _ in 0..HALVINGS {
            let gained = before - self.loss(parameter, *at, step, own, &value);
            if gained >= 0.0 {
                for &index in own {
                    self.sums[index] += step * value(&self.samples[index]);
                }
                *at += step;
                return gained;
            }
            step *= 0.5;
        }
        0.0
    }

    /// Returns the loss after a step, as far as it depends on the parameter.
    fn loss(
        &self,
        parameter: &Parameter,
        at: f64,
        step: f64,
        own: &[usize],
        value: impl Fn(&Sample) -> f64,
    ) -> f64 {
        let data: f64 = own
            .iter()
            .map(|&index| (&self.samples[index], self.sums[index]))
            .map(|(sample, sum)| sample.weight * surprise(sum + step * value(sample), sample.label))
            .sum();
        data + 0.5 * parameter.pull * (at + step - parameter.prior).powi(2)
    }
}

/// Negative log-likelihood of one label.
fn surprise(sum: f64, label: bool) -> f64 {
    sum.max(0.0) + (-sum.abs()).exp().ln_1p() - if label { sum } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FREE: Parameter =
        Parameter { prior: 0.0, pull: 0.01, least: f64::NEG_INFINITY, most: f64::INFINITY };

    fn sample(value: f64, group: usize, label: bool) -> Sample {
        Sample { values: vec![1.0, value], group, label, weight: 1.0 }
    }

    #[test]
    fn a_full_step_that_would_overshoot_is_halved() {
        // Far out the curve is flat: the first Newton step of the slope is in the thousands.
        let mut samples: Vec<Sample> = (0..20).map(|i| sample(i as f64 / 10.0, 0, i >= 10)).collect();
        samples.extend((0..20).map(|i| sample(50.0, 0, i % 10 != 0)));
        let prior = Parameter { prior: 0.3, ..FREE };
        let mut search = Search { samples: &samples, sums: vec![0.0; samples.len()] };
        for (sum, sample) in search.sums.iter_mut().zip(&samples) {
            *sum = 0.3 * sample.values[1];
        }
        let mut weight = 0.3;
        let full = {
            let (mut slope, mut curvature) = (0.0, prior.pull);
            for (sample, sum) in samples.iter().zip(&search.sums) {
                let p = 1.0 / (1.0 + (-sum).exp());
                slope += (p - f64::from(u8::from(sample.label))) * sample.values[1];
                curvature += p * (1.0 - p) * sample.values[1] * sample.values[1];
            }
            -slope / curvature
        };
        let all: Vec<usize> = (0..samples.len()).collect();
        let before = search.loss(&prior, weight, 0.0, &all, |sample| sample.values[1]);
        let overshot = search.loss(&prior, weight, full, &all, |sample| sample.values[1]);
        assert!(overshot > before, "the case has to be one that a full step makes worse");
        let gained = search.step(&prior, &mut weight, &all, |sample| sample.values[1]);
        assert!(gained >= 0.0 && (weight - 0.3).abs() < full.abs(), "{weight} after {full}");
        let trained = train(&samples, &[FREE, prior], 1, Parameter { pull: 1.0, ..FREE });
        assert!(trained.weights.iter().all(|weight| weight.abs() < 50.0), "{trained:?}");
    }

    #[test]
    fn bounds_hold_and_a_strong_pull_keeps_the_prior() {
        let samples: Vec<Sample> = (0..20).map(|i| sample(i as f64 / 10.0, 0, i < 10)).collect();
        let positive = Parameter { least: 0.0, prior: 1.0, ..FREE };
        let trained = train(&samples, &[FREE, positive], 1, FREE);
        assert!(trained.weights[1] >= 0.0 && trained.weights[1] < 1e-9);
        let kept = train(&samples, &[FREE, Parameter { pull: 1e9, ..positive }], 1, FREE);
        assert!((kept.weights[1] - 1.0).abs() < 1e-3);
    }

    #[test]
    fn a_sample_of_weight_two_counts_like_two() {
        let twice: Vec<Sample> =
            [sample(0.0, 0, true), sample(1.0, 0, false), sample(1.0, 0, false)].into_iter().collect();
        let weighed = [sample(0.0, 0, true), Sample { weight: 2.0, ..sample(1.0, 0, false) }];
        let parameters = [FREE, Parameter { pull: 0.5, ..FREE }];
        let (one, other) = (train(&twice, &parameters, 1, FREE), train(&weighed, &parameters, 1, FREE));
        assert!((one.weights[1] - other.weights[1]).abs() < 1e-9, "{one:?} {other:?}");
    }

    #[test]
    fn groups_that_differ_get_different_offsets() {
        let samples: Vec<Sample> = (0..40).map(|i| sample(0.0, i % 2, i % 2 == 0)).collect();
        let trained = train(&samples, &[FREE, FREE], 2, Parameter { pull: 3.0, ..FREE });
        assert!(trained.offsets[0] > 0.5 && trained.offsets[1] < -0.5, "{trained:?}");
    }
}
