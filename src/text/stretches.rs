//! How much text is read as one sentence at most?
//!
//! A table that was flattened or a list without a full stop makes sentences of any length. What looks around every word
//! of a sentence takes time by the square of its length, so that such a text is read in stretches.

use crate::domain::span::TextRange;

/// Longest stretch of text that is read as one sentence, in bytes.
pub const LONGEST_SENTENCE: usize = 16 * 1024;

/// Cuts what is too long for a sentence at white space; nothing is lost.
pub fn stretches(text: &str, sentence: TextRange) -> Vec<TextRange> {
    let (mut stretches, mut start) = (Vec::new(), sentence.start);
    while sentence.end - start > LONGEST_SENTENCE {
        let most = text.floor_char_boundary(start + LONGEST_SENTENCE);
        let space = text[start..most].rfind(char::is_whitespace).filter(|at| *at > 0);
        let end = space.map_or(most, |at| start + at);
        stretches.push(TextRange::new(start, end));
        start = end;
    }
    stretches.push(TextRange::new(start, sentence.end));
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_for_a_sentence_is_cut_at_white_space_and_nothing_is_lost() {
        let words = "суғориш 12 га ".repeat(10_000);
        let solid = "가".repeat(20_000);
        for text in [words.as_str(), solid.as_str(), "short", ""] {
            let cut = stretches(text, TextRange::new(0, text.len()));
            assert_eq!(cut.iter().map(|stretch| stretch.of(text)).collect::<String>(), text);
            assert!(cut.iter().all(|stretch| stretch.len() <= LONGEST_SENTENCE));
            let inside = |stretch: &TextRange| text[stretch.end..].starts_with(|c: char| !c.is_whitespace());
            assert!(!text.contains(' ') || !cut.iter().any(inside), "a word was cut");
        }
    }
}
