//! Pictures in pages of HTML and Markdown: perhaps they are the report itself, scanned or saved as pictures, and the
//! text is what is written around them.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::domain::explanation::Code;
use crate::domain::finding::{NotExamined, NotExaminedReason};

use super::draft::{Line, not_examined};

/// Pictures stated to have a shorter side in pixels, or in percent of the page, are icons, logos and thumbnails.
const LEAST_SIDE: f32 = 200.0;
const LEAST_PERCENT: f32 = 30.0;
/// Units of type: what is as large as letters is a formula or an icon.
const TYPE_UNITS: [&str; 3] = ["rem", "em", "ex"];
/// Reports with figures have more characters than this for each; how large a picture is seldom stands in the file.
const FIGURE_CHARACTERS: usize = 300;

/// Counts pictures that may hold text, each once however often it is shown: by what tells their addresses apart.
#[derive(Debug, Clone, Default)]
pub(super) struct Pictures(HashSet<u64>);

impl Pictures {
    /// Counts the picture at an address. Its sides may be stated.
    pub(super) fn add(&mut self, address: &str, sides: [Option<&str>; 2]) {
        if !address.trim().is_empty() && !sides.into_iter().flatten().any(is_small) {
            let mut hasher = DefaultHasher::new();
            address.trim().hash(&mut hasher);
            self.0.insert(hasher.finish());
        }
    }

    /// Counts the pictures of a part of the file.
    pub(super) fn add_all(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Counts the pictures of a block that has ended: those beside text are part of it – icons, signs, formulas.
    pub(super) fn add_block(&mut self, block: &mut Self, has_text: bool) {
        let block = std::mem::take(block);
        if !has_text {
            self.add_all(block);
        }
    }

    /// Says what was not read of a file with these lines.
    pub(super) fn said(&self, lines: &[Line]) -> Option<NotExamined> {
        let characters: usize = lines.iter().map(|line| line.text.chars().count()).sum();
        let n = self.0.len();
        (characters < n * FIGURE_CHARACTERS)
            .then(|| not_examined(NotExaminedReason::NoTextLayer, None, Code::PicturesAsPages.with("n", n)))
    }
}

/// Whether text of a block is more than marks.
pub(super) fn has_words(text: &str) -> bool {
    text.contains(char::is_alphanumeric)
}

/// Whether a side is stated to be too short for a page.
fn is_small(side: &str) -> bool {
    let side = side.trim();
    let number = |unit: &str| side.strip_suffix(unit).and_then(|number| number.trim().parse::<f32>().ok());
    TYPE_UNITS.into_iter().any(|unit| number(unit).is_some())
        || number("%").is_some_and(|percent| percent < LEAST_PERCENT)
        || number("px").or_else(|| number("")).is_some_and(|pixels| pixels < LEAST_SIDE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_too_short_for_a_page_are_recognised() {
        for side in ["32", "40px", " 150 px", "1.2em", "2ex", "1rem", "20%"] {
            assert!(is_small(side), "{side}");
        }
        for side in ["800", "640px", "100%", "30 %", "auto", ""] {
            assert!(!is_small(side), "{side}");
        }
    }

    #[test]
    fn a_picture_counts_once_and_not_beside_text() {
        let mut pictures = Pictures::default();
        for _ in 0..5 {
            pictures.add("a.png", [None, None]);
        }
        pictures.add(" ", [None, None]);
        let mut block = Pictures::default();
        block.add("b.png", [Some("800"), None]);
        pictures.add_block(&mut block, true);
        assert_eq!((pictures.0.len(), block.0.len()), (1, 0));
        assert!(pictures.said(&[]).is_some());
        assert!(Pictures::default().said(&[]).is_none());
    }
}
