//! Which numbers does a sentence contain, and what do they say?
//!
//! Reads `1,240`, `1 240`, `1.98 million`, `26 ming`, `4만5천` and `15,000` by the habits of the language: where a
//! comma marks decimals, `0,125` is an eighth. Digits inside words and codes (`CO2`, `PM-10`, `T4`), dates and
//! section numbers of three parts are no numbers. One pass, no look-back beyond the number itself.

use crate::domain::span::TextRange;
use crate::text::numerals::{DIGIT_BLANKS, value_of};

/// A number as printed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Number {
    /// Digits, sign of thousands and decimals, and the multiplier word.
    pub range: TextRange,
    /// Its value.
    pub value: f64,
}

/// Multipliers, longest first where one begins like another.
const MULTIPLIERS: [(&str, f64); 18] = [
    ("thousand", 1e3),
    ("million", 1e6),
    ("billion", 1e9),
    ("тысяч", 1e3),
    ("тыс.", 1e3),
    ("тыс", 1e3),
    ("миллион", 1e6),
    ("млн.", 1e6),
    ("млн", 1e6),
    ("миллиард", 1e9),
    ("млрд", 1e9),
    ("ming", 1e3),
    ("mln.", 1e6),
    ("mln", 1e6),
    ("минг", 1e3),
    ("백만", 1e6),
    ("만", 1e4),
    ("천", 1e3),
];

/// Returns the numbers of a sentence in order. `folded` is its lower-case form of the same length;
/// `decimal_comma` says how a single comma before three digits is read.
pub(super) fn numbers(folded: &str, decimal_comma: bool) -> Vec<Number> {
    let bytes = folded.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let start = with_leading_point(folded, at);
        let end = digits_end(folded, at);
        if stands_alone(folded, start)
            && let Some(value) = value_of(&folded[start..end], decimal_comma)
        {
            let (factor, end) = multiplier(folded, end);
            let (extra, end) = korean_rest(folded, end, factor);
            found.push(Number { range: TextRange::new(start, end), value: value * factor + extra });
            at = end;
        } else {
            at = end;
        }
    }
    found
}

/// `.4 acres`: the point before the digits belongs to them if a blank stands before it.
fn with_leading_point(text: &str, at: usize) -> usize {
    let before = &text[..at];
    match before.strip_suffix('.') {
        Some(rest) if rest.ends_with(DIGIT_BLANKS) || rest.is_empty() => at - 1,
        _ => at,
    }
}

/// End of the digits at `at` with the separators between them.
fn digits_end(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let run = |from: usize| from + bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut end = run(at);
    let mut first_group = end - at;
    // `#1 115-kV`: a running number never joins the figure behind it.
    let mut has_decimals = text[..at].ends_with(['#', '№']);
    loop {
        let rest = &text[end..];
        let Some(separator) = rest.chars().next() else { return end };
        let after = end + separator.len_utf8();
        if after >= bytes.len() || !bytes[after].is_ascii_digit() {
            return end;
        }
        let group = run(after) - after;
        let joins = match separator {
            '.' | ',' => true,
            c if DIGIT_BLANKS.contains(&c) => group == 3 && first_group <= 3 && !has_decimals,
            _ => false,
        };
        if !joins {
            return end;
        }
        has_decimals |= matches!(separator, '.' | ',') && group != 3;
        first_group = first_group.min(3);
        end = after + group;
    }
}

/// False for digits inside a word or code.
fn stands_alone(text: &str, start: usize) -> bool {
    let mut before = text[..start].chars().rev();
    match before.next() {
        None => true,
        Some('-' | '_' | '#') => !before.next().is_some_and(is_letter),
        Some('.') => !before.next().is_some_and(|c| c.is_ascii_digit()),
        // `14.4/24.9 kV` is a pair, `12/05` a date or a fraction.
        Some('/') => {
            let digits = text[start..].bytes().take_while(u8::is_ascii_digit).count();
            text[start + digits..].starts_with('.') || !before.next().is_some_and(|c| c.is_ascii_digit())
        }
        Some(c) => !is_letter(c),
    }
}

/// Letters that make a code of the digits behind them; Korean writes words and numbers together.
fn is_letter(c: char) -> bool {
    c.is_alphabetic() && !('\u{ac00}'..='\u{d7a3}').contains(&c)
}

/// Reads a multiplier behind the number; returns its factor and where it ends.
fn multiplier(text: &str, end: usize) -> (f64, usize) {
    let rest = &text[end..];
    let word = rest.trim_start_matches(DIGIT_BLANKS);
    let gap = rest.len() - word.len();
    for (name, factor) in MULTIPLIERS {
        let Some(after) = word.strip_prefix(name) else { continue };
        let is_korean = name.starts_with(['만', '천', '백']);
        if is_korean && gap > 0 {
            continue;
        }
        // Inflected forms end in letters: `тысяч`, `миллиона`, `mingta`.
        let ending: usize = if is_korean {
            0
        } else {
            after.chars().take_while(|c| c.is_alphabetic()).map(char::len_utf8).sum()
        };
        if ending <= 8 {
            return (factor, end + gap + name.len() + ending);
        }
    }
    (1.0, end)
}

/// `4만5천`: a second number with a smaller multiplier belongs to the first.
fn korean_rest(text: &str, end: usize, factor: f64) -> (f64, usize) {
    if factor != 1e4 {
        return (0.0, end);
    }
    let rest = &text[end..];
    let word = rest.trim_start_matches(' ');
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    match (word[..digits].parse::<f64>(), word[digits..].strip_prefix('천')) {
        (Ok(value), Some(after)) => (value * 1e3, text.len() - after.len()),
        _ => (0.0, end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str, decimal_comma: bool) -> Vec<f64> {
        numbers(text, decimal_comma).iter().map(|number| number.value).collect()
    }

    #[test]
    fn thousands_and_decimals_follow_the_habits_of_the_language() {
        assert_eq!(values("1,240 and 0.92 and 24,052.5", false), [1240.0, 0.92, 24052.5]);
        assert_eq!(values("12,5 га и 45 000 м2, 0,125 т, 1\u{a0}240", true), [12.5, 45000.0, 0.125, 1240.0]);
        assert_eq!(values("1,250 t", true), [1.25]);
        assert_eq!(values("1.200.000 т", true), [1_200_000.0]);
        assert_eq!(values("contains .4 acres", false), [0.4]);
    }

    #[test]
    fn multipliers_are_words_of_all_five_scripts() {
        assert_eq!(values("1.98 million t, 280 thousand m3", false), [1.98e6, 280e3]);
        assert_eq!(values("1,2 млн т, 250 тыс. тонн, 400 тысяч голов", true), [1.2e6, 250e3, 400e3]);
        assert_eq!(values("26 ming kubometr, 28 million dona", true), [26e3, 28e6]);
        assert_eq!(values("15만㎡, 4만5천㎥, 1,120천㎥, 4만 5천", false), [15e4, 45e3, 1120e3, 45e3]);
    }

    #[test]
    fn digits_inside_words_codes_and_dates_are_no_numbers() {
        assert!(values("co2 pm-10 t4 12.05.2026 doi-b020", false).len() <= 1);
        assert_eq!(values("일 1,850㎥", false), [1850.0]);
    }
}
