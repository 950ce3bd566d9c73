//! Text with highlighted evidence: pieces of lines, each with the finding it supports.
//!
//! Invariant: the pieces of a text, joined, are the text; nothing of it is left out or said twice.

use crate::domain::span::TextRange;

/// A stretch of the document that supports a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Where, in the extracted text.
    pub range: TextRange,
    /// Finding as verdicts name it.
    pub finding: String,
    /// True for the finding that the reviewer looks at.
    pub is_current: bool,
}

/// A piece of text under at most one mark.
#[derive(Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The text.
    pub text: &'a str,
    /// What it supports; empty for nothing.
    pub finding: &'a str,
    /// True for the finding that the reviewer looks at.
    pub is_current: bool,
    /// True for the first piece of the current finding on the page: the place to jump to.
    pub is_target: bool,
}

/// What a line is on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// Heading of a section.
    Heading,
    /// Row of a table, cells separated by ` | `.
    Row,
    /// Anything else.
    Text,
}

/// A line of the page.
#[derive(Debug)]
pub struct Line<'a> {
    /// What it is.
    pub kind: LineKind,
    /// Its text.
    pub pieces: Vec<Piece<'a>>,
}

/// Cuts the part `range` of `text` into lines of marked pieces; `headings` are the first bytes of sections.
pub fn lines<'a>(text: &'a str, range: TextRange, marks: &'a [Mark], headings: &[usize]) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    let mut from = range.start;
    let mut target = None;
    for line in range.of(text).split_inclusive('\n') {
        let here = TextRange::new(from, from + line.len());
        from = here.end;
        let shown = TextRange::new(here.start, here.start + line.trim_end().len());
        if shown.is_empty() {
            continue;
        }
        let kind = if headings.binary_search(&here.start).is_ok() {
            LineKind::Heading
        } else if line.contains(" | ") {
            LineKind::Row
        } else {
            LineKind::Text
        };
        let mut pieces = pieces(text, shown, marks);
        if target.is_none()
            && let Some(first) = pieces.iter_mut().find(|piece| piece.is_current)
        {
            first.is_target = true;
            target = Some(());
        }
        lines.push(Line { kind, pieces });
    }
    lines
}

/// Cuts a range at the ends of marks. Under several marks the current one counts, else the first.
fn pieces<'a>(text: &'a str, range: TextRange, marks: &'a [Mark]) -> Vec<Piece<'a>> {
    let touching: Vec<&Mark> = marks.iter().filter(|mark| mark.range.overlaps(range)).collect();
    let mut cuts = vec![range.start, range.end];
    for mark in &touching {
        for end in [mark.range.start, mark.range.end] {
            // A range that does not fit the text cuts nothing.
            if range.contains(end) && text.is_char_boundary(end) {
                cuts.push(end);
            }
        }
    }
    cuts.sort_unstable();
    cuts.dedup();
    cuts.windows(2)
        .map(|pair| {
            let piece = TextRange::new(pair[0], pair[1]);
            let over = |mark: &&&Mark| mark.range.encloses(piece);
            let mark = touching.iter().find(|mark| mark.is_current && over(mark));
            let mark = mark.or_else(|| touching.iter().find(over));
            Piece {
                text: piece.of(text),
                finding: mark.map_or("", |mark| mark.finding.as_str()),
                is_current: mark.is_some_and(|mark| mark.is_current),
                is_target: false,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mark(start: usize, end: usize, finding: &str, is_current: bool) -> Mark {
        Mark { range: TextRange::new(start, end), finding: finding.to_owned(), is_current }
    }

    #[test]
    fn the_current_finding_lies_over_the_others() {
        let text = "Dust rises near the school.\nName | Value\nEnd";
        let marks = [mark(0, 27, "risk:1", false), mark(5, 10, "risk:2", true)];
        let lines = lines(text, TextRange::new(0, text.len()), &marks, &[0]);
        let shown: Vec<_> =
            lines[0].pieces.iter().map(|p| (p.text, p.finding, p.is_current, p.is_target)).collect();
        assert_eq!(
            shown,
            [
                ("Dust ", "risk:1", false, false),
                ("rises", "risk:2", true, true),
                (" near the school.", "risk:1", false, false)
            ]
        );
        let kinds: Vec<_> = lines.iter().map(|line| line.kind).collect();
        assert_eq!(kinds, [LineKind::Heading, LineKind::Row, LineKind::Text]);
    }

    proptest! {
        #[test]
        fn nothing_of_the_text_is_lost_whatever_the_marks(
            text in "(ў|a| |\\n|<){0,60}",
            ranges in proptest::collection::vec((0usize..140, 0usize..140, any::<bool>()), 0..6),
        ) {
            let marks: Vec<Mark> = ranges.iter().map(|(a, b, now)| mark(*a, *b, "f", *now)).collect();
            let lines = lines(&text, TextRange::new(0, text.len()), &marks, &[]);
            let shown: Vec<String> =
                lines.iter().map(|line| line.pieces.iter().map(|piece| piece.text).collect()).collect();
            let kept: Vec<String> = text
                .split('\n')
                .map(|line| line.trim_end().to_owned())
                .filter(|line| !line.is_empty())
                .collect();
            prop_assert_eq!(shown, kept);
        }
    }
}
