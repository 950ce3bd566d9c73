//! How are weights found that explain yes-or-no labels, without running away where labels are few?
//!
//! Penalised logistic regression on two levels. Every weight has a prior, a pull towards it and bounds. Every
//! group has weights of its own within the same bounds, pulled towards the shared ones, and an offset pulled
//! towards zero: a group with many labels may differ, one with few is judged like the others. (Hierarchical or
//! multi-task regression: Evgeniou and Pontil, KDD 2004.)
//!
//! The pull between the levels is per standard deviation of a value. Cyclic Newton steps on one number at a
//! time; a full step can overshoot where the curvature is small (separable classes, extreme values), so it is
//! halved until the loss falls. The loss never rises, and the result does not depend on the machine.

use std::ops::Range;

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

/// What is known about a weight before any label.
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

/// How much groups may differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Groups {
    /// How many there are.
    pub count: usize,
    /// Strength of the pull of an offset towards zero.
    pub offset_pull: f64,
    /// Strength of the pull of a group's own weight towards the shared one, per standard deviation of the value.
    pub own_pull: f64,
}

/// What a group adds to the shared weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Own {
    /// Offset of the log-odds.
    pub offset: f64,
    /// One per value of a sample.
    pub weights: Vec<f64>,
}

/// The numbers found, for values of mean 0 and standard deviation 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Trained {
    /// Whether a value varies at all; mean and scale of one that does not are 0 and 1.
    varies: Vec<bool>,
    means: Vec<f64>,
    scales: Vec<f64>,
    shared: Vec<f64>,
    offsets: Vec<f64>,
    /// By group.
    own: Vec<Vec<f64>>,
}

impl Trained {
    /// Returns the shared weights; what centring the values adds is in that of the value that never varies.
    pub fn weights(&self) -> Vec<f64> {
        let mut weights: Vec<f64> =
            self.shared.iter().zip(&self.scales).map(|(w, scale)| w / scale).collect();
        let centring: f64 = weights.iter().zip(&self.means).map(|(weight, mean)| weight * mean).sum();
        if let Some(constant) = self.constant() {
            weights[constant] -= centring;
        }
        weights
    }

    /// Returns what a group adds to them.
    pub fn own(&self, group: usize) -> Own {
        let differences = self.own[group].iter().zip(&self.shared).zip(&self.scales);
        let weights: Vec<f64> = differences.map(|((own, shared), scale)| (own - shared) / scale).collect();
        let centring: f64 = weights.iter().zip(&self.means).map(|(weight, mean)| weight * mean).sum();
        Own { offset: self.offsets[group] - centring, weights }
    }

    fn constant(&self) -> Option<usize> {
        self.varies.iter().position(|varies| !varies)
    }

    /// Begins at the priors.
    fn prior(samples: &[Sample], parameters: &[Parameter], groups: usize) -> Self {
        let spread: Vec<(f64, f64)> = (0..parameters.len()).map(|at| spread(samples, at)).collect();
        let varies: Vec<bool> = spread.iter().map(|(_, deviation)| *deviation > 1e-9).collect();
        let of = |fixed: f64, pick: fn(&(f64, f64)) -> f64| -> Vec<f64> {
            spread
                .iter()
                .zip(&varies)
                .map(|(both, varies)| if *varies { pick(both) } else { fixed })
                .collect()
        };
        let (means, scales) = (of(0.0, |both| both.0), of(1.0, |both| both.1));
        let shared = parameters.iter().zip(&scales).map(|(parameter, scale)| parameter.prior * scale);
        let mut found = Self {
            shared: shared.collect(),
            varies,
            means,
            scales,
            offsets: vec![0.0; groups],
            own: Vec::new(),
        };
        let centring: f64 = parameters.iter().zip(&found.means).map(|(p, mean)| p.prior * mean).sum();
        if let Some(constant) = found.constant() {
            found.shared[constant] += centring;
        }
        found.own = vec![found.shared.clone(); groups];
        found
    }
}

