//! How good is a ranking, a classification, a confidence, a similarity? The measures, and nothing else.
//!
//! Pure functions over numbers: they know neither documents nor models, so that they can be held against
//! reference implementations (`reference` compares with stored outputs of `pytrec_eval`, `ir_measures`,
//! scikit-learn and SciPy).

pub mod correlation;
pub mod formula;
pub mod ranking;
#[cfg(test)]
mod reference;

pub use formula::Formula;
pub use ranking::{Gain, RankingMeasure};
