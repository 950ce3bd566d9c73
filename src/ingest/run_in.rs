//! Headings that stand at the start of their paragraph, with the text going on behind them.

use super::headings::shape;
use super::numbering::{self, NumberKind};

/// A heading that stands at the start of its paragraph: `Proposed Action: the text goes on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RunIn {
    /// Bytes of the heading, number and closing sign included.
    pub(crate) end: usize,
    /// Bytes of the number with the signs behind it.
    pub(crate) title: usize,
}

/// Finds a run-in heading at the start of a line; `lead` is how many bytes are set apart by bold or
/// italic type.
pub(crate) fn run_in(text: &str, lead: usize) -> Option<RunIn> {
    // Tidying moves bytes behind the place that the reader noted.
    let lead = text.floor_char_boundary(lead);
    let number = numbering::parse(text);
    let title = number.as_ref().filter(|n| !n.kind.is_list_like()).map_or(0, |n| n.title);
    let rest = &text[title..];
    if lead > title + 2 && lead < text.len() {
        let head = text[title..lead].trim_end();
        let closed = head.ends_with(['.', ':', '–', '—'])
            || head.ends_with(" -")
            || text[lead..].trim_start().starts_with([':', '.', '–', '—']);
        let shape = shape(head.trim_end_matches(['.', ':', '-', '–', '—', ' ']));
        if closed && shape.words <= 12 && !shape.lower_start && !shape.is_noise {
            let after = text[lead..].chars().next().filter(|c| matches!(c, ':' | '.'));
            return Some(RunIn { end: title + head.len() + after.map_or(0, char::len_utf8), title });
        }
    }
    let colon = rest.find(": ")?;
    let head = &rest[..colon];
    let after = rest[colon + 2..].trim_start();
    let shape = shape(head);
    let fits = (1..=9).contains(&shape.words)
        && !shape.lower_start
        && !shape.is_noise
        && !head.contains(['.', ',', ';', '?', '('])
        && (shape.title_case
            || shape.capitals
            || number.as_ref().is_some_and(|n| n.title > 0 && n.kind != NumberKind::LowerLetter));
    let sentence =
        after.chars().next().is_some_and(|c| {
            c.is_uppercase() || !c.is_alphabetic() || !(c.is_lowercase() || c.is_uppercase())
        }) && after.split_whitespace().count() >= 3;
    (fits && sentence).then_some(RunIn { end: title + colon + 1, title })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn run_in_headings_end_at_the_sign() {
        let text = "A. Proposed Action: Western proposes to replace poles.";
        let found = run_in(text, 0).unwrap();
        assert_eq!(
            (&text[..found.end], &text[found.title..found.end]),
            ("A. Proposed Action:", "Proposed Action:")
        );
        let text = "Labor Rates. Labor rates were taken from the database.";
        assert_eq!(run_in(text, 12).map(|found| &text[..found.end]), Some("Labor Rates."));
        for lead in 0..24 {
            let found = run_in("Ўрмон. Сўзлар давом этади.", lead);
            assert!(found.is_none_or(|found| found.end <= lead + 2), "{lead}");
        }
        assert_eq!(run_in("The list has three parts: one, two, three", 0), None);
    }
}
