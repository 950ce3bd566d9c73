//! What kind of character is this to the matching form? The tables behind [`super::normalize`].

use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, is_nfkc_quick};

use super::translit::is_apostrophe;

/// Returns the length of the white space at the start of `text` and its line breaks (a form feed counts
/// as two). Control characters count as white space; invisible characters inside it are part of it.
pub(super) fn blank_run(text: &str) -> (usize, usize) {
    let (mut len, mut newlines) = (0, 0);
    let mut last = ' ';
    for (at, c) in text.char_indices() {
        if c.is_whitespace() || c.is_control() {
            newlines += match c {
                '\n' if last == '\r' => 0,
                '\n' | '\r' | '\u{85}' | '\u{2028}' => 1,
                '\u{c}' | '\u{2029}' => 2,
                _ => 0,
            };
            len = at + c.len_utf8();
            last = c;
        } else if len == 0 || !is_invisible(c) || c == '\u{ad}' {
            break;
        }
    }
    (len, newlines)
}

/// Characters that are not seen: soft hyphens, zero-width and direction marks, variation selectors.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
    )
}

pub(super) fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2013}' | '\u{2212}' | '\u{fe63}' | '\u{ff0d}')
}

/// Returns the length of the Cyrillic or Hangul word at the start of `text` if nothing in or after it needs
/// more than lower case: most words of a report go this way.
pub(super) fn plain_run(text: &str) -> usize {
    let mut chars = text.chars();
    let is_cyrillic = match chars.next() {
        Some(first) if is_plain_cyrillic(first) => true,
        Some('\u{ac00}'..='\u{d7a3}') => false,
        _ => return 0,
    };
    let mut len = if is_cyrillic { 2 } else { 3 };
    for c in chars {
        if is_cyrillic && is_plain_cyrillic(c) {
            len += 2;
        } else if !is_cyrillic && matches!(c, '\u{ac00}'..='\u{d7a3}') {
            len += 3;
        } else {
            // A letter or digit right after Cyrillic may call for a look-alike repair.
            let is_end = c.is_ascii() && !(is_cyrillic && c.is_ascii_alphanumeric());
            return if is_end { len } else { 0 };
        }
    }
    len
}

fn is_plain_cyrillic(c: char) -> bool {
    matches!(c, '\u{400}'..='\u{481}' | '\u{48a}'..='\u{52f}')
}

/// Lower case within the two-byte Cyrillic letters; Hangul has none.
pub(super) fn lower_plain(c: char) -> char {
    match c {
        'а'..='я' | '\u{ac00}'..='\u{d7a3}' => c,
        _ => c.to_lowercase().next().filter(|lower| lower.len_utf8() == c.len_utf8()).unwrap_or(c),
    }
}

/// Signs that are written in many ways and mean one thing, and signs that NFKC would turn into words.
pub(super) fn fold_sign(c: char) -> Option<char> {
    match c {
        _ if is_apostrophe(c) => Some('\''),
        '\u{b7}' | '\u{318d}' | '\u{30fb}' | '\u{ff65}' | '\u{2027}' | '\u{22c5}' | '\u{387}'
        | '\u{119e}' => Some('·'),
        '“' | '”' | '„' | '‟' | '«' | '»' | '″' | '＂' => Some('"'),
        '№' | '™' | '℠' => Some(c),
        // Korean list letters are not syllables in the making.
        '\u{3131}'..='\u{318e}' => Some(c),
        _ => None,
    }
}

/// Letters and signs that NFKC leaves alone when nothing follows them.
pub(super) fn is_plain(c: char) -> bool {
    matches!(c, '\0'..='\u{9f}' | '\u{400}'..='\u{481}' | '\u{48a}'..='\u{52f}' | '\u{ac00}'..='\u{d7a3}')
}

/// True if the character combines with the one before it.
pub(super) fn joins_previous(c: char) -> bool {
    if is_plain(c) || matches!(c, '\u{2010}'..='\u{205e}') {
        return false;
    }
    canonical_combining_class(c) != 0 || is_nfkc_quick(std::iter::once(c)) == IsNormalized::Maybe
}
