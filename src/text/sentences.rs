//! Where does a sentence begin and end? The window in which risk terms are judged, and the unit that is
//! quoted.
//!
//! Ranges come in order, do not overlap, are trimmed of white space and leave out white space only. A
//! single line break is layout; an empty line, a form feed, a list marker on the next line, a numbered
//! heading or `;` at the line end closes a sentence.

use super::abbreviations::{Abbreviation, abbreviation, is_starter};
use crate::domain::span::TextRange;

/// Returns the sentences of `text` as byte ranges.
pub fn sentences(text: &str) -> Vec<TextRange> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let end = match c {
            '\n' | '\r' | '\u{c}' | '\u{2029}' | '\u{85}' => {
                if !line_break_ends(text, start, at) {
                    continue;
                }
                at
            }
            '.' | '!' | '?' | '…' | '。' | '！' | '？' | '．' => {
                let run = terminator_len(&text[at..]);
                let end = at + run;
                while chars.next_if(|&(next, _)| next < end).is_some() {}
                if !terminator_ends(text, start, at, end) {
                    continue;
                }
                end
            }
            // An item that follows on the same line.
            '•' | '▪' | '●' | '■' | '➢' | '\u{f0b7}' => {
                if text[start..at].trim().is_empty() {
                    continue;
                }
                at
            }
            _ => continue,
        };
        push_trimmed(text, start, end, &mut found);
        start = end;
    }
    push_trimmed(text, start, text.len(), &mut found);
    found
}

fn push_trimmed(text: &str, start: usize, end: usize, found: &mut Vec<TextRange>) {
    let slice = &text[start..end];
    let trimmed = slice.trim();
    if !trimmed.is_empty() {
        let from = start + (slice.len() - slice.trim_start().len());
        found.push(TextRange::new(from, from + trimmed.len()));
    }
}

/// Length of a run of terminators with the brackets and quotes that close after it.
fn terminator_len(text: &str) -> usize {
    let mut len = 0;
    let mut closing = false;
    for c in text.chars() {
        match c {
            '.' | '!' | '?' | '…' | '。' | '！' | '？' | '．' if !closing => {}
            ')' | ']' | '"' | '»' | '”' | '’' | '\'' | '」' | '』' => closing = true,
            _ => break,
        }
        len += c.len_utf8();
    }
    len
}

/// True if the line break at `at` closes the sentence that began at `start`.
fn line_break_ends(text: &str, start: usize, at: usize) -> bool {
    let before = text[start..at].trim();
    if before.is_empty() {
        return false;
    }
    let gap = &text[at..];
    let next = gap.trim_start();
    let blank = &gap[..gap.len() - next.len()];
    let newlines = blank.chars().filter(|&c| c == '\n').count().max(
        // Text from old systems breaks lines with carriage returns only.
        blank.chars().filter(|&c| c == '\r').count(),
    );
    newlines > 1
        || blank.contains(['\u{c}', '\u{2029}'])
        || before.ends_with(';')
        || marker_len(next).is_some()
        || is_heading_line(before, next)
}

/// True if `line` reads like a numbered heading and the next line like the start of its text.
fn is_heading_line(line: &str, next: &str) -> bool {
    if line.contains('\n') || line.chars().count() > 90 || line.ends_with([',', '-', ':', '(', '–']) {
        return false;
    }
    let is_numbered = marker_len(line)
        .is_some_and(|len| line[..len].contains(char::is_numeric) && starts_upper(line[len..].trim_start()));
    is_numbered && starts_upper(next)
}

fn starts_upper(text: &str) -> bool {
    text.chars()
        .find(|c| c.is_alphanumeric())
        .is_some_and(|c| c.is_uppercase() || (c.is_alphabetic() && !c.is_lowercase()))
}

