//! Evaluation over the production path: how good is what the service finds?
//!
//! ```text
//! suite, beir, trec ─ what is given ─┐
//! screen, index, embed, ingest ──────┴─> suites ─> result ─> report
//!                     measures, statistics ──┘         └───> comparison
//! ```
//!
//! Sits beside `cli` and `rpc` and runs the same functions as they do. An arm that did not run is an
//! error, never a zero; where the user asked for no model, those that need one are stated as not run.

pub mod beir;
pub mod checks;
pub mod comparison;
pub mod completeness;
pub mod deletion;
pub mod facts;
pub mod fit;
pub mod learning;
pub mod linear;
pub mod logistic;
pub mod measures;
pub mod report;
pub mod result;
pub mod risk;
pub mod sections;
pub mod statistics;
pub mod suite;
pub mod suites;
pub mod trec;
pub mod tuning;
