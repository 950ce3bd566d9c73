//! Which small pieces of wording does a sentence offer to a linear classifier?
//!
//! Words, runs of three to six characters of each word (one to three syllables in Korean) and pairs of
//! neighbouring word beginnings, each hashed to 32 bits with its language. Runs of characters see through
//! inflection, compounds and typing errors without a dictionary (the subword features of fastText, Bojanowski
//! et al. 2017). Both scripts of Uzbek give the same pieces.
//!
//! Invariants: the pieces depend on the matching form of the text alone; every piece belongs to one word,
//! whose range lies on `char` boundaries of the original text; numbers are one piece whatever their value.

use super::normalize::{Normalized, fold, match_key};
use crate::domain::language::Language;
use crate::domain::span::TextRange;

/// Hash of a piece of wording with its language.
pub type Key = u32;

/// Longest word in characters that is cut into runs; longer ones are noise of extraction.
const LONGEST_WORD: usize = 40;

/// Letters that are the beginning of a word.
const BEGINNING: usize = 5;

/// Signs that say something about a number.
const SIGNS: [char; 6] = ['<', '>', '≤', '≥', '%', '±'];

/// One piece of wording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Hash.
    pub key: Key,
    /// Index of the word it comes from; of a pair, the second.
    pub word: usize,
}

/// The pieces of a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pieces {
    /// Where the words stand in the original text.
    pub words: Vec<TextRange>,
    /// The pieces in the order of the words.
    pub pieces: Vec<Piece>,
}

/// Returns the pieces of `text` in a language.
pub fn pieces(text: &str, language: Language) -> Pieces {
    let normalized = match language {
        // The matching form of Korean has no blanks, and words are wanted here.
        Language::Korean | Language::English | Language::Russian => fold(text),
        Language::UzbekLatin | Language::UzbekCyrillic => match_key(text, Some(language)),
    };
    let tongue = match language {
        Language::English => b'e',
        Language::Russian => b'r',
        Language::UzbekLatin | Language::UzbekCyrillic => b'u',
        Language::Korean => b'k',
    };
    let mut collector = Collector { tongue, normalized: &normalized, found: Pieces::default(), before: None };
    for range in words_of(&normalized.text) {
        collector.word(range);
    }
    collector.found
}

/// Returns the pieces of a gloss ([`super::gloss`]), or of English text: its words, their beginnings, and pairs of
/// neighbouring beginnings. They are the same whatever language was glossed, so what is learned from one language
/// serves the others.
pub fn pieces_of_gloss(gloss: &str) -> Vec<Key> {
    const TONGUE: u8 = b'g';
    let folded = fold(gloss);
    let mut keys = Vec::new();
    let mut before: Option<&str> = None;
    for word in folded.text.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty()) {
        let beginning = &word[..word.len().min(BEGINNING)];
        keys.push(hash(TONGUE, b'w', word.chars()));
        keys.push(hash(TONGUE, b's', beginning.chars()));
        if let Some(before) = before {
            keys.push(hash(
                TONGUE,
                b'b',
                before.chars().chain(std::iter::once(' ')).chain(beginning.chars()),
            ));
        }
        before = Some(beginning);
    }
    keys
}

/// Returns the key of a mark that is no wording, such as the finding of a rule.
pub fn key_of_mark(mark: &str) -> Key {
    hash(b'm', b'=', mark.chars())
}

/// Returns the runs of letters and digits of a folded text, and the signs that say something, in order.
fn words_of(text: &str) -> Vec<TextRange> {
    let mut ranges = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices() {
        let is_word = c.is_alphanumeric() || c == '_';
        match (is_word, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                ranges.push(TextRange::new(from, at));
                start = None;
            }
            _ => {}
        }
        if SIGNS.contains(&c) {
            ranges.push(TextRange::new(at, at + c.len_utf8()));
        }
    }
    ranges.extend(start.map(|from| TextRange::new(from, text.len())));
    ranges
}

struct Collector<'a> {
    tongue: u8,
    normalized: &'a Normalized,
    found: Pieces,
    /// Beginning of the word before.
    before: Option<String>,
}

