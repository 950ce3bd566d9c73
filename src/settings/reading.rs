//! What is read of a submitted file, and how.

use serde::{Deserialize, Serialize};

use super::Problems;

/// Ceilings for submitted files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitSettings {
    /// Largest file in MiB.
    pub file_mib: u64,
    /// Most pages that are read; the rest is reported as not examined.
    pub pages: u32,
    /// Largest extracted text in MiB; the rest is reported as not examined.
    pub text_mib: u64,
    /// Seconds after which reading one file is given up.
    pub read_s: u64,
    /// Whether files are read in processes of their own.
    pub isolation: IsolationMode,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self { file_mib: 512, pages: 5000, text_mib: 64, read_s: 300, isolation: IsolationMode::Process }
    }
}

impl LimitSettings {
    /// Says what is wrong with the values.
    pub(super) fn check(&self, problems: &mut Problems) {
        problems.require(self.file_mib > 0, "limits.file_mib: must be at least 1");
        problems.require(self.pages > 0, "limits.pages: must be at least 1");
        problems.require(self.text_mib > 0, "limits.text_mib: must be at least 1");
        problems.require(self.read_s > 0, "limits.read_s: must be at least 1");
    }
}

/// Whether files are read in processes of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum IsolationMode {
    /// One process per file, which gives up its rights before it reads.
    Process,
    /// In the program's own process: for files that are trusted.
    Off,
}

/// Reading of pages that are pictures (optical character recognition).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OcrSettings {
    /// `auto` uses an installed `tesseract`; `off` leaves such pages not examined.
    pub mode: OcrMode,
    /// Pages read at the same time; 0 for one per processor.
    pub workers: usize,
    /// Seconds after which one page is given up.
    pub page_s: u64,
    /// Seconds after which the pages left of one file are given up.
    pub document_s: u64,
}

impl Default for OcrSettings {
    fn default() -> Self {
        Self { mode: OcrMode::Auto, workers: 0, page_s: 90, document_s: 14_400 }
    }
}

impl OcrSettings {
    /// Says what is wrong with the values.
    pub(super) fn check(&self, problems: &mut Problems) {
        problems
            .require(self.page_s > 0 && self.document_s > 0, "ocr: page_s and document_s must be above 0");
    }
}

/// Whether pages that are pictures are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum OcrMode {
    /// Use an installed `tesseract`.
    Auto,
    /// Leave them not examined.
    Off,
}
