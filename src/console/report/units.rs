//! What of a document is shown at once: a page, or where the format has no pages a few sections.
//!
//! Units cover the text without gaps, in order; none is longer than [`LONGEST`] bytes by more than one character, so
//! that a page of any document stays small.

use crate::domain::span::TextRange;

/// Longest unit in bytes.
pub const LONGEST: usize = 24_000;
/// Sections are gathered up to this many bytes.
const GATHERED: usize = 6_000;

/// A piece of the document that is shown at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    /// Page counted from 1; `None` where the format has no pages.
    pub page: Option<u32>,
    /// Its part of the extracted text.
    pub range: TextRange,
}

/// Cuts a text into units. `pages` are the pages in order, empty where the format has none; `starts` are the first
/// bytes of the sections in order.
pub fn units(text: &str, pages: &[TextRange], starts: &[usize]) -> Vec<Unit> {
    let mut units = Vec::new();
    if pages.is_empty() {
        let mut from = 0;
        for &start in starts.iter().chain([&text.len()]) {
            let last = start == text.len();
            if (last || start.saturating_sub(from) >= GATHERED)
                && start > from
                && text.is_char_boundary(start.min(text.len()))
            {
                split(text, None, TextRange::new(from, start.min(text.len())), &mut units);
                from = start.min(text.len());
            }
        }
    } else {
        for (page, number) in pages.iter().zip(1..) {
            split(text, Some(number), *page, &mut units);
        }
    }
    if units.is_empty() {
        units.push(Unit { page: None, range: TextRange::new(0, 0) });
    }
    units
}

/// Cuts a range that is too long at line breaks, or where there are none at characters.
fn split(text: &str, page: Option<u32>, range: TextRange, units: &mut Vec<Unit>) {
    let mut from = range.start;
    while range.end.saturating_sub(from) > LONGEST {
        let mut most = from + LONGEST;
        while !text.is_char_boundary(most) {
            most += 1;
        }
        let window = text.get(from..most).unwrap_or("");
        let cut = window.rfind('\n').map_or(most, |at| from + at + 1);
        units.push(Unit { page, range: TextRange::new(from, cut) });
        from = cut;
    }
    units.push(Unit { page, range: TextRange::new(from, range.end) });
}

/// Position of the unit that holds `offset`; the last one that begins before it.
pub fn unit_at(units: &[Unit], offset: usize) -> usize {
    units.partition_point(|unit| unit.range.start <= offset).saturating_sub(1)
}

/// Position of the first unit of a page.
pub fn unit_of_page(units: &[Unit], page: u32) -> Option<usize> {
    units.iter().position(|unit| unit.page == Some(page))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Pages as the reader makes them: between form feeds.
    fn pages_of(text: &str) -> Vec<TextRange> {
        let mut pages = Vec::new();
        let mut from = 0;
        for (at, _) in text.match_indices('\u{c}') {
            pages.push(TextRange::new(from, at));
            from = at + 1;
        }
        pages.push(TextRange::new(from, text.len()));
        pages
    }

    #[test]
    fn a_page_is_a_unit_and_a_long_page_is_several() {
        let text = format!("one\u{c}{}\u{c}three", "строка\n".repeat(5_000));
        let pages = pages_of(&text);
        assert_eq!(pages.len(), 3);
        let units = units(&text, &pages, &[]);
        assert_eq!((units[0].page, units[0].range.of(&text)), (Some(1), "one"));
        assert!(units.len() > 4 && units[1].page == Some(2) && units[2].page == Some(2));
        assert!(units[1].range.of(&text).ends_with('\n'));
        assert_eq!(unit_of_page(&units, 3), Some(units.len() - 1));
        assert_eq!(unit_of_page(&units, 4), None);
    }

    #[test]
    fn short_sections_are_gathered() {
        let text = "x".repeat(20_000);
        let units = units(&text, &[], &[0, 100, 200, 7_000, 7_100, 14_500]);
        let starts: Vec<usize> = units.iter().map(|unit| unit.range.start).collect();
        assert_eq!(starts, [0, 7_000, 14_500]);
        assert_eq!(unit_at(&units, 7_050), 1);
        assert_eq!(unit_at(&units, 19_999), 2);
    }

    #[test]
    fn an_empty_document_has_one_empty_unit() {
        assert_eq!(units("", &[], &[]).len(), 1);
    }

    proptest! {
        #[test]
        fn units_cover_the_text_in_order(
            text in "(ғ|a|\\n|\u{c}){0,400}",
            starts in proptest::collection::btree_set(0usize..900, 0..6),
            factor in 1usize..200,
        ) {
            let text = text.repeat(factor);
            let starts: Vec<usize> = starts.into_iter().collect();
            for pages in [Vec::new(), pages_of(&text)] {
                let units = units(&text, &pages, &starts);
                let shown: String = units.iter().map(|unit| unit.range.of(&text)).collect();
                let kept = if pages.is_empty() { text.clone() } else { text.replace('\u{c}', "") };
                prop_assert_eq!(shown, kept);
                prop_assert!(units.iter().all(|unit| unit.range.len() <= LONGEST + 4));
            }
        }
    }
}
