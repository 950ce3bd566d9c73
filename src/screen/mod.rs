//! What a screening does: the stages that turn a document and rules into findings.

pub mod completeness;
