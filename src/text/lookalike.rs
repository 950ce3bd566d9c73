//! Which script did the writer mean when a word mixes Latin and Cyrillic letters that look the same?
//!
//! Keyboards and character recognition put Latin `a c e o p x y` into Cyrillic words and the other way
//! round. A word is repaired only if its unmistakable letters all belong to one script.

use super::script::{Script, script_of};

/// What to do with the look-alike letters of one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repair {
    /// Leave every letter as it is.
    Keep,
    /// Write Latin look-alikes with Cyrillic letters.
    ToCyrillic,
    /// Write Cyrillic look-alikes with Latin letters.
    ToLatin,
}

impl Repair {
    /// Returns the letter the writer meant.
    pub(super) fn apply(self, c: char) -> char {
        match self {
            Self::Keep => c,
            Self::ToCyrillic => to_cyrillic(c).unwrap_or(c),
            Self::ToLatin => to_latin(c).unwrap_or(c),
        }
    }
}

/// No Uzbek or Russian word is written with the Cyrillic twins of i, j and s, so these are not given.
fn to_cyrillic(c: char) -> Option<char> {
    Some(match c {
        'a' => 'а',
        'c' => 'с',
        'e' => 'е',
        'o' => 'о',
        'p' => 'р',
        'x' => 'х',
        'y' => 'у',
        'k' => 'к',
        'A' => 'А',
        'B' => 'В',
        'C' => 'С',
        'E' => 'Е',
        'H' => 'Н',
        'K' => 'К',
        'M' => 'М',
        'O' => 'О',
        'P' => 'Р',
        'T' => 'Т',
        'X' => 'Х',
        'Y' => 'У',
        _ => return None,
    })
}

fn to_latin(c: char) -> Option<char> {
    Some(match c {
        'а' => 'a',
        'с' => 'c',
        'е' => 'e',
        'о' => 'o',
        'р' => 'p',
        'х' => 'x',
        'у' => 'y',
        'к' => 'k',
        'і' => 'i',
        'ј' => 'j',
        'ѕ' => 's',
        'А' => 'A',
        'В' => 'B',
        'С' => 'C',
        'Е' => 'E',
        'Н' => 'H',
        'К' => 'K',
        'М' => 'M',
        'О' => 'O',
        'Р' => 'P',
        'Т' => 'T',
        'Х' => 'X',
        'У' => 'Y',
        'І' => 'I',
        'Ј' => 'J',
        'Ѕ' => 'S',
        _ => return None,
    })
}

/// A word as it stands in the original: where it ends and what to do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WordScan {
    /// Bytes from the start of the word to its end.
    pub(super) len: usize,
    /// Repair to apply to its letters.
    pub(super) repair: Repair,
}

#[derive(Default)]
struct Letters {
    latin: usize,
    cyrillic: usize,
    sure_latin: usize,
    sure_cyrillic: usize,
    lower: usize,
    has_digit_after_letter: bool,
}

/// Looks at the word at the start of `text` (letters, digits, marks and soft hyphens).
pub(super) fn scan_word(text: &str) -> WordScan {
    let mut letters = Letters::default();
    let mut len = 0;
    for c in text.chars() {
        if !c.is_alphanumeric() && !is_inside_word(c) {
            break;
        }
        len += c.len_utf8();
        match script_of(c) {
            Some(Script::Latin) => {
                letters.latin += 1;
                letters.sure_latin += usize::from(to_cyrillic(c).is_none());
            }
            Some(Script::Cyrillic) => {
                letters.cyrillic += 1;
                letters.sure_cyrillic += usize::from(to_latin(c).is_none());
            }
            _ if c.is_numeric() => {
                letters.has_digit_after_letter |= letters.latin + letters.cyrillic > 0;
            }
            _ => {}
        }
        letters.lower += usize::from(c.is_lowercase());
    }
    WordScan { len, repair: decide(&letters) }
}

fn is_inside_word(c: char) -> bool {
    c == '\u{ad}' || unicode_normalization::char::is_combining_mark(c)
}

fn decide(letters: &Letters) -> Repair {
    if letters.cyrillic == 0 {
        return Repair::Keep;
    }
    if letters.latin == 0 {
        // `СО2`, `РМ10`: a formula typed on a Cyrillic keyboard has only look-alike capitals.
        let is_formula = letters.has_digit_after_letter
            && letters.sure_cyrillic == 0
            && letters.lower == 0
            && letters.cyrillic <= 4;
        return if is_formula { Repair::ToLatin } else { Repair::Keep };
    }
    match (letters.sure_latin > 0, letters.sure_cyrillic > 0) {
        (true, true) => Repair::Keep,
        (true, false) => Repair::ToLatin,
        (false, true) => Repair::ToCyrillic,
        (false, false) if letters.has_digit_after_letter || letters.latin > letters.cyrillic => {
            Repair::ToLatin
        }
        (false, false) => Repair::ToCyrillic,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repaired(word: &str) -> String {
        let scan = scan_word(word);
        word.chars().map(|c| scan.repair.apply(c)).collect()
    }

    #[test]
    fn latin_letters_in_a_cyrillic_word_become_cyrillic() {
        assert_eq!(repaired("зaпoвeдник"), "заповедник");
        assert_eq!(repaired("СTОЧНЫE"), "СТОЧНЫЕ");
    }

    #[test]
    fn cyrillic_letters_in_a_latin_word_become_latin() {
        assert_eq!(repaired("сhiqindi"), "chiqindi");
        assert_eq!(repaired("СО2"), "CO2");
        assert_eq!(repaired("РМ10"), "PM10");
    }

    #[test]
    fn a_word_that_really_mixes_scripts_is_left_alone() {
        assert_eq!(repaired("webсайт"), "webсайт");
        assert_eq!(repaired("СОР"), "СОР");
        assert_eq!(repaired("сор2"), "сор2");
    }
}