/// Weighted mean and standard deviation of a value.
fn spread(samples: &[Sample], at: usize) -> (f64, f64) {
    let weight: f64 = samples.iter().map(|sample| sample.weight).sum::<f64>().max(f64::MIN_POSITIVE);
    let mean = samples.iter().map(|sample| sample.weight * sample.values[at]).sum::<f64>() / weight;
    let square = samples.iter().map(|sample| sample.weight * (sample.values[at] - mean).powi(2)).sum::<f64>();
    (mean, (square / weight).sqrt())
}

/// Rounds over all numbers at most.
const ROUNDS: usize = 400;

/// Change of the loss in one round under which the search ends.
const SETTLED: f64 = 1e-4;

/// Halvings of a step before the number is left as it is.
const HALVINGS: usize = 30;

/// Finds the weights with the least penalised loss; `near` is where to begin, e.g. what was found for nearly the
/// same samples. It changes how long the search takes, and the scale of the values.
pub fn train(
    samples: &[Sample],
    parameters: &[Parameter],
    groups: Groups,
    near: Option<&Trained>,
) -> Trained {
    let mut found = near.cloned().unwrap_or_else(|| Trained::prior(samples, parameters, groups.count));
    let mut search = Search::begin(samples, &found, groups.count);
    // In units of the scaled values.
    let scaled: Vec<Parameter> = (0..parameters.len())
        .map(|at| {
            let (Parameter { prior, pull, least, most }, scale) = (parameters[at], found.scales[at]);
            let pull = pull / scale.powi(2);
            Parameter { prior: prior * scale, pull, least: least * scale, most: most * scale }
        })
        .collect();
    for _ in 0..ROUNDS {
        let mut gained = 0.0;
        for (at, parameter) in scaled.iter().enumerate() {
            gained += search.shift(parameter, at, &mut found);
            if found.varies[at] && parameter.least < parameter.most {
                gained += search.differ(parameter, at, groups.own_pull, &mut found);
            }
        }
        let free =
            Parameter { prior: 0.0, pull: groups.offset_pull, least: f64::NEG_INFINITY, most: f64::INFINITY };
        for group in 0..groups.count {
            let members = search.members[group].clone();
            gained += search.step(&free, &mut found.offsets[group], members, None);
        }
        if gained < SETTLED {
            break;
        }
    }
    found
}

/// The samples, sorted by group, and how they stand under the present numbers.
struct Search {
    /// By value: that of every sample, scaled.
    values: Vec<Vec<f64>>,
    labels: Vec<bool>,
    weights: Vec<f64>,
    /// Samples of each group.
    members: Vec<Range<usize>>,
    log_odds: Vec<f64>,
    standing: Vec<Standing>,
}

/// Loss of a sample and probability of its label being yes.
#[derive(Debug, Clone, Copy)]
struct Standing {
    loss: f64,
    probability: f64,
}

impl Standing {
    fn of(log_odds: f64, label: bool) -> Self {
        let small = (-log_odds.abs()).exp();
        let loss = log_odds.max(0.0) + small.ln_1p() - if label { log_odds } else { 0.0 };
        let sure = 1.0 / (1.0 + small);
        Self { loss, probability: if log_odds >= 0.0 { sure } else { 1.0 - sure } }
    }
}

impl Search {
    fn begin(samples: &[Sample], found: &Trained, groups: usize) -> Self {
        let mut order: Vec<usize> = (0..samples.len()).collect();
        order.sort_by_key(|&at| samples[at].group);
        let sorted: Vec<&Sample> = order.into_iter().map(|at| &samples[at]).collect();
        let start = |group: usize| sorted.partition_point(|sample| sample.group < group);
        let scaled = |at: usize| {
            let (mean, scale) = (found.means[at], found.scales[at]);
            sorted.iter().map(|sample| (sample.values[at] - mean) / scale).collect()
        };
        let values: Vec<Vec<f64>> = (0..found.shared.len()).map(scaled).collect();
        let log_odds: Vec<f64> = sorted
            .iter()
            .enumerate()
            .map(|(row, sample)| {
                let own = &found.own[sample.group];
                let sum: f64 = own.iter().zip(&values).map(|(weight, value)| weight * value[row]).sum();
                sum + found.offsets[sample.group]
            })
            .collect();
        Self {
            labels: sorted.iter().map(|sample| sample.label).collect(),
            weights: sorted.iter().map(|sample| sample.weight).collect(),
            members: (0..groups).map(|group| start(group)..start(group + 1)).collect(),
            standing: log_odds
                .iter()
                .zip(&sorted)
                .map(|(odds, sample)| Standing::of(*odds, sample.label))
                .collect(),
            log_odds,
            values,
        }
    }

