//! How likely is each outcome, given the evidence? The few numbers behind every decision.
//!
//! Two logistic models share the features of [`super::features`]: one says whether anything that counts is
//! there at all, the other whether it is complete. They are fitted by `eval fit` on labelled reports and
//! stored in `rules/calibration.toml` with the data they came from. Invariant: the three probabilities add
//! up to 1.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::features::{COUNT, NAMES};
use super::profile::CLEAR_TITLE;

/// Why a calibration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CalibrationError {
    /// The text is not a calibration file.
    #[error("the calibration is malformed: {0}")]
    Malformed(#[from] toml::de::Error),
    /// The calibration was made for other features.
    #[error("the calibration is for the features {found:?}, this program computes {expected:?}")]
    OtherFeatures {
        /// Features of the file.
        found: Vec<String>,
        /// Features of this program.
        expected: Vec<String>,
    },
    /// A list of weights is too short or too long.
    #[error(
        "a list of weights of the calibration has {found} numbers, one for each of {COUNT} features is needed"
    )]
    OtherLength {
        /// Its length.
        found: usize,
    },
}

/// Where a calibration comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct CalibrationProvenance {
    /// Day of the fit, `YYYY-MM-DD`.
    pub date: String,
    /// Suites the labels come from.
    pub data: Vec<String>,
    /// SHA-256 over labels and features.
    pub data_sha256: String,
    /// Labels used.
    pub rows: usize,
    /// Documents used.
    pub documents: usize,
    /// Leave-one-document-out figures.
    pub figures: BTreeMap<String, f64>,
}

/// What the labels of one requirement say beyond the shared weights, in log-odds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Own {
    /// For "something that counts is there".
    pub there: Difference,
    /// For "it is complete".
    pub complete: Difference,
}

/// What is added to the shared weights. A sum keeps the sign of its feature: more evidence never makes an element
/// less likely.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// How much stricter or milder readers are about this requirement.
    pub offset: f32,
    /// One per feature.
    pub weights: Vec<f32>,
}

impl Difference {
    /// Returns the log-odds of shared weights with this difference.
    fn log_odds(&self, shared: &[f32], values: &[f32; COUNT]) -> f32 {
        self.offset + log_odds(shared, values) + log_odds(&self.weights, values)
    }
}

/// The parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Feature names, in order.
    pub features: Vec<String>,
    /// Weights of "something that counts is there".
    pub there: Vec<f32>,
    /// Weights of "it is complete".
    pub complete: Vec<f32>,
    /// From this probability of being missing the outcome is missing.
    pub missing_from: f32,
    /// From this probability of being complete the outcome is present.
    pub present_from: f32,
    /// Exponent that turns the probability of the stated outcome into its confidence.
    pub sharpness: f32,
    /// Per requirement with labels; pulled towards zero, zero for every other requirement.
    #[serde(default)]
    pub own: BTreeMap<String, Own>,
    /// Where the numbers come from.
    pub provenance: CalibrationProvenance,
}

/// Probabilities of the three outcomes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Probabilities {
    /// Nothing that counts.
    pub missing: f32,
    /// Something, not enough.
    pub weak: f32,
    /// Complete.
    pub present: f32,
}

/// The three outcomes a document can have for a requirement that applies and was examined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing that counts.
    Missing,
    /// Something, not enough.
    Weak,
    /// Complete.
    Present,
}

impl Calibration {
    /// Reads the calibration that ships with the program.
    pub fn builtin() -> Result<Self, CalibrationError> {
        Self::parse(include_str!("../../../rules/calibration.toml"))
    }

    /// Reads a calibration file.
    pub fn parse(text: &str) -> Result<Self, CalibrationError> {
        let calibration: Self = toml::from_str(text)?;
        if calibration.features != NAMES {
            return Err(CalibrationError::OtherFeatures {
                found: calibration.features,
                expected: NAMES.iter().map(|name| (*name).to_owned()).collect(),
            });
        }
        let found = calibration.every_weights().map(Vec::len).find(|found| *found != COUNT);
        match found {
            Some(found) => Err(CalibrationError::OtherLength { found }),
            None => Ok(calibration),
        }
    }

    fn every_weights(&self) -> impl Iterator<Item = &Vec<f32>> {
        let own = self.own.values().flat_map(|own| [&own.there.weights, &own.complete.weights]);
        own.chain([&self.there, &self.complete])
    }