/// Returns the length of a list marker or number at the start of a line: `•`, `1.`, `1.2.3`, `a)`, `(iv)`,
/// `§ 5`, `가.`, `①`; `None` if the line starts with anything else.
fn marker_len(line: &str) -> Option<usize> {
    let first = line.chars().next()?;
    let follows_blank = |len: usize| line[len..].starts_with(char::is_whitespace).then_some(len);
    match first {
        '•' | '▪' | '◦' | '●' | '○' | '■' | '□' | '◆' | '►' | '➢' | '✓' | '‣' | '⁃' | '\u{f0b7}' =>
        {
            return Some(first.len_utf8());
        }
        '\u{2460}'..='\u{2473}' => return Some(first.len_utf8()),
        '-' | '–' | '—' | '*' | '·' => return follows_blank(first.len_utf8()),
        '§' => return Some(first.len_utf8()),
        _ => {}
    }
    let open = usize::from(first == '(');
    let body = &line[open..];
    let label = label_len(body)?;
    let after = &body[label..];
    let close = after.chars().next()?;
    let closes = match close {
        ')' => true,
        '.' => open == 0,
        // `1.2 Title`: a number of several parts needs no closing sign.
        ' ' => return (open == 0 && body[..label].contains('.')).then_some(label),
        _ => false,
    };
    if !closes {
        return None;
    }
    let len = open + label + 1;
    if close == ')' { Some(len) } else { follows_blank(len) }
}

/// Length of `12`, `1.2.3`, `a`, `iv` or one Hangul syllable at the start of `text`.
fn label_len(text: &str) -> Option<usize> {
    let number = text.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    let number = text[..number].trim_end_matches('.').len();
    if number > 0 && text.as_bytes().first().is_some_and(u8::is_ascii_digit) {
        // `2026.` at a line start is a year at the end of a sentence.
        let is_label = text[..number].split('.').all(|part| (1..=2).contains(&part.len()));
        return is_label.then_some(number);
    }
    let roman = text.bytes().take_while(|b| b"ivxIVX".contains(b)).count();
    if roman > 0 && !text[roman..].starts_with(char::is_alphanumeric) {
        return Some(roman);
    }
    let first = text.chars().next().filter(|c| c.is_alphabetic())?;
    let len = first.len_utf8();
    (!text[len..].starts_with(char::is_alphanumeric)).then_some(len)
}

/// True if the terminators at `at..end` close the sentence that began at `start`.
fn terminator_ends(text: &str, start: usize, at: usize, end: usize) -> bool {
    let sign = &text[at..end];
    let before = &text[start..at];
    let after = &text[end..];
    let next = after.trim_start();
    let Some(first) = next.chars().next() else {
        return true;
    };
    let last = before.chars().next_back().unwrap_or(' ');
    let is_korean = is_hangul(last);
    if before.trim().is_empty() || is_numbering(text, start, end) {
        return false;
    }
    if next.len() == after.len() {
        // Nothing between the full stop and the next character: only Korean, and words run together.
        return sign.starts_with(['。', '！', '？'])
            || (is_korean && is_hangul(first))
            || runs_together(sign, before, after);
    }
    if is_korean {
        return !(sign == "." && first.is_lowercase());
    }
    if first.is_lowercase() {
        return false;
    }
    if sign.starts_with(['!', '?']) {
        return true;
    }
    if sign.starts_with("..") || sign.starts_with('…') {
        return starts_upper(next) || is_opening(first);
    }
    full_stop_ends(before, next, first, last)
}

