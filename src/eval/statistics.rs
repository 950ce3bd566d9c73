//! How sure is a figure, and is one run really better than another?
//!
//! Intervals by the bootstrap over units (queries, documents), comparisons by the paired randomisation test
//! (Smucker, Allan and Carterette 2007) with Holm's correction for many comparisons. Everything is seeded,
//! so that the same tallies give the same bytes on every machine. Resamples and assignments in which a figure is not
//! defined are left out and counted.

use serde::{Deserialize, Serialize};

use super::measures::Formula;

/// Resamples behind an interval.
pub const RESAMPLES: usize = 1_000;
/// Random assignments behind a p-value; the smallest one possible is about one in this many.
pub const ASSIGNMENTS: usize = 10_000;
/// Seed of every interval and test.
pub const SEED: u64 = 7;
/// A difference is shown from a corrected p-value below this one.
pub const ALPHA: f64 = 0.05;

/// SplitMix64: small, seeded, the same on every machine.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// Starts a sequence.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns the next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Returns a number below `limit`, which must not be 0.
    pub fn below(&mut self, limit: usize) -> usize {
        debug_assert!(limit > 0, "there is no number below 0");
        (self.bits() % limit.max(1) as u64) as usize
    }
}

/// A 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// What came out of drawing units again and again.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Resampled {
    /// 95 % interval; `None` if the figure is defined in no resample.
    pub interval: Option<Interval>,
    /// Resamples in which the figure is not defined; the interval leaves them out.
    pub undefined: usize,
}

/// Returns the 95 % interval of a figure by drawing units with replacement: percentile bootstrap; for the calibration
/// error reflected at the figure.
pub fn bootstrap<T: AsRef<[f64]>>(formula: Formula, tallies: &[T], resamples: usize, seed: u64) -> Resampled {
    let drawn = percentiles(tallies.len(), resamples, seed, |drawn| {
        let drawn: Vec<&[f64]> = drawn.iter().map(|&unit| tallies[unit].as_ref()).collect();
        formula.of(&drawn)
    });
    match (formula, drawn.interval, formula.of(tallies)) {
        (Formula::CalibrationError, Some(interval), Some(figure)) => {
            Resampled { interval: Some(reflected(interval, figure)), ..drawn }
        }
        _ => drawn,
    }
}

/// Turns percentiles into the basic bootstrap interval (Davison and Hinkley 1997, section 5.2): the percentiles
/// reflected at the figure, here cut at 0 and widened to the figure where it would lie outside.
///
/// A calibration error is a sum of absolute values, so noise only ever adds to it: the error of a sample is larger than
/// the true one, and that of a resample larger than that of its sample. Percentiles add the second excess where the
/// first one has to be taken off, and may lie wholly above the figure.
fn reflected(percentiles: Interval, figure: f64) -> Interval {
    let low = (2.0 * figure - percentiles.high).max(0.0);
    let high = 2.0 * figure - percentiles.low;
    Interval { low: low.min(figure), high: high.max(figure) }
}

/// Returns the 95 % percentile interval of any figure of `units` units drawn with replacement; `figure` gets the
/// positions that were drawn.
pub fn percentiles(
    units: usize,
    resamples: usize,
    seed: u64,
    figure: impl Fn(&[usize]) -> Option<f64>,
) -> Resampled {
    if units == 0 {
        return Resampled::default();
    }
    let mut random = Random::new(seed);
    let mut figures: Vec<f64> = (0..resamples)
        .filter_map(|_| {
            let drawn: Vec<usize> = (0..units).map(|_| random.below(units)).collect();
            figure(&drawn)
        })
        .collect();
    let undefined = resamples - figures.len();
    figures.sort_by(f64::total_cmp);
    let at = |share: f64| figures[((figures.len() - 1) as f64 * share).round() as usize];
    let interval = (!figures.is_empty()).then(|| Interval { low: at(0.025), high: at(0.975) });
    Resampled { interval, undefined }
}

/// Two runs compared on the same units.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PairedComparison {
    /// Figure of the first run.
    pub first: f64,
    /// Figure of the second run.
    pub second: f64,
    /// Second minus first.
    pub difference: f64,
    /// 95 % interval of the difference, units drawn with replacement.
    pub interval: Interval,
    /// Resamples in which the difference is not defined; the interval leaves them out.
    pub undefined: usize,
    /// Two-sided p-value of the paired randomisation test.
    pub p: f64,
}

