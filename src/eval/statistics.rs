//! How sure is a figure, and is one run really better than another?
//!
//! Intervals by the bootstrap over units (queries, documents), comparisons by the paired randomisation test
//! (Smucker, Allan and Carterette 2007) with Holm's correction for many comparisons. Everything is seeded,
//! so that the same tallies give the same bytes on every machine.

use serde::{Deserialize, Serialize};

use super::measures::Formula;

/// Resamples behind an interval.
pub const RESAMPLES: usize = 1_000;
/// Random assignments behind a p-value; the smallest one possible is about one in this many.
pub const ASSIGNMENTS: usize = 10_000;
/// Seed of every interval and test.
pub const SEED: u64 = 7;

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

/// Returns the 95 % interval of a figure by drawing units with replacement (percentile bootstrap).
pub fn bootstrap<T: AsRef<[f64]>>(formula: Formula, tallies: &[T], resamples: usize, seed: u64) -> Interval {
    percentiles(tallies.len(), resamples, seed, |drawn| {
        let drawn: Vec<&[f64]> = drawn.iter().map(|&unit| tallies[unit].as_ref()).collect();
        formula.of(&drawn)
    })
}

/// Returns the 95 % interval of any figure of `units` units drawn with replacement; `figure` gets the
/// positions that were drawn.
pub fn percentiles(units: usize, resamples: usize, seed: u64, figure: impl Fn(&[usize]) -> f64) -> Interval {
    if units == 0 || resamples == 0 {
        return Interval::default();
    }
    let mut random = Random::new(seed);
    let mut figures: Vec<f64> = (0..resamples)
        .map(|_| {
            let drawn: Vec<usize> = (0..units).map(|_| random.below(units)).collect();
            figure(&drawn)
        })
        .collect();
    figures.sort_by(f64::total_cmp);
    let at = |share: f64| figures[((figures.len() - 1) as f64 * share).round() as usize];
    Interval { low: at(0.025), high: at(0.975) }
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
    /// Two-sided p-value of the paired randomisation test.
    pub p: f64,
}

/// Compares two runs unit by unit: under the null hypothesis the runs are exchangeable within each unit, so
/// each unit's pair is swapped at random and the difference looked at again. `(1 + as large) / (1 + all)`,
/// so that p is never 0.
pub fn compare<T: AsRef<[f64]>>(
    formula: Formula,
    pairs: &[(T, T)],
    assignments: usize,
    seed: u64,
) -> PairedComparison {
    let of = |choose: &dyn Fn(usize) -> bool| {
        let (mut first, mut second) = (Vec::with_capacity(pairs.len()), Vec::with_capacity(pairs.len()));
        for (unit, (a, b)) in pairs.iter().enumerate() {
            let (a, b) = (a.as_ref(), b.as_ref());
            first.push(if choose(unit) { b } else { a });
            second.push(if choose(unit) { a } else { b });
        }
        (formula.of(&first), formula.of(&second))
    };
    let (first, second) = of(&|_| false);
    let difference = second - first;
    let mut random = Random::new(seed);
    let mut as_large = 0usize;
    for _ in 0..assignments {
        let swaps: Vec<bool> = (0..pairs.len()).map(|_| random.bits() >> 63 == 1).collect();
        let (a, b) = of(&|unit| swaps[unit]);
        // Sums in another order differ in the last bits; such a difference is as large.
        as_large += usize::from((b - a).abs() >= difference.abs() - 1e-12);
    }
    let interval = percentiles(pairs.len(), RESAMPLES, seed, |drawn| {
        let first: Vec<&[f64]> = drawn.iter().map(|&unit| pairs[unit].0.as_ref()).collect();
        let second: Vec<&[f64]> = drawn.iter().map(|&unit| pairs[unit].1.as_ref()).collect();
        formula.of(&second) - formula.of(&first)
    });
    let p = (1 + as_large) as f64 / (1 + assignments) as f64;
    PairedComparison { first, second, difference, interval, p }
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
        let interval = bootstrap(Formula::Ratio, &tallies, 500, 7);
        assert_eq!(interval, bootstrap(Formula::Ratio, &tallies, 500, 7));
        let figure = Formula::Ratio.of(&tallies);
        assert!(interval.low < figure && figure < interval.high);
        assert_eq!(bootstrap(Formula::Ratio, &Vec::<[f64; 2]>::new(), 500, 7), Interval::default());
    }

    #[test]
    fn wider_spread_gives_a_wider_interval() {
        let width = |values: &[f64]| {
            let interval = bootstrap(Formula::Ratio, &means(values), 500, 7);
            interval.high - interval.low
        };
        assert!(width(&[0.0, 1.0].repeat(10)) > width(&[0.4, 0.6].repeat(10)));
    }

    #[test]
    fn p_of_four_units_all_better_is_two_in_sixteen() {
        // Of the 16 assignments two are as extreme: none swapped and all swapped.
        let pairs: Vec<([f64; 2], [f64; 2])> =
            [0.1, 0.2, 0.3, 0.4].map(|gain| ([0.2, 1.0], [0.2 + gain, 1.0])).into();
        let compared = compare(Formula::Ratio, &pairs, 20_000, 7);
        assert!((compared.p - 0.125).abs() < 0.01, "{}", compared.p);
        assert!((compared.difference - 0.25).abs() < 1e-12);
    }

    #[test]
    fn equal_runs_do_not_differ() {
        let pairs: Vec<([f64; 2], [f64; 2])> = vec![([0.3, 1.0], [0.3, 1.0]); 9];
        let compared = compare(Formula::Ratio, &pairs, 200, 7);
        assert_eq!((compared.p, compared.difference), (1.0, 0.0));
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
