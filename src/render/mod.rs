//! Reports for people: a terminal text and one self-contained HTML file.
//!
//! Both show the same things in the same order: triage, gaps before what is present, risks by
//! category, precedents, reuse, and always what was not examined. Nothing here changes a finding.

pub mod html;
pub mod text;
mod words;
