//! How is one figure made from what every query, sentence or document contributes?
//!
//! A *tally* is the contribution of one unit: a row of numbers. A formula turns any collection of tallies
//! into the figure. So one implementation of resampling and of the randomisation test serves precision as
//! well as kappa: they only choose which tallies go in (see [`crate::eval::statistics`]).
//!
//! Invariants: the figure does not depend on the order of the tallies beyond rounding, and is finite. Where it is not
//! defined there is none: a class that is never claimed has no precision, and 0 would say that every claim was wrong.

use serde::{Deserialize, Serialize};

use super::correlation::spearman;

/// How tallies become a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Formula {
    /// `[part, whole]`: sum of the parts by sum of the wholes. A mean has `whole` 1; precision, recall,
    /// accuracy and F1 (`[2·both, 2·both + one-sided]`) are ratios too.
    Ratio,
    /// `[part, whole, weight] × classes`: mean of the ratios of those classes whose weights sum to more
    /// than 0 and whose ratio is defined. Macro F1 of completeness has as weight the number of gold rows of the class,
    /// that of risk categories how often gold or the arm names the category.
    MeanOfRatios,
    /// A square confusion matrix, gold by rows: Cohen's kappa with quadratic weights.
    WeightedKappa,
    /// `[count, sum of confidences, right] × bins`: expected calibration error.
    CalibrationError,
    /// `[gold, found]`: Spearman's rank correlation over the units.
    Spearman,
}

impl Formula {
    /// Returns the figure of these tallies; `None` where it is not defined.
    pub fn of<T: AsRef<[f64]>>(self, tallies: &[T]) -> Option<f64> {
        if self == Self::Spearman {
            let pairs: Vec<(f64, f64)> = tallies
                .iter()
                .filter_map(|tally| match tally.as_ref() {
                    [gold, found] => Some((*gold, *found)),
                    _ => None,
                })
                .collect();
            return spearman(&pairs);
        }
        let mut sum: Vec<f64> = Vec::new();
        for tally in tallies {
            let tally = tally.as_ref();
            sum.resize(sum.len().max(tally.len()), 0.0);
            sum.iter_mut().zip(tally).for_each(|(sum, value)| *sum += value);
        }
        match self {
            Self::Ratio => ratio(sum.first(), sum.get(1)),
            Self::MeanOfRatios => {
                let classes: Vec<f64> = sum
                    .chunks_exact(3)
                    .filter(|class| class[2] > 0.0)
                    .filter_map(|class| ratio(class.first(), class.get(1)))
                    .collect();
                (!classes.is_empty()).then(|| classes.iter().sum::<f64>() / classes.len() as f64)
            }
            Self::WeightedKappa => weighted_kappa(&sum),
            Self::CalibrationError => calibration_error(&sum),
            Self::Spearman => None,
        }
    }

    /// True if a smaller figure is the better one.
    pub fn is_error(self) -> bool {
        self == Self::CalibrationError
    }
}

fn ratio(part: Option<&f64>, whole: Option<&f64>) -> Option<f64> {
    match (part, whole) {
        (Some(part), Some(whole)) if *whole != 0.0 => Some(part / whole),
        _ => None,
    }
}

/// Weights grow with the square of the distance between the classes. 1 if there is nothing to disagree on.
fn weighted_kappa(confusion: &[f64]) -> Option<f64> {
    let classes = (confusion.len() as f64).sqrt() as usize;
    let total: f64 = confusion.iter().sum();
    if classes < 2 || total == 0.0 {
        return None;
    }
    let at = |gold: usize, found: usize| confusion[gold * classes + found];
    let of_gold = |gold: usize| (0..classes).map(|found| at(gold, found)).sum::<f64>();
    let of_found = |found: usize| (0..classes).map(|gold| at(gold, found)).sum::<f64>();
    let (mut seen, mut expected) = (0.0, 0.0);
    for gold in 0..classes {
        for found in 0..classes {
            let weight = (gold as f64 - found as f64).powi(2);
            seen += weight * at(gold, found);
            expected += weight * of_gold(gold) * of_found(found) / total;
        }
    }
    Some(if expected == 0.0 { 1.0 } else { 1.0 - seen / expected })
}

