//! Ceilings on what one file may cost. They hold before memory is spent, not after.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Size, page, nesting and time ceilings for reading one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Largest PDF or DOCX file in bytes.
    pub binary_bytes: u64,
    /// Largest HTML, Markdown or plain text file in bytes.
    pub text_bytes: u64,
    /// Largest part of a DOCX package after unpacking, in bytes.
    pub entry_bytes: u64,
    /// Largest ratio of unpacked to packed size of a DOCX part above one mebibyte.
    pub expansion: u64,
    /// Most parts in a DOCX package.
    pub entries: usize,
    /// Deepest nesting of XML or HTML elements that is followed.
    pub depth: usize,
    /// Most pages that are read; the rest is reported as not examined.
    pub pages: u32,
    /// Most extracted text in bytes; the rest is reported as not examined.
    pub extracted_bytes: usize,
    /// Longest time for one page of a PDF; then the page is reported as not examined.
    pub page_time: Duration,
    /// Longest time for a whole PDF; pages left are reported as not examined.
    pub document_time: Duration,
}

impl Default for Limits {
    /// Limits that let the largest real reports through (3 000 pages, some hundred megabytes of
    /// pictures) and stop what cannot be one.
    fn default() -> Self {
        Self {
            binary_bytes: 512 << 20,
            text_bytes: 32 << 20,
            entry_bytes: 256 << 20,
            expansion: 200,
            entries: 10_000,
            depth: 256,
            pages: 5_000,
            extracted_bytes: 64 << 20,
            page_time: Duration::from_secs(20),
            document_time: Duration::from_secs(600),
        }
    }
}
