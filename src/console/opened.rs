//! A stored screening opened for reading: the report, and the text of its document cut into what is shown at once.

use std::sync::Arc;

use super::backend::StoredDocument;
use super::report::units::{self, Unit};
use crate::index::store::ScreeningRecord;
use crate::rpc::v1;

/// A screening with everything a page needs of it.
#[derive(Debug)]
pub struct Opened {
    /// What is stored, without the report's JSON.
    pub record: ScreeningRecord,
    /// The report.
    pub report: v1::ScreeningReport,
    /// The document, if its text is kept.
    pub document: Option<Arc<StoredDocument>>,
    /// What of the document is shown at once; empty without its text.
    pub units: Vec<Unit>,
    /// First bytes of the sections, ascending.
    pub headings: Vec<usize>,
}

impl Opened {
    /// Reads a stored screening.
    pub fn of(
        mut record: ScreeningRecord,
        document: Option<Arc<StoredDocument>>,
    ) -> Result<Self, serde_json::Error> {
        let report: v1::ScreeningReport = serde_json::from_str(&record.report_json)?;
        record.report_json = String::new();
        let mut headings: Vec<usize> = sections(&report)
            .iter()
            .filter_map(|section| usize::try_from(section.extent.as_ref()?.start).ok())
            .collect();
        headings.sort_unstable();
        headings.dedup();
        let units = document.as_ref().map_or_else(Vec::new, |document| {
            let is_paged = report.document.as_ref().is_some_and(|summary| summary.pages > 0);
            let pages = if is_paged { units::pages_of(&document.text) } else { Vec::new() };
            units::units(&document.text, &pages, &headings)
        });
        Ok(Self { record, report, document, units, headings })
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
