//! Which text is shown for a finding? Quotes with section, page and strength.

use crate::domain::document::{Document, Passage};
use crate::domain::finding::Evidence;
use crate::domain::span::TextRange;

use super::features::Features;
use super::reading::Reading;

/// Longest quotation in characters.
const QUOTE: usize = 400;

/// Quotations per finding.
const MOST: usize = 3;

/// Returns the strongest evidence first; empty if nothing at all was found.
pub fn collect(
    reading: &Reading,
    features: &Features,
    passages: &[Passage],
    with_heading: bool,
) -> Vec<Evidence> {
    let document = reading.document;
    let mut found = Vec::new();
    for &(unit, score) in features.profile.best.iter().take(MOST) {
        let unit = &reading.units.units[unit];
        let strength = 1.0 - (-score).exp();
        found.push(quote(document, unit.range, strength, unit.language));
    }
    let profile = &features.profile;
    if found.len() < MOST
        && with_heading
        && profile.title >= 0.3
        && let Some(heading) = profile.heading_at
    {
        let language = document.section_at(heading.start).and_then(|section| section.language);
        found.push(quote(document, heading, 0.5 * profile.title, language));
    }
    if found.is_empty()
        && let Some(meaning) = features.meaning.filter(|meaning| meaning.contrast > 0.15)
    {
        let passage = &passages[meaning.passage];
        found.push(quote(document, passage.span.range, meaning.contrast, passage.language));
    }
    found
}

fn quote(
    document: &Document,
    range: TextRange,
    score: f32,
    language: Option<crate::domain::language::Language>,
) -> Evidence {
    let range = trimmed(document, range);
    let text = range.of(&document.text);
    let mut quote = String::new();
    let mut end = range.end;
    let mut length = 0;
    let mut in_gap = false;
    for (offset, c) in text.char_indices() {
        if length == QUOTE {
            end = range.start + offset;
            break;
        }
        if c.is_whitespace() {
            in_gap = true;
            continue;
        }
        if in_gap {
            quote.push(' ');
            length += 1;
            in_gap = false;
            if length == QUOTE {
                end = range.start + offset;
                break;
            }
        }
        quote.push(c);
        length += 1;
    }
    let range = trimmed(document, TextRange::new(range.start, end));
    Evidence {
        section: document.section_at(range.start).map(|section| section.id),
        span: document.span(range),
        quote: quote.trim_end().to_owned(),
        score: score.clamp(0.0, 1.0),
        language,
    }
}

/// Returns a quotation as letters show it: one that was cut ends at a word, with `…`.
///
/// A stored quotation is the text at its span and bears no mark. It was cut where it is as long as quotations get (one
/// character less where a blank came last) and no sentence ends there.
pub fn with_cut_marked(quote: &str) -> String {
    let closing = ['"', '”', '»', '’', ')', ']'];
    let ends_a_sentence =
        quote.trim_end_matches(closing).ends_with(['.', '!', '?', '…', '。', '！', '？', '．']);
    if quote.chars().count() + 1 < QUOTE || ends_a_sentence {
        return quote.to_owned();
    }
    let end = quote.rfind(' ').unwrap_or(quote.len());
    format!("{}…", &quote[..end])
}

fn trimmed(document: &Document, range: TextRange) -> TextRange {
    let text = range.of(&document.text);
    let start = text.len() - text.trim_start().len();
    let end = text.trim_end().len();
    TextRange::new(range.start + start.min(end), range.start + end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quotation_that_was_cut_ends_at_a_word_with_a_mark() {
        let cut_in_a_word: String = "слово ".repeat(80).chars().take(QUOTE).collect();
        assert!(cut_in_a_word.ends_with(" слов"));
        let shown = with_cut_marked(&cut_in_a_word);
        assert!(shown.ends_with(" слово…") && shown.chars().count() <= QUOTE, "{shown}");

        let cut_at_a_blank = "abc ".repeat(100).trim_end().to_owned();
        assert_eq!(cut_at_a_blank.chars().count(), QUOTE - 1);
        assert!(with_cut_marked(&cut_at_a_blank).ends_with("abc…"));

        let without_blanks = "글".repeat(QUOTE);
        assert_eq!(with_cut_marked(&without_blanks), format!("{without_blanks}…"));
    }

    #[test]
    fn a_quotation_that_is_whole_is_shown_as_it_is() {
        let short = "слово ".repeat(66);
        let sentence = format!("{}«abc».", "abcd ".repeat(79));
        let quoted = format!("{}(a b.)", "abcd ".repeat(79) + "x");
        assert!(sentence.chars().count() >= QUOTE - 1 && quoted.chars().count() >= QUOTE - 1);
        for whole in ["", "short", short.trim_end(), sentence.as_str(), quoted.as_str()] {
            assert_eq!(with_cut_marked(whole), whole);
        }
    }
}
