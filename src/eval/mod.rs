//! Evaluation over the production path: how good is what the service finds?

pub mod risk;
pub mod sections;
