//! Which weights make sparse examples come out as they are labelled? Logistic regression, one label at a time.
//!
//! Penalised likelihood (squared weights), solved by cyclic Newton steps within a trust region per weight (BBR, Genkin,
//! Lewis and Madigan 2007): every step lowers the loss, so nothing runs away where a piece of wording occurs in two
//! sentences only. Labels are independent of each other and are fitted on all cores; the result depends neither on
//! their number nor on the machine's order of work.

use rayon::prelude::*;

/// Examples by columns: for each feature the rows that have it, with their values, at most 1.
#[derive(Debug, Clone, Default)]
pub struct Examples {
    /// Number of rows.
    pub rows: usize,
    /// Per feature: row and value.
    pub columns: Vec<Vec<(u32, f32)>>,
}

/// Rounds over all weights at most.
const ROUNDS: usize = 40;

/// Every so many rounds all weights are looked at, in between only those that still move.
const FULL_ROUND: usize = 6;

/// Change of every weight in one round below which the search ends.
const SETTLED: f64 = 4e-3;

/// Fits one label. `truth` says for every row whether it has the label and how much it counts (0: not at all).
/// Returns the offset and one weight per feature.
fn fit_one(examples: &Examples, truth: &[(bool, f32)], pull: f64) -> (f64, Vec<f64>) {
    let counted: f64 = truth.iter().map(|(_, weight)| f64::from(*weight)).sum();
    let having: f64 = truth.iter().filter(|(has, _)| *has).map(|(_, weight)| f64::from(*weight)).sum();
    let share = ((having + 0.5) / (counted + 1.0)).clamp(1e-6, 1.0 - 1e-6);
    let mut bias = (share / (1.0 - share)).ln();
    let mut sums = vec![bias; examples.rows];
    let mut chances = vec![chance(bias); examples.rows];
    let mut weights = vec![0.0f64; examples.columns.len()];
    let mut reach = vec![1.0f64; examples.columns.len() + 1];
    let everywhere: Vec<(u32, f32)> = (0..examples.rows as u32).map(|row| (row, 1.0)).collect();
    let mut rests = vec![false; examples.columns.len() + 1];
    let mut is_full = true;
    for round in 1..=ROUNDS {
        let mut greatest = 0.0f64;
        for at in 0..=weights.len() {
            if rests[at] && !is_full {
                continue;
            }
            let (column, weight, pull) = match at {
                0 => (&everywhere, &mut bias, 0.0),
                _ => (&examples.columns[at - 1], &mut weights[at - 1], pull),
            };
            // Within `reach` of a sum the curve is at most exp(reach) steeper than at the sum; values are at most 1.
            let steeper = reach[at].exp();
            let (mut slope, mut curvature) = (pull * *weight, pull);
            for &(row, value) in column {
                let (has, counts) = truth[row as usize];
                let (p, value, counts) = (chances[row as usize], f64::from(value), f64::from(counts));
                slope += counts * (p - f64::from(u8::from(has))) * value;
                curvature += counts * (p * (1.0 - p) * steeper).min(0.25) * value * value;
            }
            if curvature <= 0.0 {
                continue;
            }
            let step = (-slope / curvature).clamp(-reach[at], reach[at]);
            reach[at] = (2.0 * step.abs()).max(reach[at] / 2.0);
            // What does not matter in the last digit is not worth the exponentials.
            rests[at] = step.abs() < SETTLED / 20.0;
            if rests[at] {
                continue;
            }
            *weight += step;
            for &(row, value) in column {
                sums[row as usize] += step * f64::from(value);
                chances[row as usize] = chance(sums[row as usize]);
            }
            greatest = greatest.max(step.abs());
        }
        if greatest < SETTLED && is_full {
            break;
        }
        is_full = greatest < SETTLED || round % FULL_ROUND == 0;
    }
    (bias, weights)
}

fn chance(sum: f64) -> f64 {
    1.0 / (1.0 + (-sum).exp())
}

/// Fits every label: offsets, and weights by feature and label.
pub fn fit(examples: &Examples, truths: &[Vec<(bool, f32)>], pull: f64) -> (Vec<f64>, Vec<Vec<f64>>) {
    let fitted: Vec<(f64, Vec<f64>)> =
        truths.par_iter().map(|truth| fit_one(examples, truth, pull)).collect();
    let biases = fitted.iter().map(|(bias, _)| *bias).collect();
    let by_feature = (0..examples.columns.len())
        .map(|feature| fitted.iter().map(|(_, weights)| weights[feature]).collect())
        .collect();
    (biases, by_feature)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feature 0 decides the first label, feature 1 the second, feature 2 is noise.
    fn examples() -> (Examples, Vec<Vec<(bool, f32)>>) {
        let mut examples = Examples { rows: 40, columns: vec![Vec::new(); 3] };
        let mut truths = vec![Vec::new(); 2];
        for row in 0..40u32 {
            let (first, second) = (row % 2 == 0, row % 5 == 0);
            [first, second, row % 3 == 0].into_iter().enumerate().filter(|(_, has)| *has).for_each(
                |(at, _)| {
                    examples.columns[at].push((row, 1.0));
                },
            );
            truths[0].push((first, 1.0));
            truths[1].push((second, 1.0));
        }
        (examples, truths)
    }

    #[test]
    fn what_decides_a_label_gets_its_weight() {
        let (examples, truths) = examples();
        let (bias, weights) = fit(&examples, &truths, 0.1);
        assert!(weights[0][0] > 3.0 && weights[1][1] > 3.0, "{weights:?}");
        assert!(weights[2][0].abs() < 0.5 && weights[0][1].abs() < 0.5, "{weights:?}");
        assert!(bias[0] < -1.0 && bias[0] + weights[0][0] > 1.0, "{bias:?}");
    }

    #[test]
    fn at_the_end_the_slope_is_flat() {
        let (examples, truths) = examples();
        let (bias, weights) = fit_one(&examples, &truths[0], 0.1);
        let mut sums = vec![bias; examples.rows];
        for (column, weight) in examples.columns.iter().zip(&weights) {
            column.iter().for_each(|&(row, value)| sums[row as usize] += weight * f64::from(value));
        }
        for (column, weight) in examples.columns.iter().zip(&weights) {
            let slope: f64 = column
                .iter()
                .map(|&(row, value)| {
                    let p = 1.0 / (1.0 + (-sums[row as usize]).exp());
                    (p - f64::from(u8::from(truths[0][row as usize].0))) * f64::from(value)
                })
                .sum();
            assert!((slope + 0.1 * weight).abs() < 0.02, "{slope} {weight}");
        }
    }

    #[test]
    fn rows_that_do_not_count_change_nothing() {
        let (examples, mut truths) = examples();
        let without = fit(&examples, &truths, 0.1);
        let mut more = examples.clone();
        more.rows += 1;
        more.columns[0].push((40, 1.0));
        truths.iter_mut().for_each(|truth| truth.push((false, 0.0)));
        assert_eq!(fit(&more, &truths, 0.1), without);
    }
}