/// Compares two runs unit by unit: under the null hypothesis the runs are exchangeable within each unit, so
/// each unit's pair is swapped and the difference looked at again. Where there are few units, every assignment is
/// looked at and p is exact; else random ones, `(1 + as large) / (1 + all)`, so that p is never 0.
///
/// `None` where the figure of either run is not defined.
pub fn compare<T: AsRef<[f64]>>(
    formula: Formula,
    pairs: &[(T, T)],
    assignments: usize,
    seed: u64,
) -> Option<PairedComparison> {
    let of = |is_swapped: &dyn Fn(usize) -> bool| {
        let (mut first, mut second) = (Vec::with_capacity(pairs.len()), Vec::with_capacity(pairs.len()));
        for (unit, (a, b)) in pairs.iter().enumerate() {
            let (a, b) = (a.as_ref(), b.as_ref());
            first.push(if is_swapped(unit) { b } else { a });
            second.push(if is_swapped(unit) { a } else { b });
        }
        Some((formula.of(&first)?, formula.of(&second)?))
    };
    let (first, second) = of(&|_| false)?;
    let difference = second - first;
    let (mut as_large, mut all) = (0usize, 0usize);
    let mut count = |is_swapped: &dyn Fn(usize) -> bool| {
        if let Some((a, b)) = of(is_swapped) {
            all += 1;
            // Sums in another order differ in the last bits; such a difference is as large.
            as_large += usize::from((b - a).abs() >= difference.abs() - 1e-12);
        }
    };
    let every = every_assignment(pairs.len(), assignments);
    if let Some(every) = every {
        for assignment in 0..every {
            count(&|unit| (assignment >> unit) & 1 == 1);
        }
    } else {
        let mut random = Random::new(seed);
        for _ in 0..assignments {
            let swaps: Vec<bool> = (0..pairs.len()).map(|_| random.bits() >> 63 == 1).collect();
            count(&|unit| swaps[unit]);
        }
    }
    let beside = usize::from(every.is_none());
    let p = (beside + as_large) as f64 / (beside + all) as f64;
    let Resampled { interval, undefined } = percentiles(pairs.len(), RESAMPLES, seed, |drawn| {
        let first: Vec<&[f64]> = drawn.iter().map(|&unit| pairs[unit].0.as_ref()).collect();
        let second: Vec<&[f64]> = drawn.iter().map(|&unit| pairs[unit].1.as_ref()).collect();
        Some(formula.of(&second)? - formula.of(&first)?)
    });
    Some(PairedComparison { first, second, difference, interval: interval?, undefined, p })
}

/// Returns the number of assignments of so many units if all of them can be looked at.
fn every_assignment(units: usize, most: usize) -> Option<u64> {
    let every = u32::try_from(units).ok().and_then(|units| 1_u64.checked_shl(units))?;
    (every <= most as u64).then_some(every)
}

/// Returns the least p-value that [`compare`] can come to: with nothing swapped and with everything swapped the
/// difference is as large as it was found.
pub fn least_p(units: usize, assignments: usize) -> f64 {
    match every_assignment(units, assignments) {
        Some(every) => (2.0 / every as f64).min(1.0),
        None => 1.0 / (1 + assignments) as f64,
    }
}

/// Returns the p-values corrected by Holm's step-down method, in the order given. What stays below 0.05 is
/// significant although so many comparisons were made.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|a, b| p_values[*a].total_cmp(&p_values[*b]).then(a.cmp(b)));
    let mut corrected = vec![0.0; p_values.len()];
    let mut highest: f64 = 0.0;
    for (position, &at) in order.iter().enumerate() {
        highest = highest.max(p_values[at] * (p_values.len() - position) as f64).min(1.0);
        corrected[at] = highest;
    }
    corrected
}

#[cfg(test)]
mod tests {
    use super::*;

    fn means(values: &[f64]) -> Vec<[f64; 2]> {
        values.iter().map(|value| [*value, 1.0]).collect()
    }

    #[test]
    fn intervals_are_repeatable_and_hold_the_figure() {
        let tallies = means(&(0..40).map(|i| f64::from(i % 5)).collect::<Vec<_>>());
        let resampled = bootstrap(Formula::Ratio, &tallies, 500, 7);
        assert_eq!(resampled, bootstrap(Formula::Ratio, &tallies, 500, 7));
        let (interval, figure) = (resampled.interval.unwrap(), Formula::Ratio.of(&tallies).unwrap());
        assert!(interval.low < figure && figure < interval.high);
        assert_eq!(bootstrap(Formula::Ratio, &Vec::<[f64; 2]>::new(), 500, 7), Resampled::default());
    }

    #[test]
    fn wider_spread_gives_a_wider_interval() {
        let width = |values: &[f64]| {
            let interval = bootstrap(Formula::Ratio, &means(values), 500, 7).interval.unwrap();
            interval.high - interval.low
        };
        assert!(width(&[0.0, 1.0].repeat(10)) > width(&[0.4, 0.6].repeat(10)));
    }

    #[test]
    fn resamples_without_the_figure_are_left_out_and_counted() {
        // One unit of four has what is divided by, so (3/4)^4 of the resamples, about a third, have nothing.
        let tallies = [[1.0, 1.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]];
        let resampled = bootstrap(Formula::Ratio, &tallies, 1_000, 7);
        assert_eq!(resampled.interval, Some(Interval { low: 1.0, high: 1.0 }));
        assert!((250..390).contains(&resampled.undefined), "{}", resampled.undefined);
        let nothing = bootstrap(Formula::Ratio, &tallies[1..], 100, 7);
        assert_eq!(nothing, Resampled { interval: None, undefined: 100 });
    }

