//! What a screening does with a document: completeness, risks, precedents, triage.

pub mod risk;