/// Bins of a reliability curve: `[count, sum of confidences, right]` each, in order of confidence.
pub const RELIABILITY_BINS: usize = 10;

/// Returns the tally of one answer for [`Formula::CalibrationError`].
pub fn reliability_tally(confidence: f64, is_right: bool) -> Vec<f64> {
    let mut tally = vec![0.0; 3 * RELIABILITY_BINS];
    let bin = ((confidence * RELIABILITY_BINS as f64) as usize).min(RELIABILITY_BINS - 1);
    tally[3 * bin] = 1.0;
    tally[3 * bin + 1] = confidence;
    tally[3 * bin + 2] = f64::from(u8::from(is_right));
    tally
}

fn calibration_error(bins: &[f64]) -> Option<f64> {
    let total: f64 = bins.chunks_exact(3).map(|bin| bin[0]).sum();
    (total > 0.0).then(|| bins.chunks_exact(3).map(|bin| (bin[1] - bin[2]).abs()).sum::<f64>() / total)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_ratio_is_of_sums_and_not_a_mean_of_ratios() {
        assert!((Formula::Ratio.of(&[[1.0, 1.0], [0.0, 3.0]]).unwrap() - 0.25).abs() < 1e-12);
        assert_eq!(Formula::Ratio.of(&[[0.0, 2.0]]), Some(0.0));
    }

    #[test]
    fn what_is_not_defined_is_none_and_not_zero() {
        assert_eq!(Formula::Ratio.of(&[[0.0, 0.0]]), None);
        for formula in [
            Formula::Ratio,
            Formula::MeanOfRatios,
            Formula::WeightedKappa,
            Formula::CalibrationError,
            Formula::Spearman,
        ] {
            assert_eq!(formula.of(&Vec::<Vec<f64>>::new()), None, "{formula:?}");
            assert_eq!(formula.of(&[[0.0; 9]]), None, "{formula:?}");
        }
    }

    #[test]
    fn classes_without_gold_stay_out_of_the_macro_figure() {
        let tally = [2.0, 4.0, 1.0, 0.0, 3.0, 0.0, 1.0, 1.0, 2.0];
        assert!((Formula::MeanOfRatios.of(&[tally]).unwrap() - 0.75).abs() < 1e-12);
        // A weight without anything to divide by is no 0 among the ratios either.
        let tally = [2.0, 4.0, 1.0, 0.0, 0.0, 1.0];
        assert_eq!(Formula::MeanOfRatios.of(&[tally]), Some(0.5));
    }

    #[test]
    fn kappa_agrees_with_the_worked_example() {
        // Gold by rows; scikit-learn's cohen_kappa_score(weights="quadratic") gives the same.
        let confusion = [1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0];
        assert!((Formula::WeightedKappa.of(&[confusion]).unwrap() - (1.0 - 2.0 / 5.6)).abs() < 1e-12);
        assert_eq!(Formula::WeightedKappa.of(&[[3.0, 0.0, 0.0, 0.0]]), Some(1.0));
    }

    #[test]
    fn calibration_error_weighs_bins_by_their_answers() {
        let tallies = [(0.9, true), (0.9, true), (0.9, false), (0.5, true), (0.5, false)]
            .map(|(c, r)| reliability_tally(c, r));
        let error = Formula::CalibrationError.of(&tallies).unwrap();
        assert!((error - 0.6 * (0.9 - 2.0 / 3.0)).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn every_figure_is_finite(rows in proptest::collection::vec(proptest::collection::vec(0.0..9.0f64, 9), 0..6)) {
            for formula in
                [Formula::Ratio, Formula::MeanOfRatios, Formula::WeightedKappa, Formula::CalibrationError, Formula::Spearman]
            {
                prop_assert!(formula.of(&rows).is_none_or(f64::is_finite));
            }
        }
    }
}