impl Collector<'_> {
    fn word(&mut self, range: TextRange) {
        let letters = digits_as_zero(range.of(&self.normalized.text));
        // "1.5" and "1,5" are one number, not two.
        if letters == ['0'] && self.before.as_deref() == Some("0") {
            return;
        }
        let index = self.found.words.len();
        self.found.words.push(self.normalized.to_original(range));
        let tongue = self.tongue;
        let mut push = |kind: u8, piece: &mut dyn Iterator<Item = char>| {
            self.found.pieces.push(Piece { key: hash(tongue, kind, piece), word: index });
        };
        push(b'w', &mut letters.iter().copied());
        let is_short = letters.len() <= LONGEST_WORD;
        if tongue == b'k' {
            for length in 1..=3 {
                letters
                    .windows(length)
                    .filter(|_| is_short)
                    .for_each(|run| push(b'c', &mut run.iter().copied()));
            }
        } else {
            let padded: Vec<char> =
                std::iter::once('<').chain(letters.iter().copied()).chain(std::iter::once('>')).collect();
            for length in 3..=6 {
                padded
                    .windows(length)
                    .filter(|_| is_short)
                    .for_each(|run| push(b'c', &mut run.iter().copied()));
            }
        }
        let beginning: String = letters.iter().take(if tongue == b'k' { 2 } else { BEGINNING }).collect();
        if let Some(before) = &self.before {
            push(b'b', &mut before.chars().chain(std::iter::once(' ')).chain(beginning.chars()));
        }
        self.before = Some(beginning);
    }
}

/// Returns the letters of a word, every run of digits as one `0`.
fn digits_as_zero(word: &str) -> Vec<char> {
    let mut letters: Vec<char> = Vec::with_capacity(word.len());
    for c in word.chars() {
        match c.is_numeric() {
            true if letters.last() == Some(&'0') => {}
            true => letters.push('0'),
            false => letters.push(c),
        }
    }
    letters
}

/// FNV-1a over language, kind and characters, folded to 32 bits.
fn hash(tongue: u8, kind: u8, piece: impl Iterator<Item = char>) -> Key {
    const PRIME: u64 = 0x0100_0000_01b3;
    let mut state: u64 = 0xcbf2_9ce4_8422_2325;
    let mut add = |byte: u64| state = (state ^ byte).wrapping_mul(PRIME);
    add(u64::from(tongue));
    add(u64::from(kind));
    piece.for_each(|c| add(u64::from(u32::from(c))));
    (state >> 32) as u32 ^ state as u32
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn keys(text: &str, language: Language) -> BTreeSet<Key> {
        pieces(text, language).pieces.iter().map(|piece| piece.key).collect()
    }

    fn shared(one: &str, other: &str, language: Language) -> f64 {
        let (one, other) = (keys(one, language), keys(other, language));
        one.intersection(&other).count() as f64 / one.union(&other).count() as f64
    }

    #[test]
    fn inflected_forms_share_most_of_their_pieces() {
        assert!(shared("хвостохранилище", "хвостохранилища", Language::Russian) > 0.6);
        assert!(shared("chiqindilarni", "chiqindilarning", Language::UzbekLatin) > 0.6);
        assert_eq!(shared("noise", "водозабор", Language::English), 0.0);
    }

    #[test]
    fn both_scripts_of_uzbek_give_the_same_pieces() {
        let latin = keys("Suv oʻlchagich oʻrnatiladi", Language::UzbekLatin);
        assert_eq!(latin, keys("Сув ўлчагич ўрнатилади", Language::UzbekCyrillic));
    }

    #[test]
    fn numbers_are_alike_whatever_their_value() {
        assert_eq!(keys("12,5 km", Language::English), keys("300.75 km", Language::English));
        assert_ne!(keys("> 5 m", Language::English), keys("5 m", Language::English));
    }

    #[test]
    fn glosses_share_pieces_across_forms_and_know_nothing_but_english_letters() {
        let noise: BTreeSet<Key> = pieces_of_gloss("Noise limit 12 exceeded").into_iter().collect();
        let noises: BTreeSet<Key> = pieces_of_gloss("noises limits").into_iter().collect();
        // Both beginnings and their pair.
        assert_eq!(noise.intersection(&noises).count(), 3);
        assert!(pieces_of_gloss("шум 소음 12").is_empty());
        assert!(noise.is_disjoint(&keys("Noise limit 12 exceeded", Language::English)));
    }

    #[test]
    fn pieces_lead_back_to_words_of_the_original() {
        let text = "Тўқай ўрмони 300 метрда.";
        let found = pieces(text, Language::UzbekCyrillic);
        let words: Vec<&str> = found.words.iter().map(|range| range.of(text)).collect();
        assert_eq!(words, ["Тўқай", "ўрмони", "300", "метрда"]);
    }

    proptest! {
        #[test]
        fn any_text_has_pieces_of_its_own_words(text in "\\PC{0,60}") {
            for language in [Language::English, Language::UzbekCyrillic, Language::Korean] {
                let found = pieces(&text, language);
                for piece in &found.pieces {
                    let range = found.words[piece.word];
                    prop_assert!(text.get(range.start..range.end).is_some());
                }
            }
        }
    }
}
