//! Domain types ↔ protobuf messages, and the canonical protobuf JSON of a report.
//!
//! Conversions to protobuf cannot fail; conversions from protobuf are where strings become domain
//! types, and name the offending field.

mod archive;
mod fact;
mod lengths;
mod report;
mod request;
mod screening;

pub use archive::{case_message, requirement_set_message, timestamp, verdict_message};
pub use lengths::{LONGEST_KEY, LONGEST_PROSE, LONGEST_TEXT, at_most, quoted};
pub use report::{
    document_message, explanation_message, facets_message, not_examined_message, precedent_message,
    report_message, reuse_message,
};
pub use request::{
    FieldViolation, case_from_message, case_name, date_from_text, facets_from_message, filter_from_message,
    parse_case_name, parse_screening_name, screening_name,
};

pub use screening::{
    screening_etag, screening_message, screening_request, stage_message, state_from_message,
};

use crate::domain::language::Language;
use crate::domain::report::ScreeningReport;

/// Returns the report as canonical protobuf JSON, indented by two blanks, with a final line break.
pub fn report_json(report: &ScreeningReport) -> String {
    let mut json = serde_json::to_string_pretty(&report_message(report))
        .expect("messages made of numbers, strings and maps always serialise");
    json.push('\n');
    json
}

fn tag(language: Option<Language>) -> String {
    language.map_or_else(String::new, |language| language.tag().to_owned())
}