    /// Moves a shared weight and with it those of all groups, as far as their bounds allow.
    fn shift(&mut self, parameter: &Parameter, at: usize, found: &mut Trained) -> f64 {
        let before = found.shared[at];
        let of_groups = || found.own.iter().map(|own| own[at]);
        let (low, high) = (of_groups().fold(before, f64::min), of_groups().fold(before, f64::max));
        let (least, most) = (before + parameter.least - low, before + parameter.most - high);
        let bounded = Parameter { least: least.min(before), most: most.max(before), ..*parameter };
        let all = 0..self.labels.len();
        let gained = self.step(&bounded, &mut found.shared[at], all, Some(at));
        let moved = found.shared[at] - before;
        found.own.iter_mut().for_each(|own| own[at] += moved);
        gained
    }

    /// Moves the weight of every group by itself, then the shared one to where they pull it.
    fn differ(&mut self, parameter: &Parameter, at: usize, pull: f64, found: &mut Trained) -> f64 {
        let mut gained = 0.0;
        let near = Parameter { prior: found.shared[at], pull, ..*parameter };
        for (members, own) in self.members.clone().into_iter().zip(&mut found.own) {
            gained += self.step(&near, &mut own[at], members, Some(at));
        }
        let loss = |shared: f64| {
            let apart: f64 = found.own.iter().map(|own| (own[at] - shared).powi(2)).sum();
            0.5 * (parameter.pull * (shared - parameter.prior).powi(2) + pull * apart)
        };
        let sum: f64 = found.own.iter().map(|own| own[at]).sum();
        let pulls = parameter.pull + pull * found.own.len() as f64;
        if pulls > 0.0 {
            let best = (parameter.pull * parameter.prior + pull * sum) / pulls;
            let best = best.clamp(parameter.least, parameter.most);
            gained += loss(found.shared[at]) - loss(best);
            found.shared[at] = best;
        }
        gained
    }

    /// Moves one number, which counts `value` times (once if there is none) in some samples, and returns by how
    /// much the loss fell.
    fn step(&mut self, parameter: &Parameter, at: &mut f64, rows: Range<usize>, value: Option<usize>) -> f64 {
        let value = |search: &Self, row: usize| value.map_or(1.0, |column| search.values[column][row]);
        let (mut slope, mut curvature) = (parameter.pull * (*at - parameter.prior), parameter.pull);
        for row in rows.clone() {
            let (value, p) = (value(self, row), self.standing[row].probability);
            slope += self.weights[row] * (p - f64::from(u8::from(self.labels[row]))) * value;
            curvature += self.weights[row] * p * (1.0 - p) * value * value;
        }
        if curvature <= 0.0 {
            return 0.0;
        }
        let mut step = (*at - slope / curvature).clamp(parameter.least, parameter.most) - *at;
        if step == 0.0 || !step.is_finite() {
            return 0.0;
        }
        let pull = |to: f64| 0.5 * parameter.pull * (to - parameter.prior).powi(2);
        let loss: f64 = rows.clone().map(|row| self.weights[row] * self.standing[row].loss).sum();
        let before = loss + pull(*at);
        for _ in 0..HALVINGS {
            let stepped: Vec<Standing> = rows
                .clone()
                .map(|row| Standing::of(self.log_odds[row] + step * value(self, row), self.labels[row]))
                .collect();
            let loss: f64 = rows.clone().zip(&stepped).map(|(row, at)| self.weights[row] * at.loss).sum();
            let gained = before - (loss + pull(*at + step));
            if gained >= 0.0 {
                for (row, standing) in rows.zip(stepped) {
                    self.log_odds[row] += step * value(self, row);
                    self.standing[row] = standing;
                }
                *at += step;
                return gained;
            }
            step *= 0.5;
        }
        0.0
    }
}

#[cfg(test)]
mod tests;
