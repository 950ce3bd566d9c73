//! A stored screening opened for reading: the report, and the text of its document cut into what is shown at once.

use super::report::units::{self, Unit};
use crate::domain::span::TextRange;
use crate::index::store::ScreeningRecord;
use crate::rpc::v1;

/// The extracted text of a document with its pages, empty where the format has none.
#[derive(Debug)]
pub struct KeptText {
    /// The text.
    pub text: String,
    /// Pages in order.
    pub pages: Vec<TextRange>,
}

/// A screening with everything a page needs of it.
#[derive(Debug)]
pub struct Opened {
    /// What is stored, without the report's JSON.
    pub record: ScreeningRecord,
    /// The report.
    pub report: v1::ScreeningReport,
    /// The text of the document, if it is kept.
    pub text: Option<String>,
    /// What of the document is shown at once; empty without its text.
    pub units: Vec<Unit>,
    /// First bytes of the sections, ascending.
    pub headings: Vec<usize>,
}

impl Opened {
    /// Reads a stored screening.
    pub fn of(mut record: ScreeningRecord, kept: Option<KeptText>) -> Result<Self, serde_json::Error> {
        let report: v1::ScreeningReport = serde_json::from_str(&record.report_json)?;
        record.report_json = String::new();
        let mut headings: Vec<usize> = sections(&report)
            .iter()
            .filter_map(|section| usize::try_from(section.extent.as_ref()?.start).ok())
            .collect();
        headings.sort_unstable();
        headings.dedup();
        let units =
            kept.as_ref().map_or_else(Vec::new, |kept| units::units(&kept.text, &kept.pages, &headings));
        Ok(Self { record, report, text: kept.map(|kept| kept.text), units, headings })
    }

    /// Returns the section of that id.
    pub fn section(&self, id: &str) -> Option<&v1::Section> {
        let number: usize = id.strip_prefix('s')?.parse().ok()?;
        sections(&self.report).get(number.checked_sub(1)?)
    }

    /// Returns the number of pages, 0 where the format has none.
    pub fn pages(&self) -> u32 {
        self.report.document.as_ref().map_or(0, |document| document.pages)
    }

    /// Position of the unit in which evidence stands.
    pub fn unit_of(&self, evidence: &v1::Evidence) -> Option<usize> {
        let range = evidence.range.as_ref()?;
        let start = usize::try_from(range.start).ok()?;
        (!self.units.is_empty()).then(|| units::unit_at(&self.units, start))
    }
}

/// Returns the sections of a report.
pub fn sections(report: &v1::ScreeningReport) -> &[v1::Section] {
    report.document.as_ref().map_or(&[], |document| &document.sections)
}