    /// Eight reports with ten answers in each of seven bins, in every bin two right answers too many in four of them and
    /// too few in the others, by another pattern in each: over all reports the confidence is all but right.
    fn calibrated_reports() -> Vec<Vec<f64>> {
        let report = |report: u32| {
            let bin = |bin: u32| {
                let are_many = (report & (bin + 1)).count_ones() % 2 == 1;
                let stated = if bin == 0 { 5.05 } else { 5.0 };
                [10.0, stated, if are_many { 7.0 } else { 3.0 }]
            };
            (0..7).flat_map(bin).collect()
        };
        (0..8).map(report).collect()
    }

    #[test]
    fn the_interval_of_a_calibration_error_holds_the_figure_that_percentiles_pass_over() {
        let reports = calibrated_reports();
        let figure = Formula::CalibrationError.of(&reports).unwrap();
        assert!((figure - 0.4 / 560.0).abs() < 1e-9, "{figure}");
        let by_percentiles = percentiles(reports.len(), 1_000, SEED, |drawn| {
            let drawn: Vec<&[f64]> = drawn.iter().map(|&report| reports[report].as_slice()).collect();
            Formula::CalibrationError.of(&drawn)
        });
        // Whoever draws anything but each report once finds an error of 0.013 at the least.
        assert!(by_percentiles.interval.unwrap().low > 10.0 * figure);
        let interval = bootstrap(Formula::CalibrationError, &reports, 1_000, SEED).interval.unwrap();
        assert!(interval.low <= figure && figure <= interval.high, "{interval:?}");
    }

    #[test]
    fn percentiles_are_reflected_at_the_figure_and_stay_at_or_above_zero() {
        let of = |low: f64, high: f64, figure: f64| {
            let Interval { low, high } = reflected(Interval { low, high }, figure);
            (low, high)
        };
        assert_eq!(of(0.125, 0.5, 0.25), (0.0, 0.375));
        assert_eq!(of(0.375, 0.5, 0.25), (0.0, 0.25));
        assert_eq!(of(0.5, 0.625, 0.5), (0.375, 0.5));
    }

    #[test]
    fn p_of_four_units_all_better_is_two_in_sixteen() {
        // Of the 16 assignments two are as extreme: none swapped and all swapped.
        let pairs: Vec<([f64; 2], [f64; 2])> =
            [0.1, 0.2, 0.3, 0.4].map(|gain| ([0.2, 1.0], [0.2 + gain, 1.0])).into();
        let compared = compare(Formula::Ratio, &pairs, ASSIGNMENTS, 7).unwrap();
        assert_eq!(compared.p, 0.125);
        assert_eq!(compared.p, least_p(pairs.len(), ASSIGNMENTS));
        assert!((compared.difference - 0.25).abs() < 1e-12);
        // With fewer assignments than there are, some are drawn.
        let drawn = compare(Formula::Ratio, &pairs, 15, 7).unwrap();
        assert!(drawn.p >= least_p(pairs.len(), 15) && least_p(pairs.len(), 15) == 1.0 / 16.0);
    }

    #[test]
    fn random_assignments_come_near_the_exact_p() {
        let pairs: Vec<([f64; 2], [f64; 2])> =
            (0..16).map(|i| ([0.5, 1.0], [if i < 11 { 0.6 } else { 0.4 }, 1.0])).collect();
        // Of 2^16 assignments 0.2101 have at least 11 or at most 5 swaps that favour one side.
        let compared = compare(Formula::Ratio, &pairs, ASSIGNMENTS, 7).unwrap();
        assert!((compared.p - 0.2101).abs() < 0.02, "{}", compared.p);
    }

    #[test]
    fn equal_runs_do_not_differ() {
        let pairs: Vec<([f64; 2], [f64; 2])> = vec![([0.3, 1.0], [0.3, 1.0]); 9];
        let compared = compare(Formula::Ratio, &pairs, 200, 7).unwrap();
        assert_eq!((compared.p, compared.difference), (1.0, 0.0));
    }

    #[test]
    fn what_is_not_defined_on_one_side_is_not_compared() {
        let pairs = [([1.0, 2.0], [0.0, 0.0]), ([1.0, 1.0], [0.0, 0.0])];
        assert_eq!(compare(Formula::Ratio, &pairs, ASSIGNMENTS, 7), None);
        // Swapping one unit alone leaves a side without the figure: such an assignment says nothing.
        let pairs = [([1.0, 2.0], [0.0, 0.0]), ([0.0, 0.0], [1.0, 1.0])];
        assert_eq!(compare(Formula::Ratio, &pairs, ASSIGNMENTS, 7).unwrap().p, 1.0);
    }

    #[test]
    fn holm_agrees_with_the_worked_example() {
        // As R's p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm").
        let corrected = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (found, wanted) in corrected.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((found - wanted).abs() < 1e-12, "{corrected:?}");
        }
        assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
        assert!(holm(&[]).is_empty());
    }
}