    /// Returns the probabilities of the three outcomes for a requirement.
    pub fn probabilities(&self, requirement: &str, values: &[f32; COUNT]) -> Probabilities {
        let nothing = Own::default();
        let own = self.own.get(requirement).unwrap_or(&nothing);
        let there = logistic(own.there.log_odds(&self.there, values));
        let complete = logistic(own.complete.log_odds(&self.complete, values));
        Probabilities { missing: 1.0 - there, weak: there * (1.0 - complete), present: there * complete }
    }

    /// Returns what one feature adds to the log-odds of "something that counts is there".
    pub fn contribution(&self, requirement: &str, feature: usize, value: f32) -> f32 {
        let own = self.own.get(requirement).and_then(|own| own.there.weights.get(feature));
        (self.there[feature] + own.copied().unwrap_or_default()) * value
    }

    /// Returns the outcome.
    pub fn decide(&self, probabilities: Probabilities) -> Outcome {
        if probabilities.missing >= self.missing_from {
            Outcome::Missing
        } else if probabilities.present >= self.present_from {
            Outcome::Present
        } else {
            Outcome::Weak
        }
    }

    /// Returns how sure an outcome is. Where a rule has put it in the place of the one that was decided, what spoke
    /// for that one speaks for it.
    pub fn confidence(&self, probabilities: Probabilities, decided: Outcome, outcome: Outcome) -> f32 {
        let of = |outcome: Outcome| match outcome {
            Outcome::Missing => probabilities.missing,
            Outcome::Weak => probabilities.weak,
            Outcome::Present => probabilities.present,
        };
        let probability = if decided == outcome { of(outcome) } else { of(decided) + of(outcome) };
        let odds = (probability / (1.0 - probability).max(1e-4)).powf(self.sharpness);
        (odds / (1.0 + odds)).clamp(0.02, 0.99)
    }
}

/// Applies what no calibration may overrule: a heading alone is neither nothing nor enough.
pub fn bounded(outcome: Outcome, values: &[f32; COUNT]) -> Outcome {
    let value = |name: &str| NAMES.iter().position(|known| *known == name).map_or(0.0, |at| values[at]);
    match outcome {
        Outcome::Missing if value("title") >= CLEAR_TITLE => Outcome::Weak,
        Outcome::Present if value("bare") > 0.0 => Outcome::Weak,
        other => other,
    }
}

/// Returns the sum of weight times value.
pub fn log_odds(weights: &[f32], values: &[f32]) -> f32 {
    weights.iter().zip(values).map(|(weight, value)| weight * value).sum()
}

/// The logistic function.
pub fn logistic(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_probabilities_add_up() {
        let calibration = Calibration::builtin().unwrap();
        let mut values = [0.0; COUNT];
        values[0] = 1.0;
        let p = calibration.probabilities("EU-01", &values);
        assert!((p.missing + p.weak + p.present - 1.0).abs() < 1e-5);
    }

    #[test]
    fn no_evidence_at_all_is_missing() {
        let calibration = Calibration::builtin().unwrap();
        let mut values = [0.0; COUNT];
        values[0] = 1.0;
        let probabilities = calibration.probabilities("EU-01", &values);
        let outcome = calibration.decide(probabilities);
        assert_eq!(outcome, Outcome::Missing);
        let confidence = calibration.confidence(probabilities, outcome, outcome);
        assert!(confidence > 0.6, "{confidence}");
        let put = calibration.confidence(probabilities, outcome, Outcome::Weak);
        assert!(put >= confidence, "{put}");
    }

    #[test]
    fn a_heading_alone_is_neither_nothing_nor_enough() {
        let mut values = [0.0; COUNT];
        for outcome in [Outcome::Missing, Outcome::Weak, Outcome::Present] {
            assert_eq!(bounded(outcome, &values), outcome);
        }
        for name in ["title", "bare"] {
            values[NAMES.iter().position(|known| *known == name).unwrap()] = 1.0;
        }
        for outcome in [Outcome::Missing, Outcome::Weak, Outcome::Present] {
            assert_eq!(bounded(outcome, &values), Outcome::Weak);
        }
    }

    #[test]
    fn a_calibration_for_other_features_is_refused() {
        let text = include_str!("../../../rules/calibration.toml").replacen("\"heading\"", "\"hat\"", 1);
        assert!(matches!(Calibration::parse(&text), Err(CalibrationError::OtherFeatures { .. })));
    }

    #[test]
    fn a_list_of_weights_of_another_length_is_refused() {
        let mut calibration = Calibration::builtin().unwrap();
        calibration.own.get_mut("EU-01").unwrap().complete.weights.pop();
        let text = toml::to_string(&calibration).unwrap();
        let refused = Calibration::parse(&text).unwrap_err();
        assert!(
            matches!(refused, CalibrationError::OtherLength { found } if found == COUNT - 1),
            "{refused}"
        );
    }
}
