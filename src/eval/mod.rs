//! Evaluation over the production path: how good is what the service finds?

pub mod completeness;
pub mod facts;
pub mod fit;
pub mod risk;
pub mod sections;
