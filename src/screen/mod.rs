//! What a screening does: completeness, risk terms, facts, precedents, triage – and the order of the stages.

pub mod activity;
pub mod classifier;
pub mod completeness;
pub mod diff;
pub mod facts;
pub mod file;
pub mod import;
pub mod likeness;
pub mod precedent;
pub mod prepare;
pub mod reindex;
pub mod reuse;
pub mod risk;
pub mod run;
pub mod triage;
pub mod vectorizer;
