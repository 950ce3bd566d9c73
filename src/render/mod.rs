//! Reports for people – a terminal text and one self-contained HTML file – and for maps.
//!
//! Text and HTML show the same things in the same order: triage, gaps before what is present, risks by
//! category, contradictions and facts, precedents, reuse, and always what was not examined. Nothing here changes a finding.

pub mod docx;
pub(crate) mod facts;
pub mod geojson;
pub mod html;
pub mod text;
#[cfg(test)]
mod unseen_tests;
pub(crate) mod words;
