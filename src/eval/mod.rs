//! Evaluation suites over the production path.

pub mod risk;