/// Judges a single full stop that is followed by a blank and no lower-case letter.
fn full_stop_ends(before: &str, next: &str, first: char, last: char) -> bool {
    let word = last_word(before);
    let next_word: &str = next.split(|c: char| !c.is_alphanumeric()).next().unwrap_or("");
    if last.is_numeric() && first.is_numeric() {
        // `12. 05. 2026` is a date, `in 2019. 15 wells` is not.
        let digits = |text: &str| text.chars().take_while(|c| c.is_numeric()).count();
        let before_digits = before.chars().rev().take_while(|c| c.is_numeric()).count();
        return before_digits > 2 && digits(next_word) > 2;
    }
    if last.is_numeric() && is_hangul(first) {
        // Korean sentences end in a syllable; `2026. 5. 12. 협의` is a date.
        return false;
    }
    let stem = word.rsplit_once(['-', '–']).map_or(word, |(_, tail)| tail);
    match abbreviation(word).or_else(|| abbreviation(stem)) {
        Some(Abbreviation::Introduces) => {
            // `no.` at the end of a sentence has no number after it.
            return word.eq_ignore_ascii_case("no") && word != "No" && is_capitalised(next_word);
        }
        Some(Abbreviation::MayEnd) => return abbreviation_ends(before, word, next_word),
        None => {}
    }
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    let is_initial = letters == 1 && last.is_uppercase();
    let is_dotted = word.contains('.') && word.split('.').all(|part| part.chars().count() == 1);
    if is_initial || is_dotted {
        return is_starter(next_word);
    }
    true
}

/// Judges a full stop after an abbreviation that may stand at the end of a sentence.
fn abbreviation_ends(before: &str, word: &str, next_word: &str) -> bool {
    if !is_capitalised(next_word) {
        return false;
    }
    if word.chars().all(|c| c == '.' || c.is_ascii_alphabetic()) && word.contains('.') {
        return is_starter(next_word);
    }
    let rest = before[..before.len() - word.len()].trim_end();
    match word.to_lowercase().as_str() {
        // `2026 г. Проект` ends, `г. Ташкент` does not.
        "г" | "гг" | "в" | "вв" | "м" | "т" | "л" | "y" | "t" | "й" => {
            // `0,9 г/л. Пробы`, `15 тыс. т. Газ`: a unit after an amount ends a sentence as well.
            rest.ends_with(|c: char| c.is_numeric() || matches!(c, '-' | '/' | 'I' | 'V' | 'X'))
                || ["тыс", "тыс.", "млн", "млн.", "минг", "ming", "mln"]
                    .iter()
                    .any(|word| rest.ends_with(word))
        }
        "ave" | "blvd" | "rd" | "inc" | "ltd" | "co" | "corp" | "al" | "seq" | "др" => {
            is_starter(next_word) || !next_word.is_ascii()
        }
        _ => true,
    }
}

/// True for a capital followed by a small letter, or a capital alone: not `МВт`.
fn is_capitalised(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(char::is_uppercase) && !chars.next().is_some_and(char::is_uppercase)
}

fn last_word(before: &str) -> &str {
    let from = before
        .char_indices()
        .rev()
        .take_while(|&(_, c)| c.is_alphanumeric() || matches!(c, '.' | '-' | '–' | 'ʻ' | '\''))
        .last()
        .map_or(before.len(), |(at, _)| at);
    before[from..].trim_start_matches(['.', '-', '–'])
}

/// True if all there is before the full stop is the sentence's own number: `1.`, `1.1.`, `IV.`, `a.`, `가.`.
fn is_numbering(text: &str, start: usize, end: usize) -> bool {
    let slice = text[start..end].trim_start();
    // Long sentences are not looked at again at each of their full stops.
    if slice.len() > 24 {
        return false;
    }
    let body = slice.trim_end_matches('.');
    label_len(body) == Some(body.len()) && !body.is_empty()
}

/// True for `text.Next`, where extraction lost the blank.
fn runs_together(sign: &str, before: &str, after: &str) -> bool {
    let small = before.chars().rev().take_while(|c| c.is_lowercase()).count();
    let mut next = after.chars();
    sign == "."
        && small >= 3
        && next.next().is_some_and(char::is_uppercase)
        && next.next().is_some_and(char::is_lowercase)
        && abbreviation(last_word(before)).is_none()
}

fn is_opening(c: char) -> bool {
    matches!(c, '"' | '«' | '“' | '(' | '[' | '‘')
}

fn is_hangul(c: char) -> bool {
    ('\u{ac00}'..='\u{d7a3}').contains(&c)
}

#[cfg(test)]
#[path = "sentences_tests.rs"]
mod tests;
