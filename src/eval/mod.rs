//! Evaluation over the production path: how good is what the service finds?

pub mod completeness;
pub mod deletion;
pub mod fit;
pub mod logistic;
pub mod risk;
pub mod sections;
