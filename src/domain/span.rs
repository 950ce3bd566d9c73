//! Where in a document something stands: byte ranges into the extracted text, and pages.
//!
//! Invariant: a [`TextRange`] that belongs to a document starts and ends on `char` boundaries of that
//! document's extracted text.

use serde::{Deserialize, Serialize};

/// Half-open byte range `start..end` into the extracted text of one document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct TextRange {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl TextRange {
    /// Makes the range `start..end`; an inverted pair collapses to the empty range at `start`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end: end.max(start) }
    }

    /// Number of bytes covered.
    pub fn len(self) -> usize {
        self.end - self.start
    }

    /// True if no byte is covered.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Returns the covered part of `text`, or the empty string if the range does not fit.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or("")
    }

    /// True if `offset` lies inside the range.
    pub fn contains(self, offset: usize) -> bool {
        (self.start..self.end).contains(&offset)
    }

    /// True if `other` lies inside the range.
    pub fn encloses(self, other: TextRange) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// True if the two ranges share at least one byte.
    pub fn overlaps(self, other: TextRange) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// A byte range together with the page it starts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// Bytes of the extracted text.
    pub range: TextRange,
    /// Page number counted from 1; `None` where the format has no pages.
    pub page: Option<u32>,
}
