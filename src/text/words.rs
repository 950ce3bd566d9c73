//! Where are the words of a folded text? Shared by [`super::tokens`] and [`super::phrases`], so that
//! search terms and phrases agree on what a word is.
//!
//! A word is a run of letters, digits and marks with apostrophes inside. It ends where a number turns into
//! a unit (`10km`) and where Korean meets another script (`CO2를`); a decimal number is one word.

use super::script::{Script, script_of};

/// What a word is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum WordKind {
    /// Latin letters.
    Latin,
    /// Cyrillic letters.
    Cyrillic,
    /// Hangul or Hanja.
    Korean,
    /// A number.
    Number,
    /// Letters followed by digits, such as `pm10`.
    Code,
    /// Letters of another script.
    Other,
}

/// A word as bytes of the folded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word {
    /// First byte.
    pub(super) start: usize,
    /// One past the last byte.
    pub(super) end: usize,
    /// What it is made of.
    pub(super) kind: WordKind,
}

/// Returns the words of a folded text in order.
pub(super) fn words(folded: &str) -> Words<'_> {
    Words { text: folded, at: 0 }
}

/// Iterator over the words of a folded text.
pub(super) struct Words<'a> {
    text: &'a str,
    at: usize,
}

impl Iterator for Words<'_> {
    type Item = Word;

    fn next(&mut self) -> Option<Word> {
        let before = self.text.get(self.at..)?;
        self.at += before.find(char::is_alphanumeric)?;
        let start = self.at;
        let rest = &self.text[start..];
        let (len, kind) = measure(rest);
        self.at = start + len;
        Some(Word { start, end: self.at, kind })
    }
}

/// Returns length and kind of the word at the start of `text`, which begins with a letter or digit.
fn measure(text: &str) -> (usize, WordKind) {
    let first = text.chars().next().unwrap_or(' ');
    if first.is_numeric() {
        return (number_len(text), WordKind::Number);
    }
    let plain = text.bytes().take_while(u8::is_ascii_lowercase).count();
    let ends_plainly = |next: &u8| next.is_ascii() && !next.is_ascii_alphanumeric() && *next != b'\'';
    if plain > 0 && text.as_bytes().get(plain).is_none_or(ends_plainly) {
        return (plain, WordKind::Latin);
    }
    let kind = kind_of(first);
    let mut is_code = false;
    let mut end = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c.is_alphabetic() {
            if (kind_of(c) == WordKind::Korean) != (kind == WordKind::Korean) {
                break;
            }
        } else if c.is_numeric() {
            if kind == WordKind::Korean {
                break;
            }
            is_code = true;
        } else if c == '\'' {
            let next_is_letter = chars.peek().is_some_and(|&(_, next)| next.is_alphabetic());
            // `tog'` ends in its sign; a closing quote after any other letter does not belong to it.
            if !next_is_letter && !text[..at].ends_with(['o', 'g']) {
                break;
            }
        } else if is_code && matches!(c, '.' | ',') {
            // `pm2,5`; the digit before is known from the last step.
            let between_digits = text[..at].ends_with(char::is_numeric)
                && chars.peek().is_some_and(|&(_, next)| next.is_numeric());
            if !between_digits {
                break;
            }
        } else if !unicode_normalization::char::is_combining_mark(c) {
            break;
        }
        end = at + c.len_utf8();
    }
    (end, if is_code { WordKind::Code } else { kind })
}

fn number_len(text: &str) -> usize {
    let mut end = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let joins = matches!(c, '.' | ',') && chars.peek().is_some_and(|&(_, next)| next.is_numeric());
        if !c.is_numeric() && !joins {
            break;
        }
        end = at + c.len_utf8();
    }
    end
}

fn kind_of(c: char) -> WordKind {
    match script_of(c) {
        Some(Script::Latin) => WordKind::Latin,
        Some(Script::Cyrillic) => WordKind::Cyrillic,
        Some(Script::Hangul | Script::Han) => WordKind::Korean,
        _ => WordKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<&str> {
        words(text).map(|word| &text[word.start..word.end]).collect()
    }

    #[test]
    fn words_end_at_units_and_between_korean_and_other_scripts() {
        assert_eq!(
            split("10km, 0,92 пдк pm2.5 co2를 1.5-2"),
            ["10", "km", "0,92", "пдк", "pm2.5", "co2", "를", "1.5", "2"]
        );
    }

    #[test]
    fn apostrophes_belong_to_the_word_when_a_letter_follows_or_o_or_g_stands_before() {
        assert_eq!(split("tog' ma'lumot 'dust' river's"), ["tog'", "ma'lumot", "dust", "river's"]);
    }
}
