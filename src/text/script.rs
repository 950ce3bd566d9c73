//! Which scripts is a text written in, and what is Uzbek in the other one?
//!
//! The histogram is the first and cheapest step of [`super::language::detect`].

pub use super::translit::{uzbek_to_cyrillic, uzbek_to_latin};

/// A writing system, as far as the service tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Script {
    /// Latin letters.
    Latin,
    /// Cyrillic letters.
    Cyrillic,
    /// Korean syllables and letters.
    Hangul,
    /// Chinese characters (Hanja in Korean text).
    Han,
    /// Any other letters.
    Other,
}

/// Number of characters per script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Histogram {
    /// Latin letters.
    pub latin: usize,
    /// Cyrillic letters.
    pub cyrillic: usize,
    /// Korean syllables and letters.
    pub hangul: usize,
    /// Chinese characters.
    pub han: usize,
    /// Other letters.
    pub other: usize,
    /// Digits of any script; not letters.
    pub digits: usize,
}

impl Histogram {
    /// Counts the letters and digits of `text`.
    pub fn of(text: &str) -> Self {
        let mut counts = Self::default();
        for c in text.chars() {
            match script_of(c) {
                Some(Script::Latin) => counts.latin += 1,
                Some(Script::Cyrillic) => counts.cyrillic += 1,
                Some(Script::Hangul) => counts.hangul += 1,
                Some(Script::Han) => counts.han += 1,
                Some(Script::Other) => counts.other += 1,
                None if c.is_numeric() => counts.digits += 1,
                None => {}
            }
        }
        counts
    }

    /// Returns the number of letters.
    pub fn letters(self) -> usize {
        self.latin + self.cyrillic + self.hangul + self.han + self.other
    }
}

/// Returns the script of a letter, `None` for anything that is not a letter.
pub fn script_of(c: char) -> Option<Script> {
    match c {
        'a'..='z' | 'A'..='Z' => Some(Script::Latin),
        '\0'..='\u{7f}' | '\u{2b9}'..='\u{2df}' => None,
        '\u{400}'..='\u{481}' | '\u{48a}'..='\u{52f}' => Some(Script::Cyrillic),
        '\u{ac00}'..='\u{d7a3}'
        | '\u{1100}'..='\u{11ff}'
        | '\u{3131}'..='\u{318c}'
        | '\u{a960}'..='\u{a97c}'
        | '\u{d7b0}'..='\u{d7fb}'
        | '\u{ffa1}'..='\u{ffdc}' => Some(Script::Hangul),
        '\u{4e00}'..='\u{9fff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}' => Some(Script::Han),
        _ if !c.is_alphabetic() => None,
        '\u{aa}'..='\u{2b8}'
        | '\u{1e00}'..='\u{1eff}'
        | '\u{2c60}'..='\u{2c7f}'
        | '\u{fb00}'..='\u{fb06}'
        | '\u{ff21}'..='\u{ff5a}' => Some(Script::Latin),
        _ => Some(Script::Other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_counted_by_script_and_marks_are_not_letters() {
        let counts = Histogram::of("oʻz Ўз 지하水 12 λ ʼ");
        assert_eq!((counts.latin, counts.cyrillic, counts.hangul), (2, 2, 2));
        assert_eq!((counts.han, counts.other, counts.digits), (1, 1, 2));
        assert_eq!(counts.letters(), 8);
    }
}
